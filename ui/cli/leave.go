package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"dejavu/scenarios"
	"dejavu/ui/play"
	"dejavu/ui/story"
)

// leave says what was watched and how to come back, when the terminal is as it was
// before the screen.
func (s *streams) leave(p *screening, r play.Result, err error) error {
	if r.Now.From == nil && p.ask != nil {
		r.Now = p.now() // it ended before it began
	}
	back := p.reopens(s.start, r.Now)
	switch {
	case r.Panic != nil:
		what := fmt.Sprint(r.Panic)
		if r.Now.Scenario != nil {
			what += fmt.Sprintf(", with seed %d", r.Now.Scenario.Seed)
		}
		return s.mistake(what, r.Stack, back)
	case err != nil:
		return internal{fmt.Errorf("cannot show the screen: %w\nwithout it: %s", err, p.withoutScreen(s.start))}
	}
	if _, err := io.WriteString(s.out, s.farewell(&r, back)); err != nil {
		return unwritten(err)
	}
	if r.Signal != 0 {
		return signalled(r.Signal)
	}
	return nil
}

// withoutScreen is the command that tells what the screen would have shown.
func (p *screening) withoutScreen(start string) string {
	if p.ask == nil {
		return command(start, "run", flagship)
	}
	return p.line(start, "run", p.base, p.edits)
}

// signalled is a signal that ended the screen, which put the terminal in order
// first.
type signalled int

// Error is for whoever prints it all the same.
func (n signalled) Error() string { return fmt.Sprintf("ended by signal %d", int(n)) }

// mostFarewell is how many lines are left on the terminal at most.
const mostFarewell = 15

// farewell is what is left on the terminal: what was watched, what it comes to at
// its end, and how to come back.
func (s *streams) farewell(r *play.Result, back string) string {
	st := r.Story
	if st == nil {
		return fmt.Sprintf("Left at the menu. This one takes a minute: %s\n", command(s.start, "play", flagship))
	}
	head := []string{fmt.Sprintf("%s: watched up to %s of %s", st.Scenario.Title, story.Clock(max(r.Now.At, 0)), story.Clock(st.When(st.Steps())))}
	if r.Step >= st.Steps() {
		head[0] = st.Scenario.Title + ": watched to its end"
	}
	if st.Chance() {
		head = append(head, fmt.Sprintf("Chance: %s, drawn by seed %d", st.Scenario.Rates, st.Scenario.Seed))
	}
	if byHand := changes(r.Now.Edits); byHand != "" {
		head = append(head, "Changed by hand: "+byHand)
	}
	head = append(head, "What it comes to:")
	next := nextScenario(s.start, "play", r.Now.From.Name)
	tail := []string{"Back to this very moment:", "  " + back, "Next: " + next.why, "  " + next.line}
	lanes := s.laneLines(st, mostFarewell-s.rows(head...)-s.rows(tail...))
	return harmless(strings.Join(slices.Concat(head, lanes, tail), "\n")) + "\n"
}

// rows is how many lines of the terminal some lines take.
func (s *streams) rows(lines ...string) int {
	n := 0
	for _, line := range lines {
		n += max(utf8.RuneCountInString(line)-1, 0)/s.width + 1
	}
	return n
}

// laneLines say what it comes to, lane by lane: with names where there is room for
// them, else with numbers, and not of all if there is no room for that.
func (s *streams) laneLines(st *story.Story, room int) []string {
	lines := laneTable(st, fate)
	if s.rows(lines...) > room {
		lines = laneTable(st, counts)
	}
	for i := range lines {
		if left := len(lines) - i; s.rows(lines[:i+1]...)+min(left-1, 1) > room {
			return append(lines[:i], fmt.Sprintf("  and %d more", left))
		}
	}
	return lines
}

func laneTable(st *story.Story, verdict func(*scenarios.Outcome) string) []string {
	names := 0
	for _, l := range st.Lanes {
		names = max(names, len(l.Consumer.Name))
	}
	lines := make([]string, len(st.Lanes))
	for i, l := range st.Lanes {
		o := &l.Outcome
		taken, owed := story.Amount(o.Business, o.Taken), story.Amount(o.Business, o.Owed)
		lines[i] = fmt.Sprintf("  %-*s  %s %s of %s owed: %s", names, l.Consumer.Name, taken, o.Business.Info().Words.InAll, owed, verdict(o))
	}
	return lines
}

// counts is an outcome in fewer words than fate.
func counts(o *scenarios.Outcome) string {
	if o.OK {
		return "all once"
	}
	var parts []string
	for _, p := range []struct {
		ids  []string
		word string
	}{{o.Twice, "twice"}, {o.Never, "never"}, {o.Parked, "parked"}, {o.Pending, "pending"}} {
		if len(p.ids) > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", len(p.ids), p.word))
		}
	}
	return strings.Join(parts, ", ")
}

// changes says which faults were added, and which taken away. One that was both is
// neither.
func changes(e story.Edits) string {
	var added, away []string
	for _, f := range e.With {
		if !e.Off(f) {
			added = append(added, f.String())
		}
	}
	for _, f := range e.Without {
		if !slices.Contains(normal(e.With), f.Normal()) {
			away = append(away, f.String())
		}
	}
	var parts []string
	for _, p := range []struct {
		faults []string
		verb   string
	}{{added, "added"}, {away, "taken away"}} {
		if len(p.faults) > 0 {
			parts = append(parts, few(p.faults, 3)+" "+p.verb)
		}
	}
	return strings.Join(parts, "; ")
}
