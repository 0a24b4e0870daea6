package consumers

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"dejavu/broker"
	"dejavu/sim"
)

// StoredResult keeps for each key what was asked and, in the end, what was answered:
// every duplicate gets that answer again. It promises exactly one effect for each key
// if the effect is a row in the same database or the receiver honours keys; for mail
// the gap before the commit stays open.
//
// It is what an API does that takes an Idempotency-Key, Stripe's for example. It begins
// by recording the request in a transaction of its own: from then on another body
// under the same key is refused, whether the first has finished or not, and what was
// left half done can be found. The effect is the last thing before the next recovery
// point is committed; a request with several effects has such a point after each. The
// receiver's key is the client's key: one that is made from the row, its number for
// example, would be another after the row was cleaned up and the client came back. A
// duplicate in flight waits for the row lock. A refused request comes again until the
// queue parks it, or for ever. It costs a row a request, with hash and answer, and four
// round trips. For a queue, where nobody reads the answer, InboxAndGatewayKey does the
// same with less.
var StoredResult = register(sim.Consumer{
	Name:     "stored-result",
	Clause:   "idempotent here and at the receiver, with the answer kept: begin, perform, answer",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		hash := sha256.Sum256([]byte(m.Body))
		begun := fmt.Sprintf("%x begun", hash[:4])
		done := fmt.Sprintf("%x 201", hash[:4])
		p.DB.PutIfAbsent("keys", m.Key, begun)
		tx := p.DB.Begin()
		defer tx.Rollback()
		if tx.CompareAndSet("keys", m.Key, begun, done) {
			if err := p.PerformOnce(m, m.Key); err != nil {
				return err
			}
			return tx.Commit()
		}
		if row, _ := tx.Get("keys", m.Key); row != done {
			return errOtherRequest
		}
		return nil // the answer that is stored
	},
	Claims: sim.Claims{
		Card:  []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
		Mail:  []sim.Property{sim.NeverLost, sim.NeverStuck},
		Stock: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	},
})

var errOtherRequest = errors.New("its key was used for another request")
