package words

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Column is one column of a table.
type Column struct {
	Group    string // what is written above the heads of those beside each other
	Head     string
	Short    string // the head where there is little room
	Cells    []string
	as       []Meaning
	Left     bool
	Optional bool // left out where it says nothing of anybody
}

// before is how far a column is from the one before it: groups do not touch.
func before(cols []Column, i, gap int) int {
	switch {
	case i == 0:
		return 0
	case cols[i].Group != cols[i-1].Group:
		return max(gap, 2)
	}
	return gap
}

// Total is how wide columns are beside each other, so far apart.
func Total(cols []Column, gap int) int {
	sum := 0
	for i := range cols {
		sum += before(cols, i, gap) + cols[i].width()
	}
	return sum
}

func (c *Column) width() int {
	most := utf8.RuneCountInString(c.Head)
	for _, text := range c.Cells {
		most = max(most, utf8.RuneCountInString(text))
	}
	return most
}

// cell writes the n-th cell, or the head for -1, padded.
func (c *Column) cell(n int, paint Paint) string {
	text, as := c.Head, Dim
	if n >= 0 {
		text, as = c.Cells[n], c.as[n]
	}
	pad := strings.Repeat(" ", c.width()-utf8.RuneCountInString(text))
	if as != Plain {
		text = Say(as, text).Painted(paint, 0)
	}
	if c.Left {
		return text + pad
	}
	return pad + text
}

// Informative leaves out the columns that say nothing of anybody.
func Informative(cols []Column) []Column {
	return slices.DeleteFunc(cols, func(c Column) bool {
		return c.Optional && strings.Join(c.Cells, "") == strings.Repeat("-", len(c.Cells))
	})
}

// Put appends a cell.
func (c *Column) Put(as Meaning, text string) {
	c.Cells, c.as = append(c.Cells, text), append(c.as, as)
}

// Table writes columns side by side, so far apart, in lines of a width. What is too wide
// goes below, where each line begins with the first column again; a group stays together
// if it can.
func Table(cols []Column, gap, width int, paint Paint) []string {
	var lines []string
	for len(cols) > 1 {
		fit := 2
		for fit < len(cols) && Total(cols[:fit+1], gap) <= width {
			fit++
		}
		whole := fit
		for whole > 1 && whole < len(cols) && cols[whole].Group != "" && cols[whole].Group == cols[whole-1].Group {
			whole--
		}
		if whole > 1 {
			fit = whole
		}
		lines = append(lines, block(cols[:fit], gap, paint)...)
		cols = append(cols[:1:1], cols[fit:]...)
	}
	return lines
}

// block writes columns side by side, and above their heads what they have in common.
func block(cols []Column, gap int, paint Paint) []string {
	var lines []string
	groups, x := "", 0
	for i := range cols {
		x += before(cols, i, gap)
		if i > 0 && cols[i].Group != cols[i-1].Group {
			groups += strings.Repeat(" ", max(x-utf8.RuneCountInString(groups), 1)) + cols[i].Group
		}
		x += cols[i].width()
	}
	if label := strings.TrimLeft(groups, " "); label != "" {
		lines = append(lines, groups[:len(groups)-len(label)]+Say(Dim, label).Painted(paint, 0))
	}
	for n := -1; n < len(cols[0].Cells); n++ {
		line := ""
		for i := range cols {
			line += strings.Repeat(" ", before(cols, i, gap)) + cols[i].cell(n, paint)
		}
		lines = append(lines, line)
	}
	return lines
}
