package quiz

import (
	"cmp"
	"hash/fnv"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/fault"
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
	AskOutbox               // what a row of the outbox says
	AskStale                // what becomes of an older status
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

	excuses map[string]string // by the reason of a choice: how the reveal tells the same
}

// Limits on questions: a run that asks more often is an examination, and a longer
// answer is not read.
const (
	maxQuestions = 3
	choices      = 3   // of each
	maxChoice    = 60  // cells
	OfLate       = 12  // questions that count as asked of late
	mostOfLate   = 2   // of them about one topic, after which it rests
	maxOrigins   = 100 // harms that are looked at: those after them are of the same kind
)

// Questions returns what to ask in the course of the story, in order: at most three
// questions, each at a place of its own and of a kind of its own. Before are the topics
// about which somebody was asked in other stories, the latest last. None of these is about
// that one, so that none comes twice running. Of each harm it asks what its cause is best
// asked by, but rather what was asked less often of late. Who is harmed at the end is asked
// first or not at all, and covers everything.
func Questions(s *story.Story, before ...Topic) []Question {
	var all []Question
	var used [askKinds]bool
	var times [askKinds]int
	for n, topic := range before[max(len(before)-OfLate, 0):] {
		times[topic]++
		used[topic] = times[topic] > mostOfLate || n == min(len(before), OfLate)-1
	}
	for i, harms := range origins(s) {
		kinds := harms[0].kinds()
		slices.SortStableFunc(kinds, func(a, b Topic) int { return cmp.Compare(times[a], times[b]) })
		if i == 0 && !harms[0].stale() {
			kinds = append([]Topic{AskWho}, kinds...)
		}
		for _, kind := range kinds {
			if used[kind] {
				continue
			}
			s.Looked(s.Steps()) // it goes through a run
			q, claims := ask(s, kind, harms)
			q.Topic, q.excuses = kind, map[string]string{}
			for k := range harms {
				q.excuses[harms[k].reason("")] = harms[k].excuse() + "."
			}
			taken := slices.ContainsFunc(all, func(o Question) bool { return o.Step == q.Step })
			if taken || givenAway(s, &q, harms[0].stop) || !q.settle(claims, place(s, len(all))) {
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

// givenAway reports whether a lane shows the harm of a stop before the question is asked.
// Where a message has several effects, lanes can be at different ones at one time.
func givenAway(s *story.Story, q *Question, p *story.Stop) bool {
	for k := range s.Lanes {
		if p.Event[k] >= 0 && p.Event[k] < s.Upto(q.Step, k) {
			return true
		}
	}
	return false
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
	case AskOutbox:
		return askOutbox(s, harms)
	case AskStale:
		return askStale(s, harms)
	}
	return askQueue(s, harms)
}

// claim is a possible answer, in short and with the rest; so says whether the runs bear it
// out.
type claim struct {
	short, rest string
	so          bool
	why         string // it is so, or is not
	belief      scenarios.Misconception
}

func (c *claim) text() string {
	if c.rest == "" {
		return c.short
	}
	return c.short + ": " + c.rest
}

// says puts other words in the place of a claim's.
func (c *claim) says(short, rest, why string) { c.short, c.rest, c.why = short, rest, why }

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
		text := c.text()
		same := func(o claim) bool { return o.text() == text || o.so && c.so }
		if slices.ContainsFunc(claims[:i], same) || words.Width(text) > maxChoice {
			return false
		}
		q.Choices = append(q.Choices, Choice{Text: text, Short: c.short, Why: c.why, Belief: words.Either(c.so, 0, c.belief)})
		if c.so {
			q.Right = i + 1
		}
	}
	return q.Step >= 0 && q.Step < q.Reveal
}

// Reveals returns what is said at the reveal to somebody who chose an answer, by its
// number, or none, 0. Then comes what is told of that moment, but for what the answer has
// said.
func (q *Question) Reveals(choice int, told []words.Line) []words.Line {
	v := Judgement{Said: choice, Was: q.Right, Choices: q.Choices}
	lines := v.Lines()
	for _, l := range told {
		excuse := l[len(l)-1].Text
		if !slices.ContainsFunc(v.given(), func(c *Choice) bool { return q.excuses[c.Why] == excuse }) {
			lines = append(lines, l)
		}
	}
	return lines
}

func (o *origin) trade() *sim.BusinessWords { return o.Trade(o.mark).Words() }

func (o *origin) owed() *sim.Owed { return &o.Run.Lane.Messages[o.mark.Owed] }

// askQueue asks what the queue knows of a message when it comes again.
func askQueue(s *story.Story, harms []origin) (q Question, claims []claim) {
	o := &harms[0]
	q = Question{Step: justBefore(s, o), Reveal: o.stop.Step, Lane: -1}
	a, is := imminent(s, o, q.Step)
	if o.came == byNobody || !is {
		return
	}
	name, queue := a.Name, "the queue"
	if queuesDiffer(s) {
		queue, q.Lane = "the queue of "+o.Title(), o.lane
	}
	now, of := "", "it"
	switch {
	case o.came >= byCopy:
		of = name + ", " + words.Either(o.came == byCopy, "a copy of "+o.owed().ID, o.owed().ID+" "+o.returned(a))
	case o.came == byNack:
		now = name + " was given back. "
	case o.Event(int(o.Event(a.Delivery).Cause)).Kind == sim.TimeOut:
		now = name + "'s " + words.Length(o.Run.Lane.Queue.Visibility) + " are up. "
	case o.Event(int(o.Event(a.Delivery).Cause)).Kind == sim.CutOff:
		cut := o.Cut(o.Event(int(o.Event(a.Delivery).Cause)))
		now, of = name+"'s worker was "+words.Either(cut.Silent, "silent", "at work")+" for "+words.Length(cut.After)+". ", name
	case fault.Of(o.Event(int(o.Event(a.Delivery).Cause)).Kind).Kind == sim.RebalanceFault:
		now, of = "The partition of "+name+" has another owner. ", name
	default:
		now, of = "The connection breaks. ", name
	}
	q.Text = now + "What does " + queue + " know about " + of + "?"
	next := next(o.LaneStory, a)
	out := claim{"nothing new", "it delivers " + name + " again", next == moveDelivers, "it was told nothing, so it has to deliver " + name + " again", 2}
	drops := claim{"that " + o.done(), "it drops " + name, next == moveDrops, "only an ack tells the queue, and none came in time", 1}
	if o.came == byNack {
		out.says("only that it failed", "it delivers "+name+" again", "all that it was told is that the worker failed")
		drops.why = "it was told that the worker failed, and nothing else"
	}
	if o.came >= byCopy {
		out.says("nothing", "it delivers "+name+" like any other", "to this queue it is a message like any other")
		drops.says("that it is "+o.owed().ID+" once more", "it drops it", o.uncompared())
	}
	return q, []claim{out, drops, o.knowsMore(next)}
}

// queuesDiffer reports whether the lanes' queues remember message IDs for different
// times: then what is asked of one is not so of another.
func queuesDiffer(s *story.Story) bool {
	window := func(l *story.LaneStory) time.Duration { q := l.Run.Lane.Profile(); return q.Window() }
	return slices.ContainsFunc(s.Lanes, func(l *story.LaneStory) bool { return window(l) != window(s.Lanes[0]) })
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
	c := claim{"nothing yet", "it waits a little longer", next == moveWaits, "its time was over, and that is all that the queue looks at", 12}
	switch o.came {
	case byCrash:
		c.says("that its worker died", "it waits until that is back", "a dead worker and a slow one look alike, and the queue waits for neither")
	case byPause:
		c.belief = 20
		c.says("that its worker only sleeps", "it waits for it", "a sleeping worker and a dead one look alike from outside")
	case byWork:
		c.says("that its worker is still busy", "it waits for it", "a busy worker and a dead one look alike from outside")
	case byNack:
		c.belief = 2
		c.says("how far the worker got", "it waits for the rest", "it was told that the worker failed, and not how far it had come")
	case byCopy, byPublish:
		c.belief = 13
		c.says("that "+o.owed().ID+" came first", "it waits until that is done", "nothing here makes one message wait for another")
		if o.Run.Lane.Queue.Order != broker.NoOrder {
			c.says("that it is out of order", "it drops it", "order says what comes after what, and not how often")
		}
	case byNewID:
		c.belief = 10
		c.says("that "+o.done(), "it keeps it back", "a queue does not know what its messages are about")
	}
	return c
}

// move is what a queue does with a message next.
type move uint8

const (
	moveWaits move = iota
	moveDrops
	moveDelivers
)

// next returns what the queue has done by the time at which an attempt begins.
func next(l *story.LaneStory, a *story.Attempt) move {
	q, n := l.Run.At(a.Begins()+1).Queue(), int(a.Receipt.Msg)
	switch {
	case q.Deliveries(n) >= int(a.Receipt.Delivery):
		return moveDelivers
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
	if !state.Settled() {
		return // its ack is lost, and its owner asks only for what comes next: it is neither gone nor coming
	}
	hidden := claim{"hidden in the queue, until it comes again", "", false, "the queue had been told that it was done", 18}
	parked := claim{"parked, in the dead-letter queue", "", state == broker.Dead, "only what is given back too often is parked", 1}
	gone := claim{"gone", "the queue was told that it is done", !parked.so, "what is acked is gone, and no copy was left of it", 11}
	if parked.so {
		parked.why = words.Either(o.Event(o.mark.Event).Rejects, "its worker has rejected it for good", "it was given back once too often")
		hidden.why, gone.why = parked.why, "nobody has said that it is done"
	}
	if state == broker.Discarded {
		gone.says("gone", "the queue has dropped it", words.Either(o.Event(o.mark.Event).Rejects, "its worker has rejected it", "it was delivered too often")+", and there is no dead-letter queue")
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
		{"into the queue", words.NameOf(o.owed()) + "'s order is a new one", false, knows, 10},
		{"to the dead-letter queue, for somebody to look at", "", false, "only what is given back too often is parked", 1},
		{"nowhere", "the queue drops it", true, knows, 0},
	}
}

// last returns the last attempt at what never took effect, if any was made.
func (o *origin) last() (a *story.Attempt, known bool) {
	if a, known = o.bringer(); known {
		return a, known
	}
	return o.First(func(a story.Attempt) bool { return a.Owed == o.mark.Owed })
}
