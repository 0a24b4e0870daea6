package sim_test

import (
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
)

func TestAnAttemptTellsItsStepsAndWhatTheyWereAnswered(t *testing.T) {
	handle := func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.ID) {
			return nil
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	}
	lane := sim.Lane{Consumer: sim.Consumer{Name: "x", Handle: handle}, Queue: broker.Default(), Messages: []sim.Owed{{ID: "m1", Message: broker.Message{ID: "id", Key: "key"}}}}
	w := sim.New(&lane, -1)
	if steps := w.Attempt(0); steps != nil {
		t.Errorf("an idle worker has taken %v", steps)
	}
	for _, line := range []string{"publish m1", "deliver m1 to 1", "step 1", "step 1", "fail 1"} {
		a, err := w.Parse(line)
		if err != nil {
			t.Fatal(err)
		}
		w.Do(a)
	}
	var got []string
	for _, s := range w.Attempt(0) {
		text := s.Op.String() + " " + s.Table + "/" + s.Key + ": " + s.Answer
		if s.Refused {
			text += "!"
		}
		got = append(got, text)
	}
	want := "begin /: \ninsert inbox/id: yes\nperform /: unavailable: nothing was done!\nrollback /: "
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("the attempt is\n%s\nwant\n%s", text, want)
	}
	for range 2 {
		w.Do(sim.Action{Kind: sim.Step})
	}
	if steps := w.Attempt(0); len(steps) != 0 {
		t.Errorf("an attempt that has ended has %d steps", len(steps))
	}
}
