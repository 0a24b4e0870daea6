package sim

import (
	"fmt"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/exp/rand" //lint:ignore SA1019 the project's given source of chance; pinned, and its first draws are held by a golden test
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
	if t.rates.attempts && !planned {
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
			planned = planned || !f.every()
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
	d := t.luck.attempt(&t.rates, id, letter, t.nth(i))
	if d.hits == 0 {
		return
	}
	f := d.fault(d.hits)
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
	n := &t.world.prog.nodes[t.world.workers[i].node]
	d := planTurn(t.now+int64(t.timing.of(n.op)), classStep, Action{Kind: Step, Worker: int8(i), Msg: h.attempt.Msg}, h.turn)
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
// receiver move the step; a crash takes its place.
func (t *Timeline) strikeStep(i int, n *node, d *due) {
	h, a := &t.hands[i], d.action()
	for k := range h.strikes {
		s := &h.strikes[k]
		if s.Kind == PauseFault && !s.done && t.reached(s, n) {
			d.at += int64(s.For)
			t.freeze(i, s)
		}
	}
	for k := range h.strikes {
		s := &h.strikes[k]
		kind := t.strikes(s, i, n)
		if s.done || kind == Nothing || !s.during(d.at) {
			continue
		}
		if s.row.Hits == OnClock { // whether it matters is known once the step is due: see tooEarly
			if a.Kind == Step {
				a.Kind = kind
				d.become(a)
			}
			continue
		}
		s.done = !s.Lasts()
		a.Kind, d.fault = kind, t.index(s)
		d.become(a)
		if kinds[kind].step == precedes {
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
func (t *Timeline) slowed(i int, n *node) int64 {
	if !n.op.Performs() || n.done > 0 {
		return 0
	}
	h := &t.hands[i]
	for k := range h.strikes {
		if s := &h.strikes[k]; s.Kind == SlowFault && !s.done {
			s.done = true
			t.noteWait(i, s)
			return int64(s.For - t.timing.of(n.op))
		}
	}
	return 0
}

// strikes returns what a fault turns a worker's next step into, or Nothing.
func (t *Timeline) strikes(s *strike, i int, n *node) ActionKind {
	kind, hit := s.row.Actions[0], false
	switch s.row.Hits {
	case OnPoint:
		hit = kinds[kind].step == precedes && t.reached(s, n) && t.world.Can(Action{Kind: kind, Worker: int8(i)})
	case OnAck:
		hit = t.world.acking(i)
	case OnStep:
		if hit = t.hits(s, n); hit && kind == Fail && !n.op.CanFail() {
			kind = FailStatement
		}
	case OnClock:
		hit = n.ownClock()
	}
	if !hit {
		return Nothing
	}
	return kind
}

// hits reports whether a fail or lose-reply strikes a step.
func (t *Timeline) hits(s *strike, n *node) bool {
	if s.Step == "" { // that of the first effect, which is the bank where there are several
		return n.op.Performs() && (n.done == 0 || s.Lasts() && n.part == 0)
	}
	return s.Kind.strikes(n.op) && t.world.answersTo(n, s.Step)
}

// reached reports whether the point of a crash or pause is reached when a worker
// is about to take step n. A point that every consumer has and that the attempt
// does not reach strikes as the attempt ends.
func (t *Timeline) reached(s *strike, n *node) bool {
	before := &t.world.prog.nodes[n.parent]
	ends := n.op == OpReturn || n.op == OpPanic
	switch {
	case s.Before == PointEffect:
		return n.op.Performs() && n.done == 0 || ends
	case s.After == PointEffect:
		return int(n.done) == t.world.prog.parted(n.errand) && before.op.Performs() || ends
	case s.Before == PointAck:
		return n.op == OpAck || ends
	case s.Before != "":
		return t.world.answersTo(n, s.Before)
	}
	return n.parent != 0 && t.world.answersTo(before, s.After)
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
	if up := d.kind().ends(); up != Nothing {
		t.push(plan(d.at+int64(f.For), classWorld, Action{Kind: up}))
	}
	for range max(f.Last, 1) {
		t.push(d)
	}
}

// Faults that strike the world are drawn at a publish, to strike up to half a
// minute later.
const (
	drawnWithin = 30 * time.Second
	drawnEvery  = 500 * time.Millisecond
)

// world draws whether a fault strikes the world, and how long after a publish.
func (l *luck) world(kind FaultKind, rate float64, id string) (after time.Duration, strikes bool) {
	strikes = l.alone(kind, rate, id)
	return time.Duration(l.pick(int(drawnWithin/drawnEvery))+1) * drawnEvery, strikes
}

// drawWorld draws what befalls the world after the publish of a message.
func (t *Timeline) drawWorld(id string) {
	for i := range faults {
		row := &faults[i]
		if row.Strikes != AtWorld || t.rates.of[i] == 0 {
			continue
		}
		after, strikes := t.luck.world(row.Kind, t.rates.of[i], id)
		f := Fault{Kind: row.Kind, At: time.Duration(t.now) + after, Join: row.Kind == RebalanceFault && t.luck.pick(2) == 1, Drawn: true}.Normal()
		if strikes && !t.spared(f) {
			t.planWorld(f, t.tape.drawn(f))
		}
	}
}

// overlaps counts the outages under way, and reports whether what is due only begins
// or ends one while another goes on.
func (t *Timeline) overlaps(d *due) bool {
	switch k := d.kind(); {
	case k.outage() == 0:
		return false
	case k.EndsOutage():
		t.outages[k.outage()]--
		return t.outages[k.outage()] > 0
	default:
		t.outages[k.outage()]++
		return t.outages[k.outage()] > 1
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
		return !w.honoured.has(d.Key)
	}
	if i, found := w.rows.retained(d.Table, d.Key); found && d.Table != 0 {
		write = w.rows[i].kept
	}
	if i, found := w.cache.at(d.Key); found && d.Table == 0 {
		write = w.cache[i].write
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
		if t.lapsed[r.kept] {
			t.push(planTurn(t.now, classDeadline, Action{Kind: Expire, Slot: Slot{r.table, r.key}}, r.kept))
		}
	}
	for _, e := range t.world.lost.entries {
		if e.lasts > 0 && t.lapsed[e.write] {
			t.push(planTurn(t.now, classDeadline, Action{Kind: Expire, Slot: Slot{Key: e.key}}, e.write))
		}
	}
}

// Rates are probabilities of faults, from 0 to 1, by kind: per delivery for those
// that strike an attempt, per message for the others: what befalls all processes or
// the stores does so within half a minute of its publish. What strikes a
// delivery is drawn from (seed, message, delivery) alone, so it is the same in
// every lane. A nil map draws nothing.
type Rates map[FaultKind]float64

// Validate says which rate cannot be, and why.
func (r Rates) Validate() error {
	known := 0
	for _, k := range FaultKinds() {
		rate, set := r[k]
		if set {
			known++
		}
		if !(rate >= 0 && rate <= 1) {
			return fmt.Errorf("rate of %s is %v: 0%% to 100%%", k, rate)
		}
	}
	if known != len(r) {
		return fmt.Errorf("rates draw %s, and nothing else", strings.Join(FaultNames(), ", "))
	}
	return nil
}

// Any reports whether anything is left to chance.
func (r Rates) Any() bool {
	return slices.ContainsFunc(FaultKinds(), func(k FaultKind) bool { return r[k] > 0 })
}

// String returns the rates as --rates takes them: lose-ack=5%,crash=3%.
func (r Rates) String() string {
	var parts []string
	for _, k := range FaultKinds() {
		if rate := r[k]; rate > 0 {
			parts = append(parts, string(k)+"="+strconv.FormatFloat(rate*100, 'g', 10, 64)+"%")
		}
	}
	return strings.Join(parts, ",")
}

// ParseRates reads rates as String writes them.
func ParseRates(text string) (Rates, error) {
	rates := Rates{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			return nil, fmt.Errorf("rate %q: want KIND=RATE, such as lose-ack=5%%", part)
		}
		kind := FaultKind(name)
		if err := kind.check(); err != nil {
			return nil, err
		}
		if _, twice := rates[kind]; twice {
			return nil, fmt.Errorf("two rates of %s: give one", kind)
		}
		rate, err := ParseRate(value)
		if err != nil {
			return nil, err
		}
		rates[kind] = rate
	}
	return rates, nil
}

// ParseRate reads a probability: 5% or 0.05.
func ParseRate(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	rate, err := strconv.ParseFloat(number, 64)
	if percent {
		rate /= 100
	}
	if err != nil || !(rate >= 0 && rate <= 1) {
		return 0, fmt.Errorf("want a rate from 0%% to 100%%, such as 5%%, got %q", text)
	}
	return rate, nil
}

// drawnPoints are where a drawn crash or pause strikes. Every consumer has them.
var drawnPoints = [...]struct{ before, after string }{
	{before: PointEffect}, {after: PointEffect}, {before: PointAck},
}

// rateTable is Rates without the map, for the inner loop.
type rateTable struct {
	of                 [len(faults)]float64
	attempts, messages bool // whether any of that sort is set; messages: of those that renew
	world              bool
	last               int // the last that is set: what a stream would say of those behind it nobody asks
}

func (r Rates) table() rateTable {
	var t rateTable
	for i := range faults {
		t.of[i] = r[faults[i].Kind]
		t.attempts = t.attempts || t.of[i] > 0 && faults[i].Strikes == AtAttempt
		t.world = t.world || t.of[i] > 0 && faults[i].Strikes == AtWorld
		if t.of[i] > 0 {
			t.last = i
		}
		t.messages = t.messages || t.of[i] > 0 && faults[i].Renews
	}
	return t
}

func (t *rateTable) rate(k FaultKind) float64 {
	return t.of[slices.IndexFunc(faults[:], func(r FaultInfo) bool { return r.Kind == k })]
}

// draw is what chance does to one attempt, or to a message itself. The stream is read
// in one order, up to the last kind that may strike, so that a change of one rate changes the luck of
// no other.
type draw struct {
	hits uint32            // by place in the table
	way  [len(faults)]int8 // the point at which it strikes, or which of its actions
}

// attempt draws for one delivery of a broker message.
func (l *luck) attempt(t *rateTable, id string, letter int8, delivery int) (d draw) {
	l.about(id, letter, delivery)
	for i := range faults[:t.last+1] {
		if row := &faults[i]; row.Strikes == AtAttempt {
			l.draw(&d, t, i)
			if row.Usual.Before != "" {
				d.way[i] = int8(l.pick(len(drawnPoints)))
			}
		}
	}
	return d
}

// message draws for a message itself: what other broker messages come of it.
func (l *luck) message(t *rateTable, id string) (d draw) {
	l.about(id, 0, 0)
	for i := range faults[:t.last+1] {
		if row := &faults[i]; row.Renews {
			l.draw(&d, t, i)
			if len(row.Actions) > 1 {
				d.way[i] = int8(l.pick(2)) // under the same message ID, or a new one
			}
		}
	}
	return d
}

func (l *luck) draw(d *draw, t *rateTable, i int) {
	if l.chance(t.of[i]) {
		d.hits |= 1 << i
	}
}

// each yields the faults that came up, in the order of the table.
func (d *draw) each(yield func(Fault) bool) {
	for hits := d.hits; hits != 0 && yield(d.fault(hits)); hits &= hits - 1 {
	}
}

// fault returns the first fault of some that came up.
func (d *draw) fault(hits uint32) Fault {
	i := bits.TrailingZeros32(hits)
	row := &faults[i]
	f := Fault{Kind: row.Kind, For: row.Usual.For, Drawn: true}
	if row.Renews {
		f.NewID = d.way[i] == 1
	} else if row.Usual.Before != "" {
		f.Before, f.After = drawnPoints[d.way[i]].before, drawnPoints[d.way[i]].after
	}
	return f
}

// alone draws whether a kind of fault comes up for a message, from a stream of its
// own: what is drawn there changes no other kind.
func (l *luck) alone(kind FaultKind, rate float64, id string) bool {
	l.about(string(kind)+" "+id, 0, 0)
	return l.chance(rate)
}

// luck draws by seed, message and delivery: each attempt has a stream of its own,
// so what strikes it is the same in every lane, whatever the lanes did before.
type luck struct {
	seed uint64
	pcg  rand.PCGSource
	rng  *rand.Rand
}

func newLuck(seed uint64) *luck {
	l := &luck{seed: seed}
	l.rng = rand.New(&l.pcg)
	return l
}

// about begins the stream of one delivery of the broker message with a name;
// delivery 0 is the message itself.
func (l *luck) about(id string, letter int8, delivery int) {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	h = mix(h ^ mix(l.seed))
	h = mix(h + uint64(letter)<<32 + uint64(delivery))
	l.pcg.Seed(h)
}

// mix is the finaliser of SplitMix64: it spreads near seeds far apart.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance draws whether something with a probability happens.
// It is what rand.Float64 draws, without asking what the source is.
func (l *luck) chance(p float64) bool { return float64(l.pcg.Uint64()&(1<<53-1))/(1<<53) < p }

// pick draws a number from 0 to n-1.
func (l *luck) pick(n int) int { return int(l.rng.Uint64n(uint64(n))) }
