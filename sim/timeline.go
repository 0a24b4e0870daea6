package sim

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim/action"
	"dejavu/sim/fault"
	"dejavu/sim/span"
)

// Ending is why a run ended.
type Ending uint8

// The endings.
const (
	Quiet         Ending = iota // nothing was due any more
	OutOfTime                   // Until was reached
	TooDeliveries               // one message was delivered MaxDeliveries times
	OutOfEvents                 // Lane.MaxEvents were taken, and more was due
)

// Timeline is the seeded clock: the scheduler that says when each action of a
// world is due and takes the earliest. Time belongs to it and not to the world.
//
// A step takes effect at the end of its duration. At the same instant steps and
// acks come first, then deadlines, then deliveries, then the lower message and
// worker number. A ready message goes to the lowest-numbered idle worker.
type Timeline struct {
	lane    *Lane
	timing  Timing
	world   *World
	now     int64
	horizon int64 // the run ends here
	fixed   bool  // the horizon is the lane's, and does not move
	ending  Ending
	events  int // taken so far, waits included: as many as a tape keeps
	agenda  agenda
	rest    int     // what is on it beside the ends of keys at the bank: these alone go on with no run
	order   []int32 // the messages by time of publish; empty where that is as they are listed
	next    int     // the next of them
	waiting []line  // ready messages: one line, or one for each owner
	offered int     // how many offers wait in them
	rows    []line  // ready rows of the outbox, by the message that they hand on: one line, or one for each relay
	relayed []int32 // by message, and by what its row is for: how often the relay was handed it
	hands   []hand  // one for each worker
	after   []int32 // by message: what was published after it in its group; nil without order
	beats   map[int32]int64
	rates   fault.Odds
	luck    *fault.Luck
	sparing map[Fault]bool        // what is drawn and does not strike: Lane.Spared, as it is written
	struck  map[string][]int32    // planned faults on attempts, by message name
	renewed map[int32][]int32     // planned delays, copies, republishes and redrives, by index of what is owed
	delays  map[int32]strike      // by index of what is owed
	stuck   int                   // workers that wait for a row lock
	acks    []int32               // the messages that were acked, in order; kept where acks can be forgotten
	parked  map[int32][]int32     // by index of what is owed: what came to lie in the dead-letter queue
	outages [action.Cache + 1]int // faults that keep stores down, by which: they can overlap
	lapsed  map[int32]bool        // writes whose time was over when something else stood in their place
	writes  int32                 // World.writes after the last step
	tape    *Run                  // what is kept, if anything
	out     Outcome               // scratch: what the last action did
	returns bool                  // the world begins again: the handler's steps are kept for that
}

// hand is what the timeline knows of a worker beyond the world.
type hand struct {
	turn    int32 // counts what was planned for it: only the last plan holds
	polls   int32 // how often it was handed messages
	stuck   bool  // waits for a row lock,
	waits   due   // to do this
	free    int64 // takes messages from then on
	frozen  int64 // pauses until then
	killed  int64 // of the first worker of a process that was asked to end: when it is killed
	attempt broker.Receipt
	extends []broker.Receipt // what it holds and has not acked, with a heartbeat
	keeps   []broker.Receipt // what it holds for its time, with a heartbeat
	strikes []strike
	request due   // the step that its request is, where a receiver may refuse it: see arrived,
	asking  bool  // and it has arrived there
	inserts []due // the ends of what its open transaction has inserted for a time, once it commits
}

// NewTimeline returns the clock of a lane at its beginning. The error is that of
// Validate.
func NewTimeline(l Lane) (*Timeline, error) {
	if err := l.Validate(); err != nil {
		return nil, err
	}
	return newTimeline(&l, nil), nil
}

// newTimeline is NewTimeline for a lane that is valid. tape, if not nil, keeps
// what happens.
func newTimeline(l *Lane, tape *Run) *Timeline {
	t := &Timeline{
		lane: l, timing: l.Timing, tape: tape,
		world: New(l, -1),
		rates: l.Rates.Odds(), luck: fault.NewLuck(l.Seed), agenda: agenda{later: never},
	}
	if t.timing == (Timing{}) {
		t.timing = DefaultTiming()
	}
	t.hands = make([]hand, t.world.Workers())
	t.waiting = make([]line, 1)
	if l.Queue.Assign == broker.OwnerWorker {
		t.waiting = make([]line, l.workers())
	}
	if tape != nil {
		tape.of(t.world)
	}
	t.sortPlan()
	if len(l.Spared) > 0 {
		t.sparing = map[Fault]bool{}
		for _, f := range l.Spared {
			t.sparing[f.Written()] = true
		}
	}
	t.start()
	return t
}

// start plans what is known before anything happens, for a world at its beginning.
func (t *Timeline) start() {
	if t.world.relay != broker.None {
		t.relayed, t.rows = make([]int32, len(t.lane.Messages)), make([]line, 1)
		if t.world.sharesRows() {
			t.rows = make([]line, t.world.Relays())
		}
	}
	if t.lane.Queue.Heartbeat != broker.NoHeartbeat && t.lane.Queue.Timed() {
		t.beats = map[int32]int64{}
	}
	t.fixed, t.horizon = t.lane.Until > 0, int64(t.lane.Until)
	t.planFaults()
	t.drawDelays()
	if t.order = t.order[:0]; len(t.delays) > 0 || !t.world.listed {
		t.order = byTime(t.order, t.lane.Messages, t.arrives)
	}
	t.planPublish()
}

// again begins again under another seed, with a world at its beginning. What is not
// named here is as new; of what is kept, most is room.
func (t *Timeline) again(seed uint64) {
	*t = Timeline{
		lane: t.lane, timing: t.timing, world: t.world, rates: t.rates, luck: t.luck, sparing: t.sparing,
		struck: t.struck, renewed: t.renewed,
		hands: t.hands, waiting: t.waiting, order: t.order, agenda: t.agenda.emptied(),
		returns: t.returns,
	}
	t.luck.Seed = seed
	for i := range t.waiting {
		t.waiting[i] = t.waiting[i][:0]
	}
	for i := range t.hands {
		h := &t.hands[i]
		*h = hand{extends: h.extends[:0], keeps: h.keeps[:0], strikes: h.strikes[:0], inserts: h.inserts[:0]}
	}
	t.start()
}

// push puts something on the agenda. What comes from outside (publishes, and
// what befalls messages and the world) moves the end of the run.
func (t *Timeline) push(d due) {
	if d.at < t.now {
		d.at = never // the sum of two times was too large: never
	}
	if c := d.class(); !t.fixed && (c == classPublish || c == classWorld) {
		t.horizon = max(t.horizon, d.at+int64(day))
	}
	if d.Table != AtBank {
		t.rest++
	}
	t.agenda.push(d)
}

// pop takes the earliest from the agenda.
func (t *Timeline) pop() due {
	d := t.agenda.pop()
	if d.Table != AtBank {
		t.rest--
	}
	return d
}

// sortPlan sorts the plan by what it strikes.
func (t *Timeline) sortPlan() {
	if len(t.lane.Plan) == 0 {
		return
	}
	t.struck, t.renewed = map[string][]int32{}, map[int32][]int32{}
	index := map[string]int32{}
	if slices.ContainsFunc(t.lane.Plan, func(f Fault) bool { return !f.Kind.ByAttempt() }) {
		for i := range t.lane.Messages {
			index[t.lane.Messages[i].ID] = int32(i)
		}
	}
	for i, f := range t.lane.Plan {
		switch {
		case f.Kind.ByWorld():
		case f.Kind.ByAttempt():
			t.struck[f.Message] = append(t.struck[f.Message], int32(i))
		default:
			n := index[f.Message]
			t.renewed[n] = append(t.renewed[n], int32(i))
		}
	}
}

// planFaults plans what the plan lets befall the world, and which publishes it holds up.
func (t *Timeline) planFaults() {
	for i, f := range t.lane.Plan {
		if f.Kind.ByWorld() {
			t.planWorld(f.Normal(), int32(i))
		}
	}
	for n, faults := range t.renewed { // order does not matter: each message has its own
		for _, i := range faults {
			if f := t.lane.Plan[i]; f.Kind == DelayFault {
				t.delay(n, strike{Fault: f.Normal(), index: i})
			}
		}
	}
}

// Ending returns why the run ended, once Next has returned false.
func (t *Timeline) Ending() Ending { return t.ending }

// Now returns the virtual time.
func (t *Timeline) Now() time.Duration { return time.Duration(t.now) }

// World returns the world as it is now, to be looked at. A clone of it is good only
// until Next is called: the timeline gives back the steps of settled messages. To
// go another way from here, fork a Run.
func (t *Timeline) World() *World { return t.world }

// Next takes the earliest action that is due and possible. It returns false when
// the run has ended: see Ending and World.Err.
func (t *Timeline) Next() bool {
	for t.world.prog.Err == nil && t.ending == Quiet {
		first := t.agenda.first()
		if first == t.now {
			d := t.pop()
			if t.take(&d) {
				return true
			}
			continue
		}
		if t.deliver() {
			return true
		}
		if t.rest == 0 {
			return false
		}
		if first > t.horizon {
			if t.overdue() {
				t.ending = OutOfTime
			}
			return false
		}
		t.now = first
	}
	return false
}

// overdue reports whether anything on the agenda could still happen, and change more
// than what is kept. It takes from the agenda what could not: the run is over.
func (t *Timeline) overdue() bool {
	for !t.agenda.empty() {
		if d := t.pop(); d.class() != classWake && d.Table != AtBank && !t.stale(&d) {
			t.push(d)
			return true
		}
	}
	return false
}

// stale reports whether what was planned has been overtaken.
func (t *Timeline) stale(d *due) bool {
	if k := d.kind(); k == Kill {
		return t.hands[d.worker()].killed != d.at
	} else if k.AtWork() {
		return t.hands[d.worker()].turn != d.turn
	}
	switch d.kind() {
	case Request:
		return t.hands[d.worker()].turn != d.turn
	case Begin:
		return !slices.Contains(t.world.workers[d.worker()].held, broker.Receipt{Msg: d.msg(), Delivery: d.turn})
	case CutOff:
		if d.turn < heldTurn {
			return !t.has(d.worker(), broker.Receipt{Msg: d.msg(), Delivery: heldTurn - d.turn}) || !t.world.Can(d.action())
		}
		h := &t.hands[d.worker()]
		held := d.turn == h.held() && t.world.workers[d.worker()].node != 0
		return d.turn != h.turn && !held || !t.world.Can(d.action())
	case TimeOut:
		n := int(d.msg()) // it has a deadline: there is nothing else to ask
		return t.world.queue.State(n) != broker.InFlight || t.world.queue.Deliveries(n) != int(d.turn)
	case Expire:
		return t.replaced(d)
	}
	return !t.world.Can(d.action())
}

// take does what is due, unless it is stale. It returns whether anything happened.
func (t *Timeline) take(d *due) bool {
	switch k := d.kind(); {
	case k == Step && t.hands[d.worker()].turn != d.turn, k != Step && !t.comes(d):
		return false
	}
	if k := d.kind(); (k == Step || k == LoseReply) && t.world.locks() && t.waits(d) {
		return false
	}
	if t.spent() {
		t.push(*d) // it is still due
		return false
	}
	a := d.action()
	if a.Kind.OfWorker() {
		a.Msg = 0
	}
	t.do(a, d.fault)
	return true
}

// comes reports whether what is due, and is no plain step, comes to anything now. It may
// come to a plain step.
func (t *Timeline) comes(d *due) bool {
	switch d.kind() {
	case Nothing, Begin: // deliver begins it, once its worker is free
		return false
	case Publish:
		t.planPublish()
	case TimeOut:
		return !t.stale(d) && !t.alive(int(d.msg()))
	case Request:
		return !t.stale(d) && t.arrived(d)
	case Kill:
		return t.graceOver(d)
	case Redrive, RedriveAs:
		if !d.befalls(t.dead(d.msg())) {
			return false
		}
	case ForgetAck:
		if !d.befalls(t.lastAck()) {
			return false
		}
	}
	if t.overlaps(d) || t.stale(d) {
		return false
	}
	t.outOfReach(d)
	t.tooEarly(d)
	return true
}

// sends plans that a request reaches a receiver that may refuse it, as soon as its worker
// is not frozen; what becomes of it is planned then.
func (t *Timeline) sends(i int, d due) {
	h := &t.hands[i]
	h.request = d
	t.push(planTurn(max(t.now, h.frozen), classStep, Action{Kind: Request, Worker: int8(i), Msg: h.attempt.Msg}, h.turn))
}

// arrived lets a request reach the receiver. If another one under its key is at work
// there, that matters now, and is what is due: the one that has arrived is refused, in as
// long as an answer takes that nothing has to be done for. A worker that was found to wait
// for longer does so.
func (t *Timeline) arrived(d *due) bool {
	i := int(d.worker())
	h := &t.hands[i]
	key, _ := t.world.keyed(i)
	first := broker.None
	for j := range t.hands {
		if other, asks := t.world.keyed(j); asks && j != i && t.hands[j].asking && other == key {
			first = j
		}
	}
	if h.asking = first == broker.None; h.asking || h.request.kind() == Fail || !t.world.canArrive(first) && t.world.asking(key, i) == broker.None {
		t.push(h.request)
		return false
	}
	if h.request.at <= t.now+int64(t.timing.Effect) {
		h.request.at = t.now + int64(t.timing.Store)
	}
	t.push(h.request)
	if t.world.workers[first].asks {
		return false
	}
	*d = planTurn(t.now, classStep, Action{Kind: Request, Worker: int8(first), Msg: t.hands[first].attempt.Msg}, t.hands[first].turn)
	return true
}

// befalls says which message an action is about, now that it is due, and reports
// whether there is one.
func (d *due) befalls(msg int32) bool {
	d.become(Action{Kind: d.kind(), Msg: msg})
	return msg != broker.None
}

// spent reports whether the budget of events is used up, now that one more is
// possible. It ends the run then.
func (t *Timeline) spent() bool {
	if t.lane.MaxEvents == 0 || t.events < t.lane.MaxEvents {
		return false
	}
	t.ending = OutOfEvents
	return true
}

func (t *Timeline) planTimeOut(r broker.Receipt, at int64) {
	t.push(planTurn(at, classDeadline, Action{Kind: TimeOut, Msg: r.Msg}, r.Delivery))
}

// planCutOff plans that the broker gives up waiting for a worker, unless the turn is over
// by then.
func (t *Timeline) planCutOff(i int, wait int64, turn int32) {
	t.push(planTurn(t.now+wait, classDeadline, Action{Kind: CutOff, Worker: int8(i), Msg: t.hands[i].attempt.Msg}, turn))
}

// held is the turn of all that a worker does with what it was handed last, and no turn of a
// step.
func (h *hand) held() int32 { return -1 - h.polls }

// deliver hands over the message that has waited longest, if a worker is idle.
func (t *Timeline) deliver() bool {
	if t.world.defers && t.begins() {
		return t.ending == Quiet
	}
	if t.lane.Queue.Resumes && (t.resume() || t.ending != Quiet) {
		return t.ending == Quiet
	}
	for i := 0; i < len(t.waiting) && t.offered > 0; i++ {
		for len(t.waiting[i]) > 0 {
			worker := t.idle(i)
			if worker == broker.None {
				break
			}
			n := int(t.waiting[i].pop().msg)
			t.offered--
			if !t.world.queue.Deliverable(n, worker) {
				continue // it is offered again when what stands before it has moved
			}
			return t.handOver(n, worker)
		}
	}
	return t.relay()
}

// handOver delivers a message, unless that ends the run.
func (t *Timeline) handOver(n, worker int) bool {
	if t.world.queue.Deliveries(n) >= MaxDeliveries {
		t.ending = TooDeliveries
		return false
	}
	if t.spent() {
		return false
	}
	t.do(Action{Kind: Deliver, Msg: int32(n), Worker: int8(worker)}, -1)
	return true
}

// resume hands a worker that has started again what it held when its process ended.
func (t *Timeline) resume() bool {
	for _, n := range t.world.queue.InFlight() {
		i := t.world.queue.Holder(int(n))
		if t.world.workers[i].node == 0 && t.hands[i].free <= t.now && t.world.queue.Deliverable(int(n), i) {
			return t.handOver(int(n), i)
		}
	}
	return false
}

// lineUp puts every message that waits into the line of its owner, which a
// rebalance may have changed. Nobody loses the time that they have waited.
func (t *Timeline) lineUp() {
	for i, old := range t.waiting {
		t.waiting[i] = nil
		for _, o := range old {
			// An earlier line may have taken it in by now, and its own comes later: either
			// way it ends up where it belongs.
			t.waiting[t.world.queue.Owner(int(o.msg))].push(o)
		}
	}
}

// idle returns the lowest-numbered worker that may take from a line, or None. What is held
// for its time takes a place of the prefetch: whoever holds the least comes first.
func (t *Timeline) idle(line int) int {
	first := broker.None
	for i := range len(t.hands) - t.world.Relays() {
		if len(t.waiting) > 1 && i != line {
			continue
		}
		if t.world.workers[i].node == 0 && t.hands[i].free <= t.now && !t.world.draining(i) {
			if !t.world.defers {
				return i
			}
			if first == broker.None || len(t.world.workers[i].held) < len(t.world.workers[first].held) {
				first = i
			}
		}
	}
	return first
}

// offer puts a ready message in line.
func (t *Timeline) offer(n int) {
	line := 0
	if len(t.waiting) > 1 {
		line = t.world.queue.Owner(n)
	}
	t.waiting[line].push(offer{t.now, int32(n)})
	t.offered++
}

const day = span.Day

// waits reports whether what is due at a worker's step has to wait for a row, and
// keeps it then. A step that closes a circle waits for nothing: it is aborted.
func (t *Timeline) waits(d *due) bool {
	i := int(d.worker())
	if t.world.blocker(i) == broker.None {
		return false
	}
	if t.world.circle(i, func(worker int) bool { return t.hands[worker].stuck }) {
		d.becomeStep() // there is no reply to be lost
		return false
	}
	t.hands[i].stuck, t.hands[i].waits = true, *d
	t.stuck++
	return true
}

// unblock plans what waited for a row lock that is free now.
func (t *Timeline) unblock() {
	for i := range t.hands {
		if h := &t.hands[i]; h.stuck && t.world.blocker(i) == broker.None {
			h.stuck = false
			t.stuck--
			h.waits.at = t.now
			t.push(h.waits)
		}
	}
}

// MinSpan is the shortest length of time that anything lasts or is kept.
const MinSpan = span.Min

// TooShort says that a length of time is shorter than MinSpan, or nil: none is not.
func TooShort(d time.Duration) error { return span.TooShort(d) }

// Span writes a length of time as files do, without zero units: 8d, 1m30s, 1ms.
func Span(d time.Duration) string { return span.String(d) }

// ParseSpan reads a length of time: Go's notation, and d for days.
func ParseSpan(text string) (time.Duration, error) { return span.Parse(text) }
