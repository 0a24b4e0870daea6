package frame

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"dejavu/broker"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// cells is how many cells a text takes.
func cells(text string) int {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return ansi.StringWidth(text)
		}
	}
	return len(text)
}

// title is the first row: what is played, when it is, and what this moment is
// called.
func (s *Screen) title(x, y int) {
	v, end := s.v, s.g.W-1
	told := v.Narrate(v.Step)
	badge, st := told.Badge, styleOf(told.As)
	if v.Toward > 0 {
		badge = ""
	}
	if s.o.Ask != nil {
		badge, st = "your guess", trouble
	}
	if badge != "" {
		end = s.badge(end, y, badge, st)
	}
	at := "step " + strconv.Itoa(v.Step) + " of " + strconv.Itoa(v.Steps())
	if s.o.Place != "" {
		at = s.o.Place
	}
	clock := words.Clock(v.Now) + " of " + words.Clock(v.When(v.Steps()))
	title := cmp.Or(s.o.Title, v.Scenario.Title)
	x++
	room := end - 2 - cells(at) - 2 - cells(words.Clock(v.Now)) - 1 - x
	if s.g.W >= compactW && (s.o.Place != "" || cells(title) <= room) { // the number of a step can go, that of a stop not
		end = s.right(end-2, y, at, dim)
	}
	if room := end - 2 - x - 1; room < len("dejavu  ")+cells(title)+cells(clock) { // the end is on the axis as well
		clock = words.Clock(v.Now)
	}
	end = s.right(end-2, y, clock, plain)
	if x+len("dejavu  ")+cells(title) < end || s.o.Title == "" { // the name of the program can go, that of a chapter not
		x = s.g.Write(x, y, "dejavu", bold) + 2
	}
	x = s.g.Row(x, y, end-x-1).Write(whole(title, end-x-1), plain) + 2
	if s.o.Seed != "" && x+len(s.o.Seed)+7 < end {
		s.g.Write(x, y, "seed "+s.o.Seed, dim)
	}
}

// badge writes what a moment is called: reversed, if it is to be looked at.
func (s *Screen) badge(end, y int, text string, st grid.Style) int {
	if st.Role == grid.Wrong || st.Role == grid.Fault {
		return s.patch(end, y, text, st)
	}
	st.Bold = true
	return s.right(end, y, text, st)
}

// patch writes a reversed badge that ends at a column, and returns where it begins.
func (s *Screen) patch(end, y int, text string, st grid.Style) int {
	x := end - cells(text) - 2
	st = s.reversed(st)
	if st.Reverse {
		s.g.Write(x, y, " "+text+" ", st)
	} else {
		s.g.Write(x, y, "▐"+text+"▌", st)
	}
	return x
}

// arrived reports whether a message was published in a lane.
func arrived(l *story.LaneView, n int) bool {
	return l.World.Queue().State(n) != broker.Unpublished
}

// owing returns what reports whether a debt is owed in a lane: a message of it was published
// there. What stands for the debt of another has none.
func owing(l *story.LaneView) func(n int) bool {
	all := l.Run.Lane.Messages
	var stoodFor map[string]bool
	for n := range all {
		if of := all[n].Owes; of != "" && arrived(l, n) {
			if stoodFor == nil {
				stoodFor = map[string]bool{}
			}
			stoodFor[of] = true
		}
	}
	return func(n int) bool { return all[n].Owes == "" && (arrived(l, n) || stoodFor[all[n].ID]) }
}

// top shows what came in: who owes what, and what befell it.
func (s *Screen) top(r rect, boxed bool) {
	if !boxed {
		s.topLine(r)
		return
	}
	s.area(r).Box(grid.Thin, dim)
	x := s.g.Write(r.x+2, r.y, " QUEUE ", bold)
	q := &s.v.Scenario.Queue
	about := "the same for all"
	if q.Timed() {
		about += ": hidden for " + words.Length(q.Visibility) + " after a delivery"
	}
	cell := min(24, (r.w-70)/max(len(s.v.Lanes), 1))
	if cell < 15 {
		cell = 0
	}
	left := r.x + r.w - 2 - cell*len(s.v.Lanes)
	if then := about + ", then offered again"; q.Timed() && cells(then) < left-2-x {
		about = then
	}
	s.g.Row(x, r.y, left-2-x).Write(about+" ", dim)
	for k := 0; k < len(s.v.Lanes) && cell > 0; k++ {
		s.g.Row(left+k*cell-1, r.y, cell).Write(" "+s.v.Lanes[k].Consumer.Name+" ", plain)
	}
	rows := s.rows(nil, r.h-2)
	y := r.y + 1
	for _, n := range rows.owed {
		s.topRow(n, r.x+2, y, left-1)
		for k := range s.v.Lanes {
			if cell > 0 {
				s.fate(&s.v.Lanes[k], n, rect{left + k*cell, y, cell - 1, 1})
			}
		}
		y++
	}
	if rows.more > 0 {
		s.g.Row(r.x+2, r.y+r.h-1, 40).Write(" "+rows.text()+" ", dim)
	}
}

// topRow tells one message, and the faults that have struck it.
func (s *Screen) topRow(n, x, y, end int) {
	o := &s.v.Scenario.Messages[n]
	st := s.attention(n)
	if !arrived(&s.v.Lanes[0], n) {
		st = dim
	}
	s.g.Row(x, y, 5).Write(o.ID, st)
	s.g.Row(x+6, y, 7).Write(o.Customer, st)
	s.right(x+20, y, words.Either(o.Owes == "", s.amount(s.units(o)), "for "+o.Owes), st)
	x += 22
	for _, f := range s.v.Struck(n) {
		if x+3 >= end {
			break
		}
		x = s.g.Write(x, y, words.Letter(f.Fault.Kind), grid.Style{Role: grid.Fault, Bold: true}) + 1
		if text := f.Text(); cells(text) <= end-x {
			x = s.g.Write(x, y, text, trouble) + 2
		}
	}
}

// attention is how a message is written: what this moment is about stands out, the
// rest is dim.
func (s *Screen) attention(n int) grid.Style {
	all := s.v.Scenario.Messages
	if n == s.v.Focus || n < len(all) && s.v.Focus >= 0 && all[n].Owes == all[s.v.Focus].ID {
		return bold
	}
	return dim
}

// fate says where a message is in a lane.
func (s *Screen) fate(l *story.LaneView, n int, r rect) {
	state, text, st := s.whereabouts(l, n)
	x := s.g.Write(r.x, r.y, state, st) + 1
	if d := l.World.Queue().Deliveries(n); d > 1 {
		times := strconv.Itoa(d) + "×"
		long, short := text+", came "+times, strings.TrimPrefix(text, "at ")+", "+times
		if text = long; cells(long) > r.w-2 {
			text = short // a narrow column keeps the number
		}
	}
	s.g.Row(x, r.y, r.w-2).Write(text, st)
}

// whereabouts returns the sign and the words for where a message is.
func (s *Screen) whereabouts(l *story.LaneView, n int) (sign, text string, st grid.Style) {
	q := l.World.Queue()
	st = s.attention(n)
	switch q.State(n) {
	case broker.Unpublished:
		return "·", "to come", dim
	case broker.Ready:
		return "○", "waiting", st
	case broker.Delayed:
		return "○", "given back", st
	case broker.Acked:
		return "✓", "done", st
	case broker.Dead:
		return "×", "parked", bad
	case broker.Discarded:
		return "×", "dropped", bad
	case broker.Deduplicated:
		return "=", "dropped", st
	case broker.Redriven:
		return "▸", "put back", st
	}
	for i := range l.Wires {
		if w := &l.Wires[i]; int(w.Receipt.Msg) == n && w.Receipt.Row == 0 && w.State <= story.Frozen {
			return "●", words.Either(w.State == story.Holding, "held by ", "at ") + l.WorkerName(w.Worker), st
		}
	}
	return "–", "hidden", st
}

// topLine is top in one row.
func (s *Screen) topLine(r rect) {
	rows := s.rows(nil, max(1, r.w/16))
	x, end := r.x, r.x+r.w
	for i, n := range rows.owed {
		o := &s.v.Scenario.Messages[n]
		st := s.attention(n)
		text := o.ID
		if o.Customer != "" {
			text += " " + o.Customer
		}
		text += " " + words.Either(o.Owes == "", s.amount(s.units(o)), "for "+o.Owes)
		if x+cells(text) > end || rows.more > 0 && i > 0 && x+cells(text) > end-20 {
			rows.more += len(rows.owed) - i
			break
		}
		x = s.g.Write(x, r.y, text, st)
		for _, f := range s.v.Struck(n) {
			if x+4 >= end {
				break
			}
			x = s.g.Write(x+1, r.y, words.Letter(f.Fault.Kind), grid.Style{Role: grid.Fault, Bold: true})
		}
		x += 2
	}
	if rows.more > 0 && x+6 < end {
		s.g.Row(x, r.y, end-x).Write(rows.text(), dim)
	}
}

// text says what has no row.
func (r *shown) text() string {
	if r.quiet {
		return fmt.Sprintf("%d more, all ✓", r.more)
	}
	return fmt.Sprintf("%d more", r.more)
}

// clip cuts a text to a number of cells.
func clip(text string, columns int) string {
	if cells(text) <= columns {
		return text
	}
	return ansi.Truncate(text, max(columns, 0), "·")
}

// whole cuts a text where a word ends or, if that leaves half of the room filled, where it
// pauses: there it says what it says in full, and needs no mark.
func whole(text string, columns int) string {
	if cells(text) <= columns {
		return text
	}
	best, pause := clip(text, columns), ""
	for at := range text {
		switch head := text[:at]; {
		case text[at] != ' ' || at == 0:
		case strings.ContainsAny(head[at-1:], ".,:;") && cells(head) <= columns+1:
			pause = head[:at-1]
		case cells(head)+2 <= columns:
			best = head + " ·"
		}
	}
	if 2*cells(pause) >= columns {
		return pause
	}
	return best
}

// clause is as much of a consumer's clause as says something true in so many columns:
// all of it, or what it says before it says how, or so far that it says there is a
// condition. Half of "idempotent unless it races" could be a lie; nothing is none.
func clause(text string, columns int) string {
	rest := text
	for _, mark := range []string{":", ";", ", in one transaction", ", with"} {
		if cells(rest) <= columns {
			return rest
		}
		rest, _, _ = strings.Cut(rest, mark)
	}
	if cells(rest) <= columns {
		return rest
	}
	head := whole(rest, columns)
	for _, condition := range []string{" unless ", " while ", " if ", ", but "} {
		if strings.Contains(head, condition) && strings.HasSuffix(head, " ·") {
			return head
		}
	}
	return ""
}

// heading is a consumer's name as a heading. Names are few: each is made once.
func heading(name string) string { return strings.ToUpper(name) }
