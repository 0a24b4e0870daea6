package simtest

import (
	"fmt"
	"regexp"

	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/simtest/handler"
)

// Message is a message that is sent: see [Deliver]. A field that is zero gets what is
// usual, so name only what the handler reads.
type Message = handler.Message

// Deliver sends messages of your own, such as with the body that a handler decodes,
// instead of those that are made up. How many there are says how many are sent, so
// leave [Messages] out.
func Deliver(messages ...Message) Option {
	return Option{"Deliver", forAll, func(s *settings) error {
		if n := len(messages); n < 1 || n > check.MaxMessages {
			return fmt.Errorf("Deliver of %s: want 1 to %d", plural(n, "message"), check.MaxMessages)
		}
		for i := range messages {
			if messages[i].Seq < 0 {
				return fmt.Errorf("Deliver: message %d has the Seq %d: want a number from 1, or 0 for as usual", i+1, messages[i].Seq)
			}
		}
		s.sent = append([]Message{}, messages...)
		return nil
	}}
}

// deliver lets Deliver say how many messages there are.
func (s *settings) deliver() error {
	if s.sent == nil {
		return nil
	}
	if s.counted && s.search.Messages != len(s.sent) {
		return fmt.Errorf("Messages(%d) beside Deliver of %s: leave Messages out", s.search.Messages, plural(len(s.sent), "message"))
	}
	s.search.Messages = len(s.sent)
	at := map[string]int{}
	for i := range s.sent {
		id := s.sent[i].ID
		if id == "" {
			id = fmt.Sprintf("m%d", i+1)
		}
		if first, taken := at[id]; taken {
			return fmt.Errorf("Deliver: messages %d and %d have the ID %q: give each its own; a message that is published twice is the kind check.Republish", first+1, i+1, id)
		}
		if of, earlier := at[s.sent[i].Owes]; s.sent[i].Owes != "" && (!earlier || s.sent[of].Owes != "") {
			return fmt.Errorf("Deliver: message %d owes %q: want the ID of an earlier message that owes no other", i+1, s.sent[i].Owes)
		}
		at[id] = i
	}
	return nil
}

// messages are what is sent to a consumer.
func (s *settings) messages(c sim.Consumer) []sim.Owed {
	all := check.MessagesFor(c, s.business, s.search.Messages)
	if s.sent == nil {
		return all
	}
	sent := map[string]int{} // by group
	debtor := map[string]int{}
	for i := range all {
		of, owes := debtor[s.sent[i].Owes]
		if owes {
			all[i] = asOwed(all[i], all[of])
		}
		m := over(s.sent[i], all[i])
		debtor[m.Message.ID] = i
		if sent[m.Group]++; s.sent[i].Seq == 0 {
			m.Seq = sent[m.Group]
		}
		all[i] = m
	}
	if named(all) {
		for i := range all {
			all[i].ID = all[i].Message.ID
		}
	}
	for i := range all {
		if of, owes := debtor[s.sent[i].Owes]; owes {
			all[i].Owes = all[of].ID
		}
	}
	return all
}

// asOwed gives a message that stands for the debt of another what that one says.
func asOwed(o, of sim.Owed) sim.Owed {
	o.Key, o.Body, o.Group, o.Customer, o.Amount = of.Key, of.Body, of.Group, of.Customer, of.Amount
	return o
}

// over lays what a message says over what is usual.
func over(m Message, o sim.Owed) sim.Owed {
	if o.Group == o.Message.ID { // a group for each message
		o.Group = first(m.ID, o.Group)
	}
	o.Message.ID, o.Key, o.Body = first(m.ID, o.Message.ID), first(m.Key, o.Key), first(m.Body, o.Body)
	o.Group, o.Customer = first(m.Group, o.Group), first(m.Customer, o.Customer)
	o.Seq, o.Amount = first(m.Seq, o.Seq), first(m.Amount, o.Amount)
	return o
}

// first returns what is said, or what is usual if nothing is.
func first[T comparable](said, usual T) T {
	var nothing T
	if said == nothing {
		return usual
	}
	return said
}

// plain is an ID by which a plan can name a message.
var plain = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,40}$`)

// named reports whether stories and plans can name messages by their IDs. Otherwise
// they are m1, m2 and so on there.
func named(all []sim.Owed) bool {
	for i := range all {
		if !plain.MatchString(all[i].Message.ID) {
			return false
		}
	}
	return true
}
