package interview

import (
	"slices"

	"dejavu/ui/build/levels"
	"dejavu/ui/ladder"
	"dejavu/ui/words"
)

// trained lists the levels that train what was weak, to break and to build: those of the
// misconceptions that were met, then those of the consumers of questions with missed points.
func (s *Sitting) trained(p *page) {
	var attacks, mends []string
	add := func(all *[]string, name string, ok bool) {
		if ok && !slices.Contains(*all, name) {
			*all = append(*all, name)
		}
	}
	mend := func(consumer string) {
		t, ok := levels.Against(consumer)
		add(&mends, t.Name, ok)
	}
	against := func(consumer string) {
		l, ok := ladder.Against(consumer)
		add(&attacks, l.Name, ok)
		mend(consumer)
	}
	for _, m := range s.believed {
		l, ok := ladder.Training(m)
		add(&attacks, l.Name, ok)
		mend(l.Consumer)
	}
	for _, j := range s.spread() {
		if f := j.question.Follow; f != nil {
			against(f.Consumer)
		}
		for i := range j.question.Choices {
			against(j.question.Choices[i].Consumer)
		}
	}
	show := func(heading, command string, names []string) {
		if len(names) == 0 {
			return
		}
		p.put(words.Strong, heading)
		for _, name := range names[:min(len(names), replays)] {
			p.command("  ", []string{command, name})
		}
	}
	show("Train what was weak, as the network:", "break", attacks)
	show("And build what holds:", "build", mends)
}
