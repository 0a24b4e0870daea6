package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"dejavu/sim/testkit"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dejavu": func() { os.Exit(Main()) }})
}

// Each script is a person at a shell: what was typed, and what came out.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "COLORTERM", "COLORFGBG", "DEJAVU_DEBUG"} {
				env.Setenv(name, "")
			}
			env.Setenv("TERM", "xterm-256color")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": jsonHas, "pasted": pasted, "status": status, "lines": lines,
		},
		RequireExplicitExec: true,
		UpdateScripts:       testkit.Updating(t),
	})
}

// status STATUS COMMAND ARGS... runs a command that should exit with a status.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: status STATUS COMMAND ARGS...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		if _, text, found := strings.Cut(err.Error(), "exit status "); found {
			got, _ = strconv.Atoi(text)
		} else {
			ts.Fatalf("%v", err)
		}
	}
	if strconv.Itoa(got) != args[0] {
		ts.Fatalf("exit status %d, want %s", got, args[0])
	}
}

// json FILE PATH VALUE holds that a file is one JSON object, and that what lies
// at a path such as lanes.0.twice is a value.
func jsonHas(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: json FILE PATH VALUE")
	}
	var at any
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &at); err != nil {
		ts.Fatalf("%s is not one JSON value: %v", args[0], err)
	}
	for _, key := range strings.Split(args[1], ".") {
		switch v := at.(type) {
		case map[string]any:
			sub, ok := v[key]
			if !ok {
				at = fmt.Sprintf("there is no %q", key)
				break
			}
			at = sub
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(v) {
				ts.Fatalf("%s of %d elements: no %q", args[1], len(v), key)
			}
			at = v[i]
		}
	}
	got, err := json.Marshal(at)
	ts.Check(err)
	if (string(got) == args[2]) == neg {
		ts.Fatalf("%s is %s, and should %sbe %s", args[1], got, map[bool]string{true: "not "}[neg], args[2])
	}
}

// pasted FROM TO writes the line of a story that repeats it to a file.
func pasted(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pasted FROM TO")
	}
	_, rest, found := strings.Cut(ts.ReadFile(args[0]), "\nRepeat it: ")
	if !found {
		ts.Fatalf("%s has no line that repeats it", args[0])
	}
	line, _, _ := strings.Cut(rest, "\n")
	ts.Logf("pasted: %s", line)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(line+"\n"), 0o644))
}

// lines FILE MOST holds that a file is not too long.
func lines(ts *testscript.TestScript, neg bool, args []string) {
	most, err := strconv.Atoi(args[1])
	ts.Check(err)
	if n := strings.Count(ts.ReadFile(args[0]), "\n"); (n <= most) == neg {
		ts.Fatalf("%s has %d lines, at most %d", args[0], n, most)
	}
}
