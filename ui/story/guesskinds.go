package story

import (
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

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
	q.Text = "Where is " + id + " when " + o.title() + " is through with it?"
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
