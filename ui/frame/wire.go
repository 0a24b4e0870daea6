package frame

import (
	"strconv"
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
			s.thither(l, &l.Wires[i], rect{r.x, r.y + i, r.w, 1}, true)
		}
		if busy > r.h {
			s.g.Repeat(r.x, r.y+r.h-1, r.w, " ", dim)
			s.g.WriteIn(r.x, r.y+r.h-1, r.w, strconv.Itoa(busy-r.h+1)+" more workers are at work", dim)
		}
	case r.h < 4 && s.answered(l) != nil: // or the relay's wire would hide every ack
		s.thither(l, s.answered(l), rect{r.x, r.y, r.w, 1}, false)
		s.back(l, s.answered(l), r.x, r.y+1, r.w)
	default:
		for i := 0; i < len(l.Wires) && 2*i+1 < r.h; i++ {
			s.thither(l, &l.Wires[i], rect{r.x, r.y + 2*i, r.w, 1}, false)
			s.back(l, &l.Wires[i], r.x, r.y+2*i+1, r.w)
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
	left, right := s.ends(nil, r.x, r.y, r.w, 0, dim)
	s.g.Repeat(left, r.y, right-left, "─", dim)
	if r.h > 1 {
		left, right = s.g.Write(r.x, r.y+1, "queue ", dim), r.x+r.w
		if r.w > 44 {
			_, right = s.ends(nil, r.x, r.y+1, r.w, 0, dim)
		}
		s.g.Repeat(left, r.y+1, right-left, "╌", dim)
	}
}

// ends writes what stands at both ends of a wire, and returns what is between.
func (s *Screen) ends(l *story.LaneView, x, y, w, worker int, st grid.Style) (left, right int) {
	from, name := "queue ", story.WorkerName(worker)
	if l != nil {
		from, name = source(l, worker), l.WorkerName(worker)
	}
	return s.g.Write(x, y, from, dim), s.right(x+w, y, name, st) - 1
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
	if worker == l.World.Relay() {
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
func (s *Screen) travel(left, right, y int, name string, delivery int) {
	at := left + int(s.v.Toward*float64(right-left-2))
	s.g.Repeat(left, y, at-left, "━", plain)
	s.g.Set(at, y, dot(delivery), bold)
	s.g.Set(right-1, y, "▸", dim)
	label := carried(name, delivery)
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

// thither draws the way to a worker. Alone in its row, it says as well how long the
// message stays hidden.
func (s *Screen) thither(l *story.LaneView, w *story.Wire, r rect, alone bool) {
	st, y := dim, r.y
	if w.State <= story.Frozen {
		st = plain
	}
	left, right := s.ends(l, r.x, y, r.w, w.Worker, st)
	if w.State == story.Expecting {
		s.g.Repeat(left, y, right-left, "─", dim)
		s.travel(left, right, y, w.Name, w.Delivery)
		return
	}
	fill, label := "─", dim
	if w.State <= story.Frozen {
		fill, label = "━", bold
		if w.Owed != s.v.Focus {
			label = plain
		}
	}
	s.g.Repeat(left, y, right-left-1, fill, dim)
	s.g.Set(right-1, y, "▸", dim)
	at := s.g.Write(left+1, y, " ", dim)
	room := right - at - 4
	if w.State == story.Frozen || w.State == story.WorkerDied {
		room -= len(" frozen [P] ")
	}
	at = s.g.WriteIn(at, y, room, carried(w.Name, w.Delivery), label)
	if why := w.Because; why != "" && room-cells(carried(w.Name, w.Delivery)) > len(why)+6 {
		at = s.g.Write(at, y, ": "+why, dim)
	}
	at = s.g.Write(at, y, " ", dim)
	switch w.State {
	case story.Working:
		s.g.Set(right-2, y, dot(w.Delivery), label)
		if alone && w.HiddenOf > 0 && right-at > 9 {
			s.signal(right-3, y, seconds(w.Hidden), dim)
		}
	case story.Frozen:
		s.signal(right-1, y, "frozen [P]", trouble)
	case story.WorkerDied:
		s.signal(right-1, y, "✗ crashed", trouble)
	}
}

// signal writes a word at the end of a wire.
func (s *Screen) signal(end, y int, text string, st grid.Style) {
	s.right(end, y, " "+text+" ", st)
}

// back draws the way back to the queue: the ack, and how long the message stays
// hidden without one.
func (s *Screen) back(l *story.LaneView, w *story.Wire, x, y, width int) {
	left, right := s.g.Write(x, y, source(l, w.Worker), dim), x+width
	if width > 44 {
		_, right = s.ends(l, x, y, width, w.Worker, dim)
	}
	s.g.Set(left, y, "◂", dim)
	s.g.Repeat(left+1, y, right-left-1, "╌", dim)
	if s.v.Toward > 0 && s.acking(l, w, left, right, y) {
		return
	}
	text, st, at := "", dim, left+3
	switch w.State {
	case story.Expecting:
		return
	case story.Working, story.Frozen:
		text, st = early(w, told(w, "not sent yet", "no ack yet"), dim)
	case story.AckTaken:
		s.g.Set(left+1, y, "●", good)
		text, st = told(w, "sent ", "ack ")+w.Name+" ✓", good
	case story.AckLost:
		text, st = "[A] ack lost ✗", trouble
		if w.HiddenOf > 0 && width <= 44 {
			text = "ack lost ✗"
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
	at = s.g.WriteIn(at, y, right-at, " "+text+" ", st)
	s.drain(w, at, right, y)
}

// early says of a worker that acks before it is through what became of its ack; of any
// other, the words that are given.
func early(w *story.Wire, text string, st grid.Style) (string, grid.Style) {
	switch w.Early {
	case story.AckTaken:
		return "acked before", dim
	case story.AckLost:
		return "✗ ack lost", trouble
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
	s.g.Repeat(x, y, min(full, bar), "▮", plain)
	s.g.Repeat(x+full, y, bar-full, "·", dim)
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

// acking draws an ack on its way, if one is. A lost one stops half-way.
func (s *Screen) acking(l *story.LaneView, w *story.Wire, left, right, y int) bool {
	if w.Next < 0 {
		return false
	}
	e := &l.Run.Events()[w.Next]
	if e.Op != sim.OpReturn && e.Op != sim.OpAck || e.Kind != sim.Step && e.Kind != sim.LoseAck {
		return false
	}
	share := s.v.Toward
	if e.Kind == sim.LoseAck {
		share *= halfway
	}
	at := ackAt(left, right, share)
	word := told(w, "sent ", "ack ")
	if e.Failed {
		word = "nack "
	}
	s.g.Set(at, y, "●", good)
	if label := word + w.Name; at-left > len(label)+3 {
		s.g.Write(at-len(label)-1, y, label, good)
	} else {
		s.g.Write(at+2, y, label, good)
	}
	return true
}
