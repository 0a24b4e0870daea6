package sim

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
)

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
	p.at, p.open, p.parked, p.acked, p.done, p.over = 0, false, false, false, 0, false
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
	p.prog.noticed()
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

// noticed makes known what outsiders did. It is for the goroutine of the simulation.
func (p *Program) noticed() {
	if b := p.outsiders.rule.Load(); b != nil && p.err == nil {
		p.err = &HandlerError{Site: b.site, Rule: b.rule}
	}
}
