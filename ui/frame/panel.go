package frame

import (
	"fmt"

	"dejavu/ui/grid"
)

// below is how many rows a panel takes that is to leave what it explains in view: it has no
// lower edge, and lies on the keys, for it takes them all.
func (s *Screen) below() int {
	if p := s.o.Panel; p != nil && p.Low && !p.Wide {
		return min(len(p.Lines)+1, s.g.H)
	}
	return 0
}

// columns is how wide a panel has to be to be read in full.
func (p *Panel) columns() int {
	inner, head := p.Columns, max(cells(p.Title), cells(p.Foot))
	for _, line := range p.Lines {
		inner = max(inner, line.Width())
	}
	if p.Low && !p.Wide { // they share a row
		head = cells(p.Title) + cells(p.Foot) + 2
	}
	return max(inner+4, head+6)
}

// panel draws text above the frame, with nothing shining through.
func (s *Screen) panel(p *Panel) {
	w, h := s.g.W, s.g.H
	if w < 8 || h < 3 {
		return
	}
	r := rect{w: min(p.columns(), w), h: min(len(p.Lines)+2, h)}
	if p.Wide {
		r.w = w
	}
	r.x, r.y = (w-r.w)/2, (h-r.h)/2
	switch {
	case p.Low && p.Wide:
		r.y = max(h-1-r.h, 0)
	case p.Low:
		r.y = h - s.below()
	}
	if !p.Low { // what it is about is in it: all else steps back
		s.g.Area(0, 0, w, h-1).Restyle(dim)
	}
	for y := r.y; y < r.y+r.h; y++ {
		if p.Low { // what would be left beside it says nothing
			s.g.Row(0, y, w).Fill(" ", plain)
		}
		s.g.Row(r.x, y, r.w).Fill(" ", plain)
	}
	s.area(r).Box(grid.Thin, good)
	s.g.Row(r.x+2, r.y, r.w-4).Write(" "+p.Title+" ", bold)
	s.track, s.items = rect{}, nil // it lies above what is there
	room := r.h - 2
	first := max(min(p.Top, len(p.Lines)-room), 0)
	if p.Chosen >= room {
		first = p.Chosen - room + 1
	}
	if shown := fmt.Sprintf(" %d-%d of %d ", first+1, first+room, len(p.Lines)); len(p.Lines) > room && r.w > cells(p.Title)+len(shown)+8 {
		s.g.Row(r.x+r.w-2-len(shown), r.y, len(shown)).Write(shown, dim)
	}
	for i := range min(room, len(p.Lines)-first) {
		line := p.Lines[first+i]
		x := s.write(r.x+2, r.y+1+i, r.w-4, line)
		if p.Chosen >= 0 {
			s.list(r.y+1+i, first+i)
		}
		if first+i == p.Chosen {
			s.g.Row(x, r.y+1+i, r.x+r.w-2-x).Fill(" ", plain)
			s.g.Area(r.x+1, r.y+1+i, r.w-2, 1).Restyle(grid.Style{Bold: true, Reverse: true})
		}
	}
	if p.Foot != "" && p.Low && !p.Wide {
		s.right(r.x+r.w-2, r.y, " "+p.Foot+" ", dim)
	} else if p.Foot != "" {
		x := r.x + r.w - 3 - cells(p.Foot)
		s.g.Row(max(x, r.x+1), r.y+r.h-1, r.w-2).Write(" "+p.Foot+" ", dim)
	}
}

// list notes which line of a list stands in a row.
func (s *Screen) list(row, line int) {
	if s.items == nil {
		s.items = map[int]int{}
	}
	s.items[row] = line
}

// ItemAt returns the line of a list to choose from, of those that are shown, that stands in
// a row, and whether one does.
func (s *Screen) ItemAt(y int) (line int, on bool) {
	line, on = s.items[y]
	return line, on
}
