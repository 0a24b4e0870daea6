package sim_test

import (
	"fmt"
	"log"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// order is a lane with one order, of Bob's, for $15.
func order(c sim.Consumer) sim.Lane {
	return sim.Lane{
		Consumer: c,
		Business: sim.Card,
		Queue:    broker.Default(),
		Messages: []sim.Owed{{ID: "m1", At: time.Second, Message: broker.Message{ID: "m1", Key: "order-1", Body: "Bob, $15"}}},
	}
}

// A run is a list of what happened. Here the ack of the first delivery is lost.
func ExampleSimulate() {
	l := order(consumers.Naive)
	l.Plan = []sim.Fault{{Kind: sim.LoseAckFault, Message: "m1"}}
	run, err := sim.Simulate(l)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range run.Events() {
		fmt.Println(e.At, e.Kind)
	}
	fmt.Println("m1:", run.World().Verdicts().Of[0])
	// Output:
	// 1s publish
	// 1s deliver
	// 2s step
	// 2.01s lose-ack
	// 31s time-out
	// 31s deliver
	// 32s step
	// 32.01s step
	// m1: twice
}

// A world has no clock: whoever likes chooses what happens next, from a menu. Here it
// is always the first thing on it that is no fault. To return is to ack.
func ExampleWorld_Enabled() {
	l := order(consumers.Inbox)
	w := sim.New(&l, 0) // a budget of no faults
	for menu := w.Enabled(); len(menu) > 0 && !w.Quiet(); menu = w.Enabled() {
		if op, busy := w.Pending(0); busy {
			fmt.Printf("%s: %s\n", w.Format(menu[0]), op)
		} else {
			fmt.Println(w.Format(menu[0]))
		}
		w.Do(menu[0])
	}
	// Output:
	// publish m1
	// deliver m1 to 1
	// step 1: begin
	// step 1: insert
	// step 1: perform
	// step 1: commit
	// step 1: return
}

// A timeline says when each thing happens, and can be stopped anywhere: here at the
// first effect.
func ExampleTimeline() {
	t, err := sim.NewTimeline(order(consumers.Naive))
	if err != nil {
		log.Fatal(err)
	}
	for t.Next() && len(t.World().Ledger()) == 0 {
	}
	r, _ := t.World().Handling(0)
	fmt.Printf("at %v worker 1 has charged Bob and still holds delivery %d\n", t.Now(), r.Delivery)
	for t.Next() {
	}
	fmt.Println("in the end", t.World().Verdicts().Of[0], t.Ending() == sim.Quiet)
	// Output:
	// at 2s worker 1 has charged Bob and still holds delivery 1
	// in the end once true
}
