package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/scenarios"
)

// FuzzRunOnFiles holds what must be true of the whole run command on any file: it ends
// with a status that is documented, within its budget, and never by a panic. Let it
// search for more with
//
//	go test ./ui/cli -run '^$' -fuzz FuzzRunOnFiles -fuzztime 60s
func FuzzRunOnFiles(f *testing.F) {
	for _, name := range scenarios.Names() {
		s, _ := scenarios.Get(name)
		f.Add(string(s.Source), uint8(0))
	}
	paths, err := filepath.Glob("testdata/endless/*.yaml")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no files that never end: %v", err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for form := range uint8(5) {
			f.Add(string(src), form)
		}
	}
	const budget = 300
	f.Fuzz(func(t *testing.T, src string, form uint8) {
		forms := [][]string{nil, {"--plain"}, {"--json"}, {"--events"}, {"--summary"}}
		how := forms[int(form)%len(forms)]
		s, out, msg := desk(src)
		code := execute(s, append([]string{"run", "-", "--max-events", "300"}, how...))
		if code != 0 && code != 1 && code != exitUsage {
			t.Fatalf("exit status %d: %s", code, msg)
		}
		if code == exitUsage {
			return
		}
		// A wait belongs to the action before it, and there are no more of those than faults.
		if lines := strings.Count(out.String(), "\n"); len(how) > 0 && how[0] == "--events" && lines > len(consumers.Names())*(budget+scenarios.MaxFaults) {
			t.Errorf("%d lines of events, with a budget of %d for a lane", lines, budget)
		}
	})
}
