package story

import (
	"slices"
	"testing"

	"dejavu/scenarios"
)

// What comes of something is told after it, though some lanes come to it some
// milliseconds later than others: the error before the loss, the late ack before the
// delivery that follows.
func TestNoStopIsToldBeforeWhatItFollows(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		stops := st.Stops()
		for i := range stops {
			for k := i + 1; k < len(stops); k++ {
				if o, p := &stops[i], &stops[k]; p.Kind > AtAck && o.follows(p) {
					t.Errorf("%s: %q at step %d is told before %q at step %d, which it follows",
						s.Name, st.Narrate(o.Step).Lines[0].Plain(), o.Step, st.Narrate(p.Step).Lines[0].Plain(), p.Step)
				}
			}
		}
	}
}

// Where nothing got lost, a message has come more often and sooner: what became of the
// delivery with the same number is an old story then.
func TestWhatALaneMadeOfAMessageIsTheLatest(t *testing.T) {
	st := tell(t, get(t, "redis-down-and-lost-ack"))
	for _, p := range st.Stops() {
		if p.Kind != AtHarm || p.Mark != Again {
			continue
		}
		var all []string
		for _, l := range st.Narrate(p.Step).Lines {
			all = append(all, l.Plain())
		}
		if want := "INBOX: records m2 in inbox, charges Bob $15, commits, done."; !slices.Contains(all, want) {
			t.Errorf("%q is not in %q", want, all)
		}
		return
	}
	t.Error("nobody was charged twice")
}

// follows reports whether a stop is about the same and comes after another in some lane,
// or is the harm that the other does.
func (p *Stop) follows(o *Stop) bool {
	for k, e := range p.Event {
		if before := o.Event[k]; e >= 0 && before >= 0 && p.Owed == o.Owed && (before < e || before == e && p.Kind > o.Kind) {
			return true
		}
	}
	return false
}
