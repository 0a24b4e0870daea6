package proof

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/tell"
	"dejavu/ui/words"
)

// Row is one action of a counterexample, or a few that say nothing alone.
type Row struct {
	First, Last int        // the numbers of the actions, from 1
	Who         string     // worker 1, or the queue
	Message     string     // m1/2: the second delivery of m1
	What        words.Line // what came of it
	Site        string     // inbox.go:23, where the step was asked for
	Code        string     // that line
	Open        bool       // it ends with an effect whose transaction is not committed yet

	clause tell.Clause
	kind   sim.ActionKind
}

// Fit is the line of source or, where there is no room for so many columns, that line
// without the if around it.
func (r *Row) Fit(room int) string {
	before, code := "", r.Code
	if ansi.StringWidth(code) <= room {
		return code
	}
	if rest, cut := strings.CutPrefix(code, "before "); cut {
		before, code = "before ", rest
	}
	code = strings.TrimSuffix(strings.TrimSuffix(code, " {"), "; err != nil")
	return before + strings.TrimPrefix(strings.TrimPrefix(code, "if "), "err := ")
}

func line(as words.Meaning, text string) words.Line { return words.Say(as, text) }

// mostRows is how long a counterexample may be told: what does not fit on a small
// terminal is not read.
const mostRows = 12

// form is how much a row says: which step was struck is seen beside it, in the source.
var form = tell.Form{Badges: true, Ends: true, Brief: true, All: true}

// Rows tells a counterexample, action by action.
func Rows(t *check.Trace) []Row {
	run := (&sim.Run{Lane: t.Lane}).Fork(0)
	faults, overtaken := make([]bool, len(t.Actions)), make([]string, len(t.Actions))
	for n, a := range t.Actions {
		w := run.World()
		if late := w.Overtaken(a); late >= 0 {
			overtaken[n] = w.Name(late)
		}
		faults[n] = w.Cost(a) > 0
		run.Do(0, a)
	}
	told := tell.Of(run, run.Marks(nil))
	rows := make([]Row, len(t.Actions))
	for n := range rows {
		e := &run.Events()[n]
		r := &rows[n]
		*r = Row{First: n + 1, Last: n + 1, clause: told.Event(n), kind: e.Kind}
		r.Who, r.Message = who(run, e)
		r.Open = e.InTx && e.Op.Performs() && e.Done && e.Kind == sim.Step && run.Part(e).Local()
		if faults[n] {
			r.clause = blamed(r.clause, e, overtaken[n])
		}
		r.from(run, n)
	}
	return short(rows)
}

// from says which line of the consumer's file an action is from.
func (r *Row) from(run *sim.Run, n int) {
	e, site := &run.Events()[n], run.Site(n)
	if site.Line == 0 {
		return
	}
	r.Site = site.String()
	body, first := consumers.Body(run.Lane.Consumer.Name)
	if e.Relayed() {
		body, first = consumers.RelayBody(run.Lane.Consumer.Name)
	}
	if data := run.Lane.Consumer.Body; data != nil {
		body, first = data, 1
	}
	if at := site.Line - first; at >= 0 && at < len(body) {
		r.Code = words.Either(e.Kind.Precedes(), "before ", "") + strings.TrimSpace(body[at])
	}
}

// who says who acted, and on what. What happens to the stores or to all has neither.
func who(run *sim.Run, e *sim.Event) (who, message string) {
	if e.Kind.OfWorld() {
		return "", ""
	}
	message = run.Name(e)
	if e.Receipt.Delivery > 0 {
		message = fmt.Sprintf("%s/%d", message, e.Receipt.Delivery)
	}
	switch {
	case e.Relayed():
		return "relay", message
	case e.Op != 0 || e.Kind == sim.Begin:
		return fmt.Sprintf("worker %d", e.Worker+1), message
	}
	return "queue", message
}

// blamed tells an action that went wrong, where that is not to be seen by itself: a
// publish that overtook another, and a clock that ran out too early.
func blamed(c tell.Clause, e *sim.Event, overtaken string) tell.Clause {
	switch {
	case overtaken != "":
		c = c.Struck(sim.DelayFault.Info().Letter)
		c.Add(tell.Fault, "before "+overtaken+", which is delayed")
	case e.Overran && e.Held:
		c = c.Struck(0)
	case e.Overran:
		c = c.Struck(sim.PauseFault.Info().Letter)
	case e.Kind == sim.Expire || e.Kind == sim.Evict:
		c = c.Struck(0)
	}
	return c
}

// short joins rows until they are few enough: a publish with the delivery after
// it, then the calm steps that a worker takes one after another.
func short(rows []Row) []Row {
	for i := len(rows) - 2; i >= 0 && len(rows) > mostRows; i-- {
		a, b := &rows[i], &rows[i+1]
		arrives := (a.kind == sim.Publish || a.kind == sim.Undelay) && b.kind == sim.Deliver && a.clause.Calm() && a.clause.About() == b.clause.About()
		steps := a.Site != "" && b.Site != "" && a.clause.Calm() && b.clause.Calm() && a.Who == b.Who && a.Message == b.Message
		if !arrives && !steps {
			continue
		}
		if steps {
			a.clause.Then(b.clause)
			b.clause = a.clause
		}
		b.First = a.First
		rows = append(rows[:i], rows[i+1:]...)
	}
	for i := range rows {
		r := &rows[i]
		r.What = r.clause.Spans(form)
		if r.Who == "" {
			r.What = r.clause.Full(form)
		}
	}
	return rows
}

// Ending says what it came to.
func Ending(t *check.Trace) string {
	id, part := t.Lane.Messages[t.Owed].ID, t.Lane.Business.Parts()[t.Part]
	did := part.Words().Did
	switch t.Property {
	case sim.NeverTwice:
		return id + " is " + did + " " + part.Often(2) + "."
	case sim.NeverLost:
		return id + " is never " + did + ", and nothing of it is left to be handled."
	}
	if t.Round > 0 {
		return fmt.Sprintf("The last %s come again and again: nothing but another fault ends that.", words.Count(t.Round, "action"))
	}
	return "From here it never becomes quiet, unless something else goes wrong."
}
