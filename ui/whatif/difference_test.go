package whatif

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/ui/words"
)

func TestTheDifferenceOfTwoFuturesIsSaidInTheWordsOfTheBusiness(t *testing.T) {
	for _, c := range []struct {
		scenario string
		business sim.Business
		toggle   string // these faults
		want     string
	}{
		{"lost-ack-then-crash", sim.Card, "crash:m3/before-ack", "Without m3's crash: NAIVE takes $120 less, INBOX the same"},
		{"lost-ack-then-crash", sim.Mail, "crash:m3/before-ack", "Without m3's crash: NAIVE sends 1 mail less, INBOX the same"},
		{"lost-ack-then-crash", sim.Stock, "lose-ack:m2 crash:m3/before-ack", "Without m2's lost ack and m3's crash: NAIVE takes 2 items less, INBOX the same"},
		{"crash-before-effect", sim.Card, "crash:m3/before-effect", "Without m3's crash: MARK-FIRST loses $120 less, ACK-FIRST loses $120 less, the others the same"},
		{"stop-the-world", sim.Card, "pause:m2/before-effect", "Without m2's pause: NAIVE takes $15 less, LEASE takes $15 less, LEASE-FENCED takes $15 less, INBOX and MARK-FIRST the same"},
		{"quiet-day", sim.Card, "lose-ack:m2", "With m2's lost ack: NAIVE takes $15 more, ACK-FIRST takes $15 more, INBOX and MARK-FIRST the same"},
		{"quiet-day", sim.Card, "crash:m2/before-ack crash:m3/before-effect", "With m2's crash and m3's crash: NAIVE takes $15 more, ACK-FIRST loses $120 more, MARK-FIRST loses $120 more, INBOX the same"},
		{"lost-ack", sim.Card, "lose-ack:m2 crash:m3/before-effect", "With m3's crash, without m2's lost ack: NAIVE takes $15 less, ACK-FIRST takes $15 less too often and loses $120 more, MARK-FIRST loses $120 more, INBOX the same"},
		{"lost-ack", sim.Card, "lose-ack:m2 lose-ack:m1 crash:m1/2 crash:m2/2/after-effect", "With other faults: NAIVE takes $65 more, ACK-FIRST takes $25 more, INBOX and MARK-FIRST the same"},
		{"lost-ack-then-crash", sim.Card, "", "no difference at the end"},
	} {
		s := get(t, c.scenario)
		s.Business = c.business
		var e Edits
		for _, f := range parse(t, strings.Fields(c.toggle)...) {
			if f.Among(s.Faults) {
				e = e.Toggle(f)
			} else {
				e = e.Add(f)
			}
		}
		got := sentence(t, Difference(tell(t, e.Apply(s)), tell(t, s), 0))
		if got != c.want {
			t.Errorf("%s, %s, %s:\n got %s\nwant %s", c.scenario, c.business, c.toggle, got, c.want)
		}
	}
}

// The other way round it is said the other way round.
func TestTheDifferenceHasTwoSides(t *testing.T) {
	s := get(t, "lost-ack-then-crash")
	with, without := tell(t, s), tell(t, Edits{}.Toggle(s.Faults[1]).Apply(s))
	if got := sentence(t, Difference(with, without, 0)); got != "With m3's crash: NAIVE takes $120 more, INBOX the same" {
		t.Error(got)
	}
}

// What is only delayed makes no difference at the end, but one on the way.
func TestFuturesThatEndAlikeMayDifferOnTheWay(t *testing.T) {
	s := get(t, "lost-ack-then-crash")
	s.Consumers, s.Faults = []string{"inbox"}, parse(t, "crash:m3/before-effect")
	with, without := tell(t, s), tell(t, Edits{}.Toggle(s.Faults[0]).Apply(s))
	for at, want := range map[time.Duration]string{
		time.Second:      "Without m3's crash: no difference at the end",
		20 * time.Second: "Without m3's crash: no difference at the end; by 0:20.0 INBOX had taken $120 more",
		time.Minute:      "Without m3's crash: no difference at the end",
	} {
		if got := sentence(t, Difference(without, with, at)); got != want {
			t.Errorf("at %v: %s", at, got)
		}
	}
}

// With a short run something may still be to come.
func TestWhatIsPendingIsNotLost(t *testing.T) {
	s := get(t, "lost-ack-then-crash")
	s.Consumers, s.Faults, s.Until = []string{"naive"}, parse(t, "crash:m3/before-effect"), 30*time.Second
	got := sentence(t, Difference(tell(t, s), tell(t, Edits{}.Toggle(s.Faults[0]).Apply(s)), 0))
	if want := "With m3's crash: NAIVE takes $120 less in time"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestADrawnFaultThatIsSparedIsNamed(t *testing.T) {
	s := get(t, "bad-weather")
	st := tell(t, s)
	f := parse(t, "lose-ack:m32")[0]
	spared := tell(t, Edits{}.Toggle(f).Apply(s))
	if got := sentence(t, Difference(spared, st, 0)); got != "Without m32's lost ack: NAIVE takes $40 less, the others the same" {
		t.Error(got)
	}
	if got := sentence(t, Difference(st, spared, 0)); got != "With m32's lost ack: NAIVE takes $40 more, the others the same" {
		t.Error(got)
	}
}

// A lane is said to be the same exactly if everything came to the same in it.
func TestTheSameIsSaidOnlyOfTheSame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		st := tell(t, scenariotest.Draw(t))
		e, _ := edited(t, st)
		next := tell(t, e.Apply(st.Scenario))
		said := sentence(t, Difference(next, st, 0))
		for k, l := range st.Lanes {
			o := &next.Lanes[k].Outcome
			same := o.Taken == l.Outcome.Taken && o.Excess == l.Outcome.Excess && o.Missing == l.Outcome.Missing
			named := false
			for _, verb := range []string{" " + st.Scenario.Business.Words().Takes + " ", " " + next.Scenario.Business.Words().Takes + " ", " loses "} {
				named = named || strings.Contains(said, " "+strings.ToUpper(l.Consumer.Name)+verb) || strings.HasPrefix(said, strings.ToUpper(l.Consumer.Name)+verb)
			}
			if !same && !named {
				t.Fatalf("%s: %s\n%+v\n%+v", l.Consumer.Name, said, l.Outcome, *o)
			}
		}
	})
}

func TestSoonIsAfterNowAndBeforeAnythingElse(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		for n := range st.Steps() + 1 {
			now, soon := st.When(n), soon(st, n)
			next := st.StepAt(now) + 1
			if soon <= now || next <= st.Steps() && soon >= st.When(next) {
				t.Fatalf("%s: %v after step %d at %v", s.Name, soon, n, now)
			}
		}
	}
}

// sentence is a difference without its full stop, which it must have.
func sentence(t interface{ Errorf(string, ...any) }, l words.Line) string {
	text, ends := strings.CutSuffix(l.Plain(), ".")
	if !ends && text != "" {
		t.Errorf("%q does not end", text)
	}
	return text
}
