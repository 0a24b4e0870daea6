package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
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
	return append(hints, nextScenario(start, words.Either(f.plain, "run", "play"), a.arg))
}

// oneMore are the faults that are tried to break a lane that holds, the most
// telling first. The message is put in where %s stands.
var oneMore = []string{"crash:%s/after-effect", "lose-ack:%s", "copy:%s", "crash:%s/before-effect"}

// best are the lanes of a story, those that promise most first; of equal promises
// those that come later in the order of learning.
func best(st *story.Story) []*story.LaneStory {
	names := consumers.Names()
	return slices.SortedFunc(slices.Values(st.Lanes), func(a, b *story.LaneStory) int {
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
				f, err := sim.ParseFault(fmt.Sprintf(more, a.told.Messages[i].ID))
				if err != nil {
					continue // an id that --with cannot name
				}
				e := whatif.Edits{With: append(slices.Clone(a.edits.With), f), Without: a.edits.Without}
				if o, ok := a.tally(e.Apply(a.base), l.Consumer); ok && !o.OK {
					return []hint{{a.line(start+" run", a.base, e), f.Kind.Info().Words.Noun + ": " + l.Consumer.Name + " " + fate(&o)}}
				}
			}
		}
	}
	return nil
}

// otherBusiness finds where the same faults have another verdict.
func (a *ask) otherBusiness(start string, st *story.Story, how ...string) []hint {
	for _, b := range slices.Backward(sim.SingleEffects()) { // stock is the furthest from a card
		told := *a.told
		told.Business = b
		if what := a.changed(st, &told); b != a.told.Business && what != "" {
			return []hint{{a.line(start+" run", &told, a.edits, how...), "the same faults with " + b.String() + ": " + what}}
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
		if !ok || seen[fate(&o)] || !anyOK && !o.OK || o.OK && !a.handlerHolds(a.told, c) {
			continue
		}
		told := *a.told
		told.Consumers = []string{a.told.Consumers[0], c.Name}
		return []hint{{a.line(start+" run", &told, a.edits), c.Name + " " + fate(&o)}}
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
	return hint{command(start, "list"), "all scenarios, consumers, faults, brokers, levels and formats"}
}

// changed says which lane comes off otherwise in another telling, or "".
func (a *ask) changed(st *story.Story, told *scenarios.Scenario) string {
	for _, l := range best(st) {
		if o, ok := a.tally(told, l.Consumer); ok && fate(&o) != fate(&l.Outcome) && (!o.OK || a.handlerHolds(told, l.Consumer)) {
			return l.Consumer.Name + " " + fate(&o)
		}
	}
	return ""
}

// handlerHolds reports whether a consumer that came off well does so as well where what
// strikes its effect strikes its handler. With a relay, those are two places: the others
// were struck at their handler, and to spare that one would be no comparison.
func (a *ask) handlerHolds(s *scenarios.Scenario, c sim.Consumer) bool {
	if c.Relay == nil {
		return true
	}
	told := *s
	told.Faults = slices.Clone(s.Faults)
	for i := range told.Faults {
		switch f := &told.Faults[i]; {
		case !f.AtEffect() || f.Kind == sim.SlowFault: // a handler without an effect waits for no receiver
		case slices.Contains(f.Kind.Fields(), "step"):
			f.Step = sim.OpCommit.String()
		default:
			f.Before, f.After = sim.OpCommit.String(), ""
		}
	}
	o, ok := a.tally(&told, c)
	return ok && o.OK
}

// tally runs one lane, and says what it came to; not if that takes more work than is
// left for hints, or if the lane would not end. The work is counted and not timed, so
// that the hints are the same everywhere.
func (a *ask) tally(s *scenarios.Scenario, c sim.Consumer) (scenarios.Balance, bool) {
	a.left -= len(s.Messages)
	if a.left <= 0 {
		return scenarios.Balance{}, false
	}
	lane := s.Lane(c)
	lane.MaxEvents = min(lane.MaxEvents, a.left)
	t, err := sim.NewTimeline(lane)
	if err != nil {
		return scenarios.Balance{}, false
	}
	for t.Next() {
		a.left--
	}
	if t.World().Err() != nil || t.Ending() == sim.OutOfEvents {
		return scenarios.Balance{}, false
	}
	return scenarios.Judge(s.Messages, s.Business, t.Verdicts()), true
}

// fate is an outcome in a few words.
func fate(o *scenarios.Balance) string {
	if o.OK {
		return "does everything once"
	}
	var parts []string
	does := o.Business.Words().Verbs
	if o.Business.Info().LastWins {
		does += " the " + o.Business.String()
	}
	for _, p := range []struct {
		ids    []string
		format string
	}{{o.Twice, does + " " + o.Business.Words().Often + " for %s"}, {o.Never, "never " + does + " for %s"}, {o.Parked, "parks %s"}, {o.Pending, "is not done with %s"}, {o.Unsettled, "never settles %s"}} {
		if len(p.ids) > 0 {
			parts = append(parts, fmt.Sprintf(p.format, words.Few(p.ids, mostNamed, ", ")))
		}
	}
	if o.Cut && len(parts) == 0 {
		return "does not come to an end"
	}
	return strings.Join(parts, ", ")
}

// nextSummary are up to three commands that follow from strategies side by side:
// watch where the first fails that does and the cheapest that holds does not, ask the search whether
// that was luck, and set the others beside them or change the business.
func (a *ask) nextSummary(start string, st *story.Story, f *runFlags) []hint {
	if a.arg == fromStdin {
		return []hint{nextScenario(start, words.Either(f.plain, "run", "play"), a.arg)}
	}
	var hints []hint
	lanes := cheapest(st)
	holds := slices.IndexFunc(lanes, func(l *story.LaneStory) bool { return l.Outcome.OK && a.handlerHolds(a.told, l.Consumer) })
	fails := slices.IndexFunc(st.Lanes, func(l *story.LaneStory) bool { return !l.Outcome.OK })
	if holds >= 0 && fails >= 0 {
		bad, good := st.Lanes[fails], lanes[holds]
		told := *a.told
		told.Consumers = []string{bad.Consumer.Name, good.Consumer.Name}
		why := "watch: " + bad.Consumer.Name + " " + fate(&bad.Outcome) + ", " + good.Consumer.Name + " does not"
		hints = append(hints, hint{a.line(start+words.Either(f.plain, " run", " play"), &told, a.edits, plainly(f)...), why})
	}
	if holds >= 0 {
		name := lanes[holds].Consumer.Name
		line := command(start, "check", name, "--business", a.told.Business.String())
		hints = append(hints, hint{line, "was " + name + " lucky? every schedule, not one"})
	}
	if names := consumers.Names(); len(st.Lanes) < len(names) {
		told := *a.told
		told.Consumers = names
		hints = append(hints, hint{a.line(start+" run", &told, a.edits, f.form()...), "all strategies side by side"})
	} else if other := a.otherBusiness(start, st, f.form()...); len(hints) < mostHints {
		hints = append(hints, other...)
	}
	return hints
}

// plainly are the flags that keep a story plain.
func plainly(f *runFlags) []string {
	if f.plain {
		return []string{"--plain"}
	}
	return nil
}

// cheapest are the lanes by round trips, then by what they kept, then by what they
// asked of the receiver.
func cheapest(st *story.Story) []*story.LaneStory {
	return slices.SortedStableFunc(slices.Values(st.Lanes), func(x, y *story.LaneStory) int {
		a, b := x.Costs(), y.Costs()
		return cmp.Or(cmp.Compare(a.RoundTrips, b.RoundTrips), cmp.Compare(a.Peak.Entries, b.Peak.Entries), cmp.Compare(a.Calls, b.Calls))
	})
}

// after writes what follows a story: whether it went as its file expects, the
// line that repeats it, and, after the last, what to try next. It reports whether
// it went as expected.
func (s *streams) after(a *ask, st *story.Story, f *runFlags, last bool) (ok bool, err error) {
	if f.given["seed"] && !st.Chance() {
		fmt.Fprintf(s.err, "note: nothing is left to chance in %s, so --seed changes nothing; --rates adds chance\n", quote(a.arg))
	}
	for _, fault := range a.withoutEffect() {
		fmt.Fprintf(s.err, "note: chance does not draw %s in %s, so --without changes nothing\n", fault, quote(a.arg))
	}
	c := a.compare(st)
	if w := s.hints(f); w != nil {
		text := "\n" + strings.Join(words.Wrapped(c.summary, s.width), "\n") + "\n" + s.repeat(a, st, f)
		if last {
			text += s.next(a, st, f)
		}
		_, err = io.WriteString(w, text)
	}
	for _, d := range c.differences {
		fmt.Fprintln(s.err, harmless(a.arg+": "+d))
	}
	return len(c.differences) == 0, err
}

// hints is where hints go: to standard output after a story for people; to standard error
// beside JSON, if that is a terminal. It is nil if nobody would read them.
func (s *streams) hints(f *runFlags) io.Writer {
	switch {
	case !f.json && !f.events:
		return s.out
	case s.errTerminal:
		return s.err
	}
	return nil
}

// repeat is the line that tells a story again.
func (s *streams) repeat(a *ask, st *story.Story, f *runFlags) (text string) {
	if st.Chance() {
		text += fmt.Sprintf("Chance: %s, drawn by seed %d.\n", st.Scenario.Rates, st.Scenario.Seed)
	}
	label := "Repeat it: "
	if a.arg == fromStdin {
		label = "Repeat it, with the same input: "
	}
	return text + label + a.line(s.start+" run", a.told, a.edits, f.form()...) + "\n"
}

// next is what to try next.
func (s *streams) next(a *ask, st *story.Story, f *runFlags) (text string) {
	hints := a.next(s.start, st, f)
	if f.plain {
		for _, h := range hints {
			text += fmt.Sprintf("Next, %s: %s\n", h.why, h.line)
		}
		return text
	}
	return table(hints, s.width)
}

// table writes hints, the reason before the command: so that what is marked from
// there to the end of the line can be pasted into any shell. Where the two do not fit
// beside each other, the command stands below.
func table(hints []hint, width int) string {
	const label = "Next: "
	room := width - len(label) - 2
	most, longest := 0, 0
	for _, h := range hints {
		most, longest = max(most, utf8.RuneCountInString(h.why)), max(longest, utf8.RuneCountInString(h.line))
	}
	if most+longest > room {
		most = 0
	}
	text := ""
	for i, h := range hints {
		between := "  "
		if utf8.RuneCountInString(h.why)+utf8.RuneCountInString(h.line) > room {
			between = "\n" + strings.Repeat(" ", len(label)+2)
		}
		text += fmt.Sprintf("%-*s%-*s%s%s\n", len(label), words.Either(i == 0, label, ""), most, h.why, between, h.line)
	}
	return text
}

// comparison is what a run came to, against what its file expects.
type comparison struct {
	differences []string // a sentence each
	summary     string   // the same in one line, or why there is nothing to compare
}

// compare holds every lane of a story against what the file expects of it. That
// is fair only where the messages met what the file says: its business, its
// queue, its faults and its luck.
func (a *ask) compare(st *story.Story) comparison {
	if len(a.own.Expect) == 0 {
		return comparison{summary: "Not compared: the file expects nothing; add expect: to make it a test."}
	}
	if foreign := a.foreign(); len(foreign) > 0 {
		verb := "is"
		if len(foreign) > 1 || strings.HasSuffix(foreign[0], "s") && foreign[0] != "business" {
			verb = "are"
		}
		return comparison{summary: fmt.Sprintf("Not compared with what the file expects: the %s %s not the file's.", words.Listed(foreign), verb)}
	}
	var c comparison
	var held, silent []string
	for _, l := range st.Lanes {
		name := l.Consumer.Name
		e, stated := a.told.Expectation(name)
		if !stated {
			silent = append(silent, name)
			continue
		}
		wrong := e.Differences(l.Outcome)
		if len(wrong) == 0 {
			held = append(held, name)
		}
		c.differences = append(c.differences, wrong...)
	}
	c.summary = summarise(held, silent, len(c.differences))
	return c
}

func summarise(held, silent []string, wrong int) string {
	var parts []string
	if wrong > 0 {
		parts = append(parts, fmt.Sprintf("Not as the file expects: %d of its figures %s.", wrong, words.Either(wrong == 1, "differs", "differ")))
	}
	if len(held) > 0 {
		parts = append(parts, fmt.Sprintf("As the file expects: %s.", words.Listed(held)))
	}
	if len(silent) > 0 {
		parts = append(parts, fmt.Sprintf("Not compared: %s, which the file does not mention.", words.Listed(silent)))
	}
	return strings.Join(parts, " ")
}
