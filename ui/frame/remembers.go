package frame

import (
	"strconv"

	"dejavu/broker"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// remembers lists what the consumer has written down. What a transaction has not
// committed stands in brackets; what is in memory is named for its process. How much
// that is stands at the end and, in a lane that has the room, what else it has cost.
func (s *Screen) remembers(l *story.LaneView, r rect) {
	if r.h <= 0 {
		return
	}
	s.findKeys(l, r.w > spaciousW)
	x := s.g.Write(r.x, r.y, "remembers ", dim)
	end := s.spent(l, x, r)
	if len(s.keys) == 0 {
		s.g.Write(x, r.y, "nothing", dim)
		return
	}
	s.keysIn(x, r.y, end, s.keys)
}

// findKeys finds what the consumer has written down, in the order of its stores. A
// lease has its holder and what is left of it, for that drains beside the work.
func (s *Screen) findKeys(l *story.LaneView, spacious bool) {
	s.keys = s.keys[:0]
	process := -1
	l.World.Stored(func(e storedEntry) bool {
		if e.Where == inProcess && e.Process != process {
			process = e.Process
			s.keys = append(s.keys, key{text: l.WorkerName(process) + ":", label: true})
		}
		k := key{text: e.Key, open: e.Open}
		if e.Value != "" && (e.Where == inCache || counts(e.Value)) {
			k.state = ":" + e.Value // busy or done, or how far a mark has come: it decides what a duplicate is told
		}
		kept := l.Keeping(&e, s.v.Now)
		if kept.Holder != broker.None {
			k.holder, k.dead = "w"+strconv.Itoa(kept.Holder+1), kept.Dead
			if spacious {
				k.holder = l.WorkerName(kept.Holder)
			}
		}
		if kept.Left > 0 {
			k.left = seconds(kept.Left)
			if spacious {
				k.bar = max(int((kept.Left*leaseBar+kept.Of-1)/kept.Of), 1)
			}
		}
		s.keys = append(s.keys, k)
		return true
	})
}

// counts reports whether a value is a number.
func counts(value string) bool {
	_, err := strconv.Atoi(value)
	return err == nil
}

// spaciousW is from which width on a lane has room for words and bars beside the keys,
// and leaseBar how long such a bar is.
const (
	spaciousW = 70
	leaseBar  = 5
)

// spent writes what the strategy has cost by now, from the end of a row that begins
// at x: as much of it as leaves room for a few keys. It returns where that ends.
func (s *Screen) spent(l *story.LaneView, x int, r rect) int {
	const someKeys = 16
	end := r.x + r.w
	if r.w <= 50 {
		return end
	}
	costs := l.Spent(l.Events)
	if r.w <= spaciousW {
		costs = nil
	}
	text, room := "", someKeys
	for i := range s.keys {
		if s.keys[i].left != "" {
			room += s.keys[i].cells() + 1 // what runs out comes before what it costs
		}
	}
	if kept := l.CostsAt(l.Events).End; kept.Entries > 0 {
		text = words.Remembers(kept)
	}
	if room > someKeys && end-x-cells(text) < room-someKeys+4 {
		return end
	}
	for _, part := range costs {
		if text != "" {
			part = text + "  " + part
		}
		if end-x-cells(part) < room {
			break
		}
		text = part
	}
	if text == "" {
		return end
	}
	return s.right(end, r.y, text, dim) - 2
}

// keysIn writes the keys that fit: those whose time runs out before all others, then
// the last.
func (s *Screen) keysIn(x, y, end int, keys []key) {
	room, left := end-x-2, len(keys)
	for _, drains := range []bool{true, false} {
		for i := len(keys) - 1; i >= 0; i-- {
			k := &keys[i]
			if drains != (k.left != "") {
				continue
			}
			if room -= k.cells() + 1; room < 0 {
				break
			}
			k.shown = true
			left--
		}
	}
	if left > 0 {
		x = s.g.Write(x, y, "· ", dim)
	}
	focus := ""
	if s.v.Focus >= 0 {
		focus = s.v.Scenario.Messages[s.v.Focus].ID
	}
	for _, k := range keys {
		if !k.shown {
			continue
		}
		st := dim
		if k.text == focus {
			st = bold
		}
		if k.open {
			x = s.g.Write(x, y, "(", st)
		}
		x = s.g.Write(x, y, k.text, st)
		x = s.g.Write(x, y, k.state, dim)
		x = s.keeping(x, y, &k)
		if k.open {
			x = s.g.Write(x, y, ")", st)
		}
		x++
	}
}

// keeping writes who holds a key, and for how long: m2:busy w1 12 s. A holder that
// is gone will never give it up.
func (s *Screen) keeping(x, y int, k *key) int {
	switch {
	case k.holder != "" && k.dead:
		x = s.g.Write(s.g.Write(x+1, y, k.holder, dim), y, "✗", trouble)
	case k.holder != "":
		x = s.g.Write(x+1, y, k.holder, dim)
	}
	if k.left != "" {
		x = s.g.Write(x+1, y, k.left, plain)
	}
	if k.bar > 0 {
		s.g.Row(x+1, y, leaseBar).Fill("·", dim)
		s.g.Row(x+1, y, k.bar).Fill("▮", plain)
		x += 1 + leaseBar
	}
	return x
}

// key is something that a consumer remembers, as it is shown.
type key struct {
	text, state  string
	holder, left string // of a lease: its holder, and what is left of it
	bar          int    // how much of leaseBar is full; 0 for none
	open, label  bool
	dead, shown  bool // the holder is not at work on it any more; there is room for it
}

func (k *key) cells() int {
	n := cells(k.text) + cells(k.state)
	if k.open {
		n += 2
	}
	if k.holder != "" {
		n += 1 + cells(k.holder)
	}
	if k.dead {
		n++
	}
	if k.left != "" {
		n += 1 + cells(k.left)
	}
	if k.bar > 0 {
		n += 1 + leaseBar
	}
	return n
}
