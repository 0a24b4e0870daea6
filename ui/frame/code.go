package frame

import (
	"strings"

	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/story"
	"dejavu/ui/words"
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
		s.codeLine(l, focus, r)
		return
	}
	if last != nil {
		focus = l.Reached(last.Last)
	}
	rows := min(r.h-1, len(body))
	first := min(max(focus-rows/2, 1), len(body)-rows+1)
	for i := range rows {
		s.codeLine(l, first+i, rect{r.x, r.y + i, r.w, 1})
	}
	s.codeLine(l, l.AckLine(), rect{r.x, r.y + rows, r.w, 1})
}

// latest is the wire on which something happened last, or nil.
func (s *Screen) latest(l *story.LaneView) *story.Wire {
	var last *story.Wire
	for i := range l.Wires {
		if w := &l.Wires[i]; w.State > story.Holding && (last == nil || w.Last > last.Last) {
			last = w
		}
	}
	return last
}

// codeLine writes a line of the handler, from 1; 0 is the place before the first,
// and the one after the last is the ack.
func (s *Screen) codeLine(l *story.LaneView, line int, r rect) {
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
	end := r.x + r.w
	if cursor == "" {
		if w := s.latest(l); w != nil && line > 0 && line < l.AckLine() && l.Standing(w.Last) == l.AckLine() && l.Reached(w.Last) == line {
			step := l.Before(w.Last)
			remark, _ = l.Remark(step) // the line that led to the ack
			end = s.right(end, r.y, remark, dim) - 1
		}
	}
	if cursor != "" {
		s.g.Set(r.x, r.y, cursor, look)
		if cursor == "▸" {
			st = bold
		}
		if remark != "" && cells(remark) < r.w-12 {
			end = s.right(end, r.y, remark, look) - 1
		}
	}
	if line > len(l.Body()) && cursor == "" {
		text = "(" + l.AckWord() + ")"
	}
	s.g.Row(r.x+2, r.y, end-r.x-2).Write(abridged(text, end-r.x-2), st)
}

// abridged is as much of a line of code as fits, without what matters least: a comment, the
// brace, the condition after a call, the keyword and the names before it, and whose call it
// is. The call itself is cut last.
func abridged(code string, columns int) string {
	shorten := []func(string) string{
		func(c string) string { c, _, _ = strings.Cut(c, " //"); return c },
		func(c string) string { return strings.TrimSuffix(c, " {") },
		func(c string) string { call, _, _ := strings.Cut(c, "; "); return call },
		strings.TrimSpace,
		func(c string) string { return strings.TrimLeft(strings.TrimPrefix(c, "if "), "!") },
		func(c string) string {
			if _, call, assigns := strings.Cut(c, " := "); assigns && strings.Contains(call, "(") {
				return call
			}
			names, _, _ := strings.Cut(c, " = ")
			return names
		},
		func(c string) string { return strings.TrimPrefix(c, "return ") },
		func(c string) string {
			if call, arguments, called := strings.Cut(c, "("); called {
				return call[strings.LastIndex(call, ".")+1:] + "(" + arguments
			}
			return c
		},
	}
	for _, less := range shorten {
		if cells(code) <= columns {
			break
		}
		code = less(code)
	}
	return clip(code, columns)
}

// cursor returns the sign of the worker that stands at a line, and what came of its
// step there. It is hollow where nothing of the line was done yet.
func (s *Screen) cursor(l *story.LaneView, line int) (sign, remark string, look grid.Style) {
	w := s.standing(l, line)
	if w == nil {
		return "", "", plain
	}
	remark, as := l.Remark(w.Last)
	sign = "▸"
	if l.Standing(w.Last) == 0 || l.Run.Events()[w.Last].Kind == sim.Deliver {
		sign = "▹"
	}
	if l.Busy() > 1 && remark != "" && s.g.W >= wideW {
		remark = l.WorkerName(w.Worker) + ": " + remark
	}
	look = styleOf(as)
	if as == words.Plain && w.Last < l.Fresh {
		look = dim
	}
	return sign, remark, look
}

// standing returns the wire of the worker that stands at a line: of several, the one
// that came there last, for that is news. It is nil where nobody does.
func (s *Screen) standing(l *story.LaneView, line int) *story.Wire {
	var at *story.Wire
	for i := range l.Wires {
		w := &l.Wires[i]
		if w.State <= story.Holding || at != nil && at.Last > w.Last {
			continue
		}
		atWork := w.State <= story.Frozen || w.Last >= l.Fresh || len(l.Wires) == 1 || w == s.latest(l)
		if stands := l.Standing(w.Last); atWork && (stands == line || line == 1 && stands == 0 && len(l.Body()) > 0) {
			at = w
		}
	}
	return at
}
