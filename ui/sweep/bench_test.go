package sweep

import (
	"context"
	"runtime"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
)

// BenchmarkSweep sweeps four messages, of which an ack in twenty is lost, over the four
// consumers of the scenario. Its target on two cores is 100,000 seeds/s, each of which
// runs four lanes.
func BenchmarkSweep(b *testing.B) {
	s, _ := scenarios.Get("quiet-day")
	s.Rates = sim.Rates{sim.LoseAckFault: .05}
	for b.Loop() {
		if _, err := Run(context.Background(), Options{Scenario: s, Seeds: Seeds{1, 20_000}, Jobs: runtime.GOMAXPROCS(0)}); err != nil {
			b.Fatal(err)
		}
	}
	seeds := float64(20_000 * b.N)
	b.ReportMetric(seeds/b.Elapsed().Seconds(), "seeds/s")
	b.ReportMetric(seeds*float64(len(s.Consumers))/b.Elapsed().Seconds(), "lanes/s")
}
