package story

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"dejavu/sim"
)

// Widths of the text, in cells.
const (
	MinWidth = 40
	MaxWidth = 160
	gutter   = 15 // time and message, before the lanes, if the names are short
	minCell  = 30 // a lane narrower than this is told below the others instead
	calmRun  = 8  // with more messages than this, calm stretches are told in one line
)

// writer writes lines and keeps the first error.
type writer struct {
	*bufio.Writer
	paint   Paint
	width   int
	gutter  int // time and message, before the lanes
	speaker speaker
}

// make room for the longest of what stands before the lanes.
func (w *writer) room(label string) {
	w.gutter = max(w.gutter, min(len("0:00.0  ")+width(label)+1, w.width/2))
}

func (w *writer) line(s Line, indent int) {
	w.text(strings.Repeat(" ", indent) + s.paint(w.paint, 0))
}

func (w *writer) text(line string) {
	_, _ = w.WriteString(strings.TrimRight(line, " ") + "\n") // bufio keeps the error for Flush
}

// WriteText tells the story in order, lanes side by side where the width allows,
// then every harm with its chain of causes, then the table. paint may be nil.
func (s *Story) WriteText(out io.Writer, width int, paint Paint) error {
	if paint == nil {
		paint = NoPaint
	}
	w := &writer{Writer: bufio.NewWriter(out), paint: paint, width: min(max(width, MinWidth), MaxWidth)}
	w.line(Line{{s.Scenario.Title, Strong}}, 0)
	for _, l := range (Line{{s.Scenario.Teaches, Plain}}).Wrap(w.width) {
		w.line(l, 0)
	}
	s.writeBroker(w)
	w.text("")
	s.writeRows(w)
	s.writeHarms(w)
	s.writeUnmet(w)
	w.text("")
	s.writeTable(w)
	return w.Flush()
}

// writeRows tells every delivery, and in a larger story only those that are not
// what everybody expects.
func (s *Story) writeRows(w *writer) {
	rows, notices := s.rows(), s.notices()
	folds := s.foldRows(rows)
	w.gutter = gutter
	for i := range rows {
		if !folds[i].hidden {
			w.room(rows[i].label())
		}
	}
	for i := range notices {
		w.room(notices[i].name)
	}
	cell := (w.width - w.gutter) / len(s.Lanes)
	beside := cell >= minCell
	if beside {
		s.writeHeads(w, cell)
	}
	for i := 0; i < len(rows); i++ {
		if folds[i].hidden {
			continue
		}
		notices = s.writeNotices(w, notices, rows[i].at)
		quiet := i
		for len(s.Scenario.Messages) > calmRun && quiet < len(rows) && s.calm(&rows[quiet]) {
			quiet++
		}
		if n := quiet - i; n > 0 {
			which := rows[i].name
			if n > 1 {
				which += fmt.Sprintf(" to %s, %d messages", rows[quiet-1].name, n)
			}
			text := fmt.Sprintf("%-7s %s: %s once and acked, in every lane", Clock(rows[i].at), which, s.Scenario.Business.Words().Did)
			w.line(Line{{text, Dim}}, 0)
			i = quiet - 1
			continue
		}
		if f := folds[i]; f.more > 0 {
			text := rows[i].label() + " " + goesOn(f.more, rows[f.last].at)
			for n, line := range (Line{{text, Dim}}).Wrap(w.width - 8) {
				w.text(fmt.Sprintf("%-7s ", yesNo(n == 0, Clock(rows[i].at), "")) + line.paint(w.paint, 0))
			}
			continue
		}
		s.writeRow(w, &rows[i], cell, beside)
	}
	s.writeNotices(w, notices, sim.MaxTime*2)
	if s.ended() != "" {
		for _, l := range (Line{{s.ended(), Fault}}).Wrap(w.width) {
			w.line(l, 0)
		}
	}
}

func (s *Story) writeHeads(w *writer, cell int) {
	var heads [][]Line
	for _, l := range s.Lanes {
		head := Line{{strings.ToUpper(l.Consumer.Name), Strong}, {l.Consumer.Clause, Dim}}
		heads = append(heads, head.Wrap(cell-2))
	}
	w.columns("delivered at", heads, cell)
}

// columns writes cells side by side; left stands before the first line.
func (w *writer) columns(left string, cells [][]Line, cell int) {
	most := 0
	for _, c := range cells {
		most = max(most, len(c))
	}
	for n := range most {
		line := w.left(left)
		for _, c := range cells {
			text := Line{}
			if n < len(c) {
				text = c[n]
			}
			line += text.paint(w.paint, cell)
		}
		w.text(line)
		left = ""
	}
}

// left is what stands before the lanes, padded: it never touches what follows.
func (w *writer) left(text string) string {
	return text + strings.Repeat(" ", max(w.gutter-width(text), yesNo(text == "", 0, 1)))
}

// writeRow tells one delivery: why it came if it is not the first, and what each
// lane made of it. What is the same in all lanes is said once.
func (s *Story) writeRow(w *writer, r *row, cell int, beside bool) {
	left := fmt.Sprintf("%-7s %s", Clock(r.at), r.label())
	shared, lane := s.sharedWhy(r)
	if a, came := s.in(r, lane); came && shared != "" {
		why := s.Lanes[lane].why(a, &w.speaker)
		for n, line := range why.Wrap(w.width - w.gutter) {
			w.text(w.left(yesNo(n == 0, left, "")) + line.paint(w.paint, 0))
		}
		left = ""
	}
	cells := make([]Line, len(s.Lanes))
	for k, l := range s.Lanes {
		a, came := s.in(r, k)
		if !came {
			cells[k] = Line{{"not delivered", Dim}}
			continue
		}
		if a.at-r.at >= together {
			cells[k].add(Dim, "at "+Clock(a.at)+":")
		}
		if why := l.why(a, nil).Plain(); why != shared && why != "" {
			cells[k] = append(cells[k], l.why(a, &w.speaker)...)
			cells[k][len(cells[k])-1].Text += ";"
		}
		cells[k] = append(cells[k], l.told(a, &w.speaker)...)
	}
	if beside {
		wrapped := make([][]Line, len(cells))
		for k := range cells {
			wrapped[k] = cells[k].Wrap(cell - 2)
		}
		w.columns(left, wrapped, cell)
		return
	}
	if left != "" {
		w.text(left)
	}
	s.writeBelow(w, cells)
}

// writeBelow writes the lanes of a row one below the other. Lanes to which the
// same happened share a line.
func (s *Story) writeBelow(w *writer, cells []Line) {
	for k := range cells {
		var who []string
		for other := range cells {
			if slices.Equal(cells[other], cells[k]) {
				if other < k {
					break // told already
				}
				who = append(who, s.Lanes[other].Consumer.Name)
			}
		}
		if len(who) == 0 {
			continue
		}
		told := append(Line{{strings.Join(who, ", ") + ":", Strong}}, cells[k]...)
		for n, line := range told.Wrap(w.width - 10) {
			w.line(line, 8+2*min(n, 1))
		}
	}
}

// sharedWhy returns why the message was delivered, in the words of the first lane
// that got it at the time of the row, and which lane that is.
func (s *Story) sharedWhy(r *row) (string, int) {
	for k, l := range s.Lanes {
		if a, came := s.in(r, k); came && a.at-r.at < together {
			return l.why(a, nil).Plain(), k
		}
	}
	return "", 0
}

// writeBroker says how the queue behaves, where a preset was chosen.
func (s *Story) writeBroker(w *writer) {
	if q := &s.Scenario.Queue; q.Name != "" {
		for _, line := range (Line{{"Queue: " + q.Name + ": " + q.Summary, Dim}}).Wrap(w.width) {
			w.line(line, 0)
		}
	}
}

// ended says why the run ended, if it did not end by itself.
func (s *Story) ended() string {
	if cut := s.cut(); len(cut) > 0 {
		return fmt.Sprintf("The run was ended after %s, and more was due: %s. What is open is pending. --max-events sets the limit.",
			count(s.Scenario.Budget(), "event"), few(cut))
	}
	for _, l := range s.Lanes {
		switch l.Run.Ending {
		case sim.OutOfTime:
			return "The run was ended: something was still to come after its last day."
		case sim.TooDeliveries:
			return fmt.Sprintf("The run was ended: a message had been delivered %s times.", grouped(sim.MaxDeliveries))
		}
	}
	return ""
}

// cut names the lanes that were ended by their budget of events.
func (s *Story) cut() []string {
	var names []string
	for _, l := range s.Lanes {
		if l.Outcome.Cut {
			names = append(names, strings.ToUpper(l.Consumer.Name))
		}
	}
	return names
}

// few names the first few of many, and says how many more there are.
func few(names []string) string {
	switch n := len(names); {
	case n > 4:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:3], ", "), n-3)
	case n > 1:
		return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
	}
	return strings.Join(names, "")
}

// writeHarms calls out each duplicate and each loss with its chain of causes.
func (s *Story) writeHarms(w *writer) {
	for _, l := range s.Lanes {
		for _, h := range l.Harms() {
			w.text("")
			w.line(Line{{h.headline(), Wrong}}, 0)
			for _, line := range h.chain.Wrap(w.width - 2) {
				w.line(line, 2)
			}
		}
	}
}

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
	t := b.Words()
	name := column{left: true}
	cols := []column{
		{head: "owed"}, {head: b.Words().InAll}, {head: "too much"}, {head: "too little", optional: true},
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
