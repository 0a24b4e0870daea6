package story

import (
	"cmp"
	"fmt"
	"strings"
	"unicode/utf8"

	"dejavu/sim"
)

// column is one column of the verdict table.
type column struct {
	head  string
	short string // the head where there is little room
	cells []string
	as    []Meaning
	left  bool
}

// writeTable writes what it came to: a row for each lane. Where the columns do
// not fit side by side, what it cost comes below what became of the messages.
func (s *Story) writeTable(w *writer) {
	cols, costs := s.columns(list)
	if all := append(cols[:len(cols):len(cols)], costs[1:]...); total(all) <= w.width {
		cols, costs = all, nil
	}
	if total(cols) > w.width { // twice for charged twice, and no names but numbers
		cols, _ = s.columns(func(ids []string) string {
			return cmp.Or(strings.Repeat("-", 1-min(len(ids), 1)), fmt.Sprint(len(ids)))
		})
		for i := range cols {
			cols[i].head = cmp.Or(cols[i].short, cols[i].head)
		}
	}
	for _, part := range [][]column{cols, costs} {
		for n := -1; n < len(s.Lanes) && len(part) > 0; n++ {
			line := ""
			for i := range part {
				line += part[i].cell(n, w.paint) + "  "
			}
			w.text(line)
		}
	}
}

func total(cols []column) int {
	sum := -2
	for i := range cols {
		sum += cols[i].width() + 2
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

// columns are the figures of all lanes: what became of the messages, and what
// that cost per message. Too much and too little are two figures, and are never
// netted. Where nothing is missing, parked or pending there is no such column.
func (s *Story) columns(list func([]string) string) (fates, costs []column) {
	b := s.Scenario.Business
	t := trades[b]
	name := column{left: true}
	fates = []column{
		{head: "owed"}, {head: taken(b)}, {head: "too much"}, {head: "too little"},
		{head: t.again, short: "twice", left: true}, {head: t.never, short: "never", left: true}, {head: "parked", left: true}, {head: "pending", left: true},
	}
	costs = []column{{head: "deliveries"}, {head: "remembers"}, {head: "steps/msg"}, {head: "store/msg"}}
	per := float64(len(s.Scenario.Messages))
	for _, l := range s.Lanes {
		o := &l.Outcome
		name.put(Strong, l.Consumer.Name)
		fates[0].put(Plain, Amount(b, o.Owed))
		fates[1].put(harm(o.Taken != o.Owed), Amount(b, o.Taken))
		fates[2].put(verdict(o.Excess > 0), Amount(b, o.Excess))
		fates[3].put(harm(o.Missing > 0), yesNo(o.Missing > 0, Amount(b, o.Missing), "-"))
		fates[4].put(verdict(len(o.Twice) > 0), list(o.Twice))
		fates[5].put(verdict(len(o.Never) > 0), list(o.Never))
		fates[6].put(harm(len(o.Parked) > 0), list(o.Parked))
		fates[7].put(Plain, list(o.Pending))
		costs[0].put(Plain, fmt.Sprint(l.Deliveries))
		costs[1].put(Plain, remembers(l.Remembered))
		costs[2].put(Plain, fmt.Sprintf("%.1f", float64(l.Steps)/per))
		costs[3].put(Plain, fmt.Sprintf("%.1f", float64(l.StoreOps)/per))
	}
	kept := []column{name}
	for i, c := range fates {
		nothing := strings.Join(c.cells, "") == strings.Repeat("-", len(s.Lanes))
		if optional := i == 3 || i >= 6; !optional || !nothing {
			kept = append(kept, c)
		}
	}
	return kept, append([]column{name}, costs...)
}

func (c *column) put(as Meaning, text string) {
	c.cells, c.as = append(c.cells, text), append(c.as, as)
}

// taken is the heading of what was done in all.
func taken(b sim.Business) string { return yesNo(b == sim.Card, "taken", "done") }

func verdict(harmed bool) Meaning { return yesNo(harmed, Wrong, OK) }

func harm(harmed bool) Meaning { return yesNo(harmed, Wrong, Plain) }

func remembers(r sim.Remembered) string {
	if r.Entries == 0 {
		return "nothing"
	}
	return Remembers(r.Entries, r.Bytes)
}

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
