package frame

import (
	"math"
	"time"

	"dejavu/ui/story"
	"dejavu/ui/words"
)

// axis maps the steps of a story to columns. Every step has a column of its own;
// what room is left goes to the gaps between them, by how long they are, but far
// from in proportion: what lasts long and shows nothing is cut, and labelled.
type axis struct {
	story, ghost *story.Story
	width        int
	ticks        []tick
	cols         []int // by tick, as far as they are on the page
	extra        []int // scratch
	from, to     int   // the ticks on the page
	marks        []axisMark
	all          []int // scratch: the messages that have a row
}

// tick is an instant of the story, of the other future, or of both.
type tick struct {
	at         time.Duration
	now, other int // how many steps each had taken
	real       bool
}

// axisMark is a delivery on the axis.
type axisMark struct {
	step     int
	name     string
	owed     int
	delivery int
}

// lay lays out the axis for a width, unless it is laid out so already.
func (a *axis) lay(s, ghost *story.Story, width, step int) {
	if a.story != s || a.ghost != ghost {
		a.story, a.ghost, a.width = s, ghost, -1
		a.merge()
		a.marks = a.marks[:0]
		s.Deliveries(func(step int, name string, owed, delivery int) {
			a.marks = append(a.marks, axisMark{step, name, owed, delivery})
		})
	}
	from := 0
	if len(a.ticks) > width { // a page of it; half of it stays when it is turned
		half := max(width/2, 1)
		from = max(a.tickOf(step)/half-1, 0) * half
	}
	if a.width == width && a.from == from {
		return
	}
	a.width, a.from, a.to = width, from, min(len(a.ticks), from+width)
	a.spread()
}

// merge puts the steps of both futures in order. Those of the same instant share a
// tick, as far as there are as many.
func (a *axis) merge() {
	a.ticks = append(a.ticks[:0], tick{real: true})
	i, k, others := 1, 1, 0
	if a.ghost != nil {
		others = a.ghost.Steps()
	}
	for i <= a.story.Steps() || k <= others {
		mine := k > others || i <= a.story.Steps() && a.story.When(i) <= a.ghost.When(k)
		theirs := i > a.story.Steps() || k <= others && a.ghost.When(k) <= a.story.When(i)
		t := tick{real: mine}
		if mine {
			t.at = a.story.When(i)
			i++
		}
		if theirs {
			t.at = a.ghost.When(k)
			k++
		}
		t.now, t.other = i-1, k-1
		a.ticks = append(a.ticks, t)
	}
}

// tickOf returns the tick with which a step of the story came.
func (a *axis) tickOf(step int) int {
	lo, hi := 0, len(a.ticks)-1
	for lo < hi {
		if mid := (lo + hi) / 2; a.ticks[mid].now >= step {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// spread gives the room that is left to the gaps.
func (a *axis) spread() {
	n := a.to - a.from
	spare := max(a.width-n, 0)
	a.extra = append(a.extra[:0], make([]int, n)...)
	for spare > 0 { // labels first, the longest gap before the others
		longest := 0
		for i := 1; i < n; i++ {
			if a.extra[i] == 0 && a.gap(a.from+i) >= cutFrom && (longest == 0 || a.gap(a.from+i) > a.gap(a.from+longest)) {
				longest = i
			}
		}
		if longest == 0 {
			break
		}
		need := len(gapLabel(a.gap(a.from+longest))) + 2
		if need > spare {
			break
		}
		a.extra[longest] = need
		spare -= need
	}
	sum, used, given := 0.0, 0.0, 0
	for i := 1; i < n; i++ {
		sum += weight(a.gap(a.from + i))
	}
	a.cols = a.cols[:0]
	col := 0
	for i := range n {
		if i > 0 && sum > 0 {
			used += weight(a.gap(a.from + i))
			more := int(used / sum * float64(spare))
			col += 1 + a.extra[i] + more - given
			given = more
		} else if i > 0 {
			col++
		}
		a.cols = append(a.cols, col)
	}
}

// cutFrom is how long a gap is that is cut, and labelled if there is room.
const cutFrom = 5 * time.Second

func gapLabel(gap time.Duration) string { return " " + words.Length(gap.Round(time.Second)) + " " }

func (a *axis) gap(i int) time.Duration { return a.ticks[i].at - a.ticks[i-1].at }

// weight is what a gap is worth in columns: twice as long is a little more.
func weight(gap time.Duration) float64 {
	return math.Log2(1 + float64(gap)/float64(200*time.Millisecond))
}

// col returns the column of a step, and whether it is on the page.
func (a *axis) col(step int) (int, bool) {
	t := a.tickOf(step) - a.from
	if t < 0 {
		return 0, false
	}
	if t >= len(a.cols) {
		return a.width - 1, false
	}
	return a.cols[t], true
}

// otherCol returns the column of a step of the other future, and whether it is on
// the page.
func (a *axis) otherCol(step int) (int, bool) {
	for i, c := range a.cols {
		if t := a.ticks[a.from+i].other; t >= step {
			return c, t == step
		}
	}
	return 0, false
}

// playhead returns the column of a moment: between two steps it moves.
func (a *axis) playhead(m story.Moment) int {
	at, _ := a.col(m.Step)
	if m.Toward > 0 {
		next, ok := a.col(m.Step + 1)
		if !ok {
			next = a.width - 1
		}
		at += int(m.Toward * float64(next-at))
	}
	return at
}

// stepAt returns the step that a column of the axis shows, for a click on it.
func (a *axis) stepAt(col int) int {
	step := 0
	for i, c := range a.cols {
		if c > col {
			break
		}
		step = a.ticks[a.from+i].now
	}
	return step
}

// StepAt returns the step that a cell of the time line shows, and whether the cell is
// part of it.
func (s *Screen) StepAt(x, y int) (step int, on bool) {
	if s.track.w == 0 || y != s.track.y || x < s.track.x || x >= s.track.x+s.track.w {
		return 0, false
	}
	return s.axis.stepAt(x - s.track.x), true
}
