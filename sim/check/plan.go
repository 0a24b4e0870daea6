package check

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/fault"
)

// Plan turns the trace into a lane with a plan: on the timeline it breaks the same
// property of the same thing owed, with as many faults, or fewer: what is kept for a
// time or up to a number runs out by itself if a message comes late enough, or behind
// enough others. It need not take the same path. The search ignores time and the timeline does not, so pauses and delays may
// be longer than a deadline, and where who is idle decides, the messages may be
// published at other times than the lane says. A trace without a fault that is a race
// may need one pause, shorter than any deadline: to the search, where a step takes as
// long as it likes, that is no fault.
//
// For each fault of the trace there is a short list of faults of a plan that may
// stand for it, the most telling first; what is returned is the first combination
// that a simulation proves right. There may be none: where the times that the
// consumer or the queue have of their own forbid the order in which the trace needs
// deadlines to pass, or where the trace has a fault that no plan can hold.
//
// [Trace.Obstacle] says why there is none.
func (t *Trace) Plan() (lane sim.Lane, ok bool) { return t.first(t.breaks) }

// first returns the first of the lanes that may play the trace which a simulation
// proves right.
func (t *Trace) first(right func(*sim.Run) bool) (sim.Lane, bool) {
	lanes := t.times()
	choices := make([][][]sim.Fault, len(lanes))
	for i := range lanes {
		choices[i] = t.choices(lanes[i].Messages)
		for k := range choices[i] { // what is right for the lane as it is comes first
			usual := slices.Clone(choices[0][k])
			choices[i][k] = append(usual, slices.DeleteFunc(choices[i][k], func(f sim.Fault) bool { return slices.Contains(usual, f) })...)
		}
		if slices.ContainsFunc(choices[i], func(c []sim.Fault) bool { return len(c) == 0 }) {
			return sim.Lane{}, false
		}
	}
	for _, more := range [][][]sim.Fault{nil, {t.slower()}} {
		for far := 0; far <= maxFar; far++ {
			for i := range lanes {
				if lane, ok := combine(lanes[i], slices.Concat(choices[i], more), far, right); ok {
					return lane, true
				}
			}
		}
	}
	return sim.Lane{}, false
}

// slower lists the short pauses that make one worker slower than another: before each
// of the steps that the trace takes in the first delivery of a message, the victim's
// first. They pass no deadline, and so are no fault to the search.
func (t *Trace) slower() []sim.Fault {
	w := t.Begin()
	var own, others []sim.Fault
	for _, a := range t.Actions {
		if r, _ := w.Handling(int(a.Worker)); a.Kind.AtWork() && r.Delivery == 1 {
			f := sim.Fault{Kind: sim.PauseFault, Message: w.Name(int(r.Msg)), Delivery: 1, Before: pending(w, a.Worker).String(), For: 5 * t.timing().Effect}
			all := points(f, pending(w, a.Worker))
			if len(t.Lane.Business.Parts()) > 1 && pending(w, a.Worker).Performs() {
				f.Before = w.PendingPart(int(a.Worker)).String()
				all = append(all, f)
			}
			if w.Owed(int(r.Msg)) == t.Owed {
				own = append(own, all...)
			} else {
				others = append(others, all...)
			}
		}
		w.Do(a)
	}
	return append(own, others...)
}

// points returns a fault before a step at the points by which the step can be named.
func points(f sim.Fault, op sim.Op) []sim.Fault {
	switch {
	case op.Performs():
		f.Before = sim.PointEffect
	case op == sim.OpReturn || op == sim.OpAck:
		f.Before = sim.PointAck
	case !op.Asked():
		return nil
	}
	return []sim.Fault{f}
}

// maxFar is how far down the lists a plan goes, in all of them together.
const maxFar = 24

func (t *Trace) timing() sim.Timing {
	if t.Lane.Timing == (sim.Timing{}) {
		return sim.DefaultTiming()
	}
	return t.Lane.Timing
}

// combine tries all plans whose places in the lists sum up to far.
func combine(l sim.Lane, choices [][]sim.Fault, far int, right func(*sim.Run) bool) (sim.Lane, bool) {
	if len(choices) == 0 {
		if far > 0 {
			return sim.Lane{}, false
		}
		r, err := sim.Simulate(l)
		return l, err == nil && right(r)
	}
	for i, f := range choices[0] {
		if i > far {
			break
		}
		with := l
		if f != byItself {
			with.Plan = append(slices.Clone(l.Plan), f)
		}
		if lane, ok := combine(with, choices[1:], far-i, right); ok {
			return lane, true
		}
	}
	return sim.Lane{}, false
}

// breaks reports whether a run breaks the property of the same thing owed, with every
// fault of the plan having struck.
func (t *Trace) breaks(r *sim.Run) bool {
	if !t.Shown(r.World()) || overruns(r) > t.overruns() { // a pause that passes a deadline is a fault
		return false
	}
	struck := make([]bool, len(r.Lane.Plan))
	for _, e := range r.Events() {
		if e.Fault >= 0 && int(e.Fault) < len(struck) {
			struck[e.Fault] = true
		}
	}
	return !slices.Contains(struck, false)
}

// choices lists, for each fault of the trace, what may stand for it in a plan, where the
// messages are published at the times of a list.
func (t *Trace) choices(published []sim.Owed) [][]sim.Fault {
	c := t.course(published)
	var all [][]sim.Fault
	for i, a := range t.Actions {
		c.look()
		if c.w.Cost(a) > 0 {
			all = append(all, t.standIns(c.w, a, c.attempts))
			if a.Kind.EndsWait() {
				all[len(all)-1] = append(all[len(all)-1], t.wakes(c, i)...)
			}
		}
		c.take(a)
	}
	return all
}

// turn is a step of a worker, and how far the others are when it takes it.
type turn struct {
	worker int // or broker.None
	others time.Duration
}

// turns returns, for each action of the trace, whose step it is, if it is one.
func (t *Trace) turns(published []sim.Owed) []turn {
	all := make([]turn, len(t.Actions))
	c := t.course(published)
	for i, a := range t.Actions {
		c.look()
		all[i].worker = broker.None
		if a.Kind.AtWork() {
			all[i].worker = int(a.Worker)
			for k := range c.attempts {
				if c.attempts[k].message != "" && k != int(a.Worker) {
					all[i].others = max(all[i].others, c.attempts[k].at(t.timing()))
				}
			}
		}
		c.take(a)
	}
	return all
}

// wakes lists the pauses in which a deadline passes and that end when their worker takes its
// next step in the trace, between two steps of another: just then, and just before.
// That is the deadline of the i-th action, which comes next.
func (t *Trace) wakes(c *course, i int) []sim.Fault {
	h, turns := c.w.Overruns(t.Actions[i]), t.turns(c.published)[i:]
	next := slices.IndexFunc(turns, func(x turn) bool { return x.worker == h })
	if h == broker.None || next < 0 {
		return nil
	}
	of := &c.attempts[h]
	until := turns[next].others - of.at(t.timing())
	if until < 2*sim.MinSpan {
		return nil
	}
	pause := at(sim.Fault{Kind: sim.PauseFault}, of, pending(c.w, int8(h)))[0]
	return each(pause, func(f *sim.Fault, d time.Duration) { f.For = d }, []time.Duration{until, until - t.timing().Store/2})
}

// byItself stands for a fault that no plan has to hold: it comes with time, or with other
// messages.
var byItself = sim.Fault{}

// standIns lists what may stand for one fault: what its kind says, unless it is one whose
// moment takes more to find.
func (t *Trace) standIns(w *sim.World, a sim.Action, attempts []attempt) []sim.Fault {
	switch {
	case a.Kind == sim.Evict:
		return []sim.Fault{byItself}
	case w.HeldTooLong(a): // the time of the message says how often
		return []sim.Fault{byItself}
	case a.Kind == sim.Expire || a.Kind.EndsWait():
		return t.pauses(w, a, attempts)
	case a.Kind == sim.Publish:
		return t.late(w, a)
	case a.Kind == sim.ForgetAck:
		return t.forgotten(w, a)
	case fault.Of(a.Kind).Kind == sim.StoreDownFault:
		return t.outages(w, a, attempts)
	}
	row := fault.Of(a.Kind)
	f := sim.Fault{Kind: row.Kind}
	switch row.Strikes {
	case sim.AtMessage:
		f.Message, f.NewID = t.Lane.Messages[w.Listed(int(a.Msg))].ID, a.Kind != row.Actions[0]
		if a.Kind == sim.RepublishReworded {
			f.Body = w.Wording(a)
		}
		times := t.delays()
		if row.Kind == sim.RedriveFault { // it waits for a message to die
			times = append(times, row.Usual.Later)
		}
		return each(f, func(f *sim.Fault, d time.Duration) { f.Later = d }, times)
	case sim.AtWorld:
		switch {
		case a.Kind == sim.LoseDBWrites:
			f.Which = sim.WhichDB
		case a.Kind == sim.LoseCacheWrites:
			f.Which = sim.WhichCache
		default:
			f.Join = a.Kind != row.Actions[0]
		}
		return each(f, func(f *sim.Fault, d time.Duration) { f.At = d }, t.moments(w, attempts))
	}
	switch of := &attempts[a.Worker]; row.Hits {
	case sim.OnPoint:
		return append(t.amid(w, f, of, a.Worker), at(f, of, pending(w, a.Worker))...)
	case sim.OnStep:
		f.Step = t.named(w, a.Worker)
		return failing(f, of, pending(w, a.Worker))
	case sim.OnClock:
		f.By, _ = w.Lifetimes() // so far ahead that nothing is kept for longer
		return earlier(f, of)
	default:
		return earlier(f, of)
	}
}

// earlier returns a fault at the delivery of an attempt, and at those before: they may do.
func earlier(f sim.Fault, a *attempt) []sim.Fault {
	var all []sim.Fault
	f.Message = a.message
	for f.Delivery = int(a.receipt.Delivery); f.Delivery > 0; f.Delivery-- {
		all = append(all, f)
	}
	return all
}

func pending(w *sim.World, worker int8) sim.Op {
	op, _ := w.Pending(int(worker))
	return op
}

// pauses lists the pauses in which a deadline passes while its holder is at work. What
// nobody waits for runs out by itself, if another fault comes late enough, or in a
// pause of whoever wrote it.
func (t *Trace) pauses(w *sim.World, a sim.Action, attempts []attempt) []sim.Fault {
	var all []sim.Fault
	h := w.Overruns(a)
	if w.Expiry(a) == sim.ExpiresUnawaited {
		all = append(all, byItself)
		h = w.Writer(a)
	}
	if h == broker.None {
		return all
	}
	pause := sim.Fault{Kind: sim.PauseFault}
	for _, f := range append(t.amid(w, pause, &attempts[h], int8(h)), at(pause, &attempts[h], pending(w, int8(h)))...) {
		all = append(all, each(f, func(f *sim.Fault, d time.Duration) { f.For = d }, t.lengths())...)
	}
	return all
}

// each returns a fault once for each length of time.
func each(f sim.Fault, set func(*sim.Fault, time.Duration), times []time.Duration) []sim.Fault {
	all := make([]sim.Fault, len(times))
	for i, d := range times {
		all[i] = f
		set(&all[i], d)
	}
	return all
}

// at returns the fault at each point that names the place of an attempt: before op,
// after the steps that it has taken. Points that every consumer has come first.
func at(f sim.Fault, a *attempt, op sim.Op) []sim.Fault {
	f.Message, f.Delivery = a.message, int(a.receipt.Delivery)
	var all []sim.Fault
	before := func(point string) { g := f; g.Before = point; all = append(all, g) }
	after := func(point string) { g := f; g.After = point; all = append(all, g) }
	performed := slices.ContainsFunc(a.steps, sim.Op.Performs)
	last, asked := sim.Op(0), len(a.steps) > 0
	if asked {
		last = a.steps[len(a.steps)-1]
	}
	switch {
	case op.Performs() && !performed:
		before(sim.PointEffect)
	case asked && last.Performs():
		after(sim.PointEffect)
	case op == sim.OpReturn || op == sim.OpAck:
		before(sim.PointAck)
	}
	if op.Asked() && !slices.Contains(a.steps, op) {
		before(op.String())
	}
	if asked && last.Asked() && slices.Index(a.steps, last) == len(a.steps)-1 {
		after(last.String())
	}
	for _, point := range []string{sim.PointEffect, sim.PointAck} { // not the place, but it may do
		before(point)
	}
	if asked && a.steps[0].Asked() { // nor this: it has outlasted what others write meanwhile
		before(a.steps[0].String())
	}
	return all
}

// named returns the effect that a worker's next step has, where a message has several:
// by that name a plan finds the step. It is "" otherwise.
func (t *Trace) named(w *sim.World, worker int8) string {
	if len(t.Lane.Business.Parts()) > 1 && pending(w, worker).Performs() {
		return w.PendingPart(int(worker)).String()
	}
	return ""
}

// amid returns a fault between two effects of a message: before the second or, if no
// effect comes next, after the last.
func (t *Trace) amid(w *sim.World, f sim.Fault, a *attempt, worker int8) []sim.Fault {
	f.Message, f.Delivery = a.message, int(a.receipt.Delivery)
	n := len(a.parts)
	switch all := len(t.Lane.Business.Parts()); {
	case n == 0 || all == 1:
		return nil
	case pending(w, worker).Performs():
		f.Before = t.named(w, worker)
	case n < all && a.steps[len(a.steps)-1].Performs():
		f.After = a.parts[n-1].String()
	default:
		return nil
	}
	return []sim.Fault{f}
}

// failing returns a fault of a step that answers with an error, by the name of its effect
// if it has one.
func failing(f sim.Fault, a *attempt, op sim.Op) []sim.Fault {
	f.Message, f.Delivery = a.message, int(a.receipt.Delivery)
	named := f
	if f.Step = ""; named.Step == "" {
		named.Step = op.String()
	}
	if op.Performs() && !slices.ContainsFunc(a.steps, sim.Op.Performs) {
		return []sim.Fault{f, named}
	}
	return []sim.Fault{named, f} // not the place, but it may do
}

// overruns counts the deadlines that pass in a run while their holder is at work. Those that
// pass while a message is held come with its time, as often as they do.
func overruns(r *sim.Run) int {
	n, p := 0, r.Player()
	for i := range r.Len() {
		if e := r.Entry(i); e.Kind == sim.TimeOut || e.Kind == sim.Expire {
			if w := p.At(i); w.Overruns(e.Action) != broker.None && !w.HeldTooLong(e.Action) {
				n++
			}
		}
	}
	return n
}

// overruns counts those of a trace.
func (t *Trace) overruns() int {
	n, w := 0, t.Begin()
	for _, a := range t.Actions {
		if w.Overruns(a) != broker.None && !w.HeldTooLong(a) {
			n++
		}
		w.Do(a)
	}
	return n
}
