package sim

import (
	"slices"

	"dejavu/broker"
)

// do takes an action and plans what follows from it.
func (t *Timeline) do(a Action, fault int32) {
	t.events++
	if t.tape != nil {
		t.tape.before(t.world, a)
	}
	out := &t.out
	t.world.do(a, out)
	if t.tape != nil {
		t.tape.keep(t.world, t.now, a, out, fault)
	}
	switch a.Kind {
	case Publish, Copy, Republish, RepublishAs, Redrive, RedriveAs:
		t.published(out)
	case Deliver:
		t.delivered(int(a.Worker))
	case Undelay:
		t.offer(int(a.Msg))
	case Step, LoseAck, LoseReply, Fail, Crash:
		t.stepped(out)
	case Restart:
		for i := range t.hands {
			t.down(i)
		}
	case LoseWrites:
		t.lapse()
	case ForgetAck:
		t.relink()
	}
	t.returned()
	if len(t.world.moves) > 0 {
		t.posted()
	}
	if t.world.passed {
		t.lineUp()
	}
	if t.stuck > 0 {
		t.unblock()
	}
	t.world.release(out) // now that nobody asks which step it was
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
			t.push(due{at: t.now + int64(window), class: classDeadline, kind: Forget, msg: int32(n), fault: -1})
		}
	}
	if out.Kind != Publish {
		return
	}
	for _, i := range t.renewed[out.Msg] {
		t.planAgain(t.lane.Plan[i].Normal(), out.Msg, i)
	}
	id := t.lane.Messages[n].ID
	if t.rates.world {
		t.drawWorld(id)
	}
	if !t.rates.messages {
		return
	}
	d := t.luck.message(&t.rates, id)
	for f := range d.each {
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
	kinds := f.Kind.Info().Actions
	t.push(due{at: t.now + int64(f.Later), class: classPublish, kind: kinds[number(f.NewID)], msg: n, fault: index})
}

// delivered begins the attempt of a worker that was handed messages.
func (t *Timeline) delivered(i int) {
	wk := &t.world.workers[i]
	if i == t.world.relay {
		t.begin(i, false)
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
	if out.Node != 0 && out.Kind != Crash {
		t.planExpiry(i, out)
	}
	if t.beats != nil {
		t.endBeats(out)
	}
	if !out.Finished {
		t.planStep(i)
		return
	}
	if out.Kind == Crash || t.world.prog.nodes[out.Node].op == OpPanic {
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

// down takes a worker out of service until its process has started again.
func (t *Timeline) down(i int) {
	h := &t.hands[i]
	h.turn++
	h.frozen = 0
	h.free = t.now + int64(t.timing.Restart)
	if h.stuck {
		h.stuck = false
		t.stuck--
	}
	t.push(due{at: h.free, class: classWake, fault: -1})
	t.lastBeats(h)
	h.attempt, h.extends = broker.Receipt{}, h.extends[:0]
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
			t.push(due{at: t.now + int64(wait), class: classDeadline, kind: Undelay, msg: n, fault: -1})
		case broker.Dead, broker.Discarded, broker.Acked:
			t.noteAck(n)
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
	node, h := &t.world.prog.nodes[out.Node], &t.hands[worker]
	wrote := t.world.writes != t.writes
	t.writes = t.world.writes
	switch {
	case node.op == OpCommit && out.Kind != Fail:
		for _, d := range h.inserts {
			t.keep(d)
		}
		h.inserts = h.inserts[:0]
	case node.op == OpPerformKey && out.Done && t.world.business.HonoursKeys() && t.world.keysFor > 0:
		t.keep(due{at: t.world.keysFor, class: classDeadline, kind: Expire, table: AtBank, key: node.keyNo, turn: t.world.writes, fault: -1})
	case node.ttl == 0 || !wrote:
	case node.op == OpInsert:
		d := due{at: int64(node.ttl), class: classDeadline, kind: Expire, table: node.tabNo, key: node.keyNo, turn: t.world.writes, fault: -1}
		if node.tx {
			h.inserts = append(h.inserts, d)
			return
		}
		t.keep(d)
	default:
		t.keep(due{at: int64(node.ttl), class: classDeadline, kind: Expire, key: node.keyNo, turn: t.world.writes, fault: -1})
	}
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
