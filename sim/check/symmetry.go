package check

import "dejavu/sim"

// appendKey appends the key by which worlds are told apart. Worlds that differ only
// in which process does what have the same future, whatever the handler does: it
// cannot ask which process it is in.
//
// Messages that differ only in name are kept apart: a handler can see names, and may
// compare or cut them. To publish them in one order only would save a fifteenth of
// the states of the inbox (two messages, two faults), and then what holds would hold
// only for handlers that do no such thing.
func (s *Search) appendKey(b []byte, w *sim.World) []byte {
	if s.opts.Plain {
		return w.AppendKey(b)
	}
	return w.AppendFoldedKey(b)
}
