// Package program is a handler, as the simulation sees it: a tree of steps.
//
// A handler is written with a [Proc], and what that reaches: [Memory], [DB] and [Tx], [Cache]
// and the outside. It never does anything itself: it asks for one step after another, and is
// told what each was answered. So a [Program] can run it again with other answers, and learns
// what it would ask for after each.
//
// What a step does, and when, is the world's business: see package sim, which has names for
// all that a handler needs.
package program

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"dejavu/broker"
	"dejavu/sim/business"
	"dejavu/sim/op"
	"dejavu/sim/store"
)

// MaxSteps is how many steps an attempt may take, its return included. A handler
// that wants more is taken to loop for ever.
const MaxSteps = 64

// Program is a handler as a tree of steps. A handler is a function of the
// message and of the answers so far to its next step: run with no answers it
// asks for step one and is parked; given the answer it runs again, replays, and
// asks for step two. Each such place is a node, kept, so a path that was taken
// once is never run again, and a worker's whole state is the number of a node.
//
// Parking costs a panic. So a run does not park where it may guess: it goes on
// with the usual answer, and the nodes that it comes to are what would follow
// from that. An answer that turns out otherwise departs from there and runs
// again. A guess is never an answer: it only decides which nodes exist already.
//
// A kind of message is the number of a text: a copy is of the kind of its original.
//
// A Program is shared by all worlds of one lane and is not safe for concurrent
// use.
type Program struct {
	Code
	kinds   int                              // so many kinds of message are known from the start:
	listed  func(kind int32) *broker.Message // what each of them says,
	more    []broker.Message                 // and what those say that came later
	roots   []int32                          // by kind: the node at which handling it begins, 0 if none yet
	relays  []int32                          // by RowIndex: the node at which relaying it begins, 0 if none yet
	ends    []int32                          // by kind, part, errand and ack: see Ending
	Nodes   []Node                           // node 0 is no node
	free    int32                            // the first node to be used again, and then its parents
	Names   store.Names                      // of keys and values,
	Tables  store.Names                      // and of tables
	Locking bool                             // steps are known that lock and do not write
	extra   map[broker.Message]int32         // the kinds of these; nil as long as there are none

	proc   Proc
	steps  []pathStep // room for a path
	from   int32      // where the run under way hangs what it comes to,
	answer int32      // and after which answer
	seen   int        // how many kinds of message have begun
	rules  []ruleBroken
	Err    *HandlerError // the first rule that an attempt has broken, or nil
	outsiders
	CountAsked     CountAsked // what handlers ask of the delivery count, as far as is known
	StoresForATime bool       // they store what has a lifetime, as far as is known
}

// Code is what a program is made of.
type Code struct {
	Handle        Handler
	Relay         Handler             // or nil
	Cursor        bool                // the relay follows a cursor: see [Tx.Enqueue]
	Parts         []business.Business // what performing comes to
	Transactional bool                // the queue is a table of the consumer's database
	MySQL         bool                // a transaction of that database goes on after an error
}

// Node is a place in the tree: a step that is asked for after certain answers. Its fields are
// those of step, what is asked for, and of way, how the handler came here.
type Node struct {
	step
	way
	Say string // what the handler returned or panicked with
}

// way is how a handler comes to a node, and what is known of its step by numbers.
type way struct {
	Parent   int32 // the node before or, of one to be used again, the next of those
	Answer   int32 // to the parent's step, on the way here
	child    int32 // first child
	next     int32 // next sibling
	KeyNo    int32 // the number of Key in Program.Names, once the step is taken or struck,
	ValNo    int32 // of Value or, at an end, of Say,
	OldNo    int32 // of old,
	TabNo    int16 // and of Table in Program.Tables
	Numbered bool  // these four are known: 0 where there is no name
	Acked    bool  // an ack lies behind
	open     bool  // a transaction is open,
	txAt
	Errand       // a step of the relay's, and what its row is for
	Done   int8  // performs that lie behind
	Failed bool  // at op.Return: the handler returned an error,
	Reject bool  // and one that rejects the message
	rule   int32 // at op.Broken: index into rules
}

// txAt is what the answers so far say of a handler's locks, and of its transaction
// beside that it is open.
type txAt struct {
	Acks    bool // an ack is part of it
	Aborted bool // a statement has failed: nothing but a rollback can be done
	Locked  bool // it holds locks that are no writes
	Session int8 // locks that the attempt holds beside it
}

type pathStep struct{ node, answer int32 }

// askAgain, in place of the last answer of a path, parks the handler once more.
const askAgain = math.MinInt32

// New returns the program of a handler of which nothing is known yet. So many kinds of
// message are known from the start, and listed returns what each says.
func New(of Code, kinds int, listed func(kind int32) *broker.Message) *Program {
	p := &Program{
		Code: of, kinds: kinds, listed: listed, roots: make([]int32, kinds), Nodes: make([]Node, 1, 64),
		Names: store.NewNames(), Tables: store.NewNames(),
	}
	if of.Relay != nil {
		p.relays = make([]int32, kinds*p.rows())
	}
	p.Reset(of.Handle, of.Relay, of.Cursor)
	return p
}

// Reset makes it the program of another handler, and of another relay if it has one. It keeps
// the room that it has.
func (p *Program) Reset(handle, relay Handler, cursor bool) {
	of := p.Code
	of.Handle, of.Relay, of.Cursor = handle, relay, cursor && relay != nil
	*p = Program{
		Code: of, kinds: p.kinds, listed: p.listed,
		roots: p.roots[:p.kinds], relays: p.relays, Nodes: append(p.Nodes[:0], Node{}),
		Names: p.Names.Emptied(), Tables: p.Tables.Emptied(), steps: p.steps[:0],
	}
	if clear(p.roots); p.Relay != nil {
		p.relays = p.relays[:p.kinds*p.rows()]
		clear(p.relays)
	}
	p.proc.prog = p
	p.proc.Memory = Memory{&p.proc}
	p.proc.DB = DB{rowAccess{p: &p.proc}}
	p.proc.Cache = Cache{&p.proc}
}

// Kind returns the number of a text that the first messages do not have, adding
// it when it is new.
func (p *Program) Kind(m broker.Message) int32 {
	if k, ok := p.extra[m]; ok {
		return k
	}
	k := int32(p.kinds + len(p.more))
	p.more = append(p.more, m)
	if p.roots = append(p.roots, 0); p.Relay != nil {
		p.relays = append(p.relays, make([]int32, p.rows())...)
	}
	if p.extra == nil {
		p.extra = map[broker.Message]int32{}
	}
	p.extra[m] = k
	return k
}

// Text returns what a kind of message says.
func (p *Program) Text(kind int32) *broker.Message {
	if int(kind) < p.kinds {
		return p.listed(kind)
	}
	return &p.more[int(kind)-p.kinds]
}

// Root returns the node at which handling a kind of message, or relaying it, begins.
func (p *Program) Root(kind int32, as Errand) int32 {
	roots, at := p.roots, kind
	if as.Relay {
		roots, at = p.relays, p.RowIndex(kind, as.Of)
	}
	if roots[at] == 0 {
		p.proc.as = as
		root := p.run(kind, nil, 0, 0)
		roots[at] = root
		p.verify(kind, root)
	}
	return p.arrive(kind, roots[at])
}

// Ending returns the node that stands for all at which an attempt at a kind of message
// ends well, if n is one of them, and n if not. What the attempt has done and was told is
// over then; that of one that fails may still have turned it away: see turnAway in package sim.
//
//go:norace
func (p *Program) Ending(kind, n int32) int32 {
	at := &p.Nodes[n]
	if at.Op != op.Return || at.Failed || at.open || at.Session > 0 { // what it has written and locked lies in its past
		return n
	}
	i := int(p.RowIndex(kind, at.Of)<<2 | store.Bit(at.Relay)<<1 | store.Bit(at.Acked))
	for len(p.ends) <= i {
		p.ends = append(p.ends, 0)
	}
	if p.ends[i] == 0 {
		p.ends[i] = n
	}
	return p.ends[i]
}

// Begun reports whether steps of a kind of message are kept.
func (p *Program) Begun(kind int32) bool {
	return p.roots[kind] != 0 || slices.ContainsFunc(p.relaysOf(kind), func(n int32) bool { return n != 0 })
}

// Next returns the node that follows n after an answer.
func (p *Program) Next(kind, n, answer int32) int32 {
	for c := p.Nodes[n].child; c != 0; c = p.Nodes[c].next {
		if p.Nodes[c].Answer == answer {
			return p.arrive(kind, c)
		}
	}
	p.proc.as = p.Nodes[n].Errand
	return p.arrive(kind, p.run(kind, p.pathTo(n, answer), n, answer))
}

// Undisturbed returns the node that follows n where nothing goes wrong, or 0 where the
// attempt ends or that cannot be known.
func (p *Program) Undisturbed(kind, n int32) int32 {
	op := p.Nodes[n].Op
	answer := untroubled[op]
	if !op.Asked() || answer == askAgain {
		return 0
	}
	for c := p.Nodes[n].child; c != 0; c = p.Nodes[c].next {
		if p.Nodes[c].Answer == answer {
			return c
		}
	}
	p.proc.as = p.Nodes[n].Errand
	return p.run(kind, p.pathTo(n, answer), n, answer)
}

// arrive makes a broken rule known when an attempt really comes to it: a guess
// may have run past what any attempt is answered.
func (p *Program) arrive(kind, n int32) int32 {
	if at := &p.Nodes[n]; at.Op == op.Broken && p.Err == nil {
		p.Err = p.rules[at.rule].by(p.Text(kind))
	}
	return n
}

// pathTo returns the steps from the root to n and what each was answered, with
// answer for n itself.
func (p *Program) pathTo(n, answer int32) []pathStep {
	path := p.steps[:0]
	for ; n != 0; n = p.Nodes[n].Parent {
		path = append(path, pathStep{n, answer})
		answer = p.Nodes[n].Answer
	}
	for i, j := 0, len(path)-1; i < j; i, j = i+1, j-1 {
		path[i], path[j] = path[j], path[i]
	}
	p.steps = path
	return path
}

// run runs the handler along a path and returns the node that it comes to after
// the answer that it is given to node from.
func (p *Program) run(kind int32, path []pathStep, from, answer int32) int32 {
	p.from, p.answer = from, answer
	p.call(kind, path)
	if from == 0 {
		root := p.Nodes[0].child
		p.Nodes[0].child = 0
		return root
	}
	for n := p.Nodes[from].child; n != 0; n = p.Nodes[n].next {
		if p.Nodes[n].Answer == answer {
			return n
		}
	}
	panic("program: a handler ran and came to no step")
}

// call runs the handler until it parks, returns, panics or breaks a rule, and
// hangs what it came to into the tree.
func (p *Program) call(kind int32, path []pathStep) {
	c := &p.proc
	c.msg, c.path = p.Text(kind), path
	c.node, c.answer, c.reject = 0, 0, false
	v, returned := c.enter(), false
	defer func() {
		if !returned { // to recover where nothing has panicked costs as much as a step
			p.unwound(recover())
		}
		c.leave(v)
	}()
	err := p.handler()(c, *c.msg)
	if c.parked {
		c.fault("recovered a panic that was not its own: do not recover in a handler")
	}
	if err != nil {
		c.reject = errors.Is(err, ErrReject)
		p.ended(&step{Op: op.Return}, true, err.Error())
	} else {
		p.ended(&step{Op: op.Return}, false, "")
	}
	returned = true
}

// unwound hangs into the tree what the handler has panicked with, if it has.
func (p *Program) unwound(with any) {
	switch r := with.(type) {
	case nil, parkSignal:
	case ruleBroken:
		p.broke(r)
	default:
		p.ended(&step{Op: op.Panic}, true, fmt.Sprint(r))
	}
}

// handler returns what is to be run: the consumer's handler, or its relay.
func (p *Program) handler() Handler {
	if p.proc.as.Relay {
		return p.Relay
	}
	return p.Handle
}

// ended hangs the end of an attempt into the tree, or finds it there.
func (p *Program) ended(s *step, failed bool, say string) {
	c := &p.proc
	if c.at < len(c.path) {
		if end := &p.Nodes[c.path[c.at].node]; end.Op != s.Op || end.Failed != failed {
			p.broke(ruleBroken{rule: notDeterministic(*s, end.step)})
		}
		return
	}
	n := &p.Nodes[p.grow(c, s)]
	n.Failed, n.Reject, n.Say, n.Numbered = failed, c.reject, say, say == "" // with nothing said there is nothing to number
}

// broke marks where a handler broke a rule. One that differs when it is run again
// has broken it where the path began to be run, and one that recovered while it
// was parked, where no answer leads: both are known at once.
func (p *Program) broke(b ruleBroken) {
	c := &p.proc
	differs := c.at < len(c.path)
	if differs {
		c.node, c.answer = p.from, p.answer
	}
	if p.Err == nil && (differs || c.answer == askAgain) {
		p.Err = b.by(c.msg)
	}
	n := p.grow(c, &step{Op: op.Broken})
	p.Nodes[n].rule = int32(len(p.rules))
	p.rules = append(p.rules, b)
}

// grow hangs a node for a step under the place that the handler has come to.
func (p *Program) grow(c *Proc, s *step) int32 {
	n := p.free
	if n != 0 {
		p.free = p.Nodes[n].Parent
		for c := p.Nodes[n].child; c != 0; c = p.Nodes[c].next { // what hung under it is free as well
			p.Nodes[c].Parent, p.free = p.free, c
		}
	} else {
		p.Nodes = append(p.Nodes, Node{})
		n = int32(len(p.Nodes) - 1)
	}
	at, above := &p.Nodes[n], &p.Nodes[c.node]
	// All of it is written field by field: to copy what has just been written waits for it.
	at.Op, at.Tx, at.Part, at.Posts, at.TTL = s.Op, s.Tx, s.Part, s.Posts, s.TTL
	at.Table, at.Key, at.Value, at.old, at.Say = s.Table, s.Key, s.Value, s.old, ""
	at.way = way{Numbered: s.Table == "" && s.Key == "" && s.Value == "" && s.old == "" && s.Op.Asked()}
	at.Parent, at.Answer, at.next = c.node, c.answer, above.child
	at.Acked, at.open, at.txAt, at.Done, at.Errand = c.acked, c.open, c.tx, c.done, c.as
	p.Locking = p.Locking || s.Op.Holds()
	above.child = n
	p.StoresForATime = p.StoresForATime || s.TTL > 0
	if s.Op == op.Deliveries || s.Op == op.Redelivered {
		p.CountAsked = max(p.CountAsked, asksFor(s.Op))
	}
	return n
}

// verify runs the path of a new kind of message a second time: always for the
// first ones, and now and then later. Where every answer was guessed right the
// handler would otherwise run only once, and one that keeps state in Go variables
// would not be found.
func (p *Program) verify(kind, root int32) {
	p.seen++
	if p.seen > 64 && p.seen&63 != 0 {
		return
	}
	last := root
	for p.Nodes[last].child != 0 {
		last = p.Nodes[last].child
	}
	if p.Nodes[last].Op != op.Broken {
		p.from, p.answer = p.Nodes[last].Parent, p.Nodes[last].Answer
		p.call(kind, p.pathTo(last, askAgain))
	}
}

// Release gives back the nodes of a kind of message that nobody handles any
// more. Should it come again, its path is run again.
func (p *Program) Release(kind int32) {
	if len(p.ends) > 0 { // in a search alone
		for i := int(p.RowIndex(kind, 0) << 2); i < min(int(p.RowIndex(kind+1, 0)<<2), len(p.ends)); i++ {
			p.ends[i] = 0
		}
	}
	p.recycle(p.roots[kind])
	p.roots[kind] = 0
	relays := p.relaysOf(kind)
	for i := range relays {
		p.recycle(relays[i])
		relays[i] = 0
	}
}

// recycle puts a node, and with it all that hangs under it, on top of those to be used again.
func (p *Program) recycle(n int32) {
	if n != 0 {
		p.Nodes[n].Parent, p.free = p.free, n
	}
}
