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
)

// row is one delivery of one broker message, in every lane in which it came.
// Lanes are aligned by that, though their handlers differ in length.
type row struct {
	name     string
	delivery int
	at       time.Duration // the earliest
	cell     []int         // by lane: index of the attempt, or -1
}

// nobody is the attempt that was never made: at a message that the queue has
// dropped, or has not handed out.
var nobody = attempt{owed: -1, worker: -1, delivery: -1, by: -1}

// by returns the attempt with a receipt. Where there is none it is nobody's, with no
// event to its name.
func (l *Lane) by(r broker.Receipt) (a *attempt, known bool) {
	if k, known := l.attempt[r]; known {
		return &l.attempts[k], true
	}
	return &nobody, false
}

// of returns the attempt that an event is part of, if it is part of one.
func (l *Lane) of(event int) (a *attempt, known bool) {
	if e := l.event(event); e != nil && (e.Op != 0 || e.Kind == sim.Deliver) {
		return l.by(e.Receipt)
	}
	return &nobody, false
}

// firstOf returns the first attempt of a sort, if there is one.
func (l *Lane) firstOf(is func(attempt) bool) (a *attempt, known bool) {
	if k := slices.IndexFunc(l.attempts, is); k >= 0 {
		return &l.attempts[k], true
	}
	return &nobody, false
}

// find returns the attempt that handles, or relays, a delivery of a broker message,
// if one does.
func (l *Lane) find(name string, delivery int32, relayed bool) (a *attempt, known bool) {
	return l.firstOf(func(a attempt) bool {
		return a.name == name && a.receipt.Delivery == delivery && a.relayed() == relayed
	})
}

// tried reports whether any attempt was made at what is owed.
func (l *Lane) tried(owed int) bool {
	_, tried := l.firstOf(func(a attempt) bool { return a.owed == owed })
	return tried
}

// in returns the delivery as it came in the k-th lane, if it came there.
func (s *Story) in(r *row, k int) (a *attempt, came bool) {
	if i := r.cell[k]; i >= 0 {
		return &s.Lanes[k].attempts[i], true
	}
	return &nobody, false
}

// label names the delivery: m2 for the first, m2/2 for the second.
func (r *row) label() string {
	if r.delivery > 1 {
		return r.name + "/" + strconv.Itoa(r.delivery)
	}
	return r.name
}

// together is how far apart lanes may get the same delivery and still be told as
// one: the few milliseconds by which handlers differ are not worth a word.
const together = time.Second

// rows returns the attempts of all lanes, aligned and sorted by time. Nobody may change
// them.
func (s *Story) rows() []row {
	if s.aligned == nil {
		s.aligned = s.align()
	}
	return s.aligned
}

func (s *Story) align() []row {
	type key struct {
		name     string
		delivery int
	}
	place := map[key]int{}
	var rows []row
	for k, l := range s.Lanes {
		for i := range l.attempts {
			s.pace.did(1)
			a := &l.attempts[i]
			if a.relayed() {
				continue // part of the attempt that put it into the outbox
			}
			id := key{a.name, int(a.receipt.Delivery)}
			n, known := place[id]
			if !known {
				n = len(rows)
				place[id] = n
				rows = append(rows, row{name: a.name, delivery: id.delivery, at: a.at, cell: slices.Repeat([]int{-1}, len(s.Lanes))})
			}
			rows[n].cell[k] = i
			rows[n].at = min(rows[n].at, a.at)
		}
	}
	sort(s.pace, rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
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
		for i := range l.attempts {
			l.pace.did(1)
			a := &l.attempts[i]
			id := key{a.name, a.receipt.Delivery}
			n, known := place[id]
			if !known {
				n = len(all)
				place[id] = n
				all, at = append(all, make([][]int, len(s.Lanes))), append(at, a.at)
			}
			all[n][k] = append(all[n][k], i)
			at[n] = min(at[n], a.at)
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
func (s *Story) calm(r *row) bool {
	if r.delivery > 1 {
		return false
	}
	for k, l := range s.Lanes {
		if a, came := s.in(r, k); !came || !l.calm(a) || a.at-r.at >= together {
			return false
		}
	}
	return true
}

func (l *Lane) calm(a *attempt) bool {
	effects, acked := 0, false
	for _, i := range l.doings(a) {
		e := &l.Run.Events()[i]
		if e.Fault >= 0 || l.effect[i] > 1 {
			return false
		}
		effects += l.effect[i]
		acked = acked || e.Reply == sim.Taken
	}
	return a.delivery >= 0 && effects == 1 && acked && a.over
}

// why says why a message was delivered: "" for the first time of an original.
func (l *Lane) why(a *attempt, sp *speaker) Line {
	var s Line
	if a.delivery < 0 {
		return s
	}
	events := l.Run.Events()
	e := &events[a.delivery]
	if e.Cause < 0 {
		return s
	}
	if c := &events[e.Cause]; a.receipt.Delivery == 1 {
		l.whyPublished(&s, c)
	} else {
		s.add(Plain, nth(int(a.receipt.Delivery))+" time:")
		l.whyAgain(&s, c, sp)
	}
	return s
}

func (l *Lane) whyPublished(s *Line, c *sim.Event) {
	switch c.Kind {
	case sim.Copy:
		s.add(Fault, "[D] a copy that the network made of "+l.message(c).ID)
	case sim.Republish:
		s.add(Fault, "[D] "+l.message(c).ID+" is published again, under the same message ID")
	case sim.Redrive, sim.RedriveAs:
		s.add(Fault, "[D] "+l.redriven(c)+" is put back from the dead-letter queue, "+yesNo(c.Kind == sim.Redrive, "same", "new")+" message ID")
	case sim.RepublishAs:
		s.add(Fault, "[D] "+l.message(c).ID+" is published again, under a new message ID")
	}
}

func (l *Lane) whyAgain(s *Line, c *sim.Event, sp *speaker) {
	events := l.Run.Events()
	q := &l.Run.Lane.Queue
	switch {
	case c.Kind.EndsWait():
		reason := "it took too long"
		if c.Cause >= 0 {
			reason = l.blame(&events[c.Cause])
		}
		if c.Kind == sim.CutOff {
			s.add(Plain, reason+"; cut off after "+Length(q.Silence())+" of silence")
			return
		}
		s.add(Plain, reason+"; hidden for "+Length(q.Visibility)+sp.term("hidden"))
	case c.Kind == sim.ForgetAck:
		s.add(Fault, "[B] the broker forgot its ack")
	case c.Kind == sim.Undelay && c.Cause >= 0:
		s.add(Plain, "it was given back"+sp.term("back"))
	case c.Op == sim.OpReturn && c.Kind == sim.Step:
		s.add(Plain, "it was given back"+sp.term("back"))
	default:
		s.add(Plain, l.blame(c)+", and the connection with it")
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
		return "its worker still waited for " + trade(l.Run.Lane.Business).Whom
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
