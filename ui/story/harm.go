package story

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// Harm is one thing owed that was done twice or more, or never, in one lane, and
// the chain of causes that led to it.
type Harm struct {
	Lane  *LaneStory
	Owed  int // index of what is owed
	Part  int // which part of it, where a message has several effects
	Times int // 0: never
	needs needs
	chain words.Line
}

// Harms returns what went wrong in a lane, in the order of what is owed.
func (l *LaneStory) Harms() []Harm {
	verdicts := l.Run.Verdicts()
	settled, acks := l.ends(), l.settles()
	var harms []Harm
	for debt, of := range verdicts.Of {
		n, part := l.Run.Lane.Business.Owing(debt)
		h := Harm{Lane: l, Owed: n, Part: part}
		switch of {
		case sim.Twice, sim.Stale:
			h.Times = int(verdicts.Effects[debt])
			h.tell(l.clash(debt, int(verdicts.Effects[debt])))
		case sim.Never:
			h.tell(slices.Concat(settled[n], acks[n], l.goneBy(debt, l.goneWith(n, part))))
		default:
			continue
		}
		harms = append(harms, h)
	}
	return harms
}

// clash returns the effects that a harm of too many is made of: the first n. A status that is
// stale can be the first.
func (l *LaneStory) clash(debt, n int) []int {
	return slices.Compact(slices.Clone(l.effects.Effects[debt][:n]))
}

// outdated returns the effects over which some were set that are stale.
func (l *LaneStory) outdated(events []int) (newer []int) {
	for _, i := range events {
		if e := l.Event(i); e.Done && l.Run.Part(e).Info().LastWins && l.effects.Nth[i] > 1 {
			newer = append(newer, l.setBefore(i))
		}
	}
	return newer
}

// goneWith returns the event with which it became certain that something owed is never
// done: it is not.
func (l *LaneStory) goneWith(owed, part int) int {
	return l.marks[slices.IndexFunc(l.marks, func(m Mark) bool { return m.Owed == owed && m.Part == part && m.Nth == 0 })].Event
}

// goneBy returns the event with which a debt is gone and, where that is a failover of the
// stores, the effect that it took back before it.
func (l *LaneStory) goneBy(debt, event int) []int {
	for _, t := range l.effects.TakenBack {
		if t.Debt == debt && t.To == event {
			return []int{t.Effect, event}
		}
	}
	return []int{event}
}

// harm returns the harm that a mark is, with its chain up to there.
func (l *LaneStory) harm(m *Mark) *Harm {
	h := &Harm{Lane: l, Owed: m.Owed, Part: m.Part, Times: m.Nth}
	if m.Kind == Again {
		h.tell(l.clash(l.debt(m), m.Nth))
	} else {
		h.tell(slices.Concat(l.ends()[m.Owed], l.settles()[m.Owed], l.goneBy(l.debt(m), m.Event)))
	}
	return h
}

// ends returns, for each thing owed, the last event of its last attempt.
func (l *LaneStory) ends() [][]int {
	settled := make([][]int, len(l.Run.Lane.Messages))
	for i := range l.Run.Events() {
		if e := l.Event(i); e.Op != 0 && e.Receipt.Delivery > 0 {
			settled[l.OwedBy(i)] = append(settled[l.OwedBy(i)][:0], i)
		}
	}
	return settled
}

// settles returns, for each thing owed, the ack with which the queue let go of it, if
// there was one: it may not be the end of the last attempt.
func (l *LaneStory) settles() [][]int {
	acks := make([][]int, len(l.Run.Lane.Messages))
	for i := range l.Run.Events() {
		if e := l.Event(i); l.speaks(e) && e.Reply == sim.Taken && e.Late != sim.AfterDone {
			acks[l.OwedBy(i)] = append(acks[l.OwedBy(i)][:0], i)
		}
	}
	return acks
}

// maxLinks is how many links of a chain are told; a longer one loses its middle.
const maxLinks = 16

// path returns, in order, the events that led to some. A duplicate has two roots at
// least: what was done first, and what made it be done again.
func (l *LaneStory) path(events []int) []int {
	var path []int
	known := map[int]bool{} // roots are shared: the way back ends where another has passed
	for _, i := range events {
		for at := i; at >= 0 && !known[at]; at = int(l.Run.Events()[at].Cause) {
			known[at] = true
			path = append(path, at)
		}
		if end := l.cut(i); end >= 0 && !known[end] {
			known[end] = true
			path = append(path, end)
		}
	}
	return path
}

// beforeRestart returns the publish of something owed, if the way back to it ends at a
// restart: that befalls all processes, and no message has led to it.
func (l *LaneStory) beforeRestart(path []int, owed int) []int {
	published := func(i int) bool {
		return l.Event(i).Kind.Order() == sim.Publish.Order() && l.OwedBy(i) == owed
	}
	restarts := func(i int) bool { return l.Event(i).Kind == sim.Restart || l.Event(i).Kind == sim.Drain }
	if !slices.ContainsFunc(path, restarts) || slices.ContainsFunc(path, published) {
		return nil
	}
	for i := range l.Run.Len() {
		if published(i) {
			return []int{i}
		}
	}
	return nil
}

// tell finds the chain of a harm: the events that led to some, without those that change
// nothing and those of other messages, and the faults that the harm needs, wherever they
// struck.
func (h *Harm) tell(events []int) {
	l, never := h.Lane, h.Times == 0
	path := l.path(events)
	path = append(path, l.beforeRestart(path, h.Owed)...)
	var asides []int // not on the way, and part of the story
	if !never {
		asides = append(append(l.lapsedBetween(events), l.takenBetween(h.Owed, h.Part)...), l.outdated(events)...)
	} else {
		asides = append(l.lostAfter(path), l.settledWith(h.Owed)...)
		asides = append(asides, l.foundBy(append(path, asides...))...)
	}
	on := map[int]bool{}
	for _, i := range append(path, asides...) {
		on[i] = true
	}
	h.needs = l.needs(harmed{l.Run.Lane.Business.Debt(h.Owed, h.Part), h.Times, slices.Max(events)}, on)
	if !h.needs.unknown {
		for _, f := range h.needs.faults {
			asides = append(asides, l.strikesOn(f, h.Owed, on)...)
		}
	}
	path = slices.DeleteFunc(path, func(i int) bool { return !slices.Contains(asides, i) && !h.belongs(i) })
	path = append(path, asides...)
	slices.Sort(path)
	h.link(slices.Compact(path))
}

// strikesOn returns where a fault struck that is not on the way to a harm: at what is
// owed or, if it did not strike that, the first time.
func (l *LaneStory) strikesOn(fault, owed int, on map[int]bool) []int {
	var own []int
	for i := range l.Run.Events() {
		if int(l.Event(i).Fault) != fault {
			continue
		}
		if on[i] {
			return nil
		}
		if l.OwedBy(i) == owed {
			own = append(own, i)
		}
	}
	if len(own) == 0 {
		return []int{l.firstStrike(fault)}
	}
	return own
}

// belongs reports whether an event on the way to a harm is part of its chain: it is about
// what is owed, or it is what befell a message of the same batch, and decided about all.
func (h *Harm) belongs(i int) bool {
	l, e := h.Lane, h.Lane.Event(i)
	if e.Fault >= 0 && h.named(int(e.Fault)) {
		return true
	}
	if l.others(i, h.Owed) {
		return e.Reply == sim.Returned || e.Kind == sim.TimeOut || e.Op == sim.OpPanic
	}
	return true
}

// named reports whether a fault stands in the chain: all do where nobody knows which are
// needed.
func (h *Harm) named(fault int) bool {
	return h.needs.unknown || slices.Contains(h.needs.faults, fault)
}

// others reports whether an event is about another message than what is owed.
func (l *LaneStory) others(i, owed int) bool {
	k := l.Event(i).Kind
	return !k.OfWorld() && k != sim.CutOff && l.OwedBy(i) != owed
}

// link writes the chain of events that are worth a link.
func (h *Harm) link(path []int) {
	l := h.Lane
	var links []link
	for _, i := range path {
		if l.Run.Evicted(l.Event(i)) != "" && l.OwedBy(i) == h.Owed {
			continue // what had to make room for this is another story
		}
		if e := l.Event(i); e.Done && e.Fault < 0 && int(e.Part) != h.Part && !l.others(i, h.Owed) {
			continue // another effect of the same message
		}
		as, text := l.link(i, h.Times == 0)
		if f := l.Event(i).Fault; f >= 0 && !h.named(int(f)) {
			as, text = l.unneeded(i)
		}
		if text == "" {
			continue
		}
		at := words.Clock(l.Event(i).At)
		if l.Event(i).Reply == sim.Deduplicated {
			links = append(links, link{words.Plain, "published", at})
		}
		if l.others(i, h.Owed) {
			text = l.whose(i, text)
		}
		links = append(links, link{as, text, at + l.dueTo(i)})
	}
	if len(links) > maxLinks {
		links = foldLinks(links)
	}
	if cut := len(links) - maxLinks; cut > 0 {
		links = slices.Concat(links[:maxLinks/2], []link{{words.Dim, "(" + words.Grouped(int64(cut)), "more)"}}, links[maxLinks/2+cut:])
	}
	for i, k := range links {
		if i > 0 {
			h.chain.Add(words.Dim, "→")
		}
		h.chain.Add(k.as, k.text+" "+k.at)
	}
	switch n := &h.needs; {
	case n.none:
		h.chain.Add(words.Dim, "(no fault was needed)")
	case n.alike:
		h.chain.Add(words.Dim, "(another fault would have done as well)")
	}
}

// link is what an event did for a chain, and when.
type link struct {
	as       words.Meaning
	text, at string
}

// foldLinks tells the rounds of a loop once, and counts the others.
func foldLinks(links []link) []link {
	const most = 8 // links of a round
	same := func(a, b link) bool { return a.text == b.text }
	var folded []link
	for i := 0; i < len(links); {
		round, times := 1, 1
		for n := 1; n <= most && times < 3; n++ {
			round, times = n, 1
			for at := i + n; at+n <= len(links) && slices.EqualFunc(links[at:at+n], links[i:i+n], same); at += n {
				times++
			}
		}
		if times < 3 {
			folded = append(folded, links[i])
			i++
			continue
		}
		folded = append(folded, links[i:i+round]...)
		i += round * times
		folded = append(folded, link{words.Dim, "(" + words.Grouped(int64(times-1)) + " more times, until", links[i-1].at + ")"})
	}
	return folded
}

// unneeded says what a fault did that the harm does not need: only what would have
// happened without it.
func (l *LaneStory) unneeded(i int) (words.Meaning, string) {
	e, did := l.Event(i), l.Run.Part(l.Event(i)).Words().Did
	switch {
	case e.Kind == sim.Publish:
		return words.Plain, l.published(i)
	case l.effects.Nth[i] > 1:
		return words.Wrong, did + " " + l.Run.Part(l.Event(i)).Words().Again
	case l.effects.Nth[i] == 1:
		return words.Plain, did
	}
	return words.Plain, ""
}

// published says that a message was, by name where it stands for the debt of another.
func (l *LaneStory) published(i int) string {
	if e := l.Event(i); l.OwedBy(i) != l.Run.World().Listed(int(e.Msg)) {
		return "published as " + l.Run.Name(e)
	}
	return "published"
}

// whose says that a link is about another message.
func (l *LaneStory) whose(i int, text string) string {
	e, name := l.Event(i), l.Run.Name(l.Event(i))
	switch {
	case l.speaks(e) && e.Reply == sim.Taken:
		return "settled by the ack of " + name
	case e.Op != 0 && e.Reply == sim.Returned:
		return "given back with " + name
	case l.Run.Evicted(e) != "":
		return text + " for " + name
	}
	return name + ": " + text
}

// dueTo says why, where a link alone would be a riddle.
func (l *LaneStory) dueTo(i int) string {
	e := l.Event(i)
	if e.Reply != sim.Deduplicated {
		return ""
	}
	id := l.MessageOf(e).Message.ID
	for k := i - 1; k >= 0; k-- {
		if o := l.Event(k); l.isPublish(k) && o.Reply == sim.Taken && l.MessageOf(o).Message.ID == id {
			return fmt.Sprintf(": message ID %s is in the dedup window since %s (%s)", id, words.Clock(o.At), l.Run.Name(o))
		}
	}
	return ": its message ID is in the dedup window"
}

// settledWith returns the acks of others with which the queue let go of something owed.
func (l *LaneStory) settledWith(owed int) []int {
	if l.Run.Lane.Queue.AckUnit == broker.AckEach {
		return nil
	}
	var all []int
	p := l.Run.Player()
	open := func(n int) bool {
		w := p.At(n)
		for m := range w.Queue().Len() {
			if w.Owed(m) == owed && !w.Queue().State(m).Settled() {
				return true
			}
		}
		return false
	}
	for i := range l.Run.Events() {
		if e := l.Event(i); l.speaks(e) && e.Reply == sim.Taken && l.OwedBy(i) != owed && open(i) && !open(i+1) {
			all = append(all, i)
		}
	}
	return all
}

// link says in a word or two what an event did for the chain.
func (l *LaneStory) link(i int, records bool) (words.Meaning, string) {
	e := &l.Run.Events()[i]
	did := l.Run.Part(e).Words().Did
	switch {
	case e.Reply == sim.Deduplicated:
		return words.Wrong, "dropped"
	case e.Kind == sim.Publish:
		return words.Either(e.Fault < 0, words.Plain, words.Fault), words.Either(e.Fault < 0, l.published(i), "[L] "+l.published(i)+" late")
	case e.Kind == sim.Deliver && e.Receipt.Delivery > 1:
		return words.Plain, words.Either(e.Relayed(), "relayed again", "delivered again")
	case e.Kind == sim.TimeOut:
		return words.Plain, words.Length(l.Run.Lane.Queue.Visibility) + " over"
	case e.Kind == sim.CutOff:
		cut := l.teller.Cut(e)
		return words.Plain, words.Either(cut.Silent, "silent for ", words.Either(cut.Held, "held for ", "at work for ")) + words.Length(cut.After)
	case e.Kind == sim.Expire:
		return words.Plain, l.overWord(e)
	case e.Op == sim.OpPanic && !e.Kind.IsFault():
		return words.Wrong, "panic"
	case e.Kind.IsFault() || e.Kind == sim.Nothing:
		return words.Fault, words.Letter(l.teller.Fault(e).Kind) + " " + l.linkFault(i)
	case l.effects.Nth[i] > 1:
		return words.Wrong, did + " " + l.Run.Part(l.Event(i)).Words().Again
	case l.effects.Nth[i] == 1 || e.Done && l.lostBy(e.Receipt, i, l.Run.Len()) >= 0:
		return words.Plain, did
	case e.Done:
		return words.Dim, did + ", rolled back"
	}
	return l.linkQuiet(e, records)
}

// linkFault is what its link says of a fault.
func (l *LaneStory) linkFault(i int) string {
	switch e := l.Event(i); {
	case e.Kind == sim.Redrive || e.Kind == sim.RedriveAs:
		return "put back"
	case e.Kind == sim.Copy:
		return "copied"
	case e.Kind == sim.Nothing:
		return l.teller.Waits(e)
	case e.Kind.Fails():
		return e.Op.String() + " fails"
	case e.Kind == sim.LoseReply && l.effects.Nth[i] > 0:
		return l.Run.Part(e).Words().Did + ", reply lost"
	default:
		return l.teller.Fault(e).Words.Short
	}
}

func (l *LaneStory) linkQuiet(e *sim.Event, records bool) (words.Meaning, string) {
	switch {
	case l.Run.Evicted(e) != "" && !records:
		return words.Plain, "forgotten"
	case l.deletes(e) && !records:
		return words.Wrong, "record deleted"
	case e.Reply == sim.Returned:
		return words.Plain, "given back"
	case e.Reply == sim.Discarded:
		return words.Wrong, "dropped: no dead-letter queue"
	case e.Reply == sim.Taken && e.Relayed():
		return words.Either(e.Skipped, words.Wrong, words.Plain), l.Consumer.Mark().Done
	case e.Op == sim.OpCommit && e.Skipped:
		return words.Wrong, "behind the cursor"
	case e.Op == sim.OpCommit && !records && l.posts(e):
		return words.Plain, "into the outbox"
	case e.Reply == sim.Taken && e.Op != 0:
		return words.Either(records, words.Wrong, words.Plain), words.Either(e.Op == sim.OpAck, "acked early", "acked")
	case !records:
		return words.Plain, ""
	case e.Op.Claims():
		return words.Plain, words.Either(e.Answer == 1, "recorded "+l.Run.Key(e), "found "+l.Run.Key(e))
	case (e.Op == sim.OpGet || e.Op == sim.OpCacheGet) && e.Answer > 0:
		return words.Plain, "found " + l.Run.Key(e) + " " + l.Run.Answer(e)
	case voice.Writes(e):
		return words.Plain, "recorded " + l.Run.Key(e) + voice.Quoted(l.Run.Value(e))
	case e.Op.Keyed() && !e.Done && e.Kind == sim.Step:
		return words.Plain, l.Run.Part(e).Words().Whom + " knew " + l.Run.Key(e)
	}
	return words.Plain, ""
}

// headline is a headline that something follows.
func (h *Harm) headline() string { return h.Headline() + ":" }

// Chain is how it came to that: the causes in order.
func (h *Harm) Chain() words.Line { return h.chain }

// Headline says what went wrong: NAIVE charged Bob $15 twice (m2).
func (h *Harm) Headline() string {
	b := h.Lane.part(h.Part)
	o := &h.Lane.Run.Lane.Messages[h.Owed]
	did := words.ForWhom(b.Words().DidTo, o)
	times := ""
	if h.Times > 0 {
		times = " " + b.Often(h.Times)
	} else {
		did = "never " + did
	}
	return strings.ToUpper(h.Lane.Consumer.Name) + " " + did + times + " (" + o.ID + ")"
}
