package recipe

import "slices"

// row is everything about a kind of block: how it is written, which options it takes, what
// it does, and what Go says it.
type row struct {
	text  string // as a recipe says it
	says  string // what it is for
	takes []option
	needs []option
	in    []Store // where it can keep something
	how   []Way
	run   func(*attempt, *Block) error
	print func(*printer, *Block)
}

// option is a field of a block.
type option uint8

const (
	optStore option = iota
	optID
	optFor
	optMost
	optHow
	optTaken
	optDown
	optRedelivered
	optMine
)

// rows are all steps, by [Verb]. Who adds one adds its row here, and its rule to check.go.
var rows = [...]row{
	Ack: {text: "ack early", says: "the queue forgets the message, whatever follows", run: func(a *attempt, _ *Block) error { return a.p.Ack() }, print: printAck},
	Look: {text: "look", says: "return if it is there", needs: []option{optStore, optID}, takes: []option{optRedelivered, optDown},
		in: []Store{Memory, Cache, Table, Transaction}, run: runLook, print: printLook},
	Mark: {text: "mark", says: "look and record in one step: return if it is there", needs: []option{optStore, optID}, takes: []option{optFor, optMost, optTaken, optDown},
		in: []Store{Memory, Cache, Table}, run: runMark, print: printMark},
	Record: {text: "record", says: "note that it was handled", needs: []option{optStore, optID}, takes: []option{optFor, optMost},
		in: []Store{Memory, Cache, Table, Transaction}, run: runRecord, print: printRecord},
	Ask:    {text: "ask the receiver", says: "return if the receiver has done it already", run: runAsk, print: printAsk},
	Begin:  {text: "begin", says: "up to the commit all is one step", run: runBegin, print: printBegin},
	Insert: {text: "insert", says: "a row with a unique key: return if it is there", needs: []option{optID}, takes: []option{optFor, optTaken}, run: runInsert, print: printInsert},
	Lease:  {text: "lease", says: "others keep out until it ends", needs: []option{optID, optFor}, takes: []option{optTaken}, run: runLease, print: printLease},
	Token:  {text: "take a token", says: "a number that grows: a late attempt is refused", needs: []option{optID}, run: runToken, print: printToken},
	Perform: {text: "perform", says: "the effect", takes: []option{optHow}, how: []Way{Plainly, WithKey, Unique, WithToken},
		run: runPerform, print: printPerform},
	Delete:  {text: "delete on error", says: "if the effect fails, the mark or the lease goes", takes: []option{optMine}, run: func(*attempt, *Block) error { return nil }, print: func(*printer, *Block) {}},
	Done:    {text: "note it done", says: "the lease becomes a record", needs: []option{optFor}, takes: []option{optMine}, run: runDone, print: printDone},
	Enqueue: {text: "enqueue", says: "into the outbox: a relay performs it later", takes: []option{optHow}, how: []Way{Plainly, WithKey}, run: func(a *attempt, _ *Block) error { a.tx.Enqueue(a.m); return nil }, print: func(g *printer, _ *Block) { g.line("tx.Enqueue(m)") }},
	Commit:  {text: "commit", says: "what began is there at once, or not at all", run: func(a *attempt, _ *Block) error { return a.tx.Commit() }, print: printCommit},
}

// Verbs are all there are, in the order in which a list shows them.
func Verbs() []Verb {
	all := make([]Verb, len(rows))
	for i := range all {
		all[i] = Verb(i)
	}
	return all
}

// String returns the step as a recipe says it.
func (s Verb) String() string { return rows[s].text }

// Says is what a step is for, in a few words.
func (s Verb) Says() string { return rows[s].says }

func (r *row) accepts(o option) bool {
	return slices.Contains(r.takes, o) || slices.Contains(r.needs, o)
}

// Stores are where a step can keep something: none if it keeps nothing, or always in one
// place.
func (s Verb) Stores() []Store { return rows[s].in }

// Ways are how a step can ask for the effect.
func (s Verb) Ways() []Way { return rows[s].how }

// keyed reports whether the way goes by an identity.
func (w Way) keyed() bool { return w == WithKey || w == Unique }

// String returns the store as a recipe says it.
func (s Store) String() string {
	return [...]string{"", "memory", "cache", "table", "transaction"}[s]
}

// String returns the identity as a recipe says it.
func (i ID) String() string {
	return [...]string{"", "message ID", "business key", "sequence", "body hash", "new ID"}[i]
}

// String returns the way as a recipe says it.
func (w Way) String() string {
	return [...]string{"", "with key", "unique", "with token"}[w]
}

// String returns the answer as a recipe says it.
func (a Reaction) String() string {
	return [...]string{"return", "nack", "go on", "drop"}[a]
}
