package whatif

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

func TestEveryOfferCanBeTakenAndLeavesThePast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := tell(t, scenariotest.Draw(t))
		n := rapid.IntRange(0, st.Steps()).Draw(t, "step")
		offers := Offers(st, n)
		if len(offers) > maxOffers {
			t.Fatalf("%d offers", len(offers))
		}
		if len(offers) == 0 {
			return
		}
		o := rapid.SampledFrom(offers).Draw(t, "offer")
		next := keptPast(t, st, n, o.Fault)
		struck := 0
		for _, l := range next.Lanes {
			if slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool { return e.Fault >= 0 && l.FaultOf(&e).Written() == o.Fault }) {
				struck++
			}
		}
		if struck == 0 || struck+len(o.Unmet) != len(st.Lanes) {
			t.Fatalf("%s strikes %d of %d lanes; unmet: %q", o.Fault, struck, len(st.Lanes), o.Unmet)
		}
		if again := Unmet(next, o.Fault); !slices.Equal(again, o.Unmet) {
			t.Fatalf("%s: offered as %q, then %q", o.Fault, o.Unmet, again)
		}
	})
}

func TestEveryOfferIsOneSentenceAndOneLineOfAFile(t *testing.T) {
	s := get(t, "lost-ack-then-crash")
	for _, b := range sim.Businesses() {
		s.Business = b
		st := tell(t, s)
		for n := 0; n <= st.Steps(); n += testkit.Few(3, 1) {
			for i, o := range Offers(st, n) {
				if o.Text == "" || strings.ContainsAny(o.Text, "\n.!?") && !strings.Contains(o.Text, ":") || words.Width(o.Text) > 76 {
					t.Errorf("%s: %q", o.Fault, o.Text)
				}
				if n%5 > 0 && i > 3 {
					continue // the file is read often enough
				}
				file := strings.Replace(string(s.Source), "faults:\n", "faults:\n  "+o.Line+"\n", 1)
				read, err := scenarios.Parse("test.yaml", []byte(file))
				if err != nil {
					t.Fatalf("%s: %v", o.Line, err)
				}
				if got := read.Faults[0].Normal(); got != o.Fault {
					t.Errorf("%s is read as %v, want %v", o.Line, got, o.Fault)
				}
			}
		}
	}
}

func offered(offers []Offer) []string {
	var all []string
	for _, o := range offers {
		all = append(all, o.Fault.String())
	}
	return all
}

func TestOffersAreAboutWhatIsAtWorkAndThenAboutWhatIsNext(t *testing.T) {
	st := tell(t, get(t, "lost-ack-then-crash"))
	for at, want := range map[time.Duration]string{
		1 * time.Second:  "lose-ack:m1 crash:m1/before-ack crash:m1/after-effect pause:m1/before-effect slow:m1/1,for=45s lose-reply:m1 crash:m1/before-effect fail:m1 copy:m1 republish:m1 republish:m1,new-id=true store-down,at=1.001s fail:all,at=1.001s,for=1m lose-reply:all,at=1.001s,for=1m restart,at=1.001s restart,at=1.001s,drain=30s crash:m2/before-ack crash:m2/after-effect pause:m2/before-effect slow:m2/1,for=45s lose-reply:m2 crash:m2/before-effect fail:m2 copy:m2 republish:m2 republish:m2,new-id=true delay:m2,for=8s crash:m3/after-effect pause:m3/before-effect slow:m3/1,for=45s lose-reply:m3 crash:m3/before-effect fail:m3 copy:m3 republish:m3 republish:m3,new-id=true delay:m3,for=44s lose-ack:m4 crash:m4/before-ack crash:m4/after-effect pause:m4/before-effect slow:m4/1,for=45s lose-reply:m4 crash:m4/before-effect fail:m4 copy:m4 republish:m4 republish:m4,new-id=true delay:m4",
		3 * time.Second:  "crash:m2/before-ack crash:m2/after-effect pause:m2/before-effect slow:m2/1,for=45s lose-reply:m2 crash:m2/before-effect fail:m2 copy:m2 republish:m2 republish:m2,new-id=true delay:m2,for=8s lose-writes,at=3s store-down,at=3s fail:all,at=3s,for=1m lose-reply:all,at=3s,for=1m forget-acks,at=3s restart,at=3s restart,at=3s,drain=30s crash:m3/after-effect pause:m3/before-effect slow:m3/1,for=45s lose-reply:m3 crash:m3/before-effect fail:m3 copy:m3 republish:m3 republish:m3,new-id=true delay:m3,for=44s lose-ack:m4 crash:m4/before-ack crash:m4/after-effect pause:m4/before-effect slow:m4/1,for=45s lose-reply:m4 crash:m4/before-effect fail:m4 copy:m4 republish:m4 republish:m4,new-id=true delay:m4",
		12 * time.Second: "crash:m3/after-effect pause:m3/before-effect slow:m3/1,for=45s lose-reply:m3 crash:m3/before-effect fail:m3 copy:m3 republish:m3 republish:m3,new-id=true lose-writes,at=12.001s store-down,at=12.001s fail:all,at=12.001s,for=1m lose-reply:all,at=12.001s,for=1m forget-acks,at=12.001s restart,at=12.001s restart,at=12.001s,drain=30s lose-ack:m2/2 crash:m2/2/before-ack crash:m2/2/after-effect pause:m2/2/before-effect slow:m2/2,for=45s lose-reply:m2/2 crash:m2/2/before-effect fail:m2/2 copy:m2,later=7.001s republish:m2 republish:m2,new-id=true lose-ack:m4 crash:m4/before-ack crash:m4/after-effect pause:m4/before-effect slow:m4/1,for=45s lose-reply:m4 crash:m4/before-effect fail:m4 copy:m4 republish:m4 republish:m4,new-id=true delay:m4",
	} {
		if got := strings.Join(offered(Offers(st, st.StepAt(at))), " "); got != want {
			t.Errorf("at %v:\n got %s\nwant %s", at, got, want)
		}
	}
}

// Whoever lectures prepares the fault before its message comes.
func TestOffersReachEveryMessageStillToCome(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		offers := Offers(st, 0)
		for _, m := range s.Messages {
			struck := func(f sim.Fault) bool { return f.Message == m.ID }
			if slices.ContainsFunc(s.Faults, struck) || s.Rates.Any() {
				continue // it has its fault already, and there may be no room for another
			}
			if !slices.ContainsFunc(offers, func(o Offer) bool { return struck(o.Fault) }) {
				t.Errorf("%s: nothing is offered for %s", s.Name, m.ID)
			}
		}
	}
}

func TestOffersSpeakTheWordsOfTheBusiness(t *testing.T) {
	s := get(t, "quiet-day")
	for b, want := range map[sim.Business][]string{
		sim.Card: {
			"m1's ack gets lost on its way to the queue",
			"m1's worker crashes after the charge, before it can say so",
			"m1's worker crashes right after the charge, before anything else",
			"m1's worker freezes for 45 s before the charge; the queue waits 30 s",
			"the bank takes 45 s for m1; the queue waits 30 s",
			"the bank charges for m1, but its answer gets lost",
			"m1's worker crashes before the charge",
			"the bank answers m1 with an error, and charges nothing",
			"the network delivers m1 twice, the copy at 0:01.0",
			"m1 is published again at 0:21.0, under the same message ID",
		},
		sim.Mail: {
			"m1's ack gets lost on its way to the queue",
			"m1's worker crashes after the mail, before it can say so",
			"m1's worker crashes right after the mail, before anything else",
			"m1's worker freezes for 45 s before the mail; the queue waits 30 s",
			"the mail server takes 45 s for m1; the queue waits 30 s",
			"the mail server sends the mail for m1, but its answer gets lost",
		},
		sim.Stock: {
			"m1's ack gets lost on its way to the queue",
			"m1's worker crashes after taking the item, before it can say so",
		},
	} {
		s.Business = b
		st := tell(t, s)
		for i, o := range Offers(st, st.StepAt(time.Second))[:len(want)] {
			if o.Text != want[i] {
				t.Errorf("%s: %q, want %q", b, o.Text, want[i])
			}
		}
	}
}

func TestALaneThatNeverMeetsAFaultSaysWhy(t *testing.T) {
	for _, c := range []struct {
		scenario, consumer, fault, want string
		plan                            []string
	}{
		{"lost-ack-then-crash", "inbox", "lose-reply:m3/2", "m3/2 asks the bank nothing, so no reply was lost", nil},
		{"lost-ack-then-crash", "inbox", "slow:m3/2", "m3/2 asks the bank nothing, so nothing was slow", nil},
		{"lost-ack-then-crash", "inbox", "fail:m3/2", "m3/2 asks the bank nothing, so nothing failed", nil},
		{"lost-ack-then-crash", "naive", "lose-ack:m1/2", "m1 is not delivered a 2nd time", nil},
		{"lost-ack-then-crash", "naive", "crash:m1/before-commit", "it has no step commit", nil},
		{"lost-ack-then-crash", "naive", "fail:m1,step=commit", "it has no step commit", nil},
		{"lost-ack-then-crash", "inbox", "fail:m3/2,step=commit", "m3/2 does not come to the step commit", nil},
		{"lost-ack-then-crash", "inbox", "crash:m3/2/after-mark", "", nil}, // it asks whether it can record: that is the step
		{"lost-ack-then-crash", "naive", "lose-ack:m3", "m3's worker died before that", nil},
		{"lost-ack-then-crash", "naive", "crash:m1,worker=2", "another worker had m1", nil},
		{"lost-ack-then-crash", "naive", "lose-ack:m2b", "m2b is not delivered", []string{"copy:m2,later=8d"}},
		{"quiet-day", "ack-first", "crash:m2/before-effect", "", nil},
		{"quiet-day", "inbox", "crash:m2/before-commit", "something else struck m2 first", []string{"fail:m2"}},
		{"quiet-day", "naive", "restart,at=3h", "the run was over by then", nil},
	} {
		s := get(t, c.scenario)
		s.Consumers, s.Until = []string{c.consumer}, time.Hour
		s.Faults = append(s.Faults, parse(t, c.plan...)...)
		f := parse(t, c.fault)[0]
		want := strings.ToUpper(c.consumer) + " never met it: " + c.want
		st := tell(t, s)
		for _, planned := range []bool{false, true} {
			if planned {
				st = tell(t, Edits{}.Add(f).Apply(s))
			}
			if got := strings.Join(Unmet(st, f), "|"); got != want && (c.want != "" || got != "") {
				t.Errorf("%s, %s, %s: %q, want %q", c.scenario, c.consumer, c.fault, got, want)
			}
		}
	}
}

func TestACopyOfWhatTheQueueDroppedIsNeverMet(t *testing.T) {
	s := get(t, "quiet-day")
	s.Queue, _ = broker.Preset("sqs-fifo")
	s.Messages[1].Message.ID = s.Messages[0].Message.ID
	s.Consumers = []string{"naive"}
	want := "NAIVE never met it: the queue dropped m2, so there was nothing to copy"
	if got := Unmet(tell(t, s), parse(t, "copy:m2")[0]); len(got) != 1 || got[0] != want {
		t.Errorf("%q", got)
	}
}

// A fault that cannot be is nobody's to meet.
func TestOfAFaultThatCannotBeNothingIsSaid(t *testing.T) {
	if got := Unmet(tell(t, get(t, "quiet-day")), sim.Fault{Kind: sim.CrashFault, Message: "m9"}); got != nil {
		t.Errorf("%q", got)
	}
}

// What chance has drawn is met where it struck, like what is planned.
func TestADrawnFaultIsMetWhereItStruck(t *testing.T) {
	st := tell(t, get(t, "bad-weather"))
	for _, l := range st.Lanes {
		for i := range l.Run.Events() {
			if e := l.Event(i); e.Fault >= 0 {
				name := strings.ToUpper(l.Consumer.Name) + " never"
				if slices.ContainsFunc(Unmet(st, *l.FaultOf(e)), func(s string) bool { return strings.HasPrefix(s, name+" met") }) {
					t.Errorf("%s: %s struck", l.Consumer.Name, l.FaultOf(e))
				}
			}
		}
	}
}

// A redrive that finds nothing says so.
func TestARedriveOfWhatIsNotDeadSaysWhy(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers, s.Faults = []string{"naive"}, parse(t, "redrive:m2")
	st := tell(t, s)
	if got := strings.Join(Unmet(st, s.Faults[0]), "|"); got != "NAIVE never met it: m2 was not in the dead-letter queue then" {
		t.Error(got)
	}
}

// An ack can be forgotten when all is done: then that is what is left that could go
// wrong.
func TestWhatIsOverCanStillComeBack(t *testing.T) {
	st := tell(t, get(t, "quiet-day"))
	if got := offered(Offers(st, st.Steps())); !slices.Equal(got, []string{"forget-acks,at=57s"}) {
		t.Errorf("at the end %v is offered", got)
	}
}

// What is dead can be put back: the screen offers it once something is.
func TestARedriveIsOfferedOnceSomethingIsDead(t *testing.T) {
	s := get(t, "quiet-day")
	s.Queue.MaxDeliveries = 1
	s.Consumers, s.Faults = []string{"naive", "inbox"}, parse(t, "lose-ack:m2")
	offered := func(st *story.Story, at time.Duration) (all []string) {
		for _, o := range Offers(st, st.StepAt(at)) {
			if o.Fault.Kind == sim.RedriveFault {
				all = append(all, o.Text)
			}
		}
		return all
	}
	st := tell(t, s)
	if all := offered(st, 20*time.Second); len(all) > 0 {
		t.Errorf("offered before anything is dead: %q", all)
	}
	want := []string{
		"m2 is put back from the dead-letter queue at 0:36.0, under the same message ID",
		"m2 is put back from the dead-letter queue at 0:36.0, under a new message ID",
	}
	if all := offered(st, 40*time.Second); !slices.Equal(all, want) {
		t.Errorf("offered %q", all)
	}
}

func TestAForgottenAckIsOffered(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"naive", "inbox"}
	var offered string
	st := tell(t, s)
	for _, o := range Offers(st, st.StepAt(8*time.Second)) {
		if o.Fault.Kind == sim.ForgetAcksFault {
			offered = o.Text + " " + o.Line
		}
	}
	if want := "the broker fails over at 0:07.0, and forgets the last ack - forget-acks: {at: 7s}"; offered != want {
		t.Errorf("offered %q, want %q", offered, want)
	}
}

// A kind of fault whose words a table forgets is offered as another.
func TestEveryKindOfFaultThreatensInItsOwnWords(t *testing.T) {
	st := tell(t, get(t, "quiet-day"))
	threats := map[string]sim.FaultKind{}
	r := st.Arrivals()[0]
	for _, k := range sim.FaultKinds() {
		text := threat(st, &r, sim.Fault{Kind: k, Message: "m1"}.Normal())
		if other, twice := threats[text]; twice || text == "" {
			t.Errorf("the threat of %s is %q, as that of %s is", k, text, other)
		}
		threats[text] = k
	}
}

func kafka() broker.Profile {
	q, _ := broker.Preset("kafka")
	return q
}

// A redrive is offered where something lies in the dead-letter queue: see redrives.
func TestEveryKindOfFaultIsOffered(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"naive", "inbox"}
	offered := map[sim.FaultKind]bool{sim.RedriveFault: true}
	for _, s.Queue = range []broker.Profile{s.Queue, kafka()} { // a rebalance needs partitions
		st := tell(t, s)
		r := st.Arrivals()[0]
		for _, f := range dangers(st, &r, 1) {
			offered[f.Kind] = true
		}
	}
	for _, k := range sim.FaultKinds() {
		if !offered[k] {
			t.Errorf("%s is offered nowhere: add it to dangers", k)
		}
	}
}
