package simtest

import (
	"context"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/tell"
	"dejavu/sim/testkit"
)

// checks is what a Check takes.
var checks = entry{
	is: forCheck, name: "Check", messages: check.DefaultMessages,
	properties: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	refuses:    "Check tries everything and draws nothing",
}

// Check fails unless a consumer is never seen to take effect twice, to lose anything
// or to get stuck, in all that can happen within bounds: 2 messages, 2 workers, up to 3 faults,
// for the business card, unless options say otherwise. It tries everything, so it
// needs no luck and no seed.
//
// A search that a bound has stopped before it knew fails as not decided. With DEJAVU_PLAN
// in the environment that plan is played instead, on the timeline.
func Check(t TB, c sim.Consumer, options ...Option) {
	t.Helper()
	s, err := checks.settle(options)
	if err != nil {
		t.Fatalf("simtest.Check: %v", err)
		return
	}
	if text := os.Getenv("DEJAVU_PLAN"); text != "" {
		play(t, s, s.lane(c), text)
		return
	}
	l := s.lane(c)
	if !works(t, l, "simtest.Check") {
		return
	}
	result, err := search(l, s.search)
	if err != nil {
		t.Fatalf("simtest.Check: %v", err)
		return
	}
	judge(t, s, l, result)
}

func search(l sim.Lane, o check.Options) (*check.Result, error) {
	s, err := check.New(l, o)
	if err != nil {
		return nil, err
	}
	return s.Run(context.Background())
}

// judge reports what a search has found.
func judge(t TB, s *settings, l sim.Lane, r *check.Result) {
	t.Helper()
	var holds []string
	for _, p := range s.properties {
		switch v := r.Of(p); {
		case v.Counterexample != nil:
			t.Errorf("%s", counterexample(t, s, v.Counterexample))
		case !v.Finished:
			bound := "MaxStates"
			if r.OutOfMemory() {
				bound = "MaxBytes"
			}
			t.Errorf("%s, %s: %s is not decided (%v): raise %s, or ask for fewer Messages, Workers or Faults",
				l.Consumer.Name, l.Business, p, r, bound)
		default:
			holds = append(holds, p.String())
		}
	}
	if len(holds) > 0 {
		t.Logf("%s, %s: %s within these bounds: %s, %s, %s (%s)\n%s", l.Consumer.Name, l.Business, and(holds),
			plural(r.Bounds.Messages, "message"), plural(r.Bounds.Workers, "worker"),
			plural(r.Bounds.Faults, "fault"), strings.Join(check.Names(r.Bounds.Kinds), ", "), tried(r))
	}
}

// and joins what holds: never-twice and never-lost hold.
func and(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0] + " holds"
	}
	return strings.Join(words[:last], ", ") + " and " + words[last] + " hold"
}

// many writes a number of schedules, which can be beyond imagination.
func many(n float64) string {
	switch {
	case math.IsInf(n, 1):
		return "endless"
	case n >= 1e12:
		return fmt.Sprintf("%.0e", n)
	case n >= 1e9:
		return fmt.Sprintf("%.1f billion", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.1f million", n/1e6)
	}
	return fmt.Sprintf("%.0f", n)
}

// tried says how much a search has tried, and what it has not.
func tried(r *check.Result) string {
	text := fmt.Sprintf("tried: %s schedules, in %v", many(r.Schedules), r)
	if len(r.NoPlace) > 0 {
		text += "\nthere was no place for: " + strings.Join(check.Names(r.NoPlace), ", ")
	}
	text += "\nnot tried: times, which are left out; more messages, workers or faults"
	others := slices.DeleteFunc(check.Kinds(), func(k check.Kind) bool { return slices.Contains(r.Bounds.Kinds, k) })
	if len(others) > 0 {
		text += "; other Kinds: " + strings.Join(check.Names(others), ", ")
	}
	return text
}

// counterexample tells the shortest way to break a property.
func counterexample(t TB, s *settings, e *check.Trace) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s: %s is broken: %s, by %s:\n", e.Lane.Consumer.Name, e.Lane.Business, e.Property,
		harm(e.Lane.Business, e.Property, scenarios.DebtName(&e.Lane.Messages[e.Owed], e.Lane.Business, e.Part)), plural(e.Faults, "fault"))
	for _, line := range retold(e) {
		b.WriteString("    " + line + "\n")
	}
	lane, ok := e.Plan()
	switch {
	case !ok:
		b.WriteString("no plan shows it: " + e.Obstacle() + "\n")
		b.WriteString(also(s, e))
		b.WriteString("to repeat it, search again: go test" + testkit.Only(t))
	case len(lane.Plan) == 0:
		b.WriteString("it takes no fault at all\n" + onScreen(lane) + "to repeat it: go test" + testkit.Only(t))
	default:
		plan := written(lane, e.Lane.Messages)
		b.WriteString("the shortest plan: " + strings.Join(plan, " ") + "\n")
		b.WriteString(also(s, e))
		b.WriteString(onScreen(lane))
		b.WriteString("to repeat it: " + testkit.Again(t, "DEJAVU_PLAN", strings.Join(plan, ";")))
	}
	return b.String()
}

// faulty are the kinds of fault in a trace.
func faulty(e *check.Trace) []check.Kind {
	var kinds []check.Kind
	w := e.Begin()
	for _, a := range e.Actions {
		if k := check.KindOf(w, a); w.Cost(a) > 0 && !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
		w.Do(a)
	}
	return kinds
}

// also names the other kinds of fault of which a single one breaks the same property.
func also(s *settings, e *check.Trace) string {
	if e.Faults != 1 {
		return ""
	}
	var others []check.Kind
	for _, kind := range s.search.Kinds {
		o := s.search
		o.Faults, o.Kinds, o.Properties = 1, []check.Kind{kind}, []sim.Property{e.Property}
		if r, err := search(e.Lane, o); err == nil && r.Of(e.Property).Counterexample != nil {
			others = append(others, kind)
		}
	}
	others = slices.DeleteFunc(others, func(k check.Kind) bool { return slices.Contains(faulty(e), k) })
	if len(others) == 0 {
		return ""
	}
	return "also by a single " + strings.Join(check.Names(others), ", ") + "\n"
}

// retold tells a counterexample: as a run, if it can be one.
func retold(e *check.Trace) []string {
	run, err := sim.Simulate(e.Lane)
	if err != nil {
		return e.Lines()
	}
	run = run.Fork(0)
	faults := make([]bool, len(e.Actions))
	for i, a := range e.Actions {
		if !run.World().Can(a) {
			return e.Lines()
		}
		faults[i] = run.World().Cost(a) > 0
		run.Do(0, a)
	}
	lines, told := make([]string, run.Len()), tell.Of(run, run.Marks(nil))
	for i := range lines {
		lines[i] = mark(faults[i]) + told.Event(i).Sentence(form) + site(run, i)
	}
	if e.Round > 0 {
		lines = append(lines, "  ... and so on, for ever")
	}
	return lines
}

// written writes the plan of a lane, and when its messages come where that is not
// as usual, as DEJAVU_PLAN takes it.
func written(l sim.Lane, usual []sim.Owed) []string {
	var parts []string
	for _, f := range l.Plan {
		parts = append(parts, f.String())
	}
	for i, m := range l.Messages {
		if m.At != usual[i].At {
			parts = append(parts, fmt.Sprintf("%s%s,at=%s", publish, m.ID, sim.Span(m.At)))
		}
	}
	return parts
}

const publish = "publish:"

// read puts a plan onto a lane, and makes that ready to be run.
func read(l *sim.Lane, text string) (sim.Ready, error) {
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if rest, is := strings.CutPrefix(part, publish); is {
			if err := retime(l, rest); err != nil {
				return sim.Ready{}, fmt.Errorf("%q: %w", part, err)
			}
			continue
		}
		f, err := sim.ParseFault(part)
		if err != nil {
			return sim.Ready{}, err
		}
		l.Plan = append(l.Plan, f)
	}
	return l.Ready()
}

// retime publishes a message at another time: ID,at=TIME.
func retime(l *sim.Lane, text string) error {
	id, at, found := strings.Cut(text, ",at=")
	i := slices.IndexFunc(l.Messages, func(m sim.Owed) bool { return m.ID == id })
	if !found || i < 0 {
		return fmt.Errorf("want publish:MESSAGE,at=TIME, such as publish:%s,at=30s; the messages are %s", l.Messages[0].ID, strings.Join(ids(l), ", "))
	}
	when, err := sim.ParseSpan(at)
	l.Messages[i].At = when
	return err
}

func ids(l *sim.Lane) []string {
	all := make([]string, len(l.Messages))
	for i := range l.Messages {
		all[i] = l.Messages[i].ID
	}
	return all
}

// play runs one plan on the timeline and judges what came out.
func play(t TB, s *settings, l sim.Lane, text string) {
	t.Helper()
	lane, err := read(&l, text)
	if err != nil {
		t.Fatalf("DEJAVU_PLAN: %v\nwrite faults as dejavu's --with takes them, separated by ;, such as DEJAVU_PLAN='lose-ack:m1;crash:m1/2/after-effect'", err)
		return
	}
	run, err := lane.Simulate()
	if err != nil {
		t.Fatalf("DEJAVU_PLAN: %v", err)
		return
	}
	broken := false
	for _, p := range s.properties {
		alone := *s
		alone.properties = []sim.Property{p}
		o := alone.judged(run.World(), run.Verdicts())
		if o.victim == broker.None || p == sim.NeverLost && o.verdict(l.Business) == sim.Pending && slices.Contains(s.properties, sim.NeverStuck) {
			continue // what is pending is called stuck, if that is asked for
		}
		broken = true
		why := ""
		if p != sim.NeverTwice {
			why = complaint(run, o.victim)
		}
		t.Errorf("%s, %s: %s is broken: %s, by DEJAVU_PLAN=%s:\n    %s\n%s%s", l.Consumer.Name, l.Business, p, o.harmed(&l), testkit.Quote(text),
			strings.Join(whole(run, o.victim), "\n    "), why, onScreen(l))
	}
	if !broken {
		t.Logf("%s, %s: DEJAVU_PLAN=%s breaks nothing that is asked for:\n    %s", l.Consumer.Name, l.Business, testkit.Quote(text),
			strings.Join(story(run, everything, long), "\n    "))
	}
}

// harm says what became of a thing owed.
func harm(b sim.Business, p sim.Property, id string) string {
	twice := " takes effect twice"
	if b.Info().LastWins {
		twice = " is set over something newer"
	}
	return id + [...]string{twice, " is lost", " is stuck and can no longer be settled"}[p]
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
