package cli

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/report"
)

var (
	playIt = regexp.MustCompile(`(?m)^  Play it: go run \. play (.*)$`)
	saveIt = regexp.MustCompile(`(?m)^  To play it, write it to a file: (go run \. check .*)$`)
)

// played returns what stands after play in the line that plays a counterexample, and whether
// that begins at the harm. A line that writes a file to be played is run for it.
func played(t *testing.T, found string) (string, bool) {
	t.Helper()
	if line := playIt.FindStringSubmatch(found); line != nil {
		return opened(t, line[1])
	}
	line := saveIt.FindStringSubmatch(found)
	if line == nil {
		t.Fatalf("no line plays\n%s", found)
	}
	t.Chdir(t.TempDir())
	out, code := said(t, line[1])
	_, file, ok := strings.Cut(out, "Play it: go run . play ")
	if code != exitOK && !strings.Contains(line[1], "--require") || !ok { // what is required, but breaks, is a failure
		t.Fatalf("%s ends with %d:\n%s", line[1], code, out)
	}
	file, _, _ = strings.Cut(file, "\n")
	return opened(t, strings.TrimSpace(file))
}

// opened returns a line that plays a counterexample without where it begins, if it is shown.
func opened(t *testing.T, line string) (string, bool) {
	t.Helper()
	rest, atHarm := strings.CutSuffix(line, " --at harm:1")
	at := sit()
	if code := execute(at.streams, append([]string{"play"}, strings.Fields(line)...)); code != exitOK || at.shown == nil {
		t.Errorf("play %s ends with %d: %s", line, code, at.err)
	}
	return rest, atHarm
}

const laterCommit = "a plan strikes the first commit of an attempt, and here it is a later one"

// judged finds what a counterexample is about: the line below it begins with its name.
var judged = regexp.MustCompile(`(?m)^  (m[0-9]+)\b`)

// Each line that plays a counterexample does what the story above it says, for every
// consumer, business and kind of fault.
func TestEveryPlayLineBreaksWhatItsStoryBreaks(t *testing.T) {
	some := strings.Join(testkit.Sample(8, consumers.Names()), " ")
	for _, kinds := range testkit.Sample(2, []string{
		"crash,overrun,lose-ack,lose-reply,fail,copy", "crash", "overrun", "lose-ack", "lose-reply", "fail", "copy", "republish", "republish-as", "restart",
	}) {
		out, code := said(t, "go run . check "+some+" --faults 1 --only "+kinds)
		if code != exitOK {
			t.Fatalf("check --only %s ends with %d:\n%s", kinds, code, out)
		}
		ends := strings.Split(out, " is broken in ")
		for i, found := range ends[1:] {
			property := ends[i][strings.LastIndex(ends[i], "\n")+1:]
			if found, _, _ = strings.Cut(found, "Searched"); strings.Contains(found, laterCommit) && strings.Contains(found, "recovery_points.go") {
				continue // each of its effects has a commit of its own
			}
			if strings.Contains(found, "It cannot be played") && strings.Contains(found, "cursor_relay.go") && strings.Contains(found, "sets Ann's status") {
				continue // the older has to draw the later number
			}
			line, atHarm := played(t, found)
			if stuck := property == "  never stuck"; atHarm == stuck {
				t.Errorf("%q begins at a harm: %v, and breaks%s", line, atHarm, property)
			}
			told, code := said(t, "go run . run --json "+line)
			var r report.Report
			if err := json.Unmarshal([]byte(told), &r); err != nil || code != exitOK {
				t.Errorf("%s ends with %d, %v:\n%s", line, code, err, told)
				continue
			}
			lane := r.Lanes[0]
			harmed := map[string][]string{"  never twice": lane.Twice, "  never stale": lane.Twice, "  never lost": lane.Never, "  never stuck": slices.Concat(lane.Pending, lane.Unsettled)}[property]
			victim := "m1"
			if named := judged.FindStringSubmatch(found); named != nil {
				victim = named[1]
			}
			if !slices.ContainsFunc(harmed, func(m string) bool { return m == victim || strings.HasPrefix(m, victim+"/") }) {
				t.Errorf("%q does not break %q of %s:\n%s", line, property, victim, told)
			}
		}
		if len(ends) < 2 {
			t.Errorf("nothing breaks with %s", kinds)
		}
	}
}

// Nothing of the cards depends on time or on the order in which searches end.
func TestACheckSaysTheSameTwice(t *testing.T) {
	some := testkit.Sample(8, consumers.Names())
	line := "go run . check " + strings.Join(some, " ") + " --faults 1"
	first, _ := said(t, line)
	if again, _ := said(t, line); again != first {
		t.Errorf("first:\n%s\nthen:\n%s", first, again)
	}
	if n := len(strings.Split(first, "Searched")) - 1; n != len(sim.Businesses())*len(some) {
		t.Errorf("%d cards, want one for each of %d consumers in each business", n, len(some))
	}
	for _, l := range strings.Split(first, "\n") {
		if len([]rune(l)) > 100 && !strings.Contains(l, "go run .") {
			t.Errorf("%d columns: %q", len([]rune(l)), l)
		}
	}
}

// What is found is the same on every machine; how long it took is not, so it stands
// beside it.
func TestHowLongASearchTookIsNoPartOfItsResult(t *testing.T) {
	cards := func(terminal bool) (string, string) {
		var out, err bytes.Buffer
		s := &streams{
			in: strings.NewReader(""), out: &out, err: &err, width: 100, errTerminal: terminal,
			getenv: func(string) string { return "" }, start: "dejavu",
		}
		if code := execute(s, []string{"check", "naive", "--business", "card", "--faults", "1"}); code != exitOK {
			t.Fatalf("check ends with %d: %s", code, err.String())
		}
		return out.String(), err.String()
	}
	plain, quiet := cards(false)
	watched, said := cards(true)
	if plain != watched {
		t.Error("a terminal on standard error changes what is found")
	}
	if quiet != "" || !strings.Contains(said, "Searched in ") {
		t.Errorf("said %q without a terminal and %q on one", quiet, said)
	}
}
