package frame

import (
	"dejavu/ui/grid"
	"dejavu/ui/story"
)

// meter is the harm of one lane over time, on two scales that are never netted:
// blocks that stand on the ground are what was taken too much, and those that hang
// from it what never was taken.
func (s *Screen) meter(k int, r rect, label, width int) {
	l := &s.v.Lanes[k]
	m := s.scale(k, r)
	now := s.axis.overhead(s.v.Moment)
	x0 := r.x + label + 1
	for c := range width {
		t := s.axis.ticks[s.axis.over[c]]
		if g := s.o.Ghost; g != nil && c%2 == 0 { // a fence, where the harm of this future is a wall
			_, excess, missing := g.Totals(int(t.other), k)
			m.column(s.g, x0+c, amounts{excess, missing}, dim)
		}
		if c <= now {
			_, excess, missing := s.v.Totals(min(int(t.now), s.v.Step), k)
			m.column(s.g, x0+c, amounts{excess, missing}, bad)
			if excess == 0 && missing == 0 && s.g.At(x0+c, m.ground).Text == " " {
				s.g.Set(x0+c, m.ground, "═", good)
			}
		}
	}
	name, long := l.Consumer.Name, len(l.Consumer.Name)-label // a long one covers where all is level
	for c := range long {
		if cell := s.g.At(x0+c, m.ground).Text; cell != "═" && cell != " " {
			name, long = clip(name, label-1), 0
		}
	}
	s.g.Row(r.x, m.ground, max(label, len(name)+1)).Write(name+" ", plain)
	now = max(now, long)
	high := m.ground
	if levels := levelsOf(l.Excess, m.full, 8*m.up); levels > 0 {
		high -= (levels - 1) / 8
	}
	s.figures(l, rect{x0, high, now, m.ground}, r.x+r.w)
}

// scale is how the harm of a lane is drawn: in up rows above the ground, the ground
// included, and in down rows below, or from the ground on where nothing stands.
type scale struct {
	ground, up, down int
	full             int64 // what fills them, up or down
}

// amounts are what was taken too much, and what never was.
type amounts struct{ excess, missing int64 }

// scale shares the rows of a meter between the two harms, by what comes of the lane
// in this future and in the other.
func (s *Screen) scale(k int, r rect) scale {
	m := scale{ground: r.y + r.h - 1, up: r.h, full: 1}
	ever := false
	for _, st := range []*story.Story{s.v.Story, s.o.Ghost} {
		if st == nil {
			continue
		}
		for lane := range st.Lanes {
			_, excess, missing := st.Totals(st.Steps(), lane)
			m.full = max(m.full, excess, missing)
		}
		_, excess, missing := st.Totals(st.Steps(), k)
		ever = ever || excess > 0
		if missing > 0 {
			m.down = max(r.h/2, 1)
		}
	}
	switch {
	case m.down > 0 && !ever: // nothing stands: it hangs from the ground's own row
		m.ground, m.up, m.down = r.y, 0, r.h
	case r.h == 1:
		m.down = 0
	default:
		m.ground -= m.down
		m.up -= m.down
	}
	return m
}

// column draws one column of a meter.
func (m *scale) column(g *grid.Grid, x int, n amounts, st grid.Style) {
	levels := levelsOf(n.excess, m.full, 8*m.up)
	for row := range m.up {
		if level := min(max(levels-8*row, 0), 8); level > 0 {
			g.Set(x, m.ground-row, eighths[level], st)
		}
	}
	first := m.ground + 1
	if m.up == 0 {
		first = m.ground
	}
	halves := levelsOf(n.missing, m.full, 2*max(m.down, 1))
	for row := range max(m.down, 1) {
		if m.down == 0 && levels > 0 {
			break // no row of its own: the figures say it
		}
		switch y := first + row; {
		case m.down == 0 && halves > 0:
			g.Set(x, m.ground, "▀", st)
		case halves > 2*row+1:
			g.Set(x, y, "█", st)
		case halves > 2*row:
			g.Set(x, y, "▀", st)
		}
	}
}

// levelsOf is how many of the levels something reaches: at least one, if it is
// anything at all.
func levelsOf(n, most int64, levels int) int {
	if n == 0 {
		return 0
	}
	return max(int(n*int64(levels)/most), 1)
}

var eighths = [9]string{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}
