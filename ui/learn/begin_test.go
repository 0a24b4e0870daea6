package learn

import (
	"errors"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/glossary"
)

const small = `title: a
teaches: b
scenario: lost-ack
stops:
`

func TestALessonThatItsRunContradictsIsRefusedAtItsPlace(t *testing.T) {
	question := func(first, second string) string {
		return small + "  - at: end\n    say: It is over.\n    ask: Who?\n    nudge: a\n    where: b\n    choices:\n" +
			"      - {say: a, why: b, if: " + first + "}\n      - {say: b, why: b, if: " + second + "}\n"
	}
	for _, c := range []struct{ file, want string }{
		{small + "  - {at: delivery m1/2, say: a}\n", "5:10: the run never comes to delivery m1/2"},
		{small + "  - {at: end, say: a}\n  - {at: first effect, say: b}\n", "6:10: first effect comes before the stop above it"},
		{small + "  - {at: end, say: a}\nterms: [ack, acks and nuts]\n", "6:14: nothing explains \"acks and nuts\""},
		{question("naive twice m2", "naive never none"), "12:9: a second choice that the run makes true"},
		{question("naive twice none, belief: M1", "naive twice m1, belief: M1"), "5:5: no choice of this question is true"},
		{question("naive twice m2, belief: M1", "naive twice m1, belief: M1"), "11:9: the run makes this true, so it is no misconception"},
		{question("naive twice m2", "naive twice m1"), "12:9: the run makes this false, and it has no belief"},
	} {
		l, err := scenarios.ParseLesson("a.yaml", []byte(c.file))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Begin(l, false)
		var mistake *scenarios.Error
		if !errors.As(err, &mistake) || !strings.HasPrefix(err.Error(), "a.yaml:"+c.want) || !strings.Contains(err.Error(), "^") {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

// claimed decides a claim, "in" a scenario with its lanes, at a place.
func claimed(t *testing.T, in, place, claim string) bool {
	t.Helper()
	file := "title: a\nteaches: b\nscenario: " + strings.Replace(in, " ", "\nlanes: ", 1) + "\nstops:\n" +
		"  - at: " + place + "\n    say: a\n    ask: b\n    nudge: c\n    where: d\n    choices:\n" +
		"      - {say: a, why: b, if: " + claim + "}\n      - {say: b, why: b, belief: M1, if: not " + claim + "}\n"
	l, err := scenarios.ParseLesson("a.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	_, err = Begin(l, false)
	return err == nil
}

func TestClaimsAreFoundInTheRun(t *testing.T) {
	for _, c := range []struct {
		place, claim string
		so           bool
	}{
		{"end", "harmed naive", true}, {"end", "harmed naive inbox", false}, {"end", "harmed none", false},
		{"end", "naive twice m3 m2", true}, {"end", "naive twice m2", false}, {"end", "inbox twice none", true},
		{"end", "naive never none", true}, {"end", "naive parked none", true}, {"end", "naive pending m1", false},
		{"end", "naive taken $335", true}, {"end", "naive excess $135", true}, {"end", "naive missing $1", false},
		{"end", "naive did m2 2", true}, {"fault 1", "naive did m2 1", true},
		{"first delivery", "naive did m1 0", true}, {"end", "naive delivered m2 2", true}, {"fault 2", "naive delivered m2 1", true},
		{"fault 1", "naive queue m2 hidden", true}, {"end", "naive queue m2 done", true}, {"timeout m2", "naive queue m2 waiting", true},
		{"end", "inbox holds m1 m2", true}, {"end", "naive holds none", true}, {"end", "inbox holds none", false},
		{"insert m2 in inbox", "inbox holds m2", false}, {"commit m2 in inbox", "inbox holds m2", true},
		{"end", "inbox performs m2", true}, {"end", "inbox performs m2/2", false}, {"end", "naive performs m2/2", true},
		{"end", "inbox finds m2/2", true}, {"end", "inbox finds m2", false}, {"end", "inbox waits m2", false},
		{"parting", "naive did m2 2", true}, {"harm m3 in naive", "naive did m3 2", true}, {"ack m2/2 in naive", "naive queue m2 done", true},
		{"publish m4", "naive did m4 0", true}, {"mark m1 in inbox", "inbox did m1 0", true}, {"start", "naive delivered m1 0", true},
	} {
		if got := claimed(t, "lost-ack-then-crash [naive, inbox]", c.place, c.claim); got != c.so {
			t.Errorf("at %s: %s: %v", c.place, c.claim, got)
		}
	}
	if !claimed(t, "twins [inbox]", "end", "inbox waits m3b") || claimed(t, "twins [naive]", "end", "naive waits m3b") {
		t.Error("who waits for a row lock is not found")
	}
	if !claimed(t, "crash-before-effect [mark-first]", "harm", "mark-first queue m3 done") {
		t.Error("a loss is not found")
	}
}

// Whoever looks up a word of a lesson finds it, and from there the way on.
func TestEveryTermOfALessonIsExplainedAndLeadsOn(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		if len(l.Terms) == 0 {
			t.Errorf("%s links to no word", l.Name)
		}
		for _, term := range l.Terms {
			e, known := glossary.Find(term)
			if !known {
				t.Errorf("%s links to %q, which nothing explains", l.Name, term)
				continue
			}
			for _, other := range e.See {
				if _, known := glossary.Find(other); !known {
					t.Errorf("%s links to %q, and that to %q, which nothing explains", l.Name, term, other)
				}
			}
		}
	}
}
