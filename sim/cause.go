package sim

import "dejavu/broker"

// causes finds out which event led to which, as a run is kept.
type causes struct {
	born   []int32        // by message: the event that published it
	fate   []int32        // by message: the last event that decided where it is
	last   []int32        // by worker: the last event of its attempt
	froze  []int32        // by worker: its last pause or long wait since it was handed messages
	from   [][]int32      // by worker: the fates of its batch when that was handed over
	wrote  map[Slot]int32 // by what may expire: the event that wrote it
	writes int32          // World.writes after the last event
	over   int32          // for a deadline: the event to blame, found before it passes
	ran    bool           // ... and whether its holder was running
	held   []broker.Receipt
	posted map[int32]int32 // by row of the outbox: the event that committed it or gave it back
}

const noEvent = int32(-1)

func newCauses(w *World) causes {
	n := w.Workers()
	c := causes{last: make([]int32, n), froze: make([]int32, n), from: make([][]int32, n), wrote: map[Slot]int32{}, posted: map[int32]int32{}}
	c.grow(w.queue.Len())
	return c
}

// grow makes room for as many messages as there are.
func (c *causes) grow(messages int) {
	for len(c.born) < messages {
		c.born, c.fate = append(c.born, noEvent), append(c.fate, noEvent)
	}
}

// before looks at the world before an action, for what is not to be seen after.
func (r *Run) before(w *World, a Action) {
	c := &r.causes
	c.held = c.held[:0]
	switch a.Kind {
	case TimeOut:
		c.over, c.ran = c.fate[a.Msg], false
		if h := w.holder(int(a.Msg)); h != broker.None {
			c.over, c.ran = r.slow(w, h), true
		}
	case CutOff:
		c.over, c.ran = c.last[a.Worker], true
		if p := c.froze[a.Worker]; p != noEvent {
			c.over = p
		}
	case Expire:
		c.over, c.ran = c.wrote[a.Slot], false
		if h := w.Writer(a); h != broker.None {
			c.over, c.ran = r.slow(w, h), true
		}
	case LoseAck:
		wk := &w.workers[a.Worker]
		n := w.spokenFor(wk)
		if w.acksTogether() && w.prog.nodes[wk.node].op == OpReturn {
			n = len(wk.batch) // a nack speaks for all of it
		}
		c.held = append(append(c.held, wk.receipt), wk.batch[:n]...)
	case Crash, Restart, Step:
		if op, _ := w.Pending(int(a.Worker)); a.Kind == Step && op != OpPanic {
			return // nobody dies
		}
		for i := range w.workers {
			wk := &w.workers[i]
			if wk.node == 0 || a.Kind != Restart && w.process(i) != w.process(int(a.Worker)) {
				continue
			}
			c.held = append(append(c.held, wk.receipt), wk.batch...)
		}
	}
}

// slow returns the event to blame if a worker is still at it when a deadline
// passes: what it did last or, if that was in an attempt after the one in which it
// paused, the pause. Who waits for a row is as slow as the owner of the row.
func (r *Run) slow(w *World, worker int) int32 {
	worker = w.slowest(worker)
	c := &r.causes
	if p := c.froze[worker]; p != noEvent && r.events[p].Receipt != w.workers[worker].receipt {
		return p
	}
	return c.last[worker]
}

// blame finds the cause of an event, and notes what it will be the cause of.
func (r *Run) blame(w *World, e *Event, a Action) {
	c, this := &r.causes, int32(len(r.events)-1)
	switch k := &kinds[a.Kind]; {
	case k.class == classPublish:
		switch {
		case redriven(a.Kind):
			e.Cause = c.fate[a.Msg] // what buried it
		case a.Kind != Publish:
			e.Cause = c.born[a.Msg]
		}
		c.grow(w.queue.Len())
		c.born[e.Msg], c.fate[e.Msg] = this, this
	case a.Kind == Deliver:
		if e.Relayed() {
			e.Cause = c.posted[e.Receipt.Row]
			c.last[e.Worker], c.froze[e.Worker] = this, noEvent
			break
		}
		e.Cause = c.fate[e.Msg]
		c.last[e.Worker], c.froze[e.Worker] = this, noEvent
		from := c.from[e.Worker][:0]
		for _, b := range w.workers[e.Worker].batch {
			from = append(from, c.fate[b.Msg])
			c.fate[b.Msg] = this
		}
		c.fate[e.Msg], c.from[e.Worker] = this, from
	case a.Kind.EndsWait() || a.Kind == Expire:
		e.Cause, e.Overran = c.over, c.ran
	case a.Kind == Undelay || a.Kind == ForgetAck:
		e.Cause = c.fate[a.Msg]
	case a.Kind == Retry:
		e.Cause = c.posted[e.Receipt.Row]
	case a.Kind == Forget:
		e.Cause = c.born[a.Msg]
	case k.step != noStep:
		e.Cause = c.last[e.Worker]
		c.last[e.Worker] = this
		if wk := &w.workers[e.Worker]; e.Finished && wk.node != 0 {
			c.last[e.Worker] = c.from[e.Worker][wk.place] // the next of its batch has a story of its own
		}
	}
	if w.writes != c.writes {
		at := Slot{e.table, e.key}
		if e.Op == OpPerformKey {
			at.Table = AtBank
		}
		c.writes, c.wrote[at] = w.writes, this
	}
	r.decide(w, e, this)
}

// decide notes for which messages an event has decided where they are.
func (r *Run) decide(w *World, e *Event, this int32) {
	c := &r.causes
	switch {
	case e.Died() || e.Kind == LoseAck:
		for _, b := range c.held {
			if w.hidden(b) {
				c.fate[b.Msg] = this
			}
		}
	case e.Kind == TimeOut || e.Kind == Undelay || e.Op != opNone && e.Reply.settles() && w.hidden(e.Receipt):
		c.fate[e.Msg] = this
	}
	for _, n := range w.moved {
		c.fate[n] = this
	}
	for _, p := range w.moves {
		c.posted[p.row] = this
	}
}

// hidden reports whether a message is in flight under a receipt: what becomes of
// an older one, or of one that is late, decides nothing.
func (w *World) hidden(r broker.Receipt) bool {
	return r.Row == 0 && w.queue.Standing(r) == broker.Current
}
