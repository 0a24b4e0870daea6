package story

import (
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
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
		head = s.whose(p, l, e) + " " + row.Words.Tells + " " + s.struckBefore(p, l, e) + "."
		if rest = s.later(e, name); s.settledBy(p) {
			rest = name + " was acked before: it does not come again."
		}
	case e.Kind == sim.Nothing:
		head = s.whose(p, l, e) + " " + l.teller.Waits(e) + "."
		rest = l.waitsFor(e)
	case e.Kind == sim.Fail:
		head = words.Capital(s.Scenario.Business.Words().Whom) + " answers with an error: " + l.teller.NotDone(e) + "."
		if !e.Op.Performs() {
			head = "The step " + e.Op.String() + " fails: " + l.teller.NotDone(e) + "."
		}
		if e.Op == sim.OpCommit {
			head, rest = "The commit fails, and what was recorded is rolled back.", s.allTheSame(p)
		}
	case e.Kind == sim.LoseReply:
		head = "It was done, but the reply is lost: the worker believes that it failed."
	case e.Kind == sim.Restart:
		rest = "What a process had in memory is gone."
	case e.Kind == sim.LoseWrites:
		rest = words.Either(e.Undone, "The item that was taken with it is back on the shelf.", "Whoever wrote it does not know that.")
	case e.Kind == sim.StoreDown:
		head = "Database and cache are out of reach for " + words.Length(l.FaultOf(e).For) + "."
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
		case e.Kind == sim.LoseWrites && e.Undone && !lead.Undone:
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
	case done == 1 && (l.Event(event).Kind == sim.LoseAck || l.Event(event).Kind == sim.Crash || l.Event(event).Kind == sim.ForgetAck):
		unknown := words.Either(l.Event(event).Relayed(), " The outbox does not say so.", " The queue does not know that.")
		if s.settledBy(p) {
			unknown = ""
		}
		return s.stands(l, p.Owed, "") + unknown
	case done == 0 && l.Event(event).Kind == sim.Crash:
		return "Nothing was " + s.Scenario.Business.Words().Did + " for " + words.NameOf(o) + "."
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
	return s.stands(l, p.Owed, " all the same")
}

// settledBy reports whether what a stop is about was settled already, in all lanes
// that have part in it.
func (s *Story) settledBy(p *Stop) bool {
	for k, i := range p.Event {
		if i < 0 {
			continue
		}
		l := s.Lanes[k]
		if e := l.Event(i); e.Relayed() || !l.Run.At(i+1).Queue().State(int(e.Receipt.Msg)).Settled() {
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
		return "It sends no heartbeats either: after " + words.Length(q.Silence()) + " the queue closes its connection."
	}
	return ""
}

// tellHarm says who was harmed, and how each lane came to it or was spared.
func (s narrator) tellHarm(p *Stop) *Narration {
	l, e := s.lead(p)
	b := s.Scenario.Business
	t := &Narration{As: words.Wrong}
	switch p.Mark {
	case Never:
		t.Badge = "lost " + b.Words().Effect
	case Buried:
		t.Badge = "parked"
	default:
		t.Badge = nthDeed(b, s.nth(p))
	}
	t.Lines = []words.Line{words.Say(words.Strong, l.harmSentence(&Mark{Owed: p.Owed, Kind: p.Mark, Nth: s.nth(p)}))}
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
	o, said := &l.Run.Lane.Messages[m.Owed], l.Run.Lane.Business.Words()
	switch m.Kind {
	case Never:
		return words.NameOf(o) + " will " + said.Never + ": " + o.ID + " is gone."
	case Buried:
		return o.ID + " is parked (" + voice.Parked.Term() + "): a person has to look at it."
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
			last[fresh[i].Owed] = i
		}
		for i := range fresh {
			if m := &fresh[i]; m.Kind != Done && last[m.Owed] == i && !(p.Harmed(k) && m.Owed == p.Owed) {
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
			if i >= 0 && m.Event == i && m.Owed == p.Owed {
				return m.Nth
			}
		}
	}
	return 2
}

// Excuse says why a lane did the harm: what it knew, and what not. It names the lane as
// it is told.
func (l *LaneStory) Excuse(p *Stop, event int, who string) string {
	if p.Mark != Again {
		return l.excuseLoss(p)
	}
	again := ", so " + who + " " + words.ForWhom(l.Run.Lane.Business.Words().Another, &l.Run.Lane.Messages[p.Owed])
	this, _ := l.of(event)
	if by, relayed := l.poster(this); relayed && this.Receipt.Delivery == 1 {
		this = by // what it took out had been put in twice
	} else if this.Relayed() && !l.Event(event).Op.Keyed() {
		return "still had it in the outbox: " + l.teller.Because(this.Delivery).Sentence(voice.Form{}) + again
	}
	asked := -1
	for _, i := range this.Events {
		e := l.Event(i)
		if i > event {
			break
		}
		if e.Op.Checks() || e.Op.Marks() && e.Op != sim.OpRemember {
			asked = i
			break
		}
	}
	if asked >= 0 {
		return l.forgot(this, asked, event) + again
	}
	if e := l.Event(event); e.Op.Keyed() {
		return "sent a key that nobody here honours" + again
	}
	if i := l.slept(this, event); i >= 0 {
		return words.Either(l.teller.Slows(l.Event(i)), "was slow", "woke up") + " and knew nothing of the other worker" + again
	}
	return l.unseen(this) + ": " + this.Name + " looked new" + again
}

// unseen says why an attempt was not known to be the second, in a lane that asks
// nobody: it keeps nothing, or leaves that to its queue, which keeps it for a time.
func (l *LaneStory) unseen(a *Attempt) string {
	queue := l.Run.Lane.Profile()
	window := queue.Window()
	if a.Delivery >= 0 && window > 0 && l.Event(int(l.Event(a.Delivery).Cause)).Kind == sim.Republish {
		return "has a queue that knows a message ID for " + words.Length(window) + " only (" + voice.Dropped.Term() + ")"
	}
	return "keeps no record"
}

// slept returns the event with which an attempt was frozen or slow before an event
// of it, or -1.
func (l *LaneStory) slept(a *Attempt, event int) int {
	at := slices.IndexFunc(a.Events, func(i int) bool { return i < event && l.Event(i).Kind == sim.Nothing })
	if at < 0 {
		return -1
	}
	return a.Events[at]
}

// record returns the event with which an attempt recorded something before
// another asked, or -1, and whether the attempt's process died.
func (l *LaneStory) record(a *Attempt, before int) (wrote int, died bool) {
	wrote = -1
	for _, i := range a.Events {
		e := l.Event(i)
		died = died || e.Kind.Kills()
		if i < before && e.Op.Marks() && e.Kind == sim.Step && e.Answer > 0 || i < before && e.Op == sim.OpRemember && e.Kind == sim.Step {
			wrote = i
		}
	}
	return wrote, died
}

// excuseLoss says why a lane lost what is owed.
func (l *LaneStory) excuseLoss(p *Stop) string {
	b := l.Run.Lane.Business
	if p.Mark == Buried {
		return "gave it back once too often: nothing was " + b.Words().Did
	}
	if l.discards(p.Owed) {
		return "gave it back once too often, and there is no dead-letter queue: nothing was " + b.Words().Did
	}
	if name := l.Run.Lane.Messages[p.Owed].ID; !l.tried(p.Owed) {
		return "was never handed " + name + ": the queue knew its message ID and dropped it"
	}
	found, early := "", false
	for k := range l.Attempts {
		a := &l.Attempts[k]
		if a.Owed != p.Owed {
			continue
		}
		for _, i := range a.Events {
			e := l.Event(i)
			_, key := l.Run.Row(e)
			switch {
			case e.Op == sim.OpAck && (e.Kind == sim.Step || e.Kind == sim.LoseAck):
				early = true
			case e.Taken(),
				e.Kind == sim.Step && e.Op.Checks() && e.Answer > 0:
				found = key
				if other, is := l.Collided(a, i); is {
					return "found " + key + " and took it for done, for " + l.Alike(other) + "; nothing was " + b.Words().Did
				}
			}
		}
		if key, other, is := l.spent(a); is {
			return "asked under the key " + key + ", which was " + other + "'s already: nothing was " + b.Words().Did
		}
	}
	switch {
	case found != "" && l.TakenBack(p.Owed):
		return "still knows " + found + ", but what was " + b.Words().Did + " was lost with the stores' last commit, so nothing does it again"
	case found != "":
		return "had recorded " + found + " before the effect, so the next delivery looked done, and nothing was " + b.Words().Did
	case early:
		return "had acked before the effect, so the queue had nothing left to hand out again"
	}
	return "said done, though nothing was " + b.Words().Did
}

// TakenBack reports whether a failover of the stores has lost an effect of what is
// owed.
func (l *LaneStory) TakenBack(owed int) bool {
	return slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool {
		return e.Kind == sim.LoseWrites && e.Undone && l.Run.World().Owed(int(e.Receipt.Msg)) == owed
	})
}

// discards reports whether the queue has dropped a message of what is owed after its
// last delivery.
func (l *LaneStory) discards(owed int) bool {
	w := l.Run.World()
	for n := range w.Queue().Len() {
		if w.Queue().State(n) == broker.Discarded && w.Owed(n) == owed {
			return true
		}
	}
	return false
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
	harmed := 0
	for k, l := range s.Lanes {
		o := &l.Outcome
		line := words.Say(words.Strong, strings.ToUpper(l.Consumer.Name)).And(words.Plain, b.Words().Took+" "+ofAll(b, o.Taken, o.Owed)+" owed:")
		if o.OK {
			line.Add(words.OK, "everything once.")
		} else {
			harmed++
			line = append(line, l.came()...)
		}
		if s.sees(k) {
			t.Lines = append(t.Lines, line)
		}
	}
	head := "It is over, and everything was " + b.Words().Did + " once."
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
	if o.Cut {
		line.Join(words.Fault, "not over after "+words.Count(l.Run.Lane.MaxEvents, "event"))
	}
	line[len(line)-1].Text += "."
	return line
}

// often says what was done how often: m2 charged twice; m2 charged 4 times, m3 twice.
func (l *LaneStory) often() string {
	nth := make([]int, len(l.Run.Lane.Messages))
	for _, m := range l.marks {
		nth[m.Owed] = max(nth[m.Owed], m.Nth)
	}
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
	var parts []string
	for i, n := range counts {
		parts = append(parts, words.IDs(ids[n])+" "+words.Either(i == 0, l.Run.Lane.Business.Words().Did+" ", "")+words.Times(n))
	}
	return strings.Join(parts, ", ")
}
