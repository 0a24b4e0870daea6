package sim

import (
	"cmp"
	"math"
	"slices"
	"sort"

	"dejavu/broker"
	"dejavu/sim/action"
	"dejavu/sim/program"
	"dejavu/sim/store"
)

// World is everything that exists in one lane at one moment, as plain data: the
// queue, the processes with their memory and workers, the rows of the database,
// the cache, and the ledger of the outside. It offers a menu of actions
// ([World.Enabled]); [World.Do] takes one, and nothing else changes it.
//
// Messages are numbered as the lane lists them, then copies and republishes in
// order of publication. Workers are numbered from 0.
type World struct {
	prog      *program.Program // the steps of the handler: all worlds of a lane share them,
	groups    *turns           // and the places of messages in their groups
	owed      []Owed
	business  Business
	queue     broker.Queue
	extras    []extra  // the messages beyond those owed
	copied    []int8   // how many of them each of those owed has
	bodies    []string // the bodies that republishes of the plan have
	kinds     []int32  // what those owed say; empty as long as that is what is listed
	numbered  []taken  // the numbers that republishes have got, by group
	tops      []int    // the highest number that is published of each group: see highest
	threads   int      // workers in a process
	workers   []worker
	relay     int                   // the first of them that is a relay, or broker.None
	claims    RowClaim              // what a relay does to a row
	memory    []store.ProcessMemory // one for each process
	outbox    []posting             // by message, the oldest first
	posts     int32                 // the last number of a row of the outbox
	drawn     []drawn               // the numbers of rows that are not committed, where a cursor goes by them
	cursor    int32                 // the number of the last row that the relay is done with
	rows      store.Rows
	locked    int32 // how many of them open transactions have written
	cache     store.CacheEntries
	writes    int32 // of what may expire, so far
	ledger    []Effect
	effects   []int32        // how many are committed of each part, by the first thing owed under their business key
	classes   []int32        // which thing that is; nil where every thing has a key of its own
	latest    []int32        // of a status: the place, from 1, of the newest that has set it, by the first of its group
	stands    []int32        // whose debt each thing listed is; nil where each is a debt of its own
	honoured  store.BankKeys // the idempotency keys that the receiver has seen,
	keysFor   int64          // for how many nanoseconds it keeps one; Forever
	bank      Bank           // and what else it makes of them
	ids       int32          // fresh IDs given out
	budget    int            // faults that may still happen; negative: any number
	moved     []int32        // scratch: the messages that the last action settled or gave back
	moves     []posting      // scratch: the rows of the outbox that it committed or gave back
	journal   journal        // what a failover of the stores can lose
	down      action.Stores  // which stores are out of reach
	forgetful bool           // acks may be forgotten: see KeepAcks
	lost      *commit        // scratch: what the last failover of the stores took back
	passed    bool           // scratch: the last action may have moved partitions to another owner
	left      bool           // scratch: with the last action a process ended that was asked to
	took      int32          // scratch: the node of the step that the last action has taken or struck, or 0
	skipped   bool           // scratch: the last action has left a row of the outbox behind the cursor, unread
	leavesOut bool           // see LeaveOutCopies
	messages  []int32        // scratch: see keyer,
	called    []int32        // and this
	defers    bool           // some of what is owed is not to be begun before a time: see waits
	listed    bool           // what is owed is listed in order of its publish
	alone     bool           // extras are shared with nobody, and may be written over: see Restore
}

// extra is a copy, a republish or a redrive.
type extra struct {
	kind   int32 // what it says
	owed   int32 // what it is a copy of, as that is listed
	from   int32 // the message that it was made of: what is owed, or what lay in the dead-letter queue
	letter int8  // 1 is b
}

// worker is a thread of a process. It is idle if node is 0.
type worker struct {
	node     int32
	receipt  broker.Receipt
	batch    []broker.Receipt // handed over with it; never changed in place
	place    int32            // of receipt in batch
	held     []broker.Receipt // for its time, beside its work; never changed in place
	written  int32            // rows that its open transaction has written
	taken    int32            // lines of the ledger that are part of it: effects in the database
	enqueued int32            // rows of the outbox that are part of it: all of the message at hand
	overran  bool             // a deadline has passed since its last step
	asks     bool             // its request is at work at the receiver: see canArrive
}

// Effect is one line of the ledger: a charge, a mail, an item taken. The ledger
// is the truth that verdicts are read from.
type Effect struct {
	Owed     int32 // index of what was handled, as it is listed; what it counts for may be an earlier one's debt
	Msg      int32 // the broker message that was handled,
	Delivery int32 // in its n-th delivery
	Worker   int8
	Part     int8 // which of the parts of the business: 0 where it has one
	open     bool // part of a transaction that is not committed: stock only
	stale    bool // it has set a status over what a newer message had set
}

// New returns the world of a lane at its beginning: nothing is published yet.
// budget is how many faults may happen in it; a negative one means any number.
func New(l *Lane, budget int) *World {
	queue := l.Profile()
	owed, messages := look(l.Messages), l.Messages
	w := &World{
		prog:     program.New(l.code(&queue), len(messages), func(kind int32) *broker.Message { return &messages[kind].Message }),
		groups:   &turns{},
		owed:     l.Messages,
		business: l.Business,
		queue:    broker.NewOf(&queue, l.workers(), len(l.Messages), func(i int) *broker.Message { return &l.Messages[i].Message }),
		copied:   make([]int8, len(l.Messages)),
		ledger:   make([]Effect, 0, len(l.Messages)+len(l.Messages)/4),
		effects:  make([]int32, l.Debts()),
		threads:  max(l.Threads, 1),
		workers:  make([]worker, l.workers()),
		relay:    broker.None,
		keysFor:  int64(l.bankKeys()),
		bank:     l.Bank,
		budget:   budget,
		bodies:   bodies(l.Plan),
		defers:   owed.defers,
		listed:   owed.inOrder,
	}
	if owed.keyed {
		w.classes = keyClasses(l.Messages)
	}
	if owed.owing {
		w.stands = debtors(l.Messages)
	}
	w.journal.on = l.may(LoseWritesFault)
	w.forgetful = l.may(ForgetAcksFault) || queue.TakesBack() ||
		w.journal.on && queue.Transactional // an ack may be lost with a commit
	w.memory = make([]store.ProcessMemory, len(w.workers)/w.threads)
	if l.Business.Info().LastWins {
		w.latest = make([]int32, len(l.Messages))
	}
	if l.Consumer.Relay != nil {
		w.newRelays(l)
	}
	return w
}

// Reuse gives a world at its beginning, and all that were cloned from it, another consumer, as
// if [New] had been called with that. It is for whoever tries thousands: it makes nothing
// again. Both want the same of the queue (see [Lane.Profile]), and either both have a relay or
// neither has, and so it is with a cursor.
func (w *World) Reuse(c *Consumer) { w.prog.Reset(c.Handle, c.Relay, c.Cursor) }

// code returns what the program of a lane is made of, whose queue is known.
func (l *Lane) code(queue *broker.Profile) program.Code {
	return program.Code{
		Handle: l.Consumer.Handle, Relay: l.Consumer.Relay, Cursor: l.Consumer.Cursor, Parts: l.Business.Parts(),
		Transactional: queue.Transactional, MySQL: l.Database == MySQL,
	}
}

// bodies returns the bodies that republishes of a plan have.
func bodies(plan []Fault) (all []string) {
	for i := range plan {
		if body := plan[i].Body; body != "" && !slices.Contains(all, body) {
			all = append(all, body)
		}
	}
	return all
}

func (w *World) class(owed int) int {
	if w.classes == nil {
		return owed
	}
	return int(w.classes[owed])
}

// Clone returns a copy that shares with w nothing that can change, but for the
// tree of the handler's steps.
func (w *World) Clone() *World {
	c := *w
	c.queue = w.queue.Clone()
	c.extras = slices.Clip(w.extras)
	if w.alone {
		c.extras = slices.Clone(w.extras)
	}
	c.copied = slices.Clone(w.copied)
	c.kinds = slices.Clone(w.kinds)
	c.numbered = slices.Clone(w.numbered)
	c.tops = slices.Clone(w.tops)
	c.workers = slices.Clone(w.workers)
	c.memory = slices.Clone(w.memory)
	for i := range c.memory {
		c.memory[i] = w.memory[i].Clone()
	}
	c.outbox, c.drawn, c.cursor = slices.Clone(w.outbox), slices.Clone(w.drawn), w.cursor
	c.rows = slices.Clone(w.rows)
	c.cache = slices.Clone(w.cache)
	c.ledger = slices.Clone(w.ledger)
	c.effects, c.latest = slices.Clone(w.effects), slices.Clone(w.latest)
	c.honoured = slices.Clone(w.honoured)
	c.journal.commits = slices.Clone(w.journal.commits)
	c.moved, c.moves, c.lost, c.took, c.passed, c.left, c.skipped = nil, nil, nil, 0, false, false, false
	c.messages, c.called = nil, nil
	return &c
}

// Queue returns the queue, to be looked at.
func (w *World) Queue() *broker.Queue { return &w.queue }

// Workers returns the number of workers, the relay among them.
func (w *World) Workers() int { return len(w.workers) }

// Ledger returns what has happened outside and, for stock, what is committed, in
// order. The slice must not be changed.
func (w *World) Ledger() []Effect {
	if !slices.ContainsFunc(w.ledger, func(e Effect) bool { return e.open }) {
		return w.ledger
	}
	return slices.DeleteFunc(slices.Clone(w.ledger), func(e Effect) bool { return e.open })
}

// Handling returns the receipt under which a worker handles a message, and
// whether it handles one.
func (w *World) Handling(worker int) (broker.Receipt, bool) {
	return w.workers[worker].receipt, w.workers[worker].node != 0
}

// Pending returns the step that a worker will take next.
func (w *World) Pending(worker int) (Op, bool) {
	n := w.workers[worker].node
	return w.prog.Nodes[n].Op, n != 0
}

// PendingPart returns which business the step that a worker will take next is about, if
// it is one outside: a part of the world's, where that has several.
func (w *World) PendingPart(worker int) Business {
	return w.part(&w.prog.Nodes[w.workers[worker].node])
}

// Err returns the rule that the handler broke, if it broke one: a *HandlerError.
// Nothing that is simulated from there on means anything.
func (w *World) Err() error {
	w.prog.NoticeOutsiders()
	if w.prog.Err == nil {
		return nil
	}
	return w.prog.Err
}

// Owed returns the index of what message n counts for: what it is listed as or, where that
// stands for the debt of an earlier message, that one. See [Owed].Owes.
func (w *World) Owed(n int) int { return w.debtor(w.Listed(n)) }

// Listed returns the index of message n in the list of messages or, for a copy, that of what
// it is a copy of.
func (w *World) Listed(n int) int {
	if n < len(w.owed) {
		return n
	}
	return int(w.extras[n-len(w.owed)].owed)
}

// Message returns what consumers see of message n.
func (w *World) Message(n int) *broker.Message { return w.prog.Text(w.kind(n)) }

// Name returns what message n is called: the ID of what is owed, followed by a
// letter if it is a copy or a republish of it.
func (w *World) Name(n int) string {
	if n < len(w.owed) {
		return w.owed[n].ID
	}
	x := w.extras[n-len(w.owed)]
	return CopyName(w.owed[x.owed].ID, int(x.letter))
}

// From returns the message that a copy, republish or redrive was made of: what is
// owed, or what lay in the dead-letter queue.
func (w *World) From(n int) int { return int(w.extras[n-len(w.owed)].from) }

func (w *World) kind(n int) int32 {
	switch {
	case n < len(w.owed) && len(w.kinds) > 0:
		return w.kinds[n]
	case n < len(w.owed):
		return int32(n)
	}
	return w.extras[n-len(w.owed)].kind
}

func (w *World) process(worker int) int {
	switch {
	case w.threads == 1:
		return worker // a division is a fifth of a step
	case w.IsRelay(worker):
		return w.relay/w.threads + worker - w.relay // it has one of its own
	}
	return worker / w.threads
}

// crew returns the workers of a process: from one on, up to another.
//
//go:norace
func (w *World) crew(process int) (from, to int) {
	if w.relay != broker.None && process >= w.relay/w.threads {
		from = w.relay + process - w.relay/w.threads
		return from, from + 1
	}
	return process * w.threads, (process + 1) * w.threads
}

// firstOf returns the first worker of the process of a worker.
func (w *World) firstOf(worker int) int {
	from, _ := w.crew(w.process(worker))
	return from
}

// holder returns the worker that is busy with message n under its current
// receipt and has not acked it, or broker.None.
func (w *World) holder(n int) int {
	h := w.queue.Holder(n)
	if h == broker.None {
		return h
	}
	wk := &w.workers[h]
	if wk.node == 0 {
		return broker.None
	}
	if int(wk.receipt.Msg) == n {
		if w.prog.Nodes[wk.node].Acked || int(wk.receipt.Delivery) != w.queue.Deliveries(n) {
			return broker.None
		}
		return h
	}
	for i := wk.place + 1; i < int32(len(wk.batch)); i++ { // waits in the batch
		if r := wk.batch[i]; int(r.Msg) == n && int(r.Delivery) == w.queue.Deliveries(n) {
			return h
		}
	}
	if w.acksTogether() {
		for i := int32(0); i < wk.place && int(i) < len(wk.batch); i++ { // handled, not acked yet
			if r := wk.batch[i]; int(r.Msg) == n && int(r.Delivery) == w.queue.Deliveries(n) {
				return h
			}
		}
	}
	return broker.None
}

func (w *World) acksTogether() bool { return w.queue.Profile().AckUnit != broker.AckEach }

// A producer numbers what it publishes, from 1 within a group ([broker.Message].Seq),
// and a file lists the numbers that it gives if nothing is published twice. A retry
// under the same message ID keeps its number: the producer knows that it is a retry,
// as Kafka's idempotent producer does. A republish under a new message ID is a new
// message to the producer, which has forgotten or never knew the first: it gets the
// number after the highest that was given so far in its group, and what is published
// from then on is numbered behind it. An operator who puts a message back from the
// dead-letter queue is no producer: whatever ID it gets, its number is in its body.

// taken is a number that a republish under a new message ID got.
type taken struct {
	group string
	seq   int
}

func (a taken) compare(b taken) int {
	return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.seq, b.seq))
}

// nextNumber returns the number that a producer gives now in the group of a thing owed,
// and notes that it is taken.
func (w *World) nextNumber(owed int) int {
	group, highest := w.owed[owed].Group, w.highest(owed)
	if of := w.takenIn(group); len(of) > 0 {
		highest = max(highest, of[len(of)-1].seq)
	}
	w.take(taken{group, highest + 1})
	return highest + 1
}

// highest returns the highest number that was given to a thing owed of the group of one,
// of those that are published. From when it is first asked on, every publish counts.
func (w *World) highest(owed int) int {
	if len(w.tops) == 0 {
		w.tops = make([]int, len(w.owed))
		for n := range w.owed {
			if w.queue.State(n) != broker.Unpublished {
				w.countTop(n)
			}
		}
	}
	return w.tops[w.groupOf(owed)]
}

// countTop counts the number of a thing owed that is published.
func (w *World) countTop(n int) {
	top := &w.tops[w.groupOf(n)]
	*top = max(*top, w.Message(n).Seq)
}

// groupOf returns the first thing owed of the group of one.
func (w *World) groupOf(n int) int {
	if turns := w.turns(); turns != nil {
		return int(turns[n].group)
	}
	return n // nothing shares its group
}

// takenIn returns the numbers that republishes have taken in a group.
func (w *World) takenIn(group string) []taken {
	from, _ := slices.BinarySearchFunc(w.numbered, taken{group, 0}, taken.compare)
	to, _ := slices.BinarySearchFunc(w.numbered, taken{group, math.MaxInt}, taken.compare)
	return w.numbered[from:to]
}

func (w *World) take(t taken) {
	if at, found := slices.BinarySearchFunc(w.numbered, t, taken.compare); !found {
		w.numbered = slices.Insert(w.numbered, at, t)
	}
}

// number gives a thing owed, which is about to be published, a number behind those
// that republishes have taken before it.
func (w *World) number(owed int) {
	text := *w.prog.Text(int32(owed))
	of := w.takenIn(text.Group) // each that is not above it pushes it on by one
	text.Seq += sort.Search(len(of), func(i int) bool { return of[i].seq-i > text.Seq })
	if text.Seq == w.prog.Text(int32(owed)).Seq {
		return
	}
	if len(w.kinds) == 0 {
		for i := range int32(len(w.owed)) {
			w.kinds = append(w.kinds, i)
		}
	}
	w.kinds[owed] = w.prog.Kind(text)
}

// renamed reports whether anything was published under a new message ID: then what is
// owed may have other numbers than it is listed with.
func (w *World) renamed() bool {
	return slices.ContainsFunc(w.extras, func(x extra) bool { return int(x.kind) >= len(w.owed) })
}

// again publishes a message once more: Action.Msg becomes the number that the
// copy got, for that is what everything later is about. What is redriven leaves the
// dead-letter queue and, like a copy, comes from behind the dedup window. What is
// published under a new message ID is numbered again: see nextNumber.
func (w *World) again(out *Outcome) {
	from := int(out.Msg)
	owed := w.Listed(from)
	x := extra{kind: w.kind(from), owed: int32(owed), from: out.Msg, letter: w.copied[owed] + 1}
	renamed := out.Kind == RepublishAs || out.Kind == RepublishReworded || out.Kind == RedriveAs
	if renamed {
		text := *w.prog.Text(x.kind)
		if out.Kind == RepublishReworded {
			text.Body = w.Wording(out.Action)
		}
		text.ID = CopyName(w.owed[owed].ID, int(x.letter))
		if out.Kind != RedriveAs {
			text.Seq = w.nextNumber(owed)
		}
		x.kind = w.prog.Kind(text)
	}
	if redriven(out.Kind) {
		w.queue.Redrive(from)
	}
	w.copied[owed]++
	w.extras = append(w.extras, x)
	n := w.queue.Add(from, !renamed)
	out.Msg = int32(n)
	w.publish(out, n, out.Kind == Copy || redriven(out.Kind))
}

// Wording returns the body that a republish has which says the same in other words: what
// the plan says or, where it says nothing, one that no other message has.
func (w *World) Wording(a Action) string {
	if a.Key > 0 {
		return w.bodies[a.Key-1]
	}
	owed := w.Listed(int(a.Msg))
	return w.Message(int(a.Msg)).Body + " (" + CopyName(w.owed[owed].ID, int(w.copied[owed])+1) + ")"
}

func redriven(k ActionKind) bool { return k == Redrive || k == RedriveAs }

// Copies returns how many copies and republishes there are of a thing listed: see [World.Listed].
func (w *World) Copies(owed int) int { return int(w.copied[owed]) }

// turn is the place of a message among those of its group, by time of publish.
type turn struct {
	group int32 // the first message of it
	place int32
}

// turns keeps the place of every message in its group, once somebody has asked: a map of a
// million groups costs half a second, and most timelines never ask.
type turns struct {
	places []turn
	known  bool
}

// turns returns the places by thing listed, or nil where no two share a group: then nothing can
// overtake anything.
func (w *World) turns() []turn {
	if !w.groups.known {
		*w.groups = turns{findTurns(w.owed), true}
	}
	return w.groups.places
}

func findTurns(owed []Owed) []turn {
	first := make(map[string]int32, len(owed))
	all := make([]turn, len(owed))
	shared := false
	for i := range owed {
		at, found := first[owed[i].Group]
		if !found {
			at = int32(i)
			first[owed[i].Group] = at
		}
		shared = shared || found
		all[i].group = at
	}
	if !shared {
		return nil
	}
	members := map[int32]int32{}
	for _, n := range byTime(nil, owed, func(n int32) int64 { return int64(owed[n].At) }) {
		all[n].place = members[all[n].group]
		members[all[n].group]++
	}
	return all
}

// turn is the turn of a thing listed, or of that whose debt it stands for.
func (w *World) turn(listed int) turn { return w.turns()[w.debtor(listed)] }

// ahead reports whether message p comes earlier than n in a group of both.
func (w *World) ahead(p, n int) bool {
	a, b := w.groups.places[p], w.groups.places[n]
	return a.group == b.group && a.place < b.place
}

// overtaken reports whether a message is published that comes later in the group of n.
func (w *World) overtaken(n int) bool {
	for q := range w.turns() {
		if w.ahead(n, q) && w.queue.State(q) != broker.Unpublished {
			return true
		}
	}
	return false
}

// Overtaken returns the first message that a publish would overtake, for which it
// costs a fault: the one that is delayed. It returns broker.None if there is none.
func (w *World) Overtaken(a Action) int {
	if a.Kind == Publish && int(a.Msg) < len(w.owed) {
		for p := range w.turns() {
			if w.ahead(p, int(a.Msg)) && w.queue.State(p) == broker.Unpublished && !w.overtaken(p) {
				return p
			}
		}
	}
	return broker.None
}
