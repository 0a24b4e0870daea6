package handler

import (
	"fmt"
	"slices"
)

// A taking is an operation that took effect, and in which delivery.
type taking struct {
	at *place
	by *attempt
}

// why says in one sentence what went wrong, as far as two comparisons show it: of the
// deliveries with each other, and of the schedule with the run without faults.
func (b *Broken) why() string {
	for _, seen := range []bool{true, false} {
		took := b.w.took(seen)
		for i, second := range took {
			for _, first := range took[:i] {
				if first.at.text == second.at.text && first.by != second.by && b.w.sameMessage(first, second) {
					return repeated(first, second)
				}
			}
		}
	}
	if missing := b.missing(); missing != "" {
		return missing
	}
	if len(b.w.trace) == 0 || b.Plan == "" {
		return "the handler does it without any help"
	}
	return "compare the lines marked ! with what the property wants"
}

// took lists what took effect: what a watch saw to change, or else what was done and
// leaves a trace that no crash undoes.
func (w *world) took(seen bool) (all []taking) {
	for _, l := range w.story {
		if l.kind != stepped || l.fault != None && l.fault != LoseReply {
			continue
		}
		if seen && len(l.at.changes) > 0 || !seen && l.at.lasts() && l.at.kind != commit && l.at.kind != point {
			all = append(all, taking{l.at, l.by})
		}
	}
	return all
}

func (w *world) sameMessage(a, b taking) bool { return a.by.letter.message == b.by.letter.message }

// repeated is the sentence for an effect that was taken twice.
func repeated(first, second taking) string {
	return fmt.Sprintf("%s took effect in delivery %s, and again in %s: nothing that lasted told the second of the first",
		first.named(), first.by.name(), second.by.name())
}

func (t taking) named() string {
	text := cut(squeeze(t.at.text), 40)
	if site := t.at.site(); site != "" {
		text += " (" + site + ")"
	}
	return text
}

// missing is the sentence for an effect that the run without faults has, and this one has not.
func (b *Broken) missing() string {
	done := b.w.took(false)
	for _, l := range b.base.took(false) {
		if slices.ContainsFunc(done, func(t taking) bool { return t.at.text == l.at.text && b.w.sameMessage(t, l) }) {
			continue
		}
		for _, a := range slices.Backward(b.w.attempts) {
			if a.letter.message == l.by.letter.message && a.letter.settled {
				return fmt.Sprintf("%s was acked in delivery %s without %s, which a run without faults has", a.letter.name(), a.name(), l.named())
			}
		}
		return fmt.Sprintf("%s never happened, which a run without faults has", l.named())
	}
	return ""
}
