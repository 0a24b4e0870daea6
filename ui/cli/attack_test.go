package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"dejavu/scenarios"
)

// refused runs a command line that is wrong, and returns what is said of it.
func refused(t *testing.T, args ...string) string {
	t.Helper()
	s, out, msg := desk("")
	if code := execute(s, args); code != exitUsage || out.Len() > 0 {
		t.Errorf("%.100q: exit status %d, want %d; wrote %.200q", args, code, exitUsage, out)
	}
	return msg.String()
}

// What cannot be saved is found before anything is searched, and nothing of the
// reader's is touched. Were it searched first, the bounds here would take minutes.
func TestWhatCannotBeSavedIsNotSearchedFor(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{"mine.yaml": "precious", "-": "precious"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("nowhere", "link.yaml"); err != nil {
		t.Skip(err)
	}
	long := strings.Repeat("x", 300) + ".yaml"
	for file, want := range map[string]string{
		"":               "--save: a file is missing: give a name, such as found.yaml\n",
		"-":              "--save needs a file, not -: give a name, such as found.yaml\n",
		"mine.yaml":      "--save: there is a file \"mine.yaml\" already: name another, or remove it\n",
		"link.yaml":      "--save: there is a file \"link.yaml\" already: name another, or remove it\n",
		".":              "--save: \".\" is a folder: name a file in it, such as found.yaml\n",
		"new/":           "--save: \"new/\" is a folder: name a file in it, such as new/found.yaml\n",
		"new/found.yaml": "--save: there is no folder \"new\": make it first, or write elsewhere\n",
		long:             "--save: cannot write \"" + long + "\": file name too long: write elsewhere\n",
		"mine.yaml/x":    "--save: there is no folder \"mine.yaml\": make it first, or write elsewhere\n",
	} {
		search := []string{"check", "outbox", "--business", "card", "--faults", "5", "--max-states", "2147483647", "--save", file}
		for _, args := range [][]string{search, {"check", "naive", "--shrink", "bad-weather", "--save", file}} {
			if said := refused(t, args...); said != want {
				t.Errorf("%q: said\n%swant\n%s", args, said, want)
			}
		}
	}
	for _, name := range []string{"mine.yaml", "-"} {
		if text, err := os.ReadFile(name); string(text) != "precious" {
			t.Errorf("%s is now %q, %v", name, text, err)
		}
	}
	if there, _ := filepath.Glob("*"); len(there) != 3 {
		t.Errorf("written: %q", there)
	}
}

// What is asked for and not done is refused, and not passed over.
func TestFlagsOfCheckThatHaveNoMeaningTogetherAreRefused(t *testing.T) {
	for flags, want := range map[string]string{
		"--shrink bad-weather --messages 1":            "--messages does not go with --shrink, which does not search\n",
		"--shrink bad-weather --require never-lost":    "--require does not go with --shrink, which does not search\n",
		"--shrink bad-weather --only copy --faults 1":  "--faults does not go with --shrink, which does not search\n",
		"--shrink bad-weather --json":                  "--json does not go with --shrink, which does not search\n",
		"--shrink bad-weater":                          "--shrink: unknown scenario \"bad-weater\"; did you mean \"bad-weather\"?\n",
		"--business card --play --json":                "--play and --json are two results: choose one\n",
		"--business card --play --save found-now.yaml": "--save and --play are two results: choose one\n",
		"--business card --json --save found-now.yaml": "--save and --json are two results: choose one\n",
	} {
		if said := refused(t, append([]string{"check", "naive"}, strings.Fields(flags)...)...); said != want {
			t.Errorf("%s: said\n%swant\n%s", flags, said, want)
		}
	}
}

// What was typed may be long; what is wrong with it and what to write are still said.
func TestOfALongMessageBothEndsAreSaid(t *testing.T) {
	for args, end := range map[string]string{
		"run quiet-day --profile " + strings.Repeat("世", 5000):  "postgres-skip-locked\n",
		"run quiet-day --business " + strings.Repeat("x", 5000): "one of card, mail, stock, order, status\n",
		"new " + strings.Repeat("x", 5000):                      "write elsewhere, or print it with --stdout\n",
	} {
		said := refused(t, strings.Fields(args)...)
		if !strings.HasSuffix(said, end) || !strings.Contains(said, " ... ") || len(said) > 2*longest || !utf8.ValidString(said) {
			t.Errorf("%.30q: said %q, want the end %q", args, said, end)
		}
	}
}

// What is something else than was wanted is said to be that, with where to go.
func TestWhatIsNoLessonIsSaidToBeWhatItIs(t *testing.T) {
	t.Chdir(t.TempDir())
	for line, want := range map[string]string{
		"learn lost-ack":                 "lost-ack is a scenario, not a lesson: dejavu play lost-ack\n",
		"learn lost-ack --reset":         "lost-ack is a scenario, not a lesson: dejavu play lost-ack\n",
		"learn inbox":                    "\"inbox\" is a word, not a lesson: dejavu explain inbox\n",
		"learn keyz":                     "unknown lesson \"keyz\"; did you mean \"keys\"?\n",
		"learn --reset nonsense":         "unknown lesson \"nonsense\": one of ghost-charge, where-from, three-orders, store-must-survive, outside-world, keys, order-and-leases\n",
		"learn --reset M5":               "--reset M5: a refutation keeps no progress: name a lesson, or none to forget all\n",
		"learn --reset M99":              "unknown misconception: want a number from M1 to M27, got \"M99\"\n",
		"learn --reset none.yaml":        "there is no file \"none.yaml\": check the path\n",
		"new mine --lesson --from twins": "--from: twins is a scenario, not a lesson: dejavu play twins\n",
	} {
		if said := refused(t, strings.Fields(line)...); said != want {
			t.Errorf("%s: said\n%swant\n%s", line, said, want)
		}
	}
}

// An empty value is one that was typed, and no flag that was not.
func TestAnEmptyValueIsRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, line := range []string{
		"matrix --business", "matrix --only", "sweep bad-weather --shard", "sweep bad-weather --seeds", "new mine --from", "new mine --lesson --from", "new --schema --from",
		"check naive --business", "check naive --only", "check naive --scenario", "check naive --profile", "check naive --require", "check naive --shrink",
		"matrix --format", "interview --seed", "play twins --theme", "play twins --speed", "play twins --at", "learn --theme",
	} {
		if said := refused(t, append(strings.Fields(line), "")...); !strings.HasPrefix(said, "--") {
			t.Errorf("%s '': said %q, want the name of the flag", line, said)
		}
	}
	if there, _ := filepath.Glob("*"); len(there) > 0 {
		t.Errorf("written: %q", there)
	}
}

// Nothing is written under a name that is none.
func TestNewTakesNoFolderForAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, want := range map[string]string{
		"x/":     "\"x/\" is a folder: name a file in it, such as dejavu new x/mine\n",
		"x/..":   "\"x/..\" is a folder: name a file in it, such as dejavu new mine\n",
		".":      "\".\" is a folder: name a file in it, such as dejavu new mine\n",
		"..":     "\"..\" is a folder: name a file in it, such as dejavu new ../mine\n",
		"/":      "\"/\" is a folder: name a file in it, such as dejavu new /mine\n",
		".yaml":  "\".yaml\" does not name a file: want a word, such as dejavu new mine\n",
		"./.yml": "\"./.yml\" does not name a file: want a word, such as dejavu new mine\n",
	} {
		for _, args := range [][]string{{"new", name}, {"new", name, "--force"}, {"new", name, "--lesson"}} {
			if said := refused(t, args...); said != want {
				t.Errorf("%q: said\n%swant\n%s", args, said, want)
			}
		}
	}
	if there, _ := filepath.Glob("*"); len(there) > 0 {
		t.Errorf("written: %q", there)
	}
}

// The number that an error names as an example is one that is taken.
func TestTheExampleOfANumberIsTaken(t *testing.T) {
	for _, line := range []string{
		"check naive --business card --messages", "check naive --business card --workers", "check naive --business card --faults", "check naive --business card --copies",
		"check naive --business card --max-deliveries", "check naive --business card --max-states", "sweep lost-ack --rates lose-ack=5% --consumers naive --seeds 1..1 --jobs", "interview --questions",
	} {
		args := strings.Fields(line)
		said := refused(t, append(args, "many")...)
		_, such, _ := strings.Cut(said, "want a whole number, such as ")
		such, _, _ = strings.Cut(such, "\n")
		s, _, msg := desk("")
		if code := execute(s, append(args, such)); code != exitOK {
			t.Errorf("%s %s: exit status %d: %s", line, such, code, msg)
		}
	}
}

// What is kept and cannot be read is not said to be forgotten.
func TestWhatIsNotForgottenIsNotSaidToBe(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "dejavu", "progress.json")
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	other := `{"schema":"dejavu.progress/99"}`
	if err := os.WriteFile(path, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	s, out, msg := desk("")
	s.getenv = lookup("XDG_STATE_HOME=" + dir)
	if code := execute(s, []string{"learn", "1", "--reset"}); code != exitUsage || out.Len() > 0 || !strings.HasSuffix(msg.String(), "nothing is forgotten: to forget all, dejavu learn --reset\n") {
		t.Errorf("exit status %d, wrote %q, said %q", code, out, msg)
	}
	if text, err := os.ReadFile(path); string(text) != other {
		t.Errorf("it is now %q, %v", text, err)
	}
}

// A scenario may have more workers than a search takes: then the flag to say is named.
func TestTooManyWorkersOfAScenarioAreAnsweredWithTheFlag(t *testing.T) {
	t.Chdir(t.TempDir())
	src, _ := scenarios.Get("quiet-day")
	if err := os.WriteFile("crowd.yaml", []byte(strings.Replace(string(src.Source), "workers: 2", "workers: 64", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"check", "naive", "--scenario", "crowd.yaml", "--faults", "1"}
	if said, want := refused(t, args...), "--scenario: crowd has 64 workers, and a search takes 1 to 8: say --workers 2\n"; said != want {
		t.Errorf("said %q, want %q", said, want)
	}
	s, _, msg := desk("")
	if code := execute(s, append(args, "--workers", "2")); code != exitOK {
		t.Errorf("exit status %d: %s", code, msg)
	}
}
