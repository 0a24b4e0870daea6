package scenarios

import "dejavu/sim"

// Outcome is what a run came to, in messages and in the unit of its business:
// cents, mails or items.
type Outcome struct {
	Business sim.Business
	// Owed is what should have been taken in all, Taken what was.
	Owed, Taken int64
	// Excess is what was taken beyond the first time, Missing what will never be
	// taken because its message is gone or parked. They are never netted: one
	// customer's second charge does not pay another's order.
	Excess, Missing int64
	// Twice, Never, Parked and Pending are the messages with those verdicts, in the
	// order of the file.
	Twice, Never, Parked, Pending []string
	// OK says that everything owed took effect once, and that the run went on for as
	// long as there was anything to do or its time lasted.
	OK bool
	// Cut says that the run was ended by its budget of events: nothing can be expected
	// of what it came to.
	Cut bool
}

// Judge adds up the verdicts on what is owed.
func Judge(owed []sim.Owed, b sim.Business, v sim.Verdicts) Outcome {
	o := Outcome{Business: b, Cut: v.Ending == sim.OutOfEvents}
	o.OK = !o.Cut
	for i := range owed {
		id, units, effects := owed[i].ID, b.Units(owed[i].Amount), int64(v.Effects[i])
		o.Owed += units
		o.Taken += effects * units
		o.OK = o.OK && v.Of[i] == sim.Once
		switch v.Of[i] {
		case sim.Twice:
			o.Twice = append(o.Twice, id)
			o.Excess += (effects - 1) * units
		case sim.Never:
			o.Never = append(o.Never, id)
			o.Missing += units
		case sim.Parked:
			o.Parked = append(o.Parked, id)
			o.Missing += units
		case sim.Pending:
			o.Pending = append(o.Pending, id)
		}
	}
	return o
}
