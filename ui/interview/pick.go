package interview

import "slices"

// openers is how many of the first questions an interview may begin with.
const openers = 2

// mustAsk is the question that no interview leaves out.
const mustAsk = "where the IDs are kept"

// pick chooses questions: first those that are to come first, then one to begin with and
// the one that is always asked. Of the others it takes by seed a design question and
// another in turn, for as long as there are both.
func pick(all []Problem, o Setting) []Problem {
	chance := &splitMix{o.Seed}
	opening := chance.shuffle(all[:openers])[0].Name
	sure := slices.Concat(o.First, []string{opening, mustAsk})
	if o.Questions == 1 && len(o.First) == 0 {
		sure = []string{mustAsk}
	}
	var picked []Problem
	for _, name := range sure {
		i := slices.IndexFunc(all, func(q Problem) bool { return q.Name == name })
		if i >= 0 && !asked(picked, name) {
			picked = append(picked, all[i])
		}
	}
	var design, open []Problem
	for _, q := range chance.shuffle(all) {
		switch {
		case asked(picked, q.Name):
		case len(q.Choices) > 0:
			design = append(design, q)
		default:
			open = append(open, q)
		}
	}
	for len(picked) < o.Questions && len(design)+len(open) > 0 {
		from := &design
		if len(picked)%2 == 0 && len(open) > 0 || len(design) == 0 {
			from = &open
		}
		picked, *from = append(picked, (*from)[0]), (*from)[1:]
	}
	return picked[:min(len(picked), o.Questions)]
}

// asked reports whether a question is among those.
func asked(questions []Problem, name string) bool {
	return slices.ContainsFunc(questions, func(q Problem) bool { return q.Name == name })
}

// splitMix draws numbers by seed: SplitMix64, as Steele, Lea and Flood describe it in "Fast
// splittable pseudorandom number generators" (2014). It is written out here so that a
// seed gives the same interview on every machine and with every version of Go.
type splitMix struct{ state uint64 }

func (l *splitMix) next() uint64 {
	l.state += 0x9e3779b97f4a7c15
	x := l.state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// shuffle returns questions in another order: Fisher and Yates, from the end.
func (l *splitMix) shuffle(questions []Problem) []Problem {
	all := append([]Problem(nil), questions...)
	for i := len(all) - 1; i > 0; i-- {
		k := int(l.next() % uint64(i+1))
		all[i], all[k] = all[k], all[i]
	}
	return all
}
