package sim

import "time"

// RowOverhead is how many bytes an entry is taken to cost beyond its key and its
// value. It is a round figure of the right order, not a measurement: NServiceBus
// reckons with about 50 B for a row of its deduplication table. In PostgreSQL the
// header of a row takes 24 B and the pointer to it 4 B, an entry of the unique
// index another 8 B and 4 B, which is 40 B before alignment and free space. In
// Redis an entry with an empty key and an empty value takes 51 B (its
// documentation of MEMORY USAGE). A key in the memory of a process is counted
// alike, so that strategies can be set side by side.
const RowOverhead = 50

// Remembered is what a consumer keeps in order to know a duplicate: committed
// rows of its own, cache entries, and what its processes have in memory. Effects
// are not counted, unique ones included: they are there without it. Nor is what
// the queue or the receiver of the effect keeps.
// Bytes are those of the keys and the values, and RowOverhead for each entry.
type Remembered struct {
	Entries int `json:"entries"`
	Bytes   int `json:"bytes"`
}

// Costs are what a strategy has cost in a run. A consumer that does nothing
// against duplicates costs nothing: an effect and an ack are what everybody has.
type Costs struct {
	// End is what it remembers at the end, and Peak the most at any time: of
	// entries and of bytes, each by itself.
	End, Peak Remembered
	// Stays is the part of End that never expires. Of rows it is what grows with
	// every message; of memory, what lasts until the process ends.
	Stays Remembered
	// RoundTrips counts the steps to the database and the cache, whatever they were
	// answered: begin, commit and rollback are steps as well.
	RoundTrips int
	// Calls counts the steps to the receiver of the effect: each perform and each
	// lookup, failed ones included.
	Calls int
	// Added is the time that messages took longer than without the strategy: that of
	// the round trips and the lookups, and Waited. What a pause lasts, or how slow the
	// receiver is, is not in it.
	Added time.Duration
	// Waited is how long steps waited for a row that another transaction had locked.
	// A wait that a crash cut short is not counted.
	Waited time.Duration
	// Keys is how many idempotency keys the receiver of the effect keeps for it. They
	// are not in its own stores, but somebody has to keep them.
	Keys int
}

// Costs returns what the run has cost in all. It takes the run again from the
// start, so a run that nobody asks pays nothing for it.
func (r *Run) Costs() Costs { return r.Meter().At(r.Len()) }

// Remembered counts what the consumer has to remember now.
func (w *World) Remembered() Remembered { return w.remembered(false) }

// remembered is Remembered or, if only that is asked for, what never expires.
func (w *World) remembered(staying bool) Remembered {
	var sum Remembered
	for i := range w.rows {
		if r := &w.rows[i]; !staying || r.kept == 0 {
			sum.plus(w.weighRow(r))
		}
	}
	for i := range w.cache {
		if e := &w.cache[i]; !staying || e.lasts == 0 {
			sum.plus(w.weigh(e.key, e.value))
		}
	}
	for i := range w.memory {
		sum.plus(w.weighMemory(&w.memory[i]))
	}
	return sum
}

// weighRow is what a row counts: nothing until it is committed, nor if it is the
// effect itself.
func (w *World) weighRow(r *row) Remembered {
	if r.value == absent || w.isEffect(r) {
		return Remembered{}
	}
	return w.weigh(r.key, r.value)
}

func (w *World) weighMemory(m *memory) Remembered {
	var sum Remembered
	for _, key := range m.keys {
		sum.plus(w.weigh(key, 0))
	}
	return sum
}

// weigh is what one entry counts.
func (w *World) weigh(key, value int32) Remembered {
	text := w.prog.names.text
	return Remembered{1, len(text[key]) + len(text[max(value, 0)]) + RowOverhead}
}

func (r *Remembered) plus(o Remembered) { r.Entries += o.Entries; r.Bytes += o.Bytes }

func (r *Remembered) minus(o Remembered) { r.Entries -= o.Entries; r.Bytes -= o.Bytes }
