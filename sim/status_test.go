package sim_test

import (
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// A status: each message of a group sets it, and the last write wins.

// oneStatus is a lane of n messages that set one status, a minute apart.
func oneStatus(c sim.Consumer, n int, plan ...string) sim.Lane {
	l := lane(c, sim.Status, n, plan...)
	for i := range l.Messages {
		l.Messages[i].Group, l.Messages[i].Seq = "sub-1", i+1
	}
	return l
}

// To set again what is set does no harm, however often. To set it after something newer
// does, by a duplicate and by the first delivery alike, and even if the newer comes again:
// somebody may have read it meanwhile.
func TestAStatusIsStaleThatIsSetOverANewerOne(t *testing.T) {
	for _, c := range []struct {
		trouble, want, effects string
	}{
		{"", "once once", "1 1"},
		{"copy:m2,later=5s", "once once", "1 1"},
		{"copy:m1,later=5s", "once once", "1 1"},
		{"copy:m1,later=2m", "stale once", "2 1"},
		{"delay:m1,for=2m", "stale once", "2 1"}, // it was never set in its turn
		{"delay:m1,for=2m copy:m1,later=1m", "stale once", "3 1"},
		{"copy:m1,later=2m copy:m2,later=3m", "stale once", "2 1"},
	} {
		r := simulate(t, oneStatus(consumers.Naive, 2, strings.Fields(c.trouble)...))
		v := r.Verdicts()
		var want []int32
		for _, n := range strings.Fields(c.effects) {
			want = append(want, int32(n[0]-'0'))
		}
		if verdicts(r) != c.want || !slices.Equal(v.Effects, want) {
			t.Errorf("%q: %s by %v, want %s by %s", c.trouble, verdicts(r), v.Effects, c.want, c.effects)
		}
		if stale := strings.Contains(c.want, "stale"); r.World().Breaks(sim.NeverTwice) != stale || v.Breaks(sim.NeverTwice) != stale {
			t.Errorf("%q: breaks never-twice: %v and %v, want %v", c.trouble, r.World().Breaks(sim.NeverTwice), v.Breaks(sim.NeverTwice), stale)
		}
		for debt, of := range r.Marks(nil).Effects {
			if len(of) != int(v.Effects[debt]) {
				t.Errorf("%q: m%d has the marks %v, and %d effects", c.trouble, debt+1, of, v.Effects[debt])
			}
		}
	}
}

// Messages of other groups set other statuses: nothing of one is newer than anything of
// another.
func TestAStatusOfAnotherGroupIsNotOverwritten(t *testing.T) {
	l := oneStatus(consumers.Naive, 2, "delay:m1,for=2m")
	l.Messages[0].Group = "sub-2"
	if got := verdicts(simulate(t, l)); got != "once once" {
		t.Errorf("of two groups: %s, want once once", got)
	}
}

// A transaction sets the status with its commit. What is rolled back has set nothing, and
// neither has anything that older messages set over it.
func TestAStatusIsSetWithTheCommit(t *testing.T) {
	w := world(oneStatus(consumers.Inbox, 2))
	play(t, w, "publish m1; publish m2; deliver m2 to 2; step 2; step 2; step 2")
	if v := w.Verdicts().Of; v[0] != sim.Pending || v[1] != sim.Pending {
		t.Errorf("before m2 commits: %v, want pending twice", v)
	}
	dies := w.Clone()
	play(t, dies, "crash 2; deliver m1 to 1; step 1; step 1; step 1; step 1")
	if v := dies.Verdicts().Of; dies.Breaks(sim.NeverTwice) || v[0] != sim.Once || v[1] != sim.Pending {
		t.Errorf("m2 is rolled back: %v, want once and pending", v)
	}
	play(t, w, "step 2; deliver m1 to 1; step 1; step 1; step 1")
	if w.Breaks(sim.NeverTwice) {
		t.Error("m1 is not committed, and breaks never-twice")
	}
	play(t, w, "step 1")
	if v := w.Verdicts().Of; v[0] != sim.Stale || !w.Breaks(sim.NeverTwice) {
		t.Errorf("m1 commits after m2: %v, want stale", v)
	}
}

// An older one that is gone is lost only if no newer one sets the status, or can.
func TestAnOlderStatusIsOutdatedByANewerOne(t *testing.T) {
	drops := func(ids ...string) sim.Consumer {
		return sim.Consumer{Name: "drops", Handle: func(p *sim.Proc, m broker.Message) error {
			if slices.Contains(ids, m.ID) {
				return nil
			}
			return p.Perform(m)
		}}
	}
	for want, c := range map[string]sim.Consumer{
		"once once once":    drops("m1", "m2"),
		"once once never":   drops("m1", "m3"),
		"never never never": drops("m1", "m2", "m3"),
	} {
		r := simulate(t, oneStatus(c, 3))
		if got := verdicts(r); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		if lost := strings.Contains(want, "never"); r.World().Breaks(sim.NeverLost) != lost {
			t.Errorf("%s breaks never-lost: %v", want, !lost)
		}
		for _, g := range r.Gone(func(int) {}) {
			if e := &r.Events()[g.Event]; r.Name(e) != "m3" {
				t.Errorf("%s: m%d is gone with the end of %s, want m3: until then it could be outdated", want, g.Debt+1, r.Name(e))
			}
		}
	}
	w := sim.New(&sim.Lane{Consumer: drops("m1"), Business: sim.Status, Queue: broker.Default(), Messages: oneStatus(drops(), 2).Messages}, -1)
	play(t, w, "publish m1; deliver m1 to 1; step 1")
	if v := w.Verdicts().Of[0]; v != sim.Pending || w.Breaks(sim.NeverLost) {
		t.Errorf("m1 is dropped and m2 to come: %s, want pending", v)
	}
}

// A failover that takes back the newer status leaves the older one in its place: what was
// stale then stays noted, and what is set from then on is not.
func TestAFailoverTakesAStatusBack(t *testing.T) {
	l := oneStatus(consumers.Naive, 2)
	w := sim.New(&l, -1)
	w.KeepJournal(0)
	play(t, w, "publish m1; publish m2; deliver m2 to 2; step 2; lose-writes; deliver m1 to 1; step 1")
	if v := w.Verdicts().Of; v[0] != sim.Once || w.Breaks(sim.NeverTwice) {
		t.Errorf("m2 was taken back before m1 was set: %v, want once", v)
	}
	w = sim.New(&l, -1)
	w.KeepJournal(0)
	play(t, w, "publish m1; publish m2; deliver m2 to 2; step 2; deliver m1 to 1; step 1; lose-writes")
	if v := w.Verdicts().Of; w.Breaks(sim.NeverTwice) || v[1] != sim.Once {
		t.Errorf("the stale one was taken back: %v, want m2 once", v)
	}
}

// A newer message that is parked sets nothing until an operator puts it back: the older one is
// lost, for who reads a list of verdicts and for the search, which makes none.
func TestAStatusIsLostWhoseNewerMessageIsParked(t *testing.T) {
	l := oneStatus(consumers.Naive, 2)
	l.Queue.MaxNacks = 1
	w := sim.New(&l, -1)
	w.KeepJournal(1)
	for _, text := range []string{"publish m1", "publish m2", "deliver m2 to 2", "fail 2", "step 2", "deliver m1 to 1", "step 1", "step 1", "lose-writes"} {
		a := action(t, w, text)
		if !w.Can(a) {
			t.Fatalf("%s is not possible", text)
		}
		w.Do(a)
	}
	v := w.Verdicts()
	if v.Of[0] != sim.Never || v.Of[1] != sim.Parked {
		t.Errorf("m1 is %s and m2 %s, want never and parked", v.Of[0], v.Of[1])
	}
	if !v.Breaks(sim.NeverLost) || !w.Breaks(sim.NeverLost) {
		t.Errorf("lost by the list of verdicts: %v, by the world: %v", v.Breaks(sim.NeverLost), w.Breaks(sim.NeverLost))
	}
}
