package frame

import (
	"dejavu/ui/grid"
	"dejavu/ui/words"
)

// Workbench is a consumer that is being put together: the handler with a cursor, beside it what
// the search says, below it how it breaks, and at the foot what it costs.
type Workbench struct {
	Title string
	Code  []words.Line
	// At and Upto are the lines of code with the cursor, Upto not included.
	At, Upto          int
	Side, Below, Foot []words.Line
	// Row is the line of Below that is played.
	Row int
}

// sideW is how wide the lights are, with room for a reason.
const sideW = 40

// Bench draws a bench. Where there is no room beside the handler, what is said of it stands
// below.
func (s *Screen) Bench(w, h int, b *Workbench, o Look) *grid.Grid {
	if s.g.W != w || s.g.H != h {
		s.g = grid.New(w, h)
	}
	s.g.Clear()
	s.o, s.patches, s.track, s.items = o, maxPatches, rect{}, map[int]int{}
	s.g.Row(1, 0, w-2).Write(b.Title, bold)
	if h > 3 {
		s.hints(h - 1)
	}
	foot := b.Foot
	if o.Said != nil {
		foot = o.Said(foot)
	}
	last := h - 1 // the first row that is taken from below
	for _, line := range foot {
		last -= len(fitted(line, w-2))
	}
	s.paragraphs(rect{1, last, w - 2, h - 1 - last}, foot)
	y, below := 2, b.Below
	if w >= compactW {
		s.paragraphs(rect{w - 1 - sideW, 2, sideW, last - 2}, b.Side)
		y = 2 + len(b.Side) + 1
	} else {
		below = append(b.Side[:len(b.Side):len(b.Side)], below...)
	}
	rows := min(len(b.Code), max((last-2)*3/5, last-3-len(below), 1))
	s.benchCode(b, rect{1, 2, w - 2, rows}, y)
	y = max(2+rows, y-1) + 1
	s.paragraphs(rect{1, y, w - 2, last - y}, around(below, b.Row, last-y))
	if o.Panel != nil {
		s.panel(o.Panel)
	}
	if o.ASCII {
		s.g.ASCII()
	}
	return s.g
}

// benchCode writes the code around the cursor. Above a row, the side takes its room.
func (s *Screen) benchCode(b *Workbench, r rect, until int) {
	from := max(min(b.At-r.h/2, len(b.Code)-r.h), 0)
	for i := range r.h {
		y, n := r.y+i, from+i
		columns := r.w - 2
		if r.w+2 >= compactW && y < until {
			columns -= sideW + 1
		}
		if n >= b.At && n < b.Upto {
			s.g.Row(r.x, y, 1).Write("▸", good)
			s.g.Row(r.x+2, y, max(columns, 0)).Write(b.Code[n].Plain(), bold)
		} else {
			s.write(r.x+2, y, max(columns, 0), b.Code[n])
		}
	}
}

// around is what there is room for of what is told: its head, its end, and of the rest what
// is around a row.
func around(lines []words.Line, row, room int) []words.Line {
	if len(lines) <= room || room < 4 {
		return lines
	}
	from := max(min(row-(room-2)/2, len(lines)-1-(room-2)), 1)
	return append(append(lines[:1:1], lines[from:from+room-2]...), lines[len(lines)-1])
}

// fitted is a line as it stands where it fits, so that columns stay in line, or in parts.
func fitted(line words.Line, columns int) []words.Line {
	if line.Width() <= columns {
		return []words.Line{line}
	}
	return line.Wrap(max(columns, 1))
}

// paragraphs writes lines into a part of the screen, as far as there is room.
func (s *Screen) paragraphs(r rect, lines []words.Line) {
	y := r.y
	for _, line := range lines {
		for _, part := range fitted(line, r.w) {
			if y >= r.y+r.h {
				return
			}
			s.write(r.x, y, r.w, part)
			y++
		}
	}
}
