package scenarios

import (
	"errors"
	"fmt"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
)

// Limits on the texts of a message.
const (
	maxID       = 32
	maxIdentity = 64 // message-id, key and group
	maxCustomer = 24
	maxBody     = 200
)

// readMessages reads what is owed. An id that a copy of another message would
// have is refused: m2b is the first copy of m2.
func (r *reader) readMessages(v *node) error {
	switch {
	case v.kind != list:
		return r.fail(v, "messages is %s: want a list, such as - {id: m1, at: 1s, customer: Ann, amount: $40}", v.kind)
	case len(v.items) == 0:
		return r.fail(v, "messages is empty: list at least one")
	case len(v.items) > MaxMessages:
		return r.fail(v.items[MaxMessages], "%d messages: at most %d", len(v.items), MaxMessages)
	}
	r.placed = make(map[string]*node, len(v.items))
	for i, item := range v.items {
		var m sim.Owed
		var id *node
		if err := r.object(item, "a message", r.messageFields(&m, &id)); err != nil {
			return err
		}
		if before := r.placed[m.ID]; before != nil {
			return r.fail(id, "two messages have the id %q, the first in line %d: an id names one thing owed", m.ID, before.line)
		}
		if m.ID == sim.AllMessages {
			return r.fail(id, "the id %q is what slow calls every message: choose another", m.ID)
		}
		r.placed[m.ID] = id
		fillIn(&m, i)
		r.s.Messages = append(r.s.Messages, m)
		r.ids = append(r.ids, m.ID)
	}
	for _, id := range r.ids {
		if of, copied := copyOf(id); copied && r.placed[of] != nil {
			return r.fail(r.placed[id], "the id %q is what a copy of %s is called: choose another", id, of)
		}
	}
	return nil
}

// messageFields are the keys of a message. id is set to the node of its id.
func (r *reader) messageFields(m *sim.Owed, id **node) []field {
	named := parsed(r.source, "id", &m.ID, format[string]{defined("id"), parseID, flowText}).needs("a name, such as id: m1")
	read := named.read
	named.read = func(v *node) error {
		*id = v
		return read(v)
	}
	return []field{
		named.says("What is owed, by a name of its own: letters, digits, - and _. Verdicts are given for ids."),
		parsed(r.source, "at", &m.At, span(sim.MaxTime)).needs("when it is published, such as at: 1s").says("When it is published, from the start."),
		r.text("customer", "who owes it, such as customer: Ann", &m.Customer, maxCustomer).says("Who owes it, gets the mail or waits for the goods."),
		parsed(r.source, "amount", &m.Amount, format[int64]{defined("money"), parseAmount, Money}).needs("what is owed, such as amount: $40").says("What is owed, such as $40 or $12.50."),
		r.text("message-id", "", &m.Message.ID, maxIdentity).or("integer").says("The message ID that the producer gives it. Left out, it is the id."),
		r.text("key", "", &m.Key, maxIdentity).or("integer").
			says("The business key: an order number, a payment intent. Two genuine purchases under one key are a mistake to study. Left out, it is the id."),
		r.text("body", "", &m.Body, maxBody).or("number").says("The payload. Left out, it is customer and amount, so equal purchases have equal bodies."),
		parsed(r.source, "seq", &m.Seq, number(1, 1_000_000_000)).says("The producer's sequence number. Left out, it is the place in this list, from 1."),
		r.text("group", "", &m.Group, maxIdentity).or("integer").says("The message group or partition key within which a queue may keep order. Left out, it is the id."),
		parsed(r.source, "not-before", &m.NotBefore, span(sim.MaxTime)).says("When it may be begun, from the start: an ETA, a countdown, a delayed job. A worker that is handed it before that holds it, unacked, beside its work. Left out, it is at once."),
	}
}

// fillIn gives a message the identities that its file leaves out. Equal purchases
// have equal bodies, which is what makes a hash of the body a bad key.
func fillIn(m *sim.Owed, place int) {
	usual := broker.Message{ID: m.ID, Key: m.ID, Group: m.ID, Seq: place + 1, Body: m.Customer + " " + Money(m.Amount)}
	for _, text := range []struct {
		is    *string
		usual string
	}{{&m.Message.ID, usual.ID}, {&m.Key, usual.Key}, {&m.Group, usual.Group}, {&m.Body, usual.Body}} {
		if *text.is == "" {
			*text.is = text.usual
		}
	}
	if m.Seq == 0 {
		m.Seq = usual.Seq
	}
}

func parseID(text string) (string, error) {
	const legal = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	if text == "" || len(text) > maxID || strings.Trim(text, legal) != "" {
		return "", fmt.Errorf("want 1 to %d letters, digits, %q or %q, got %q", maxID, "-", "_", text)
	}
	return text, nil
}

func parseAmount(text string) (int64, error) {
	cents, err := ParseMoney(text)
	switch {
	case err != nil:
		return 0, err
	case cents == 0:
		return 0, errors.New("$0 is not worth a message: want more")
	case cents > MaxAmount:
		return 0, fmt.Errorf("%s is too much: at most %s", text, Money(MaxAmount))
	}
	return cents, nil
}

// copyOf returns what a name would be a copy of, if it can be a copy's.
func copyOf(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	last := len(name) - 1
	return name[:last], name[last] >= 'b' && name[last] <= 'z'
}
