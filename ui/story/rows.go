package story

import (
	"cmp"
	"slices"
	"strconv"
	"time"

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

// rows aligns the attempts of all lanes and sorts them by time.
func (s *Story) rows() []row {
	type key struct {
		name     string
		delivery int
	}
	place := map[key]int{}
	var rows []row
	for k, l := range s.Lanes {
		for i := range l.attempts {
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
	slices.SortStableFunc(rows, func(a, b row) int { return cmp.Compare(a.at, b.at) })
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
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(at[a], at[b]) })
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
		if r.cell[k] < 0 || !l.calm(&l.attempts[r.cell[k]]) || l.attempts[r.cell[k]].at-r.at >= together {
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
