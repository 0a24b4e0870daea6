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
	Lane  *Lane
	Owed  int // index of what is owed
	Times int // 0: never
	chain words.Line
}

// Harms returns what went wrong in a lane, in the order of what is owed.
func (l *Lane) Harms() []Harm {
	owed := l.Run.Lane.Messages
	verdicts := l.Run.Verdicts()
	settled, acks := l.ends(), l.settles()
	var harms []Harm
	for n := range owed {
		switch verdicts.Of[n] {
		case sim.Twice:
			harms = append(harms, Harm{Lane: l, Owed: n, Times: int(verdicts.Effects[n]), chain: l.chain(l.effects.Effects[n], false)})
		case sim.Never:
			harms = append(harms, Harm{Lane: l, Owed: n, chain: l.chain(append(settled[n], acks[n]...), true)})
		}
	}
	return harms
}

// ends returns, for each thing owed, the last event of its last attempt.
func (l *Lane) ends() [][]int {
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
func (l *Lane) settles() [][]int {
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

// cut returns the event that ended an attempt before its ack, if a fault did, or that
// lost what the attempt had written, or -1. It can take back the record of what the
// attempt has done, and so be why another does it again.
func (l *Lane) cut(event int) int {
	a, known := l.of(event)
	if !known {
		return -1
	}
	if end := a.Events[len(a.Events)-1]; end > event && l.Run.Events()[end].Undone {
		return end
	}
	return l.lostBy(a.Receipt, event, l.Run.Len())
}

// lostBy returns the event between two with which a failover lost what an attempt had
// written, or -1.
func (l *Lane) lostBy(attempt broker.Receipt, from, to int) int {
	for _, i := range l.effects.Losses {
		if i >= from && i < to && l.Event(i).Receipt == attempt {
			return i
		}
	}
	return -1
}

// chain tells, in order, the events that led to some, without those that change
// nothing. A duplicate has two roots at least: what was done first, and what made
// it be done again.
func (l *Lane) chain(events []int, records bool) words.Line {
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
	if !records {
		path = append(path, l.lapsedBetween(events)...)
		path = append(path, l.takenBetween(l.OwedBy(events[0]))...)
	} else {
		path = append(path, l.lostAfter(path)...)
		path = append(path, l.foundBy(path)...)
	}
	slices.Sort(path)
	path = slices.Compact(path)
	var links words.Line
	for _, i := range path {
		if l.Run.Evicted(l.Event(i)) != "" && l.OwedBy(i) == l.OwedBy(events[0]) {
			continue // what had to make room for this is another story
		}
		if as, text := l.link(i, records); text != "" {
			links.Add(as, text+" "+words.Clock(l.Run.Events()[i].At))
		}
	}
	if cut := len(links) - maxLinks; cut > 0 {
		more := words.Span{Text: fmt.Sprintf("(%d more)", cut), As: words.Dim}
		links = slices.Concat(links[:maxLinks/2], words.Line{more}, links[maxLinks/2+cut:])
	}
	var s words.Line
	for i, link := range links {
		if i > 0 {
			s.Add(words.Dim, "→")
		}
		s = append(s, link)
	}
	return s
}

// foundBy returns what wrote the records that were found on a path, which may be older
// than the message that they kept from being done, and what kept the writer from doing it.
func (l *Lane) foundBy(path []int) []int {
	var all []int
	for _, i := range path {
		if !finds(l.Event(i)) {
			continue
		}
		wrote := l.teller.Wrote(i)
		if wrote < 0 {
			continue
		}
		all = append(all, wrote)
		writer, _ := l.of(wrote)
		for _, k := range writer.Events {
			if k > wrote && l.Event(k).Fault >= 0 && l.OwedBy(wrote) == l.OwedBy(i) {
				all = append(all, k)
			}
		}
	}
	return all
}

// link says in a word or two what an event did for the chain.
func (l *Lane) link(i int, records bool) (words.Meaning, string) {
	e := &l.Run.Events()[i]
	did := l.Run.Lane.Business.Words().Did
	switch {
	case e.Kind == sim.Publish:
		return words.Either(e.Fault < 0, words.Plain, words.Fault), words.Either(e.Fault < 0, "published", "[L] published late")
	case e.Kind == sim.Deliver && e.Receipt.Delivery > 1:
		return words.Plain, words.Either(e.Relayed(), "relayed again", "delivered again")
	case e.Kind == sim.TimeOut:
		return words.Plain, words.Length(l.Run.Lane.Queue.Visibility) + " over"
	case e.Kind == sim.CutOff:
		return words.Plain, "silent for " + words.Length(l.Run.Lane.Queue.Silence())
	case e.Kind == sim.Expire:
		return words.Plain, l.overWord(e)
	case e.Op == sim.OpPanic && !e.Kind.IsFault():
		return words.Wrong, "panic"
	case e.Kind.IsFault() || e.Kind == sim.Nothing:
		return words.Fault, words.Letter(l.teller.Fault(e).Kind) + " " + l.linkFault(i)
	case l.effects.Nth[i] > 1:
		return words.Wrong, did + " AGAIN"
	case l.effects.Nth[i] == 1 || e.Done && l.lostBy(e.Receipt, i, l.Run.Len()) >= 0:
		return words.Plain, did
	case e.Done:
		return words.Dim, did + ", rolled back"
	}
	return l.linkQuiet(e, records)
}

// linkFault is what its link says of a fault.
func (l *Lane) linkFault(i int) string {
	switch e := l.Event(i); {
	case e.Kind == sim.Redrive || e.Kind == sim.RedriveAs:
		return "put back"
	case e.Kind == sim.Copy:
		return "copied"
	case e.Kind == sim.Nothing:
		return l.teller.Waits(e)
	case e.Kind == sim.Fail:
		return e.Op.String() + " fails"
	case e.Kind == sim.LoseReply && l.effects.Nth[i] > 0:
		return l.Run.Lane.Business.Words().Did + ", reply lost"
	default:
		return l.teller.Fault(e).Words.Short
	}
}

func (l *Lane) linkQuiet(e *sim.Event, records bool) (words.Meaning, string) {
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
		return words.Plain, "marked sent"
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
		return words.Plain, l.Run.Lane.Business.Words().Whom + " knew " + l.Run.Key(e)
	}
	return words.Plain, ""
}

// headline is a headline that something follows.
func (h *Harm) headline() string { return h.Headline() + ":" }

// Headline says what went wrong: NAIVE charged Bob $15 twice (m2).
func (h *Harm) Headline() string {
	b := h.Lane.Run.Lane.Business
	o := &h.Lane.Run.Lane.Messages[h.Owed]
	did := words.ForWhom(b.Words().DidTo, o)
	times := fmt.Sprintf("%d times", h.Times)
	switch h.Times {
	case 0:
		times = ""
		did = "never " + did
	case 2:
		times = " twice"
	default:
		times = " " + times
	}
	return strings.ToUpper(h.Lane.Consumer.Name) + " " + did + times + " (" + o.ID + ")"
}

// Culprit returns the fault at the root of the harm that is told after n steps, if
// one is told there and a fault is at its root.
func (s *Story) Culprit(n int) (sim.Fault, bool) {
	p := s.StopAt(n)
	for k := 0; p != nil && p.Kind == AtHarm && k < len(s.Lanes); k++ {
		l := s.Lanes[k]
		for i := range l.marks {
			if m := &l.marks[i]; p.Event[k] == m.Event && p.Owed == m.Owed && m.Kind != Done {
				if c := l.whyMark(m); c.struck >= 0 {
					return *l.FaultOf(l.Event(c.struck)), true
				}
			}
		}
	}
	return sim.Fault{}, false
}

// whyMark finds what led to a harm.
func (l *Lane) whyMark(m *Mark) *causes {
	c := &causes{Lane: l, weight: map[int]int{}, struck: -1}
	if m.Kind == Again {
		c.whyAgain(m)
	} else {
		c.whyLost(m)
	}
	return c
}

// finds reports whether a step found that something is done or recorded already.
func finds(e *sim.Event) bool {
	switch {
	case e.Op.Claims():
		return e.Kind == sim.Step && e.Answer == 0
	case e.Op.Keyed():
		return e.Kind == sim.Step && !e.Done
	}
	return e.Kind == sim.Step && (e.Op.Checks() || e.Op == sim.OpLookup) && e.Answer > 0
}

// A collision is no duplicate: two things owed that the identity which a consumer
// goes by does not tell apart, so that the record of one stands for the other.

// writer returns the attempt that wrote the record which a look has found, if one
// did.
func (l *Lane) writer(look int) (a *Attempt, known bool) {
	table, key := l.Run.Row(l.Event(look))
	for i := look - 1; i >= 0; i-- {
		e := l.Event(i)
		if !voice.Writes(e) {
			continue
		}
		if t, k := l.Run.Row(e); t == table && k == key {
			return l.by(e.Receipt)
		}
	}
	return &Nobody, false
}

// Collided returns the ID of what the record that a look of an attempt has found was
// written for, if that is something else than the attempt's own.
func (l *Lane) Collided(a *Attempt, look int) (other string, is bool) {
	w, known := l.writer(look)
	if !known || w.Owed == a.Owed || !l.Finds(look) {
		return "", false
	}
	return l.Run.Lane.Messages[w.Owed].ID, true
}

// spent returns, for an attempt whose receiver knew its key and did nothing, that key
// and the ID of what it was first used for, if that is something else.
func (l *Lane) spent(a *Attempt) (key, other string, is bool) {
	at := slices.IndexFunc(a.Events, func(i int) bool {
		e := l.Event(i)
		return e.Kind == sim.Step && e.Op == sim.OpPerformKey && e.Answer == 0 && !e.Done
	})
	if at < 0 {
		return "", "", false
	}
	asked := a.Events[at]
	key = l.Run.Key(l.Event(asked))
	for i := range asked {
		if e := l.Event(i); e.Op == sim.OpPerformKey && e.Done && l.Run.Key(e) == key {
			owed := l.OwedBy(i)
			return key, l.Run.Lane.Messages[owed].ID, owed != a.Owed
		}
	}
	return "", "", false
}

// outOfReach finds out whether something was given up because a store was out of
// reach, and tells of the outage. It reports whether it was.
func (c *causes) outOfReach(m *Mark) bool {
	for i := m.Event; i >= 0; i-- {
		e := c.Event(i)
		if c.OwedBy(i) != m.Owed || e.Answer >= 0 || e.Fault >= 0 || e.Op.Place() != sim.InDB && e.Op.Place() != sim.InCache {
			continue
		}
		for at := i; at >= 0; at-- {
			if o := c.Event(at); o.Kind == sim.StoreDown && o.Fault >= 0 {
				c.struck = at
				c.tell(at, atRoot)
				c.tell(i, telling)
				return true
			}
		}
		return false
	}
	return false
}

// Alike says what a consumer cannot tell apart: m1 says the same.
func (l *Lane) Alike(other string) string {
	switch l.Consumer.Identity {
	case sim.Fingerprint:
		return other + " says the same"
	case sim.Sequence:
		return other + " has moved the mark past it"
	case sim.BusinessKey, sim.ReceiverKey:
		return other + " has the same key"
	}
	return other + " has the same ID"
}

// namesake says that something else goes by a key as well, in words where the key is
// none that a reader would know.
func (l *Lane) namesake(other, key string) string {
	if i := l.Consumer.Identity; i == sim.Fingerprint || i == sim.Sequence {
		return l.Alike(other)
	}
	return other + " goes by the name of " + key + " as well"
}
