package simtest_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dejavu/sim/testkit"
)

const outsideConsumer = `package shop

import (
	"dejavu/broker"
	"dejavu/sim"
)

// Charge hands the business key to the gateway.
var Charge = sim.Consumer{Name: "charge", Handle: func(p *sim.Proc, m broker.Message) error {
	return p.PerformOnce(m, m.Key)
}}

// Hasty charges whatever comes.
var Hasty = sim.Consumer{Name: "hasty", Handle: func(p *sim.Proc, m broker.Message) error {
	return p.Perform(m)
}}
`

const outsideTest = `package shop

import (
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/simtest"
)

func TestChargeTakesEffectOnce(t *testing.T) {
	simtest.Check(t, Charge)
	simtest.Sweep(t, Charge, 1000)
}

func TestHasty(t *testing.T) { simtest.Check(t, Hasty, simtest.Faults(1)) }

func TestGolden(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	simtest.Golden(t, s, Charge)
}
`

// The lines are those of the README: what they say must work. The short tier has them in
// ui/cli, without plans and golden files.
func TestTheLinesForAnotherModuleWork(t *testing.T) {
	testkit.Long(t)
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	command := func(env []string, name string, args ...string) (string, error) {
		c := exec.Command(name, args...)
		c.Dir, c.Env = dir, append(os.Environ(), append([]string{"GOFLAGS=-mod=mod", "GOWORK=off"}, env...)...)
		out, err := c.CombinedOutput()
		return string(out), err
	}
	for _, args := range [][]string{
		{"mod", "init", "example.com/shop"},
		{"mod", "edit", "-require", "dejavu@v0.0.0", "-replace", "dejavu=" + root},
	} {
		if out, err := command(nil, "go", args...); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"charge.go": outsideConsumer, "charge_test.go": outsideTest, "go.sum": string(sums)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := command([]string{"DEJAVU_UPDATE=1"}, "go", "test", "-run", "Charge|Golden"); err != nil {
		t.Fatalf("go test: %v\n%s", err, out)
	}
	if out, err := command(nil, "go", "test", "-run", "Golden"); err != nil {
		t.Fatalf("the golden file that was written: %v\n%s", err, out)
	}
	out, err := command(nil, "go", "test", "-run", "Hasty")
	if err == nil {
		t.Fatalf("Hasty passes:\n%s", out)
	}
	contains(t, out, "hasty, card: never-twice is broken", "charge.go:", "go test -run '^TestHasty$'")
	out, err = command([]string{"DEJAVU_PLAN=lose-ack:m1"}, "go", "test", "-run", "Hasty")
	if err == nil {
		t.Fatalf("the plan passes:\n%s", out)
	}
	contains(t, out, "by DEJAVU_PLAN='lose-ack:m1'")
}
