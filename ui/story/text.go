package story

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
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
	paint   words.Paint
	width   int
	gutter  int // time and message, before the lanes
	speaker voice.Speaker
}

// make room for the longest of what stands before the lanes.
func (w *writer) room(label string) {
	w.gutter = max(w.gutter, min(len("0:00.0  ")+words.Width(label)+1, w.width/2))
}

func (w *writer) line(s words.Line, indent int) {
	w.text(strings.Repeat(" ", indent) + s.Painted(w.paint, 0))
}

func (w *writer) text(line string) {
	_, _ = w.WriteString(strings.TrimRight(line, " ") + "\n") // bufio keeps the error for Flush
}

// WriteText tells the story in order, lanes side by side where the width allows,
// then every harm with its chain of causes, then the table. paint may be nil.
func (s *Story) WriteText(out io.Writer, width int, paint words.Paint) error {
	if paint == nil {
		paint = words.NoPaint
	}
	w := &writer{Writer: bufio.NewWriter(out), paint: paint, width: min(max(width, MinWidth), MaxWidth)}
	w.line(words.Say(words.Strong, s.Scenario.Title), 0)
	for _, l := range words.Say(words.Plain, s.Scenario.Teaches).Wrap(w.width) {
		w.line(l, 0)
	}
	for _, line := range s.Broker().Wrap(w.width) {
		w.line(line, 0)
	}
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
	rows, notices := s.Arrivals(), s.notices()
	folds := s.foldRows(rows)
	w.gutter = gutter
	for i := range rows {
		if !folds[i].hidden {
			w.room(rows[i].Label())
		}
	}
	for i := range notices {
		about, _ := notices[i].said.Apart(spoken(nil))
		w.room(about)
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
			which := rows[i].Name
			if n > 1 {
				which += fmt.Sprintf(" to %s, %d messages", rows[quiet-1].Name, n)
			}
			text := fmt.Sprintf("%-7s %s: %s once and acked, in every lane", words.Clock(rows[i].at), which, s.Scenario.Business.Words().Did)
			w.line(words.Say(words.Dim, text), 0)
			i = quiet - 1
			continue
		}
		if f := folds[i]; f.more > 0 {
			text := rows[i].Label() + " " + goesOn(f.more, rows[f.last].at)
			for n, line := range words.Say(words.Dim, text).Wrap(w.width - 8) {
				w.text(fmt.Sprintf("%-7s ", words.Either(n == 0, words.Clock(rows[i].at), "")) + line.Painted(w.paint, 0))
			}
			continue
		}
		s.writeRow(w, &rows[i], cell, beside)
	}
	s.writeNotices(w, notices, sim.MaxTime*2)
	if s.Ended() != "" {
		for _, l := range words.Say(words.Fault, s.Ended()).Wrap(w.width) {
			w.line(l, 0)
		}
	}
}

func (s *Story) writeHeads(w *writer, cell int) {
	var heads [][]words.Line
	for _, l := range s.Lanes {
		head := words.Say(words.Strong, strings.ToUpper(l.Consumer.Name)).And(words.Dim, l.Consumer.Clause)
		heads = append(heads, head.Wrap(cell-2))
	}
	w.columns("delivered at", heads, cell)
}

// columns writes cells side by side; left stands before the first line.
func (w *writer) columns(left string, cells [][]words.Line, cell int) {
	most := 0
	for _, c := range cells {
		most = max(most, len(c))
	}
	for n := range most {
		line := w.left(left)
		for _, c := range cells {
			text := words.Line{}
			if n < len(c) {
				text = c[n]
			}
			line += text.Painted(w.paint, cell)
		}
		w.text(line)
		left = ""
	}
}

// left is what stands before the lanes, padded: it never touches what follows.
func (w *writer) left(text string) string {
	return text + strings.Repeat(" ", max(w.gutter-words.Width(text), words.Either(text == "", 0, 1)))
}

// writeRow tells one delivery: why it came if it is not the first, and what each
// lane made of it. What is the same in all lanes is said once.
func (s *Story) writeRow(w *writer, r *Arrival, cell int, beside bool) {
	left := fmt.Sprintf("%-7s %s", words.Clock(r.at), r.Label())
	shared, lane := s.sharedWhy(r)
	if a, came := s.In(r, lane); came && shared != "" {
		why := words.Line(s.Lanes[lane].why(a).Spans(spoken(&w.speaker)))
		for n, line := range why.Wrap(w.width - w.gutter) {
			w.text(w.left(words.Either(n == 0, left, "")) + line.Painted(w.paint, 0))
		}
		left = ""
	}
	cells := make([]words.Line, len(s.Lanes))
	for k, l := range s.Lanes {
		a, came := s.In(r, k)
		if !came {
			cells[k] = words.Say(words.Dim, "not delivered")
			continue
		}
		if a.At-r.at >= Together {
			cells[k].Add(words.Dim, "at "+words.Clock(a.At)+":")
		}
		var c voice.Clause
		if why := l.why(a); voice.Text(why.Spans(spoken(nil))) != shared {
			c.Then(why)
			c.Stop()
		}
		c.Then(l.told(a))
		cells[k] = append(cells[k], c.Spans(spoken(&w.speaker))...)
	}
	if beside {
		wrapped := make([][]words.Line, len(cells))
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
func (s *Story) writeBelow(w *writer, cells []words.Line) {
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
		told := append(words.Say(words.Strong, strings.Join(who, ", ")+":"), cells[k]...)
		for n, line := range told.Wrap(w.width - 10) {
			w.line(line, 8+2*min(n, 1))
		}
	}
}

// sharedWhy returns why the message was delivered, in the words of the first lane
// that got it at the time of the row, and which lane that is.
func (s *Story) sharedWhy(r *Arrival) (string, int) {
	for k, l := range s.Lanes {
		if a, came := s.In(r, k); came && a.At-r.at < Together {
			return voice.Text(l.why(a).Spans(spoken(nil))), k
		}
	}
	return "", 0
}

// Broker says how the queue behaves, where a preset was chosen.
func (s *Story) Broker() words.Line {
	q := &s.Scenario.Queue
	if q.Name == "" {
		return nil
	}
	return words.Say(words.Dim, "Queue: "+q.Name+": "+q.Summary)
}

// Ended says why the run ended, if it did not end by itself.
func (s *Story) Ended() string {
	if cut := s.cut(); len(cut) > 0 {
		return fmt.Sprintf("The run was ended after %s, and more was due: %s. What is open is pending. --max-events sets the limit.",
			words.Count(s.Scenario.Budget(), "event"), words.Either(len(cut) > 4, words.Few(cut, 3, ", "), words.Listed(cut)))
	}
	for _, l := range s.Lanes {
		switch l.Run.Ending {
		case sim.OutOfTime:
			if until := s.Scenario.Until; until > 0 {
				return fmt.Sprintf("The run was ended after %s, as until says: something was still to come.", words.Length(until))
			}
			return "The run was ended: something was still to come after its last day."
		case sim.TooDeliveries:
			return fmt.Sprintf("The run was ended: a message had been delivered %s times.", words.Grouped(sim.MaxDeliveries))
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

// writeHarms calls out each duplicate and each loss with its chain of causes.
func (s *Story) writeHarms(w *writer) {
	for _, l := range s.Lanes {
		for _, h := range l.Harms() {
			w.text("")
			w.line(words.Say(words.Wrong, h.headline()), 0)
			for _, line := range h.chain.Wrap(w.width - 2) {
				w.line(line, 2)
			}
		}
	}
}

// writeTable writes what it came to: a row for each lane. Where the columns do
// not fit side by side, what it cost comes below what became of the messages.
func (s *Story) writeTable(w *writer) {
	fates := s.fates(words.IDs)
	cols := append(fates[:len(fates):len(fates)], s.costs()...)
	if words.Total(cols, 2) > w.width && words.Total(fates, 2) > w.width { // twice for charged twice, and no names but numbers
		fates = s.fates(func(ids []string) string {
			return cmp.Or(strings.Repeat("-", 1-min(len(ids), 1)), fmt.Sprint(len(ids)))
		})
		for i := range fates {
			fates[i].Head = cmp.Or(fates[i].Short, fates[i].Head)
		}
	}
	if words.Total(cols, 2) <= w.width {
		w.table(cols, 2)
		return
	}
	w.table(fates, 2)
	w.table(append(fates[:1:1], s.costs()...), 2)
}

// table writes columns side by side, so far apart.
func (w *writer) table(cols []words.Column, gap int) {
	for _, line := range words.Table(cols, gap, w.width, w.paint) {
		w.text(line)
	}
}

// fates are the lanes and what became of the messages in each. Too much and too
// little are two figures, and are never netted. Where nothing is missing, parked or
// pending there is no such column.
func (s *Story) fates(list func([]string) string) []words.Column {
	b := s.Scenario.Business
	t := b.Words()
	name := words.Column{Left: true}
	cols := []words.Column{
		{Head: "owed"}, {Head: b.Words().InAll}, {Head: "too much"}, {Head: "too little", Optional: true},
		{Head: t.Did + " " + t.Often, Short: t.Often, Left: true}, {Head: "never " + t.Did, Short: "never", Left: true},
		{Head: "parked", Left: true, Optional: true}, {Head: "pending", Left: true, Optional: true},
		{Head: "never settled", Short: "unsettled", Left: true, Optional: true}, {Head: "outdated", Left: true, Optional: true},
	}
	for _, l := range s.Lanes {
		o := &l.Outcome
		name.Put(words.Strong, l.Consumer.Name)
		cols[0].Put(words.Plain, words.Amount(b, o.Owed))
		cols[1].Put(harm(o.Taken+int64(len(o.Outdated)) != o.Owed), words.Amount(b, o.Taken)) // a status counts as one
		cols[2].Put(verdict(o.Excess > 0), words.Amount(b, o.Excess))
		cols[3].Put(harm(o.Missing > 0), words.Either(o.Missing > 0, words.Amount(b, o.Missing), "-"))
		cols[4].Put(verdict(len(o.Twice) > 0), list(o.Twice))
		cols[5].Put(verdict(len(o.Never) > 0), list(o.Never))
		cols[6].Put(harm(len(o.Parked) > 0), list(o.Parked))
		cols[7].Put(words.Plain, list(o.Pending))
		cols[8].Put(harm(len(o.Unsettled) > 0), list(o.Unsettled))
		cols[9].Put(words.Plain, list(o.Outdated))
	}
	return append([]words.Column{name}, words.Informative(cols)...)
}

// costs are what that cost each lane, per message owed. What it remembered at most,
// and what of it never expires, are said where they are not what it remembers.
func (s *Story) costs() []words.Column {
	cols := []words.Column{
		{Head: "deliveries"}, {Head: "remembers"}, {Head: "at most", Optional: true}, {Head: "for good", Optional: true},
		{Head: "trips/msg"}, {Head: "added/msg"},
	}
	for _, l := range s.Lanes {
		c := l.Costs()
		cols[0].Put(words.Plain, fmt.Sprint(l.Deliveries))
		cols[1].Put(words.Plain, words.Remembers(c.End))
		cols[2].Put(words.Plain, words.Either(c.Peak == c.End, "-", words.Remembers(c.Peak)))
		cols[3].Put(words.Plain, words.Either(c.Stays == c.End, "-", words.Remembers(c.Stays)))
		cols[4].Put(words.Plain, l.Each(c.RoundTrips))
		cols[5].Put(words.Plain, l.AddedEach())
	}
	return words.Informative(cols)
}

func verdict(harmed bool) words.Meaning { return words.Either(harmed, words.Wrong, words.OK) }

func harm(harmed bool) words.Meaning { return words.Either(harmed, words.Wrong, words.Plain) }
