package quiz

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Topic is what a question is about.
type Topic uint8

// The kinds of question.
const (
	AskNothing Topic = iota // there was no question yet
	AskWho                  // who is harmed at the end
	AskStore                // what the store holds when it is asked
	AskWhere                // where the message is
	AskLine                 // which line runs next
	AskLane                 // which lane differs
	AskQueue                // what the queue knows
	askKinds
)

// Question is asked before a harm, so that whoever watches makes up their mind
// first. What is right was found in the runs, and is written nowhere.
type Question struct {
	Step    int // asked after so many steps: just before the thing that it is about
	Topic   Topic
	Text    string
	Choices []Choice // three
	Right   int      // which of them, from 1
	Reveal  int      // the step at which the answer is seen
	Lane    int      // the lane that it names, or -1
}

// Limits on questions: a run that asks more often is an examination, and a longer
// answer is not read.
const (
	maxQuestions = 3
	choices      = 3   // of each
	maxChoice    = 60  // cells
	maxOrigins   = 100 // harms that are looked at: those after them are of the same kind
)

// Questions returns what to ask in the course of the story, in order: at most
// three questions, each at a place of its own and of a kind of its own.
func Questions(s *story.Story) []Question { return QuestionsAfter(s, AskNothing) }

// QuestionsAfter is Questions for somebody who has just been asked a question of a
// kind in another story: none of these is of that kind, so that none comes twice
// running. Of each harm it asks what its cause is best asked by. Who is harmed at the
// end is asked first or not at all, and covers everything.
func QuestionsAfter(s *story.Story, last Topic) []Question {
	var all []Question
	var used [askKinds]bool
	used[last] = true
	for i, harms := range origins(s) {
		kinds := harms[0].kinds()
		if i == 0 {
			kinds = append([]Topic{AskWho}, kinds...)
		}
		for _, kind := range kinds {
			if used[kind] {
				continue
			}
			s.Looked(s.Steps()) // it goes through a run
			q, claims := ask(s, kind, harms)
			q.Topic = kind
			taken := slices.ContainsFunc(all, func(o Question) bool { return o.Step == q.Step })
			if taken || !q.settle(claims, place(s, len(all))) {
				continue
			}
			used[kind] = true
			all = append(all, q)
			break
		}
		if len(all) > 0 && all[0].Topic == AskWho || len(all) == maxQuestions {
			break
		}
	}
	slices.SortFunc(all, func(a, b Question) int { return cmp.Compare(a.Step, b.Step) })
	return all
}

func ask(s *story.Story, kind Topic, harms []origin) (Question, []claim) {
	switch kind {
	case AskWho:
		return askWho(s, harms)
	case AskStore:
		return askStore(s, harms)
	case AskWhere:
		return askWhere(s, harms)
	case AskLine:
		return askLine(s, harms)
	case AskLane:
		return askLane(s, harms)
	}
	return askQueue(s, harms)
}

// claim is a possible answer; so says whether the runs bear it out.
type claim struct {
	text   string
	so     bool
	why    string // it is so, or is not
	belief scenarios.Misconception
}

// place returns where the right answer to the n-th question stands: the places go
// round within a run, and the scenario's name says where they begin.
func place(s *story.Story, n int) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(cmp.Or(s.Scenario.Name, s.Scenario.Title))) // a hash cannot fail
	return (int(h.Sum32()%3) + n) % 3
}

// settle makes the claims the choices of the question. It returns false if they
// are no question: not three, not distinct, too long, or not one of them right.
func (q *Question) settle(claims []claim, place int) bool {
	right := slices.IndexFunc(claims, func(c claim) bool { return c.so })
	if len(claims) != choices || right < 0 {
		return false
	}
	if q.Topic != AskWho { // whose answers go from the fewest to the most
		claims = slices.Clone(claims)
		c := claims[right]
		claims = slices.Insert(slices.Delete(claims, right, right+1), place, c)
	}
	for i, c := range claims {
		same := func(o claim) bool { return o.text == c.text || o.so && c.so }
		if slices.ContainsFunc(claims[:i], same) || words.Width(c.text) > maxChoice {
			return false
		}
		q.Choices = append(q.Choices, Choice{Text: c.text, Why: c.why, Belief: words.Either(c.so, 0, c.belief)})
		if c.so {
			q.Right = i + 1
		}
	}
	return q.Step >= 0 && q.Step < q.Reveal
}

// Said returns what is said at the reveal to somebody who chose an answer, by its
// number; 0 to somebody who chose none.
func (q *Question) Said(choice int) words.Line {
	var s words.Line
	right := q.Right
	answer := &q.Choices[right-1]
	switch {
	case choice == right:
		s.Add(words.OK, fmt.Sprintf("You said %d, %s, and so it was:", right, Quoted(q.Choices, right)))
		s.Add(words.Plain, answer.Why+".")
		return s
	case choice >= 1 && choice <= len(q.Choices):
		s.Add(words.Wrong, fmt.Sprintf("You said %d, %s.", choice, Quoted(q.Choices, choice)))
		answer = &q.Choices[choice-1]
	}
	s.Add(words.OK, fmt.Sprintf("It was %d, %s:", right, Quoted(q.Choices, right)))
	s.Add(words.Plain, answer.Why+".")
	return s
}

// Reveals returns what is said at the reveal, and then what is told of that moment,
// but for what has been said with the answer.
func (q *Question) Reveals(choice int, told []words.Line) []words.Line {
	said := q.Said(choice)
	lines := []words.Line{said}
	for _, l := range told {
		if text := strings.TrimSuffix(l[len(l)-1].Text, "."); len(text) < minRepeat || !strings.Contains(said.Plain(), text) {
			lines = append(lines, l)
		}
	}
	return lines
}

// minRepeat is how long a clause is that nobody wants to read twice.
const minRepeat = 20

func (o *origin) trade() *sim.BusinessWords { return o.Run.Lane.Business.Words() }

func (o *origin) owed() *sim.Owed { return &o.Run.Lane.Messages[o.mark.Owed] }

// askQueue asks what the queue knows of a message when it comes again.
func askQueue(s *story.Story, harms []origin) (q Question, claims []claim) {
	o := &harms[0]
	q = Question{Step: justBefore(s, o), Reveal: o.stop.Step, Lane: -1}
	a, is := imminent(s, o, q.Step)
	if o.came == byNobody || !is {
		return
	}
	name := a.Name
	q.Text = "What does the queue know of " + name
	if queuesDiffer(s) {
		q.Text, q.Lane = "What does the queue of "+o.Title()+" know of "+name, o.lane
	}
	switch {
	case o.came >= byCopy:
		q.Text += ", " + words.Either(o.came == byCopy, "a copy of "+o.owed().ID, o.owed().ID+" "+o.returned(a))
	case o.came == byNack:
		q.Text += ", now that it was given back"
	case o.Event(int(o.Event(a.Delivery).Cause)).Kind == sim.TimeOut:
		q.Text += " once it was hidden for " + words.Length(o.Run.Lane.Queue.Visibility)
	case o.Event(int(o.Event(a.Delivery).Cause)).Kind == sim.CutOff:
		q.Text += " once its worker was silent for " + words.Length(o.Run.Lane.Queue.Silence())
	default:
		q.Text += " when the connection breaks"
	}
	next := next(o.Lane, a)
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
func queuesDiffer(s *story.Story) bool {
	window := func(l *story.Lane) time.Duration { q := l.Run.Lane.Profile(); return q.Window() }
	return slices.ContainsFunc(s.Lanes, func(l *story.Lane) bool { return window(l) != window(s.Lanes[0]) })
}

// done says that the deed is done: Bob was charged.
func (o *origin) done() string { return words.ForWhom(o.trade().Was, o.owed()) }

// uncompared says why the queue took a message for a new one.
func (o *origin) uncompared() string {
	queue := o.Run.Lane.Profile()
	window := queue.Window()
	switch {
	case o.came == byCopy:
		return "the copy was made behind its back, and it compares it with nothing"
	case o.came == byNewID:
		return "a new message ID says nothing of the old one"
	case window > 0:
		return "it forgets a message ID after " + words.Length(window)
	}
	return "it keeps no message IDs to compare with"
}

// knowsMore claims that the queue knows what no queue can, and waits for it.
func (o *origin) knowsMore(next move) claim {
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
func next(l *story.Lane, a *story.Attempt) move {
	q, n := l.Run.At(a.Begins()+1).Queue(), int(a.Receipt.Msg)
	switch {
	case q.Deliveries(n) >= int(a.Receipt.Delivery):
		return moveHandsOut
	case q.State(n).Settled():
		return moveDrops
	}
	return moveWaits
}

// askWhere asks where a message is that will never take effect.
func askWhere(s *story.Story, harms []origin) (q Question, claims []claim) {
	o := &harms[len(harms)-1]
	if o.mark.Kind == story.Again {
		return
	}
	q = Question{Step: justBefore(s, o), Reveal: o.stop.Step, Lane: o.lane}
	last, delivered := o.last()
	if !delivered {
		return q, o.neverTaken(&q)
	}
	id, end := o.owed().ID, o.Event(o.mark.Event)
	q.Text = o.Title() + " has finished with " + id + ". Where is " + id + " now?"
	told := slices.IndexFunc(last.Events, func(i int) bool { return o.Event(i).Op == sim.OpAck && i < o.mark.Event })
	if _, again := o.bringer(); !again && told >= 0 {
		fails := words.Either(end.Kind.Kills(), "dies", "fails")
		q.Text = "If " + o.Title() + "'s worker " + fails + " right after its ack, where is " + id + "?"
		q.Step = min(q.Step, s.StepOf(o.lane, last.Events[told])-1)
	}
	state := o.Run.At(o.mark.Event + 1).Queue().State(int(last.Receipt.Msg))
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
func (o *origin) neverTaken(q *Question) []claim {
	end := o.Event(o.mark.Event)
	if end.Reply != sim.Deduplicated {
		return nil
	}
	id := o.owed().ID
	q.Text = id + " is published under a message ID that the queue knows. Where does it go?"
	knows := "the queue knows a message by its ID, and had this one before"
	return []claim{
		{"into the queue: " + words.NameOf(o.owed()) + "'s order is a new one", false, knows, 10},
		{"to the dead-letter queue, for somebody to look at", false, "only what is given back too often is parked", 1},
		{"nowhere: the queue drops it", true, knows, 0},
	}
}

// last returns the last attempt at what never took effect, if any was made.
func (o *origin) last() (a *story.Attempt, known bool) {
	if a, known = o.bringer(); known {
		return a, known
	}
	return o.First(func(a story.Attempt) bool { return a.Owed == o.mark.Owed })
}
