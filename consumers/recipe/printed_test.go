package recipe_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
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
	var got proof.CheckReport
	if err := json.Unmarshal(printed, &got); err != nil {
		t.Fatal(err)
	}
	want := proof.NewReport(cases, func(*check.Trace) (string, bool) { return "", false })
	for i := range want.Consumers {
		w := &want.Consumers[i]
		if i >= len(got.Consumers) || !reflect.DeepEqual(bare(&got.Consumers[i]), bare(w)) {
			t.Errorf("%s, %s: printed and recipe are not told alike\n%v", w.Consumer, w.Business, cases[i].Lane.Consumer.Clause)
		}
	}
}

// bare is what was found of a consumer, without the file it was found in.
func bare(c *proof.ReportConsumer) *proof.ReportConsumer {
	for _, v := range []*proof.ReportVerdict{&c.NeverTwice, &c.NeverLost, &c.NeverStuck} {
		if v.Counterexample == nil {
			continue
		}
		v.Counterexample.Plan, v.Counterexample.Play = nil, nil
		for i := range v.Counterexample.Actions {
			v.Counterexample.Actions[i].Source, v.Counterexample.Actions[i].Code = "", ""
		}
	}
	return c
}
