package story

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dejavu/sim"
)

// column is one column of the verdict table.
type column struct {
	group    string // what is written above the heads of those beside each other
	head     string
	short    string // the head where there is little room
	cells    []string
	as       []Meaning
	left     bool
	optional bool // left out where it says nothing of anybody
}

// writeTable writes what it came to: a row for each lane. Where the columns do
// not fit side by side, what it cost comes below what became of the messages.
func (s *Story) writeTable(w *writer) {
	fates := s.fates(list)
	cols := append(fates[:len(fates):len(fates)], s.costs()...)
	if total(cols, 2) > w.width && total(fates, 2) > w.width { // twice for charged twice, and no names but numbers
		fates = s.fates(func(ids []string) string {
			return cmp.Or(strings.Repeat("-", 1-min(len(ids), 1)), fmt.Sprint(len(ids)))
		})
		for i := range fates {
			fates[i].head = cmp.Or(fates[i].short, fates[i].head)
		}
	}
	if total(cols, 2) <= w.width {
		w.table(cols, 2)
		return
	}
	w.table(fates, 2)
	w.table(append(fates[:1:1], s.costs()...), 2)
}

// table writes columns side by side, so far apart. What is too wide goes below,
// where each line begins with the first column again; a group stays together if it
// can.
func (w *writer) table(cols []column, gap int) {
	for len(cols) > 1 {
		fit := 2
		for fit < len(cols) && total(cols[:fit+1], gap) <= w.width {
			fit++
		}
		whole := fit
		for whole > 1 && whole < len(cols) && cols[whole].group != "" && cols[whole].group == cols[whole-1].group {
			whole--
		}
		if whole > 1 {
			fit = whole
		}
		w.block(cols[:fit], gap)
		cols = append(cols[:1:1], cols[fit:]...)
	}
}

// block writes columns side by side, and above their heads what they have in common.
func (w *writer) block(cols []column, gap int) {
	groups, x := "", 0
	for i := range cols {
		x += before(cols, i, gap)
		if i > 0 && cols[i].group != cols[i-1].group {
			groups += strings.Repeat(" ", max(x-utf8.RuneCountInString(groups), 1)) + cols[i].group
		}
		x += cols[i].width()
	}
	if label := strings.TrimLeft(groups, " "); label != "" {
		w.text(groups[:len(groups)-len(label)] + w.paint(Dim, label))
	}
	for n := -1; n < len(cols[0].cells); n++ {
		line := ""
		for i := range cols {
			line += strings.Repeat(" ", before(cols, i, gap)) + cols[i].cell(n, w.paint)
		}
		w.text(line)
	}
}

// before is how far a column is from the one before it: groups do not touch.
func before(cols []column, i, gap int) int {
	switch {
	case i == 0:
		return 0
	case cols[i].group != cols[i-1].group:
		return max(gap, 2)
	}
	return gap
}

func total(cols []column, gap int) int {
	sum := 0
	for i := range cols {
		sum += before(cols, i, gap) + cols[i].width()
	}
	return sum
}

func (c *column) width() int {
	most := utf8.RuneCountInString(c.head)
	for _, text := range c.cells {
		most = max(most, utf8.RuneCountInString(text))
	}
	return most
}

// cell writes the n-th cell, or the head for -1, padded.
func (c *column) cell(n int, paint Paint) string {
	text, as := c.head, Dim
	if n >= 0 {
		text, as = c.cells[n], c.as[n]
	}
	pad := strings.Repeat(" ", c.width()-utf8.RuneCountInString(text))
	if as != Plain {
		text = paint(as, text)
	}
	if c.left {
		return text + pad
	}
	return pad + text
}

// fates are the lanes and what became of the messages in each. Too much and too
// little are two figures, and are never netted. Where nothing is missing, parked or
// pending there is no such column.
func (s *Story) fates(list func([]string) string) []column {
	b := s.Scenario.Business
	t := trade(b)
	name := column{left: true}
	cols := []column{
		{head: "owed"}, {head: taken(b)}, {head: "too much"}, {head: "too little", optional: true},
		{head: t.Did + " twice", short: "twice", left: true}, {head: "never " + t.Did, short: "never", left: true},
		{head: "parked", left: true, optional: true}, {head: "pending", left: true, optional: true},
	}
	for _, l := range s.Lanes {
		o := &l.Outcome
		name.put(Strong, l.Consumer.Name)
		cols[0].put(Plain, Amount(b, o.Owed))
		cols[1].put(harm(o.Taken != o.Owed), Amount(b, o.Taken))
		cols[2].put(verdict(o.Excess > 0), Amount(b, o.Excess))
		cols[3].put(harm(o.Missing > 0), yesNo(o.Missing > 0, Amount(b, o.Missing), "-"))
		cols[4].put(verdict(len(o.Twice) > 0), list(o.Twice))
		cols[5].put(verdict(len(o.Never) > 0), list(o.Never))
		cols[6].put(harm(len(o.Parked) > 0), list(o.Parked))
		cols[7].put(Plain, list(o.Pending))
	}
	return append([]column{name}, informative(cols)...)
}

// informative leaves out the columns that say nothing of anybody.
func informative(cols []column) []column {
	return slices.DeleteFunc(cols, func(c column) bool {
		return c.optional && strings.Join(c.cells, "") == strings.Repeat("-", len(c.cells))
	})
}

// costs are what that cost each lane, per message owed. What it remembered at most,
// and what of it never expires, are said where they are not what it remembers.
func (s *Story) costs() []column {
	cols := []column{
		{head: "deliveries"}, {head: "remembers"}, {head: "at most", optional: true}, {head: "for good", optional: true},
		{head: "trips/msg"}, {head: "added/msg"},
	}
	for _, l := range s.Lanes {
		c := l.Costs()
		cols[0].put(Plain, fmt.Sprint(l.Deliveries))
		cols[1].put(Plain, Remembers(c.End))
		cols[2].put(Plain, yesNo(c.Peak == c.End, "-", Remembers(c.Peak)))
		cols[3].put(Plain, yesNo(c.Stays == c.End, "-", Remembers(c.Stays)))
		cols[4].put(Plain, l.each(c.RoundTrips))
		cols[5].put(Plain, l.addedEach())
	}
	return informative(cols)
}

func (c *column) put(as Meaning, text string) {
	c.cells, c.as = append(c.cells, text), append(c.as, as)
}

// taken is the heading of what was done in all.
func taken(b sim.Business) string { return trade(b).InAll }

func verdict(harmed bool) Meaning { return yesNo(harmed, Wrong, OK) }

func harm(harmed bool) Meaning { return yesNo(harmed, Wrong, Plain) }

// list names a few messages, and says how many more there are.
func list(ids []string) string {
	switch n := len(ids); {
	case n == 0:
		return "-"
	case n <= 4:
		return strings.Join(ids, " ")
	default:
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:3], " "), n-3)
	}
}
