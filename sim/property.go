package sim

import (
	"cmp"
	"slices"

	"dejavu/broker"
	"dejavu/sim/program"
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
	Stale                  // took effect over something newer: see BusinessInfo.LastWins
)

// String returns the verdict as one lower-case word.
func (v Verdict) String() string {
	return [...]string{"once", "twice", "never", "parked", "pending", "stale"}[v]
}

// Breaks reports whether a verdict is one that breaks a property. Never-stuck is about all
// futures, and no single verdict breaks it.
func (v Verdict) Breaks(p Property) bool {
	return p == NeverTwice && (v == Twice || v == Stale) || p == NeverLost && v == Never
}

// Property is something that a consumer should guarantee.
type Property uint8

// The properties. A consumer can break more than one.
const (
	NeverTwice Property = iota // nothing owed takes effect twice nor, of a status, over something newer
	NeverLost                  // everything owed takes effect, once all is quiet
	NeverStuck                 // it can always become quiet
)

// String returns the property as it is written in commands.
func (p Property) String() string {
	return [...]string{"never-twice", "never-lost", "never-stuck"}[p]
}

// Verdicts are the verdicts on all that is owed, and how often each took effect.
type Verdicts struct {
	// Of are by debt: see Business.Debt. What stands for the debt of an earlier message has no
	// verdict of its own: it is Once, with no effects.
	Of      []Verdict
	Effects []int32 // committed effects, by the same
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
		if of.Breaks(p) {
			return true
		}
	}
	return false
}

// Breaks is Verdicts().Breaks for those who ask it of millions of worlds: it makes
// no list.
func (w *World) Breaks(p Property) bool {
	if w.latest != nil {
		return p == NeverTwice && w.anyStale() || p == NeverLost && w.anyLost()
	}
	for i := range w.debts() {
		if w.shares(i) {
			continue
		}
		effects := 0
		for k := range w.ledger {
			if e := &w.ledger[k]; !e.open && w.account(e) == i {
				effects++
			}
		}
		if p == NeverTwice && effects > 1 || p == NeverLost && effects == 0 && w.gone(w.effectOf(i)) {
			return true
		}
	}
	return false
}

// gone reports whether nothing will ever come of a part of a thing owed: nothing is on its
// way, and no message of it is parked.
func (w *World) gone(e Effect) bool {
	for n := range w.queue.Len() {
		if w.queue.State(n) == broker.Dead && w.Owed(n) == int(e.Owed) {
			return false
		}
	}
	return !w.comes(e)
}

// comes reports whether a part of a thing owed is on its way: a message of it is in the
// queue or at work, or a row of the outbox is for it.
func (w *World) comes(e Effect) bool {
	owed := int(e.Owed)
	for n := range w.queue.Len() {
		if !w.queue.State(n).Settled() && !w.rests(n) && w.Owed(n) == owed {
			return true
		}
	}
	if len(w.outbox) > 0 && slices.ContainsFunc(w.outbox, func(p posting) bool {
		return w.Owed(int(p.msg)) == owed && program.Errand{Of: p.of}.Covers(e.Part) && !w.passedOver(p.row)
	}) {
		return true
	}
	for i := range w.workers {
		wk := &w.workers[i]
		if slices.ContainsFunc(wk.held, func(r broker.Receipt) bool { return w.Owed(int(r.Msg)) == owed }) {
			return true
		}
		if wk.node == 0 {
			continue
		}
		if w.Owed(int(wk.receipt.Msg)) == owed && w.prog.Nodes[wk.node].Covers(e.Part) {
			return true
		}
		for k := int(wk.place); k < len(wk.batch); k++ {
			if w.Owed(int(wk.batch[k].Msg)) == owed {
				return true
			}
		}
	}
	return false
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
		case d.kind().Renews():
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
		n, parts := w.Owed(int(d.msg())), len(w.prog.Parts)
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
	v.outdate(w)
}

// effectsOf returns how often each part of a message took effect.
func (v *Verdicts) effectsOf(w *World, owed int32) []int32 {
	n := int32(len(w.prog.Parts))
	return v.Effects[owed*n : (owed+1)*n]
}

// Verdicts reads the verdicts from the ledger. Copies and republishes count for
// the message that they are of, and a message that owes another for that one.
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
			v.Effects[w.account(e)] = e.after(v.Effects[w.account(e)], w.latest != nil)
		}
	}
	for i := range v.Of { // as what was performed says, and below what is still to come
		if v.Of[i] = [...]Verdict{Never, Once, Twice}[min(v.Effects[i], 2)]; w.shares(i) {
			v.Of[i] = Once
		} else if w.latest != nil && v.Effects[i] > 1 {
			v.Of[i] = Stale
		}
	}
	still := func(msg int32, as program.Errand, is Verdict) {
		at := w.Owed(int(msg)) * len(w.prog.Parts)
		for part := range w.prog.Parts {
			if of := &v.Of[at+part]; as.Covers(int8(part)) && (*of == Never || *of == Parked) {
				*of = is
			}
		}
	}
	for n := range w.queue.Len() {
		switch s := w.queue.State(n); {
		case s == broker.Dead:
			still(int32(n), program.Errand{}, Parked)
		case !s.Settled() && !w.rests(n):
			still(int32(n), program.Errand{}, Pending)
		}
	}
	for i := range w.outbox {
		if p := &w.outbox[i]; !w.passedOver(p.row) {
			still(p.msg, program.Errand{Of: p.of}, Pending)
		}
	}
	for i := range w.workers { // an early ack: settled, but still at work
		for _, r := range w.workers[i].held { // settled by another delivery, and still to come
			still(r.Msg, program.Errand{}, Pending)
		}
		if wk := &w.workers[i]; wk.node != 0 {
			still(wk.receipt.Msg, w.prog.Nodes[wk.node].Errand, Pending)
			for k := int(wk.place); k < len(wk.batch); k++ {
				still(wk.batch[k].Msg, program.Errand{}, Pending)
			}
		}
	}
	v.outdate(w)
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
	byDebt := r.takenBack(looked)
	for debt := range byDebt {
		owed, _ := r.Lane.Business.Owing(debt)
		byDebt[debt] = max(byDebt[debt], last[owed])
	}
	r.last.withNewer(byDebt)
	for debt, of := range verdicts.Of {
		if of == Never || of == Parked {
			all = append(all, Gone{debt, byDebt[debt], of == Parked})
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

// What counts for what: a message for the debt of an earlier one, and a newer status for an
// older.

// debtor returns whose debt a thing listed is.
func (w *World) debtor(listed int) int {
	if w.stands == nil {
		return listed
	}
	return int(w.stands[listed])
}

// debts returns of how many things verdicts are given: each part of each message owed.
func (w *World) debts() int { return len(w.owed) * len(w.prog.Parts) }

// debt returns the place of an effect among what is counted: by the message that is listed,
// and the part. What that counts for, account says.
func (w *World) debt(e *Effect) int { return int(e.Owed)*len(w.prog.Parts) + int(e.Part) }

// account returns the debt that an effect is judged with.
func (w *World) account(e *Effect) int {
	return w.debtor(int(e.Owed))*len(w.prog.Parts) + int(e.Part)
}

// shares reports whether a debt is none of its own, but that of an earlier message.
func (w *World) shares(debt int) bool {
	owed := debt / len(w.prog.Parts)
	return w.debtor(owed) != owed
}

// effectOf returns an effect that counts for a debt, without its history.
func (w *World) effectOf(debt int) Effect {
	n := len(w.prog.Parts)
	return Effect{Owed: int32(debt / n), Part: int8(debt % n)}
}

// counter is where the committed effects of a part are counted under the business key
// of a thing owed.
func (w *World) counter(owed, part int) *int32 {
	return &w.effects[w.class(owed)*len(w.prog.Parts)+part]
}

// A status is set by each message of a group, and the last write wins. So what counts is
// whether one was set after a newer one: the order is that in which they were published.

// Newer reports whether a thing of the list sets the same status as another, and is newer.
func (w *World) Newer(a, than int) bool {
	return w.turns() != nil && w.ahead(w.debtor(than), w.debtor(a))
}

// setLatest notes that an effect has become true, and whether it is stale.
func (w *World) setLatest(e *Effect) {
	if w.latest == nil || w.turns() == nil {
		return
	}
	at := w.turn(int(e.Owed))
	newest := &w.latest[at.group]
	e.stale = e.stale || at.place+1 < *newest
	*newest = max(*newest, at.place+1)
}

// newestOf are the places, from 1, of the newest messages that have set a status, by the first
// of their group.
type newestOf map[int32]int32

// overtakes notes an effect, and reports whether a newer one was noted before.
func (p newestOf) overtakes(w *World, e *Effect) bool {
	if w.turns() == nil {
		return false
	}
	at := w.turn(int(e.Owed))
	stale := at.place+1 < p[at.group]
	p[at.group] = max(p[at.group], at.place+1)
	return stale
}

// setInTx is setLatest for what a worker's open transaction has set.
func (w *World) setInTx(i int) {
	if w.latest == nil {
		return
	}
	for k := range w.takings(i) {
		w.setLatest(&w.ledger[k])
	}
}

// findLatest finds again what was set last, once a failover took something back.
func (w *World) findLatest() {
	clear(w.latest)
	for i := range w.ledger {
		if e := w.ledger[i]; !e.open {
			w.setLatest(&e)
		}
	}
}

// counted returns how many places there are at which effects are counted: for each debt one
// and, of a status, another for what is stale.
func (w *World) counted() int {
	if w.latest != nil {
		return 2 * w.debts()
	}
	return w.debts()
}

// place returns where an effect is counted, and effectAt an effect that is counted there,
// without its history.
func (w *World) place(e *Effect) int {
	if e.stale {
		return w.debts() + w.debt(e)
	}
	return w.debt(e)
}

func (w *World) effectAt(place int) Effect {
	e := w.effectOf(place % w.debts())
	e.stale = place >= w.debts()
	return e
}

// after returns how many effects there are with this one. To set a status again counts for
// nothing, and one that is stale is one too many, even if it is the first.
func (e *Effect) after(n int32, sets bool) int32 {
	switch {
	case !sets:
		return n + 1
	case e.stale:
		return max(n, 1) + 1
	}
	return max(n, 1)
}

// anyStale reports whether a status was set over a newer one.
func (w *World) anyStale() bool {
	return slices.ContainsFunc(w.ledger, func(e Effect) bool { return e.stale && !e.open })
}

// anyLost reports whether a status will never be set that a message says, nor a newer one. A
// newer one that is parked is set by nobody but an operator.
func (w *World) anyLost() bool {
	for i := range w.owed {
		if w.shares(i) || !w.unset(i) || !w.gone(Effect{Owed: int32(i)}) {
			continue
		}
		lost := true
		for n := range w.owed {
			lost = lost && (!w.Newer(n, i) || w.unset(n) && !w.comes(Effect{Owed: int32(w.debtor(n))}))
		}
		if lost {
			return true
		}
	}
	return false
}

// unset reports whether a thing owed has never set its status.
func (w *World) unset(owed int) bool {
	owed = w.debtor(owed)
	return !slices.ContainsFunc(w.ledger, func(e Effect) bool { return !e.open && w.account(&e) == owed })
}

// outdate gives what never set its status the verdict of a newer one that has, or that may.
func (v *Verdicts) outdate(w *World) {
	if w.latest == nil || w.turns() == nil {
		return
	}
	set, mayBe := newestOf{}, newestOf{}
	for n, of := range v.Of {
		e := Effect{Owed: int32(n)}
		if v.Effects[n] > 0 {
			set.overtakes(w, &e)
		} else if of == Pending {
			mayBe.overtakes(w, &e)
		}
	}
	for i, of := range v.Of {
		at := w.turn(i)
		switch {
		case of != Never && of != Parked:
		case set[at.group] > at.place+1:
			v.Of[i] = Once
		case of == Never && mayBe[at.group] > at.place+1:
			v.Of[i] = Pending
		}
	}
}

// withNewer raises what is said of each thing listed to the most that is said of a newer one
// of its group: until then it could have been outdated.
func (w *World) withNewer(last []int) {
	if w.latest == nil || w.turns() == nil {
		return
	}
	order := make([]int, len(last))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(cmp.Compare(w.turn(a).group, w.turn(b).group), cmp.Compare(w.turn(b).place, w.turn(a).place))
	})
	var at turn
	above, here := -1, -1 // of those that are newer, and of those of the same turn
	for k, i := range order {
		switch t := w.turn(i); {
		case k == 0 || t.group != at.group:
			at, above, here = t, -1, -1
		case t != at:
			at, above = t, max(above, here)
		}
		here = max(here, last[i])
		last[i] = max(last[i], above)
	}
}
