package story

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// Narration is what is said of a moment: a headline that says it in one sentence,
// and below it what the reader should know of it.
type Narration struct {
	Badge string // two words or three: 2nd charge
	As    words.Meaning
	Lines []words.Line // the first begins with the headline
	head  string       // that, where it is not the first piece of its line
}

// Headline says it in one sentence.
func (t *Narration) Headline() string { return cmp.Or(t.head, t.Lines[0][0].Text) }

// Narrate tells what came with the n-th step: at a teaching point what it teaches,
// elsewhere what each lane did.
func (s *Story) Narrate(n int) *Narration { return s.NarrateTo(n, nil) }

// NarrateTo tells it to somebody who sees some of the lanes, four at most, and of those
// only; nil are all.
func (s *Story) NarrateTo(n int, seen []int) *Narration {
	of := narrated{step: n}
	if len(seen) == 0 || len(seen) == len(s.Lanes) {
		seen = nil
	}
	for i, k := range seen {
		of.seen[i] = int16(1 + k)
	}
	if s.told[of] == nil {
		if s.told == nil {
			s.told = map[narrated]*Narration{}
		}
		s.told[of] = narrator{s, seen}.narrate(n)
	}
	return s.told[of]
}

// narrated says what a narration is of, and the lanes of which it speaks, from 1.
type narrated struct {
	step int
	seen [4]int16
}

// narrator tells a story to somebody who sees some of the lanes, or all if that is nil.
type narrator struct {
	*Story
	seen []int
}

func (s narrator) sees(lane int) bool { return s.seen == nil || slices.Contains(s.seen, lane) }

// views is how many lanes are seen.
func (s narrator) views() int { return cmp.Or(len(s.seen), len(s.Lanes)) }

func (s narrator) narrate(n int) *Narration {
	p := s.StopAt(n)
	switch {
	case n == 0:
		return &Narration{Badge: "the start", Lines: []words.Line{words.Say(words.Strong, s.Scenario.Teaches), words.Say(words.Plain, oneLine(s.Scenario.Story))}}
	case p == nil:
		return s.tellStep(n)
	}
	var t *Narration
	switch p.Kind {
	case AtDelivery, AtEffect, AtAck:
		t = s.tellCalm(p)
	case AtFault:
		t = s.tellFault(p)
	case AtAgain:
		t = s.tellAgain(p)
	case AtHarm:
		t = s.tellHarm(p)
	case AtNotice:
		t = s.tellTurn(p)
	case AtParting:
		t = &Narration{Badge: "they part", Lines: []words.Line{words.Say(words.Strong, "Here the lanes part.")}}
		t.Lines = append(t.Lines, s.each(p, nil)...)
	default:
		t = s.tellRest()
	}
	return s.withHarms(s.folded(t, p), p)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// lead returns the first lane that has part in a stop, and its event.
func (s *Story) lead(p *Stop) (*LaneStory, *sim.Event) {
	for k, i := range p.Event {
		if i >= 0 {
			return s.Lanes[k], s.Lanes[k].Event(i)
		}
	}
	return nil, nil
}

// tellCalm teaches the picture: how it goes when nothing goes wrong.
func (s narrator) tellCalm(p *Stop) *Narration {
	l, e := s.lead(p)
	o, name, q := l.MessageOf(e), l.Run.Name(e), &s.Scenario.Queue
	switch p.Kind {
	case AtDelivery:
		text := "The queue keeps it until it hears that it is done (ack)."
		if q.Timed() {
			text = "For " + words.Length(q.Visibility) + " it is hidden from the others (" + voice.Hidden.Term() + "), then offered again unless it is done (ack)."
		}
		head := possessive(o) + " " + name + " is handed to a worker"
		if held := l.teller.Holds(e); !held.Silent() {
			head += ", which " + voice.Text(held.Spans(voice.Form{}))
		}
		return &Narration{Badge: "delivery", Lines: []words.Line{words.Say(words.Strong, head+".").And(words.Plain, text)}}
	case AtEffect:
		return s.tellFirst(p, o)
	}
	t := &Narration{Badge: "ack", As: words.OK, Lines: []words.Line{words.Say(words.Strong, s.byLane(p, "The worker says done (ack), and the queue forgets "+name+"."))}}
	if s.once(p) {
		t.Lines[0].Add(words.Plain, "That is how it should go.")
	}
	return t
}

// byLane says a sentence of the lanes that have come to what a stop is about, and names
// them if another is seen as well: of those seen or, if it is none of them, of all.
func (s narrator) byLane(p *Stop, sentence string) string {
	var seen, all []string
	for k, l := range s.Lanes {
		if s.Reached(p, k) {
			all = append(all, l.Title())
			if s.sees(k) {
				seen = append(seen, l.Title())
			}
		}
	}
	if len(seen) == s.views() {
		return sentence
	}
	return words.Few(words.Either(len(seen) > 0, seen, all), 4, ", ") + ": " + words.Small(sentence)
}

// tellFirst tells the first effect: in the lane whose handler comes to it first, and
// what the others do meanwhile.
func (s narrator) tellFirst(p *Stop, o *sim.Owed) *Narration {
	worker := "worker"
	l, e := s.lead(p)
	if e.Relayed() {
		worker = "relay"
	}
	head := s.byLane(p, "The "+worker+" "+words.Deed(l.Run.Part(e), o)+".")
	yet := "The queue does not know that yet."
	if e.Relayed() {
		yet = words.Either(l.Consumer.Cursor, "The cursor is not there yet.", "In the outbox it is not marked sent yet.")
	}
	if s.settledBy(p) {
		yet = "The queue has its ack already."
	}
	t := &Narration{Badge: nthDeed(l.Run.Part(e), 1), Lines: []words.Line{words.Say(words.Strong, head).And(words.Plain, yet)}}
	t.Lines = append(t.Lines, s.each(p, func(lane int) bool { return p.Event[lane] >= 0 })...)
	return t
}

// possessive is whose message it is: Bob's order m2.
func possessive(o *sim.Owed) string {
	if o.Customer == "" {
		return "Message"
	}
	return o.Customer + "'s order"
}

// nthDeed names the n-th effect: 2nd charge, 1st mail, 2nd item.
func nthDeed(b sim.Business, n int) string {
	if b.Info().LastWins {
		return "stale " + b.Words().Effect
	}
	return words.Nth(n) + " " + b.Words().Effect
}

// tellAgain says why a message comes again.
func (s narrator) tellAgain(p *Stop) *Narration {
	l, e := s.lead(p)
	a, _ := l.by(e.Receipt)
	name, nth := l.Run.Name(e), words.Nth(int(e.Receipt.Delivery))
	because := l.teller.Because(p.Event[slices.Index(s.Lanes, l)])
	why := voice.Text(because.Spans(voice.Form{})) + "."
	t := &Narration{Badge: nth + " delivery"}
	switch {
	case e.Relayed():
		t.Badge = nth + " try"
		who := l.teller.Whom(e.Worker)
		t.say(s.byLane(p, words.Capital(who)+" takes "+l.teller.Posted(e)+" out of the outbox for the "+nth+" time"), voice.Text(because.After("", who, voice.Form{}))+".")
	case e.Receipt.Delivery == 1:
		k := l.Event(int(e.Cause)).Kind
		t.Badge = words.Either(k == sim.Redrive || k == sim.RedriveAs, "put back", "a copy")
		t.say(s.byLane(p, name+" is handed to a worker"), why)
	default:
		t.say(s.byLane(p, "The queue hands "+name+" out for the "+nth+" time"), why)
		if done := done(l.counts(a.Owed, p.Event[slices.Index(s.Lanes, l)])); len(done) > 0 && s.alike(p, done) {
			t.Lines[0].Add(words.Plain, s.stands(l, a.Owed, done, " already"))
		}
	}
	return t
}

// say adds a line: a headline, and what it comes from.
func (t *Narration) say(head, why string) {
	t.head = head
	t.Lines = append(t.Lines, words.Say(words.Strong, head+":").And(words.Plain, why))
}

// done lists the parts that have taken effect at all.
func done(counts []int) (parts []int) {
	for part, n := range counts {
		if n > 0 {
			parts = append(parts, part)
		}
	}
	return parts
}

// stands reminds of what was done, in all parts of which that is so, and how it still
// stands: already.
func (s *Story) stands(l *LaneStory, owed int, parts []int, how string) string {
	var all []string
	for _, part := range parts {
		all = append(all, words.ForWhom(l.part(part).Words().Stands, &l.Run.Lane.Messages[owed])+how)
	}
	return words.Listed(all) + "."
}

// alike reports whether the same parts of what a stop is about were done in every lane
// by then.
func (s *Story) alike(p *Stop, parts []int) bool {
	for k, l := range s.Lanes {
		if !slices.Equal(done(l.counts(p.Owed, s.Upto(p.Step, k)-1)), parts) {
			return false
		}
	}
	return true
}

// once reports whether what a stop is about was done once in every lane by then.
func (s *Story) once(p *Stop) bool {
	for k, l := range s.Lanes {
		if slices.ContainsFunc(l.counts(p.Owed, s.Upto(p.Step, k)-1), func(n int) bool { return n != 1 }) {
			return false
		}
	}
	return true
}

// sharedLine is what the same happened to some lanes: what is said of them is said once.
type sharedLine struct {
	told  words.Line
	lanes []string // in capitals
}

// shared adds what is told of a lane to what is told of the others.
func shared(all []sharedLine, l *LaneStory, told words.Line) []sharedLine {
	i := slices.IndexFunc(all, func(o sharedLine) bool { return slices.Equal(o.told, told) })
	if i < 0 {
		i, all = len(all), append(all, sharedLine{told: told})
	}
	all[i].lanes = append(all[i].lanes, strings.ToUpper(l.Consumer.Name))
	return all
}

// led is the line with the lanes in front, and what stands before them.
func (s sharedLine) led(before string) words.Line {
	return append(words.Say(words.Strong, before+strings.Join(s.lanes, ", ")+":"), s.told...)
}

// each says of every lane what it made of the delivery that a stop is about. Lanes
// in skip are left out; lanes to which the same happened share a line.
func (s narrator) each(p *Stop, skip func(lane int) bool) []words.Line {
	_, e := s.lead(p)
	var all []sharedLine
	for k, l := range s.Lanes {
		if !s.sees(k) || skip != nil && skip(k) || e.Relayed() && p.Event[k] < 0 {
			continue
		}
		all = shared(all, l, s.made(l, k, p, e))
	}
	lines := make([]words.Line, len(all))
	for i := range all {
		lines[i] = all[i].led("")
	}
	return lines
}

// made says what a lane made of a delivery by the time of a stop.
func (s *Story) made(l *LaneStory, k int, p *Stop, e *sim.Event) words.Line {
	lead, _ := s.lead(p)
	name, delivery := lead.Run.Name(e), e.Receipt.Delivery
	whole, came := l.Find(name, delivery, e.Relayed())
	if !came || whole.Begins() >= s.Upto(p.Step, k) {
		if delivery == 1 && l.drops(name) {
			return words.Say(words.Plain, "its queue knew the message ID, and dropped "+name+" ("+voice.Dropped.Term()+").")
		}
		if came {
			return words.Say(words.Plain, "has not got "+name+words.Either(delivery > 1, " again", "")+" yet.")
		}
		return words.Say(words.Plain, words.Either(delivery > 1, "did not get "+name+" again.", "has not got "+name+"."))
	}
	if of, known := lead.by(e.Receipt); known && whole.Over {
		whole = l.since(whole, of.At, s.Upto(p.Step, k))
	}
	a := *whole
	n, _ := slices.BinarySearch(a.Events, s.sent(p.Step, k))
	a.Events, a.Over, a.Relays = a.Events[:n], a.Over && n == len(a.Events), nil
	told := l.workKnowing(&a, p.Kind == AtHarm && p.Mark == Again && len(whole.Relays) == 0, l.whole(p.Owed, s.Upto(p.Step, k)-1) > 0)
	if rest := whole.Events[n:]; len(rest) > 0 && l.teller.Waited(l.Event(rest[0])) {
		told.Add(words.Plain, "waits for the row that the other worker has locked")
	}
	if told.Silent() {
		return words.Say(words.Plain, "is still at work on it.")
	}
	for _, r := range whole.Relays {
		l.toldRelay(&told, &l.Attempts[r], s.Upto(p.Step, k))
	}
	return words.Line(told.Spans(now)).Ended(".")
}

// now is the form of the screen: it shows what was, and what will become of that has its
// time.
var now = voice.Form{Badges: true}

// workKnowing tells an attempt. Of one that asked, and acks without an effect, it says that
// nothing was done, if that is what sets it apart: this time, or ever.
func (l *LaneStory) workKnowing(a *Attempt, apart, ever bool) voice.Clause {
	asks := slices.ContainsFunc(a.Events, func(i int) bool { return l.Event(i).Op.Performs() })
	n := len(a.Events) - 1
	if !apart || asks || n < 0 || l.Event(a.Events[n]).Op != sim.OpReturn || l.Event(a.Events[n]).Reply != sim.Taken {
		return l.work(a)
	}
	before, said := *a, l.Run.Lane.Business.Words()
	before.Events = a.Events[:n]
	c := l.work(&before)
	if ever {
		c.Add(words.OK, said.Refuses)
	}
	c.Then(l.teller.Work(a.Events[n]))
	if !ever {
		c.Add(words.Wrong, "and nothing was "+said.Did)
	}
	return c
}

// since returns an attempt or, if it was over long before a time, the last one at the
// same message that had begun by an event: where nothing was lost, a message can have
// come more often, and sooner.
func (l *LaneStory) since(a *Attempt, at time.Duration, upto int) *Attempt {
	if at-l.Event(a.Events[len(a.Events)-1]).At <= near {
		return a
	}
	for i := range l.Attempts {
		if o := &l.Attempts[i]; o.Name == a.Name && o.Relayed() == a.Relayed() && o.Begins() < upto {
			a = o
		}
	}
	return a
}

// tellStep says what each lane did with one step.
func (s narrator) tellStep(n int) *Narration {
	var all []sharedLine
	for k, l := range s.Lanes {
		for i := s.Upto(n-1, k); i < s.Upto(n, k) && s.sees(k); i++ {
			all = shared(all, l, words.Say(words.Plain, l.teller.Event(i).Sentence(voice.Form{Badges: true, All: true})+"."))
		}
	}
	lines := make([]words.Line, len(all))
	for i, one := range all {
		if lines[i] = one.told; len(one.lanes) < s.views() || s.views() == 1 {
			lines[i] = one.led("")
		}
	}
	return &Narration{Lines: lines}
}
