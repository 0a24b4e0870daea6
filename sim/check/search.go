package check

import (
	"context"
	"slices"

	"dejavu/sim"
)

// Search is a search under way. It starts no goroutine and owns all that it uses,
// so many can run side by side, and one can be driven in slices between which a
// screen is drawn. The same lane and options give the same result, to the byte.
type Search struct {
	lane  sim.Lane
	opts  Options
	start *sim.World
	from  *sim.World // made into the world that is gone on from,
	world *sim.World // and copied into those that follow from it

	met    visited
	states []state
	edges  []uint32
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
	calm   bool   // quiet can be reached without a fault, in time: known when the level is done
}

// New returns a search of the worlds that a lane can come to, within bounds. Of the
// lane count the consumer, the business, the queue, the threads and the messages;
// without messages or queue it gets plain ones.
func New(l sim.Lane, o Options) (*Search, error) {
	o = o.Normal()
	if err := o.validate(); err != nil {
		return nil, err
	}
	l, err := o.bounded(l)
	if err != nil {
		return nil, err
	}
	s := &Search{lane: l, opts: o}
	s.start = sim.New(&s.lane, -1) // the search counts faults itself, so that worlds with a different rest are the same
	if slices.Contains(o.Kinds, LoseWrites) {
		s.start.KeepJournal(max(o.Faults, 1))
	}
	if slices.Contains(o.Kinds, ForgetAcks) {
		s.start.KeepAcks()
	}
	s.from, s.world = s.start.Clone(), s.start.Clone()
	s.begin()
	return s, nil
}

// begin forgets all states and starts with the first.
func (s *Search) begin() {
	s.met = newVisited()
	s.states, s.edges, s.levels = s.states[:0], s.edges[:0], append(s.levels[:0], 0)
	s.struck, s.next, s.complete, s.came = 0, 0, 0, 0
	s.first, s.broken = [propertyCount]uint32{}, [propertyCount]bool{}
	s.world.Restore(s.start.AppendKey(nil))
	s.meet(s.world, 0)
}

// Run searches to the end, or until the context is done.
func (s *Search) Run(ctx context.Context) (*Result, error) {
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
		s.advance()
	}
	return s.done
}

// Err returns the rule that the handler broke, if it broke one: then nothing that
// was found means anything.
func (s *Search) Err() error { return s.err }

// States returns how many states have been met so far.
func (s *Search) States() int { return len(s.states) }

// Budget returns the number of faults that are being tried, from 0.
func (s *Search) Budget() int { return len(s.levels) - 1 }

// advance takes one state and all that can follow from it. Of the states that need
// as many faults as are tried now, one is met earlier the fewer actions it takes:
// so whichever of the two that wait is the shallower goes first.
func (s *Search) advance() {
	level := s.levels[len(s.levels)-1]
	met := uint32(len(s.states))
	switch {
	case s.struck < level && (s.next == met || s.states[s.struck].depth <= s.states[s.next].depth):
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
	case len(s.states) > s.opts.MaxStates || s.Bytes() > s.opts.MaxBytes || s.met.full():
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
	at := uint32(len(s.edges))
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
	for i, a := range s.menu {
		w := s.from // the last action may use it up
		if i < len(s.menu)-1 {
			w = s.world
			w.CopyFrom(s.from)
		}
		if !s.take(w, a, form) {
			return
		}
		s.edges = append(room(s.edges), s.meet(w, from))
	}
	st, n := &s.states[from], uint16(len(s.edges)-int(at))
	if faulty {
		st.faulty, st.nFault = at, n
	} else {
		st.free, st.nFree = at, n
	}
}

// take takes an action from the menu of a world. It reports false if the handler has
// broken a rule, which ends the search, or has it begin anew.
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

// again begins anew, now that a handler is known to ask how often a message was
// delivered: keys did not tell enough so far.
func (s *Search) again() {
	s.begin()
}

// permits reports whether a fault is of a kind that is tried, within its bound.
func (s *Search) permits(w *sim.World, a sim.Action) bool {
	kind := slices.Index(s.opts.Kinds, KindOf(w, a))
	if kind < 0 {
		return false
	}
	switch a.Kind {
	case sim.Copy, sim.Republish, sim.RepublishAs, sim.Redrive, sim.RedriveAs:
		if w.Copies(w.Owed(int(a.Msg))) >= s.opts.Copies {
			return false
		}
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
		st.depth = s.states[from].depth + 1
	}
	s.states = append(room(s.states), st)
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
	if !s.findStuck() {
		return
	}
	s.complete++
	if s.complete > s.opts.Faults {
		s.done, s.finished = true, true
		return
	}
	s.struck = s.levels[len(s.levels)-1]
	s.levels = append(s.levels, uint32(len(s.states)))
}

// Bytes returns what the search has taken for its states so far.
func (s *Search) Bytes() int {
	const perState = 20
	return s.met.bytes() + perState*cap(s.states) + 4*cap(s.edges)
}
