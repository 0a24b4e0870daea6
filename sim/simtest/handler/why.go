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

// why says in one sentence what went wrong, as far as comparisons show it: of the
// deliveries with each other, and of the schedule with the run without faults.
func (b *Broken) why() string {
	if twice := b.w.repeated(b.w.took(true)); twice != "" {
		return twice
	}
	if missing := b.missing(); missing != "" {
		return missing
	}
	if twice := b.w.repeated(b.w.took(false)); twice != "" {
		return twice
	}
	if b.Plan == "" {
		return "the handler does it without any help"
	}
	return "compare the lines marked ! with what the property wants"
}

// repeated is the sentence for an effect that was taken in two deliveries; "" if none was.
func (w *world) repeated(took []taking) string {
	for i, second := range took {
		for _, first := range took[:i] {
			if first.at.text == second.at.text && first.by != second.by && first.by.letter.message == second.by.letter.message {
				return fmt.Sprintf("%s took effect in %s, and again in %s: nothing that lasted told the second of the first",
					first.named(), first.by.ordinal(), second.by.ordinal())
			}
		}
	}
	return ""
}

// ordinal names an attempt in a sentence.
func (a *attempt) ordinal() string {
	return fmt.Sprintf("delivery %d of %s", a.delivery, a.letter.name())
}

// took lists what took effect: what a watch saw to change, or else what was done and
// leaves a trace that no crash undoes.
func (w *world) took(seen bool) (all []taking) {
	for _, l := range w.story {
		if l.kind != stepped || l.fault != None && l.fault != LoseReply {
			continue
		}
		if seen && len(l.at.changes) > 0 || !seen && l.at.lasts() && l.at.kind != commit && l.at.kind != point && l.at.answer != "0 rows" {
			all = append(all, taking{l.at, l.by})
		}
	}
	return all
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
		if slices.ContainsFunc(done, func(t taking) bool { return t.at.text == l.at.text && t.by.letter.message == l.by.letter.message }) {
			continue
		}
		for _, a := range slices.Backward(b.w.attempts) {
			if a.letter.message == l.by.letter.message && a.letter.settled {
				return fmt.Sprintf("%s was acked in delivery %d without %s, which a run without faults has", a.letter.name(), a.delivery, l.named())
			}
		}
		return fmt.Sprintf("%s never happened, which a run without faults has", l.named())
	}
	return ""
}
