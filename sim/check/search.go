package check

import (
	"cmp"
	"context"
	"slices"

	"dejavu/sim"
)

// Search is a search under way. It starts no goroutine and owns all that it uses,
// so many can run side by side, and one can be driven in slices between which a
// screen is drawn. The same lane and options give the same result, to the byte.
type Search struct {
	lane  *sim.Lane
	opts  Options
	left  []string // the IDs of messages of the lane that are left out
	most  int      // states
	grows growth
	// beyond are counterexamples with more messages, in a search that was given up.
	beyond [propertyCount]*Trace
	start  *sim.World
	from   *sim.World // made into the world that is gone on from,
	world  *sim.World // and copied into those that follow from it

	met    visited
	states pages[state]
	edges  pages[uint32]
	out    []uint32 // the edges of the state that is gone on from
	hold   holding
	full   bool     // the bound on memory was met
	levels []uint32 // by faults spent: the first state that needs so many
	struck uint32   // the next state of the level before to be struck by a fault
	next   uint32   // the next state of this level to be gone on from
	first  [propertyCount]uint32
	broken [propertyCount]bool
	came   uint32 // by place in the kinds that are tried: was there ever a place for it

	complete int // how many levels are searched to their end
	done     bool
	finished bool
	err      error
	menu     []sim.Action
	key      []byte
}

const propertyCount = int(sim.NeverStuck) + 1

// state is what is kept of a world beside its key.
type state struct {
	parent uint32 // the state that it was met from first; itself for the beginning
	free   uint32 // its first edge without a fault, into edges,
	faulty uint32 // and its first edge that is one
	depth  uint16 // actions from the beginning, on the shortest path
	nFree  uint16 // how many edges it has without a fault,
	nFault uint16 // and with one
	quiet  bool   // all work is done
	calm   bool   // quiet can be reached without a fault: known when the level is done
}

// New returns a search of the worlds that a lane can come to, within bounds. Of the
// lane count the consumer, the business, the queue, the processes, the threads and the
// messages, unless the options say otherwise; without messages or queue it gets plain
// ones. What is planned in the lane, or left to chance, does not count.
func New(l sim.Lane, o Options) (*Search, error) {
	all, bounds, err := o.bounded(l)
	if err != nil {
		return nil, err
	}
	g := growth{from: all, of: l.Messages, opts: bounds, memory: cmp.Or(bounds.Memory, NewBudget(bounds.MaxBytes))}
	if o.Messages == 0 && len(l.Messages) > DefaultMessages {
		return g.first(), nil
	}
	return g.search(bounds.Messages, bounds.MaxStates), nil
}

// newSearch returns a search of a lane and bounds that are known to be good.
func newSearch(l sim.Lane, o Options, most int, m *Budget) *Search {
	s := &Search{lane: &l, opts: o, most: most, hold: holding{of: m}}
	s.start = sim.New(s.lane, -1) // the search counts faults itself, so that worlds with a different rest are the same
	switch loses := func(k Kind) bool { return slices.Contains(o.Kinds, k) }; {
	case loses(LoseDB) || loses(LoseCache):
		s.start.KeepJournal(0) // the newest of one store may be old
	case loses(LoseWrites):
		s.start.KeepJournal(max(o.Faults, 1))
	}
	if slices.Contains(o.Kinds, ForgetAcks) {
		s.start.KeepAcks()
	}
	if o.Copies >= o.Faults && !slices.ContainsFunc(o.Kinds, func(k Kind) bool { return k == RepublishAs || k == Reworded || k == RedriveAs }) {
		s.start.LeaveOutCopies()
	}
	s.from, s.world = s.start.Clone(), s.start.Clone()
	s.begin()
	return s
}

// begin forgets all states and starts with the first.
func (s *Search) begin() {
	s.met = newVisited()
	s.states.clear()
	s.edges.clear()
	s.levels = append(s.levels[:0], 0)
	s.struck, s.next, s.complete, s.came = 0, 0, 0, 0
	s.first, s.broken = [propertyCount]uint32{}, [propertyCount]bool{}
	s.world.Restore(s.start.AppendKey(nil))
	s.meet(s.world, 0)
}

// Run searches to the end, or until the context is done. What it has taken of a memory
// that others share it gives back.
func (s *Search) Run(ctx context.Context) (*Result, error) {
	defer s.release()
	for !s.Step(256) {
		if err := ctx.Err(); err != nil {
			return s.Result(), err
		}
	}
	if s.err == nil {
		s.broke(s.start.Err()) // by a goroutine that came late
	}
	return s.Result(), s.err
}

// release gives back what the search has taken of a memory, and the one before it.
func (s *Search) release() {
	s.hold.release()
	if s.grows.smaller != nil {
		s.grows.smaller.hold.release()
	}
}

// broke ends the search if the handler has broken a rule.
func (s *Search) broke(err error) bool {
	if e, is := err.(*sim.HandlerError); is {
		e.Consumer = s.lane.Consumer.Name
	}
	s.err = err
	return err != nil
}

// Step goes on for n states and reports whether the search has ended. See
// [Search.Result] and [Search.Err].
func (s *Search) Step(n int) bool {
	for ; n > 0 && !s.done; n-- {
		if s.advance(); s.done {
			s.grow()
		}
	}
	return s.done
}

// Err returns the rule that the handler broke, if it broke one: then nothing that
// was found means anything.
func (s *Search) Err() error { return s.err }

// States returns how many states have been met so far.
func (s *Search) States() int { return s.states.len() }

// Budget returns the number of faults that are being tried, from 0.
func (s *Search) Budget() int { return len(s.levels) - 1 }

// advance takes one state and all that can follow from it. Of the states that need
// as many faults as are tried now, one is met earlier the fewer actions it takes:
// so whichever of the two that wait is the shallower goes first.
func (s *Search) advance() {
	level := s.levels[len(s.levels)-1]
	met := uint32(s.states.len())
	switch {
	case s.struck < level && (s.next == met || s.states.at(s.struck).depth <= s.states.at(s.next).depth):
		s.struck++
		s.goOn(s.struck-1, true)
	case s.next < met:
		s.next++
		s.goOn(s.next-1, false)
	default:
		s.endLevel()
	}
	switch {
	case s.err != nil:
		s.done = true
	case s.decided():
		s.done, s.finished = true, true
	case s.full || s.states.len() > s.most || s.met.full():
		s.done = true
	}
}

// decided reports whether all that was asked for is broken.
func (s *Search) decided() bool {
	return !slices.ContainsFunc(s.opts.Properties, func(p sim.Property) bool { return !s.broken[p] })
}

// goOn takes, from a state, every action that is a fault, or every one that is not.
//
//go:norace
func (s *Search) goOn(from uint32, faulty bool) {
	form := s.world.CountsDeliveries()
	s.from.Restore(s.met.key(from))
	if faulty {
		s.menu = s.from.AppendFaults(s.menu[:0])
	} else {
		s.menu = s.from.AppendFree(s.menu[:0])
	}
	if faulty {
		s.menu = slices.DeleteFunc(s.menu, func(a sim.Action) bool { return !s.permits(s.from, a) })
	}
	if s.full = !s.reserve(len(s.menu)); s.full {
		return
	}
	s.out = s.out[:0]
	for i, a := range s.menu {
		w := s.from // the last action may use it up
		if i < len(s.menu)-1 {
			w = s.world
			w.CopyFrom(s.from)
		}
		if !s.take(w, a, form) {
			return
		}
		s.out = append(s.out, s.meet(w, from))
	}
	st, at, n := s.states.at(from), s.edges.run(s.out), uint16(len(s.out))
	if faulty {
		st.faulty, st.nFault = at, n
	} else {
		st.free, st.nFree = at, n
	}
}

// take takes an action from the menu of a world. It reports false if the handler has
// broken a rule, which ends the search, or has it begin again.
//
//go:norace
func (s *Search) take(w *sim.World, a sim.Action, form int) bool {
	w.Take(a)
	if s.broke(w.Err()) {
		return false
	}
	if w.CountsDeliveries() != form {
		s.again()
		return false
	}
	return true
}

// again starts from the beginning, now that a handler is known to ask how often a message was
// delivered: keys did not tell enough so far.
func (s *Search) again() {
	s.begin()
}

// permits reports whether a fault is of a kind that is tried, within its bound.
//
//go:norace
func (s *Search) permits(w *sim.World, a sim.Action) bool {
	kind := slices.Index(s.opts.Kinds, KindOf(w, a))
	if kind < 0 {
		return false
	}
	if a.Kind.Renews() && w.Copies(w.Listed(int(a.Msg))) >= s.opts.Copies {
		return false
	}
	s.came |= 1 << kind
	return true
}

// meet notes a world as it is now, and returns its number. What it breaks first is
// the shortest way to break it.
//
//go:norace
func (s *Search) meet(w *sim.World, from uint32) uint32 {
	s.key = s.appendKey(s.key[:0], w)
	n, isNew := s.met.add(s.key)
	if !isNew {
		return n
	}
	st := state{parent: from, quiet: w.Quiet()}
	if n != 0 {
		st.depth = s.states.at(from).depth + 1
	}
	s.states.add(st)
	for _, p := range [...]sim.Property{sim.NeverTwice, sim.NeverLost} {
		if !s.broken[p] && w.Breaks(p) {
			s.broken[p], s.first[p] = true, n
		}
	}
	return n
}

// endLevel ends the search of what a number of faults can do, and begins with one
// more.
func (s *Search) endLevel() {
	s.findStuck()
	s.complete++
	if s.complete > s.opts.Faults {
		s.done, s.finished = true, true
		return
	}
	s.struck = s.levels[len(s.levels)-1]
	s.levels = append(s.levels, uint32(s.states.len()))
}

// What a state takes beside its key: itself, and what it takes to count the schedules
// when all is done.
const (
	perState = 20
	perCount = 2*8 + 4 + 1 // see schedules and order
)

// Bytes returns what the search takes for its states so far.
//
//go:norace
func (s *Search) Bytes() int64 {
	return s.met.bytes() + (perState+perCount)*int64(s.states.room()) + 4*int64(s.edges.room())
}

// reserve makes sure that there is memory for n more states, whatever has to grow for
// them, and reports whether there is.
//
//go:norace
func (s *Search) reserve(n int) bool {
	const more = 64 // by which a key may be longer than the one before
	growth := s.met.growth(n, len(s.key)+more) + (perState+perCount)*s.states.growth(n) + 4*s.edges.growth(n)
	if !s.hold.atLeast(s.Bytes() + growth) {
		s.done, s.full = true, true
	}
	return !s.full
}
