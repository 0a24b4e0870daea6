package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// hint is a command to try, and what it will show.
type hint struct{ line, why string }

const (
	mostHints   = 3
	mostToTry   = 200_000 // events and messages, of all that hints simulate: less than 100 ms
	mostToBreak = 8       // messages that another fault is tried on
	mostNamed   = 2       // messages that a hint names
)

// next are up to three commands that show something else than this story did.
// None is a guess: each change was simulated, and made a difference.
// Standard input cannot be read again, so nothing of it is changed.
// A hint that would take too much work to find is left out.
func (a *ask) next(start string, st *story.Story, f *runFlags) []hint {
	a.left = mostToTry
	if f.summary {
		return a.nextSummary(start, st, f)
	}
	var hints []hint
	if a.arg != fromStdin {
		hints = append(hints, a.breakIt(start, st)...)
		hints = append(hints, a.otherBusiness(start, st)...)
		hints = append(hints, a.otherConsumer(start, st)...)
	}
	hints = hints[:min(len(hints), mostHints-1)]
	return append(hints, nextScenario(start, choose(f.plain, "run", "play"), a.arg))
}

// oneMore are the faults that are tried to break a lane that holds, the most
// telling first. The message is put in where %s stands.
var oneMore = []struct{ fault, words string }{
	{"crash:%s/after-effect", "a crash"}, {"lose-ack:%s", "a lost ack"},
	{"copy:%s", "a copy"}, {"crash:%s/before-effect", "a crash"},
}

// best are the lanes of a story, those that promise most first; of equal promises
// those that come later in the order of learning.
func best(st *story.Story) []*story.Lane {
	names := consumers.Names()
	return slices.SortedFunc(slices.Values(st.Lanes), func(a, b *story.Lane) int {
		return cmp.Or(promises(b.Consumer)-promises(a.Consumer), slices.Index(names, b.Consumer.Name)-slices.Index(names, a.Consumer.Name))
	})
}

// promises counts what a consumer claims, in all businesses.
func promises(c sim.Consumer) int {
	return len(c.Claims.Card) + len(c.Claims.Mail) + len(c.Claims.Stock)
}

// breakIt finds one fault that a consumer which came off well does not survive,
// beginning with the best.
func (a *ask) breakIt(start string, st *story.Story) []hint {
	for _, l := range best(st) {
		if !l.Outcome.OK {
			continue
		}
		for _, more := range oneMore {
			for i := range a.told.Messages[:min(len(a.told.Messages), mostToBreak)] {
				f, err := sim.ParseFault(fmt.Sprintf(more.fault, a.told.Messages[i].ID))
				if err != nil {
					continue // an id that --with cannot name
				}
				e := story.Edits{With: append(slices.Clone(a.edits.With), f), Without: a.edits.Without}
				if o, ok := a.tally(e.Apply(a.base), l.Consumer); ok && !o.OK {
					return []hint{{a.line(start, "run", a.base, e), more.words + ": " + l.Consumer.Name + " " + fate(&o)}}
				}
			}
		}
	}
	return nil
}

// otherBusiness finds where the same faults have another verdict.
func (a *ask) otherBusiness(start string, st *story.Story, how ...string) []hint {
	for _, b := range slices.Backward(sim.Businesses()) { // stock is the furthest from a card
		told := *a.told
		told.Business = b
		if what := a.changed(st, &told); b != a.told.Business && what != "" {
			return []hint{{a.line(start, "run", &told, a.edits, how...), "the same faults with " + b.String() + ": " + what}}
		}
	}
	return nil
}

// otherConsumer finds one that comes off otherwise than all that were watched:
// one that holds, if none did, else the first in the order of learning.
func (a *ask) otherConsumer(start string, st *story.Story) []hint {
	seen := map[string]bool{}
	anyOK := false
	for _, l := range st.Lanes {
		seen[fate(&l.Outcome)] = true
		anyOK = anyOK || l.Outcome.OK
	}
	for _, c := range consumers.All() {
		if slices.Contains(a.told.Consumers, c.Name) {
			continue
		}
		o, ok := a.tally(a.told, c)
		if !ok || seen[fate(&o)] || !anyOK && !o.OK {
			continue
		}
		told := *a.told
		told.Consumers = []string{a.told.Consumers[0], c.Name}
		return []hint{{a.line(start, "run", &told, a.edits), c.Name + " " + fate(&o)}}
	}
	return nil
}

// nextScenario is the one after another in the order of learning, or the list.
func nextScenario(start, verb, name string) hint {
	names := scenarios.Names()
	if i := slices.Index(names, name); i >= 0 && i+1 < len(names) {
		if s, ok := scenarios.Get(names[i+1]); ok {
			return hint{command(start, verb, s.Name), s.Title}
		}
	}
	return hint{command(start, "list"), "all scenarios, consumers, faults and brokers"}
}

// changed says which lane comes off otherwise in another telling, or "".
func (a *ask) changed(st *story.Story, told *scenarios.Scenario) string {
	for _, l := range best(st) {
		if o, ok := a.tally(told, l.Consumer); ok && fate(&o) != fate(&l.Outcome) {
			return l.Consumer.Name + " " + fate(&o)
		}
	}
	return ""
}

// tally runs one lane, and says what it came to; not if that takes more work than is
// left for hints, or if the lane would not end. The work is counted and not timed, so
// that the hints are the same everywhere.
func (a *ask) tally(s *scenarios.Scenario, c sim.Consumer) (scenarios.Outcome, bool) {
	a.left -= len(s.Messages)
	if a.left <= 0 {
		return scenarios.Outcome{}, false
	}
	lane := s.Lane(c)
	lane.MaxEvents = min(lane.MaxEvents, a.left)
	t, err := sim.NewTimeline(lane)
	if err != nil {
		return scenarios.Outcome{}, false
	}
	for t.Next() {
		a.left--
	}
	if t.World().Err() != nil || t.Ending() == sim.OutOfEvents {
		return scenarios.Outcome{}, false
	}
	return scenarios.Judge(s.Messages, s.Business, t.Verdicts()), true
}

// fate is an outcome in a few words.
func fate(o *scenarios.Outcome) string {
	if o.OK {
		return "does everything once"
	}
	var parts []string
	does := story.Verb(o.Business)
	for _, p := range []struct {
		ids    []string
		format string
	}{{o.Twice, does + " twice for %s"}, {o.Never, "never " + does + " for %s"}, {o.Parked, "parks %s"}, {o.Pending, "is not done with %s"}} {
		if len(p.ids) > 0 {
			parts = append(parts, fmt.Sprintf(p.format, few(p.ids, mostNamed)))
		}
	}
	if o.Cut && len(parts) == 0 {
		return "does not come to an end"
	}
	return strings.Join(parts, ", ")
}
