package sim

import (
	"fmt"
	"slices"

	"dejavu/broker"
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

// BusinessInfo is everything about a business that is data. Its mechanics are what the
// steps of an effect do.
type BusinessInfo struct {
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
	// which [Proc.Perform] has them. It is nil where a message has one effect. No two
	// honour keys and no two are local: one receiver of a kind is enough to tell them apart.
	Parts []Business
	Words BusinessWords
}

// BusinessWords are how people talk in a business. A word in braces stands for what a
// face puts there: {Ann} for whom it is done to, {$15} for the amount.
type BusinessWords struct {
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

var businesses = [...]BusinessInfo{
	Card: {
		Name: "card", Unit: "cents", Money: true, HonoursKeys: true, Answers: true,
		Words: BusinessWords{
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
		Words: BusinessWords{
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
		Words: BusinessWords{
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
		Words: BusinessWords{
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
		Words: BusinessWords{
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
var alone = func() (all [len(businesses)]Business) {
	for b := range all {
		all[b] = Business(b)
	}
	return all
}()

// A business of several parts is performed part by part, in steps of their own.

// performAll asks for a step for each part of the business, up to the first error.
func (p *Proc) performAll(s step) error {
	of := errand{}
	if p.listens() {
		of = p.errand
	}
	for part := range p.prog.parts {
		if s.part = int8(part); !of.covers(s.part) {
			continue
		}
		if err := answerError(p.ask(&s)); err != nil {
			return err
		}
	}
	return nil
}

// Parts returns what performing comes to: card, stock and mail of an order and, where a
// message has one effect, that alone. A relay whose row is for one part has that one: see
// [Tx.EnqueuePart]. It is no step: a handler knows what it does.
func (p *Proc) Parts() []Business {
	if !p.listens() {
		return nil
	}
	if p.of > 0 {
		return []Business{p.prog.parts[p.of-1]}
	}
	return slices.Clone(p.prog.parts)
}

// PerformPart is Perform of one part of the business, for a handler that does something
// between two effects. part must be one of [Proc.Parts].
func (p *Proc) PerformPart(m broker.Message, part Business) error {
	p.handed(&m, "performed")
	return answerError(p.ask(&step{op: OpPerform, part: p.partOf(part)}))
}

// EnqueuePart is Enqueue of a row that is for one part of the business. For the relay that
// is handed it, performing is that part, and Parts has no other. So each effect has a row
// that is tried again and marked by itself. part must be one of [Proc.Parts]: where a
// message has one effect, it is Enqueue.
func (t Tx) EnqueuePart(m broker.Message, part Business) {
	row := t.p.partOf(part) + 1
	if t.p.listens() && len(t.p.prog.parts) == 1 {
		row = 0
	}
	t.enqueue(&m, row)
}

// PerformPartOnce is PerformOnce of one part of the business.
func (p *Proc) PerformPartOnce(m broker.Message, part Business, key string) error {
	p.handed(&m, "performed")
	p.keyed(key)
	return answerError(p.ask(&step{op: OpPerformKey, part: p.partOf(part), key: key}))
}

// partOf returns the place of a part in the business.
func (p *Proc) partOf(part Business) int8 {
	if !p.listens() {
		return 0
	}
	i := int8(slices.Index(p.prog.parts, part))
	if i < 0 {
		p.fault("named a part that the business does not have: take it from p.Parts")
	}
	if !p.covers(i) {
		p.fault("performed a part that its row is not for: take it from p.Parts")
	}
	return i
}

// keyed refuses an empty idempotency key.
func (p *Proc) keyed(key string) {
	if key == "" && p.listens() {
		p.fault("performed with an empty idempotency key: pass a key, or call Perform")
	}
}

// answering returns the part that a lookup asks about: the first whose receiver can be
// asked or, where none can, the first. It is the part of the row that a relay was handed.
func (p *Proc) answering() int8 {
	if p.listens() && p.of > 0 {
		return p.of - 1
	}
	return int8(max(slices.IndexFunc(p.prog.parts, func(b Business) bool { return b.Info().Answers }), 0))
}

// part returns which business a step is about: a part of the world's, where that has
// several.
func (w *World) part(n *node) Business { return w.prog.parts[n.part] }

// errand is what a handler is run for: to handle a message or, as the relay, a row of the
// outbox.
type errand struct {
	relay bool
	of    int8 // which part of the business the row is for, from 1, or 0 for all of them
}

// covers reports whether a part is among what the handler is run for.
func (e errand) covers(part int8) bool { return e.of == 0 || e.of == part+1 }

// parted returns how many parts a handler performs that is run for something.
func (p *Program) parted(as errand) int {
	if as.of > 0 {
		return 1
	}
	return len(p.parts)
}

// rowsOf returns how many rows of the outbox that differ there can be for one message: one
// for all of it and, where it has several parts, one for each.
func rowsOf(b Business) int {
	if n := len(b.Parts()); n > 1 {
		return n + 1
	}
	return 1
}

func (p *Program) rows() int {
	if n := len(p.parts); n > 1 {
		return n + 1
	}
	return 1
}

// rowAt returns the place of a kind of message, and of what a row of it is for.
func (p *Program) rowAt(kind int32, of int8) int32 { return kind*int32(p.rows()) + int32(of) }

// relaysOf returns the nodes at which relaying a kind of message, or a part of it, begins.
func (p *Program) relaysOf(kind int32) []int32 {
	if p.relay == nil {
		return nil
	}
	return p.relays[p.rowAt(kind, 0):p.rowAt(kind+1, 0)]
}

// Bank is what the receiver of the effect makes of an idempotency key, beside honouring
// it for a time. The zero value is a receiver that lets a second request wait for the
// first, and gives it the answer of the first whatever it says.
//
// Stripe is Bank{Conflict, RefuseBody}: "the idempotency layer compares incoming
// parameters to those of the original request and errors if they're not the same"
// (docs.stripe.com/api/idempotent_requests), and a key that is "currently being used in
// another request" is the error idempotency_key_in_use, a 409
// (docs.stripe.com/error-codes). The IETF draft says the same: 409 for a request whose
// original "is still being processed", 422 for a key with "a different request payload"
// (draft-ietf-httpapi-idempotency-key-header-07, sections 2.6 and 2.7).
type Bank struct {
	InFlight  InFlight
	OtherBody OtherBody
}

// InFlight is what a receiver makes of a second request under a key whose first is still
// at work.
type InFlight uint8

// What it can make of it.
const (
	Wait     InFlight = iota // the second waits for the first, and gets its answer
	Conflict                 // the second is refused at once, with ErrConflict: it has done nothing
)

// String returns it as a file gives it.
func (f InFlight) String() string { return [...]string{"wait", "conflict"}[f] }

// OtherBody is what a receiver makes of a request with another body, under a key that it
// knows.
type OtherBody uint8

// What it can make of it.
const (
	IgnoreBody OtherBody = iota // it looks at the key alone
	RefuseBody                  // it refuses the request, with ErrOtherBody, for as long as it keeps the key
)

// String returns it as a file gives it.
func (o OtherBody) String() string { return [...]string{"ignore", "refuse"}[o] }

// bankKey is an idempotency key that the receiver has seen. Where it compares bodies, it
// keeps the body of the request that it did, and what is refused for it waits for its end.
type bankKey struct {
	key  int32
	body int32
	tenure
}

// bankKeys are sorted by key.
type bankKeys []bankKey

func (ks bankKeys) at(key int32) (int, bool) {
	return slices.BinarySearchFunc(ks, key, func(k bankKey, key int32) int { return int(k.key - key) })
}

func (ks bankKeys) has(key int32) bool {
	_, found := ks.at(key)
	return found
}

func (ks *bankKeys) add(k bankKey) {
	i, _ := ks.at(k.key)
	*ks = slices.Insert(*ks, i, k)
}

func (ks *bankKeys) drop(key int32) {
	if i, found := ks.at(key); found {
		*ks = cut(*ks, i)
	}
}

// answersKey is what the receiver says of a request under a key at once: that the key is
// known, in whatever sense. It reports false if the request is the first, and notes that.
func (w *World) answersKey(i int, n *node) (answer int32, known bool) {
	if at, found := w.honoured.at(n.keyNo); found {
		if w.bank.OtherBody == RefuseBody && w.honoured[at].body != w.bodyOf(i) {
			return saidOtherBody, true
		}
		return 0, true
	}
	if w.asking(n.key, i) != broker.None {
		return saidConflict, true
	}
	k := bankKey{key: n.keyNo}
	if w.bank.OtherBody == RefuseBody {
		k.body, k.by = w.bodyOf(i), w.author(i)
	}
	w.honoured.add(k)
	w.writes++ // it will run out
	return 0, false
}

// bodyOf returns the number of the body of what a worker handles.
func (w *World) bodyOf(worker int) int32 {
	return w.prog.names.of(w.prog.text(w.kind(int(w.workers[worker].receipt.Msg))).Body)
}

// A request takes effect at the end of its step, and is at work at the receiver before
// that. To a receiver that lets the second wait that makes no difference: whoever is done
// first has done it. To one that refuses the second it does, so there the world notes that
// a request has arrived. It notes that only once somebody else is about to ask under the
// same key: before, nothing depends on it. A request dies with the process that waits for
// it; that the receiver goes on with it all the same is the crash after the effect.

// keyed reports whether a worker's next step is a request to a receiver that refuses a
// second one, and its key.
//
//go:norace
func (w *World) keyed(i int) (key string, is bool) {
	n := &w.prog.nodes[w.workers[i].node]
	return n.key, w.bank.InFlight == Conflict && n.op == OpPerformKey && w.part(n).HonoursKeys()
}

// asking returns the worker whose request under a key is at work, if it is not the one
// that is given, or broker.None.
//
//go:norace
func (w *World) asking(key string, but int) int {
	for i := range w.workers {
		if wk := &w.workers[i]; i != but && wk.asks && w.prog.nodes[wk.node].key == key {
			return i
		}
	}
	return broker.None
}

// canArrive reports whether a worker's request can reach the receiver now, and that
// matters.
//
//go:norace
func (w *World) canArrive(i int) bool {
	key, is := w.keyed(i)
	if !is || w.workers[i].asks || w.asking(key, i) != broker.None {
		return false
	}
	if no, met := w.prog.names.find(key); met && w.honoured.has(no) {
		return false // it will be told so, and nobody else is told anything else
	}
	for j := range w.workers {
		if other, asks := w.keyed(j); asks && j != i && other == key {
			return true
		}
	}
	return false
}

// refused notes what turns an attempt away that ends at a node: a key at the receiver
// under which it has asked for something else, and which the next attempt will meet.
//
//go:norace
func (w *World) refused(wk *worker, at int32) {
	body := w.prog.text(w.kind(int(wk.receipt.Msg))).Body
	for ; at != 0; at = w.prog.nodes[at].parent {
		if w.prog.nodes[at].answer != saidOtherBody {
			continue
		}
		n := &w.prog.nodes[w.prog.nodes[at].parent]
		if k, found := w.honoured.at(n.keyNo); found && w.prog.names.at(w.honoured[k].body) != body {
			w.honoured[k].waited = true
		}
	}
}

// Businesses are all there are, in the order in which a list shows them.
func Businesses() []Business {
	all := make([]Business, len(businesses))
	for i := range all {
		all[i] = Business(i)
	}
	return all
}

// SingleEffects are the businesses of one effect each that can be had too often: what the
// others are made of. A status is none of them.
func SingleEffects() []Business {
	return slices.DeleteFunc(Businesses(), func(b Business) bool { return len(b.Parts()) > 1 || b.Info().LastWins })
}

// Parts returns what one message comes to, in the order in which [Proc.Perform] does it:
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
func (b Business) Info() *BusinessInfo { return &businesses[b] }

// Words are how people talk in the business.
func (b Business) Words() *BusinessWords { return &businesses[b].Words }

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
