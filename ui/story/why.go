package story

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// maxCauses is how many events an answer to why tells. With the question and the
// root they are six lines.
const maxCauses = 4

// causes is an answer to why: the events that led to something, and their root.
type causes struct {
	*LaneStory
	head   string
	weight map[int]int // by event: the heavier, the sooner it is told
	struck int         // the event with which the fault at the root struck, or -1
	none   string      // what is at the root where no fault is
	alike  bool        // another fault would have done as well as that at the root
}

// How much an event matters to an answer.
const (
	usual = iota + 1
	onTheWay
	telling
	comesAgain
	forgotten
	doneBefore
	atRoot
	asked
)

// Why says why what is seen of a lane after n steps came to be: its last harm so
// far or, where there is none, its last event. The lines are in order and begin with
// the time, but for the last, which names the root: the fault, as a flag would write
// it, or the setting where nothing went wrong. Before anything has happened there is
// nothing to say.
func (s *Story) Why(n, lane int) (head string, lines []words.Line) {
	l, upto := s.Lanes[lane], s.Upto(n, lane)
	if upto == 0 {
		return "", nil
	}
	i := l.passed(upto) - 1
	for i >= 0 && l.marks[i].Kind == Done {
		i--
	}
	if i >= 0 {
		c := l.whyMark(&l.marks[i])
		return c.head, c.lines()
	}
	c := causes{LaneStory: l, weight: map[int]int{}, struck: -1}
	c.whyEvent(upto - 1)
	return c.head, c.lines()
}

// tell makes an event part of the answer.
func (c *causes) tell(event, weight int) {
	if event >= 0 {
		c.weight[event] = max(c.weight[event], weight)
	}
}

// trace makes part of the answer what led to an event, if it is worth a word.
func (c *causes) trace(event int) {
	for at := event; at >= 0; at = int(c.Event(at).Cause) {
		e := c.Event(at)
		if e.Kind == sim.Publish || e.Kind == sim.Deliver {
			c.tell(at, usual)
		} else if e.Op != 0 && !c.teller.Work(at).Silent() || e.Fault >= 0 {
			c.tell(at, onTheWay)
		}
	}
}

// whyAgain finds out why something was done again: what had been done before, and
// why there was one more delivery.
func (c *causes) whyAgain(m *Mark) {
	this, last := c.nthEffect(m, m.Nth), c.nthEffect(m, m.Nth-1)
	did := c.Trade(m).Words().Did + words.Either(m.Nth == 2 || c.sets(m), " "+c.Trade(m).Words().Often+"?", " a "+words.Nth(m.Nth)+" time?")
	c.head = "Why is " + c.Run.Lane.Messages[m.Owed].ID + " " + did
	c.trace(m.Event)
	c.trace(last)
	c.tell(c.cut(last), telling)
	c.tell(last, doneBefore)
	c.tell(this, asked)
	if c.sets(m) {
		c.whyStale(this)
		return
	}
	if by := c.takenAway(m); by >= 0 && c.Event(by).Kind != sim.Expire {
		c.tell(by, forgotten)
	}
	for _, i := range c.lapsedBetween([]int{last, this}) {
		c.tell(i, words.Either(c.lapseOf(c.Event(i)).Lease, telling, forgotten))
	}
	a, known := c.of(this)
	b, before := c.of(last)
	if !known || !before {
		return
	}
	if a == b {
		c.none = "no fault: the handler itself does it twice"
		return
	}
	if b.Later(a) {
		a = b
	}
	if by, relayed := c.poster(a); relayed && a.Receipt.Delivery == 1 {
		a = by // the row was put there once more
	}
	c.tell(a.Delivery, comesAgain)
	c.rootOf(a, int(c.Event(a.Begins()).Cause))
}

// whyStale finds out why an older status was set last: what had been set before it, and what
// brought the message so late.
func (c *causes) whyStale(this int) {
	if newer := c.setBefore(this); newer >= 0 {
		c.tell(newer, doneBefore)
	}
	a, known := c.of(this)
	if !known {
		return
	}
	if by, relayed := c.poster(a); relayed && a.Receipt.Delivery == 1 {
		a = by
	}
	c.none = "no fault: nobody looks whether something newer was set"
	c.tell(a.Delivery, comesAgain)
	c.rootOf(a, int(c.Event(a.Begins()).Cause))
}

// nthEffect returns the event that was the n-th effect of what a mark is about: there is
// one.
func (l *LaneStory) nthEffect(m *Mark, n int) int { return l.effects.Effects[l.debt(m)][n-1] }

// whyLost finds out why something will never be done: what made it look done, and
// what kept it from being done then.
func (c *causes) whyLost(m *Mark) {
	fate := words.Either(m.Kind == Buried, "parked?", "never "+c.Trade(m).Words().Did+"?")
	c.head = "Why is " + c.Run.Lane.Messages[m.Owed].ID + " " + fate
	c.trace(m.Event)
	c.tell(m.Event, asked)
	c.none = "no fault: the handler itself says done"
	if dropped := c.Event(m.Event).Reply == sim.Discarded; dropped || m.Kind == Buried {
		c.none = fmt.Sprint("no fault: it was given back, and max-deliveries is ", c.Run.Lane.Queue.MaxDeliveries) + words.Either(dropped, ", with no dead-letter queue", "")
	} else if c.Event(m.Event).Reply == sim.Deduplicated {
		queue := c.Run.Lane.Profile()
		c.none = "no fault: its message ID is not new; the dedup window is " + words.Length(queue.Window())
	} else if !c.passedOver(m) && (c.looksDone(m) || c.outOfReach(m)) {
		return
	}
	for at := m.Event; at >= 0 && c.struck < 0; at = int(c.Event(at).Cause) {
		if c.Event(at).Fault >= 0 {
			c.root(at)
		}
	}
}

// passedOver finds out whether a cursor has passed the row of something: where it was
// committed, and what had moved the cursor.
func (c *causes) passedOver(m *Mark) bool {
	at, mark := -1, -1
	for i := range c.Run.Len() {
		e := c.Event(i)
		switch {
		case c.Consumer.Cursor && e.Relayed() && e.Reply == sim.Taken:
			mark = i
		case c.Consumer.Cursor && e.Op == sim.OpCommit && e.Kind.TakesStep() && c.OwedBy(i) == m.Owed && !c.posts(e):
			at = i
		}
		if at >= 0 && (c.Event(at).Skipped || e.Skipped) {
			break
		}
	}
	if at < 0 || mark < 0 {
		return false
	}
	c.tell(at, telling)
	c.tell(mark, doneBefore)
	c.none = "no fault: its number was drawn first, and committed too late"
	return true
}

// looksDone finds out what made something look done that was not: a record or an
// early ack of the attempt that a fault struck next, or something else of the same
// name. It reports whether it found either.
func (c *causes) looksDone(m *Mark) bool {
	if c.rootedInFailover(m) {
		return true
	}
	found := -1
	for i := range m.Event + 1 {
		if c.OwedBy(i) == m.Owed && finds(c.Event(i)) {
			found = i
		}
	}
	if found >= 0 {
		c.tell(found, telling)
		c.weight[m.Event] = onTheWay // that it says done then is no news
		if a, known := c.of(found); known && a.Receipt.Delivery > 1 {
			c.tell(a.Delivery, comesAgain)
		}
	}
	for k := range c.Attempts {
		a := &c.Attempts[k]
		claim, _ := c.record(a, c.Run.Len())
		for _, i := range a.Events {
			e := c.Event(i)
			if e.Op == sim.OpAck && e.Reply == sim.Taken {
				claim = i
			}
			if a.Owed == m.Owed && claim >= 0 && i > claim && e.Fault >= 0 {
				c.tell(claim, doneBefore)
				c.root(i)
				return true
			}
		}
	}
	for i := found - 1; i >= 0; i-- {
		e := c.Event(i)
		if (e.Op.Marks() || e.Done) && c.OwedBy(i) != m.Owed && c.Run.Key(e) == c.Run.Key(c.Event(found)) {
			_, key := c.Run.Row(e)
			c.tell(i, doneBefore)
			c.none = "no fault: " + c.namesake(c.MessageOf(e).ID, key)
			return c.Consumer.Identity != sim.Sequence // what made it late may be a fault
		}
	}
	return false
}

// whyEvent finds out why something happened that harmed nobody.
func (c *causes) whyEvent(event int) {
	c.head = c.question(event)
	c.trace(event)
	c.tell(event, asked)
	from := event
	a, known := c.of(event)
	if known {
		c.tell(a.Delivery, words.Either(a.Receipt.Delivery > 1 || c.IsCopy(c.Event(event)), comesAgain, usual))
		from = int(c.Event(a.Begins()).Cause)
		for i := range event + 1 {
			if e := c.Event(i); e.Receipt == a.Receipt && (e.Fault >= 0 || e.Kind.EndsWait()) {
				from = i
			}
		}
	}
	c.rootOf(a, from)
}

// rootOf names the root of an attempt, from an event on that led to it. A relay needs no
// fault to take a row that another one has: nobody claims it.
func (c *causes) rootOf(a *Attempt, from int) {
	if from >= 0 && a.Relayed() && a.Receipt.Delivery > 1 && c.Event(from).Op == sim.OpCommit {
		c.none = "no fault: the setting claim, none: a relay reads a row and locks nothing"
		return
	}
	c.root(from)
}

// question asks for what an event is, in the words of whoever sees it.
func (l *LaneStory) question(event int) string {
	e := l.Event(event)
	name, did := l.Run.Name(e), l.Run.Part(e).Words().Did
	again := e.Receipt.Delivery > 1
	if why := l.teller.Fault(e).Words.Why; why != "" {
		return strings.NewReplacer("{m3}", name, "{charged}", did).Replace(why)
	}
	switch {
	case e.Kind.EndsOutage():
		return "Why are the stores back?"
	case e.Kind == sim.Expire || e.Kind == sim.Evict || e.Kind == sim.Forget:
		return "Why is that forgotten?"
	case e.Kind == sim.Retry || e.Relayed() && e.Kind == sim.Deliver:
		return "Why does " + words.Either(e.Relayed(), l.teller.Whom(e.Worker), "the relay") + " take " + name + words.Either(again, " again?", "?")
	case e.Kind.EndsWait() || e.Kind == sim.Undelay || e.Kind == sim.Deliver && again:
		return "Why is " + name + " delivered again?"
	case e.Kind == sim.Deliver || e.Kind.Order() == sim.Publish.Order():
		return "Why is " + name + " here?"
	case e.Op == sim.OpPanic:
		return "Why does the worker of " + name + " crash?"
	case e.Reply == sim.Returned || e.Reply.GivesUp():
		return "Why is " + name + " not " + did + "?"
	case e.Reply == sim.AckIgnored || e.Reply == sim.AckRejected:
		return "Why is " + name + " not acked?"
	case l.effects.Nth[event] > 0:
		return "Why is " + name + " " + did + "?"
	case e.Reply == sim.Taken && !again:
		return "Why is " + name + " done?"
	case again && l.whole(l.OwedBy(event), event) > 0:
		return "Why is " + name + " delivered again, and not " + did + "?"
	}
	return "Why is " + name + " at work" + words.Either(again, " again", "") + "?"
}

// lines writes the answer: the events that matter most, in order, then the root.
func (c *causes) lines() []words.Line {
	told := slices.SortedFunc(maps.Keys(c.weight), func(a, b int) int {
		return cmp.Or(cmp.Compare(c.weight[b], c.weight[a]), cmp.Compare(a, b))
	})
	told = told[:min(len(told), maxCauses)]
	slices.Sort(told)
	workers := slices.ContainsFunc(told, func(i int) bool { return c.Event(i).Op != 0 && c.Event(i).Worker != c.Event(told[len(told)-1]).Worker })
	var lines []words.Line
	for _, i := range told {
		lines = append(lines, append(words.Say(words.Dim, words.Clock(c.Event(i).At)), c.because(i, workers)...))
	}
	at, place := c.place(told)
	if at >= 0 && lines[at].Width()+1+words.Width(place) <= mostWhy {
		lines[at].Add(words.Dim, place)
		place = ""
	}
	if c.struck < 0 {
		root := words.Say(words.Plain, c.none)
		if place != "" && root.Width()+1+words.Width(place) <= mostWhy {
			root.Add(words.Dim, place)
		}
		return append(lines, root)
	}
	f := c.FaultOf(c.Event(c.struck))
	root := words.Say(words.Fault, "the fault "+f.String())
	var more []string // the most telling first: what does not fit is left out
	if place != "" {
		more = append(more, place)
	}
	if c.alike {
		more = append(more, "(another would have done as well)")
	}
	if f.Drawn {
		more = append(more, fmt.Sprint("drawn by seed ", c.Run.Lane.Seed))
	}
	for len(more) > 0 && root.Width()+1+words.Width(strings.Join(more, " ")) > mostWhy {
		more = more[:len(more)-1]
	}
	slices.Reverse(more) // the place stands at the end, as it does in other lines
	for _, text := range more {
		root.Add(words.Dim, text)
	}
	return append(lines, root)
}

// mostWhy is how many cells a line of an answer takes at most: it stands in a panel of 80.
const mostWhy = 76

// place returns which of some events is the last that a line of the handler asked for, and
// that line; or -1.
func (c *causes) place(told []int) (at int, place string) {
	for k, i := range slices.Backward(told) {
		if site := c.Run.Site(i); site.Line > 0 {
			return k, "(" + filepath.Base(site.String()) + ")"
		}
	}
	return -1, ""
}

// because says what an event did, in a line.
func (c *causes) because(event int, workers bool) words.Line {
	e, form := c.Event(event), voice.Form{Badges: true, Ends: true, All: true}
	who, room := c.teller.Whom(e.Worker), mostWhy-1-words.Width(words.Clock(e.At))
	switch {
	case e.Kind == sim.Deliver && e.Receipt.Delivery > 1:
		if e.Relayed() {
			return c.teller.Because(event).Within(form, room, func(b voice.Clause, f voice.Form) []voice.Span {
				return b.After(who+" takes "+c.Run.Name(e)+" again: ", who, f)
			})
		}
		return c.comesBack(event, words.Either(workers, " to "+who, ""))
	case e.Op == 0:
		if e.Kind.Order() == sim.Publish.Order() && e.Kind != sim.Publish {
			form.Brief = true
			return c.teller.Event(event).Spans(form)
		}
		return c.teller.Event(event).FullWithin(form, room)
	case workers:
		return c.teller.Work(event).Led(who+": ").Within(form, room, voice.Clause.Spans)
	}
	return c.teller.Work(event).Spans(form)
}

// comesBack says why a message comes again, with the terms for that, and to whom, as far
// as they fit.
func (c *causes) comesBack(event int, to string) (line words.Line) {
	e, form := c.Event(event), voice.Form{Badges: true, Ends: true, All: true}
	room := mostWhy - 1 - words.Width(words.Clock(e.At))
	for _, extras := range []int{3, 2, 1, 0} {
		form.Speaker = nil
		if extras == 3 {
			form.Speaker = &voice.Speaker{}
		}
		again := c.Run.Name(e) + " comes again" + words.Either(extras > 1, " (redelivery)", "") + words.Either(extras > 0, to, "") + ": "
		if line = c.teller.Because(event).Led(again).Spans(form); line.Width() <= room {
			break
		}
		line = c.teller.Because(event).Led(again).Within(form, room, voice.Clause.Spans)
	}
	return line
}

// speaks reports whether an event is an ack that the queue has answered.
func (l *LaneStory) speaks(e *sim.Event) bool {
	if e.Op != sim.OpReturn && e.Op != sim.OpAck && !e.CommitsAck() || e.Kind != sim.Step || e.Failed || e.Relayed() {
		return false
	}
	return e.Reply == sim.Taken || e.Reply == sim.AckIgnored || e.Reply == sim.AckRejected
}

// takenAway returns the event that took away the record for want of which something
// was done again, or -1.
func (l *LaneStory) takenAway(m *Mark) int {
	if m.Kind != Again {
		return -1
	}
	effect := l.nthEffect(m, m.Nth)
	a, known := l.of(effect)
	if !known {
		return -1
	}
	for _, i := range a.Events {
		if e := l.Event(i); i < effect && (e.Op.Checks() || e.Op.Marks() && e.Op != sim.OpRemember) {
			_, by := l.befell(a, i)
			return by
		}
	}
	return -1
}

// takenBetween returns what took away the records for want of which something came
// to be done again: a restart, a deletion, whatever made room.
func (l *LaneStory) takenBetween(owed, part int) []int {
	var all []int
	for i := range l.marks {
		if m := &l.marks[i]; m.Owed == owed && m.Part == part {
			if by := l.takenAway(m); by >= 0 {
				all = append(all, by)
			}
		}
	}
	return all
}

// lostAfter returns the failovers that lost effects on a path.
func (l *LaneStory) lostAfter(path []int) []int {
	var all []int
	for _, i := range path {
		if e := l.Event(i); e.Done && e.Op.Performs() {
			if by := l.lostBy(e.Receipt, i, l.Run.Len()); by >= 0 {
				all = append(all, by)
			}
		}
	}
	return all
}

// tellTurn tells a turn in the words of the plain text, or in a few more where those
// need them.
func (s narrator) tellTurn(p *Stop) *Narration {
	l, _ := s.lead(p)
	i := p.Event[slices.Index(s.Lanes, l)]
	t := &Narration{Badge: l.turn(i), As: words.Fault}
	c := l.turnClause(i).Opening(voice.Form{Speaker: &voice.Speaker{}})
	t.Lines = []words.Line{words.Say(words.Strong, s.byLane(p, c+"."))}
	return t
}

// turnClause says what happened.
func (l *LaneStory) turnClause(i int) voice.Clause {
	e, name := l.Event(i), l.Run.Name(l.Event(i))
	_, key := l.Run.Row(e)
	say := func(text string) voice.Clause { return voice.Say("the ack for "+name, words.Plain, text) }
	switch {
	case e.Kind.EndsWait():
	case l.Run.Evicted(e) != "":
		return voice.Say(l.teller.Whom(e.Worker), words.Plain, "forgets "+l.Run.Evicted(e)+" to make room for "+name)
	case l.deletes(e):
		return voice.Say(l.teller.Whom(e.Worker), words.Plain, "deletes the record of "+key+", which another worker has written")
	case !l.speaks(e):
	case e.Reply == sim.Taken && e.Late != sim.InTime && l.Run.Lane.Queue.TakesBack():
		return say("comes late, and takes the position of its partition back to " + name)
	case e.Reply == sim.Taken && e.Late == sim.AfterDone:
		return say("comes late, and changes nothing: " + name + " was done already")
	case e.Reply == sim.Taken:
		return say("comes late, and the queue takes it: " + name + " is done" + words.Either(e.Late == sim.AfterOther, ", though another worker was given it", ""))
	default:
		return say("comes too late, and is " + words.Either(e.Reply == sim.AckRejected, "rejected", "ignored") + ": " +
			words.Either(e.Late == sim.AfterDone, name+" was done already", "whoever has "+name+" now must say done"))
	}
	return l.teller.Event(i)
}

// root follows what led to an event back to the fault at the root, through no more
// than one attempt: whatever came before that had led to a delivery like any other.
func (c *causes) root(event int) {
	var receipt broker.Receipt
	for at := event; at >= 0; at = int(c.Event(at).Cause) {
		e := c.Event(at)
		if e.OutOfReach() {
			at = c.wentDown(at)
			e = c.Event(at)
		}
		if e.Fault >= 0 {
			c.struck = at
			c.tell(at, atRoot)
			return
		}
		if e.Kind == sim.Deliver || receipt != (broker.Receipt{}) && e.Receipt != receipt {
			break
		}
		if e.Op != 0 {
			receipt = e.Receipt
		}
	}
	if at := c.bornOf(event); at >= 0 {
		c.struck = at
		c.tell(at, atRoot)
		return
	}
	c.none = "no fault: " + c.setting(event)
}

// bornOf returns the fault that made the message of an event, a copy or one that was
// published again, or -1: without it there would be no such message.
func (c *causes) bornOf(event int) int {
	msg := c.Event(event).Msg
	for at := event; at >= 0; at-- {
		if e := c.Event(at); e.Msg == msg && e.Fault >= 0 && e.Kind != sim.Publish && e.Kind.Order() == sim.Publish.Order() {
			return at
		}
	}
	return -1
}

// wentDown returns the event with which the stores went down that a step could not
// reach.
func (c *causes) wentDown(at int) int {
	for place := c.Event(at).Op.Place(); !c.Event(at).Kind.Hides(place); {
		at--
	}
	return at
}

// setting says what led to an event if no fault did: a setting, and its value.
func (c *causes) setting(event int) string {
	e := c.Event(event)
	switch q := &c.Run.Lane.Queue; {
	case e.Kind == sim.TimeOut && e.Overran:
		preset := broker.Default()
		if q.Name != "" {
			preset, _ = broker.Preset(q.Name)
		}
		text := "the queue's " + words.Either(q.Visibility == preset.Visibility, "default", "setting") + ", visibility " + words.Length(q.Visibility)
		if a, known := c.of(int(e.Cause)); known && a.Over {
			text += "; the work took " + words.Length(c.Event(a.Events[len(a.Events)-1]).At-a.At)
		}
		return text
	case e.Kind == sim.CutOff:
		switch cut := c.teller.Cut(e); {
		case !cut.Silent:
			return "the queue's consumer-timeout, " + words.Length(cut.After) + ": so long a worker may take over what it was handed"
		case q.SessionTimeout > 0:
			return "the queue's session-timeout, " + words.Length(cut.After) + ": so long a member of the group may be silent"
		}
		return "the queue's heartbeat-interval, " + words.Length(q.HeartbeatInterval) + ": it closes a connection that is silent for three of them"
	case e.Deadlocked():
		return "two transactions waited for each other, and the database aborted one"
	case e.Aborted():
		return "an earlier statement failed, and the database aborted the transaction"
	case e.Op == sim.OpPanic || e.Kind == sim.TimeOut && c.Event(int(e.Cause)).Op == sim.OpPanic:
		return "the handler itself panicked"
	case e.Kind == sim.Undelay || e.Kind == sim.Retry || e.Reply == sim.Returned:
		return "the handler itself gave it back"
	}
	return "this is how it should go"
}
