package handler_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"dejavu/sim/simtest/handler"
	"dejavu/sim/testkit"
)

func impatient(o *handler.Trial) { o.Hang = 300 * time.Millisecond }

func TestMemoryInAPackageVariableIsNoticed(t *testing.T) {
	var s shop
	seen := sync.Map{} // outlives the process, as a package variable does
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		if _, dup := seen.LoadOrStore(m.Key, true); dup {
			return nil
		}
		return s.naive(env, ctx, m)
	})
	wantUndecided(t, r, "the run without faults is not the same twice", `1-charge "charge" of m1 (handler_test.go:`, "memory in a package variable (make it in the factory)")
}

func TestAStoreThatFreshDoesNotEmptyIsNoticed(t *testing.T) {
	var s shop
	s.fresh()
	r := search(&s, s.naive, func(o *handler.Trial) { o.Fresh = nil })
	wantUndecided(t, r, "the run without faults is not the same twice: first nothing breaks, then order-1 took effect twice", "a store that Fresh does not empty")
}

func TestAMutexHeldByTheDeadIsSetFree(t *testing.T) {
	var s shop
	var mu sync.Mutex // outlives the process
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		mu.Lock()
		defer mu.Unlock()
		return s.naive(env, ctx, m)
	}, func(o *handler.Trial) { o.Faults = 1 })
	wantBroken(t, r, "crash:m1/before-2-record", "order-1 took effect twice")
	if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "a crashed worker held what another waited for at traps_test.go:") || !strings.Contains(r.Remarks[0], "make it in the factory") {
		t.Errorf("remarks %q", r.Remarks)
	}
}

func TestATextThatIsNewEachTimeIsNoticedUnlessItIsALiteral(t *testing.T) {
	var s shop
	fine := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		id := fmt.Sprintf("%08x-0000-4000-8000-%012x", rand.Uint32(), rand.Uint32())
		env.Do(fmt.Sprintf("INSERT INTO log VALUES ('%s', %d, %s)", id, time.Now().UnixNano(), id), func() error { return nil })
		return s.once(env, ctx, m)
	}, func(o *handler.Trial) { o.Faults = 1 })
	if fine.Broken != nil || fine.Undecided != "" {
		t.Errorf("literals: %v, %q", fine.Broken, fine.Undecided)
	}
	n := 0
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		n++
		env.Do("INSERT INTO log_"+strings.Repeat("x", n), func() error { return nil })
		return s.once(env, ctx, m)
	})
	wantUndecided(t, r, `1-insert-into-log_x "INSERT INTO log_x" of m1`, `1-insert-into-log_xx "INSERT INTO log_xx" of m1`, "belongs in an argument")
}

func TestTheOrderOfAMapIsNoticed(t *testing.T) {
	var s shop
	tables := map[string]bool{}
	for i := range 50 {
		tables[fmt.Sprintf("t%s", strings.Repeat("x", i))] = true
	}
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		for name := range tables {
			env.Do("touch "+name, func() error { return nil })
		}
		return s.once(env, ctx, m)
	})
	wantUndecided(t, r, "a map wants sorting", "traps_test.go:")
}

func TestAGoroutineThatOutlivesItsHandlerIsNoticed(t *testing.T) {
	var s shop
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		go func() {
			runtime.Gosched()
			env.Do("charge", func() error { return s.charge(m.Key) })
		}()
		return nil
	})
	wantUndecided(t, r, "the handler has returned, and a goroutine of it is still at work", `"charge"`, "traps_test.go:", "acked before it is done")
}

func TestAGoroutineThatIsLeftBehindIsRemarkedUpon(t *testing.T) {
	var s shop
	stop := make(chan struct{})
	defer close(stop)
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		go func() { <-stop }()
		return s.once(env, ctx, m)
	}, impatient)
	if r.Broken != nil || r.Undecided != "" || len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "the handler leaves a goroutine behind, at traps_test.go:") {
		t.Errorf("broken %v, undecided %q, remarks %q", r.Broken, r.Undecided, r.Remarks)
	}
}

func TestTwoGoroutinesAtOnceAskForABubble(t *testing.T) {
	var s shop
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		var wg sync.WaitGroup
		begun := make(chan bool)
		wg.Go(func() {
			env.Do("charge", func() error {
				close(begun)
				time.Sleep(20 * time.Millisecond) // the other one comes meanwhile
				if s.record(m.Key) {
					return s.charge(m.Key)
				}
				return nil
			})
		})
		wg.Go(func() {
			select {
			case <-begun:
				env.Do("mail", func() error { return nil })
			case <-ctx.Done():
			}
		})
		wg.Wait()
		return nil
	}, impatient)
	wantUndecided(t, r, "add simtest.Bubble(t), which lets them go one at a time")
}

// twoAtOnce charges and mails at the same time, and sleeps between attempts.
func (s *shop) twoAtOnce(env *handler.Env, ctx context.Context, m handler.Message) error {
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, name := range []string{"charge", "mail"} {
		wg.Go(func() {
			for range 3 {
				errs[i] = env.Do(name, func() error {
					if name == "charge" && s.record(m.Key) {
						return s.charge(m.Key)
					}
					return nil
				})
				if errs[i] == nil {
					return
				}
				time.Sleep(90 * time.Second)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func TestInABubbleGoroutinesGoOneAtATimeAndSleepingTakesNoTime(t *testing.T) {
	var s shop
	counts := map[string]bool{}
	searches := testkit.Few(2, 3)
	for range searches {
		var r *handler.Findings
		handler.Bubble(t, func(outside func(func())) {
			r = search(&s, s.twoAtOnce, func(o *handler.Trial) { o.Outside = outside })
		})
		if r.Broken != nil || r.Undecided != "" || !r.Finished {
			t.Fatalf("broken %v, undecided %q, finished %v", r.Broken, r.Undecided, r.Finished)
		}
		counts[r.Success()] = true
	}
	if len(counts) != 1 {
		t.Errorf("%d searches, and %d results: %v", searches, len(counts), counts)
	}
}

func TestInABubbleALateGoroutineIsNoticed(t *testing.T) {
	var s shop
	var r *handler.Findings
	handler.Bubble(t, func(outside func(func())) {
		r = search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
			go func() {
				env.Do("charge", func() error { return s.charge(m.Key) })
			}()
			return nil
		}, func(o *handler.Trial) { o.Outside = outside })
	})
	wantUndecided(t, r, "a goroutine of it is still at work")
}

func TestALoopThatIgnoresItsErrorsIsEndedWithTheDead(t *testing.T) {
	var s shop
	before := runtime.NumGoroutine()
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		for s.once(env, ctx, m) != nil {
			continue
		}
		for env.Do("mail", func() error { return nil }) != nil {
			continue
		}
		return nil
	}, func(o *handler.Trial) { o.Faults = 1 })
	if r.Broken != nil || r.Undecided != "" {
		t.Errorf("broken %v, undecided %q", r.Broken, r.Undecided)
	}
	for range 60_000 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestALoopThatDoesNotEndIsStopped(t *testing.T) {
	var s shop
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		for {
			if env.Do("poll", func() error { return nil }) == handler.ErrCrashed {
				return nil
			}
		}
	})
	wantBroken(t, r, "", `worker 1 comes to 1000 places in one delivery, the last at "poll": a loop that does not end`)
}

func TestAHandlerThatDoesNotComeBackSaysWhatItWaitsFor(t *testing.T) {
	for name, c := range map[string]struct {
		wait func(ctx context.Context, stop *atomic.Bool)
		want string
	}{
		"channel": {func(ctx context.Context, _ *atomic.Bool) { <-ctx.Done() }, "(chan receive) for what nobody sends"},
		"sleep":   {func(ctx context.Context, _ *atomic.Bool) { time.Sleep(20 * time.Second) }, "add simtest.Bubble(t), where sleeping takes no time"},
		"loop": {func(ctx context.Context, stop *atomic.Bool) {
			for !stop.Load() {
				runtime.Gosched()
			}
		}, "a loop that ignores its context"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var s shop
			var stop atomic.Bool
			defer stop.Store(true)
			defer time.AfterFunc(time.Minute, func() { stop.Store(true) }).Stop() // a busy machine is late to notice
			r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
				c.wait(ctx, &stop)
				return nil
			}, impatient)
			wantUndecided(t, r, c.want, "traps_test.go:")
		})
	}
}

func TestAPanicIsACrashOfTheProcess(t *testing.T) {
	var s shop
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		if err := s.naive(env, ctx, m); err != nil {
			panic("I give up: " + err.Error())
		}
		return nil
	}, func(o *handler.Trial) {
		o.Without = []handler.Trouble{handler.Crash, handler.Pause, handler.LoseAck, handler.Copy, handler.LoseReply}
	})
	wantBroken(t, r, "fail:m1/at-2-record", "order-1 took effect twice")
	if text := r.Report(repeat); !strings.Contains(text, "panics: I give up: record: connection reset by peer; the process dies") {
		t.Error(text)
	}
	always := search(&s, func(*handler.Env, context.Context, handler.Message) error { panic("always") })
	wantBroken(t, always, "", "m1 was delivered 5 times and is not done: the last delivery panicked: always")
}

func TestFailNowIsNotAnAnswer(t *testing.T) {
	var s shop
	r := search(&s, func(*handler.Env, context.Context, handler.Message) error { runtime.Goexit(); return nil })
	wantUndecided(t, r, "the handler called runtime.Goexit in delivery 1 of m1, as t.FailNow", "return an error instead")
}

func TestACleanupThatDoesNotReturnIsNamed(t *testing.T) {
	var s shop
	stop := make(chan struct{})
	defer close(stop)
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		env.Cleanup(func() { <-stop })
		return s.once(env, ctx, m)
	}, impatient)
	wantUndecided(t, r, "after the verdict a Cleanup function does not return")
}

func TestAFreshThatFailsIsTold(t *testing.T) {
	var s shop
	r := search(&s, s.once, func(o *handler.Trial) { o.Fresh = func() error { return errors.New("no table") } })
	wantUndecided(t, r, "Fresh: no table")
}

func TestPlacesMayLieWithinEachOther(t *testing.T) {
	var s shop
	r := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		return env.Do("all", func() error { return s.naive(env, ctx, m) })
	})
	wantBroken(t, r, "crash:m1/before-3-record", "order-1 took effect twice")
}

func TestSearchesRunSideBySide(t *testing.T) {
	for i := range 4 {
		t.Run("same name", func(t *testing.T) { // and so the second is called #01
			t.Parallel()
			var s shop
			wantBroken(t, search(&s, s.naive), "crash:m1/before-2-record", "order-1 took effect twice")
			_ = i
		})
	}
}
