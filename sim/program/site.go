package program

import (
	"path"
	"runtime"
	"slices"
	"strconv"
	"strings"
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

// SiteOf returns where a handler asks for a step after certain answers.
func (p *Program) SiteOf(kind int32, as Errand, answers []int32) Site {
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
