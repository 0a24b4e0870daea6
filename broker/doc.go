// Package broker is an at-least-once queue as a pure state machine. It has no clock, no
// random numbers and no goroutine.
//
// It never decides that a timeout passes or that a packet is copied. Its driver does: a
// clock, a script, a person or a search. The queue only says what happens then. So one
// queue serves a demonstration and a proof.
//
// A [Queue] holds broker messages by number. A message is [Ready] until it is delivered,
// then [InFlight] under a [Receipt]. It leaves the queue by an ack. After too many
// deliveries it goes to the dead-letter queue ([Dead]) or is dropped ([Discarded]). In
// between it can come back: its visibility timeout passes, its worker's connection
// closes, or its worker nacks it.
//
// Each delivery has its own receipt. So an ack can be current, late (the timeout has
// passed) or stale (the message was delivered again). Real brokers answer the three
// differently. What this broker answers is data: see [Profile].
package broker
