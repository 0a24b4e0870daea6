package pay_test

import (
	"os"
	"testing"

	"dejavu/sim/simtest/examples/pay"
	"dejavu/sim/simtest/handler"
)

// The handler has four statements, a commit and a POST; each message comes twice and more.
// What is wanted on a machine of its own: 2,000 schedules a second on SQLite and 300 on
// PostgreSQL, and all single faults in less than 0.1 s and 2 s.

func BenchmarkSchedulesOnSQLite(b *testing.B)        { schedules(b, sqlite, handler.DefaultFaults) }
func BenchmarkSingleFaultsOnSQLite(b *testing.B)     { schedules(b, sqlite, 1) }
func BenchmarkSchedulesOnPostgreSQL(b *testing.B)    { onServer(b, postgres, handler.DefaultFaults) }
func BenchmarkSingleFaultsOnPostgreSQL(b *testing.B) { onServer(b, postgres, 1) }
func BenchmarkSchedulesByDialing(b *testing.B)       { onServer(b, pool, handler.DefaultFaults) }

func onServer(b *testing.B, open func(testing.TB) *rig, faults int) {
	if os.Getenv("DEJAVU_POSTGRES") == "" {
		b.Skip(noServer)
	}
	schedules(b, open, faults)
}

func schedules(b *testing.B, open func(testing.TB) *rig, faults int) {
	r := open(b)
	o := r.options()
	o.Faults = faults
	tried := 0
	for b.Loop() {
		result := handler.Search(r.worker((*pay.Service).OneTransactionAndKey), o)
		if result.Broken != nil || result.Undecided != "" || !result.Finished {
			b.Fatal(headline(result))
		}
		tried += result.Schedules
	}
	b.ReportMetric(float64(tried)/b.Elapsed().Seconds(), "schedules/s")
}
