package program

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"dejavu/broker"
)

// HandlerError says that a handler broke a rule without which nothing that is
// simulated from it would be true.
type HandlerError struct {
	Consumer string // set by whoever knows it
	Message  string // the message ID that it was handling, or "" where that cannot be known
	Site     Site   // where it did so; the zero Site if that is not a line of its own
	Rule     string // what it did, and what to do instead
}

// Error says who did what, and where.
func (e *HandlerError) Error() string {
	where := ""
	if e.Site.Line > 0 {
		where = e.Site.String() + ": "
	}
	who := "handler " + e.Consumer
	if e.Message != "" {
		who += ", message " + e.Message
	}
	return where + who + ": " + e.Rule
}

// ruleBroken unwinds a handler that broke a rule, and says where.
type ruleBroken struct {
	rule string
	site Site
}

func (b ruleBroken) by(m *broker.Message) *HandlerError {
	return &HandlerError{Message: m.ID, Site: b.site, Rule: b.rule}
}

func (p *Proc) fault(what string) {
	p.parked = true
	panic(ruleBroken{what, caller()})
}

// A handler is one goroutine, and this file holds it to that. A step that is asked for
// in another one, or after the handler has returned, would read and write what the
// simulation is at work on: it must be noticed without looking at any of that.
//
// So who asks is known by a bit that every goroutine has of its own, and no other one
// inherits or reads: the setting of [debug.SetPanicOnFault]. It is set while a handler
// runs. To ask for it takes 3 ns; to look for the handler on the stack takes 500.

// visit is what was before a handler was run: the bit, and how many goroutines.
type visit struct {
	before     bool
	goroutines int
}

// enter marks this goroutine as the one that runs a handler.
func (p *Proc) enter() visit {
	p.at, p.open, p.tx, p.parked, p.acked, p.done, p.over = 0, false, txAt{}, false, false, 0, false
	return visit{debug.SetPanicOnFault(true), runtime.NumGoroutine()}
}

// leave ends that: nothing may be asked of p any more. A goroutine that the handler has
// started gets a chance to ask, for the handler was over before it could.
func (p *Proc) leave(v visit) {
	p.over = true
	debug.SetPanicOnFault(v.before)
	if runtime.NumGoroutine() > v.goroutines {
		runtime.Gosched()
	}
	p.prog.NoticeOutsiders()
}

// ours reports whether this goroutine runs a handler.
func ours() bool {
	if debug.SetPanicOnFault(true) {
		return true
	}
	debug.SetPanicOnFault(false)
	return false
}

// outsiders is what goroutines leave behind that have no business in a program. It is
// the one thing that more than one goroutine uses.
type outsiders struct {
	rule  atomic.Pointer[ruleBroken] // what the first of them did, and where
	calls atomic.Int32
}

const outsideRule = "asked for a step outside of its attempt, in another goroutine or after the handler had returned: take all steps in the handler itself, one after another"

// outside is the answer to a goroutine that does not run the handler. It gets an
// error, for the handler may wait for it; should it go on asking, it ends.
func (o *outsiders) outside() int32 {
	o.rule.CompareAndSwap(nil, &ruleBroken{outsideRule, caller()})
	if o.calls.Add(1) > MaxSteps {
		runtime.Goexit()
	}
	return saidOutside
}

// NoticeOutsiders makes known what outsiders did. It is for the goroutine of the simulation.
func (p *Program) NoticeOutsiders() {
	if b := p.outsiders.rule.Load(); b != nil && p.Err == nil {
		p.Err = &HandlerError{Site: b.site, Rule: b.rule}
	}
}
