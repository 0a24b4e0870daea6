package consumers

import (
	"cmp"
	"errors"

	"dejavu/broker"
	"dejavu/sim"
)

// ErrorKept is StoredResult that keeps the answer whatever it was: an error too.
//
// It promises that no business key takes effect twice if the effect is a row in the same
// database, or if the receiver honours keys. The price is a failure that is for ever. The
// gateway was down for a second, and the answer of that second is given to every retry. A
// lost reply is worse: the charge was made, and every retry is told that it failed. Keep
// an answer only if it is final: a success, or a card that was declined. An error that
// may pass must leave the key as it was, so that the retry runs. It costs what
// StoredResult costs.
//
// Stripe's API v1 does this for at least 24 hours: a key gets its first answer again,
// "including 500 errors" (docs.stripe.com/api/idempotent_requests). The way out is a new
// key, once you know that nothing was done.
var ErrorKept = register(sim.Consumer{
	Name:     "error-kept",
	Clause:   "never twice here or at the receiver, but an error is kept for ever: begin, perform, keep any answer",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		const done, failed = "201", "500"
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.PutIfAbsent("answers", m.Key, done) {
			answer, _ := tx.Get("answers", m.Key)
			if answer != done {
				return errKept // as it was, for ever
			}
			return nil
		}
		err := p.PerformOnce(m, m.Key)
		if err != nil {
			tx.Put("answers", m.Key, failed)
		}
		return cmp.Or(tx.Commit(), err)
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost},
		Mail:  []sim.Property{sim.NeverLost},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost},
	},
})

var errKept = errors.New("the stored answer is an error")
