package story_test

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/ui/story"
)

// recounted is a scenario told in stretches that end after these steps.
func recounted(t *testing.T, name string, step func(st *story.Story, n int) bool) (*story.Story, string) {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatal(name)
	}
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	r, from := st.Recount(), 0
	for n := 1; n <= st.Steps(); n++ {
		if !step(st, n) && n < st.Steps() {
			continue
		}
		for _, line := range r.Tell(from, n) {
			b.WriteString(line.Plain() + "\n")
		}
		from = n
	}
	return st, b.String()
}

func TestARecountLeavesNothingOutHoweverItIsCut(t *testing.T) {
	for _, name := range []string{"lost-ack-then-crash", "twins", "stop-the-world", "deploy", "bank-504", "producer-retry"} {
		st, whole := recounted(t, name, func(*story.Story, int) bool { return false })
		_, byStop := recounted(t, name, func(st *story.Story, n int) bool { return st.StopAt(n) != nil })
		_, byStep := recounted(t, name, func(*story.Story, int) bool { return true })
		for _, text := range []string{whole, byStop, byStep} {
			for _, l := range st.Lanes {
				if got, want := strings.Count(text, " AGAIN"), 0; len(l.Outcome.Twice) > 0 && got == want {
					t.Errorf("%s: nobody is harmed in\n%s", name, text)
				}
			}
			for i := range st.Scenario.Messages {
				if !strings.Contains(text, ", "+st.Scenario.Messages[i].ID+":") {
					t.Errorf("%s does not tell of %s:\n%s", name, st.Scenario.Messages[i].ID, text)
				}
			}
			for _, term := range []string{"(ack)", "(visibility timeout)", "(nack)"} {
				if strings.Count(text, term) > 1 {
					t.Errorf("%s explains %s more than once:\n%s", name, term, text)
				}
			}
		}
	}
}

func TestARecountTellsWhatHappenedToNoAttempt(t *testing.T) {
	for name, want := range map[string]string{
		"deploy":         "all processes are restarted.\n",
		"producer-retry": ", BROKER-WINDOW: m2b: [D] m2 is published again, under the same message ID, and is dropped (dedup window): ",
	} {
		if _, text := recounted(t, name, func(*story.Story, int) bool { return false }); strings.Count(text, want) != 1 {
			t.Errorf("%s should say %q once:\n%s", name, want, text)
		}
	}
}

func TestATallyKeepsTooMuchAndNeverApart(t *testing.T) {
	st, _ := recounted(t, "crash-before-effect", func(*story.Story, int) bool { return false })
	if got := st.Tally(st.Steps()).Plain(); !strings.Contains(got, "MARK-FIRST $55, $120 never;") || !strings.HasSuffix(got, "INBOX $175.") {
		t.Errorf("got %s", got)
	}
	if got := st.Tally(0).Plain(); !strings.HasPrefix(got, "Taken so far: NAIVE $0;") {
		t.Errorf("got %s", got)
	}
}
