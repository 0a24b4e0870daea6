package handler

import (
	"context"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// ErrCrashed is what a call of a dead process answers, once the verdict is in.
var ErrCrashed = errors.New("simtest: this process has crashed; nothing that it does has an effect")

// A lost error is a connection that broke. It is not driver.ErrBadConn, which
// database/sql would answer by doing the statement again.
type lostError struct{ what string }

func lost(what string) error         { return &lostError{cut(squeeze(what), 40)} }
func (e *lostError) Error() string   { return e.what + ": connection reset by peer" }
func (e *lostError) Unwrap() error   { return syscall.ECONNRESET }
func (e *lostError) Timeout() bool   { return false }
func (e *lostError) Temporary() bool { return true }

var _ net.Error = (*lostError)(nil)

// maxDeadCalls is how often the dead may call before their goroutine is ended.
const maxDeadCalls = 100

// Env is a process: what a worker has of the world. It dies with a crash, and everything
// that the factory made with it.
type Env struct {
	w          *world
	slot       int
	handle     HandlerFunc
	starting   atomic.Bool // the factory runs: nothing strikes
	dead       atomic.Bool
	leaving    bool          // its context was cancelled: it ends with its attempt
	buried     chan struct{} // closed when the dead may unwind
	unwound    bool          // buried is closed
	current    atomic.Pointer[attempt]
	deadly     atomic.Int32 // calls of the dead
	connecting atomic.Int32 // connections that are being opened

	mu       sync.Mutex
	links    map[link]struct{} // connections that die with the process
	cleanups []func()
}

// A link is a connection to a server, which a crash breaks.
type link interface {
	// sever rolls back what is open and gives the server's side back.
	sever()
	// blocked asks what a call in flight waits for.
	blocked() wait
	// backend is the server's number for the connection, or 0.
	backend() int64
	// rollsBack reports whether the context of its transaction has ended, so that
	// database/sql is about to roll it back.
	rollsBack() bool
}

// Cleanup registers a function that is called when the process is gone and the verdict
// is in. The last one registered is called first.
func (e *Env) Cleanup(f func()) {
	e.mu.Lock()
	e.cleanups = append(e.cleanups, f)
	e.mu.Unlock()
}

// Point is a place of its own: the worker may crash or be paused there. It stands for
// what no wrapper sees, such as a file that was written.
func (e *Env) Point(name string) {
	p := &place{kind: point, text: name}
	if _, err := e.enter(p); err != nil {
		runtime.Goexit() // the dead do nothing
	}
	e.leave(p)
}

// Do is an effect under a name: the worker may crash before it, it may fail and do
// nothing, or be done and lose its reply.
func (e *Env) Do(name string, f func() error) error {
	p := &place{kind: effect, text: name}
	fault, err := e.enter(p)
	if err != nil {
		return err
	}
	defer e.leave(p)
	switch fault {
	case Fail:
		return lost(name)
	case Cancel:
		return context.Canceled
	}
	if err := f(); err != nil {
		p.came(err.Error())
		return err
	}
	p.came("done")
	if fault == LoseReply {
		return lost(name)
	}
	return nil
}

// enter stops the calling goroutine at a place until the scheduler lets it go on, and
// says how. Whoever is let go must leave. A call of the dead does not return until the
// verdict is in.
func (e *Env) enter(p *place) (Trouble, error) {
	if e.dead.Load() {
		return None, e.deadCall()
	}
	if e.starting.Load() {
		return None, nil
	}
	a := e.current.Load()
	if a == nil {
		p.trace(2)
		e.w.late(p)
		return None, e.deadCall()
	}
	p.by, p.grant = a, make(chan Trouble, 1)
	if e.w.telling || p.kind == effect || a.inside.Load() > 0 {
		p.goroutine = goroutine()
	}
	if e.w.telling || e.w.unmet(p) {
		p.trace(2)
	}
	e.w.events <- event{a, arrived, p}
	f := <-p.grant
	if f == Crash {
		<-e.buried
		return None, ErrCrashed
	}
	return f, nil
}

// leave ends an operation that enter has let go.
func (e *Env) leave(p *place) {
	if p.by != nil {
		p.by.inside.Add(-1)
	}
}

// waits says that an operation in flight would have to wait for another worker, and
// waits. It reports whether to try again; if not, the caller is told what the database said.
func (e *Env) waits(p *place) (again bool) {
	if p.by == nil {
		return false
	}
	e.w.events <- event{p.by, busy, p}
	switch <-p.grant {
	case None:
		return true
	case Crash:
		<-e.buried
	}
	return false
}

// deadCall parks a call of the dead. One who goes on calling, as a loop that ignores
// its errors does, is ended.
func (e *Env) deadCall() error {
	<-e.buried
	if e.deadly.Add(1) > maxDeadCalls {
		runtime.Goexit()
	}
	return ErrCrashed
}

// join adds a connection to the process.
func (e *Env) join(l link) {
	e.mu.Lock()
	e.links[l] = struct{}{}
	e.mu.Unlock()
}

// part takes a connection out of the process. It reports whether it was in.
func (e *Env) part(l link) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	_, in := e.links[l]
	delete(e.links, l)
	return in
}

// sever breaks all connections of the process.
func (e *Env) sever() {
	e.mu.Lock()
	links := e.links
	e.links = map[link]struct{}{}
	e.mu.Unlock()
	for l := range links {
		l.sever()
	}
}

// open returns the connections of the process.
func (e *Env) open() []link {
	e.mu.Lock()
	defer e.mu.Unlock()
	links := make([]link, 0, len(e.links))
	for l := range e.links {
		links = append(links, l)
	}
	return links
}

// blocked asks all connections what a call in flight waits for.
func (e *Env) blocked() wait {
	for _, l := range e.open() {
		if w := l.blocked(); w.asked {
			return w
		}
	}
	return wait{}
}

// awaitRollbacks waits for what database/sql does behind the handler's back when a context
// ends, so that it does not depend on luck what the handler meets next.
func (e *Env) awaitRollbacks() {
	for passed := time.Duration(0); passed < time.Second; passed += 50 * time.Microsecond {
		if !slices.ContainsFunc(e.open(), link.rollsBack) {
			return
		}
		time.Sleep(50 * time.Microsecond)
	}
}

// whose tells from the backends that hold a lock who they are. name asks the server
// about a stranger.
func (e *Env) whose(holders []int64, name func(int64) string) wait {
	is := wait{asked: true, blocked: len(holders) > 0}
	for _, pid := range holders {
		switch of := e.w.ownerOf(pid); of {
		case nil:
			is.outside, is.whom = true, name(pid)
		case e:
			is.own = true
		}
	}
	return is
}

// ownerOf finds the process that has a backend of the server.
func (w *world) ownerOf(pid int64) *Env {
	for _, e := range w.envs {
		if slices.ContainsFunc(e.open(), func(l link) bool { return l.backend() == pid }) {
			return e
		}
	}
	return nil
}

// came notes what an operation came to.
func (p *place) came(text string) { p.answer = text }

// worker names the process in a sentence.
func (e *Env) worker() string { return fmt.Sprintf("worker %d", e.slot+1) }
