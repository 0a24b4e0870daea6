package adapters

import (
	"context"
	"errors"
	"time"

	"dejavu/sim/simtest"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// JetStream adapts a callback of jetstream.Consumer.Consume, which acks by itself: what
// it does not ack comes again. An ack counts when the callback returns.
func JetStream(subject string, handle jetstream.MessageHandler) simtest.HandlerFunc {
	return func(ctx context.Context, m simtest.Message) error {
		msg := &natsMessage{m: m, subject: subject}
		if handle(msg); !msg.acked {
			return errNotAcked
		}
		return msg.fate
	}
}

var errNotAcked = errors.New("the callback did not ack")

type natsMessage struct {
	m       simtest.Message
	subject string
	acked   bool
	fate    error
}

func (n *natsMessage) settle(err error) error {
	if n.acked {
		return jetstream.ErrMsgAlreadyAckd
	}
	n.acked, n.fate = true, err
	return nil
}

// Metadata counts the deliveries.
func (n *natsMessage) Metadata() (*jetstream.MsgMetadata, error) {
	sequence := jetstream.SequencePair{Stream: uint64(max(n.m.Seq, 1)), Consumer: uint64(n.m.Delivery)}
	return &jetstream.MsgMetadata{NumDelivered: uint64(n.m.Delivery), Sequence: sequence}, nil
}

// Data is the body.
func (n *natsMessage) Data() []byte { return []byte(n.m.Body) }

// Headers are those of the message, and its ID.
func (n *natsMessage) Headers() nats.Header {
	h := nats.Header{}
	h.Set(jetstream.MsgIDHeader, n.m.ID)
	for name, value := range n.m.Headers { // order does not matter: each is set under its name
		h.Set(name, value)
	}
	return h
}

// Subject is where the message was published.
func (n *natsMessage) Subject() string { return n.subject }

// Reply is empty: there is no server.
func (n *natsMessage) Reply() string { return "" }

// Ack settles the message.
func (n *natsMessage) Ack() error { return n.settle(nil) }

// DoubleAck settles the message.
func (n *natsMessage) DoubleAck(context.Context) error { return n.settle(nil) }

// Nak brings the message back.
func (n *natsMessage) Nak() error { return n.settle(errNotAcked) }

// NakWithDelay brings the message back.
func (n *natsMessage) NakWithDelay(time.Duration) error { return n.settle(errNotAcked) }

// InProgress does nothing: times of the queue are left out.
func (n *natsMessage) InProgress() error { return nil }

// Term gives the message up; what it should have done is then missing.
func (n *natsMessage) Term() error { return n.settle(nil) }

// TermWithReason gives the message up.
func (n *natsMessage) TermWithReason(string) error { return n.settle(nil) }
