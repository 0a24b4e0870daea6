package check

import (
	"cmp"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// When, and for how long: what a trace leaves open, a plan has to say.

// times are the lanes on which a plan may be played, without a plan: as it is, with
// everything published at once, with the next message published just before the first
// is visible again, so that its worker is busy when it comes back, and with the
// first published while a relay is busy with the next.
func (t *Trace) times() []sim.Lane {
	half := t.timing().Effect / 2
	lanes := []sim.Lane{t.Lane}
	for _, c := range []struct{ owed, others time.Duration }{{0, 0}, {0, t.Lane.Queue.Patience() - half}, {0, half}, {half / 2, 0}, {0, t.lengths()[0]}} {
		l := t.Lane
		l.Messages = slices.Clone(l.Messages)
		for i := range l.Messages {
			l.Messages[i].At = max(c.others, 0)
		}
		l.Messages[t.Owed].At = c.owed
		lanes = append(lanes, l)
	}
	return append(lanes, t.crowds()...)
}

// maxCrowd is how many messages may be added to push another out of a memory.
const maxCrowd = 4

// crowds are the lanes with more messages, if something has to make room: they come
// one by one while the first is hidden.
func (t *Trace) crowds() []sim.Lane {
	if !slices.ContainsFunc(t.Actions, func(a sim.Action) bool { return a.Kind == sim.Evict }) {
		return nil
	}
	var lanes []sim.Lane
	n := len(t.Lane.Messages)
	for more := range maxCrowd + 1 {
		l := t.Lane
		l.Messages = append(slices.Clone(l.Messages), MessagesFor(l.Consumer, l.Business, n+more)[n:]...)
		at := l.Messages[t.Owed].At
		for i := range l.Messages {
			if i != t.Owed {
				at += 2 * t.timing().Effect
				l.Messages[i].At = at
			}
			if i >= n && slices.ContainsFunc(l.Messages[:n], func(o sim.Owed) bool { return o.ID == l.Messages[i].ID }) {
				return lanes // a scenario with names of its own
			}
		}
		lanes = append(lanes, l)
	}
	return lanes
}

// lengths are how long a pause may be: half again what a message is hidden, and
// more, for deadlines that the consumer has set; or just so long that whoever pauses and
// whoever is handed the message next are at it together.
func (t *Trace) lengths() []time.Duration {
	hidden := cmp.Or(t.Lane.Queue.Patience(), 30*time.Second)
	return []time.Duration{hidden * 3 / 2, 10 * hidden, 25 * time.Hour, max(hidden-t.timing().Effect/2, 0)}
}

// delays are how much later a copy or republish may come: at once, while the first
// is at work, when it is done, and after everything that has a deadline.
func (t *Trace) delays() []time.Duration {
	effect := t.timing().Effect
	return []time.Duration{
		sim.DefaultCopy, effect / 2, 2 * effect, sim.DefaultAgain, t.lengths()[0], t.lengths()[1], t.lengths()[2],
	}
}

// moments are when a deploy may strike: in the middle of a step that a worker is at,
// if it was handed its message as soon as that was there or came back; just after the last
// step of an attempt, before the next one takes its first; or some time later.
func (t *Trace) moments(w *sim.World, attempts []attempt) []time.Duration {
	timing := t.timing()
	var busy, done []time.Duration
	for i := range attempts {
		at := attempts[i].at(timing) + timing.Store/2
		if _, works := w.Handling(i); works {
			busy = append(busy, at)
		} else if attempts[i].message != "" {
			done = append(done, at)
		}
	}
	return slices.Concat(busy, done, t.delays())
}

// outages lists when the stores may go down, and for how long: as usual or, for a queue
// that would try again too often meanwhile, just for the step that is under way or, for
// one that gives up, until it has. A lookup asks when it ends: an outage that is over
// before the next step goes down just before that.
func (t *Trace) outages(w *sim.World, a sim.Action, attempts []attempt) []sim.Fault {
	f := sim.Fault{Kind: sim.StoreDownFault, Which: which[a.Kind]}
	down := func(f *sim.Fault, d time.Duration) { f.At = d }
	moments, timing := append(t.moments(w, attempts), 0), t.timing()
	all := each(f, down, moments)
	for _, length := range []time.Duration{timing.Store, timing.Effect + timing.Store} {
		f.For = length
		all = append(all, each(f, down, moments[:len(moments)-len(t.delays())-1])...)
	}
	for i := range attempts {
		if op, busy := w.Pending(i); busy && op.Place() == sim.Outside {
			f.At, f.For = attempts[i].at(timing)+timing.Effect-timing.Store/2, timing.Store
			all = append(all, f)
		}
	}
	if most := max(t.Lane.Queue.MaxDeliveries, t.Lane.Queue.MaxNacks); most > 0 {
		f.For = time.Duration(most+1) * (2*timing.Effect + t.Lane.Queue.NackDelay)
		all = append(all, each(f, down, moments)...)
	}
	return all
}

// which says of the actions that are an outage of one store, which.
var which = map[sim.ActionKind]string{sim.DBDown: sim.WhichDB, sim.CacheDown: sim.WhichCache}

// late lists the delays that let a publish overtake another of its group: until
// just after it, and longer.
func (t *Trace) late(w *sim.World, a sim.Action) []sim.Fault {
	first := &t.Lane.Messages[w.Overtaken(a)]
	gap := max(t.Lane.Messages[a.Msg].At-first.At, 0)
	f := sim.Fault{Kind: sim.DelayFault, Message: first.ID}
	return each(f, func(f *sim.Fault, d time.Duration) { f.For = gap + d }, t.delays())
}

// forgotten lists the failovers in which the ack of a message is lost: some time after
// its publish, or while a worker is busy with another that has just been published,
// and with the acks that came after it.
func (t *Trace) forgotten(w *sim.World, a sim.Action) []sim.Fault {
	acked := 0
	for n := range w.Queue().Len() {
		if w.Queue().State(n) == broker.Acked {
			acked++
		}
	}
	owed := w.Listed(int(a.Msg))
	var times []time.Duration
	for _, d := range t.delays() {
		times = append(times, t.Lane.Messages[owed].At+d)
	}
	for i, m := range t.Lane.Messages {
		if i != owed {
			times = append(times, m.At+t.timing().Effect/2)
		}
	}
	var all []sim.Fault
	for last := range acked {
		f := sim.Fault{Kind: sim.ForgetAcksFault, Last: last + 1}
		all = append(all, each(f, func(f *sim.Fault, d time.Duration) { f.At = d }, times)...)
	}
	return all
}
