package words

import (
	"dejavu/sim"
	"dejavu/sim/tell"
)

// NameOf names whom something is owed to; if nobody, the thing.
func NameOf(o *sim.Owed) string { return tell.Customer(o) }

// Deed says what one effect does, such as "charges Bob $15".
func Deed(b sim.Business, o *sim.Owed) string { return ForWhom(b.Words().Does, o) }

// ForWhom puts into the words of a business whom it is done to, and the amount.
func ForWhom(words string, o *sim.Owed) string { return tell.ForWhom(words, o) }
