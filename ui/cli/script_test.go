package cli

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"dejavu/sim/testkit"
	"dejavu/ui/term"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"dejavu": func() { os.Exit(Main()) }})
}

// Each script is a person at a shell: what was typed, and what came out.
func TestScripts(t *testing.T) {
	dir, err := filepath.Abs("testdata/script") // here changes the folder of the process
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: dir,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS", "COLORTERM", "COLORFGBG", "DEJAVU_DEBUG"} {
				env.Setenv(name, "")
			}
			env.Setenv("TERM", "xterm-256color")
			env.Setenv("XDG_STATE_HOME", filepath.Join(env.WorkDir, "state")) // nobody's progress is read, or changed
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": jsonHas, "pasted": pasted, "status": status, "lines": lines, "here": inside,
		},
		Condition: func(cond string) (bool, error) {
			if cond != "long" {
				return false, fmt.Errorf("no condition is called %q", cond)
			}
			return testkit.Few(0, 1) == 1, nil
		},
		RequireExplicitExec: true,
		UpdateScripts:       testkit.Updating(t),
	})
}

// inFolder lets one script at a time change the folder of this process.
var inFolder sync.Mutex

// here runs the program in this process, in the folder and the environment of a script.
// Starting a process for each line takes longer than what most lines do.
func here(ts *testscript.TestScript, args []string) (status int) {
	inFolder.Lock()
	defer inFolder.Unlock()
	before, err := os.Getwd()
	ts.Check(err)
	ts.Check(os.Chdir(ts.MkAbs(".")))
	defer func() { ts.Check(os.Chdir(before)) }()
	s := &streams{
		in: strings.NewReader(""), out: ts.Stdout(), err: ts.Stderr(), width: columns(false, 0, ts.Getenv),
		getenv: ts.Getenv, start: "dejavu", play: term.Run,
	}
	return execute(s, args)
}

// inside is here dejavu ARGS..., which runs the program in this process; exec dejavu
// ARGS... starts one. What reads its standard input is started.
func inside(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) == 0 || args[0] != "dejavu" {
		ts.Fatalf("usage: here dejavu ARGS...")
	}
	if code := here(ts, args[1:]); (code == exitOK) == neg {
		ts.Fatalf("exit status %d", code)
	}
}

// status STATUS dejavu ARGS... runs the program, which should exit with a status. With
// exec before dejavu a process is started.
func status(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 || args[1] != "dejavu" && (args[1] != "exec" || len(args) < 3) {
		ts.Fatalf("usage: status STATUS [exec] dejavu ARGS...")
	}
	got := 0
	if args[1] == "dejavu" {
		got = here(ts, args[2:])
	} else if err := ts.Exec(args[2], args[3:]...); err != nil {
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
