package doctor

import (
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/interview"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

func style(plain bool) words.Layout {
	s := words.Layout{Paint: words.NoPaint, Width: 80, Plain: plain, Line: func(words ...string) string { return "dejavu " + strings.Join(words, " ") }}
	if plain {
		s.Width = 0
	}
	return s
}

func refute(t *testing.T, r *Remedy) *Refutation {
	t.Helper()
	f, err := r.Refute()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestEveryMisconceptionHasExactlyOneRemedyInTheirOrder(t *testing.T) {
	var have []scenarios.Misconception
	for _, r := range Remedies() {
		have = append(have, r.Belief)
	}
	if !slices.Equal(have, scenarios.Misconceptions()) {
		t.Errorf("got %v", have)
	}
}

func TestEveryRemedyRefutesWithTheFewestFaultsOrByItsClaim(t *testing.T) {
	for _, r := range Remedies() {
		o := refute(t, &r).outcome
		if (r.Scenario == "") != (r.Claim == "") || (r.Scenario == "") != (len(r.About) == 0) {
			t.Errorf("%s is neither a search nor a scenario with a claim", r.Belief)
		}
		if r.Scenario != "" {
			continue
		}
		if o.Trace.Faults != r.Faults {
			t.Errorf("%s: %d faults are asked for, and %d are needed", r.Belief, r.Faults, o.Trace.Faults)
		}
		less := r
		less.Faults--
		if less.Faults > 0 {
			if _, err := less.Refute(); err == nil {
				t.Errorf("%s: fewer faults do as well", r.Belief)
			}
		}
	}
}

func TestWithoutAFaultNothingBreaks(t *testing.T) {
	for _, r := range Remedies() {
		if r.Scenario != "" {
			continue
		}
		o, err := r.Make()
		if err != nil {
			t.Fatal(err)
		}
		if at := o.Trace.Faults; at == 0 || o.Case.Result.UpTo < 0 {
			t.Errorf("%s: it takes no fault, so its sentence is about something else", r.Belief)
		}
	}
}

func TestAClaimThatDoesNotHoldRefutesNothing(t *testing.T) {
	r, _ := Of(10)
	for _, claim := range []string{"inbox-hash never none", "inbox-hash nevr m3"} {
		r.Claim = claim
		if _, err := r.Refute(); err == nil {
			t.Errorf("%s: no error", claim)
		}
	}
	s, _ := Of(5)
	s.Consumer = "inbox-and-gateway-key"
	if _, err := s.Refute(); err == nil {
		t.Error("a search that finds nothing refutes nothing, and says so")
	}
	if _, known := Of(28); known {
		t.Error("there is a remedy for nothing")
	}
}

// What is read in ten seconds: the belief, at most twelve lines, what it came to, one
// sentence, one command.
func TestEveryRemedyIsShort(t *testing.T) {
	for _, r := range Remedies() {
		text := refute(t, &r).Text(style(false))
		told := 0
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "  ") {
				told++
			}
			if !strings.HasPrefix(line, "Watch it: ") && len([]rune(strings.TrimSuffix(line, "\n"))) > 80 {
				t.Errorf("%s: too wide: %q", r.Belief, line)
			}
		}
		if told == 0 || told > interview.MostRows {
			t.Errorf("%s is told in %d lines:\n%s", r.Belief, told, text)
		}
		if strings.Count(r.So, ". ") > 1 || !strings.HasSuffix(r.So, ".") || len(strings.Fields(r.So)) > 28 {
			t.Errorf("%s: say in two short sentences what is refuted, not %q", r.Belief, r.So)
		}
		if len(refute(t, &r).Command()) == 0 {
			t.Errorf("%s: no command shows it", r.Belief)
		}
	}
}

func TestRemediesReadAsTheyDid(t *testing.T) {
	for name, plain := range map[string]bool{"remedies": false, "plain": true} {
		var b strings.Builder
		for _, r := range Remedies() {
			b.WriteString(refute(t, &r).Text(style(plain)) + "\n")
		}
		testkit.Golden(t, "testdata/"+name+".txt", b.String())
	}
}

// Whoever is told that something is not so can see it refuted: after a lesson, and
// after a guess.
func TestEveryWrongChoiceOfALessonHasARemedy(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		questions := []*scenarios.Quiz{}
		for i := range l.Stops {
			questions = append(questions, l.Stops[i].Question)
		}
		if l.Change != nil {
			questions = append(questions, l.Change.Question)
		}
		for _, q := range questions {
			if q == nil {
				continue
			}
			for _, c := range q.Choices {
				if _, known := Of(c.Belief); c.Belief != 0 && !known {
					t.Errorf("%s: nothing refutes %q (%s)", l.Name, c.Text, c.Belief)
				}
			}
		}
	}
}

func TestEveryMisconceptionOfAGuessHasARemedy(t *testing.T) {
	asked := 0
	for _, s := range scenarios.Shipped() {
		told, err := story.Tell(s)
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range quiz.Questions(told) {
			for _, c := range q.Choices {
				asked++
				if _, known := Of(c.Belief); c.Belief != 0 && !known {
					t.Errorf("%s: nothing refutes %q (%s)", s.Name, c.Text, c.Belief)
				}
			}
		}
	}
	if asked == 0 {
		t.Error("no guess was looked at")
	}
}

// No misconception is only a number: somewhere a wrong answer is built on it.
func TestEveryMisconceptionIsBehindAWrongAnswer(t *testing.T) {
	behind := map[scenarios.Misconception]bool{}
	for _, l := range scenarios.Lessons() {
		questions := []*scenarios.Quiz{l.Change.Question}
		for i := range l.Stops {
			questions = append(questions, l.Stops[i].Question)
		}
		for _, q := range questions {
			for i := 0; q != nil && i < len(q.Choices); i++ {
				behind[q.Choices[i].Belief] = true
			}
		}
	}
	for _, q := range interview.Questions() {
		for i := range q.Choices {
			behind[q.Choices[i].Belief] = true
		}
		if q.Follow != nil {
			behind[q.Follow.Belief] = true
		}
	}
	for _, m := range scenarios.Misconceptions() {
		if !behind[m] {
			t.Errorf("no wrong answer is built on %s: %s", m, m.Text())
		}
	}
}

// A refutation is seen in two lanes, in the business of the lesson. Where the business
// is the point it is the remedy's own: no row is charged, and no stock takes a key.
func TestARefutationIsSeenInTheBusinessOfItsLesson(t *testing.T) {
	elsewhere := map[scenarios.Misconception]bool{7: true, 22: true, 26: true}
	for _, l := range scenarios.Lessons() {
		for _, q := range asked(l) {
			for _, c := range q.Choices {
				if c.Belief == 0 {
					continue
				}
				r, _ := Of(c.Belief)
				f, err := r.In(l.Scenario.Business)
				if err != nil {
					t.Fatal(err)
				}
				told, err := f.Lanes()
				if err != nil || len(told.Lanes) != 2 {
					t.Fatalf("%s: %v", c.Belief, err)
				}
				if told.Scenario.Business != l.Scenario.Business && !elsewhere[c.Belief] {
					t.Errorf("%s: %s is refuted with %s", l.Name, c.Belief, told.Scenario.Business)
				}
			}
		}
	}
}

func TestTheLanesOfEveryRemedyCanBeCompared(t *testing.T) {
	for _, r := range Remedies() {
		if _, err := refute(t, &r).Lanes(); err != nil {
			t.Error(err)
		}
	}
}

// A step of a transaction is told as what it is: until the commit nothing of it counts.
func TestASecondItemIsNotTakenBeforeTheCommit(t *testing.T) {
	r, _ := Of(3)
	text := refute(t, r).Text(style(true))
	if again, commits := strings.Index(text, "takes 1 item for Ann AGAIN, not committed yet."), strings.LastIndex(text, "m1b/1: commits."); again < 0 || commits < again {
		t.Errorf("got\n%s", text)
	}
	for _, r := range Remedies() {
		if r.Business != sim.Stock && strings.Contains(refute(t, &r).Text(style(true)), "not committed yet") {
			t.Errorf("%s: a charge waits for no commit", r.Belief)
		}
	}
}
