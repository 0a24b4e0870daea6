package cli

import (
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/doctor"
	"dejavu/ui/learn"
)

// What a refutation says to type is taken as it stands, on a terminal and without
// one, and shows the harm of which it tells.
func TestTheCommandOfEveryRemedyRuns(t *testing.T) {
	for _, r := range testkit.Sample(6, doctor.Remedies()) {
		refutation, err := r.Refute()
		if err != nil {
			t.Fatal(err)
		}
		words := refutation.Command()
		at := sit()
		if code := execute(at.streams, words); code != exitOK || at.shown == nil {
			t.Errorf("%s on a terminal: exit status %d: %s", r.Belief, code, at.err)
		}
		run, atHarm := strings.CutSuffix(strings.Join(words[1:], " "), " --at harm:1")
		if !atHarm {
			t.Errorf("%s: %v does not begin at the harm", r.Belief, words)
		}
		s, out, msg := desk("")
		if code := execute(s, append([]string{"run", "--json"}, strings.Fields(run)...)); code != exitOK {
			t.Errorf("%s: %v: exit status %d: %s", r.Belief, words, code, msg)
		}
		if strings.Count(out.String(), `"ok":false`) != 1 || strings.Count(out.String(), `"ok":true`) != 1 {
			t.Errorf("%s: %v shows something else:\n%s", r.Belief, words, out)
		}
		s, out, msg = desk("")
		if code := execute(s, []string{"learn", strings.ToLower(r.Belief.String())}); code != exitOK || !strings.Contains(out.String(), "dejavu "+strings.Join(words, " ")) {
			t.Errorf("learn %s: exit status %d: %s%s", r.Belief, code, msg, out)
		}
	}
}

func TestOfManyMisconceptionsTheLastAreNumbersOnly(t *testing.T) {
	s, _, _ := desk("")
	r := s.newStudy(&learnFlags{})
	all := scenarios.Misconceptions()
	got := r.ToRefute(all[6:13])
	want := "Misconceptions, and the command that refutes each:\n" +
		"  dejavu learn M7   one transaction covers an external charge\n" +
		"  dejavu learn M8   memory, or a cache with an expiry, is a store for IDs\n" +
		"  dejavu learn M9   doing it twice does no harm, so no ID is needed\n" +
		"  dejavu learn M10  the same content means a duplicate\n" +
		"  dejavu learn M11  dropping the duplicate finishes the job\n" +
		"  and M12, M13: give learn the number\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
	if got := r.ToRefute(nil); got != "" {
		t.Errorf("nothing was missed, and it says %q", got)
	}
}

func TestTheMenuOnTheScreenNamesWhatWasMissed(t *testing.T) {
	s, _, _ := desk("")
	r := s.newStudy(&learnFlags{})
	if got := r.Missed(); got != "" {
		t.Errorf("nothing was missed, and it says %q", got)
	}
	r.Done.Begin("ghost-charge", "text", 3)
	for _, m := range []scenarios.Misconception{14, 2} {
		r.Done.Answer("ghost-charge", &learn.Answer{Belief: m})
	}
	if got, want := r.Missed(), "Missed so far: an error means that nothing happened (dejavu learn M2 refutes it), and 1 more."; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
