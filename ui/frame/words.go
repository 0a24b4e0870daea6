package frame

import (
	"strconv"

	"dejavu/ui/story"
	"dejavu/ui/words"
)

// why says in words what this moment is: one idea, in a few lines. A question takes
// its place.
func (s *Screen) why(r rect) {
	if s.o.Ask != nil {
		s.ask(r)
		return
	}
	bar := dim
	if s.o.Said != nil && s.o.Title == "" { // a lesson says in its own words what the moment is
		bar = trouble
	} else if s.v.Toward == 0 {
		bar = styleOf(s.told(s.telling()).As)
	}
	var parts []words.Line
	for i, line := range s.said() {
		more := s.wrapped(line, r.w-2)
		if i > 0 && s.o.Ghost != nil && len(parts)+len(more) > r.h {
			break // the difference counts, and the fault that is gone stands above
		}
		parts = append(parts, more...)
	}
	r = s.taller(r, len(parts))
	for i, part := range parts {
		if i == r.h {
			s.g.Set(r.x+r.w-1, r.y+r.h-1, "·", dim)
			return
		}
		s.g.Set(r.x, r.y+i, "▌", bar)
		s.write(r.x+2, r.y+i, r.w-2, part)
	}
}

// taller gives words the rows of the faults and of the time above them where they need
// them: what is explained is worth more than when it struck.
func (s *Screen) taller(r rect, rows int) rect {
	const most = 2
	for range min(rows-r.h, most) {
		if r.h > 3 {
			r.y--
			r.h++
			s.g.Row(0, r.y, s.g.W).Fill(" ", plain)
		}
	}
	return r
}

// said is what there is to say. On the way to the next step the last words stay.
func (s *Screen) said() []words.Line {
	if s.o.Said != nil {
		return s.o.Said(s.told(s.v.LastStop(s.v.Step)).Lines)
	}
	if s.o.Ghost != nil && len(s.o.Other) > 0 {
		return append([]words.Line{s.o.Other}, s.told(s.v.LastStop(s.v.Step)).Lines...)
	}
	if told := s.told(s.telling()); len(told.Lines) > 0 {
		return told.Lines
	}
	return s.told(s.v.LastStop(s.v.Step)).Lines // what came with this step came out of view
}

// told is what is told of a step. Of lanes that are not in view nothing is.
func (s *Screen) told(step int) *story.Narration { return s.v.NarrateTo(step, s.seen) }

// telling is the step that is told in words.
func (s *Screen) telling() int {
	if s.o.Moving {
		return s.v.LastStop(s.v.Step)
	}
	return s.v.Step
}

// wrapped wraps a line and keeps the result: the same line is drawn many times.
func (s *Screen) wrapped(line words.Line, columns int) []words.Line {
	if len(line) == 0 {
		return nil
	}
	at := wrapKey{&line[0], columns}
	lines, known := s.wraps[at]
	if !known {
		lines = line.Wrap(columns)
		if s.wraps == nil || len(s.wraps) > 1000 {
			s.wraps = map[wrapKey][]words.Line{}
		}
		s.wraps[at] = lines
	}
	return lines
}

type wrapKey struct {
	line    *words.Span
	columns int
}

// ask shows a question and its three answers.
func (s *Screen) ask(r rect) {
	q := s.o.Ask
	head := words.Say(words.Fault, "Your guess.").And(words.Strong, q.Text)
	if len(head.Wrap(r.w-2)) > 1 {
		head = head[1:] // the badge says it as well
	}
	lines := head.Wrap(r.w - 2)
	r = s.taller(r, len(lines)+len(q.Choices))
	for row := range r.h {
		s.g.Set(r.x, r.y+row, "▌", trouble)
	}
	y := r.y
	for _, line := range lines {
		s.write(r.x+2, y, r.w-2, line)
		y++
	}
	for i, c := range q.Choices {
		if y < r.y+r.h {
			x := s.g.Write(r.x+2, y, "["+strconv.Itoa(i+1)+"]", keyStyle)
			s.g.Row(x+1, y, r.x+r.w-x-1).Write(c.Text, plain)
			y++
		}
	}
}

// hints shows the keys that work now.
func (s *Screen) hints(y int) {
	x, end := 1, s.g.W-1
	for i := len(s.o.Hints) - 1; i >= 0; i-- {
		if h := &s.o.Hints[i]; h.Always {
			end -= h.width() + 2
			s.hint(end+2, y, h)
		}
	}
	for i := range s.o.Hints {
		h := &s.o.Hints[i]
		if h.Always {
			continue
		}
		if x+h.width() > end {
			break
		}
		x = s.hint(x, y, h) + 2
	}
}

func (h *Hint) width() int { return cells(h.Keys) + 1 + cells(h.Does) }

func (s *Screen) hint(x, y int, h *Hint) int {
	x = s.g.Write(x, y, h.Keys, keyStyle) + 1
	return s.g.Write(x, y, h.Does, dim)
}

// log lists the teaching points that have passed, the last at the end.
func (s *Screen) log(r rect) {
	s.g.Row(r.x, r.y, r.w-1).Fill("─", dim)
	s.g.Write(r.x+1, r.y, " WHAT HAPPENED ", bold)
	stops := s.v.Stops()
	n := 0
	for n < len(stops) && stops[n].Step <= s.v.Step {
		n++
	}
	y := r.y + 1
	for i := max(0, n-(r.h-1)); i < n; i++ {
		p := &stops[i]
		st := dim
		if p.Step == s.v.Step {
			st = plain
		}
		x := s.g.Write(r.x+1, y, words.Clock(s.v.When(p.Step)), dim)
		x = max(x+1, r.x+9)
		if f, struck := s.v.FaultAtStep(p.Step); struck {
			s.g.Write(x, y, words.Letter(f.Kind), trouble)
		}
		told := s.v.Narrate(p.Step)
		if told.As == words.Wrong {
			st = styleOf(words.Wrong)
		}
		s.g.Row(x+4, y, r.x+r.w-x-5).Write(whole(told.Headline(), r.x+r.w-x-5), st)
		y++
	}
}
