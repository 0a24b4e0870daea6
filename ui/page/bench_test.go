package page

import "testing"

// BenchmarkKey is a key on the flagship at 120x40, with all that the page is told of it.
func BenchmarkKey(b *testing.B) {
	x := open(b, beginning{Address: flagship, Size: [2]int{120, 40}})
	x.press("end")
	b.ReportAllocs()
	for b.Loop() {
		x.press("left", "right")
	}
}
