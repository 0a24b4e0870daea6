package learn

import (
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// together is how far apart lanes may come to the same and still share a stop, as in
// package story.
const together = 2 * time.Second

// find returns after how many steps a run is at a place, and whether it ever is.
// Where lanes come to it together, that is with the last of them.
func find(st *story.Story, p *scenarios.Position) (step int, found bool) {
	switch p.Kind {
	case scenarios.AtStart:
		return 0, true
	case scenarios.AtEnd:
		return st.Steps(), true
	case scenarios.AtParting:
		return st.Parted(), st.Parted() > 0
	}
	first := time.Duration(-1)
	var at []time.Duration
	var steps []int
	for k, l := range st.Lanes {
		if p.Lane != "" && p.Lane != l.Consumer.Name {
			continue
		}
		event := firstEventAt(l, p)
		if event < 0 {
			continue
		}
		when := l.Run.Events()[event].At
		at, steps = append(at, when), append(steps, st.StepOf(k, event))
		if first < 0 || when < first {
			first = when
		}
	}
	for i := range steps {
		if at[i]-first <= together {
			step = max(step, steps[i])
		}
	}
	return step, len(steps) > 0
}

// moment is how close things are that happen at one time.
const moment = 100 * time.Millisecond

// stepBefore returns the step at which a question about a place is asked: just before the
// place, and before any lane has handled its delivery.
func stepBefore(st *story.Story, p *scenarios.Position, step int) int {
	switch p.Kind {
	case scenarios.AtDelivery, scenarios.AtPublish, scenarios.AtTimeout:
		return step - 1
	case scenarios.AtHarm: // what other lanes do at its very instant would give it away
		before := step - 1
		for before > 0 && st.When(step)-st.When(before) < moment {
			before--
		}
		return before
	}
	handed := scenarios.Position{Kind: scenarios.AtDelivery, Message: p.Message, Delivery: p.Delivery}
	if at, found := find(st, &handed); p.Delivery > 0 && found && at < step {
		return at
	}
	return step - 1
}

// firstEventAt returns the first event of a lane that a place is about, or -1.
func firstEventAt(l *story.LaneStory, p *scenarios.Position) int {
	if p.Kind == scenarios.AtHarm {
		for _, m := range l.Marks() {
			if m.Kind != story.Done && (p.Message == "" || l.Run.Lane.Messages[m.Owed].ID == p.Message) {
				return m.Event
			}
		}
		return -1
	}
	for i := range l.Run.Events() {
		if is(l, i, p) {
			return i
		}
	}
	return -1
}

// is reports whether an event is what a place is about.
func is(l *story.LaneStory, i int, p *scenarios.Position) bool {
	e := &l.Run.Events()[i]
	kind := p.Kind
	switch kind {
	case scenarios.AtFault:
		return int(e.Fault) == p.Nth-1
	case scenarios.AtPublish, scenarios.AtTimeout:
		if !named(l, e, p.Message) {
			return false
		}
		return kind == scenarios.AtTimeout && e.Kind.EndsWait() || kind == scenarios.AtPublish && published(e.Kind)
	case scenarios.AtFirst:
		kind = p.What
	default:
		if int(e.Receipt.Delivery) != p.Delivery || !named(l, e, p.Message) {
			return false
		}
	}
	switch kind {
	case scenarios.AtDelivery:
		return e.Kind == sim.Deliver
	case scenarios.AtEffect:
		return e.Done && l.Effect(i) > 0
	case scenarios.AtAck:
		answered := e.Kind == sim.Step && e.Reply != sim.Unreported || e.Kind == sim.LoseAck
		return answered && (e.Op == sim.OpReturn || e.Op == sim.OpAck)
	}
	return e.Kind == sim.Step && called(e.Op, string(kind))
}

// called reports whether a step answers to a name.
func called(op sim.Op, name string) bool {
	return op.String() == name || name == "mark" && op.Marks() || name == "check" && op.Checks()
}

func published(k sim.ActionKind) bool {
	return k == sim.Publish || k == sim.Copy || k == sim.Republish || k == sim.RepublishAs || k == sim.RepublishReworded || k == sim.Redrive || k == sim.RedriveAs
}

// named reports whether an event is about a broker message.
func named(l *story.LaneStory, e *sim.Event, message string) bool {
	return e.Kind != sim.Restart && e.Kind != sim.Expire && l.Name(e) == message
}
