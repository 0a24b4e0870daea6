package sim_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/sim"
)

// BenchmarkMessages runs two lanes, naive and inbox, of messages of which a tenth of
// the acks is lost, beside what a simulator must beat: an at-least-once queue made by
// hand of goroutines and channels. Beside that stand bare channels, which hand over in
// bulk and redeliver at once: they have no deadlines and no table of what is in flight,
// so a lost worker would lose its messages. The channels use two cores. Lanes use one, one
// after another, and two abreast, as the program tells them. The targets are 1.5 times the
// messages/s of the channels, at most 250 B a message without events, and the same cost for
// each message however many there are.
func BenchmarkMessages(b *testing.B) {
	losing := sim.Rates{sim.LoseAckFault: .1}
	for _, n := range []int{1e3, 1e4, 1e5, 1e6} {
		lanes := [...]sim.Lane{busyLane(consumers.Naive, n, losing), busyLane(consumers.Inbox, n, losing)}
		measure := func(name string, run func(lane int) (effects int, err error)) {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					for i := range lanes {
						if got, err := run(i); err != nil || got < n {
							b.Fatalf("%d effects of %d messages: %v", got, n, err)
						}
					}
				}
				b.ReportMetric(float64(len(lanes)*n*b.N)/b.Elapsed().Seconds(), "messages/s")
			})
		}
		measure("tally", func(i int) (int, error) {
			v, err := sim.Tally(lanes[i])
			return len(v.Of), err
		})
		measure("events", func(i int) (int, error) {
			r, err := sim.Simulate(lanes[i])
			return len(r.Verdicts().Of), err
		})
		measure("tally-abreast", abreast(func(i int) (int, error) {
			v, err := sim.Tally(lanes[i])
			return len(v.Of), err
		}))
		measure("events-abreast", abreast(func(i int) (int, error) {
			r, err := sim.Simulate(lanes[i])
			return len(r.Verdicts().Of), err
		}))
		measure("channels", func(i int) (int, error) {
			return overChannels(lanes[i].Messages, i == 1, 5*time.Millisecond).effects, nil
		})
		measure("bare-channels", func(i int) (int, error) { return overBareChannels(lanes[i].Messages, i == 1), nil })
	}
}

// abreast runs two lanes at once where the first is asked for, and has nothing left to do
// for the second.
func abreast(run func(lane int) (int, error)) func(lane int) (int, error) {
	var got [2]int
	var errs [2]error
	return func(lane int) (int, error) {
		if lane == 0 {
			var both sync.WaitGroup
			for i := range got {
				both.Go(func() { got[i], errs[i] = run(i) })
			}
			both.Wait()
		}
		return got[lane], errs[lane]
	}
}

// delivery is one handing over of a message.
type delivery struct {
	owed    *sim.Owed
	nth     int
	receipt int
}

// database is what two workers share.
type database struct {
	guard   sync.Mutex
	dedup   bool
	seen    map[string]bool
	effects int
}

func (s *database) handle(m *sim.Owed) {
	s.guard.Lock()
	defer s.guard.Unlock()
	if s.dedup {
		if s.seen[m.ID] {
			return
		}
		s.seen[m.ID] = true
	}
	s.effects++
}

// handed is what became of messages that were handed over.
type handed struct{ effects, deliveries, again int }

// overChannels is at-least-once delivery as one writes it by hand: a broker with a table
// of what is in flight and a deadline for each delivery, and two workers, of whose acks
// every tenth is lost. What is not acked when its deadline passes is delivered again.
func overChannels(messages []sim.Owed, dedup bool, visibility time.Duration) handed {
	q := handBroker{
		messages: messages, visibility: visibility, inFlight: map[int]delivery{},
		deliveries: make(chan delivery), acks: make(chan int),
	}
	store := database{dedup: dedup, seen: map[string]bool{}}
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			handled := 0
			for d := range q.deliveries {
				store.handle(d.owed)
				if handled++; handled%10 != 0 {
					q.acks <- d.receipt
				}
			}
		})
	}
	q.run()
	close(q.deliveries)
	go func() {
		workers.Wait()
		close(q.acks)
	}()
	for range q.acks { // a worker whose delivery came again may still want to ack it
	}
	q.handed.effects = store.effects
	return q.handed
}

// handBroker is a broker made by hand.
type handBroker struct {
	messages   []sim.Owed
	visibility time.Duration
	deliveries chan delivery
	acks       chan int
	published  int
	inFlight   map[int]delivery // by receipt
	deadlines  []deadline       // in order: all have the same length
	ready      []delivery       // what came back
	handed     handed
}

type deadline struct {
	at      time.Time
	receipt int
}

// run hands out all messages, until each is acked.
func (q *handBroker) run() {
	clock := time.NewTicker(q.visibility / 4)
	defer clock.Stop()
	for q.published < len(q.messages) || len(q.ready) > 0 || len(q.inFlight) > 0 {
		next, out := q.next()
		select {
		case out <- next:
			q.delivered(next)
		case receipt := <-q.acks:
			delete(q.inFlight, receipt) // a late one changes nothing
		case now := <-clock.C:
			q.expire(now)
		}
	}
}

// next returns what is delivered next, and where to; nowhere if there is nothing.
func (q *handBroker) next() (delivery, chan delivery) {
	switch receipt := q.handed.deliveries; {
	case len(q.ready) > 0:
		return delivery{q.ready[0].owed, q.ready[0].nth + 1, receipt}, q.deliveries
	case q.published < len(q.messages):
		return delivery{&q.messages[q.published], 1, receipt}, q.deliveries
	}
	return delivery{}, nil
}

func (q *handBroker) delivered(d delivery) {
	if d.nth > 1 {
		q.ready = q.ready[1:]
		q.handed.again++
	} else {
		q.published++
	}
	q.handed.deliveries++
	q.inFlight[d.receipt] = d
	q.deadlines = append(q.deadlines, deadline{time.Now().Add(q.visibility), d.receipt})
}

// expire takes back what was not acked by its deadline.
func (q *handBroker) expire(now time.Time) {
	for len(q.deadlines) > 0 && q.deadlines[0].at.Before(now) {
		if d, open := q.inFlight[q.deadlines[0].receipt]; open {
			delete(q.inFlight, d.receipt)
			q.ready = append(q.ready, d)
		}
		q.deadlines = q.deadlines[1:]
	}
}

// overBareChannels hands messages to two workers over buffered channels, and again at
// once where the ack is lost: every tenth. It returns how many effects there were.
func overBareChannels(messages []sim.Owed, dedup bool) int {
	queue, acks := make(chan delivery, 64), make(chan delivery, 64)
	store := database{dedup: dedup, seen: map[string]bool{}}
	var workers sync.WaitGroup
	for range 2 {
		workers.Go(func() {
			for d := range queue {
				store.handle(d.owed)
				acks <- d
			}
		})
	}
	open, next, handled := 0, 0, 0
	var again []delivery
	for open > 0 || next < len(messages) || len(again) > 0 {
		var out chan delivery
		var d delivery
		if len(again) > 0 {
			out, d = queue, again[len(again)-1]
		} else if next < len(messages) {
			out, d = queue, delivery{owed: &messages[next], nth: 1}
		}
		select {
		case out <- d:
			if open++; d.nth > 1 {
				again = again[:len(again)-1]
			} else {
				next++
			}
		case d := <-acks:
			open--
			if handled++; d.nth == 1 && handled%10 == 0 {
				again = append(again, delivery{owed: d.owed, nth: 2})
			}
		}
	}
	close(queue)
	workers.Wait()
	return store.effects
}

// A benchmark that compares with something broken shows nothing.
func TestTheQueuesMadeByHandDoWhatTheySay(t *testing.T) {
	messages := busyLane(consumers.Naive, 1000, nil).Messages
	const visibility = 20 * time.Millisecond
	start := time.Now()
	got := overChannels(messages, false, visibility)
	if got.again < 90 || got.effects != got.deliveries || got.deliveries != 1000+got.again {
		t.Errorf("naive: %+v, want an effect for each of 1000 deliveries and of the 90 and more that came again", got)
	}
	if took := time.Since(start); took < visibility {
		t.Errorf("all was done after %v: a lost ack must cost its deadline, %v", took, visibility)
	}
	if got := overChannels(messages, true, visibility); got.effects != 1000 || got.again < 90 {
		t.Errorf("with a map: %+v, want 1000 effects, and 90 and more that came again", got)
	}
	if got := overBareChannels(messages, false); got <= 1000 {
		t.Errorf("bare, naive: %d effects of 1000 messages, want more", got)
	}
	if got := overBareChannels(messages, true); got != 1000 {
		t.Errorf("bare, with a map: %d effects of 1000 messages, want as many", got)
	}
}
