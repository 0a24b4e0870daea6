package quiz

import (
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/fault"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// origin is how a harm comes about in one lane.
type origin struct {
	*story.LaneStory
	lane  int
	stop  *story.Stop
	mark  *story.Mark
	deed  int   // event: the effect too many, or -1
	brink int   // the step just before the harm, in any lane
	came  cause // of the attempt that brings it, see bringer
	woken bool  // an older attempt does the harm: one that was given up, and goes on
	again int   // which attempt brings it, or -1: see bringer
	row   int   // which attempt of a relay does, at a row that it or another has had, or -1
}

// bringer returns the attempt that brings the harm: the last to be delivered. There is
// none where what is owed was delivered once, or never.
func (o *origin) bringer() (a *story.Attempt, known bool) {
	if o.again < 0 {
		return &story.Nobody, false
	}
	return &o.Attempts[o.again], true
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
func (o *origin) kinds() []Topic {
	_, brought := o.bringer()
	switch {
	case o.stale():
		return []Topic{AskStale}
	case o.row >= 0:
		return []Topic{AskOutbox}
	case o.mark.Kind != story.Again && !brought:
		return []Topic{AskWhere}
	case o.mark.Kind != story.Again:
		return []Topic{AskStore, AskLine, AskWhere}
	case o.woken:
		return []Topic{AskLane, AskQueue, AskStore, AskLine}
	case o.came == byCrash:
		return []Topic{AskStore, AskLine, AskQueue, AskLane}
	case o.came == byCopy:
		return []Topic{AskLine, AskQueue, AskLane, AskStore}
	case o.came == byNewID:
		return []Topic{AskStore, AskQueue, AskLane, AskLine}
	}
	return []Topic{AskQueue, AskStore, AskLane, AskLine}
}

// origins returns how each harm comes about, in the order of the stops at them, in
// every lane that has part in it. Once a message has come to harm in one of its effects,
// its others surprise nobody: nothing is asked of them.
func origins(s *story.Story) [][]origin {
	var all [][]origin
	part := map[int]int{}
	for i := range s.Stops() {
		p := &s.Stops()[i]
		if p.Kind != story.AtHarm || len(all) == maxOrigins {
			continue
		}
		if first, known := part[p.Owed]; known && first != p.Part {
			continue
		}
		part[p.Owed] = p.Part
		var harms []origin
		brink := p.Step
		for k := range s.Lanes {
			s.Looked(len(s.Lanes[k].Attempts))
			if o, does := originAt(s, p, k); does {
				harms = append(harms, o)
				brink = min(brink, s.StepOf(k, words.Either(o.deed >= 0, o.deed, o.mark.Event))-1)
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

// origin returns how the harm that a stop is at comes about in the k-th lane, if that
// lane does it.
func originAt(s *story.Story, p *story.Stop, k int) (o origin, does bool) {
	l := s.Lanes[k]
	o = origin{LaneStory: l, lane: k, stop: p, deed: -1, again: -1, row: -1}
	n := slices.IndexFunc(l.Marks(), func(m story.Mark) bool {
		return m.Event == p.Event[k] && m.Owed == p.Owed && m.Part == p.Part && m.Kind != story.Done
	})
	if n < 0 {
		return o, false
	}
	if o.mark = &l.Marks()[n]; o.stale() {
		o.sets()
	} else if o.mark.Kind == story.Again {
		o.twice()
	} else {
		o.lost()
	}
	if a, known := o.bringer(); known {
		o.came = brought(o.LaneStory, a)
	}
	return o, true
}

// twice finds the attempts of the effect too many and of the one before it. The one of the
// two that was delivered later is what brings the harm, whichever of them does it.
func (o *origin) twice() {
	this, other := -1, -1
	for k := range o.Attempts {
		if a := &o.Attempts[k]; a.Owed == o.mark.Owed {
			for _, i := range a.Events {
				switch nth := o.Effect(i); {
				case nth == 0 || int(o.Event(i).Part) != o.mark.Part: // another effect of the same message
				case nth == o.mark.Nth:
					this, o.deed = k, i
				case nth == o.mark.Nth-1:
					other = k
				}
			}
		}
	}
	switch {
	case this < 0 || other < 0 || this == other:
	case o.Attempts[this].Relayed() || o.Attempts[other].Relayed(): // the queue has no part in it
		if o.Attempts[this].Receipt.Row == o.Attempts[other].Receipt.Row {
			o.row = words.Either(o.Attempts[other].Later(&o.Attempts[this]), other, this)
		}
	case o.Attempts[other].Later(&o.Attempts[this]):
		o.again, o.woken = other, true
	default:
		o.again = this
	}
}

// stale reports whether the harm is an older status that is set over a newer.
func (o *origin) stale() bool {
	return o.mark.Kind == story.Again && o.Trade(o.mark).Info().LastWins
}

// sets finds the attempt that sets an older status over a newer.
func (o *origin) sets() {
	for k := range o.Attempts {
		for _, i := range o.Attempts[k].Events {
			if e := o.Event(i); e.Done && o.Attempts[k].Owed == o.mark.Owed && o.Effect(i) == o.mark.Nth {
				o.again, o.deed = k, i
			}
		}
	}
}

// lost finds the last attempt at what never took effect, if it was not the first.
func (o *origin) lost() {
	last := -1
	for k := range o.Attempts {
		if a := &o.Attempts[k]; a.Owed == o.mark.Owed && a.Begins() <= o.mark.Event {
			last = k
		}
	}
	if last < 0 {
		return
	}
	if a := &o.Attempts[last]; a.Receipt.Delivery > 1 || o.IsCopy(o.Event(a.Begins())) {
		o.again = last
	}
}

// brought returns why an attempt was delivered.
func brought(l *story.LaneStory, a *story.Attempt) cause {
	events := l.Run.Events()
	if a.Delivery < 0 || events[a.Delivery].Cause < 0 {
		return byNobody
	}
	c := &events[events[a.Delivery].Cause]
	switch info := fault.Of(c.Kind); {
	case c.Kind == sim.Copy:
		return byCopy
	case c.Kind.Renews():
		return words.Either(c.Kind == info.Actions[0], byPublish, byNewID)
	case c.Kind == sim.Publish || c.Kind == sim.ForgetAck || info.Kind == sim.RebalanceFault:
		return byNobody // no worker's doing: there is nothing to be wrong about
	case c.Kind.EndsWait():
		if c.Cause < 0 {
			return byWork
		}
		c = &events[c.Cause]
	case c.Kind == sim.Undelay:
		return byNack
	}
	switch {
	case c.Kind.Cuts():
		return byNobody // nothing that the worker did
	case c.Kind == sim.LoseAck:
		return byLostAck
	case c.Died():
		return byCrash
	case l.Freezes(c):
		return byPause
	case c.Reply == sim.Returned:
		return byNack
	}
	return byWork
}

// justBefore returns the place just before the attempt that leads to the harm is to be
// seen: before it is delivered in any lane or, where a deadline passes at the same
// instant and brings it, before that.
func justBefore(s *story.Story, o *origin) int {
	a, known := o.bringer()
	if !known {
		return o.brink
	}
	return beforeIt(s, o, a)
}

// beforeIt returns the place just before an attempt of a lane is to be seen in any.
func beforeIt(s *story.Story, o *origin, a *story.Attempt) int {
	n := o.brink
	for k, l := range s.Lanes {
		b, came := l.Find(a.Name, a.Receipt.Delivery, a.Relayed())
		if !came || (b.At-a.At).Abs() > story.Together {
			continue
		}
		at := b.Begins()
		n = min(n, s.StepOf(k, at)-1)
		events := l.Run.Events()
		c := events[at].Cause
		if c >= 0 && events[at].Kind == sim.Deliver && events[c].At == events[at].At && events[c].Kind.Order() == sim.TimeOut.Order() {
			n = min(n, s.StepOf(k, int(c))-1)
		}
	}
	return n
}

// imminent returns the attempt that leads to the harm, and whether it is the next that
// its lane makes of its message after a step: else nobody would know which is meant.
func imminent(s *story.Story, o *origin, step int) (a *story.Attempt, is bool) {
	a, known := o.bringer()
	if !known {
		return a, false
	}
	q, r := o.Run.At(s.Upto(step, o.lane)).Queue(), a.Receipt
	n := int(r.Msg)
	return a, n < q.Len() && q.State(n) != broker.Unpublished && q.Deliveries(n) == int(r.Delivery)-1
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
func (o *origin) comes(a *story.Attempt) string {
	if a.Receipt.Delivery == 1 && a.Name == o.owed().ID {
		return a.Name + " comes"
	}
	switch name, id := a.Name, o.owed().ID; o.came {
	case byCopy:
		return name + ", a copy of " + id + ", comes"
	case byPublish, byNewID:
		return name + ", which is " + id + " " + o.returned(a) + ", comes"
	default:
		return name + " comes again"
	}
}

// returned says how what is owed came to be published a second time.
func (o *origin) returned(a *story.Attempt) string {
	c := o.Event(int(o.Event(a.Delivery).Cause))
	return words.Either(c.Kind == sim.Redrive || c.Kind == sim.RedriveAs, "put back", "published again")
}

// seeker returns, of the harmed lanes that are about to look for a record, the last,
// for that is trusted most, the attempt that looks, and with which event.
func seeker(s *story.Story, harms []origin) (o *origin, a *story.Attempt, look int) {
	for k := range slices.Backward(harms) {
		o = &harms[k]
		if a, is := imminent(s, o, justBefore(s, o)); is {
			if look = o.Look(a); look >= 0 && (o.mark.Kind != story.Again || o.woken || o.AsksOf(a, look, o.mark.Part)) {
				return o, a, look
			}
		}
	}
	return nil, &story.Nobody, -1
}

// askStore asks what a lane finds in its store when a message comes again.
func askStore(s *story.Story, harms []origin) (q Question, claims []claim) {
	o, a, look := seeker(s, harms)
	if o == nil {
		return
	}
	q = Question{Step: justBefore(s, o), Reveal: o.stop.Step, Lane: o.lane}
	q.Text = "What does " + o.Title() + " find in " + store(o.Event(look).Op) + " when " + o.comes(a) + "?"
	_, key := o.Run.Row(o.Event(look))
	if other, is := o.Collided(a, look); is && o.Waited(look) {
		return // when it comes the other is still at work, and its record not yet true
	} else if is {
		return q, o.mistaken(key, other)
	}
	if o.Finds(look) {
		return q, o.recorded(key)
	}
	return q, o.unrecorded(a, look, key)
}

// recorded are the answers where a record is found, and what is owed was never done.
func (o *origin) recorded(key string) []claim {
	if o.mark.Kind == story.Again {
		return nil
	}
	did, struck := o.trade().Did, words.Either(o.came == byCrash, "crash", "error")
	if o.TakenBack(o.mark.Owed, o.mark.Part) {
		return []claim{
			{key, "the record has stayed, and what was " + did + " has not", true, "the failover took back the last write, and that was not the record", 0},
			{"nothing", "the failover took the record back", false, "the failover took back the last write, and that was not the record", 8},
			{"nothing", "only what is " + did + " is recorded", false, "it records first, and what was " + did + " was lost without the record", 5},
		}
	}
	return []claim{
		{key, "recorded, though nothing was " + did, true, "it records first, and then never came to the rest", 0},
		{"nothing", "the " + struck + " took the record back", false, "the record was written before the " + struck + ", and stays", 2},
		{"nothing", "only what is " + did + " is recorded", false, "it records first, and what comes after may never come", 5},
	}
}

// unrecorded are the answers where no record is found.
func (o *origin) unrecorded(a *story.Attempt, look int, key string) []claim {
	x, _ := o.Missing(a, look)
	if x == story.Unknown || o.mark.Kind != story.Again {
		return nil
	}
	because := x.Words()
	right := claim{"nothing", because.Now, true, o.reason(because.Why), 0}
	first := claim{key, "it was recorded the first time", false, because.Why, because.Belief}
	other := claim{key + ", locked", "it waits for the worker that died", false, "nothing was locked", 20}
	switch {
	case x == story.RolledBack:
		other.why = "the lock went when the transaction was rolled back"
	case x == story.Unwritten:
		first.rest = "what is " + o.trade().Did + " is recorded"
	case x == story.OtherKey:
		right.rest = key + " is new to it"
		first.short, first.rest = o.owed().Message.ID, "it is the same order"
		other = claim{o.owed().Message.ID, "a second publish keeps the message ID", false, "a new publish has a message ID of its own", 15}
	}
	switch {
	case x == story.Elsewhere || x == story.Wiped:
		other = claim{key, "the workers share one memory", false, "each process has a memory of its own", 8}
	case x != story.OtherKey && o.came != byCrash:
		other.rest = "it waits for the other worker"
	}
	return []claim{right, first, other}
}

// reason says why the lane did the harm; if an attempt did it that was there before,
// what it says of the one after that is given.
func (o *origin) reason(other string) string {
	if o.woken && other != "" {
		return other
	}
	return o.Title() + " " + o.excuse()
}

// excuse is what is told of the lane when the harm is seen.
func (o *origin) excuse() string { return o.Excuse(o.stop, o.mark.Event, o.Title()) }

// askLine asks which line runs after a lane has looked whether it knows a message.
func askLine(s *story.Story, harms []origin) (q Question, claims []claim) {
	o, a, look := seeker(s, harms)
	if o == nil {
		return
	}
	q = Question{Step: justBefore(s, o), Reveal: o.stop.Step, Lane: o.lane}
	q.Text = "When " + o.comes(a) + " and " + o.Title() + " has looked, which line runs next?"
	return q, o.branches(a, look)
}

// branches are the lines that may follow a look: the one that goes on and the one
// that stops.
func (o *origin) branches(a *story.Attempt, look int) []claim {
	at := slices.IndexFunc(a.Events, func(i int) bool { return i > look && o.Event(i).Kind != sim.Nothing })
	stop := line(o.LaneStory, o.Line(look)+1)
	if at < 0 || stop == "" || strings.Fields(stop)[0] != "return" || o.Waited(look) {
		return nil // or it waited before it went on, and two answers would be half right
	}
	next := o.Event(a.Events[at])
	stops, goes := next.Op == sim.OpReturn, line(o.LaneStory, o.Line(a.Events[at]))
	if next.Kind.Kills() {
		return nil
	}
	if stops {
		goes = performs(o.LaneStory)
	}
	if goes == "" {
		return nil
	}
	x, _ := o.Missing(a, look)
	on := claim{goes, "", !stops, "it found a record, and believed it", 5}
	off := claim{stop, "", stops, "it found a record, and believed it", max(x.Words().Belief, 4)}
	none := claim{"none", "the queue flags it as delivered before", false, "the flag is for whoever asks for it, and nobody did", 17}
	if a.Receipt.Delivery == 1 {
		none = claim{"none", "it waits until the first worker has finished", false, "nothing made it wait", 20}
	}
	if !stops {
		on.why = o.reason(x.Words().Why)
		off.why = "it found nothing: " + x.Words().Why
	}
	return []claim{on, off, none}
}

// line returns a line of the handler, from 1, as it stands there but for its
// indentation; "" if there is none.
func line(l *story.LaneStory, n int) string {
	if body, _ := consumers.Body(l.Consumer.Name); n >= 1 && n <= len(body) {
		return strings.TrimSpace(body[n-1])
	}
	return ""
}

// performs returns the line of the handler that performs, or "".
func performs(l *story.LaneStory) string {
	for i := range l.Run.Events() {
		if l.Event(i).Op.Performs() {
			return line(l, l.Line(i))
		}
	}
	return ""
}

// mistaken are the answers where a record is found that was written for something
// else.
func (o *origin) mistaken(key, other string) []claim {
	id := o.owed().ID
	return []claim{
		{key, o.Alike(other), true, "it goes by its " + o.Consumer.Identity.String() + ", and there " + id + " and " + other + " are one", 0},
		{"nothing", "nobody has handled " + id + " before", false, "what is looked for is not " + id + ", and " + o.Alike(other), 10},
		{"nothing", "the queue would have dropped a duplicate", false, id + " is no duplicate, and the queue does not look", 3},
	}
}
