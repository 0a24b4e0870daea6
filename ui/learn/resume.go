package learn

// Given is an answer that was given before the lesson was left.
type Given struct {
	Said  int  `json:"said"` // the choice, from 1; 0 if none was taken
	Sure  bool `json:"sure,omitempty"`
	Hints int  `json:"hints,omitempty"`
}

// Resume gives the answers of a taking that was left, and stands where the last of
// them was told. It reports whether they are answers to this lesson; if not, the
// lesson stands at its beginning.
func (s *Session) Resume(given []Given) bool {
	begun := *s
	for _, g := range given {
		if !s.toQuestion() || !s.give(g) {
			*s = begun
			return false
		}
	}
	s.resumed = len(given) > 0
	return s.resumed
}

// toQuestion goes on to the next question, and reports whether there is one.
func (s *Session) toQuestion() bool {
	for q, _ := s.open(); q == nil; q, _ = s.open() {
		if s.phase == Over {
			return false
		}
		s.Do(Input{Kind: Go})
	}
	return true
}

// give answers the open question as it was answered before.
func (s *Session) give(g Given) bool {
	q, right := s.open()
	if g.Said < 0 || g.Said > len(q.Choices) || g.Hints < 0 || g.Hints > maxHints {
		return false
	}
	s.chosen, s.hints = g.Said, g.Hints
	s.answer(q, right, g.Sure && g.Said > 0)
	return true
}
