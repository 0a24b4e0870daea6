package tell

import (
	"fmt"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// Teller tells the events of one run.
type Teller struct {
	run     *sim.Run
	marks   *sim.Marks
	settled map[int][]string // see settledWith
}

// Of returns the teller of a run whose marks are known.
func Of(r *sim.Run, marks *sim.Marks) *Teller { return &Teller{run: r, marks: marks} }

func (t *Teller) event(i int) *sim.Event { return &t.run.Events()[i] }

// words are how the business of the run talks.
func (t *Teller) words() *sim.BusinessWords { return &t.run.Lane.Business.Info().Words }

func (t *Teller) owed(e *sim.Event) *sim.Owed {
	return &t.run.Lane.Messages[t.run.World().Owed(int(e.Msg))]
}

// Whom names a worker in a sentence: worker 2, the relay.
func (t *Teller) Whom(n int8) string {
	if t.run.World().Relay() == int(n) {
		return "the relay"
	}
	return "worker " + Grouped(int64(n)+1)
}

// Fault returns the row of the kind of fault that is behind an event. It is empty if there
// is none: a deadline that passes may have one behind it, and is none.
func (t *Teller) Fault(e *sim.Event) *sim.FaultInfo {
	if e.Fault >= 0 {
		return t.run.Faults[e.Fault].Kind.Info()
	}
	return e.Kind.Fault()
}

// badge is the letter of the fault behind an event.
func (t *Teller) badge(e *sim.Event) byte { return t.Fault(e).Letter }

// says tells what a fault does, about a message.
func (t *Teller) says(e *sim.Event, message string) string {
	row, long := t.Fault(e), time.Duration(0)
	if e.Fault >= 0 {
		long = t.run.Faults[e.Fault].For
	}
	first := len(row.Actions) == 0 || e.Kind == row.Actions[0]
	return strings.NewReplacer("{m3}", message, "{for}", Length(long), "{step}", e.Op.String(), "{bank}", t.words().Whom,
		"{id}", pick(first, "same", "new"), "{an id}", pick(first, "the same message ID", "a new message ID")).Replace(row.Words.Tells)
}

// Event tells the i-th event of the run.
func (t *Teller) Event(i int) Clause {
	e := t.event(i)
	if e.Kind == sim.Nothing || e.Kind.AtWork() {
		return t.Work(i)
	}
	if e.Kind.OfWorld() {
		return t.world(i, e)
	}
	return t.arrival(i, e)
}

// world tells what happens to the stores, or to all processes.
func (t *Teller) world(i int, e *sim.Event) Clause {
	c := Clause{voice: acts}
	switch e.Kind {
	case sim.Expire:
		t.expiry(&c, e)
	case sim.Evict:
		c.who = "the process of " + t.Whom(e.Worker)
		c.add(Plain, "forgets "+t.run.Key(e)+" to make room")
	case sim.StoreUp:
		c.who = "database and cache"
		c.add(Plain, "can be reached again")
	default:
		says := t.says(e, t.run.Name(e))
		if c.who = t.Fault(e).Words.Who; e.Kind == sim.LoseWrites && t.goesOn(i) {
			says = "also lose " + t.run.Name(e) + "'s last write"
		}
		c.fault(t.badge(e), says)
		if e.Undone && e.Kind == sim.LoseWrites {
			c.add(Fault, "and the "+t.words().Effect+" with it")
		}
	}
	return c
}

// goesOn reports whether an event is one more thing that the failover has lost of which
// the event before it told.
func (t *Teller) goesOn(i int) bool {
	e := t.event(i)
	return i > 0 && e.Fault >= 0 && t.event(i-1).Kind == e.Kind && t.event(i-1).Fault == e.Fault
}

// arrival tells what producers, the network and the queue do with a message.
func (t *Teller) arrival(i int, e *sim.Event) Clause {
	c := Clause{voice: itself, who: "the queue", about: t.run.Name(e)}
	switch e.Kind {
	case sim.Publish:
		c.who = "the producer"
		c.add(Plain, "is published")
		if e.Fault >= 0 {
			c.fault(t.badge(e), t.says(e, c.about))
		}
	case sim.Deliver:
		t.delivery(&c, e)
	case sim.TimeOut:
		t.timeOut(&c, e)
	case sim.CutOff:
		c.voice = acts
		c.add(Plain, "closes the connection of "+t.Whom(e.Worker)).more = ", which was silent for " + Length(t.run.Lane.Queue.Silence())
		if e.Reply.GivesUp() {
			t.givesUp(&c, e)
		} else {
			c.add(Plain, c.about+" comes back")
		}
	case sim.Request:
		c.voice, c.who = acts, t.words().Whom
		c.add(Plain, "is at work on the request of "+t.Whom(e.Worker)+" for "+c.about)
	case sim.Undelay:
		c.add(Plain, "has waited long enough after it was given back").term = Back
	case sim.Retry:
		c.add(Plain, "has waited long enough in the outbox after an error")
	case sim.Forget:
		c.voice = acts
		c.add(Plain, "forgets the message ID of "+c.about)
	case sim.ForgetAck:
		c.voice, c.who = acts, "the broker"
		c.fault(t.badge(e), pick(t.goesOn(i), "also forgets the ack of "+c.about, t.says(e, c.about)))
		if e.Reply.GivesUp() {
			t.givesUp(&c, e)
		} else {
			c.add(Plain, "so "+c.about+" comes again").more = ", though it was settled"
		}
	default:
		c = t.renewed(e)
	}
	if e.Reply == sim.Deduplicated {
		c.Then(t.Dropped(e).Led("and "))
	}
	return c
}

// Dropped says that the queue took a message for a duplicate when it was published.
func (t *Teller) Dropped(e *sim.Event) Clause {
	c := Clause{voice: itself, who: "the queue", about: t.run.Name(e)}
	p := c.add(Plain, "is dropped")
	p.term, p.more = Dropped, ": its message ID was published before"
	return c
}

// renewed tells where another message of the same came from.
func (t *Teller) renewed(e *sim.Event) Clause {
	of := t.owed(e).ID
	if e.Kind == sim.Redrive || e.Kind == sim.RedriveAs { // it may be a copy that died
		of = t.run.World().Name(t.run.World().From(int(e.Msg)))
	}
	c := Clause{voice: named, who: t.Fault(e).Words.Who, about: t.run.Name(e)}
	c.fault(t.badge(e), t.says(e, of))
	return c
}

// delivery tells that somebody is handed a message.
func (t *Teller) delivery(c *Clause, e *sim.Event) {
	often := pick(e.Receipt.Delivery > 1, " for the "+Nth(int(e.Receipt.Delivery))+" time", "")
	if e.Relayed() {
		c.voice, c.who = acts, "the relay"
		c.add(Plain, "takes "+c.about+" out of the outbox"+often)
		return
	}
	c.add(Plain, "is delivered to "+t.Whom(e.Worker)).more = often
}

// timeOut tells that the queue has waited long enough for an ack.
func (t *Teller) timeOut(c *Clause, e *sim.Event) {
	if e.Reply.GivesUp() {
		t.givesUp(c, e)
		return
	}
	p := c.add(Plain, "is visible again")
	p.how, p.term = " after "+Length(t.run.Lane.Queue.Visibility), Hidden
	if e.Overran && e.Cause >= 0 {
		c.add(Plain, "while "+t.Whom(t.event(int(e.Cause)).Worker)+" is at work")
	}
}

// givesUp tells what becomes of a message that has had its last delivery.
func (t *Teller) givesUp(c *Clause, e *sim.Event) {
	subject := pick(c.voice == acts, c.about+" ", "")
	often := ": " + pick(e.Receipt.Delivery == 1, "delivered once, and not acked", fmt.Sprintf("delivered %d times, and never acked", e.Receipt.Delivery))
	if e.Kind == sim.ForgetAck {
		often = ": that was its last delivery"
	}
	if e.Reply == sim.Discarded {
		c.add(Fault, subject+"is dropped: there is no dead-letter queue").more = pick(e.Kind == sim.ForgetAck, "", ", and the delivery limit is reached")
		return
	}
	p := c.add(Fault, subject+"is parked")
	p.term, p.more = Parked, often
}

// A Lapse is that something stored runs out: a lease, what was remembered, or an
// idempotency key at the bank.
type Lapse struct {
	Lease bool
	After time.Duration // for so long it was kept; 0 where nobody knows
}

// longLease is how long a lease may be where no message is hidden by a timer: a lease
// is a matter of seconds, and what is remembered is kept for hours.
const longLease = 5 * time.Minute

// Lapse returns what runs out with an event.
func (t *Teller) Lapse(e *sim.Event) Lapse {
	r, _ := t.run.RanOut(e)
	after := r.Until - r.From
	return Lapse{IsLease(&t.run.Lane.Queue, !e.InTable() && !e.AtBank(), after), after}
}

// IsLease tells a lease, which is to run out before the message comes again, from what
// is remembered.
func IsLease(q *broker.Profile, inCache bool, lasts time.Duration) bool {
	return inCache && lasts <= pick(q.Timed(), q.Visibility, longLease)
}

// expiry tells that something runs out.
func (t *Teller) expiry(c *Clause, e *sim.Event) {
	p := t.Lapse(e)
	table, key := t.run.Row(e)
	kept := pick(p.After == 0, "", ": kept for "+Length(p.After))
	switch {
	case e.AtBank():
		c.who = t.words().Whom
		c.add(Plain, "forgets the key "+key).more = kept
	case p.After == 0:
		c.who = pick(e.InTable(), "the row ", "the cache entry ") + t.run.Key(e)
		c.add(Plain, "expires")
	case p.Lease:
		c.who = "the lease of " + key
		c.add(Plain, "runs out after "+Length(p.After)).more = t.leftBehind(e)
		return
	default:
		c.who = "the " + pick(e.InTable(), table, "cache")
		c.add(Plain, "forgets "+key).more = kept
	}
	if e.Overran && e.Cause >= 0 {
		c.add(Plain, "while "+t.Whom(t.event(int(e.Cause)).Worker)+" is at work")
	}
}

// leftBehind says why nobody gave up a lease that ran out.
func (t *Teller) leftBehind(e *sim.Event) string {
	if e.Cause < 0 {
		return ""
	}
	c := t.event(int(e.Cause))
	if !e.Overran { // it is the write: what became of the attempt?
		if c = t.end(int(e.Cause)); c == nil || !c.Died() {
			return ""
		}
	}
	if t.Slows(c) {
		return ": its holder is slow"
	}
	return ": " + t.Blame(c, "its holder")
}

// end returns the event that ended the attempt of another, or nil.
func (t *Teller) end(i int) *sim.Event {
	worker, receipt := t.event(i).Worker, t.event(i).Receipt
	for k := i; k < t.run.Len(); k++ {
		e := t.event(k)
		if e.Kind == sim.Restart || e.Worker == worker && e.Receipt == receipt && e.Finished {
			return e
		}
	}
	return nil
}

// Because says why a message was delivered; it says nothing at the first time of an
// original.
func (t *Teller) Because(delivery int) Clause {
	e := t.event(delivery)
	c := Clause{voice: itself, who: "the queue", about: t.run.Name(e)}
	if e.Cause < 0 {
		return c
	}
	cause := t.event(int(e.Cause))
	switch {
	case e.Relayed():
		if c.voice, c.who = acts, "the relay"; e.Receipt.Delivery > 1 {
			c.add(Plain, leftForLater(cause))
		}
	case e.Receipt.Delivery > 1:
		t.comesAgain(&c, cause)
	case cause.Kind != sim.Publish:
		return t.renewed(cause)
	}
	return c
}

// leftForLater says what the relay did, that it takes a row once more.
func leftForLater(c *sim.Event) string {
	switch {
	case c.Kind == sim.Crash || c.Op == sim.OpPanic:
		return "died before it had marked it sent"
	case c.Kind == sim.Restart:
		return "was restarted before it had marked it sent"
	}
	return "heard of an error, and left it for later"
}

// comesAgain says what an event did that brought a message back.
func (t *Teller) comesAgain(s *Clause, c *sim.Event) {
	q := &t.run.Lane.Queue
	switch {
	case c.Kind.EndsWait():
		reason := "it took too long"
		if c.Cause >= 0 {
			reason = t.Blame(t.event(int(c.Cause)), "its worker")
		}
		s.add(Plain, reason)
		if c.Kind == sim.CutOff {
			s.add(Plain, "and was cut off after "+Length(q.Silence())+" of silence")
			return
		}
		s.Stop()
		p := s.add(Plain, "its "+Length(q.Visibility))
		p.term, p.more = Hidden, " ran out"
	case c.Kind == sim.ForgetAck:
		s.fault(t.badge(c), "the broker forgot its ack")
	case c.Kind == sim.Undelay && c.Cause >= 0, c.Op == sim.OpReturn && c.Kind == sim.Step:
		s.add(Plain, "it was given back").term = Back
	default:
		s.add(Plain, t.Blame(c, "its worker")+pick(c.Kind.Cuts(), "", ", and the connection with it"))
	}
}

// Blame says what kept a message from being acked, or a lease from being given up.
func (t *Teller) Blame(e *sim.Event, holder string) string {
	switch {
	case e.Kind.Precedes():
		return strings.NewReplacer("{worker}", holder, "{point}", "").Replace(t.Fault(e).Words.Struck)
	case e.Op == sim.OpPanic:
		return holder + " crashed"
	case e.Kind == sim.Restart:
		return holder + " was restarted"
	case e.Kind == sim.LoseAck:
		return pick(e.Failed, "its nack was lost", "its ack was lost")
	case t.Slows(e):
		return holder + " was slow"
	case e.Kind == sim.Nothing:
		return holder + " froze"
	}
	return holder + " was still busy"
}
