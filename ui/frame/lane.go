package frame

import (
	"slices"
	"strconv"

	"dejavu/broker"
	"dejavu/ui/grid"
	"dejavu/ui/story"
)

// lanes draws the lanes in view, side by side.
func (s *Screen) lanes(r rect, lanes []int, roomy bool) {
	n := len(lanes)
	for k := range n {
		x := r.x + r.w*k/n
		s.lane(lanes[k], rect{x, r.y, r.x + r.w*(k+1)/n - x, r.h}, roomy)
	}
}

// lane draws what one consumer does. A heavy border means: look here.
func (s *Screen) lane(k int, r rect, roomy bool) {
	l := &s.v.Lanes[k]
	s.border(l, r)
	s.parts(l, rect{r.x + 2, r.y + 1, r.w - 4, r.h - 2}, roomy)
	end := r.x + r.w - 2
	if l.Harmed {
		end = s.patch(end, r.y, s.harmWord(l), bad) - 1
	}
	x := s.heading(k, r)
	if text := clause(l.Consumer.Clause, end-x-2); text != "" && !s.o.NamesOnly {
		s.g.Write(s.g.Write(x, r.y, text, dim), r.y, " ", dim)
	}
}

// border draws the border of a lane: heavy if it is harmed at this moment, and a wall if that
// is hard.
func (s *Screen) border(l *story.LaneView, r rect) {
	switch {
	case s.hard(l):
		s.area(r).Box(grid.Wall, bad)
		s.g.Row(r.x+1, r.y+r.h-1, r.w-2).Fill("▄", bad)
	case l.Harmed:
		s.area(r).Box(grid.Heavy, bad)
	default:
		s.area(r).Box(grid.Thin, dim)
	}
}

// hard reports whether a lane is harmed at this moment, and what went wrong in it comes to
// half of what is owed or more: a room gasps at that.
func (s *Screen) hard(l *story.LaneView) bool {
	return l.Harmed && 2*(l.Excess+l.Missing) >= s.owed(l)
}

// heading writes the name of a lane into its border, and marks the one in focus: it is
// that which the keys are about.
func (s *Screen) heading(k int, r rect) int {
	mark, st := " ", bold
	if k == s.o.Focus && len(s.v.Lanes) > 1 {
		mark, st = "▸", keyStyle
	}
	return s.g.Row(r.x+1, r.y, r.w-2).Write(mark+heading(s.v.Lanes[k].Consumer.Name)+" ", st)
}

// harmWord names the harm of this moment in the border of its lane.
func (s *Screen) harmWord(l *story.LaneView) string {
	last := -1
	for n, i := range l.Stamped {
		if i >= 0 && (last < 0 || n == s.v.Focus) {
			last = i
		}
	}
	if last < 0 {
		return "HARMED"
	}
	return l.Heading(&l.Marks()[last])
}

// share is how many rows each part of a lane gets.
type share struct{ wires, code, remembers, gap, ledger, total int }

// parts draws the inside of a lane: its own queue, workers, source, store and
// ledger. What there is little room for gets one row; what there is none for goes.
func (s *Screen) parts(l *story.LaneView, r rect, roomy bool) {
	p := s.divide(r.h, roomy, s.busy(), s.drains())
	if code := len(l.Body()) + 1; s.o.Zoom && p.code < code { // all of it, if the ledger can spare the rows
		more := min(code-p.code, max(p.ledger-2, 0)+p.gap)
		p.code += more
		p.ledger -= max(more-p.gap, 0)
		p.gap = max(p.gap-more, 0)
	}
	y := r.y
	s.queue(l, r.x, y, r.w)
	y++
	y += s.wires(l, rect{r.x, y, r.w, p.wires})
	s.code(l, rect{r.x, y, r.w, p.code})
	y += p.code
	s.remembers(l, rect{r.x, y, r.w, p.remembers})
	y += p.remembers + p.gap
	s.ledger(l, rect{r.x, y, r.w, p.ledger})
	y += p.ledger
	s.totals(l, rect{r.x, r.y + r.h - p.total, r.w, p.total})
}

// busy is the largest number of workers of a lane that are at work at any time of
// the story: rows do not come and go.
func (s *Screen) busy() int {
	most := 1
	for _, l := range s.v.Story.Lanes {
		most = max(most, l.Busy())
	}
	return most
}

// drains reports whether the time of something stored is shown in the course of the
// story: then what is remembered is worth a row before a second one of the ledger.
func (s *Screen) drains() bool {
	return slices.ContainsFunc(s.v.Story.Lanes, (*story.LaneStory).Drains)
}

// divide shares out the rows of a lane, the same in every frame of a size.
func (s *Screen) divide(h int, roomy bool, busy int, drains bool) share {
	messages := len(s.v.Scenario.Messages)
	p := share{wires: 2, code: 1, remembers: 1, ledger: 3, total: 1}
	left := h - 1 - 2 - 1 - 1 - 3 - 1
	give := func(rows *int, most int) {
		n := min(max(left, 0), max(most-*rows, 0))
		*rows += n
		left -= n
	}
	if left < 0 && drains && p.ledger+left > 1 {
		p.ledger += left
	} else if left < 0 {
		p.remembers = 0
		p.ledger = max(p.ledger+left+1, 0)
	}
	give(&p.ledger, min(1+messages, 5))
	if roomy {
		give(&p.code, 4)
		give(&p.total, 4)
		give(&p.code, 6)
	}
	give(&p.ledger, 1+messages)
	if roomy {
		give(&p.wires, 2*min(busy, 2))
		give(&p.code, 14)
		give(&p.remembers, 2)
		give(&p.gap, 1)
	}
	p.ledger += max(left, 0)
	return p
}

// queue is where each message is, as this lane's own queue has it.
func (s *Screen) queue(l *story.LaneView, x, y, w int) {
	end := x + w
	x = s.g.Write(x, y, "queue ", dim)
	q := l.World.Queue()
	first := 0
	if room := w / 4; q.Len() > room { // the latest that were published matter
		for first < q.Len()-room && q.State(first+room-1) != broker.Unpublished {
			first++
		}
	}
	timesIn := x+s.queueCells(l, first) <= end
	for n := first; n < q.Len(); n++ {
		if s.unseen(l, n) {
			continue
		}
		sign, _, st := s.whereabouts(l, n)
		if owed := l.World.Owed(n); owed == s.v.Focus {
			st.Bold = true
		}
		name := l.MessageName(n)
		if x+1+len(name)+1 > end {
			break
		}
		x = s.g.Write(x, y, sign, st)
		x = s.g.Write(x, y, name, st) + 1
		if left := s.hiddenFor(l, n); left != "" && timesIn && x+len(left) < end {
			x = s.g.Write(x, y, left, dim) + 1
		}
	}
	x = s.deadLetters(l, x, y, end)
	if l.World.Relay() != broker.None {
		s.outbox(l, x+1, y, end)
	}
}

// unseen reports whether a message is a copy that is still to come.
func (s *Screen) unseen(l *story.LaneView, n int) bool {
	return l.World.Queue().State(n) == broker.Unpublished && n >= len(l.Run.Lane.Messages)
}

// hiddenFor is how long a message that nobody is at work on stays hidden, or "".
func (s *Screen) hiddenFor(l *story.LaneView, n int) string {
	sign, _, _ := s.whereabouts(l, n)
	if left := l.Hidden(n, s.v.Now); sign == "–" && left > 0 && l.World.Queue().Len() <= 8 {
		return seconds(left)
	}
	return ""
}

// queueCells is how much room the messages from one on take with the times for which
// they are hidden, and what stands behind them: the outbox has its place before times.
func (s *Screen) queueCells(l *story.LaneView, first int) int {
	q, n := l.World.Queue(), 0
	for i := first; i < q.Len(); i++ {
		if s.unseen(l, i) {
			continue
		}
		n += 1 + len(l.MessageName(i)) + 1
		if left := s.hiddenFor(l, i); left != "" {
			n += len(left) + 1
		}
	}
	if l.World.Relay() != broker.None {
		n += 1 + len("outbox empty")
	}
	if _, ever := dead(l); ever {
		n += 1 + len("DLQ 9")
	}
	return n
}

// dead counts what lies in the dead-letter queue, and says whether anything ever did.
func dead(l *story.LaneView) (lie int, ever bool) {
	for n, q := 0, l.World.Queue(); n < q.Len(); n++ {
		switch q.State(n) {
		case broker.Dead:
			lie, ever = lie+1, true
		case broker.Redriven:
			ever = true
		}
	}
	return lie, ever
}

// deadLetters counts what lies in the dead-letter queue, once something has: what is
// put back is seen leaving it.
func (s *Screen) deadLetters(l *story.LaneView, x, y, end int) int {
	lie, ever := dead(l)
	if !ever || x+len(" DLQ 99") > end {
		return x
	}
	st := dim
	if lie > 0 {
		st = bad
	}
	return s.g.Write(s.g.Write(x+1, y, "DLQ ", dim), y, strconv.Itoa(lie), st) + 1
}

// outbox is what waits for the relay, or is with it.
func (s *Screen) outbox(l *story.LaneView, x, y, end int) {
	if x+len("outbox empty") > end {
		return
	}
	x = s.g.Write(x, y, "outbox ", dim)
	empty := true
	for p := range l.World.Outbox {
		sign, st := "○", plain
		if p.State == broker.InFlight {
			sign = "●"
		}
		if l.World.Owed(p.Msg) == s.v.Focus {
			st.Bold = true
		}
		name := l.MessageName(p.Msg)
		if p.For != l.Run.Lane.Business {
			name += "/" + p.For.String()
		}
		if empty = false; x+len(name)+2 > end {
			break
		}
		x = s.g.Write(x, y, sign+name, st) + 1
	}
	if empty {
		s.g.Write(x, y, "empty", dim)
	}
}

// strip has a line for each lane that is not in view. Harm shows here, too.
func (s *Screen) strip(r rect, lanes []int) {
	y, left := r.y, len(s.v.Lanes)-len(lanes)
	for k := range s.v.Lanes {
		if slices.Contains(lanes, k) {
			continue
		}
		if y == r.y+r.h-1 && left > 1 {
			s.g.Row(r.x, y, r.w).Write(s.others(k, lanes, left), dim)
			return
		}
		if y >= r.y+r.h {
			return
		}
		s.stripLine(&s.v.Lanes[k], r.x, y, r.w)
		y++
		left--
	}
}

func (s *Screen) stripLine(l *story.LaneView, x, y, w int) {
	st := dim
	if l.Harmed {
		st = grid.Style{Role: grid.Wrong, Bold: true}
	}
	s.g.Row(x, y, 22).Write(heading(l.Consumer.Name), st)
	x += 23
	x = s.g.Write(x, y, "deliveries "+strconv.Itoa(l.Delivered())+"  ", dim)
	harm := good
	if l.Twice > 0 {
		harm = bad
	}
	x = s.g.Write(x, y, s.unit.Words().Often+" "+strconv.Itoa(l.Twice)+"  ", harm)
	harm = good
	if l.Lost > 0 {
		harm = bad
	}
	x = s.g.Write(x, y, "never "+strconv.Itoa(l.Lost)+"  ", harm)
	if n := l.CountOutdated(); n > 0 {
		x = s.g.Write(x, y, "outdated "+strconv.Itoa(n)+"  ", dim)
	}
	s.g.Row(x, y, w-46).Write(s.amount(l.Taken), plain)
}

// others sums up the lanes for which the strip has no line.
func (s *Screen) others(from int, lanes []int, left int) string {
	harmed := 0
	for k := from; k < len(s.v.Lanes); k++ {
		if !slices.Contains(lanes, k) && s.v.Lanes[k].Twice+s.v.Lanes[k].Lost > 0 {
			harmed++
		}
	}
	return strconv.Itoa(left) + " more lanes, " + strconv.Itoa(harmed) + " of them harmed (tab)"
}
