package frame

import (
	"cmp"
	"math"
	"slices"
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
	cols         []int           // by tick, as far as they are on the page
	extra        []int           // scratch
	from, to     int             // the ticks on the page
	over         []int           // by column: the tick that the chart shows of the whole run
	marks        []axisMark      // by step
	force        map[string]bool // the faults that strike in this future, if there is another
	all          []int           // scratch: the messages that have a row
}

// tick is an instant of the story, of the other future, or of both.
type tick struct {
	at         time.Duration
	now, other int32 // how many steps each had taken
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
		slices.SortStableFunc(a.marks, func(x, y axisMark) int { return cmp.Compare(x.step, y.step) })
		if a.force = nil; ghost != nil {
			a.force = map[string]bool{}
			for _, x := range s.Strikes() {
				a.force[x.Fault.String()] = true
			}
		}
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
	a.overview()
}

// paged reports whether the axis has room for a part of the run only.
func (a *axis) paged() bool { return len(a.ticks) > a.width }

// overview gives every tick of the run its place above the axis: the axis's own, where that
// has room for all of them.
func (a *axis) overview() {
	a.over = a.over[:0]
	at := 0
	for c := range a.width {
		for !a.paged() && at+1 < len(a.cols) && a.cols[at+1] <= c {
			at++
		}
		if a.paged() {
			at = c * (len(a.ticks) - 1) / max(a.width-1, 1)
		}
		a.over = append(a.over, at)
	}
}

// overhead returns the column of a moment in the whole run.
func (a *axis) overhead(m story.Moment) int {
	if !a.paged() {
		return a.playhead(m)
	}
	i, _ := slices.BinarySearch(a.over, a.tickOf(m.Step)+1)
	return max(i-1, 0)
}

// merge puts the steps of both futures in order. Those of the same instant share a
// tick, as far as there are as many.
func (a *axis) merge() {
	mine, theirs := a.story.Times(), []time.Duration(nil)
	if a.ghost != nil {
		theirs = a.ghost.Times()
	}
	a.ticks = append(slices.Grow(a.ticks[:0], 1+max(len(mine), len(theirs))), tick{})
	i, k := 0, 0
	for i < len(mine) || k < len(theirs) {
		var at time.Duration
		switch {
		case k == len(theirs) || i < len(mine) && mine[i] < theirs[k]:
			at = mine[i]
			i++
		case i == len(mine) || theirs[k] < mine[i]:
			at = theirs[k]
			k++
		default:
			at = mine[i]
			i++
			k++
		}
		a.ticks = append(a.ticks, tick{at, int32(i), int32(k)})
	}
}

// page returns the first step that is on the page, and the first after it.
func (a *axis) page() (from, to int) {
	if a.from > 0 {
		from = int(a.ticks[a.from-1].now) + 1
	}
	return from, int(a.ticks[a.to-1].now) + 1
}

// markAt returns the first mark that is not before a step.
func (a *axis) markAt(step int) int {
	i, _ := slices.BinarySearchFunc(a.marks, step, func(m axisMark, step int) int { return cmp.Compare(m.step, step) })
	return i
}

// tickOf returns the tick with which a step of the story came.
func (a *axis) tickOf(step int) int {
	lo, hi := 0, len(a.ticks)-1
	for lo < hi {
		if mid := (lo + hi) / 2; int(a.ticks[mid].now) >= step {
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
		if t := int(a.ticks[a.from+i].other); t >= step {
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
		step = int(a.ticks[a.from+i].now)
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
