package handler

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"dejavu/sim"
)

// stage is where an attempt stands.
type stage uint8

const (
	running stage = iota
	stopped       // at a place: it waits for a decision
	waiting       // for something that another worker holds
	ended         // the handler has returned
	gone          // its process is dead
)

// An attempt is one delivery in the hands of a worker.
type attempt struct {
	w        *world
	env      *Env
	letter   *letter
	delivery int
	stage    stage
	pending  []*place // where its goroutines stand
	at       *place   // where it stands, or the last place that it has passed
	steps    int
	inside   atomic.Int32 // operations that were let go and have not ended
	busy     bool         // it waits within an operation, for a word of the scheduler
	seen     int          // how often somebody had moved when it began to wait
	waitsAt  string       // the line at which it was seen to wait
	lasting  bool         // something has lasted since a crash was last possible
	undone   atomic.Bool  // it has rolled back a transaction

	back      bool // the handler has returned
	err       error
	panicked  any
	exited    bool // by runtime.Goexit
	ctx       context.Context
	cancel    context.CancelFunc
	finished  chan struct{}
	goroutine atomic.Pointer[string] // the number of the handler's own
}

type happening uint8

const (
	arrived  happening = iota // a goroutine has come to a place
	busy                      // an operation would have to wait
	returned                  // the handler has returned
)

type event struct {
	by   *attempt
	what happening
	at   *place
}

// A decision is a place at which the schedule could have gone another way.
type decision struct {
	hash   uint64 // of everything before it, and of the place
	at     *place
	by     *attempt
	offers faultSet
	chosen Trouble
	home   string // the goroutine of the handler
}

// A world is one schedule: two worker processes, the queue, and what has happened.
type world struct {
	*search
	next    script // what strikes at a decision
	telling bool

	slots    [2]*Env
	envs     []*Env
	attempts []*attempt
	live     []*attempt
	turn     *attempt // whose turn it is
	ready    []*letter
	letters  []*letter
	events   chan event

	trace       []decision
	hash        uint64
	switches    int
	moves       int // how often somebody was let go
	standstills int // how often nobody could go, since somebody could
	expired     bool
	changed     []string // what the watches saw last
	story       []line

	broken     error  // the property cannot hold any more
	undecided  string // what keeps this schedule from being one
	leaked     string // what did not end after the verdict
	deadlocked bool   // the database had to end a deadlock
	timer      *time.Timer

	lateMu sync.Mutex
	lateAt *place // an operation of a goroutine that has outlived its handler
}

// halted reports whether there is nothing more to learn from this schedule.
func (w *world) halted() bool { return w.broken != nil || w.undecided != "" }

func (w *world) fail(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf(format, args...)
	}
}

func (w *world) give(format string, args ...any) {
	if w.undecided == "" {
		w.undecided = fmt.Sprintf(format, args...)
	}
}

// judge asks whether the property holds, while the dead still lie where they fell.
func (w *world) judge() {
	if !w.halted() {
		w.outside(func() { w.broken = w.Holds() })
	}
}

// run plays one schedule.
func (w *world) run() {
	defer w.bury()
	w.look(nil)
	w.publish()
	for !w.halted() {
		w.settle()
		w.collect()
		switch {
		case w.halted():
		case len(w.live) == 0:
			if !w.deliver() {
				return
			}
		default:
			if a := w.choose(); a != nil {
				w.act(a)
			}
		}
	}
}

// start hands a message to a worker.
func (w *world) start(slot int, l *letter) *attempt {
	if w.slots[slot] == nil {
		w.born(slot)
	}
	l.deliveries++
	a := &attempt{w: w, env: w.slots[slot], letter: l, delivery: l.deliveries, finished: make(chan struct{})}
	a.ctx, a.cancel = context.WithCancel(context.Background())
	l.newest = a
	w.attempts, w.live, w.turn = append(w.attempts, a), append(w.live, a), a
	a.env.current.Store(a)
	m := w.Messages[l.message]
	m.Delivery = l.deliveries
	w.note(line{kind: delivered, by: a})
	if w.telling { // whose children are looked for: none of another attempt's
		go a.handle(m)
	} else {
		w.spawn(func() { a.handle(m) })
	}
	return a
}

// handle runs the handler in a goroutine of its own.
func (a *attempt) handle(m Message) {
	defer close(a.finished)
	number := goroutine()
	a.goroutine.Store(&number)
	normal := false
	defer func() {
		if !normal {
			a.panicked = recover()
			a.exited = a.panicked == nil
		}
		if !a.env.dead.Load() {
			a.w.events <- event{a, returned, nil}
		}
	}()
	a.err = a.env.handle(a.ctx, m)
	normal = true
}

// number is that of the handler's goroutine; "" until it has begun.
func (a *attempt) number() string {
	if n := a.goroutine.Load(); n != nil {
		return *n
	}
	return ""
}

// born starts a worker process.
func (w *world) born(slot int) {
	e := &Env{w: w, slot: slot, buried: make(chan struct{}), links: map[link]struct{}{}}
	w.slots[slot], w.envs = e, append(w.envs, e)
	e.starting.Store(true)
	e.handle = w.factory(e)
	e.starting.Store(false)
}

// kill ends a process: what it has not committed is rolled back, and its goroutines
// stay where they are until the verdict.
func (w *world) kill(e *Env) {
	if e.dead.Swap(true) {
		return
	}
	if w.slots[e.slot] == e {
		w.slots[e.slot] = nil
	}
	if a := e.current.Load(); a != nil {
		if a.stage == stopped || a.busy {
			a.at.grant <- Crash
		}
		for _, p := range a.pending {
			p.grant <- Crash
		}
		a.pending, a.stage, a.busy = nil, gone, false
		w.leaves(a)
	}
	w.moves++
	e.sever()
}

// leaves takes an attempt out of the living.
func (w *world) leaves(a *attempt) {
	for i, b := range w.live {
		if a == b {
			w.live = append(w.live[:i], w.live[i+1:]...)
			return
		}
	}
}

// choose returns the attempt whose turn it is, once it stands at a place; or nil, if
// somebody was helped on instead.
func (w *world) choose() *attempt {
	a := w.turn
	if a == nil || a.stage == gone || a.stage == ended {
		a = w.live[0]
	}
	if a.stage == waiting {
		if b := w.other(a); b != nil && b.stage == stopped {
			a = b
		} else {
			w.free(a, b)
			return nil
		}
	}
	if a != w.turn {
		w.turn = a
		w.note(line{kind: resumed, by: a})
	}
	return a
}

// other returns the other living attempt, or nil.
func (w *world) other(a *attempt) *attempt {
	for _, b := range w.live {
		if b != a {
			return b
		}
	}
	return nil
}

// act decides what happens at the place where an attempt stands, and lets it happen.
func (w *world) act(a *attempt) {
	p := a.at
	if p.quiet() {
		w.note(line{kind: stepped, by: a, at: p})
		w.let(a, None)
		return
	}
	switch f := w.decide(a, p); f {
	case Crash:
		w.note(line{kind: struck, by: a, at: p, fault: f})
		w.kill(a.env)
		w.again(a)
	case Pause:
		w.note(line{kind: struck, by: a, at: p, fault: f})
		w.start(1-a.env.slot, a.letter)
	case Next:
		w.note(line{kind: struck, by: a, at: p, fault: f})
		w.start(1-a.env.slot, w.pop())
	case Switch:
		w.note(line{kind: struck, by: a, at: p, fault: f})
		w.turn = w.other(a)
		w.note(line{kind: resumed, by: w.turn})
	case Expire:
		w.note(line{kind: struck, by: a, at: p, fault: f})
		w.expired = true
		w.expire()
	default:
		w.pass(a, f)
	}
}

// expire makes the leases old.
func (w *world) expire() {
	w.outside(func() {
		if err := w.Expire(); err != nil {
			w.give("Expire: %v", err)
		}
	})
}

// outlast lets the leases grow old before the last delivery of a message that nobody
// holds. That is no fault: the queue tries again for longer than any lease.
func (w *world) outlast(a *attempt) {
	if w.Expire != nil && len(w.live) == 0 && a.letter.deliveries == w.maxDeliveries()-1 {
		w.note(line{kind: outcome, by: a, text: "no lease outlasts so many deliveries: they grow old"})
		w.expire()
	}
}

// pass lets an attempt do what it is about to do, as a fault has it.
func (w *world) pass(a *attempt, f Trouble) {
	p := a.at
	if f == Cancel {
		a.cancel()
		a.env.leaving = true
	}
	if f == None || f == LoseReply {
		a.lasting = a.lasting || p.lasts()
	}
	w.note(line{kind: stepped, by: a, at: p, fault: f})
	w.let(a, f)
}

// let sets an attempt free from the place where it stands.
func (w *world) let(a *attempt, f Trouble) {
	a.stage = running
	w.moves++
	w.standstills = 0
	a.inside.Add(1)
	a.at.grant <- f
}

// offers are the faults that can strike where an attempt stands.
func (w *world) offers(a *attempt, p *place) faultSet {
	s := p.faults() &^ w.without
	if w.ignored(p) {
		return 0
	}
	if !a.lasting && p.kind != point {
		s &^= setOf(Crash) // as if it had crashed at the place before
	}
	if len(w.live) > 1 || a.letter.deliveries >= w.maxDeliveries() {
		s &^= setOf(Pause)
	}
	b := w.other(a)
	if b == nil || b.stage != stopped || w.switches >= w.Switches {
		s &^= setOf(Switch)
	}
	if b != nil || !w.mayOvertake(a) || w.switches >= w.Switches {
		s &^= setOf(Next)
	}
	if w.Expire == nil || w.expired || len(w.trace) == 0 {
		s &^= setOf(Expire)
	}
	if a.ctx.Err() != nil {
		s &^= setOf(Cancel)
	}
	return s
}

// decide takes a decision.
func (w *world) decide(a *attempt, p *place) Trouble {
	d := decision{at: p, by: a, offers: w.offers(a, p), home: a.number()}
	w.hash = mix(mix(w.hash, uint64(a.letter.message)<<24|uint64(a.letter.copy)<<16|uint64(a.delivery)<<8|uint64(p.kind)), w.digest(p.text))
	d.hash = w.hash
	d.chosen = w.next(w, len(w.trace), &d)
	if w.undecided != "" {
		return None
	}
	w.trace = append(w.trace, d)
	w.hash = mix(w.hash, uint64(d.chosen))
	if d.chosen == Switch || d.chosen == Next {
		w.switches++
	}
	if d.offers.has(Crash) {
		a.lasting = false
	}
	return d.chosen
}

// mix folds a number into a hash.
func mix(h, n uint64) uint64 {
	h = (h ^ n) * 0x9e3779b97f4a7c15
	return h ^ h>>29
}

// A letter is a message as the queue has it: the one that was published, or a copy.
type letter struct {
	message    int
	copy       int // 0 for the published one
	deliveries int
	newest     *attempt // its last delivery
	settled    bool
}

// name is how a plan calls it: m1, and m1b for a copy.
func (l *letter) name() string {
	name := fmt.Sprintf("m%d", l.message+1)
	if l.copy > 0 {
		name = sim.CopyName(name, l.copy)
	}
	return name
}

// publish puts the messages into the queue.
func (w *world) publish() {
	for i := range w.Messages {
		w.push(&letter{message: i})
	}
}

func (w *world) push(l *letter) {
	w.letters = append(w.letters, l)
	w.ready = append(w.ready, l)
}

// pop takes the first letter that is ready.
func (w *world) pop() *letter {
	l := w.ready[0]
	w.ready = w.ready[1:]
	return l
}

// deliver hands the first letter that is ready to the first worker. It reports false
// if there is none.
func (w *world) deliver() bool {
	for len(w.ready) > 0 {
		if l := w.pop(); !l.settled {
			w.start(0, l)
			return true
		}
	}
	return false
}

// mayOvertake reports whether the next message may run beside an attempt.
func (w *world) mayOvertake(a *attempt) bool {
	if len(w.ready) == 0 {
		return false
	}
	l := w.ready[0]
	if l.settled || l.message == a.letter.message {
		return false
	}
	return !w.Queue.Ordered || w.Messages[l.message].Group != w.Messages[a.letter.message].Group
}

func (w *world) maxDeliveries() int {
	if w.Queue.MaxDeliveries > 0 {
		return w.Queue.MaxDeliveries
	}
	return max(maxDeliveries, w.Faults+3)
}

// collect settles with the queue what attempts have come to that have ended.
func (w *world) collect() {
	for i := 0; i < len(w.live) && !w.halted(); {
		a := w.live[i]
		if a.stage != ended {
			i++
			continue
		}
		w.leaves(a)
		a.env.current.Store(nil)
		w.outcome(a)
		w.wake()
		i = 0
	}
}

// outcome settles one attempt that has ended.
func (w *world) outcome(a *attempt) {
	switch l := a.letter; {
	case a.exited:
		w.give("the handler called runtime.Goexit in delivery %d of %s, as t.FailNow, t.Fatal and require do: return an error instead", a.delivery, l.name())
	case a.panicked != nil:
		w.note(line{kind: outcome, by: a, text: fmt.Sprintf("panics: %v; the process dies", a.panicked)})
		w.kill(a.env)
		w.again(a)
	case a.err != nil:
		w.note(line{kind: outcome, by: a, text: "returns an error, nack: " + a.err.Error()})
		w.again(a)
	case a != l.newest:
		w.note(line{kind: outcome, by: a, text: "returns nil, too late: the message has been handed out again"})
		l.settled = l.settled || w.Queue.StaleAckCounts
	default:
		w.acked(a)
	}
	if a.env.leaving && !a.env.dead.Load() {
		w.kill(a.env)
	}
}

// acked decides what becomes of the ack of an attempt.
func (w *world) acked(a *attempt) {
	p := &place{kind: ack, text: "ack", n: a.steps + 1, by: a}
	a.at = p
	switch f := w.decide(a, p); f {
	case Crash:
		w.note(line{kind: struck, by: a, at: p, fault: f, text: "CRASHES before its ack"})
		w.kill(a.env)
		w.again(a)
	case LoseAck:
		w.note(line{kind: struck, by: a, at: p, fault: f, text: faultRows[f].deed})
		w.again(a)
	case Copy:
		w.note(line{kind: outcome, by: a, at: p, text: "returns nil, ack"})
		a.letter.settled = true
		l := &letter{message: a.letter.message, copy: w.copies(a.letter.message)}
		w.letters = append(w.letters, l)
		w.ready = append([]*letter{l}, w.ready...)
		w.note(line{kind: struck, by: a, at: p, fault: f, text: "a second COPY of " + a.letter.name() + " arrives, " + l.name()})
	default:
		w.note(line{kind: outcome, by: a, at: p, text: "returns nil, ack"})
		a.letter.settled = true
	}
}

// copies counts the letters of a message.
func (w *world) copies(message int) (n int) {
	for _, l := range w.letters {
		if l.message == message {
			n++
		}
	}
	return n
}

// again brings a message back that was not acked.
func (w *world) again(a *attempt) {
	l := a.letter
	if l.settled || a != l.newest {
		return
	}
	if l.deliveries >= w.maxDeliveries() {
		if w.Queue.MaxDeliveries > 0 {
			l.settled = true
			w.note(line{kind: outcome, by: a, text: l.name() + " goes to the dead-letter queue after " + plural(l.deliveries, "delivery")})
			return
		}
		w.fail("%s was delivered %d times and is not done: the last delivery %s", l.name(), l.deliveries, a.reason())
		return
	}
	w.outlast(a)
	if w.Queue.Ordered || len(w.ready) == 0 {
		w.ready = append([]*letter{l}, w.ready...)
	} else {
		w.ready = append(w.ready, l)
	}
}

// reason says why an attempt did not settle its message.
func (a *attempt) reason() string {
	switch {
	case a.panicked != nil:
		return fmt.Sprintf("panicked: %v", a.panicked)
	case a.err != nil:
		return fmt.Sprintf("returned %q", a.err.Error())
	}
	return "was not acked"
}
