package story

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/words"
)

func TestALoopIsToldTwiceAndThenCounted(t *testing.T) {
	for _, test := range []struct{ told, want string }{
		{"", ""},
		{"a1 a1 a1 a1 a1", "a a a a a"},
		{"a1 a1 a1 a1 a1 a1", "a a a+4..5 - - -"},
		{"a1 b1 a1 b1 a1 b1 a1 b1 a1 b1 a1 b1", "a b a b a+4..10 b+4..11 - - - - - -"},
		{"a1 a2 a1 a2 a1 a2 a1 a2", "a a a a a a a a"},
		{"a0 a1 a1 a1 a1 a1 a1 a2", "a a a a+4..6 - - - a"},
	} {
		all := strings.Fields(test.told)
		var got []string
		for i, f := range folds(len(all), func(i int) string { return all[i][:1] }, func(i int) string { return all[i] }) {
			switch {
			case f.hidden:
				got = append(got, "-")
			case f.more > 0:
				got = append(got, fmt.Sprintf("%s+%d..%d", all[i][:1], f.more, f.last))
			default:
				got = append(got, all[i][:1])
			}
		}
		if text := strings.Join(got, " "); text != test.want {
			t.Errorf("%s is folded to %s, want %s", test.told, text, test.want)
		}
	}
}

// endless is a scenario in which every perform fails, with a budget.
func endless(t *testing.T, events int) *Story {
	t.Helper()
	quiet, _ := scenarios.Get("quiet-day")
	s := *quiet
	s.Rates, s.MaxEvents = sim.Rates{sim.FailFault: 1}, events
	st, err := Tell(&s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// However long a loop goes on, its text is as long as one round of it; what programs
// read is not folded.
func TestAnEndlessRunIsToldOnAPage(t *testing.T) {
	for form, write := range map[string]func(s *Story, b *bytes.Buffer) error{
		"text":  func(s *Story, b *bytes.Buffer) error { return s.WriteText(b, 100, nil) },
		"plain": func(s *Story, b *bytes.Buffer) error { return s.WritePlain(b) },
	} {
		var lines [2]int
		for i, events := range []int{4000, 16000} {
			var b bytes.Buffer
			if err := write(endless(t, events), &b); err != nil {
				t.Fatal(err)
			}
			lines[i] = strings.Count(b.String(), "\n")
			if !strings.Contains(b.String(), "and so on, ") || !strings.Contains(b.String(), "The run was ended after "+words.Grouped(int64(events))+" events") {
				t.Errorf("%s of %d events does not say that it goes on, and was ended", form, events)
			}
		}
		if max(lines[0], lines[1]) > 300 {
			t.Errorf("%s: %d lines for 4,000 events and %d for 16,000: want few for both", form, lines[0], lines[1])
		}
	}
}

func TestARunThatIsCutMeetsNoExpectation(t *testing.T) {
	st := endless(t, 2000)
	e := scenarios.Expectation{Consumer: "naive", Twice: []string{}}
	if got := e.Differences(st.Lanes[0].Outcome); len(got) != 1 || !strings.Contains(got[0], "budget of events") {
		t.Errorf("differences %q", got)
	}
	r := st.Report()
	if r.Lanes[0].Ending != "out-of-events" || r.Lanes[0].OK || len(r.Lanes[0].Never) > 0 || len(r.Lanes[0].Pending) != len(st.Scenario.Messages) {
		t.Errorf("reported as %+v", r.Lanes[0])
	}
	if end := st.Narrate(st.Steps()); !strings.Contains(end.Lines[0].Plain(), "was ended after 2,000 events") {
		t.Errorf("at its end the screen says %q", end.Lines[0].Plain())
	}
}

// The time that stands before a lane never touches what follows it.
func TestALongNameDoesNotRunIntoTheLanes(t *testing.T) {
	quiet, _ := scenarios.Get("quiet-day")
	s := *quiet
	s.Messages = append([]sim.Owed(nil), s.Messages[:1]...)
	s.Messages[0].ID = "order-7031-of-ann"
	s.Messages[0].Message.ID = s.Messages[0].ID
	s.Faults = []sim.Fault{{Kind: sim.LoseAckFault, Message: s.Messages[0].ID}}
	st, err := Tell(&s)
	if err != nil {
		t.Fatal(err)
	}
	for _, width := range []int{40, 80, 160} {
		var b bytes.Buffer
		if err := st.WriteText(&b, width, nil); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), "order-7031-of-ann/2 ") {
			t.Errorf("at %d cells the name and what follows are one word:\n%s", width, b.String())
		}
	}
}
