package store

import (
	"testing"

	"pgregory.net/rapid"
)

func TestNamesAreNumberedInOrderOfFirstUse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n, want := NewNames(), map[string]int32{"": 0}
		for _, s := range rapid.SliceOf(rapid.StringN(0, 20, 40)).Draw(t, "names") {
			if _, known := n.Find(s); known != (s == "" || want[s] > 0) {
				t.Fatalf("%q is known: %v", s, known)
			}
			if _, met := want[s]; !met {
				want[s] = int32(len(want))
			}
			if got := n.Of(s); got != want[s] || n.At(got) != s {
				t.Fatalf("%q has number %d, want %d", s, got, want[s])
			}
		}
	})
}
