package handler

// lineKind is what a line of a story tells.
type lineKind uint8

const (
	delivered lineKind = iota // the queue hands a message over
	stepped                   // an operation was let go
	struck                    // a fault struck instead
	held                      // somebody has to wait for another
	freed                     // and waits no more
	resumed                   // another worker goes on
	outcome                   // what a delivery came to
)

// A line is something that happened in a schedule.
type line struct {
	kind  lineKind
	by    *attempt
	at    *place
	fault Fault
	text  string
}

// note keeps a line, if the schedule is told.
func (w *world) note(l line) {
	if w.telling {
		w.story = append(w.story, l)
	}
}

// look asks the watches what has changed by the last operation of an attempt.
func (w *world) look(a *attempt) {
	if !w.telling {
		return
	}
	for i, watch := range w.Watches {
		var now string
		w.outside(func() { now = watch.See() })
		switch {
		case len(w.changed) <= i:
			w.changed = append(w.changed, now)
		case w.changed[i] != now:
			w.changed[i] = now
			if a != nil && a.at != nil {
				a.at.changes = append(a.at.changes, watch.Name+": "+now)
			}
		}
	}
}
