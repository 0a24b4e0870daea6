package sim_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// after returns the world of two messages to which some actions lead. It leaves out
// copies with which all is done.
func after(t *testing.T, of sim.Consumer, queue broker.Profile, actions ...string) *sim.World {
	t.Helper()
	l := lane(of, sim.Card, 2)
	l.Queue = queue
	w := sim.New(&l, -1)
	w.LeaveOutCopies()
	for _, text := range actions {
		a, err := w.Parse(text)
		if err != nil || !w.Can(a) {
			t.Fatalf("%s is not possible: %v", text, err)
		}
		w.Do(a)
	}
	return w
}

// handled are the actions of an attempt by which a message takes effect or is found in
// the inbox.
func handled(name string, steps int) []string {
	all := []string{"deliver " + name + " to 1"}
	for range steps {
		all = append(all, "step 1")
	}
	return all
}

// What differs only in which of several equal messages is where has one key, and what
// differs in more has not.
func TestEqualMessagesFoldIntoOneKey(t *testing.T) {
	window := broker.Default()
	window.DedupWindow = 1
	batch := broker.Default()
	batch.Batch = 2
	copied := []string{"publish m1", "copy m1"}
	first := append(slices.Clone(copied), handled("m1", 5)...)
	for _, c := range []struct {
		why   string
		queue broker.Profile
		a, b  []string
		same  bool
	}{
		{"either is at work", broker.Default(), append(copied, "deliver m1 to 1"), append(copied, "deliver m1b to 2"), true},
		{"either is at work, and was copied again", broker.Default(), append(copied, "deliver m1 to 1", "copy m1"), append(copied, "deliver m1b to 2", "copy m1"), true},
		{"both are at work, at different steps", broker.Default(),
			append(copied, "deliver m1 to 1", "deliver m1b to 2", "step 1"), append(copied, "deliver m1 to 1", "deliver m1b to 2", "step 2"), true},
		{"both are at work, and one holds the row", broker.Default(),
			append(copied, "deliver m1 to 1", "deliver m1b to 2", "step 1", "step 1", "step 2"), append(copied, "deliver m1 to 1", "deliver m1b to 2", "step 2", "step 2", "step 1"), true},
		{"of two messages", broker.Default(), append(copied, "publish m2", "copy m2"), []string{"publish m1", "publish m2", "copy m2", "copy m1"}, true},
		{"one is done with, and the other as if there were no copy", broker.Default(), append(first, "deliver m1b to 1"), append(append([]string{"publish m1"}, handled("m1", 4)...), "lose-ack 1", "time-out m1", "deliver m1 to 1"), true},
		{"a copy is not none", broker.Default(), copied, []string{"publish m1"}, false},
		{"of another message", broker.Default(), []string{"publish m1", "publish m2", "copy m1"}, []string{"publish m1", "publish m2", "copy m2"}, false},
		{"a window tells them apart", window, append(copied, "deliver m1 to 1"), append(copied, "deliver m1b to 1"), false},
		{"a batch tells them apart", batch, append(copied, "deliver m1b to 1"), append(copied, "deliver m1 to 1", "time-out m1"), false},
	} {
		a, b := after(t, consumers.Inbox, c.queue, c.a...), after(t, consumers.Inbox, c.queue, c.b...)
		x, y := a.AppendFoldedKey(nil), b.AppendFoldedKey(nil)
		if same := slices.Equal(x, y); same != c.same {
			t.Errorf("%s: the keys of %q and %q are the same: %v\n%v\n%v", c.why, c.a, c.b, same, x, y)
		}
	}
}

// Two copies at the same step may differ in who has written what. That has one key as
// well: they are taken in each order.
func TestMessagesThatTieAreTakenInEachOrder(t *testing.T) {
	writer := sim.Consumer{Name: "writer", Clause: "for a test", Handle: func(p *sim.Proc, m broker.Message) error {
		if err := p.Cache.Set(m.ID, "busy", time.Minute); err != nil {
			return err
		}
		return p.Perform(m)
	}}
	both := []string{"publish m1", "copy m1", "deliver m1 to 1", "deliver m1b to 2"}
	a := after(t, writer, broker.Default(), append(slices.Clone(both), "step 1", "step 2")...)
	b := after(t, writer, broker.Default(), append(slices.Clone(both), "step 2", "step 1")...)
	if x, y := a.AppendFoldedKey(nil), b.AppendFoldedKey(nil); !slices.Equal(x, y) {
		t.Errorf("whoever wrote last, it is the same:\n%v\n%v", x, y)
	}
}

// A worker still has in its batch what it is done with, and nobody asks for it there: who
// is restored from a key does not have it, and what both come to has one key all the same.
func TestWhatABatchIsDoneWithFoldsAway(t *testing.T) {
	batch := broker.Default()
	batch.Batch = 2
	w := after(t, consumers.RedeliveredFlag, batch, "publish m1", "copy m1", "deliver m1 to 1")
	for i := 0; w.Queue().State(0) != broker.Acked; i++ {
		if i == 10 {
			t.Fatal("m1 is never acked")
		}
		w.Do(action(t, w, "step 1"))
	}
	restored := w.Clone()
	restored.Restore(w.AppendFoldedKey(nil))
	for i := range 3 {
		if got, want := restored.AppendFoldedKey(nil), w.AppendFoldedKey(nil); !slices.Equal(got, want) {
			t.Fatalf("%d steps on, the key is %x, and of the restored world %x", i, want, got)
		}
		w.Do(action(t, w, "step 1"))
		at := "step 1"
		if a, err := restored.Parse(at); err != nil || !restored.Can(a) {
			at = "step 2"
		}
		restored.Do(action(t, restored, at))
	}
}
