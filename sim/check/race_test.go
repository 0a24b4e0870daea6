package check_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Without these marks a search is nine times slower under -race than without, with them
// four times: see the package comment.
func TestWhatASearchDoesMostIsNotWatchedForRaces(t *testing.T) {
	for file, functions := range map[string][]string{
		"visited.go":          {"look", "add", "keep", "grow", "hash"},
		"result.go":           {"schedules", "order"},
		"search.go":           {"goOn", "meet"},
		"stuck.go":            {"spread"},
		"../key.go":           {"append", "worker", "performed", "dbRows", "newKeyer"},
		"../fold.go":          {"AppendFoldedKey", "fold", "least", "sort", "sortMessages", "compareMessages", "isDone"},
		"../restore.go":       {"Restore", "CopyFrom", "worker"},
		"../action.go":        {"AppendFree", "AppendFaults"},
		"../../broker/key.go": {"AppendKey", "Restore"},
	} {
		src, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			t.Fatal(err)
		}
		marked := map[string]bool{}
		for _, after := range strings.Split(string(src), "\n//go:norace\nfunc ")[1:] {
			if strings.HasPrefix(after, "(") {
				_, after, _ = strings.Cut(after, ") ")
			}
			name, _, _ := strings.Cut(after, "(")
			marked[name] = true
		}
		for _, name := range functions {
			if !marked[name] {
				t.Errorf("%s in %s is not marked: put //go:norace above it, after its comment", name, file)
			}
		}
	}
}
