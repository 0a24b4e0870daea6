package recipe_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/proof"

	"pgregory.net/rapid"
)

// Random recipes are printed into package consumers, over this repository and without
// touching it, and built: check finds of each what is found of the recipe. That what is
// printed compiles, the short tier holds by its types.
func TestWhatARecipePrintsIsTheRecipe(t *testing.T) {
	testkit.Long(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	const most = 20_000 // one that leases by a new ID goes on for ever
	var cases []proof.Case
	args := []string{"run", "-overlay", "", ".", "check", "--faults", "1", "--max-states", fmt.Sprint(most), "--json"}
	replace := map[string]string{}
	dir := t.TempDir()
	for i := range 16 {
		r := rapid.Custom(random).Example(i)
		r.Name = fmt.Sprintf("printed-%d", i)
		file := filepath.Join(dir, r.Name+".go")
		if err := os.WriteFile(file, []byte(r.Go()), 0o644); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, "consumers", r.Name+".go")] = file
		args = append(args, r.Name)
		for _, b := range sim.Businesses() {
			o := check.Options{Faults: 1, MaxStates: most, Properties: proof.Properties()}
			cases = append(cases, proof.Case{Lane: sim.Lane{Consumer: r.Consumer(), Business: b, Queue: broker.Default()}, Options: o})
		}
	}
	body, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	args[2] = filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(args[2], body, 0o644); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("go", args...)
	run.Dir = root
	printed, err := run.Output()
	if len(printed) == 0 { // check fails where something is not decided
		t.Fatalf("%v\n%s", err, err.(*exec.ExitError).Stderr)
	}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		t.Fatal(err)
	}
	var own bytes.Buffer
	report := proof.NewReport(cases)
	if err := report.Write(&own); err != nil {
		t.Fatal(err)
	}
	split := func(text []byte) []string { return strings.Split(string(text), `{"consumer":`) }
	got, want := split(printed), split(own.Bytes())
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Errorf("printed: %s\nrecipe:  %s\n%v", got[min(i, len(got)-1)], want[i], cases[max(i-1, 0)].Lane.Consumer.Clause)
		}
	}
}
