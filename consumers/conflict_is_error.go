package consumers

import (
	"errors"

	"dejavu/broker"
	"dejavu/sim"
)

// ConflictIsError keys each try: the business key, and the number of the try.
//
// It promises that nothing is lost. A new key after a definite error gets past a stored
// error (see ErrorKept). But the error says only that this request did nothing. An earlier
// one under the old key may have been done, if its ack was lost. And a conflict (409) is
// no such error: it says that another request under the key is at work. With a new key
// the retry is a new order to the receiver. When both are done, the card is charged
// twice. That takes no crash: a receiver that is slower than the visibility timeout is
// enough, or two deliveries at once. On a conflict wait, and ask again under the same
// key. It costs a row for each order that has failed, and a round trip or two.
var ConflictIsError = register(sim.Consumer{
	Name:     "conflict-is-error",
	Clause:   "idempotent until the receiver says 409: perform with a new key after an error",
	Identity: sim.ReceiverKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		try, _ := p.DB.Get("tries", m.Key)
		err := p.PerformOnce(m, m.Key+"/"+try)
		if errors.Is(err, sim.ErrUnavailable) ||
			errors.Is(err, sim.ErrConflict) {
			p.DB.Add("tries", m.Key, 1) // so a new try
		}
		return err
	},
	Claims: sim.Everywhere(sim.NeverLost, sim.NeverStuck),
})
