package frame

import (
	"cmp"
	"slices"
	"strings"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// chart shows what the harm came to over time: a meter for each lane in view, and
// below them the time with what was delivered when, and the faults.
func (s *Screen) chart(r rect, lanes []int, boxed bool) {
	n := len(lanes)
	if boxed {
		s.g.Row(r.x+1, r.y, r.w-2).Fill("─", dim)
		s.g.Write(r.x+2, r.y, " "+s.harmTitle()+" ", bold)
		s.legend(r)
		r = rect{r.x + 2, r.y + 1, r.w - 4, r.h - 1}
	}
	label, most := 8, 15
	if boxed {
		label, most = 12, r.w
	}
	for k := range s.v.Lanes { // all of them: the time stays in place, whoever comes into view
		label = max(label, min(len(s.v.Lanes[k].Consumer.Name)+1, most))
	}
	clock := words.Clock(s.v.When(s.v.Steps()))
	width := r.w - label - cells(clock) - 3
	s.axis.lay(s.v.Story, s.o.Ghost, width, s.v.Step)
	rows := max(r.h-2, 0)
	axis := r.y + rows
	s.track = rect{r.x + label + 1, axis, width, 1}
	y := r.y
	harmed := 0
	for k := range n {
		if s.harmed(lanes[k]) {
			harmed++
		}
	}
	if n > 3 || harmed == 0 {
		y = axis - min(n, rows) // a row a lane, close to the time
	}
	for k := range min(n, rows) {
		h := 1
		if spare := rows - n; s.harmed(lanes[k]) && n < 4 {
			h += spare / harmed
		}
		s.meter(lanes[k], rect{r.x, y, r.w, h}, label, width)
		y += h
	}
	s.timeline(r.x, axis, label, width)
	if r.h > 1 {
		s.g.Write(r.x, axis+1, "faults", dim)
		s.faults(r.x+label+1, axis+1, width)
	}
}

// harmed reports whether a lane is harmed at any time, in this future or the other.
func (s *Screen) harmed(k int) bool {
	_, excess, missing := s.v.Totals(s.v.Steps(), k)
	if g := s.o.Ghost; g != nil && excess+missing == 0 {
		_, excess, missing = g.Totals(g.Steps(), k)
	}
	return excess+missing > 0
}

func (s *Screen) harmTitle() string {
	if s.g.W >= wideW {
		return strings.ToUpper(s.unit.Words().Taken) + " TOO OFTEN, OR NEVER"
	}
	return ""
}

// legend says what the letters mean that stand below the time, in their order. Where
// there is no room for all, the latest are said.
func (s *Screen) legend(r rect) {
	if r.w < 70 {
		return
	}
	var shown []sim.FaultKind // one of each letter
	var known []sim.FaultKind
	for strikes, i := s.v.Strikes(), 0; i < len(strikes) && strikes[i].Step <= s.v.Step; i++ {
		if k := strikes[i].Fault.Kind; !slices.Contains(known, k) {
			known = append(known, k)
			if !slices.ContainsFunc(shown, func(other sim.FaultKind) bool { return words.Letter(other) == words.Letter(k) }) {
				shown = append(shown, k)
			}
		}
	}
	x := r.x + r.w - 2
	for _, k := range slices.Backward(shown) {
		letter, name := words.Letter(k), k.Info().Words.Short
		if k.Info().Renews { // which share a letter
			name = "sent again"
		}
		if x -= len(letter) + len(name) + 3; x < r.x+40 {
			return
		}
		s.g.Write(x, r.y, " ", dim)
		at := s.g.Write(x+1, r.y, letter, trouble)
		s.g.Write(at, r.y, " "+name+" ", dim)
	}
}

// figures writes what a meter has come to beside it or, where there is no room, before it:
// at is where it begins, how high it stands by now, and on which column and row it ends.
func (s *Screen) figures(l *story.LaneView, at rect, end int) {
	over := " " + words.TooMuch(s.unit)
	text, st := s.amount(0)+over, good
	switch {
	case l.Excess > 0 && l.Missing > 0:
		text, st = s.amount(l.Excess)+over+", "+s.amount(l.Missing)+" never", bad
	case l.Excess > 0:
		text, st = s.amount(l.Excess)+over, bad
	case l.Missing > 0:
		text, st = s.amount(l.Missing)+" never "+s.unit.Words().Taken, bad
	}
	if l.Harmed {
		st.Bold = true
	}
	x0, now := at.x, at.w
	for _, y := range []int{at.y, at.h} { // at the height that it labels, if the other future leaves that free
		if x := x0 + now + 2; x+cells(text) < end && !s.drawn(x-1, y, cells(text)+2) {
			s.g.Write(x-1, y, " "+text+" ", st)
			return
		}
	}
	free := now // before the harm begins, for there all is level
	for c := range now {
		if cell := s.g.At(x0+c, at.y).Text; cell != "═" && cell != " " {
			free = c
			break
		}
	}
	if x := x0 + min(free-1, now-2) - cells(text); x > x0 {
		s.g.Write(x-1, at.y, " "+text+" ", st)
		return
	}
	if harm := s.amount(max(l.Excess, l.Missing)); cells(harm) < end-x0-len(s.axis.over) { // right of it
		s.g.Write(x0+len(s.axis.over)+1, at.y, harm, st)
		return
	}
	s.g.Write(x0, at.y, " "+text+" ", st)
}

// drawn reports whether anything is drawn in some cells of a row.
func (s *Screen) drawn(x, y, n int) bool {
	for c := range n {
		if s.g.At(x+c, y).Text != " " {
			return true
		}
	}
	return false
}

// timeline draws the time: what was delivered when, first or again, and where
// something went wrong.
func (s *Screen) timeline(x, y, label, width int) {
	from, to := "0:00", words.Clock(s.v.When(s.v.Steps()))
	if a := &s.axis; a.from > 0 || a.to < len(a.ticks) { // a page: its own ends
		from, to = words.Clock(a.ticks[a.from].at), words.Clock(a.ticks[a.to-1].at)
	}
	s.g.Row(x, y, label).Write(from, dim)
	s.g.Write(x+label+width+3, y, to, dim)
	x0 := x + label + 1
	now := s.axis.playhead(s.v.Moment)
	s.g.Set(x0-1, y, "┝", dim)
	s.g.Set(x0+width, y, "┥", dim)
	for c := range width {
		if c <= now {
			s.g.Set(x0+c, y, "━", plain)
		} else {
			s.g.Set(x0+c, y, "─", dim)
		}
	}
	s.gaps(x0, y, now)
	s.tie(x0, y)
	s.deliveries(x0, y, now)
	s.g.Set(x0+now, y, "▮", bold)
}

// gaps cuts and labels what lasts long and shows nothing.
func (s *Screen) gaps(x0, y, now int) {
	a := &s.axis
	for i := 1; i < len(a.cols); i++ {
		gap := a.gap(a.from + i)
		from, to := a.cols[i-1]+1, a.cols[i]
		if gap < cutFrom || to-from < 3 {
			continue
		}
		st := dim
		if to <= now {
			st = plain
		}
		s.g.Row(x0+from, y, to-from).Fill("┄", st)
		text := gapLabel(gap)
		at := from + (to-from-len(text))/2
		if len(text)+2 <= to-from && (now < at || now >= at+len(text)) {
			s.g.Write(x0+at, y, text, dim)
		}
	}
}

// tie ties the delivery that this moment is about to the first one of its message.
func (s *Screen) tie(x0, y int) {
	v := s.v
	if v.Stop == nil || v.Stop.Kind != story.AtAgain && v.Stop.Kind != story.AtHarm || v.Focus < 0 {
		return
	}
	first, last := -1, -1
	for i := range s.axis.marks {
		m := &s.axis.marks[i]
		if m.step > v.Step {
			break
		}
		if m.owed == v.Focus {
			if first < 0 {
				first = m.step
			}
			last = m.step
		}
	}
	if first < 0 || last == first {
		return
	}
	from, _ := s.axis.col(first)
	to, _ := s.axis.col(last)
	for c := from; c < to; c++ {
		if s.g.At(x0+c, y).Style.Role == grid.Plain || s.g.At(x0+c, y).Text == "┄" {
			s.g.Set(x0+c, y, "═", grid.Style{Role: grid.Fault})
		}
	}
}

// deliveries writes what was delivered; hollow, if not for the first time. What is
// still to come is shown, too: it is the same in both futures until something is
// changed.
func (s *Screen) deliveries(x0, y, now int) {
	free := 0
	from, to := s.axis.page()
	for _, m := range s.axis.marks[s.axis.markAt(from):s.axis.markAt(to)] {
		c, ok := s.axis.col(m.step)
		if !ok || c < free || c+len(m.name)+min(m.delivery-1, 1) > s.axis.width { // not half a name
			continue
		}
		st := dim
		if c <= now {
			st = plain
		} else if m.delivery > 1 {
			continue // that it will come again is not to be seen before it does
		}
		if s.v.Focus >= 0 && m.name == s.v.Scenario.Messages[s.v.Focus].ID && c <= now {
			st = bold
		}
		x := x0 + c
		if m.delivery > 1 {
			s.g.Set(x, y, "○", st)
			x++
		}
		s.g.Row(x, y, s.axis.width-(x-x0)).Write(m.name, st)
		free = x - x0 + len(m.name) + 1
	}
}

// strikes returns what strikes from a step on, and before another.
func strikes(st *story.Story, from, to int) []story.Strike {
	all := st.Strikes()
	at := func(step int) int {
		i, _ := slices.BinarySearchFunc(all, step, func(x story.Strike, step int) int { return cmp.Compare(x.Step, step) })
		return i
	}
	return all[at(from):at(to)]
}

// faults marks where something went wrong, and where the lanes part.
func (s *Screen) faults(x0, y, width int) {
	free := 0
	a := &s.axis
	from, to := a.page()
	if g := s.o.Ghost; g != nil {
		for _, x := range strikes(g, int(a.ticks[a.from].other), int(a.ticks[a.to-1].other)+1) {
			if c, ok := a.otherCol(x.Step); ok && !a.force[x.Fault.String()] {
				s.g.Write(x0+c, y, "╌"+words.Letter(x.Fault.Kind)[1:2]+"╌", dim)
			}
		}
	}
	for _, x := range strikes(s.v.Story, from, to) {
		st := grid.Style{Role: grid.Fault, Bold: true}
		if x.Step > s.v.Step {
			if !slices.ContainsFunc(s.o.Added, func(f sim.Fault) bool { return f.String() == x.Fault.String() }) {
				continue // what will go wrong is not given away, but for what was added by hand
			}
			st = dim
		}
		if c, ok := s.axis.col(x.Step); ok && free-c <= 3 && c+3 <= width+3 { // two that follow each other stand side by side
			free = s.g.Write(x0+max(c, free), y, words.Letter(x.Fault.Kind), st) - x0
		}
	}
	if at := s.v.Parted(); at >= 0 && at <= s.v.Step {
		if c, ok := s.axis.col(at); ok && c+17 < width && c >= free {
			s.g.Write(x0+c, y, "└ here they part", dim)
		} else if ok && c >= free+17 {
			s.right(x0+c+1, y, "here they part └", dim)
		}
	}
}
