package simtest_test

import (
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dejavu/sim/simtest"
)

var _ = []simtest.TB{(*testing.T)(nil), (*testing.B)(nil), (*testing.F)(nil), (*rapid.T)(nil), testing.TB(nil)}

// fake is a test that writes down what it is told. Its Fatalf returns, so it also
// shows that nothing goes on after one.
type fake struct {
	name                  string
	logs, errors, fatally []string
}

func (f *fake) Helper()      {}
func (f *fake) Name() string { return f.name }
func (f *fake) Logf(format string, args ...any) {
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}
func (f *fake) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fake) Fatalf(format string, args ...any) {
	f.fatally = append(f.fatally, fmt.Sprintf(format, args...))
}

// said is all that was said of failures.
func (f *fake) said() string { return strings.Join(append(f.fatally, f.errors...), "\n") }

// run hands a fake to something that takes a test, in an environment.
func run(t *testing.T, with map[string]string, do func(simtest.TB)) *fake {
	t.Helper()
	for _, name := range []string{"DEJAVU_PLAN", "DEJAVU_SEED", "DEJAVU_UPDATE"} {
		t.Setenv(name, with[name])
	}
	f := &fake{name: "TestMine"}
	do(f)
	return f
}

// contains fails unless a text has each of some parts.
func contains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("missing %q in:\n%s", part, text)
		}
	}
}

// passes fails if a fake has failed.
func passes(t *testing.T, f *fake) {
	t.Helper()
	if said := f.said(); said != "" {
		t.Errorf("failed, and should not:\n%s", said)
	}
}

func TestNothingOfATerminalComesIn(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for pkg := range strings.FieldsSeq(string(out)) {
		for _, of := range []string{"charmbracelet", "bubbletea", "lipgloss", "muesli", "dejavu/ui"} {
			if strings.Contains(pkg, of) {
				t.Errorf("%s comes in: spare other people's tests a terminal", pkg)
			}
		}
	}
}
