package term

import (
	"os"
	"strings"
	"testing"
)

// reads returns all that a keyboard says was typed, by a buffer of a size.
func reads(t *testing.T, text string, size int) string {
	t.Helper()
	theirs, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer theirs.Close()
	go func() {
		_, _ = ours.WriteString(text)
		_ = ours.Close()
	}()
	k, kept, b := &keyboard{File: theirs}, "", make([]byte, size)
	for {
		n, err := k.Read(b)
		if err != nil {
			return kept
		}
		kept += string(b[:n])
	}
}

// TestWhatIsPastedIsLeftOutHoweverItIsCut: whatever the reads, the keys around it stay.
func TestWhatIsPastedIsLeftOutHoweverItIsCut(t *testing.T) {
	text := "a\x1b[C" + pasteBegins + strings.Repeat("q\x1b[2", 1000) + pasteEnds + "b" + pasteBegins + pasteEnds + "\x1b[2~c\x1bd"
	for size := 8; size < 300; size++ {
		if kept := reads(t, text, size); kept != "a\x1b[Cb\x1b[2~c\x1bd" {
			t.Fatalf("read by %d: %q", size, kept)
		}
	}
}

// However much is typed at once, the last key of it does not wait for another.
func TestNoKeyIsHeldBack(t *testing.T) {
	for size := 8; size < 300; size++ {
		if text := strings.Repeat("\x1b[B\x1b[A", 100) + "?"; reads(t, text, size) != text {
			t.Fatalf("read by %d, keys are missing", size)
		}
	}
}
