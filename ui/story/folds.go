package story

import (
	"slices"
	"strconv"

	"dejavu/sim"
	"dejavu/ui/words"
)

// alikeStops is how many stops of a story say the same at most: the last of them stands
// for all that follow.
const alikeStops = 8

// foldStops leaves out stops that say what another says.
func (s *Story) foldStops() {
	s.mergeRedeliveries()
	s.foldCycles()
}

// mergeRedeliveries makes one stop of a redelivery and of the harm that it does, where
// nothing comes between.
func (s *Story) mergeRedeliveries() {
	kept := s.stops[:0:0]
	for i := range s.stops {
		p := s.stops[i]
		if n := len(kept) - 1; n >= 0 && s.does(&kept[n], &p) {
			came := kept[n]
			p.Came = &came
			kept = kept[:n]
		}
		kept = append(kept, p)
	}
	s.stops = kept
}

// does reports whether a stop is at the redelivery in which another does its harm.
func (s *Story) does(again, harm *Stop) bool {
	if again.Kind != AtAgain || harm.Kind != AtHarm || harm.Mark != Again || s.When(harm.Step)-s.When(again.Step) > near {
		return false
	}
	for k, i := range harm.Event {
		if l := s.Lanes[k]; i >= 0 && again.Event[k] >= 0 && l.Event(i).Receipt == l.Event(again.Event[k]).Receipt {
			return true
		}
	}
	return false
}

// sentence is what makes the sentences of two stops the same, but for numbers.
type sentence struct {
	kind  StopKind
	mark  MarkKind
	owed  int
	about string
	cause sim.ActionKind
	part  int
}

// says returns what a stop says, but for its numbers.
func (s *Story) says(p *Stop) sentence {
	l, e := s.lead(p)
	switch p.Kind {
	case AtAgain: // whichever message it is
		w := sentence{kind: p.Kind, owed: -1}
		if e.Cause >= 0 {
			cause := l.Event(int(e.Cause))
			w.cause, w.about = cause.Kind, cause.Op.String()
		}
		return w
	case AtFault:
		return sentence{kind: p.Kind, owed: p.Owed, about: string(l.FaultOf(e).Kind), cause: e.Kind}
	case AtNotice:
		return sentence{kind: p.Kind, owed: p.Owed, about: l.turn(p.Event[slices.Index(s.Lanes, l)])}
	case AtHarm:
		return sentence{kind: p.Kind, owed: p.Owed, part: p.Part, mark: p.Mark}
	}
	return sentence{kind: p.Kind}
}

// foldCycles lets the last of many stops that say the same stand for those before it.
func (s *Story) foldCycles() {
	all := map[sentence]int{}
	for i := range s.stops {
		s.pace.did(1)
		all[s.says(&s.stops[i])]++
	}
	seen := map[sentence]int{}
	kept := s.stops[:0:0]
	for _, p := range s.stops {
		w := s.says(&p)
		seen[w]++
		if n := all[w]; n > alikeStops && seen[w] >= alikeStops {
			if seen[w] < n {
				continue
			}
			p.More = n - alikeStops + 1
		}
		kept = append(kept, p)
	}
	s.stops = kept
}

// folded says what a stop stands for beside itself.
func (s narrator) folded(t *Narration, p *Stop) *Narration {
	if p.Came != nil {
		l, e := s.lead(p.Came)
		again := s.tellAgain(p.Came).Lines[0]
		text := again[0].Text
		if !e.Relayed() {
			text = l.Run.Name(e) + words.Either(e.Receipt.Delivery > 1, " came again:", " came:")
		}
		t.Lines = append(t.Lines, words.Say(words.Plain, text+" "+again[1].Text))
	}
	if p.Step == s.Steps() && p.Kind != AtRest && p.Kind != AtHarm { // nothing comes after it
		t.Lines = append(t.Lines, s.tellRest().Lines[1:]...)
	}
	if p.More > 1 {
		t.Lines[0].Add(words.Plain, "And so on, "+strconv.Itoa(p.More)+" more times.")
	}
	return t
}
