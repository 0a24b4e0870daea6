package simtest

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/tell"
)

// everything asks for all events of a run, and not only for those of one thing owed.
const everything = -1

// conversation tells a run, a line an event: when, a mark if it is a fault, who and
// what. Then it says what became of everything.
func conversation(r *sim.Run, owed int) []string {
	var lines []string
	told := tell.Of(r, r.Marks(nil))
	for _, i := range about(r, owed) {
		lines = append(lines, line(r, told, i))
	}
	return append(lines, ending(r, owed))
}

// story is a conversation for a failure: it names the lines of the handler, and leaves
// out what nobody would read.
func story(r *sim.Run, owed int, c cut) []string {
	all := about(r, owed)
	shown := all
	if len(all) > c.first+c.telling+c.last+1 {
		rest := all[c.first : len(all)-c.last]
		telling := slices.DeleteFunc(slices.Clone(rest), func(i int) bool {
			e := &r.Events()[i]
			return e.Fault < 0 && !(e.Op.Performs() && e.Done)
		})
		shown = slices.Concat(all[:c.first], telling[:min(c.telling, len(telling))], all[len(all)-c.last:])
	}
	var lines []string
	teller := tell.Of(r, r.Marks(nil))
	told := 0 // of all, or left out
	for _, i := range append(shown[:len(shown):len(shown)], r.Len()) {
		at, found := slices.BinarySearch(all, i)
		if at > told {
			lines = append(lines, fmt.Sprintf("... %s ...", plural(at-told, "more line")))
		}
		if told = at + 1; found {
			lines = append(lines, line(r, teller, i)+site(r, i))
		}
	}
	return append(lines, ending(r, owed))
}

// cut says how much of a long story is told: so many lines of its beginning, of faults
// and effects in its middle, and of its end.
type cut struct{ first, telling, last int }

var (
	long  = cut{9, 3, 3}
	brief = cut{6, 0, 0} // for what is the same again and again
)

// whole is the story of all of a run if that is short, or of one thing owed.
func whole(r *sim.Run, owed int) []string {
	const short = 20
	if r.Len() <= short {
		owed = everything
	}
	return story(r, owed, long)
}

// about returns the events of one thing owed, and of the world, or all events.
func about(r *sim.Run, owed int) []int {
	var all []int
	for i := range r.Events() {
		e := &r.Events()[i]
		if owed == everything || e.Kind.OfWorld() || r.World().Owed(int(e.Msg)) == owed {
			all = append(all, i)
		}
	}
	return all
}

// width is how wide the times of a run are.
func width(r *sim.Run) int {
	w := len(sim.Span(r.End))
	for i := range r.Events() {
		w = max(w, len(sim.Span(r.Events()[i].At)))
	}
	return w
}

// form is how an event is told here: a fault is marked, and stands out by that.
var form = tell.Form{Ends: true, All: true}

func line(r *sim.Run, told *tell.Teller, i int) string {
	e := &r.Events()[i]
	return fmt.Sprintf("%*s  %s%s", width(r), sim.Span(e.At), mark(e.Fault >= 0), told.Event(i).Sentence(form))
}

// mark makes a fault stand out.
func mark(fault bool) string {
	if fault {
		return "! "
	}
	return "  "
}

// fate says what became of something owed.
func fate(v sim.Verdict, effects int32) string {
	switch v {
	case sim.Once:
		return "took effect once"
	case sim.Stale:
		return "was set over something newer"
	case sim.Twice:
		if effects == 2 {
			return "took effect twice"
		}
		return fmt.Sprintf("took effect %d times", effects)
	case sim.Never:
		return "is lost"
	case sim.Parked:
		return "never took effect and is in the dead-letter queue"
	}
	return "is still pending"
}

// ending says why a run ended, and what became of what is owed.
func ending(r *sim.Run, owed int) string {
	why := [...]string{"all is quiet", "the time is up", "a message was delivered too often", "the budget of events is spent"}[r.Ending]
	v := r.World().Verdicts()
	var fates []string
	for i, of := range v.Of {
		n, part := r.Lane.Business.Owing(i)
		if r.Lane.Messages[n].Owes == "" && (owed == everything || owed == n) {
			fates = append(fates, scenarios.DebtName(&r.Lane.Messages[n], r.Lane.Business, part)+" "+fate(of, v.Effects[i]))
		}
	}
	return fmt.Sprintf("%*s  = %s: %s", width(r), sim.Span(r.End), why, strings.Join(fates, ", "))
}

// site says where in the handler's source a step was asked for. Where a handler returns
// nobody can know: it is told after which step, or else which handler.
func site(r *sim.Run, i int) string {
	if s := r.Site(i); s != (sim.Site{}) {
		return "  (" + s.String() + ")"
	}
	e := &r.Events()[i]
	if e.Op != sim.OpReturn || !e.Failed {
		return ""
	}
	if before := e.Cause; before >= 0 && r.Events()[before].Receipt == e.Receipt {
		if s := r.Site(int(before)); s != (sim.Site{}) {
			return "  (after " + s.String() + ")"
		}
	}
	return "  (in " + begins(handlerOf(r, e)).String() + ")"
}

func handlerOf(r *sim.Run, e *sim.Event) sim.Handler {
	if e.Relayed() {
		return r.Lane.Consumer.Relay
	}
	return r.Lane.Consumer.Handle
}

// begins returns where a handler begins in its source.
func begins(h sim.Handler) sim.Site {
	f := runtime.FuncForPC(reflect.ValueOf(h).Pointer())
	if f == nil {
		return sim.Site{}
	}
	file, line := f.FileLine(f.Entry())
	return sim.Site{File: path.Base(file), Line: line}
}

// complains reports whether an event is a handler that returns an error or panics.
func complains(e *sim.Event) bool {
	return e.Op == sim.OpPanic || e.Op == sim.OpReturn && e.Failed
}

// complaint tells the first error or panic of a handler at work on one thing owed, or
// at all; "" if there was none.
func complaint(r *sim.Run, owed int) string {
	for _, i := range about(r, owed) {
		e := &r.Events()[i]
		if !complains(e) {
			continue
		}
		what := fmt.Sprintf("it returns the error %q", r.Value(e))
		if e.Op == sim.OpPanic {
			what = "it panics: " + r.Value(e)
		}
		return "what the handler says of " + r.Name(e) + ": " + what + site(r, i) + "\n"
	}
	return ""
}

// unsettled returns the first thing owed of which the queue still has a message, or
// broker.None.
func unsettled(w *sim.World) int {
	for n := range w.Queue().Len() {
		if !w.Queue().State(n).Settled() {
			return w.Owed(n)
		}
	}
	return broker.None
}
