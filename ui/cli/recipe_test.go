package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"dejavu/sim/testkit"
)

const recipes = "../export/recipes/"

// runsIn runs a program in a folder, with some variables set, and returns what it says.
func runsIn(t *testing.T, dir string, env []string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%v: %w\n%s", args, err, said.String())
	}
	return string(out), err
}

// sweeps matches the line of a recipe that sweeps one part.
var sweeps = regexp.MustCompile(`dejavu sweep bad-weather --seeds \S+ --shard auto --json`)

// Every machine runs the line of the recipe, with what its engine sets: together they give
// the very bytes of one machine.
func TestEveryRecipeOfASweepGivesTheBytesOfOneMachine(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("no shell here")
	}
	const line = "dejavu sweep bad-weather --seeds 1..40 --json"
	want, err := runsIn(t, t.TempDir(), nil, strings.Fields(line)...)
	if err != nil {
		t.Fatal(err)
	}
	for file, env := range map[string]string{
		"sweep-kubernetes.yaml": "JOB_COMPLETION_INDEX=%[1]d JOB_COMPLETIONS=4",
		"sweep-slurm.sh":        "SLURM_ARRAY_TASK_ID=%[2]d SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_STEP=1",
		"sweep-aws-batch.json":  "AWS_BATCH_JOB_ARRAY_INDEX=%[1]d AWS_BATCH_JOB_ARRAY_SIZE=4",
		"gitlab.yml":            "CI_NODE_INDEX=%[2]d CI_NODE_TOTAL=4",
		"github.yml":            "JOB_INDEX=%[1]d JOB_TOTAL=4",
	} {
		text, err := os.ReadFile(recipes + file)
		if err != nil {
			t.Fatal(err)
		}
		one := sweeps.FindString(string(text))
		if one == "" {
			t.Errorf("%s sweeps no part", file)
			continue
		}
		dir, parts := t.TempDir(), []string{"dejavu", "sweep", "--merge", "--json"}
		for i := range 4 {
			part := fmt.Sprintf("part-%d.json", i)
			out, err := runsIn(t, dir, strings.Fields(fmt.Sprintf(env, i, i+1)), strings.Fields(regexp.MustCompile(`1\.\.\d+`).ReplaceAllString(one, "1..40"))...)
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, part), []byte(out), 0o644)
			}
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			parts = append(parts, part)
		}
		if got, err := runsIn(t, dir, nil, parts...); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", file, err, got, want)
		}
	}
	for _, file := range []string{"sweep-xargs.sh", "sweep-parallel.sh"} {
		text, err := os.ReadFile(recipes + file)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exec.LookPath(strings.TrimSuffix(strings.TrimPrefix(file, "sweep-"), ".sh")); err != nil {
			t.Logf("%s was not run: %v", file, err)
			continue
		}
		script := strings.ReplaceAll(string(text), "1..100", "1..40")
		if got, err := runsIn(t, t.TempDir(), nil, sh, "-c", script); err != nil || got != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", file, err, got, want)
		}
	}
}

// The recipe's main.go is a whole program: everything knows its consumer, and the screen
// shows its source. It is built, which takes long.
func TestAModuleOfOnesOwnHasItsConsumersInTheCatalogue(t *testing.T) {
	testkit.Long(t) // the short tier adds consumers in the tests of package consumers
	text, err := os.ReadFile(recipes + "README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "```go\n")
	program, _, _ := strings.Cut(after, "```")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.com/shop\n\ngo 1.26\n", "go.sum": string(sums), "main.go": program} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"GOFLAGS=-mod=mod", "GOWORK=off", "COLUMNS=100"}
	for _, c := range []struct{ line, want string }{
		{"go mod edit -require dejavu@v0.0.0 -replace dejavu=" + filepath.ToSlash(root), ""},
		{"go mod tidy", ""},
		{"go run . check charge --business card", "return p.Perform(m)"},
		{"go run . run lost-ack --consumers charge,inbox", "Repeat it: go run . run lost-ack --consumers charge,inbox"},
		{"go run . matrix charge --business card --only crash", "charge  twice"},
		{"go run . list consumers", "Your own"},
		{"go run . export lost-ack --consumers charge --format html", "return p.Perform(m)"},
		{"go run . explain charge", "consumer charge"},
	} {
		if out, err := runsIn(t, dir, env, strings.Fields(c.line)...); err != nil || !strings.Contains(out, c.want) {
			t.Errorf("%s: %v, want %q in\n%s", c.line, err, c.want, out)
		}
	}
	failing := "package main\n\nimport (\n\t\"testing\"\n\n\t\"dejavu/sim/simtest\"\n)\n\nfunc TestCharge(t *testing.T) { simtest.Sweep(t, charge, 100) }\n"
	if err := os.WriteFile(filepath.Join(dir, "main_test.go"), []byte(failing), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := runsIn(t, dir, env, "go", "test", ".")
	line := regexp.MustCompile(`go run \. play \S+ --consumers naive,charge`).FindString(out)
	if err == nil || line == "" {
		t.Fatalf("a test that fails has no line that opens the screen: %v\n%s", err, out)
	}
	if out, err := runsIn(t, dir, env, strings.Fields(line)...); err != nil || !regexp.MustCompile(`CHARGE charged \w+ \$\d+ (twice|\d times)`).MatchString(out) {
		t.Errorf("%s: %v\n%s", line, err, out)
	}
}
