package consumers

import (
	"dejavu/broker"
	"dejavu/sim"
)

// OpenKey reserves the key in a committed row, performs, and then closes the row.
//
// It promises that no business key takes effect twice. The price is a key that is
// reserved for ever. After a crash or an error between the two writes nobody closes the
// row. Every later attempt reads that another one is at work, and gives the message back. The
// writer may have died before the effect or after it, and the row does not say which. So
// a person must look. The queue delivers the message again and again, or parks it. A
// mark that is taken for done, as in MarkFirst, loses the order silently. This one fails
// loudly, which is better, and for ever, which is not. A lease opens the row again after
// a time, as Lease does, and may then run the effect twice. Only a key at the receiver
// settles it: then an open row may be run again, as in StoredResult. It costs a row for
// each order and two round trips.
var OpenKey = register(sim.Consumer{
	Name:     "open-key",
	Clause:   "never twice, but a crash leaves it stuck: reserve a key, perform, close the key",
	Identity: sim.BusinessKey,
	Handle: func(p *sim.Proc, m broker.Message) error {
		const open, done = "in progress", "done"
		if p.DB.PutIfAbsent("keys", m.Key, open) {
			if err := p.Perform(m); err != nil {
				return err // and who closes the key?
			}
			p.DB.Put("keys", m.Key, done)
			return nil
		}
		state, _ := p.DB.Get("keys", m.Key)
		if state != done {
			return errBusy // 409: but is anybody there?
		}
		return nil
	},
	Claims: sim.Everywhere(sim.NeverTwice, sim.NeverLost),
})
