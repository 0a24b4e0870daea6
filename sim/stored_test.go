package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// stored returns what a consumer has written down, as text.
func stored(w *sim.World) string {
	var all []string
	for s := range w.Stored {
		text := [...]string{sim.InProcess: fmt.Sprint("process ", s.Process), sim.InDB: s.Table, sim.InCache: "cache"}[s.Where] + "/" + s.Key
		if s.Value != "" {
			text += "=" + s.Value
		}
		if s.Open {
			text += " open"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// scripted plays a script on a lane of three messages, and says after each action
// what is stored then.
func scripted(t *testing.T, c sim.Consumer, steps ...string) {
	t.Helper()
	w := world(lane(c, sim.Card, 3))
	for i := 0; i < len(steps); i += 2 {
		play(t, w, steps[i])
		if got := stored(w); got != steps[i+1] {
			t.Errorf("%s, after %q: %q, want %q", c.Name, steps[i], got, steps[i+1])
		}
	}
}

func TestARowIsOpenForAsLongAsItsTransaction(t *testing.T) {
	scripted(t, consumers.Inbox,
		"publish m1; deliver m1 to 1; step 1", "",
		"step 1", "inbox/m1 open",
		"step 1", "inbox/m1 open", // charged
		"step 1", "inbox/m1",
		"step 1", "inbox/m1",
	)
}

func TestACrashTakesBackWhatIsOpenAndNothingElse(t *testing.T) {
	scripted(t, consumers.Inbox,
		"publish m1; deliver m1 to 1; step 1; step 1; step 1; step 1; step 1", "inbox/m1",
		"publish m2; deliver m2 to 1; step 1; step 1", "inbox/m1, inbox/m2 open",
		"publish m3; deliver m3 to 2; step 2; step 2", "inbox/m1, inbox/m2 open, inbox/m3 open",
		"crash 1", "inbox/m1, inbox/m3 open",
		"restart", "inbox/m1",
	)
}

func TestARollbackTakesBackWhatIsOpen(t *testing.T) {
	scripted(t, consumers.Inbox,
		"publish m1; deliver m1 to 1; step 1; step 1; fail 1", "inbox/m1 open",
		"step 1", "",
	)
}

// Without a transaction a row stands at once, with its value, and outlives all.
func TestARowOutsideOfATransactionStands(t *testing.T) {
	scripted(t, consumers.CheckThenAct,
		"publish m1; deliver m1 to 1; step 1; step 1", "",
		"step 1", "processed/m1=done",
		"crash 1; restart", "processed/m1=done",
	)
	scripted(t, consumers.MarkFirst,
		"publish m1; deliver m1 to 1; step 1", "processed/m1=seen",
		"crash 1", "processed/m1=seen",
	)
}

func TestMemoryIsOfOneProcessAndDiesWithIt(t *testing.T) {
	scripted(t, consumers.MemorySet,
		"publish m1; publish m2; deliver m1 to 1; deliver m2 to 2; step 1; step 1", "",
		"step 1", "process 0/m1",
		"step 2; step 2; step 2", "process 0/m1, process 1/m2",
		"step 1; publish m3; deliver m3 to 1; step 1; step 1; step 1", "process 0/m1, process 0/m3, process 1/m2",
		"crash 1", "process 1/m2",
		"restart", "",
	)
}

func TestAnEntryOfTheCacheIsReplacedAndExpires(t *testing.T) {
	scripted(t, lease,
		"publish m1; deliver m1 to 1; step 1", "cache/m1=in progress m1",
		"step 1", "cache/m1=in progress m1",
		"step 1", "cache/m1=done",
		"step 1; publish m2; deliver m2 to 1; step 1", "cache/m1=done, cache/m2=in progress m2",
		"crash 1", "cache/m1=done, cache/m2=in progress m2", // a lease does not know that its holder is dead
		`expire "m2"`, "cache/m1=done",
	)
}

// An open row shows what would be committed; a row that would be deleted is gone.
func TestAnOpenRowShowsWhatWouldBeCommitted(t *testing.T) {
	editor := handler(func(p *sim.Proc, m broker.Message) error {
		tx := p.DB.Begin()
		defer tx.Rollback()
		tx.Put("state", "all", m.ID)
		if m.ID == "m2" {
			tx.Delete("state", "all")
		}
		return tx.Commit()
	})
	scripted(t, editor,
		"publish m1; deliver m1 to 1; step 1; step 1", "state/all=m1 open",
		"step 1; step 1", "state/all=m1",
		"publish m2; deliver m2 to 1; step 1; step 1", "state/all=m2 open",
		"step 1", "",
		"crash 1", "state/all=m1",
	)
}

func TestConsumersThatKeepNothingHaveNothingStored(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.AckFirst, consumers.GatewayKey} {
		r := simulate(t, lane(c, sim.Card, 3, "lose-ack:m1", "crash:m2/after-effect"))
		if got := stored(r.World()); got != "" {
			t.Errorf("%s: %q", c.Name, got)
		}
	}
}

// What is stored and what is counted as remembered come from the same stores: at
// the end nothing is open, and nothing is forgotten or counted twice.
func TestWhatIsStoredIsWhatIsRemembered(t *testing.T) {
	stormyLanes(t, 2, func(t *testing.T, l sim.Lane) {
		r := simulate(t, l)
		n := 0
		for s := range r.World().Stored {
			if s.Table == "effects" {
				continue // what was done, and not what is remembered of it
			}
			if n++; s.Open && r.Ending == sim.Quiet {
				busy := slices.ContainsFunc([]int{0, 1, 2, 3}[:r.World().Workers()], func(w int) bool { _, at := r.World().Handling(w); return at })
				if !busy {
					t.Errorf("%v is open, and nobody is at work", s)
				}
			}
		}
		if want := r.World().Remembered().Entries; n != want {
			t.Errorf("%d stored, %d remembered", n, want)
		}
	})
}

func TestWhoHasSeenEnoughIsShownNoMore(t *testing.T) {
	for _, c := range []sim.Consumer{consumers.Inbox, consumers.MemorySet, lease} {
		l := lane(c, sim.Card, 3)
		l.Until = 3 * time.Minute // by then nothing has expired
		r := simulate(t, l)
		for most := 1; most <= 3; most++ {
			n := 0
			for range r.World().Stored {
				if n++; n == most {
					break
				}
			}
			if n != most {
				t.Errorf("%s: shown %d, want %d", c.Name, n, most)
			}
		}
	}
}
