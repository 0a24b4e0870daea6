package words

import (
	"dejavu/sim"
	"strings"
)

// NameOf names whom something is owed to; if nobody, the thing.
func NameOf(o *sim.Owed) string { return Either(o.Customer == "", o.ID, o.Customer) }

// Deed says what one effect does, such as "charges Bob $15".
func Deed(b sim.Business, o *sim.Owed) string { return ForWhom(b.Words().Does, o) }

// ForWhom puts into the words of a business whom it is done to, and the amount.
func ForWhom(words string, o *sim.Owed) string {
	return strings.NewReplacer("{Ann}", NameOf(o), "{$15}", Money(o.Amount)).Replace(words)
}
