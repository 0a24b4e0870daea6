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
func (l *Lane) by(r broker.Receipt) (a *Attempt, known bool) {
	if k, known := l.attempt[r]; known {
		return &l.Attempts[k], true
	}
	return &Nobody, false
}

// of returns the attempt that an event is part of, if it is part of one.
func (l *Lane) of(event int) (a *Attempt, known bool) {
	if e := l.Event(event); e != nil && (e.Op != 0 || e.Kind == sim.Deliver) {
		return l.by(e.Receipt)
	}
	return &Nobody, false
}

// First returns the first attempt of a sort, if there is one.
func (l *Lane) First(is func(Attempt) bool) (a *Attempt, known bool) {
	if k := slices.IndexFunc(l.Attempts, is); k >= 0 {
		return &l.Attempts[k], true
	}
	return &Nobody, false
}

// Find returns the attempt that handles, or relays, a delivery of a broker message,
// if one does.
func (l *Lane) Find(name string, delivery int32, relayed bool) (a *Attempt, known bool) {
	return l.First(func(a Attempt) bool {
		return a.Name == name && a.Receipt.Delivery == delivery && a.Relayed() == relayed
	})
}

// tried reports whether any attempt was made at what is owed.
func (l *Lane) tried(owed int) bool {
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

// Arrivals aligns the attempts of all lanes and sorts them by time.
func (s *Story) Arrivals() []Arrival {
	type key struct {
		name     string
		delivery int
	}
	place := map[key]int{}
	var rows []Arrival
	for k, l := range s.Lanes {
		for i := range l.Attempts {
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
	slices.SortStableFunc(rows, func(a, b Arrival) int { return cmp.Compare(a.at, b.at) })
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
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
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

func (l *Lane) calm(a *Attempt) bool {
	effects, acked := 0, false
	for _, i := range l.Doings(a) {
		e := &l.Run.Events()[i]
		if e.Fault >= 0 || l.effect[i] > 1 {
			return false
		}
		effects += l.effect[i]
		acked = acked || e.Reply == sim.Taken
	}
	return a.Delivery >= 0 && effects == 1 && acked && a.Over
}

// why says why a message was delivered: "" for the first time of an original.
func (l *Lane) why(a *Attempt, sp *speaker) words.Line {
	var s words.Line
	if a.Delivery < 0 {
		return s
	}
	events := l.Run.Events()
	e := &events[a.Delivery]
	if e.Cause < 0 {
		return s
	}
	if c := &events[e.Cause]; a.Receipt.Delivery == 1 {
		l.whyPublished(&s, c)
	} else {
		s.Add(words.Plain, words.Nth(int(a.Receipt.Delivery))+" time:")
		l.whyAgain(&s, c, sp)
	}
	return s
}

func (l *Lane) whyPublished(s *words.Line, c *sim.Event) {
	switch c.Kind {
	case sim.Copy:
		s.Add(words.Fault, "[D] a copy that the network made of "+l.MessageOf(c).ID)
	case sim.Republish:
		s.Add(words.Fault, "[D] "+l.MessageOf(c).ID+" is published again, under the same message ID")
	case sim.Redrive, sim.RedriveAs:
		s.Add(words.Fault, "[D] "+l.redriven(c)+" is put back from the dead-letter queue, "+words.Either(c.Kind == sim.Redrive, "same", "new")+" message ID")
	case sim.RepublishAs:
		s.Add(words.Fault, "[D] "+l.MessageOf(c).ID+" is published again, under a new message ID")
	}
}

func (l *Lane) whyAgain(s *words.Line, c *sim.Event, sp *speaker) {
	events := l.Run.Events()
	q := &l.Run.Lane.Queue
	switch {
	case c.Kind.EndsWait():
		reason := "it took too long"
		if c.Cause >= 0 {
			reason = l.blame(&events[c.Cause])
		}
		if c.Kind == sim.CutOff {
			s.Add(words.Plain, reason+"; cut off after "+words.Length(q.Silence())+" of silence")
			return
		}
		s.Add(words.Plain, reason+"; hidden for "+words.Length(q.Visibility)+sp.term("hidden"))
	case c.Kind == sim.ForgetAck:
		s.Add(words.Fault, "[B] the broker forgot its ack")
	case c.Kind == sim.Undelay && c.Cause >= 0:
		s.Add(words.Plain, "it was given back"+sp.term("back"))
	case c.Op == sim.OpReturn && c.Kind == sim.Step:
		s.Add(words.Plain, "it was given back"+sp.term("back"))
	default:
		s.Add(words.Plain, l.blame(c)+", and the connection with it")
	}
}

// blame says what kept a message from being acked.
func (l *Lane) blame(e *sim.Event) string {
	switch {
	case e.Kind == sim.Crash || e.Op == sim.OpPanic:
		return "its worker crashed"
	case e.Kind == sim.Restart:
		return "its worker was restarted"
	case e.Kind == sim.LoseAck && e.Failed:
		return "its nack was lost"
	case e.Kind == sim.LoseAck:
		return "its ack was lost"
	case l.slows(e):
		return "its worker still waited for " + l.Run.Lane.Business.Words().Whom
	case e.Kind == sim.Nothing:
		return "its worker froze"
	}
	return "its worker was still busy"
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

// gist is what is told of an attempt, but for when it was and the how manieth it is.
func (l *Lane) gist(a *Attempt) string {
	var s words.Line
	if a.Delivery >= 0 && a.Receipt.Delivery > 1 {
		if cause := l.Event(a.Delivery).Cause; cause >= 0 {
			l.whyAgain(&s, l.Event(int(cause)), nil)
		}
	} else {
		s = l.why(a, nil)
	}
	s.Add(words.Plain, ".")
	for _, i := range a.Events {
		l.phrase(&s, i, nil)
	}
	for _, k := range a.Relays {
		for _, i := range l.Attempts[k].Events {
			l.phrase(&s, i, nil)
		}
	}
	if !a.Over {
		s.Add(words.Plain, ", to be continued")
	}
	return s.Plain()
}

// foldEvents folds the events of a lane by the attempts that they belong to: all that
// happens to a message between two deliveries goes with the first of them.
func (l *Lane) foldEvents() []fold {
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
