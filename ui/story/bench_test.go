package story

import (
	"fmt"
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
