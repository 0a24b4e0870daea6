package redis_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"dejavu/sim/simtest/examples/redis"
	"dejavu/sim/simtest/handler"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"
)

// search tries a handler over a Redis that is as new for every schedule. remembers says
// whether the receiver honours a key.
func search(t *testing.T, remembers bool, change ...func(*handler.Trial)) *handler.Findings {
	server := miniredis.RunT(t)
	var mu sync.Mutex
	charges := map[string]int{}
	messages := []handler.Message{{ID: "m1", Key: "order-1"}}
	holds, watch := handler.ExactlyOnce(messages, func() map[string]int { return charges })
	o := handler.Trial{
		Messages: messages, Holds: holds, Watches: []handler.Watch{watch}, Faults: 1,
		Fresh:  func() error { server.FlushAll(); clear(charges); return nil },
		Expire: func() error { server.Del("lease:order-1"); return nil },
	}
	for _, c := range change {
		c(&o)
	}
	return handler.Search(func(env *handler.Env) handler.HandlerFunc {
		client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), Dialer: env.DialRedis, MaxRetries: -1, Protocol: 2, DisableIdentity: true})
		env.Cleanup(func() { client.Close() })
		s := &redis.Service{Redis: client, Charge: func(_ context.Context, order string) error {
			return env.Do("charge", func() error {
				mu.Lock()
				defer mu.Unlock()
				if !remembers || charges[order] == 0 {
					charges[order]++
				}
				return nil
			})
		}}
		return func(ctx context.Context, m handler.Message) error { return s.Handle(ctx, m.Key) }
	}, o)
}

func report(r *handler.Findings) string {
	return r.Undecided + r.Report(func(plan string) string { return plan })
}

func TestALostReplyOfRedisLeavesALeaseThatNobodyHolds(t *testing.T) {
	r := search(t, false, func(o *handler.Trial) { o.Expire = nil })
	if r.Broken == nil {
		t.Fatalf("%+v", r)
	}
	text := report(r)
	for _, want := range []string{"m1 was delivered 5 times and is not done", "another worker has it", "CRASHES before charge", "lose-reply:m1/at-2-set"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func TestALostReplyOfTheReceiverChargesTwice(t *testing.T) {
	without := []handler.Trouble{handler.Crash, handler.Pause, handler.Fail, handler.LoseAck, handler.Copy}
	text := report(search(t, false, func(o *handler.Trial) { o.Without, o.Ignore = without, []string{"lease", "done", "exists"} }))
	for _, want := range []string{"order-1 took effect twice, by a lost reply at 3-charge", "del lease:order-1"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if r := search(t, true, func(o *handler.Trial) {
		o.Without, o.Ignore = append(without, handler.Cancel), []string{"lease", "done", "exists"}
	}); r.Broken != nil || r.Undecided != "" {
		t.Errorf("with a key: %s", report(r))
	}
}

// A deploy cancels the context, and with it the DEL that was to give the lease back.
func TestACancelledContextAlsoCancelsWhatWasToMendIt(t *testing.T) {
	text := report(search(t, true, func(o *handler.Trial) {
		o.Expire = nil
		o.Without = []handler.Trouble{handler.Crash, handler.Pause, handler.Fail, handler.LoseAck, handler.Copy, handler.LoseReply}
	}))
	for _, want := range []string{"m1 was delivered 5 times and is not done", "by a cancelled context before 3-charge"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
}

func TestALeaseThatGrowsOldInTimeIsNoFault(t *testing.T) {
	r := search(t, true)
	if r.Broken != nil || r.Undecided != "" || !r.Finished {
		t.Errorf("%+v", r)
	}
}

// harmless are the faults that two workers do not need to meet.
var harmless = []handler.Trouble{handler.Crash, handler.Fail, handler.LoseReply, handler.LoseAck, handler.Copy, handler.Cancel}

// Between the look and the lease another worker can do everything.
func TestToLookBeforeTheLeaseIsARace(t *testing.T) {
	text := report(search(t, false, func(o *handler.Trial) { o.Without = harmless }))
	if want := "order-1 took effect twice, by a pause that outlasts the visibility timeout before 2-set"; !strings.Contains(text, want) {
		t.Errorf("it does not say %q:\n%s", want, text)
	}
}

func TestAnExpiredLeaseIsAFaultOfItsOwn(t *testing.T) {
	r := search(t, false, func(o *handler.Trial) { o.Faults, o.Without, o.Ignore = 2, harmless, []string{"lease"} })
	if r.Broken == nil || r.Broken.Plan != "expire:m1/before-3-charge;pause:m1/before-3-charge" {
		t.Error(report(r))
	}
}
