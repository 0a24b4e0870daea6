package interview

import (
	"fmt"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/proof"
)

func TestThereAreTheQuestionsThatInterviewersAsk(t *testing.T) {
	if n := len(Questions()); n != 24 {
		t.Errorf("%d questions, want 24", n)
	}
	designs, names := 0, map[string]bool{}
	for _, q := range Questions() {
		if names[q.Name] {
			t.Errorf("two questions are called %q", q.Name)
		}
		names[q.Name] = true
		if n := len(q.Points); n < 3 || n > 6 {
			t.Errorf("%s: %d points, want 3 to 6", q.Name, n)
		}
		asked := map[Criterion]bool{}
		for _, p := range q.Points {
			asked[p.Row] = true
			if len(p.Text) > 140 || !strings.HasSuffix(p.Text, ".") {
				t.Errorf("%s: not a short sentence: %s", q.Name, p.Text)
			}
		}
		if len(asked) < 2 {
			t.Errorf("%s: all its points count for one row", q.Name)
		}
		if len(q.Shows) == 0 {
			t.Errorf("%s: no command shows it", q.Name)
		}
		if design := len(q.Choices) > 0; design == (q.Follow != nil) {
			t.Errorf("%s: want choices or a follow-up, and not both", q.Name)
		} else if design {
			designs++
			if len(q.Choices) < 3 {
				t.Errorf("%s: %d choices, want 3 or more", q.Name, len(q.Choices))
			}
		}
	}
	if designs < 5 {
		t.Errorf("%d design questions, want 5 or more", designs)
	}
}

// What breaks is for the search to say. That there is something to learn from each
// design question, and that no number is a good guess everywhere, is held here.
func TestEveryAttackSaysSomething(t *testing.T) {
	guesses := map[Fate]int{}
	right := map[int]int{}
	designs := 0
	for _, q := range Questions() {
		fates := map[Fate]bool{}
		for i, c := range q.Choices {
			o := tell(t, q.Name, &c.Attack)
			fates[o.Fate] = true
			if o.Fate == Once {
				right[i]++
			}
		}
		if q.Follow != nil {
			guesses[tell(t, q.Name, &q.Follow.Attack).Fate]++
			continue
		}
		designs++
		if len(fates) < 2 {
			t.Errorf("%s: all choices end alike, so nothing is learned from choosing", q.Name)
		}
	}
	for f, n := range guesses {
		if 2*n > len(Questions())-designs {
			t.Errorf("%d of %d follow-ups end with %s: nobody needs to think", n, len(Questions())-designs, f)
		}
	}
	for i, n := range right {
		if 2*n > designs {
			t.Errorf("in %d of %d design questions choice %d holds: nobody needs to think", n, designs, i+1)
		}
	}
}

// Whoever falls for something can see it refuted: the belief behind it has a number.
// What holds is built on none.
func TestWhatBreaksIsBuiltOnAMisconception(t *testing.T) {
	held := func(name string, a *Attack, m scenarios.Misconception) {
		o, err := a.Make()
		if err != nil {
			t.Fatal(err)
		}
		if (o.Fate == Once) != (m == 0) || m != 0 && m.Text() == "" {
			t.Errorf("%s: %s ends %s, and is said to be built on %s", name, a.Consumer, o.Fate, m)
		}
	}
	for _, q := range Questions() {
		for i := range q.Choices {
			held(q.Name, &q.Choices[i].Attack, q.Choices[i].Belief)
		}
		if q.Follow != nil {
			held(q.Name, &q.Follow.Attack, q.Follow.Belief)
		}
	}
}

// A design that is called good holds against all the usual faults, and not only
// against those that its question is about.
func TestWhatHoldsInASittingHoldsAgainstAllUsualFaults(t *testing.T) {
	holds := func(name string, a Attack) {
		if o, err := a.Make(); err != nil || o.Fate != Once || o.Case == nil {
			return
		}
		a.Only, a.Faults = nil, usualFaults
		if o, _ := a.Make(); o.Fate != Once {
			t.Errorf("%s: %s with %s is called good, and ends %s", name, a.Consumer, a.Business, o.Fate)
		}
	}
	for _, q := range Questions() {
		for _, c := range q.Choices {
			holds(q.Name, c.Attack)
		}
		if q.Follow != nil {
			holds(q.Name, q.Follow.Attack)
		}
	}
}

// tell makes an attack, and holds how it is told.
func tell(t *testing.T, name string, a *Attack) *Finding {
	t.Helper()
	o, err := a.Make()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if fateWords[o.Fate] == "" {
		t.Errorf("%s: %s ends with %q, which nobody can guess", name, a.Consumer, o.Fate)
	}
	for _, plain := range []bool{false, true} {
		st := style(plain)
		p := &page{Layout: &st}
		p.attack(a, o)
		if o.Trace != nil {
			if n := len(proof.Rows(o.Trace)); n > MostRows {
				t.Errorf("%s: the counterexample of %s takes %d lines", name, a.Consumer, n)
			}
		}
		for _, l := range strings.Split(p.String(), "\n") {
			if !plain && len([]rune(l)) > Columns && !strings.Contains(l, "dejavu ") {
				t.Errorf("%s: a line of more than %d columns: %s", name, Columns, l)
			}
		}
	}
	return o
}

func TestTheSheetFitsOnThreePages(t *testing.T) {
	st := style(false)
	sheet := Sheet(st.Line)
	if n := strings.Count(sheet, "\n"); n > 150 {
		t.Errorf("the sheet has %d lines, at most 150", n)
	}
	for _, q := range Questions() {
		if !strings.Contains(sheet, " "+q.Asks+"\n") {
			t.Errorf("%s is not on the sheet", q.Name)
		}
		for _, p := range q.Points {
			if !strings.Contains(sheet, "- "+p.Text+" ["+p.Row.String()+"]\n") {
				t.Errorf("%q is not on the sheet", p.Text)
			}
		}
	}
	golden(t, "sheet.md", sheet)
}

// The figures about storage are those of a run, multiplied by the rate and the week
// that the question names.
func TestTheStorageIsWhatARunCostsTimesTheRate(t *testing.T) {
	s, _ := scenarios.Get("lost-ack-then-crash")
	attack := Attack{Consumer: "inbox", Business: sim.Card, Scenario: s.Name}
	o, err := attack.Make()
	if err != nil {
		t.Fatal(err)
	}
	kept := o.Story.Lanes[0].Costs().End
	rowsAWeek := int64(10_000 * 604_800)
	each := kept.Bytes / kept.Entries
	text := ""
	for _, q := range keeping {
		for _, p := range q.Points {
			text += p.Text + "\n"
		}
	}
	for _, want := range []string{
		fmt.Sprintf("%d IDs take %d B here, row included: %d B each.", kept.Entries, kept.Bytes, each),
		fmt.Sprintf("is %d billion rows.", rowsAWeek/1e9), fmt.Sprintf("about %d GB.", rowsAWeek*int64(each)/1e9),
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the question on storage does not say %q", want)
		}
	}
}
