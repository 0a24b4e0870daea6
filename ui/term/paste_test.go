package term

import (
	"strings"
	"testing"
)

// TestWhatIsPastedIsLeftOutHoweverItIsCut: whatever the reads, the keys around it stay.
func TestWhatIsPastedIsLeftOutHoweverItIsCut(t *testing.T) {
	text := "a\x1b[C" + pasteBegins + strings.Repeat("q\x1b[2", 1000) + pasteEnds + "b" + pasteBegins + pasteEnds + "\x1b[2~c\x1b"
	for size := 1; size < 300; size++ {
		p, kept := pasted{}, ""
		for rest := []byte(text); len(rest) > 0; {
			n := min(size, len(rest))
			part := append([]byte(nil), rest[:n]...)
			rest = rest[n:]
			kept += string(part[:p.without(part, true)])
		}
		if len(kept) > 100 {
			t.Fatalf("read by %d, %d bytes are left", size, len(kept))
		}
		last := []byte{'d', 0, 0, 0, 0, 0, 0, 0} // what was held back comes with it
		if kept += string(last[:p.without(last, false)]); !strings.HasPrefix(kept, "a\x1b[Cb\x1b[2~c\x1bd") {
			t.Fatalf("read by %d: %q", size, kept)
		}
	}
}
