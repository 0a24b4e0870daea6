package simtest

import (
	"fmt"
	"strings"

	"dejavu/sim"
)

func fate(v sim.Verdict, effects int32) string {
	switch v {
	case sim.Once:
		return "took effect once"
	case sim.Twice:
		return "took effect " + strings.Replace(plural(int(effects), "time"), "2 times", "twice", 1)
	case sim.Never:
		return "is lost"
	case sim.Parked:
		return "never took effect and is in the dead-letter queue"
	}
	return "is still pending"
}

// mark makes a fault stand out.
func mark(fault bool) string {
	if fault {
		return "! "
	}
	return "  "
}

// tell says what an event of a run did, and who did it.
func tell(r *sim.Run, i int) string {
	e := &r.Events()[i]
	m, worker := r.Name(e), fmt.Sprintf("worker %d", e.Worker+1)
	if int(e.Worker) == r.World().Relay() {
		worker = "the relay"
	}
	switch e.Kind {
	case sim.Nothing:
		if f := &r.Faults[e.Fault]; f.Kind == sim.SlowFault {
			return fmt.Sprintf("%s waits %s for its next step: %s", worker, sim.Span(f.For), e.Op)
		}
		return fmt.Sprintf("%s pauses before its next step: %s", worker, e.Op)
	case sim.Crash:
		return fmt.Sprintf("%s dies before its next step: %s%s", worker, e.Op, undone(e))
	case sim.Deliver:
		if e.Relayed() {
			return fmt.Sprintf("the relay takes %s out of the outbox, in try %d", m, e.Receipt.Delivery)
		}
		if e.Receipt.Delivery > 1 {
			return fmt.Sprintf("the queue hands %s to %s, in delivery %d", m, worker, e.Receipt.Delivery)
		}
		return fmt.Sprintf("the queue hands %s to %s", m, worker)
	case sim.Step, sim.Fail, sim.LoseReply, sim.LoseAck:
		return worker + " " + step(r, e)
	case sim.Restart:
		return "all processes are replaced, as in a deploy"
	case sim.Expire:
		if e.Overran {
			return "cache entry " + r.Key(e) + " expires, while its holder is at work"
		}
		return stored(e) + r.Key(e) + " expires"
	case sim.StoreDown:
		return "database and cache go down"
	case sim.StoreUp:
		return "database and cache can be reached again"
	case sim.LoseWrites:
		return "the stores fail over and lose the newest write, for " + m
	case sim.Evict:
		return worker + "'s process forgets " + r.Key(e) + ", which gives way to others"
	}
	return arrival(r, e)
}

// stored names what a store has let go.
func stored(e *sim.Event) string {
	if e.InTable() {
		return "row "
	}
	return "cache entry "
}

// arrival tells what producers, the network and the queue do.
func arrival(r *sim.Run, e *sim.Event) string {
	m, of := r.Name(e), r.Lane.Messages[r.World().Owed(int(e.Msg))].ID
	switch e.Kind {
	case sim.Publish:
		return "the producer publishes " + m + dropped(e)
	case sim.Copy:
		return fmt.Sprintf("the network makes a copy of %s: %s", of, m)
	case sim.Republish:
		return fmt.Sprintf("the producer publishes %s again: %s%s", of, m, dropped(e))
	case sim.RepublishAs:
		return fmt.Sprintf("the producer publishes %s again, under a new message ID: %s%s", of, m, dropped(e))
	case sim.Redrive:
		return fmt.Sprintf("an operator puts %s back from the dead-letter queue: %s", of, m)
	case sim.RedriveAs:
		return fmt.Sprintf("an operator puts %s back from the dead-letter queue, under a new message ID: %s", of, m)
	case sim.ForgetAck:
		return "the queue fails over and lacks the ack of " + m + replied(e)
	case sim.Undelay:
		return "the nack delay of " + m + " is over"
	case sim.Retry:
		return "the relay may try " + m + " again"
	case sim.Forget:
		return "the queue forgets the message ID of " + m
	case sim.TimeOut:
		text := "the queue has waited long enough for an ack of " + m
		if e.Overran {
			text += ", while its holder is at work"
		}
		return text + replied(e)
	}
	return e.Kind.String() + " " + m
}

func dropped(e *sim.Event) string {
	if e.Reply == sim.Deduplicated {
		return "; the queue has seen the message ID and drops it"
	}
	return ""
}

func undone(e *sim.Event) string {
	if e.Undone {
		return "; its open transaction is rolled back"
	}
	return ""
}

// step tells what a worker does, what it is answered, and what goes wrong with that.
func step(r *sim.Run, e *sim.Event) string {
	if e.Op == sim.OpReturn {
		return returns(r, e)
	}
	text := deed(r, e)
	switch {
	case e.Kind == sim.Fail:
		return text + ": it fails, and nothing is done"
	case e.Kind == sim.LoseReply && (e.Done || !e.Op.Performs()):
		return text + ": it is done, but the reply is lost"
	case e.Kind == sim.LoseReply:
		return text + ": the reply is lost"
	case e.Op == sim.OpAck:
		return text + replied(e)
	case e.Op.Performs() && !e.Done && r.Answer(e) == "ok":
		return text + ": the receiver has seen the key and does nothing"
	}
	if answer := r.Answer(e); answer != "" {
		text += ": " + answer
	}
	return text + replied(e) + undone(e)
}

// returns tells the end of an attempt.
func returns(r *sim.Run, e *sim.Event) string {
	text := "returns nil"
	if e.Failed {
		text = fmt.Sprintf("returns the error %q", r.Value(e))
	}
	return text + replied(e) + undone(e)
}

// replied tells what the queue did.
func replied(e *sim.Event) string {
	what := "ack"
	if e.Failed {
		what = "nack"
	}
	switch e.Reply {
	case sim.Taken:
		if e.Relayed() {
			return "; the row is marked sent"
		}
		switch e.Late {
		case sim.AfterDone:
			return "; the ack comes late and changes nothing: it was acked already"
		case sim.AfterTime, sim.AfterOther:
			return "; the ack comes late and the queue takes it"
		}
		return "; the queue takes the ack"
	case sim.AckIgnored:
		return "; the ack comes too late and is ignored"
	case sim.AckRejected:
		return "; the ack comes too late and is rejected"
	case sim.Returned:
		if e.Relayed() {
			return "; the row stays in the outbox"
		}
		return "; it will be delivered again"
	case sim.Buried:
		return "; it goes to the dead-letter queue"
	case sim.Lost:
		return "; the " + what + " is lost"
	case sim.NotYet:
		return "; the ack comes with the rest of the batch"
	case sim.NackIgnored:
		return "; the nack comes too late and is ignored"
	}
	return ""
}

// deeds say what a worker does in a step, followed by the key that it is about.
var deeds = map[sim.Op]string{
	sim.OpHas: "looks in its memory for", sim.OpRemember: "remembers", sim.OpRememberWithin: "remembers, unless it does already,",
	sim.OpUnremember: "removes from its memory",
	sim.OpGet:        "reads row", sim.OpPut: "writes row", sim.OpPutIfAbsent: "writes, unless it is there, row",
	sim.OpDelete: "deletes row", sim.OpSwap: "compares and sets row", sim.OpInsert: "inserts row", sim.OpAdd: "adds to row",
	sim.OpBegin: "begins a transaction", sim.OpEnqueue: "puts the message into the outbox", sim.OpCommit: "commits", sim.OpRollback: "rolls back",
	sim.OpCacheGet: "reads cache entry", sim.OpCacheSet: "writes cache entry",
	sim.OpCacheAdd: "writes, unless it is there, cache entry", sim.OpCacheDelete: "deletes cache entry",
	sim.OpCacheSetIf: "compares and sets cache entry", sim.OpCacheDeleteIf: "compares and deletes cache entry",
	sim.OpNewID: "takes a new ID", sim.OpPanic: "panics", sim.OpDeliveries: "asks how often it was delivered",
	sim.OpRedelivered: "asks whether it was delivered before",
}

// deed says what a worker does in a step.
func deed(r *sim.Run, e *sim.Event) string {
	m, key := r.Name(e), r.Key(e)
	switch e.Op {
	case sim.OpPerform:
		return effect(r.Lane.Business) + " for " + m
	case sim.OpPerformKey:
		return effect(r.Lane.Business) + " for " + m + ", with the key " + key
	case sim.OpPerformUnique:
		return effect(r.Lane.Business) + " for " + m + ", unless " + key + " is taken"
	case sim.OpPerformFenced:
		return effect(r.Lane.Business) + " for " + m + ", with the token " + r.Value(e)
	case sim.OpLookup:
		return "asks the receiver whether it knows " + m
	case sim.OpAck:
		return "acks " + m
	case sim.OpPanic:
		if said := r.Value(e); said != "" {
			return "panics: " + said
		}
	}
	text, known := deeds[e.Op]
	if !known {
		text = e.Op.String()
	}
	if key != "" {
		text += " " + key
	}
	return text
}

// effect says what performing is.
func effect(b sim.Business) string {
	return [...]string{"charges the card", "sends the mail", "takes the item from stock"}[b]
}
