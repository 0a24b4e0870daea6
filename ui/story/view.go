package story

import (
	"math"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/ui/words"
)

// Moment is a place in a story: after a number of steps, and a share of the way to
// the next one. At a share of 0 nothing is on its way.
type Moment struct {
	Step   int
	Toward float64
}

// View is everything that a face shows of one moment.
type View struct {
	*Story
	Moment
	Now time.Duration
	// Stop is the teaching point at this moment, or nil.
	Stop *Stop
	// Focus is the index of what is owed that this moment is about, or -1.
	Focus int
	Lanes []LaneView
}

// LaneView is one lane at one moment.
type LaneView struct {
	*LaneStory
	World *sim.World
	// Events are those that had happened; those from Fresh on came with the last
	// step, and those up to Coming are to come with the next.
	Events, Fresh, Coming int
	// Taken, Excess and Missing are in the unit of the business.
	Taken, Excess, Missing int64
	// Times is how often what is owed has taken effect, and Fate what became of it
	// last: Done where nothing special did. Both by index of what is owed.
	Times []int
	Fate  []MarkKind
	// Counts is how often each debt was paid. Of what has several parts, Times is how often
	// all of it took effect or, once a part has done so too often, how often that did.
	Counts []int
	// Skipped says that what is owed was delivered again and nothing more was done.
	Skipped []bool
	// Outdated says that what is owed never set its status, and need not: a newer one did.
	Outdated []bool
	// Stamped is the mark of each thing owed that is to be looked at: the harms since
	// the last teaching point but one. -1 where there is none.
	Stamped []int
	// Twice and Lost count what is owed that was done again, or never will be.
	Twice, Lost int
	// Harmed says that this lane was harmed at this moment.
	Harmed bool
	Wires  []Wire
}

// View returns what there is to see at a moment. It is good until View is called
// again.
func (s *Story) View(m Moment) *View {
	v := &s.view
	m.Step = min(max(m.Step, 0), s.Steps())
	m.Toward = min(max(m.Toward, 0), 1)
	if m.Step == s.Steps() {
		m.Toward = 0
	}
	fresh := v.Story != s || v.Step != m.Step
	moves := v.Toward > 0 != (m.Toward > 0)
	v.Story, v.Moment = s, m
	v.Now = s.When(m.Step)
	if m.Toward > 0 {
		v.Now += time.Duration(math.Round(m.Toward * float64(s.When(m.Step+1)-v.Now)))
	}
	if fresh {
		v.Stop, v.Focus = s.StopAt(m.Step), -1
		v.Lanes = slices.Grow(v.Lanes[:0], len(s.Lanes))[:len(s.Lanes)]
		for k := range v.Lanes {
			s.look(&v.Lanes[k], k, m.Step, v.Stop)
		}
		v.Focus = v.subject()
	}
	for k := range v.Lanes {
		if fresh || moves {
			v.Lanes[k].wire(m.Toward > 0)
		}
		v.Lanes[k].drain(v.Now)
	}
	return v
}

// look fills in what is to be seen of a lane after n steps.
func (s *Story) look(v *LaneView, k, n int, stop *Stop) {
	l := s.Lanes[k]
	v.LaneStory = l
	v.Events = s.Upto(n, k)
	v.Fresh, v.Coming = s.Upto(max(n-1, 0), k), s.Upto(min(n+1, s.Steps()), k)
	if l.player == nil {
		l.player = l.Run.Player()
	}
	v.World = l.player.At(v.Events)
	owed := len(l.Run.Lane.Messages)
	v.Times = slices.Grow(v.Times[:0], owed)[:owed]
	v.Fate = slices.Grow(v.Fate[:0], owed)[:owed]
	v.Skipped = slices.Grow(v.Skipped[:0], owed)[:owed]
	v.Outdated = slices.Grow(v.Outdated[:0], owed)[:owed]
	v.Stamped = slices.Grow(v.Stamped[:0], owed)[:owed]
	v.Counts = slices.Grow(v.Counts[:0], l.Run.Lane.Debts())[:l.Run.Lane.Debts()]
	clear(v.Counts)
	clear(v.Fate)
	clear(v.Skipped)
	for i := range v.Stamped {
		v.Stamped[i] = -1
	}
	for _, skip := range l.skips {
		if skip.event < s.sent(n, k) {
			v.Skipped[skip.owed] = true
		}
	}
	news := s.Upto(s.news(n), k)
	v.Taken, v.Excess, v.Missing, v.Twice, v.Lost, v.Harmed = 0, 0, 0, 0, 0, stop.Harmed(k)
	for i, m := range l.marks[:l.passed(v.Events)] {
		if m.Kind != Done && (m.Event >= news || stop.Harmed(k) && stop.Event[k] == m.Event) {
			v.Stamped[m.Owed] = i
		}
		v.Taken, v.Excess, v.Missing = m.Taken, m.Excess, m.Missing
		v.Fate[m.Owed] = max(v.Fate[m.Owed], m.Kind)
		switch m.Kind {
		case Done:
			v.Counts[l.debt(&m)]++
		case Again:
			if v.Counts[l.debt(&m)]++; v.Counts[l.debt(&m)] == 2 {
				v.Twice++
			}
		default:
			v.Lost++
		}
		v.Harmed = v.Harmed || m.Kind != Done && m.Event >= v.Fresh
	}
	for _, g := range l.effects.TakenBack { // still there at this moment
		if g.From < v.Events && v.Events <= g.To {
			v.Taken++
			if v.Counts[g.Debt]++; v.Counts[g.Debt] > 1 {
				v.Excess++
			}
		}
	}
	v.sumUp()
	v.outdate()
}

// CountOutdated returns how many messages need not set their status any more.
func (v *LaneView) CountOutdated() (n int) {
	for _, is := range v.Outdated {
		if is {
			n++
		}
	}
	return n
}

// outdate finds what need not set its status any more.
func (v *LaneView) outdate() {
	clear(v.Outdated)
	if !v.Run.Lane.Business.Info().LastWins {
		return
	}
	for n, of := range v.World.Verdicts().Of {
		v.Outdated[n] = of == sim.Once && v.Times[n] == 0 && v.Run.Lane.Messages[n].Owes == ""
	}
}

// sumUp finds how often all of what is owed took effect, from how often each part did.
func (v *LaneView) sumUp() {
	for n := range v.Times {
		counts := v.Parts(n)
		if v.Times[n] = slices.Min(counts); slices.Max(counts) > 1 {
			v.Times[n] = slices.Max(counts)
		}
	}
}

// Parts returns how often each part of something owed has taken effect.
func (v *LaneView) Parts(owed int) []int {
	n := len(v.Run.Lane.Business.Parts())
	return v.Counts[owed*n : (owed+1)*n]
}

// news returns the step from which on harms are news at a moment: a stamp is to be
// looked at until the teaching point after its own.
func (s *Story) news(n int) int {
	return s.PrevStop(s.LastStop(n))
}

// subject returns what this moment is about: that of the stop, or else of what
// came with the last step.
func (v *View) subject() int {
	if v.Stop != nil && v.Stop.Kind != AtRest {
		return v.Stop.Owed
	}
	for k := range v.Lanes {
		if l := &v.Lanes[k]; l.Fresh < l.Events {
			return l.OwedBy(l.Events - 1)
		}
	}
	return -1
}

// Line returns which line of the handler, from 1, the i-th event's step stands in:
// 0 for none that is known.
func (l *LaneStory) Line(i int) int {
	if line, known := l.lines[i]; known {
		return line
	}
	if l.lines == nil {
		l.lines = map[int]int{}
	}
	line := 0
	if site := l.Run.Site(i); site.Line > 0 && len(l.Body()) > 0 {
		line = site.Line - l.first + 1
	}
	l.lines[i] = line
	return line
}

// WireState is where an attempt stands.
type WireState uint8

// The states of a wire. Up to Frozen the worker has something to do.
const (
	Expecting WireState = iota // a delivery is on its way to the worker
	Holding                    // it holds the message for its time
	Working
	Frozen
	AckTaken     // the queue knows that it is done
	AckLost      // the ack did not arrive
	AckLate      // it arrived, and changed nothing
	GivenBack    // the worker failed, and said so
	WorkerDied   // in the middle of it
	ParkedAtEnd  // given back once too often
	DroppedAtEnd // the same, where there is no dead-letter queue
	Silent       // the attempt had acked before, and ended without a word
)

// Wire is what a worker does, or did last: one delivery of one broker message on
// its way from the queue to the worker and back.
type Wire struct {
	Worker   int // from 0
	Name     string
	Owed     int
	Receipt  broker.Receipt
	Delivery int
	Because  string // why it was delivered again, "" for the first time
	State    WireState
	// Early is what became of an ack that the attempt sent before it was through:
	// AckTaken, AckLost or AckLate; Expecting, if it has sent none.
	Early WireState
	// Hidden is how long the message stays hidden from the others, of all the time
	// that it was to be; both are 0 where it is not hidden by a timer.
	Hidden, HiddenOf time.Duration
	// Last is the last event of the attempt so far: its delivery, if nothing else
	// has happened. Next is the one that comes with the next step, or -1.
	Last, Next int
}

// wire finds what each worker does, or did last: those at work first, then those
// whose attempt ended last. While something moves, those count as at work to whom
// something is on its way.
func (v *LaneView) wire(moves bool) {
	v.Wires = v.Wires[:0]
	for worker := range v.hands {
		if e := v.expects(worker); moves && e >= 0 {
			v.Wires = append(v.Wires, v.expecting(worker, e))
			continue
		}
		hand := v.hands[worker]
		n, _ := slices.BinarySearchFunc(hand, v.Events, func(t turnAt, events int) int {
			return words.Either(t.event < events, -1, 1)
		})
		if n == 0 {
			continue
		}
		a := &v.Attempts[hand[n-1].attempt]
		w := Wire{
			Worker: worker, Name: a.Name, Owed: a.Owed, Receipt: a.Receipt, Delivery: int(a.Receipt.Delivery),
			Last: a.Begins(), Next: -1,
		}
		for _, i := range a.Events {
			if i >= v.Events {
				if i < v.Coming {
					w.Next = i
				}
				break
			}
			w.Last = i
			if l := v.Event(i); (l.Op == sim.OpAck || l.CommitsAck()) && !l.Finished {
				w.Early = v.early(l)
			}
		}
		w.Because = v.because(a.Delivery)
		v.judge(&w)
		v.Wires = append(v.Wires, w)
	}
	slices.SortStableFunc(v.Wires, func(a, b Wire) int {
		if x, y := a.State <= Frozen, b.State <= Frozen; x != y {
			return words.Either(x, -1, 1)
		} else if x {
			return 0
		}
		return b.Last - a.Last
	})
}

// expects returns the delivery to a worker that comes with the next step, or -1.
func (v *LaneView) expects(worker int) int {
	for i := v.Events; i < v.Coming; i++ {
		if e := v.Event(i); e.Kind == sim.Deliver && int(e.Worker) == worker {
			return i
		}
	}
	return -1
}

// expecting is the wire of a worker to whom a delivery is on its way.
func (v *LaneView) expecting(worker, delivery int) Wire {
	e := v.Event(delivery)
	return Wire{
		Worker: worker, Name: v.Name(e), Owed: v.OwedBy(delivery), Receipt: e.Receipt, Delivery: int(e.Receipt.Delivery),
		Because: v.because(delivery), State: Expecting, Last: delivery, Next: delivery,
	}
}

// because says why a delivery is not the first, in a few words.
func (l *LaneStory) because(delivery int) string {
	if delivery < 0 || l.Event(delivery).Receipt.Delivery < 2 || l.Event(delivery).Cause < 0 {
		return ""
	}
	c := l.Event(int(l.Event(delivery).Cause))
	switch {
	case l.Event(delivery).Relayed() && c.Op == sim.OpCommit:
		return "no relay claims its row"
	case l.Event(delivery).Relayed() && c.Kind != sim.Retry:
		return "the relay " + words.Either(c.Kind == sim.Restart || c.Kind == sim.Kill, "was restarted", "crashed")
	case l.Event(delivery).Relayed():
		return "there was an error"
	case c.Kind.EndsWait() && c.Cause >= 0:
		return l.teller.Blame(l.Event(int(c.Cause)), "its worker")
	case c.Kind.EndsWait():
		return "it took too long"
	case c.Kind == sim.Undelay || c.Op == sim.OpReturn && c.Kind == sim.Step:
		return "it was given back"
	}
	return l.teller.Blame(c, "its worker")
}

// Begins is the event with which an attempt began.
func (a *Attempt) Begins() int {
	if a.Delivery < 0 && len(a.Events) > 0 {
		return a.Events[0]
	}
	return a.Delivery
}

// judge says where an attempt stands after its last event.
func (v *LaneView) judge(w *Wire) {
	e := &v.Run.Events()[w.Last]
	switch {
	case e.Died():
		w.State = WorkerDied
	case v.Freezes(e):
		w.State = Frozen
	case e.Kind == sim.Deliver && slices.Contains(v.World.Held(w.Worker), w.Receipt):
		w.State = Holding
	case (e.Receipt != w.Receipt || e.Kind == sim.CutOff) && !e.Died(): // it has lost what it held
		w.State = GivenBack
	case !e.Finished:
		w.State = Working
	case e.Kind == sim.LoseAck:
		w.State = AckLost
	case changesNothing(e):
		w.State = AckLate
	case e.Reply == sim.Returned:
		w.State = GivenBack
	case e.Reply == sim.Buried:
		w.State = ParkedAtEnd
	case e.Reply == sim.Discarded:
		w.State = DroppedAtEnd
	case e.Reply == sim.Taken || e.Reply == sim.NotYet:
		w.State = AckTaken
	default:
		w.State = Silent
	}
}

// early says what became of an ack that did not end its attempt.
func (v *LaneView) early(e *sim.Event) WireState {
	switch {
	case e.Kind == sim.LoseAck:
		return AckLost
	case e.Kind != sim.Step:
		return Expecting
	case changesNothing(e):
		return AckLate
	}
	return AckTaken
}

// changesNothing reports whether an ack or nack came too late for the queue.
func changesNothing(e *sim.Event) bool {
	switch e.Reply {
	case sim.AckIgnored, sim.AckRejected, sim.NackIgnored:
		return true
	case sim.Taken:
		return e.Late == sim.AfterDone
	}
	return false
}

// drain works out how long the message of each wire stays hidden from now.
func (v *LaneView) drain(now time.Duration) {
	for i := range v.Wires {
		w := &v.Wires[i]
		w.Hidden, w.HiddenOf = 0, 0
		if n := int(w.Receipt.Msg); w.Receipt.Row == 0 && v.World.Queue().Deliveries(n) == w.Delivery && v.hides(n) {
			w.Hidden, w.HiddenOf = v.Hidden(n, now), v.Run.Lane.Queue.Visibility
		}
	}
}

// hides reports whether a message is in flight, and hidden by a timer.
func (v *LaneView) hides(n int) bool {
	return v.Run.Lane.Queue.Timed() && v.World.Queue().State(n) == broker.InFlight
}

// Hidden returns how long a message stays hidden from now, or 0 if it does not, or
// not by a timer. With a heartbeat it does for as long as its worker is at it.
func (v *LaneView) Hidden(n int, now time.Duration) time.Duration {
	if !v.hides(n) {
		return 0
	}
	q := &v.Run.Lane.Queue
	r := broker.Receipt{Msg: int32(n), Delivery: int32(v.World.Queue().Deliveries(n))}
	a, known := v.by(r)
	if !known {
		return 0
	}
	since := a.At
	if q.Heartbeat != broker.NoHeartbeat {
		i := slices.IndexFunc(v.Wires, func(w Wire) bool { return w.Receipt == r })
		if i >= 0 && v.Wires[i].State < Frozen {
			return q.Visibility
		}
		if end := v.lastOf(a); end >= 0 {
			since = v.Event(end).At
		}
	}
	return max(since+q.Visibility-now, 0)
}

// lastOf returns the last event of an attempt that had happened, or -1.
func (v *LaneView) lastOf(a *Attempt) int {
	last := a.Delivery
	for _, i := range a.Events {
		if i < v.Events {
			last = i
		}
	}
	return last
}
