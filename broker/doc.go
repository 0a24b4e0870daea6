// Package broker is an at-least-once queue as a pure state machine: it knows no
// time, takes no chances and starts no goroutine.
//
// It never decides that a timeout passes or that a packet is copied; it says
// what happens when one does. Whoever drives it (a clock, a script, a person, a
// search) decides when. That is what lets one queue serve a demonstration and a
// proof.
//
// A [Queue] holds broker messages by number. A message is [Ready] until it is
// delivered, then [InFlight] under a [Receipt], and it leaves the queue by an
// ack or, after too many deliveries, for the dead-letter queue ([Dead]) or for good
// ([Discarded]). In
// between it can come back: its visibility timeout passes, its holder's
// connection breaks, or its holder nacks it. Each delivery has a receipt of its
// own, so an ack can be current, late (the timeout has passed) or stale (the
// message has been handed out again), and real brokers answer the three
// differently. What this broker answers is data: see [Profile].
package broker
