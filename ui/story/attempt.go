package story

import (
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// Attempt is one delivery of one broker message in one lane: the events of it.
type Attempt struct {
	Name     string // of the broker message
	Owed     int    // index of what it counts for
	Receipt  broker.Receipt
	Worker   int
	At       time.Duration // when it was delivered
	Delivery int           // event: the delivery, or -1 where it came in a batch
	Events   []int
	Over     bool
	Relays   []int // attempts of the relay at what this one has put into the outbox
	by       int   // of the relay: the attempt that put it there; -1 of a handler
	effect   int   // event: what was done became true with it; -1 for none
	ack      int   // event: the ack with which it ends, lost or not; -1 for none
}

// Relayed reports whether it is the relay's.
func (a *Attempt) Relayed() bool { return a.Receipt.Row > 0 }

// findAttempts sorts the events of a lane into attempts.
func (l *LaneStory) findAttempts() {
	place, posted := map[broker.Receipt]int{}, map[int32]int{} // the latter by row of the outbox
	l.attempt = place
	l.hands = make([][]turnAt, l.Run.World().Workers())
	held, player := map[broker.Receipt]int{}, l.Run.Player() // the former are attempts that have not begun
	events := l.Run.Events()
	for i := range events {
		l.pace.did(1)
		e := &events[i]
		switch {
		case e.Kind == sim.Restart:
			for k := range l.Attempts {
				if a := &l.Attempts[k]; !a.Over {
					a.Events, a.Over = append(a.Events, i), true
				}
			}
			clear(held)
			continue
		case e.Kind == sim.Begin:
			l.hands[e.Worker] = append(l.hands[e.Worker], turnAt{int32(held[e.Receipt]), i})
			delete(held, e.Receipt)
			continue
		}
		l.loseHeld(held, i, player)
		switch {
		case e.Kind != sim.Deliver && e.Kind != sim.Nothing && !e.Kind.AtWork():
			continue
		}
		k, known := place[e.Receipt]
		if !known {
			k = len(l.Attempts)
			place[e.Receipt] = k
			l.Attempts = append(l.Attempts, Attempt{
				Name: l.Run.Name(e), Owed: l.Run.World().Owed(int(e.Msg)), Receipt: e.Receipt,
				Worker: int(e.Worker), At: e.At, Delivery: -1, by: -1,
			})
			if e.Relayed() {
				l.relays(k, e, posted)
			}
			l.hands[e.Worker] = append(l.hands[e.Worker], turnAt{int32(k), i})
		}
		a := &l.Attempts[k]
		if e.Kind == sim.Deliver {
			if a.Delivery = i; e.Held {
				held[e.Receipt] = k
			}
			continue
		}
		a.Events = append(a.Events, i)
		a.Over = a.Over || e.Finished
	}
}

// turnAt is that a worker turns to an attempt with an event: it is handed the message, or
// begins what it has held.
type turnAt struct {
	attempt int32
	event   int
}

// loseHeld ends with an event the attempts that can never begin: their worker has lost what
// it held, with its process or its connection.
func (l *LaneStory) loseHeld(held map[broker.Receipt]int, event int, p *sim.Player) {
	e := l.Event(event)
	if len(held) == 0 || !e.Died() && e.Kind != sim.Drain && e.Kind != sim.CutOff && e.Kind != sim.LoseAck && e.Reply != sim.AckRejected {
		return
	}
	w := p.At(event + 1)
	for r, k := range held { // in any order: each is an attempt of its own
		if a := &l.Attempts[k]; !slices.Contains(w.Held(a.Worker), r) {
			a.Events, a.Over = append(a.Events, event), true
			delete(held, r)
		}
	}
}

// Later reports whether an attempt was delivered after another. Of one message the number
// says so: what waits in a buffer may begin after its redelivery.
func (a *Attempt) Later(b *Attempt) bool {
	if a.Receipt.Msg == b.Receipt.Msg && a.Receipt.Row == b.Receipt.Row {
		return a.Receipt.Delivery > b.Receipt.Delivery
	}
	return a.Begins() > b.Begins()
}

// longPause is how long nothing happens in an attempt before the time is told
// again: others may have acted meanwhile.
const longPause = 5 * time.Second

// told tells what happened in an attempt, and what the relay made of it.
func (l *LaneStory) told(a *Attempt) voice.Clause {
	c := l.work(a)
	if c.Silent() || !a.Over {
		c.Add(words.Dim, "still at work as the run ends")
	}
	for _, k := range a.Relays {
		l.toldRelay(&c, &l.Attempts[k], l.Run.Len())
	}
	return c
}

// work tells what happened in an attempt by itself.
func (l *LaneStory) work(a *Attempt) (c voice.Clause) {
	last := a.At
	held := a.Delivery >= 0 && l.Event(a.Delivery).Held
	if held {
		c = l.teller.Holds(l.Event(a.Delivery))
	}
	for k, i := range a.Events {
		at, step := l.Event(i).At, l.teller.Work(i)
		if e := l.Event(i); held && k == 0 && !e.Kind.AtWork() && e.Kind != sim.Nothing || e.Receipt != a.Receipt && e.Kind != sim.Restart {
			step = l.teller.Loses(i)
		}
		if at-last >= longPause {
			step = step.Led("at " + words.Clock(at) + " ")
		}
		c.Then(step)
		last = at
	}
	return c
}

// FaultOf returns the fault that made an event happen: there is one.
func (l *LaneStory) FaultOf(e *sim.Event) *sim.Fault { return &l.Run.Faults[e.Fault] }

// Slows reports whether an event is the wait for a slow receiver.
func (l *LaneStory) Slows(e *sim.Event) bool { return l.teller.Slows(e) }

// Freezes reports whether an event is a pause.
func (l *LaneStory) Freezes(e *sim.Event) bool { return e.Kind == sim.Nothing && !l.teller.Slows(e) }

// WorkerName returns what a worker of the lane is called, counting from 0.
func (l *LaneStory) WorkerName(n int) string {
	if l.Run.World().IsRelay(n) {
		return l.teller.Worker(int8(n))
	}
	return WorkerName(n)
}

// relays notes that attempt k is the relay's, and which attempt put its row into the
// outbox: that is told in one breath.
func (l *LaneStory) relays(k int, e *sim.Event, posted map[int32]int) {
	row := e.Receipt.Row
	if _, known := posted[row]; !known {
		commit := &l.Run.Events()[e.Cause]
		by, known := l.attempt[broker.Receipt{Msg: commit.Receipt.Msg, Delivery: commit.Receipt.Delivery}]
		posted[row] = words.Either(known, by, -1)
	}
	if by := posted[row]; by >= 0 {
		l.Attempts[k].by = by
		l.Attempts[by].Relays = append(l.Attempts[by].Relays, k)
	}
}

// poster returns the attempt that put into the outbox what the relay handles in
// another, if it did.
func (l *LaneStory) poster(a *Attempt) (by *Attempt, relayed bool) {
	if a.by >= 0 {
		return &l.Attempts[a.by], true
	}
	return &Nobody, false
}

// Posted is what the row is called that the relay handles in an attempt.
func (l *LaneStory) Posted(a *Attempt) string { return l.teller.Posted(l.Event(a.Delivery)) }

// posts reports whether a commit put something into the outbox that the relay took.
func (l *LaneStory) posts(commit *sim.Event) bool {
	a, _ := l.by(commit.Receipt)
	return len(a.Relays) > 0
}

// toldRelay tells what the relay did in an attempt, of what had happened before an
// event. The first follows the commit at once; a later one says when it was.
func (l *LaneStory) toldRelay(c *voice.Clause, a *Attempt, upto int) {
	if a.Begins() >= upto {
		return
	}
	var told voice.Clause
	for _, i := range a.Events {
		if i < upto {
			told.Then(l.teller.Work(i))
		}
	}
	if told.Silent() {
		told.Add(words.Plain, "takes it")
	}
	who := l.WorkerName(a.Worker) + ": "
	if by, _ := l.poster(a); a.At-by.At >= longPause || a.Receipt.Delivery > 1 && l.Run.World().Relays() == 1 {
		who = l.WorkerName(a.Worker) + " at " + words.Clock(a.At) + ": "
	}
	told = told.Led(who)
	if upto == l.Run.Len() && !a.Over {
		told.Add(words.Dim, "still at work as the run ends")
	}
	c.Stop()
	c.Then(told)
}

// Doings returns the events of an attempt, and then those of the relay at what it has
// put into the outbox.
func (l *LaneStory) Doings(a *Attempt) []int {
	if len(a.Relays) == 0 {
		return a.Events
	}
	all := append([]int(nil), a.Events...)
	for _, k := range a.Relays {
		all = append(all, l.Attempts[k].Events...)
	}
	return all
}

// StruckOf returns the events of an attempt among which a fault finds its point: with
// a relay, what strikes at the effect strikes there.
func (l *LaneStory) StruckOf(a *Attempt, f *sim.Fault) []int {
	switch {
	case !f.AtEffect() || l.Consumer.Relay == nil:
		return a.Events
	case len(a.Relays) > 0:
		return l.Attempts[a.Relays[0]].Events
	case slices.ContainsFunc(a.Events, func(i int) bool { return l.Event(i).Op.Performs() }):
		return a.Events // its handler has the effect itself
	}
	return nil
}
