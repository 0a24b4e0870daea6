package sim

import (
	"cmp"
	"slices"
	"time"

	"dejavu/broker"
)

// do takes an action and plans what follows from it.
func (t *Timeline) do(a Action, fault int32) {
	t.events++
	out := &t.out
	if t.tape != nil {
		out = &t.tape.do(Entry{At: time.Duration(t.now), Action: a, Fault: fault}).Outcome
	} else {
		t.world.do(a, out)
	}
	switch {
	case a.Kind.AtWork():
		t.stepped(out)
	case a.Kind.Order() == classPublish:
		t.published(out)
	case a.Kind == Deliver:
		t.delivered(out)
	case a.Kind == Begin:
		t.begun(int(a.Worker))
	case a.Kind == Undelay:
		t.offer(int(a.Msg))
	case a.Kind == Restart:
		for i := range t.hands {
			t.down(i)
		}
	case a.Kind == Drain:
		t.drain(fault)
	case a.Kind.LosesWrites():
		t.lapse()
		t.relink()
	case a.Kind == ForgetAck:
		t.relink()
	}
	if len(t.world.moved) > 0 {
		if t.lane.Queue.TakesBack() && a.Kind.AtWork() {
			t.relink() // a commit may have taken back newer ones
		}
		t.returned()
	}
	if len(t.world.moves) > 0 {
		t.posted()
	}
	if t.world.passed {
		t.lineUp()
	}
	if t.stuck > 0 {
		t.unblock()
	}
	if !t.returns && (out.Finished || len(t.world.moved) > 0) {
		t.world.release(out) // now that nobody asks which step it was
	}
}

// published offers a message that was taken in, and plans what befalls it.
func (t *Timeline) published(out *Outcome) {
	n := int(out.Msg)
	if t.grouped() {
		t.linkGroup(n)
	}
	if out.Reply == Taken {
		t.offer(n)
		if window := t.world.queue.Profile().Window(); window > 0 && out.Kind != Copy && !redriven(out.Kind) {
			t.push(plan(t.now+int64(window), classDeadline, Action{Kind: Forget, Msg: int32(n)}))
		}
	}
	if out.Kind != Publish {
		return
	}
	for _, i := range t.renewed[out.Msg] {
		if f := t.lane.Plan[i]; f.Kind != DelayFault {
			t.planAgain(f.Normal(), out.Msg, i)
		}
	}
	id := t.lane.Messages[n].ID
	if t.rates.World {
		t.drawWorld(id)
	}
	if !t.rates.Messages {
		return
	}
	d := t.luck.Message(&t.rates, id)
	for f := range d.Each {
		if f.Kind != CopyFault || out.Reply == Taken { // what the queue has dropped cannot be copied
			f.Message = id
			t.planDrawn(f, out.Msg)
		}
	}
}

// planDrawn is planAgain for what chance has drawn.
func (t *Timeline) planDrawn(f Fault, n int32) {
	if f = f.Normal(); !t.spared(f) {
		t.planAgain(f, n, t.tape.drawn(f))
	}
}

// planAgain plans a copy, republish or redrive of a message that is being published.
func (t *Timeline) planAgain(f Fault, n, index int32) {
	a := Action{Kind: f.Becomes(), Msg: n}
	if f.Body != "" {
		a.Key = int32(slices.Index(t.world.bodies, f.Body)) + 1
	}
	d := plan(t.now+int64(f.Later), classPublish, a)
	d.fault = index
	t.push(d)
}

// delivered begins the attempt of a worker that was handed messages.
func (t *Timeline) delivered(out *Outcome) {
	i := int(out.Worker)
	wk := &t.world.workers[i]
	if t.world.IsRelay(i) {
		t.begin(i, false)
		return
	}
	if out.Held {
		t.holds(i, out.Receipt)
		return
	}
	if t.lane.Queue.Timed() {
		at := t.now + int64(t.lane.Queue.Visibility)
		if wk.batch == nil {
			t.planTimeOut(wk.receipt, at)
		}
		for _, r := range wk.batch {
			t.planTimeOut(r, at)
		}
	}
	if t.hands[i].polls++; t.lane.Queue.ConsumerTimeout > 0 {
		t.planCutOff(i, int64(t.lane.Queue.ConsumerTimeout), t.hands[i].held())
	}
	if t.beats != nil {
		t.beginBeats(i)
	}
	if t.grouped() {
		t.offerNext(int(wk.receipt.Msg))
		for _, r := range wk.batch {
			t.offerNext(int(r.Msg))
		}
	}
	t.begin(i, false)
}

// begin looks up what will strike an attempt, and plans its first step.
func (t *Timeline) begin(i int, batched bool) {
	h := &t.hands[i]
	h.attempt = t.world.workers[i].receipt
	h.inserts = h.inserts[:0]
	t.findStrikes(i, batched)
	t.planStep(i)
}

// stepped plans what a worker does next, or lets it rest.
func (t *Timeline) stepped(out *Outcome) {
	i := int(out.Worker)
	if t.world.writes != t.writes || len(t.hands[i].inserts) > 0 {
		t.planExpiry(i, out)
	}
	if t.beats != nil {
		t.endBeats(out)
	}
	if !out.Finished {
		t.planStep(i)
		return
	}
	if out.Kind.Kills() || t.world.left || t.world.prog.Nodes[t.world.took].Op == OpPanic {
		for k := range t.hands {
			if t.world.process(k) == t.world.process(i) {
				t.down(k)
			}
		}
		return
	}
	if t.world.workers[i].node != 0 {
		t.begin(i, true)
	} else {
		t.hands[i].turn++
		t.hands[i].attempt = broker.Receipt{}
	}
}

// drain replaces at once the processes that had nothing to do, and plans when those are
// killed that were at work.
func (t *Timeline) drain(fault int32) {
	for i := range t.hands {
		h := &t.hands[i]
		switch {
		case !t.world.draining(i):
			t.down(i)
		case t.world.firstOf(i) == i && h.killed == 0:
			h.killed = t.now + int64(t.lane.Plan[fault].Drain)
			d := plan(h.killed, classWorld, Action{Kind: Kill, Worker: int8(i)})
			d.fault = fault
			t.push(d)
		}
	}
}

// graceOver reports whether the time of a process is over that was to end by then, and
// says which of its workers is at work.
func (t *Timeline) graceOver(d *due) bool {
	first := int(d.worker())
	if t.hands[first].killed != d.at {
		return false // it has ended, and another has taken its place
	}
	d.become(Action{Kind: Kill, Worker: int8(t.world.firstBusy(t.world.process(first)))})
	return true
}

// down takes a worker out of service until its process has started again.
func (t *Timeline) down(i int) {
	h := &t.hands[i]
	h.turn++
	h.frozen, h.killed = 0, 0
	h.free = t.now + int64(t.timing.Restart)
	if h.stuck {
		h.stuck = false
		t.stuck--
	}
	t.push(plan(h.free, classWake, Action{}))
	if t.world.queue.Gone(i) {
		t.planCutOff(i, int64(t.lane.Queue.SessionTimeout), h.turn)
	}
	t.lastBeats(h)
	h.attempt, h.extends, h.keeps = broker.Receipt{}, h.extends[:0], h.keeps[:0]
}

// returned offers, now or after their delay, the messages that came back, and
// what waited behind those that are gone.
func (t *Timeline) returned() {
	for _, n := range t.world.moved {
		switch t.world.queue.State(int(n)) {
		case broker.Ready:
			t.offer(int(n))
		case broker.Delayed:
			wait := t.lane.Queue.Delay(t.world.queue.Deliveries(int(n)))
			t.push(plan(t.now+int64(wait), classDeadline, Action{Kind: Undelay, Msg: n}))
		case broker.Dead, broker.Discarded, broker.Acked:
			t.noteAck(n)
			t.park(n)
			t.offerNext(int(n))
		}
	}
}

func (t *Timeline) grouped() bool { return t.lane.Queue.Order != broker.NoOrder }

// linkGroup remembers what was published after what in a group.
func (t *Timeline) linkGroup(n int) {
	t.after = slices.Grow(t.after, t.world.queue.Len()-len(t.after))
	for len(t.after) < t.world.queue.Len() {
		t.after = append(t.after, broker.None)
	}
	if before := t.world.queue.Before(n); before != broker.None {
		t.after[before] = int32(n)
	}
}

// relink notes again what stands behind messages that have come back into their
// groups, and what they stand behind.
func (t *Timeline) relink() {
	if !t.grouped() {
		return
	}
	q := t.world.Queue()
	for _, n := range t.world.moved {
		if before := q.Before(int(n)); before != broker.None {
			t.after[before] = n
		}
		if behind := q.Behind(int(n)); behind != broker.None {
			t.after[n] = int32(behind)
		}
	}
}

// offerNext offers what stands behind n in its group, which may be deliverable
// now that n has moved.
func (t *Timeline) offerNext(n int) {
	for n < len(t.after) && t.after[n] != broker.None {
		n = int(t.after[n])
		if s := t.world.queue.State(n); !s.Settled() {
			if s == broker.Ready {
				t.offer(n)
			}
			return
		}
	}
}

// planExpiry plans when that expires which a step wrote, at the receiver too. What is
// inserted in a transaction is there, and its time begins, with the commit. A step that
// found its key taken has written nothing: what it found keeps its time.
func (t *Timeline) planExpiry(worker int, out *Outcome) {
	wrote := t.world.writes != t.writes
	t.writes = t.world.writes
	if t.world.took == 0 || !out.Kind.TakesStep() {
		return
	}
	node, h := &t.world.prog.Nodes[t.world.took], &t.hands[worker]
	switch {
	case node.Op == OpCommit && out.Kind != Fail:
		for _, d := range h.inserts {
			t.keep(d)
		}
		h.inserts = h.inserts[:0]
	case node.Op == OpPerformKey && out.Done && t.world.part(node).HonoursKeys() && t.world.keysFor > 0:
		t.keep(t.planEnd(t.world.keysFor, AtBank, node.KeyNo))
	case node.TTL == 0 || !wrote:
	case node.Op == OpInsert:
		d := t.planEnd(int64(node.TTL), node.TabNo, node.KeyNo)
		if node.Tx {
			h.inserts = append(h.inserts, d)
			return
		}
		t.keep(d)
	default:
		t.keep(t.planEnd(int64(node.TTL), 0, node.KeyNo))
	}
}

// planEnd is the end, after a time, of what the last write has stored.
func (t *Timeline) planEnd(after int64, table int16, key int32) due {
	return planTurn(after, classDeadline, Action{Kind: Expire, Slot: Slot{table, key}}, t.world.writes)
}

// keep plans that something stored runs out, at the end of a time that begins now.
func (t *Timeline) keep(d due) {
	if d.at += t.now; d.at < t.now {
		return // the sum is too large: never
	}
	if t.tape != nil {
		t.tape.keeps(&d, t.now)
	}
	t.push(d)
}

// planPublish puts the next publish on the agenda.
func (t *Timeline) planPublish() {
	if t.next < len(t.lane.Messages) {
		n := int32(t.next)
		if len(t.order) > 0 {
			n = t.order[n]
		}
		t.next++
		d := plan(t.arrives(n), classPublish, Action{Kind: Publish, Msg: n})
		if len(t.delays) > 0 {
			if s, late := t.delays[n]; late {
				d.fault = t.index(&s)
			}
		}
		t.push(d)
	}
}

// byTime appends the numbers of messages in order of some time, and of the list
// where that is the same, to a slice that is empty.
func byTime(order []int32, owed []Owed, when func(n int32) int64) []int32 {
	order = slices.Grow(order, len(owed))
	sorted, last := true, int64(0)
	for i := range int32(len(owed)) {
		at := when(i)
		order = append(order, i)
		sorted, last = sorted && at >= last, at
	}
	if sorted {
		return order
	}
	slices.SortStableFunc(order, func(a, b int32) int { return cmp.Compare(when(a), when(b)) })
	return order
}

// arrives returns when a message reaches the queue.
func (t *Timeline) arrives(n int32) int64 {
	at := int64(t.lane.Messages[n].At)
	if len(t.delays) > 0 {
		at += int64(t.delays[n].For)
	}
	return at
}

// delay plans that a publish is held up. Of several delays the longest is the one that
// is felt, and a later one does not prolong it.
func (t *Timeline) delay(n int32, s strike) {
	if t.delays == nil {
		t.delays = map[int32]strike{}
	}
	if longest, late := t.delays[n]; !late || s.For > longest.For {
		t.delays[n] = s
	}
}

// drawDelays draws which messages are delayed, of those that the plan leaves alone.
func (t *Timeline) drawDelays() {
	rate := t.rates.Rate(DelayFault)
	if rate == 0 {
		return
	}
	for i := range t.lane.Messages {
		id := t.lane.Messages[i].ID
		f := Fault{Kind: DelayFault, Message: id, Drawn: true}.Normal()
		if _, planned := t.delays[int32(i)]; !planned && t.luck.Alone(DelayFault, rate, id) && !t.spared(f) {
			t.delay(int32(i), strike{Fault: f, index: -1})
		}
	}
}

// park notes a message that has come to lie in the dead-letter queue.
func (t *Timeline) park(n int32) {
	if t.world.queue.State(int(n)) != broker.Dead {
		return
	}
	if t.parked == nil {
		t.parked = map[int32][]int32{}
	}
	owed := int32(t.world.Listed(int(n)))
	t.parked[owed] = append(t.parked[owed], n)
}

// dead returns the first message of a thing listed that lies in the dead-letter queue,
// or broker.None.
func (t *Timeline) dead(owed int32) int32 {
	first := int32(broker.None)
	for _, n := range t.parked[owed] {
		if t.world.queue.State(int(n)) == broker.Dead && (first == broker.None || n < first) {
			first = n
		}
	}
	return first
}

// noteAck notes that a message was acked, where that can be forgotten.
func (t *Timeline) noteAck(n int32) {
	if t.world.forgetful && t.world.queue.State(int(n)) == broker.Acked {
		t.acks = append(t.acks, n)
	}
}

// lastAck takes from the acks the newest that still stands, and returns its message,
// or broker.None.
func (t *Timeline) lastAck() int32 {
	for len(t.acks) > 0 {
		n := t.acks[len(t.acks)-1]
		t.acks = t.acks[:len(t.acks)-1]
		if t.world.queue.State(int(n)) == broker.Acked {
			return n
		}
	}
	return broker.None
}

// Where the profile has a heartbeat, a worker extends the visibility of all that
// it holds for as long as it runs, or of the message that it is at. The timeline keeps no beats, only their end: a
// deadline that comes asks whether the holder is alive, and whoever stops says
// when the last beat was and plans the deadline after it. So a worker that works
// for years costs one look, however often its heart beats.

// alive reports whether the visibility of a message has been extended beyond its
// deadline: its holder runs and will say when it stops, or has said so.
func (t *Timeline) alive(n int) bool {
	if t.beats == nil {
		return false
	}
	r := broker.Receipt{Msg: int32(n), Delivery: int32(t.world.queue.Deliveries(n))}
	if h := t.world.holder(n); h != broker.None && t.hands[h].frozen <= t.now && slices.Contains(t.hands[h].extends, r) {
		return true
	}
	if k := t.world.Keeper(n); k != broker.None && t.hands[k].frozen <= t.now && slices.Contains(t.hands[k].keeps, r) {
		return true
	}
	if t.beats[r.Msg] > t.now {
		return true
	}
	delete(t.beats, r.Msg)
	return false
}

// beginBeats notes what a worker that was handed messages extends.
func (t *Timeline) beginBeats(i int) {
	h, wk := &t.hands[i], &t.world.workers[i]
	h.extends = append(h.extends[:0], wk.batch...)
	if t.lane.Queue.Heartbeat == broker.HeartbeatAtWork {
		h.extends = h.extends[:0] // what it has not begun runs out
	}
	if len(h.extends) == 0 {
		h.extends = append(h.extends, wk.receipt)
	}
}

// endBeats notes what a worker extends no more after a step: what it has acked, as
// far as it knows, and everything once it is idle. Where acks go together, what was
// handled waits for the rest of its batch, and is extended with it if all of it is.
func (t *Timeline) endBeats(out *Outcome) {
	h := &t.hands[out.Worker]
	atWork := t.lane.Queue.Heartbeat == broker.HeartbeatAtWork
	if out.Kind == LoseAck || out.Finished && (atWork || !t.world.acksTogether()) {
		if k := slices.Index(h.extends, out.Receipt); k >= 0 {
			h.extends = slices.Delete(h.extends, k, k+1)
			t.lastBeat(out.Receipt)
		}
	}
	if t.world.workers[out.Worker].node == 0 {
		t.lastBeats(h)
		h.extends = h.extends[:0]
	} else if out.Finished && atWork {
		h.extends = append(h.extends, t.world.workers[out.Worker].receipt) // it begins the next
	}
}

// lastBeats is lastBeat for everything that a worker extends.
func (t *Timeline) lastBeats(h *hand) {
	for _, r := range h.extends {
		t.lastBeat(r)
	}
	for _, r := range h.keeps {
		t.lastBeat(r)
	}
}

// lastBeat says that the holder of a message extends its visibility no more:
// it passes a full timeout after now.
func (t *Timeline) lastBeat(r broker.Receipt) {
	n := int(r.Msg)
	if t.world.queue.State(n) != broker.InFlight || t.world.queue.Deliveries(n) != int(r.Delivery) {
		return
	}
	until := t.now + int64(t.lane.Queue.Visibility)
	t.beats[r.Msg] = until
	t.planTimeOut(r, until)
}

// release gives back the steps of messages after an action, if they are settled and
// nobody handles them any more. Only those who go one way through a run may do
// that: a search comes back.
func (w *World) release(out *Outcome) {
	if out.Finished {
		w.releaseSteps(int(out.Receipt.Msg))
	}
	for _, n := range w.moved {
		if !out.Finished || n != out.Receipt.Msg {
			w.releaseSteps(int(n))
		}
	}
}

func (w *World) releaseSteps(n int) {
	kind := w.kind(n)
	if !w.prog.Begun(kind) || !w.queue.State(n).Settled() || len(w.outbox) > 0 && w.posted(kind) {
		return
	}
	for i := range w.workers {
		if wk := &w.workers[i]; wk.node != 0 && w.kind(int(wk.receipt.Msg)) == kind {
			return
		}
	}
	w.prog.Release(kind)
}
