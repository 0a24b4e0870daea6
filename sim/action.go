package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/sim/action"
	"dejavu/sim/op"
	"dejavu/sim/store"
)

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
	if a.Kind.OfMessage() {
		text += " " + w.Name(int(a.Msg))
	}
	if word := a.Kind.Joint(); word != "" {
		text += word
	}
	if a.Kind.OfWorker() {
		text += " " + w.WorkerName(int(a.Worker))
	}
	if a.Kind.OfKey() {
		text += " " + strconv.Quote(w.prog.Names.At(a.Key))
	}
	switch {
	case a.Kind == RepublishReworded && a.Key > 0:
		text += asBody + strconv.Quote(w.bodies[a.Key-1])
	case a.Table == AtBank:
		text += atBank
	case a.Table != 0:
		text += " of " + strconv.Quote(w.prog.Tables.At(int32(a.Table)))
	}
	return text
}

// Parse reads an action as Format writes it.
func (w *World) Parse(text string) (Action, error) {
	word, rest, _ := strings.Cut(text, " ")
	kind, known := action.Parse(word)
	if !known {
		return Action{}, fmt.Errorf("unknown action %q: one of %s", word, strings.Join(action.Names(), ", "))
	}
	a := Action{Kind: kind}
	if a.Kind.OfMessage() {
		name, after, _ := strings.Cut(rest, " ")
		n, ok := w.Find(name)
		if !ok {
			return Action{}, fmt.Errorf("%q: no message is called %q", text, name)
		}
		a.Msg, rest = int32(n), after
	}
	if word := a.Kind.Joint(); word != "" {
		rest = strings.TrimPrefix(rest, word[1:]+" ")
	}
	if a.Kind.OfWorker() {
		word, after, _ := strings.Cut(rest, " ")
		n, ok := w.FindWorker(word)
		if !ok {
			return Action{}, fmt.Errorf("%q: want a worker from 1 to %d, got %q", text, len(w.workers)-w.Relays(), word)
		}
		a.Worker, rest = int8(n), after
	}
	var err error
	switch {
	case a.Kind.OfKey():
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

// parseKey reads what an action is about: "key", "key" of "table" or "key" at the bank. It returns the
// rest of the text.
func (w *World) parseKey(a *Action, text string) (rest string, err error) {
	quoted, err := strconv.QuotedPrefix(text)
	if err != nil {
		return "", fmt.Errorf("want a quoted key, got %s", text)
	}
	key, _ := strconv.Unquote(quoted)
	n, known := w.prog.Names.Find(key)
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
	if n, known = w.prog.Tables.Find(name); !known {
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

// The kinds of fault that the menu offers for each message, for each worker, and once.
var (
	ofMessage = faultsThat(ActionKind.OfMessage)
	ofWorker  = faultsThat(func(k ActionKind) bool { return k.OfWorker() && !k.OfKey() })
	ofWorld   = faultsThat(func(k ActionKind) bool { return k.OfWorld() && !k.OfKey() })
)

func faultsThat(are func(ActionKind) bool) (some []ActionKind) {
	for k := range action.Count {
		if k.IsFault() && are(k) {
			some = append(some, k)
		}
	}
	return some
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
	for _, k := range action.Ups {
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
	if w.prog.Err != nil || w.budget >= 0 && w.Cost(a) > w.budget {
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
		return slices.ContainsFunc(w.memory, func(m store.ProcessMemory) bool { return !m.Draining })
	case StoreDown, DBDown, CacheDown:
		return w.down&a.Kind.Outage() == 0
	case StoreUp, DBUp, CacheUp:
		return w.down&a.Kind.Outage() != 0
	case Leave, Join:
		return w.queue.Profile().Assign == broker.OwnerWorker
	case CutOff:
		return w.canCutOff(int(a.Worker))
	case ForgetAck:
		return w.forgetful && w.queue.State(n) == broker.Acked
	case LoseWrites, LoseDBWrites, LoseCacheWrites:
		return w.newest(a.Kind) >= 0
	case Evict:
		return w.firstOf(int(a.Worker)) == int(a.Worker) && w.memory[w.process(int(a.Worker))].CanEvict(a.Key)
	}
	return w.canStep(a)
}

// canStep is Can for what a worker does or suffers.
func (w *World) canStep(a Action) bool {
	wk := &w.workers[a.Worker]
	if wk.node == 0 {
		return false
	}
	n := &w.prog.Nodes[wk.node]
	switch a.Kind {
	case Step:
		return n.Op != op.Broken && !w.blocked(int(a.Worker))
	case Request:
		return w.canArrive(int(a.Worker))
	case Kill:
		return w.draining(int(a.Worker)) && w.firstBusy(w.process(int(a.Worker))) == int(a.Worker)
	case Crash:
		return true
	case LoseAck:
		return w.acking(int(a.Worker))
	case LoseReply, Fail, FailStatement:
		if a.Kind == LoseReply && (!n.Op.CanLoseReply() || w.blocker(int(a.Worker)) != broker.None) {
			return false // or not done yet: see blocked
		}
		return n.Op.Fails() && n.Op.CanFail() == (a.Kind != FailStatement) && !w.outOfReach(int(a.Worker), n)
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
	n := &w.prog.Nodes[wk.node]
	if w.IsRelay(i) {
		return false // it marks the row sent, and that does not get lost on any way
	}
	if n.Op == OpAck {
		return true
	}
	if n.Failed && w.queue.Profile().SessionTimeout > 0 {
		return false // it seeks back, and asks nobody
	}
	reports := n.Failed || !w.acksTogether() || int(wk.place)+1 >= len(wk.batch) // not one ack of many
	return n.Op == OpReturn && !n.Acked && reports
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
		for _, k := range action.Ups {
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

// anyCost offers what is free and what is a fault.
const anyCost = -1

// offerAt offers what may be free or a fault only for the given cost.
//
//go:norace
func (w *World) offerAt(menu []Action, a Action, cost int) []Action {
	if w.Can(a) && (cost == anyCost || w.Cost(a) == cost) {
		menu = append(menu, a)
	}
	return menu
}

// ActionKind is a kind of action: what the menu of a world can offer.
type ActionKind = action.Kind

// The actions. What is known of each stands in its row of the table in sim/action.
const (
	Nothing           = action.Nothing
	Publish           = action.Publish
	Deliver           = action.Deliver
	Begin             = action.Begin
	Step              = action.Step
	TimeOut           = action.TimeOut
	Request           = action.Request
	CutOff            = action.CutOff
	Undelay           = action.Undelay
	Retry             = action.Retry
	Forget            = action.Forget
	Expire            = action.Expire
	Kill              = action.Kill
	Crash             = action.Crash
	LoseAck           = action.LoseAck
	LoseReply         = action.LoseReply
	Fail              = action.Fail
	Copy              = action.Copy
	Republish         = action.Republish
	RepublishAs       = action.RepublishAs
	RepublishReworded = action.RepublishReworded
	Restart           = action.Restart
	Drain             = action.Drain
	Leave             = action.Leave
	Join              = action.Join
	Redrive           = action.Redrive
	RedriveAs         = action.RedriveAs
	Evict             = action.Evict
	StoreDown         = action.StoreDown
	StoreUp           = action.StoreUp
	DBDown            = action.DBDown
	DBUp              = action.DBUp
	CacheDown         = action.CacheDown
	CacheUp           = action.CacheUp
	LoseWrites        = action.LoseWrites
	ForgetAck         = action.ForgetAck
	FailStatement     = action.FailStatement
	ClockAhead        = action.ClockAhead
	LoseDBWrites      = action.LoseDBWrites
	LoseCacheWrites   = action.LoseCacheWrites
)
