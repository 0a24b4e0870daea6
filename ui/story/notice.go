package story

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"dejavu/sim"
)

// notice is something that happened to a message, to what was remembered of it, or to
// all at once, and is part of no attempt.
type notice struct {
	at    time.Duration
	name  string // "" if it is about no message
	kind  string // what it is then, a word that has a term: parked; or ""
	text  string
	lanes []string
}

// notices returns what happened between attempts, in order. What happened at the
// same time by the clock in several lanes is one notice.
func (s *Story) notices() []notice {
	var all []notice
	type what struct{ name, text, clock string }
	known := map[what][]int{}
	for _, l := range s.Lanes {
		for i := range l.Run.Events() {
			n, ok := l.notice(l.event(i))
			if !ok {
				n, ok = l.toAll(i)
			}
			if !ok {
				continue
			}
			this := what{n.name, n.text, Clock(n.at)}
			same := slices.IndexFunc(known[this], func(k int) bool { return !slices.Contains(all[k].lanes, l.Consumer.Name) })
			if same >= 0 {
				k := known[this][same]
				all[k].lanes = append(all[k].lanes, l.Consumer.Name)
			} else {
				n.lanes = []string{l.Consumer.Name}
				known[this] = append(known[this], len(all))
				all = append(all, n)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b notice) int { return cmp.Compare(a.at, b.at) })
	return all
}

func (l *Lane) notice(e *sim.Event) (notice, bool) {
	n := notice{at: e.At, name: l.Run.Name(e)}
	switch {
	case e.Reply == sim.Deduplicated:
		n.kind, n.text = "dropped", ": its message ID was published before"
	case e.Kind.EndsWait() && e.Reply.GivesUp():
		n.kind, n.text = ended(e), fmt.Sprintf(": delivered %d times, and never acked", e.Receipt.Delivery)
		if e.Receipt.Delivery == 1 {
			n.text = ": delivered once, and not acked"
		}
	case e.Kind == sim.ForgetAck && e.Reply.GivesUp():
		n.kind, n.text = ended(e), ": the ack of its last delivery was forgotten"
	case e.Kind == sim.Expire:
		return l.lapsed(e)
	default:
		return n, false
	}
	return n, true
}

// toAll is the notice of something that happens to all at once. A broker that forgets
// acks is told of at the deliveries that come of it.
func (l *Lane) toAll(i int) (notice, bool) {
	e := l.event(i)
	n := notice{at: e.At}
	switch e.Kind {
	case sim.Restart:
		n.text = "[X] all processes are restarted"
	case sim.StoreDown:
		n.text = "[O] database and cache go down"
	case sim.StoreUp:
		n.text = "database and cache can be reached again"
	case sim.LoseWrites:
		n.text = "[W] " + l.failover(i, true) + yesNo(e.Undone, ", and the item with it", "")
	default:
		return n, false
	}
	return n, true
}

// clause says it without its subject.
func (n *notice) clause(sp *speaker) string {
	if n.kind == "" {
		return n.text
	}
	return "is " + n.kind + sp.term(n.kind) + n.text
}

// laneOf is the lane of a consumer, or those of several.
func laneOf(consumers []string) string {
	return yesNo(len(consumers) > 1, "the lanes of ", "the lane of ") + listed(consumers)
}

// writeNotices writes those of the notices that came before a time, and returns
// the others.
func (s *Story) writeNotices(w *writer, all []notice, until time.Duration) []notice {
	for len(all) > 0 && all[0].at <= until {
		n := all[0]
		all = all[1:]
		text := n.clause(&w.speaker)
		if len(n.lanes) < len(s.Lanes) {
			text += ", in " + laneOf(n.lanes)
		}
		for i, line := range (Line{{text, Fault}}).Wrap(w.width - w.gutter) {
			w.text(w.left(yesNo(i == 0, fmt.Sprintf("%-7s %s", Clock(n.at), n.name), "")) + line.paint(w.paint, 0))
		}
	}
	return all
}

// writeUnmet says of every planned fault in which lanes it struck nothing: there
// was no such delivery, or no such step.
func (s *Story) writeUnmet(w *writer) {
	struck := make([][]bool, len(s.Lanes)) // by lane and fault
	for k, l := range s.Lanes {
		struck[k] = make([]bool, len(l.Run.Faults))
		for i := range l.Run.Events() {
			if f := l.event(i).Fault; f >= 0 {
				struck[k][f] = true
			}
		}
	}
	for i, f := range s.Scenario.Faults {
		var spared []string
		for k, l := range s.Lanes {
			if !struck[k][i] {
				spared = append(spared, l.Consumer.Name)
			}
		}
		text := ""
		switch len(spared) {
		case 0:
			continue
		case len(s.Lanes):
			text = fmt.Sprintf("%s struck nothing: %s.", f, yesNo(f.Kind == sim.RedriveFault, "the dead-letter queue had no "+f.Message, "no lane came to that point"))
		default:
			why := yesNo(f.Kind == sim.RedriveFault, "whose dead-letter queue had no "+f.Message, "which never came to that point")
			text = fmt.Sprintf("%s struck nothing in %s, %s.", f, laneOf(spared), why)
		}
		w.text("")
		for _, line := range (Line{{text, Fault}}).Wrap(w.width) {
			w.line(line, 0)
		}
	}
}
