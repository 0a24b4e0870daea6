package scenarios

import (
	"fmt"
	"reflect"
	"strings"
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
	if err := r.object(v, "queue", r.queueFields(&q)); err != nil {
		return err
	}
	if preset, named := broker.Preset(q.Name); named && !reflect.DeepEqual(preset, q) {
		q = q.Unnamed()
	}
	if err := q.Validate(); err != nil {
		return r.fail(v, "queue: %v", err)
	}
	r.s.Queue = q
	return nil
}

// forever is the length of what never runs out, as a file writes it.
const forever = "forever"

// bankFields are the keys of the receiver of the effect.
func (r *reader) bankFields() []field {
	keys := parsed(r.source, "keys", &r.s.BankKeys, format[time.Duration]{
		`"type": "string", "pattern": "^(` + forever + `|` + spanPattern + `)$"`, parseKeys, keysText,
	}).usually(`"24h"`).says("How long it honours an idempotency key, from its first use. After that the same key has the effect again; forever means never.")
	return []field{keys,
		choice(r.source, "in-flight", &r.s.Bank.InFlight, sim.Wait, sim.Conflict).usually(`"wait"`).
			says("What becomes of a second request under a key whose first is still at work. wait: it gets the answer of the first. conflict: it is refused at once (409), and has done nothing."),
		choice(r.source, "other-body", &r.s.Bank.OtherBody, sim.IgnoreBody, sim.RefuseBody).usually(`"ignore"`).
			says("What becomes of another body under a key that it knows. ignore: it looks at the key alone. refuse: an error (422), for as long as it keeps the key."),
	}
}

func parseKeys(text string) (time.Duration, error) {
	if text == forever {
		return sim.Forever, nil
	}
	d, err := above0(sim.MaxTime).parse(text)
	if err != nil {
		return 0, fmt.Errorf("%w, or %s", err, forever)
	}
	return d, nil
}

func keysText(d time.Duration) string {
	if d == sim.Forever {
		return forever
	}
	return sim.Span(d)
}

// queueFields are the keys of a queue. The preset comes first, since the others change it.
func (r *reader) queueFields(q *broker.Profile) []field {
	s, rules := r.source, []broker.AckRule{broker.Accepted, broker.Ignored, broker.Rejected}
	return []field{
		field{name: "profile", form: oneOf(profileNames()), read: func(v *node) error { return r.readProfile(v, q) }, text: func() string { return q.Name }}.
			says("The preset to start from: a real broker as it behaves when nobody configures it."),
		parsed(s, "visibility", &q.Visibility, above0(broker.MaxVisibility)).
			says("How long a delivered message stays hidden from the other workers (visibility timeout, ack deadline, lock duration, AckWait)."),
		parsed(s, "transactional", &q.Transactional, truth).says("Whether the queue is a table of the consumer's own database, so that an ack can be part of a transaction there."),
		choice(s, "late-ack", &q.LateAck, rules...).says("What becomes of an ack after the deadline, while nobody else has the message."),
		choice(s, "stale-ack", &q.StaleAck, rules...).says("What becomes of an ack when the message has been handed out again."),
		choice(s, "stale-nack", &q.StaleNack, broker.Ignored, broker.Accepted).says("What becomes of a nack when the message has been handed out again. accepted takes it from whoever has it now."),
		parsed(s, "bad-ack-closes", &q.BadAckCloses, truth).says("Whether an ack that is rejected, or sent twice, closes the connection of its worker, so that all else in flight there comes back."),
		r.triggers(&q.Redeliver).says("What brings back a message that nobody acked: its visibility running out, the connection of its worker closing, or both."),
		parsed(s, "rejects", &q.Rejects, truth).says("Whether a worker can reject a message for good, so that it is given up at once, as at-limit says. Where it cannot, a reject is a nack. Handlers of your own reject by returning sim.ErrReject."),
		parsed(s, "max-deliveries", &q.MaxDeliveries, number(0, sim.MaxDeliveries)).says("After how many deliveries a message that comes back is given up, as at-limit says. 0 means never."),
		choice(s, "at-limit", &q.AtLimit, broker.DeadLetter, broker.Drop).says("What becomes of a message after max-deliveries, or once it is rejected: it is parked in the dead-letter queue or, where there is none, dropped."),
		parsed(s, "max-nacks", &q.MaxNacks, number(0, sim.MaxDeliveries)).says("After how many nacks a message is given up, however few its deliveries are. 0 means that a nack is no more than a delivery."),
		parsed(s, "free-nacks", &q.FreeNacks, truth).says("Whether a delivery that ends in a nack is left out of max-deliveries."),
		parsed(s, "nack-delay", &q.NackDelay, length(broker.MaxVisibility)).says("How long a message waits after a worker has given it back."),
		r.backoff(&q.Backoff).says("Waits after the first, second, ... delivery, in place of nack-delay; the last goes on for ever."),
		parsed(s, "heartbeat", &q.Heartbeat, heartbeats).
			says("Whether a running worker keeps extending the visibility, so that it runs out only after a crash, a pause or a lost ack: true for all that it holds, at-work for the message that its handler is at. What waits behind that in the batch (prefetched) then runs out."),
		parsed(s, "heartbeat-interval", &q.HeartbeatInterval, length(broker.MaxVisibility)).
			says("How often a client tells the broker that it lives. The broker closes the connection of one that is frozen for longer than three intervals, and redelivers what it held (with redeliver-on: disconnect). 0s means never."),
		parsed(s, "session-timeout", &q.SessionTimeout, length(broker.MaxVisibility)).
			says("How long a member of a group may be silent, frozen or dead, before its partitions move (with assign: owner, redeliver-on: disconnect). A lost ack ends no session: the next ack speaks for it. 0s means that a group has no sessions."),
		parsed(s, "consumer-timeout", &q.ConsumerTimeout, length(broker.MaxVisibility)).
			says("How long a worker may take over what it was handed before it is cut off, though it is at work (max.poll.interval, consumer_timeout; with redeliver-on: disconnect). 0s means any time."),
		parsed(s, "resumes", &q.Resumes, truth).says("Whether a worker that starts again is handed first what it held when its process ended, at once."),
		choice(s, "order", &q.Order, broker.NoOrder, broker.GroupOrder, broker.PartitionOrder).
			says("What order is kept. group: one message of a group at a time. partition: in order, and what returns takes all behind it along."),
		choice(s, "ack-unit", &q.AckUnit, broker.AckEach, broker.AckBatch, broker.AckCumulative).says("How much one ack settles: a message, a batch, or everything up to it."),
		parsed(s, "commits-back", &q.CommitsBack, truth).says("Whether an older ack that counts takes back newer ones of its partition, so that what lies between comes again to the next owner (with ack-unit: cumulative, a session-timeout and redeliver-on: disconnect)."),
		parsed(s, "batch", &q.Batch, number(1, broker.MaxBatch)).says("How many messages are handed over at once."),
		choice(s, "assign", &q.Assign, broker.AnyWorker, broker.OwnerWorker).says("Who may be handed a message: any idle worker, or the owner of its partition."),
		choice(s, "rebalance", &q.Rebalance, broker.Cooperative, broker.Eager).
			says("What comes back when the owners of partitions change: only what moves, or all that is not acked (with assign: owner)."),
		parsed(s, "dedup-window", &q.DedupWindow, length(broker.MaxVisibility)).says("How long the broker remembers a published message ID and drops a second publish of it. 0s means not at all."),
		choice(s, "dedup-by", &q.DedupBy, broker.ByMessageID, broker.ByNothing, broker.ByProducer).
			says("What the dedup window compares: the message ID of each publish; where the producer sets none that the broker looks at, nothing; or the number that a producer's client gives a publish and repeats with its own retry."),
	}
}

// heartbeats is what a client extends: all that its worker holds, one message, or nothing.
var heartbeats = format[broker.Heartbeat]{`"oneOf": [{"type": "boolean"}, {"enum": ["at-work"]}]`, func(text string) (broker.Heartbeat, error) {
	for h := range broker.HeartbeatAtWork + 1 {
		if h.String() == text {
			return h, nil
		}
	}
	return 0, fmt.Errorf("want true, false or at-work, got %q", text)
}, broker.Heartbeat.String}

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

// triggers is a field of one trigger, or a list of them.
func (r *reader) triggers(into *broker.Trigger) field {
	var t broker.Trigger
	one := choice(r.source, "redeliver-on", &t, broker.OnTimer, broker.OnDisconnect)
	return field{name: one.name, form: someOf(one.form, `"minItems": 1`), read: func(v *node) error {
		*into = 0
		for _, item := range v.each() {
			if err := one.read(item); err != nil {
				return err
			}
			*into |= t
		}
		if *into == 0 {
			return r.fail(v, "redeliver-on is empty: want timer, disconnect or [timer, disconnect]")
		}
		return nil
	}, text: func() string {
		if *into == broker.OnTimer|broker.OnDisconnect {
			return "[timer, disconnect]"
		}
		return into.String()
	}}
}

// backoff is a field of one wait, or a list of them.
func (r *reader) backoff(into *[]time.Duration) field {
	var wait time.Duration
	one := parsed(r.source, "backoff", &wait, length(broker.MaxVisibility))
	return field{name: one.name, form: someOf(one.form, fmt.Sprintf(`"maxItems": %d`, maxBackoff)), read: func(v *node) error {
		if n := len(v.each()); n > maxBackoff {
			return r.fail(v, "backoff has %d waits: at most %d", n, maxBackoff)
		}
		*into = nil
		for _, item := range v.each() {
			if err := one.read(item); err != nil {
				return err
			}
			*into = append(*into, wait)
		}
		return nil
	}, text: func() string {
		waits := make([]string, len(*into))
		for i, d := range *into {
			waits[i] = sim.Span(d)
		}
		return "[" + strings.Join(waits, ", ") + "]"
	}}
}
