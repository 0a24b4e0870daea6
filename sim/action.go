package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/sim/op"
)

// ActionKind is a kind of action: what the menu of a world can offer.
type ActionKind uint8

// The actions. What is known of each stands in its row of the table below.
const (
	Nothing           ActionKind = iota
	Publish                      // a producer publishes message Msg
	Deliver                      // the queue hands message Msg to Worker
	Begin                        // Worker begins Msg, which it has held for its time
	Step                         // Worker takes its next step
	TimeOut                      // the visibility timeout of Msg passes
	Request                      // the request of Worker has reached the receiver, and is at work there
	CutOff                       // the broker gives up waiting for Worker: it has been silent, or at work, for too long
	Undelay                      // the nack delay of Msg is over
	Retry                        // the delay is over after which the relay tries the outbox row of Msg again
	Forget                       // the dedup window over Msg's message ID closes
	Expire                       // the cache entry Key expires, or the row Key of Table, or the key that the receiver honours
	Kill                         // the grace of a process is over: it is killed while Worker is at work
	Crash                        // the process of Worker dies
	LoseAck                      // the ack (or nack) that Worker sends does not arrive
	LoseReply                    // the next step of Worker is done, but its answer is lost
	Fail                         // the next step of Worker does nothing and answers with an error
	Copy                         // the network makes a copy of Msg behind the queue's dedup window
	Republish                    // the producer publishes Msg again, under the same message ID
	RepublishAs                  // the fact is published again, under a new message ID and a new number
	RepublishReworded            // ... with another body as well: the body of Key in the plan, or one that nothing else has
	Restart                      // all processes die and start again, as in a deploy
	Drain                        // all processes are asked to end, and get time to end what they are at
	Leave                        // a member leaves the group while it is well, and its partitions move
	Join                         // a member joins it, and partitions move to it
	Redrive                      // an operator puts Msg back from the dead-letter queue, under the same message ID
	RedriveAs                    // ... under a new one
	Evict                        // the process of Worker, its first, forgets Key, which gives way to others
	StoreDown                    // database and cache are out of reach
	StoreUp                      // they can be reached again
	DBDown                       // the database alone is out of reach
	DBUp                         // it can be reached again
	CacheDown                    // the cache alone is out of reach
	CacheUp                      // it can be reached again
	LoseWrites                   // they fail over, and lose the newest commit of both
	ForgetAck                    // the broker lacks the ack of Msg, after a failover of its own
	FailStatement                // the next step of Worker, of the database, fails and its handler goes no further
	ClockAhead                   // the next step of Worker takes over a row whose time is not up: its clock is ahead
	LoseDBWrites                 // the database alone fails over, and loses its newest commit
	LoseCacheWrites              // the cache alone does, and loses its newest write
	kindCount
)

// kindInfo is what is known of a kind of action without taking it.
type kindInfo struct {
	name   string // as an action is written
	past   string // as the event that it leads to is written
	msg    bool   // it is about a message,
	worker bool   // about a worker,
	key    bool   // about something stored under a key,
	world  bool   // or about the stores or all processes, and not about a message
	renews bool   // it makes another broker message of one
	fault  bool   // it costs a fault, whenever it happens
	kills  bool   // it ends a process, or all
	cuts   bool   // it closes the connection of a worker that goes on
	step   stride // what it does with the next step of a worker
	does   bool   // ... and that step is done
	class  class  // among what happens at the same instant
}

// stride is what an action does with the next step of a worker.
type stride uint8

const (
	noStep   stride = iota
	takes           // it is that step, done or not
	precedes        // it comes to the worker before that step
)

var kinds = [kindCount]kindInfo{
	Nothing:           {name: "nothing", past: "paused"},
	Publish:           {name: "publish", past: "published", msg: true, class: classPublish},
	Deliver:           {name: "deliver", past: "delivered", msg: true, worker: true, class: classDelivery},
	Begin:             {name: "begin", past: "begun", msg: true, worker: true, class: classDelivery},
	Step:              {name: "step", past: "stepped", worker: true, step: takes, does: true},
	TimeOut:           {name: "time-out", past: "timed-out", msg: true, class: classDeadline},
	Request:           {name: "request", past: "requested", worker: true, class: classStep},
	CutOff:            {name: "cut-off", past: "cut-off", worker: true, cuts: true, class: classDeadline},
	Undelay:           {name: "undelay", past: "delay-over", msg: true, class: classDeadline},
	Retry:             {name: "retry", past: "retry-due", msg: true, class: classDeadline},
	Forget:            {name: "forget", past: "window-closed", msg: true, class: classDeadline},
	Expire:            {name: "expire", past: "expired", key: true, world: true, class: classDeadline},
	Kill:              {name: "kill", past: "killed", worker: true, kills: true, step: precedes, class: classWorld},
	Crash:             {name: "crash", past: "crashed", worker: true, fault: true, kills: true, step: precedes},
	LoseAck:           {name: "lose-ack", past: "ack-lost", worker: true, fault: true, step: takes},
	LoseReply:         {name: "lose-reply", past: "reply-lost", worker: true, fault: true, step: takes, does: true},
	Fail:              {name: "fail", past: "failed", worker: true, fault: true, step: takes},
	FailStatement:     {name: "fail-statement", past: "statement-failed", worker: true, fault: true, step: takes},
	ClockAhead:        {name: "clock-ahead", past: "took-early", worker: true, fault: true, step: takes, does: true},
	Copy:              {name: "copy", past: "copied", msg: true, renews: true, fault: true, class: classPublish},
	Republish:         {name: "republish", past: "republished", msg: true, renews: true, fault: true, class: classPublish},
	RepublishAs:       {name: "republish-as", past: "republished-as", msg: true, renews: true, fault: true, class: classPublish},
	RepublishReworded: {name: "republish-reworded", past: "republished-reworded", msg: true, renews: true, fault: true, class: classPublish},
	Restart:           {name: "restart", past: "restarted", world: true, fault: true, kills: true, class: classWorld},
	Drain:             {name: "drain", past: "asked-to-end", world: true, fault: true, class: classWorld},
	Leave:             {name: "leave", past: "left", world: true, fault: true, class: classWorld},
	Join:              {name: "join", past: "joined", world: true, fault: true, class: classWorld},
	Redrive:           {name: "redrive", past: "redriven", msg: true, renews: true, fault: true, class: classPublish},
	RedriveAs:         {name: "redrive-as", past: "redriven-as", msg: true, renews: true, fault: true, class: classPublish},
	Evict:             {name: "evict", past: "evicted", worker: true, key: true, world: true, fault: true},
	StoreDown:         {name: "store-down", past: "stores-down", world: true, fault: true, class: classWorld},
	DBDown:            {name: "db-down", past: "db-down", world: true, fault: true, class: classWorld},
	DBUp:              {name: "db-up", past: "db-up", world: true, class: classWorld},
	CacheDown:         {name: "cache-down", past: "cache-down", world: true, fault: true, class: classWorld},
	CacheUp:           {name: "cache-up", past: "cache-up", world: true, class: classWorld},
	StoreUp:           {name: "store-up", past: "stores-up", world: true, class: classWorld},
	LoseWrites:        {name: "lose-writes", past: "writes-lost", world: true, fault: true, class: classWorld},
	LoseDBWrites:      {name: "lose-db-writes", past: "db-writes-lost", world: true, fault: true, class: classWorld},
	LoseCacheWrites:   {name: "lose-cache-writes", past: "cache-writes-lost", world: true, fault: true, class: classWorld},
	ForgetAck:         {name: "forget-ack", past: "ack-forgotten", msg: true, fault: true, class: classWorld},
}

// between stands, as an action is written, between its message and its worker.
var between = [kindCount]string{Deliver: " to", Begin: " by"}

// String returns the kind as an action is written.
func (k ActionKind) String() string { return kinds[k].name }

// Past returns what an event of this kind is called: crashed, ack-lost.
func (k ActionKind) Past() string { return kinds[k].past }

// OfWorld reports whether actions of this kind are about the stores, or about all
// processes, and not about a message.
func (k ActionKind) OfWorld() bool { return kinds[k].world }

// IsFault reports whether an action of this kind costs a fault, whenever it happens.
func (k ActionKind) IsFault() bool { return kinds[k].fault }

// Renews reports whether an action of this kind makes another broker message of one.
func (k ActionKind) Renews() bool { return kinds[k].renews }

// Kills reports whether an action of this kind ends a process, or all.
func (k ActionKind) Kills() bool { return kinds[k].kills }

// Cuts reports whether an action of this kind closes the connection of a worker that goes
// on.
func (k ActionKind) Cuts() bool { return kinds[k].cuts }

// AtWork reports whether an action of this kind is part of an attempt: a step, or what
// strikes one.
func (k ActionKind) AtWork() bool { return kinds[k].step != noStep }

// TakesStep reports whether a worker takes its next step with an action of this kind, done
// or not.
func (k ActionKind) TakesStep() bool { return kinds[k].step == takes }

// Fails reports whether, with an action of this kind, a worker's step has done nothing and
// ends in a definite error.
func (k ActionKind) Fails() bool { return k == Fail || k == FailStatement }

// LosesWrites reports whether, with an action of this kind, stores lose their newest commit.
func (k ActionKind) LosesWrites() bool { return k == LoseWrites || k >= LoseDBWrites }

// DoesStep reports whether the step that a worker takes with an action of this kind is done,
// whatever the worker hears of it.
func (k ActionKind) DoesStep() bool { return kinds[k].does }

// Precedes reports whether an action of this kind comes to a worker before its next step.
func (k ActionKind) Precedes() bool { return kinds[k].step == precedes }

// Order is in which order things happen that happen at the same instant: what workers do,
// what befalls the world, deadlines, publishes, deliveries.
func (k ActionKind) Order() int { return int(kinds[k].class) }

// EndsWait reports whether, with actions of this kind, the queue has waited long enough
// for whoever holds a message.
func (k ActionKind) EndsWait() bool { return k == TimeOut || k == CutOff }

// Action is one thing that happens: an imperative. A run is a list of them. It has no
// more than four fields, so that it moves in registers.
type Action struct {
	Kind   ActionKind
	Worker int8  // where the kind is about a worker
	Msg    int32 // where it is about a broker message
	Slot         // where it is about an entry or a row
}

// Slot is where something is stored: the numbers of its key and, if it is a row, of its
// table.
type Slot struct {
	Table int16
	Key   int32
}

// AtBank, in place of a table, says that an Expire is about an idempotency key that the
// receiver of the effect honours.
const AtBank int16 = -1

const atBank = " at the bank"

// Format returns an action as text: "deliver m3 to 1", "crash 1", "copy m2".
// Workers count from 1, as people do.
func (w *World) Format(a Action) string {
	text := a.Kind.String()
	if kinds[a.Kind].msg {
		text += " " + w.Name(int(a.Msg))
	}
	if word := between[a.Kind]; word != "" {
		text += word
	}
	if kinds[a.Kind].worker {
		text += " " + w.WorkerName(int(a.Worker))
	}
	if kinds[a.Kind].key {
		text += " " + strconv.Quote(w.prog.names.at(a.Key))
	}
	switch {
	case a.Kind == RepublishReworded && a.Key > 0:
		text += asBody + strconv.Quote(w.bodies[a.Key-1])
	case a.Table == AtBank:
		text += atBank
	case a.Table != 0:
		text += " of " + strconv.Quote(w.prog.tables.at(int32(a.Table)))
	}
	return text
}

// Parse reads an action as Format writes it.
func (w *World) Parse(text string) (Action, error) {
	word, rest, _ := strings.Cut(text, " ")
	var a Action
	for a.Kind = Publish; a.Kind < kindCount && kinds[a.Kind].name != word; a.Kind++ {
	}
	if a.Kind == kindCount {
		return Action{}, fmt.Errorf("unknown action %q: one of %s", word, strings.Join(kindNames(), ", "))
	}
	if kinds[a.Kind].msg {
		name, after, _ := strings.Cut(rest, " ")
		n, ok := w.Find(name)
		if !ok {
			return Action{}, fmt.Errorf("%q: no message is called %q", text, name)
		}
		a.Msg, rest = int32(n), after
	}
	if word := between[a.Kind]; word != "" {
		rest = strings.TrimPrefix(rest, word[1:]+" ")
	}
	if kinds[a.Kind].worker {
		word, after, _ := strings.Cut(rest, " ")
		n, ok := w.FindWorker(word)
		if !ok {
			return Action{}, fmt.Errorf("%q: want a worker from 1 to %d, got %q", text, len(w.workers)-w.Relays(), word)
		}
		a.Worker, rest = int8(n), after
	}
	var err error
	switch {
	case kinds[a.Kind].key:
		rest, err = w.parseKey(&a, rest)
	case a.Kind == RepublishReworded:
		rest, err = w.parseBody(&a, rest)
	}
	if err != nil {
		return Action{}, fmt.Errorf("%q: %w", text, err)
	}
	if rest != "" {
		return Action{}, fmt.Errorf("%q: %q is too much", text, rest)
	}
	return a, nil
}

func kindNames() []string {
	var names []string
	for k := Publish; k < kindCount; k++ {
		names = append(names, kinds[k].name)
	}
	return names
}

// parseKey reads what an action is about: "key", "key" of "table" or "key" at the bank. It returns the
// rest of the text.
func (w *World) parseKey(a *Action, text string) (rest string, err error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", fmt.Errorf("want a quoted key, got %s", text)
	}
	key, _ := strconv.Unquote(quoted)
	n, known := w.prog.names.find(key)
	if !known {
		return "", fmt.Errorf("no entry is called %q", key)
	}
	a.Key = n
	if text[len(quoted):] == atBank && a.Kind == Expire {
		a.Table = AtBank
		return "", nil
	}
	table, ofTable := strings.CutPrefix(text[len(quoted):], " of ")
	if !ofTable || a.Kind != Expire {
		return text[len(quoted):], nil
	}
	name, err := strconv.Unquote(table)
	if err != nil {
		return "", fmt.Errorf("want a quoted table, got %s", table)
	}
	if n, known = w.prog.tables.find(name); !known {
		return "", fmt.Errorf("no table is called %q", name)
	}
	a.Table = int16(n)
	return "", nil
}

const asBody = " as "

// parseBody reads the body that a republish has, if the plan says one: as "body".
func (w *World) parseBody(a *Action, text string) (rest string, err error) {
	quoted, says := strings.CutPrefix(" "+text, asBody)
	if !says {
		return text, nil
	}
	body, err := strconv.Unquote(quoted)
	if err != nil {
		return "", fmt.Errorf("want a quoted body, got %s", quoted)
	}
	if a.Key = int32(slices.Index(w.bodies, body)) + 1; a.Key == 0 {
		return "", fmt.Errorf("no republish of the plan has the body %q", body)
	}
	return "", nil
}

// Find returns the number of the message with a name.
func (w *World) Find(name string) (int, bool) {
	for n := range w.queue.Len() {
		if w.Name(n) == name {
			return n, true
		}
	}
	return 0, false
}

// Enabled returns the menu: every action that is possible now, in a fixed order.
func (w *World) Enabled() []Action { return w.AppendEnabled(nil) }

// AppendEnabled appends the menu to a slice.
func (w *World) AppendEnabled(menu []Action) []Action {
	add := func(a Action) {
		if w.Can(a) {
			menu = append(menu, a)
		}
	}
	for n := range int32(w.queue.Len()) {
		add(Action{Kind: Publish, Msg: n})
		for i := range w.workers {
			add(Action{Kind: Deliver, Msg: n, Worker: int8(i)})
		}
		for _, k := range [...]ActionKind{TimeOut, Undelay, Retry, Forget} {
			add(Action{Kind: k, Msg: n})
		}
		for _, k := range ofMessage {
			add(Action{Kind: k, Msg: n})
		}
	}
	for i := range w.workers {
		menu = w.offerBegins(menu, i)
		add(Action{Kind: Step, Worker: int8(i)})
		add(Action{Kind: CutOff, Worker: int8(i)})
		add(Action{Kind: Request, Worker: int8(i)})
		add(Action{Kind: Kill, Worker: int8(i)})
		for _, k := range ofWorker {
			add(Action{Kind: k, Worker: int8(i)})
		}
	}
	menu = w.appendForgetting(w.appendExpiries(menu, anyCost), anyCost)
	for _, k := range ups {
		add(Action{Kind: k})
	}
	for _, k := range ofWorld {
		add(Action{Kind: k})
	}
	return menu
}

// Can reports whether an action is possible now. It is the one predicate: the
// menu filters by it, and a timeline asks it before it takes what is due.
func (w *World) Can(a Action) bool {
	if w.prog.err != nil || w.budget >= 0 && w.Cost(a) > w.budget {
		return false
	}
	switch n := int(a.Msg); a.Kind {
	case Publish:
		return n < len(w.owed) && w.queue.State(n) == broker.Unpublished
	case Deliver:
		if w.workers[a.Worker].node != 0 || w.draining(int(a.Worker)) {
			return false
		}
		if w.IsRelay(int(a.Worker)) {
			return !w.dbDown() && w.takeable(n) >= 0
		}
		return w.queue.Deliverable(n, int(a.Worker))
	case Begin:
		return w.workers[a.Worker].node == 0 && !w.draining(int(a.Worker)) && w.workers[a.Worker].holds(a.Msg) != broker.None
	case TimeOut:
		return w.queue.Profile().Timed() && w.queue.State(n) == broker.InFlight
	case Undelay:
		return w.queue.State(n) == broker.Delayed
	case Retry:
		return w.postedAs(n, broker.Delayed) >= 0
	case Forget:
		return w.queue.Profile().Window() > 0 && w.queue.Remembers(n)
	case Expire:
		return w.canExpire(a)
	case Copy, Republish, RepublishAs, RepublishReworded:
		s := w.queue.State(n)
		if s == broker.Unpublished || s == broker.Deduplicated && a.Kind == Copy {
			return false // the queue holds nothing that could be copied
		}
		return n < len(w.owed) && w.copied[n] < MaxCopies
	case Redrive, RedriveAs:
		return w.queue.State(n) == broker.Dead && w.copied[w.Listed(n)] < MaxCopies
	case Restart:
		return true
	case Drain:
		return slices.ContainsFunc(w.memory, func(m memory) bool { return !m.draining })
	case StoreDown, DBDown, CacheDown:
		return w.down&a.Kind.outage() == 0
	case StoreUp, DBUp, CacheUp:
		return w.down&a.Kind.outage() != 0
	case Leave, Join:
		return w.queue.Profile().Assign == broker.OwnerWorker
	case CutOff:
		return w.canCutOff(int(a.Worker))
	case ForgetAck:
		return w.forgetful && w.queue.State(n) == broker.Acked
	case LoseWrites, LoseDBWrites, LoseCacheWrites:
		return w.newest(a.Kind) >= 0
	case Evict:
		return w.firstOf(int(a.Worker)) == int(a.Worker) && w.memory[w.process(int(a.Worker))].evicts(a.Key)
	}
	return w.canStep(a)
}

// canStep is Can for what a worker does or suffers.
func (w *World) canStep(a Action) bool {
	wk := &w.workers[a.Worker]
	if wk.node == 0 {
		return false
	}
	n := &w.prog.nodes[wk.node]
	switch a.Kind {
	case Step:
		return n.op != op.Broken && !w.blocked(int(a.Worker))
	case Request:
		return w.canArrive(int(a.Worker))
	case Kill:
		return w.draining(int(a.Worker)) && w.firstBusy(w.process(int(a.Worker))) == int(a.Worker)
	case Crash:
		return true
	case LoseAck:
		return w.acking(int(a.Worker))
	case LoseReply, Fail, FailStatement:
		if a.Kind == LoseReply && (!n.op.CanLoseReply() || w.blocker(int(a.Worker)) != broker.None) {
			return false // or not done yet: see blocked
		}
		return n.op.Fails() && n.op.CanFail() == (a.Kind != FailStatement) && !w.outOfReach(int(a.Worker), n)
	case ClockAhead:
		_, can := w.early(int(a.Worker))
		return can
	}
	return false
}

// acking reports whether a worker's next step tells the queue how it went: an
// ack, or a nack, which can be lost as well.
func (w *World) acking(i int) bool {
	wk := &w.workers[i]
	n := &w.prog.nodes[wk.node]
	if w.IsRelay(i) {
		return false // it marks the row sent, and that does not get lost on any way
	}
	if n.op == OpAck {
		return true
	}
	if n.failed && w.queue.Profile().SessionTimeout > 0 {
		return false // it seeks back, and asks nobody
	}
	reports := n.failed || !w.acksTogether() || int(wk.place)+1 >= len(wk.batch) // not one ack of many
	return n.op == OpReturn && !n.acked && reports
}

// AppendFree appends to a slice those actions of the menu that cost no fault, in the
// order of the menu. It asks neither [World.Can] where one look rules out several nor
// [World.Cost] where it is known: a search spent an eighth of its time on that.
//
//go:norace
func (w *World) AppendFree(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		switch w.queue.State(int(n)) {
		case broker.Unpublished:
			menu = w.offerAt(menu, Action{Kind: Publish, Msg: n}, 0)
		case broker.Ready:
			for i := range len(w.workers) - w.Relays() {
				if w.workers[i].node == 0 {
					menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(i)})
				}
			}
		case broker.InFlight:
			menu = w.offerAt(menu, Action{Kind: TimeOut, Msg: n}, 0)
			if w.queue.Profile().Resumes {
				menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(w.queue.Holder(int(n)))})
			}
		case broker.Delayed:
			menu = w.offer(menu, Action{Kind: Undelay, Msg: n})
		}
		if w.relay != broker.None {
			for i := w.relay; i < len(w.workers); i++ {
				menu = w.offer(menu, Action{Kind: Deliver, Msg: n, Worker: int8(i)})
			}
			menu = w.offer(menu, Action{Kind: Retry, Msg: n})
		}
		if w.queue.Remembers(int(n)) {
			menu = w.offer(menu, Action{Kind: Forget, Msg: n})
		}
	}
	for i := range w.workers {
		if w.workers[i].node != 0 {
			menu = w.offer(menu, Action{Kind: Step, Worker: int8(i)})
			menu = w.offerAt(menu, Action{Kind: CutOff, Worker: int8(i)}, 0)
			menu = w.offer(menu, Action{Kind: Request, Worker: int8(i)})
			if w.draining(i) {
				menu = w.offer(menu, Action{Kind: Kill, Worker: int8(i)})
			}
		} else if menu = w.offerBegins(menu, i); w.queue.Gone(i) {
			menu = w.offerAt(menu, Action{Kind: CutOff, Worker: int8(i)}, 0)
		}
	}
	menu = w.appendForgetting(w.appendExpiries(menu, 0), 0)
	if w.down != 0 {
		for _, k := range ups {
			menu = w.offer(menu, Action{Kind: k})
		}
	}
	return menu
}

// AppendFaults appends to a slice those actions of the menu that cost a fault, in the
// order of the menu.
//
//go:norace
func (w *World) AppendFaults(menu []Action) []Action {
	for n := range int32(w.queue.Len()) {
		for _, k := range [...]ActionKind{Publish, TimeOut} {
			menu = w.offerAt(menu, Action{Kind: k, Msg: n}, 1)
		}
		for _, k := range ofMessage {
			menu = w.offer(menu, Action{Kind: k, Msg: n})
		}
	}
	for i := range w.workers {
		if w.workers[i].node != 0 || len(w.workers[i].held) > 0 {
			menu = w.offerAt(menu, Action{Kind: CutOff, Worker: int8(i)}, 1)
		}
		if w.workers[i].node == 0 {
			continue
		}
		for _, k := range ofWorker {
			menu = w.offer(menu, Action{Kind: k, Worker: int8(i)})
		}
	}
	menu = w.appendForgetting(w.appendExpiries(menu, 1), 1)
	for _, k := range ofWorld {
		menu = w.offer(menu, Action{Kind: k})
	}
	return menu
}

//go:norace
func (w *World) offer(menu []Action, a Action) []Action {
	if w.Can(a) {
		menu = append(menu, a)
	}
	return menu
}

const anyCost = -1 // offers what is free and what is a fault

// offerAt offers what may be free or a fault only for the given cost.
//
//go:norace
func (w *World) offerAt(menu []Action, a Action, cost int) []Action {
	if w.Can(a) && (cost == anyCost || w.Cost(a) == cost) {
		menu = append(menu, a)
	}
	return menu
}
