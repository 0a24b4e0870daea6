package sim_test

import (
	"fmt"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

func busyLane(c sim.Consumer, n int, rates sim.Rates) sim.Lane {
	messages := make([]sim.Owed, n)
	for i := range messages {
		id := fmt.Sprintf("m%d", i+1)
		messages[i] = sim.Owed{ID: id, At: time.Duration(i) * 10 * time.Second, Message: broker.Message{ID: id, Key: id, Group: id, Customer: "Ann", Amount: 100}}
	}
	return sim.Lane{Consumer: c, Queue: broker.Default(), Messages: messages, Rates: rates, Seed: 7}
}

var stormy = sim.Rates{
	sim.LoseAckFault: .05, sim.CrashFault: .05, sim.PauseFault: .05, sim.FailFault: .05,
	sim.LoseReplyFault: .05, sim.CopyFault: .05, sim.RepublishFault: .05,
}

func BenchmarkTimeline(b *testing.B) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox} {
		for _, n := range []int{1e3, 1e4, 1e5, 1e6} {
			lane := busyLane(c, n, stormy)
			b.Run(fmt.Sprintf("%s/%d", c.Name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := sim.Tally(lane); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/message")
			})
			b.Run(fmt.Sprintf("%s/%d/events", c.Name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := sim.Simulate(lane); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/message")
			})
		}
	}
}

// BenchmarkRewind takes all actions of a run again, from the start. Its target is
// 200 ns an action.
func BenchmarkRewind(b *testing.B) {
	for _, c := range []sim.Consumer{consumers.Naive, consumers.Inbox} {
		r, err := sim.Simulate(busyLane(c, 1500, stormy))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%s/%d", c.Name, r.Len()), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r.At(r.Len())
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(r.Len()), "ns/action")
		})
	}
}
