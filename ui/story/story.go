package story

import (
	"cmp"
	"iter"
	"math"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/abreast"
)

// Story is a scenario as it went in every lane.
type Story struct {
	Scenario *scenarios.Scenario
	Lanes    []*LaneStory

	steps   []time.Duration // when each step was taken
	upto    []int32         // by step and lane: how many events had happened before it, then after the last
	stops   []Stop
	strikes []Strike
	parted  int // the step with which the lanes part, or -1
	view    View
	struck  [][]Struck              // by index of what is owed, once they were asked for
	told    map[narrated]*Narration // once they were asked for
	aligned []Arrival               // see Arrivals

	pace *pace // while it is told, or asked, in parts; else nil
}

// LaneStory is the story of a lane: one consumer under the scenario's messages and faults.
type LaneStory struct {
	Consumer sim.Consumer
	Run      *sim.Run
	Outcome  scenarios.Balance
	// Deliveries counts every delivery, and Steps those that the handler took.
	Deliveries, Steps int

	Attempts  []Attempt
	attempt   map[broker.Receipt]int // index into attempts
	teller    *voice.Teller          // puts its events into words
	effects   *sim.Marks             // which of its events took effect, and count
	marks     []Mark                 // in order
	fates     []MarkKind             // by debt: Never or Buried, or Done
	skips     []skip                 // in order
	lapses    map[lapseKey]lapse     // what runs out
	hands     [][]turnAt             // by worker: what it turned to, in order
	places    map[place]*Attempt     // as they are the same in all lanes
	lines     map[int]int            // by event: the line of the handler, once it was asked for
	player    *sim.Player            // of what is shown
	asked     *sim.Player            // of what is asked in between: see before
	writes    map[sim.Slot][]int     // the events that recorded something, by what, once they were asked for
	meter     *sim.Meter
	costs     *sim.Costs        // of a lane that was summed up
	copies    []string          // names of copies and republishes, as far as they were asked for
	busy      int               // see Busy
	body      []string          // see Body
	handler   int               // how many lines of it are the handler's: the rest is its ack, and the relay
	first     int               // the line of its file at which the handler's body begins
	pace      *pace             // of the story
	reruns    map[string]*rerun // by the faults left out: see without
	rerunLeft int               // how much work is left for those
}

// Tell simulates every lane of a scenario. It fails on a consumer that is not in
// the catalogue, or whose handler breaks a rule.
func Tell(s *scenarios.Scenario) (*Story, error) { return (*pace)(nil).tell(s) }

func (p *pace) tell(s *scenarios.Scenario) (*Story, error) {
	st := &Story{Scenario: s, pace: p}
	lanes, err := s.Lanes()
	if err != nil {
		return nil, err
	}
	if err := st.fill(lanes, func(i int) (*LaneStory, error) {
		p.begins(i, len(lanes), s.Budget())
		return tellLane(s, lanes[i], p)
	}); err != nil {
		return nil, err
	}
	p.begins(len(lanes), len(lanes), s.Budget())
	st.findSteps()
	st.findStops()
	return st, nil
}

// fill tells the lanes. No lane knows of another, so they are told side by side, as many
// at a time as there are cores; but one after another where they are told in parts, for
// somebody waits for each part. The error is that of the first lane that has one.
func (s *Story) fill(lanes []sim.Ready, tell func(i int) (*LaneStory, error)) error {
	s.Lanes = make([]*LaneStory, len(lanes))
	errs := make([]error, len(lanes))
	if s.pace != nil {
		for i := range lanes {
			if s.Lanes[i], errs[i] = tell(i); errs[i] != nil {
				break
			}
		}
		return cmp.Or(errs...)
	}
	abreast.Each(len(lanes), func(i int) { s.Lanes[i], errs[i] = tell(i) })
	return cmp.Or(errs...)
}

// simulate simulates a lane in parts.
func simulate(l sim.Ready, p *pace) (*sim.Run, error) {
	r := l.Record()
	for over, n := false, 0; !over; n = r.Len() {
		over = r.Step(part)
		p.did(r.Len() - n)
	}
	return r.Run()
}

// Another simulates a lane of another scenario, in parts where the story is asked in
// parts.
func (s *Story) Another(l sim.Lane) (*sim.Run, error) {
	ready, err := l.Ready()
	if err != nil {
		return nil, err
	}
	return simulate(ready, s.pace)
}

// Retell tells a lane as it goes in another scenario, in parts as well.
func (s *Story) Retell(o *scenarios.Scenario, l *LaneStory) (*LaneStory, error) {
	lane, err := o.Lane(l.Consumer).Ready()
	if err != nil {
		return nil, err
	}
	return tellLane(o, lane, s.pace)
}

func tellLane(s *scenarios.Scenario, lane sim.Ready, p *pace) (*LaneStory, error) {
	run, err := simulate(lane, p)
	if err != nil {
		return nil, err
	}
	l := countLane(s, run)
	l.pace = p
	l.effects = run.Marks(p.did)
	l.teller = voice.Of(run, l.effects)
	l.findAttempts()
	l.findMarks()
	l.findSkips()
	l.findLapses()
	if p != nil {
		l.goThrough()
	}
	return l, nil
}

// countLane returns a lane with what it came to, and nothing of how.
func countLane(s *scenarios.Scenario, run *sim.Run) *LaneStory {
	w := run.World()
	l := &LaneStory{Consumer: run.Lane.Consumer, Run: run}
	l.Outcome = scenarios.Judge(s.Messages, s.Business, run.Verdicts())
	for i := range run.Events() {
		e := &run.Events()[i]
		took := e.Op.Asked() || e.Op == sim.OpReturn && e.Reply != sim.Unreported // an ack is a step, early or not
		if took && e.Kind.TakesStep() {
			l.Steps++
		}
	}
	for n := range w.Queue().Len() {
		l.Deliveries += w.Queue().Deliveries(n)
	}
	return l
}

// Sum simulates every lane of a scenario for what it comes to: its Report and its
// Summary. How a lane came to that is dropped at once, so that of many long ones no more
// than one for each core needs room. The errors are those of Tell.
func Sum(s *scenarios.Scenario) (*Story, error) {
	st := &Story{Scenario: s}
	lanes, err := s.Lanes()
	if err != nil {
		return nil, err
	}
	err = st.fill(lanes, func(i int) (*LaneStory, error) {
		run, err := lanes[i].Simulate()
		if err != nil {
			return nil, err
		}
		l := countLane(s, run)
		costs := l.Costs()
		l.costs, l.meter = &costs, nil
		run.Drop()
		return l, nil
	})
	if err != nil {
		return nil, err
	}
	return st, nil
}

// MessageOf returns what an event's message is owed for.
func (l *LaneStory) MessageOf(e *sim.Event) *sim.Owed {
	return &l.Run.Lane.Messages[l.Run.World().Owed(int(e.Msg))]
}

// Chance reports whether anything in the story is left to chance.
func (s *Story) Chance() bool { return s.Scenario.Rates.Any() }

// Event returns the i-th event of a lane, or nil after the last.
func (l *LaneStory) Event(i int) *sim.Event {
	if i < 0 || i >= l.Run.Len() {
		return nil
	}
	return &l.Run.Events()[i]
}

// Steps returns how many steps the story has. A place in it is a number of steps
// that were taken, from 0 to Steps.
func (s *Story) Steps() int { return len(s.steps) }

// Times returns the instants of all steps, which nobody may change.
func (s *Story) Times() []time.Duration { return s.steps }

// When returns the instant of the n-th step, from 1; that of 0 is the beginning.
func (s *Story) When(n int) time.Duration {
	if n <= 0 || len(s.steps) == 0 {
		return 0
	}
	return s.steps[min(n, len(s.steps))-1]
}

// StepAt returns how many steps were taken by an instant, what falls on it
// included.
func (s *Story) StepAt(at time.Duration) int {
	n, _ := slices.BinarySearch(s.steps, at+1)
	return n
}

// Upto returns how many events of a lane had happened after n steps.
func (s *Story) Upto(n, lane int) int { return int(s.upto[n*len(s.Lanes)+lane]) }

// StepOf returns the step with which an event of a lane came, from 1.
func (s *Story) StepOf(lane, event int) int {
	lo, hi := 1, len(s.steps)
	for lo < hi {
		if mid := (lo + hi) / 2; s.Upto(mid, lane) > event {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// putInOrder moves a stop from where the last lane comes to it to where the first does,
// if what follows from it in some lane would be told before it.
func (s *Story) putInOrder() {
	lanes := make([]following, len(s.Lanes))
	for k := range lanes {
		lanes[k] = s.following(k)
	}
	for i := range s.stops {
		s.pace.did(1)
		p := &s.stops[i]
		if p.Kind != AtAgain && p.Kind != AtNotice && p.Kind != AtFault {
			continue
		}
		first, told := p.Step, false
		for k, e := range p.Event {
			if e >= 0 {
				first = min(first, s.StepOf(k, e))
				told = told || lanes[k].first(i) < p.Step
			}
		}
		if !told {
			continue
		}
		p.Step = first
		for k, e := range p.Event {
			if e >= 0 {
				lanes[k].put(i, first)
			}
		}
	}
}

// following answers, for a stop in one lane, with which step the first is told of those
// that follow from it: they are about the same and come after it, or are the harm that
// it does. A story has as many stops as a run has deliveries, so it is a tree: the least
// step of each half, of each half of that, and so on.
type following struct {
	place []int32 // by stop: where it stands when all are sorted by what follows from what
	after []int32 // ... where those begin that follow
	end   []int32 // ... and where those end that are about the same
	least []int   // steps; the leaves are the last half
}

// following sorts the stops of a lane.
func (s *Story) following(lane int) following {
	n := len(s.stops)
	f := following{place: make([]int32, n), after: make([]int32, n), end: make([]int32, n)}
	var order []int32
	for i := range s.stops {
		s.pace.did(1)
		if s.stops[i].Event[lane] >= 0 {
			order = append(order, int32(i))
		}
	}
	by := func(a, b int32) int {
		p, o := &s.stops[a], &s.stops[b]
		return cmp.Or(cmp.Compare(p.Owed, o.Owed), cmp.Compare(p.Event[lane], o.Event[lane]), cmp.Compare(p.Kind, o.Kind))
	}
	sort(s.pace, order, by)
	f.least = make([]int, 2*len(order))
	after, end := int32(len(order)), int32(len(order))
	for at := len(order) - 1; at >= 0; at-- {
		s.pace.did(1)
		i := order[at]
		if at+1 < len(order) {
			next := order[at+1]
			if by(i, next) != 0 {
				after = int32(at + 1)
			}
			if s.stops[i].Owed != s.stops[next].Owed {
				end = int32(at + 1)
			}
		}
		f.place[i], f.after[i], f.end[i] = int32(at), after, end
		f.least[len(order)+at] = s.stops[i].Step
	}
	for at := len(order) - 1; at > 0; at-- {
		f.least[at] = min(f.least[2*at], f.least[2*at+1])
	}
	return f
}

// first returns the first step with which something is told that follows from a stop.
func (f *following) first(stop int) int {
	n, least := int32(len(f.least)/2), math.MaxInt
	for from, to := f.after[stop]+n, f.end[stop]+n; from < to; from, to = from/2, to/2 {
		if from%2 == 1 {
			least = min(least, f.least[from])
			from++
		}
		if to%2 == 1 {
			to--
			least = min(least, f.least[to])
		}
	}
	return least
}

// put says that a stop is told with an earlier step.
func (f *following) put(stop, step int) {
	for at := int(f.place[stop]) + len(f.least)/2; at > 0; at /= 2 {
		f.least[at] = min(f.least[at], step)
	}
}

// Parts is work on a story that is done in parts: a long story is told, or asked what
// could happen in it, between the frames of a screen, which can leave it. What is done is
// counted in events that were looked at, and never timed, so that the parts are the same
// everywhere.
//
// The work runs as a coroutine. It stands still whenever it has done its part.
type Parts struct {
	pace pace
	next func() (struct{}, bool)
	stop func()
}

// inParts returns work of which nothing is done yet. It must be stopped, unless it has
// come to the end.
func inParts(work func(*pace)) *Parts {
	t := &Parts{}
	t.next, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if p := recover(); p != nil && p != (left{}) {
				panic(p)
			}
		}()
		t.pace.rest = func() bool { return yield(struct{}{}) }
		work(&t.pace)
	})
	return t
}

// TellInParts is Tell in parts. It ends with ask, which may ask the story things: they
// are part of the work.
func TellInParts(s *scenarios.Scenario, ask func(*Story, error)) *Parts {
	return inParts(func(p *pace) {
		st, err := p.tell(s)
		if err == nil {
			defer st.settle()
			st.Arrivals()
			st.findStruck()
		}
		ask(st, err)
	})
}

// sort sorts something in parts.
func sort[T any](p *pace, all []T, by func(a, b T) int) {
	slices.SortStableFunc(all, func(a, b T) int {
		p.did(1)
		return by(a, b)
	})
}

// Looked counts events that were looked at by somebody who asks the story in parts.
func (s *Story) Looked(n int) { s.pace.did(n) }

// InParts asks a story something in parts.
func (s *Story) InParts(ask func()) *Parts {
	return inParts(func(p *pace) {
		s.pace = p
		defer s.settle()
		ask()
	})
}

// Step goes on until about n events were looked at, each as often as it takes. It reports
// whether the work is done.
func (t *Parts) Step(n int) (over bool) {
	t.pace.left, t.pace.on = n, true
	_, more := t.next()
	t.pace.on = false // whoever looks at the story meanwhile does no work of this
	return !more
}

// Share is how much of a story is told, from 0 to 1: an estimate, which never goes back. It
// is 0 where something else is done.
func (t *Parts) Share() float64 { return t.pace.share() }

// Looked is how many events were looked at.
func (t *Parts) Looked() int { return t.pace.looked }

// Stop leaves work that is not wanted any more.
func (t *Parts) Stop() { t.stop() }

// settle makes a story that was told in parts one that is told.
func (s *Story) settle() {
	s.pace = nil
	for _, l := range s.Lanes {
		l.pace = nil
	}
}

// goThrough lets those who show a lane go through all of it once, so that they know
// places to come back to: no later look takes the whole run again.
func (l *LaneStory) goThrough() {
	l.player, l.meter = l.Run.Player(), l.Run.Meter()
	for n := 0; n < l.Run.Len(); n += part {
		l.player.At(n)
		l.meter.At(n)
		l.pace.did(part)
	}
}

// before returns the world as it was before an event, until it is asked for another. Who asks
// in order goes through the run once.
func (l *LaneStory) before(event int) *sim.World {
	if l.asked == nil {
		l.asked = l.Run.Player()
	}
	return l.asked.At(event)
}

// part is how many events are simulated at a time.
const part = 500

// left is what a telling panics with that is not wanted any more.
type left struct{}

// pace counts what a telling does, and lets it rest. A nil pace does not.
type pace struct {
	rest   func() bool // stands still; false if it is not wanted any more
	on     bool        // it is at work,
	left   int         // and so much is left until it rests
	looked int         // how many events were looked at in all
	// A telling is in a stage that takes from one share of it to another, has begun when
	// so much was looked at, and is expected to look at so much.
	from, to       float64
	begun, expects int
}

// did counts that n events were looked at.
func (p *pace) did(n int) {
	if p == nil || !p.on {
		return
	}
	p.looked += n
	if p.left -= n; p.left > 0 {
		return
	}
	if !p.rest() {
		panic(left{})
	}
}

// looks is about how often an event is looked at until its lane is told.
const looks = 8

// begins says which lane comes next, of so many with such a budget of events. Each takes
// as long as the one before, and to put them together takes twice as long as all.
func (p *pace) begins(lane, lanes, budget int) {
	if p == nil {
		return
	}
	p.expects = looks * budget
	if lane > 0 {
		p.expects = p.looked / lane
	}
	p.from, p.to = float64(lane)/float64(3*lanes), float64(lane+1)/float64(3*lanes)
	if lane == lanes {
		p.expects, p.to = 2*p.looked, 1
	}
	p.begun = p.looked
}

// share is how much is told: it never goes back, and is all only at the end.
func (p *pace) share() float64 {
	if p.expects == 0 {
		return 0
	}
	return p.from + (p.to-p.from)*min(float64(p.looked-p.begun)/float64(p.expects), 0.99)
}
