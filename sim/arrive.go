package sim

import (
	"cmp"
	"slices"

	"dejavu/broker"
)

// planPublish puts the next publish on the agenda.
func (t *Timeline) planPublish() {
	if t.next < len(t.order) {
		n := t.order[t.next]
		t.next++
		d := due{at: t.arrives(n), class: classPublish, kind: Publish, msg: n, fault: -1}
		if s, late := t.delays[n]; late {
			d.fault = t.index(&s)
		}
		t.push(d)
	}
}

// byTime returns the numbers of messages in order of some time, and of the list
// where that is the same.
func byTime(owed []Owed, when func(n int32) int64) []int32 {
	order := make([]int32, len(owed))
	sorted := true
	for i := range order {
		order[i] = int32(i)
		sorted = sorted && (i == 0 || when(int32(i-1)) <= when(int32(i)))
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
	if s, late := t.delays[n]; late {
		at += int64(s.For)
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
	rate := t.rates.rate(DelayFault)
	if rate == 0 {
		return
	}
	for i := range t.lane.Messages {
		id := t.lane.Messages[i].ID
		f := Fault{Kind: DelayFault, Message: id, Drawn: true}.Normal()
		if _, planned := t.delays[int32(i)]; !planned && t.luck.alone(DelayFault, rate, id) && !t.spared(f) {
			t.delay(int32(i), strike{Fault: f, index: -1})
		}
	}
}

// dead returns the first message of what is owed that lies in the dead-letter queue,
// or broker.None.
func (t *Timeline) dead(owed int32) int32 {
	for n := range t.world.queue.Len() {
		if t.world.queue.State(n) == broker.Dead && t.world.Owed(n) == int(owed) {
			return int32(n)
		}
	}
	return broker.None
}
