package frame

import (
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

type storedEntry = sim.Stored

const (
	inProcess = sim.InProcess
	inCache   = sim.InCache
)

// markW is the last column of the ledger: ×2 and a blank before it.
const markW = 3

// amountW is how wide a column of amounts is: as wide as the largest in the story.
func (s *Screen) amountW() int {
	if s.wideOf == s.v.Story {
		return s.widest
	}
	largest := int64(0)
	for _, l := range s.v.Story.Lanes {
		for _, m := range l.Marks() {
			largest = max(largest, s.units(&l.Run.Lane.Messages[m.Owed])*int64(max(m.Nth, 1)))
		}
	}
	s.widest, s.wideOf = max(len(s.unit.Words().Taken), len(s.short(largest)))+2, s.v.Story
	return s.widest
}

// ledger shows what was taken from whom. A stamp says AGAIN or NEVER from the step
// on with which it became true.
func (s *Screen) ledger(l *story.LaneView, r rect) {
	if r.h <= 0 {
		return
	}
	s.g.Row(r.x-1, r.y, r.w+2).Fill("─", dim)
	end, amountW := r.x+r.w-markW, s.amountW()
	s.right(end+1, r.y, " "+s.unit.Words().Taken+" ", dim)
	s.right(end-amountW+1, r.y, " owed ", dim)
	x := r.x
	if r.w > 44 {
		x = s.g.Write(x, r.y, " "+s.unit.Words().Ledger+" ", dim) + 1
	}
	rows := s.rows(l, r.h-1)
	for i, n := range rows.owed {
		s.entry(l, n, rect{r.x, r.y + 1 + i, r.w, 1})
	}
	room, text := end-amountW-5-x, " "+rows.text()+" "
	if cells(text) > room {
		text = " " + strconv.Itoa(rows.more) + " more "
	}
	if rows.more > 0 && cells(text) <= room {
		s.g.Write(x, r.y, text, dim)
	}
}

// entry is one thing owed: who owes how much, and how much was taken how often.
func (s *Screen) entry(l *story.LaneView, n int, r rect) {
	o := &l.Run.Lane.Messages[n]
	x, y, end, amountW := r.x, r.y, r.x+r.w, s.amountW()
	st := s.attention(n)
	times := l.Times[n]
	units := s.units(o)
	mark, look := "·", dim
	switch {
	case l.Fate[n] == story.Never || l.Fate[n] == story.Buried:
		mark, look = "✗", grid.Style{Role: grid.Wrong, Bold: true}
	case times > 1:
		mark, look = words.Either(s.unit.Info().LastWins, "!", s.times(times)), grid.Style{Role: grid.Wrong, Bold: true}
	case times == 1:
		mark, look = "✓", good
	}
	s.g.Write(end-markW+1, y, mark, look)
	end -= markW
	if times != 1 && mark == "·" {
		look = dim
	} else if times == 1 {
		look = st
	}
	s.right(end, y, s.short(s.done(l, n)), look)
	s.right(end-amountW, y, s.short(units), dim)
	end -= 2 * amountW
	who := 5
	if r.w > 44 {
		who = 7
	}
	s.g.Row(x, y, who-1).Write(o.Customer, st)
	if o.Customer == "" {
		who = 0
	}
	at := max(s.g.Row(x+who, y, 5).Write(o.ID, st)+1, x+who+3)
	s.stamp(l, n, rect{at, y, end - at, 1})
}

// done is what all effects of something owed come to.
func (s *Screen) done(l *story.LaneView, n int) (sum int64) {
	for _, count := range l.Parts(n) {
		sum += s.unit.Counted(int64(count)) * s.unit.Units(l.Run.Lane.Messages[n].Amount)
	}
	return sum
}

// times is how often: ×2.
func (s *Screen) times(n int) string {
	if n < 10 {
		return "×" + "0123456789"[n:n+1]
	}
	return "×" + strconv.Itoa(n)
}

// stamp says beside an entry what is wrong with it, or that nothing was done twice.
func (s *Screen) stamp(l *story.LaneView, n int, r rect) {
	i := l.Stamped[n]
	word := ""
	switch l.Fate[n] {
	case story.Again:
		word = s.unit.Words().Stamp
	case story.Never:
		word = "NEVER"
	case story.Buried:
		word = "PARKED"
	}
	if word == "" && s.gone(l, n, r) {
		return
	}
	st := grid.Style{Role: grid.Wrong, Bold: true}
	if word != "" {
		if i < 0 {
			st.Bold = false
		} else {
			st = s.reversed(st)
		}
		o := &l.Run.Lane.Messages[n]
		text := word
		if amount := s.amount(s.unit.Units(o.Amount)); s.unit.Info().Money && r.w >= cells(text)+cells(amount)+1 {
			text = amount + " " + text
		}
		if which := s.which(l, n) + " " + word; len(s.unit.Parts()) > 1 && r.w >= cells(which)+2 {
			text = which
		}
		if st.Reverse && r.w >= cells(text)+2 {
			text = " " + text + " "
		}
		s.area(r).Write(text, st)
		return
	}
	if l.Outdated[n] {
		s.area(r).Write(words.Either(r.w < len("= outdated"), "outdated", "= outdated"), good)
		return
	}
	if l.Skipped[n] && l.Times[n] == 1 {
		text := "= repeat skipped"
		if r.w < len(text) {
			text = "= skipped"
		}
		s.area(r).Write(text, good)
	}
}

// which says what parts of something owed came to harm: charged, mailed.
func (s *Screen) which(l *story.LaneView, n int) string {
	var did []string
	for part, count := range l.Parts(n) {
		if l.Fate[n] == story.Again && count > 1 || l.Fate[n] != story.Again && count == 0 {
			did = append(did, s.unit.Parts()[part].Words().Did)
		}
	}
	return strings.Join(did, ", ")
}

// gone says what harm there would be at this instant in the other future.
func (s *Screen) gone(l *story.LaneView, n int, r rect) bool {
	o := s.elsewhere(l)
	if o == nil || o.Fate[n] == story.Done {
		return false
	}
	text := "(never)"
	if o.Fate[n] == story.Again {
		text = "(" + s.times(o.Times[n]) + " " + s.amount(s.done(o, n)) + ")"
	}
	if o.Fate[n] == story.Buried {
		text = "(parked)"
	}
	s.area(r).Write(text, dim)
	return true
}

// elsewhere is a lane at this instant in the other future, or nil.
func (s *Screen) elsewhere(l *story.LaneView) *story.LaneView {
	if s.other == nil {
		return nil
	}
	k := slices.IndexFunc(s.other.Lanes, func(o story.LaneView) bool { return o.Consumer.Name == l.Consumer.Name })
	if k < 0 {
		return nil
	}
	return &s.other.Lanes[k]
}

// was is the harm of a lane in the other future, in words, where it is another: ", was $135".
func (s *Screen) was(l *story.LaneView) string {
	switch o := s.elsewhere(l); {
	case o == nil || o.Excess == l.Excess && o.Missing == l.Missing:
		return ""
	case o.Excess == l.Excess:
		return ", was " + s.short(o.Missing) + " never"
	default:
		return ", was " + s.short(o.Excess) + words.Either(l.Missing > 0, " too much", "")
	}
}

// totals says what it comes to by now: what was taken too much and what never was
// are two figures.
func (s *Screen) totals(l *story.LaneView, r rect) {
	if r.h >= 4 {
		s.bigTotals(l, r)
		return
	}
	if r.h < 1 {
		return
	}
	x, y, end := r.x, r.y, r.x+r.w
	was := s.was(l)
	end = s.right(end, y, was, dim)
	owed, taken := s.short(s.owed(l)), s.short(l.Taken)
	if len(owed)+len(taken)+len(s.short(l.Excess))+len("owed  taken  too much  ")+len(was) < r.w {
		x = s.g.Write(x, y, "owed ", dim)
		x = s.g.Write(x, y, owed, plain) + 2
	}
	x = s.g.Write(x, y, s.unit.Words().Taken+" ", dim)
	x = s.g.Write(x, y, taken, plain) + 2
	if l.Missing > 0 {
		end = s.right(end, y, "never "+s.short(l.Missing), grid.Style{Role: grid.Wrong, Bold: true}) - 1
	}
	if l.Missing > 0 && l.Excess == 0 {
		return
	}
	text, st := "too much "+s.short(l.Excess), good
	if l.Excess > 0 {
		st = grid.Style{Role: grid.Wrong, Bold: true}
	} else if l.Taken == s.owed(l) {
		text += " ✓"
	}
	if end-x < cells(text) {
		text = "+" + s.short(l.Excess)
	}
	s.right(end, y, text, st)
}

// bigTotals is totals in digits that can be read from the last row.
func (s *Screen) bigTotals(l *story.LaneView, r rect) {
	type figure struct {
		label string
		n     int64
		st    grid.Style
	}
	all := [4]figure{{"owed", s.owed(l), plain}, {s.unit.Words().Taken, l.Taken, plain}, {"too much", l.Excess, good}, {"never", l.Missing, good}}
	if l.Excess > 0 {
		all[1].st, all[2].st = bad, bad
	}
	figures := all[:3]
	if l.Missing > 0 {
		all[3].st = bad
		figures = all[:]
	}
	all[len(figures)-1].label += s.was(l)
	if r.w/len(figures) < s.digitsWidth(s.short(max(all[0].n, all[1].n)))+1 { // the first can be read beside the second
		all[1].label += ", of " + s.short(all[0].n)
		figures = figures[1:]
	}
	if r.w/len(figures) < s.digitsWidth(s.short(all[1].n))+1 && l.Excess == 0 && l.Missing > 0 {
		figures = []figure{all[1], all[3]}
	}
	count := len(figures)
	width := r.w / count
	for i, f := range figures {
		x := r.x + i*r.w/count
		s.g.Write(x, r.y, f.label, dim)
		text := s.short(f.n)
		if s.digitsWidth(text) < width {
			s.digits(x, r.y+1, text, f.st)
		} else {
			s.g.Row(x, r.y+2, width-1).Write(text, grid.Style{Role: f.st.Role, Bold: true})
		}
	}
}
