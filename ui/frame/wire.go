package frame

import (
	"strconv"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// wires draws what goes between queue and workers: to each worker and back. It
// returns how many rows it took.
func (s *Screen) wires(l *story.LaneView, r rect) int {
	busy := 0
	for i := range l.Wires {
		if l.Wires[i].State <= story.Frozen {
			busy++
		}
	}
	switch {
	case len(l.Wires) == 0:
		s.rest(r)
	case busy > 1 && r.h < 2*busy: // one row for each: the way back is not worth the second
		for i := range min(busy, r.h) {
			s.wayTo(l, &l.Wires[i], rect{r.x, r.y + i, r.w, 1}, true)
		}
		if busy > r.h {
			s.g.Row(r.x, r.y+r.h-1, r.w).Fill(" ", dim)
			s.g.Row(r.x, r.y+r.h-1, r.w).Write(strconv.Itoa(busy-r.h+1)+" more workers are at work", dim)
		}
	case r.h < 4 && s.answered(l) != nil: // or the relay's wire would hide every ack
		s.wayTo(l, s.answered(l), rect{r.x, r.y, r.w, 1}, false)
		s.back(l, s.answered(l), rect{r.x, r.y + 1, r.w, 1})
	default:
		for i := 0; i < len(l.Wires) && 2*i+1 < r.h; i++ {
			s.wayTo(l, &l.Wires[i], rect{r.x, r.y + 2*i, r.w, 1}, false)
			s.back(l, &l.Wires[i], rect{r.x, r.y + 2*i + 1, r.w, 1})
		}
	}
	return r.h
}

// answered is the wire of a worker whose attempt ended with this step, or nil. With a
// relay somebody else is at work by then: it was handed the row at the commit.
func (s *Screen) answered(l *story.LaneView) *story.Wire {
	w := s.latest(l)
	if s.v.Toward > 0 || l.World.Relay() == broker.None || w == nil || w.State <= story.Frozen || w.Last < l.Fresh {
		return nil
	}
	return w
}

// rest is a wire on which nothing has gone yet.
func (s *Screen) rest(r rect) {
	left, right := s.ends(nil, 0, r, dim)
	s.g.Row(left, r.y, right-left).Fill("─", dim)
	if r.h > 1 {
		left, right = s.g.Write(r.x, r.y+1, "queue ", dim), r.x+r.w
		if r.w > 44 {
			_, right = s.ends(nil, 0, rect{r.x, r.y + 1, r.w, 1}, dim)
		}
		s.g.Row(left, r.y+1, right-left).Fill("╌", dim)
	}
}

// ends writes what stands at both ends of a wire, and returns what is between.
func (s *Screen) ends(l *story.LaneView, worker int, r rect, st grid.Style) (left, right int) {
	from, name := "queue ", story.WorkerName(worker)
	if l != nil {
		from, name = source(l, worker), l.WorkerName(worker)
	}
	return s.g.Write(r.x, r.y, from, dim), s.right(r.x+r.w, r.y, name, st) - 1
}

// told picks the words for the relay or for a worker.
func told(w *story.Wire, relay, worker string) string {
	if w.Receipt.Row > 0 {
		return relay
	}
	return worker
}

// source is what a worker is handed things from.
func source(l *story.LaneView, worker int) string {
	if l.World.IsRelay(worker) {
		return "outbox "
	}
	return "queue "
}

// dot is a message on its way: hollow, if it has been delivered before.
func dot(delivery int) string {
	if delivery > 1 {
		return "○"
	}
	return "●"
}

// travel draws a message on its way to a worker.
func (s *Screen) travel(w *story.Wire, left, right, y int) {
	at := left + int(s.v.Toward*float64(right-left-2))
	s.g.Row(left, y, at-left).Fill("━", plain)
	s.g.Set(at, y, dot(w.Delivery), bold)
	s.g.Set(right-1, y, "▸", dim)
	label := carried(w.Name, w.Delivery)
	if room := right - 3 - at; room > len(label) {
		s.g.Write(at+2, y, label, bold)
	} else if at-left > len(label)+2 {
		s.g.Write(left+1, y, label, bold)
	}
}

// carried names a delivery: m3, 2nd time.
func carried(name string, delivery int) string {
	if delivery > 1 {
		return name + ", " + words.Nth(delivery) + " time"
	}
	return name
}

// wayTo draws the way to a worker. Alone in its row, it says as well how long the
// message stays hidden.
func (s *Screen) wayTo(l *story.LaneView, w *story.Wire, r rect, alone bool) {
	st, y := dim, r.y
	if w.State <= story.Frozen {
		st = plain
	}
	left, right := s.ends(l, w.Worker, r, st)
	if w.State == story.Expecting {
		s.g.Row(left, y, right-left).Fill("─", dim)
		s.travel(w, left, right, y)
		return
	}
	fill, label := "─", dim
	if w.State <= story.Frozen {
		fill, label = "━", bold
		if w.Owed != s.v.Focus {
			label = plain
		}
	}
	s.g.Row(left, y, right-left-1).Fill(fill, dim)
	s.g.Set(right-1, y, "▸", dim)
	at := s.g.Write(left+1, y, " ", dim)
	room := right - at - 4
	switch w.State {
	case story.Holding:
		room -= len(s.holds(l, w, right-left)) - 1 // no dot stands there
	case story.Frozen, story.WorkerDied:
		room -= len(" frozen [P] ")
	}
	at = s.g.Row(at, y, room).Write(carried(w.Name, w.Delivery), label)
	if why := w.Because; why != "" && room-cells(carried(w.Name, w.Delivery)) > len(why)+6 {
		at = s.g.Write(at, y, ": "+why, dim)
	}
	at = s.g.Write(at, y, " ", dim)
	switch w.State {
	case story.Holding:
		s.signal(right-1, y, s.holds(l, w, right-left), dim)
	case story.Working:
		s.g.Set(right-2, y, dot(w.Delivery), label)
		if alone && w.HiddenOf > 0 && right-at > 9 {
			s.signal(right-3, y, seconds(w.Hidden), dim)
		}
	case story.Frozen:
		s.signal(right-1, y, "frozen "+words.Letter(sim.PauseFault), trouble)
	case story.WorkerDied:
		s.signal(right-1, y, "✗ crashed", trouble)
	}
}

// holds says how long a worker holds a message that is not to be begun before its time.
func (s *Screen) holds(l *story.LaneView, w *story.Wire, room int) string {
	text := "holds until " + words.Clock(l.Run.Lane.Messages[w.Owed].NotBefore)
	if room < len(text)+len(carried(w.Name, w.Delivery))+8 {
		return strings.TrimPrefix(text, "holds ")
	}
	return text
}

// signal writes a word at the end of a wire.
func (s *Screen) signal(end, y int, text string, st grid.Style) {
	s.right(end, y, " "+text+" ", st)
}

// back draws the way back to the queue: the ack, and how long the message stays
// hidden without one.
func (s *Screen) back(l *story.LaneView, w *story.Wire, r rect) {
	y := r.y
	left, right := s.g.Write(r.x, y, source(l, w.Worker), dim), r.x+r.w
	if r.w > 44 {
		_, right = s.ends(l, w.Worker, r, dim)
	}
	s.g.Set(left, y, "◂", dim)
	s.g.Row(left+1, y, right-left-1).Fill("╌", dim)
	if s.acking(l, w, rect{left, y, right - left, 1}) {
		return
	}
	text, st, at := "", dim, left+3
	switch w.State {
	case story.Expecting:
		return
	case story.Holding, story.Working, story.Frozen:
		text, st = early(w, told(w, "not sent yet", "no ack yet"), dim)
	case story.AckTaken:
		s.g.Set(left+1, y, "●", good)
		text, st = told(w, "sent ", "ack ")+w.Name+" ✓", good
	case story.AckLost:
		text, st = ackLost+" ✗", trouble
		if w.HiddenOf == 0 || r.w > 44 {
			text = words.Letter(sim.LoseAckFault) + " " + text
		}
		at = ackAt(left, right, halfway) - cells(text)
	case story.AckLate:
		text, st = "✗ ack too late", trouble
	case story.GivenBack:
		text = "given back"
	case story.ParkedAtEnd:
		text, st = "parked", bad
	case story.DroppedAtEnd:
		text, st = "dropped", bad
	case story.WorkerDied:
		text, st = early(w, told(w, "not marked", "no ack"), trouble)
	case story.Silent:
		text = "acked before"
	}
	if w.HiddenOf > 0 && w.State != story.AckLost {
		at = left + 2
	}
	at = s.g.Row(at, y, right-at).Write(" "+text+" ", st)
	s.drain(w, at, right, y)
}

// ackLost is what a lost ack is called, on a wire as elsewhere.
var ackLost = sim.LoseAckFault.Info().Words.Short

// early says of a worker that acks before it is through what became of its ack; of any
// other, the words that are given.
func early(w *story.Wire, text string, st grid.Style) (string, grid.Style) {
	switch w.Early {
	case story.AckTaken:
		return "acked before", dim
	case story.AckLost:
		return "✗ " + ackLost, trouble
	case story.AckLate:
		return "✗ ack too late", trouble
	}
	return text, st
}

// drain shows how long a message stays hidden from the other workers.
func (s *Screen) drain(w *story.Wire, x, right, y int) {
	if w.HiddenOf <= 0 {
		return
	}
	bar := 5
	if s.g.W < wideW {
		bar = 3
	}
	left := "hidden " + seconds(w.Hidden)
	room := right - x - 1
	if room < bar+1+len(left)-7 {
		return
	}
	if room < bar+2+len(left) {
		left = left[7:]
	}
	x = right - bar - 2 - len(left)
	x = s.g.Write(x, y, " "+left+" ", dim)
	full := int((w.Hidden*time.Duration(bar) + w.HiddenOf - 1) / w.HiddenOf)
	s.g.Row(x, y, min(full, bar)).Fill("▮", plain)
	s.g.Row(x+full, y, bar-full).Fill("·", dim)
}

// seconds writes what is left of a timeout, rounded up so that it is 0 only when it
// is over. Short ones are known by heart.
func seconds(d time.Duration) string {
	if d > time.Minute {
		return words.Length(d.Round(time.Second))
	}
	return strconv.Itoa(int((d+time.Second-1)/time.Second)) + " s"
}

// halfway is how far a lost ack comes: there it breaks.
const halfway = 0.5

// ackAt returns the column of an ack that has come so far on its way.
func ackAt(left, right int, share float64) int {
	return right - 2 - int(share*float64(right-left-3))
}

// acking draws an ack on its way, if one is: it can be still while the effect of another
// lane is seen. A lost one stops half-way.
func (s *Screen) acking(l *story.LaneView, w *story.Wire, r rect) bool {
	if w.Next < 0 || s.v.Toward == 0 && l.Run.Events()[w.Next].At >= s.v.Now {
		return false
	}
	e := &l.Run.Events()[w.Next]
	if e.Op != sim.OpReturn && e.Op != sim.OpAck && !e.CommitsAck() || e.Kind != sim.Step && e.Kind != sim.LoseAck {
		return false
	}
	share := s.v.Toward
	if e.Kind == sim.LoseAck {
		share *= halfway
	}
	at := ackAt(r.x, r.x+r.w, share)
	word := told(w, "sent ", "ack ")
	if e.Failed {
		word = "nack "
	}
	s.g.Set(at, r.y, "●", good)
	if label := " " + word + w.Name + " "; at-r.x > len(label)+2 {
		s.g.Write(at-len(label), r.y, label, good)
	} else {
		s.g.Write(at+2, r.y, label, good)
	}
	return true
}
