package simtest_test

import (
	"encoding/json"
	"fmt"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/simtest"
)

// printer stands for the *testing.T of a test, so that an example can show what a
// test would say.
type printer struct{}

func (printer) Helper()                           {}
func (printer) Logf(format string, args ...any)   { fmt.Printf("log: "+format+"\n", args...) }
func (printer) Errorf(format string, args ...any) { fmt.Printf("FAIL: "+format+"\n", args...) }
func (printer) Fatalf(format string, args ...any) { fmt.Printf("FATAL: "+format+"\n", args...) }

// t would be the argument of a test.
var t printer

// marked records the message before it has the effect.
var marked = sim.Consumer{
	Name: "marked",
	Handle: func(p *sim.Proc, m broker.Message) error {
		if !p.DB.Insert("seen", m.ID) {
			return nil // seen before
		}
		return p.Perform(m)
	},
}

// keyed hands the business key to a gateway that honours it.
var keyed = sim.Consumer{
	Name: "keyed",
	Handle: func(p *sim.Proc, m broker.Message) error {
		return p.PerformOnce(m, m.Key)
	},
}

// decodes reads the body of a message.
var decodes = sim.Consumer{
	Name: "decodes",
	Handle: func(p *sim.Proc, m broker.Message) error {
		var order struct{ ID int }
		if err := json.Unmarshal([]byte(m.Body), &order); err != nil {
			return fmt.Errorf("decode: %w", err)
		}
		return p.PerformOnce(m, m.Key)
	},
}

func ExampleCheck() {
	simtest.Check(t, marked, simtest.Kinds(check.Crash))
	// Output:
	// FAIL: marked, card: never-lost is broken: m1 is lost, by 1 fault:
	//       m1 is published
	//       m1 is delivered to worker 1
	//       worker 1, m1: records m1 in seen  (example_test.go:30)
	//     ! worker 1, m1: crashes before the effect  (example_test.go:33)
	//       m1 is visible again after 30 s
	//       m1 is delivered to worker 1 for the 2nd time
	//       worker 1, m1: finds m1 in seen  (example_test.go:30)
	//       worker 1, m1: acks
	// the shortest plan: crash:m1/before-effect
	// to see it, in a module whose main calls cli.Main with marked: go run . play dv1_wI5EAQAASssvzUvh4oIOP4CSbGoKOGggYwMlqcUliBGJ8IzEEoX0fLCoQkZisQJYtx7SkACo0aKgoKAMYdSAmy0KNdD2Cr6BAQM8AwOGRthHAsBcBUMsvX_DXJTefyqKacbYu_sQ04xgfXFs3c9Y1M4mRt_SENG3hMRELRcAijvP --consumers naive,marked
	// to repeat it: DEJAVU_PLAN='crash:m1/before-effect' go test
	// log: marked, card: never-twice and never-stuck hold within these bounds: 2 messages, 2 workers, 3 faults (crash)
	// tried: 55.0 million schedules, in 225 states, up to 3 faults
	// not tried: times, which are left out; more messages, workers or faults; other Kinds: overrun, lose-ack, lose-reply, fail, copy, republish, republish-as, republish-reworded, redrive, redrive-as, delay, restart, expire-key, evict, forget-acks, lose-writes, store-down, db-down, cache-down, rebalance, clock-ahead, fail-statement, lose-db-writes, lose-cache-writes
}

func ExampleCheck_holds() {
	simtest.Check(t, keyed, simtest.Faults(1))
	// Output:
	// log: keyed, card: never-twice, never-lost and never-stuck hold within these bounds: 2 messages, 2 workers, 1 fault (crash, overrun, lose-ack, lose-reply, fail, copy)
	// tried: 53496 schedules, in 217 states, up to 1 fault
	// not tried: times, which are left out; more messages, workers or faults; other Kinds: republish, republish-as, republish-reworded, redrive, redrive-as, delay, restart, expire-key, evict, forget-acks, lose-writes, store-down, db-down, cache-down, rebalance, clock-ahead, fail-statement, lose-db-writes, lose-cache-writes
}

// What a handler decodes is sent as it comes from its producer.
func ExampleDeliver() {
	order := simtest.Message{ID: "evt-7", Key: "order-7", Body: `{"ID":7}`}
	simtest.Sweep(t, decodes, 1000, simtest.Deliver(order), simtest.Broker("sqs-standard"))
	// Output:
	// log: decodes, card: no harm in 1000 seeds, with lose-ack=10%,crash=10%,pause=5%,fail=5%,lose-reply=5%,copy=10%
}

func ExampleSweep() {
	simtest.Sweep(t, marked, 1000, simtest.Messages(1), simtest.Rates(sim.Rates{sim.CrashFault: .02}))
	// Output:
	// FAIL: marked, card: seed 58 breaks never-lost: m1 is lost. What befell it:
	//         0s    m1 is published
	//         0s    m1 is delivered to worker 1
	//       10ms    worker 1, m1: records m1 in seen  (example_test.go:30)
	//       10ms  ! worker 1, m1: crashes before the effect  (example_test.go:33)
	//        30s    m1 is visible again after 30 s
	//        30s    m1 is delivered to worker 1 for the 2nd time
	//     30.01s    worker 1, m1: finds m1 in seen  (example_test.go:30)
	//     30.02s    worker 1, m1: acks
	//     30.02s  = all is quiet: m1 is lost
	// the faults that struck it: crash:m1/before-effect
	// to see it, in a module whose main calls cli.Main with marked: go run . play dv1_Ye1VOgAASssvzUvh4oIOP4CSbGoKOGggYwMlqcUliBGJ8IzEEoX0fLCoQkZisQJYtx7SkACo0aKgoKAMYdSAmy0KNdD2CmSowNQC7wiBAZ4RAkMj7EMCYK6CIbYeYyyivwbtoRmp1nIBALoLaQ --consumers naive,marked
	// to repeat it: DEJAVU_SEED=58 go test
}

// The file is testdata/lost-ack-keyed.golden; DEJAVU_UPDATE=1 writes it. A scenario of
// your own comes from scenarios.Load.
func ExampleGolden() {
	scenario, _ := scenarios.Get("lost-ack")
	simtest.Golden(t, scenario, keyed)
	// Output:
}
