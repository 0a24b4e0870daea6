package quiz

import (
	"crypto/sha256"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// programme are the stories of the shipped scenarios, in order.
type programme struct {
	what    string
	stories []*story.Story
}

// programmes tells the shipped scenarios as they are shipped and with all consumers, in every
// business: once for all tests.
var programmes = sync.OnceValue(func() (told []programme) {
	for _, b := range sim.Businesses() {
		for _, all := range []bool{false, true} {
			p := programme{what: fmt.Sprintf("%s, all consumers %v", b, all)}
			for _, s := range scenarios.Shipped() {
				if all {
					s = scenariotest.Everyone(s)
				}
				s.Business = b
				st, err := story.Tell(s)
				if err != nil {
					panic(err)
				}
				p.stories = append(p.stories, st)
			}
			told = append(told, p)
		}
	}
	return told
})

// everyProgramme calls f with each programme.
func everyProgramme(t *testing.T, f func(what string, stories []*story.Story)) {
	t.Helper()
	for _, p := range programmes() {
		f(p.what, p.stories)
	}
}

// everyQuestion calls f with each question of everyProgramme.
func everyQuestion(t *testing.T, f func(what string, s *story.Story, q *Question)) {
	t.Helper()
	everyProgramme(t, func(what string, stories []*story.Story) {
		for _, s := range stories {
			for _, q := range Questions(s) {
				f(s.Scenario.Name+", "+what, s, &q)
			}
		}
	})
}

// tester is what both *testing.T and *rapid.T are.
type tester interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

func TestTheAnswerOfEveryQuestionIsWhatTheRunShows(t *testing.T) {
	everyQuestion(t, func(what string, s *story.Story, q *Question) {
		checkAnswer(t, what, s, q)
	})
}

// checkAnswer finds the answer once more: in worlds and verdicts, not in events.
func checkAnswer(t tester, what string, s *story.Story, q *Question) {
	t.Helper()
	for i, c := range q.Choices {
		if so := holds(t, s, q, c.Text); so != (q.Right == i+1) {
			t.Errorf("%s: %s\nanswer %d, %q, is right: %v, and should be %v", what, q.Text, i+1, c.Text, q.Right == i+1, so)
		}
	}
}

// holds reports whether an answer is borne out by the worlds.
func holds(t tester, s *story.Story, q *Question, text string) bool {
	t.Helper()
	if q.Topic == AskWho {
		said := strings.TrimPrefix(strings.Split(text, ":")[0], "only ")
		return said == twiceAnywhere(s)
	}
	stop := s.StopAt(q.Reveal)
	if q.Topic == AskLane {
		name, _, _ := strings.Cut(strings.ToLower(text), ":")
		return laneCalled(s, name).Run.World().Verdicts().Effects[s.Scenario.Business.Debt(stop.Owed, stop.Part)] == 1
	}
	k := subject(s, stop, q.Text)
	if k < 0 {
		t.Fatalf("no lane of the harm is meant by %q", q.Text)
	}
	run := s.Lanes[k].Run
	at, after := run.At(s.Upto(q.Step, k)).Clone(), run.At(s.Upto(q.Reveal, k))
	n := broker.None
	for word := range strings.FieldsFuncSeq(q.Text, func(r rune) bool { return r == ' ' || r == ',' || r == '?' || r == '\'' }) {
		if i, found := after.Find(word); found && n == broker.None {
			n = i
		}
	}
	if n == broker.None {
		t.Fatalf("no message is meant by %q", q.Text)
	}
	more := after.Queue().Deliveries(n) > at.Queue().Deliveries(n)
	switch q.Topic {
	case AskQueue:
		return strings.Contains(text, "delivers") == more && (more || strings.Contains(text, "drops") == after.Queue().State(n).Settled())
	case AskWhere:
		word, _, _ := strings.Cut(strings.Split(text, ":")[0], ",")
		return map[broker.State]string{broker.Acked: "gone", broker.Discarded: "gone", broker.Dead: "parked", broker.Deduplicated: "nowhere"}[after.Queue().State(n)] == word
	case AskOutbox:
		waits, before := false, s.Upto(q.Reveal-1, k)
		if harm := stop.Event[k]; harm >= 0 { // in another lane it may come later
			before = int(harm)
		}
		at.Outbox(func(p sim.Posting) bool { waits = waits || p.Msg == n; return true })
		done := func(w *sim.World) (effects int) {
			for _, e := range w.Ledger() {
				effects += map[bool]int{true: 1}[int(e.Msg) == n && int(e.Part) == stop.Part]
			}
			return effects
		}
		return (strings.HasPrefix(text, "not sent yet") || strings.HasPrefix(text, "before ")) == (waits && done(after) > done(run.At(before)))
	case AskStale:
		v := func(w *sim.World) sim.Verdict { return w.Verdicts().Of[s.Scenario.Business.Debt(stop.Owed, stop.Part)] }
		return strings.HasPrefix(text, "it is set back") == (v(at) != sim.Stale && v(after) == sim.Stale)
	case AskLine:
		did := slices.ContainsFunc(after.Ledger(), func(e sim.Effect) bool { return int(e.Msg) == n && int(e.Delivery) > at.Queue().Deliveries(n) })
		return !strings.HasPrefix(text, "none") && did == strings.Contains(text, "Perform")
	}
	where := map[bool]sim.Place{true: sim.InCache, false: sim.InDB}[strings.Contains(q.Text, "its cache")]
	says, _, _ := strings.Cut(strings.Split(text, ":")[0], ",")
	return says == storeHolds(s.Lanes[k], n, where, at.Queue().Deliveries(n))
}

// storeHolds says what the store holds of a message as the delivery after some of it
// begins: its key, or nothing.
func storeHolds(l *story.LaneStory, n int, where sim.Place, deliveries int) string {
	run := l.Run
	i := 0 // it is delivered with this event, which names another message if that heads their batch
	for n >= run.At(i+1).Queue().Len() || run.At(i+1).Queue().Deliveries(n) <= deliveries {
		i++
	}
	w := run.At(i + 1)
	key := w.Message(n).ID
	switch m := w.Message(n); l.Consumer.Identity {
	case sim.BusinessKey:
		key = m.Key
	case sim.Fingerprint:
		key = fmt.Sprintf("%x", sha256.Sum256([]byte(m.Body)))[:16]
	case sim.Sequence:
		key = m.Group
	}
	there := false
	w.Stored(func(x sim.Stored) bool {
		mine := x.Where != sim.InProcess || x.Process == int(run.Events()[i].Worker)
		there = there || x.Key == key && !x.Open && mine && (x.Where == where || x.Where == sim.InProcess)
		return true
	})
	if there {
		return key
	}
	return "nothing"
}

// subject returns the harmed lane that a question is about: the one that it names,
// or else the first.
func subject(s *story.Story, stop *story.Stop, text string) int {
	first := -1
	for k, l := range s.Lanes {
		if stop.Event[k] < 0 {
			continue
		}
		if first < 0 {
			first = k
		}
		for word := range strings.FieldsSeq(text) {
			if strings.TrimSuffix(word, "'s") == strings.ToUpper(l.Consumer.Name) {
				return k
			}
		}
	}
	return first
}

func laneCalled(s *story.Story, name string) *story.LaneStory {
	return s.Lanes[slices.IndexFunc(s.Lanes, func(l *story.LaneStory) bool { return l.Consumer.Name == name })]
}

// twiceAnywhere lists who was harmed in any lane, as an answer does.
func twiceAnywhere(s *story.Story) string {
	var who []string
	for i := range s.Scenario.Messages {
		for _, l := range s.Lanes {
			n := len(s.Scenario.Business.Parts())
			if slices.Contains(l.Run.World().Verdicts().Of[i*n:(i+1)*n], sim.Twice) {
				who = append(who, s.Scenario.Messages[i].Customer)
				break
			}
		}
	}
	return strings.Join(who, " and ")
}

func TestTheFlagshipAsksWhoPaysTwiceBeforeBobsRedelivery(t *testing.T) {
	s := tell(t, get(t, "lost-ack-then-crash"))
	all := Questions(s)
	if len(all) != 1 {
		t.Fatalf("%d questions: %v", len(all), all)
	}
	q := &all[0]
	want := [3]string{"nobody: the queue knows", "only Cy: a crash loses work, a lost ack does not", "Bob and Cy"}
	for i, c := range q.Choices {
		if c.Text != want[i] {
			t.Errorf("answer %d is %q, want %q", i+1, c.Text, want[i])
		}
	}
	if q.Text != "NAIVE: who will have paid twice at the end?" || q.Right != 3 {
		t.Errorf("it asks %q, and %d is right", q.Text, q.Right)
	}
	// Everything that is left is to come, and Bob's time-out comes next.
	for k, l := range s.Lanes {
		next := l.Event(s.Upto(q.Step, k))
		if next.Kind != sim.TimeOut || l.Run.Name(next) != "m2" {
			t.Errorf("in %s, %s of %s comes next", l.Consumer.Name, next.Kind, l.Run.Name(next))
		}
	}
	if p := s.StopAt(q.Reveal); p == nil || s.Scenario.Messages[p.Owed].Customer != "Cy" || p.Kind != story.AtHarm {
		t.Errorf("it is answered at %+v, and not when Cy has paid twice", p)
	}
}

func TestWhatIsSaidAtTheRevealNamesBothAnswersAndTheReason(t *testing.T) {
	q := &Questions(tell(t, get(t, "lost-ack-then-crash")))[0]
	for choice, want := range map[int]string{
		0: `It was "Bob and Cy": to NAIVE, whatever comes again is new.`,
		1: "You said \"nobody\". Not quite: the queue hears acks, and never what was done.\nIt was \"Bob and Cy\": to NAIVE, whatever comes again is new.",
		2: "You said \"only Cy\". Not quite: a lost ack brings a message again just as a crash does.\nIt was \"Bob and Cy\": to NAIVE, whatever comes again is new.",
		3: `Right: to NAIVE, whatever comes again is new.`,
	} {
		said := q.Reveals(choice, nil)
		got := make([]string, len(said))
		for i := range said {
			got[i] = said[i].Plain()
		}
		if got := strings.Join(got, "\n"); got != want {
			t.Errorf("to %d is said\n%s\nwant\n%s", choice, got, want)
		}
		if wrong := choice == 1 || choice == 2; (said[0][0].As == words.Wrong) != wrong {
			t.Errorf("to %d is said %v", choice, said)
		}
	}
}

func TestNoNumberIsRightMoreThanHalfTheTime(t *testing.T) {
	var sum [3]int
	check := func(what string, right [3]int) {
		n := right[0] + right[1] + right[2]
		for i := range right {
			if 2*right[i] > n {
				t.Errorf("%s: of %d answers %d are number %d", what, n, right[i], i+1)
			}
		}
	}
	everyProgramme(t, func(what string, stories []*story.Story) {
		var right [3]int
		for _, s := range stories {
			for _, q := range Questions(s) {
				right[q.Right-1]++
				sum[q.Right-1]++
			}
		}
		check(what, right)
	})
	check("in all", sum)
}

func TestNoKindComesTwiceRunning(t *testing.T) {
	everyProgramme(t, func(what string, stories []*story.Story) {
		last := AskNothing
		for _, s := range stories {
			for _, q := range Questions(s, last) {
				if q.Topic == last {
					t.Errorf("%s: %s asks once more: %s", what, s.Scenario.Name, q.Text)
				}
				last = q.Topic
			}
		}
	})
}

func TestEveryKindIsAskedSomewhereAndEveryScenarioWithAHarmAsks(t *testing.T) {
	// With the whole catalogue in view the last lane that looks is the one that is asked
	// about, and its next line is a condition: the kinds are those of the shipped lanes.
	asked := map[Topic]bool{}
	everyProgramme(t, func(what string, stories []*story.Story) {
		for _, s := range stories {
			for _, q := range Questions(s) {
				asked[q.Topic] = true
			}
			if harms := len(origins(s)); (harms > 0) != (len(Questions(s)) > 0) {
				t.Errorf("%s: %s has %d harms and %d questions", what, s.Scenario.Name, harms, len(Questions(s)))
			}
		}
	})
	for kind := AskNothing + 1; kind < askKinds; kind++ {
		if !asked[kind] {
			t.Errorf("nobody is asked a question of kind %d", kind)
		}
	}
}

func TestEveryQuestionHasThreeDistinctAnswersAndOneRight(t *testing.T) {
	everyQuestion(t, func(what string, _ *story.Story, q *Question) {
		checkChoices(t, what, q)
		if n := words.Width(q.Text); n > 100 {
			t.Errorf("%s: a question of %d cells: %s", what, n, q.Text)
		}
	})
}

func checkChoices(t tester, what string, q *Question) {
	t.Helper()
	if len(q.Choices) != choices {
		t.Fatalf("%s: %s\nhas %d answers", what, q.Text, len(q.Choices))
	}
	for i, c := range q.Choices {
		if (q.Right == i+1) != (c.Belief == 0) || c.Belief != 0 && c.Belief.Text() == "" {
			t.Errorf("%s: who says %q believes M%d", what, c.Text, c.Belief)
		}
		if c.Text == "" || c.Why == "" || words.Width(c.Text) > 60 {
			t.Errorf("%s: %s\nanswer %d is %q, and is met with %q", what, q.Text, i+1, c.Text, c.Why)
		}
		for _, o := range q.Choices[:i] {
			if o.Text == c.Text {
				t.Errorf("%s: %s\nanswers %q twice", what, q.Text, c.Text)
			}
		}
	}
	if q.Right < 1 || q.Right > choices {
		t.Errorf("%s: %s\nhas no right answer", what, q.Text)
	}
}

// checkPlaces holds that questions come in order, each before all that gives its
// answer away.
func checkPlaces(t tester, s *story.Story) {
	t.Helper()
	all := Questions(s)
	if len(all) > maxQuestions {
		t.Errorf("%d questions", len(all))
	}
	for i := range all {
		q := &all[i]
		if q.Step < 0 || q.Step >= q.Reveal || i > 0 && (q.Step <= all[i-1].Step || q.Topic == all[i-1].Topic) {
			t.Errorf("question %d of %+v: before step %d, answered at %d", i, all, q.Step, q.Reveal)
		}
		p := s.StopAt(q.Reveal)
		if p == nil || p.Kind != story.AtHarm {
			t.Fatalf("%q is answered where nobody is harmed", q.Text)
		}
		for k, l := range s.Lanes {
			if p.Event[k] >= 0 && p.Event[k] < s.Upto(q.Step, k) {
				t.Errorf("%q is asked when %s shows the answer", q.Text, l.Consumer.Name)
			}
			for _, m := range l.Marks() {
				if m.Event >= s.Upto(q.Step, k) {
					break
				}
				if q.Topic == AskWho && m.Kind != story.Done {
					t.Errorf("%q is asked when %s has harmed somebody", q.Text, l.Consumer.Name)
				}
			}
		}
	}
}

func TestAQuestionComesBeforeAnythingGivesItsAnswerAway(t *testing.T) {
	everyProgramme(t, func(_ string, stories []*story.Story) {
		for _, s := range stories {
			checkPlaces(t, s)
		}
	})
}

func TestARunWithoutHarmAsksNothing(t *testing.T) {
	s := get(t, "lost-ack-then-crash")
	s.Consumers = []string{"inbox", "inbox-and-gateway-key"}
	if all := Questions(tell(t, s)); len(all) > 0 {
		t.Errorf("asked %+v", all)
	}
}

// A queue is believed to do what other queues do, and less than it does.
func TestTheQueueIsAskedAboutAsItIs(t *testing.T) {
	fifo, _ := broker.Preset("sqs-fifo")
	strict := broker.Default()
	strict.MaxDeliveries = 2
	for _, c := range []struct {
		queue      broker.Profile
		fault      sim.Fault
		right, not string
	}{
		{fifo, sim.Fault{Kind: sim.CopyFault, Message: "m1"}, "nothing: it delivers m1b like any other", "that it is out of order: it drops it"},
		{strict, sim.Fault{Kind: sim.FailFault, Message: "m1", Times: 2}, "parked, in the dead-letter queue", "gone: the queue was told that it is done"},
		{broker.Default(), sim.Fault{Kind: sim.LoseReplyFault, Message: "m1"}, "only that it failed: it delivers m1 again", "that Ann was charged: it drops m1"},
		{broker.Default(), sim.Fault{Kind: sim.PauseFault, Message: "m1"}, "nothing new: it delivers m1 again", "that its worker only sleeps: it waits for it"},
	} {
		s := get(t, "quiet-day")
		s.Queue, s.Faults, s.Consumers = c.queue, []sim.Fault{c.fault}, []string{"naive"}
		all := Questions(tell(t, s))
		if len(all) != 1 {
			t.Errorf("%s under %s: %d questions", c.queue.Name, c.fault, len(all))
			continue
		}
		q := &all[0]
		not := slices.ContainsFunc(q.Choices[:], func(o Choice) bool { return o.Text == c.not && o.Belief != 0 })
		if got := q.Choices[q.Right-1].Text; got != c.right || !not {
			t.Errorf("%s under %s: %+v", c.queue.Name, c.fault, q)
		}
	}
}

// anyStory draws a scenario as somebody may write it.
func anyStory(t *rapid.T) *scenarios.Scenario {
	s := &scenarios.Scenario{
		Name:      rapid.StringMatching(`[a-z-]{0,12}`).Draw(t, "name"),
		Business:  rapid.SampledFrom(sim.Businesses()).Draw(t, "business"),
		Seed:      rapid.Uint64().Draw(t, "seed"),
		Queue:     rapid.SampledFrom(append(broker.Presets(), broker.Default())).Draw(t, "queue"),
		Consumers: rapid.SliceOfNDistinct(rapid.SampledFrom(consumers.Names()), 1, 5, rapid.ID[string]).Draw(t, "consumers"),
		Workers:   rapid.IntRange(1, 3).Draw(t, "workers"),
	}
	for i := range rapid.IntRange(1, 5).Draw(t, "messages") {
		id := fmt.Sprintf("m%d", i+1)
		m := sim.Owed{ID: id, At: time.Duration(rapid.IntRange(0, 40).Draw(t, "at")) * time.Second}
		m.Message = broker.Message{ID: id, Key: id, Amount: 1500, Customer: rapid.SampledFrom([]string{"Ann", "Bob", "Cy", ""}).Draw(t, "customer")}
		if rapid.IntRange(0, 4).Draw(t, "keyed") == 0 {
			m.Key = "order-" + id
		}
		s.Messages = append(s.Messages, m)
	}
	for range rapid.IntRange(0, 5).Draw(t, "faults") {
		f := sim.Fault{Kind: rapid.SampledFrom(sim.FaultKinds()).Draw(t, "kind")}
		if f.Kind == sim.RestartFault {
			f.At = time.Duration(rapid.IntRange(1, 60).Draw(t, "when")) * time.Second
		} else {
			f.Message = rapid.SampledFrom(s.Messages).Draw(t, "message").ID
		}
		if f.Kind.ByAttempt() {
			f.Delivery = rapid.IntRange(1, 3).Draw(t, "delivery")
		}
		switch f.Kind {
		case sim.CrashFault, sim.PauseFault:
			f.Before = rapid.SampledFrom([]string{"", sim.PointEffect, sim.PointAck}).Draw(t, "point")
		case sim.RepublishFault:
			f.NewID = rapid.Bool().Draw(t, "new id")
		}
		s.Faults = append(s.Faults, f)
	}
	if rapid.IntRange(0, 3).Draw(t, "weather") == 0 {
		s.Rates = sim.Rates{sim.LoseAckFault: .2, sim.CrashFault: .2, sim.CopyFault: .2, sim.PauseFault: .2, sim.LoseReplyFault: .1}
	}
	return s
}

func TestQuestionsOfAnyStoryAreSoundAndTheSameAgain(t *testing.T) {
	asked := 0
	rapid.Check(t, func(t *rapid.T) {
		scenario := anyStory(t)
		s, err := story.Tell(scenario)
		if err != nil {
			t.Skip(err)
		}
		again, _ := story.Tell(scenario)
		all := Questions(s)
		if b := Questions(again); !reflect.DeepEqual(all, b) {
			t.Fatalf("asked\n%+v\nand then\n%+v", all, b)
		}
		asked += len(all)
		checkPlaces(t, s)
		for i := range all {
			q := &all[i]
			checkChoices(t, "any story", q)
			if q.Topic != AskWho { // who has several orders is named with them
				checkAnswer(t, "any story", s, q)
			}
			for choice := range 4 {
				if q.Reveals(choice, nil)[0].Plain() == "" {
					t.Errorf("nothing is said to %d", choice)
				}
			}
		}
	})
	if asked == 0 {
		t.Error("no story asked anything: the property holds nothing")
	}
}

// Who plays the stories one after another thinks of something else each time.
func TestNoQuestionComesFiveTimesInTwelveStories(t *testing.T) {
	var last []Topic
	of := map[Topic][]int{} // the stories in which it was asked
	for n, s := range scenarios.Shipped() {
		told, err := story.Tell(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range Questions(told, last...) {
			of[q.Topic], last = append(of[q.Topic], n), append(last, q.Topic)
			if at := of[q.Topic]; len(at) >= 5 && n-at[len(at)-5] < 12 {
				t.Errorf("%s asks for the fifth time in twelve stories: %s", s.Name, q.Text)
			}
		}
	}
}
