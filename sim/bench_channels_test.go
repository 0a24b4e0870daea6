package sim_test

import (
	"fmt"
	"sync"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
)

// BenchmarkMessages runs two lanes, naive and inbox, of messages of which a tenth of
// the acks is lost, beside what a simulator must beat: the same queue made by hand of
// goroutines, channels and a map. Its targets are 1.5 times the messages/s of the
// channels, at most 250 B a message without events, and the same cost for each message
// however many there are.
func BenchmarkMessages(b *testing.B) {
	losing := sim.Rates{sim.LoseAckFault: .1}
	for _, n := range []int{1e3, 1e4, 1e5, 1e6} {
		naive, inbox := busyLane(consumers.Naive, n, losing), busyLane(consumers.Inbox, n, losing)
		perMessage := func(b *testing.B, lanes int) {
			b.ReportMetric(float64(lanes*n*b.N)/b.Elapsed().Seconds(), "messages/s")
		}
		b.Run(fmt.Sprintf("tally/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, lane := range [...]sim.Lane{naive, inbox} {
					if _, err := sim.Tally(lane); err != nil {
						b.Fatal(err)
					}
				}
			}
			perMessage(b, 2)
		})
		b.Run(fmt.Sprintf("events/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, lane := range [...]sim.Lane{naive, inbox} {
					if _, err := sim.Simulate(lane); err != nil {
						b.Fatal(err)
					}
				}
			}
			perMessage(b, 2)
		})
		b.Run(fmt.Sprintf("channels/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for _, dedup := range [...]bool{false, true} {
					if got := byHand(naive.Messages, dedup); got < n {
						b.Fatalf("%d effects of %d messages", got, n)
					}
				}
			}
			perMessage(b, 2)
		})
	}
}

// byHand hands messages to two workers over a channel, and again where the ack is lost:
// every tenth. It returns how many effects there were.
func byHand(messages []sim.Owed, dedup bool) int {
	type delivery struct {
		owed *sim.Owed
		nth  int
	}
	queue, acks := make(chan delivery, 64), make(chan delivery, 64)
	var (
		workers sync.WaitGroup
		guard   sync.Mutex
		effects []string
	)
	seen := map[string]bool{}
	for range 2 {
		workers.Go(func() {
			for d := range queue {
				guard.Lock()
				if !dedup || !seen[d.owed.ID] {
					if dedup {
						seen[d.owed.ID] = true
					}
					effects = append(effects, d.owed.Key)
				}
				guard.Unlock()
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
			out, d = queue, delivery{&messages[next], 1}
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
				again = append(again, delivery{d.owed, 2})
			}
		}
	}
	close(queue)
	workers.Wait()
	return len(effects)
}

// A benchmark that compares with something broken shows nothing.
func TestTheQueueMadeByHandDoesWhatItSays(t *testing.T) {
	messages := busyLane(consumers.Naive, 1000, nil).Messages
	if got := byHand(messages, false); got <= 1000 {
		t.Errorf("naive: %d effects of 1000 messages, want more", got)
	}
	if got := byHand(messages, true); got != 1000 {
		t.Errorf("with a map: %d effects of 1000 messages, want as many", got)
	}
}
