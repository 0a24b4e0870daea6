package scenarios

import (
	"fmt"
	"reflect"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

const maxBackoff = 32 // waits in a list

func defaultQueue() broker.Profile { return broker.Default() }

// readQueue reads how the broker behaves: a preset, or the default queue, with
// single fields of it changed.
func (r *reader) readQueue(v *node) error {
	q := defaultQueue()
	fields := r.queueFields(&q)
	if err := r.object(v, "queue", fields); err != nil {
		return err
	}
	if preset, named := broker.Preset(q.Name); named && !reflect.DeepEqual(preset, q) {
		q.Name, q.Summary = "", "" // a preset with a field changed is that broker no more
	}
	if err := q.Validate(); err != nil {
		return r.fail(v, "queue: %v", err)
	}
	r.s.Queue = q
	return nil
}

// forever is the length of what never runs out, as a file writes it.
const forever = "forever"

// readBank reads how the receiver of the effect behaves.
func (r *reader) readBank(v *node) error {
	return r.object(v, "bank", []field{parsed(r.source, "keys", "how long it honours an idempotency key, such as keys: 24h", &r.s.BankKeys, parseKeys)})
}

func parseKeys(text string) (time.Duration, error) {
	if text == forever {
		return sim.Forever, nil
	}
	d, err := above0(sim.MaxTime)(text)
	if err != nil {
		return 0, fmt.Errorf("%w, or %s", err, forever)
	}
	return d, nil
}

// queueFields are the keys of a queue. The preset comes first, since the others
// change it.
func (r *reader) queueFields(q *broker.Profile) []field {
	s, rules := r.source, []broker.AckRule{broker.Accepted, broker.Ignored, broker.Rejected}
	return []field{
		{name: "profile", read: func(v *node) error { return r.readProfile(v, q) }},
		parsed(s, "visibility", "", &q.Visibility, above0(broker.MaxVisibility)),
		choice(s, "late-ack", &q.LateAck, rules...),
		choice(s, "stale-ack", &q.StaleAck, rules...),
		{name: "redeliver-on", read: func(v *node) error { return r.readTriggers(v, q) }},
		parsed(s, "max-deliveries", "", &q.MaxDeliveries, number(0, sim.MaxDeliveries)),
		choice(s, "at-limit", &q.AtLimit, broker.DeadLetter, broker.Drop),
		parsed(s, "nack-delay", "", &q.NackDelay, length(broker.MaxVisibility)),
		{name: "backoff", read: func(v *node) error { return r.readBackoff(v, q) }},
		parsed(s, "heartbeat", "", &q.Heartbeat, truth),
		parsed(s, "heartbeat-interval", "", &q.HeartbeatInterval, length(broker.MaxVisibility)),
		choice(s, "order", &q.Order, broker.NoOrder, broker.GroupOrder, broker.PartitionOrder),
		choice(s, "ack-unit", &q.AckUnit, broker.AckEach, broker.AckBatch, broker.AckCumulative),
		parsed(s, "batch", "", &q.Batch, number(1, broker.MaxBatch)),
		choice(s, "assign", &q.Assign, broker.AnyWorker, broker.OwnerWorker),
		parsed(s, "dedup-window", "", &q.DedupWindow, length(broker.MaxVisibility)),
		choice(s, "dedup-by", &q.DedupBy, broker.ByMessageID, broker.ByNothing),
	}
}

// profileNames are the presets that a file can name.
func profileNames() []string {
	var names []string
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	return names
}

func (r *reader) readProfile(v *node, q *broker.Profile) error {
	name, err := r.word(v, "profile")
	if err != nil {
		return err
	}
	preset, known := broker.Preset(name)
	if !known {
		return r.fail(v, "unknown profile %q%s", name, suggest(name, profileNames()))
	}
	*q = preset
	return nil
}

// readTriggers reads one trigger, or a list of them.
func (r *reader) readTriggers(v *node, q *broker.Profile) error {
	items := []*node{v}
	if v.kind == list {
		items = v.items
	}
	q.Redeliver = 0
	for _, item := range items {
		var t broker.Trigger
		if err := choice(r.source, "redeliver-on", &t, broker.OnTimer, broker.OnDisconnect).read(item); err != nil {
			return err
		}
		q.Redeliver |= t
	}
	if q.Redeliver == 0 {
		return r.fail(v, "redeliver-on is empty: want timer, disconnect or [timer, disconnect]")
	}
	return nil
}

// readBackoff reads one wait, or a list of them.
func (r *reader) readBackoff(v *node, q *broker.Profile) error {
	items := []*node{v}
	if v.kind == list {
		items = v.items
	}
	if len(items) > maxBackoff {
		return r.fail(v, "backoff has %d waits: at most %d", len(items), maxBackoff)
	}
	q.Backoff = nil
	for _, item := range items {
		var wait time.Duration
		if err := parsed(r.source, "backoff", "", &wait, length(broker.MaxVisibility)).read(item); err != nil {
			return err
		}
		q.Backoff = append(q.Backoff, wait)
	}
	return nil
}

// above0 is length without 0s.
func above0(most time.Duration) func(string) (time.Duration, error) {
	parse := length(most)
	return func(text string) (time.Duration, error) {
		d, err := parse(text)
		if err == nil && d == 0 {
			return 0, fmt.Errorf("%s is no time at all: want more, such as 30s", text)
		}
		return d, err
	}
}
