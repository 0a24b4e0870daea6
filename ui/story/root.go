package story

import (
	"dejavu/broker"
	"dejavu/sim"
)

// root follows what led to an event back to the fault at the root, through no more
// than one attempt: whatever came before that had led to a delivery like any other.
func (c *causes) root(event int) {
	var receipt broker.Receipt
	for at := event; at >= 0; at = int(c.event(at).Cause) {
		e := c.event(at)
		if e.OutOfReach() {
			at = c.wentDown(at)
			e = c.event(at)
		}
		if e.Fault >= 0 {
			c.struck = at
			c.tell(at, atRoot)
			return
		}
		if e.Kind == sim.Deliver || receipt != (broker.Receipt{}) && e.Receipt != receipt {
			break
		}
		if e.Op != 0 {
			receipt = e.Receipt
		}
	}
	if at := c.bornOf(event); at >= 0 {
		c.struck = at
		c.tell(at, atRoot)
		return
	}
	c.none = "no fault: " + c.setting(event)
}

// bornOf returns the fault that made the message of an event, a copy or one that was
// published again, or -1: without it there would be no such message.
func (c *causes) bornOf(event int) int {
	msg := c.event(event).Msg
	for at := event; at >= 0; at-- {
		if e := c.event(at); e.Msg == msg && e.Fault >= 0 && e.Kind != sim.Publish && order(e.Kind) == order(sim.Publish) {
			return at
		}
	}
	return -1
}

// wentDown returns the event with which the stores went down that a step could not
// reach.
func (c *causes) wentDown(at int) int {
	for c.event(at).Kind != sim.StoreDown {
		at--
	}
	return at
}

// setting says what led to an event if no fault did: a setting, and its value.
func (c *causes) setting(event int) string {
	e := c.event(event)
	switch q := &c.Run.Lane.Queue; {
	case e.Kind == sim.TimeOut && e.Overran:
		preset := broker.Default()
		if q.Name != "" {
			preset, _ = broker.Preset(q.Name)
		}
		text := "the queue's " + yesNo(q.Visibility == preset.Visibility, "default", "setting") + ", visibility " + Length(q.Visibility)
		if a, known := c.of(int(e.Cause)); known && a.over {
			text += "; the work took " + Length(c.event(a.events[len(a.events)-1]).At-a.at)
		}
		return text
	case e.Kind == sim.CutOff:
		return "the queue's heartbeat-interval, " + Length(q.HeartbeatInterval) + ": it closes a connection that is silent for three of them"
	case e.Deadlocked():
		return "two transactions waited for each other, and the database aborted one"
	case e.Op == sim.OpPanic || e.Kind == sim.TimeOut && c.event(int(e.Cause)).Op == sim.OpPanic:
		return "the handler itself panicked"
	case e.Kind == sim.Undelay || e.Kind == sim.Retry || e.Reply == sim.Returned:
		return "the handler itself gave it back"
	}
	return "this is how it should go"
}
