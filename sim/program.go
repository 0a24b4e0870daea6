package sim

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"dejavu/broker"
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
// A Program is shared by all worlds of one lane and is not safe for concurrent
// use.
type Program struct {
	Code
	kinds   int // what the first kinds of message say,
	listed  func(kind int32) *broker.Message
	more    []broker.Message // and what came after them
	roots   []int32          // and the node that handling it begins at, 0 if none yet,
	relays  []int32          // and relaying it, or a part of it: see rows
	ends    []int32          // by kind and errand, and how it ends: see ending
	nodes   []node           // node 0 is no node
	free    int32            // the first node to be used again, and then its parents
	names   store.Names
	tables  store.Names
	locking bool                     // steps are known that lock and do not write
	extra   map[broker.Message]int32 // the kinds of these; nil as long as there are none

	proc   Proc
	steps  []pathStep // room for a path
	from   int32      // where the run under way hangs what it comes to,
	answer int32      // and after which answer
	seen   int        // how many kinds of message have begun
	rules  []ruleBroken
	err    *HandlerError
	outsiders
	counts countAsked // what handlers ask of the delivery count, as far as is known
	lasts  bool       // they store what has a lifetime, as far as is known
}

// Code is what a program is made of.
type Code struct {
	Handle        Handler
	Relay         Handler    // or nil
	Cursor        bool       // the relay follows a cursor: see [Tx.Enqueue]
	Parts         []Business // what performing comes to
	Transactional bool       // the queue is a table of the consumer's database
	MySQL         bool       // and that database goes on after an error
}

// node is a place in the tree: a step that is asked for after certain answers.
type node struct {
	step
	way
	say string // what the handler returned or panicked with
}

// way is how a handler comes to a node, and what is known of its step by numbers.
type way struct {
	parent int32 // or, of one to be used again, the next of those
	answer int32 // to the parent's step, on the way here
	child  int32 // first child
	next   int32 // next sibling
	keyNo  int32 // numbers of the names, once the step is taken
	valNo  int32
	oldNo  int32
	tabNo  int16
	numbed bool // these are known, if only that there are none
	acked  bool // an ack lies behind
	open   bool // a transaction is open,
	txAt
	errand       // a step of the relay's, and what its row is for
	done   int8  // performs that lie behind
	failed bool  // at OpReturn: the handler returned an error,
	reject bool  // and one that rejects the message
	rule   int32 // at op.Broken: index into rules
}

// txAt is what the answers so far say of a handler's locks, and of its transaction
// beside that it is open.
type txAt struct {
	acks    bool // an ack is part of it
	aborted bool // a statement has failed: nothing but a rollback can be done
	locked  bool // it holds locks that are no writes
	session int8 // locks that the attempt holds beside it
}

type pathStep struct{ node, answer int32 }

// askAgain, in place of the last answer of a path, parks the handler once more.
const askAgain = math.MinInt32

// newProgram returns the program of a handler of which nothing is known yet. So many kinds of
// message are known from the start, and listed returns what each says.
func newProgram(of Code, kinds int, listed func(kind int32) *broker.Message) *Program {
	p := &Program{
		Code: of, kinds: kinds, listed: listed, roots: make([]int32, kinds), nodes: make([]node, 1, 64),
		names: store.NewNames(), tables: store.NewNames(),
	}
	if of.Relay != nil {
		p.relays = make([]int32, kinds*p.rows())
	}
	p.begin(of.Handle, of.Relay, of.Cursor)
	return p
}

// begin makes it the program of another handler, and of another relay if it has one. It keeps
// the room that it has.
func (p *Program) begin(handle, relay Handler, cursor bool) {
	of := p.Code
	of.Handle, of.Relay, of.Cursor = handle, relay, cursor && relay != nil
	*p = Program{
		Code: of, kinds: p.kinds, listed: p.listed,
		roots: p.roots[:p.kinds], relays: p.relays, nodes: append(p.nodes[:0], node{}),
		names: p.names.Emptied(), tables: p.tables.Emptied(), steps: p.steps[:0],
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

// kind returns the number of a text that the first messages do not have, adding
// it when it is new.
func (p *Program) kind(m broker.Message) int32 {
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

// text returns what a kind of message says.
func (p *Program) text(kind int32) *broker.Message {
	if int(kind) < p.kinds {
		return p.listed(kind)
	}
	return &p.more[int(kind)-p.kinds]
}

// root returns the node at which handling a kind of message, or relaying it, begins.
func (p *Program) root(kind int32, as errand) int32 {
	roots, at := p.roots, kind
	if as.relay {
		roots, at = p.relays, p.rowAt(kind, as.of)
	}
	if roots[at] == 0 {
		p.proc.as = as
		root := p.run(kind, nil, 0, 0)
		roots[at] = root
		p.verify(kind, root)
	}
	return p.arrive(kind, roots[at])
}

// ending returns the node that stands for all at which an attempt at a kind of message
// ends well, if n is one of them, and n if not. What the attempt has done and was told is
// over then; that of one that fails may still have turned it away, see World.turnAway.
//
//go:norace
func (p *Program) ending(kind, n int32) int32 {
	at := &p.nodes[n]
	if at.op != OpReturn || at.failed || at.open || at.session > 0 { // what it has written and locked lies in its past
		return n
	}
	i := int(p.rowAt(kind, at.of)<<2 | store.Bit(at.relay)<<1 | store.Bit(at.acked))
	for len(p.ends) <= i {
		p.ends = append(p.ends, 0)
	}
	if p.ends[i] == 0 {
		p.ends[i] = n
	}
	return p.ends[i]
}

// begun reports whether steps of a kind of message are kept.
func (p *Program) begun(kind int32) bool {
	return p.roots[kind] != 0 || slices.ContainsFunc(p.relaysOf(kind), func(n int32) bool { return n != 0 })
}

// next returns the node that follows n after an answer.
func (p *Program) next(kind, n, answer int32) int32 {
	for c := p.nodes[n].child; c != 0; c = p.nodes[c].next {
		if p.nodes[c].answer == answer {
			return p.arrive(kind, c)
		}
	}
	p.proc.as = p.nodes[n].errand
	return p.arrive(kind, p.run(kind, p.pathTo(n, answer), n, answer))
}

// undisturbed returns the node that follows n where nothing goes wrong, or 0 where the
// attempt ends or that cannot be known.
func (p *Program) undisturbed(kind, n int32) int32 {
	op := p.nodes[n].op
	answer := untroubled[op]
	if !op.Asked() || answer == askAgain {
		return 0
	}
	for c := p.nodes[n].child; c != 0; c = p.nodes[c].next {
		if p.nodes[c].answer == answer {
			return c
		}
	}
	p.proc.as = p.nodes[n].errand
	return p.run(kind, p.pathTo(n, answer), n, answer)
}

// arrive makes a broken rule known when an attempt really comes to it: a guess
// may have run past what any attempt is answered.
func (p *Program) arrive(kind, n int32) int32 {
	if at := &p.nodes[n]; at.op == op.Broken && p.err == nil {
		p.err = p.rules[at.rule].by(p.text(kind))
	}
	return n
}

// pathTo returns the steps from the root to n and what each was answered, with
// answer for n itself.
func (p *Program) pathTo(n, answer int32) []pathStep {
	path := p.steps[:0]
	for ; n != 0; n = p.nodes[n].parent {
		path = append(path, pathStep{n, answer})
		answer = p.nodes[n].answer
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
		root := p.nodes[0].child
		p.nodes[0].child = 0
		return root
	}
	for n := p.nodes[from].child; n != 0; n = p.nodes[n].next {
		if p.nodes[n].answer == answer {
			return n
		}
	}
	panic("sim: a handler ran and came to no step")
}

// call runs the handler until it parks, returns, panics or breaks a rule, and
// hangs what it came to into the tree.
func (p *Program) call(kind int32, path []pathStep) {
	c := &p.proc
	c.msg, c.path = p.text(kind), path
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
		p.ended(&step{op: OpReturn}, true, err.Error())
	} else {
		p.ended(&step{op: OpReturn}, false, "")
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
		p.ended(&step{op: OpPanic}, true, fmt.Sprint(r))
	}
}

// handler returns what is to be run: the consumer's handler, or its relay.
func (p *Program) handler() Handler {
	if p.proc.as.relay {
		return p.Relay
	}
	return p.Handle
}

// ended hangs the end of an attempt into the tree, or finds it there.
func (p *Program) ended(s *step, failed bool, say string) {
	c := &p.proc
	if c.at < len(c.path) {
		if end := &p.nodes[c.path[c.at].node]; end.op != s.op || end.failed != failed {
			p.broke(ruleBroken{rule: notDeterministic(*s, end.step)})
		}
		return
	}
	n := &p.nodes[p.grow(c, s)]
	n.failed, n.reject, n.say, n.numbed = failed, c.reject, say, say == "" // with nothing said there is nothing to number
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
	if p.err == nil && (differs || c.answer == askAgain) {
		p.err = b.by(c.msg)
	}
	n := p.grow(c, &step{op: op.Broken})
	p.nodes[n].rule = int32(len(p.rules))
	p.rules = append(p.rules, b)
}

// grow hangs a node for a step under the place that the handler has come to.
func (p *Program) grow(c *Proc, s *step) int32 {
	n := p.free
	if n != 0 {
		p.free = p.nodes[n].parent
		for c := p.nodes[n].child; c != 0; c = p.nodes[c].next { // what hung under it is free as well
			p.nodes[c].parent, p.free = p.free, c
		}
	} else {
		p.nodes = append(p.nodes, node{})
		n = int32(len(p.nodes) - 1)
	}
	at, above := &p.nodes[n], &p.nodes[c.node]
	// All of it is written field by field: to copy what has just been written waits for it.
	at.op, at.tx, at.part, at.posts, at.ttl = s.op, s.tx, s.part, s.posts, s.ttl
	at.table, at.key, at.value, at.old, at.say = s.table, s.key, s.value, s.old, ""
	at.way = way{numbed: s.table == "" && s.key == "" && s.value == "" && s.old == "" && s.op.Asked()}
	at.parent, at.answer, at.next = c.node, c.answer, above.child
	at.acked, at.open, at.txAt, at.done, at.errand = c.acked, c.open, c.tx, c.done, c.as
	p.locking = p.locking || s.op.Holds()
	above.child = n
	p.lasts = p.lasts || s.ttl > 0
	if s.op == OpDeliveries || s.op == OpRedelivered {
		p.counts = max(p.counts, asksFor(s.op))
	}
	return n
}

// usual is what a message is answered that is handled for the first time and
// without trouble; askAgain where that cannot be known.
var usual = [op.Count]int32{
	OpPutIfAbsent: 1, OpInsert: 1, OpInsertOrFail: 1, OpTxAck: 1, OpAdvisoryLock: 1, OpTryAdvisoryLock: 1, OpAdvisoryUnlock: 1, OpSwap: 1, OpCacheAdd: 1, OpDeliveries: 1, OpRememberWithin: 1,
	OpCacheSetIf: 1, OpCacheDeleteIf: 1,
	OpAdd: askAgain, OpNewID: askAgain,
}

// untroubled is usual as an answer, and not as a guess: what is read from it is the same
// whichever nodes exist already.
var untroubled = usual

// withoutGuessing runs f while every handler parks at every step, instead of going on with a
// guessed answer: that must change nothing, and a test holds that. It is not safe for
// concurrent use.
func withoutGuessing(f func()) {
	guesses := usual
	defer func() { usual = guesses }()
	for op := range usual {
		usual[op] = askAgain
	}
	f()
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
	for p.nodes[last].child != 0 {
		last = p.nodes[last].child
	}
	if p.nodes[last].op != op.Broken {
		p.from, p.answer = p.nodes[last].parent, p.nodes[last].answer
		p.call(kind, p.pathTo(last, askAgain))
	}
}

// release gives back the nodes of a kind of message that nobody handles any
// more. Should it come again, its path is run again.
func (p *Program) release(kind int32) {
	if len(p.ends) > 0 { // in a search alone
		for i := int(p.rowAt(kind, 0) << 2); i < min(int(p.rowAt(kind+1, 0)<<2), len(p.ends)); i++ {
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
		p.nodes[n].parent, p.free = p.free, n
	}
}
