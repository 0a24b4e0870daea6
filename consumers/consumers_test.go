package consumers_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// The order of all that are there or to come: none is forgotten in it, and none is in
// two groups.
func TestCatalogueListsEveryConsumerOnceInTheOrderOfLearning(t *testing.T) {
	want := []string{
		"naive", "ack-first", "ack-in-transaction", "broker-window", "memory-set", "memory-lru", "redelivered-flag",
		"check-then-act", "mark-first", "mark-remove", "lease", "lease-fenced",
		"unlock-early", "unlock-late", "skip-if-locked", "scheduler-lock",
		"inbox", "inbox-key", "inbox-ttl", "inbox-hash", "high-water-mark", "unique-effect",
		"lookup-first", "gateway-key", "gateway-key-random", "inbox-and-gateway-key", "stored-result", "recovery-points", "error-kept", "open-key", "conflict-is-error",
		"outbox", "outbox-and-gateway-key", "outbox-per-effect", "cursor-relay", "fail-open", "fail-closed", "drop-on-error",
	}
	got := consumers.Names()
	want = slices.DeleteFunc(want, func(name string) bool { return !slices.Contains(got, name) })
	if len(got) < len(want) || !slices.Equal(got[:len(want)], want) { // whoever adds one comes after them
		t.Errorf("the catalogue lists\n%q, want\n%q", got, want)
	}
	var grouped []string
	for _, g := range consumers.Groups() {
		if g.Title == "" || len(g.Consumers) == 0 {
			t.Errorf("group %q has %d consumers", g.Title, len(g.Consumers))
		}
		for _, c := range g.Consumers {
			grouped = append(grouped, c.Name)
		}
	}
	if !slices.Equal(grouped, got) {
		t.Errorf("the groups list\n%q, and the names are\n%q", grouped, got)
	}
	for _, c := range consumers.All() {
		if same, ok := consumers.Get(c.Name); !ok || same.Clause != c.Clause || c.Clause == "" || c.Handle == nil {
			t.Errorf("Get(%q) gives %+v, %v", c.Name, same, ok)
		}
	}
	if _, ok := consumers.Get("exactly-once"); ok {
		t.Error("Get finds a consumer that nobody wrote")
	}
}

// The list is the caller's: what is done to it changes no catalogue.
func TestAllReturnsACopy(t *testing.T) {
	consumers.All()[0].Name = "changed"
	if got := consumers.All()[0].Name; got != "naive" {
		t.Errorf("the first consumer is now called %q", got)
	}
}

func TestSourceIsTheFileOfTheConsumer(t *testing.T) {
	for _, c := range consumers.All() {
		text, ok := consumers.Source(c.Name)
		if !ok {
			t.Errorf("%s has no source: is its Name on a line of its own?", c.Name)
			continue
		}
		if strings.Count(text, "register(sim.Consumer{") != 1 || !strings.Contains(text, c.Clause) {
			t.Errorf("the source of %s is not the file of %s alone", c.Name, c.Name)
		}
	}
	if _, ok := consumers.Source("nobody"); ok {
		t.Error("there is a source of nobody")
	}
}

func TestBodyIsWhatStandsBetweenTheBracesOfTheHandler(t *testing.T) {
	for _, c := range consumers.All() {
		lines, first := consumers.Body(c.Name)
		text, _ := consumers.Source(c.Name)
		file := strings.Split(text, "\n")
		if len(lines) == 0 || !strings.Contains(file[first-2], "func(p *sim.Proc, m broker.Message) error {") {
			t.Errorf("%s: body of %d lines from line %d", c.Name, len(lines), first)
			continue
		}
		for i, line := range lines {
			if strings.TrimLeft(file[first-1+i], "\t") != strings.TrimLeft(line, "\t") {
				t.Errorf("%s: line %d of the body is %q, in the file %q", c.Name, i, line, file[first-1+i])
			}
		}
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "return") {
			t.Errorf("%s: the last line is %q, and a handler ends with a return: cut short?", c.Name, last)
		}
		if strings.HasPrefix(lines[0], "\t") {
			t.Errorf("%s: %q is still indented", c.Name, lines[0])
		}
	}
	lines, first := consumers.Body("naive")
	if len(lines) != 1 || lines[0] != "return p.Perform(m)" || first == 0 {
		t.Errorf("the body of naive is %q from line %d", lines, first)
	}
	if lines, first := consumers.Body("nobody"); lines != nil || first != 0 {
		t.Errorf("nobody has the body %q from line %d", lines, first)
	}
}

// The text that a screen shows is the text that runs: every step that a consumer
// takes, in good times and bad, was asked for on a line of its body, in its file.
func TestEveryStepWasAskedForWithinTheBody(t *testing.T) {
	for _, c := range consumers.All() {
		lines, first := consumers.Body(c.Name)
		text, _ := consumers.Source(c.Name)
		visited := map[int]bool{}
		for _, fault := range append([]string{"", failedItem}, troubles...) {
			b := sim.Card
			if strings.Contains(text, ".Local()") || fault == failedItem {
				b = sim.Order // it asks what each effect is
			}
			r := run(t, c, b, fault)
			for i, e := range r.Events() {
				site := r.Site(i)
				if !e.Op.Asked() {
					if site != (sim.Site{}) {
						t.Errorf("%s: event %d asked for nothing, at %v", c.Name, i, site)
					}
					continue
				}
				lines, first := lines, first
				if e.Relayed() {
					lines, first = consumers.RelayBody(c.Name)
				}
				at := site.Line - first
				if at == len(lines) && e.Op == sim.OpRollback {
					at-- // deferred: with the race detector that is the closing brace
				}
				if at < 0 || at >= len(lines) || !strings.HasSuffix(site.File, ".go") || strings.ContainsAny(site.File, `/\`) {
					t.Fatalf("%s under %q: step %s was asked for at %v; the body is lines %d to %d", c.Name, fault, e.Op, site, first, first+len(lines)-1)
				}
				if want := methods[e.Op]; !strings.Contains(lines[at], want) && e.Op != sim.OpRollback {
					t.Errorf("%s: step %s was asked for by %q, which has no %s", c.Name, e.Op, lines[at], want)
				}
				if !strings.Contains(text, lines[at]) {
					t.Errorf("%s: %q is not in its source", c.Name, lines[at])
				}
				visited[site.Line] = true
			}
		}
		relay, relayFirst := consumers.RelayBody(c.Name)
		for i, line := range slices.Concat(lines, relay) {
			at := first + i
			if i >= len(lines) {
				at = relayFirst + i - len(lines)
			}
			if asks := asking.MatchString(line); asks && !visited[at] && !strings.HasPrefix(line, "defer") && !strings.Contains(line, "p.Parts()") {
				t.Errorf("%s: no trouble led to %q", c.Name, line)
			}
		}
	}
}

var asking = regexp.MustCompile(`\b(p|tx)\.`)

// methods are what a line must call to ask for a step. A rollback is deferred:
// it is asked for where the handler returns.
var methods = map[sim.Op]string{
	sim.OpPerform: ".Perform", sim.OpPerformKey: "Once(", sim.OpAck: ".Ack()",
	sim.OpHas: ".Has(", sim.OpRemember: ".Add(", sim.OpRememberWithin: ".AddWithin(", sim.OpUnremember: ".Remove(", sim.OpGet: ".Get(", sim.OpPut: ".Put(",
	sim.OpInsertOrFail: ".InsertOrFail(", sim.OpLock: ".Lock(", sim.OpLockNoWait: ".LockNoWait(", sim.OpLockSkipLocked: ".LockSkipLocked(",
	sim.OpAdvisoryLock: ".AdvisoryLock(", sim.OpTryAdvisoryLock: ".TryAdvisoryLock(", sim.OpAdvisoryUnlock: ".AdvisoryUnlock(",
	sim.OpTxAck: ".Ack()", sim.OpPutIfAbsent: ".PutIfAbsent(", sim.OpBegin: ".Begin()", sim.OpInsert: ".Insert", sim.OpCommit: ".Commit()", sim.OpEnqueue: ".Enqueue",
	sim.OpPerformUnique: ".PerformUnique(", sim.OpPerformFenced: ".PerformFenced(", sim.OpDelete: ".Delete(",
	sim.OpAdd: ".Add(", sim.OpSwap: ".CompareAndSet(", sim.OpLookup: ".Lookup(", sim.OpNewID: ".NewID()",
	sim.OpDeliveries: ".Deliveries()", sim.OpRedelivered: ".Redelivered()",
	sim.OpCacheGet: ".Get(", sim.OpCacheSet: ".Set(", sim.OpCacheAdd: ".PutIfAbsent(", sim.OpCacheDelete: ".Delete(",
	sim.OpCacheSetIf: ".SetIf(", sim.OpCacheDeleteIf: ".DeleteIf(",
}

// run runs a consumer on one message under a list of faults, joined by spaces.
func run(t *testing.T, c sim.Consumer, b sim.Business, trouble string) *sim.Run {
	t.Helper()
	return runOn(t, sim.Lane{Consumer: c, Business: b, Queue: broker.Default()}, trouble)
}

// runOn is run in a lane of one's own.
func runOn(t *testing.T, l sim.Lane, trouble string) *sim.Run {
	t.Helper()
	l.Messages = []sim.Owed{{
		ID:      "m1",
		Message: broker.Message{ID: "m1", Key: "order-1", Body: "Ann $12", Seq: 1, Group: "orders", Customer: "Ann", Amount: 1200},
	}}
	for _, text := range strings.Fields(trouble) {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Fatal(err)
		}
		l.Plan = append(l.Plan, f)
	}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryConsumerDoesItsWorkWhenNothingGoesWrong(t *testing.T) {
	for _, c := range consumers.All() {
		for _, b := range sim.Businesses() {
			r := run(t, c, b, "")
			v := r.World().Verdicts()
			for debt, of := range v.Of {
				if of != sim.Once || v.Effects[debt] != 1 {
					t.Errorf("%s/%s: %v", c.Name, b, v)
				}
			}
			if end := fmt.Sprint(r.Ending, r.World().Queue().State(0)); end != fmt.Sprint(sim.Quiet, broker.Acked) {
				t.Errorf("%s/%s ends %s", c.Name, b, end)
			}
		}
	}
}
