package program

import (
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"dejavu/broker"
)

// Site is a place in a handler's source: the base name of the file, never a path
// of the machine that built it, and the line. The zero value means "not known".
type Site struct {
	File string
	Line int
}

// String returns the place as compilers write it: inbox.go:21.
func (s Site) String() string { return s.File + ":" + strconv.Itoa(s.Line) }

// finder finds the line that asks for a step: it runs the handler once more
// with the answers that an attempt was given. Source lines are wanted of few
// steps, by people; looking for them at every step would cost more than the
// simulation.
type finder struct {
	answers []int32
	site    Site
}

// ask gives the next answer, or notes who asks once there is none left.
func (f *finder) ask(p *Proc, s *step) int32 {
	if len(f.answers) == 0 {
		if f.site = p.line; f.site == (Site{}) {
			f.site = caller()
		}
		p.park()
	}
	answer := f.answers[0]
	f.answers = f.answers[1:]
	p.follow(s, answer)
	return answer
}

const thisPackage = "dejavu/sim/program."

// caller returns the place that called into this package.
func caller() Site {
	pcs := make([]uintptr, 8)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)]) // skips Callers, caller and who asks it
	for {
		f, more := frames.Next()
		switch file := path.Base(f.File); {
		case !strings.HasPrefix(f.Function, thisPackage):
			return Site{File: file, Line: f.Line}
		case file == "program.go":
			return Site{} // the handler has returned
		}
		if !more {
			return Site{}
		}
	}
}

// Find returns where a handler asks for a step after certain answers.
func (p *Program) Find(kind int32, as Errand, answers []int32) Site {
	c := &p.proc
	f := &finder{answers: answers}
	c.msg, c.path, c.finder, c.line = p.Text(kind), nil, f, Site{}
	c.as = as
	func() {
		v := c.enter()
		defer func() {
			if r := recover(); r != nil && r != any(parkSignal{}) && len(f.answers) == 0 {
				f.site = panicked()
			}
			c.leave(v)
			c.finder = nil
		}()
		_ = p.handler()(c, *c.msg)
	}()
	return f.site
}

// panicked returns the place in a handler's source at which it panics, or from which it
// calls what does. It is for the deferred function that recovers.
func panicked() Site {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	var within []runtime.Frame // from where it panics out to the handler
	for below := false; ; {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			within, below = within[:0], true
		case strings.HasPrefix(f.Function, thisPackage+"(*Program)."):
			more = more && !below
		case below:
			within = append(within, f)
		}
		if !more {
			break
		}
	}
	if len(within) == 0 {
		return Site{}
	}
	own := packageOf(within[len(within)-1].Function)
	at := slices.IndexFunc(within, func(f runtime.Frame) bool { return packageOf(f.Function) == own })
	return Site{File: path.Base(within[at].File), Line: within[at].Line}
}

// packageOf returns the package of a function as the runtime calls it:
// example.com/shop.init.func1 is of example.com/shop.
func packageOf(function string) string {
	dir, name := path.Split(function)
	name, _, _ = strings.Cut(name, ".")
	return dir + name
}

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
	p.prog.Noticed()
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

// Noticed makes known what outsiders did. It is for the goroutine of the simulation.
func (p *Program) Noticed() {
	if b := p.outsiders.rule.Load(); b != nil && p.Err == nil {
		p.Err = &HandlerError{Site: b.site, Rule: b.rule}
	}
}
