package proof_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// broken searches for the way to break one property, and tells it row by row.
func broken(t *testing.T, c sim.Consumer, p sim.Property, o check.Options) (*check.Trace, []proof.Row) {
	t.Helper()
	e := search(t, sim.Lane{Consumer: c, Business: sim.Card}, o).Result.Of(p).Counterexample
	if e == nil {
		t.Fatalf("%s keeps %s", c.Name, p)
	}
	return e, proof.Rows(e)
}

// A reply that is lost told nobody anything: what it would have said is not known, and
// must not be guessed.
func TestALostReplyIsNotToldAsAnAnswer(t *testing.T) {
	kinds := []check.Kind{check.LoseReply}
	_, rows := broken(t, consumers.DropOnError, sim.NeverLost, check.Options{Faults: 1, Kinds: kinds})
	if got := rows[2].What.Plain(); got != "looks for m1, [R] but the reply is lost" {
		t.Errorf("drop-on-error: %q", got)
	}
	ever := sim.Consumer{Name: "lease", Handle: func(p *sim.Proc, m broker.Message) error {
		if free, err := p.Cache.PutIfAbsent(m.ID, "busy", 0); err != nil || !free {
			return errors.New("somebody is at work, or was")
		}
		return p.Perform(m)
	}}
	_, rows = broken(t, ever, sim.NeverStuck, check.Options{Faults: 1, Kinds: kinds})
	if got := rows[2].What.Plain(); got != "records m1 if it is new, [R] but the reply is lost" {
		t.Errorf("a lease: %q", got)
	}
}

// Of two workers it is said which one pauses.
func TestAPauseIsOfAWorker(t *testing.T) {
	_, rows := broken(t, consumers.CheckThenAct, sim.NeverTwice, check.Options{Faults: 1, Kinds: []check.Kind{check.Overrun}})
	for _, r := range rows {
		if text := r.What.Plain(); strings.HasPrefix(text, "[P]") {
			if r.Who != "queue" || r.Message != "m1/1" || text != "[P] is visible again, while worker 1 is at work" {
				t.Errorf("%s, %s: %s", r.Who, r.Message, text)
			}
			return
		}
	}
	t.Error("nobody pauses")
}

// At 80 columns there is room for enough of a line of source to know it again, and
// nothing but a command is wider than the page.
func TestACardFitsANarrowPage(t *testing.T) {
	narrow := words.Layout{Paint: words.NoPaint, Width: 80}
	for _, c := range catalogue(t, check.Options{Faults: 1}) {
		var told []proof.Told
		for _, e := range counterexamples([]proof.Case{c}) {
			told = append(told, proof.Told{Trace: e})
		}
		for line := range strings.Lines(c.Card(narrow, told)) {
			line = strings.TrimSuffix(line, "\n")
			if ansi.StringWidth(line) > 80 {
				t.Errorf("%s: %d columns: %s", c.Lane.Consumer.Name, ansi.StringWidth(line), line)
			}
			if at, cut := strings.CutSuffix(line, "..."); cut && len(at[strings.LastIndex(at, "  "):]) < 12 {
				t.Errorf("%s: nothing can be made of %s", c.Lane.Consumer.Name, line)
			}
		}
	}
}

// A group must not look like a message.
func TestASequenceIsToldByItsGroup(t *testing.T) {
	_, rows := broken(t, consumers.HighWaterMark, sim.NeverLost, check.Options{Faults: 1})
	for _, r := range rows {
		if text := r.What.Plain(); strings.HasPrefix(text, "changes") {
			if !strings.HasPrefix(text, "changes orders in marks to ") {
				t.Errorf("%s, %s: %s", r.Who, r.Message, text)
			}
			return
		}
	}
	t.Error("nothing is changed")
}

// What takes no fault is not broken by one.
func TestWhatTakesNoFaultIsSaidSo(t *testing.T) {
	c := search(t, sim.Lane{Consumer: consumers.HighWaterMark, Business: sim.Stock}, check.Options{Faults: 1})
	if card := c.Card(plain, nil); !strings.Contains(card, "× breaks without any fault (not claimed)") {
		t.Errorf("the card is\n%s", card)
	}
	c.Options.MaxStates = 100
	cases := []proof.Case{*c}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		t.Fatal(err)
	}
	if got := cases[0].Searched(); cases[0].Result.UpTo != 0 || !strings.Contains(got, "every run without a fault was tried") {
		t.Errorf("up to %d: %q", cases[0].Result.UpTo, got)
	}
}

// Of what it takes, a scenario may have some already: that is not added to it again.
func TestAFaultThatIsThereAlreadyIsNotAdded(t *testing.T) {
	e, _ := broken(t, consumers.MarkFirst, sim.NeverLost, check.Options{Faults: 1})
	quiet, _ := scenarios.Get("quiet-day")
	_, edits, ok := proof.Replay(e, quiet)
	if !ok || len(edits.With) != 1 {
		t.Fatalf("%v, %v", edits, ok)
	}
	has := *quiet
	has.Faults = append([]sim.Fault{{Kind: sim.LoseAckFault, Message: "m2", Delivery: 1}}, edits.With...)
	told, edits, ok := proof.Replay(e, &has)
	if !ok || len(edits.With) != 0 || len(edits.Without) != 1 {
		t.Fatalf("%v, %v", edits, ok)
	}
	if v, err := sim.Tally(edits.Apply(told).Lane(consumers.MarkFirst)); err != nil || v.Of[e.Owed] != sim.Never {
		t.Errorf("it ends in %v, %v", v.Of, err)
	}
}

func TestEveryKindOfFaultHasPlainWords(t *testing.T) {
	for i, text := range proof.Troubles(check.Kinds()) {
		if text == "" {
			t.Errorf("there are no words for %s", check.Kinds()[i])
		}
	}
}
