package sim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// conversation tells a run line by line: when, who, what, what was answered, and
// which line it came from.
func conversation(r *sim.Run) string {
	var b strings.Builder
	for i := range r.Events() {
		e := &r.Events()[i]
		cause := ""
		if e.Cause >= 0 {
			cause = fmt.Sprintf("<- %d", e.Cause)
		}
		if e.Fault >= 0 {
			cause += "  ! " + r.Faults[e.Fault].String()
		}
		line := fmt.Sprintf("%3d %9s  %-8s  %-44s %s", i, sim.Span(e.At), who(e), what(r, e), cause)
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	v := r.World().Verdicts()
	fmt.Fprintf(&b, "    %9s  %s: ", sim.Span(r.End), [...]string{"quiet", "out of time", "too many deliveries", "out of events"}[r.Ending])
	for i, of := range v.Of {
		fmt.Fprintf(&b, "%s %s (%d); ", r.Lane.Messages[i].ID, of, v.Effects[i])
	}
	fmt.Fprintf(&b, "rows %q\n", r.World().Rows())
	return b.String()
}

func who(e *sim.Event) string {
	switch e.Kind {
	case sim.Publish, sim.Republish, sim.RepublishAs:
		return "producer"
	case sim.Deliver, sim.TimeOut, sim.CutOff, sim.Undelay, sim.Forget:
		return "queue"
	case sim.Copy:
		return "network"
	case sim.Restart:
		return "operator"
	case sim.Expire:
		return "cache"
	}
	return fmt.Sprintf("worker %d", e.Worker+1)
}

func what(r *sim.Run, e *sim.Event) string {
	switch e.Kind {
	case sim.Nothing:
		return fmt.Sprintf("pauses before %s", e.Op)
	case sim.Crash:
		return fmt.Sprintf("crashes before %s", e.Op)
	case sim.Deliver:
		return fmt.Sprintf("%s to worker %d, delivery %d", r.Name(e), e.Worker+1, e.Receipt.Delivery)
	case sim.Step, sim.Fail, sim.LoseReply, sim.LoseAck:
		return step(r, e)
	}
	text := e.Kind.String() + " " + r.Name(e)
	switch e.Kind {
	case sim.Expire:
		text = "expire " + r.Key(e)
	case sim.Restart:
		text = "restart"
	}
	if e.Kind == sim.TimeOut && e.Overran {
		text += ", while its holder runs"
	}
	return text + replied(e.Reply)
}

func step(r *sim.Run, e *sim.Event) string {
	text := e.Op.String()
	switch {
	case e.Op == sim.OpReturn && e.Failed:
		text += fmt.Sprintf(" error %q", r.Value(e))
	case e.Op == sim.OpReturn:
		text += " nil"
	case r.Key(e) != "":
		text += " " + r.Key(e)
	}
	if answer := r.Answer(e); answer != "" {
		text += ": " + answer
	}
	if e.Done {
		text += ", done"
	}
	if e.InTx {
		text += " in tx"
	}
	return text + replied(e.Reply)
}

func replied(reply sim.Reply) string {
	if reply == sim.NoReply {
		return ""
	}
	return " => " + [...]string{"", "taken", "ack ignored", "ack rejected", "returned", "buried", "discarded", "lost",
		"unreported", "not yet", "nack ignored", "deduplicated"}[reply]
}

// These lanes are few enough to be read by hand, line by line, against DESIGN.md.
// Read the diff when one changes.
func TestConversationsReadAsTheyShould(t *testing.T) {
	tell := func(name string, lanes ...sim.Lane) {
		var b strings.Builder
		for _, l := range lanes {
			var plan []string
			for _, f := range l.Plan {
				plan = append(plan, f.String())
			}
			fmt.Fprintf(&b, "# %s, %s: %s\n%s\n", l.Consumer.Name, l.Business, strings.Join(plan, " "), conversation(simulate(t, l)))
		}
		golden(t, name, b.String())
	}
	pair := func(b sim.Business, n int, plan ...string) []sim.Lane {
		return []sim.Lane{lane(consumers.Naive, b, n, plan...), lane(consumers.Inbox, b, n, plan...)}
	}
	tell("lost-ack", pair(sim.Card, 1, "lose-ack:m1")...)
	tell("crash-after-effect", append(pair(sim.Stock, 1, "crash:m1/after-effect"), lane(consumers.Inbox, sim.Mail, 1, "crash:m1/after-effect"))...)
	tell("overrun", pair(sim.Stock, 1, "pause:m1/before-effect")...)
	tell("copies", pair(sim.Card, 1, "copy:m1", "republish:m1", "republish:m1,new-id=true")...)
	tell("errors", append(pair(sim.Stock, 1, "fail:m1", "lose-reply:m1/2"), lane(consumers.Inbox, sim.Stock, 1, "lose-reply:m1,step=commit"))...)
	tell("lease", lane(lease, sim.Card, 1, "crash:m1/before-effect", "lose-reply:m1/2", "lose-ack:m1/3"))

	rabbit := lane(consumers.AckFirst, sim.Card, 1, "lose-ack:m1")
	rabbit.Queue = preset(t, "rabbitmq-quorum")
	fifo := lane(consumers.Naive, sim.Card, 2, "pause:m1/before-ack", "republish:m2,later=6m")
	fifo.Queue = preset(t, "sqs-fifo")
	fifo.Messages[1].At, fifo.Messages[1].Group = time.Second, fifo.Messages[0].Group
	parked := lane(consumers.Inbox, sim.Card, 1, "fail:m1,times=3", "restart,at=20s")
	parked.Queue.MaxDeliveries = 3
	tell("queues", rabbit, fifo, parked)
	tell("batch", together(broker.AckBatch, 3, "fail:m2"), together(broker.AckCumulative, 3, "crash:m2/after-effect"))
}
