package story

import (
	"fmt"
	"io"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
)

// BenchmarkTellOfAStorm tells of orders whose acks are all lost, so that each comes
// again for a day: the time for a delivery should not depend on how many there are.
func BenchmarkTellOfAStorm(b *testing.B) {
	for _, orders := range []int{1, 10} {
		b.Run(fmt.Sprint("orders=", orders), func(b *testing.B) {
			s, _ := scenarios.Get("bad-weather")
			s.Messages, s.Rates = s.Messages[:orders], sim.Rates{sim.LoseAckFault: 1}
			deliveries := 0
			for b.Loop() {
				st, err := Tell(s)
				if err != nil {
					b.Fatal(err)
				}
				deliveries = 0
				for _, l := range st.Lanes {
					deliveries += l.Deliveries
					l.Harms()
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(deliveries), "ns/delivery")
		})
	}
}

// BenchmarkOfAnEvent tells of runs that do not end and are cut at so many events: what is
// done with an event should not cost more in a longer run.
func BenchmarkOfAnEvent(b *testing.B) {
	for _, events := range []int{1_000, 10_000, 100_000} {
		for name, do := range map[string]func(*Story){
			"tell":    func(*Story) {},
			"text":    func(s *Story) { _ = s.WriteText(io.Discard, 80, nil) },
			"plain":   func(s *Story) { _ = s.WritePlain(io.Discard) },
			"json":    func(s *Story) { _ = s.WriteJSON(io.Discard) },
			"events":  func(s *Story) { _ = s.WriteEvents(io.Discard) },
			"summary": func(s *Story) { _ = s.WriteSummary(io.Discard, 80, nil) },
		} {
			b.Run(fmt.Sprintf("%s/events=%d", name, events), func(b *testing.B) {
				s, _ := scenarios.Get("bad-weather")
				s.Rates, s.MaxEvents, s.Consumers = sim.Rates{sim.LoseAckFault: 1}, events, []string{"naive", "inbox"}
				for b.Loop() {
					st, err := Tell(s)
					if err != nil {
						b.Fatal(err)
					}
					do(st)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(2*events), "ns/event")
			})
		}
	}
}
