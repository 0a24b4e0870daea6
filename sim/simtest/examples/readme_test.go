package examples

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The README is copied as a newcomer would copy it, into a module of its own:
// what it says must work, to the letter of the report.
func TestTheREADMEWorks(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it makes a module and compiles it")
	}
	root, err := filepath.Abs(filepath.Join("..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```(go|text)\n(.*?)```").FindAllStringSubmatch(string(readme), -1)
	if len(blocks) != 3 {
		t.Fatalf("it has %d blocks, want the service, its test and the report", len(blocks))
	}
	service, test, report := blocks[0][2], blocks[1][2], blocks[2][2]

	dir := t.TempDir()
	run := func(args ...string) (string, error) {
		c := exec.Command("go", args...)
		c.Dir, c.Env = dir, append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "DEJAVU_PLAN=")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"go.mod", "go.sum"} { // the same versions as here, so that nothing is asked of a network
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = []byte(strings.Replace(string(text), "dejavu/sim/simtest/examples", "example.com/shop", 1))
		write(name, strings.Replace(string(text), "=> ../../..", "=> "+root, 1))
	}
	write("charge.go", service)
	write("charge_test.go", test)
	out, err := run("test", "-run", "TestCharge")
	if err == nil || !strings.Contains(unindented(out), report) {
		t.Errorf("the test should fail (%v) with the report of the README\n%s\nand says\n%s", err, report, out)
	}
	write("charge.go", strings.Replace(service, "// req.Header.Set", "req.Header.Set", 1))
	if out, err := run("test", "-v", "-run", "TestCharge"); err != nil || !strings.Contains(out, "holds within these bounds") {
		t.Errorf("with an idempotency key: %v\n%s", err, out)
	}
}

// unindented takes out the indentation that go test puts before what a test says, and
// the name of the file and line in front of it.
func unindented(out string) string {
	out = regexp.MustCompile(`(?m)^    charge_test\.go:\d+: `).ReplaceAllString(out, "")
	return strings.ReplaceAll(out, "\n        ", "\n")
}
