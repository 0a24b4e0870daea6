package story

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"dejavu/scenarios"
	"dejavu/ui/words"
)

// What comes of something is told after it, though some lanes come to it some
// milliseconds later than others: the error before the loss, the late ack before the
// delivery that follows.
func TestNoStopIsToldBeforeWhatItFollows(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		stops := st.Stops()
		for i := range stops {
			for k := i + 1; k < len(stops); k++ {
				if o, p := &stops[i], &stops[k]; p.Kind > AtAck && o.follows(p) {
					t.Errorf("%s: %q at step %d is told before %q at step %d, which it follows",
						s.Name, st.Narrate(o.Step).Lines[0].Plain(), o.Step, st.Narrate(p.Step).Lines[0].Plain(), p.Step)
				}
			}
		}
	}
}

// Where nothing got lost, a message has come more often and sooner: what became of the
// delivery with the same number is an old story then.
func TestWhatALaneMadeOfAMessageIsTheLatest(t *testing.T) {
	st := tell(t, get(t, "redis-down-and-lost-ack"))
	for _, p := range st.Stops() {
		if p.Kind != AtHarm || p.Mark != Again {
			continue
		}
		var all []string
		for _, l := range st.Narrate(p.Step).Lines {
			all = append(all, l.Plain())
		}
		if want := "INBOX: records m2 in inbox, charges Bob $15, commits, acks."; !slices.Contains(all, want) {
			t.Errorf("%q is not in %q", want, all)
		}
		return
	}
	t.Error("nobody was charged twice")
}

// follows reports whether a stop is about the same and comes after another in some lane,
// or is the harm that the other does.
func (p *Stop) follows(o *Stop) bool {
	for k, e := range p.Event {
		if before := o.Event[k]; e >= 0 && before >= 0 && p.Owed == o.Owed && (before < e || before == e && p.Kind > o.Kind) {
			return true
		}
	}
	return false
}

func TestFaultsAreFoundOneByOneAndEachIsAStop(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		var steps []int
		for n, ok := st.NextFault(-1); ok; n, ok = st.NextFault(n) {
			if _, struck := st.FaultAtStep(n); !struck || st.StopAt(n) == nil {
				t.Errorf("%s: step %d is no stop at a fault", s.Name, n)
			}
			steps = append(steps, n)
		}
		var back []int
		for n, ok := st.PrevFault(st.Steps() + 1); ok; n, ok = st.PrevFault(n) {
			back = append(back, n)
		}
		slices.Reverse(back)
		if !slices.Equal(steps, back) {
			t.Errorf("%s: forth %v, back %v", s.Name, steps, back)
		}
		for _, p := range st.Stops() {
			if p.Kind == AtFault && !slices.Contains(steps, p.Step) {
				t.Errorf("%s: the stop at %d is left out", s.Name, p.Step)
			}
		}
	}
}

func TestTheLastFaultLiesBehindThePlayhead(t *testing.T) {
	st := tell(t, get(t, "lost-ack-then-crash"))
	for at, want := range map[time.Duration]string{
		0: "", 5 * time.Second: "", 7 * time.Second: "lose-ack:m2", 14 * time.Second: "crash:m3/before-ack", time.Hour: "crash:m3/before-ack",
	} {
		if f, ok := st.LastFault(st.StepAt(at)); ok != (want != "") || ok && f.String() != want {
			t.Errorf("at %v: %s, want %s", at, f, want)
		}
	}
	n, _ := st.NextFault(0)
	if f, _ := st.FaultAtStep(n); f.String() != "lose-ack:m2" {
		t.Errorf("the first fault is %s", f)
	}
}

// With a crash that is a loss in the same step, the stop is told as the loss.
func TestAFaultUnderAHarmIsFoundAsWell(t *testing.T) {
	s := get(t, "crash-before-effect")
	s.Consumers = []string{"ack-first"}
	st := tell(t, s)
	n, ok := st.NextFault(0)
	if p := st.StopAt(n); !ok || p == nil || p.Kind != AtHarm {
		t.Errorf("step %d, stop %v", n, p)
	}
}

// A redelivery and the harm that it does are one stop, which says both.
func TestAHarmIsToldWithTheRedeliveryThatDoesIt(t *testing.T) {
	for _, c := range []struct{ name, want string }{
		{"lost-ack-then-crash", "m2 came again: its ack was lost; its 30 s ran out."},
		{"twins", "m3b came: a copy that the network made of m3."},
	} {
		st := tell(t, get(t, c.name))
		i := slices.IndexFunc(st.Stops(), func(p Stop) bool { return p.Kind == AtHarm })
		lines := st.Narrate(st.Stops()[i].Step).Lines
		if got := lines[len(lines)-1].Plain(); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		for _, p := range st.Stops()[:i] {
			if p.Kind == AtAgain {
				t.Errorf("%s: the redelivery is a stop of its own", c.name)
			}
		}
	}
}

// What goes round and round is told a few times, and then counted.
func TestRepeatedCyclesFoldIntoAStopThatCounts(t *testing.T) {
	loops := get(t, "copy-paste-key")
	loops.Queue.MaxDeliveries = 0
	all := append(scenarios.Shipped(), loops)
	for _, s := range all {
		st := tell(t, s)
		said := map[string]int{}
		folded := 0
		for _, p := range st.Stops() {
			head := strings.Map(func(r rune) rune {
				if unicode.IsDigit(r) {
					return -1
				}
				return r
			}, st.Narrate(p.Step).Headline())
			if said[head]++; said[head] > alikeStops && p.Kind != AtHarm {
				t.Errorf("%s says %d times: %s", s.Name, said[head], head)
			}
			if p.More > 0 {
				folded += p.More
				if want := fmt.Sprintf("And so on, %d more times.", p.More); !strings.Contains(st.Narrate(p.Step).Lines[0].Plain(), want) {
					t.Errorf("%s: %q is not in %q", s.Name, want, st.Narrate(p.Step).Lines[0].Plain())
				}
			}
		}
		if s == loops && (folded < 1000 || len(st.Stops()) > 60) {
			t.Errorf("%d of the stops of an endless loop are folded, %d are left", folded, len(st.Stops()))
		}
	}
}

// What the first worker says is not said of a lane in view that gives its message back.
func TestAnAckIsToldOfTheLanesThatAcked(t *testing.T) {
	st := tell(t, get(t, "redis-down")) // fail-open, fail-closed, ...
	at := slices.IndexFunc(st.Stops(), func(p Stop) bool { return p.Kind == AtAck })
	p := &st.Stops()[at]
	for want, seen := range map[string][]int{
		"FAIL-OPEN: the worker says done (ack), and the queue forgets m1.": {0, 1},
		"The worker says done (ack), and the queue forgets m1.":            {0, 4},
	} {
		if got := (narrator{st, seen}).tellCalm(p).Lines[0].Plain(); !strings.HasPrefix(got, want) {
			t.Errorf("to who sees %v: %q, want %q", seen, got, want)
		}
	}
}

// Of a lane in view that has not come there, or never does, nothing is claimed.
func TestACaptionNamesTheLanesOfWhichItIsTrue(t *testing.T) {
	everyStory(t, func(what string, st *Story) {
		for i := range st.Stops() {
			p := &st.Stops()[i]
			if p.Kind != AtFault && p.Kind != AtAgain && p.Kind != AtNotice && p.Kind != AtAck && p.Kind != AtEffect {
				continue
			}
			for k := range st.Lanes {
				for o := k + 1; o < len(st.Lanes); o++ {
					if st.Reached(p, k) == st.Reached(p, o) {
						continue
					}
					want := st.Lanes[words.Either(st.Reached(p, k), k, o)].Title() + ": "
					if got := (narrator{st, []int{k, o}}).narrate(p.Step).Lines[0].Plain(); !strings.HasPrefix(got, want) {
						t.Fatalf("%s, step %d: %q should begin with %q", what, p.Step, got, want)
					}
				}
			}
		}
	})
}

// Who sees a lane turn red reads of its harm at the first stop at which it is there. A stop
// that stands for many has counted the rest, and of several to one customer it is the last.
func TestTheFirstStopWithAHarmTellsIt(t *testing.T) {
	everyStory(t, func(what string, st *Story) {
		for k, l := range st.Lanes {
			for _, m := range l.Marks() {
				p := st.StopAt(st.NextStop(st.StepOf(k, m.Event) - 1))
				if m.Kind == Done || p.Kind == AtRest || p.More > 0 || l.countOf(m.Owed, st.Upto(p.Step, k)-1) > max(m.Nth, 1) {
					continue
				}
				want := l.harmSentence(&m)
				if lines := (narrator{st, []int{k}}).narrate(p.Step).Lines; !slices.ContainsFunc(lines, func(l words.Line) bool { return strings.Contains(l.Plain(), want) }) {
					t.Errorf("%s, step %d: %s is not told %q, but %v", what, p.Step, l.Title(), want, lines)
				}
			}
		}
	})
}
