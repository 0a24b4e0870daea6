package story

import "dejavu/sim"

// storedKind is what a consumer finds that keeps what was asked and what was answered.
type storedKind uint8

const (
	notStored    storedKind = iota
	firstResult             // the same request, and what it was answered
	otherRequest            // its key was used for something else
)

// stored says what a read finds, if it looks into a row that could not be changed
// just before: the result is there if it reads what the attempt was about to write.
func (l *Lane) stored(i int) storedKind {
	e := l.event(i)
	swap := l.lookedBefore(i)
	if swap == nil || e.Answer <= 0 {
		return notStored
	}
	if l.Run.Answer(e) == `"`+l.Run.Value(swap)+`"` {
		return firstResult
	}
	return otherRequest
}

// lookedBefore returns the failed change after which a step reads the same row, or nil.
func (l *Lane) lookedBefore(i int) *sim.Event {
	e := l.event(i)
	if e.Op != sim.OpGet || e.Kind != sim.Step || e.Cause < 0 {
		return nil
	}
	c := l.event(int(e.Cause))
	if c.Op != sim.OpSwap || c.Kind != sim.Step || c.Answer == 1 || c.Receipt != e.Receipt || l.Run.Key(c) != l.Run.Key(e) {
		return nil
	}
	return c
}

// looksAgain reports whether an attempt reads the row next that it could not change.
func (l *Lane) looksAgain(i int) bool {
	a, _ := l.by(l.event(i).Receipt)
	events := a.events
	for n, at := range events {
		if at == i {
			return n+1 < len(events) && l.lookedBefore(events[n+1]) != nil
		}
	}
	return false
}

// phraseStored appends what a consumer does that finds a result, or a request that is
// not this one; false if it finds neither.
func (l *Lane) phraseStored(s *Line, i int) bool {
	_, key := l.row(l.event(i))
	switch l.stored(i) {
	case firstResult:
		s.join(OK, "answers with the result of the first time")
	case otherRequest:
		s.join(Fault, "refuses it: under "+key+" another request is stored")
	default:
		return false
	}
	return true
}
