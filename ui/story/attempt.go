package story

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// attempt is one delivery of one broker message in one lane: the events of it.
type attempt struct {
	name     string // of the broker message
	owed     int    // index of what it counts for
	receipt  broker.Receipt
	worker   int
	at       time.Duration // when it was delivered
	delivery int           // event: the delivery, or -1 where it came in a batch
	events   []int
	over     bool
	relays   []int // attempts of the relay at what this one has put into the outbox
	by       int   // of the relay: the attempt that put it there; -1 of a handler
}

// relayed reports whether it is the relay's.
func (a *attempt) relayed() bool { return a.receipt.Row > 0 }

// findAttempts sorts the events of a lane into attempts.
func (l *Lane) findAttempts() {
	place, posted := map[broker.Receipt]int{}, map[int32]int{} // the latter by row of the outbox
	l.attempt = place
	l.hands = make([][]int32, l.Run.World().Workers())
	events := l.Run.Events()
	for i := range events {
		l.pace.did(1)
		e := &events[i]
		switch {
		case e.Kind == sim.Restart:
			for k := range l.attempts {
				if a := &l.attempts[k]; !a.over {
					a.events, a.over = append(a.events, i), true
				}
			}
			continue
		case e.Kind != sim.Deliver && e.Op == 0 && e.Kind != sim.Nothing && e.Kind != sim.Crash:
			continue
		}
		k, known := place[e.Receipt]
		if !known {
			k = len(l.attempts)
			place[e.Receipt] = k
			l.attempts = append(l.attempts, attempt{
				name: l.Run.Name(e), owed: l.Run.World().Owed(int(e.Msg)), receipt: e.Receipt,
				worker: int(e.Worker), at: e.At, delivery: -1, by: -1,
			})
			if e.Relayed() {
				l.relays(k, e, posted)
			}
			l.hands[e.Worker] = append(l.hands[e.Worker], int32(k))
		}
		a := &l.attempts[k]
		if e.Kind == sim.Deliver {
			a.delivery = i
			continue
		}
		a.events = append(a.events, i)
		a.over = a.over || e.Finished
	}
}

// longPause is how long nothing happens in an attempt before the time is told
// again: others may have acted meanwhile.
const longPause = 5 * time.Second

// told returns what happened in an attempt, as phrases.
func (l *Lane) told(a *attempt, sp *speaker) Line {
	var s Line
	last := a.at
	for _, i := range a.events {
		at, said := l.Run.Events()[i].At, len(s)
		l.phrase(&s, i, sp)
		if l.waited(&l.Run.Events()[i]) {
			said++ // the wait is not what happened at last
		}
		if len(s) > said && at-last >= longPause {
			s[said].Text = "at " + Clock(at) + " " + s[said].Text
		}
		last = at
	}
	if len(s) == 0 || !a.over {
		s.join(Dim, "still at work as the run ends")
	}
	for _, k := range a.relays {
		l.toldRelay(&s, &l.attempts[k], l.Run.Len(), sp)
	}
	return s
}

// phrase appends what an event is in a few words, if it is worth any.
func (l *Lane) phrase(s *Line, i int, sp *speaker) {
	e := &l.Run.Events()[i]
	switch e.Kind {
	case sim.Crash:
		s.join(Fault, "[C] crashes "+l.before(e)+yesNo(e.Undone, ": rolled back", ""))
		return
	case sim.Restart:
		s.join(Fault, "[X] is restarted in the middle")
		return
	case sim.Nothing:
		s.join(Fault, yesNo(l.slows(e), "[S] "+l.waits(e), "[P] "+l.waits(e)+" "+l.before(e)))
		return
	case sim.Fail:
		s.join(Fault, "[F] "+e.Op.String()+" fails: "+l.notDone(e))
		return
	case sim.LoseAck:
		what := "its ack is lost"
		if e.Op == sim.OpReturn && e.Failed {
			what = "its nack is lost"
		}
		s.join(Fault, "[A] "+what)
		return
	}
	if l.waited(e) {
		s.join(Plain, "waits for the row lock")
	}
	if e.OutOfReach() {
		s.join(Fault, yesNo(e.Op.Place() == sim.InCache, "cannot reach its cache", "cannot reach its database"))
		if e.Finished {
			l.phraseReply(s, e, sp)
		}
	}
	if e.Deadlocked() {
		s.join(Fault, "deadlock: the database aborts its transaction")
		l.phraseReply(s, e, sp)
	}
	if e.Undone {
		s.join(Wrong, "rolled back: it never committed")
	}
	if !e.OutOfReach() && !e.Deadlocked() {
		l.phraseStep(s, i, e, sp)
	}
	if e.Kind == sim.LoseReply {
		s.join(Fault, "[R] but the reply is lost")
	}
}

func (l *Lane) fault(e *sim.Event) *sim.Fault { return &l.Run.Faults[e.Fault] }

// slows reports whether an event is the wait for a slow receiver. A worker that
// waits is at work; one that pauses is not.
func (l *Lane) slows(e *sim.Event) bool {
	return e.Kind == sim.Nothing && l.fault(e).Kind == sim.SlowFault
}

// freezes reports whether an event is a pause.
func (l *Lane) freezes(e *sim.Event) bool { return e.Kind == sim.Nothing && !l.slows(e) }

// waits says what a worker does that pauses, or waits for a slow receiver.
func (l *Lane) waits(e *sim.Event) string {
	if l.slows(e) {
		return "waits " + Length(l.fault(e).For) + " for " + trade(l.Run.Lane.Business).Whom
	}
	return "freezes for " + Length(l.fault(e).For)
}

// waited reports whether a step came later than its round trip, for the row that
// it writes was locked. A pause delays a step as well.
func (l *Lane) waited(e *sim.Event) bool {
	if !e.Op.Locks() || e.Cause < 0 {
		return false
	}
	c := &l.Run.Events()[e.Cause]
	usual := 2 * sim.DefaultTiming().Store
	if e.Op.Performs() {
		usual += sim.DefaultTiming().Effect
	}
	return c.Kind != sim.Nothing && e.At-c.At > usual
}

// before names the place between two steps at which something struck.
func (l *Lane) before(e *sim.Event) string {
	_, key := l.row(e)
	switch {
	case e.Relayed() && e.Op == sim.OpReturn:
		return "before it marks it sent"
	case e.Op == sim.OpReturn && l.hasAcked(e):
		return "as it ends"
	case e.Op == sim.OpReturn || e.Op == sim.OpAck:
		return "before its ack"
	case e.Op.Performs():
		return "before the effect"
	case e.Op.Marks():
		return "before it records " + cmp.Or(key, "it") // of a step that is yet to come nobody knows the key
	case e.Op.Checks():
		return "before it looks for " + cmp.Or(key, "it")
	}
	return "before " + e.Op.String()
}

// hasAcked reports whether the attempt that an event ends has sent its ack before.
func (l *Lane) hasAcked(end *sim.Event) bool {
	a, _ := l.by(end.Receipt)
	return slices.ContainsFunc(a.events, func(i int) bool {
		return l.event(i).Op == sim.OpAck && l.event(i).Kind != sim.Crash && l.event(i).Kind != sim.Nothing
	})
}

// row returns the table and key that a step was about.
func (l *Lane) row(e *sim.Event) (table, key string) {
	key = l.Run.Key(e)
	if at := strings.IndexByte(key, '/'); at >= 0 && e.Op.Place() == sim.InDB {
		return key[:at], key[at+1:]
	}
	return "", key
}

func (l *Lane) notDone(e *sim.Event) string {
	if e.Op.Performs() {
		return trade(l.Run.Lane.Business).Nothing
	}
	if e.Op == sim.OpCommit {
		return "rolled back"
	}
	return "nothing was done"
}

// phraseStep appends what a step did.
func (l *Lane) phraseStep(s *Line, i int, e *sim.Event, sp *speaker) {
	b := l.Run.Lane.Business
	table, key := l.row(e)
	switch e.Op {
	case sim.OpPerform, sim.OpPerformKey, sim.OpPerformUnique, sim.OpPerformFenced:
		l.phraseEffect(s, i, e)
	case sim.OpLookup:
		s.join(Plain, "asks "+trade(b).Whom+yesNo(e.Answer == 1, ": it is there", ": nothing there"))
	case sim.OpReturn, sim.OpAck:
		l.phraseReply(s, e, sp)
	case sim.OpPanic:
		s.join(Wrong, "panics: "+l.Run.Value(e))
	case sim.OpHas:
		s.join(found(e.Answer == 1), yesNo(e.Answer == 1, "finds "+key+" in its memory", "does not find "+key+" in its memory"))
	case sim.OpRemember:
		s.join(Plain, "remembers "+key)
	case sim.OpRememberWithin:
		s.join(found(e.Answer == 0), yesNo(e.Answer == 0, "finds "+key+" in its memory", "remembers "+key))
		if gone := l.Run.Evicted(e); gone != "" {
			s.join(Dim, "and forgets "+gone+" to make room")
		}
	case sim.OpUnremember:
		s.join(Plain, "forgets "+key)
	case sim.OpGet:
		if l.phraseStored(s, i) {
			return
		}
		s.join(found(e.Answer > 0), yesNo(e.Answer > 0, "finds ", "does not find ")+key+l.kept(e)+in(table))
	case sim.OpCacheGet:
		s.join(found(e.Answer > 0), yesNo(e.Answer > 0, "finds "+key+" "+l.Run.Answer(e), "does not find "+key))
	case sim.OpRedelivered:
		s.join(found(e.Answer == 1), yesNo(e.Answer == 1, "sees the redelivered flag", "sees no redelivered flag"))
	case sim.OpCacheAdd:
		s.join(found(e.Answer == 0), yesNo(e.Answer == 0, "finds "+key+" taken", "records "+key+quoted(l.Run.Value(e))))
	case sim.OpCacheSet:
		s.join(Plain, "records "+key+quoted(l.Run.Value(e)))
	case sim.OpInsert, sim.OpPutIfAbsent:
		s.join(found(e.Answer == 0), yesNo(e.Answer == 0, "finds "+key+in(table), "records "+key+in(table)))
	case sim.OpPut:
		s.join(Plain, "records "+key+in(table))
	case sim.OpDelete, sim.OpCacheDelete:
		s.join(Plain, "deletes "+key+in(table)+yesNo(l.anothers(i), ", which another worker has written", ""))
	case sim.OpSwap, sim.OpCacheSetIf:
		if l.looksAgain(i) {
			return // and that says what it found
		}
		s.join(Plain, yesNo(e.Answer == 1, "changes "+key+in(table)+" to"+quoted(l.Run.Value(e)), "cannot change "+key+in(table)))
	case sim.OpCacheDeleteIf:
		s.join(Plain, yesNo(e.Answer == 1, "deletes ", "does not delete ")+key+yesNo(e.Answer == 1, "", ": it is another's"))
	case sim.OpAdd:
		s.join(Plain, "counts "+key+" up to "+l.Run.Answer(e)+in(table))
	case sim.OpEnqueue:
		s.join(Plain, "puts it in the outbox")
	case sim.OpCommit:
		s.join(Plain, "commits")
	}
}

// kept is a number that a look has found, to be read behind its key. Of any other record
// it is enough that it is there.
func (l *Lane) kept(e *sim.Event) string {
	if value := strings.Trim(l.Run.Answer(e), `"`); value != "" && strings.Trim(value, "0123456789") == "" {
		return quoted(value)
	}
	return ""
}

func found(yes bool) Meaning { return yesNo(yes, OK, Plain) }

func in(table string) string {
	if table == "" {
		return ""
	}
	return " in " + table
}

// yesNo picks the one or the other.
func yesNo[T any](yes bool, a, b T) T {
	if yes {
		return a
	}
	return b
}

// What will become of an effect that does not last.
const (
	toBeRolledBack = ", to be rolled back"
	toBeLost       = ", to be lost in a failover"
)

// phraseEffect appends an effect; a second one is stamped AGAIN.
func (l *Lane) phraseEffect(s *Line, i int, e *sim.Event) {
	b := l.Run.Lane.Business
	switch n := l.effect[i]; {
	case e.Fenced():
		s.join(OK, trade(b).Whom+" has seen a higher token: "+trade(b).Nothing)
	case !e.Done:
		s.join(OK, trade(b).Whom+" knows the key: "+trade(b).Nothing)
	case n == 0:
		s.join(Dim, deed(b, l.message(e))+yesNo(l.settled[i] < 0, toBeRolledBack, toBeLost))
	case n == 1:
		s.join(Plain, deed(b, l.message(e)))
	default:
		s.join(Wrong, deed(b, l.message(e))+" AGAIN")
		if e.Op == sim.OpPerformKey && !b.HonoursKeys() || e.Op == sim.OpPerformUnique && !b.Local() {
			s.join(Dim, "for nobody honours the key")
		}
		if e.Op == sim.OpPerformFenced && !b.Local() {
			s.join(Dim, "for nobody checks the token")
		}
	}
}
