package sim

import (
	"cmp"
	"slices"

	"dejavu/broker"
)

// Verdict is what became of one thing owed: a message or, where that has several effects,
// one of them.
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
	Of      []Verdict // by debt: see Business.Debt
	Effects []int32   // committed effects, by the same
	// Unsettled are the messages that took effect, in every part, and the queue was never told: it delivers that for
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
	for i := range w.debts() {
		effects := 0
		for k := range w.ledger {
			if e := &w.ledger[k]; !e.open && w.debt(e) == i {
				effects++
			}
		}
		if p == NeverTwice && effects > 1 || p == NeverLost && effects == 0 && w.gone(w.effectOf(i)) {
			return true
		}
	}
	return false
}

// gone reports whether nothing will ever come of a part of a thing owed: no message of it
// is in the queue, at work or parked, and no row of the outbox is for it.
func (w *World) gone(e Effect) bool {
	owed := int(e.Owed)
	for n := range w.queue.Len() {
		if s := w.queue.State(n); (!s.Settled() && !w.rests(n) || s == broker.Dead) && w.Owed(n) == owed {
			return false
		}
	}
	if len(w.outbox) > 0 && slices.ContainsFunc(w.outbox, func(p posting) bool {
		return w.Owed(int(p.msg)) == owed && errand{of: p.of}.covers(e.Part) && !w.passedOver(p.row)
	}) {
		return false
	}
	for i := range w.workers {
		wk := &w.workers[i]
		if slices.ContainsFunc(wk.held, func(r broker.Receipt) bool { return w.Owed(int(r.Msg)) == owed }) {
			return false
		}
		if wk.node == 0 {
			continue
		}
		if w.Owed(int(wk.receipt.Msg)) == owed && w.prog.nodes[wk.node].covers(e.Part) {
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

// rests reports whether a message was handled and its ack is lost, where that brings nothing
// back: its owner has a session, is idle, and asks only for what comes next. It stays where
// it is until the owner leaves, and so does all before it. Only a fault can bring more of it.
func (w *World) rests(n int) bool {
	p := w.queue.Profile()
	if p.SessionTimeout == 0 || p.Timed() {
		return false
	}
	for ; n != broker.None; n = w.queue.Before(n) {
		h := w.queue.Holder(n)
		if h == broker.None || w.queue.Gone(h) || w.workers[h].node != 0 || len(w.workers[h].held) > 0 {
			return false
		}
	}
	return true
}

// Quiet reports whether all work is done: every message is published and settled, the
// outbox is empty, and every worker is idle. Only a fault can bring more.
func (w *World) Quiet() bool {
	for i := range w.workers {
		if w.workers[i].node != 0 || len(w.workers[i].held) > 0 {
			return false
		}
	}
	for n := range w.queue.Len() {
		if !w.queue.State(n).Settled() && !w.rests(n) {
			return false
		}
	}
	return !slices.ContainsFunc(w.outbox, func(p posting) bool { return !w.passedOver(p.row) })
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
		if at != broker.Dead && !at.Settled() && !w.rests(n) && !slices.Contains(v.effectsOf(w, owed), 0) && !slices.Contains(v.Unsettled, owed) {
			v.Unsettled = append(v.Unsettled, owed)
		}
	}
	for i := range coming {
		d := &coming[i]
		n, parts := w.Owed(int(d.msg())), len(w.prog.parts)
		of := v.Of[n*parts : (n+1)*parts]
		if d.kind() == ForgetAck { // nobody knows yet of which
			of = v.Of
		}
		for k := range of {
			switch {
			case of[k] == Parked && d.kind() != ForgetAck, of[k] == Never && !redriven(d.kind()):
				of[k] = Pending
			}
		}
	}
}

// effectsOf returns how often each part of a message took effect.
func (v *Verdicts) effectsOf(w *World, owed int32) []int32 {
	n := int32(len(w.prog.parts))
	return v.Effects[owed*n : (owed+1)*n]
}

// Verdicts reads the verdicts from the ledger. Copies and republishes count for
// the message that they are of.
func (w *World) Verdicts() Verdicts {
	v := Verdicts{Of: make([]Verdict, w.debts()), Effects: make([]int32, w.debts())}
	w.judge(&v)
	return v
}

// judge is Verdicts for whoever has room for them.
func (w *World) judge(v *Verdicts) {
	clear(v.Effects)
	for i := range w.ledger {
		if e := &w.ledger[i]; !e.open {
			v.Effects[w.debt(e)]++
		}
	}
	for i := range v.Of { // as what was performed says, and below what is still to come
		v.Of[i] = [...]Verdict{Never, Once, Twice}[min(v.Effects[i], 2)]
	}
	still := func(msg int32, as errand, is Verdict) {
		at := w.Owed(int(msg)) * len(w.prog.parts)
		for part := range w.prog.parts {
			if of := &v.Of[at+part]; as.covers(int8(part)) && (*of == Never || *of == Parked) {
				*of = is
			}
		}
	}
	for n := range w.queue.Len() {
		switch s := w.queue.State(n); {
		case s == broker.Dead:
			still(int32(n), errand{}, Parked)
		case !s.Settled() && !w.rests(n):
			still(int32(n), errand{}, Pending)
		}
	}
	for i := range w.outbox {
		if p := &w.outbox[i]; !w.passedOver(p.row) {
			still(p.msg, errand{of: p.of}, Pending)
		}
	}
	for i := range w.workers { // an early ack: settled, but still at work
		for _, r := range w.workers[i].held { // settled by another delivery, and still to come
			still(r.Msg, errand{}, Pending)
		}
		if wk := &w.workers[i]; wk.node != 0 {
			still(wk.receipt.Msg, w.prog.nodes[wk.node].errand, Pending)
			for k := int(wk.place); k < len(wk.batch); k++ {
				still(wk.batch[k].Msg, errand{}, Pending)
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
	// Effects are, by debt, the events that were its first effect, its second, ...
	Effects [][]int
	// Losses are the events with which the stores lost writes, and TakenBack the effects
	// among those.
	Losses    []int
	TakenBack []TakenBack
}

// TakenBack is an effect that was true from one event on, until a failover of the stores
// took it back with another.
type TakenBack struct{ Debt, From, To int }

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
	done = m.withoutLost(r, done)
	slices.SortStableFunc(done, func(a, b int) int { return cmp.Compare(m.Settled[a], m.Settled[b]) })
	for _, i := range done {
		debt := r.Debt(&r.events[i])
		m.Effects[debt] = append(m.Effects[debt], i)
		m.Nth[i] = len(m.Effects[debt])
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
				m.TakenBack = append(m.TakenBack, TakenBack{Debt: r.Debt(&r.events[i]), From: int(newest), To: k})
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

// Gone is a debt that was never paid, and the event with which that became certain: after
// it no copy is left in queue or worker, unless it is parked.
type Gone struct {
	Debt, Event int
	Parked      bool // it lies in the dead-letter queue
}

// Gone finds what never took effect, by debt. No event names what was buried with the batch
// of another, or settled by an ack for several: that is looked up in the world. It says to
// looked what it does, as Marks does.
func (r *Run) Gone(looked func(n int)) (all []Gone) {
	verdicts := r.Verdicts()
	if !slices.Contains(verdicts.Of, Never) && !slices.Contains(verdicts.Of, Parked) {
		return nil
	}
	last := r.lastOf(looked)
	var unnamed []int // buried or settled with others
	for debt, of := range verdicts.Of {
		owed, _ := r.Lane.Business.Owing(debt)
		with := of == Parked && r.events[last[owed]].Reply != Buried || of == Never && r.Lane.Queue.AckUnit != broker.AckEach
		if with && !slices.Contains(unnamed, owed) {
			unnamed = append(unnamed, owed)
		}
	}
	if len(unnamed) > 0 {
		r.settledBy(unnamed, last, looked)
	}
	for debt, of := range verdicts.Of {
		if of == Never || of == Parked {
			owed, _ := r.Lane.Business.Owing(debt)
			all = append(all, Gone{debt, last[owed], of == Parked})
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
