package sim_test

import (
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// A relay with a cursor reads the rows above it, lowest first. Here m1 has drawn number one
// and not committed, m2 has drawn two and committed.
const (
	oneIsDrawn   = "publish m1; deliver m1 to 1; step 1; step 1; step 1"
	twoCommits   = "publish m2; deliver m2 to 2; step 2; step 2; step 2; step 2; step 2"
	twoIsFirst   = oneIsDrawn + "; " + twoCommits
	twoIsRelayed = "; deliver m2 to relay; step relay; step relay"
	oneCommits   = "; step 1; step 1"
)

func cursorWorld() *sim.World { return world(lane(consumers.CursorRelay, sim.Card, 2)) }

// The cursor moves to two while one is not committed. When one is, its row lies behind the
// cursor: nobody will ever take it, and the message was acked. Nothing has gone wrong.
func TestARowThatCommitsBehindTheCursorIsNeverSent(t *testing.T) {
	w := cursorWorld()
	play(t, w, twoIsFirst+twoIsRelayed)
	if v := w.Verdicts(); v.Of[0] != sim.Pending || v.Of[1] != sim.Once {
		t.Errorf("before m1 commits: %v", v.Of)
	}
	play(t, w, oneCommits[2:])
	if can(t, w, "deliver m1 to relay") {
		t.Error("the relay takes a row behind its cursor")
	}
	if v := w.Verdicts(); !w.Quiet() || v.Of[0] != sim.Never || !w.Breaks(sim.NeverLost) {
		t.Errorf("quiet %v, %v", w.Quiet(), v.Of)
	}
	for row := range w.Outbox {
		t.Errorf("%+v waits, and nobody will take it", row)
	}
	w = world(lane(consumers.Outbox, sim.Card, 2))
	play(t, w, twoIsFirst+twoIsRelayed+oneCommits+"; deliver m1 to relay; step relay; step relay")
	if v := w.Verdicts(); v.Of[0] != sim.Once || v.Of[1] != sim.Once {
		t.Errorf("a relay that marks each row: %v", v.Of)
	}
}

// What has drawn a lower number is taken first, whichever commits first, if the cursor is
// not there yet. That the relay is at work on two does not move it: the mark does. So a
// relay that dies before it finds one as well, and repeats two.
func TestTheCursorMovesWithTheMark(t *testing.T) {
	w := cursorWorld()
	play(t, w, twoIsFirst+oneCommits)
	if can(t, w, "deliver m2 to relay") || !can(t, w, "deliver m1 to relay") {
		t.Error("the lowest number is not the only one to take")
	}
	w = cursorWorld()
	play(t, w, twoIsFirst+"; deliver m2 to relay; step relay"+oneCommits)
	died := w.Clone()
	if play(t, w, "step relay"); can(t, w, "deliver m1 to relay") || w.Verdicts().Of[0] != sim.Never {
		t.Errorf("one has committed while the relay was at two: %v", w.Verdicts().Of)
	}
	play(t, died, "crash relay; deliver m1 to relay; step relay; step relay; deliver m2 to relay; step relay; step relay")
	if v := died.Verdicts(); v.Of[0] != sim.Once || v.Of[1] != sim.Twice {
		t.Errorf("the relay has died before the mark: %v", v.Of)
	}
}

// A rollback leaves a gap, which nobody waits for. The next attempt draws a number of its
// own.
func TestANumberThatIsRolledBackIsAGap(t *testing.T) {
	w := cursorWorld()
	play(t, w, twoIsFirst+"; crash 1"+twoIsRelayed+"; time-out m1; deliver m1 to 1; step 1; step 1; step 1; step 1; step 1")
	play(t, w, "deliver m1 to relay; step relay; step relay")
	if v := w.Verdicts(); v.Of[0] != sim.Once || v.Of[1] != sim.Once {
		t.Errorf("%v", v.Of)
	}
}

// A relay that cannot perform a row does not pass it over: the cursor cannot mark the next
// without it.
func TestTheCursorWaitsForARowThatFails(t *testing.T) {
	w := cursorWorld()
	play(t, w, oneIsDrawn+oneCommits+"; "+twoCommits+"; deliver m1 to relay; fail relay; step relay")
	if can(t, w, "deliver m2 to relay") {
		t.Error("the relay goes on behind a row that waits to be tried again")
	}
	if play(t, w, "retry m1"); !can(t, w, "deliver m1 to relay") || can(t, w, "deliver m2 to relay") {
		t.Error("m1 is not the next")
	}
}

// The cursor is a row of the same database. A failover that loses the mark takes it back to
// where it was: what it had passed over lies ahead of it again, and what was sent is sent
// again. One that loses the row is not noticed by the relay that is at it, and its mark
// moves the cursor all the same.
func TestAFailoverTakesTheCursorBack(t *testing.T) {
	back := func() *sim.World {
		w := cursorWorld()
		w.KeepJournal(0)
		return w
	}
	w := back()
	play(t, w, twoIsFirst+"; deliver m2 to relay; step relay; step 1; step 1; step relay") // the mark is the last commit
	if v := w.Verdicts(); !w.Quiet() || v.Of[0] != sim.Never {
		t.Fatalf("quiet %v, %v", w.Quiet(), v.Of)
	}
	play(t, w, "lose-writes; deliver m1 to relay; step relay; step relay; deliver m2 to relay; step relay; step relay")
	if v := w.Verdicts(); v.Of[0] != sim.Once || v.Of[1] != sim.Twice {
		t.Errorf("the mark was lost: %v", v.Of)
	}
	w = back()
	play(t, w, twoIsFirst+twoIsRelayed+oneCommits+"; lose-writes") // the last commit is that of m1, whose row nobody missed
	if can(t, w, "deliver m1 to relay") {
		t.Error("a row that was lost is taken")
	}
	w = back()
	play(t, w, twoIsFirst+"; deliver m2 to relay; step relay; lose-writes; step relay"+oneCommits)
	if can(t, w, "deliver m1 to relay") || w.Verdicts().Of[0] != sim.Never {
		t.Errorf("the relay was at a row that is lost, and has moved its cursor to it: %v", w.Verdicts().Of)
	}
}

// What a key has of numbers is their order, and not how many there were: a search comes to
// an end.
func TestOnlyTheOrderOfNumbersIsInAKey(t *testing.T) {
	w := cursorWorld()
	play(t, w, "publish m1; deliver m1 to 1")
	first := string(w.AppendKey(nil))
	play(t, w, "step 1; step 1; step 1; crash 1; time-out m1; deliver m1 to 1")
	if again := string(w.AppendKey(nil)); again != first {
		t.Error("a number that was rolled back shows in the key")
	}
	a, b := cursorWorld(), cursorWorld()
	play(t, a, "publish m1; publish m2; deliver m1 to 1; deliver m2 to 2; step 1; step 1; step 2; step 2; step 1; step 2")
	play(t, b, "publish m1; publish m2; deliver m1 to 1; deliver m2 to 2; step 1; step 1; step 2; step 2; step 2; step 1")
	if string(a.AppendKey(nil)) == string(b.AppendKey(nil)) {
		t.Error("who has drawn the lower number does not show in the key")
	}
	play(t, a, "step 1; step 2")
	play(t, b, "step 1; step 2")
	if can(t, a, "deliver m2 to relay") || can(t, b, "deliver m1 to relay") {
		t.Error("the relay does not take the lowest number first")
	}
}

// A second relay would wait for the lock on the cursor: there is one.
func TestThereIsOneRelayToACursor(t *testing.T) {
	for _, claim := range []sim.RowClaim{sim.NoClaim, sim.ClaimRow} {
		r := simulate(t, relays(consumers.CursorRelay, 2, claim))
		if got := verdicts(r); got != "once" || r.World().Relays() != 1 {
			t.Errorf("claim %s: %s by %d relays", claim, got, r.World().Relays())
		}
	}
}

// A whole transaction of each on the timeline: it takes 30 ms to the commit, and the relay a
// second for the effect. m1 draws its number first and pauses before its commit, while m2,
// which is published 2 s later, goes through.
func TestNumberTwoCommitsFirstOnTheTimeline(t *testing.T) {
	for _, c := range []struct {
		consumer sim.Consumer
		plan     []string
		ends     string
	}{
		{consumers.CursorRelay, nil, "once once"},
		{consumers.CursorRelay, []string{"pause:m1/before-commit,for=10s"}, "never once"},
		{consumers.Outbox, []string{"pause:m1/before-commit,for=10s"}, "once once"},
		{consumers.CursorRelay, []string{"pause:m1/before-enqueue,for=10s"}, "once once"}, // no number is drawn yet
		{consumers.CursorRelay, []string{"crash:m1/before-commit"}, "once once"},          // a gap
		{consumers.CursorRelay, []string{"crash:m1/after-effect"}, "twice once"},          // as with any outbox
	} {
		l := lane(c.consumer, sim.Card, 2, c.plan...)
		l.Messages = owed(2, 2*time.Second)
		r := simulate(t, l)
		if got := verdicts(r); got != c.ends {
			t.Errorf("%s, %v: %s, want %s", c.consumer.Name, c.plan, got, c.ends)
		}
	}
}

// Rows are numbered one by one, also in one transaction; and the relay that acks early moves
// its cursor once.
func TestEachRowHasANumberOfItsOwn(t *testing.T) {
	twice := sim.Consumer{Name: "twice", Cursor: true, Handle: func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		tx.Enqueue(m)
		tx.Enqueue(m)
		return tx.Commit()
	}, Relay: func(p *sim.Proc, m broker.Message) error {
		_ = p.Ack()
		return p.Perform(m)
	}}
	r := simulate(t, lane(twice, sim.Card, 1))
	if v := r.World().Verdicts(); v.Effects[0] != 2 {
		t.Errorf("%d effects, want one for each row", v.Effects[0])
	}
}
