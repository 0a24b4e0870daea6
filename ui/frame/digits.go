package frame

import "dejavu/ui/grid"

// font has digits of three rows, a character a cell.
var font = map[byte][3]string{
	'0': {"█▀█", "█ █", "▀▀▀"}, '1': {"▀█ ", " █ ", "▀▀▀"}, '2': {"▀▀█", "█▀▀", "▀▀▀"},
	'3': {"▀▀█", " ▀█", "▀▀▀"}, '4': {"█ █", "▀▀█", "  ▀"}, '5': {"█▀▀", "▀▀█", "▀▀▀"},
	'6': {"█▀▀", "█▀█", "▀▀▀"}, '7': {"▀▀█", "  █", "  ▀"}, '8': {"█▀█", "█▀█", "▀▀▀"},
	'9': {"█▀█", "▀▀█", "▀▀▀"}, '$': {"▄█▄", "▀█▄", "▀█▀"}, '.': {" ", " ", "▀"}, ',': {" ", " ", "▄"},
}

// digitsWidth returns how many cells a text takes in large digits.
func (s *Screen) digitsWidth(text string) int {
	w := 0
	for i := range len(text) {
		w += cells(font[text[i]][0]) + 1
	}
	return w - 1
}

// digits writes a number so that it can be read from afar. Where there are no
// blocks, it is written in bold.
func (s *Screen) digits(x, y int, text string, st grid.Style) {
	if s.o.ASCII {
		st.Bold = true
		s.g.Write(x, y+1, text, st)
		return
	}
	for i := range len(text) {
		glyph := font[text[i]]
		for row := range glyph {
			s.g.Write(x, y+row, glyph[row], st)
		}
		x += cells(glyph[0]) + 1
	}
}

// hugeDigits writes a number twice as large: every half of a cell becomes two
// cells.
func (s *Screen) hugeDigits(x, y int, text string, st grid.Style) {
	if s.o.ASCII {
		s.digits(x, y+2, text, st)
		return
	}
	for i := range len(text) {
		glyph := font[text[i]]
		for row := range glyph {
			at := x
			for _, c := range glyph[row] {
				if c == '█' || c == '▀' {
					s.g.Write(at, y+2*row, "██", st)
				}
				if c == '█' || c == '▄' {
					s.g.Write(at, y+2*row+1, "██", st)
				}
				at += 2
			}
		}
		x += 2*cells(glyph[0]) + 1
	}
}
