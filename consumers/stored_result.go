package consumers

import (
	"crypto/sha256"
	"errors"
	"fmt"

	"dejavu/broker"
	"dejavu/sim"
)

// StoredResult keeps the request and then the answer for each key: every duplicate gets
// that answer again.
//
// It promises exactly one effect for each key if the effect is a row in the same database,
// or if the receiver honours keys. For mail the gap before the commit stays open.
//
// An API that takes an Idempotency-Key works this way, for example Stripe's. It first
// records the request in a transaction of its own. From then on it refuses another body
// under the same key, and can find an unfinished request. The effect is the last step
// before the next recovery point is committed. A request with several effects has such a
// point after each. The receiver's key is the client's key. A key made from the row's
// number would change if the row is cleaned up and the client comes back. A duplicate that
// arrives during the work waits for the row lock. A refused request comes again until the
// queue parks it, or for ever. It costs a row a request, with hash and answer, and four
// round trips. A queue has no caller that reads the answer: there InboxAndGatewayKey does
// the same with less.
var StoredResult = register(sim.Consumer{
	Name:     "stored-result",
	Clause:   "idempotent here and at the receiver, with a stored answer: begin, perform, answer",
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
