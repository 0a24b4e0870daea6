package story

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
)

// Struck is a fault that struck something owed.
type Struck struct {
	Fault  sim.Fault
	Step   int    // the first step with which it struck, in any lane
	Letter string // [A]
	Text   string // the ack got lost
}

// Letter returns the badge of a kind of fault, as it stands on every face.
func Letter(k sim.FaultKind) string { return "[" + string(rune(k.Info().Letter)) + "]" }

// findStruck sorts the faults that struck by what they struck; those that struck
// everything come last.
func (s *Story) findStruck() {
	s.struck = make([][]Struck, len(s.Scenario.Messages)+1)
	type what struct {
		owed  int
		text  string
		fault sim.Fault
	}
	known := map[what]int{}
	for k, l := range s.Lanes {
		for i := range l.Run.Events() {
			e := l.event(i)
			if e.Fault < 0 {
				continue
			}
			owed := l.owedOf(i)
			if owed < 0 {
				owed = len(s.Scenario.Messages)
			}
			f := *l.fault(e)
			f.Drawn = false
			x := Struck{Fault: f, Step: s.stepOf(k, i), Letter: Letter(f.Kind), Text: struckText(&f, yesNo(e.Relayed(), "the relay", "its worker"))}
			if d := int(e.Receipt.Delivery); d > 1 {
				x.Text += " (" + nth(d) + " time)"
			}
			this := what{owed, x.Text, f}
			if at, again := known[this]; again {
				s.struck[owed][at].Step = min(s.struck[owed][at].Step, x.Step)
			} else {
				known[this] = len(s.struck[owed])
				s.struck[owed] = append(s.struck[owed], x)
			}
		}
	}
	for _, all := range s.struck {
		slices.SortStableFunc(all, func(a, b Struck) int { return cmp.Compare(a.Step, b.Step) })
	}
}

// struckText says in a few words that a fault has struck, and whose worker if one's.
func struckText(f *sim.Fault, worker string) string {
	point := ""
	if f.Before != "" {
		point = " before the " + f.Before
	} else if f.After != "" {
		point = " after the " + f.After
	}
	return fill(f.Kind.Info().Words.Struck, f, "{worker}", worker, "{point}", point)
}

// fill puts into the words of a fault what its fields say, and what else they need.
func fill(words string, f *sim.Fault, more ...string) string {
	return strings.NewReplacer(append(more,
		"{for}", Length(f.For),
		"{id}", yesNo(f.NewID, "new", "same"),
		"{an id}", yesNo(f.NewID, "a new message ID", "the same message ID"),
		"{last}", newest(f.Last),
	)...).Replace(words)
}

// newest says how many commits are lost.
func newest(n int) string {
	if n <= 1 {
		return "their newest write"
	}
	return fmt.Sprint("their ", n, " newest writes")
}

// Struck returns the faults that have struck something owed by now; those that
// struck all of it for an index of -1.
func (v *View) Struck(owed int) []Struck {
	if v.struck == nil {
		v.findStruck()
	}
	if owed < 0 {
		owed = len(v.struck) - 1
	}
	all := v.struck[owed]
	n, _ := slices.BinarySearchFunc(all, v.Step+1, func(x Struck, step int) int { return cmp.Compare(x.Step, step) })
	return all[:n]
}

// WorkerName names a worker, from 0, as people count.
func WorkerName(n int) string {
	if n < len(workerNames) {
		return workerNames[n]
	}
	return "worker " + strconv.Itoa(n+1)
}

var workerNames = [...]string{"worker 1", "worker 2", "worker 3", "worker 4"}
