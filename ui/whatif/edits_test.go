package whatif

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/consumers"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/ui/story"
)

func texts(faults []sim.Fault) []string {
	var all []string
	for _, f := range faults {
		all = append(all, f.String())
	}
	return all
}

// known returns what can be switched off in a story: what is planned and what
// chance has drawn.
func known(st *story.Story) []sim.Fault {
	var all []sim.Fault
	for _, l := range st.Lanes {
		for _, f := range l.Run.Faults {
			if !f.Among(all) {
				all = append(all, f)
			}
		}
	}
	return all
}

// edited draws edits of a story: faults of it switched off, others added.
func edited(t *rapid.T, st *story.Story) (Edits, []sim.Fault) {
	id := st.Scenario.Messages[rapid.IntRange(0, len(st.Scenario.Messages)-1).Draw(t, "message")].ID
	pool := append(known(st),
		sim.Fault{Kind: sim.LoseAckFault, Message: id, Delivery: 2}, sim.Fault{Kind: sim.CrashFault, Message: id},
		sim.Fault{Kind: sim.CopyFault, Message: id}, sim.Fault{Kind: sim.RestartFault, At: 13 * time.Second})
	var e Edits
	for _, f := range rapid.SliceOfN(rapid.SampledFrom(pool), 0, 8).Draw(t, "faults") {
		if rapid.Bool().Draw(t, "add") && !f.Among(st.Scenario.Faults) && !f.Drawn {
			e = e.Add(f)
		} else {
			e = e.Toggle(f)
		}
	}
	return e, pool
}

func TestToggledTwiceAFaultIsAsItWas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e, pool := edited(t, tell(t, scenariotest.Draw(t)))
		f := rapid.SampledFrom(pool).Draw(t, "fault")
		once := e.Toggle(f)
		if once.Off(f) == e.Off(f) {
			t.Fatalf("%s is as it was: %v", f, once)
		}
		if twice := once.Toggle(f); !twice.Equal(e) || !reflect.DeepEqual(twice, e) {
			t.Fatalf("%v, toggled twice %v", e, twice)
		}
		if e.Equal(once) {
			t.Fatalf("%v and %v are said to be equal", e, once)
		}
		if on := e.Add(f); on.Off(f) {
			t.Fatalf("%s added to %v: %v", f, e, on)
		}
	})
}

func TestFlagsCanSayEveryEdit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenariotest.Draw(t)
		e, _ := edited(t, tell(t, s))
		var again Edits
		for _, f := range e.With {
			p, err := sim.ParseFault(f.String())
			if err != nil {
				t.Fatal(err)
			}
			again.With = append(again.With, p)
		}
		for _, f := range slices.Backward(e.Without) {
			p, err := sim.ParseFault(f.String())
			if err != nil {
				t.Fatal(err)
			}
			again.Without = append(again.Without, p)
		}
		if !again.Equal(e) {
			t.Fatalf("%v is read as %v", e, again)
		}
		if a, b := texts(e.Apply(s).Faults), texts(again.Apply(s).Faults); !slices.Equal(a, b) {
			t.Fatalf("%v plans %v, read again %v", e, a, b)
		}
	})
}

func TestNoEditMakesAScenarioThatCannotBe(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenariotest.Draw(t)
		e, _ := edited(t, tell(t, s))
		c := e.Apply(s)
		for _, name := range c.Consumers {
			consumer, _ := consumers.Get(name)
			if l := c.Lane(consumer); l.Validate() != nil {
				t.Fatalf("%s with %v: %v", s.Name, e, l.Validate())
			}
		}
		for _, l := range tell(t, c).Lanes {
			for i := range l.Run.Events() {
				if e0 := l.Event(i); e0.Fault >= 0 && e.Off(*l.FaultOf(e0)) {
					t.Fatalf("%s with %v: %s strikes all the same", s.Name, e, l.FaultOf(e0))
				}
			}
		}
	})
}

// Whoever writes into what was returned changes nothing else.
func TestEditsShareNoSlice(t *testing.T) {
	f := parse(t, "crash:m1", "copy:m2", "fail:m3")
	s := get(t, "lost-ack-then-crash")
	s.Faults, s.Spared = slices.Grow(s.Faults, 8), slices.Grow(parse(t, "crash:m9"), 8)
	e := Edits{With: slices.Grow(f[:1:1], 8), Without: slices.Grow(f[1:2:2], 8)}
	want := Edits{With: slices.Clone(e.With), Without: slices.Clone(e.Without)}
	planned, spared := texts(s.Faults), texts(s.Spared)
	for _, next := range []Edits{e.Toggle(f[2]), e.Add(f[2]), e.Toggle(f[1]), e.Toggle(f[0])} {
		_ = append(next.With, f[2])
		clear(next.With)
		clear(next.Without)
	}
	c := e.Toggle(f[2]).Apply(s)
	clear(c.Faults)
	clear(c.Spared)
	if !reflect.DeepEqual(e, want) {
		t.Errorf("the edits have changed: %v", e)
	}
	if !slices.Equal(texts(s.Faults), planned) || !slices.Equal(texts(s.Spared), spared) {
		t.Errorf("the scenario has changed: %v, spared %v", s.Faults, s.Spared)
	}
}

func TestAHandMadeFaultSwitchedOffCanBeSwitchedOnAgain(t *testing.T) {
	s := get(t, "quiet-day")
	f := parse(t, "crash:m3/after-effect")[0]
	e := Edits{}.Add(f)
	for _, want := range []bool{true, false, true} {
		st := tell(t, e.Apply(s))
		if _, struck := st.LastFault(st.Steps()); struck != want {
			t.Errorf("%v: struck is %v", e, struck)
		}
		e = e.Toggle(f)
	}
}

func TestAFaultOfACopyGoesWithTheCopy(t *testing.T) {
	s := get(t, "twins")
	s.Faults = append(s.Faults, parse(t, "crash:m3b/before-ack", "lose-ack:m1")...)
	e := Edits{}.Toggle(s.Faults[0])
	if got := texts(e.Apply(s).Faults); !slices.Equal(got, []string{"lose-ack:m1"}) {
		t.Errorf("without the copy the plan is %v", got)
	}
	if got := e.Toggle(s.Faults[0]).Apply(s).Faults; len(got) != 3 {
		t.Errorf("with the copy again the plan is %v", got)
	}
}

func TestAMistakeInAFlagIsHeardOf(t *testing.T) {
	s := get(t, "twins")
	e := Edits{With: parse(t, "lose-ack:m9"), Without: s.Faults}
	if _, err := story.Tell(e.Apply(s)); err == nil || !strings.Contains(err.Error(), `"m9"`) {
		t.Errorf("got %v", err)
	}
}

// What is off stays off, even where chance would draw the same once the plan says
// nothing.
func TestWhatIsSwitchedOffIsNotDrawnInstead(t *testing.T) {
	s := get(t, "bad-weather")
	st := tell(t, s)
	drawn, ok := st.LastFault(st.Steps())
	if !ok || !drawn.Drawn {
		t.Fatal("nothing was drawn")
	}
	e := Edits{With: []sim.Fault{drawn.Written()}}.Toggle(drawn)
	for _, l := range tell(t, e.Apply(s)).Lanes {
		if drawn.Among(l.Run.Faults) {
			t.Errorf("%s: %s strikes", l.Consumer.Name, drawn)
		}
	}
}

// keptPast holds that a fault added after n steps leaves what came before, and
// returns the story with it.
func keptPast(t interface {
	Helper()
	Fatalf(string, ...any)
}, st *story.Story, n int, f sim.Fault) *story.Story {
	t.Helper()
	next, err := story.Tell(Edits{}.Add(f).Apply(st.Scenario))
	if err != nil {
		t.Fatalf("%s: %v", f, err)
	}
	for k, l := range st.Lanes {
		upto := st.Upto(n, k)
		if !slices.Equal(scenariotest.Past(l.Run, st.When(n), upto), scenariotest.Past(next.Lanes[k].Run, st.When(n), upto)) {
			t.Fatalf("%s after step %d of %s changes the past of %s", f, n, st.Scenario.Name, l.Consumer.Name)
		}
	}
	return next
}

var keys = []sim.FaultKind{sim.LoseAckFault, sim.CrashFault, sim.PauseFault, sim.CopyFault}

func TestTheNextChanceStrikesAndLeavesThePast(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := tell(t, scenariotest.Draw(t))
		n := rapid.IntRange(0, st.Steps()).Draw(t, "step")
		f, ok := NextChance(st, rapid.SampledFrom(keys).Draw(t, "kind"), n)
		if !ok {
			return
		}
		next := keptPast(t, st, n, f)
		struck := false
		for k, l := range next.Lanes {
			for i := range l.Run.Events() {
				e := l.Event(i)
				if e.Fault < 0 || l.FaultOf(e).Written() != f.Written() {
					continue
				}
				struck = true
				if i < st.Upto(n, k) || e.At < st.When(n) {
					t.Fatalf("%s strikes %s in the past", f, l.Consumer.Name)
				}
			}
		}
		if !struck {
			t.Fatalf("%s strikes nothing", f)
		}
	})
}

func TestTheNextChanceIsTheNext(t *testing.T) {
	st := tell(t, get(t, "lost-ack-then-crash"))
	for _, c := range []struct {
		at   time.Duration
		want []string // of keys; "" for none
	}{
		{0, []string{"lose-ack:m1", "crash:m1/before-ack", "pause:m1/before-effect", "copy:m1"}},
		{1500 * time.Millisecond, []string{"lose-ack:m1", "crash:m1/before-ack", "pause:m2/before-effect", "copy:m2"}},
		{3 * time.Second, []string{"lose-ack:m2/2", "crash:m2/before-ack", "pause:m2/before-effect", "copy:m2"}},
		{50 * time.Second, []string{"lose-ack:m4", "crash:m4/before-ack", "pause:m4/before-effect", "copy:m4"}},
		{time.Hour, []string{"", "", "", "copy:m4,later=2s"}},
	} {
		for i, kind := range keys {
			f, ok := NextChance(st, kind, st.StepAt(c.at))
			if got := f.String(); ok != (c.want[i] != "") || ok && got != c.want[i] {
				t.Errorf("%s at %v: %s, want %s", kind, c.at, got, c.want[i])
			}
		}
	}
}

func TestEveryChanceIsUsedUpInTheEnd(t *testing.T) {
	s := get(t, "quiet-day")
	for _, kind := range keys {
		var e Edits
		for range 200 {
			f, ok := NextChance(tell(t, e.Apply(s)), kind, 0)
			if !ok {
				break
			}
			if f.Among(e.With) {
				t.Fatalf("%s is offered twice", f)
			}
			e = e.Add(f)
			if kind != sim.CopyFault && len(e.With) == len(s.Messages) {
				break // redeliveries can be struck for ever
			}
		}
		if want := len(s.Messages); len(e.With) != want {
			t.Errorf("%s: %v, want one for each message", kind, e.With)
		}
	}
}

// A pause is worth its key only if the message comes back meanwhile.
func TestTheNextPauseOutlastsTheTimeout(t *testing.T) {
	s := get(t, "quiet-day")
	for visibility, want := range map[time.Duration]time.Duration{
		time.Second: sim.DefaultPause, 30 * time.Second: 45 * time.Second, 10 * time.Minute: 15 * time.Minute,
	} {
		s.Queue.Visibility = visibility
		if f, _ := NextChance(tell(t, s), sim.PauseFault, 0); f.For != want {
			t.Errorf("visibility %v: %v, want %v", visibility, f.For, want)
		}
	}
}
