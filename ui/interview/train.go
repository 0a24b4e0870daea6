package interview

import (
	"slices"

	"dejavu/ui/ladder"
	"dejavu/ui/words"
)

// trained lists the levels of break that train what was weak: those of the misconceptions
// that were met, then those that attack the consumers of questions with missed points.
func (s *Sitting) trained(p *page) {
	var names []string
	add := func(l ladder.Level, ok bool) {
		if ok && !slices.Contains(names, l.Name) {
			names = append(names, l.Name)
		}
	}
	for _, m := range s.believed {
		add(ladder.Training(m))
	}
	for _, j := range s.spread() {
		if f := j.question.Follow; f != nil {
			add(ladder.Against(f.Consumer))
		}
		for i := range j.question.Choices {
			add(ladder.Against(j.question.Choices[i].Consumer))
		}
	}
	if len(names) == 0 {
		return
	}
	p.put(words.Strong, "Train what was weak, as the network:")
	for _, name := range names[:min(len(names), replays)] {
		p.command("  ", []string{"break", name})
	}
}
