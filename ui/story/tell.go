package story

import (
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/fault"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// tellFault says what went wrong, what had been done by then, and what the queue
// will make of it.
func (s narrator) tellFault(p *Stop) *Narration {
	l, e := s.lead(p)
	i := p.Event[slices.Index(s.Lanes, l)]
	row := l.teller.Fault(e)
	t := &Narration{As: words.Fault, Badge: row.Words.Short}
	head, rest := l.teller.Event(i).Opening(voice.Form{})+".", ""
	name := l.Run.Name(e)
	switch {
	case e.Kind == sim.LoseAck:
		t.Badge = words.Either(e.Failed, "nack lost", t.Badge)
		head = "The worker's " + words.Either(e.Failed, "nack", "ack") + " for " + name + " gets lost on its way."
		rest = s.later(e, name)
		if s.settledBy(p) {
			t.Lines = []words.Line{words.Say(words.Strong, s.byLane(p, head)).And(words.Plain, "It makes no difference: another ack came first, and "+name+" is done.")}
			return t
		}
	case e.Kind.Precedes():
		head = s.whose(p, l, e) + " " + words.Either(e.Kind == sim.Kill, "is killed", row.Words.Tells) + " " + s.struckBefore(p, l, e) + "."
		if rest = s.later(e, name); s.settledBy(p) {
			rest = name + " was acked before: it does not come again."
		}
	case e.Kind == sim.Nothing:
		head = s.whose(p, l, e) + " " + l.teller.Waits(e) + "."
		rest = l.waitsFor(e)
	case e.Kind.Fails():
		head = words.Capital(l.Run.Part(e).Words().Whom) + " answers with an error: " + l.teller.NotDone(e) + "."
		if !e.Op.Performs() {
			head = "The step " + e.Op.String() + " fails: " + l.teller.NotDone(e) + "."
		}
		if e.Op == sim.OpCommit {
			head, rest = "The commit fails, and what was recorded is rolled back.", s.allTheSame(p)
		}
	case e.Kind == sim.LoseReply:
		head = "It was done, but the reply is lost: the worker believes that it failed."
	case e.Kind.OfWorld():
		head, rest = l.tellWorld(e, head)
	case e.Kind == sim.Publish:
		head = possessive(l.MessageOf(e)) + " " + name + " reaches the queue " + words.Length(l.FaultOf(e).For) + " late."
		rest = l.overtaken(i)
	case e.Kind == sim.Redrive || e.Kind == sim.RedriveAs:
		head = "An operator puts " + l.redriven(e) + " back from the dead-letter queue, as " + name + ", under " + words.Either(e.Kind == sim.Redrive, "the same", "a new") + " message ID."
	case e.Kind.Renews():
		head, rest = l.tellCopy(e)
	}
	line := words.Say(words.Strong, s.byLane(p, head))
	if known := s.unknown(p, l, i); known != "" {
		line.Add(words.Plain, known)
	}
	if rest != "" {
		line.Add(words.Plain, rest)
	}
	t.Lines = append([]words.Line{line}, s.otherwise(p, e)...)
	return t
}

// tellWorld says what a fault does that strikes no message: the stores, all processes or
// the group.
func (l *LaneStory) tellWorld(e *sim.Event, usual string) (head, rest string) {
	head = usual
	switch {
	case fault.Of(e.Kind).Kind == sim.RebalanceFault:
		rest = "Partitions move, from the last commit on. Whoever is at work in one goes on, and does not know that yet."
	case e.Kind == sim.Restart:
		rest = "What a process had in memory is gone."
	case e.Kind == sim.Drain:
		rest = "Who is at work takes nothing more and may end it; what it has not begun goes back to the queue."
	case e.Kind.LosesWrites():
		rest = words.Either(e.Undone, "The item that was taken with it is back on the shelf.", "Whoever wrote it does not know that.")
	case e.Kind.Hides(sim.InDB) || e.Kind.Hides(sim.InCache):
		head = words.Capital(voice.Stores(e.Kind).Both) + words.Either(e.Kind == sim.StoreDown, " are", " is") + " out of reach for " + words.Length(l.FaultOf(e).For) + "."
	}
	return head, rest
}

// tellCopy says that a message is there a second time.
func (l *LaneStory) tellCopy(e *sim.Event) (head, rest string) {
	o := l.MessageOf(e)
	if e.Reply == sim.Deduplicated {
		rest = "The queue knows its message ID and drops it (" + voice.Dropped.Term() + ")."
	}
	if e.Kind == sim.Copy {
		return "The network delivers " + o.ID + " twice: a copy, " + l.Run.Name(e) + ", is on its way.", rest
	}
	return possessive(o) + " " + o.ID + " is published again, under " + words.Either(e.Kind == sim.Republish, "the same", "a new") + " message ID.", rest
}

// otherwise tells of the lanes in which the same had another outcome: a queue that
// drops what others take in, a store that has lost more than a record.
func (s narrator) otherwise(p *Stop, lead *sim.Event) []words.Line {
	var who []string
	text := ""
	for k, i := range p.Event {
		if i < 0 || !s.sees(k) {
			continue
		}
		switch e := s.Lanes[k].Event(i); {
		case e.Kind.LosesWrites() && e.Undone && !lead.Undone:
			text = "the item that was taken with it is back on the shelf."
		case e.Reply == sim.Deduplicated && lead.Reply != sim.Deduplicated:
			text = "its queue knows the message ID, and drops " + s.Lanes[k].Run.Name(e) + " (" + voice.Dropped.Term() + ")."
		default:
			continue
		}
		who = append(who, s.Lanes[k].Title())
	}
	if text == "" {
		return nil
	}
	return []words.Line{words.Say(words.Strong, strings.Join(who, ", ")+":").And(words.Plain, text)}
}

// overtaken says what was published in the meantime, if anything was.
func (l *LaneStory) overtaken(publish int) string {
	e := l.Event(publish)
	var first []string
	for k := range publish {
		if o := l.Event(k); o.Kind == sim.Publish && l.MessageOf(o).At > l.MessageOf(e).At {
			first = append(first, l.Run.Name(o))
		}
	}
	if len(first) == 0 {
		return ""
	}
	return words.IDs(first) + " came first."
}

// redriven names the message that an operator has put back.
func (l *LaneStory) redriven(e *sim.Event) string {
	return l.MessageName(l.Run.World().From(int(e.Msg)))
}

// whose names the worker by what it works at.
func (s *Story) whose(p *Stop, l *LaneStory, e *sim.Event) string {
	if e.Relayed() {
		return "The relay"
	}
	if p.Owed < 0 {
		return "A worker"
	}
	if o := l.MessageOf(e); o.Customer != "" {
		return o.Customer + "'s worker"
	}
	return l.Run.Name(e) + "'s worker"
}

// struckBefore says where a crash struck, if that is the same place in all lanes.
func (s *Story) struckBefore(p *Stop, l *LaneStory, e *sim.Event) string {
	place := l.teller.Before(e)
	for k, i := range p.Event {
		if i >= 0 && s.Lanes[k].teller.Before(s.Lanes[k].Event(i)) != place {
			return "in the middle of " + l.Run.Name(e)
		}
	}
	return place
}

// unknown says what was done and the queue does not know, or what was not done.
func (s *Story) unknown(p *Stop, l *LaneStory, event int) string {
	if p.Owed < 0 || l.isPublish(event) {
		return ""
	}
	var parts []int
	known := false
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		here := done(s.Lanes[k].counts(p.Owed, i))
		if known && !slices.Equal(here, parts) {
			return ""
		}
		parts, known = here, true
	}
	o := &l.Run.Lane.Messages[p.Owed]
	switch {
	case len(parts) > 0 && (l.Event(event).Kind == sim.LoseAck || l.Event(event).Kind == sim.Crash || l.Event(event).Kind == sim.ForgetAck):
		unknown := words.Either(l.Event(event).Relayed(), " The outbox does not say so.", " The queue does not know that.")
		if s.settledBy(p) {
			unknown = ""
		}
		return s.stands(l, p.Owed, parts, "") + unknown
	case len(parts) == 0 && l.Event(event).Kind == sim.Crash:
		return "Nothing was " + s.Scenario.Business.Words().Did + " for " + words.NameOf(o) + "."
	}
	return ""
}

// allTheSame reminds of what was done and is not rolled back, if that is so in all
// lanes that a stop is about.
func (s *Story) allTheSame(p *Stop) string {
	var parts []int
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		here := done(s.Lanes[k].counts(p.Owed, i))
		if len(here) == 0 || parts != nil && !slices.Equal(here, parts) {
			return ""
		}
		parts = here
	}
	l, _ := s.lead(p)
	return s.stands(l, p.Owed, parts, " all the same")
}

// settledBy reports whether what a stop is about was settled already, in all lanes
// that have part in it.
func (s *Story) settledBy(p *Stop) bool {
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		l := s.Lanes[k]
		if e := l.Event(i); e.Relayed() || !l.before(i+1).Queue().State(int(e.Receipt.Msg)).Settled() {
			return false
		}
	}
	return true
}

func (l *LaneStory) isPublish(i int) bool { return l.Event(i).Kind.Order() == sim.Publish.Order() }

// later says when a message that was not acked will come again.
func (s *Story) later(e *sim.Event, name string) string {
	if e.Relayed() {
		return "The row of " + name + " is free again, and the relay that comes next will take it."
	}
	if q := &s.Scenario.Queue; q.Timed() {
		return "Until its " + words.Length(q.Visibility) + " are over, " + name + " stays hidden."
	}
	return "The connection is gone, so " + name + " comes again at once."
}

// waitsFor says whether anybody waits for a worker that takes as long as a fault makes
// it.
func (l *LaneStory) waitsFor(e *sim.Event) string {
	q, long := &l.Run.Lane.Queue, l.FaultOf(e).For
	switch {
	case e.Relayed():
		return "Nobody waits for it: there is no timer over a row of the outbox."
	case q.Timed() && long > q.Visibility:
		return "The queue waits for " + words.Length(q.Visibility) + " only."
	case l.Freezes(e) && q.Silence() > 0 && long > q.Silence():
		return "It sends no heartbeats either: after " + words.Length(q.Silence()) + " the queue " + words.Either(q.Assign == broker.OwnerWorker, "takes it out of the group.", "closes its connection.")
	case q.ConsumerTimeout > 0 && long > q.ConsumerTimeout:
		return "The queue gives it " + words.Length(q.ConsumerTimeout) + " for what it was handed."
	}
	return ""
}

// tellHarm says who was harmed, and how each lane came to it or was spared.
func (s narrator) tellHarm(p *Stop) *Narration {
	l, e := s.lead(p)
	b := l.part(p.Part)
	t := &Narration{As: words.Wrong}
	switch p.Mark {
	case Never:
		t.Badge = "lost " + b.Words().Effect
	case Buried:
		t.Badge = "parked"
	default:
		t.Badge = nthDeed(b, s.nth(p))
	}
	t.Lines = []words.Line{words.Say(words.Strong, l.harmSentence(&Mark{Owed: p.Owed, Part: p.Part, Kind: p.Mark, Nth: s.nth(p)}))}
	type reason struct {
		text string
		lane int // the first that has it
		who  []string
	}
	var reasons []reason
	for k, i := range p.Event {
		if i < 0 || !s.sees(k) {
			continue
		}
		text := s.Lanes[k].Excuse(p, i, "")
		at := slices.IndexFunc(reasons, func(r reason) bool { return r.text == text })
		if at < 0 {
			at = len(reasons)
			reasons = append(reasons, reason{text: text, lane: k})
		}
		reasons[at].who = append(reasons[at].who, s.Lanes[k].Title())
	}
	for _, r := range reasons {
		text := s.Lanes[r.lane].Excuse(p, p.Event[r.lane], words.Either(len(r.who) == 1, r.who[0], "each"))
		t.Lines = append(t.Lines, words.Say(words.Strong, strings.Join(r.who, ", ")+":").And(words.Plain, text+"."))
	}
	if e.Receipt.Delivery > 0 {
		t.Lines = append(t.Lines, s.each(p, func(lane int) bool { return p.Event[lane] >= 0 })...)
	}
	return t
}

// harmSentence says what a mark is to the customer.
func (l *LaneStory) harmSentence(m *Mark) string {
	o, said := &l.Run.Lane.Messages[m.Owed], l.Trade(m).Words()
	switch m.Kind {
	case Never:
		return words.NameOf(o) + " will " + said.Never + ": " + o.ID + " is gone."
	case Buried:
		return o.ID + " is parked (" + voice.Parked.Term() + "): a person has to look at it."
	}
	if l.sets(m) {
		return words.ForWhom("{Ann}'s status is older than what was set before it.", o)
	}
	return words.NameOf(o) + " " + said.Has + " " + words.Times(m.Nth) + "."
}

// withHarms adds the harms of lanes in view that are there since the stop before, and that
// a stop does not tell: a lane can come to one before its stop. Of several to one customer
// it is the last.
func (s narrator) withHarms(t *Narration, p *Stop) *Narration {
	var all []sharedLine
	for k, l := range s.Lanes {
		if !s.sees(k) || p.Kind == AtRest || p.More > 0 {
			continue
		}
		fresh, last := l.marks[l.passed(s.Upto(s.PrevStop(p.Step), k)):l.passed(s.Upto(p.Step, k))], map[int]int{}
		for i := range fresh {
			last[l.debt(&fresh[i])] = i
		}
		for i := range fresh {
			if m := &fresh[i]; m.Kind != Done && last[l.debt(m)] == i && !(p.Harmed(k) && m.Owed == p.Owed && m.Part == p.Part) {
				all = shared(all, l, words.Say(words.Wrong, l.harmSentence(m)))
			}
		}
	}
	for i := range all {
		t.Lines = slices.Insert(t.Lines, 1+i, all[i].led(""))
	}
	return t
}

// nth returns which effect of what is owed a stop is about.
func (s *Story) nth(p *Stop) int {
	for k, i := range p.Event {
		for _, m := range s.Lanes[k].marks {
			if i >= 0 && m.Event == i && m.Owed == p.Owed && m.Part == p.Part {
				return m.Nth
			}
		}
	}
	return 2
}

// of says how much of how much: $335 of $200, 6 of 4 mails.
func ofAll(b sim.Business, part, whole int64) string {
	if b.Info().Money {
		return words.Money(part) + " of " + words.Money(whole)
	}
	return words.Grouped(part) + " of " + words.Amount(b, whole)
}

// tellRest says what it came to.
func (s narrator) tellRest() *Narration {
	t := &Narration{Badge: "the end", As: words.OK}
	b := s.Scenario.Business
	harmed, outdated := 0, false
	for k, l := range s.Lanes {
		o := &l.Outcome
		line := words.Say(words.Strong, strings.ToUpper(l.Consumer.Name)).And(words.Plain, b.Words().Took+" "+ofAll(b, o.Taken, o.Owed)+" owed:")
		switch {
		case o.OK && len(o.Outdated) > 0:
			outdated = true
			line.Add(words.OK, words.IDs(o.Outdated)+" outdated, everything else once.")
		case o.OK:
			line.Add(words.OK, "everything once.")
		default:
			harmed++
			line = append(line, l.came()...)
		}
		if s.sees(k) {
			t.Lines = append(t.Lines, line)
		}
	}
	head := "It is over, and everything was " + b.Words().Did + " once."
	if outdated {
		head = "It is over, and no status was set back or lost."
	}
	if harmed > 0 {
		t.As = words.Wrong
		head = "It is over. Same messages, same faults; what differs is the consumer."
		if harmed == len(s.Lanes) {
			head = "It is over, and no lane came through it."
		}
	}
	if len(s.cut()) > 0 {
		head = s.Ended()
	}
	t.Lines = slices.Insert(t.Lines, 0, words.Say(words.Strong, head))
	return t
}

// came says what went wrong in a lane: too much and never taken are two figures.
func (l *LaneStory) came() words.Line {
	var line words.Line
	b, o := l.Run.Lane.Business, &l.Outcome
	if len(o.Twice) > 0 {
		line.Join(words.Wrong, l.often()+", "+words.Amount(b, o.Excess)+" "+words.TooMuch(b))
	}
	if len(o.Never) > 0 {
		line.Join(words.Wrong, words.IDs(o.Never)+" "+"never "+b.Words().Did)
	}
	if len(o.Parked) > 0 {
		line.Join(words.Fault, words.IDs(o.Parked)+" parked")
	}
	if len(o.Pending) > 0 {
		line.Join(words.Dim, words.IDs(o.Pending)+" still pending")
	}
	if len(o.Unsettled) > 0 {
		line.Join(words.Wrong, words.IDs(o.Unsettled)+" never settled")
	}
	if len(o.Outdated) > 0 {
		line.Join(words.Dim, words.IDs(o.Outdated)+" outdated")
	}
	if o.Cut {
		line.Join(words.Fault, "not over after "+words.Count(l.Run.Lane.MaxEvents, "event"))
	}
	line[len(line)-1].Text += "."
	return line
}

// often says what was done how often: m2 charged twice; m2 charged 4 times, m3 twice.
func (l *LaneStory) often() string {
	var all []string
	for part, of := range l.Run.Lane.Business.Parts() {
		nth := make([]int, len(l.Run.Lane.Messages))
		for _, m := range l.marks {
			if m.Part == part {
				nth[m.Owed] = max(nth[m.Owed], m.Nth)
			}
		}
		all = append(all, l.oftenOf(of, nth)...)
	}
	return strings.Join(all, ", ")
}

// oftenOf is often for one part: by what is owed, how often it took effect.
func (l *LaneStory) oftenOf(part sim.Business, nth []int) (parts []string) {
	var counts []int
	ids := map[int][]string{}
	for owed, n := range nth {
		if n > 1 {
			if !slices.Contains(counts, n) {
				counts = append(counts, n)
			}
			ids[n] = append(ids[n], l.Run.Lane.Messages[owed].ID)
		}
	}
	slices.Sort(counts)
	for i, n := range counts {
		parts = append(parts, words.IDs(ids[n])+" "+words.Either(i == 0, part.Words().Did+" ", "")+part.Often(n))
	}
	return parts
}
