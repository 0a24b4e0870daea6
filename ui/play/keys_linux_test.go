package play

import (
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
)

// longRuns are runs as long as a lane may be, each for a reason of its own: nothing ends,
// every ack is lost, many messages, and as many as a file may hold.
func longRuns(t testing.TB) map[string]*scenarios.Scenario {
	fails := endless(t, 200_000)
	fails.Consumers = []string{"naive", "inbox"}
	acks := get(t, "bad-weather")
	acks.Rates, acks.MaxEvents, acks.Consumers = sim.Rates{sim.LoseAckFault: 1}, 200_000, []string{"naive", "inbox", "mark-first"}
	return map[string]*scenarios.Scenario{"fail": fails, "lose-ack": acks, "3000": long(3000), "10000": long(scenarios.MaxMessages)}
}

// spent is the time of its processor that this thread has used.
func spent() time.Duration {
	const thisThread = 1
	var u syscall.Rusage
	_ = syscall.Getrusage(thisThread, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// took is how long the screen took for something until it could take the next key.
type took struct {
	what string
	cpu  time.Duration
}

// watch measures what a player does.
type watch struct {
	*player
	all []took
}

func (w *watch) measure(what string, do func()) {
	before := spent()
	do()
	w.all = append(w.all, took{what, spent() - before})
	for n := 1; w.m.work != nil; n++ {
		before := spent()
		w.send(Tick{w.m.work})
		w.all = append(w.all, took{fmt.Sprint(what, ", part ", n), spent() - before})
	}
}

// everyKey presses every key of the table at the beginning, in the middle and at the end.
func (w *watch) everyKey() {
	keys := []string{"up", "down", "esc"}
	for _, b := range bindings() {
		keys = append(keys, b.keys...)
	}
	keys = slices.DeleteFunc(keys, func(key string) bool { return key == "q" || key == "m" })
	for place := range 3 {
		for _, key := range keys {
			w.m.jump(w.m.st.Steps() * place / 2)
			w.now = w.now.Add(time.Second)
			what := fmt.Sprintf("%s at %d/2", key, place)
			w.measure("go before "+what, func() { w.m.stale = true; w.m.Frame() })
			w.measure(what, func() { w.begins(key) })
			if w.m.playing {
				w.measure(what+", a tick", func() { w.send(Tick{w.m.turn}) })
			}
			if w.m.panel != nil {
				w.measure(what+", esc", func() { w.begins("esc") })
			}
		}
	}
}

// BenchmarkEveryKeyInALongRun opens long runs, presses every key, and reports the longest
// time that the screen took for anything.
func BenchmarkEveryKeyInALongRun(b *testing.B) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for name, s := range longRuns(b) {
		b.Run(name, func(b *testing.B) {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			for b.Loop() {
				w := &watch{}
				before := spent()
				w.player = opens(b, Start{Scenario: s, At: -1}, 120, 40)
				w.all = append(w.all, took{"open", spent() - before})
				w.measure("opening", func() {})
				w.everyKey()
				slices.SortFunc(w.all, func(a, b took) int { return int(b.cpu - a.cpu) })
				for _, t := range w.all[:9] {
					b.Logf("%-32s %8.1f ms", t.what, t.cpu.Seconds()*1e3)
				}
				b.ReportMetric(w.all[0].cpu.Seconds()*1e3, "ms-slowest")
			}
		})
	}
}
