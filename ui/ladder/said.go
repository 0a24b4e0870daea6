package ladder

import (
	"fmt"

	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/learn"
	"dejavu/ui/proof"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// MostHints is how many hints there are: where to look, which kind of fault, the plan.
const MostHints = 3

// Hint returns the n-th hint, from 1, as the search knows it.
func (p *Puzzle) Hint(n int) string {
	t := p.Trace()
	if t == nil {
		return [...]string{
			"Where to look: between two lines. What does the next delivery find if the worker stops there?",
			fmt.Sprintf("Which kind: the search tried %s, alone and in pairs.", words.Listed(proof.Troubles(p.Case.Result.Bounds.Kinds))),
			"The plan: there is none. Press n, for nobody can.",
		}[n-1]
	}
	at, kinds := faultsOf(t)
	switch {
	case n == 1:
		return "Where to look: " + p.where(t, at, kinds)
	case n == 2 && len(kinds) == 0:
		return "Which kind: none. No fault is needed."
	case n == 2:
		return "Which kind: " + words.Listed(proof.Troubles(kinds)) + "."
	}
	_, edits, _ := p.Answer()
	return fmt.Sprintf("The plan: %s. As faults: %s.", proof.By(t), faults(edits.With))
}

// faults lists faults as a command line has them.
func faults(all []sim.Fault) string {
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].String()
	}
	if len(names) == 0 {
		return "none"
	}
	return words.Listed(names)
}

// faultsOf returns which actions of a trace are faults, and of which kinds.
func faultsOf(t *check.Trace) (at []int, kinds []check.Kind) {
	w := t.Begin()
	for n, a := range t.Actions {
		if w.Cost(a) > 0 {
			at, kinds = append(at, n), append(kinds, check.KindOf(w, a))
		}
		w.Do(a)
	}
	return at, kinds
}

// where names the line of the handler at which the first fault strikes that strikes one or,
// if none does, what is around the handler.
func (p *Puzzle) where(t *check.Trace, at []int, kinds []check.Kind) string {
	rows := proof.Rows(t)
	for _, n := range at {
		for i := range rows {
			if r := &rows[i]; r.First <= n+1 && n+1 <= r.Last && r.Code != "" {
				return fmt.Sprintf("%s, %s", r.Site, r.Code)
			}
		}
	}
	switch {
	case len(at) == 0:
		return "at the orders, and not at the network."
	case kinds[0] == check.LoseAck:
		return "behind the last line, at the ack."
	}
	return "before the first line: at what arrives, and when."
}

// Solved says what it took, what par is, and what could have been done with less.
func (p *Puzzle) Solved(took learn.Score) []words.Line {
	t := p.Trace()
	lines := []words.Line{
		words.Say(words.Strong, fmt.Sprintf("You: %s, %s. Par: %s, %s.", words.Count(took.Faults, "fault"), words.Count(took.Actions, "action"), words.Count(p.Par.Faults, "fault"), words.Count(p.Par.Actions, "action"))),
	}
	switch {
	case took.Faults > p.Par.Faults:
		lines = append(lines, words.Say(words.Fault, "Less is enough: "+proof.By(t)+"."))
	case took.Actions > p.Par.Actions:
		lines = append(lines, words.Say(words.Plain, "As few faults as can be. There is a shorter way: "+proof.By(t)+"."))
	default:
		lines = append(lines, words.Say(words.OK, "Nobody does it with less."))
	}
	if p.Teaches != "" {
		lines = append(lines, words.Say(words.Plain, p.Teaches))
	}
	return lines
}

// Unbroken says that nobody can, within which bounds.
func (p *Puzzle) Unbroken() []words.Line {
	lines := []words.Line{words.Say(words.OK, "Right: nobody can "+p.Aim()+" within these bounds.")}
	for _, text := range []string{"Searched: " + p.Case.Searched() + ".", "Bounds: " + p.Case.Bounds(), "Not tried: " + p.Case.NotCovered()} {
		lines = append(lines, words.Say(words.Plain, text))
	}
	if p.Teaches != "" {
		lines = append(lines, words.Say(words.Strong, p.Teaches))
	}
	return lines
}

// Missed says of somebody who gave up too early what it takes, and what they may believe.
func (p *Puzzle) Missed() []words.Line {
	lines := []words.Line{words.Say(words.Wrong, "Somebody can: "+proof.By(p.Trace())+".")}
	if p.Belief != 0 {
		lines = append(lines, words.Say(words.Plain, "Who misses this may believe that "+p.Belief.Text()+" ("+p.Belief.String()+")."))
	}
	return lines
}

// Try adds a fault to what was struck so far. It refuses what this network cannot do, and
// what the budget does not allow.
func (p *Puzzle) Try(so whatif.Edits, f sim.Fault) (whatif.Edits, error) {
	next := so.Add(f)
	switch spent := p.Spent(next.Apply(p.Scenario)); {
	case !p.Allows(f):
		return so, fmt.Errorf("this network cannot do that: it has %s", words.Listed(proof.Troubles(p.Case.Result.Bounds.Kinds)))
	case spent > p.Faults:
		return so, fmt.Errorf("that makes %s, and you have %d: take one back", words.Count(spent, "fault"), p.Faults)
	}
	return next, nil
}

// Conclusion is how a level ended: it was broken, said rightly to be unbreakable, or given up.
type Conclusion struct {
	Won bool
	// Took is what it took to break it, or nothing.
	Took learn.Score
}
