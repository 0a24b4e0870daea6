package story

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// Arrival is one delivery of one broker message, in every lane in which it came.
// Lanes are aligned by that, though their handlers differ in length.
type Arrival struct {
	Name   string
	Number int
	at     time.Duration // the earliest
	cell   []int         // by lane: index of the attempt, or -1
}

// Nobody is the attempt that was never made: at a message that the queue has
// dropped, or has not handed out.
var Nobody = Attempt{Owed: -1, Worker: -1, Delivery: -1, by: -1}

// by returns the attempt with a receipt. Where there is none it is nobody's, with no
// event to its name.
func (l *LaneStory) by(r broker.Receipt) (a *Attempt, known bool) {
	if k, known := l.attempt[r]; known {
		return &l.Attempts[k], true
	}
	return &Nobody, false
}

// of returns the attempt that an event is part of, if it is part of one.
func (l *LaneStory) of(event int) (a *Attempt, known bool) {
	if e := l.Event(event); e != nil && (e.Op != 0 || e.Kind == sim.Deliver) {
		return l.by(e.Receipt)
	}
	return &Nobody, false
}

// First returns the first attempt of a sort, if there is one.
func (l *LaneStory) First(is func(Attempt) bool) (a *Attempt, known bool) {
	if k := slices.IndexFunc(l.Attempts, is); k >= 0 {
		return &l.Attempts[k], true
	}
	return &Nobody, false
}

// Find returns the attempt that handles, or relays, a delivery of a broker message,
// if one does.
func (l *LaneStory) Find(name string, delivery int32, relayed bool) (a *Attempt, known bool) {
	return l.First(func(a Attempt) bool {
		return a.Name == name && a.Receipt.Delivery == delivery && a.Relayed() == relayed
	})
}

// tried reports whether any attempt was made at what is owed.
func (l *LaneStory) tried(owed int) bool {
	_, tried := l.First(func(a Attempt) bool { return a.Owed == owed })
	return tried
}

// In returns the delivery as it came in the k-th lane, if it came there.
func (s *Story) In(r *Arrival, k int) (a *Attempt, came bool) {
	if i := r.cell[k]; i >= 0 {
		return &s.Lanes[k].Attempts[i], true
	}
	return &Nobody, false
}

// Label names the delivery: m2 for the first, m2/2 for the second.
func (r *Arrival) Label() string {
	if r.Number > 1 {
		return r.Name + "/" + strconv.Itoa(r.Number)
	}
	return r.Name
}

// Together is how far apart lanes may get the same delivery and still be told as
// one: the few milliseconds by which handlers differ are not worth a word.
const Together = time.Second

// Arrivals returns the attempts of all lanes, aligned and sorted by time. Nobody may change
// them.
func (s *Story) Arrivals() []Arrival {
	if s.aligned == nil {
		s.aligned = s.align()
	}
	return s.aligned
}

func (s *Story) align() []Arrival {
	type key struct {
		name     string
		delivery int
	}
	place := map[key]int{}
	var rows []Arrival
	for k, l := range s.Lanes {
		for i := range l.Attempts {
			s.pace.did(1)
			a := &l.Attempts[i]
			if a.Relayed() {
				continue // part of the attempt that put it into the outbox
			}
			id := key{a.Name, int(a.Receipt.Delivery)}
			n, known := place[id]
			if !known {
				n = len(rows)
				place[id] = n
				rows = append(rows, Arrival{Name: a.Name, Number: id.delivery, at: a.At, cell: slices.Repeat([]int{-1}, len(s.Lanes))})
			}
			rows[n].cell[k] = i
			rows[n].at = min(rows[n].at, a.At)
		}
	}
	sort(s.pace, rows, func(a, b Arrival) int { return cmp.Compare(a.at, b.at) })
	return rows
}

// tries aligns the n-th attempt at each message in all lanes: by lane those of the
// handler and the relay. They come in the order of their beginning.
func (s *Story) tries() [][][]int {
	type key struct {
		name string
		nth  int32
	}
	place := map[key]int{}
	var all [][][]int
	var at []time.Duration
	for k, l := range s.Lanes {
		for i := range l.Attempts {
			l.pace.did(1)
			a := &l.Attempts[i]
			id := key{a.Name, a.Receipt.Delivery}
			n, known := place[id]
			if !known {
				n = len(all)
				place[id] = n
				all, at = append(all, make([][]int, len(s.Lanes))), append(at, a.At)
			}
			all[n][k] = append(all[n][k], i)
			at[n] = min(at[n], a.At)
		}
	}
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	sort(s.pace, order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
	sorted := make([][][]int, len(all))
	for i, n := range order {
		sorted[i] = all[n]
	}
	return sorted
}

// calm reports whether a row is what everybody expects: a first delivery that is
// performed once and acked, in every lane.
func (s *Story) calm(r *Arrival) bool {
	if r.Number > 1 {
		return false
	}
	for k, l := range s.Lanes {
		if a, came := s.In(r, k); !came || !l.calm(a) || a.At-r.at >= Together {
			return false
		}
	}
	return true
}

func (l *LaneStory) calm(a *Attempt) bool {
	effects, acked := 0, false
	for _, i := range l.Doings(a) {
		e := &l.Run.Events()[i]
		if e.Fault >= 0 || l.effects.Nth[i] > 1 {
			return false
		}
		effects += l.effects.Nth[i]
		acked = acked || e.Reply == sim.Taken
	}
	return a.Delivery >= 0 && effects == len(l.Run.Lane.Business.Parts()) && acked && a.Over
}

// why says why a message was delivered: nothing for the first time of an original.
func (l *LaneStory) why(a *Attempt) (c voice.Clause) {
	if a.Delivery < 0 {
		return c
	}
	if c = l.teller.Because(a.Delivery); a.Receipt.Delivery > 1 {
		return c.Led(words.Nth(int(a.Receipt.Delivery)) + " time: ")
	}
	return c
}

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
	return fmt.Sprintf("and so on, %s more times, the last at %s", words.Grouped(int64(more)), words.Clock(last))
}

// foldRows folds deliveries of which the same is told in every lane.
func (s *Story) foldRows(rows []Arrival) []fold {
	return folds(len(rows), func(i int) string { return rows[i].Name }, func(i int) string {
		var b strings.Builder
		for k, l := range s.Lanes {
			if a := rows[i].cell[k]; a >= 0 {
				b.WriteString(l.gist(&l.Attempts[a]))
			}
			b.WriteByte('\n')
		}
		return b.String()
	})
}

// gist is what is told of an attempt, but for when it was and which one it is, from 1.
func (l *LaneStory) gist(a *Attempt) string {
	var c voice.Clause
	if a.Delivery >= 0 {
		c = l.teller.Because(a.Delivery)
	}
	c.Stop()
	for _, i := range l.Doings(a) {
		c.Then(l.teller.Work(i))
	}
	if !a.Over {
		c.Add(words.Plain, "to be continued")
	}
	return voice.Text(c.Spans(spoken(nil)))
}

// spoken is the form in which most is told: not every event has a word there.
func spoken(by *voice.Speaker) voice.Form { return voice.Form{Speaker: by, Badges: true, Ends: true} }

// foldEvents folds the events of a lane by the attempts that they belong to: all that
// happens to a message between two deliveries goes with the first of them.
func (l *LaneStory) foldEvents() []fold {
	name := func(i int) string { a := &l.Attempts[i]; return a.Name + words.Either(a.Relayed(), " relayed", "") }
	attempts := folds(len(l.Attempts), name, func(i int) string { return l.gist(&l.Attempts[i]) })
	events := make([]fold, l.Run.Len())
	now := map[string]int{} // by name: the attempt that was begun last
	for i := range events {
		e := l.Event(i)
		if e.Kind.OfWorld() {
			continue
		}
		k, begun := l.attempt[e.Receipt]
		about := l.Run.Name(e) + words.Either(e.Relayed(), " relayed", "")
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
		if f.more > 0 && l.Attempts[k].Begins() == i {
			events[i] = fold{more: f.more, last: l.Attempts[f.last].Begins()}
		}
	}
	return events
}
