package handler

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Bubble runs a search in a bubble of testing/synctest: sleeping takes no time there, and
// several goroutines of a handler go one at a time, in an order that repeats. What run is
// handed as outside calls a function outside of the bubble, where servers live.
//
// Everything in the bubble has to come to rest by itself: a connection over a network
// that somebody reads in the background does not, nor does a goroutine that waits for a
// mutex of another. That is a panic that says so.
func Bubble(t *testing.T, run func(outside func(func()))) {
	calls, answers := make(chan func()), make(chan struct{})
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		watch := time.NewTicker(time.Second)
		defer watch.Stop()
		last, still := int64(0), 0
		for {
			select {
			case <-stop:
				return
			case f := <-calls:
				go func() { // f may end its goroutine, by t.FailNow
					defer func() { answers <- struct{}{} }()
					f()
				}()
			case <-watch.C:
				if n := resting.Load(); n == 0 || n != last {
					last, still = n, 0
				} else if still++; still > patience {
					panic(restless())
				}
			}
		}
	}()
	outside := func(f func()) {
		calls <- f
		<-answers
	}
	synctest.Test(t, func(*testing.T) { run(outside) })
}

// resting is which time a bubble comes to rest; 0 if it does not.
var resting atomic.Int64

// rests counts how often a bubble came to rest.
var rests atomic.Int64

// patience is for how many seconds of real time a bubble may fail to come to rest.
const patience = 10

// rest waits until every goroutine of the bubble waits for another.
func (w *world) rest() {
	resting.Store(rests.Add(1))
	synctest.Wait()
	resting.Store(0)
}

// restless says who keeps a bubble from coming to rest.
func restless() string {
	for _, r := range routines() {
		if r.bubbled && !r.durable && r.site != "" {
			return fmt.Sprintf("simtest: the bubble does not come to rest within %d s: a goroutine %s", patience, r.where())
		}
	}
	return fmt.Sprintf("simtest: the bubble does not come to rest within %d s: keep what waits for a network or a mutex outside of it", patience)
}
