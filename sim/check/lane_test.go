package check_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
)

// everyIdentity are all that there are.
var everyIdentity = []sim.Identity{sim.NoIdentity, sim.MessageID, sim.BusinessKey, sim.Fingerprint, sim.Sequence, sim.ReceiverKey}

// What is written about a consumer decides nothing: a wrong word there used to change
// which messages were searched.
func TestAWrongIdentityChangesNoVerdict(t *testing.T) {
	faults, identities := testkit.Few(1, 2), testkit.Sample(2, everyIdentity)
	for _, c := range testkit.Sample(12, consumers.All()) {
		for _, b := range sim.Businesses() {
			want := ""
			for _, c.Identity = range identities {
				r := search(t, c, b, check.Options{Faults: faults})
				got := r.String()
				for _, p := range properties {
					got += "\n" + shape(r.Of(p))
				}
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%s/%s: as %q\n%s\nas %q\n%s", c.Name, b, c.Identity, got, identities[0], want)
				}
			}
		}
	}
}

// owed are messages with something in common: each is written ID/key/body/group/seq.
func owed(texts ...string) []sim.Owed {
	all := make([]sim.Owed, len(texts))
	for i, text := range texts {
		part := strings.Split(text, "/")
		all[i] = check.Messages(len(texts))[i]
		m := &all[i].Message
		m.ID, m.Key, m.Body, m.Group = part[0], part[1], part[2], part[3]
		_, _ = fmt.Sscan(part[4], &m.Seq)
	}
	return all
}

func ids(all []sim.Owed) string {
	var names []string
	for i := range all {
		names = append(names, all[i].ID)
	}
	return strings.Join(names, " ")
}

// What is alike is taken first, and stays in the order of the lane.
func TestMessagesThatShareSomethingAreTakenFirst(t *testing.T) {
	for _, c := range []struct {
		name string
		all  []sim.Owed
		want []string // with one message, with two...
	}{
		{"nothing", owed("a/a/a/a/1", "b/b/b/b/1", "c/c/c/c/1"), []string{"m1", "m1 m2", "m1 m2 m3"}},
		{"a key", owed("a/a/a/a/1", "b/k/b/b/1", "c/c/c/c/1", "d/k/d/d/1"), []string{"m2", "m2 m4", "m1 m2 m4", "m1 m2 m3 m4"}},
		{"a key, and a group", owed("a/a/a/g/1", "b/b/b/g/2", "c/k/c/c/1", "d/k/d/d/1"), []string{"m3", "m3 m4", "m1 m3 m4"}},
		{"a body", owed("a/a/a/a/1", "b/b/x/b/1", "c/c/x/c/1"), []string{"m2", "m2 m3"}},
		{"a message ID before a body", owed("a/a/x/a/1", "i/b/b/b/1", "c/c/x/c/1", "i/d/d/d/1"), []string{"m2", "m2 m4", "m1 m2 m4"}},
		{"a number in a group", owed("a/a/a/g/1", "b/b/b/g/2", "c/c/c/g/2"), []string{"m2", "m2 m3"}},
	} {
		for n, want := range c.want {
			if got := ids(check.Related(c.all, n+1)); got != want {
				t.Errorf("%s: of %d are taken %q, want %q", c.name, n+1, got, want)
			}
		}
	}
}

// A search is about the lane: its messages, workers, threads, queue and business, and
// none of the trouble that is planned in it.
func TestASearchIsAboutTheLaneThatItIsGiven(t *testing.T) {
	q := broker.Default()
	q.MaxDeliveries = 7
	l := sim.Lane{
		Consumer: consumers.Naive, Business: sim.Mail, Queue: q, Messages: check.Messages(3), Processes: 2, Threads: 2,
		Plan: []sim.Fault{{Kind: sim.CrashFault, Message: "m1"}}, Rates: sim.Rates{sim.CrashFault: .5},
	}
	r := searchLane(t, l, check.Options{Faults: 1, Kinds: []check.Kind{check.LoseAck}})
	e := r.NeverTwice.Counterexample
	if e == nil || r.Bounds.Messages != 3 || r.Bounds.Workers != 4 || len(r.Left) > 0 {
		t.Fatalf("%+v, without %v", r.Bounds, r.Left)
	}
	if got := &e.Lane; got.Threads != 2 || got.Processes != 2 || got.Queue.MaxDeliveries != 7 || got.Business != sim.Mail || got.Plan != nil || got.Rates != nil || ids(got.Messages) != "m1 m2 m3" {
		t.Errorf("searched %+v", got)
	}
}

// As many messages are taken as can be searched to the end, and the others are named.
func TestWhatCannotBeSearchedToTheEndIsLeftOut(t *testing.T) {
	l := sim.Lane{Consumer: consumers.InboxKey, Messages: owed("m1/a/a/a/1", "m2/k/b/b/1", "m3/k/c/c/1", "m4/d/d/d/1")}
	for _, c := range []struct {
		states int
		left   []string
	}{{100_000, nil}, {10_000, []string{"m4"}}, {2_000, []string{"m1", "m4"}}} {
		r := searchLane(t, l, check.Options{Faults: 1, Kinds: []check.Kind{check.LoseAck, check.Crash}, MaxStates: c.states})
		if !slices.Equal(r.Left, c.left) || !r.Finished || r.Bounds.Messages != 4-len(c.left) || r.States > c.states {
			t.Errorf("up to %d states: without %v, want %v: %v, %+v", c.states, r.Left, c.left, r, r.Bounds)
		}
		if e := r.NeverLost.Counterexample; e == nil || e.Faults != 0 {
			t.Errorf("up to %d states: %s: two with one key lose one of them", c.states, shape(&r.NeverLost))
		}
	}
	r := searchLane(t, l, check.Options{Messages: 1, Faults: 1})
	if !slices.Equal(r.Left, []string{"m1", "m3", "m4"}) {
		t.Errorf("asked for one: without %v", r.Left)
	}
}

// What a search with more messages has found before it was given up is not thrown away.
func TestWhatIsFoundWithMoreMessagesCounts(t *testing.T) {
	third := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		if !tx.Insert("inbox", m.ID) || tx.Add("count", "all", 1) > 2 {
			return tx.Commit()
		}
		if err := p.Perform(m); err != nil {
			return err
		}
		return tx.Commit()
	})
	l := sim.Lane{Consumer: third, Business: sim.Stock, Messages: check.Messages(3)}
	r := searchLane(t, l, check.Options{Faults: 2, MaxStates: 60_000})
	if len(r.Left) != 1 || !r.NeverTwice.Holds || r.NeverLost.Counterexample == nil {
		t.Errorf("without %v: twice %s, lost %s", r.Left, shape(&r.NeverTwice), shape(&r.NeverLost))
	}
}
