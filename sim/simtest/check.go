package simtest

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"dejavu/sim"
	"dejavu/sim/check"
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
	search, err := check.New(s.lane(c), s.search)
	if err != nil {
		t.Fatalf("simtest.Check: %v", err)
		return
	}
	result, err := search.Run(context.Background())
	if err != nil {
		t.Fatalf("simtest.Check: %v", err)
		return
	}
	judge(t, s, s.lane(c), result)
}

// judge reports what a search has found.
func judge(t TB, s *settings, l sim.Lane, r *check.Result) {
	t.Helper()
	for _, p := range s.properties {
		switch v := r.Of(p); {
		case v.Counterexample != nil:
			t.Errorf("%s", counterexample(t, v.Counterexample))
		case !v.Finished:
			bound := "MaxStates"
			if r.OutOfMemory() {
				bound = "MaxBytes"
			}
			t.Errorf("%s, %s: %s is not decided (%v): raise %s, or ask for fewer Messages, Workers or Faults",
				l.Consumer.Name, l.Business, p, r, bound)
		default:
			t.Logf("%s, %s: %s holds within these bounds: %s, %s, %s (%s); %v", l.Consumer.Name, l.Business, p,
				plural(r.Bounds.Messages, "message"), plural(r.Bounds.Workers, "worker"),
				plural(r.Bounds.Faults, "fault"), join(r.Bounds.Kinds), r)
		}
	}
}

// counterexample tells the shortest way to break a property.
func counterexample(t TB, e *check.Trace) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s: %s is broken: %s, by %s:\n", e.Lane.Consumer.Name, e.Lane.Business, e.Property,
		harm(e.Property, e.Lane.Messages[e.Owed].ID), plural(e.Faults, "fault"))
	for _, line := range retold(e) {
		b.WriteString("    " + line + "\n")
	}
	lane, ok := e.Plan()
	switch {
	case !ok:
		b.WriteString("no plan shows it: the times of the consumer or of the queue forbid it, or it takes a fault that no plan can hold\n")
		b.WriteString("to repeat it, search again: go test" + only(t))
	case len(lane.Plan) == 0:
		b.WriteString("it takes no fault at all; to repeat it: go test" + only(t))
	default:
		plan := written(lane, e.Lane.Messages)
		b.WriteString("the shortest plan: " + strings.Join(plan, " ") + "\n")
		b.WriteString("to repeat it: " + again(t, "DEJAVU_PLAN", strings.Join(plan, ";")))
	}
	return b.String()
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
	lines := make([]string, run.Len())
	for i := range lines {
		lines[i] = mark(faults[i]) + tell(run, i) + site(run, i)
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

// read puts a plan onto a lane.
func read(l *sim.Lane, text string) error {
	for part := range strings.SplitSeq(text, ";") {
		part = strings.TrimSpace(part)
		if rest, is := strings.CutPrefix(part, publish); is {
			if err := retime(l, rest); err != nil {
				return fmt.Errorf("%q: %w", part, err)
			}
			continue
		}
		f, err := sim.ParseFault(part)
		if err != nil {
			return err
		}
		l.Plan = append(l.Plan, f)
	}
	return l.Validate()
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
	if err := read(&l, text); err != nil {
		t.Fatalf("DEJAVU_PLAN: %v\nwrite faults as dejavu's --with takes them, separated by ;, such as DEJAVU_PLAN='lose-ack:m1;crash:m1/2/after-effect'", err)
		return
	}
	run, err := sim.Simulate(l)
	if err != nil {
		t.Fatalf("DEJAVU_PLAN: %v", err)
		return
	}
	story := strings.Join(short(conversation(run, everything)), "\n    ")
	v := run.World().Verdicts()
	broken := false
	for _, p := range s.properties {
		if i := slices.Index(v.Of, wrong(p)); i >= 0 {
			broken = true
			t.Errorf("%s, %s: %s is broken: %s, by DEJAVU_PLAN=%s:\n    %s", l.Consumer.Name, l.Business, p, harm(p, l.Messages[i].ID), quote(text), story)
		}
	}
	if !broken {
		t.Logf("%s, %s: DEJAVU_PLAN=%s breaks nothing that is asked for:\n    %s", l.Consumer.Name, l.Business, quote(text), story)
	}
}

// wrong is the verdict that a property forbids.
func wrong(p sim.Property) sim.Verdict {
	return [...]sim.Verdict{sim.Twice, sim.Never, sim.Pending}[p]
}

// harm says what became of a thing owed.
func harm(p sim.Property, id string) string {
	return id + [...]string{" takes effect twice", " is lost", " is stuck and can no longer be settled"}[p]
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func join(kinds []check.Kind) string {
	texts := make([]string, len(kinds))
	for i, k := range kinds {
		texts[i] = string(k)
	}
	return strings.Join(texts, ", ")
}
