package check

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
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
func (t *Trace) Plan() (lane sim.Lane, ok bool) {
	choices := t.choices()
	if slices.ContainsFunc(choices, func(c []sim.Fault) bool { return len(c) == 0 }) {
		return sim.Lane{}, false
	}
	if lane, ok := t.first(choices); ok || t.Faults > 0 {
		return lane, ok
	}
	return t.first([][]sim.Fault{t.slower()})
}

// first returns the first combination that a simulation proves right.
func (t *Trace) first(choices [][]sim.Fault) (sim.Lane, bool) {
	for far := 0; far <= maxFar; far++ {
		for _, times := range t.times() {
			if lane, ok := t.combine(times, choices, nil, far); ok {
				return lane, true
			}
		}
	}
	return sim.Lane{}, false
}

// slower lists the short pauses that make the worker that is handed the victim
// slower than another: before each of the steps that it takes in the trace.
func (t *Trace) slower() []sim.Fault {
	w := sim.New(&t.Lane, -1)
	short := sim.Fault{Kind: sim.PauseFault, Message: t.Lane.Messages[t.Owed].ID, Delivery: 1, For: 5 * t.timing().Effect}
	var all []sim.Fault
	for _, a := range t.Actions {
		if a.Kind == sim.Step {
			if r, _ := w.Handling(int(a.Worker)); int(r.Msg) == t.Owed && r.Delivery == 1 {
				f := short
				f.Before = pending(w, a.Worker).String()
				all = append(all, f)
			}
		}
		w.Do(a)
	}
	return all
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
func (t *Trace) combine(l sim.Lane, choices [][]sim.Fault, plan []sim.Fault, far int) (sim.Lane, bool) {
	if len(choices) == 0 {
		if l.Plan = slices.Clone(plan); far == 0 && t.breaks(l) {
			return l, true
		}
		return sim.Lane{}, false
	}
	for i, f := range choices[0] {
		if i > far {
			break
		}
		with := plan
		if f != byItself {
			with = append(plan, f)
		}
		if lane, ok := t.combine(l, choices[1:], with, far-i); ok {
			return lane, true
		}
	}
	return sim.Lane{}, false
}

// breaks reports whether the timeline breaks the property of the same thing owed,
// with every fault of the plan having struck.
func (t *Trace) breaks(l sim.Lane) bool {
	r, err := sim.Simulate(l)
	if err != nil || r.World().Verdicts().Of[t.Owed] != t.harm() {
		return false
	}
	struck := make([]bool, len(l.Plan))
	for _, e := range r.Events() {
		if e.Fault >= 0 {
			struck[e.Fault] = true
		}
	}
	return !slices.Contains(struck, false)
}

// harm is the verdict on what the trace is about.
func (t *Trace) harm() sim.Verdict {
	return [...]sim.Verdict{sim.Twice, sim.Never, sim.Pending}[t.Property]
}

// attempt is what a worker has done since it was handed a message.
type attempt struct {
	message string
	receipt broker.Receipt
	steps   []sim.Op
	before  time.Duration // what the handler took until it had committed what the relay is handed
}

// took is how long an attempt has taken so far, from when its message was published.
func (a *attempt) took(timing sim.Timing) time.Duration {
	sum := a.before
	for _, op := range a.steps {
		switch op.Place() {
		case sim.InProcess:
		case sim.Outside:
			sum += timing.Effect
		default:
			sum += timing.Store
		}
	}
	return sum
}

// choices lists, for each fault of the trace, what may stand for it in a plan.
func (t *Trace) choices() [][]sim.Fault {
	w := t.Begin()
	attempts := make([]attempt, w.Workers())
	committed := map[int32]time.Duration{} // by message
	var all [][]sim.Fault
	for _, a := range t.Actions {
		for i := range attempts {
			if r, busy := w.Handling(i); busy && r != attempts[i].receipt {
				attempts[i] = attempt{message: w.Name(int(r.Msg)), receipt: r}
				if i == w.Relay() {
					attempts[i].before = committed[r.Msg]
				}
			}
		}
		if w.Cost(a) > 0 {
			all = append(all, t.standIns(w, a, attempts))
		}
		switch a.Kind {
		case sim.Step, sim.LoseReply, sim.Fail, sim.LoseAck:
			at := &attempts[a.Worker]
			op, _ := w.Pending(int(a.Worker))
			at.steps = append(at.steps, op)
			if op == sim.OpCommit {
				committed[at.receipt.Msg] = at.took(t.timing())
			}
		}
		w.Do(a)
	}
	return all
}

// byItself stands for a fault that no plan has to hold: it comes with time, or with other
// messages.
var byItself = sim.Fault{}

// standIns lists what may stand for one fault.
func (t *Trace) standIns(w *sim.World, a sim.Action, attempts []attempt) []sim.Fault {
	switch a.Kind {
	case sim.Crash:
		return at(sim.Fault{Kind: sim.CrashFault}, &attempts[a.Worker], pending(w, a.Worker))
	case sim.LoseAck:
		at := &attempts[a.Worker]
		return []sim.Fault{{Kind: sim.LoseAckFault, Message: at.message, Delivery: int(at.receipt.Delivery)}}
	case sim.Fail:
		return failing(sim.FailFault, &attempts[a.Worker], pending(w, a.Worker))
	case sim.LoseReply:
		return failing(sim.LoseReplyFault, &attempts[a.Worker], pending(w, a.Worker))
	case sim.Evict:
		return []sim.Fault{byItself}
	case sim.TimeOut, sim.Expire:
		return t.waits(w, a, attempts)
	case sim.Copy, sim.Republish, sim.RepublishAs:
		f := sim.Fault{Kind: sim.CopyFault, Message: w.Name(int(a.Msg))}
		if a.Kind != sim.Copy {
			f.Kind, f.NewID = sim.RepublishFault, a.Kind == sim.RepublishAs
		}
		return each(f, func(f *sim.Fault, d time.Duration) { f.Later = d }, t.delays())
	case sim.Redrive, sim.RedriveAs:
		f := sim.Fault{Kind: sim.RedriveFault, Message: t.Lane.Messages[w.Owed(int(a.Msg))].ID, NewID: a.Kind == sim.RedriveAs}
		return each(f, func(f *sim.Fault, d time.Duration) { f.Later = d }, append(t.delays(), sim.DefaultRedrive))
	case sim.Publish:
		return t.late(w, a)
	case sim.Restart:
		return each(sim.Fault{Kind: sim.RestartFault}, func(f *sim.Fault, d time.Duration) { f.At = d }, t.moments(w, attempts))
	case sim.ForgetAck:
		return t.forgotten(w, a)
	case sim.LoseWrites:
		return each(sim.Fault{Kind: sim.LoseWritesFault}, func(f *sim.Fault, d time.Duration) { f.At = d }, t.moments(w, attempts))
	case sim.StoreDown:
		return t.outages(w, attempts)
	}
	return nil
}

func pending(w *sim.World, worker int8) sim.Op {
	op, _ := w.Pending(int(worker))
	return op
}

// waits lists the pauses in which a deadline passes while its holder is at work. What
// nobody waits for runs out by itself, if another fault comes late enough, or in a
// pause of whoever wrote it.
func (t *Trace) waits(w *sim.World, a sim.Action, attempts []attempt) []sim.Fault {
	var all []sim.Fault
	h := w.Overruns(a)
	if w.Expiry(a) == sim.ExpiresUnawaited {
		all = append(all, byItself)
		h = w.Writer(a)
	}
	if h == broker.None {
		return all
	}
	for _, f := range at(sim.Fault{Kind: sim.PauseFault}, &attempts[h], pending(w, int8(h))) {
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

// failing returns a fault of a step that answers with an error.
func failing(k sim.FaultKind, a *attempt, op sim.Op) []sim.Fault {
	f := sim.Fault{Kind: k, Message: a.message, Delivery: int(a.receipt.Delivery)}
	named := f
	named.Step = op.String()
	if op.Performs() && !slices.ContainsFunc(a.steps, sim.Op.Performs) {
		return []sim.Fault{f, named}
	}
	return []sim.Fault{named}
}
