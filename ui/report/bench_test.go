package report

import (
	"fmt"
	"io"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// BenchmarkOfAnEvent tells of runs that do not end and are cut at so many events: what is
// done with an event should not cost more in a longer run.
func BenchmarkOfAnEvent(b *testing.B) {
	for _, events := range []int{1_000, 10_000, 100_000} {
		for name, do := range map[string]func(*story.Story){
			"tell":    func(*story.Story) {},
			"text":    func(s *story.Story) { _ = s.WriteText(io.Discard, 80, nil) },
			"plain":   func(s *story.Story) { _ = s.WritePlain(io.Discard) },
			"json":    func(s *story.Story) { _ = WriteJSON(s, io.Discard) },
			"events":  func(s *story.Story) { _ = WriteEvents(s, io.Discard) },
			"summary": func(s *story.Story) { _ = WriteSummary(s, io.Discard, 80, nil) },
		} {
			b.Run(fmt.Sprintf("%s/events=%d", name, events), func(b *testing.B) {
				s, _ := scenarios.Get("bad-weather")
				s.Rates, s.MaxEvents, s.Consumers = sim.Rates{sim.LoseAckFault: 1}, events, []string{"naive", "inbox"}
				for b.Loop() {
					st, err := story.Tell(s)
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
