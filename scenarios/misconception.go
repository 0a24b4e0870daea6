package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Misconception is something about duplicates that people believe and that a run
// refutes, by its number: M1 to M20. 0 is none.
type Misconception int

// misconceptions are what somebody says who has one, M1 first.
var misconceptions = [...]string{
	"exactly-once delivery can be bought",
	"an error means that nothing happened",
	"duplicates come only from the broker",
	"it is enough to look first and then act",
	"recording the ID first is safe",
	"recording the ID last is safe",
	"one transaction covers an external charge",
	"memory, or a cache with an expiry, is a store for IDs",
	"doing it twice does no harm, so no ID is needed",
	"the same content means a duplicate",
	"dropping the duplicate finishes the job",
	"a longer visibility timeout fixes it",
	"FIFO or a partition key removes duplicates",
	"what no test has shown does not happen",
	"the call downstream may get a fresh ID on a retry",
	"idempotent means an error on the second call",
	"the redelivered flag tells which ones are duplicates",
	"acking first avoids duplicates",
	"the outbox gives exactly-once",
	"a lock keeps two workers from doing it",
}

// Misconceptions returns all of them, in order.
func Misconceptions() []Misconception {
	all := make([]Misconception, len(misconceptions))
	for i := range all {
		all[i] = Misconception(i + 1)
	}
	return all
}

// String returns the number as files write it: M4.
func (m Misconception) String() string { return "M" + strconv.Itoa(int(m)) }

// Text returns what somebody says who has it.
func (m Misconception) Text() string {
	if m < 1 || int(m) > len(misconceptions) {
		return ""
	}
	return misconceptions[m-1]
}

// ParseMisconception reads a number such as M4.
func ParseMisconception(text string) (Misconception, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(text, "M"))
	if m := Misconception(n); err == nil && slices.Contains(Misconceptions(), m) && m.String() == text {
		return m, nil
	}
	return 0, fmt.Errorf("want a number from M1 to M%d, got %q", len(misconceptions), text)
}
