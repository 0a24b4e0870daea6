package cli

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the outputs in README.md, to be reviewed as a diff")

const readme = "../../README.md"

func readReadme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(text), "\r\n", "\n")
}

// said runs a command of the README in this process and returns what it prints.
func said(t *testing.T, command string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	s := &streams{
		in: strings.NewReader(""), out: &out, err: &out, width: 100,
		getenv: func(string) string { return "" }, start: "go run .",
	}
	code := execute(s, strings.Fields(strings.TrimPrefix(command, "go run .")))
	return out.String(), code
}

var console = regexp.MustCompile("(?s)```console\n\\$ ([^\n]+)\n(.*?)```")

func TestEveryOutputInTheReadmeIsWhatTheProgramPrints(t *testing.T) {
	text := readReadme(t)
	blocks := console.FindAllStringSubmatch(text, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d blocks of output in the README: it should show some", len(blocks))
	}
	for _, b := range blocks {
		got, code := said(t, b[1])
		if code != exitOK {
			t.Errorf("%s ends with %d:\n%s", b[1], code, got)
		}
		if got != b[2] && *update {
			text = strings.Replace(text, b[0], "```console\n$ "+b[1]+"\n"+got+"```", 1)
		} else if got != b[2] {
			t.Errorf("%s prints something else; rewrite it with go test ./ui/cli -run Readme -update and read the diff:\n%s", b[1], got)
		}
	}
	if *update {
		if err := os.WriteFile(readme, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

var mentioned = regexp.MustCompile("go run \\.( [^`\n]*)?")

func TestEveryCommandInTheReadmeWorks(t *testing.T) {
	mine, err := os.ReadFile("../../scenarios/lost-ack-then-crash.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := readReadme(t)
	t.Chdir(t.TempDir())
	if err := os.WriteFile("my.yaml", mine, 0o644); err != nil {
		t.Fatal(err)
	}
	commands := mentioned.FindAllString(text, -1)
	if len(commands) < 8 {
		t.Fatalf("%d commands in the README: it should show what to try", len(commands))
	}
	for _, c := range commands {
		if strings.Contains(c, "mine,") {
			continue // a consumer that a reader writes: see the next test
		}
		if out, code := said(t, strings.TrimSpace(c)); code != exitOK {
			t.Errorf("%s ends with %d:\n%s", c, code, out)
		}
	}
}

// ownHandler is the section whose code needs a database: sim/simtest/examples has one, and
// tests it there.
var ownHandler = regexp.MustCompile("(?s)\n## Point it at your own handler\n.*?\n## ")

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// The Go in the README is compiled as if a reader had written it: overlaid over
// the module, without touching it.
func TestTheGoInTheReadmeCompilesAndPasses(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles the module")
	}
	blocks := goBlock.FindAllStringSubmatch(ownHandler.ReplaceAllString(readReadme(t), "\n## "), -1)
	if len(blocks) != 3 {
		t.Fatalf("%d blocks of Go in the README: want a consumer, a test outside and one inside", len(blocks))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	overlay := overlaid(t, map[string]string{
		filepath.Join(root, "consumers", "mine.go"):        blocks[0][1],
		filepath.Join(root, "consumers", "readme_test.go"): blocks[2][1],
	})
	run := exec.Command("go", "run", "-overlay", overlay, ".", "run", "twins", "--consumers", "mine,inbox", "--plain")
	run.Dir = root
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "mine: ") || !strings.Contains(string(out), "charged twice m3") {
		t.Errorf("the consumer of the README: %v\n%s", err, out)
	}
	test := exec.Command("go", "test", "-overlay", overlay, "-run", "TestInboxNeverChargesTwice", "./consumers")
	test.Dir = root
	if out, err := test.CombinedOutput(); err != nil || !strings.Contains(string(out), "ok") {
		t.Errorf("the test of the README: %v\n%s", err, out)
	}
}

var moduleLine = regexp.MustCompile("(?m)^    (go (?:mod|test).*)$")

// A reader's own module, made with the lines of the README as they stand there, but
// for where the clone lies.
func TestTheReadmesLinesForAnotherModuleWork(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a module and compiles it")
	}
	text := readReadme(t)
	_, section, found := strings.Cut(text, "## Use it in your own tests")
	if !found {
		t.Fatal("the README has no section on other people's tests")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	test := goBlock.FindStringSubmatch(section)[1]
	if err := os.WriteFile(filepath.Join(dir, "charge_test.go"), []byte(test), 0o644); err != nil {
		t.Fatal(err)
	}
	play := func(line string) (string, error) {
		args := strings.Fields(strings.Replace(line, "../dejavu", root, 1))
		c := exec.Command(args[0], args[1:]...)
		c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	lines := moduleLine.FindAllStringSubmatch(section, -1)
	if len(lines) != 4 {
		t.Fatalf("%d lines for another module: want init, edit, tidy and test", len(lines))
	}
	for _, line := range lines {
		if out, err := play(line[1]); err != nil {
			t.Fatalf("%s: %v\n%s", line[1], err, out)
		}
	}

	broken := strings.Replace(test, "p.PerformOnce(m, m.Key)", "p.Perform(m)", 1)
	if err := os.WriteFile(filepath.Join(dir, "charge_test.go"), []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}
	repeats := "DEJAVU_PLAN='pause:m1/after-effect' go test -run '^TestChargeTakesEffectOnce$'"
	if out, err := play("go test"); err == nil || !strings.Contains(out, repeats) || !strings.Contains(text, repeats) {
		t.Errorf("what the README invites to try does not fail with %s:\n%s", repeats, out)
	}
}

// overlaid writes files and an overlay that puts them into the module.
func overlaid(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for place, text := range files {
		file := filepath.Join(dir, filepath.Base(place))
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[place] = file
	}
	body, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(file, body, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}
