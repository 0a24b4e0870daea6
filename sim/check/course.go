package check

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// attempt is what a worker has done since it was handed a message.
type attempt struct {
	message string
	receipt broker.Receipt
	steps   []sim.Op
	parts   []sim.Business // of the steps among them that have an effect
	began   time.Duration  // as soon as the message was there to be handed out
}

// at is when an attempt asks for its next step, if nothing slows it down.
func (a *attempt) at(timing sim.Timing) time.Duration {
	at := a.began
	for _, op := range a.steps {
		switch op.Place() {
		case sim.InProcess:
		case sim.Outside:
			at += timing.Effect
		default:
			at += timing.Store
		}
	}
	return at
}

// course follows a trace and reckons when each attempt would be at which step.
type course struct {
	*Trace
	published []sim.Owed // at the times at which the messages are here
	w         *sim.World
	attempts  []attempt               // by worker
	ready     map[int32]time.Duration // by message: since when it can be handed out,
	row       map[int32]time.Duration // and its row of the outbox
}

func (t *Trace) course(published []sim.Owed) *course {
	w := t.Begin()
	return &course{t, published, w, make([]attempt, w.Workers()), map[int32]time.Duration{}, map[int32]time.Duration{}}
}

// take takes an action.
func (c *course) take(a sim.Action) {
	w, queue, timing := c.w, c.w.Queue().Profile(), c.timing()
	var at *attempt
	if a.Kind.AtWork() {
		at = &c.attempts[a.Worker]
	}
	switch {
	case a.Kind == sim.Publish:
		c.ready[a.Msg] = c.published[a.Msg].At
	case a.Kind == sim.TimeOut:
		for i := range c.attempts {
			if r := c.attempts[i].receipt; r.Msg == a.Msg && int(r.Delivery) == w.Queue().Deliveries(int(a.Msg)) && c.attempts[i].message != "" {
				c.ready[a.Msg] = c.attempts[i].began + queue.Visibility
			}
		}
	case a.Kind == sim.CutOff:
		cut := &c.attempts[a.Worker]
		c.ready[cut.receipt.Msg] = cut.at(timing) + queue.Patience()
	case a.Kind.TakesStep():
		op, _ := w.Pending(int(a.Worker))
		if at.steps = append(at.steps, op); op.Performs() {
			at.parts = append(at.parts, w.PendingPart(int(a.Worker)))
		}
	}
	w.Do(a)
	if at == nil {
		return
	}
	c.givenBack(at, w.IsRelay(int(a.Worker)))
	if n := len(at.steps); n > 0 && at.steps[n-1] == sim.OpCommit && !w.IsRelay(int(a.Worker)) {
		c.row[at.receipt.Msg] = at.at(timing)
	}
}

// givenBack notes when the message of an attempt, or its row of the outbox, can be handed
// out again, if the attempt has given it back.
func (c *course) givenBack(a *attempt, relay bool) {
	msg, ready := a.receipt.Msg, c.ready
	state := c.w.Queue().State(int(msg))
	if relay {
		state, ready = broker.Acked, c.row
		for row := range c.w.Outbox {
			if row.Msg == int(msg) {
				state = row.State
			}
		}
	}
	switch state {
	case broker.Delayed:
		ready[msg] = a.at(c.timing()) + c.w.Queue().Profile().Delay(int(a.receipt.Delivery))
	case broker.Ready:
		ready[msg] = a.at(c.timing())
	}
}

// look notes which attempts have begun.
func (c *course) look() {
	for i := range c.attempts {
		r, busy := c.w.Handling(i)
		if !busy || r == c.attempts[i].receipt && c.attempts[i].message != "" {
			continue
		}
		began, known := c.ready[r.Msg]
		if c.w.IsRelay(i) {
			began, known = c.row[r.Msg]
		}
		if !known {
			began = c.published[c.w.Listed(int(r.Msg))].At
		}
		if c.attempts[i].message != "" { // a worker does one thing after the other
			began = max(began, c.attempts[i].at(c.timing()))
		}
		c.attempts[i] = attempt{message: c.w.Name(int(r.Msg)), receipt: r, began: began}
	}
}
