package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

// answer is what Why says, as text.
func answer(st *Story, n, lane int) string {
	head, lines := st.Why(n, lane)
	all := []string{head}
	for _, l := range lines {
		all = append(all, l.Plain())
	}
	return strings.Join(all, "\n")
}

// flagship is the flagship with one consumer and other faults.
func flagship(t *testing.T, consumer string, faults ...string) *scenarios.Scenario {
	t.Helper()
	s := get(t, "lost-ack-then-crash")
	s.Consumers, s.Faults = []string{consumer}, parse(t, faults...)
	return s
}

// answers are what is said of the harm that a fault does to the flagship.
var answers = []struct{ consumer, fault, want string }{
	{"naive", "lose-ack:m2", `Why is m2 charged twice?
0:06.0 charges Bob $15
0:06.0 [A] its ack is lost
0:35.0 m2 comes again (redelivery): its ack was lost; its 30 s ran out
0:36.0 charges Bob $15 AGAIN (naive.go:19)
the fault lose-ack:m2`},
	{"naive", "crash:m2/before-ack", `Why is m2 charged twice?
0:06.0 charges Bob $15
0:06.0 [C] crashes before its ack
0:35.0 m2 comes again (redelivery): its worker crashed; its 30 s ran out
0:36.0 charges Bob $15 AGAIN (naive.go:19)
the fault crash:m2/before-ack`},
	{"naive", "pause:m2/before-effect", `Why is m2 charged twice?
0:05.0 worker 1: [P] freezes for 45 s before the effect
0:35.0 m2 comes again to worker 2: its worker froze; its 30 s ran out
0:36.0 worker 2: charges Bob $15
0:51.0 worker 1: charges Bob $15 AGAIN (naive.go:19)
the fault pause:m2/before-effect`},
	{"naive", "lose-reply:m2", `Why is m2 charged twice?
0:06.0 charges Bob $15, [R] but the reply is lost
0:06.0 gives it back
0:11.0 m2 comes again (redelivery): it was given back (nack)
0:12.0 charges Bob $15 AGAIN (naive.go:19)
the fault lose-reply:m2`},
	{"naive", "copy:m2,later=20s", `Why is m2 charged twice?
0:06.0 charges Bob $15
0:25.0 [D] a copy that the network made of m2
0:25.0 m2b is delivered to worker 1
0:26.0 charges Bob $15 AGAIN (naive.go:19)
the fault copy:m2,later=20s`},
	{"inbox", "crash:m2/after-effect", `Why is m2 charged twice?
0:06.0 charges Bob $15
0:06.0 [C] crashes before commit, and is rolled back
0:35.0 m2 comes again (redelivery): its worker crashed; its 30 s ran out
0:36.0 charges Bob $15 AGAIN (inbox.go:26)
the fault crash:m2/after-effect`},
	{"naive", "restart,at=6.005s", `Why is m2 charged twice?
0:06.0 charges Bob $15
0:06.0 [X] all processes are restarted
0:35.0 m2 comes again: its worker was restarted; its 30 s ran out
0:36.0 charges Bob $15 AGAIN (naive.go:19)
the fault restart,at=6.005s`},
	{"mark-first", "crash:m2/before-effect", `Why is m2 never charged?
0:05.0 records m2 in processed
0:05.0 [C] crashes before the effect
0:35.0 m2 comes again (redelivery): its worker crashed; its 30 s ran out
0:35.0 finds m2 in processed (mark_first.go:21)
the fault crash:m2/before-effect`},
	{"mark-first", "fail:m2", `Why is m2 never charged?
0:05.0 records m2 in processed
0:06.0 [F] perform fails: nothing charged
0:11.0 m2 comes again (redelivery): it was given back (nack)
0:11.0 finds m2 in processed (mark_first.go:21)
the fault fail:m2`},
	{"ack-first", "crash:m2/before-effect", `Why is m2 never charged?
0:05.0 m2 is published
0:05.0 m2 is delivered to worker 1
0:05.0 acks first
0:05.0 [C] crashes before the effect (ack_first.go:24)
the fault crash:m2/before-effect`},
	{"ack-first", "restart,at=5.5s", `Why is m2 never charged?
0:05.0 acks first (ack_first.go:21)
0:05.5 [X] all processes are restarted
the fault restart,at=5.5s`},
}

func TestTheAnswerFollowsTheCause(t *testing.T) {
	for _, c := range answers {
		st := tell(t, flagship(t, c.consumer, c.fault))
		if got := answer(st, st.Steps(), 0); got != c.want {
			t.Errorf("%s, %s:\n%s\nwant\n%s", c.consumer, c.fault, got, c.want)
		}
	}
}

// The mark was moved by the message that overtook, and that could overtake because
// the other was late.
func TestWhatAHighWaterMarkDropsIsTracedToWhatMadeItLate(t *testing.T) {
	s, _ := scenarios.Get("out-of-turn")
	st := tell(t, s)
	for _, m := range st.Lanes[0].marks {
		if m.Kind != Never {
			continue
		}
		_, lines := st.Why(st.StepOf(0, m.Event), 0)
		first, last := lines[0].Plain(), lines[len(lines)-1].Plain()
		if !strings.Contains(first, `to "3"`) || last != "the fault delay:m2" {
			t.Errorf("from %q to %q", first, last)
		}
		return
	}
	t.Error("nothing is dropped")
}

func TestWithoutAFaultASettingIsAtTheRoot(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(s *scenarios.Scenario)
		want   []string // the first and the last line
	}{
		{"a short visibility", func(s *scenarios.Scenario) { s.Queue.Visibility = 500 * time.Millisecond },
			[]string{"Why is m1 charged twice?", "no fault: the queue's setting, visibility 500 ms; the work took 1.01 s"}},
		{"two purchases under one key", func(s *scenarios.Scenario) {
			s.Consumers = []string{"inbox-key"}
			s.Messages[0].Key, s.Messages[1].Key = "order-17", "order-17"
		}, []string{"Why is m2 never charged?", "no fault: m1 goes by the name of order-17 as well"}},
		{"two purchases under one key at the bank", func(s *scenarios.Scenario) {
			s.Consumers = []string{"gateway-key"}
			s.Messages[0].Key, s.Messages[1].Key = "order-17", "order-17"
		}, []string{"Why is m2 never charged?", "no fault: m1 goes by the name of order-17 as well"}},
		{"two messages of one ID", func(s *scenarios.Scenario) {
			s.Queue.DedupWindow = 5 * time.Minute
			s.Messages[1].Message.ID = "m1"
		}, []string{"Why is m2 never charged?", "no fault: its message ID is not new; the dedup window is 5 min"}},
	} {
		s := flagship(t, "naive")
		s.Messages, s.Until = slices.Clone(s.Messages[:2]), 8*time.Second
		if c.change(s); s.Queue.Visibility < time.Second {
			s.Until = 2800 * time.Millisecond
		}
		st := tell(t, s)
		got := strings.Split(answer(st, st.Steps(), 0), "\n")
		if got[0] != c.want[0] || got[len(got)-1] != c.want[1] {
			t.Errorf("%s:\n%s", c.name, strings.Join(got, "\n"))
		}
	}
}

func TestAParkedMessageIsTracedToWhatKeptItFromBeingDone(t *testing.T) {
	s := flagship(t, "naive", "fail:m2,times=2")
	s.Queue.MaxDeliveries = 2
	st := tell(t, s)
	got := answer(st, st.Steps(), 0)
	if !strings.HasPrefix(got, "Why is m2 parked?\n") || !strings.HasSuffix(got, "\nthe fault fail:m2,times=2") {
		t.Error(got)
	}
}

func TestWithoutAHarmTheLastEventIsAskedFor(t *testing.T) {
	st := tell(t, flagship(t, "inbox", "lose-ack:m2", "crash:m3/before-ack"))
	for at, want := range map[time.Duration][]string{
		0:                       {"", ""},
		6040 * time.Millisecond: {"Why is m2 not acked?", "the fault lose-ack:m2"},
		7 * time.Second:         {"Why is m2 not acked?", "the fault lose-ack:m2"},
		14 * time.Second:        {"Why does the worker of m3 crash?", "the fault crash:m3/before-ack"},
		35 * time.Second:        {"Why is m2 delivered again?", "the fault lose-ack:m2"},
		43 * time.Second:        {"Why is m3 delivered again, and not charged?", "the fault crash:m3/before-ack"},
		time.Minute:             {"Why is m4 done?", "no fault: this is how it should go"},
	} {
		got := strings.Split(answer(st, st.StepAt(at), 0), "\n")
		if got[0] != want[0] || got[len(got)-1] != want[1] {
			t.Errorf("at %v:\n%s", at, strings.Join(got, "\n"))
		}
	}
}

// A late ack is due to what made it late, and that lies before the delivery that it
// comes too late for.
func TestALateAckIsTracedToWhatMadeItLate(t *testing.T) {
	st := tell(t, flagship(t, "mark-first", "pause:m2/before-ack"))
	late := false
	for n := range st.Steps() + 1 {
		if i := st.Upto(n, 0) - 1; i >= 0 && st.Lanes[0].Event(i).Reply == sim.AckIgnored {
			late = true
			if got := answer(st, n, 0); !strings.HasPrefix(got, "Why is m2 not acked?") || !strings.HasSuffix(got, "the fault pause:m2/before-ack") {
				t.Error(got)
			}
		}
	}
	if !late {
		t.Error("no ack comes late, so this shows nothing")
	}
}

// An earlier fault is not to blame for a delivery that a setting has led to.
func TestAFaultIsToBlameForNoMoreThanItLedTo(t *testing.T) {
	for _, c := range []struct {
		consumer, head string
		faults         []string
	}{
		{"naive", "Why is m1 charged twice?", []string{"crash:m1/before-effect"}},
		{"mark-first", "Why is m1 not acked?", nil}, // the ack of the first comes when the second has acked
	} {
		s := flagship(t, c.consumer, c.faults...)
		s.Queue.Visibility, s.Workers, s.Messages, s.Until = 900*time.Millisecond, 3, s.Messages[:1], 3900*time.Millisecond
		st, asked := tell(t, s), false
		for n := range st.Steps() + 1 {
			if got := answer(st, n, 0); strings.HasPrefix(got, c.head) {
				asked = true
				if want := "\nno fault: the queue's setting, visibility 900 ms; the work took 1.0"; !strings.Contains(got, want) {
					t.Errorf("%s:\n%s", c.consumer, got)
				}
			}
		}
		if !asked {
			t.Errorf("%s: nobody asks %q", c.consumer, c.head)
		}
	}
}

// everywhere calls f for every step and lane of every shipped scenario, with all
// consumers in every business.
func everywhere(t *testing.T, f func(st *Story, n, lane int)) {
	t.Helper()
	for _, of := range testkit.Sample(4, staged()) {
		s := *of.scenario
		if s.Name != "bad-weather" {
			s = *everyone(of.scenario)
		}
		s.Business = of.business
		st := tell(t, &s)
		for n := range st.Steps() + 1 {
			for lane := range st.Lanes {
				f(st, n, lane)
			}
		}
	}
}

func TestAnAnswerHasSixLinesAtMostInOrderAndNamesItsRoot(t *testing.T) {
	everywhere(t, func(st *Story, n, lane int) {
		head, lines := st.Why(n, lane)
		if head == "" {
			if st.Upto(n, lane) > 0 || lines != nil {
				t.Fatalf("%s, step %d: %q", st.Scenario.Name, n, lines)
			}
			return
		}
		if len(lines) < 2 || len(lines) > 5 {
			t.Fatalf("%s, step %d:\n%s", st.Scenario.Name, n, answer(st, n, lane))
		}
		last := -1
		for _, l := range lines {
			if l.Width() > 76 {
				t.Errorf("%s, %s: %d cells: %s", st.Scenario.Name, st.Scenario.Business, l.Width(), l.Plain())
			}
		}
		for _, l := range lines[:len(lines)-1] {
			at := slices.IndexFunc(st.Lanes[lane].Run.Events()[max(last, 0):], func(e sim.Event) bool { return words.Clock(e.At) == l[0].Text })
			if at < 0 {
				t.Fatalf("%s, step %d: out of order:\n%s", st.Scenario.Name, n, answer(st, n, lane))
			}
			last = max(last, 0) + at
		}
		if f, named := rootOf(t, lines); named {
			if !f.Among(st.Lanes[lane].Run.Faults) {
				t.Fatalf("%s, step %d: %s is neither planned nor drawn", st.Scenario.Name, n, f)
			}
		} else if !strings.HasPrefix(lines[len(lines)-1].Plain(), "no fault: ") {
			t.Fatalf("%s, step %d: no root:\n%s", st.Scenario.Name, n, answer(st, n, lane))
		}
	})
}

// rootOf reads the fault in the last line, if one is named.
func rootOf(t *testing.T, lines []words.Line) (sim.Fault, bool) {
	t.Helper()
	text, named := strings.CutPrefix(lines[len(lines)-1][0].Text, "the fault ")
	if !named {
		return sim.Fault{}, false
	}
	return parse(t, text)[0], true
}

// The root of a harm is a cause: without it the harm is gone. Only where more than
// one thing would have done the same harm is it there all the same, and otherwise.
func TestWithoutTheFaultAtTheRootTheHarmIsGone(t *testing.T) {
	gone, stayed := 0, 0
	for _, s := range testkit.Sample(8, scenarios.Shipped()) {
		s.Consumers = consumers.Names()
		st := tell(t, s)
		for k, l := range st.Lanes {
			for _, m := range l.marks {
				if m.Kind == Done {
					continue
				}
				_, lines := st.Why(st.StepOf(k, m.Event), k)
				same := func(x Mark) bool { return x.Kind == m.Kind && x.Owed == m.Owed && x.Nth == m.Nth }
				alone := *s // a lane goes its way whatever others stand beside it
				alone.Consumers = []string{l.Consumer.Name}
				f, named := rootOf(t, lines)
				if !named {
					calm := alone
					calm.Faults, calm.Rates = nil, nil
					if !slices.ContainsFunc(tell(t, &calm).Lanes[0].marks, same) {
						t.Fatalf("%s, %s: no fault is said to harm %s, but without faults it is not harmed", s.Name, l.Consumer.Name, s.Messages[m.Owed].ID)
					}
					continue
				}
				o := tell(t, without(&alone, f)).Lanes[0]
				if !slices.ContainsFunc(o.marks, same) {
					gone++
					continue
				}
				stayed++
				if slices.Equal(scenariotest.Past(o.Run, 1<<62, 0), scenariotest.Past(l.Run, 1<<62, 0)) {
					t.Errorf("%s, %s: without %s nothing changes", s.Name, l.Consumer.Name, f)
				}
			}
		}
	}
	if gone < 10*stayed {
		t.Errorf("without its root %d harms are gone and %d stay", gone, stayed)
	}
}

func TestUnderAnyWeatherAnAnswerIsShortAndItsRootStruck(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := scenariotest.Draw(rt)
		st := tell(rt, s)
		n, lane := rapid.IntRange(0, st.Steps()).Draw(rt, "step"), rapid.IntRange(0, len(st.Lanes)-1).Draw(rt, "lane")
		head, lines := st.Why(n, lane)
		if head == "" {
			return
		}
		if len(lines) < 2 || len(lines) > 5 {
			rt.Fatalf("%s", answer(st, n, lane))
		}
		f, named := rootOf(t, lines)
		l := st.Lanes[lane]
		if named && !slices.ContainsFunc(l.Run.Events()[:st.Upto(n, lane)], func(e sim.Event) bool { return e.Fault >= 0 && l.FaultOf(&e).Written() == f }) {
			rt.Fatalf("%s has not struck:\n%s", f, answer(st, n, lane))
		}
	})
}
