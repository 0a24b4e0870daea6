package broker

// Message is what a consumer is handed. Its fields are the identities that
// wrong designs mix up; the sixth, the receipt, belongs to a delivery and not to
// a message. Two messages are the same to a handler if all fields are equal.
type Message struct {
	// ID is the message ID: one per publish. A producer's retry may carry the
	// same one or a new one; a copy made behind the queue's back carries the same.
	ID string
	// Key is the business key: one per thing owed (an order, a payment intent).
	Key string
	// Body is the payload. Two genuine purchases may have equal bodies.
	Body string
	// Seq is the producer's sequence number within Group, from 1. A retry under the
	// same ID repeats it; what is published again under a new ID is numbered again.
	Seq int
	// Group is what order is kept within: the message group or partition key.
	Group string
	// Customer is who pays, gets the mail, or is waiting for the goods.
	Customer string
	// Amount is what the customer owes for it, in cents.
	Amount int64
}

// Receipt names one delivery of one broker message: a receipt handle, delivery
// tag, ack ID or lock token.
type Receipt struct {
	Msg      int32 // broker message number
	Delivery int32 // from 1
	// Row is the row of an outbox table that was handed out, from 1, where the queue
	// is one; 0 for a delivery by the broker itself.
	Row int32
}

// State is where a broker message is.
type State uint8

// The states of a broker message.
const (
	Unpublished  State = iota // known, but not published yet
	Ready                     // may be delivered
	Delayed                   // nacked, waiting until its delay is over
	InFlight                  // delivered, hidden from everybody else until settled or returned
	Acked                     // settled, gone from the queue
	Dead                      // delivered too often, in the dead-letter queue
	Deduplicated              // dropped when published: its message ID was in the dedup window
	Redriven                  // taken out of the dead-letter queue, to go on as another broker message
	Discarded                 // delivered too often, and there is no dead-letter queue: it is gone
)

// String returns the state as one lower-case word or two.
func (s State) String() string {
	return [...]string{"unpublished", "ready", "delayed", "in flight", "acked", "dead-lettered", "deduplicated", "redriven", "discarded"}[s]
}

// Settled reports whether the message will never be delivered again.
func (s State) Settled() bool { return s >= Acked }

// Standing is how a receipt stands when it comes back.
type Standing uint8

// The standings of a receipt.
const (
	Current  Standing = iota // the message is in flight under this receipt
	Late                     // its deadline has passed, nobody else has the message yet
	Stale                    // the message has been handed out again since
	Finished                 // the message was settled under this receipt
)

// String returns the standing as one lower-case word.
func (s Standing) String() string {
	return [...]string{"current", "late", "stale", "finished"}[s]
}
