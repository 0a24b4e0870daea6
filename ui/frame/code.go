package frame

import (
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/story"
)

// code shows the handler's own source around what was done last. Each worker that
// is at work has a cursor; the last line is the ack, a place of its own.
func (s *Screen) code(l *story.LaneView, r rect) {
	if r.h <= 0 {
		return
	}
	body := l.Body()
	focus := 0
	last := s.latest(l)
	if last != nil {
		focus = l.Standing(last.Last)
	}
	if r.h == 1 {
		s.codeLine(l, focus, r.x, r.y, r.w)
		return
	}
	if last != nil {
		focus = l.Reached(last.Last)
	}
	rows := min(r.h-1, len(body))
	first := min(max(focus-rows/2, 1), len(body)-rows+1)
	for i := range rows {
		s.codeLine(l, first+i, r.x, r.y+i, r.w)
	}
	s.codeLine(l, l.AckLine(), r.x, r.y+rows, r.w)
}

// latest is the wire on which something happened last, or nil.
func (s *Screen) latest(l *story.LaneView) *story.Wire {
	var last *story.Wire
	for i := range l.Wires {
		if w := &l.Wires[i]; w.State != story.Expecting && (last == nil || w.Last > last.Last) {
			last = w
		}
	}
	return last
}

// codeLine writes a line of the handler, from 1; 0 is the place before the first,
// and the one after the last is the ack.
func (s *Screen) codeLine(l *story.LaneView, line, x, y, w int) {
	text, st := "", dim
	switch body := l.Body(); {
	case line == 0 && len(body) > 0:
		text = body[0]
	case line == 0 || line > len(body):
		text = l.AckWord()
		if line == 0 {
			text = ""
		}
	default:
		text = body[line-1]
	}
	cursor, remark, look := s.cursor(l, line)
	end := x + w
	if cursor == "" {
		if w := s.latest(l); w != nil && line > 0 && line < l.AckLine() && l.Standing(w.Last) == l.AckLine() && l.Reached(w.Last) == line {
			step := l.Before(w.Last)
			remark, _ = l.Remark(step) // the line that led to the ack
			end = s.right(end, y, remark, dim) - 1
		}
	}
	if cursor != "" {
		s.g.Set(x, y, cursor, look)
		if cursor == "▸" {
			st = bold
		}
		if remark != "" && cells(remark) < w-12 {
			end = s.right(end, y, remark, look) - 1
		}
	}
	if line > len(l.Body()) && cursor == "" {
		text = "(" + l.AckWord() + ")"
	}
	s.g.WriteIn(x+2, y, end-x-2, text, st)
}

// cursor returns the sign of the worker that stands at a line, and what came of its
// step there. It is hollow where nothing of the line was done yet.
func (s *Screen) cursor(l *story.LaneView, line int) (sign, remark string, look grid.Style) {
	for i := range l.Wires {
		w := &l.Wires[i]
		if w.State == story.Expecting {
			continue
		}
		fresh := w.Last >= l.Fresh
		atWork := w.State <= story.Frozen || fresh || len(l.Wires) == 1 || w == s.latest(l)
		if !atWork || l.Standing(w.Last) != line && !(line == 1 && l.Standing(w.Last) == 0 && len(l.Body()) > 0) {
			continue
		}
		remark, as := l.Remark(w.Last)
		sign = "▸"
		if l.Standing(w.Last) == 0 || l.Run.Events()[w.Last].Kind == sim.Deliver {
			sign = "▹"
		}
		if busy := l.Busy() > 1; busy && remark != "" && s.g.W >= wideW {
			remark = l.WorkerName(w.Worker) + ": " + remark
		}
		look = styleOf(as)
		if as == story.Plain && !fresh {
			look = dim
		}
		return sign, remark, look
	}
	return "", "", plain
}

// remembers lists what the consumer has written down. What a transaction has not
// committed stands in brackets; what is in memory is named for its process. How much
// that is stands at the end and, in a lane that has the room, what else it has cost.
func (s *Screen) remembers(l *story.LaneView, r rect) {
	if r.h <= 0 {
		return
	}
	keys := s.keys[:0]
	process := -1
	l.World.Stored(func(e storedEntry) bool {
		if e.Where == inProcess && e.Process != process {
			process = e.Process
			keys = append(keys, key{text: l.WorkerName(process) + ":", label: true})
		}
		k := key{text: e.Key, open: e.Open}
		if e.Where == inCache && e.Value != "" {
			k.state = ":" + e.Value // busy or done: it decides what a duplicate is told
		}
		keys = append(keys, k)
		return true
	})
	s.keys = keys
	x := s.g.Write(r.x, r.y, "remembers ", dim)
	end := s.spent(l, x, r)
	if len(keys) == 0 {
		s.g.Write(x, r.y, "nothing", dim)
		return
	}
	s.keysIn(x, r.y, end, keys)
}

// spent writes what the strategy has cost by now, from the end of a row that begins
// at x: as much of it as leaves room for a few keys. It returns where that ends.
func (s *Screen) spent(l *story.LaneView, x int, r rect) int {
	const someKeys = 16
	end := r.x + r.w
	if r.w <= 50 {
		return end
	}
	costs := l.Spent(l.Events)
	if r.w <= 70 {
		costs = nil
	}
	text := ""
	if kept := l.CostsAt(l.Events).End; kept.Entries > 0 {
		text = story.Remembers(kept)
	}
	for _, part := range costs {
		if text != "" {
			part = text + "  " + part
		}
		if end-x-cells(part) < someKeys {
			break
		}
		text = part
	}
	if text == "" {
		return end
	}
	return s.right(end, r.y, text, dim) - 2
}

// keysIn writes the last of the keys that fit.
func (s *Screen) keysIn(x, y, end int, keys []key) {
	first, room := len(keys), end-x
	for first > 0 && room >= keys[first-1].cells()+1 {
		first--
		room -= keys[first].cells() + 1
	}
	if first > 0 {
		x = s.g.Write(x, y, "· ", dim)
		if first < len(keys) && room < 2 {
			first++
		}
	}
	focus := ""
	if s.v.Focus >= 0 {
		focus = s.v.Scenario.Messages[s.v.Focus].ID
	}
	for _, k := range keys[first:] {
		st := dim
		if k.text == focus {
			st = bold
		}
		if k.open {
			x = s.g.Write(x, y, "(", st)
		}
		x = s.g.Write(x, y, k.text, st)
		x = s.g.Write(x, y, k.state, dim)
		if k.open {
			x = s.g.Write(x, y, ")", st)
		}
		x++
	}
}

// key is something that a consumer remembers, as it is shown.
type key struct {
	text, state string
	open, label bool
}

func (k *key) cells() int {
	if k.open {
		return cells(k.text) + cells(k.state) + 2
	}
	return cells(k.text) + cells(k.state)
}
