package story

import (
	"fmt"
	"strings"
	"time"
)

// A fold is what stands in the place of something told: itself, nothing, or that it goes
// on like that.
type fold struct {
	hidden bool // it is told no more: see where it began
	more   int  // it stands for so many that are like what is told before it; 0 for itself
	last   int  // the last of them
}

// shown is how often a round of a loop is told before the rest of them is counted, and
// mostTold how many may be told in full all the same: to count three saves nothing.
const (
	shown    = 2
	mostTold = 3
)

// folds finds what repeats in a list of n: things of one name, one after the other, of
// which the same is told. Things of other names may stand between them. A loop is told
// twice and then counted, whatever tells it.
func folds(n int, name, told func(i int) string) []fold {
	type loop struct {
		told  string
		round []int
	}
	all := make([]fold, n)
	loops := map[string]*loop{}
	end := func(l *loop) {
		if len(l.round) <= shown+mostTold {
			return
		}
		for _, i := range l.round[shown:] {
			all[i].hidden = true
		}
		first := l.round[shown]
		all[first] = fold{more: len(l.round) - shown, last: l.round[len(l.round)-1]}
	}
	for i := range n {
		l := loops[name(i)]
		if l == nil {
			l = &loop{}
			loops[name(i)] = l
		}
		if what := told(i); what != l.told {
			end(l)
			l.told, l.round = what, l.round[:0]
		}
		l.round = append(l.round, i)
	}
	for _, l := range loops {
		end(l)
	}
	return all
}

// goesOn says that a loop goes on for so many rounds, and until when.
func goesOn(more int, last time.Duration) string {
	return fmt.Sprintf("and so on, %s more times, the last at %s", grouped(int64(more)), Clock(last))
}

// foldRows folds deliveries of which the same is told in every lane.
func (s *Story) foldRows(rows []row) []fold {
	return folds(len(rows), func(i int) string { return rows[i].name }, func(i int) string {
		var b strings.Builder
		for k, l := range s.Lanes {
			if a := rows[i].cell[k]; a >= 0 {
				b.WriteString(l.gist(&l.attempts[a]))
			}
			b.WriteByte('\n')
		}
		return b.String()
	})
}

// gist is what is told of an attempt, but for when it was and the how manieth it is.
func (l *Lane) gist(a *attempt) string {
	var s Line
	if a.delivery >= 0 && a.receipt.Delivery > 1 {
		if cause := l.event(a.delivery).Cause; cause >= 0 {
			l.whyAgain(&s, l.event(int(cause)), nil)
		}
	} else {
		s = l.why(a, nil)
	}
	s.add(Plain, ".")
	for _, i := range a.events {
		l.phrase(&s, i, nil)
	}
	for _, k := range a.relays {
		for _, i := range l.attempts[k].events {
			l.phrase(&s, i, nil)
		}
	}
	if !a.over {
		s.add(Plain, ", to be continued")
	}
	return s.Plain()
}

// foldEvents folds the events of a lane by the attempts that they belong to: all that
// happens to a message between two deliveries goes with the first of them.
func (l *Lane) foldEvents() []fold {
	name := func(i int) string { a := &l.attempts[i]; return a.name + yesNo(a.relayed(), " relayed", "") }
	attempts := folds(len(l.attempts), name, func(i int) string { return l.gist(&l.attempts[i]) })
	events := make([]fold, l.Run.Len())
	now := map[string]int{} // by name: the attempt that was begun last
	for i := range events {
		e := l.event(i)
		if e.Kind.OfWorld() {
			continue
		}
		k, begun := l.attempt[e.Receipt]
		about := l.Run.Name(e) + yesNo(e.Relayed(), " relayed", "")
		switch {
		case begun && e.Receipt.Delivery > 0:
			now[about] = k
		default:
			if k, begun = now[about]; !begun {
				continue
			}
		}
		f := attempts[k]
		events[i].hidden = f.hidden || f.more > 0
		if f.more > 0 && l.attempts[k].begins() == i {
			events[i] = fold{more: f.more, last: l.attempts[f.last].begins()}
		}
	}
	return events
}
