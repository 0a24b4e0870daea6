package scenarios_test

import (
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// shippedText returns the file of a shipped scenario.
func shippedText(t testing.TB, name string) string {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario is called %s", name)
	}
	return string(s.Source)
}

// edited returns a shipped scenario with a text in its file replaced.
func edited(t testing.TB, name, from, to string) *scenarios.Scenario {
	t.Helper()
	text := shippedText(t, name)
	if !strings.Contains(text, from) {
		t.Fatalf("%s has no %q", name, from)
	}
	s, err := scenarios.Parse(name+".yaml", []byte(strings.Replace(text, from, to, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// outcome runs a scenario for one consumer.
func outcome(t testing.TB, s *scenarios.Scenario, consumer string) scenarios.Balance {
	t.Helper()
	c, ok := consumers.Get(consumer)
	if !ok {
		t.Fatalf("no consumer is called %s", consumer)
	}
	v, err := sim.Tally(s.Lane(c))
	if err != nil {
		t.Fatal(err)
	}
	return scenarios.Judge(s.Messages, s.Business, v)
}

func TestEveryFileIsShippedInTheOrderOfLearning(t *testing.T) {
	paths, err := filepath.Glob("*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	files := make([]string, 0, len(paths))
	for _, path := range paths {
		files = append(files, strings.TrimSuffix(path, ".yaml"))
	}
	slices.Sort(files)
	names := scenarios.Names()
	if sorted := slices.Sorted(slices.Values(names)); !slices.Equal(sorted, files) {
		t.Errorf("shipped are %v, files are %v", sorted, files)
	}
	for i, s := range scenarios.Shipped() {
		if s.Name != names[i] {
			t.Errorf("place %d has %s, want %s", i, s.Name, names[i])
		}
	}
	if _, ok := scenarios.Get("../parse"); ok {
		t.Error("a name reached out of the files")
	}
}

func TestEveryShippedScenarioTellsItsStory(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for what, text := range map[string]string{"title": s.Title, "teaches": s.Teaches, "story": s.Story, "question": s.Question} {
			if text == "" {
				t.Errorf("%s has no %s", s.Name, what)
			}
		}
		if n := strings.Count(s.Story, ".") + strings.Count(s.Story, "?"); n < 2 || n > 5 {
			t.Errorf("the story of %s has %d sentences", s.Name, n)
		}
		if !strings.HasSuffix(s.Question, "?") || strings.Contains(s.Teaches+s.Title, "\n") {
			t.Errorf("%s: question %q, teaches %q", s.Name, s.Question, s.Teaches)
		}
		if len(s.Consumers) < 2 || len(s.Consumers) > 5 || !slices.Contains(s.Consumers, "naive") || !slices.Contains(s.Consumers, "inbox") {
			t.Errorf("%s watches %v", s.Name, s.Consumers)
		}
		for line := range strings.Lines(string(s.Source)) {
			if n := utf8.RuneCountInString(line); n > 125 {
				t.Errorf("%s has a line of %d characters: %s", s.Name, n, line)
			}
		}
	}
}

func TestEveryShippedExpectationHolds(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for _, name := range s.Consumers {
			e, stated := s.Expectation(name)
			if !stated || e.Twice == nil || e.Excess == nil {
				t.Errorf("%s does not say what it expects of %s", s.Name, name)
			}
			c, _ := consumers.Get(name)
			v, err := sim.Tally(s.Lane(c))
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range s.Check(name, v) {
				t.Errorf("%s: %s", s.Name, d)
			}
		}
	}
}

func TestARunIsTheSameTwice(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for _, name := range s.Consumers {
			c, _ := consumers.Get(name)
			first, err := sim.Simulate(s.Lane(c))
			if err != nil {
				t.Fatal(err)
			}
			again, err := sim.Simulate(s.Lane(c))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(first.Events(), again.Events()) || first.End != again.End {
				t.Errorf("%s, %s: two runs differ", s.Name, name)
			}
			if first.Ending != sim.Quiet {
				t.Errorf("%s, %s: ended with %v", s.Name, name, first.Ending)
			}
		}
	}
}

func TestTheFlagshipChargesBobAndCyTwice(t *testing.T) {
	s, _ := scenarios.Get("lost-ack-then-crash")
	o := outcome(t, s, "naive")
	if !slices.Equal(o.Twice, []string{"m2", "m3"}) || o.Excess != 135_00 || o.Taken != 335_00 || o.Owed != 200_00 {
		t.Errorf("naive: %+v", o)
	}
	if o := outcome(t, s, "inbox"); !o.OK || o.Excess != 0 {
		t.Errorf("inbox: %+v", o)
	}
}

func TestACrashAfterTheEffectChargesCyTwiceInTheInboxButTakesOneItem(t *testing.T) {
	s := edited(t, "lost-ack-then-crash", "before: ack}", "after: effect}")
	if o := outcome(t, s, "inbox"); !slices.Equal(o.Twice, []string{"m3"}) || o.Excess != 120_00 {
		t.Errorf("card: %+v", o)
	}
	s.Business = sim.Stock
	if o := outcome(t, s, "inbox"); !o.OK || o.Owed != 4 || o.Taken != 4 {
		t.Errorf("stock: %+v", o)
	}
}

func TestMarkFirstNeverChargesAfterACrashBeforeTheEffect(t *testing.T) {
	s, _ := scenarios.Get("crash-before-effect")
	o := outcome(t, s, "mark-first")
	if !slices.Equal(o.Never, []string{"m3"}) || o.Missing != 120_00 || o.Excess != 0 || o.OK {
		t.Errorf("%+v", o)
	}
}

func TestMailHasNobodyToHonourAKey(t *testing.T) {
	s, _ := scenarios.Get("impatient-customer")
	s.Business = sim.Mail
	if o := outcome(t, s, "gateway-key"); !slices.Equal(o.Twice, []string{"m2"}) || o.Excess != 1 {
		t.Errorf("gateway-key: %+v", o)
	}
	if o := outcome(t, s, "inbox-key"); !o.OK {
		t.Errorf("inbox-key: %+v", o)
	}
}

func TestTheExperimentsThatTheCommentsInviteCanBeMade(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		text := string(s.Source)
		for line := range strings.Lines(text) {
			if rest, ok := strings.CutPrefix(line, "# - "); ok {
				if _, err := scenarios.Parse(s.Name+".yaml", []byte(strings.Replace(text, line, "  - "+rest, 1))); err != nil {
					t.Errorf("with the comment taken off:\n%v", err)
				}
			}
		}
	}
}

func TestWhatIsHandedOutIsTheCallersToChange(t *testing.T) {
	a, _ := scenarios.Get("lost-ack")
	c, _ := consumers.Get("naive")
	lane := a.Lane(c)
	lane.Plan[0].Message = "m1"
	a.Messages[0].ID = "x"
	b, _ := scenarios.Get("lost-ack")
	if a.Faults[0].Message != "m2" || b.Messages[0].ID != "m1" {
		t.Error("a change went through to the next who asks")
	}
	if len(scenarios.Schema()) == 0 {
		t.Error("no schema")
	}
}
