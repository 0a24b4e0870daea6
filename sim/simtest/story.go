package simtest

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
)

// everything asks for all events of a run, and not only for those of one thing owed.
const everything = -1

// conversation tells a run, a line an event: when, a mark if it is a fault, who and
// what. Then it says what became of everything.
func conversation(r *sim.Run, owed int) []string {
	var lines []string
	for _, i := range about(r, owed) {
		lines = append(lines, line(r, i))
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
	told := 0 // of all, or left out
	for _, i := range append(shown[:len(shown):len(shown)], r.Len()) {
		at, found := slices.BinarySearch(all, i)
		if at > told {
			lines = append(lines, fmt.Sprintf("... %s ...", plural(at-told, "more line")))
		}
		if told = at + 1; found {
			lines = append(lines, line(r, i)+site(r, i))
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

func line(r *sim.Run, i int) string {
	e := &r.Events()[i]
	return fmt.Sprintf("%*s  %s%s", width(r), sim.Span(e.At), mark(e.Fault >= 0), tell(r, i))
}

// ending says why a run ended, and what became of what is owed.
func ending(r *sim.Run, owed int) string {
	why := [...]string{"all is quiet", "the time is up", "a message was delivered too often"}[r.Ending]
	v := r.World().Verdicts()
	var fates []string
	for i, of := range v.Of {
		if owed == everything || owed == i {
			fates = append(fates, r.Lane.Messages[i].ID+" "+fate(of, v.Effects[i]))
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

// goOn takes what follows without a fault until the handler has complained of one
// thing owed, or goes in circles, and reports whether it has complained. The run is a
// fork, in which nothing is due.
func goOn(r *sim.Run, owed int) bool {
	const enough = 200
	for range enough {
		w := r.World()
		next := slices.DeleteFunc(w.Enabled(), func(a sim.Action) bool { return w.Cost(a) > 0 })
		if len(next) == 0 {
			return false
		}
		r.Do(0, slices.MinFunc(next, func(a, b sim.Action) int { return haste(w, a, owed) - haste(w, b, owed) }))
		if e := &r.Events()[r.Len()-1]; complains(e) && r.World().Owed(int(e.Msg)) == owed {
			return true
		}
	}
	return false
}

// haste is how late an action is to be taken by goOn: what brings one thing owed to its
// handler comes first.
func haste(w *sim.World, a sim.Action, owed int) int {
	late := slices.Index([]sim.Kind{sim.Step, sim.Deliver, sim.Undelay, sim.Retry, sim.TimeOut, sim.Publish, sim.StoreUp}, a.Kind)
	if late < 0 {
		return 100
	}
	of := int(a.Msg)
	if a.Kind == sim.Step {
		receipt, _ := w.Handling(int(a.Worker))
		of = int(receipt.Msg)
	}
	if a.Kind != sim.StoreUp && w.Owed(of) != owed {
		late += 10
	}
	return late
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
