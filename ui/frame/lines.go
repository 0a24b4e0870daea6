package frame

import (
	"cmp"
	"strconv"

	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// lines is the frame where there is no room for one: what happened last, a line
// each, and what it came to.
func (s *Screen) lines() {
	w, h := s.g.W, s.g.H
	if w < 1 || h < 1 {
		return
	}
	foot := 0
	if h > 4 {
		foot = 1
		x := 0
		for _, hint := range s.o.Hints {
			if x+cells(hint.Keys)+1+cells(hint.Does) > w {
				break
			}
			x = s.g.Write(x, h-1, hint.Keys, keyStyle) + 1
			x = s.g.Write(x, h-1, hint.Does, dim) + 2
		}
	}
	end := s.right(w, 0, " "+words.Clock(s.v.Now), dim)
	s.g.Row(0, 0, max(end, 0)).Write(whole(cmp.Or(s.o.Title, s.v.Scenario.Title), max(end, 0)), bold)
	if s.o.Ask != nil {
		s.linesQuestion(rect{0, 1, w, h - 1 - foot})
		return
	}
	lanes := min(len(s.v.Lanes), max((h-3-foot)/2, 0))
	s.linesTold(rect{0, 1, w, h - 1 - foot - lanes})
	for k := range lanes {
		s.laneLine(&s.v.Lanes[k], h-foot-lanes+k)
	}
}

func (s *Screen) linesTold(r rect) {
	y := r.y
	for _, line := range s.said() {
		for _, part := range line.Wrap(r.w) {
			if y >= r.y+r.h {
				return
			}
			s.write(r.x, y, r.w, part)
			y++
		}
	}
}

func (s *Screen) linesQuestion(r rect) {
	q := s.o.Ask
	lines := []words.Line{words.Say(words.Fault, "Your guess.").And(words.Strong, q.Text)}
	for i, c := range q.Choices {
		lines = append(lines, words.Say(words.OK, "["+strconv.Itoa(i+1)+"]").And(words.Plain, c.Text))
	}
	y := r.y
	for _, line := range lines {
		for _, part := range line.Wrap(r.w) {
			if y >= r.y+r.h {
				return
			}
			s.write(r.x, y, r.w, part)
			y++
		}
	}
}

// laneLine is what it has come to in one lane.
func (s *Screen) laneLine(l *story.LaneView, y int) {
	w := s.g.W
	text, st := "✓", good
	switch {
	case l.Excess > 0 && l.Missing > 0:
		text, st = "+"+s.amount(l.Excess)+", never "+s.amount(l.Missing), bad
	case l.Excess > 0:
		text, st = "+"+s.amount(l.Excess)+" ×"+strconv.Itoa(l.Twice), bad
	case l.Missing > 0:
		text, st = "never "+s.amount(l.Missing), bad
	}
	if l.Harmed {
		st.Bold = true
	}
	end := s.right(w, y, text, st)
	s.g.Row(0, y, max(end-1, 0)).Write(heading(l.Consumer.Name)+" "+s.amount(l.Taken), grid.Style{Bold: l.Harmed})
}
