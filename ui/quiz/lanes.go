package quiz

import (
	"cmp"
	"slices"
	"strings"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// habit is how a consumer goes about duplicates, as its steps show.
type habit uint8

const (
	noHabit habit = iota
	ackFirst
	inMemory
	lookFirst
	markFirst
	withKey
	inOneTx
)

// habits are what each comes to in a few words, and what those believe who trust it.
var habits = [...]struct {
	text   string
	belief scenarios.Misconception
}{
	noHabit:   {"it does what it is asked to do", 9},
	ackFirst:  {"it says done before anything else", 18},
	inMemory:  {"it remembers what it has done", 8},
	lookFirst: {"it looks before, and records after", 4},
	markFirst: {"it records before anything else", 5},
	inOneTx:   {"it records in a transaction", 7},
	withKey:   {"it sends a key along", 15},
}

// habit tells a consumer's habit from the steps that it takes.
func habitOf(l *story.LaneStory) habit {
	var h habit
	for i := range l.Run.Events() {
		e := l.Event(i)
		switch {
		case e.Op == sim.OpAck:
			h = max(h, ackFirst)
		case e.Op == sim.OpHas:
			h = max(h, inMemory)
		case e.Op.Claims() && e.InTx:
			h = max(h, inOneTx)
		case e.Op.Claims():
			h = max(h, markFirst)
		case e.Op.Checks():
			h = max(h, lookFirst)
		case e.Op.Keyed():
			h = max(h, withKey)
		}
	}
	return h
}

// askLane asks which of three lanes comes through: two are harmed, one is not.
func askLane(s *story.Story, harms []origin) (q Question, claims []claim) {
	bad := slices.Clone(harms)
	slices.SortStableFunc(bad, func(a, b origin) int { return cmp.Compare(habitOf(b.LaneStory), habitOf(a.LaneStory)) }) // the most tempting
	bad = slices.CompactFunc(bad, func(a, b origin) bool { return habitOf(a.LaneStory) == habitOf(b.LaneStory) })
	o := &harms[0]
	again, brought := o.bringer()
	if len(bad) < 2 || o.mark.Kind != story.Again || !brought {
		return
	}
	for _, b := range bad[:2] {
		claims = append(claims, comesThrough(b.LaneStory, o, b.reason("")))
	}
	for _, l := range s.Lanes {
		if a, came := l.Find(again.Name, again.Receipt.Delivery, again.Relayed()); came && len(claims) == 2 {
			if c := comesThrough(l, o, words.Either(o.woken, "its second worker ", "it ")+l.Spared(a)); c.so {
				claims = append(claims, c)
			}
		}
	}
	q = Question{Step: words.Either(o.woken, o.brink, justBefore(s, o)), Reveal: o.stop.Step, Lane: -1}
	q.Text = "Which of these will have " + words.ForWhom(o.trade().Done, o.owed()) + " only once" +
		words.Either(o.woken, ", when the first worker has finished?", " at the end?")
	return q, claims
}

// comesThrough claims of a lane that it does once what another is about to do twice.
func comesThrough(l *story.LaneStory, o *origin, why string) claim {
	h := &habits[habitOf(l)]
	times := 0
	for _, m := range l.Marks() {
		if m.Owed == o.mark.Owed && m.Part == o.mark.Part && m.Nth > 0 {
			times++
		}
	}
	return claim{l.Title(), h.text, times == 1, why, words.Either(o.came == byNewID, 10, h.belief)}
}

// group is what one kind of fault has struck, by whose it is.
type group struct {
	kind sim.FaultKind
	owed []int
}

// askWho asks who is harmed at the end: it takes two kinds of fault that have struck
// by now, so that one can be believed to be harmless.
func askWho(s *story.Story, harms []origin) (q Question, claims []claim) {
	o := &harms[0]
	if _, brought := o.bringer(); o.mark.Kind != story.Again || !brought {
		return
	}
	q = Question{Step: justBefore(s, o), Text: o.Run.Lane.Business.Words().Twice, Lane: -1}
	for i := range s.Stops() {
		if s.Stops()[i].Kind == story.AtHarm {
			q.Reveal = s.Stops()[i].Step
		}
	}
	hit := suspects(s, o, q.Step)
	if len(hit) != 2 {
		return
	}
	if slices.Contains(hit[0].owed, o.mark.Owed) {
		slices.Reverse(hit) // doubt the one that is at hand
	}
	harmed, fine := harmed(s)
	if !fine {
		return
	}
	if alone(s, o) {
		q.Text = o.Title() + ": " + strings.ToLower(q.Text[:1]) + q.Text[1:]
	}
	one, other := hit[0], hit[1]
	both := slices.Concat(one.owed, other.owed)
	slices.Sort(both)
	slices.Sort(harmed)
	if slices.Equal(harmed, other.owed) {
		one, other = other, one
	}
	loses := words.Either(one.kind == sim.CrashFault, "loses", "repeats")
	is := func(owed []int) bool { return slices.Equal(harmed, owed) }
	claims = []claim{
		{"nobody", "the queue knows", is(nil), "the queue hears acks, and never what was done", 1},
		{"only " + names(s, one.owed, both), one.kind.Info().Words.Noun + " " + loses + " work, " + other.kind.Info().Words.Noun + " does not", is(one.owed),
			other.kind.Info().Words.Noun + " brings a message again just as " + one.kind.Info().Words.Noun + " does", 2},
		{names(s, both, both), "", is(both), "to " + o.Title() + ", whatever comes again is new", 3},
	}
	if claims[1].so {
		claims[1].why = "what else came again took effect once"
		claims[2].why = claims[1].why
	}
	return q, claims
}

// alone reports whether a lane is the only one of several that does harm.
func alone(s *story.Story, o *origin) bool {
	return len(s.Lanes) > 1 && !slices.ContainsFunc(s.Lanes, func(l *story.LaneStory) bool {
		return l != o.LaneStory && slices.ContainsFunc(l.Marks(), func(m story.Mark) bool { return m.Kind != story.Done })
	})
}

// suspects returns what a lane's faults have struck by a step, by the kind of fault.
// It returns nil where anything was struck by two, or everything by one.
func suspects(s *story.Story, o *origin, step int) []group {
	var hit []group
	for i := range s.Upto(step, o.lane) {
		e := o.Event(i)
		if e.Fault < 0 {
			continue
		}
		kind, owed := o.FaultOf(e).Kind, o.OwedBy(i)
		if owed < 0 {
			return nil
		}
		at := slices.IndexFunc(hit, func(g group) bool { return g.kind == kind })
		if at < 0 {
			at = len(hit)
			hit = append(hit, group{kind: kind})
		}
		if !slices.Contains(hit[at].owed, owed) {
			hit[at].owed = append(hit[at].owed, owed)
		}
	}
	for i := range hit {
		slices.Sort(hit[i].owed)
		if i > 0 && slices.ContainsFunc(hit[i].owed, func(n int) bool { return slices.Contains(hit[0].owed, n) }) {
			return nil
		}
	}
	return hit
}

// harmed returns what was done twice in any lane, in all; not fine if anything was
// lost as well, for that is another question.
func harmed(s *story.Story) (owed []int, fine bool) {
	for _, l := range s.Lanes {
		for _, m := range l.Marks() {
			switch {
			case m.Kind == story.Again && !slices.Contains(owed, m.Owed):
				owed = append(owed, m.Owed)
			case m.Kind > story.Again:
				return nil, false
			}
		}
	}
	return owed, true
}

// names lists customers: Bob and Cy. One who has several things among all is named
// with the message.
func names(s *story.Story, owed, all []int) string {
	var names []string
	for _, n := range owed {
		name := words.NameOf(&s.Scenario.Messages[n])
		for _, o := range all {
			if o != n && words.NameOf(&s.Scenario.Messages[o]) == name {
				name += " (" + s.Scenario.Messages[n].ID + ")"
				break
			}
		}
		names = append(names, name)
	}
	return words.Listed(names)
}
