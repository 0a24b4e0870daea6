package story

import (
	"slices"

	"dejavu/sim"
)

// absence is why a look found no record.
type absence uint8

const (
	unknown    absence = iota
	unwritten          // the attempt before it never came to write one
	unreached          // ... for the store was out of reach
	rolledBack         // it was part of a transaction, and that was rolled back
	notYet             // the attempt before it has still to write one
	elsewhere          // it is in the memory of another process
	wiped              // it was in the memory of a process that died
	otherKey           // it was written under another key
	ranOut             // the store kept it for a time, and that is over
	leaseOver          // it was no more than a lease, and that has run out
	gaveWay            // it made room for others
	lost               // a failover of the stores lost it
	deleted            // somebody else deleted it
)

// absences are, by why there is no record: that in a few words, the clause that
// refutes whoever expects one, what makes them expect it, and what a lane is told to
// have done that looked in vain; KEY stands for what it looked for.
var absences = [...]struct {
	text, why string
	belief    int
	excuse    string
}{
	unknown:    {excuse: "found no record of KEY"},
	unwritten:  {"nothing: the first worker never recorded it", "the first worker never came to record it", 6, "never came to record KEY the first time"},
	unreached:  {"nothing: it could not be written down then", "its store was out of reach, and nothing was written", 6, "could not record KEY while its store was out of reach"},
	rolledBack: {"nothing: the rollback took the record back", "the record was part of the transaction that was rolled back", 7, ""}, // see takenBackBy
	notYet:     {"nothing: the other worker has yet to record it", "the other worker had yet to record it", 4, "looked for KEY before the other worker had written it"},
	elsewhere:  {"nothing: another worker remembers it", "another worker had it in memory, and memory is not shared", 8, "had KEY in memory only, and memory is not shared between workers"},
	wiped:      {"nothing: memory dies with its process", "it was in memory, and memory dies with its process", 8, "had KEY in memory only, and memory died with the process"},
	otherKey:   {"nothing: the key is new to it", "the record stands under another key", 10, ""},
	ranOut:     {"nothing: the record was kept for a time, and that is over", "the record was kept for a time, and that was over", 8, "had kept its record of KEY only for a time"},
	leaseOver:  {"nothing: the lease has run out, and nobody noted it done", "the lease had run out, and nobody had noted it done", 20, "had only a lease on KEY, and that had run out"},
	lost:       {"nothing: the failover lost the record", "the stores had lost the record in their failover", 8, "had lost its record of KEY when the stores failed over"},
	gaveWay:    {"nothing: newer messages have taken its place", "the record had made room for newer ones", 8, "had forgotten KEY to make room for newer ones"},
	deleted:    {"nothing: another worker has deleted the record", "another worker had deleted the record", 19, "had its record of KEY deleted by another worker"},
}

// missing finds out why a look of an attempt found no record, and the event that took
// the record away, or -1: what befell the last that was written, or else why none was.
func (l *Lane) missing(this *attempt, look int) (absence, int) {
	key := l.Run.Key(l.event(look))
	for i := look - 1; i >= 0; i-- {
		if l.writes(l.event(i)) && l.Run.Key(l.event(i)) == key && l.event(i).Receipt != this.receipt {
			if why, by := l.became(i, look); why != unknown {
				return why, by
			}
			break
		}
	}
	why := unknown
	for k := range l.attempts {
		if a := &l.attempts[k]; a != this && a.owed == this.owed && a.begins() < look {
			why = max(why, l.unrecordedBy(a, key, look))
		}
	}
	return why, -1
}

// writes reports whether an event recorded something.
func (l *Lane) writes(e *sim.Event) bool {
	switch {
	case !e.Op.Marks() || e.Kind != sim.Step && e.Kind != sim.LoseReply || e.OutOfReach() || e.Deadlocked():
		return false
	case asks(e.Op) || e.Op == sim.OpSwap || e.Op == sim.OpCacheSetIf:
		return e.Answer > 0
	}
	return true
}

// became finds out what became of a record between the event that wrote it and a look
// that did not find it.
func (l *Lane) became(wrote, look int) (absence, int) {
	w := l.event(wrote)
	a, known := l.of(wrote)
	if !known {
		return unknown, -1
	}
	key := l.Run.Key(w)
	for i := wrote + 1; i < look; i++ {
		e := l.event(i)
		same := l.Run.Key(e) == key
		switch {
		case e.Kind == sim.LoseWrites && e.Receipt == a.receipt:
			return lost, i
		case e.Kind == sim.Expire && same && !e.AtBank():
			return yesNo(l.lapseOf(e).lease, leaseOver, ranOut), i
		case e.Kind == sim.Evict && same || l.Run.Evicted(e) == key:
			return gaveWay, i
		case same && l.deletes(e) && e.Receipt != a.receipt:
			return deleted, i
		}
	}
	if over := a.events[len(a.events)-1] < look; w.InTx && !l.committed(a, wrote, look) {
		return yesNo(over, rolledBack, notYet), -1
	}
	if w.Op.Place() == sim.InProcess {
		return yesNo(l.keeps(look, key), elsewhere, wiped), l.death(int(w.Worker), wrote, look)
	}
	return unknown, -1
}

// deletes reports whether an event deleted a record.
func (l *Lane) deletes(e *sim.Event) bool {
	switch e.Op {
	case sim.OpDelete, sim.OpCacheDelete, sim.OpUnremember:
		return e.Kind == sim.Step || e.Kind == sim.LoseReply
	case sim.OpCacheDeleteIf:
		return (e.Kind == sim.Step || e.Kind == sim.LoseReply) && e.Answer == 1
	}
	return false
}

// anothers reports whether a record that an event deletes was another attempt's.
func (l *Lane) anothers(i int) bool {
	wrote := l.wrote(i)
	return wrote >= 0 && l.event(wrote).Receipt != l.event(i).Receipt
}

// committed reports whether an attempt committed between two events.
func (l *Lane) committed(a *attempt, from, to int) bool {
	return slices.ContainsFunc(a.events, func(i int) bool {
		e := l.event(i)
		return i > from && i < to && e.Op == sim.OpCommit && (e.Kind == sim.Step || e.Kind == sim.LoseReply)
	})
}

// death returns the event between two with which a worker's process died, or -1.
func (l *Lane) death(worker, from, to int) int {
	for i := from; i < to; i++ {
		if e := l.event(i); e.Kind == sim.Restart || (e.Kind == sim.Crash || e.Op == sim.OpPanic) && int(e.Worker) == worker {
			return i
		}
	}
	return -1
}

// unrecordedBy finds out why an earlier attempt has left no record under a key.
func (l *Lane) unrecordedBy(a *attempt, key string, look int) absence {
	over := len(a.events) > 0 && a.events[len(a.events)-1] < look
	why := yesNo(over, unwritten, notYet)
	for _, i := range a.events {
		switch e := l.event(i); {
		case i >= look:
			return why
		case l.writes(e) && l.Run.Key(e) != key:
			return otherKey
		case e.Op.Marks() && e.OutOfReach():
			why = unreached
		}
	}
	return why
}

// keeps reports whether any process had a key in memory before an event.
func (l *Lane) keeps(event int, key string) (kept bool) {
	l.Run.At(event).Stored(func(x sim.Stored) bool {
		kept = kept || x.Where == sim.InProcess && x.Key == key
		return true
	})
	return kept
}
