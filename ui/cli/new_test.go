package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/token"
)

// Each comment that looks like a line of the file is an experiment: without its
// mark the file still reads, and something else comes out or is left to chance.
func TestEveryExperimentOfANewFileWorks(t *testing.T) {
	lines := strings.Split(begun("mine", starter, scenarioTitle), "\n")
	experiments := 0
	for i, line := range lines {
		bare, is := strings.CutPrefix(line, "# ")
		if !is || !strings.HasPrefix(bare, "- ") && !strings.HasPrefix(bare, "rates:") {
			continue
		}
		experiments++
		changed := strings.Split(begun("mine", starter, scenarioTitle), "\n")
		changed[i] = bare
		if strings.HasPrefix(bare, "- ") {
			changed[i] = "  " + bare
		}
		s, err := scenarios.Parse("mine.yaml", []byte(strings.Join(changed, "\n")))
		if err != nil {
			t.Errorf("%s: %v", bare, err)
			continue
		}
		if len(s.Faults) != 2 && !s.Rates.Any() {
			t.Errorf("%s changes nothing: %v", bare, s.Faults)
		}
	}
	if experiments < 4 {
		t.Errorf("%d experiments, want some to choose from", experiments)
	}
}

func TestANewFileExpectsWhatComesOut(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range append([]string{""}, testkit.Sample(6, scenarios.Names())...) {
		words := []string{"new", "it", "--force"}
		if name != "" {
			words = append(words, "--from", name)
		}
		if out, code := said(t, command("go run .", words...)); code != exitOK {
			t.Fatalf("%v: %s", words, out)
		}
		if out, code := said(t, "go run . run it.yaml --plain"); code != exitOK {
			t.Errorf("what was begun with %q does not come out as it expects:\n%s", name, out)
		}
	}
	if left, _ := filepath.Glob(".dejavu-*"); len(left) > 0 {
		t.Errorf("--force leaves %v behind", left)
	}
}

func TestTheTitleIsMadeOfTheName(t *testing.T) {
	for name, want := range map[string]string{
		"my-story": "My story", "folder/late_ack.yaml": "Late ack", "null": "Null", "42": "42", "\u00e9cart": "\u00c9cart", "a: b": "A: b",
		"-": "A story of mine", "\x1b[31m": "A story of mine", strings.Repeat("long ", 200): "A story of mine",
	} {
		s, err := scenarios.Parse("new.yaml", []byte(begun(name, starter, scenarioTitle)))
		if err != nil || s.Title != want {
			t.Errorf("%q gives the title %q, want %q: %v", name, s.Title, want, err)
		}
	}
}

func TestAFolderThatIsClosedIsSaid(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("nothing is closed to root")
	}
	t.Chdir(t.TempDir())
	if err := os.Mkdir("closed", 0o555); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"", " --force"} {
		out, code := said(t, "go run . new closed/mine"+how)
		if want := `cannot write "closed/mine.yaml": permission denied: write elsewhere, or print it with --stdout`; code != exitUsage || !strings.Contains(out, want) {
			t.Errorf("new%s ends with %d: %s", how, code, out)
		}
	}
}

// A token may have another business than its file. What the file expects of that could not
// be said of this.
func TestANewFileOfAChangedTokenReads(t *testing.T) {
	t.Chdir(t.TempDir())
	own, err := scenarios.Parse("own.yaml", []byte(`title: Lost ack
business: order
messages:
  - {id: m1, at: 1s, customer: Ann, amount: $40}
consumers: [naive]
faults: [lose-ack: m1]
expect:
  naive: {twice: [m1/stock]}
`))
	if err != nil {
		t.Fatal(err)
	}
	told := *own
	told.Business = sim.Stock
	word, err := token.Write(token.Token{Own: own, Scenario: &told, At: -1})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"go run . new it --from " + word, "go run . run it.yaml --plain"} {
		if out, code := said(t, line); code != exitOK {
			t.Errorf("%s: %s", line, out)
		}
	}
}
