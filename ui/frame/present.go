package frame

import (
	"cmp"
	"strconv"

	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// sayW is how wide a sentence may be that a room reads at once.
const sayW = 60

// present is the frame for a room: what goes between queue and worker, who paid
// what, the total in digits as large as they get, and one sentence. No hints, no
// seed, nothing that is not used.
func (s *Screen) present() {
	most := 2
	switch {
	case s.g.W >= fullW:
		most = 4
	case s.g.W < compactW:
		most = 1
	}
	lanes := s.inView(most)
	n := len(lanes)
	saying := min(6, s.g.H*5/24)
	if s.o.Ask != nil {
		saying = s.questionRows() + 1
	}
	middle := rect{0, 1, s.g.W, s.g.H - 1 - max(saying+1, s.below())}
	for k := range n {
		x := middle.w * k / n
		s.presentLane(lanes[k], rect{x, middle.y, middle.w*(k+1)/n - x, middle.h})
	}
	end := s.g.W - 1
	told := s.v.Narrate(s.v.Step)
	if s.o.Ask == nil && told.Badge != "" && s.v.Toward == 0 {
		end = s.badge(end, 0, told.Badge, styleOf(told.As))
	}
	clock := words.Clock(s.v.Now)
	end = s.right(end-2, 0, clock, plain)
	s.g.Row(1, 0, end-2).Write(whole(s.v.Scenario.Title, end-2), bold)
	if s.o.Ask != nil {
		s.presentQuestion(s.g.H - saying)
		return
	}
	s.say(s.g.H-saying, saying)
}

// say writes what this moment is in lines that can be read from the last row.
func (s *Screen) say(y, h int) {
	w := min(sayW, s.g.W-4)
	x := (s.g.W - w) / 2
	end := y + h
	for i, line := range s.said() {
		if i > 0 && s.told(s.telling()).As != words.Wrong && s.o.Said == nil {
			break // one sentence a stop; a harm has one for each side
		}
		for _, part := range s.wrapped(line, w) {
			if y >= end {
				return
			}
			s.write(x, y, w, part)
			y++
		}
	}
}

// presentLane is a lane with nothing in it but wire, ledger and total.
func (s *Screen) presentLane(k int, r rect) {
	l := &s.v.Lanes[k]
	s.border(l, r)
	s.heading(k, r)
	if l.Harmed {
		s.patch(r.x+r.w-2, r.y, s.harmWord(l), bad)
	}
	in := rect{r.x + 2, r.y + 1, r.w - 4, r.h - 2}
	s.wires(l, rect{in.x, in.y, in.w, 2})
	total := 8
	if in.h < 2+3+total || s.digitsWidth(s.short(harm(l))) > in.w/2 {
		total = min(4, max(in.h-6, 1))
	}
	s.ledger(l, rect{in.x, in.y + 2, in.w, in.h - 2 - total})
	r = rect{in.x, in.y + in.h - total, in.w, total}
	if total < 8 {
		s.totals(l, r)
		return
	}
	s.presentTotal(l, r)
}

// presentTotal shows the harm as large as it gets, between what was taken and what that is
// in words.
func (s *Screen) presentTotal(l *story.LaneView, r rect) {
	s.g.Write(r.x, r.y, s.unit.Words().Taken+" "+s.amount(l.Taken)+", of "+s.amount(s.owed(l))+" owed", dim)
	st := good
	if l.Excess+l.Missing > 0 {
		st = bad
	}
	s.hugeDigits(r.x, r.y+1, s.short(harm(l)), st)
	was := s.was(l)
	if was != "" {
		s.beside(l, r)
	}
	text, look := "too much "+s.amount(l.Excess), good
	switch {
	case l.Excess > 0 && l.Missing > 0:
		text, look = text+", never "+s.amount(l.Missing), bad
	case l.Missing > 0:
		text, look = "never "+s.amount(l.Missing), bad
	case l.Excess > 0:
		look = bad
	case l.Taken == s.owed(l):
		text += " ✓"
	}
	if look.Role == grid.Wrong {
		text += " ✗"
	}
	look.Bold = true
	x := s.g.Row(r.x, r.y+r.h-1, r.w).Write(text, look)
	s.g.Row(x, r.y+r.h-1, r.x+r.w-x).Write(was, dim)
}

// beside shows the harm of the other future behind that of this one, smaller, where it fits.
func (s *Screen) beside(l *story.LaneView, r rect) {
	text := s.short(harm(s.elsewhere(l)))
	if w := s.digitsWidth(text); 2*s.digitsWidth(s.short(harm(l)))-len(s.short(harm(l)))+2+w <= r.w {
		s.digits(r.x+r.w-w, r.y+3, text, dim)
	}
}

// harm is what is shown large of a lane: what was taken too much or, if nothing was, what
// never was taken.
func harm(l *story.LaneView) int64 { return cmp.Or(l.Excess, l.Missing) }

// presentQuestion shows a question below what it is asked about.
func (s *Screen) presentQuestion(y int) {
	q := s.o.Ask
	w := min(sayW, s.g.W-8)
	x := (s.g.W - w) / 2
	for _, line := range words.Say(words.Fault, "Your guess.").And(words.Strong, q.Text).Wrap(w) {
		s.write(x, y, w, line)
		y++
	}
	for i, c := range q.Choices {
		at := s.g.Write(x, y, "["+strconv.Itoa(i+1)+"]", keyStyle) + 1
		for _, line := range words.Say(words.Strong, c.Text).Wrap(w - 4) {
			s.write(at, y, w-4, line)
			y++
		}
	}
}

// questionRows is how many rows a question takes.
func (s *Screen) questionRows() int {
	w := min(sayW, s.g.W-8)
	rows := len(words.Say(words.Fault, "Your guess.").And(words.Strong, s.o.Ask.Text).Wrap(w))
	for _, c := range s.o.Ask.Choices {
		rows += len(words.Say(words.Strong, c.Text).Wrap(w - 4))
	}
	return rows
}
