package story

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// QuestionKind is what a question is about.
type QuestionKind uint8

// The kinds of question.
const (
	AskNothing QuestionKind = iota // there was no question yet
	AskWho                         // who is harmed at the end
	AskStore                       // what the store holds when it is asked
	AskWhere                       // where the message is
	AskLine                        // which line runs next
	AskLane                        // which lane differs
	AskQueue                       // what the queue knows
	askKinds
)

// Question is asked before a harm, so that whoever watches makes up their mind
// first. What is right was found in the runs, and is written nowhere.
type Question struct {
	Step    int // asked after so many steps: just before the thing that it is about
	Kind    QuestionKind
	Text    string
	Choices [3]Choice
	Reveal  int // the step at which the answer is seen
	Lane    int // the lane that it names, or -1
}

// Choice is one of the answers to a question.
type Choice struct {
	Text  string
	Right bool
	// Refuted says in a short clause why it was not so in this run; of the right one,
	// why it is so.
	Refuted string
	// Misconception is what somebody believes who chooses it, by the numbers of
	// PEDAGOGY.md, M1 to M20; 0 for the right one.
	Misconception int
}

// Limits on questions: a run that asks more often is an examination, and a longer
// answer is not read.
const (
	maxQuestions = 3
	maxChoice    = 60  // cells
	maxOnsets    = 100 // harms that are looked at: those after them are of the same kind
)

// Questions returns what to ask in the course of the story, in order: at most
// three questions, each at a place of its own and of a kind of its own.
func (s *Story) Questions() []Question { return s.QuestionsAfter(AskNothing) }

// QuestionsAfter is Questions for somebody who has just been asked a question of a
// kind in another story: none of these is of that kind, so that none comes twice
// running.
func (s *Story) QuestionsAfter(last QuestionKind) []Question {
	if s.questions[last] == nil {
		found := s.findQuestions(last)
		s.questions[last] = &found
	}
	return *s.questions[last]
}

// findQuestions asks about each harm what its cause is best asked by. Who is
// harmed at the end is asked first or not at all, and covers everything.
func (s *Story) findQuestions(last QuestionKind) []Question {
	var all []Question
	var used [askKinds]bool
	used[last] = true
	for i, harms := range s.onsets() {
		kinds := harms[0].kinds()
		if i == 0 {
			kinds = append([]QuestionKind{AskWho}, kinds...)
		}
		for _, kind := range kinds {
			if used[kind] {
				continue
			}
			s.pace.did(s.Steps()) // it goes through a run
			q, claims := s.ask(kind, harms)
			q.Kind = kind
			taken := slices.ContainsFunc(all, func(o Question) bool { return o.Step == q.Step })
			if taken || !q.settle(claims, s.place(len(all))) {
				continue
			}
			used[kind] = true
			all = append(all, q)
			break
		}
		if len(all) > 0 && all[0].Kind == AskWho || len(all) == maxQuestions {
			break
		}
	}
	slices.SortFunc(all, func(a, b Question) int { return cmp.Compare(a.Step, b.Step) })
	return all
}

func (s *Story) ask(kind QuestionKind, harms []onset) (Question, []claim) {
	switch kind {
	case AskWho:
		return s.askWho(harms)
	case AskStore:
		return s.askStore(harms)
	case AskWhere:
		return s.askWhere(harms)
	case AskLine:
		return s.askLine(harms)
	case AskLane:
		return s.askLane(harms)
	}
	return s.askQueue(harms)
}

// claim is a possible answer; so says whether the runs bear it out.
type claim struct {
	text   string
	so     bool
	why    string // it is so, or is not
	belief int    // misconception
}

// place returns where the right answer to the n-th question stands: the places go
// round within a run, and the scenario's name says where they begin.
func (s *Story) place(n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(cmp.Or(s.Scenario.Name, s.Scenario.Title))) // a hash cannot fail
	return (int(h.Sum32()%3) + n) % 3
}

// settle makes the claims the choices of the question. It returns false if they
// are no question: not three, not distinct, too long, or not one of them right.
func (q *Question) settle(claims []claim, place int) bool {
	right := slices.IndexFunc(claims, func(c claim) bool { return c.so })
	if len(claims) != len(q.Choices) || right < 0 {
		return false
	}
	if q.Kind != AskWho { // whose answers go from the fewest to the most
		claims = slices.Clone(claims)
		c := claims[right]
		claims = slices.Insert(slices.Delete(claims, right, right+1), place, c)
	}
	for i, c := range claims {
		same := func(o claim) bool { return o.text == c.text || o.so && c.so }
		if slices.ContainsFunc(claims[:i], same) || width(c.text) > maxChoice {
			return false
		}
		q.Choices[i] = Choice{Text: c.text, Right: c.so, Refuted: c.why, Misconception: yesNo(c.so, 0, c.belief)}
	}
	return q.Step >= 0 && q.Step < q.Reveal
}

// Right returns the number of the right answer, from 1.
func (q *Question) Right() int {
	return slices.IndexFunc(q.Choices[:], func(c Choice) bool { return c.Right }) + 1
}

// Said returns what is said at the reveal to somebody who chose an answer, by its
// number; 0 to somebody who chose none.
func (q *Question) Said(choice int) Line {
	var s Line
	right := q.Right()
	answer := &q.Choices[right-1]
	switch {
	case choice == right:
		s.add(OK, fmt.Sprintf("You said %d, %s, and so it was:", right, q.short(right)))
		s.add(Plain, answer.Refuted+".")
		return s
	case choice >= 1 && choice <= len(q.Choices):
		s.add(Wrong, fmt.Sprintf("You said %d, %s.", choice, q.short(choice)))
		answer = &q.Choices[choice-1]
	}
	s.add(OK, fmt.Sprintf("It was %d, %s:", right, q.short(right)))
	s.add(Plain, answer.Refuted+".")
	return s
}

// Reveals returns what is said at the reveal, and then what is told of that moment,
// but for what has been said with the answer.
func (q *Question) Reveals(choice int, told []Line) []Line {
	said := q.Said(choice)
	lines := []Line{said}
	for _, l := range told {
		if text := strings.TrimSuffix(l[len(l)-1].Text, "."); len(text) < minRepeat || !strings.Contains(said.Plain(), text) {
			lines = append(lines, l)
		}
	}
	return lines
}

// minRepeat is how long a clause is that nobody wants to read twice.
const minRepeat = 20

// short quotes an answer without the reason that it gives, if that tells it from
// the others.
func (q *Question) short(choice int) string {
	text := q.Choices[choice-1].Text
	head, _, _ := strings.Cut(text, ": ")
	for i := range q.Choices {
		if i != choice-1 && strings.HasPrefix(q.Choices[i].Text, head) {
			head = text
		}
	}
	return `"` + head + `"`
}

func (o *onset) trade() *sim.BusinessWords { return trade(o.Run.Lane.Business) }
func (o *onset) owed() *sim.Owed           { return &o.Run.Lane.Messages[o.mark.Owed] }
func (l *Lane) title() string              { return strings.ToUpper(l.Consumer.Name) }

// askQueue asks what the queue knows of a message when it comes again.
func (s *Story) askQueue(harms []onset) (q Question, claims []claim) {
	o := &harms[0]
	q = Question{Step: s.eve(o), Reveal: o.stop.Step, Lane: -1}
	a, is := s.imminent(o, q.Step)
	if o.came == byNobody || !is {
		return
	}
	name := a.name
	q.Text = "What does the queue know of " + name
	if s.queuesDiffer() {
		q.Text, q.Lane = "What does the queue of "+o.title()+" know of "+name, o.lane
	}
	switch {
	case o.came >= byCopy:
		q.Text += ", " + yesNo(o.came == byCopy, "a copy of "+o.owed().ID, o.owed().ID+" "+o.returned(a))
	case o.came == byNack:
		q.Text += ", now that it was given back"
	case o.event(int(o.event(a.delivery).Cause)).Kind == sim.TimeOut:
		q.Text += " once it was hidden for " + Length(o.Run.Lane.Queue.Visibility)
	case o.event(int(o.event(a.delivery).Cause)).Kind == sim.CutOff:
		q.Text += " once its worker was silent for " + Length(o.Run.Lane.Queue.Silence())
	default:
		q.Text += " when the connection breaks"
	}
	next := o.next(a)
	out := claim{"nothing new: it hands " + name + " out again", next == moveHandsOut, "it was told nothing, and so it has to hand it out again", 2}
	drops := claim{"that " + o.done() + ": it drops " + name, next == moveDrops, "only an ack tells the queue, and none came in time", 1}
	if o.came == byNack {
		out.text, out.why = "only that it failed: it hands "+name+" out again", "all that it was told is that the worker failed"
		drops.why = "it was told that the worker failed, and nothing else"
	}
	if o.came >= byCopy {
		out.text, out.why = "nothing: it hands it out like any other", "to this queue it is a message like any other"
		drops.text, drops.why = "that it is "+o.owed().ID+" once more: it drops it", o.uncompared()
	}
	q.Text += "?"
	return q, []claim{out, drops, o.knowsMore(next)}
}

// queuesDiffer reports whether the lanes' queues remember message IDs for different
// times: then what is asked of one is not so of another.
func (s *Story) queuesDiffer() bool {
	window := func(l *Lane) time.Duration { q := l.Run.Lane.Profile(); return q.Window() }
	return slices.ContainsFunc(s.Lanes, func(l *Lane) bool { return window(l) != window(s.Lanes[0]) })
}

// done says that the deed is done: Bob was charged.
func (o *onset) done() string { return forWhom(o.trade().Was, o.owed()) }

// uncompared says why the queue took a message for a new one.
func (o *onset) uncompared() string {
	queue := o.Run.Lane.Profile()
	window := queue.Window()
	switch {
	case o.came == byCopy:
		return "the copy was made behind its back, and it compares it with nothing"
	case o.came == byNewID:
		return "a new message ID says nothing of the old one"
	case window > 0:
		return "it forgets a message ID after " + Length(window)
	}
	return "it keeps no message IDs to compare with"
}

// knowsMore claims that the queue knows what no queue can, and waits for it.
func (o *onset) knowsMore(next move) claim {
	c := claim{"nothing yet: it waits a little longer", next == moveWaits, "its time was over, and that is all that the queue looks at", 12}
	switch o.came {
	case byCrash:
		c.text = "that its worker died: it waits until that is back"
		c.why = "a dead worker and a slow one look alike, and the queue waits for neither"
	case byPause:
		c.text, c.belief = "that its worker only sleeps: it waits for it", 20
		c.why = "a sleeping worker and a dead one look alike from outside"
	case byWork:
		c.text = "that its worker is still busy: it waits for it"
		c.why = "a busy worker and a dead one look alike from outside"
	case byNack:
		c.text, c.belief = "how far the worker got: it waits for the rest", 2
		c.why = "it was told that the worker failed, and not how far it had come"
	case byCopy, byPublish:
		c.text, c.belief = "that "+o.owed().ID+" came first: it waits until that is done", 13
		c.why = "nothing here makes one message wait for another"
		if o.Run.Lane.Queue.Order != broker.NoOrder {
			c.text = "that it is out of order: it drops it"
			c.why = "order says what comes after what, and not how often"
		}
	case byNewID:
		c.text, c.belief = "that "+o.done()+": it keeps it back", 10
		c.why = "a queue does not know what its messages are about"
	}
	return c
}

// move is what a queue does with a message next.
type move uint8

const (
	moveWaits move = iota
	moveDrops
	moveHandsOut
)

// next returns what the queue has done by the time at which an attempt begins.
func (l *Lane) next(a *attempt) move {
	q, n := l.Run.At(a.begins()+1).Queue(), int(a.receipt.Msg)
	switch {
	case q.Deliveries(n) >= int(a.receipt.Delivery):
		return moveHandsOut
	case q.State(n).Settled():
		return moveDrops
	}
	return moveWaits
}

// askWhere asks where a message is that will never take effect.
func (s *Story) askWhere(harms []onset) (q Question, claims []claim) {
	o := &harms[len(harms)-1]
	if o.mark.Kind == Again {
		return
	}
	q = Question{Step: s.eve(o), Reveal: o.stop.Step, Lane: o.lane}
	last, delivered := o.last()
	if !delivered {
		return q, o.neverTaken(&q)
	}
	id, end := o.owed().ID, o.event(o.mark.Event)
	q.Text = o.title() + " has finished with " + id + ". Where is " + id + " now?"
	told := slices.IndexFunc(last.events, func(i int) bool { return o.event(i).Op == sim.OpAck && i < o.mark.Event })
	if _, again := o.bringer(); !again && told >= 0 {
		fails := yesNo(end.Kind == sim.Crash || end.Kind == sim.Restart, "dies", "fails")
		q.Text = "If " + o.title() + "'s worker " + fails + " right after its ack, where is " + id + "?"
		q.Step = min(q.Step, s.stepOf(o.lane, last.events[told])-1)
	}
	state := o.Run.At(o.mark.Event + 1).Queue().State(int(last.receipt.Msg))
	hidden := claim{"hidden in the queue, until it comes again", !state.Settled(), "the queue had been told that it was done", 18}
	parked := claim{"parked, in the dead-letter queue", state == broker.Dead, "only what is given back too often is parked", 1}
	gone := claim{"gone: the queue was told that it is done", state.Settled() && !parked.so, "what is acked is gone, and no copy was left of it", 11}
	if parked.so {
		parked.why = "it was given back once too often"
		hidden.why, gone.why = parked.why, "nobody has said that it is done"
	}
	if state == broker.Discarded {
		gone.text, gone.why = "gone: the queue has dropped it", "it was delivered too often, and there is no dead-letter queue"
		hidden.why, parked.why = gone.why, gone.why
	}
	return q, []claim{hidden, parked, gone}
}

// neverTaken asks where a message goes that its queue takes for another, and drops: no
// worker gets it, and the producer hears that all is well.
func (o *onset) neverTaken(q *Question) []claim {
	end := o.event(o.mark.Event)
	if end.Reply != sim.Deduplicated {
		return nil
	}
	id := o.owed().ID
	q.Text = id + " is published under a message ID that the queue knows. Where does it go?"
	knows := "the queue knows a message by its ID, and had this one before"
	return []claim{
		{"into the queue: " + nameOf(o.owed()) + "'s order is a new one", false, knows, 10},
		{"to the dead-letter queue, for somebody to look at", false, "only what is given back too often is parked", 1},
		{"nowhere: the queue drops it", true, knows, 0},
	}
}

// last returns the last attempt at what never took effect, if any was made.
func (o *onset) last() (a *attempt, known bool) {
	if a, known = o.bringer(); known {
		return a, known
	}
	return o.firstOf(func(a attempt) bool { return a.owed == o.mark.Owed })
}
