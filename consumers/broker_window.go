package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// BrokerWindow leaves deduplication to the broker: the queue drops a publish under a
// message ID that it has taken in within the last five minutes, as SQS FIFO does,
// and the handler just performs.
//
// It promises that a producer that did not hear "OK" and publishes again in time
// does no harm. Every duplicate that comes from behind the window is a second
// effect: a lost ack, a crash, a slow worker, a copy; and so is a publish under a new
// message ID, or one minute too late. It breaks the other way as well: what was
// acked and then failed, and is published again under its ID, is dropped without a
// word. It costs nothing here and a table of IDs at the broker.
//
// Its users are the producers of SQS FIFO (five minutes, counted on after the
// delete), JetStream (Nats-Msg-Id, two minutes unless set) and Service Bus
// (duplicate detection, ten minutes unless set).
var BrokerWindow = register(sim.Consumer{
	Name:     "broker-window",
	Clause:   "not idempotent, but the queue drops message IDs it has seen: perform, then ack",
	Identity: sim.MessageID,
	Window:   5 * time.Minute,
	Handle: func(p *sim.Proc, m broker.Message) error {
		return p.Perform(m)
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
