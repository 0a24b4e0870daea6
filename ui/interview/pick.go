package interview

// openers is how many of the first questions an interview may begin with.
const openers = 2

// pick chooses n questions by seed: first one to begin with, then a design question
// and another in turn, each in an order of their own, for as long as there are both.
func pick(all []Problem, n int, seed uint64) []Problem {
	chance := &splitMix{seed}
	first := all[:openers]
	shuffled := chance.shuffle(first)
	var design, open []Problem
	for _, q := range chance.shuffle(all[openers:]) {
		if len(q.Choices) > 0 {
			design = append(design, q)
		} else {
			open = append(open, q)
		}
	}
	open = append(open, shuffled[1:]...)
	picked := shuffled[:1:1]
	for len(picked) < n && len(design)+len(open) > 0 {
		from := &design
		if len(picked)%2 == 0 && len(open) > 0 || len(design) == 0 {
			from = &open
		}
		picked, *from = append(picked, (*from)[0]), (*from)[1:]
	}
	return picked
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
