package story

import (
	"strings"

	"dejavu/sim"
)

// forgot says why an attempt that asked for a record did not find one, and so did
// something again: with that event.
func (l *Lane) forgot(this *attempt, asked, event int) string {
	_, short := l.row(l.event(asked))
	for k := range l.attempts {
		if a := &l.attempts[k]; a.owed == this.owed && a != this && a.begins() > asked && a.begins() < event {
			return "had looked for " + short + " before another worker was given it"
		}
	}
	switch why, _ := l.missing(this, asked); why {
	case otherKey:
		return "had recorded " + l.otherRecord(this, asked) + ", but this one says " + short
	case rolledBack:
		return "lost its record of " + short + ", for the " + l.tookBack(this, asked) + " rolled it back but not " + trade(l.Run.Lane.Business).Act
	default:
		return strings.Replace(absences[why].excuse, "KEY", short, 1)
	}
}

// otherRecord returns the key under which an earlier attempt at the same has recorded
// it.
func (l *Lane) otherRecord(this *attempt, before int) string {
	key := ""
	for k := range l.attempts {
		if a := &l.attempts[k]; a.owed == this.owed && a != this {
			for _, i := range a.events {
				if e := l.event(i); i < before && l.writes(e) {
					_, key = l.row(e)
				}
			}
		}
	}
	return key
}

// tookBack says what ended the transaction of the last attempt before an event.
func (l *Lane) tookBack(this *attempt, before int) string {
	what := "error"
	for k := range l.attempts {
		a := &l.attempts[k]
		if a.owed != this.owed || a == this || a.begins() > before {
			continue
		}
		what = "error"
		for _, i := range a.events {
			switch e := l.event(i); {
			case e.Kind == sim.Crash || e.Op == sim.OpPanic:
				what = "crash"
			case e.Kind == sim.Restart:
				what = "restart"
			case e.Kind == sim.Fail && e.Op == sim.OpCommit:
				what = "failed commit"
			}
		}
	}
	return what
}

// drops reports whether a lane's queue has dropped a broker message when it was
// published.
func (l *Lane) drops(name string) bool {
	for i := range l.Run.Events() {
		if e := l.event(i); e.Reply == sim.Deduplicated && l.Run.Name(e) == name {
			return true
		}
	}
	return false
}
