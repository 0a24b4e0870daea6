package scenarios

import (
	"errors"
	"fmt"
	"slices"
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
		var at places
		if err := r.object(item, "a message", r.messageFields(&m, &at)); err != nil {
			return err
		}
		id := at.id
		if before := r.placed[m.ID]; before != nil {
			return r.fail(id, "two messages have the id %q, the first in line %d: an id names one thing owed", m.ID, before.line)
		}
		if m.ID == sim.AllMessages {
			return r.fail(id, "the id %q is what slow calls every message: choose another", m.ID)
		}
		r.placed[m.ID] = id
		var of *sim.Owed
		if m.Owes != "" {
			of = r.listed(m.Owes)
			if err := m.MayOwe(of); err != nil {
				return r.fail(at.owes, "%s owes %s: %v", m.ID, m.Owes, err)
			}
		}
		fillIn(&m, of, i)
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

// listed returns a message that was read, or nil if there is none of that name.
func (r *reader) listed(id string) *sim.Owed {
	if i := slices.Index(r.ids, id); i >= 0 {
		return &r.s.Messages[i]
	}
	return nil
}

// places are where in a file some keys of a message have their values.
type places struct{ id, owes *node }

// noted notes where the value of a field is read.
func (f field) noted(at **node) field {
	read := f.read
	f.read = func(v *node) error {
		*at = v
		return read(v)
	}
	return f
}

// messageFields are the keys of a message. at is set to the places where it is read.
func (r *reader) messageFields(m *sim.Owed, at *places) []field {
	id := format[string]{defined("id"), parseID, flowText}
	return []field{
		parsed(r.source, "id", &m.ID, id).needs("a name, such as id: m1").noted(&at.id).says("What is owed, by a name of its own: letters, digits, - and _. Verdicts are given for ids."),
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
		parsed(r.source, "owes", &m.Owes, id).noted(&at.owes).says("An earlier message whose debt this one stands for: the same order by another door, a client's retry. Both are judged together, and what is done twice in all is done twice. Key, body and group that are left out are those of that one."),
	}
}

// fillIn gives a message the identities that its file leaves out. Equal purchases
// have equal bodies, which is what makes a hash of the body a bad key. One that stands for
// the debt of another says what that one says.
func fillIn(m, of *sim.Owed, place int) {
	usual := broker.Message{ID: m.ID, Key: m.ID, Group: m.ID, Seq: place + 1, Body: m.Customer + " " + Money(m.Amount)}
	if of != nil {
		usual.Key, usual.Group, usual.Body = of.Key, of.Group, of.Body
	}
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
