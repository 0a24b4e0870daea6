package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dejavu/sim/testkit"
)

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
	text, update := readReadme(t), testkit.Updating(t)
	blocks := console.FindAllStringSubmatch(text, -1)
	if len(blocks) < 2 {
		t.Fatalf("%d blocks of output in the README: it should show some", len(blocks))
	}
	for _, b := range blocks {
		got, code := said(t, b[1])
		if code != exitOK {
			t.Errorf("%s ends with %d:\n%s", b[1], code, got)
		}
		if got != b[2] && update {
			text = strings.Replace(text, b[0], "```console\n$ "+b[1]+"\n"+got+"```", 1)
		} else if got != b[2] {
			t.Errorf("%s prints something else; to rewrite it: %s\nthen read the diff:\n%s", b[1], testkit.Again(t, "DEJAVU_UPDATE", "1"), got)
		}
	}
	if update {
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
	text = console.ReplaceAllString(text, "") // what has an output there is run for it
	commands := mentioned.FindAllString(text, -1)
	if len(commands) < 8 {
		t.Fatalf("%d commands in the README: it should show what to try", len(commands))
	}
	commands = slices.DeleteFunc(commands, func(c string) bool { return strings.Contains(c, "mine,") }) // a consumer that a reader writes: see the next test
	whole := func(c string) bool {
		return strings.HasPrefix(c, "go run . matrix") || strings.HasPrefix(c, "go run . page")
	} // takes seconds: in the long tier
	commands = append(slices.DeleteFunc(slices.Clone(commands), whole), testkit.Sample(0, slices.DeleteFunc(commands, func(c string) bool { return !whole(c) }))...)
	ones := slices.DeleteFunc(slices.Clone(commands), func(c string) bool { return !strings.Contains(c, " mine") })
	for _, c := range slices.Concat(ones, testkit.Sample(3, slices.DeleteFunc(commands, func(c string) bool { return slices.Contains(ones, c) }))) {
		if out, code := said(t, strings.TrimSpace(c)); code != exitOK {
			t.Errorf("%s ends with %d:\n%s", c, code, out)
		}
	}
}

var goBlock = regexp.MustCompile("(?s)```go\n(.*?)```")

// The Go in the README is compiled as if a reader had written it: overlaid over
// the module, without touching it.
func readmesGo(t *testing.T) (root, overlay string) {
	t.Helper()
	blocks := goBlock.FindAllStringSubmatch(readReadme(t), -1)
	if len(blocks) != 2 {
		t.Fatalf("%d blocks of Go in the README: want a test and a consumer", len(blocks))
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return root, overlaid(t, map[string]string{filepath.Join(root, "consumers", "mine.go"): blocks[1][1]})
}

func TestTheConsumerInTheReadmeCompiles(t *testing.T) {
	root, overlay := readmesGo(t)
	build := exec.Command("go", "build", "-overlay", overlay, "./consumers")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Errorf("the consumer of the README: %v\n%s", err, out)
	}
}

// That every command knows it compiles all that depends on consumers.
func TestTheConsumerInTheReadmeCanBeRun(t *testing.T) {
	testkit.Long(t)
	root, overlay := readmesGo(t)
	run := exec.Command("go", "run", "-overlay", overlay, ".", "run", "twins", "--consumers", "mine,inbox", "--plain")
	run.Dir = root
	if out, err := run.CombinedOutput(); err != nil || !strings.Contains(string(out), "mine: ") || !strings.Contains(string(out), "charged twice m3") {
		t.Errorf("the consumer of the README: %v\n%s", err, out)
	}
}

var moduleLine = regexp.MustCompile("(?m)^    (go (?:mod|test).*)$")

// It is a test of a folder of this module, too, and go vet links nothing.
func TestTheTestInTheReadmeCompiles(t *testing.T) {
	root, _ := readmesGo(t)
	test := goBlock.FindStringSubmatch(readReadme(t))[1]
	overlay := overlaid(t, map[string]string{filepath.Join(root, "ui", "charge_test.go"): test})
	vet := exec.Command("go", "vet", "-overlay", overlay, "./ui")
	vet.Dir = root
	if out, err := vet.CombinedOutput(); err != nil {
		t.Errorf("the test of the README: %v\n%s", err, out)
	}
}

// A reader's own module, made with the lines of the README as they stand there, but
// for where the clone lies. The short tier compiles its test, and builds no module.
func TestTheReadmesLinesForAnotherModuleWork(t *testing.T) {
	testkit.Long(t)
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

// Whoever reads the README looks into folders next: each is there, and each of ui/ stands
// in the table.
func TestTheReadmeIsShortAndNamesTheFolders(t *testing.T) {
	text := readReadme(t)
	if n := strings.Count(text, "\n"); n > 250 {
		t.Errorf("the README has %d lines, at most 250: the rest belongs into package documentation", n)
	}
	rows := strings.Join(regexp.MustCompile("(?m)^\\| `.*$").FindAllString(text, -1), "\n")
	for _, named := range regexp.MustCompile("`([a-z/]+)/`").FindAllStringSubmatch(rows, -1) {
		_, top := os.Stat(filepath.Join("../..", named[1]))
		if _, below := os.Stat(filepath.Join("../../sim/simtest", named[1])); top != nil && below != nil {
			t.Errorf("the table of the README names %s/, which is not there", named[1])
		}
	}
	folders, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if folder.IsDir() && !strings.Contains(rows, "`ui/"+folder.Name()+"/`") {
			t.Errorf("the table of the README does not name ui/%s/", folder.Name())
		}
	}
}
