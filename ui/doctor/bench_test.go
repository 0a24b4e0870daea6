package doctor

import "testing"

// A lecturer types a belief and waits for what refutes it.
func BenchmarkRefute(b *testing.B) {
	for _, r := range Remedies() {
		b.Run(r.Belief.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := r.Refute(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
