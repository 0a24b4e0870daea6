package interview

import (
	"fmt"
	"slices"

	"dejavu/ui/quiz"
	"dejavu/ui/words"
)

// choices lists the designs of the question.
func (s *Sitting) choices(p *page) {
	for i, c := range s.question().Choices {
		p.hang(fmt.Sprintf("%d  ", i+1), words.Plain, c.Says)
	}
}

// choose takes a design, and attacks it at once.
func (s *Sitting) choose(p *page, line string) {
	q := s.question()
	n, _, ok := quiz.Read(line, len(q.Choices))
	if again := ok && s.tried[n-1] != nil; again || !ok && line != "" {
		ok = false
		if s.strange++; s.strange < mostStrangeLines {
			p.put(words.Dim, s.rest(again, n))
			return
		}
	}
	s.time(p)
	s.strange = 0
	if !ok {
		s.compare(p)
		return
	}
	c := &q.Choices[n-1]
	o, err := s.outcome(n - 1)
	if err != nil {
		s.err = err
		return
	}
	tries := "The search"
	if o.Story != nil {
		tries = "A scenario"
	}
	p.put(words.Plain, fmt.Sprintf("You chose %d. %s tries to break it.", n, tries))
	p.attack(&c.Attack, o)
	if len(s.tried) == 1 { // later choices are curiosity
		s.designs[1]++
		if s.broken = o.Fate != Once; s.broken {
			s.believes(c.Belief)
		} else {
			s.designs[0]++
		}
	}
	if len(s.tried) == len(q.Choices) {
		s.compare(p)
		return
	}
	p.put(words.Dim, "Type another number to try that design. Enter shows the result of every design, and goes on.")
}

// rest says what can be typed.
func (s *Sitting) rest(again bool, n int) string {
	text := fmt.Sprintf("Type a number from 1 to %d; enter goes on, q ends the interview.", len(s.question().Choices))
	if again {
		text = fmt.Sprintf("You have tried %d already. ", n) + text
	}
	return text
}

// outcome makes the attack on a choice, once.
func (s *Sitting) outcome(i int) (*Finding, error) {
	if o := s.tried[i]; o != nil {
		return o, nil
	}
	o, err := s.question().Choices[i].Make()
	s.tried[i] = o
	return o, err
}

// compare gives the result of each choice, and begins the model answer.
func (s *Sitting) compare(p *page) {
	q := s.question()
	p.gap()
	p.put(words.Strong, "All designs, "+q.Choices[0].faultsText()+":")
	for i := range q.Choices {
		c := &q.Choices[i]
		o, err := s.outcome(i)
		if err != nil {
			s.err = err
			return
		}
		as := words.Wrong
		if o.Fate == Once {
			as = words.OK
		}
		p.hang(fmt.Sprintf("%d  ", i+1), as, fmt.Sprintf("%s (%s, %s)", fateWords[o.Fate], c.Consumer, c.Business))
	}
	p.gap()
	s.model(p)
}

// guess takes a guess at the result of the follow-up, and shows the result.
func (s *Sitting) guess(p *page, line string) {
	f := s.question().Follow
	n, sure, ok := quiz.Read(line, len(Fates()))
	if !ok && line != "" {
		if s.strange++; s.strange < mostStrangeLines {
			p.put(words.Dim, fmt.Sprintf("Type a number from 1 to %d; enter shows it without a guess, q ends the interview.", len(Fates())))
			return
		}
	}
	o, err := f.Make()
	if err != nil {
		s.err = err
		return
	}
	was := slices.Index(Fates(), o.Fate) + 1
	if ok {
		s.guesses[1]++
		s.verdict(p, n, was, sure)
	} else {
		p.put(words.Plain, fmt.Sprintf("The answer: %s.", fateWords[o.Fate]))
	}
	p.attack(&f.Attack, o)
	s.next(p)
}

// verdict compares the guess with the answer.
func (s *Sitting) verdict(p *page, n, was int, sure bool) {
	if n == was {
		s.guesses[0]++
		right := "Right"
		if sure {
			right = "Right, and you were sure"
		}
		p.put(words.OK, fmt.Sprintf("%s: %s.", right, fateWords[Fates()[n-1]]))
		return
	}
	s.broken = true
	s.believes(s.question().Follow.Belief)
	said := "You said"
	if sure {
		said = "You were sure of"
		s.surely = append(s.surely, s.question().Name)
	}
	p.put(words.Wrong, fmt.Sprintf("%s %q. Not quite: %s.", said, fateWords[Fates()[n-1]], fateWords[Fates()[was-1]]))
}
