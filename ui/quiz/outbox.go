package quiz

import (
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// askOutbox asks what the row says that a relay takes out of the outbox once more.
func askOutbox(s *story.Story, harms []origin) (q Question, claims []claim) {
	o := &harms[0]
	if o.row < 0 {
		return
	}
	a := &o.Attempts[o.row]
	q = Question{Step: beforeIt(s, o, a), Reveal: o.stop.Step, Lane: -1}
	who := o.WorkerName(a.Worker)
	if o.Run.World().Relays() == 1 {
		who = "the " + who
	}
	left := o.Event(int(o.Event(a.Delivery).Cause))
	q.Text = words.Capital(who) + " takes " + o.Posted(a) + " out of the outbox" + words.Either(left.Op == sim.OpCommit, ", as another one does", " again") + ". What does its row say?"
	if o.Consumer.Cursor {
		return askCursor(o, q, left)
	}
	sends := words.ForWhom(o.trade().Does, o.owed())
	return q, []claim{
		{"not sent yet", "it " + sends, true, o.reason(""), 0},
		{"that " + o.done(), "it marks it sent", false, "a row says that it is sent once its relay marks it, and not before", 19},
		rowKnows(left),
	}
}

// askCursor asks where the cursor is of a relay that takes a row once more.
func askCursor(o *origin, q Question, left *sim.Event) (Question, []claim) {
	name := o.Attempts[o.row].Name
	q.Text = "The relay takes " + name + " out of the outbox again. Where is its cursor?"
	went := "it begins with the first row"
	if left.Died() || left.Kind == sim.Restart || left.Kind == sim.Kill {
		went = "it went with the relay"
	}
	return q, []claim{
		{"before " + name, "it " + words.ForWhom(o.trade().Does, o.owed()), true, o.reason(""), 0},
		{"at " + name, "it goes on with the next row", false, "the cursor moves once the relay is done with a row, and not before", 19},
		{"nowhere", went, false, "the cursor is a row of the database: it stays, whatever becomes of the relay", 27},
	}
}

// rowKnows claims that the outbox knows what became of the relay that had a row.
func rowKnows(left *sim.Event) claim {
	switch {
	case left.Op == sim.OpCommit:
		return claim{"that the other is at it", "it passes over it", false, "whoever only reads a row leaves no sign on it", 21}
	case left.Died() || left.Kind == sim.Restart || left.Kind == sim.Kill:
		return claim{"nothing", "the row went with the relay", false, "a row stays until it is marked sent, whatever becomes of the relay", 27}
	}
	return claim{"how far the relay got", "it does the rest", false, "a row says sent or not sent, and nothing between", 2}
}
