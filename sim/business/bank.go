package business

// Bank is what the receiver of the effect makes of an idempotency key, beside honouring
// it for a time. The zero value is a receiver that lets a second request wait for the
// first, and gives it the answer of the first whatever it says.
//
// Stripe is Bank{Conflict, RefuseBody}: "the idempotency layer compares incoming
// parameters to those of the original request and errors if they're not the same"
// (docs.stripe.com/api/idempotent_requests), and a key that is "currently being used in
// another request" is the error idempotency_key_in_use, a 409
// (docs.stripe.com/error-codes). The IETF draft says the same: 409 for a request whose
// original "is still being processed", 422 for a key with "a different request payload"
// (draft-ietf-httpapi-idempotency-key-header-07, sections 2.6 and 2.7).
type Bank struct {
	InFlight  InFlight
	OtherBody OtherBody
}

// InFlight is what a receiver makes of a second request under a key whose first is still
// at work.
type InFlight uint8

// What it can make of it.
const (
	Wait     InFlight = iota // the second waits for the first, and gets its answer
	Conflict                 // the second is refused at once, with sim.ErrConflict: it has done nothing
)

// String returns it as a file gives it.
func (f InFlight) String() string { return [...]string{"wait", "conflict"}[f] }

// OtherBody is what a receiver makes of a request with another body, under a key that it
// knows.
type OtherBody uint8

// What it can make of it.
const (
	IgnoreBody OtherBody = iota // it looks at the key alone
	RefuseBody                  // it refuses the request, with sim.ErrOtherBody, for as long as it keeps the key
)

// String returns it as a file gives it.
func (o OtherBody) String() string { return [...]string{"ignore", "refuse"}[o] }
