package proof

import (
	"fmt"
	"math"
	"runtime/debug"

	"dejavu/sim/check"
	"dejavu/ui/words"
)

// The searches of a process share one bound on memory. It comes from the memory of the
// machine, of the process's control group, and from the limits of the process.

// spare is what the program takes beside the states of its searches.
const spare = 32 << 20

// Share returns how much memory the searches of this process take together by default: a
// quarter of the machine's memory, or less if the process is limited.
func Share() int64 {
	there, may := memory()
	if there == 0 {
		there = 4 * check.DefaultMaxBytes
	}
	return max(min(there/4, within(may), check.MaxMaxBytes), 1<<20)
}

// within returns how much of a limit on the process states may take.
func within(limit int64) int64 { return max(limit-limit/10-spare, limit/4) }

// most returns the bound for searches that ask for one, or for none (0). It is never more
// than the process may have, or the process would be killed.
func most(asked int64) int64 {
	if asked == 0 {
		return Share()
	}
	_, may := memory()
	return min(asked, within(may))
}

// memory returns how much the machine has, or the group that the process is in, 0 if
// that is not known; and how much the process may have at most.
func memory() (there, may int64) {
	there, may = installed()
	if math.MaxInt == math.MaxInt32 {
		may = min(may, 2<<30) // there are no more addresses
	}
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 { // GOMEMLIMIT
		may = min(may, limit)
	}
	return there, may
}

// collectBefore has garbage collected before it and so many bytes of states exceed the
// bound by more than a little. What it returns ends that.
func collectBefore(bytes int64) (end func()) {
	was := debug.SetMemoryLimit(-1)
	debug.SetMemoryLimit(min(was, bytes+bytes/32+spare))
	return func() { debug.SetMemoryLimit(was) }
}

// Memory says how much memory the searches may take together. What the machine has is
// said on a terminal only: what is piped or kept is the same on every machine.
func (c *Case) Memory(s words.Layout) string {
	bytes := c.Options.MaxBytes
	text := "all searches together take at most "
	switch n := most(bytes); {
	case bytes == 0 && s.Timed:
		return text + size(n) + ", a quarter of this machine's memory or of this process's limit."
	case bytes == 0:
		return text + "a quarter of the memory of the machine they run on."
	case n < bytes && s.Timed:
		return text + size(n) + ", because this process may not take " + size(bytes) + "."
	}
	return text + size(bytes) + "."
}

// size writes a number of bytes in the largest unit that keeps it readable.
func size(n int64) string {
	if n >= 10<<30 {
		return fmt.Sprintf("%d GiB", n>>30)
	}
	if n%(1<<30) == 0 {
		return fmt.Sprintf("%d GiB", n>>30)
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
