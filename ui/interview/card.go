package interview

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/ui/words"
)

// mostMissed is how many points a card repeats, and replays how many commands it has.
const (
	mostMissed = 8
	replays    = 3
)

// tally is how many points of a row were made, of how many.
type tally struct{ said, of int }

// standing says in a word how good that is: three of four is strong, and less than
// half is weak.
func (t tally) standing() string {
	switch {
	case t.of == 0:
		return "not asked"
	case 4*t.said >= 3*t.of:
		return "strong"
	case 2*t.said < t.of:
		return "weak"
	}
	return "fair"
}

// row writes how a row of the rubric went.
func (t tally) row(name, word string, plain bool) string {
	switch {
	case plain && t.of == 0:
		return fmt.Sprintf("%s: %s.", name, word)
	case plain:
		return fmt.Sprintf("%s: %d of %d, %s.", name, t.said, t.of, word)
	case t.of == 0:
		return fmt.Sprintf("  %-10s  %s", name, word)
	}
	return fmt.Sprintf("  %-10s  %2d of %2d  %s", name, t.said, t.of, word)
}

// designed is the row of the designs that were chosen first. One that breaks is enough
// to be weak: the interviewer remembers it, however well the points were told.
func (s *Sitting) designed() (t tally, word string) {
	t = tally{s.designs[0], s.designs[1]}
	switch word = t.standing(); {
	case t.of == 0:
		word = "none chosen" // asked or not
	case t.said < t.of:
		word = "weak"
	}
	return t, word
}

// card is what a sitting came to.
func (s *Sitting) card(p *page) {
	if len(s.judged) == 0 {
		p.put(words.Plain, "You judged no point, so there is no card.")
		p.command("Begin again: ", s.words(s.o.Seed))
		return
	}
	var all tally
	var by [rows]tally
	for _, j := range s.judged {
		t := &by[j.point.Row]
		t.of++
		all.of++
		if j.said {
			t.said++
			all.said++
		}
	}
	p.put(words.Strong, fmt.Sprintf("Your card: %d of %d points", all.said, all.of))
	named := map[string][]string{}
	row := func(t tally, name, word string) {
		named[word] = append(named[word], name)
		as := map[string]words.Meaning{"strong": words.OK, "weak": words.Wrong}[word]
		p.WriteString(p.Paint(as, t.row(name, word, p.Plain)) + "\n")
	}
	for _, r := range Criteria() {
		row(by[r], r.String(), by[r].standing())
	}
	designs, word := s.designed()
	row(designs, "design", word)
	p.put(words.Plain, fmt.Sprintf("Strong: %s. Weak: %s.", listed(named["strong"]), listed(named["weak"])))
	if s.guesses[1] > 0 {
		p.put(words.Plain, fmt.Sprintf("Follow-ups: %d of %d right.", s.guesses[0], s.guesses[1]))
	}
	if len(s.surely) > 0 {
		p.put(words.Wrong, "You were sure, but wrong: "+strings.Join(s.surely, "; ")+".")
	}
	if s.timed[1] > 0 {
		p.put(words.Plain, fmt.Sprintf("In time: %d of %d.", s.timed[0], s.timed[1]))
	}
	s.missed(p)
	s.refuted(p)
	s.trained(p)
	p.put(words.Strong, "Replay:")
	for _, words := range s.replays() {
		p.command("  ", words)
	}
	if s.lacking && s.o.Judged != nil {
		p.command("What you missed comes first with: ", []string{"interview", "--missed"})
	}
	p.command("Other questions: ", s.words(s.o.Seed+1))
}

func listed(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// words are the command that begins a sitting such as this one.
func (s *Sitting) words(seed uint64) []string {
	words := []string{"interview"}
	if s.o.Questions != Usual {
		words = append(words, "--questions", fmt.Sprint(s.o.Questions))
	}
	if s.o.Clock != nil {
		words = append(words, "--timed")
	}
	if seed != DefaultSeed {
		words = append(words, "--seed", fmt.Sprint(seed))
	}
	if s.o.Layout.Plain {
		words = append(words, "--plain")
	}
	return words
}

// spread are the points that were not made: first one from each question, then the
// second from each, so that the list covers all questions.
func (s *Sitting) spread() []judgement {
	var missed []judgement
	nth := map[string]int{}
	for of := range len(s.judged) {
		clear(nth)
		for _, j := range s.judged {
			if j.said {
				continue
			}
			if nth[j.question.Name] == of {
				missed = append(missed, j)
			}
			nth[j.question.Name]++
		}
	}
	return missed
}

// missed lists the points that were not made, to be said once more.
func (s *Sitting) missed(p *page) {
	missed := s.spread()
	if len(missed) == 0 {
		return
	}
	p.put(words.Strong, "Say these once more, aloud:")
	for _, j := range missed[:min(len(missed), mostMissed)] {
		p.hang("  ", words.Plain, j.point.Text)
	}
	if more := len(missed) - mostMissed; more > 0 {
		p.command(fmt.Sprintf("  and %d more, all on one sheet: ", more), []string{"interview", "--sheet"})
	}
}

// refuted lists what the designs and guesses that failed were built on, with the
// commands that refute it.
func (s *Sitting) refuted(p *page) {
	if len(s.believed) == 0 {
		return
	}
	p.put(words.Strong, "Misconceptions, and the command that refutes each:")
	for _, m := range s.believed[:min(len(s.believed), replays)] {
		p.command("  "+m.Text()+": ", []string{"learn", m.String()})
	}
}

// replays are the commands that show what was missed most, each question's first
// before any second one.
func (s *Sitting) replays() [][]string {
	missed := map[string]int{}
	var asked []*Problem
	for _, j := range s.judged {
		if !slices.Contains(asked, j.question) {
			asked = append(asked, j.question)
		}
		if !j.said {
			missed[j.question.Name]++
		}
	}
	slices.SortStableFunc(asked, func(a, b *Problem) int { return missed[b.Name] - missed[a.Name] })
	var lines []string
	for nth := range replays {
		for _, q := range asked {
			if nth < len(q.Shows) && !slices.Contains(lines, q.Shows[nth]) {
				lines = append(lines, q.Shows[nth])
			}
		}
	}
	var all [][]string
	for _, l := range lines[:min(len(lines), replays)] {
		all = append(all, strings.Fields(l))
	}
	return all
}
