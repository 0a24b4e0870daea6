package tell

import (
	"fmt"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/fault"
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

// words are how the business talks that an event is about.
func (t *Teller) words(e *sim.Event) *sim.BusinessWords { return t.run.Part(e).Words() }

func (t *Teller) owed(e *sim.Event) *sim.Owed {
	return &t.run.Lane.Messages[t.run.World().Listed(int(e.Msg))]
}

// Worker is what a worker is called: worker 2; relay or, where there are several, relay 2.
func (t *Teller) Worker(n int8) string {
	switch w := t.run.World(); {
	case !w.IsRelay(int(n)):
		return "worker " + Grouped(int64(n)+1)
	case w.Relays() > 1:
		return "relay " + Grouped(int64(int(n)-w.Relay())+1)
	}
	return "relay"
}

// Whom names a worker in a sentence: worker 2, the relay.
func (t *Teller) Whom(n int8) string {
	w := t.run.World()
	return pick(w.IsRelay(int(n)) && w.Relays() == 1, "the ", "") + t.Worker(n)
}

// Fault returns the row of the kind of fault that is behind an event. It is empty if there
// is none: a deadline that passes may have one behind it, and is none.
func (t *Teller) Fault(e *sim.Event) *sim.FaultInfo {
	switch {
	case e.Fault >= 0:
		return t.run.Faults[e.Fault].Kind.Info()
	case e.Kind == sim.Kill: // what is left of a restart
		return fault.Of(sim.Drain)
	}
	return fault.Of(e.Kind)
}

// badge is the letter of the fault behind an event.
func (t *Teller) badge(e *sim.Event) byte { return t.Fault(e).Letter }

// says tells what a fault does, about a message.
func (t *Teller) says(e *sim.Event, message string) string {
	row, f := t.Fault(e), sim.Fault{}
	switch {
	case e.Kind == sim.Kill:
		return "is killed"
	case row.Words.Tells == "": // so it is of most events, which are no fault
		return ""
	case e.Fault >= 0:
		f = t.run.Faults[e.Fault]
	}
	id := "a new message ID" + pick(e.Kind == sim.RepublishReworded, ", and in other words", "")
	first := len(row.Actions) == 0 || e.Kind == row.Actions[0]
	return strings.NewReplacer("{go}", Stores(e.Kind).Go, "{fail}", Stores(e.Kind).fail(), "{lose}", Stores(e.Kind).lose(), "{m3}", message, "{for}", Length(f.For), "{by} ", pick(f.By == 0, "", Length(f.By)+" "), "{step}", e.Op.String(), "{bank}", t.words(e).Whom,
		"{id}", pick(first, "same", "new"), "{an id}", pick(first, "the same message ID", id), "{member}", pick(first, "leaves", "joins"),
		"{restarted}", Restarted(e.Kind == sim.Drain, f.Drain)).Replace(row.Words.Tells)
}

// Restarted says what became of processes that are replaced: they were asked to end, for
// some time or for nobody knows how long, or killed at once.
func Restarted(asked bool, grace time.Duration) string {
	switch {
	case !asked:
		return "restarted"
	case grace == 0:
		return "asked to end"
	}
	return "asked to end within " + Length(grace)
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
	case sim.StoreUp, sim.DBUp, sim.CacheUp:
		c.who = Stores(e.Kind).Both
		c.add(Plain, "can be reached again")
	default:
		says := t.says(e, t.run.Name(e))
		if c.who = Stores(e.Kind).Fill(t.Fault(e).Words.Who); e.Kind.LosesWrites() && t.goesOn(i) {
			says = "also " + Stores(e.Kind).lose() + " " + t.run.Name(e) + "'s last write"
		}
		c.fault(t.badge(e), says)
		if e.Undone && e.Kind.LosesWrites() {
			c.add(Fault, "and the "+t.words(e).Effect+" with it")
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
		p := c.add(Plain, "is published")
		if of := t.sharedWith(e); of != "" {
			p.more = ", for the debt of " + of
		}
		if e.Fault >= 0 {
			c.fault(t.badge(e), t.says(e, c.about))
		}
	case sim.Deliver:
		t.delivery(&c, e)
	case sim.Begin:
		c.voice, c.who = acts, t.Whom(e.Worker)
		c.add(Plain, "begins "+c.about)
	case sim.TimeOut:
		t.timeOut(&c, e)
	case sim.CutOff:
		c.voice = acts
		cut := t.Cut(e)
		c.add(Plain, pick(cut.Member, "takes "+t.Whom(e.Worker)+" out of the group", "closes the connection of "+t.Whom(e.Worker))).more =
			", which " + cut.Was() + Length(cut.After)
		if e.Reply.GivesUp() {
			t.givesUp(&c, e)
		} else if e.Reply == sim.Returned {
			c.add(Plain, c.about+" comes back")
		}
	case sim.Request:
		c.voice, c.who = acts, t.words(e).Whom
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

// A Cut is that the broker gives up waiting for a worker.
type Cut struct {
	Member bool          // the worker was a member of a group, and its partitions move
	Silent bool          // it was silent, frozen or dead; else it was at work,
	Held   bool          // it was not at work: it held a message for its time
	After  time.Duration // for so long
}

// Was says what the worker did for so long.
func (c Cut) Was() string {
	switch {
	case c.Silent:
		return "was silent for "
	case c.Held:
		return "held a message for "
	}
	return "was at work for "
}

// Cut says why the broker has given up waiting for a worker.
func (t *Teller) Cut(e *sim.Event) Cut {
	q := &t.run.Lane.Queue
	silent := Cut{Member: q.Assign == broker.OwnerWorker, Silent: true, After: q.Silence()}
	work := Cut{Member: silent.Member, Held: t.heldAlone(e), After: q.ConsumerTimeout}
	switch {
	case q.ConsumerTimeout == 0 || !e.Overran || e.Cause < 0:
		return silent
	case silent.After == 0:
		return work
	}
	// A list of actions without times leaves it open: then it is the shorter one.
	if c := t.event(int(e.Cause)); e.At == c.At || c.Kind == sim.Nothing && !t.Slows(c) && e.At-c.At == silent.After {
		return silent
	}
	return work
}

// heldAlone reports whether the queue has given up waiting for a worker that held a message
// for its time, and was at no other.
func (t *Teller) heldAlone(e *sim.Event) bool {
	if !e.Held || e.Kind != sim.CutOff || e.Cause < 0 {
		return e.Held
	}
	c := t.event(int(e.Cause))
	return c.Finished || c.Kind == sim.Deliver && c.Held
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
		c.voice, c.who = acts, t.Whom(e.Worker)
		c.add(Plain, "takes "+t.Posted(e)+" out of the outbox"+often)
		return
	}
	c.add(Plain, "is delivered to "+t.Whom(e.Worker)).more = often
	if e.Held && e.At < t.owed(e).NotBefore {
		c.add(Plain, "which holds it until "+Clock(t.owed(e).NotBefore))
	}
}

// Posted is what a row of the outbox is called: by its message or, where that has several
// effects and the row is for one of them, by that as well.
func (t *Teller) Posted(e *sim.Event) string {
	name := t.run.Name(e)
	if t.run.Part(e) != t.run.Lane.Business {
		return "the " + t.words(e).Effect + " of " + name
	}
	return name
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
		c.add(Plain, "while "+t.Whom(t.event(int(e.Cause)).Worker)+pick(e.Held, " holds it", " is at work"))
	}
}

// Holds tells that whoever was handed a message holds it until its time. It says nothing
// where that has come.
func (t *Teller) Holds(e *sim.Event) Clause {
	c := Clause{who: t.Whom(e.Worker), about: t.run.Name(e)}
	if e.Held && e.At < t.owed(e).NotBefore {
		c.add(Plain, "holds it until "+Clock(t.owed(e).NotBefore))
	}
	return c
}

// Loses tells that a worker has lost, with an event that is about something else, what it held
// for its time.
func (t *Teller) Loses(i int) Clause {
	e := t.event(i)
	c := Clause{who: t.Whom(e.Worker)}
	switch {
	case e.Kind == sim.Drain:
		c.fault(t.badge(e), "is asked to end, and gives it back")
	case e.Died():
		c.fault(t.badge(e), "loses it with its process")
	default:
		c.add(Plain, "loses it with its connection")
	}
	return c
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
		c.who = t.words(e).Whom
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
		if c.voice, c.who = acts, t.Whom(e.Worker); e.Receipt.Delivery > 1 {
			t.leftForLater(&c, cause)
		}
	case e.Receipt.Delivery > 1:
		t.comesAgain(&c, cause)
	case cause.Kind != sim.Publish:
		return t.renewed(cause)
	}
	if of := t.sharedWith(e); of != "" && e.Receipt.Delivery == 1 && !e.Relayed() {
		c.add(Plain, "stands for the debt of "+of)
	}
	return c
}

// sharedWith returns whose debt a message stands for, which was not made of another, or "".
func (t *Teller) sharedWith(e *sim.Event) string {
	if int(e.Msg) >= len(t.run.Lane.Messages) {
		return ""
	}
	return t.owed(e).Owes
}

// leftForLater says who has left a row in the outbox, so that a relay takes it once more.
func (t *Teller) leftForLater(c *Clause, cause *sim.Event) {
	if cause.Kind == sim.Retry && cause.Cause >= 0 {
		cause = t.event(int(cause.Cause)) // with which it was left for later
	}
	if c.who = "its relay"; cause.Relayed() || t.run.World().Relays() == 1 {
		c.who = t.Whom(pick(cause.Relayed(), cause.Worker, int8(t.run.World().Relay())))
	}
	switch {
	case cause.Kind == sim.Crash || cause.Op == sim.OpPanic:
		c.add(Plain, "died before it had "+t.run.Lane.Consumer.Mark().Did)
	case cause.Kind == sim.Restart || cause.Kind == sim.Kill:
		c.add(Plain, "was restarted before it "+t.run.Lane.Consumer.Mark().Did)
	case cause.Op == sim.OpCommit: // nothing has come back: it was there to be read
		c.who = "no relay"
		c.add(Plain, "claims its row")
	default:
		c.add(Plain, "heard of an error")
		c.add(Plain, "and left it for later")
	}
}

// comesAgain says what an event did that brought a message back.
func (t *Teller) comesAgain(s *Clause, c *sim.Event) {
	q := &t.run.Lane.Queue
	switch {
	case c.Kind.EndsWait():
		if c.Kind == sim.CutOff {
			cut := t.Cut(c)
			s.add(Plain, "its worker "+pick(cut.Held, "held it for its time, and ", "")+pick(cut.Member, "was out of the group after ", "was cut off after ")+Length(cut.After)+pick(cut.Silent, " of silence", pick(cut.Held, "", " of work")))
			return
		}
		reason := "it took too long"
		if t.heldAlone(c) {
			reason = "its worker held it for its time"
		} else if c.Cause >= 0 {
			reason = t.Blame(t.event(int(c.Cause)), "its worker")
		}
		s.add(Plain, reason)
		s.Stop()
		p := s.add(Plain, "its "+Length(q.Visibility))
		p.term, p.more = Hidden, " ran out"
	case c.Kind == sim.ForgetAck:
		s.fault(t.badge(c), "the broker forgot its ack")
	case c.Kind == sim.Drain:
		s.fault(t.badge(c), "its worker was asked to end, and gave it back")
	case q.Resumes && c.Died():
		s.add(Plain, t.Blame(c, "its worker")+", and takes up what it had")
	case c.Reply == sim.AckRejected:
		s.add(Plain, t.Blame(c, "its worker"))
	case fault.Of(c.Kind).Kind == sim.RebalanceFault:
		s.fault(t.badge(c), t.Fault(c).Words.Struck)
	case c.Kind == sim.Undelay && c.Cause >= 0, c.Op == sim.OpReturn && c.Kind == sim.Step:
		s.add(Plain, "it was given back").term = Back
	default:
		s.add(Plain, t.Blame(c, "its worker")+pick(c.Kind.Cuts(), "", ", with its connection"))
	}
}

// Blame says what kept a message from being acked, or a lease from being given up.
func (t *Teller) Blame(e *sim.Event, holder string) string {
	switch {
	case e.Kind == sim.Kill:
		return holder + " was killed in a restart"
	case e.Kind.Precedes():
		return strings.NewReplacer("{worker}", holder, "{point}", "").Replace(t.Fault(e).Words.Struck)
	case e.Op == sim.OpPanic:
		return holder + " crashed"
	case e.Kind == sim.Restart:
		return holder + " was restarted"
	case e.Reply == sim.AckRejected:
		return "an ack of " + holder + " was refused, and the channel closed"
	case fault.Of(e.Kind).Kind == sim.RebalanceFault:
		return t.Fault(e).Words.Struck
	case e.Kind == sim.LoseAck:
		return pick(e.Failed, "its nack was lost", "its ack was lost")
	case t.Slows(e):
		return holder + " was slow"
	case e.Kind == sim.Nothing:
		return holder + " froze"
	}
	return holder + " was still busy"
}
