package consumers

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// BrokerWindow leaves deduplication to the broker. The queue drops a publish under
// a message ID of the last five minutes, as SQS FIFO does. The handler just
// performs.
//
// It promises one thing: a producer that gets no confirm may republish within the
// window. A duplicate that starts behind the window is a second effect. A lost ack,
// a crash, a slow worker or a copy makes one. So is a republish under a new message
// ID, or one that comes too late. It can also lose: if the work fails after the
// ack, a republish under the same ID is dropped silently. It costs nothing here,
// and a table of IDs at the broker.
//
// SQS FIFO does this for 5 minutes, counted on after the delete. JetStream does it
// with a Nats-Msg-Id, by default for 2 minutes. Service Bus calls it duplicate
// detection: 10 minutes by default.
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
