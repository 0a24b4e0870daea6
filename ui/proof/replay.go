package proof

import (
	"slices"
	"unicode/utf8"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// Replay finds the edits that make a scenario show a counterexample: on its own
// messages, at its own times, the same property of the same thing breaks. What it
// returns has been played; there is nothing if the times of the scenario forbid it.
func Replay(t *check.Trace, base *scenarios.Scenario) (*scenarios.Scenario, whatif.Edits, bool) {
	told := *base
	told.Consumers, told.Business = []string{t.Lane.Consumer.Name}, t.Lane.Business
	if workers := t.Lane.Processes; workers != told.Workers || t.Lane.Threads > 1 || len(told.Messages) < len(t.Lane.Messages) {
		return nil, whatif.Edits{}, false
	}
	if t.Lane.Queue.Name != "" {
		told.Queue = t.Lane.Queue
	}
	told.Rates = quieted(base.Rates)
	on := onto(t, &told)
	if !possible(&on) {
		return nil, whatif.Edits{}, false
	}
	lane, ok := on.Plan()
	if !ok || !slices.Equal(lane.Messages, told.Messages) {
		return nil, whatif.Edits{}, false
	}
	var edits whatif.Edits
	for _, f := range base.Faults {
		if !f.Among(lane.Plan) && !edits.Off(f) {
			edits = edits.Toggle(f)
		}
	}
	for _, f := range lane.Plan {
		if !f.Among(base.Faults) {
			edits.With = append(edits.With, f)
		}
	}
	return &told, edits, shows(&on, &told, edits, len(lane.Plan))
}

// Dearest tells a counterexample of the thing in a scenario that is worth most, and
// returns nil where it cannot be told so: what a key is numbered may hang on the order, and
// a message that owes another one stands beside it.
func Dearest(t *check.Trace, s *scenarios.Scenario) *check.Trace {
	if len(s.Messages) < len(t.Lane.Messages) || slices.ContainsFunc(s.Messages, func(m sim.Owed) bool { return m.Owes != "" }) {
		return nil
	}
	told := *s
	if t.Lane.Queue.Name != "" {
		told.Queue = t.Lane.Queue
	}
	on := onto(t, &told)
	was := on.Owed
	on.Owed = 0
	for n := range s.Messages {
		if s.Messages[n].Amount > s.Messages[on.Owed].Amount {
			on.Owed = n
		}
	}
	a, b := int32(was), int32(on.Owed)
	for i := range on.Actions {
		switch msg := &on.Actions[i].Msg; *msg {
		case a:
			*msg = b
		case b:
			*msg = a
		}
	}
	if !possible(&on) {
		return nil
	}
	return &on
}

// quieted are rates that leave nothing to chance.
func quieted(rates sim.Rates) sim.Rates {
	if !rates.Any() {
		return rates
	}
	none := sim.Rates{}
	for _, k := range sim.FaultKinds() {
		if _, set := rates[k]; set {
			none[k] = 0
		}
	}
	return none
}

// onto moves a trace to the messages of a scenario, those that it does not need
// included: each to the one of its name, or of its place where a name is missing.
func onto(t *check.Trace, s *scenarios.Scenario) check.Trace {
	on := *t
	n, more := len(t.Lane.Messages), int32(len(s.Messages)-len(t.Lane.Messages))
	at := make([]int, n)
	for i := range at {
		id := t.Lane.Messages[i].ID
		at[i] = slices.IndexFunc(s.Messages, func(m sim.Owed) bool { return m.ID == id })
	}
	if slices.Contains(at, -1) {
		for i := range at {
			at[i] = i
		}
	}
	on.Lane.Messages, on.Lane.Queue = s.Messages, s.Queue
	on.Owed = at[t.Owed]
	on.Actions = slices.Clone(t.Actions)
	for i := range on.Actions {
		if msg := &on.Actions[i].Msg; int(*msg) >= n {
			*msg += more // a copy
		} else {
			*msg = int32(at[*msg])
		}
	}
	return on
}

// possible reports whether a trace can be taken: a handler may do something else
// with other messages.
func possible(t *check.Trace) bool {
	w := t.Begin()
	for _, a := range t.Actions {
		if int(a.Worker) >= w.Workers() || int(a.Msg) >= w.Queue().Len() || !w.Can(a) {
			return false
		}
		w.Do(a)
	}
	return true
}

// shows plays a scenario as a command line would, with faults that were written and
// read again, and reports whether so many of them break what the trace breaks.
func shows(t *check.Trace, s *scenarios.Scenario, e whatif.Edits, faults int) bool {
	for _, f := range slices.Concat(e.With, e.Without) {
		if same, err := sim.ParseFault(f.String()); err != nil || !same.Same(f) {
			return false // an id that a command line cannot say
		}
	}
	run, err := sim.Simulate(e.Apply(s).Lane(t.Lane.Consumer))
	if err != nil || len(run.Faults) != faults {
		return false
	}
	return t.Shown(run.World())
}

// lesson says by what a counterexample comes to its end, if a file has room for that.
func lesson(t *check.Trace, by string) string {
	if whole := by + ": " + Ending(t); utf8.RuneCountInString(whole) <= scenarios.MaxTeaches {
		return whole
	}
	return Ending(t)
}

// File returns a counterexample as a scenario of its own.
func File(t *check.Trace) (*scenarios.Scenario, bool) {
	lane, ok := t.Plan()
	if !ok || lane.Threads > 1 {
		return nil, false
	}
	id := lane.Messages[t.Owed].ID
	s := &scenarios.Scenario{
		Title:   lane.Consumer.Name + ": " + TitleIn(t.Property, lane.Business) + " is broken",
		Teaches: lesson(t, words.Either(len(lane.Plan) > t.Faults, "a worker that is slow for a moment", By(t))),
		Seed:    scenarios.DefaultSeed, Business: lane.Business, Messages: lane.Messages, Queue: lane.Queue,
		Consumers: []string{lane.Consumer.Name}, Workers: lane.Processes, Faults: lane.Plan,
	}
	run, err := sim.Simulate(s.Lane(lane.Consumer))
	if err != nil {
		return nil, false
	}
	v := run.Verdicts()
	if !t.Shown(run.World()) {
		return nil, false
	}
	s.Expect = []scenarios.Expectation{scenarios.Expect(lane.Consumer.Name, scenarios.Judge(s.Messages, s.Business, v))}
	s.Story = "The shortest way to break it that the search found: " + id + " shows it."
	var crowd []string
	for _, m := range lane.Messages[len(t.Lane.Messages):] {
		crowd = append(crowd, m.ID)
	}
	if len(crowd) > 0 {
		s.Story += " With " + words.Listed(crowd) + " there is enough to push it out of memory."
	}
	return s, true
}
