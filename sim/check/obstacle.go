package check

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// Obstacle says why no plan shows the trace, in a clause: what would have to run out
// while a message is under way, how long it lasts on the timeline, and how soon the
// message is done with there; or what would have to be kept and runs out too soon; or
// that another worker would have to be idle, or that a plan has no words for it. It is seen
// in each of the runs that [Trace.Plan] tries, and not reckoned. Where it is none of
// that, Obstacle says how many were tried.
func (t *Trace) Obstacle() string {
	waits := t.waits()
	needs := movesOn((&sim.Run{Lane: t.Lane}).Fork(0), t.Actions, t.Owed)
	tried, moved, late, endless, gone := 0, false, false, false, ""
	t.first(func(r *sim.Run) bool {
		tried++
		for i := range waits {
			waits[i].look(r, t.Owed)
		}
		endless, late = endless || r.Ending == sim.TooDeliveries, late || r.Ending == sim.OutOfTime
		moved = moved || needs && movesOn(r, nil, t.Owed)
		if gone == "" {
			gone = t.tooSoon(r)
		}
		return false
	})
	for i := range waits {
		if text := waits[i].text(t.Lane.Messages[t.Owed].ID); text != "" {
			return text
		}
	}
	if id := t.Lane.Messages[t.Owed].ID; needs && !moved && tried > 0 {
		return fmt.Sprintf("the first worker that is idle is handed what comes back, and of %s that is always the one that has handled it; here it takes another", id)
	}
	for i := range waits {
		switch id := t.Lane.Messages[t.Owed].ID; {
		case waits[i].kind != sim.Expire:
		case endless:
			return fmt.Sprintf("%s comes again %d times while %s is kept, and a run of the timeline ends there", id, sim.MaxDeliveries, waits[i].key)
		case late:
			return fmt.Sprintf("%s comes again while %s is kept, and a run of the timeline ends a day after the last publish or fault", id, waits[i].key)
		}
	}
	if text := t.begunInTime(); text != "" {
		return text
	}
	if gone != "" {
		return gone
	}
	if id := t.Lane.Messages[t.Owed].ID; tried > 0 && t.losesPosted() {
		return fmt.Sprintf("the relay is handed a row as soon as that is in the outbox; here the stores lose the row of %s before that", id)
	}
	if op := t.later(); op != 0 {
		return fmt.Sprintf("a plan strikes the first %s of an attempt, and here it is a later one", op)
	}
	if tried > 0 {
		if text := cmp.Or(t.besides(), t.idles(), t.drawsEarly()); text != "" {
			return text
		}
	}
	if tried == 0 {
		return "the trace has a fault that a plan cannot hold"
	}
	if needs {
		return fmt.Sprintf("here %s comes back to another worker than the one that has handled it, and of %d plans none does that and the rest", t.Lane.Messages[t.Owed].ID, tried)
	}
	return fmt.Sprintf("on the timeline none of %d plans shows it: who is idle there, or what comes first, is not left open", tried)
}

// begunInTime says which message of the trace is held for longer than the queue waits, though
// its time comes before that. It is "" if there is none.
func (t *Trace) begunInTime() string {
	w := t.Begin()
	for _, a := range t.Actions {
		m, q := &t.Lane.Messages[w.Listed(int(a.Msg))], w.Queue().Profile()
		if a.Kind == sim.TimeOut && w.HeldTooLong(a) && m.NotBefore < m.At+q.Visibility {
			return fmt.Sprintf("%s begins at %s, and the queue waits for its ack for %s", w.Name(int(a.Msg)), sim.Span(m.NotBefore), sim.Span(q.Visibility))
		}
		w.Do(a)
	}
	return ""
}

// later returns the step that a fault of the trace strikes where its attempt has taken one
// of that name before, or 0: a plan names the first of them.
func (t *Trace) later() sim.Op {
	w := t.Begin()
	type step struct {
		op   sim.Op
		part string
	}
	taken := make([][]step, w.Workers())
	for _, a := range t.Actions {
		switch a.Kind {
		case sim.Deliver, sim.Begin:
			taken[a.Worker] = nil
		case sim.Step, sim.Fail, sim.FailStatement, sim.LoseReply:
			this := step{pending(w, a.Worker), t.named(w, a.Worker)}
			if a.Kind != sim.Step && slices.Contains(taken[a.Worker], this) {
				return this.op
			}
			taken[a.Worker] = append(taken[a.Worker], this)
		}
		w.Do(a)
	}
	return 0
}

// besides says which fault of the trace strikes where no plan can have it strike: of a
// consumer with a relay, a plan strikes the effect at the relay, and all else at the
// handler. It is "" if there is no such fault.
func (t *Trace) besides() string {
	c := t.course(t.Lane.Messages)
	for _, a := range t.Actions {
		c.look()
		switch i := int(a.Worker); a.Kind {
		case sim.Crash, sim.Fail, sim.FailStatement, sim.LoseReply:
			op, steps := pending(c.w, a.Worker), c.attempts[i].steps
			effect := op.Place() == sim.Outside || a.Kind == sim.Crash && len(steps) > 0 && steps[len(steps)-1].Place() == sim.Outside
			switch {
			case c.w.Relay() == broker.None || effect == c.w.IsRelay(i):
			case effect:
				return fmt.Sprintf("a plan strikes the effect at the relay, and here it is the %s of the handler", op)
			default:
				return fmt.Sprintf("a plan strikes the relay only at the effect, and here it is at its %s", op)
			}
		}
		c.take(a)
	}
	return ""
}

// idles says which message of the trace waits although a worker is idle that may take it,
// while another worker goes on. It is "" if there is none.
func (t *Trace) idles() string {
	w := t.Begin()
	for _, a := range t.Actions {
		if a.Kind.AtWork() {
			for n := range w.Queue().Len() {
				for i := range w.Workers() {
					if w.Can(sim.Action{Kind: sim.Deliver, Msg: int32(n), Worker: int8(i)}) {
						return fmt.Sprintf("the timeline hands over %s as soon as it is ready and a worker is idle, and here it waits", w.Name(n))
					}
				}
			}
		}
		w.Do(a)
	}
	return ""
}

// drawsEarly says which message of the trace draws the number of its row before another that
// was delivered before it. The steps of all handlers take the same time on the timeline, so
// there the first delivery draws the first number. It is "" if there is none.
func (t *Trace) drawsEarly() string {
	if !t.Lane.Consumer.Cursor {
		return ""
	}
	w := t.Begin()
	var at []broker.Receipt // the attempts that have drawn no number yet, in order
	for _, a := range t.Actions {
		i := int(a.Worker)
		if r, busy := w.Handling(i); a.Kind.AtWork() && busy && !w.IsRelay(i) && pending(w, a.Worker) == sim.OpEnqueue && a.Kind.DoesStep() {
			if k := slices.Index(at, r); k > 0 {
				return fmt.Sprintf("the timeline hands over %s before %s, and so their rows are numbered; here they are numbered the other way round", w.Name(int(at[0].Msg)), w.Name(int(r.Msg)))
			}
			at = slices.DeleteFunc(at, func(o broker.Receipt) bool { return o == r })
		}
		w.Do(a)
		at = slices.DeleteFunc(at, func(r broker.Receipt) bool { return !handled(w, r) })
		if r, busy := w.Handling(i); a.Kind == sim.Deliver && busy {
			at = append(at, r)
		}
	}
	return ""
}

// handled reports whether somebody is at work on a delivery.
func handled(w *sim.World, r broker.Receipt) bool {
	for i := range w.Workers() {
		if of, busy := w.Handling(i); busy && of == r {
			return true
		}
	}
	return false
}

// tooSoon says what has run out in a run, and not in the trace, before a step asks for
// it; it is "" if there is no such thing.
func (t *Trace) tooSoon(r *sim.Run) string {
	ends := map[string]bool{}
	run := (&sim.Run{Lane: t.Lane}).Fork(0)
	for i, a := range t.Actions {
		if run.Do(0, a); a.Kind == sim.Expire {
			ends[run.Key(&run.Events()[i])] = true
		}
	}
	var over []sim.Event
	for _, e := range r.Events() {
		if e.Kind == sim.Expire && !ends[r.Key(&e)] {
			over = append(over, e)
		}
		for i := range over {
			if kept, known := r.RanOut(&over[i]); known && e.Kind == sim.Step && e.Op.Asked() && r.Key(&e) == r.Key(&over[i]) {
				return fmt.Sprintf("%s is kept for only %s, and has run out on the timeline before a step asks for it again", r.Key(&e), sim.Span(kept.Until-kept.From))
			}
		}
	}
	return ""
}

// losesPosted reports whether the stores lose a row of the outbox for what is owed
// before the relay is handed it.
func (t *Trace) losesPosted() bool {
	waits := func(w *sim.World) bool {
		for row := range w.Outbox {
			if w.Owed(row.Msg) == t.Owed && row.Tries == 0 {
				return true
			}
		}
		return false
	}
	w := t.Begin()
	for _, a := range t.Actions {
		posted := waits(w)
		if w.Do(a); a.Kind.LosesWrites() && posted && !waits(w) {
			return true
		}
	}
	return false
}

// movesOn reports whether something owed that took effect or left something in a memory, or
// a copy of it, is handed to another process than had it before, in a run that goes on with
// some actions.
func movesOn(r *sim.Run, on []sim.Action, owed int) bool {
	for _, a := range on {
		r.Do(0, a)
	}
	had, left := broker.None, false
	for i := range r.Events() {
		e := &r.Events()[i]
		leaves := e.Op.Performs() && e.Done || e.Op.Marks() && e.Op.Place() == sim.InProcess
		left = left || leaves && r.World().Owed(int(e.Receipt.Msg)) == owed
		if e.Kind != sim.Deliver || e.Relayed() || r.World().Owed(int(e.Msg)) != owed {
			continue
		}
		process := int(e.Worker) / max(r.Lane.Threads, 1)
		if left && had != process {
			return true
		}
		had = process
	}
	return false
}

// wait is something that a trace lets run out while a message is under way.
type wait struct {
	kind sim.ActionKind // Expire or Forget
	key  string         // what expires
	// What the runs show: whether it ever ran out in time, how long it lasts, and the
	// most that a message took until it was done with.
	inTime     bool
	lasts, end time.Duration
}

// waits lists what runs out in a trace that no plan has to bring about.
func (t *Trace) waits() []wait {
	var all []wait
	run := (&sim.Run{Lane: t.Lane}).Fork(0)
	for i, a := range t.Actions {
		free := run.World().Overruns(a) == broker.None
		run.Do(0, a)
		switch {
		case a.Kind == sim.Expire && free:
			e := wait{kind: a.Kind, key: run.Key(&run.Events()[i])}
			if a.Table == sim.AtBank { // it goes on with no run, and so is not seen to run out
				e.lasts = cmp.Or(t.Lane.BankKeys, sim.DefaultBankKeys)
			}
			all = append(all, e)
		case a.Kind == sim.Forget:
			all = append(all, wait{kind: a.Kind})
		}
	}
	return all
}

// look notes what a run shows of a wait.
func (w *wait) look(r *sim.Run, owed int) {
	p := r.Player()
	var ran, began, last, asked time.Duration
	over, begun := false, false
	for i := range r.Events() {
		e := &r.Events()[i]
		switch {
		case e.Kind == w.kind && w.is(r, e, owed):
			if kept, known := r.RanOut(e); known && w.lasts == 0 { // the most telling plans come first
				w.lasts = kept.Until - kept.From
			}
			if w.kind == sim.Forget {
				w.lasts = r.Lane.Profile().DedupWindow
				w.inTime = w.inTime || busy(p.At(i), owed)
			}
			ran, over = e.At, true
		case e.Kind == sim.Step && r.World().Owed(int(e.Receipt.Msg)) == owed:
			if !begun {
				began, begun = e.At, true
			}
			last = e.At
			if r.Key(e) == w.key {
				asked = last
			}
		}
	}
	if w.kind == sim.Expire && over && ran < asked {
		w.inTime = true
	}
	w.end = max(w.end, last-began)
}

// is reports whether an event is what is waited for.
func (w *wait) is(r *sim.Run, e *sim.Event, owed int) bool {
	if w.kind == sim.Expire {
		return r.Key(e) == w.key
	}
	return r.World().Owed(int(e.Msg)) == owed
}

// busy reports whether a worker is at work on something owed.
func busy(w *sim.World, owed int) bool {
	for i := range w.Workers() {
		if r, at := w.Handling(i); at && w.Owed(int(r.Msg)) == owed {
			return true
		}
	}
	return false
}

// text says what stands in the way, or "" if it does not.
func (w *wait) text(id string) string {
	switch {
	case w.inTime || w.lasts == 0:
		return ""
	case w.kind == sim.Forget:
		return fmt.Sprintf("the queue remembers the message ID of %s for %s, and no worker is at work on %s when that ends", id, sim.Span(w.lasts), id)
	}
	if w.end > w.lasts {
		return fmt.Sprintf("%s is kept for %s, and no step asks for it after that", w.key, sim.Span(w.lasts))
	}
	return fmt.Sprintf("%s is kept for %s, and %s is done with %s after it is first handled", w.key, sim.Span(w.lasts), id, sim.Span(w.end))
}
