//go:build unix

package learn

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestWhatCannotBeReadIsSaid: a pipe, which would have it wait, and a folder.
func TestWhatCannotBeReadIsSaid(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "progress.json")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for _, path := range []string{pipe, t.TempDir()} {
		if _, note, keep := LoadProgress(path); keep || !strings.Contains(note, "cannot read "+path) || !strings.Contains(note, "progress is not kept") {
			t.Errorf("%q, %v", note, keep)
		}
		if err := sample().Save(path); err == nil {
			t.Errorf("%s was written", path)
		}
	}
}
