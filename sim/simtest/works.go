package simtest

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
)

// works reports whether a consumer does what is owed if nothing goes wrong, and fails if
// it does not: of one that never works, nothing that holds says anything.
func works(t TB, l sim.Lane, caller string) bool {
	t.Helper()
	l.Plan, l.Rates = nil, nil
	run, err := sim.Simulate(l)
	if err != nil {
		t.Fatalf("%s: %v", caller, err)
		return false
	}
	v := run.World().Verdicts()
	owed := slices.IndexFunc(v.Of, func(of sim.Verdict) bool { return of == sim.Pending || of == sim.Parked })
	if owed >= 0 {
		owed, _ = l.Business.Owing(owed)
	}
	if !slices.ContainsFunc(v.Effects, func(n int32) bool { return n > 0 }) {
		owed = 0 // where only some are lost it depends on which: that is for who asks whether any is
	}
	what := "never takes effect"
	if owed < 0 {
		owed, what = unsettled(run.World()), "takes effect and is never acked"
	}
	if owed == broker.None {
		return true
	}
	t.Errorf("%s, %s: the handler does not work: %s %s, although nothing goes wrong\n%s    %s", l.Consumer.Name, l.Business,
		l.Messages[owed].ID, what, complaint(run, owed), strings.Join(story(run, owed, brief), "\n    "))
	return false
}

// outcome is what a run came to.
type outcome struct {
	broken sim.Property // of those that were asked for, if
	victim int          // the index of what is owed is not broker.None,
	part   int          // or which part of it
	of     sim.Verdicts
	stays  int // the first thing owed that the queue still has, or broker.None
}

// judged judges the end of a run. What is pending then has had a day, or ten thousand
// deliveries, since the last trouble: it is as good as lost.
func (s *settings) judged(w *sim.World, of sim.Verdicts) outcome {
	o := outcome{victim: broker.None, of: of, stays: unsettled(w)}
	for _, p := range s.properties {
		wrong := [...][]sim.Verdict{{sim.Twice, sim.Stale}, {sim.Never, sim.Pending}, {sim.Pending}}[p]
		if p == sim.NeverLost && slices.Contains(s.properties, sim.NeverStuck) {
			wrong = wrong[:1] // it will be called stuck
		}
		debt := slices.IndexFunc(o.of.Of, func(of sim.Verdict) bool { return slices.Contains(wrong, of) })
		switch {
		case debt >= 0:
			o.broken = p
			o.victim, o.part = s.business.Owing(debt)
			return o
		case p == sim.NeverStuck && o.stays != broker.None:
			o.broken, o.victim = p, o.stays
			return o
		}
	}
	return o
}

// verdict is that on what a run has harmed.
func (o outcome) verdict(b sim.Business) sim.Verdict { return o.of.Of[b.Debt(o.victim, o.part)] }

// harmed says what became of what a run has harmed.
func (o outcome) harmed(l *sim.Lane) string {
	id := scenarios.DebtName(&l.Messages[o.victim], l.Business, o.part)
	if o.broken == sim.NeverLost && o.verdict(l.Business) == sim.Pending {
		return id + " has not taken effect when the run ends"
	}
	return harm(l.Business, o.broken, id)
}

// tally counts what a sweep comes by that is no harm to what was asked for, and is not
// to be passed over.
type tally struct {
	runs  int
	first string
}

func (c *tally) add(l *sim.Lane, owed int) {
	if c.runs++; c.runs == 1 {
		c.first = fmt.Sprintf("%s with seed %d", l.Messages[owed].ID, l.Seed)
	}
}

func (c *tally) log(t TB, what string) {
	t.Helper()
	if c.runs > 0 {
		t.Logf("%s %s, such as %s", plural(c.runs, "run"), what, c.first)
	}
}
