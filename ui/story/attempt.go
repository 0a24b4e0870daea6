package story

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/ui/words"
)

// Attempt is one delivery of one broker message in one lane: the events of it.
type Attempt struct {
	Name     string // of the broker message
	Owed     int    // index of what it counts for
	Receipt  broker.Receipt
	Worker   int
	At       time.Duration // when it was delivered
	Delivery int           // event: the delivery, or -1 where it came in a batch
	Events   []int
	Over     bool
	Relays   []int // attempts of the relay at what this one has put into the outbox
	by       int   // of the relay: the attempt that put it there; -1 of a handler
}

// Relayed reports whether it is the relay's.
func (a *Attempt) Relayed() bool { return a.Receipt.Row > 0 }

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
			for k := range l.Attempts {
				if a := &l.Attempts[k]; !a.Over {
					a.Events, a.Over = append(a.Events, i), true
				}
			}
			continue
		case e.Kind != sim.Deliver && e.Op == 0 && e.Kind != sim.Nothing && e.Kind != sim.Crash:
			continue
		}
		k, known := place[e.Receipt]
		if !known {
			k = len(l.Attempts)
			place[e.Receipt] = k
			l.Attempts = append(l.Attempts, Attempt{
				Name: l.Run.Name(e), Owed: l.Run.World().Owed(int(e.Msg)), Receipt: e.Receipt,
				Worker: int(e.Worker), At: e.At, Delivery: -1, by: -1,
			})
			if e.Relayed() {
				l.relays(k, e, posted)
			}
			l.hands[e.Worker] = append(l.hands[e.Worker], int32(k))
		}
		a := &l.Attempts[k]
		if e.Kind == sim.Deliver {
			a.Delivery = i
			continue
		}
		a.Events = append(a.Events, i)
		a.Over = a.Over || e.Finished
	}
}

// longPause is how long nothing happens in an attempt before the time is told
// again: others may have acted meanwhile.
const longPause = 5 * time.Second

// told returns what happened in an attempt, as phrases.
func (l *Lane) told(a *Attempt, sp *speaker) words.Line {
	var s words.Line
	last := a.At
	for _, i := range a.Events {
		at, said := l.Run.Events()[i].At, len(s)
		l.phrase(&s, i, sp)
		if l.waited(&l.Run.Events()[i]) {
			said++ // the wait is not what happened at last
		}
		if len(s) > said && at-last >= longPause {
			s[said].Text = "at " + words.Clock(at) + " " + s[said].Text
		}
		last = at
	}
	if len(s) == 0 || !a.Over {
		s.Join(words.Dim, "still at work as the run ends")
	}
	for _, k := range a.Relays {
		l.toldRelay(&s, &l.Attempts[k], l.Run.Len(), sp)
	}
	return s
}

// phrase appends what an event is in a few words, if it is worth any.
func (l *Lane) phrase(s *words.Line, i int, sp *speaker) {
	e := &l.Run.Events()[i]
	switch e.Kind {
	case sim.Crash:
		s.Join(words.Fault, "[C] crashes "+l.before(e)+words.Either(e.Undone, ": rolled back", ""))
		return
	case sim.Restart:
		s.Join(words.Fault, "[X] is restarted in the middle")
		return
	case sim.Nothing:
		s.Join(words.Fault, words.Either(l.slows(e), "[S] "+l.waits(e), "[P] "+l.waits(e)+" "+l.before(e)))
		return
	case sim.Fail:
		s.Join(words.Fault, "[F] "+e.Op.String()+" fails: "+l.notDone(e))
		return
	case sim.LoseAck:
		what := "its ack is lost"
		if e.Op == sim.OpReturn && e.Failed {
			what = "its nack is lost"
		}
		s.Join(words.Fault, "[A] "+what)
		return
	}
	if l.waited(e) {
		s.Join(words.Plain, "waits for the row lock")
	}
	if e.OutOfReach() {
		s.Join(words.Fault, words.Either(e.Op.Place() == sim.InCache, "cannot reach its cache", "cannot reach its database"))
		if e.Finished {
			l.phraseReply(s, e, sp)
		}
	}
	if e.Deadlocked() {
		s.Join(words.Fault, "deadlock: the database aborts its transaction")
		l.phraseReply(s, e, sp)
	}
	if e.Undone {
		s.Join(words.Wrong, "rolled back: it never committed")
	}
	if !e.OutOfReach() && !e.Deadlocked() {
		l.phraseStep(s, i, e, sp)
	}
	if e.Kind == sim.LoseReply {
		s.Join(words.Fault, "[R] but the reply is lost")
	}
}

// FaultOf returns the fault that made an event happen: there is one.
func (l *Lane) FaultOf(e *sim.Event) *sim.Fault { return &l.Run.Faults[e.Fault] }

// slows reports whether an event is the wait for a slow receiver. A worker that
// waits is at work; one that pauses is not.
func (l *Lane) slows(e *sim.Event) bool {
	return e.Kind == sim.Nothing && l.FaultOf(e).Kind == sim.SlowFault
}

// Freezes reports whether an event is a pause.
func (l *Lane) Freezes(e *sim.Event) bool { return e.Kind == sim.Nothing && !l.slows(e) }

// waits says what a worker does that pauses, or waits for a slow receiver.
func (l *Lane) waits(e *sim.Event) string {
	if l.slows(e) {
		return "waits " + words.Length(l.FaultOf(e).For) + " for " + l.Run.Lane.Business.Words().Whom
	}
	return "freezes for " + words.Length(l.FaultOf(e).For)
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
	_, key := l.About(e)
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
	return slices.ContainsFunc(a.Events, func(i int) bool {
		return l.Event(i).Op == sim.OpAck && l.Event(i).Kind != sim.Crash && l.Event(i).Kind != sim.Nothing
	})
}

// About returns the table and key that a step was about.
func (l *Lane) About(e *sim.Event) (table, key string) {
	key = l.Run.Key(e)
	if at := strings.IndexByte(key, '/'); at >= 0 && e.Op.Place() == sim.InDB {
		return key[:at], key[at+1:]
	}
	return "", key
}

func (l *Lane) notDone(e *sim.Event) string {
	if e.Op.Performs() {
		return l.Run.Lane.Business.Words().Nothing
	}
	if e.Op == sim.OpCommit {
		return "rolled back"
	}
	return "nothing was done"
}

// phraseStep appends what a step did.
func (l *Lane) phraseStep(s *words.Line, i int, e *sim.Event, sp *speaker) {
	b := l.Run.Lane.Business
	table, key := l.About(e)
	switch e.Op {
	case sim.OpPerform, sim.OpPerformKey, sim.OpPerformUnique, sim.OpPerformFenced:
		l.phraseEffect(s, i, e)
	case sim.OpLookup:
		s.Join(words.Plain, "asks "+b.Words().Whom+words.Either(e.Answer == 1, ": it is there", ": nothing there"))
	case sim.OpReturn, sim.OpAck:
		l.phraseReply(s, e, sp)
	case sim.OpPanic:
		s.Join(words.Wrong, "panics: "+l.Run.Value(e))
	case sim.OpHas:
		s.Join(found(e.Answer == 1), words.Either(e.Answer == 1, "finds "+key+" in its memory", "does not find "+key+" in its memory"))
	case sim.OpRemember:
		s.Join(words.Plain, "remembers "+key)
	case sim.OpRememberWithin:
		s.Join(found(e.Answer == 0), words.Either(e.Answer == 0, "finds "+key+" in its memory", "remembers "+key))
		if gone := l.Run.Evicted(e); gone != "" {
			s.Join(words.Dim, "and forgets "+gone+" to make room")
		}
	case sim.OpUnremember:
		s.Join(words.Plain, "forgets "+key)
	case sim.OpGet:
		if l.phraseStored(s, i) {
			return
		}
		s.Join(found(e.Answer > 0), words.Either(e.Answer > 0, "finds ", "does not find ")+key+l.kept(e)+in(table))
	case sim.OpCacheGet:
		s.Join(found(e.Answer > 0), words.Either(e.Answer > 0, "finds "+key+" "+l.Run.Answer(e), "does not find "+key))
	case sim.OpRedelivered:
		s.Join(found(e.Answer == 1), words.Either(e.Answer == 1, "sees the redelivered flag", "sees no redelivered flag"))
	case sim.OpCacheAdd:
		s.Join(found(e.Answer == 0), words.Either(e.Answer == 0, "finds "+key+" taken", "records "+key+quoted(l.Run.Value(e))))
	case sim.OpCacheSet:
		s.Join(words.Plain, "records "+key+quoted(l.Run.Value(e)))
	case sim.OpInsert, sim.OpPutIfAbsent:
		s.Join(found(e.Answer == 0), words.Either(e.Answer == 0, "finds "+key+in(table), "records "+key+in(table)))
	case sim.OpPut:
		s.Join(words.Plain, "records "+key+in(table))
	case sim.OpDelete, sim.OpCacheDelete:
		s.Join(words.Plain, "deletes "+key+in(table)+words.Either(l.anothers(i), ", which another worker has written", ""))
	case sim.OpSwap, sim.OpCacheSetIf:
		if l.looksAgain(i) {
			return // and that says what it found
		}
		s.Join(words.Plain, words.Either(e.Answer == 1, "changes "+key+in(table)+" to"+quoted(l.Run.Value(e)), "cannot change "+key+in(table)))
	case sim.OpCacheDeleteIf:
		s.Join(words.Plain, words.Either(e.Answer == 1, "deletes ", "does not delete ")+key+words.Either(e.Answer == 1, "", ": it is another's"))
	case sim.OpAdd:
		s.Join(words.Plain, "counts "+key+" up to "+l.Run.Answer(e)+in(table))
	case sim.OpEnqueue:
		s.Join(words.Plain, "puts it in the outbox")
	case sim.OpCommit:
		s.Join(words.Plain, "commits")
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

func found(yes bool) words.Meaning { return words.Either(yes, words.OK, words.Plain) }

func in(table string) string {
	if table == "" {
		return ""
	}
	return " in " + table
}

// What will become of an effect that does not last.
const (
	toBeRolledBack = ", to be rolled back"
	toBeLost       = ", to be lost in a failover"
)

// phraseEffect appends an effect; a second one is stamped AGAIN.
func (l *Lane) phraseEffect(s *words.Line, i int, e *sim.Event) {
	b := l.Run.Lane.Business
	switch n := l.effect[i]; {
	case e.Fenced():
		s.Join(words.OK, b.Words().Whom+" has seen a higher token: "+b.Words().Nothing)
	case !e.Done:
		s.Join(words.OK, b.Words().Whom+" knows the key: "+b.Words().Nothing)
	case n == 0:
		s.Join(words.Dim, words.Deed(b, l.MessageOf(e))+words.Either(l.settled[i] < 0, toBeRolledBack, toBeLost))
	case n == 1:
		s.Join(words.Plain, words.Deed(b, l.MessageOf(e)))
	default:
		s.Join(words.Wrong, words.Deed(b, l.MessageOf(e))+" AGAIN")
		if e.Op == sim.OpPerformKey && !b.HonoursKeys() || e.Op == sim.OpPerformUnique && !b.Local() {
			s.Join(words.Dim, "for nobody honours the key")
		}
		if e.Op == sim.OpPerformFenced && !b.Local() {
			s.Join(words.Dim, "for nobody checks the token")
		}
	}
}

// phraseReply appends what the queue made of an ack or nack.
func (l *Lane) phraseReply(s *words.Line, e *sim.Event, sp *speaker) {
	switch e.Reply {
	case sim.Taken:
		switch {
		case e.Late == sim.AfterDone:
			s.Join(words.Fault, "its ack comes late and changes nothing: it was done already")
		case e.Late != sim.InTime:
			s.Join(words.Fault, "its ack comes late and counts")
		case e.Relayed():
			s.Join(words.Plain, "marks it sent")
		case e.Op == sim.OpAck:
			s.Join(words.Plain, "says done"+sp.term("done")+" first")
		default:
			s.Join(words.Plain, "done"+sp.term("done"))
		}
	case sim.AckIgnored:
		s.Join(words.Fault, "its ack comes too late and is ignored")
	case sim.AckRejected:
		s.Join(words.Fault, "its ack comes too late and is rejected")
	case sim.Returned:
		if e.Relayed() {
			s.Join(words.Plain, "leaves it for later")
			return
		}
		s.Join(words.Plain, "gives it back"+sp.term("back")+l.reason(e))
	case sim.Buried:
		s.Join(words.Wrong, "parked"+sp.term("parked")+": delivered too often")
	case sim.Discarded:
		s.Join(words.Wrong, "dropped: the delivery limit is reached, and there is no dead-letter queue")
	case sim.NackIgnored:
		s.Join(words.Fault, "its nack comes too late and is ignored")
	case sim.NotYet:
		s.Join(words.Dim, "waits for the rest of its batch")
	}
}

// reason is why a handler nacks, if that is its own decision. An error that it was
// answered has been told already.
func (l *Lane) reason(e *sim.Event) string {
	switch say := l.Run.Value(e); say {
	case "", sim.ErrUnavailable.Error(), sim.ErrNoReply.Error(), sim.ErrAckRejected.Error(), sim.ErrFenced.Error():
		return ""
	default:
		return ": " + say
	}
}

// quoted is a value, to be read behind the key that it belongs to.
func quoted(value string) string {
	if value == "" {
		return ""
	}
	return ` "` + value + `"`
}

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
	e := l.Event(i)
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
	e := l.Event(i)
	if e.Op != sim.OpGet || e.Kind != sim.Step || e.Cause < 0 {
		return nil
	}
	c := l.Event(int(e.Cause))
	if c.Op != sim.OpSwap || c.Kind != sim.Step || c.Answer == 1 || c.Receipt != e.Receipt || l.Run.Key(c) != l.Run.Key(e) {
		return nil
	}
	return c
}

// looksAgain reports whether an attempt reads the row next that it could not change.
func (l *Lane) looksAgain(i int) bool {
	a, _ := l.by(l.Event(i).Receipt)
	events := a.Events
	for n, at := range events {
		if at == i {
			return n+1 < len(events) && l.lookedBefore(events[n+1]) != nil
		}
	}
	return false
}

// phraseStored appends what a consumer does that finds a result, or a request that is
// not this one; false if it finds neither.
func (l *Lane) phraseStored(s *words.Line, i int) bool {
	_, key := l.About(l.Event(i))
	switch l.stored(i) {
	case firstResult:
		s.Join(words.OK, "answers with the result of the first time")
	case otherRequest:
		s.Join(words.Fault, "refuses it: under "+key+" another request is stored")
	default:
		return false
	}
	return true
}

// WorkerName returns what a worker of the lane is called, counting from 0.
func (l *Lane) WorkerName(n int) string {
	if l.Run.World().Relay() == n {
		return "relay"
	}
	return WorkerName(n)
}

// whom names a worker in a sentence: worker 2, the relay.
func (l *Lane) whom(n int8) string {
	if l.Run.World().Relay() == int(n) {
		return "the relay"
	}
	return "worker " + words.Grouped(int64(n)+1)
}

// relays notes that attempt k is the relay's, and which attempt put its row into the
// outbox: that is told in one breath.
func (l *Lane) relays(k int, e *sim.Event, posted map[int32]int) {
	row := e.Receipt.Row
	if _, known := posted[row]; !known {
		commit := &l.Run.Events()[e.Cause]
		by, known := l.attempt[broker.Receipt{Msg: commit.Receipt.Msg, Delivery: commit.Receipt.Delivery}]
		posted[row] = words.Either(known, by, -1)
	}
	if by := posted[row]; by >= 0 {
		l.Attempts[k].by = by
		l.Attempts[by].Relays = append(l.Attempts[by].Relays, k)
	}
}

// poster returns the attempt that put into the outbox what the relay handles in
// another, if it did.
func (l *Lane) poster(a *Attempt) (by *Attempt, relayed bool) {
	if a.by >= 0 {
		return &l.Attempts[a.by], true
	}
	return &Nobody, false
}

// posts reports whether a commit put something into the outbox that the relay took.
func (l *Lane) posts(commit *sim.Event) bool {
	a, _ := l.by(commit.Receipt)
	return len(a.Relays) > 0
}

// toldRelay appends what the relay did in an attempt, of what had happened before an
// event. The first follows the commit at once; a later one says when it was.
func (l *Lane) toldRelay(s *words.Line, a *Attempt, upto int, sp *speaker) {
	if a.Begins() >= upto {
		return
	}
	var told words.Line
	for _, i := range a.Events {
		if i < upto {
			l.phrase(&told, i, sp)
		}
	}
	if len(told) == 0 {
		told.Add(words.Plain, "takes it")
	}
	who := "relay: "
	if by, _ := l.poster(a); a.Receipt.Delivery > 1 || a.At-by.At >= longPause {
		who = "relay at " + words.Clock(a.At) + ": "
	}
	told[0].Text = who + told[0].Text
	if upto == l.Run.Len() && !a.Over {
		told.Join(words.Dim, "still at work as the run ends")
	}
	if len(*s) > 0 {
		(*s)[len(*s)-1].Text += ";"
	}
	*s = append(*s, told...)
}

// Doings returns the events of an attempt, and then those of the relay at what it has
// put into the outbox.
func (l *Lane) Doings(a *Attempt) []int {
	if len(a.Relays) == 0 {
		return a.Events
	}
	all := append([]int(nil), a.Events...)
	for _, k := range a.Relays {
		all = append(all, l.Attempts[k].Events...)
	}
	return all
}

// whyRelayed says why the relay takes a row once more.
func whyRelayed(c *sim.Event) string {
	switch {
	case c.Kind == sim.Crash || c.Op == sim.OpPanic:
		return "the relay died before it had marked it sent"
	case c.Kind == sim.Restart:
		return "the relay was restarted before it had marked it sent"
	}
	return "the relay heard of an error, and left it for later"
}

// StruckOf returns the events of an attempt among which a fault finds its point: with
// a relay, what strikes at the effect strikes there.
func (l *Lane) StruckOf(a *Attempt, f *sim.Fault) []int {
	switch {
	case !f.AtEffect() || l.Consumer.Relay == nil:
		return a.Events
	case len(a.Relays) == 0:
		return nil
	}
	return l.Attempts[a.Relays[0]].Events
}

// takes says that the relay takes a row and, once more, why.
func (l *Lane) takes(e *sim.Event) words.Line {
	text := "the relay takes " + l.Run.Name(e)
	if e.Receipt.Delivery > 1 {
		text += " again: " + strings.Replace(whyRelayed(l.Event(int(e.Cause))), "the relay", "it", 1)
	}
	return words.Say(words.Plain, text)
}
