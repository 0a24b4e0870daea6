package story

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

// told are the stories that everyStory has told: nine tests look at each. The long tier
// has too many of them to keep.
var told = map[string]*Story{}

// everyStory tells every shipped scenario in every business, with its own
// consumers and with all.
func everyStory(t *testing.T, f func(what string, s *Story)) {
	t.Helper()
	for i, of := range testkit.Sample(10, staged()) {
		for k, names := range [][]string{of.scenario.Consumers, consumers.Names()} {
			if k == testkit.Few(i%2, k) {
				c := *of.scenario
				c.Business, c.Consumers = of.business, names
				what := fmt.Sprintf("%s, %s, %d lanes", c.Name, of.business, len(names))
				s := told[what]
				if s == nil {
					s = tell(t, &c)
				}
				if testkit.Few(1, 0) == 1 {
					told[what] = s
				}
				f(what, s)
			}
		}
	}
}

// A stage is a shipped scenario with a business, which need not be its own.
type stage struct {
	scenario *scenarios.Scenario
	business sim.Business
}

// staged are all shipped scenarios in all businesses.
func staged() (all []stage) {
	for _, s := range scenarios.Shipped() {
		for _, b := range sim.Businesses() {
			all = append(all, stage{s, b})
		}
	}
	return all
}

func init() {
	testkit.FewChecks(20)
	testkit.CollectLess()
}

// An ack can wait to be seen for the effect of another lane, and steps that show the same
// are not told apart. Effects wait a moment each for the next, so that many lanes with
// handlers of many lengths are a chain; nobody waits for longer than two, or for longer than
// an ack may.
func TestAStepIsOneInstantInAllLanes(t *testing.T) {
	everyStory(t, func(what string, s *Story) {
		for n := 1; n <= s.Steps(); n++ {
			moved := false
			for k, l := range s.Lanes {
				for i := s.Upto(n-1, k); i < s.Upto(n, k); i++ {
					moved = true
					late := s.When(n) - l.Event(i).At
					if _, toAck, _ := l.comes(i); late < 0 || late > patience+moment || late > 3*moment && !toAck {
						t.Fatalf("%s: step %d is at %v, and an event of %s in it at %v", what, n, s.When(n), l.Consumer.Name, l.Event(i).At)
					}
				}
			}
			if !moved {
				t.Fatalf("%s: nothing happens in step %d", what, n)
			}
		}
		for k, l := range s.Lanes {
			if s.Upto(s.Steps(), k) != l.Run.Len() {
				t.Fatalf("%s: not all of %s is shown", what, l.Consumer.Name)
			}
		}
	})
}

func TestTheNthDeliveryAtAnInstantIsOneStepInAllLanes(t *testing.T) {
	everyStory(t, func(what string, s *Story) {
		type delivery struct {
			name string
			nth  int32
			at   time.Duration

			relayed bool
		}
		step := map[delivery]int{}
		for k, l := range s.Lanes {
			for i := range l.Run.Events() {
				e := l.Event(i)
				if e.Kind != sim.Deliver {
					continue
				}
				d := delivery{l.Run.Name(e), e.Receipt.Delivery, e.At, e.Relayed()}
				n := s.StepOf(k, i)
				if other, known := step[d]; known && other != n {
					t.Fatalf("%s: %v leaves in step %d and in step %d", what, d, other, n)
				}
				step[d] = n
			}
		}
	})
}

func TestTheLedgerOfEveryMomentIsThatOfTheWorld(t *testing.T) {
	everyStory(t, func(what string, s *Story) {
		for n := 0; n <= s.Steps(); n += 1 + s.Steps()/60 {
			v := s.View(Moment{Step: n})
			for k := range v.Lanes {
				l := &v.Lanes[k]
				times := l.Run.At(l.Events).Verdicts().Effects
				for debt, want := range times {
					if l.Counts[debt] != int(want) {
						t.Fatalf("%s: after %d steps %s shows %d effects of %s, the world has %d",
							what, n, l.Consumer.Name, l.Counts[debt], l.DebtName(s.Scenario.Business.Owing(debt)), want)
					}
				}
			}
		}
	})
}

func TestAStampComesWithTheStepInWhichItBecomesTrueAndStays(t *testing.T) {
	everyStory(t, func(what string, s *Story) {
		for k, l := range s.Lanes {
			for _, m := range l.Marks() {
				if m.Kind == Done {
					continue
				}
				n := s.StepOf(k, m.Event)
				before, after := s.View(Moment{Step: n - 1}).Lanes[k].Counts[l.debt(&m)], 0
				lane := &s.View(Moment{Step: n}).Lanes[k]
				after = lane.Counts[l.debt(&m)]
				if m.Kind == Again && (before != m.Nth-1 && !l.sets(&m) || after != m.Nth) {
					t.Errorf("%s: %s is stamped AGAIN at step %d, from %d to %d effects", what, l.Consumer.Name, n, before, after)
				}
				if m.Kind != Again {
					w := l.Run.At(s.Upto(n, k))
					for msg := range w.Queue().Len() {
						if w.Owed(msg) == m.Owed && !w.Queue().State(msg).Settled() {
							t.Errorf("%s: %s says never at step %d, and message %d is %v", what, l.Consumer.Name, n, msg, w.Queue().State(msg))
						}
					}
				}
				if !lane.Harmed || lane.Stamped[m.Owed] < 0 {
					t.Errorf("%s: the harm of %s at step %d is not to be seen", what, l.Consumer.Name, n)
				}
			}
		}
	})
}

func TestBothAgainStampsOfTheFlagshipFallWhereTheStorySays(t *testing.T) {
	s := tell(t, get(t, "lost-ack-then-crash"))
	var got []string
	for _, m := range s.Lanes[0].Marks() {
		if m.Kind == Again {
			got = append(got, s.Scenario.Messages[m.Owed].ID+" "+words.Clock(s.Lanes[0].Event(m.Event).At))
		}
	}
	if want := []string{"m2 0:36.0", "m3 0:43.0"}; !slices.Equal(got, want) {
		t.Errorf("AGAIN at %v, the text says %v", got, want)
	}
	for _, m := range s.Lanes[1].Marks() {
		if m.Kind != Done {
			t.Errorf("inbox is stamped at %v", s.Lanes[1].Event(m.Event).At)
		}
	}
}

func TestAStampIsNewsUntilTheNextStop(t *testing.T) {
	s := tell(t, get(t, "lost-ack-then-crash"))
	var harms []int
	for i, p := range s.Stops() {
		if p.Kind == AtHarm {
			harms = append(harms, i)
		}
	}
	for _, i := range harms {
		p, next := s.Stops()[i], s.Stops()[i+1]
		for n := p.Step; n <= s.Steps(); n++ {
			news := s.View(Moment{Step: n}).Lanes[0].Stamped[p.Owed] >= 0
			if news != (n < next.Step) {
				t.Errorf("the stamp of step %d is news at step %d: %v; the next stop is %d", p.Step, n, news, next.Step)
			}
		}
	}
}

func TestTheStopsOfTheFlagshipAreItsStaging(t *testing.T) {
	s := tell(t, get(t, "lost-ack-then-crash"))
	want := []StopKind{AtDelivery, AtEffect, AtAck, AtFault, AtFault, AtHarm, AtHarm, AtRest}
	var got []StopKind
	for _, p := range s.Stops() {
		got = append(got, p.Kind)
	}
	if !slices.Equal(got, want) {
		t.Errorf("stops %v, want %v", got, want)
	}
	if at := s.Parted(); at != s.Stops()[5].Step {
		t.Errorf("the lanes part at step %d, want %d", at, s.Stops()[5].Step)
	}
}

func TestEveryFaultRedeliveryAndHarmHasAStop(t *testing.T) {
	everyStory(t, func(what string, s *Story) {
		stops := s.Stops()
		if !slices.IsSortedFunc(stops, func(a, b Stop) int { return a.Step - b.Step }) {
			t.Fatalf("%s: stops out of order", what)
		}
		for k, l := range s.Lanes {
			for _, x := range l.sightings(k) {
				if x.kind < AtAgain {
					continue
				}
				near := slices.ContainsFunc(stops, func(p Stop) bool {
					at := func(step int) bool { return (s.When(step) - x.at).Abs() <= near }
					return at(p.Step) || p.Came != nil && at(p.Came.Step) || p.More > 1 && p.Kind == x.kind && s.When(p.Step) >= x.at
				})
				if !near {
					t.Errorf("%s: nothing stops near %v, where %s has %s", what, x.at, l.Consumer.Name, x.about)
				}
			}
		}
	})
}

func TestEveryMomentIsToldInWordsThatFit(t *testing.T) {
	everyStory(t, func(what string, s *Story) {
		for n := range s.Steps() + 1 {
			told := s.Narrate(n)
			if len(told.Lines) == 0 || len(told.Lines[0]) == 0 || told.Lines[0][0].Text == "" {
				t.Fatalf("%s: nothing is said of step %d", what, n)
			}
			if p := s.StopAt(n); p != nil && (told.Badge == "" || len(told.Lines[0].Wrap(76)) > 4) {
				t.Errorf("%s: step %d, %q: %s", what, n, told.Badge, told.Lines[0].Plain())
			}
		}
	})
}

// The same moment looks the same, wherever the view was before.
func TestAViewDependsOnNothingButTheMoment(t *testing.T) {
	s := tell(t, get(t, "twins"))
	rapid.Check(t, func(t *rapid.T) {
		m := Moment{rapid.IntRange(-2, s.Steps()+2).Draw(t, "step"), rapid.Float64Range(-0.5, 1.5).Draw(t, "toward")}
		s.View(Moment{Step: rapid.IntRange(0, s.Steps()).Draw(t, "before")})
		got := shape(s.View(m))
		fresh, err := Tell(s.Scenario)
		if err != nil {
			t.Fatal(err)
		}
		if want := shape(fresh.View(m)); got != want {
			t.Fatalf("%v looks like\n%s\nand first like\n%s", m, got, want)
		}
	})
}

// shape is what there is to see, as text.
func shape(v *View) string {
	text := fmt.Sprint(v.Step, v.Now, v.Focus, v.Narrate(v.Step).Lines)
	for k := range v.Lanes {
		l := &v.Lanes[k]
		text += fmt.Sprint("\n", l.Events, l.Taken, l.Excess, l.Missing, l.Times, l.Fate, l.Skipped, l.Stamped, l.Harmed, l.Wires, l.Delivered())
	}
	return text
}

func TestWhatIsHiddenDrainsToNothing(t *testing.T) {
	s := tell(t, get(t, "lost-ack"))
	var fault Stop
	for _, p := range s.Stops() {
		if p.Kind == AtFault {
			fault = p
		}
	}
	w := s.View(Moment{Step: fault.Step}).Lanes[0].Wires[0]
	if w.HiddenOf != 30*time.Second || w.Hidden < 28*time.Second {
		t.Errorf("after the lost ack m2 is hidden for %v of %v", w.Hidden, w.HiddenOf)
	}
	over := s.StepAt(35*time.Second) - 2 // before the timeout passes, at the same instant
	if left := s.View(Moment{Step: over, Toward: 0.999}).Lanes[0].Wires[0].Hidden; left > time.Second {
		t.Errorf("just before it comes again it is hidden for another %v", left)
	}
}
