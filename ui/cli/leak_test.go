package cli

import (
	"runtime"
	"testing"
)

// A process has one line, but for tests, fuzzers, and a screen that asks how check is called.
// What each line left behind were all its commands, 32 kB.
func TestALineLeavesNothingBehind(t *testing.T) {
	run := func(n int) uint64 {
		for range n {
			s, _, _ := desk("")
			execute(s, []string{"check", "no-such-consumer"})
			_ = s.checkLine()
		}
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := run(2)
	if after := run(100); after > before+1<<20 {
		t.Errorf("100 lines leave %d kB behind", (after-before)>>10)
	}
}
