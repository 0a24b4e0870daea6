// Package business is the table of what performing can mean: where the effect lies, who
// honours a key, and how people talk of it.
package business

import (
	"fmt"
	"slices"
)

// Business is what performing means, and so where the effect lies. The same
// handler has a different verdict in each.
type Business uint8

// The businesses.
const (
	Card   Business = iota // charge a card at a gateway
	Mail                   // send an e-mail
	Stock                  // take an item from stock
	Order                  // charge the card, take the item from stock, send the mail
	Status                 // set a status: the last write wins
)

// Info is everything about a business that is data. Its mechanics are what the
// steps of an effect do.
type Info struct {
	Name  string // as a file gives it
	Unit  string // what is counted: cents, mails or items
	Money bool   // that is, cents
	// Local says that the effect is a row in the consumer's own database, so that it can
	// join an open transaction and be rolled back. What is not lies outside.
	Local bool
	// HonoursKeys says that the receiver drops a request whose idempotency key it has
	// seen, and Answers that it can be asked afterwards whether it was done.
	HonoursKeys, Answers bool
	// LastWins says that an effect sets something, of which each message of a group says what
	// it is from then on: the last write wins. To set the same again does no harm. To set what an
	// older message says over what a newer one has set does: that is stale. Nor is a message
	// lost that is never done, if a newer one is.
	LastWins bool
	// Parts are the effects of one message, each a business of its own, in the order in
	// which Proc.Perform has them. It is nil where a message has one effect. No two
	// honour keys and no two are local: one receiver of a kind is enough to tell them apart.
	Parts []Business
	Words Words
}

// Words are how people talk in a business. A word in braces stands for what a
// face puts there: {Ann} for whom it is done to, {$15} for the amount.
type Words struct {
	About   string // what it is, in a sentence
	Aim     string // what somebody wants who wants it done twice
	Verb    string // what a step does, as an order
	Verbs   string // what a lane does
	Effect  string // what one is called
	Act     string // before and after which something strikes
	Does    string // what one effect does
	DidTo   string // what one effect did
	Did     string // what was done
	Nothing string // what a step that did nothing did not do
	Another string // what was done once more
	Stands  string // that it was done, before how that stands: already
	Was     string // that it was done
	Done    string // what will have been done
	Twice   string // who suffers it twice, as a question
	Has     string // what a customer had of it, before how often
	Never   string // what will never be
	Whom    string // who is asked
	Replies string // what that does, though its answer gets lost
	Refuses string // what it does not, after an error
	Idle    string // what an attempt does that never asks it
	Takes   string // what a lane does with money, mails or items
	Taken   string // what it has done with them
	Took    string // what it did with them
	Ledger  string // what the list of effects is called
	InAll   string // the heading of what was done in all, in a table
	Again   string // what is said of an effect that is one too many, after what it does: AGAIN
	Often   string // ... after what was done, and before how often if that is more: twice
	Stamp   string // and what stands beside it in a ledger: AGAIN
}

var table = [...]Info{
	Card: {
		Name: "card", Unit: "cents", Money: true, HonoursKeys: true, Answers: true,
		Words: Words{
			About: "a card gateway: outside, it cannot be rolled back, but it honours an idempotency key",
			Aim:   "charge somebody twice",
			Verb:  "charge", Verbs: "charges", Effect: "charge", Act: "the charge",
			Does: "charges {Ann} {$15}", DidTo: "charged {Ann} {$15}", Did: "charged", Nothing: "nothing charged",
			Another: "charged {$15} again", Stands: "{Ann}'s {$15} was taken",
			Was: "{Ann} was charged", Done: "charged {Ann}", Twice: "Who will have paid twice at the end?",
			Has: "has paid", Never: "never be charged",
			Whom: "the bank", Replies: "charges for", Refuses: "charges nothing", Idle: "asks the bank nothing",
			Takes: "takes", Taken: "taken", Took: "took", Ledger: "card statements", InAll: "taken",
			Again: "AGAIN", Often: "twice", Stamp: "AGAIN",
		},
	},
	Mail: {
		Name: "mail", Unit: "mails",
		Words: Words{
			About: "mail: outside, it cannot be rolled back, and no key is honoured",
			Aim:   "mail somebody twice",
			Verb:  "mail", Verbs: "mails", Effect: "mail", Act: "the mail",
			Does: "mails {Ann}", DidTo: "mailed {Ann}", Did: "mailed", Nothing: "nothing sent",
			Another: "mailed {Ann} again", Stands: "{Ann} has the mail",
			Was: "{Ann} was mailed", Done: "mailed {Ann}", Twice: "Who will have got a mail twice at the end?",
			Has: "has got the mail", Never: "never get the mail",
			Whom: "the mail server", Replies: "sends the mail for", Refuses: "sends nothing", Idle: "asks the mail server nothing",
			Takes: "sends", Taken: "sent", Took: "sent", Ledger: "mails sent", InAll: "done",
			Again: "AGAIN", Often: "twice", Stamp: "AGAIN",
		},
	},
	Stock: {
		Name: "stock", Unit: "items", Local: true, Answers: true,
		Words: Words{
			About: "stock: rows in the consumer's own database, which join its transaction",
			Aim:   "take somebody's item twice",
			Verb:  "take", Verbs: "takes", Effect: "item", Act: "taking the item",
			Does: "takes 1 item for {Ann}", DidTo: "took the item of {Ann}", Did: "taken", Nothing: "nothing taken",
			Another: "took another item", Stands: "{Ann}'s item was taken",
			Was: "{Ann}'s item was taken", Done: "taken {Ann}'s item", Twice: "Whose item will have been taken twice at the end?",
			Has: "was given the item", Never: "never get the item",
			Whom: "the database", Replies: "takes the item for", Refuses: "takes nothing", Idle: "takes no item",
			Takes: "takes", Taken: "taken", Took: "took", Ledger: "stock taken", InAll: "done",
			Again: "AGAIN", Often: "twice", Stamp: "AGAIN",
		},
	},
	Status: {
		Name: "status", Unit: "updates", Local: true, LastWins: true,
		Words: Words{
			About: "a status: a row in the consumer's own database that each message of a group sets; the last write wins",
			Aim:   "set somebody's status back",
			Verb:  "set", Verbs: "sets", Effect: "update", Act: "the update",
			Does: "sets {Ann}'s status", DidTo: "set {Ann}'s status", Did: "set", Nothing: "nothing set",
			Another: "set it back", Stands: "{Ann}'s status was set",
			Was: "{Ann}'s status was set", Done: "set {Ann}'s status", Twice: "Whose status will have been set back at the end?",
			Has: "has had the status set", Never: "never have the status set",
			Whom: "the database", Replies: "sets the status for", Refuses: "sets nothing", Idle: "sets no status",
			Takes: "sets", Taken: "set", Took: "set", Ledger: "statuses set", InAll: "done",
			Again: "BACK", Often: "back", Stamp: "STALE",
		},
	},
	Order: {
		Name: "order", Unit: "effects", Parts: []Business{Card, Stock, Mail},
		Words: Words{
			About: "an order: a charge outside, an item in the consumer's own database, and a mail outside, in that order",
			Aim:   "do a part of somebody's order twice",
			Verb:  "act", Verbs: "acts", Effect: "effect", Act: "the effects",
			Does: "carries out {Ann}'s order", DidTo: "carried out {Ann}'s order", Did: "done", Nothing: "nothing done",
			Another: "did it again", Stands: "{Ann}'s order was carried out",
			Was: "{Ann}'s order was carried out", Done: "carried out {Ann}'s order", Twice: "Whose order will have been carried out twice at the end, in any part?",
			Has: "has had the order", Never: "never get the whole order",
			Whom: "the receiver", Replies: "does its part for", Refuses: "does nothing", Idle: "asks nobody for anything",
			Takes: "does", Taken: "done", Took: "did", Ledger: "orders", InAll: "done",
			Again: "AGAIN", Often: "twice", Stamp: "AGAIN",
		},
	},
}

// alone has each business at its own place: the parts of those that have one.
var alone = func() (all [len(table)]Business) {
	for b := range all {
		all[b] = Business(b)
	}
	return all
}()

// All returns the businesses, in the order in which a list shows them.
func All() []Business {
	all := make([]Business, len(table))
	for i := range all {
		all[i] = Business(i)
	}
	return all
}

// Named returns the business with a name, as a file gives it.
func Named(name string) (Business, bool) {
	for b := range table {
		if table[b].Name == name {
			return Business(b), true
		}
	}
	return 0, false
}

// Singles are the businesses of one effect each that can be had too often: what the
// others are made of. A status is none of them.
func Singles() []Business {
	return slices.DeleteFunc(All(), func(b Business) bool { return len(b.Parts()) > 1 || b.Info().LastWins })
}

// Parts returns what one message comes to, in the order in which Proc.Perform does it:
// the business itself, where that is one effect.
func (b Business) Parts() []Business {
	if parts := b.Info().Parts; parts != nil {
		return parts
	}
	return alone[b : b+1]
}

// Part returns the first part of which something is so or, if there is none, the whole.
func (b Business) Part(is func(Business) bool) Business {
	for _, part := range b.Parts() {
		if is(part) {
			return part
		}
	}
	return b
}

// Debt returns the number of what is owed for one part of a message: verdicts, and all
// that is counted of effects, are kept by that. Where a message has one effect, it is
// the index of the message.
func (b Business) Debt(owed, part int) int { return owed*len(b.Parts()) + part }

// Owing returns the message and the part that a debt is for.
func (b Business) Owing(debt int) (owed, part int) {
	n := len(b.Parts())
	return debt / n, debt % n
}

// Info returns the row of a business.
func (b Business) Info() *Info { return &table[b] }

// Words are how people talk in the business.
func (b Business) Words() *Words { return &table[b].Words }

// String returns the name as a file gives it.
func (b Business) String() string { return b.Info().Name }

// Unit returns what is counted: cents, mails or items.
func (b Business) Unit() string { return b.Info().Unit }

// Local reports whether the effect is a row in the consumer's own database, so
// that it can join an open transaction and be rolled back. Of a business with several
// parts, it is asked of each of those.
func (b Business) Local() bool { return b.Info().Local }

// HonoursKeys reports whether the receiver drops a request whose idempotency key
// it has seen. Of a business with several parts, it is asked of each of those.
func (b Business) HonoursKeys() bool { return b.Info().HonoursKeys }

// Units returns what one effect of an amount of cents counts in this business.
func (b Business) Units(cents int64) int64 {
	if b.Info().Money {
		return cents
	}
	return 1
}

// Often says how often something was done that was done too often: twice, 3 times. Of a
// status it says that it was set back, and how often if that is more than once.
func (b Business) Often(n int) string {
	switch set := b.Info().LastWins; {
	case n == 2:
		return b.Words().Often
	case set && n == 3:
		return b.Words().Often + " twice"
	case set:
		return fmt.Sprintf("%s %d times", b.Words().Often, n-1)
	}
	return fmt.Sprintf("%d times", n)
}

// Counted returns how many of some effects of one debt count as done: all or, where a status
// is set, one, however often it is set.
func (b Business) Counted(effects int64) int64 {
	if b.Info().LastWins {
		return min(effects, 1)
	}
	return effects
}
