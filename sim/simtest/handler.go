package simtest

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/simtest/handler"
	"dejavu/sim/testkit"
)

// Env is what a worker process has of the world: its databases, its HTTP client, and
// places of its own. It dies with a crash, and so does what was made with it.
type Env = handler.Env

// HandlerFunc is a handler of your own. Returning nil acks the message, returning an
// error nacks it.
type HandlerFunc = handler.HandlerFunc

// Gateway is a payment gateway for tests, as an http.Handler: it counts its effects,
// and honours idempotency keys.
type Gateway = handler.Gateway

// Serve is a round tripper that asks a handler in the same process, without a network.
func Serve(h http.Handler) http.RoundTripper { return handler.Serve(h) }

// own is what options set for a handler of one's own.
type own struct {
	handler.Trial
	count  func() map[string]int
	bubble *testing.T
}

var handlers = entry{
	is: forHandler, name: "Handler", messages: 1, faults: handler.DefaultFaults,
	refuses: "a handler of your own runs in real time on real stores",
}

func forOwn(name string, set func(*own) error) Option {
	return Option{name, forHandler, func(s *settings) error { return set(&s.own) }}
}

// Fresh makes the world of a [Handler] as new before every schedule: it resets what counts
// effects, and empties tables. DELETE is faster than TRUNCATE, and that than a database
// from a template.
func Fresh(f func() error) Option {
	return forOwn("Fresh", func(o *own) error { o.Fresh = f; return nil })
}

// Holds is what must hold at the end of every schedule of a [Handler].
func Holds(f func() error) Option {
	return forOwn("Holds", func(o *own) error { o.Holds = f; return nil })
}

// ExactlyOnce is the property that every message's Key took effect once, as count says
// at the end of every schedule of a [Handler].
func ExactlyOnce(count func() map[string]int) Option {
	return forOwn("ExactlyOnce", func(o *own) error { o.count = count; return nil })
}

// See shows a piece of state in the report of a [Handler], where it changes.
func See(name string, f func() string) Option {
	return forOwn("See", func(o *own) error {
		o.Watches = append(o.Watches, handler.Watch{Name: name, See: f})
		return nil
	})
}

// Switches is how often in one schedule of a [Handler] a worker may be held back without
// a fault while the other goes on: once unless said otherwise.
func Switches(n int) Option {
	return forOwn("Switches", func(o *own) error {
		if n < 0 || n > 4 {
			return fmt.Errorf("Switches(%d): want 0 to 4", n)
		}
		o.Switches = orNone(n)
		return nil
	})
}

// Within stops a [Handler] after so many schedules, or after so long; 20,000 and 30 s
// unless said otherwise, and where it is 0. What was stopped before it knew fails, as not
// decided.
func Within(runs int, d time.Duration) Option {
	return forOwn("Within", func(o *own) error {
		if runs < 0 || d < 0 {
			return fmt.Errorf("Within(%d, %v): want numbers above 0, or 0 for as usual", runs, d)
		}
		o.Runs, o.Time = runs, d
		return nil
	})
}

// Ignore names places of a [Handler] at which nothing strikes: by a part of the statement
// or of the request line, or by the name that a plan uses, such as "4-update".
func Ignore(places ...string) Option {
	return forOwn("Ignore", func(o *own) error { o.Ignore = append(o.Ignore, places...); return nil })
}

// Without names faults that a [Handler] does not meet, such as "pause" or "deadlock".
func Without(faults ...string) Option {
	return forOwn("Without", func(o *own) error {
		for _, name := range faults {
			f, err := handler.ParseFault(name)
			if err != nil {
				return fmt.Errorf("Without: %w", err)
			}
			o.Without = append(o.Without, f)
		}
		return nil
	})
}

// Expire makes the leases of a [Handler] old: f takes the time of every lease back, or
// deletes it. It strikes once in a schedule, as a fault, and is free before the last
// delivery of a message that nobody holds: a queue tries again for longer than a lease.
func Expire(f func() error) Option {
	return forOwn("Expire", func(o *own) error { o.Expire = f; return nil })
}

// Bubble lets a [Handler] run in a bubble of testing/synctest: sleeping takes no time there, and
// several goroutines of one delivery go one at a time, in an order that repeats. Servers
// stay outside, and an http.Transport must not keep connections alive.
func Bubble(t *testing.T) Option {
	return forOwn("Bubble", func(o *own) error { o.bubble = t; return nil })
}

func orNone(n int) int {
	if n == 0 {
		return -1 // there 0 means as usual
	}
	return n
}

// Handler fails unless a property holds whatever the queue, the network and crashes do
// to a handler of your own, within bounds: two workers, up to two faults and one switch.
// start makes a worker process, and everything in it dies with a crash.
//
// A failure is kept in testdata/dejavu, and tried first from then on. With DEJAVU_PLAN
// in the environment that plan is played instead of searching.
func Handler(t TB, start func(env *Env) HandlerFunc, options ...Option) {
	t.Helper()
	s, err := handlers.settle(options)
	if err == nil {
		err = s.owned(start)
	}
	if err != nil {
		t.Fatalf("simtest.Handler: %v", err)
		return
	}
	var r *handler.Findings
	run := func(outside func(func())) {
		s.own.Outside = outside
		if plan := os.Getenv("DEJAVU_PLAN"); plan != "" {
			r, err = handler.Play(start, s.own.Trial, plan)
			return
		}
		s.own.Kept = kept(t)
		r = handler.Search(start, s.own.Trial)
	}
	if s.own.bubble != nil {
		handler.Bubble(s.own.bubble, run)
	} else {
		run(nil)
	}
	if err != nil {
		t.Fatalf("simtest.Handler: %v", err)
		return
	}
	verdict(t, r)
}

// owned fills in for a handler what other options say.
func (s *settings) owned(start func(env *Env) HandlerFunc) error {
	if start == nil {
		return errors.New("no factory: hand in a function that makes a worker process")
	}
	o := &s.own
	for i, m := range s.messages(sim.Consumer{}) {
		owed := Message{ID: m.Message.ID, Key: m.Key, Body: m.Body, Group: m.Group, Customer: m.Customer, Seq: m.Seq, Amount: m.Amount}
		if s.sent != nil {
			owed.Headers, owed.Owes = s.sent[i].Headers, s.sent[i].Owes
		}
		o.Messages = append(o.Messages, owed)
	}
	o.Faults = orNone(s.search.Faults)
	o.Queue = handler.QueueRules{
		Name: s.queue.Name, MaxDeliveries: s.queue.MaxDeliveries,
		Ordered: s.queue.Order != broker.NoOrder, StaleAckCounts: s.queue.StaleAck == broker.Accepted,
	}
	if o.count != nil {
		holds, watch := handler.ExactlyOnce(o.Messages, o.count)
		also := o.Holds
		o.Holds = func() error {
			if err := holds(); err != nil || also == nil {
				return err
			}
			return also()
		}
		o.Watches = append([]handler.Watch{watch}, o.Watches...)
	}
	return nil
}

// verdict reports what a search has found.
func verdict(t TB, r *handler.Findings) {
	t.Helper()
	for _, remark := range r.Remarks {
		t.Logf("simtest.Handler: %s", remark)
	}
	switch {
	case r.Broken != nil:
		keep(t, r.Broken.Plan)
		draw(t, r.Broken)
		t.Errorf("%s", r.Report(func(plan string) string { return testkit.Again(t, "DEJAVU_PLAN", plan) }))
	case r.Undecided != "":
		t.Errorf("not decided: %s", r.Undecided)
	case os.Getenv("DEJAVU_PLAN") != "":
		t.Logf("holds, for DEJAVU_PLAN=%s", testkit.Quote(os.Getenv("DEJAVU_PLAN")))
	case r.Deadlocks > 0:
		t.Errorf("not decided: in %d of %d schedules the database ended a deadlock of the two workers each time in another way; lock rows in one order", r.Deadlocks, r.Schedules)
	case !r.Finished:
		t.Errorf("not decided: %d schedules in %v were not all within the bounds; nothing broke so far: raise Within, or ask for fewer Faults or Switches, or Ignore places", r.Schedules, r.Elapsed.Round(time.Millisecond))
	default:
		t.Logf("%s", r.Success())
	}
}

const keepDir = "testdata/dejavu"

var unfitForFile = regexp.MustCompile(`[^A-Za-z0-9_.-]+`)

// keepFile is where the plans of a test are kept; "" if it has no name.
func keepFile(t TB) string {
	named, ok := t.(interface{ Name() string })
	if !ok || named.Name() == "" {
		return ""
	}
	return filepath.Join(keepDir, unfitForFile.ReplaceAllString(named.Name(), "-")+".plan")
}

// kept reads the plans that broke the property before, a line each.
func kept(t TB) (plans []string) {
	text, err := os.ReadFile(keepFile(t))
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			plans = append(plans, line)
		}
	}
	return plans
}

// keep adds a plan to those that are tried first.
func keep(t TB, plan string) {
	name := keepFile(t)
	if name == "" || plan == "" || slices.Contains(kept(t), plan) {
		return
	}
	text, _ := os.ReadFile(name)
	if len(text) == 0 {
		text = []byte("# plans that broke this test, tried first; delete a line when it is no longer of use\n")
	}
	if err := os.MkdirAll(keepDir, 0o755); err == nil {
		err = os.WriteFile(name, append(text, plan+"\n"...), 0o644)
		if err == nil {
			return
		}
	}
	t.Logf("simtest.Handler: the plan could not be kept in %s", name)
}

// draw leaves a sequence diagram among the artifacts of a test.
func draw(t TB, b *handler.Broken) {
	if a, ok := t.(interface{ ArtifactDir() string }); ok {
		if err := os.WriteFile(filepath.Join(a.ArtifactDir(), "dejavu.mmd"), []byte(b.Mermaid()), 0o644); err != nil {
			t.Logf("simtest.Handler: no diagram: %v", err)
		}
	}
}
