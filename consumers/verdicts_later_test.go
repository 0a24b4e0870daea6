package consumers_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// laterTroubles are what time, stores and operators do to a message, in the order of
// the columns below. Reasoned from the mechanism:
//
//   - slow: the receiver takes 70 s at the first delivery. At 30 s a second worker is
//     given the message and performs at 31 s; the first performs at 70 s. Whoever holds
//     a row lock keeps the second waiting; a mark made before the effect has it acked;
//     a mark made after it is not there yet, and a lease of 20 s is over. No timer runs
//     over a row of an outbox, so the relay is only late.
//   - delay: one message that comes late has nothing to overtake it.
//   - redriven: done, its only delivery not acked, so parked; put back after eight days
//     under its message ID. It is a new delivery, not flagged, and passes no dedup
//     window. What is kept for an hour or half an hour is gone.
//   - redriven new: the same under a new message ID. Only business key, fingerprint,
//     sequence and the receiver's key know it again.
//   - redriven failed: nothing was done before it was parked. Whoever believes a mark of
//     its own that the error left behind never does it; ack-first has acked and lost it.
//   - store down: database and cache are out of reach for the first 20 s. A database
//     step ends the attempt, and it comes again: that harms whoever performs first.
//   - writes lost: the ack is lost, and at 10 s the stores lose their last commit. Where
//     that is the record alone, the effect is repeated; where it is the effect alone
//     (stock, outside of a transaction), whoever still knows the message never does it;
//     where it is both, nothing is harmed. Card and mail are not undone.
//   - replayed: published again after eight days; broker windows are over as well.
//   - replayed new: the same under a new message ID. The producer numbers it again, and
//     so only business key, fingerprint and the receiver's key know it again.
//   - crowded: published again after a minute in which three others came.
//   - acks forgotten: the broker forgets at 10 s that it was acked: a lost ack, sooner.
var laterTroubles = []trouble{
	{name: "slow", faults: "slow:m1/1,for=70s"},
	{name: "delay", faults: "delay:m1,for=5s"},
	{name: "redriven", faults: "lose-ack:m1 redrive:m1,later=8d", deliveries: 1},
	{name: "redriven new", faults: "lose-ack:m1 redrive:m1,later=8d,new-id=true", deliveries: 1},
	{name: "redriven failed", faults: "fail:m1 redrive:m1,later=8d", deliveries: 1},
	{name: "store down", faults: "store-down,at=0s,for=20s"},
	{name: "writes lost", faults: "lose-ack:m1 lose-writes,at=10s"},
	{name: "replayed", faults: "republish:m1,later=8d"},
	{name: "replayed new", faults: "republish:m1,later=8d,new-id=true"},
	{name: "crowded", faults: "republish:m1,later=60s", others: 3},
	{name: "acks forgotten", faults: "forget-acks,at=10s"},
}

type trouble struct {
	name, faults string
	deliveries   int // at most
	others       int // messages that come after it
}

var (
	// A lost stock effect is not repeated by whoever still knows the message; card and
	// mail were done once.
	stockLost = outcome{sim.Once, sim.Once, sim.Never}
	// It is nacked until the queue gives it up.
	parked = outcome{sim.Parked, sim.Parked, sim.Parked}
	// Where the record comes first, the last commit is the record, or for stock the effect.
	doneOrLost = outcome{sim.Twice, sim.Twice, sim.Never}
)

// later is what becomes of the message under each of laterTroubles.
var later = map[string][11]outcome{
	// slow, delay, redriven, redriven new, redriven failed, store down, writes lost, replayed, replayed new, crowded, acks forgotten

	// Nothing is remembered. Lost writes are the stock effect itself: redone.
	"naive": {twice, once, twice, twice, once, once, rolledBack, twice, twice, twice, twice},
	// The queue has let go: a slow receiver harms nobody, an error or a database that is
	// down when the item is to be taken does.
	"ack-first": {once, once, twice, twice, never, stockLost, rolledBack, twice, twice, twice, twice},
	// The ack follows the commit here: see TestAckInTransactionIsExactWhereTheQueueIsATable.
	"ack-in-transaction": {twice, once, twice, twice, once, once, rolledBack, twice, twice, twice, twice},
	// The window sees publishes only, for five minutes.
	"broker-window": {twice, once, twice, twice, once, once, rolledBack, twice, twice, once, twice},

	// The memory outlives everything but its process, so it still knows the message when
	// the item is lost; with room for three it has forgotten the first of four.
	"memory-set": {twice, once, once, twice, once, once, stockLost, once, twice, once, once},
	"memory-lru": {twice, once, once, twice, once, once, stockLost, once, twice, twice, once},
	// It looks only where the flag is set: for no new broker message. While the database is
	// down it performs, cannot note it, and finds no note later; an item it cannot take.
	"redelivered-flag": {twice, once, twice, twice, once, rolledBack, twice, twice, twice, twice, once},

	"check-then-act": {twice, once, once, twice, once, once, twice, once, twice, once, once},
	"mark-first":     {once, once, once, twice, never, once, doneOrLost, once, twice, once, once},
	"mark-remove":    {once, once, once, twice, once, once, doneOrLost, once, twice, once, once},

	// The last commit is "done"; "busy" is back, and over before the message comes again.
	// Fenced, the stock refuses the token of the slow one, and nothing else.
	"lease":        {twice, once, twice, twice, once, once, twice, twice, twice, once, once},
	"lease-fenced": {rolledBack, once, twice, twice, once, once, twice, twice, twice, once, once},

	// What holds the others up is over when the transaction is, and the record is like the
	// inbox's. Who waits for a slow one falls between its unlock and its commit.
	"unlock-early":   {twice, once, once, once, once, once, rolledBack, once, once, once, once},
	"unlock-late":    {once, once, once, once, once, once, rolledBack, once, once, once, once},
	"skip-if-locked": {once, once, once, once, once, once, rolledBack, once, once, once, once},
	// It is gone after ten minutes, and until then it is a mark.
	"scheduler-lock": {once, once, twice, twice, once, once, doneOrLost, twice, twice, once, once},

	// Record and stock effect are lost together, and done again together.
	"inbox":           {once, once, once, twice, once, once, rolledBack, once, twice, once, once},
	"inbox-key":       {once, once, once, once, once, once, rolledBack, once, once, once, once},
	"inbox-ttl":       {once, once, twice, twice, once, once, rolledBack, twice, twice, once, once},
	"inbox-hash":      {once, once, once, once, once, once, rolledBack, once, once, once, once},
	"high-water-mark": {once, once, once, once, once, once, rolledBack, once, twice, once, once},

	// The receiver remembers: the row of stock, the bank, the gateway. A mail server does
	// not, and only the gateway knows keys. An item that was lost is taken once more.
	"unique-effect": {rolledBack, once, rolledBack, rolledBack, once, once, rolledBack, rolledBack, rolledBack, rolledBack, rolledBack},
	"lookup-first":  {twice, once, mailTwice, mailTwice, once, once, mailTwice, mailTwice, mailTwice, mailTwice, mailTwice},
	// The bank keeps keys for a day: what comes after eight is charged again.
	"gateway-key":        {keyOnly, once, twice, twice, once, once, mailTwice, twice, twice, keyOnly, keyOnly},
	"gateway-key-random": {twice, once, twice, twice, once, once, rolledBack, twice, twice, twice, twice},

	"inbox-and-gateway-key": {once, once, once, once, once, once, mailTwice, once, once, once, once},
	"stored-result":         {once, once, once, once, once, once, mailTwice, once, once, once, once},
	"recovery-points":       {once, once, once, once, once, once, mailTwice, once, once, once, once},

	// An error that is kept, and a key that nobody closes, are there when the operator puts
	// it back. When "done" is lost, "in progress" is back, for ever: but it was done.
	"error-kept": {once, once, once, once, parked, once, mailTwice, once, once, once, once},
	"open-key":   {once, once, once, once, parked, once, once, once, once, once, once},
	// Where the second request waits for the first it is gateway-key.
	"conflict-is-error": {keyOnly, once, twice, twice, once, once, mailTwice, twice, twice, keyOnly, keyOnly},

	// The last commit is the relay's mark: it takes the row again, and the item as well.
	"outbox":                 {once, once, once, twice, once, once, twice, once, twice, once, once},
	"outbox-and-gateway-key": {once, once, once, once, once, once, keyOnly, once, once, once, once},
	// The item is in the first transaction, and goes and comes back with the record.
	"outbox-per-effect": {once, once, once, once, once, once, mailTwice, once, once, once, once},
	// With the mark the cursor is lost, and goes back. Where messages come one by one, none
	// commits behind it.
	"cursor-relay": {once, once, once, twice, once, once, twice, once, twice, once, once},

	// They differ while their store is down: one goes on, one waits, one throws away.
	"fail-open":     {twice, once, twice, twice, once, once, twice, twice, twice, once, once},
	"fail-closed":   {twice, once, twice, twice, once, once, twice, twice, twice, once, once},
	"drop-on-error": {twice, once, twice, twice, once, never, twice, twice, twice, once, once},
}

// meet runs a consumer through one of laterTroubles.
func meet(t *testing.T, c sim.Consumer, b sim.Business, with trouble) *sim.Run {
	t.Helper()
	l := sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}
	l.Queue.MaxDeliveries = with.deliveries
	for n := range 1 + with.others {
		id := string([]byte{'m', byte('1' + n)})
		l.Messages = append(l.Messages, sim.Owed{ID: id, At: time.Duration(n) * 10 * time.Second, Message: broker.Message{
			ID: id, Key: "order-" + id, Body: "Ann " + id, Seq: n + 1, Group: "orders", Customer: "Ann", Amount: 1200,
		}})
	}
	for _, text := range strings.Fields(with.faults) {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		l.Plan = append(l.Plan, f)
	}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestWhatTimeAndStoresDoToEachConsumer(t *testing.T) {
	for _, c := range consumers.All() {
		want, stated := later[c.Name]
		if !stated {
			t.Errorf("nothing is expected of %s", c.Name)
			continue
		}
		for i, with := range laterTroubles {
			for b, v := range map[sim.Business]sim.Verdict{sim.Card: want[i].card, sim.Mail: want[i].mail, sim.Stock: want[i].stock} {
				if got := meet(t, c, b, with).World().Verdicts().Of[0]; got != v {
					t.Errorf("%s/%s under %s: %s, want %s", c.Name, b, with.name, got, v)
				}
			}
		}
	}
	if len(later) != len(consumers.All()) {
		t.Errorf("%d consumers are expected, and there are %d", len(later), len(consumers.All()))
	}
}

// Of every kind of fault something is said of every consumer, here or above.
func TestEveryKindOfFaultIsAmongTheTroubles(t *testing.T) {
	told := strings.Join(append(troubles, append(rebalances, ahead)...), " ")
	for _, with := range laterTroubles {
		told += " " + with.faults
	}
	for _, k := range sim.FaultKinds() {
		if !strings.Contains(told, string(k)) {
			t.Errorf("nothing is expected under %s", k)
		}
	}
}
