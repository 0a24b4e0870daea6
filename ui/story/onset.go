package story

import (
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// onset is how a harm comes about in one lane.
type onset struct {
	*Lane
	lane  int
	stop  *Stop
	mark  *Mark
	deed  int   // event: the effect too many, or -1
	brink int   // the step just before the harm, in any lane
	came  cause // of the attempt that brings it, see bringer
	woken bool  // an older attempt does the harm: one that was given up, and goes on
	again int   // which attempt brings it, or -1: see bringer
}

// bringer returns the attempt that brings the harm: the last to be delivered. There is
// none where what is owed was delivered once, or never.
func (o *onset) bringer() (a *attempt, known bool) {
	if o.again < 0 {
		return &nobody, false
	}
	return &o.attempts[o.again], true
}

// cause is what brought an attempt.
type cause uint8

const (
	byNobody  cause = iota // it is the first, or nobody knows
	byLostAck              // the worker was done, and the queue did not hear of it
	byCrash
	byPause   // the worker froze
	byWork    // the worker took too long
	byNack    // the worker gave it back
	byCopy    // of the network
	byPublish // the producer published it again, under the same message ID
	byNewID   // ... under a new one
)

// kinds returns what is best asked about a harm that comes about like this, the
// best first.
func (o *onset) kinds() []QuestionKind {
	_, brought := o.bringer()
	switch {
	case o.mark.Kind != Again && !brought:
		return []QuestionKind{AskWhere}
	case o.mark.Kind != Again:
		return []QuestionKind{AskStore, AskLine, AskWhere}
	case o.woken:
		return []QuestionKind{AskLane, AskQueue, AskStore, AskLine}
	case o.came == byCrash:
		return []QuestionKind{AskStore, AskLine, AskQueue, AskLane}
	case o.came == byCopy:
		return []QuestionKind{AskLine, AskQueue, AskLane, AskStore}
	case o.came == byNewID:
		return []QuestionKind{AskStore, AskQueue, AskLane, AskLine}
	}
	return []QuestionKind{AskQueue, AskStore, AskLane, AskLine}
}

// onsets returns how each harm comes about, in the order of the stops at them, in
// every lane that has part in it.
func (s *Story) onsets() [][]onset {
	var all [][]onset
	for i := range s.stops {
		p := &s.stops[i]
		if p.Kind != AtHarm || len(all) == maxOnsets {
			continue
		}
		var harms []onset
		brink := p.Step
		for k := range s.Lanes {
			s.pace.did(len(s.Lanes[k].attempts))
			if o, does := s.onset(p, k); does {
				harms = append(harms, o)
				brink = min(brink, s.stepOf(k, yesNo(o.deed >= 0, o.deed, o.mark.Event))-1)
			}
		}
		for i := range harms {
			harms[i].brink = brink
		}
		if len(harms) > 0 {
			all = append(all, harms)
		}
	}
	return all
}

// onset returns how the harm that a stop is at comes about in the k-th lane, if that
// lane does it.
func (s *Story) onset(p *Stop, k int) (o onset, does bool) {
	l := s.Lanes[k]
	o = onset{Lane: l, lane: k, stop: p, deed: -1, again: -1}
	n := slices.IndexFunc(l.marks, func(m Mark) bool { return m.Event == p.Event[k] && m.Owed == p.Owed && m.Kind != Done })
	if n < 0 {
		return o, false
	}
	if o.mark = &l.marks[n]; o.mark.Kind == Again {
		o.twice()
	} else {
		o.lost()
	}
	if a, known := o.bringer(); known {
		o.came = o.brought(a)
	}
	return o, true
}

// twice finds the attempts of the effect too many and of the one before it. The
// later of the two is what brings the harm, whichever of them does it.
func (o *onset) twice() {
	this, other := -1, -1
	for k := range o.attempts {
		if a := &o.attempts[k]; a.owed == o.mark.Owed {
			for _, i := range a.events {
				switch o.effect[i] {
				case o.mark.Nth:
					this, o.deed = k, i
				case o.mark.Nth - 1:
					other = k
				}
			}
		}
	}
	switch {
	case this < 0 || other < 0 || this == other:
	case o.attempts[this].relayed() || o.attempts[other].relayed(): // the queue has no part in it
	case o.attempts[other].begins() > o.attempts[this].begins():
		o.again, o.woken = other, true
	default:
		o.again = this
	}
}

// lost finds the last attempt at what never took effect, if it was not the first.
func (o *onset) lost() {
	last := -1
	for k := range o.attempts {
		if a := &o.attempts[k]; a.owed == o.mark.Owed && a.begins() <= o.mark.Event {
			last = k
		}
	}
	if last < 0 {
		return
	}
	if a := &o.attempts[last]; a.receipt.Delivery > 1 || o.isCopy(o.event(a.begins())) {
		o.again = last
	}
}

// brought returns why an attempt was delivered.
func (l *Lane) brought(a *attempt) cause {
	events := l.Run.Events()
	if a.delivery < 0 || events[a.delivery].Cause < 0 {
		return byNobody
	}
	c := &events[events[a.delivery].Cause]
	switch c.Kind {
	case sim.Copy:
		return byCopy
	case sim.Republish, sim.Redrive:
		return byPublish
	case sim.RepublishAs, sim.RedriveAs:
		return byNewID
	case sim.Publish, sim.ForgetAck:
		return byNobody // no worker's doing: there is nothing to be wrong about
	case sim.TimeOut, sim.CutOff:
		if c.Cause < 0 {
			return byWork
		}
		c = &events[c.Cause]
	case sim.Undelay:
		return byNack
	}
	switch {
	case c.Kind == sim.LoseAck:
		return byLostAck
	case c.Kind == sim.Crash || c.Kind == sim.Restart || c.Op == sim.OpPanic:
		return byCrash
	case l.freezes(c):
		return byPause
	case c.Reply == sim.Returned:
		return byNack
	}
	return byWork
}

// eve returns the place just before the attempt that leads to the harm is to be
// seen: before it is delivered in any lane or, where a deadline passes at the same
// instant and brings it, before that.
func (s *Story) eve(o *onset) int {
	a, known := o.bringer()
	if !known {
		return o.brink
	}
	n := o.brink
	for k, l := range s.Lanes {
		b, came := l.find(a.name, a.receipt.Delivery, a.relayed())
		if !came || (b.at-a.at).Abs() > together {
			continue
		}
		at := b.begins()
		n = min(n, s.stepOf(k, at)-1)
		events := l.Run.Events()
		c := events[at].Cause
		if c >= 0 && events[at].Kind == sim.Deliver && events[c].At == events[at].At && order(events[c].Kind) == order(sim.TimeOut) {
			n = min(n, s.stepOf(k, int(c))-1)
		}
	}
	return n
}

// imminent returns the attempt that leads to the harm, and whether it is the next that
// its lane makes of its message after a step: else nobody would know which is meant.
func (s *Story) imminent(o *onset, step int) (a *attempt, is bool) {
	a, known := o.bringer()
	if !known {
		return a, false
	}
	q, r := o.Run.At(s.Upto(step, o.lane)).Queue(), a.receipt
	n := int(r.Msg)
	return a, n < q.Len() && q.State(n) != broker.Unpublished && q.Deliveries(n) == int(r.Delivery)-1
}

// look returns the first event with which an attempt asked whether what it handles
// is recorded, or -1.
func (l *Lane) look(a *attempt) int {
	i := slices.IndexFunc(a.events, func(i int) bool {
		e := l.event(i)
		return e.Kind == sim.Step && e.Answer >= 0 && (e.Op.Checks() || e.Op.Marks() && asks(e.Op))
	})
	if i < 0 {
		return -1
	}
	return a.events[i]
}

// asks reports whether a step that records also says whether that was recorded
// before.
func asks(op sim.Op) bool { return op.Claims() }

// finds reports whether a look found a record.
func (l *Lane) finds(look int) bool {
	e := l.event(look)
	return (e.Answer > 0) != asks(e.Op)
}

// store names what a look looks into.
func store(op sim.Op) string {
	switch op.Place() {
	case sim.InProcess:
		return "its memory"
	case sim.InCache:
		return "its cache"
	}
	return "its table"
}

// comes says that an attempt is to begin: m2 comes again.
func (o *onset) comes(a *attempt) string {
	if a.receipt.Delivery == 1 && a.name == o.owed().ID {
		return a.name + " comes"
	}
	switch name, id := a.name, o.owed().ID; o.came {
	case byCopy:
		return name + ", a copy of " + id + ", comes"
	case byPublish, byNewID:
		return name + ", which is " + id + " " + o.returned(a) + ", comes"
	default:
		return name + " comes again"
	}
}

// returned says how what is owed came to be published a second time.
func (o *onset) returned(a *attempt) string {
	c := o.event(int(o.event(a.delivery).Cause))
	return yesNo(c.Kind == sim.Redrive || c.Kind == sim.RedriveAs, "put back", "published again")
}

// seeker returns, of the harmed lanes that are about to look for a record, the last,
// for that is trusted most, the attempt that looks, and with which event.
func (s *Story) seeker(harms []onset) (o *onset, a *attempt, look int) {
	for k := range slices.Backward(harms) {
		o = &harms[k]
		if a, is := s.imminent(o, s.eve(o)); is {
			if look = o.look(a); look >= 0 {
				return o, a, look
			}
		}
	}
	return nil, &nobody, -1
}

// askStore asks what a lane finds in its store when a message comes again.
func (s *Story) askStore(harms []onset) (q Question, claims []claim) {
	o, a, look := s.seeker(harms)
	if o == nil {
		return
	}
	q = Question{Step: s.eve(o), Reveal: o.stop.Step, Lane: o.lane}
	q.Text = "What does " + o.title() + " find in " + store(o.event(look).Op) + " when " + o.comes(a) + "?"
	_, key := o.row(o.event(look))
	if other, is := o.collided(a, look); is && o.waited(o.event(look)) {
		return // when it comes the other is still at work, and its record not yet true
	} else if is {
		return q, o.mistaken(key, other)
	}
	if o.finds(look) {
		return q, o.recorded(key)
	}
	return q, o.unrecorded(a, look, key)
}

// recorded are the answers where a record is found, and what is owed was never done.
func (o *onset) recorded(key string) []claim {
	if o.mark.Kind == Again {
		return nil
	}
	did, struck := trade(o.Run.Lane.Business).Did, yesNo(o.came == byCrash, "crash", "error")
	if o.takenBack(o.mark.Owed) {
		return []claim{
			{key + ": the record has stayed, and what was " + did + " has not", true, "the failover took back the last write, and that was not the record", 0},
			{"nothing: the failover took the record back", false, "the failover took back the last write, and that was not the record", 8},
			{"nothing: only what is " + did + " is recorded", false, "it records first, and what was " + did + " was lost without the record", 5},
		}
	}
	return []claim{
		{key + ": recorded, though nothing was " + did, true, "it records first, and then never came to the rest", 0},
		{"nothing: the " + struck + " took the record back", false, "the record was written before the " + struck + ", and stays", 2},
		{"nothing: only what is " + did + " is recorded", false, "it records first, and what comes after may never come", 5},
	}
}

// unrecorded are the answers where no record is found.
func (o *onset) unrecorded(a *attempt, look int, key string) []claim {
	x, _ := o.missing(a, look)
	if x == unknown || o.mark.Kind != Again {
		return nil
	}
	because := &absences[x]
	right := claim{because.text, true, o.reason(because.why), 0}
	first := claim{key + ": it was recorded the first time", false, because.why, because.belief}
	other := claim{key + ", locked: it waits for the worker that died", false, "nothing was locked", 20}
	switch {
	case x == rolledBack:
		other.why = "the lock went when the transaction was rolled back"
	case x == unwritten:
		first.text = key + ": what is " + trade(o.Run.Lane.Business).Did + " is recorded"
	case x == otherKey:
		right.text = "nothing: " + key + " is new to it"
		first.text = o.owed().Message.ID + ": it is the same order"
		other = claim{o.owed().Message.ID + ": a second publish keeps the message ID", false, "a new publish has a message ID of its own", 15}
	}
	switch {
	case x == elsewhere || x == wiped:
		other = claim{key + ": the workers share one memory", false, "each process has a memory of its own", 8}
	case x != otherKey && o.came != byCrash:
		other.text = key + ", locked: it waits for the other worker"
	}
	return []claim{right, first, other}
}

// reason says why the lane did the harm; if an attempt did it that was there before,
// what it says of the one after that is given.
func (o *onset) reason(other string) string {
	if o.woken && other != "" {
		return other
	}
	return o.title() + " " + strings.TrimSuffix(o.excuse(o.stop, o.mark.Event), ".")
}

// askLine asks which line runs after a lane has looked whether it knows a message.
func (s *Story) askLine(harms []onset) (q Question, claims []claim) {
	o, a, look := s.seeker(harms)
	if o == nil {
		return
	}
	q = Question{Step: s.eve(o), Reveal: o.stop.Step, Lane: o.lane}
	q.Text = "When " + o.comes(a) + " and " + o.title() + " has looked, which line runs next?"
	return q, o.branches(a, look)
}

// branches are the lines that may follow a look: the one that goes on and the one
// that stops.
func (o *onset) branches(a *attempt, look int) []claim {
	at := slices.IndexFunc(a.events, func(i int) bool { return i > look && o.event(i).Kind != sim.Nothing })
	stop := o.line(o.Line(look) + 1)
	if at < 0 || !strings.HasPrefix(stop, "return") || o.waited(o.event(look)) {
		return nil // or it waited before it went on, and two answers would be half right
	}
	next := o.event(a.events[at])
	stops, goes := next.Op == sim.OpReturn, o.line(o.Line(a.events[at]))
	if next.Kind == sim.Crash || next.Kind == sim.Restart {
		return nil
	}
	if stops {
		goes = o.performs()
	}
	if goes == "" {
		return nil
	}
	x, _ := o.missing(a, look)
	on := claim{goes, !stops, "it found a record, and believed it", 5}
	off := claim{stop, stops, "it found a record, and believed it", max(absences[x].belief, 4)}
	none := claim{"none: the queue flags it as delivered before", false, "the flag is for whoever asks for it, and nobody did", 17}
	if a.receipt.Delivery == 1 {
		none = claim{"none: it waits until the first worker is through", false, "nothing made it wait", 20}
	}
	if !stops {
		on.why = o.reason(absences[x].why)
		off.why = "it found nothing: " + absences[x].why
	}
	return []claim{on, off, none}
}

// line returns a line of the handler, from 1, as it stands there but for its
// indentation; "" if there is none.
func (l *Lane) line(n int) string {
	if body, _ := consumers.Body(l.Consumer.Name); n >= 1 && n <= len(body) {
		return strings.TrimSpace(body[n-1])
	}
	return ""
}

// performs returns the line of the handler that performs, or "".
func (l *Lane) performs() string {
	for i := range l.Run.Events() {
		if l.event(i).Op.Performs() {
			return l.line(l.Line(i))
		}
	}
	return ""
}
