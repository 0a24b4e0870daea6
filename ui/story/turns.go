package story

import (
	"slices"
	"strings"

	"dejavu/sim"
)

// A turn is something that decides what comes later and harms nobody yet: a message
// is parked, a lease runs out that nobody gave up, a record is forgotten or deleted
// that will be looked for, an ack comes when the message is no longer the worker's.
// It is worth a stop: what a harm comes from should have been seen.

// turns returns the events of a lane that are turns, in order.
func (l *Lane) turns() []int {
	var all []int
	told := map[int32]bool{}
	for i := range l.Run.Events() {
		l.pace.did(1)
		e := l.event(i)
		switch {
		case e.Kind.EndsWait():
			if e.Reply.GivesUp() {
				all = append(all, i)
			}
		case e.Kind == sim.Expire:
			if _, worth := l.lapsed(e); worth {
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
			if e := l.event(by); e.Kind == sim.Evict || l.Run.Evicted(e) != "" || l.deletes(e) {
				known[by] = true
				all = append(all, by)
			}
		}
	}
	slices.Sort(all)
	return all
}

// speaks reports whether an event is an ack that the queue has answered.
func (l *Lane) speaks(e *sim.Event) bool {
	if e.Op != sim.OpReturn && e.Op != sim.OpAck || e.Kind != sim.Step || e.Failed || e.Relayed() {
		return false
	}
	return e.Reply == sim.Taken || e.Reply == sim.AckIgnored || e.Reply == sim.AckRejected
}

// takenAway returns the event that took away the record for want of which something
// was done again, or -1.
func (l *Lane) takenAway(m *Mark) int {
	if m.Kind != Again {
		return -1
	}
	effect := l.nthEffect(m.Owed, m.Nth)
	a, known := l.of(effect)
	if !known {
		return -1
	}
	for _, i := range a.events {
		if e := l.event(i); i < effect && (e.Op.Checks() || e.Op.Marks() && e.Op != sim.OpRemember) {
			_, by := l.missing(a, i)
			return by
		}
	}
	return -1
}

// takenBetween returns what took away the records for want of which something came
// to be done again: a restart, a deletion, whatever made room.
func (l *Lane) takenBetween(owed int) []int {
	var all []int
	for i := range l.marks {
		if m := &l.marks[i]; m.Owed == owed {
			if by := l.takenAway(m); by >= 0 {
				all = append(all, by)
			}
		}
	}
	return all
}

// lostAfter returns the failovers that lost effects on a path.
func (l *Lane) lostAfter(path []int) []int {
	var all []int
	for _, i := range path {
		if e := l.event(i); e.Done && e.Op.Performs() {
			if by := l.lostBy(e.Receipt, i, l.Run.Len()); by >= 0 {
				all = append(all, by)
			}
		}
	}
	return all
}

// turn names a turn in two words.
func (l *Lane) turn(i int) string {
	e := l.event(i)
	switch {
	case e.Kind.EndsWait():
		return ended(e)
	case e.Kind == sim.Expire:
		return l.overWord(e)
	case l.speaks(e):
		return "late ack"
	}
	return yesNo(l.deletes(e), "deleted", "forgotten")
}

// turnOwed returns the index of what is owed that a turn is about, or -1.
func (l *Lane) turnOwed(i int) int {
	e := l.event(i)
	if e.Kind != sim.Expire && e.Kind != sim.Evict && l.Run.Evicted(e) == "" {
		return l.owedOf(i)
	}
	key := l.Run.Key(e)
	if gone := l.Run.Evicted(e); gone != "" {
		key = gone
	}
	for at := i - 1; at >= 0; at-- {
		wrote := l.event(at)
		if yesNo(e.AtBank(), wrote.Done && l.handsKey(wrote), l.writes(wrote)) && l.Run.Key(wrote) == key {
			return l.owedOf(at)
		}
	}
	return -1
}

// tellTurn tells a turn in the words of the plain text, or in a few more where those
// need them.
func (s *Story) tellTurn(p *Stop) *Narration {
	l, _ := s.lead(p)
	i := p.Event[slices.Index(s.Lanes, l)]
	t := &Narration{Badge: l.turn(i), As: Fault}
	var who []string
	for k, e := range p.Event {
		if e >= 0 {
			who = append(who, s.Lanes[k].title())
		}
	}
	text := l.turnText(i)
	line := Line{{text, Strong}}
	if rest, is := strings.CutPrefix(text, "the "); is {
		line[0].Text = "The " + rest
	}
	if 2*len(who) <= len(s.Lanes) { // of the others it is as good as said that they have their own ways
		line = Line{{strings.Join(who, ", ") + ":", Strong}, {text, Plain}}
	}
	t.Lines = []Line{line}
	return t
}

// turnText says what happened, in a sentence.
func (l *Lane) turnText(i int) string {
	e, name := l.event(i), l.Run.Name(l.event(i))
	_, key := l.row(e)
	switch {
	case e.Kind.EndsWait():
		n, _ := l.notice(e)
		return name + " is " + ended(e) + yesNo(e.Reply == sim.Buried, " ("+terms["parked"]+")", "") + n.text + "."
	case l.Run.Evicted(e) != "":
		return "forgets " + l.Run.Evicted(e) + " to make room for " + name + "."
	case l.deletes(e):
		return l.whom(e.Worker) + " deletes the record of " + key + ", which another worker has written."
	case l.speaks(e) && e.Reply == sim.Taken && e.Late == sim.AfterDone:
		return "the ack for " + name + " comes late, and changes nothing: " + name + " was done already."
	case l.speaks(e) && e.Reply == sim.Taken && e.Late == sim.AfterOther:
		return "the ack for " + name + " comes late, and the queue takes it: " + name + " is done, though another worker was given it."
	case l.speaks(e) && e.Reply == sim.Taken:
		return "the ack for " + name + " comes late, and the queue takes it: " + name + " is done."
	case l.speaks(e) && e.Late == sim.AfterDone:
		return "the ack for " + name + " comes too late, and is " + yesNo(e.Reply == sim.AckRejected, "rejected", "ignored") + ": " + name + " was done already."
	case l.speaks(e):
		return "the ack for " + name + " comes too late, and is " + yesNo(e.Reply == sim.AckRejected, "rejected", "ignored") + ": whoever has " + name + " now must say done."
	}
	return l.plainly(i)
}

// queueOf names the queue of a stop: that of a lane, where it is of one lane only.
func (s *Story) queueOf(p *Stop) string {
	who := ""
	for k, i := range p.Event {
		switch {
		case i >= 0 && who != "":
			return "the queue"
		case i >= 0:
			who = s.Lanes[k].title()
		}
	}
	return yesNo(len(s.Lanes) > 1, who+"'s queue", "the queue")
}
