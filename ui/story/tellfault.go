package story

import (
	"slices"
	"strings"

	"dejavu/sim"
)

// tellFault says what went wrong, what had been done by then, and what the queue
// will make of it.
func (s *Story) tellFault(p *Stop) *Narration {
	l, e := s.lead(p)
	i := p.Event[slices.Index(s.Lanes, l)]
	t := &Narration{As: Fault}
	head, rest := "", ""
	name := l.Run.Name(e)
	switch e.Kind {
	case sim.LoseAck:
		t.Badge = yesNo(e.Failed, "nack lost", "ack lost")
		head = "The worker's " + yesNo(e.Failed, "nack", "ack") + " for " + name + " gets lost on its way."
		rest = s.later(e, name)
		if s.settledBy(p) {
			t.Lines = []Line{{{head, Strong}, {"It makes no difference: another ack came first, and " + name + " is done.", Plain}}}
			return t
		}
	case sim.Crash:
		t.Badge = "crash"
		head = s.whose(p, l, e) + " crashes " + s.struckBefore(p, l, e) + "."
		rest = s.later(e, name)
	case sim.Nothing:
		t.Badge = yesNo(l.slows(e), "slow", "pause")
		head = s.whose(p, l, e) + " " + l.waits(e) + "."
		rest = l.waitsFor(e)
	case sim.Fail:
		t.Badge = "error"
		head = capital(trade(s.Scenario.Business).Whom) + " answers with an error: " + l.notDone(e) + "."
		if !e.Op.Performs() {
			head = "The step " + e.Op.String() + " fails: " + l.notDone(e) + "."
		}
		if e.Op == sim.OpCommit {
			head, rest = "The commit fails, and what was recorded is rolled back.", s.allTheSame(p)
		}
	case sim.LoseReply:
		t.Badge = "reply lost"
		head = "It was done, but the reply is lost: the worker believes that it failed."
	case sim.Restart, sim.LoseWrites, sim.StoreDown, sim.ForgetAck:
		t.Badge, head, rest = l.tellWorld(i)
	case sim.Publish:
		t.Badge = "late"
		head = possessive(l.message(e)) + " " + name + " reaches the queue " + Length(l.fault(e).For) + " late."
		rest = l.overtaken(i)
	case sim.Redrive, sim.RedriveAs:
		t.Badge = "redrive"
		head = "An operator puts " + l.redriven(e) + " back from the dead-letter queue, as " + name + ", under " + yesNo(e.Kind == sim.Redrive, "the same", "a new") + " message ID."
	default:
		t.Badge, head, rest = l.tellCopy(e)
	}
	line := Line{{head, Strong}}
	if known := s.unknown(p, l, i); known != "" {
		line.add(Plain, known)
	}
	if rest != "" {
		line.add(Plain, rest)
	}
	t.Lines = append([]Line{line}, s.otherwise(p, e)...)
	return t
}

// tellCopy says that a message is there a second time.
func (l *Lane) tellCopy(e *sim.Event) (badge, head, rest string) {
	o := l.message(e)
	if e.Reply == sim.Deduplicated {
		rest = "The queue knows its message ID and drops it (" + terms["dropped"] + ")."
	}
	if e.Kind == sim.Copy {
		return "a copy", "The network delivers " + o.ID + " twice: a copy, " + l.Run.Name(e) + ", is on its way.", rest
	}
	return "published again", possessive(o) + " " + o.ID + " is published again, under " + yesNo(e.Kind == sim.Republish, "the same", "a new") + " message ID.", rest
}

// otherwise tells of the lanes in which the same had another outcome: a queue that
// drops what others take in, a store that has lost more than a record.
func (s *Story) otherwise(p *Stop, lead *sim.Event) []Line {
	var who []string
	text := ""
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		switch e := s.Lanes[k].event(i); {
		case e.Kind == sim.LoseWrites && e.Undone && !lead.Undone:
			text = "the item that was taken with it is back on the shelf."
		case e.Reply == sim.Deduplicated && lead.Reply != sim.Deduplicated:
			text = "its queue knows the message ID, and drops " + s.Lanes[k].Run.Name(e) + " (" + terms["dropped"] + ")."
		default:
			continue
		}
		who = append(who, s.Lanes[k].title())
	}
	if text == "" {
		return nil
	}
	return []Line{{{strings.Join(who, ", ") + ":", Strong}, {text, Plain}}}
}

// overtaken says what was published in the meantime, if anything was.
func (l *Lane) overtaken(publish int) string {
	e := l.event(publish)
	var first []string
	for k := range publish {
		if o := l.event(k); o.Kind == sim.Publish && l.message(o).At > l.message(e).At {
			first = append(first, l.Run.Name(o))
		}
	}
	if len(first) == 0 {
		return ""
	}
	return list(first) + " came first."
}

// redriven names the message that an operator has put back.
func (l *Lane) redriven(e *sim.Event) string {
	return l.MessageName(l.Run.World().From(int(e.Msg)))
}

// tellWorld says what has befallen all workers, the broker or the stores.
func (l *Lane) tellWorld(i int) (badge, head, rest string) {
	switch e := l.event(i); e.Kind {
	case sim.ForgetAck:
		rest = yesNo(e.Reply.GivesUp(), "It was its last delivery, so it is "+ended(e)+".", "It is handed out again, though it was settled.")
		return "ack forgotten", capital(l.failover(i, true)) + ".", rest
	case sim.LoseWrites:
		rest = yesNo(e.Undone, "The item that was taken with it is back on the shelf.", "Whoever wrote it does not know that.")
		return "writes lost", capital(l.failover(i, true)) + ".", rest
	case sim.StoreDown:
		return "stores down", "Database and cache are out of reach for " + Length(l.fault(e).For) + ".", ""
	}
	return "restart", "All workers are restarted.", "What a process had in memory is gone."
}

// failover says what a failover has lost: of several things, each by itself. Who has
// been told all so far knows of the failover from the first of them.
func (l *Lane) failover(i int, all bool) string {
	e := l.event(i)
	goesOn := all && i > 0 && l.event(i-1).Kind == e.Kind && l.event(i-1).Fault == e.Fault
	who, loses := "the broker", yesNo(goesOn, "forgets", "fails over and forgets")+" the ack of "+l.Run.Name(e)
	if e.Kind == sim.LoseWrites {
		who, loses = "the stores", yesNo(goesOn, "lose ", "fail over and lose ")+l.lostOf(e)
	}
	return who + yesNo(goesOn, " also ", " ") + loses
}

// lostOf names what a failover of the stores has lost.
func (l *Lane) lostOf(e *sim.Event) string { return l.Run.Name(e) + "'s last write" }

func capital(text string) string {
	return strings.ToUpper(text[:1]) + text[1:]
}

// whose names the worker by what it works at.
func (s *Story) whose(p *Stop, l *Lane, e *sim.Event) string {
	if e.Relayed() {
		return "The relay"
	}
	if p.Owed < 0 {
		return "A worker"
	}
	if o := l.message(e); o.Customer != "" {
		return o.Customer + "'s worker"
	}
	return l.Run.Name(e) + "'s worker"
}

// struckBefore says where a crash struck, if that is the same place in all lanes.
func (s *Story) struckBefore(p *Stop, l *Lane, e *sim.Event) string {
	place := l.before(e)
	for k, i := range p.Event {
		if i >= 0 && s.Lanes[k].before(s.Lanes[k].event(i)) != place {
			return "in the middle of " + l.Run.Name(e)
		}
	}
	return place
}

// unknown says what was done and the queue does not know, or what was not done.
func (s *Story) unknown(p *Stop, l *Lane, event int) string {
	if p.Owed < 0 || l.isPublish(event) {
		return ""
	}
	done := -1
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		n := min(s.Lanes[k].countOf(p.Owed, i), 1)
		if done >= 0 && n != done {
			return ""
		}
		done = n
	}
	o := &l.Run.Lane.Messages[p.Owed]
	switch {
	case done == 1 && (l.event(event).Kind == sim.LoseAck || l.event(event).Kind == sim.Crash || l.event(event).Kind == sim.ForgetAck):
		unknown := yesNo(l.event(event).Relayed(), " The outbox does not say so.", " The queue does not know that.")
		return strings.Replace(s.alreadyDone(l, p.Owed), " already", "", 1) + unknown
	case done == 0 && l.event(event).Kind == sim.Crash:
		return "Nothing was " + trade(s.Scenario.Business).Did + " for " + nameOf(o) + "."
	}
	return ""
}

// allTheSame reminds of what was done and is not rolled back, if that is so in all
// lanes that a stop is about.
func (s *Story) allTheSame(p *Stop) string {
	for k, i := range p.Event {
		if i >= 0 && s.Lanes[k].countOf(p.Owed, i) == 0 {
			return ""
		}
	}
	l, _ := s.lead(p)
	return strings.Replace(s.alreadyDone(l, p.Owed), "already", "all the same", 1)
}

// settledBy reports whether what a stop is about was settled already, in all lanes
// that have part in it.
func (s *Story) settledBy(p *Stop) bool {
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		l := s.Lanes[k]
		if e := l.event(i); e.Relayed() || !l.Run.At(i+1).Queue().State(int(e.Receipt.Msg)).Settled() {
			return false
		}
	}
	return true
}

func (l *Lane) isPublish(i int) bool { return order(l.event(i).Kind) == 3 }

// later says when a message that was not acked will come again.
func (s *Story) later(e *sim.Event, name string) string {
	if e.Relayed() {
		return "The row of " + name + " is free again, and the relay that comes next will take it."
	}
	if q := &s.Scenario.Queue; q.Timed() {
		return "Until its " + Length(q.Visibility) + " are over, " + name + " stays hidden."
	}
	return "The connection is gone, so " + name + " comes again at once."
}

// waitsFor says whether anybody waits for a worker that takes as long as a fault makes
// it.
func (l *Lane) waitsFor(e *sim.Event) string {
	q, long := &l.Run.Lane.Queue, l.fault(e).For
	switch {
	case e.Relayed():
		return "Nobody waits for it: there is no timer over a row of the outbox."
	case q.Timed() && long > q.Visibility:
		return "The queue waits for " + Length(q.Visibility) + " only."
	case l.freezes(e) && q.Silence() > 0 && long > q.Silence():
		return "It sends no heartbeats either: after " + Length(q.Silence()) + " the queue closes its connection."
	}
	return ""
}
