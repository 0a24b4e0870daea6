package sim

import (
	"time"

	"dejavu/sim/fault"
	"dejavu/sim/program"
)

// strike is a fault that waits for its point in an attempt.
type strike struct {
	Fault
	row   *FaultInfo // of its kind
	index int32      // into Run.Faults; -1 until a drawn one strikes
	done  bool
}

// findStrikes looks up what strikes the attempt that a worker begins: what the
// plan says of it or, where it says nothing, what chance does. Chance does one
// thing at most to an attempt: two would get in each other's way, and strike in
// one lane what they miss in another. A lost ack of a batch waits for the ack.
func (t *Timeline) findStrikes(i int, batched bool) {
	h := &t.hands[i]
	kept := 0
	if batched && t.world.acksTogether() {
		for _, s := range h.strikes {
			if s.row.Hits == OnAck && !s.done {
				h.strikes[kept] = s
				kept++
			}
		}
	}
	h.strikes = h.strikes[:kept]
	planned := false
	if len(t.struck) > 0 {
		planned = t.findPlanned(h, i)
	}
	if t.rates.Attempts && !planned {
		t.drawStrike(h, i)
	}
}

// findPlanned looks up what the plan says of an attempt. It reports whether that
// leaves no room for chance: what strikes all, as to be slow does, gets in nobody's way.
func (t *Timeline) findPlanned(h *hand, i int) (planned bool) {
	for _, name := range [...]string{t.world.Name(int(h.attempt.Msg)), AllMessages} {
		for _, k := range t.struck[name] {
			f := t.lane.Plan[k].Normal()
			if !f.Covers(t.nth(i)) || f.Worker != 0 && f.Worker != i+1 || !t.strikesHere(&f, i) {
				continue
			}
			h.strikes = append(h.strikes, strike{Fault: f, row: f.Kind.Info(), index: k})
			planned = planned || !f.Every()
		}
	}
	return planned
}

// drawStrike draws what chance does to an attempt. If several kinds come up, the
// first in the order of the table strikes.
func (t *Timeline) drawStrike(h *hand, i int) {
	n, letter := int(h.attempt.Msg), int8(0)
	if n >= len(t.lane.Messages) {
		letter = t.world.extras[n-len(t.lane.Messages)].letter
	}
	id := t.lane.Messages[t.world.Listed(n)].ID
	d := t.luck.Attempt(&t.rates, id, letter, t.nth(i))
	if !d.Hits() {
		return
	}
	f := d.First()
	if f.Delivery, f.Times = t.nth(i), 1; !t.strikesHere(&f, i) {
		return
	}
	if t.tape != nil || len(t.lane.Spared) > 0 {
		f.Message = t.world.Name(n)
	}
	if t.spared(f) {
		return
	}
	h.strikes = append(h.strikes, strike{Fault: f, row: f.Kind.Info(), index: -1})
}

// spared reports whether a fault that chance has drawn is not to strike. Chance
// was asked all the same, so that the others stay as they were.
func (t *Timeline) spared(f Fault) bool {
	return len(t.sparing) > 0 && t.sparing[f.Written()]
}

// planStep plans the next step of a worker, and what strikes it there.
func (t *Timeline) planStep(i int) {
	h := &t.hands[i]
	h.turn++
	n := &t.world.prog.Nodes[t.world.workers[i].node]
	d := planTurn(t.now+int64(t.timing.of(n.Op)), classStep, Action{Kind: Step, Worker: int8(i), Msg: h.attempt.Msg}, h.turn)
	h.asking = false
	if len(h.strikes) > 0 {
		t.strikeStep(i, n, &d)
	}
	if t.world.bank.InFlight == Conflict {
		if _, asks := t.world.keyed(i); asks && d.kind().TakesStep() {
			t.sends(i, d)
			return
		}
	}
	if len(h.strikes) > 0 {
		t.push(d)
		return
	}
	t.rest++ // as push does, which asks more
	t.agenda.push(d)
}

// strikeStep lets what waits for a worker's next step strike it. A pause and a slow
// receiver move the step; a crash takes its place. Of several that strike it otherwise the
// last does, and the others wait for another step.
func (t *Timeline) strikeStep(i int, n *program.Node, d *due) {
	h, a := &t.hands[i], d.action()
	for k := range h.strikes {
		s := &h.strikes[k]
		if s.Kind == PauseFault && !s.done && t.reached(s, n) {
			d.at += int64(s.For)
			t.freeze(i, s)
		}
	}
	var by *strike
	for k := range h.strikes {
		s := &h.strikes[k]
		kind := t.strikes(s, i, n)
		if s.done || kind == Nothing || !s.During(d.at) {
			continue
		}
		if s.row.Hits == OnClock { // whether it matters is known once the step is due: see tooEarly
			if a.Kind == Step {
				a.Kind = kind
				d.become(a)
			}
			continue
		}
		if by != nil {
			by.done = false
		}
		by, s.done = s, !s.Lasts()
		a.Kind, d.fault = kind, t.index(s)
		d.become(a)
		if kind.Precedes() {
			d.at = max(t.now, h.frozen)
			break
		}
	}
	if a.Kind.TakesStep() {
		d.at += t.slowed(i, n)
	}
}

// slowed returns how much longer a worker's next step takes than it would, if the
// receiver is slow, and notes that the worker waits: it is at work, unlike in a
// pause, so a heartbeat goes on.
func (t *Timeline) slowed(i int, n *program.Node) int64 {
	if !n.Op.Performs() || n.Done > 0 {
		return 0
	}
	h := &t.hands[i]
	for k := range h.strikes {
		if s := &h.strikes[k]; s.Kind == SlowFault && !s.done {
			s.done = true
			t.noteWait(i, s)
			return int64(s.For - t.timing.of(n.Op))
		}
	}
	return 0
}

// strikes returns what a fault turns a worker's next step into, or Nothing.
func (t *Timeline) strikes(s *strike, i int, n *program.Node) ActionKind {
	kind, hit := s.row.Actions[0], false
	switch s.row.Hits {
	case OnPoint:
		hit = kind.Precedes() && t.reached(s, n) && t.world.Can(Action{Kind: kind, Worker: int8(i)})
	case OnAck:
		hit = t.world.acking(i)
	case OnStep:
		if hit = t.hits(s, n); hit && kind == Fail && !n.Op.CanFail() {
			kind = FailStatement
		}
	case OnClock:
		hit = n.OwnClock()
	}
	if !hit {
		return Nothing
	}
	return kind
}

// hits reports whether a fail or lose-reply strikes a step.
func (t *Timeline) hits(s *strike, n *program.Node) bool {
	if s.Step == "" { // that of the first effect, which is the bank where there are several
		return n.Op.Performs() && (n.Done == 0 || s.Lasts() && n.Part == 0)
	}
	return s.Kind.Strikes(n.Op) && t.world.answersTo(n, s.Step)
}

// reached reports whether the point of a crash or pause is reached when a worker
// is about to take step n. A point that every consumer has and that the attempt
// does not reach strikes as the attempt ends.
func (t *Timeline) reached(s *strike, n *program.Node) bool {
	before := &t.world.prog.Nodes[n.Parent]
	ends := n.Op == OpReturn || n.Op == OpPanic
	switch {
	case s.Before == PointEffect:
		return n.Op.Performs() && n.Done == 0 || ends
	case s.After == PointEffect:
		return int(n.Done) == t.world.prog.CountParts(n.Errand) && before.Op.Performs() || ends
	case s.Before == PointAck:
		return n.Op == OpAck || ends
	case s.Before != "":
		return t.world.answersTo(n, s.Before)
	}
	return n.Parent != 0 && t.world.answersTo(before, s.After)
}

// answersTo reports whether a step answers to a name that a fault gives: that of the effect
// that it has, too.
func (w *World) answersTo(n *program.Node, name string) bool {
	return n.Op.Called(name) || n.Op.Performs() && w.part(n).String() == name
}

// freeze notes that a worker pauses from now on. Its process sends no signs of life: a
// broker that waits for those closes the connection.
func (t *Timeline) freeze(i int, s *strike) {
	h := &t.hands[i]
	s.done = true
	if h.frozen = max(t.now, h.frozen) + int64(s.For); !t.fixed && h.frozen > t.horizon {
		t.horizon = h.frozen + int64(day)
	}
	t.lastBeats(h)
	if silence := int64(t.lane.Queue.Silence()); silence > 0 && h.frozen-t.now > silence {
		t.planCutOff(i, silence, h.turn)
	}
	t.noteWait(i, s)
}

// noteWait notes that a worker pauses, or waits for a slow receiver: an event, though
// the world is as it was.
func (t *Timeline) noteWait(i int, s *strike) {
	t.events++
	if t.tape != nil {
		t.tape.keepWait(t.world, t.now, i, t.index(s))
	}
}

// index returns the fault's place in Run.Faults, which a drawn one gets when it
// strikes.
func (t *Timeline) index(s *strike) int32 {
	if s.index < 0 {
		s.index = t.tape.drawn(s.Fault)
	}
	return s.index
}

// planWorld plans what befalls all processes, the broker or the stores.
func (t *Timeline) planWorld(f Fault, index int32) {
	d := plan(int64(f.At), classWorld, Action{Kind: f.Becomes()})
	d.fault = index
	if up := d.kind().Ends(); up != Nothing {
		t.push(plan(d.at+int64(f.For), classWorld, Action{Kind: up}))
	}
	for range max(f.Last, 1) {
		t.push(d)
	}
}

// drawWorld draws what befalls the world after the publish of a message.
func (t *Timeline) drawWorld(id string) {
	for f := range t.luck.World(&t.rates, id, time.Duration(t.now)) {
		if !t.spared(f) {
			t.planWorld(f, t.tape.drawn(f))
		}
	}
}

// overlaps counts the outages under way, and reports whether what is due only begins
// or ends one while another goes on.
func (t *Timeline) overlaps(d *due) bool {
	switch k := d.kind(); {
	case k.Outage() == 0:
		return false
	case k.EndsOutage():
		t.outages[k.Outage()]--
		return t.outages[k.Outage()] > 0
	default:
		t.outages[k.Outage()]++
		return t.outages[k.Outage()] > 1
	}
}

// outOfReach makes a step of what was to fail, or to lose its reply, and does not
// come to that: the store that it goes to is down.
func (t *Timeline) outOfReach(d *due) {
	if t.world.down != 0 && (d.kind().Fails() || d.kind() == LoseReply) && !t.world.Can(d.action()) {
		d.becomeStep()
	}
}

// replaced reports whether what was to expire is not there, or no longer what was
// written then. Should a failover of the stores bring it back, its time is over.
func (t *Timeline) replaced(d *due) bool {
	w, write := t.world, int32(0)
	if d.Table == AtBank { // a key is not written over, and no failover brings it back
		return !w.honoured.Has(d.Key)
	}
	if i, found := w.rows.Retained(d.Table, d.Key); found && d.Table != 0 {
		write = w.rows[i].Kept
	}
	if i, found := w.cache.At(d.Key); found && d.Table == 0 {
		write = w.cache[i].Write
	}
	if write == d.turn {
		return false
	}
	if w.journal.on {
		if t.lapsed == nil {
			t.lapsed = map[int32]bool{}
		}
		t.lapsed[d.turn] = true
	}
	return true
}

// lapse lets that expire at once which a failover has brought back after its time.
func (t *Timeline) lapse() {
	for _, r := range t.world.lost.rows {
		if t.lapsed[r.Kept] {
			t.push(planTurn(t.now, classDeadline, Action{Kind: Expire, Slot: Slot{r.Table, r.Key}}, r.Kept))
		}
	}
	for _, e := range t.world.lost.entries {
		if e.Lasts > 0 && t.lapsed[e.Write] {
			t.push(planTurn(t.now, classDeadline, Action{Kind: Expire, Slot: Slot{Key: e.Key}}, e.Write))
		}
	}
}

// Fault is one thing that goes wrong, said so that it means the same to every consumer.
type Fault = fault.Fault

// FaultKind is a kind of trouble that a plan can hold, as files write it.
type FaultKind = fault.Kind

// The kinds of fault. What is known of each, and what it is called, stands in its row in
// sim/fault/names.go.
const (
	CrashFault      = fault.Crash
	LoseAckFault    = fault.LoseAck
	FailFault       = fault.Fail
	LoseReplyFault  = fault.LoseReply
	PauseFault      = fault.Pause
	SlowFault       = fault.Slow
	CopyFault       = fault.Copy
	RepublishFault  = fault.Republish
	RedriveFault    = fault.Redrive
	DelayFault      = fault.Delay
	RestartFault    = fault.Restart
	ForgetAcksFault = fault.ForgetAcks
	LoseWritesFault = fault.LoseWrites
	StoreDownFault  = fault.StoreDown
	RebalanceFault  = fault.Rebalance
	ClockFault      = fault.ClockAhead
)

// FaultInfo is everything about a kind of fault that is data, and FaultWords are how people
// talk of it.
type (
	FaultInfo  = fault.Info
	FaultWords = fault.Words
)

// Target is what a kind of fault strikes, and Hit which place of an attempt.
type (
	Target = fault.Target
	Hit    = fault.Hit
)

// The targets and the places.
const (
	AtAttempt = fault.AtAttempt
	AtMessage = fault.AtMessage
	AtWorld   = fault.AtWorld
	NoHit     = fault.NoHit
	OnAck     = fault.OnAck
	OnPoint   = fault.OnPoint
	OnStep    = fault.OnStep
	OnEffect  = fault.OnEffect
	OnClock   = fault.OnClock
)

// What the fields of a fault can say, and what they say where nobody does.
const (
	AllMessages    = fault.AllMessages
	PointEffect    = fault.PointEffect
	PointAck       = fault.PointAck
	WhichDB        = fault.WhichDB
	WhichCache     = fault.WhichCache
	DefaultPause   = fault.DefaultPause
	DefaultSlow    = fault.DefaultSlow
	DefaultCopy    = fault.DefaultCopy
	DefaultAgain   = fault.DefaultAgain
	DefaultDown    = fault.DefaultDown
	DefaultDelay   = fault.DefaultDelay
	DefaultAhead   = fault.DefaultAhead
	DefaultRedrive = fault.DefaultRedrive
	MaxBody        = fault.MaxBody
	MaxLast        = fault.MaxLast
)

// MaxCopies is how many copies and republishes of one message there can be.
const MaxCopies = fault.MaxCopies

// CopyName returns the name of the n-th copy or republish of what is owed: m2b
// is the first of m2. n is 1 to MaxCopies.
func CopyName(id string, n int) string { return fault.CopyName(id, n) }

// Rates are probabilities of faults, from 0 to 1, by kind.
type Rates = fault.Rates

// What is wrong with the name of a kind, a step or a message.
type (
	UnknownFault   = fault.UnknownKind
	UnknownStep    = fault.UnknownStep
	UnknownMessage = fault.UnknownMessage
)

// Faults returns the table of the kinds of fault, which must not be changed.
func Faults() []FaultInfo { return fault.All() }

// FaultKinds are all there are, in the order in which a list shows them.
func FaultKinds() []FaultKind { return fault.Kinds() }

// FaultNames are their names, in that order.
func FaultNames() []string { return fault.Names() }

// ParseFault reads a fault as its String writes it.
func ParseFault(text string) (Fault, error) { return fault.Parse(text) }

// ParseRates reads rates as their String writes them.
func ParseRates(text string) (Rates, error) { return fault.ParseRates(text) }

// ParseRate reads a probability: 5% or 0.05.
func ParseRate(text string) (float64, error) { return fault.ParseRate(text) }

// StepNames returns every name that a fault may give for a step.
func StepNames() []string { return fault.StepNames() }
