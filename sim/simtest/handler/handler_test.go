package handler_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"dejavu/sim/simtest/handler"
)

// shop is what lasts: rows that were recorded, and a bank that counts its charges.
type shop struct {
	mu      sync.Mutex
	rows    map[string]int
	charges map[string]int
}

func (s *shop) fresh() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows, s.charges = map[string]int{}, map[string]int{}
	return nil
}

func (s *shop) charge(order string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.charges[order]++
	return nil
}

// record writes a row down. It reports whether it is the first of that name.
func (s *shop) record(order string) (first bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rows[order]++
	return s.rows[order] == 1
}

func (s *shop) charged() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.charges)
}

// options ask for exactly one charge for each message.
func (s *shop) options(messages ...handler.Message) handler.Trial {
	if len(messages) == 0 {
		messages = []handler.Message{{ID: "m1", Key: "order-1"}}
	}
	holds, watch := handler.ExactlyOnce(messages, s.charged)
	return handler.Trial{Messages: messages, Fresh: s.fresh, Holds: holds, Watches: []handler.Watch{watch}}
}

// body is a handler as a function of its process and its message.
type body func(env *handler.Env, ctx context.Context, m handler.Message) error

func (b body) factory(env *handler.Env) handler.HandlerFunc {
	return func(ctx context.Context, m handler.Message) error { return b(env, ctx, m) }
}

func search(s *shop, b body, change ...func(*handler.Trial)) *handler.Findings {
	o := s.options()
	for _, c := range change {
		c(&o)
	}
	return handler.Search(b.factory, o)
}

// naive charges, then records.
func (s *shop) naive(env *handler.Env, _ context.Context, m handler.Message) error {
	if err := env.Do("charge", func() error { return s.charge(m.Key) }); err != nil {
		return err
	}
	return env.Do("record", func() error { s.record(m.Key); return nil })
}

// once charges at most once, whatever happens: the bank remembers.
func (s *shop) once(env *handler.Env, _ context.Context, m handler.Message) error {
	return env.Do("charge", func() error {
		if s.record(m.Key) {
			return s.charge(m.Key)
		}
		return nil
	})
}

// markFirst records, then charges.
func (s *shop) markFirst(env *handler.Env, _ context.Context, m handler.Message) error {
	first := false
	if err := env.Do("record", func() error { first = s.record(m.Key); return nil }); err != nil || !first {
		return err
	}
	return env.Do("charge", func() error { return s.charge(m.Key) })
}

func repeat(plan string) string { return "again " + plan }

func wantBroken(t *testing.T, r *handler.Findings, plan, err string) {
	t.Helper()
	switch {
	case r.Broken == nil:
		t.Fatalf("nothing broke in %d schedules (%s)", r.Schedules, r.Undecided)
	case r.Broken.Plan != plan || r.Broken.Err.Error() != err:
		t.Errorf("broken by %q: %v; want %q: %s", r.Broken.Plan, r.Broken.Err, plan, err)
	}
}

func wantUndecided(t *testing.T, r *handler.Findings, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(r.Undecided, part) {
			t.Errorf("undecided because %q; want it to say %q (broken: %v)", r.Undecided, part, r.Broken)
		}
	}
}

func TestTheFirstCounterexampleHasTheFewestFaults(t *testing.T) {
	var s shop
	wantBroken(t, search(&s, s.naive), "crash:m1/before-2-record", "order-1 took effect twice")
	wantBroken(t, search(&s, s.markFirst), "crash:m1/before-2-charge", "order-1 never took effect")
}

func TestWhatHoldsIsSaidWithItsBoundsAndItsPlaces(t *testing.T) {
	var s shop
	r := search(&s, s.once)
	if r.Broken != nil || r.Undecided != "" || !r.Finished {
		t.Fatalf("broken %v, undecided %q, finished %v", r.Broken, r.Undecided, r.Finished)
	}
	text := r.Success()
	for _, part := range []string{"2 faults, 1 switch, 2 workers", "charge", "handler_test.go:", "lose-reply", "ack", "lose-ack copy"} {
		if !strings.Contains(text, part) {
			t.Errorf("the success does not say %q:\n%s", part, text)
		}
	}
	if again := search(&s, s.once); again.Schedules != r.Schedules || again.Success() != text {
		t.Errorf("the second search is another one:\n%s\n%s", text, again.Success())
	}
}

func TestEveryPlanThatIsNamedRepeatsItsFailure(t *testing.T) {
	var s shop
	r := search(&s, s.naive, func(o *handler.Trial) { o.All = true })
	plans := append(slices.Clone(r.Broken.AlsoBy), r.Broken.Plan)
	kinds := map[string]bool{}
	for _, plan := range plans {
		again, err := handler.Play(body(s.naive).factory, s.options(), plan)
		if err != nil || again.Broken == nil || again.Broken.Plan != plan {
			t.Errorf("%s again: %v, %v", plan, again, err)
		}
		name, _, _ := strings.Cut(plan, ":")
		kinds[name] = true
	}
	for _, kind := range []string{"crash", "pause", "lose-ack", "copy", "lose-reply", "fail", "cancel"} {
		if !kinds[kind] {
			t.Errorf("no plan by %s among %v", kind, plans)
		}
	}
}

func TestAPlanThatStrikesNothingIsAnError(t *testing.T) {
	var s shop
	for plan, want := range map[string]string{
		"crash:m1/before-9-record":         "struck nothing: the handler came to 1-charge, 2-record, ack",
		"crash:m1/before-2-charge":         "struck nothing: the handler came to 1-charge, 2-record, ack",
		"crash:m1/3/before-1-charge":       "there was no delivery 3 of m1",
		"crash:m2/before-1-charge":         "there was no delivery 1 of m2",
		"lose-ack:m1/at-1-charge":          "lose-ack cannot strike there",
		"":                                 "a plan without a fault",
		"crash:m1":                         "want FAULT:MESSAGE[/DELIVERY]/before-NUMBER-WORD",
		"crush:m1/before-1-charge":         `fault "crush": want crash, pause`,
		"crash:m1/zero/before-1-charge":    `delivery "zero": want a number from 1`,
		"crash:m1/after-1-charge":          `place "after-1-charge"`,
		"crash:m1/before-2-record;crash:x": "want FAULT:MESSAGE",
	} {
		if _, err := handler.Play(body(s.naive).factory, s.options(), plan); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v; want an error with %q", plan, err, want)
		}
	}
}

func TestAKeptPlanIsTriedFirstAndAnOldOneIsToldOf(t *testing.T) {
	var s shop
	r := search(&s, s.naive, func(o *handler.Trial) { o.Kept = []string{"crash:m1/before-7-gone", "lose-ack:m1/at-ack"} })
	wantBroken(t, r, "lose-ack:m1/at-ack", "order-1 took effect twice")
	if len(r.Remarks) != 1 || !strings.Contains(r.Remarks[0], "a kept plan is out of date: crash:m1/before-7-gone struck nothing") {
		t.Errorf("remarks %q", r.Remarks)
	}
}

func TestAReportTellsWhatHappenedInAtMost25Lines(t *testing.T) {
	var s shop
	r := search(&s, s.naive)
	text := r.Report(repeat)
	for _, part := range []string{
		"order-1 took effect twice, by a crash before 2-record:\n",
		"! ", "CRASHES before record", "the queue delivers m1 to worker 1, delivery 2", "took effect: order-1 ×2",
		"took effect in delivery 1 of m1, and again in delivery 2 of m1",
		"also by: ", "bounds: 1 message, 2 faults, 1 switch, 2 workers", "repeat: again crash:m1/before-2-record",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the report does not say %q:\n%s", part, text)
		}
	}
	long := search(&s, func(env *handler.Env, ctx context.Context, m handler.Message) error {
		for i := range 40 {
			if err := env.Do(fmt.Sprintf("step %c", 'a'+i%20), func() error { return nil }); err != nil {
				return err
			}
		}
		return s.naive(env, ctx, m)
	}, func(o *handler.Trial) { o.Faults, o.Switches = 1, -1 })
	text = long.Report(repeat)
	if n := strings.Count(text, "\n") + 1; n > 25 || !strings.Contains(text, "operations, nothing strikes") || strings.Count(text, "took effect: ") < 2 {
		t.Errorf("a long story has %d lines:\n%s", n, text)
	}
	if d := r.Broken.Mermaid(); !strings.HasPrefix(d, "sequenceDiagram\n") || !strings.Contains(d, "Note over W1: CRASHES before record") {
		t.Errorf("the diagram is\n%s", d)
	}
}

func TestAMessageIsCalledByItsNumberAndItsID(t *testing.T) {
	var s shop
	r := handler.Search(body(s.naive).factory, s.options(handler.Message{ID: "evt-7", Key: "a"}))
	wantBroken(t, r, "crash:m1/before-2-record", "a took effect twice")
	if text := r.Report(repeat); !strings.Contains(text, "the queue delivers m1 (evt-7) to worker 1, delivery 2") {
		t.Error(text)
	}
}

func TestALossNamesWhatARunWithoutFaultsHas(t *testing.T) {
	var s shop
	text := search(&s, s.markFirst).Report(repeat)
	if want := "m1 was acked in delivery 2 without charge (handler_test.go:"; !strings.Contains(text, want) {
		t.Errorf("the report does not say %q:\n%s", want, text)
	}
}

func TestWhatBreaksWithoutAFaultSaysSo(t *testing.T) {
	var s shop
	r := search(&s, func(*handler.Env, context.Context, handler.Message) error { return nil })
	wantBroken(t, r, "", "order-1 never took effect")
	if text := r.Report(repeat); !strings.Contains(text, "without any fault") || !strings.Contains(text, "it takes no fault at all") {
		t.Error(text)
	}
	if len(r.Remarks) != 0 && !strings.Contains(r.Remarks[0], "came to no place") {
		t.Error(r.Remarks)
	}
}

func TestNothingToHoldIsAnError(t *testing.T) {
	r := handler.Search(body(func(*handler.Env, context.Context, handler.Message) error { return nil }).factory, handler.Trial{})
	wantUndecided(t, r, "add ExactlyOnce(func() map[string]int) or Holds(func() error)")
}

func TestBoundsStopASearchThatIsNotDecided(t *testing.T) {
	var s shop
	r := search(&s, s.once, func(o *handler.Trial) { o.Runs = 5 })
	if r.Finished || r.Schedules != 5 || r.Broken != nil {
		t.Errorf("finished %v after %d schedules", r.Finished, r.Schedules)
	}
	none := search(&s, s.naive, func(o *handler.Trial) { o.Faults, o.Switches = -1, -1 })
	if !none.Finished || none.Schedules != 1 || none.Broken != nil {
		t.Errorf("without faults: finished %v after %d schedules, broken %v", none.Finished, none.Schedules, none.Broken)
	}
}

func TestIgnoreAndWithoutLeaveOut(t *testing.T) {
	var s shop
	r := search(&s, s.naive, func(o *handler.Trial) {
		o.Ignore, o.Without = []string{"charge", "2-record", "ack"}, []handler.Trouble{handler.Pause, handler.Copy}
	})
	if r.Broken != nil || r.Schedules != 1 {
		t.Errorf("all places ignored, and %d schedules were tried: %v", r.Schedules, r.Broken)
	}
	if want := `not tried: times of the queue; more messages, workers, faults or switches; pause, copy; anything at ["charge" "2-record" "ack"]`; !strings.HasSuffix(r.Success(), want) {
		t.Errorf("the success does not end with %s:\n%s", want, r.Success())
	}
	r = search(&s, s.naive, func(o *handler.Trial) { o.Without = []handler.Trouble{handler.Crash} })
	if r.Broken == nil || strings.HasPrefix(r.Broken.Plan, "crash") {
		t.Errorf("without crashes it is broken by %v", r.Broken)
	}
}

func TestMemoryOfAProcessDiesWithIt(t *testing.T) {
	var s shop
	r := handler.Search(func(env *handler.Env) handler.HandlerFunc {
		seen := map[string]bool{}
		return func(ctx context.Context, m handler.Message) error {
			if seen[m.Key] {
				return nil
			}
			err := env.Do("charge", func() error { return s.charge(m.Key) })
			seen[m.Key] = err == nil
			return err
		}
	}, s.options())
	wantBroken(t, r, "crash:m1/before-ack", "order-1 took effect twice")
}

func TestNoDeferredFunctionOfTheDeadRunsBeforeTheVerdict(t *testing.T) {
	var s shop
	refunded := 0
	o := s.options()
	holds := o.Holds
	o.Holds = func() error {
		if refunded > 0 {
			return errors.New("a dead process refunded")
		}
		return holds()
	}
	o.Fresh = func() error { refunded = 0; return s.fresh() }
	o.Faults, o.Without = 1, []handler.Trouble{handler.Pause, handler.Fail, handler.Cancel, handler.LoseReply, handler.LoseAck, handler.Copy}
	r := handler.Search(body(func(env *handler.Env, ctx context.Context, m handler.Message) (err error) {
		defer func() {
			if err != nil {
				refunded++
			}
		}()
		if err := s.once(env, ctx, m); err != nil {
			return err
		}
		return env.Do("mail", func() error { return nil })
	}).factory, o)
	if r.Broken != nil || r.Undecided != "" || r.Schedules < 2 {
		t.Errorf("%v, %q, %d schedules", r.Broken, r.Undecided, r.Schedules)
	}
}

func TestTwoMessagesMayOvertakeEachOther(t *testing.T) {
	// The last one to write wins, so an old message that comes back is a loss.
	var mu sync.Mutex
	state := ""
	messages := []handler.Message{{ID: "m1", Key: "a", Group: "g"}, {ID: "m2", Key: "b", Group: "g"}}
	o := handler.Trial{
		Messages: messages, Faults: -1,
		Fresh: func() error { state = ""; return nil },
		Holds: func() error {
			if state != "b" {
				return fmt.Errorf("the state is %q", state)
			}
			return nil
		},
	}
	put := body(func(env *handler.Env, _ context.Context, m handler.Message) error {
		return env.Do("put "+m.Key, func() error {
			mu.Lock()
			defer mu.Unlock()
			state = m.Key
			return nil
		})
	})
	r := handler.Search(put.factory, o)
	wantBroken(t, r, "next:m1/before-1-put-a", `the state is "a"`)
	o.Queue.Ordered = true
	if r := handler.Search(put.factory, o); r.Broken != nil && strings.HasPrefix(r.Broken.Plan, "next") {
		t.Errorf("in order, and yet m2 overtook m1: %s", r.Broken.Plan)
	}
}

func TestAQueueGivesUpAfterItsDeliveries(t *testing.T) {
	var s shop
	refuse := errors.New("no")
	always := func(env *handler.Env, _ context.Context, m handler.Message) error {
		env.Do("look", func() error { return nil })
		return refuse
	}
	r := search(&s, always)
	if r.Broken == nil || !strings.Contains(r.Broken.Err.Error(), `m1 was delivered 5 times and is not done: the last delivery returned "no"`) {
		t.Errorf("without a limit: %v", r.Broken)
	}
	r = search(&s, always, func(o *handler.Trial) { o.Queue.MaxDeliveries = 2 })
	if r.Broken == nil || r.Broken.Err.Error() != "order-1 never took effect" || !strings.Contains(r.Report(repeat), "m1 goes to the dead-letter queue after 2 deliveries") {
		t.Errorf("with a limit of 2: %v\n%s", r.Broken, r.Report(repeat))
	}
}

func TestExpireStrikesOnceAsAFault(t *testing.T) {
	var s shop
	var mu sync.Mutex
	leased, done := map[string]bool{}, map[string]bool{}
	o := s.options()
	o.Fresh = func() error { clear(leased); clear(done); return s.fresh() }
	o.Expire = func() error { mu.Lock(); defer mu.Unlock(); clear(leased); return nil }
	o.Without = []handler.Trouble{handler.Crash, handler.Copy, handler.LoseAck, handler.LoseReply, handler.Fail, handler.Cancel}
	lease := body(func(env *handler.Env, _ context.Context, m handler.Message) error {
		got, isDone := false, false
		if err := env.Do("lease", func() error {
			mu.Lock()
			defer mu.Unlock()
			got, isDone = !leased[m.Key], done[m.Key]
			leased[m.Key] = true
			return nil
		}); err != nil || isDone {
			return err
		}
		if !got {
			return errors.New("somebody else has it")
		}
		return env.Do("charge", func() error { done[m.Key] = true; return s.charge(m.Key) })
	})
	r := handler.Search(lease.factory, o)
	wantBroken(t, r, "expire:m1/before-2-charge;pause:m1/before-2-charge", "order-1 took effect twice")
}
