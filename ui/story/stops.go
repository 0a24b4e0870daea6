package story

import (
	"cmp"
	"math"
	"slices"
	"time"

	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// StopKind is why a place is worth stopping at.
type StopKind uint8

// The kinds of stop, from the least to the most telling.
const (
	AtDelivery StopKind = iota // the first delivery
	AtEffect                   // the first effect
	AtAck                      // the first ack
	AtNotice                   // something that matters later happens, and nobody is harmed by it
	AtRest                     // nothing is left to happen
	AtAgain                    // a redelivery, or the delivery of a copy
	AtParting                  // the lanes part
	AtFault                    // something went wrong
	AtHarm                     // something owed was taken twice, or is lost
)

// Stop is a teaching point: a place at which the story waits to be understood.
// Lanes that come to it within two seconds of each other share one, at the last; but
// the first effect has its own, before anybody's ack.
type Stop struct {
	Step int // after so many steps
	Kind StopKind
	// Event is, by lane, what it is about, or -1 where the lane has no part in it.
	Event []int
	// Owed is the index of what is owed that it is about, or -1.
	Owed int
	// Part is which part of that, where a message has several effects.
	Part int
	// Mark is what became true with it, for AtHarm.
	Mark MarkKind
	// Came is the redelivery that has done the harm, where that is no stop of its own.
	Came *Stop
	// More is for how many stops that say the same it stands, itself included, or 0.
	More int
}

// near is how far apart lanes may come to the same and share a stop: an effect, and
// what handlers do around it.
const near = 2 * time.Second

// sighting is something in one lane that is worth a stop.
type sighting struct {
	kind  StopKind
	about string // sightings of one kind that are about the same are one stop
	lane  int
	event int
	at    time.Duration
	owed  int
	part  int
	mark  MarkKind
}

// findStops finds the teaching points.
func (s *Story) findStops() {
	var seen []sighting
	for k, l := range s.Lanes {
		seen = append(seen, l.sightings(k)...)
	}
	if p, ok := s.parting(); ok && !slices.ContainsFunc(seen, func(h sighting) bool { return h.kind == AtHarm && (h.at-p.at).Abs() <= near }) {
		seen = append(seen, p)
	}
	sort(s.pace, seen, func(a, b sighting) int { return cmp.Compare(a.at, b.at) })
	s.stops = nil
	var met [AtAck + 1]bool
	used := make([]bool, len(seen))
	alike := linked(seen, s.pace)
	for i := range seen {
		s.pace.did(1)
		first := &seen[i]
		if used[i] || first.kind <= AtAck && met[first.kind] {
			continue
		}
		if first.kind <= AtAck {
			met[first.kind] = true
		}
		stop := Stop{Kind: first.kind, Event: slices.Repeat([]int{-1}, len(s.Lanes)), Owed: first.owed, Part: first.part, Mark: first.mark}
		left := len(s.Lanes)
		for k := i; k >= 0 && seen[k].at-first.at <= near && left > 0; k = alike[k] {
			x := &seen[k]
			if !used[k] && stop.Event[x.lane] < 0 {
				step := s.StepOf(x.lane, x.event)
				if first.kind == AtEffect && k > i && step > stop.Step {
					continue // a lane that is still on its way to it is told as such
				}
				used[k] = true
				left--
				stop.Event[x.lane] = x.event
				stop.Step = max(stop.Step, step)
			}
		}
		if stop.Kind == AtParting {
			s.others(&stop)
		}
		s.stops = append(s.stops, stop)
	}
	s.putInOrder()
	s.findStrikes()
	if n := s.Steps(); n > 0 {
		s.stops = append(s.stops, Stop{Step: n, Kind: AtRest, Event: slices.Repeat([]int{-1}, len(s.Lanes)), Owed: -1})
	}
	s.oneStopAStep()
	s.foldStops()
}

// others gives all lanes part in a parting that have the effect with the same step.
func (s *Story) others(p *Stop) {
	for k, l := range s.Lanes {
		from, to := s.Upto(p.Step-1, k), s.Upto(p.Step, k)
		if !slices.Equal(l.counts(p.Owed, to-1), l.counts(p.Owed, from-1)) {
			p.Event[k] = to - 1
		}
	}
}

// linked returns for each sighting the next of the same kind that is about the same, or
// -1.
func linked(seen []sighting, p *pace) []int {
	type what struct {
		kind  StopKind
		about string
	}
	next, last := make([]int, len(seen)), map[what]int{}
	for i := len(seen) - 1; i >= 0; i-- {
		p.did(1)
		w := what{seen[i].kind, seen[i].about}
		next[i] = -1
		if k, more := last[w]; more {
			next[i] = k
		}
		last[w] = i
	}
	return next
}

// Strike is where a fault struck: with the step of a stop, though the stop may be
// told as something else, if that is more telling.
type Strike struct {
	Step  int
	Fault sim.Fault
}

// findStrikes notes where faults struck, before stops that share a step become one.
func (s *Story) findStrikes() {
	s.strikes = nil
	for i := range s.stops {
		s.pace.did(1)
		if p := &s.stops[i]; p.Kind == AtFault {
			l, e := s.lead(p)
			s.strikes = append(s.strikes, Strike{p.Step, *l.FaultOf(e)})
		}
	}
	sort(s.pace, s.strikes, func(a, b Strike) int { return cmp.Compare(a.Step, b.Step) })
}

// Strikes returns where faults struck, in order.
func (s *Story) Strikes() []Strike { return s.strikes }

// oneStopAStep sorts the stops and keeps the most telling one of a step.
func (s *Story) oneStopAStep() {
	sort(s.pace, s.stops, func(a, b Stop) int {
		return cmp.Or(cmp.Compare(a.Step, b.Step), cmp.Compare(b.Kind, a.Kind))
	})
	s.stops = slices.CompactFunc(s.stops, func(a, b Stop) bool { return a.Step == b.Step })
}

// sightings returns what is worth a stop in one lane.
func (l *LaneStory) sightings(lane int) []sighting {
	var seen []sighting
	firsts := [AtAck + 1]bool{}
	events := l.Run.Events()
	first := func(k StopKind, i int) {
		if !firsts[k] {
			firsts[k] = true
			seen = append(seen, sighting{kind: k, about: "the first", lane: lane, event: i, at: events[i].At, owed: l.OwedBy(i)})
		}
	}
	for i := range events {
		l.pace.did(1)
		e := &events[i]
		if e.Fault >= 0 {
			about := l.Run.Faults[e.Fault].String() + " " + words.Nth(int(e.Receipt.Delivery)) + words.Either(e.Relayed(), " relayed", "")
			seen = append(seen, sighting{kind: AtFault, about: about, lane: lane, event: i, at: e.At, owed: l.OwedBy(i)})
		}
		switch {
		case e.Relayed() && e.Kind == sim.Deliver:
			if e.Receipt.Delivery > 1 {
				about := l.Run.Name(e) + " relayed " + words.Nth(int(e.Receipt.Delivery))
				seen = append(seen, sighting{kind: AtAgain, about: about, lane: lane, event: i, at: e.At, owed: l.OwedBy(i)})
			}
		case e.Kind == sim.Deliver && (e.Receipt.Delivery > 1 || l.IsCopy(e)):
			about := l.Run.Name(e) + " " + words.Nth(int(e.Receipt.Delivery))
			seen = append(seen, sighting{kind: AtAgain, about: about, lane: lane, event: i, at: e.At, owed: l.OwedBy(i)})
		case e.Kind == sim.Deliver:
			first(AtDelivery, i)
		case l.effects.Nth[i] == 1:
			first(AtEffect, i)
		case e.Reply == sim.Taken && e.Op == sim.OpReturn && !e.Relayed():
			first(AtAck, i)
		}
	}
	for _, i := range l.turns() {
		about := l.turn(i) + " " + l.turnClause(i).Sentence(voice.Whole)
		seen = append(seen, sighting{kind: AtNotice, about: about, lane: lane, event: i, at: events[i].At, owed: l.turnOwed(i)})
	}
	for i := range l.marks {
		m := &l.marks[i]
		if m.Kind != Done {
			about := l.DebtName(m.Owed, m.Part) + " " + words.Nth(m.Nth)
			seen = append(seen, sighting{kind: AtHarm, about: about, lane: lane, event: m.Event, at: events[m.Event].At, owed: m.Owed, part: m.Part, mark: m.Kind})
		}
	}
	return seen
}

// A turn is something that decides what comes later and harms nobody yet: a message
// is parked, a lease runs out that nobody gave up, a record is forgotten or deleted
// that will be looked for, an ack comes when the message is no longer the worker's.
// It is worth a stop: what a harm comes from should have been seen.

// turns returns the events of a lane that are turns, in order.
func (l *LaneStory) turns() []int {
	var all []int
	told := map[int32]bool{}
	for i := range l.Run.Events() {
		l.pace.did(1)
		e := l.Event(i)
		switch {
		case e.Kind.EndsWait():
			if e.Reply.GivesUp() {
				all = append(all, i)
			}
		case e.Kind == sim.Expire:
			if l.lapsed(e) {
				all = append(all, i)
			}
		case l.speaks(e) && e.Late != sim.InTime && !told[e.Msg]: // the first of a message: the others are no news
			told[e.Msg] = true
			all = append(all, i)
		}
	}
	known := map[int]bool{}
	for _, i := range all {
		known[i] = true
	}
	for i := range l.marks {
		l.pace.did(1)
		if by := l.takenAway(&l.marks[i]); by >= 0 && !known[by] {
			if e := l.Event(by); e.Kind == sim.Evict || l.Run.Evicted(e) != "" || l.deletes(e) {
				known[by] = true
				all = append(all, by)
			}
		}
	}
	slices.Sort(all)
	return all
}

// turn names a turn in two words.
func (l *LaneStory) turn(i int) string {
	e := l.Event(i)
	switch {
	case e.Kind.EndsWait():
		return ended(e)
	case e.Kind == sim.Expire:
		return l.overWord(e)
	case l.speaks(e):
		return "late ack"
	}
	return words.Either(l.deletes(e), "deleted", "forgotten")
}

// turnOwed returns the index of what is owed that a turn is about, or -1.
func (l *LaneStory) turnOwed(i int) int {
	e := l.Event(i)
	if e.Kind != sim.Expire && e.Kind != sim.Evict && l.Run.Evicted(e) == "" {
		return l.OwedBy(i)
	}
	key := l.Run.Key(e)
	if gone := l.Run.Evicted(e); gone != "" {
		key = gone
	}
	for at := i - 1; at >= 0; at-- {
		wrote := l.Event(at)
		if words.Either(e.AtBank(), wrote.Done && l.handsKey(wrote), voice.Writes(wrote)) && l.Run.Key(wrote) == key {
			return l.OwedBy(at)
		}
	}
	return -1
}

// IsCopy reports whether an event is about a copy or a republish.
func (l *LaneStory) IsCopy(e *sim.Event) bool { return int(e.Msg) >= len(l.Run.Lane.Messages) }

// OwedBy returns the index of what the i-th event's message is owed for, or -1.
func (l *LaneStory) OwedBy(i int) int {
	e := &l.Run.Events()[i]
	if e.Kind.OfWorld() {
		return -1
	}
	return l.Run.World().Owed(int(e.Msg))
}

// parting finds where the lanes part: the first delivery of which they make
// different things, at the first effect that not all of them have; or, if that
// comes sooner, the first harm.
func (s *Story) parting() (sighting, bool) {
	s.parted = -1
	at := sighting{lane: -1}
	for _, tries := range s.tries() {
		if at = s.differing(tries); at.lane >= 0 {
			s.parted = s.StepOf(at.lane, at.event)
			break
		}
	}
	for k, l := range s.Lanes {
		i := slices.IndexFunc(l.marks, func(m Mark) bool { return m.Kind != Done && !s.everywhere(&m) })
		if i < 0 {
			continue
		}
		if step := s.StepOf(k, l.marks[i].Event); s.parted < 0 || step < s.parted {
			s.parted = step
			return sighting{}, false
		}
	}
	return at, at.lane >= 0
}

// differing finds, in the attempts of each lane at one delivery, the first effect that not
// all lanes have. Of several effects of a message it may be the second: what all of them do
// parts nobody, though one lane is at it sooner. There is none if its lane is -1.
func (s *Story) differing(tries [][]int) sighting {
	found := sighting{lane: -1}
	for part := range s.Scenario.Business.Parts() {
		at, most, least := sighting{lane: -1}, 0, math.MaxInt
		for k, l := range s.Lanes {
			n := 0
			for _, a := range tries[k] {
				for _, i := range l.Attempts[a].Events {
					if n += l.lostLater(i, part); l.effects.Nth[i] == 0 || int(l.Event(i).Part) != part {
						continue
					}
					n++
					settled := int(l.effects.Settled[i])
					if e := l.Event(settled).At; at.lane < 0 || e < at.at {
						at = sighting{kind: AtParting, lane: k, event: settled, at: e, owed: l.OwedBy(i), part: part}
					}
				}
			}
			most, least = max(most, n), min(least, n)
		}
		if most > least && at.lane >= 0 && (found.lane < 0 || at.at < found.at) {
			found = at
		}
	}
	return found
}

// lostLater counts the effects of a part that were true from an event on, until the stores
// lost them.
func (l *LaneStory) lostLater(event, part int) (n int) {
	for _, g := range l.effects.TakenBack {
		if _, of := l.Run.Lane.Business.Owing(g.Debt); g.From == event && of == part {
			n++
		}
	}
	return n
}

// everywhere reports whether the same became true in every lane.
func (s *Story) everywhere(m *Mark) bool {
	return !slices.ContainsFunc(s.Lanes, func(l *LaneStory) bool { return !l.comesTo(m) })
}

// comesTo reports whether the same becomes true in a lane.
func (l *LaneStory) comesTo(m *Mark) bool {
	if m.Kind == Done || m.Kind == Again {
		return len(l.effects.Effects[l.debt(m)]) >= m.Nth
	}
	return l.fates[l.debt(m)] == m.Kind
}

// Parted returns the step with which the lanes part, or -1 if they never do.
func (s *Story) Parted() int { return s.parted }

// Stops returns the teaching points, in order.
func (s *Story) Stops() []Stop { return s.stops }

// StopAt returns the teaching point after n steps, or nil.
func (s *Story) StopAt(n int) *Stop {
	if i, found := slices.BinarySearchFunc(s.stops, n, func(p Stop, n int) int { return cmp.Compare(p.Step, n) }); found {
		return &s.stops[i]
	}
	return nil
}

// NextStop returns the first teaching point after more than n steps; the end, if
// there is none.
func (s *Story) NextStop(n int) int {
	if i := s.stopsBy(n + 1); i < len(s.stops) {
		return s.stops[i].Step
	}
	return s.Steps()
}

// stopsBy returns how many teaching points come before the n-th step.
func (s *Story) stopsBy(n int) int {
	i, _ := slices.BinarySearchFunc(s.stops, n, func(p Stop, n int) int { return cmp.Compare(p.Step, n) })
	return i
}

// LastStop returns the teaching point that was passed last, n itself included; the
// beginning, if there is none.
func (s *Story) LastStop(n int) int {
	if s.StopAt(n) != nil {
		return n
	}
	return s.PrevStop(n)
}

// PrevStop returns the last teaching point after fewer than n steps; the
// beginning, if there is none.
func (s *Story) PrevStop(n int) int {
	if i := s.stopsBy(n); i > 0 {
		return s.stops[i-1].Step
	}
	return 0
}

// Harmed reports whether the stop is a harm to a lane.
func (p *Stop) Harmed(lane int) bool { return p != nil && p.Kind == AtHarm && p.Event[lane] >= 0 }

// Reached reports whether a lane has come, with a stop, to what that is about: another may
// be ahead of it by a few steps.
func (s *Story) Reached(p *Stop, lane int) bool {
	return p.Event[lane] >= 0 && p.Event[lane] < s.Upto(p.Step, lane)
}

// LastFault returns the last fault, planned or drawn, that had struck in any lane
// after n steps.
func (s *Story) LastFault(n int) (f sim.Fault, ok bool) {
	last := 0
	for k, l := range s.Lanes {
		for i := s.Upto(n, k) - 1; i >= 0; i-- {
			if e := l.Event(i); e.Fault >= 0 {
				if step := s.StepOf(k, i); step > last {
					last, f, ok = step, *l.FaultOf(e), true
				}
				break
			}
		}
	}
	return f, ok
}

// NextFault returns the first step after n with which a fault struck.
func (s *Story) NextFault(n int) (step int, ok bool) {
	for _, at := range s.Strikes() {
		if at.Step > n {
			return at.Step, true
		}
	}
	return 0, false
}

// PrevFault returns the last step before n with which a fault struck.
func (s *Story) PrevFault(n int) (step int, ok bool) {
	for _, at := range slices.Backward(s.Strikes()) {
		if at.Step < n {
			return at.Step, true
		}
	}
	return 0, false
}

// FaultAtStep returns the fault that struck in the stop at step n.
func (s *Story) FaultAtStep(n int) (sim.Fault, bool) {
	for _, at := range slices.Backward(s.Strikes()) {
		if at.Step == n {
			return at.Fault, true
		}
	}
	return sim.Fault{}, false
}
