package sim

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim/op"
	"dejavu/sim/program"
)

// Event is what an action did: when, by whom, and because of what. It holds
// numbers only; the methods of [Run] give the names.
type Event struct {
	At time.Duration
	// Outcome, whose Slot is what a step was about where one was taken.
	Outcome
	// Cause is the index of the event that led to it, or -1.
	Cause int32
	// Fault is the index into Run.Faults of what made it happen, or -1.
	Fault int32
	// Op is the step that was taken or struck, if there was one.
	Op Op
	// Part is which part of the business a step outside was about: 0 where it has one.
	Part int8
	// of is which part a row of the outbox is for, from 1, or 0 for the message: where the
	// relay is at it, and at the step that enqueues it.
	of int8
	// InTx says that the step was part of an open transaction.
	InTx bool
	// Failed says that Op is a return with an error, Rejects that it is one that rejects the
	// message.
	Failed, Rejects bool
	// Overran says that a deadline passed while its holder was still running.
	Overran bool

	value int32 // what was written or, at a return, the error
}

// more returns for how many things to make room that every message may add to, when the
// room for n of them is used up: for all that is to come, once that can be guessed. To
// grow step by step would copy a long run over and over.
func (w *World) more(n int) int {
	published := w.queue.Published()
	if n < 256 || published == 0 {
		return 1
	}
	total, most := n*w.queue.Len()/published, 8*n
	if published >= 64 { // enough to go by, but those may have been the worst
		most = max(most, 1<<20)
	}
	return min(max(total+total/16, n+n/4), most) - n
}

// Outcome is what an action did: enough to tell it, and nothing else. Which
// fields count depends on the kind of the action.
type Outcome struct {
	Action
	Answer   int32          // what it was answered
	Receipt  broker.Receipt // of the attempt
	Done     bool           // the step had its effect
	Undone   bool           // an open transaction that had written was rolled back
	Finished bool           // the attempt is over
	Held     bool           // it is about a message that a worker holds for its time
	Skipped  bool           // since this step a row of the outbox lies behind the cursor of the relay, and was never read
	Reply    Reply          // what the queue said
	Late     Lateness       // how late an ack came that the queue has answered
	Evicted  int32          // the key that a process forgot to make room for another, or 0
}

// Reply is what the queue did when it was spoken to.
type Reply uint8

// The replies.
const (
	NoReply      Reply = iota
	Taken              // an ack settled the message; a publish was taken in
	AckIgnored         // a late or stale ack changed nothing
	AckRejected        // ... and the consumer was told
	Returned           // the message will be delivered again
	Buried             // it went to the dead-letter queue instead
	Discarded          // it is gone: it was delivered too often, and there is no dead-letter queue
	Lost               // the ack did not arrive
	Unreported         // the attempt had acked before: its return says nothing
	NotYet             // handled; the ack comes with the rest of the batch
	NackIgnored        // a late or stale nack changed nothing
	Deduplicated       // the publish was dropped: the message ID is in the window
)

// GivesUp reports whether a message has had its last delivery: it is parked, or gone.
func (r Reply) GivesUp() bool { return r == Buried || r == Discarded }

// settles reports whether the reply decides where the message is: a late or stale
// ack that is turned away decides nothing.
func (r Reply) settles() bool {
	switch r {
	case NoReply, AckIgnored, AckRejected, NackIgnored, Unreported:
		return false
	}
	return true
}

// add appends an event, for the caller to fill in. There is made room for all that are to
// come, within the budget: see World.more.
func (r *Run) add() *Event {
	if n := len(r.events); n == cap(r.events) {
		more := r.last.more(n)
		if most := r.Lane.MaxEvents; most > 0 {
			more = max(min(more, most-n), 1)
		}
		r.events = slices.Grow(r.events, more)
	}
	r.events = r.events[:len(r.events)+1] // as it was made: nothing was written there
	return &r.events[len(r.events)-1]
}

// do takes an action, and keeps what it did as an event. The world writes that there: to
// copy what has just been written would wait for it.
func (r *Run) do(taken Entry) *Event {
	w, a := r.last, taken.Action
	r.before(w, a)
	e := r.add()
	out := &e.Outcome
	w.do(a, out)
	e.At, e.Fault, e.Cause = taken.At, taken.Fault, noEvent
	if w.took != 0 {
		n := &w.prog.Nodes[w.took]
		e.Op, e.Slot, e.value = n.Op, Slot{n.TabNo, n.KeyNo}, n.ValNo
		if n.Op.Performs() {
			e.Table = 0 // an effect is called by its key alone
		}
		e.InTx, e.Part, e.of = n.Tx, n.Part, max(n.Of, n.Posts)
		e.Failed, e.Rejects = n.Failed, n.Reject
	}
	switch {
	case a.Kind == Retry:
		e.of = w.moves[len(w.moves)-1].of
	case a.Kind == Deliver && e.Relayed():
		e.of = w.prog.Nodes[w.workers[a.Worker].node].Of
	}
	if out.Receipt.Delivery != 0 {
		e.Msg = out.Receipt.Msg
	}
	r.blame(w, e, a)
	return e
}

// keepWait writes down that a worker pauses, or waits for a slow receiver.
func (r *Run) keepWait(w *World, at int64, worker int, fault int32) {
	wk, e := &w.workers[worker], r.add()
	e.At, e.Fault, e.Cause = time.Duration(at), fault, r.causes.last[worker]
	e.Worker, e.Msg, e.Receipt = int8(worker), wk.receipt.Msg, wk.receipt
	n := &w.prog.Nodes[wk.node]
	e.Op, e.Part, e.of = n.Op, n.Part, n.Of
	this := int32(len(r.events) - 1)
	r.causes.last[worker], r.causes.froze[worker] = this, this
}

// Died reports whether a worker or all of them died with it.
func (e *Event) Died() bool { return e.Kind.Kills() || e.Op == OpPanic }

// Relayed reports whether it is the relay's: it was handed a row of the outbox, works
// at it, or waits to try again.
func (e *Event) Relayed() bool { return e.Receipt.Row > 0 }

// Part returns the business that an event is about: where that has several parts, the
// one whose receiver was asked for something, that forgets a key, that a row of the outbox
// is for, or whose rows the stores have lost. Where it is about none of them, it is the whole.
func (r *Run) Part(e *Event) Business {
	b := r.Lane.Business
	switch {
	case e.Op.Place() == Outside:
		return b.Parts()[e.Part]
	case e.of > 0:
		return b.Parts()[e.of-1]
	case e.AtBank() || e.Kind == Request:
		return b.Part(Business.HonoursKeys)
	case e.Kind.LosesWrites():
		return b.Part(Business.Local)
	}
	return b
}

// Debt returns the number of what an event counts for, as verdicts go by it. Of an
// event that is no effect it means nothing.
func (r *Run) Debt(e *Event) int {
	return r.Lane.Business.Debt(r.last.Owed(int(e.Msg)), int(e.Part))
}

// Row returns the table and the key that a step was about. The table is "" where it was
// about no row.
func (r *Run) Row(e *Event) (table, key string) {
	if e.Kind == RepublishReworded {
		return "", "" // its key is the number of what it says
	}
	if e.Table > 0 {
		table = r.prog.Tables.At(int32(e.Table))
	}
	return table, r.prog.Names.At(e.Key)
}

// Key returns both as one, as "table/key" or "key".
func (r *Run) Key(e *Event) string {
	table, key := r.Row(e)
	if table == "" {
		return key
	}
	return table + "/" + key
}

// Value returns what a step wrote or, at a return or panic, what the handler said.
func (r *Run) Value(e *Event) string { return r.prog.Names.At(e.value) }

// Answer returns what a step was answered, in words: the error that the handler
// saw, what it read, or yes or no. It is "" for a step that answers nothing.
func (r *Run) Answer(e *Event) string { return r.prog.Answered(e.Op, e.Answer) }

// OutOfReach reports whether the step was to go to a store that was down: it was not
// done.
func (e *Event) OutOfReach() bool {
	return e.Kind == Step && e.Op.Asked() && e.Answer == program.SaidUnavailable
}

// Deadlocked reports whether the database has aborted the step, for its transaction and
// others waited for each other: nothing was done, and the attempt is over.
func (e *Event) Deadlocked() bool { return e.Answer == program.SaidDeadlock && e.Op.Asked() }

// Aborted reports whether the step was part of a transaction that had been aborted: nothing
// was done. A commit has rolled back.
func (e *Event) Aborted() bool { return e.Answer == program.SaidAborted && e.Op.Asked() }

// Taken reports whether a step that records something unless it is recorded already has
// found it recorded.
func (e *Event) Taken() bool {
	return e.Op.Claims() && (e.Answer == 0 || e.Answer == program.SaidTaken) && e.Kind == Step
}

// CommitsAck reports whether the step was a commit with which an ack was committed, or was
// rejected and rolled it back.
func (e *Event) CommitsAck() bool {
	return e.Op == OpCommit && (e.Reply == Taken || e.Reply == AckRejected)
}

// InTable reports whether the event is about a row of a table.
func (e *Event) InTable() bool { return e.Table > 0 }

// AtBank reports whether the event is the end of an idempotency key that the receiver of
// the effect has honoured.
func (e *Event) AtBank() bool { return e.Table == AtBank }

// Evicted returns the key that a process forgot to make room for another, or "".
func (r *Run) Evicted(e *Event) string { return r.prog.Names.At(e.Outcome.Evicted) }

// Fenced reports whether the step was an effect that was refused, for its fencing
// token was too old.
func (e *Event) Fenced() bool { return e.Answer == program.SaidFenced }

// Conflict reports whether the receiver refused the step, for another request under its
// key was at work.
func (e *Event) Conflict() bool { return e.Answer == program.SaidConflict }

// OtherBody reports whether the receiver refused the step, for its key was used with
// another body.
func (e *Event) OtherBody() bool { return e.Answer == program.SaidOtherBody }

// Site returns where in the handler's source the i-th event's step was asked for.
// It is the zero Site for events that are no step, and for a return; for a panic it is
// where the handler panicked.
func (r *Run) Site(i int) Site {
	e := &r.events[i]
	if !e.Op.Asked() && e.Op != OpPanic {
		return Site{}
	}
	var answers []int32
	for k := e.Cause; k >= 0 && r.events[k].Kind != Deliver; k = r.events[k].Cause {
		before := &r.events[k]
		if before.Receipt != e.Receipt {
			break // the attempt began in a batch: this is what brought its message there
		}
		if before.Kind.TakesStep() {
			answers = append(answers, before.Answer)
		}
	}
	slices.Reverse(answers)
	as := program.Errand{}
	if e.Relayed() {
		as = program.Errand{Relay: true, Of: e.of}
	}
	return r.prog.SiteOf(r.last.kind(int(e.Msg)), as, answers)
}

// Name returns what the message of an event is called.
func (r *Run) Name(e *Event) string { return r.last.Name(int(e.Msg)) }

// StepTaken is a step of an attempt, and what it was answered: what a picture of a
// handler is drawn from.
type StepTaken struct {
	Op         Op
	Table, Key string
	Value      string // what it writes or, at a return or panic, what the handler said
	InTx       bool
	// Answer is the answer in words, as [Run.Answer] gives it; "" for the step that
	// is pending. Refused says that it is an error.
	Answer  string
	Refused bool
	// Failed says that Op is a return with an error.
	Failed bool
}

// Attempt returns the steps that a worker has taken in its attempt, and last the
// one that it will take next. It is empty for a worker that is idle.
func (w *World) Attempt(worker int) []StepTaken {
	var steps []StepTaken
	p := w.prog
	at := w.workers[worker].node
	for answer, pending := int32(0), true; at != 0; pending = false {
		n := &p.Nodes[at]
		t := StepTaken{Op: n.Op, Table: n.Table, Key: n.Key, Value: n.Value, InTx: n.Tx, Failed: n.Failed}
		if n.Op == OpReturn || n.Op == OpPanic {
			t.Value = n.Say
		}
		if !pending {
			t.Answer, t.Refused = p.Answered(n.Op, answer), program.ErrorOf(answer) != nil
		}
		steps = append(steps, t)
		at, answer = n.Parent, n.Answer
	}
	slices.Reverse(steps)
	return steps
}

// causes finds out which event led to which, as a run is kept.
type causes struct {
	born   []int32        // by message: the event that published it
	fate   []int32        // by message: the last event that decided where it is
	last   []int32        // by worker: the last event of its attempt
	froze  []int32        // by worker: its last pause or long wait since it was handed messages
	from   [][]int32      // by worker: the fates of its batch when that was handed over
	wrote  map[Slot]int32 // by what may expire: the event that wrote it
	writes int32          // World.writes after the last event
	over   int32          // for a deadline: the event to blame, found before it passes
	ran    bool           // ... and whether its holder was running
	held   []broker.Receipt
	handed map[broker.Receipt]int32 // by what is held: the event that handed it over
	posted map[int32]int32          // by row of the outbox: the event that committed it or gave it back
}

const noEvent = int32(-1)

func newCauses(w *World) causes {
	n := w.Workers()
	c := causes{last: make([]int32, n), froze: make([]int32, n), from: make([][]int32, n), wrote: map[Slot]int32{}, posted: map[int32]int32{}, handed: map[broker.Receipt]int32{}}
	c.grow(w.queue.Len())
	return c
}

// grow makes room for as many messages as there are.
func (c *causes) grow(messages int) {
	if more := messages - len(c.born); more > 0 {
		c.born, c.fate = slices.Grow(c.born, more), slices.Grow(c.fate, more)
		for range more {
			c.born, c.fate = append(c.born, noEvent), append(c.fate, noEvent)
		}
	}
}

// before looks at the world before an action, for what is not to be seen after.
func (r *Run) before(w *World, a Action) {
	c := &r.causes
	c.held = c.held[:0]
	switch a.Kind {
	case TimeOut:
		c.over, c.ran = c.fate[a.Msg], w.Keeper(int(a.Msg)) != broker.None
		if h := w.holder(int(a.Msg)); h != broker.None {
			c.over, c.ran = r.slow(w, h), true
		}
	case CutOff:
		c.over, c.ran = c.last[a.Worker], w.workers[a.Worker].node != 0 || len(w.workers[a.Worker].held) > 0
		if p := c.froze[a.Worker]; p != noEvent {
			c.over = p
		}
	case Expire:
		c.over, c.ran = c.wrote[a.Slot], false
		if h := w.Writer(a); h != broker.None {
			c.over, c.ran = r.slow(w, h), true
		}
	case LoseAck:
		wk := &w.workers[a.Worker]
		n := w.spokenFor(wk)
		if w.acksTogether() && w.prog.Nodes[wk.node].Op == OpReturn {
			n = len(wk.batch) // a nack speaks for all of it
		}
		c.held = append(append(c.held, wk.receipt), wk.batch[:n]...)
	case Crash, Kill, Restart, Drain, Step:
		if op, _ := w.Pending(int(a.Worker)); a.Kind == Step && op != OpPanic {
			return // nobody dies
		}
		for i := range w.workers {
			wk := &w.workers[i]
			if a.Kind != Restart && a.Kind != Drain && w.process(i) != w.process(int(a.Worker)) {
				continue
			}
			c.held = append(c.held, wk.held...)
			if wk.node == 0 || a.Kind == Drain {
				continue
			}
			c.held = append(append(c.held, wk.receipt), wk.batch...)
		}
	}
}

// slow returns the event to blame if a worker is still at it when a deadline
// passes: what it did last or, if that was in an attempt after the one in which it
// paused, the pause. Who waits for a row is as slow as the owner of the row.
func (r *Run) slow(w *World, worker int) int32 {
	worker = w.slowest(worker)
	c := &r.causes
	if p := c.froze[worker]; p != noEvent && r.events[p].Receipt != w.workers[worker].receipt {
		return p
	}
	return c.last[worker]
}

// blame finds the cause of an event, and notes what it will be the cause of.
func (r *Run) blame(w *World, e *Event, a Action) {
	c, this := &r.causes, int32(len(r.events)-1)
	switch {
	case a.Kind.AtWork():
		e.Cause = c.last[e.Worker]
		c.last[e.Worker] = this
		if wk := &w.workers[e.Worker]; e.Finished && wk.node != 0 {
			c.last[e.Worker] = c.from[e.Worker][wk.place] // the next of its batch has a story of its own
		}
		if !e.Died() {
			break
		}
		for i := range w.workers { // and so have those that die with it
			if w.process(i) == w.process(int(e.Worker)) {
				c.last[i], c.froze[i] = this, noEvent
			}
		}
	case a.Kind.Order() == classPublish:
		switch {
		case redriven(a.Kind):
			e.Cause = c.fate[a.Msg] // what buried it
		case a.Kind != Publish:
			e.Cause = c.born[a.Msg]
		}
		c.grow(w.queue.Len())
		c.born[e.Msg], c.fate[e.Msg] = this, this
	case a.Kind == Deliver:
		c.delivered(w, e, this)
	case a.Kind == Begin:
		e.Cause = c.handed[e.Receipt]
		c.last[e.Worker], c.froze[e.Worker] = this, noEvent
		delete(c.handed, e.Receipt)
	case a.Kind.EndsWait() || a.Kind == Expire:
		e.Cause, e.Overran = c.over, c.ran
	case a.Kind == Undelay || a.Kind == ForgetAck:
		e.Cause = c.fate[a.Msg]
	case a.Kind == Request:
		e.Cause = c.last[e.Worker]
	case a.Kind == Retry:
		e.Cause = c.posted[e.Receipt.Row]
	case a.Kind == Forget:
		e.Cause = c.born[a.Msg]
	}
	if w.writes != c.writes {
		at := e.Slot
		if e.Op == OpPerformKey {
			at.Table = AtBank
		}
		c.writes, c.wrote[at] = w.writes, this
	}
	r.decide(w, e, this)
}

// delivered finds the cause of a delivery, and notes what it will be the cause of.
func (c *causes) delivered(w *World, e *Event, this int32) {
	c.last[e.Worker], c.froze[e.Worker] = this, noEvent
	if e.Relayed() {
		e.Cause = c.posted[e.Receipt.Row]
		return
	}
	e.Cause = c.fate[e.Msg]
	from := c.from[e.Worker][:0]
	for _, b := range w.workers[e.Worker].batch {
		from = append(from, c.fate[b.Msg])
		c.fate[b.Msg] = this
	}
	c.fate[e.Msg], c.from[e.Worker] = this, from
	if e.Held {
		c.handed[e.Receipt] = this
	}
}

// decide notes for which messages an event has decided where they are.
func (r *Run) decide(w *World, e *Event, this int32) {
	c := &r.causes
	switch {
	case e.Died() || e.Kind == LoseAck || e.Kind == Drain:
		for _, b := range c.held {
			if w.hidden(b) {
				c.fate[b.Msg] = this
			}
		}
	case e.Kind == TimeOut || e.Kind == Undelay || e.Op != op.None && e.Reply.settles() && w.hidden(e.Receipt):
		c.fate[e.Msg] = this
	}
	for _, n := range w.moved {
		c.fate[n] = this
	}
	for _, p := range w.moves {
		c.posted[p.row] = this
	}
}

// hidden reports whether a message is in flight under a receipt: what becomes of
// an older one, or of one that is late, decides nothing.
func (w *World) hidden(r broker.Receipt) bool {
	return r.Row == 0 && w.queue.Standing(r) == broker.Current
}

// Op is one kind of atomic step that a handler can ask for.
type Op = op.Op

// The steps. What is known of each stands in its row of the table in sim/op.
const (
	OpReturn          = op.Return
	OpPanic           = op.Panic
	OpHas             = op.Has
	OpRemember        = op.Remember
	OpRememberWithin  = op.RememberWithin
	OpUnremember      = op.Unremember
	OpGet             = op.Get
	OpPut             = op.Put
	OpPutIfAbsent     = op.PutIfAbsent
	OpDelete          = op.Delete
	OpSwap            = op.Swap
	OpInsert          = op.Insert
	OpInsertOrFail    = op.InsertOrFail
	OpLock            = op.Lock
	OpLockNoWait      = op.LockNoWait
	OpLockSkipLocked  = op.LockSkipLocked
	OpAdd             = op.Add
	OpEnqueue         = op.Enqueue
	OpTxAck           = op.TxAck
	OpBegin           = op.Begin
	OpCommit          = op.Commit
	OpRollback        = op.Rollback
	OpAdvisoryLock    = op.AdvisoryLock
	OpTryAdvisoryLock = op.TryAdvisoryLock
	OpAdvisoryUnlock  = op.AdvisoryUnlock
	OpCacheGet        = op.CacheGet
	OpCacheSet        = op.CacheSet
	OpCacheAdd        = op.CacheAdd
	OpCacheDelete     = op.CacheDelete
	OpCacheSetIf      = op.CacheSetIf
	OpCacheDeleteIf   = op.CacheDeleteIf
	OpPerform         = op.Perform
	OpPerformKey      = op.PerformKey
	OpPerformUnique   = op.PerformUnique
	OpPerformFenced   = op.PerformFenced
	OpLookup          = op.Lookup
	OpAck             = op.Ack
	OpNewID           = op.NewID
	OpDeliveries      = op.Deliveries
	OpRedelivered     = op.Redelivered
)

// Place is where a step takes effect.
type Place = op.Place

// The places.
const (
	InProcess = op.InProcess
	InDB      = op.InDB
	InCache   = op.InCache
	Outside   = op.Outside
	AtQueue   = op.AtQueue
)
