package frame

import (
	"cmp"

	"dejavu/ui/grid"
	"dejavu/ui/words"
)

// MenuItem is something to choose in the menu.
type MenuItem struct {
	Name, Lesson string
	// About is said below the menu while it is chosen.
	About string
	// Strong says that it is the one to take; Apart, that those below it are of
	// another kind.
	Strong, Apart bool
}

// Menu is what there is to choose from, and which of it is chosen.
type Menu struct {
	Items  []MenuItem
	Chosen int
}

// fewEntries is how many entries are worth more than what is said below them.
const fewEntries = 4

// widest is how many columns of the terminal the menu takes: enough for what each
// scenario teaches, beside the longest of their titles.
const widest = 132

// abouts returns what is said below the menu, of the entry that is chosen or of what goes
// on, and how many rows there must be, so that the list does not move when another is
// chosen.
func (s *Screen) abouts(m Menu, room int) (said []words.Line, tallest int) {
	for i, e := range m.Items {
		lines := words.Say(words.Dim, e.About).Wrap(room)
		tallest = max(tallest, len(lines))
		if i == m.Chosen {
			said = lines
		}
	}
	if s.o.Said != nil {
		said = s.o.Said(nil)
	}
	return said, tallest
}

// apart is how many rows part entries of different kinds.
func apart(entries []MenuItem, h int) int {
	rows := 0
	for _, e := range entries {
		if e.Apart && h > 12 {
			rows++
		}
	}
	return rows
}

// Menu draws the first screen: what there is to watch, each with its lesson.
func (s *Screen) Menu(w, h int, m Menu, o Look) *grid.Grid {
	if s.g.W != w || s.g.H != h {
		s.g = grid.New(w, h)
	}
	s.g.Clear()
	s.o, s.patches, s.track, s.items = o, maxPatches, rect{}, map[int]int{}
	y := 0
	room := min(w, widest)
	x := (w - room) / 2
	if h > 12 {
		s.g.Row(x+2, 1, room-2).Write("dejavu", bold)
		s.g.Row(x+10, 1, room-10).Write(cmp.Or(o.Title, "what happens when a message arrives twice"), dim)
		y = 3
	}
	said, tallest := s.abouts(m, max(room-4, 1))
	rows := max(h-y-apart(m.Items, h)-tallest-2, min(h-y-4, fewEntries), 1)
	first := min(max(m.Chosen-rows+1, 0), max(len(m.Items)-rows, 0))
	names := 0
	for _, e := range m.Items[first:min(len(m.Items), first+rows)] { // one long name further down takes no room here
		names = max(names, cells(e.Name))
	}
	for i := first; i < min(len(m.Items), first+rows); i++ {
		e, st := m.Items[i], plain
		if i == m.Chosen {
			st = grid.Style{Bold: true, Reverse: true}
			s.g.Row(x+1, y, room-2).Fill(" ", st)
		}
		s.items[y] = i
		s.g.Row(x+2, y, min(names, room-4)).Write(e.Name, grid.Style{Bold: e.Strong || st.Bold, Reverse: st.Reverse})
		if lesson := room - names - 6; lesson > 20 {
			look := dim
			if st.Reverse {
				look = st
			}
			s.g.Row(x+2+names+2, y, lesson).Write(e.Lesson, look)
		}
		y++
		if e.Apart && h > 12 {
			y++
		}
	}
	if y+2 < h {
		for _, line := range said {
			if y+1 < h-1 {
				s.write(x+2, y+1, room-4, line)
				y++
			}
		}
	}
	if h > 3 {
		s.hints(h - 1)
	}
	if o.Panel != nil {
		s.panel(o.Panel)
	}
	if o.ASCII {
		s.g.ASCII()
	}
	return s.g
}
