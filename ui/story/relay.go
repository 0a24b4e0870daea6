package story

import (
	"strings"

	"dejavu/broker"
	"dejavu/sim"
)

// WorkerName returns what a worker of the lane is called, counting from 0.
func (l *Lane) WorkerName(n int) string {
	if l.Run.World().Relay() == n {
		return "relay"
	}
	return WorkerName(n)
}

// whom names a worker in a sentence: worker 2, the relay.
func (l *Lane) whom(n int8) string {
	if l.Run.World().Relay() == int(n) {
		return "the relay"
	}
	return "worker " + grouped(int64(n)+1)
}

// relays notes that attempt k is the relay's, and which attempt put its row into the
// outbox: that is told in one breath.
func (l *Lane) relays(k int, e *sim.Event, posted map[int32]int) {
	row := e.Receipt.Row
	if _, known := posted[row]; !known {
		commit := &l.Run.Events()[e.Cause]
		by, known := l.attempt[broker.Receipt{Msg: commit.Receipt.Msg, Delivery: commit.Receipt.Delivery}]
		posted[row] = yesNo(known, by, -1)
	}
	if by := posted[row]; by >= 0 {
		l.attempts[k].by = by
		l.attempts[by].relays = append(l.attempts[by].relays, k)
	}
}

// poster returns the attempt that put into the outbox what the relay handles in
// another, if it did.
func (l *Lane) poster(a *attempt) (by *attempt, relayed bool) {
	if a.by >= 0 {
		return &l.attempts[a.by], true
	}
	return &nobody, false
}

// posts reports whether a commit put something into the outbox that the relay took.
func (l *Lane) posts(commit *sim.Event) bool {
	a, _ := l.by(commit.Receipt)
	return len(a.relays) > 0
}

// toldRelay appends what the relay did in an attempt, of what had happened before an
// event. The first follows the commit at once; a later one says when it was.
func (l *Lane) toldRelay(s *Line, a *attempt, upto int, sp *speaker) {
	if a.begins() >= upto {
		return
	}
	var told Line
	for _, i := range a.events {
		if i < upto {
			l.phrase(&told, i, sp)
		}
	}
	if len(told) == 0 {
		told.add(Plain, "takes it")
	}
	who := "relay: "
	if by, _ := l.poster(a); a.receipt.Delivery > 1 || a.at-by.at >= longPause {
		who = "relay at " + Clock(a.at) + ": "
	}
	told[0].Text = who + told[0].Text
	if upto == l.Run.Len() && !a.over {
		told.join(Dim, "still at work as the run ends")
	}
	if len(*s) > 0 {
		(*s)[len(*s)-1].Text += ";"
	}
	*s = append(*s, told...)
}

// doings returns the events of an attempt, and then those of the relay at what it has
// put into the outbox.
func (l *Lane) doings(a *attempt) []int {
	if len(a.relays) == 0 {
		return a.events
	}
	all := append([]int(nil), a.events...)
	for _, k := range a.relays {
		all = append(all, l.attempts[k].events...)
	}
	return all
}

// whyRelayed says why the relay takes a row once more.
func whyRelayed(c *sim.Event) string {
	switch {
	case c.Kind == sim.Crash || c.Op == sim.OpPanic:
		return "the relay died before it had marked it sent"
	case c.Kind == sim.Restart:
		return "the relay was restarted before it had marked it sent"
	}
	return "the relay heard of an error, and left it for later"
}

// struckOf returns the events of an attempt among which a fault finds its point: with
// a relay, what strikes at the effect strikes there.
func (l *Lane) struckOf(a *attempt, f *sim.Fault) []int {
	switch {
	case !f.AtEffect() || l.Consumer.Relay == nil:
		return a.events
	case len(a.relays) == 0:
		return nil
	}
	return l.attempts[a.relays[0]].events
}

// takes says that the relay takes a row and, once more, why.
func (l *Lane) takes(e *sim.Event) Line {
	text := "the relay takes " + l.Run.Name(e)
	if e.Receipt.Delivery > 1 {
		text += " again: " + strings.Replace(whyRelayed(l.event(int(e.Cause))), "the relay", "it", 1)
	}
	return Line{{text, Plain}}
}
