package sim

import (
	"slices"

	"dejavu/broker"
)

// Where the profile has a heartbeat, a worker extends the visibility of all that
// it holds for as long as it runs. The timeline keeps no beats, only their end: a
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
	if wk.batch == nil {
		h.extends = append(h.extends, wk.receipt)
	}
}

// endBeats notes what a worker extends no more after a step: what it has acked, as
// far as it knows, and everything once it is idle. Where acks go together, what was
// handled waits for the rest of its batch.
func (t *Timeline) endBeats(out *Outcome) {
	h := &t.hands[out.Worker]
	if out.Kind == LoseAck || out.Finished && !t.world.acksTogether() {
		if k := slices.Index(h.extends, out.Receipt); k >= 0 {
			h.extends = slices.Delete(h.extends, k, k+1)
			t.lastBeat(out.Receipt)
		}
	}
	if t.world.workers[out.Worker].node == 0 {
		t.lastBeats(h)
		h.extends = h.extends[:0]
	}
}

// lastBeats is lastBeat for everything that a worker extends.
func (t *Timeline) lastBeats(h *hand) {
	for _, r := range h.extends {
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
