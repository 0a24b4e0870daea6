package sim

import (
	"cmp"
	"slices"

	"dejavu/broker"
)

// Verdict is what became of one thing owed.
type Verdict uint8

// The verdicts. Pending is never called lost.
const (
	Once    Verdict = iota // took effect once
	Twice                  // took effect twice or more
	Never                  // never took effect, and nothing will come any more
	Parked                 // never took effect, and lies in the dead-letter queue
	Pending                // not yet: a copy of it is in the queue or at work
)

// String returns the verdict as one lower-case word.
func (v Verdict) String() string {
	return [...]string{"once", "twice", "never", "parked", "pending"}[v]
}

// Property is something that a consumer should guarantee.
type Property uint8

// The properties. A consumer can break more than one.
const (
	NeverTwice Property = iota // nothing owed takes effect twice
	NeverLost                  // everything owed takes effect, once all is quiet
	NeverStuck                 // it can always become quiet
)

// String returns the property as it is written in commands.
func (p Property) String() string {
	return [...]string{"never-twice", "never-lost", "never-stuck"}[p]
}

// Verdicts are the verdicts on all that is owed, and how often each took effect.
type Verdicts struct {
	Of      []Verdict // by index of what is owed
	Effects []int32   // committed effects, by the same
	// Unsettled is what took effect, and the queue was never told: it delivers that for
	// ever, or waits for an answer that nobody gives. It says nothing of a run that its
	// budget ended.
	Unsettled []int32
	// Ending is why the run ended that they are of. Those of a world by itself say
	// Quiet.
	Ending Ending
}

// Breaks reports whether the verdicts break a property. Never-stuck is about all
// futures, and no single outcome breaks it.
func (v *Verdicts) Breaks(p Property) bool {
	for _, of := range v.Of {
		if p == NeverTwice && of == Twice || p == NeverLost && of == Never {
			return true
		}
	}
	return false
}

// Breaks is Verdicts().Breaks for those who ask it of millions of worlds: it makes
// no list.
func (w *World) Breaks(p Property) bool {
	for i := range w.owed {
		effects := 0
		for k := range w.ledger {
			if e := &w.ledger[k]; !e.open && int(e.Owed) == i {
				effects++
			}
		}
		if p == NeverTwice && effects > 1 || p == NeverLost && effects == 0 && w.gone(i) {
			return true
		}
	}
	return false
}

// gone reports whether nothing will ever come of a thing owed: no message of it is
// in the queue, at work or parked.
func (w *World) gone(owed int) bool {
	for n := range w.queue.Len() {
		if s := w.queue.State(n); (!s.Settled() || s == broker.Dead) && w.Owed(n) == owed {
			return false
		}
	}
	if len(w.outbox) > 0 && slices.ContainsFunc(w.outbox, func(p posting) bool { return w.Owed(int(p.msg)) == owed }) {
		return false
	}
	for i := range w.workers {
		wk := &w.workers[i]
		if wk.node == 0 {
			continue
		}
		if w.Owed(int(wk.receipt.Msg)) == owed {
			return false
		}
		for k := int(wk.place); k < len(wk.batch); k++ {
			if w.Owed(int(wk.batch[k].Msg)) == owed {
				return false
			}
		}
	}
	return true
}

// Quiet reports whether all work is done: every message is published and settled, the
// outbox is empty, and every worker is idle. Only a fault can bring more.
func (w *World) Quiet() bool {
	for i := range w.workers {
		if w.workers[i].node != 0 {
			return false
		}
	}
	for n := range w.queue.Len() {
		if !w.queue.State(n).Settled() {
			return false
		}
	}
	return len(w.outbox) == 0
}

// Verdicts returns the verdicts on all that is owed, as the run stands now.
func (t *Timeline) Verdicts() Verdicts { return t.world.ended(t.ending, t.coming()) }

// judge is Verdicts for whoever has room for them.
func (t *Timeline) judge(v *Verdicts) {
	t.world.judge(v)
	v.ended(t.world, t.ending, t.coming())
}

// coming returns what is still due that brings messages back: copies, republishes,
// redrives and forgotten acks. A run that ended by itself has none.
func (t *Timeline) coming() []due {
	var more []due
	forgets := false
	for d := range t.agenda.all {
		switch {
		case kinds[d.kind()].renews:
			more = append(more, *d)
		case d.kind() == ForgetAck, d.kind() == Publish && t.lane.Rates[ForgetAcksFault] > 0: // drawn at a publish
			forgets = true
		}
	}
	if forgets {
		more = append(more, plan(0, classWorld, Action{Kind: ForgetAck}))
	}
	return more
}

// ended returns the verdicts on a run. What it ended too soon for is pending, and not
// lost: nothing of it is left, but more of it was to come.
func (w *World) ended(by Ending, coming []due) Verdicts {
	v := w.Verdicts()
	v.ended(w, by, coming)
	return v
}

func (v *Verdicts) ended(w *World, by Ending, coming []due) {
	v.Ending, v.Unsettled = by, nil
	for n := 0; n < w.queue.Len() && by != OutOfEvents; n++ {
		owed, at := int32(w.Owed(n)), w.queue.State(n)
		if at != broker.Dead && !at.Settled() && v.Effects[owed] > 0 && !slices.Contains(v.Unsettled, owed) {
			v.Unsettled = append(v.Unsettled, owed)
		}
	}
	for i := range coming {
		d := &coming[i]
		of := &v.Of[w.Owed(int(d.msg()))]
		switch {
		case d.kind() == ForgetAck: // nobody knows yet of which
			for k := range v.Of {
				if v.Of[k] == Never {
					v.Of[k] = Pending
				}
			}
		case *of == Parked, *of == Never && !redriven(d.kind()):
			*of = Pending
		}
	}
}

// Verdicts reads the verdicts from the ledger. Copies and republishes count for
// the message that they are of.
func (w *World) Verdicts() Verdicts {
	v := Verdicts{Of: make([]Verdict, len(w.owed)), Effects: make([]int32, len(w.owed))}
	w.judge(&v)
	return v
}

// judge is Verdicts for whoever has room for them.
func (w *World) judge(v *Verdicts) {
	clear(v.Effects)
	for i := range w.ledger {
		if e := &w.ledger[i]; !e.open {
			v.Effects[e.Owed]++
		}
	}
	for i := range v.Of { // as what was performed says, and below what is still to come
		v.Of[i] = [...]Verdict{Never, Once, Twice}[min(v.Effects[i], 2)]
	}
	still := func(msg int32, is Verdict) {
		if of := &v.Of[w.Owed(int(msg))]; *of == Never || *of == Parked {
			*of = is
		}
	}
	for n := range w.queue.Len() {
		switch s := w.queue.State(n); {
		case s == broker.Dead:
			still(int32(n), Parked)
		case !s.Settled():
			still(int32(n), Pending)
		}
	}
	for i := range w.outbox {
		still(w.outbox[i].msg, Pending)
	}
	for i := range w.workers { // an early ack: settled, but still at work
		if wk := &w.workers[i]; wk.node != 0 {
			still(wk.receipt.Msg, Pending)
			for k := int(wk.place); k < len(wk.batch); k++ {
				still(wk.batch[k].Msg, Pending)
			}
		}
	}
}

// Marks say in hindsight what the effects of a run came to: which of them count, since
// when, and which how often. An effect in a transaction is true once that commits; one
// that is rolled back, or lost in a failover, counts for nothing.
type Marks struct {
	// Nth is, by event, 1 for the first effect of what is owed, 2 for the second, ...,
	// and 0 for what is none that counts.
	Nth []int
	// Settled is, by event, the event with which an effect became true, or -1.
	Settled []int32
	// Effects are, by what is owed, the events that were its first effect, its second, ...
	Effects [][]int
	// Losses are the events with which the stores lost writes, and TakenBack the effects
	// among those.
	Losses    []int
	TakenBack []TakenBack
}

// TakenBack is an effect that was true from one event on, until a failover of the stores
// took it back with another.
type TakenBack struct{ Owed, From, To int }

// Marks finds the marks of a run. It says to looked of how many events it has looked at
// one more, if anybody asks: a long run is gone through in parts.
func (r *Run) Marks(looked func(n int)) *Marks {
	if looked == nil {
		looked = func(int) {}
	}
	m := &Marks{Nth: make([]int, len(r.events)), Settled: make([]int32, len(r.events)), Effects: make([][]int, len(r.Lane.Messages))}
	var done []int
	for i := range r.events {
		looked(1)
		e := &r.events[i]
		m.Settled[i] = noEvent
		if e.Kind == LoseWrites {
			m.Losses = append(m.Losses, i)
		}
		if !e.Done {
			continue
		}
		if m.Settled[i] = int32(r.commits(i)); m.Settled[i] >= 0 {
			done = append(done, i)
		}
	}
	done = m.withoutLost(r, done)
	slices.SortStableFunc(done, func(a, b int) int { return cmp.Compare(m.Settled[a], m.Settled[b]) })
	for _, i := range done {
		owed := r.last.Owed(int(r.events[i].Msg))
		m.Effects[owed] = append(m.Effects[owed], i)
		m.Nth[i] = len(m.Effects[owed])
	}
	return m
}

// withoutLost leaves out the effects that a failover of the stores took back: what
// the newest commit of the attempt that it names had taken.
func (m *Marks) withoutLost(r *Run, done []int) []int {
	if len(m.Losses) == 0 {
		return done
	}
	of := map[broker.Receipt][]int{}
	for _, i := range done {
		of[r.events[i].Receipt] = append(of[r.events[i].Receipt], i)
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
				m.TakenBack = append(m.TakenBack, TakenBack{Owed: r.last.Owed(int(r.events[i].Msg)), From: int(newest), To: k})
			}
		}
	}
	return slices.DeleteFunc(done, func(i int) bool { return gone[i] })
}

// commits returns the event with which an effect became true, or -1 if it was
// rolled back: the business is local, it joined a transaction, and its attempt did
// not commit.
func (r *Run) commits(i int) int {
	if !r.events[i].InTx || !r.Lane.Business.Local() {
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
		if e.Op == OpCommit && (e.Kind == Step || e.Kind == LoseReply) {
			return k
		}
		if e.Finished {
			return -1
		}
	}
	return -1
}

// Gone is something owed that never took effect, and the event with which that became
// certain: after it no copy is left in queue or worker, unless it is parked.
type Gone struct {
	Owed, Event int
	Parked      bool // it lies in the dead-letter queue
}

// Gone finds what never took effect, in the order of what is owed. No event names what was
// buried with the batch of another: that is looked up in the world. It says to looked what
// it does, as Marks does.
func (r *Run) Gone(looked func(n int)) (all []Gone) {
	verdicts := r.Verdicts()
	if !slices.Contains(verdicts.Of, Never) && !slices.Contains(verdicts.Of, Parked) {
		return nil
	}
	last := r.lastOf(looked)
	var unnamed []int // buried with others
	for owed, of := range verdicts.Of {
		if of == Parked && r.events[last[owed]].Reply != Buried {
			unnamed = append(unnamed, owed)
		}
	}
	if len(unnamed) > 0 {
		r.settledBy(unnamed, last, looked)
	}
	for owed, of := range verdicts.Of {
		if of == Never || of == Parked {
			all = append(all, Gone{owed, last[owed], of == Parked})
		}
	}
	return all
}

// lastOf returns the last event that settled a message of each thing owed, or ended an
// attempt at one. A restart is about no message, and ends attempts at many.
func (r *Run) lastOf(looked func(n int)) []int {
	last, open := make([]int, len(r.Lane.Messages)), map[broker.Receipt]int{}
	for i := range r.events {
		looked(1)
		e := &r.events[i]
		if e.Kind == Restart {
			for _, owed := range open { // order does not matter: all get the same
				last[owed] = i
			}
			clear(open)
		}
		if e.Kind.OfWorld() {
			continue
		}
		owed := r.last.Owed(int(e.Msg))
		if e.Finished {
			delete(open, e.Receipt)
		} else if e.Op != 0 || e.Kind == Deliver {
			open[e.Receipt] = owed
		}
		if e.Op != 0 && e.Receipt.Delivery > 0 || e.Reply.GivesUp() || e.Reply == Deduplicated || e.Finished {
			last[owed] = i
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
		open := func(n int) bool { return n < w.queue.Len() && !w.queue.State(n).Settled() }
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
