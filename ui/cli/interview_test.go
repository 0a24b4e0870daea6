package cli

import (
	"regexp"
	"strings"
	"testing"

	"dejavu/sim/testkit"
	"dejavu/ui/interview"
)

// quick is a command of a page with one fault, where it names no number: that it
// parses and runs shows then as well, and a search of three takes its time.
func quick(line string) string {
	if strings.Contains(line, " check ") && !strings.Contains(line, "--faults") {
		line += " --faults 1"
	}
	return line
}

var figure = regexp.MustCompile(`[0-9][0-9,]*`)

// derived are the figures on storage, which are products: see
// TestTheStorageIsWhatARunCostsTimesTheRate.
var derived = []string{"10,000", "604,800", "6", "52", "314"}

func TestEveryCommandOfAnInterviewRunsAndShowsTheNumbersOfItsPoints(t *testing.T) {
	ran := map[string]string{}
	runs := func(words ...string) string {
		line := quick("go run . " + strings.Join(words, " "))
		if _, done := ran[line]; !done {
			out, code := said(t, line)
			if code != exitOK {
				t.Errorf("%s ends with %d:\n%s", line, code, out)
			}
			ran[line] = out
		}
		return ran[line]
	}
	for _, q := range testkit.Sample(3, interview.Questions()) {
		shown := ""
		for _, show := range q.Shows {
			shown += runs(strings.Fields(show)...)
		}
		for _, p := range q.Points {
			for _, n := range figure.FindAllString(p.Text, -1) {
				if !regexp.MustCompile(`(^|[^0-9])`+n+`([^0-9]|$)`).MatchString(shown) && !strings.Contains(strings.Join(derived, " "), n) {
					t.Errorf("%s: no command of it shows the %s of %q", q.Name, n, p.Text)
				}
			}
		}
		attacks := []*interview.Attack{}
		for i := range q.Choices {
			attacks = append(attacks, &q.Choices[i].Attack)
		}
		if q.Follow != nil {
			attacks = append(attacks, &q.Follow.Attack)
		}
		for _, a := range attacks {
			o, err := a.Make()
			if err != nil {
				t.Fatal(err)
			}
			runs(a.Words()...)
			if words := a.Replay(o); words != nil {
				runs(words...)
			}
		}
	}
}

// What a sitting says of a choice, the command below it shows.
func TestWhatPlaysACounterexampleShowsIt(t *testing.T) {
	for _, q := range testkit.Sample(4, interview.Questions()) {
		for _, c := range q.Choices {
			o, err := c.Make()
			if err != nil {
				t.Fatal(err)
			}
			if words := c.Replay(o); words != nil && o.Trace != nil {
				out, _ := said(t, "go run . run "+strings.Join(words[1:], " ")+" --json")
				if !regexp.MustCompile(`"(twice|never)":\["m1"`).MatchString(out) {
					t.Errorf("%s, %s: %s harms nobody:\n%s", q.Name, c.Consumer, strings.Join(words, " "), out)
				}
			}
		}
	}
}
