package handler

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
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
	lasting  bool         // something has lasted since a crash was last possible
	undone   atomic.Bool  // it has rolled back a transaction

	back      bool // the handler has returned
	err       error
	panicked  any
	exited    bool // by runtime.Goexit
	ctx       context.Context
	cancel    context.CancelFunc
	finished  chan struct{}
	goroutine string
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
	chosen Fault
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

	trace    []decision
	hash     uint64
	switches int
	moves    int // how often somebody was let go
	idle     int // how often nobody could go, since somebody could
	expired  bool
	changed  []string // what the watches saw last
	story    []line

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
	go a.handle(m)
	return a
}

// handle runs the handler in a goroutine of its own.
func (a *attempt) handle(m Message) {
	defer close(a.finished)
	a.goroutine = goroutine()
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
		w.outside(func() {
			if err := w.Expire(); err != nil {
				w.give("Expire: %v", err)
			}
		})
	default:
		w.pass(a, f)
	}
}

// pass lets an attempt do what it is about to do, as a fault has it.
func (w *world) pass(a *attempt, f Fault) {
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
func (w *world) let(a *attempt, f Fault) {
	a.stage = running
	w.moves++
	w.idle = 0
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
func (w *world) decide(a *attempt, p *place) Fault {
	d := decision{at: p, by: a, offers: w.offers(a, p), home: a.goroutine}
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
