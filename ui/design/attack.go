package design

import (
	"slices"

	"dejavu/sim"
	"dejavu/sim/check"
)

// attack is a counterexample in words that fit any recipe: the actions of a trace, but for
// the steps of a worker. Of these it says up to which moment they are taken. What it comes
// to is not taken from the trace: it is played against each recipe, by the same world, and
// breaks it only if the world says so.
type attack struct {
	property sim.Property
	moves    []move
	kills    int
	owed     int  // how many messages its trace has
	others   bool // it takes more than the first of them
}

// last is 1 for what is played when nothing else breaks a recipe: to see that it is stuck
// takes a hundred times as long as that it has doubled.
func (a *attack) last() int {
	if a.property == sim.NeverStuck {
		return 1
	}
	return 0
}

// move is an action or, for a step, all steps of a worker up to a moment.
type move struct {
	sim.Action
	until moment
	steps int // of the trace
}

// moment is a place in an attempt.
type moment uint8

const (
	atEnd moment = iota
	beforeEffect
	afterEffect
	beforeReturn
	beforeCommit
	afterMark
	afterLook
	afterSteps
)

// is reports whether a worker that has taken a step, or none, and goes on with another, is
// at the moment.
func (m moment) is(last, next sim.Op, busy bool) bool {
	switch m {
	case atEnd:
		return !busy
	case beforeEffect:
		return busy && next.Performs()
	case afterEffect:
		return busy && last.Performs()
	case beforeReturn:
		return busy && next == sim.OpReturn
	case beforeCommit:
		return busy && next == sim.OpCommit
	case afterMark:
		return busy && last.Marks()
	case afterLook:
		return busy && last.Checks()
	}
	return false
}

// newAttack reads a trace.
func newAttack(t *check.Trace) *attack {
	a := &attack{property: t.Property, owed: len(t.Lane.Messages)}
	for _, act := range t.Actions {
		a.others = a.others || act.Msg > 0 && int(act.Msg) < a.owed
	}
	w := t.Begin()
	var last sim.Op
	for i, act := range t.Actions {
		if act.Kind != sim.Step {
			a.moves = append(a.moves, move{Action: act})
			w.Do(act)
			continue
		}
		last, _ = w.Pending(int(act.Worker))
		if n := len(a.moves); n > 0 && a.moves[n-1].Kind == sim.Step && a.moves[n-1].Worker == act.Worker {
			a.moves[n-1].steps++
		} else {
			a.moves = append(a.moves, move{Action: act, steps: 1})
		}
		if w.Do(act); i+1 == len(t.Actions) || t.Actions[i+1].Kind != sim.Step || t.Actions[i+1].Worker != act.Worker {
			next, busy := w.Pending(int(act.Worker))
			m := &a.moves[len(a.moves)-1]
			for m.until = atEnd; m.until < afterSteps && !m.until.is(last, next, busy); m.until++ {
			}
		}
	}
	return a
}

// mostMoves is how long an attempt, or what follows an attack, is gone on with.
const mostMoves = 48

// arena is where attacks are played: the world of one recipe at its beginning, and copies.
type arena struct {
	start, world *sim.World
	owed         int // messages
	left         int // faults
	kinds        []check.Kind
	property     sim.Property
	menu         []sim.Action
	key          []byte
}

func newArena(l *sim.Lane, kinds []check.Kind) *arena {
	start := sim.New(l, -1)
	if slices.ContainsFunc(kinds, func(k check.Kind) bool { return k == check.LoseWrites || k == check.LoseDB || k == check.LoseCache }) {
		start.KeepJournal(0)
	}
	if slices.Contains(kinds, check.ForgetAcks) {
		start.KeepAcks()
	}
	return &arena{start: start, world: start.Clone(), kinds: kinds, owed: len(l.Messages)}
}

// arenas are those that were made for a study, one for each kind of lane: another recipe is
// tried in the same.
type arenas map[ground]*arena

// ground is what a recipe needs to know of its lane.
type ground struct{ ordered, alone, relayed bool }

// of returns the arena for a consumer.
func (all arenas) of(g ground, c *sim.Consumer, q *Demand) *arena {
	if r := all[g]; r != nil {
		r.start.Reuse(c)
		return r
	}
	l := q.lane(*c, g.ordered)
	if g.alone {
		l.Messages = l.Messages[:1]
	}
	all[g] = newArena(&l, q.Kinds)
	return all[g]
}

// breaks plays an attack, and reports whether it breaks its property with as many faults as
// may be, of the kinds that are asked about.
func (r *arena) breaks(a *attack, faults int) bool {
	w := r.world
	w.CopyFrom(r.start)
	r.left, r.property = faults, a.property
	for i := range a.moves {
		m := &a.moves[i]
		switch steps := m.Kind == sim.Step; {
		case steps && !r.run(m):
			return false
		case !steps && !r.do(r.found(m.Action, a.owed)):
			return false
		}
		if w.Breaks(a.property) {
			return w.Err() == nil
		}
	}
	if a.property == sim.NeverStuck {
		return r.stuck() && w.Err() == nil
	}
	for range mostMoves / 2 { // nothing else goes wrong
		r.menu = w.AppendFree(r.menu[:0])
		i := slices.IndexFunc(r.menu, func(a sim.Action) bool { return a.Kind != sim.Publish })
		if i < 0 || !r.do(r.menu[i]) {
			return false
		}
		if w.Breaks(a.property) {
			return w.Err() == nil
		}
	}
	return false
}

// mostEndings is how many worlds are looked at before it is left open whether one is quiet.
const mostEndings = 300

// stuck reports whether nothing quiet can be reached from here without another fault.
func (r *arena) stuck() bool {
	open := func() bool { // for some worker nobody knows what follows
		for i := range r.world.Workers() {
			if next, busy := r.world.Pending(i); busy && next == sim.OpDeliveries {
				return true
			}
		}
		return false
	}
	begun := r.world.AppendKey(nil)
	if r.rests(open) {
		return false
	}
	r.world.Restore(begun)
	met, waiting := map[string]bool{string(r.world.AppendFoldedKey(nil)): true}, [][]byte{begun}
	for len(waiting) > 0 {
		from := waiting[len(waiting)-1] // the newest first: most come to rest soon
		waiting = waiting[:len(waiting)-1]
		r.world.Restore(from)
		r.menu = r.world.AppendFree(r.menu[:0])
		for i, a := range r.menu {
			if i > 0 {
				r.world.Restore(from)
			}
			r.world.Take(a)
			if r.world.Quiet() || open() || len(met) > mostEndings {
				return false
			}
			if r.key = r.world.AppendFoldedKey(r.key[:0]); !met[string(r.key)] {
				met[string(r.key)], waiting = true, append(waiting, r.world.AppendKey(nil))
			}
		}
	}
	return true
}

// rests takes what may come last of all at each moment. Most worlds come to rest so, and then
// no key has to be made.
func (r *arena) rests(open func() bool) bool {
	for range mostMoves {
		r.menu = r.world.AppendFree(r.menu[:0])
		if len(r.menu) == 0 {
			return false
		}
		r.world.Take(r.menu[len(r.menu)-1])
		if r.world.Quiet() || open() {
			return true
		}
	}
	return false
}

// found returns an action as this world has it. Copies are numbered behind what is owed, and
// what runs out has other numbers in each.
func (r *arena) found(a sim.Action, owed int) sim.Action {
	if int(a.Msg) >= owed {
		a.Msg -= int32(owed - r.owed)
	}
	if a.Kind != sim.Expire {
		return a
	}
	r.menu = r.world.AppendEnabled(r.menu[:0])
	if i := slices.IndexFunc(r.menu, func(o sim.Action) bool { return o.Kind == a.Kind }); i >= 0 {
		return r.menu[i]
	}
	return a
}

// do takes an action, if it is possible here and within what may go wrong.
func (r *arena) do(a sim.Action) bool {
	if int(a.Worker) >= r.world.Workers() || int(a.Msg) >= r.world.Queue().Len() || !r.world.Can(a) {
		return false
	}
	if next, busy := r.world.Pending(int(a.Worker)); busy && next == sim.OpDeliveries && a.Kind.TakesStep() {
		return false // nobody knows what follows
	}
	if cost := r.world.Cost(a); cost > 0 {
		if r.left -= cost; r.left < 0 || !slices.Contains(r.kinds, check.KindOf(r.world, a)) {
			return false
		}
	}
	r.world.Take(a)
	return true
}

// run takes steps of a worker up to the moment. It reports false if that does not come, and
// stops early where the property is broken.
func (r *arena) run(m *move) bool {
	var last sim.Op
	for n := 0; n < mostMoves; n++ {
		next, busy := r.world.Pending(int(m.Worker))
		if m.until.is(last, next, busy) || m.until == afterSteps && n == m.steps {
			return true
		}
		if !busy || !r.do(m.Action) {
			return false
		}
		if last = next; r.world.Breaks(r.property) {
			return true
		}
	}
	return false
}
