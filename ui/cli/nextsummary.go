package cli

import (
	"cmp"
	"slices"

	"dejavu/consumers"
	"dejavu/ui/story"
)

// nextSummary are up to three commands that follow from strategies side by side:
// watch where the first fails that does and the cheapest that holds does not, ask the search whether
// that was luck, and set the others beside them or change the business.
func (a *ask) nextSummary(start string, st *story.Story, f *runFlags) []hint {
	if a.arg == fromStdin {
		return []hint{nextScenario(start, choose(f.plain, "run", "play"), a.arg)}
	}
	var hints []hint
	lanes := cheapest(st)
	holds := slices.IndexFunc(lanes, func(l *story.Lane) bool { return l.Outcome.OK })
	fails := slices.IndexFunc(st.Lanes, func(l *story.Lane) bool { return !l.Outcome.OK })
	if holds >= 0 && fails >= 0 {
		bad, good := st.Lanes[fails], lanes[holds]
		told := *a.told
		told.Consumers = []string{bad.Consumer.Name, good.Consumer.Name}
		why := "watch: " + bad.Consumer.Name + " " + fate(&bad.Outcome) + ", " + good.Consumer.Name + " does not"
		hints = append(hints, hint{a.line(start, choose(f.plain, "run", "play"), &told, a.edits, plainly(f)...), why})
	}
	if holds >= 0 {
		name := lanes[holds].Consumer.Name
		line := command(start, "check", name, "--business", a.told.Business.String())
		hints = append(hints, hint{line, "was " + name + " lucky? every schedule, not one"})
	}
	if names := consumers.Names(); len(st.Lanes) < len(names) {
		told := *a.told
		told.Consumers = names
		hints = append(hints, hint{a.line(start, "run", &told, a.edits, f.form()...), "all strategies side by side"})
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
func cheapest(st *story.Story) []*story.Lane {
	return slices.SortedStableFunc(slices.Values(st.Lanes), func(x, y *story.Lane) int {
		a, b := x.Costs(), y.Costs()
		return cmp.Or(cmp.Compare(a.RoundTrips, b.RoundTrips), cmp.Compare(a.Peak.Entries, b.Peak.Entries), cmp.Compare(a.Calls, b.Calls))
	})
}
