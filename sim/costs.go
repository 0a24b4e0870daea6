package sim

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// Stored is one thing that a consumer has written down, in whatever store.
type Stored struct {
	Where      Place // InDB, InCache, or InProcess for the memory of a process
	Table, Key string
	Value      string
	// Open says that it is part of a transaction that is not committed: nobody
	// else sees it, and a crash takes it back.
	Open bool
	// Process, from 0, is whose memory it is in.
	Process int
	// Writer, from 0, is the worker that wrote an entry of the cache, and Held says
	// that it is still at work in the attempt in which it did: a lease has a holder.
	Writer int
	Held   bool

	kept int32 // the write that gave it a retention, or 0: see Run.Retention
}

// isEffect reports whether a row is an effect of its own, and stands in the ledger.
func (w *World) isEffect(r *store.TableRow) bool {
	return w.prog.Tables.At(int32(r.Table)) == program.TableEffects
}

// Stored yields what the consumer has written down, as long as yield returns
// true: rows of the database that are not themselves effects, entries of the cache, then the memory of each
// process. Within each it comes in the order in which the keys were first used.
func (w *World) Stored(yield func(Stored) bool) {
	text, tables := w.prog.Names.At, w.prog.Tables.At
	for i := range w.rows {
		r := &w.rows[i]
		s := Stored{Where: InDB, Table: tables(int32(r.Table)), Key: text(r.Key), Open: r.Owner != 0}
		value := r.Value
		if !s.Open {
			s.kept = r.Kept
		} else {
			value = r.Next
		}
		if value == store.Absent || w.isEffect(r) {
			continue
		}
		if s.Value = text(value); !yield(s) {
			return
		}
	}
	for i := range w.cache {
		e := &w.cache[i]
		s := Stored{Where: InCache, Key: text(e.Key), Value: text(max(e.Value, 0)), Writer: int(e.By.Worker), kept: e.Write}
		s.Held = w.atWork(e.By) != broker.None
		if !yield(s) {
			return
		}
	}
	for p, m := range w.memory {
		for _, key := range m.Keys {
			if !yield(Stored{Where: InProcess, Key: text(key), Process: p}) {
				return
			}
		}
	}
}

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
		if r := &w.rows[i]; !staying || r.Kept == 0 {
			sum.plus(w.weighRow(r))
		}
	}
	for i := range w.cache {
		if e := &w.cache[i]; !staying || e.Lasts == 0 {
			sum.plus(w.weigh(e.Key, e.Value))
		}
	}
	for i := range w.memory {
		sum.plus(w.weighMemory(&w.memory[i]))
	}
	return sum
}

// weighRow is what a row counts: nothing until it is committed, nor if it is the
// effect itself.
func (w *World) weighRow(r *store.TableRow) Remembered {
	if r.Value == store.Absent || w.isEffect(r) {
		return Remembered{}
	}
	return w.weigh(r.Key, r.Value)
}

func (w *World) weighMemory(m *store.ProcessMemory) Remembered {
	var sum Remembered
	for _, key := range m.Keys {
		sum.plus(w.weigh(key, 0))
	}
	return sum
}

// weigh is what one entry counts.
func (w *World) weigh(key, value int32) Remembered {
	text := w.prog.Names.At
	return Remembered{1, len(text(key)) + len(text(max(value, 0))) + RowOverhead}
}

func (r *Remembered) plus(o Remembered) { r.Entries += o.Entries; r.Bytes += o.Bytes }

func (r *Remembered) minus(o Remembered) { r.Entries -= o.Entries; r.Bytes -= o.Bytes }

// Meter reads what a run has cost by its first n entries, for any n. Going
// forward takes what lies between; going back does so from the last place that was
// kept, as a [Player] does. Nothing is counted again at each entry: what an action may
// write is weighed before and after it.
type Meter struct {
	run *Run
	metered
	timing Timing
	kept   places[metered]
	scope  scope // scratch
	taken  int   // entries taken so far, those taken again included
}

// metered is what a meter says after a number of entries.
type metered struct {
	at    int
	world *World
	costs Costs
	hands []progress
}

// clone returns a copy that shares nothing that can change.
func (r metered) clone() metered {
	r.world, r.hands = r.world.Clone(), slices.Clone(r.hands)
	return r
}

// progress is what the meter knows of a worker's present step.
type progress struct {
	since  time.Duration // when it began
	paused time.Duration // for how much of that the worker has paused, or the receiver was slow
}

// Meter returns a meter of the run, at its beginning.
func (r *Run) Meter() *Meter {
	m := &Meter{run: r, timing: r.Lane.Timing, kept: placesOf[metered](r)}
	if m.timing == (Timing{}) {
		m.timing = DefaultTiming()
	}
	m.rewind()
	return m
}

func (m *Meter) rewind() {
	w := m.run.begin()
	m.metered = metered{world: w, hands: make([]progress, w.Workers())}
}

// At returns what the first n entries have cost.
func (m *Meter) At(n int) Costs {
	if at, r := m.kept.before(n); at > m.at || n < m.at {
		if at > 0 {
			m.metered = r.clone()
		} else {
			m.rewind()
		}
	}
	for ; m.at < n; m.at++ {
		if m.kept.due(m.at) {
			m.kept.keep(m.at, m.metered.clone())
		}
		m.taken++
		e := &m.run.events[m.at]
		m.clock(e)
		if e.Kind != Nothing {
			m.take(m.run.Entry(m.at).Action)
		}
	}
	c := m.costs
	c.Stays = m.world.remembered(true)
	c.Keys = len(m.world.honoured)
	return c
}

// clock counts the step of an event, and what time it has taken.
func (m *Meter) clock(e *Event) {
	h := &m.hands[e.Worker]
	switch e.Kind {
	case Nothing:
		h.paused += m.moved(e)
		return
	case Step, LoseReply, Fail, FailStatement, ClockAhead:
		m.step(e, e.At-h.since-h.paused)
	case Deliver, Begin, LoseAck:
	default:
		return
	}
	h.since, h.paused = e.At, 0
}

// moved is by how much a pause or a slow receiver moves the step that they strike. A
// slow receiver takes its time in place of the usual one.
func (m *Meter) moved(e *Event) time.Duration {
	if e.Fault < 0 {
		return 0
	}
	f := &m.run.Faults[e.Fault]
	if f.Kind == SlowFault {
		return f.For - m.timing.Effect
	}
	return f.For
}

// step counts a step that was done or has failed. A step that needs a row takes
// longer than its time only where it has waited for that.
func (m *Meter) step(e *Event, took time.Duration) {
	c, time := &m.costs, m.timing.of(e.Op)
	switch e.Op.Place() {
	case AtQueue:
		if e.Relayed() && e.Reply == Taken { // its ack is written to the database
			c.RoundTrips++
			c.Added += time
		}
	case InDB, InCache:
		c.RoundTrips++
		c.Added += time
	case Outside:
		c.Calls++
		if !e.Op.Performs() {
			c.Added += time
		}
	}
	if m.run.Lane.Locks(e.Op) && took > time {
		c.Waited += took - time
		c.Added += took - time
	}
}

// take takes an action again, and counts what is remembered then.
func (m *Meter) take(a Action) {
	m.scope.find(m.world, a)
	m.costs.End.minus(m.scope.weigh(m.world))
	var out Outcome
	m.world.do(a, &out)
	m.costs.End.plus(m.scope.weigh(m.world))
	if !m.kept.any {
		m.world.release(&out)
	}
	peak := &m.costs.Peak
	peak.Entries = max(peak.Entries, m.costs.End.Entries)
	peak.Bytes = max(peak.Bytes, m.costs.End.Bytes)
}

// scope is what an action may write of what is remembered.
type scope struct {
	rows    []store.TableRow // of each, table and key
	cached  bool             // the cache entry under key
	learns  bool             // key, in the memory of process
	forgets bool             // anything in the memory of process
	all     bool             // everything there is
	key     int32
	process int
}

// find finds what an action may write. What it does not know may write anything.
func (s *scope) find(w *World, a Action) {
	*s = scope{rows: s.rows[:0]}
	switch a.Kind {
	case Publish, Deliver, Begin, TimeOut, CutOff, Undelay, Retry, Forget, Copy, Republish, RepublishAs, LoseAck, Fail, FailStatement:
	case Expire:
		if a.Table != 0 {
			s.rows = append(s.rows, store.TableRow{Table: a.Table, Key: a.Key})
			return
		}
		s.cached, s.key = true, a.Key
	case Crash, Evict:
		s.forgets, s.process = true, w.process(int(a.Worker))
	case Step, LoseReply, ClockAhead:
		s.findStep(w, int(a.Worker))
	default:
		s.all = true
	}
}

func (s *scope) findStep(w *World, worker int) {
	n := &w.prog.Nodes[w.workers[worker].node]
	w.prog.Number(n)
	s.key, s.process = n.KeyNo, w.process(worker)
	switch {
	case n.Op == OpCommit:
		for _, i := range w.written(nil, worker) {
			s.rows = append(s.rows, w.rows[i])
		}
	case n.Op.Locks() && !n.Tx:
		s.rows = append(s.rows, store.TableRow{Table: n.TabNo, Key: n.KeyNo})
	case n.Op.Place() == InCache:
		s.cached = true
	case n.Op == OpRemember:
		s.learns = true
	case n.Op == OpRememberWithin || n.Op == OpUnremember || n.Op == OpPanic:
		s.forgets = true
	}
}

// weigh is what it counts now.
func (s *scope) weigh(w *World) Remembered {
	if s.all {
		return w.Remembered()
	}
	var sum Remembered
	for i := range s.rows {
		if at, found := w.rows.At(s.rows[i].Table, s.rows[i].Key); found {
			sum.plus(w.weighRow(&w.rows[at]))
		}
	}
	if at, found := w.cache.At(s.key); s.cached && found {
		sum.plus(w.weigh(s.key, w.cache[at].Value))
	}
	switch {
	case s.forgets:
		sum.plus(w.weighMemory(&w.memory[s.process]))
	case s.learns && w.memory[s.process].Keys.Has(s.key):
		sum.plus(w.weigh(s.key, 0))
	}
	return sum
}
