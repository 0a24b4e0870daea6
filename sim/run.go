package sim

import (
	"cmp"
	"math"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim/program"
)

// Entry is an action of a run, and when it was taken. A pause is no action, nor is
// the wait for a slow receiver: they move the next step of a worker. They stand in
// the list as Nothing, so that a story can tell them.
type Entry struct {
	At time.Duration
	Action
	// Fault is the index into Run.Faults of what made it happen, or -1.
	Fault int32
}

// Run is what happened in a lane: a list of actions, each with its time. What a
// person sees at any moment is the world after the first n of them, and that is
// found by taking them again.
type Run struct {
	// Lane is what was run.
	Lane Lane
	// Faults are the plan of the lane, followed by what chance drew, in the order
	// in which it struck or was arranged.
	Faults []Fault
	// Ending is why the run ended.
	Ending Ending
	// End is the time of the last event.
	End time.Duration

	events []Event
	kept   []kept // by write
	prog   *program.Program
	last   *World
	causes causes
	coming []due // what was to bring more as the run ended
}

// Simulate runs a lane to its end and keeps everything that happened. The error
// is that of Validate, or a *HandlerError.
func Simulate(l Lane) (*Run, error) {
	ready, err := l.Ready()
	if err != nil {
		return nil, err
	}
	return ready.Simulate()
}

// Ready is a lane that was validated, and need not be again: each use of it is a new run.
type Ready struct{ lane Lane }

// Ready validates a lane. The error is that of Validate.
func (l Lane) Ready() (Ready, error) { return Ready{l}, l.Validate() }

// Lane returns what was validated.
func (r Ready) Lane() Lane { return r.lane }

// Simulate runs the lane to its end. The error is a *HandlerError.
func (r Ready) Simulate() (*Run, error) {
	recording := r.Record()
	for !recording.Step(math.MaxInt) {
	}
	return recording.Run()
}

// Recording is a run in the making: [Simulate] in parts, for whoever has something else
// to do in between.
type Recording struct {
	run  *Run
	time *Timeline
	over bool
}

// Record begins to run the lane.
func (r Ready) Record() *Recording {
	run := &Run{Lane: r.lane, Faults: append([]Fault(nil), r.lane.Plan...)}
	for i := range run.Faults {
		run.Faults[i] = run.Faults[i].Normal()
	}
	return &Recording{run: run, time: newTimeline(&run.Lane, run)}
}

// of makes it the run of a world that is at its beginning.
func (r *Run) of(w *World) { r.last, r.prog, r.causes = w, w.prog, newCauses(w) }

// Step takes at most n actions more, and reports whether the run is over.
func (r *Recording) Step(n int) (over bool) {
	for ; n > 0 && !r.over; n-- {
		r.over = !r.time.Next()
	}
	return r.over
}

// Len returns how many events were kept so far.
func (r *Recording) Len() int { return len(r.run.events) }

// Run returns the run, once it is over. The error is a *HandlerError.
func (r *Recording) Run() (*Run, error) {
	if !r.over {
		panic("sim: Recording.Run of a run that is not over: Step until it is")
	}
	run, t := r.run, r.time
	run.Ending, run.coming = t.ending, t.coming()
	if n := len(run.events); n > 0 {
		run.End = run.events[n-1].At
	}
	return run, named(t.world.Err(), &run.Lane)
}

// Tally runs a lane to its end, keeps nothing of how it came to that, and
// returns the verdicts.
func Tally(l Lane) (Verdicts, error) {
	t, err := NewTimeline(l)
	if err != nil {
		return Verdicts{}, err
	}
	for t.Next() {
	}
	return t.Verdicts(), named(t.world.Err(), &l)
}

// Reruns runs one lane under one seed after another, for the verdicts alone: [Tally] for
// those who do it millions of times. What no seed changes is made once, and what a run
// has changed is put back in place: the handler's steps are kept, so that a handler is
// run for what it has not been answered before, and for nothing else.
type Reruns struct {
	lane     Lane
	time     *Timeline // nil before the first run
	start    *World    // as it was at its beginning
	verdicts Verdicts
}

// The room that the handler's steps get. With many messages they are given back as they
// are in any run: to begin again there is little beside the run itself.
const (
	mostReturning = 1000    // messages
	mostNodes     = 1 << 16 // steps: with more, they begin again
)

// Reruns prepares to run the lane under one seed after another; its own means nothing.
func (r Ready) Reruns() *Reruns {
	n := r.lane.Debts()
	return &Reruns{lane: r.lane, verdicts: Verdicts{Of: make([]Verdict, n), Effects: make([]int32, n)}}
}

// Tally runs the lane under a seed. The verdicts are good until the next run. The error
// is a *HandlerError.
func (r *Reruns) Tally(seed uint64) (*Verdicts, error) {
	if t := r.time; t != nil && t.returns && t.world.prog.Err == nil && len(t.world.prog.Nodes) < mostNodes {
		t.world.CopyFrom(r.start)
		t.again(seed)
	} else {
		r.lane.Seed = seed
		r.time = newTimeline(&r.lane, nil)
		if r.time.returns = len(r.lane.Messages) <= mostReturning; r.time.returns {
			r.start = r.time.world.Clone()
		}
	}
	for r.time.Next() {
	}
	r.time.judge(&r.verdicts)
	return &r.verdicts, named(r.time.world.Err(), &r.lane)
}

// Verdicts returns the verdicts on all that is owed at the end of the run.
func (r *Run) Verdicts() Verdicts { return r.last.ended(r.Ending, r.coming) }

func named(err error, l *Lane) error {
	if e, ok := err.(*HandlerError); ok {
		e.Consumer = l.Consumer.Name
	}
	return err
}

// Drop forgets what happened and what went wrong, and keeps how it ended: the world, the
// verdicts and the ending. Of many long runs that is all there is room for.
func (r *Run) Drop() { r.events, r.Faults, r.kept, r.causes = nil, nil, nil, causes{} }

// Len returns the number of entries.
func (r *Run) Len() int { return len(r.events) }

// Entry returns the i-th entry, from 0: the i-th event as the action that it was.
func (r *Run) Entry(i int) Entry {
	e := &r.events[i]
	a := e.Action
	switch {
	case a.Kind.Renews():
		a.Msg = int32(r.last.From(int(a.Msg)))
	case !a.Kind.OfMessage():
		a.Msg = 0
	}
	if a.Kind.AtWork() {
		a.Slot = Slot{} // the event says there what the step was about
	}
	return Entry{At: e.At, Action: a, Fault: e.Fault}
}

// At returns the world after the first n entries. It takes them again from the
// start: about 0.2 µs each, and a test of determinism each time.
func (r *Run) At(n int) *World {
	p := Player{run: r, world: r.begin()} // it goes one way: no place is kept
	return p.At(n)
}

// World returns the world at the end of the run. It must not be changed.
func (r *Run) World() *World { return r.last }

// begin returns the world of the run at its beginning.
func (r *Run) begin() *World {
	w := New(&r.Lane, -1)
	if r.last != nil {
		w.journal.on, w.forgetful = r.last.journal.on, r.last.forgetful
	}
	return w
}

// Fork returns a run of the first n entries, to be gone on with by Do. Nothing
// is due in it: whoever holds it decides.
func (r *Run) Fork(n int) *Run {
	f := &Run{Lane: r.Lane, Faults: r.Faults[:len(r.Faults):len(r.Faults)]}
	f.of(New(&f.Lane, -1))
	f.last.KeepJournal(0) // whoever goes on by hand may lose writes
	f.last.KeepAcks()     // and acks
	for i := range n {
		f.repeat(r.Entry(i))
	}
	return f
}

// Do takes an action at the end of a forked run. It must be possible: see
// [World.Can]. Time does not go back: an earlier time means the time of the last
// entry.
func (r *Run) Do(at time.Duration, a Action) {
	if !r.last.Can(a) {
		panic("sim: Run.Do of an action that is not possible now: ask Can first: " + r.last.Format(a))
	}
	r.repeat(Entry{At: max(at, r.End), Action: a, Fault: -1})
}

// repeat takes an entry again.
func (r *Run) repeat(e Entry) {
	r.End = e.At
	if e.Kind == Nothing {
		r.keepWait(r.last, int64(e.At), int(e.Worker), e.Fault)
		return
	}
	r.do(e)
}

// Events returns what happened, in order. The slice must not be changed.
func (r *Run) Events() []Event { return r.events }

// drawn keeps a fault that chance drew, and returns its index. A nil run keeps
// nothing.
func (r *Run) drawn(f Fault) int32 {
	if r == nil {
		return -1
	}
	if n := len(r.Faults); n == cap(r.Faults) {
		r.Faults = slices.Grow(r.Faults, r.last.more(n))
	}
	r.Faults = append(r.Faults, f)
	return int32(len(r.Faults) - 1)
}

// Player is a run being watched: the world after its first n entries, for any n.
// Going forward takes what lies between, for about 0.2 µs an entry. Going back begins
// again, in a long run from the last place that was kept on the way.
//
// A place that is kept is a clone, and that shares the handler's steps. So whoever keeps
// places gives no steps back, as a search does not.
type Player struct {
	run   *Run
	world *World
	at    int
	kept  places[*World]
	taken int // entries taken so far, those taken again included
}

// Player returns a player of the run, at its beginning.
func (r *Run) Player() *Player {
	return &Player{run: r, world: r.begin(), kept: placesOf[*World](r)}
}

// At returns the world after the first n entries. It is to be looked at only, and
// until At is called again.
func (p *Player) At(n int) *World {
	if at, w := p.kept.before(n); at > p.at || n < p.at {
		if p.at = at; at > 0 {
			p.world = w.Clone()
		} else {
			p.world = p.run.begin()
		}
	}
	var out Outcome
	for ; p.at < n; p.at++ {
		if p.kept.due(p.at) {
			p.kept.keep(p.at, p.world.Clone())
		}
		if e := p.run.Entry(p.at); e.Kind != Nothing {
			p.world.do(e.Action, &out)
			if !p.kept.any {
				p.world.release(&out)
			}
		}
		p.taken++
	}
	return p.world
}

// places are what somebody who goes through a run keeps on the way, to come back to:
// few of them, however long the run is.
type places[T any] struct {
	any   bool // the run is long enough to keep any
	every int  // entries between two
	all   []T
}

const (
	placeEvery = 8192 // entries between two places, in a run that is not very long
	mostPlaces = 32   // of one who goes through a run: with more, every other one is dropped
)

func placesOf[T any](r *Run) places[T] {
	return places[T]{any: r.Len() > placeEvery, every: placeEvery}
}

// due reports whether a place is to be kept after n entries.
func (p *places[T]) due(n int) bool { return p.any && n == p.every*(len(p.all)+1) }

// keep keeps a place that is due.
func (p *places[T]) keep(n int, place T) {
	p.all = append(p.all, place)
	if len(p.all) < mostPlaces {
		return
	}
	left := p.all[:0]
	for i := 1; i < len(p.all); i += 2 {
		left = append(left, p.all[i])
	}
	clear(p.all[len(left):])
	p.all, p.every = slices.Clip(left), 2*p.every
}

// before returns the last place that was kept after at most n entries. At 0 there is
// none: it is the beginning.
func (p *places[T]) before(n int) (at int, place T) {
	if len(p.all) > 0 && n >= p.every {
		k := min(n/p.every, len(p.all))
		return k * p.every, p.all[k-1]
	}
	return 0, place
}

// Marks say in hindsight what the effects of a run came to: which of them count, since
// when, and which how often. An effect in a transaction is true once that commits; one
// that is rolled back, or lost in a failover, counts for nothing.
type Marks struct {
	// Nth is, by event, 1 for the first effect of what is owed, 2 for the second, ...,
	// and 0 for what is none that counts. Of a status, one that is stale is the second even
	// where it is the first, and one that sets what was set before is Unchanged.
	Nth []int
	// Settled is, by event, the event with which an effect became true, or -1.
	Settled []int32
	// Effects are, by debt, the events that were its first effect, its second, ...
	Effects [][]int
	// Losses are the events with which the stores lost writes, and TakenBack the effects
	// among those.
	Losses    []int
	TakenBack []TakenBack
}

// TakenBack is an effect that was true from one event on, until a failover of the stores
// took it back with another.
type TakenBack struct{ Debt, Effect, From, To int }

// Marks finds the marks of a run. It says to looked of how many events it has looked at
// one more, if anybody asks: a long run is gone through in parts.
func (r *Run) Marks(looked func(n int)) *Marks {
	if looked == nil {
		looked = func(int) {}
	}
	m := &Marks{Nth: make([]int, len(r.events)), Settled: make([]int32, len(r.events)), Effects: make([][]int, r.Lane.Debts())}
	var done []int
	for i := range r.events {
		looked(1)
		e := &r.events[i]
		m.Settled[i] = noEvent
		if e.Kind.LosesWrites() {
			m.Losses = append(m.Losses, i)
		}
		if !e.Done {
			continue
		}
		if m.Settled[i] = int32(r.commits(i)); m.Settled[i] >= 0 {
			done = append(done, i)
		}
	}
	all := slices.Clone(done)
	done = m.withoutLost(r, done)
	slices.SortStableFunc(done, func(a, b int) int { return cmp.Compare(m.Settled[a], m.Settled[b]) })
	stale := m.stale(r, all)
	for _, i := range done {
		debt := r.Debt(&r.events[i])
		if stale[i] && len(m.Effects[debt]) == 0 {
			m.Effects[debt] = append(m.Effects[debt], i)
		}
		if m.Nth[i] = Unchanged; stale == nil || stale[i] || len(m.Effects[debt]) == 0 {
			m.Effects[debt] = append(m.Effects[debt], i)
			m.Nth[i] = len(m.Effects[debt])
		}
	}
	return m
}

// Unchanged is what stands in [Marks].Nth for an effect that changed nothing.
const Unchanged = -1

// stale finds which effects set a status over a newer one, of all that became true, those
// that were taken back later among them. It is nil where no status is set.
func (m *Marks) stale(r *Run, all []int) map[int]bool {
	if !r.Lane.Business.Info().LastWins {
		return nil
	}
	slices.SortStableFunc(all, func(a, b int) int { return cmp.Compare(m.Settled[a], m.Settled[b]) })
	stale, newest := map[int]bool{}, newestOf{}
	overtakes := func(i int) bool {
		return newest.overtakes(r.last, &Effect{Owed: int32(r.last.Listed(int(r.events[i].Msg)))})
	}
	taken := 0
	for at, i := range all {
		if n := m.takenBefore(int(m.Settled[i])); n > taken { // what was set last is found again
			taken = n
			clear(newest)
			for _, before := range all[:at] {
				if !m.lostBy(before, int(m.Settled[i])) {
					overtakes(before)
				}
			}
		}
		stale[i] = overtakes(i)
	}
	return stale
}

// takenBefore returns how many effects had been taken back before an event.
func (m *Marks) takenBefore(event int) int {
	n := 0
	for _, t := range m.TakenBack {
		if t.To < event {
			n++
		}
	}
	return n
}

// lostBy reports whether an effect had been taken back before an event.
func (m *Marks) lostBy(effect, event int) bool {
	return slices.ContainsFunc(m.TakenBack, func(t TakenBack) bool { return t.Effect == effect && t.To < event })
}

// withoutLost leaves out the effects that a failover of the stores took back: what
// the newest commit of the attempt that it names had taken.
func (m *Marks) withoutLost(r *Run, done []int) []int {
	if len(m.Losses) == 0 {
		return done
	}
	of := map[broker.Receipt][]int{}
	for _, i := range done {
		if e := &r.events[i]; r.Part(e).Local() { // the stores hold nothing else
			of[e.Receipt] = append(of[e.Receipt], i)
		}
	}
	gone := map[int]bool{}
	for _, k := range m.Losses {
		if !r.events[k].Undone {
			continue
		}
		newest := noEvent
		for _, i := range of[r.events[k].Receipt] {
			if m.Settled[i] < int32(k) && !gone[i] {
				newest = max(newest, m.Settled[i])
			}
		}
		for _, i := range of[r.events[k].Receipt] {
			if m.Settled[i] == newest && !gone[i] {
				gone[i] = true
				m.TakenBack = append(m.TakenBack, TakenBack{Debt: r.Debt(&r.events[i]), Effect: i, From: int(newest), To: k})
			}
		}
	}
	return slices.DeleteFunc(done, func(i int) bool { return gone[i] })
}

// commits returns the event with which an effect became true, or -1 if it was
// rolled back: the business is local, it joined a transaction, and its attempt did
// not commit.
func (r *Run) commits(i int) int {
	if !r.events[i].InTx || !r.Part(&r.events[i]).Local() {
		return i
	}
	for k := i + 1; k < len(r.events); k++ {
		e := &r.events[k]
		if e.Worker != r.events[i].Worker || e.Receipt != r.events[i].Receipt {
			if e.Kind == Restart {
				return -1
			}
			continue
		}
		if e.Op == OpCommit && e.Kind.DoesStep() {
			return k
		}
		if e.Finished {
			return -1
		}
	}
	return -1
}

// takenBack returns, by debt, the last failover of the stores that took back an effect, or a
// row of the outbox that was to bring one, or -1.
func (r *Run) takenBack(looked func(n int)) []int {
	last := slices.Repeat([]int{int(noEvent)}, r.Lane.Debts())
	if !slices.ContainsFunc(r.events, func(e Event) bool { return e.Kind.LosesWrites() }) {
		return last
	}
	m := r.Marks(looked)
	for _, t := range m.TakenBack {
		last[t.Debt] = max(last[t.Debt], t.To)
	}
	if r.Lane.Consumer.Relay == nil {
		return last
	}
	p := r.Player()
	for _, i := range m.Losses {
		rows := len(p.At(i).outbox)
		if looked(1); len(p.At(i+1).outbox) >= rows {
			continue
		}
		for part := range r.Lane.Business.Parts() {
			debt := r.Lane.Business.Debt(r.last.Owed(int(r.events[i].Receipt.Msg)), part)
			last[debt] = max(last[debt], i)
		}
	}
	return last
}

// settledBy sets, for some of what is owed, the first event, from the one given on,
// after which all copies of it are settled.
func (r *Run) settledBy(these, from []int, looked func(n int)) {
	copies, queue := map[int][]int{}, &r.last.queue
	for n := range queue.Len() {
		copies[r.last.Owed(n)] = append(copies[r.last.Owed(n)], n)
	}
	slices.SortStableFunc(these, func(a, b int) int { return cmp.Compare(from[a], from[b]) })
	p := r.Player()
	for i := 0; i < r.Len() && len(these) > 0; i++ {
		w := p.At(i + 1)
		looked(1 + len(these))
		open := func(n int) bool { return n < w.queue.Len() && !w.queue.State(n).Settled() && !w.rests(n) }
		for k := 0; k < len(these) && from[these[k]] <= i; {
			if slices.ContainsFunc(copies[these[k]], open) {
				k++
				continue
			}
			from[these[k]] = i
			these = slices.Delete(these, k, k+1)
		}
	}
	for _, owed := range these {
		from[owed] = r.Len() - 1
	}
}
