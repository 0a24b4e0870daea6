package action

import (
	"slices"

	"dejavu/sim/op"
)

// Stores says which stores are out of reach: of each fault that takes some down a bit, so
// that outages that overlap end one by one.
type Stores uint8

// The stores.
const (
	Both Stores = 1 << iota
	DB
	Cache
)

// Outage returns the bit of the fault that begins or ends with an action of this kind.
func (k Kind) Outage() Stores {
	switch k {
	case StoreDown, StoreUp:
		return Both
	case DBDown, DBUp:
		return DB
	case CacheDown, CacheUp:
		return Cache
	}
	return 0
}

// Ups are the ends of outages.
var Ups = [...]Kind{StoreUp, DBUp, CacheUp}

// Ends returns the end of the outage that begins with an action of this kind, or Nothing.
func (k Kind) Ends() Kind {
	for _, up := range Ups {
		if k != up && k.Outage() == up.Outage() {
			return up
		}
	}
	return Nothing
}

// EndsOutage reports whether stores can be reached again with actions of this kind.
func (k Kind) EndsOutage() bool { return slices.Contains(Ups[:], k) }

// Hides reports whether steps of a place can reach their store no more with an action of
// this kind. Where the effect is a row, it is a step of the database.
func (k Kind) Hides(p op.Place) bool {
	return !k.EndsOutage() && (k.Outage()&(Both|Cache) != 0 && p == op.InCache || k.Outage()&(Both|DB) != 0 && p != op.InCache)
}
