package tell

import (
	"cmp"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
)

// Work tells what an event is in the attempt that it is part of.
func (t *Teller) Work(i int) Clause {
	e := t.event(i)
	c := Clause{who: t.Whom(e.Worker), about: t.run.Name(e)}
	switch says := t.says(e, t.run.Name(e)); {
	case e.Kind == sim.Restart:
		c.fault(t.badge(e), "is restarted in the middle")
		return c
	case e.Kind == sim.Nothing:
		c.fault(t.badge(e), says).more = pick(t.Slows(e), "", " "+t.Before(e))
		return c
	case e.Kind.Fails():
		if c.fault(t.badge(e), says).more = ": " + t.NotDone(e); e.Finished {
			t.reply(&c, i, e)
		}
		return c
	case e.Kind == sim.LoseAck:
		c.fault(t.badge(e), pick(e.Failed, "its nack is lost", says))
		return c
	case e.Kind.Precedes():
		c.fault(t.badge(e), says).more = " " + t.Before(e) + t.grace(e)
		if e.Undone {
			c.add(Fault, "and is rolled back")
		}
		return c
	}
	if t.Waited(e) {
		c.add(Plain, pick(e.Op == sim.OpAdvisoryLock, "waits for the lock", "waits for the row lock")).wait = true
	}
	switch {
	case e.OutOfReach():
		c.fault(0, pick(e.Op.Place() == sim.InCache, "cannot reach its cache", "cannot reach its database"))
		if e.Finished {
			t.reply(&c, i, e)
		}
	case e.Deadlocked():
		c.fault(0, "deadlock: the database aborts its transaction")
		t.reply(&c, i, e)
	case e.Aborted():
		c.fault(0, pick(e.Op == sim.OpCommit, "cannot commit: its transaction is aborted", "its transaction is aborted: nothing is done"))
		if e.Finished {
			t.reply(&c, i, e)
		}
	}
	if e.Undone {
		c.add(Wrong, "rolled back: it never committed")
	}
	switch {
	case e.OutOfReach() || e.Deadlocked() || e.Aborted():
	case e.Kind.IsFault():
		t.unanswered(&c, i, e)
		c.fault(t.badge(e), t.says(e, c.about))
	default:
		t.step(&c, i, e)
	}
	return c
}

// grace says how long a worker that is killed had to end, or nothing of another.
func (t *Teller) grace(e *sim.Event) string {
	if e.Kind != sim.Kill || e.Fault < 0 {
		return ""
	}
	return ": its " + Length(t.run.Faults[e.Fault].Drain) + " are over"
}

// Slows reports whether an event is the wait for a slow receiver. A worker that
// waits is at work; one that pauses is not.
func (t *Teller) Slows(e *sim.Event) bool {
	return e.Kind == sim.Nothing && t.run.Faults[e.Fault].Kind == sim.SlowFault
}

// Waits says what a worker does that pauses, or waits for a slow receiver.
func (t *Teller) Waits(e *sim.Event) string { return t.says(e, "") }

// Waited reports whether a step came later than its round trip, for the row that
// it writes was locked. A pause delays a step as well.
func (t *Teller) Waited(e *sim.Event) bool {
	if !t.run.Lane.Locks(e.Op) || e.Cause < 0 {
		return false
	}
	usual := 2 * sim.DefaultTiming().Store
	if e.Op.Performs() {
		usual += sim.DefaultTiming().Effect
	}
	c := t.event(int(e.Cause))
	if c.Receipt != e.Receipt { // it came in a batch, and was begun when what came before it was done
		for k := int(e.Cause) + 1; k < t.run.Len() && t.event(k) != e; k++ {
			if o := t.event(k); o.Worker == e.Worker && o.Kind.AtWork() {
				c = o
			}
		}
	}
	return c.Kind != sim.Nothing && e.At-c.At > usual
}

// Before names the place between two steps at which something struck.
func (t *Teller) Before(e *sim.Event) string {
	_, key := t.run.Row(e)
	switch {
	case e.Relayed() && e.Op == sim.OpReturn:
		return "before it " + t.run.Lane.Consumer.Mark().Does
	case e.Op == sim.OpReturn && t.before(e, acks):
		return "as it ends"
	case e.Op == sim.OpReturn || e.Op == sim.OpAck:
		return "before its ack"
	case e.Op.Performs() && t.run.Part(e) != t.run.Lane.Business:
		return "before " + t.words(e).Act
	case e.Op.Performs():
		return "before the effect"
	case e.Op.Marks():
		return "before it records " + cmp.Or(key, "it") // of a step that is yet to come nobody knows the key
	case e.Op.Checks():
		return "before it looks for " + cmp.Or(key, "it")
	}
	return "before " + e.Op.String()
}

// before reports whether something is so of an event before another in its attempt.
func (t *Teller) before(e *sim.Event, is func(*sim.Event) bool) bool {
	for k := e.Cause; k >= 0 && t.event(int(k)).Receipt == e.Receipt; k = t.event(int(k)).Cause {
		c := t.event(int(k))
		if c.Kind == sim.Deliver || c.Kind == sim.Begin {
			return false
		}
		if is(c) {
			return true
		}
	}
	return false
}

func acks(e *sim.Event) bool { return e.Op == sim.OpAck && e.Kind.TakesStep() }

func performs(e *sim.Event) bool { return e.Op.Performs() && e.Kind.TakesStep() }

// NotDone says what an error has left undone.
func (t *Teller) NotDone(e *sim.Event) string {
	switch {
	case e.Op.Performs():
		return t.words(e).Nothing
	case e.Op == sim.OpCommit:
		return "rolled back"
	}
	return "nothing was done"
}

// found is what it means that something was there.
func found(yes bool) Meaning { return pick(yes, OK, Plain) }

func in(table string) string { return pick(table == "", "", " in "+table) }

// Quoted is a value, to be read behind the key that it belongs to.
func Quoted(value string) string { return pick(value == "", "", " "+strconv.Quote(value)) }

// step tells a step, and what it was answered.
func (t *Teller) step(c *Clause, i int, e *sim.Event) {
	switch yes := e.Answer == 1; {
	case e.Op.Performs():
		t.effect(c, i, e)
	case e.Op == sim.OpReturn || e.Op == sim.OpAck:
		t.reply(c, i, e)
	case e.Op == sim.OpPanic:
		c.add(Wrong, "panics: "+t.run.Value(e))
	case e.Op == sim.OpLookup:
		c.add(Plain, "asks "+t.words(e).Whom+pick(yes, ": it is there", ": nothing there"))
	case e.Op == sim.OpRedelivered:
		c.add(found(yes), pick(yes, "sees the redelivered flag", "sees no redelivered flag"))
	case e.Op == sim.OpDeliveries:
		c.add(Plain, "asks how often it came: "+t.run.Answer(e)).minor = true
	case e.Op == sim.OpNewID:
		c.add(Plain, "makes up the ID "+t.run.Answer(e)).minor = true
	case e.Op == sim.OpBegin:
		c.add(Plain, "begins a transaction").minor = true
	case e.Op == sim.OpRollback:
		c.add(Plain, "rolls back").minor = true
	case e.Op == sim.OpCommit && e.Reply == sim.AckRejected:
		c.fault(0, "cannot commit: its ack is rejected").more = ", for the message is no longer its own"
	case e.Op == sim.OpCommit && e.Reply == sim.Taken:
		c.add(Plain, "commits, and its ack with it")
	case e.Op == sim.OpCommit && e.Skipped:
		c.add(Wrong, "commits a row behind the cursor").more = ": no relay will read it"
	case e.Op == sim.OpCommit:
		c.add(Plain, "commits")
	case e.Op == sim.OpTxAck:
		c.add(Plain, pick(yes, "acks in the transaction", "has no queue in the database to ack in")).minor = true
	case e.Op == sim.OpEnqueue:
		c.add(Plain, "puts "+pick(t.run.Part(e) != t.run.Lane.Business, "the "+t.words(e).Effect, "it")+" in the outbox")
	default:
		t.record(c, i, e)
	}
}

// record tells a step that is about a record.
func (t *Teller) record(c *Clause, i int, e *sim.Event) {
	table, key := t.run.Row(e)
	there := key + in(table)
	switch yes := e.Answer == 1; e.Op {
	case sim.OpHas:
		c.add(found(yes), pick(yes, "finds ", "does not find ")+key+" in its memory")
	case sim.OpRemember:
		c.add(Plain, "remembers "+key)
	case sim.OpRememberWithin:
		c.add(found(!yes), pick(yes, "remembers "+key, "finds "+key+" in its memory"))
		if gone := t.run.Evicted(e); gone != "" {
			c.add(Dim, "and forgets "+gone+" to make room")
		}
	case sim.OpUnremember:
		c.add(Plain, "forgets "+key)
	case sim.OpGet:
		t.read(c, i, e)
	case sim.OpCacheGet:
		c.add(found(e.Answer > 0), pick(e.Answer > 0, "finds "+key+" "+t.run.Answer(e), "does not find "+key))
	case sim.OpCacheAdd:
		c.add(found(!yes), pick(yes, "records "+key+Quoted(t.run.Value(e)), "finds "+key+" taken"))
	case sim.OpCacheSet:
		c.add(Plain, "records "+key+Quoted(t.run.Value(e)))
	case sim.OpInsert, sim.OpPutIfAbsent:
		c.add(found(!yes), pick(yes, "records ", "finds ")+there).minor = t.readNext(i) >= 0 // and that says what it found
	case sim.OpInsertOrFail:
		c.add(found(!yes), pick(yes, "records "+there, "unique violation: finds "+there))
	case sim.OpLock, sim.OpLockNoWait, sim.OpLockSkipLocked, sim.OpAdvisoryLock, sim.OpTryAdvisoryLock, sim.OpAdvisoryUnlock:
		t.lock(c, e, key, there)
	case sim.OpPut:
		c.add(Plain, "records "+there)
	case sim.OpDelete, sim.OpCacheDelete:
		c.add(Plain, "deletes "+there+pick(t.anothers(i), ", which another worker has written", ""))
	case sim.OpSwap, sim.OpCacheSetIf:
		if yes {
			c.add(Plain, "changes "+there+" to"+Quoted(t.run.Value(e)))
		} else {
			c.add(Plain, "cannot change "+there).minor = t.looksAgain(i) // and that says what it found
		}
	case sim.OpCacheDeleteIf:
		c.add(Plain, pick(yes, "deletes "+key, "does not delete "+key+": "+t.whyNot(i)))
	case sim.OpAdd:
		c.add(Plain, "counts "+key+" up to "+t.run.Answer(e)+in(table))
	}
}

// lock tells a step about a lock. Of a row that is skipped nothing says whether it is there.
func (t *Teller) lock(c *Clause, e *sim.Event, key, there string) {
	yes := e.Answer == 1
	switch e.Op {
	case sim.OpLock:
		c.add(Plain, pick(yes, "locks "+there, "finds no row "+there+" to lock"))
	case sim.OpLockNoWait:
		c.add(found(e.Answer < 0), pick(yes, "locks "+there, pick(e.Answer < 0, "finds "+there+" locked", "finds no row "+there+" to lock")))
	case sim.OpLockSkipLocked:
		c.add(found(!yes), pick(yes, "locks "+there, "gets no row "+there+": locked or not there"))
	case sim.OpAdvisoryLock, sim.OpTryAdvisoryLock:
		c.add(found(!yes), pick(yes, "takes the lock "+key, "finds the lock "+key+" held"))
	case sim.OpAdvisoryUnlock:
		c.add(Plain, pick(yes, "frees the lock "+key, "frees no lock "+key+": it does not hold it"))
	}
}

// unanswered tells a step whose answer nobody got: what it would have said is not known.
func (t *Teller) unanswered(c *Clause, i int, e *sim.Event) {
	_, key := t.run.Row(e)
	switch e.Op {
	case sim.OpCacheGet:
		c.add(Plain, "looks for "+key)
	case sim.OpLookup:
		c.add(Plain, "asks "+t.words(e).Whom)
	case sim.OpCacheAdd:
		c.add(Plain, "records "+key+" if it is new")
	case sim.OpCacheSetIf:
		c.add(Plain, "changes "+key+" if it can")
	case sim.OpCacheDeleteIf:
		c.add(Plain, "deletes "+key+" if it can")
	default:
		t.step(c, i, e)
	}
}

// effect tells an effect; one too many is stamped AGAIN or what else the business says.
func (t *Teller) effect(c *Clause, i int, e *sim.Event) {
	b, does := t.run.Part(e), ForWhom(t.words(e).Does, t.owed(e))
	switch n := t.marks.Nth[i]; {
	case e.Conflict():
		c.fault(0, t.words(e).Whom+" is still at work on that key and refuses").more = ": " + t.words(e).Nothing
	case e.OtherBody():
		c.fault(0, t.words(e).Whom+" knows the key from another body and refuses").more = ": " + t.words(e).Nothing
	case !e.Done && e.Op == sim.OpPerformFenced:
		c.add(OK, t.words(e).Whom+" has seen a higher token: "+t.words(e).Nothing)
	case !e.Done:
		c.add(OK, t.words(e).Whom+" knows the key: "+t.words(e).Nothing)
	case n == sim.Unchanged:
		c.add(Plain, does).end = ", which changes nothing"
	case n == 0 && t.marks.Settled[i] >= 0:
		c.add(Dim, does).end = ", to be lost in a failover"
	case n == 0 && t.end(i) == nil:
		c.add(Plain, does).end = ", not committed yet"
	case n == 0:
		c.add(Dim, does).end = ", to be rolled back"
	case n == 1:
		c.add(Plain, does)
	default:
		c.add(Wrong, does+" "+t.words(e).Again)
		if e.Op == sim.OpPerformKey && !b.HonoursKeys() || e.Op == sim.OpPerformUnique && !b.Local() {
			c.add(Dim, "for nobody honours the key")
		}
		if e.Op == sim.OpPerformFenced && !b.Local() {
			c.add(Dim, "for nobody checks the token")
		}
	}
}

// reply tells what the queue made of an ack or nack.
func (t *Teller) reply(c *Clause, i int, e *sim.Event) {
	switch e.Reply {
	case sim.Taken:
		t.acked(c, i, e)
	case sim.AckIgnored:
		c.fault(0, "its ack comes too late and is ignored")
	case sim.AckRejected:
		c.fault(0, pick(e.Rejects, "its reject comes too late and is refused", "its ack comes too late and is rejected"))
	case sim.NackIgnored:
		c.fault(0, "its "+pick(e.Rejects, "reject", "nack")+" comes too late and is ignored")
	case sim.Returned:
		if e.Relayed() {
			c.add(Plain, "leaves it for later")
			return
		}
		p := c.add(Plain, "gives it back")
		p.term, p.more = Back, t.reason(e)
	case sim.Buried:
		p := c.add(Wrong, "parked")
		p.term, p.more = Parked, pick(e.Rejects, ": rejected, so that it never comes again", ": delivered too often")
	case sim.Discarded:
		c.add(Wrong, "dropped: there is no dead-letter queue").more = pick(e.Rejects, ", and it was rejected", ", and the delivery limit is reached")
	case sim.NotYet:
		c.add(Dim, "waits for the rest of its batch")
	default:
		c.add(Plain, "ends, having acked before").minor = true
	}
}

// acked tells an ack that the queue has taken.
func (t *Teller) acked(c *Clause, i int, e *sim.Event) {
	back := t.takenBack(i)
	switch {
	case len(back) > 0:
		c.fault(0, "its ack comes late and counts").more = ": the position goes back, before " + strings.Join(back, ", ")
	case e.Late == sim.AfterDone:
		c.fault(0, "its ack comes late and changes nothing").more = ": it was done already"
	case e.Late != sim.InTime:
		c.fault(0, "its ack comes late and counts")
	case e.Relayed():
		if c.add(Plain, t.run.Lane.Consumer.Mark().Does); e.Skipped {
			c.add(Wrong, "past a row that it never read")
		}
	default:
		p := c.add(Plain, "acks")
		p.term, p.more = Acks, pick(e.Op == sim.OpAck && !t.before(e, performs), " first", "")
		if with := t.settledWith(i); len(with) > 0 {
			unit := t.run.Lane.Queue.AckUnit
			p.more += ", and " + strings.Join(with, ", ") + " with it (" + unit.String() + " ack)"
		}
	}
}

// takenBack names the messages whose ack stands no more after an older one that counts.
func (t *Teller) takenBack(ack int) []string {
	var back []string
	if !t.run.Lane.Queue.TakesBack() || t.event(ack).Late == sim.InTime {
		return nil
	}
	was, is := t.run.At(ack), t.run.At(ack+1)
	for n := range is.Queue().Len() {
		if was.Queue().State(n) == broker.Acked && is.Queue().State(n) == broker.InFlight {
			back = append(back, is.Name(n))
		}
	}
	return back
}

// settledWith names the other messages that an ack settles, where it can speak for more
// than one.
func (t *Teller) settledWith(ack int) []string {
	if t.run.Lane.Queue.AckUnit == broker.AckEach {
		return nil
	}
	if t.settled == nil {
		t.settled = map[int][]string{}
		done := map[int]bool{}
		at := t.run.Player()
		for i := range t.run.Events() {
			if e := t.event(i); e.Op != sim.OpReturn && e.Op != sim.OpAck || e.Reply != sim.Taken || e.Relayed() {
				continue
			}
			w := at.At(i + 1)
			for n := range w.Queue().Len() {
				if done[n] || w.Queue().State(n) != broker.Acked {
					continue
				}
				if done[n] = true; n != int(t.event(i).Receipt.Msg) {
					t.settled[i] = append(t.settled[i], t.run.World().Name(n))
				}
			}
		}
	}
	return t.settled[ack]
}

// reason is why a handler nacks, if nothing that was told before says it: that a step
// was answered with an error.
func (t *Teller) reason(e *sim.Event) string {
	say := t.run.Value(e)
	if say == "" || e.Op != sim.OpReturn || t.before(e, func(c *sim.Event) bool { return c.Answer < 0 && t.run.Answer(c) == say }) {
		return ""
	}
	return ": " + say
}

// Found is what a consumer finds that keeps what was asked and what was answered.
type Found uint8

// What it finds.
const (
	NoResult     Found = iota
	FirstResult        // the same request, and what it was answered
	OtherRequest       // its key was used for something else
)

// Found says what a read finds, if it looks into a row that could not be changed
// just before: the result is there if it reads what the attempt was about to write.
func (t *Teller) Found(i int) Found {
	e := t.event(i)
	swap := t.lookedBefore(i)
	if swap == nil || e.Answer <= 0 {
		return NoResult
	}
	return pick(t.run.Answer(e) == strconv.Quote(t.run.Value(swap)), FirstResult, OtherRequest)
}

// lookedBefore returns the failed change after which a step reads the same row, or nil.
func (t *Teller) lookedBefore(i int) *sim.Event {
	e := t.event(i)
	if e.Op != sim.OpGet || e.Kind != sim.Step || e.Cause < 0 {
		return nil
	}
	c := t.event(int(e.Cause))
	if c.Op != sim.OpSwap || c.Kind != sim.Step || c.Answer == 1 || c.Receipt != e.Receipt || t.run.Key(c) != t.run.Key(e) {
		return nil
	}
	return c
}

// looksAgain reports whether an attempt reads the row next that it could not change.
func (t *Teller) looksAgain(i int) bool {
	for k := i + 1; k < t.run.Len(); k++ {
		if e := t.event(k); e.Receipt == t.event(i).Receipt && e.Worker == t.event(i).Worker {
			return t.lookedBefore(k) != nil
		}
	}
	return false
}

// readNext returns the next event of an attempt, if that reads the row which the i-th has
// found taken, or -1.
func (t *Teller) readNext(i int) int {
	e := t.event(i)
	if e.Op != sim.OpPutIfAbsent || e.Answer != 0 || e.Kind != sim.Step {
		return -1
	}
	table, key := t.run.Row(e)
	for k := i + 1; k < t.run.Len(); k++ {
		next := t.event(k)
		if next.Receipt != e.Receipt || next.Worker != e.Worker {
			continue
		}
		if in, of := t.run.Row(next); next.Op != sim.OpGet || next.Answer <= 0 || in != table || of != key {
			return -1
		}
		return k
	}
	return -1
}

// rereads reports whether an event reads a row that the step before has found taken.
func (t *Teller) rereads(i int) bool {
	before := t.event(i).Cause
	return before >= 0 && t.readNext(int(before)) == i
}

// read tells what a look into a table has found.
func (t *Teller) read(c *Clause, i int, e *sim.Event) {
	table, key := t.run.Row(e)
	switch t.Found(i) {
	case FirstResult:
		c.add(OK, "answers with the result of the first time")
	case OtherRequest:
		c.fault(0, "refuses it: under "+key+" another request is stored")
	default:
		value := t.number(e)
		if t.rereads(i) {
			value = " " + t.run.Answer(e)
		}
		c.add(found(e.Answer > 0), pick(e.Answer > 0, "finds ", "does not find ")+key+value+in(table))
	}
}

// number is a number that a look has found, to be read behind its key. Of any other record
// it is enough that it is there.
func (t *Teller) number(e *sim.Event) string {
	value, _ := strconv.Unquote(t.run.Answer(e))
	if _, err := strconv.Atoi(value); err != nil {
		return ""
	}
	return Quoted(value)
}

// anothers reports whether a record that an event deletes was another attempt's.
func (t *Teller) anothers(i int) bool {
	wrote := t.Wrote(i)
	return wrote >= 0 && t.event(wrote).Receipt != t.event(i).Receipt
}

// whyNot says why a record could not be deleted that is deleted only by its owner: another
// has written it since, or it is not there.
func (t *Teller) whyNot(i int) string {
	table, key := t.run.Row(t.event(i))
	for k := i - 1; k >= 0; k-- {
		e := t.event(k)
		if of, name := t.run.Row(e); of != table || name != key || e.AtBank() {
			continue
		}
		switch {
		case e.Kind == sim.Expire:
			return "it has run out"
		case Writes(e):
			return pick(e.Receipt != t.event(i).Receipt, "it is another's", "it is not there")
		}
	}
	return "it is not there"
}

// Wrote returns the last event before another that wrote its record, or -1.
func (t *Teller) Wrote(before int) int {
	key := t.run.Key(t.event(before))
	for i := before - 1; i >= 0; i-- {
		if e := t.event(i); Writes(e) && t.run.Key(e) == key {
			return i
		}
	}
	return -1
}

// Writes reports whether an event recorded something.
func Writes(e *sim.Event) bool {
	switch {
	case !e.Op.Marks() || !e.Kind.DoesStep() || e.OutOfReach() || e.Deadlocked() || e.Aborted():
		return false
	case e.Op.Claims() || e.Op == sim.OpSwap || e.Op == sim.OpCacheSetIf:
		return e.Answer > 0
	}
	return true
}
