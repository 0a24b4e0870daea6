package tell_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/tell"
)

func TestATermIsExplainedWhereItIsUsedFirst(t *testing.T) {
	var s tell.Speaker
	if got := s.Term(tell.Hidden); got != " (visibility timeout)" {
		t.Errorf("first use: %q", got)
	}
	if got := s.Term(tell.Hidden); got != "" {
		t.Errorf("second use: %q", got)
	}
	var nobody *tell.Speaker
	if got := nobody.Term(tell.Hidden); got != "" {
		t.Errorf("nobody explains %q", got)
	}
}

// told returns a run of a consumer in a shipped scenario, and its teller.
func told(t *testing.T, scenario, consumer string) (*sim.Run, *tell.Teller) {
	t.Helper()
	s, known := scenarios.Get(scenario)
	c, also := consumers.Get(consumer)
	if !known || !also {
		t.Fatalf("no %s, or no %s", scenario, consumer)
	}
	r, err := sim.Simulate(s.Lane(c))
	if err != nil {
		t.Fatal(err)
	}
	return r, tell.Of(r, r.Marks(nil))
}

// What happens has a word on every face, or somebody reads a gap.
func TestEveryEventOfEveryScenarioHasItsWords(t *testing.T) {
	kinds, ops := map[sim.ActionKind]bool{}, map[sim.Op]bool{}
	for _, s := range scenarios.Shipped() {
		for _, name := range s.Consumers {
			r, teller := told(t, s.Name, name)
			for i := range r.Events() {
				e := &r.Events()[i]
				kinds[e.Kind], ops[e.Op] = true, true
				c := teller.Event(i)
				for _, form := range []tell.Form{tell.Whole, {All: true}, {All: true, Brief: true}} {
					text := c.Sentence(form)
					if len(c.Spans(form)) == 0 || text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, ", ,") {
						t.Errorf("%s, %s: %s %s is told as %q", s.Name, name, e.Kind, e.Op, text)
					}
				}
			}
		}
	}
	if len(kinds) < 18 || len(ops) < 20 {
		t.Errorf("only %d kinds of action and %d of step were told", len(kinds), len(ops))
	}
}

func TestAFormChoosesItsParts(t *testing.T) {
	r, teller := told(t, "commit-never-came", "inbox")
	var crash tell.Clause
	for i := range r.Events() {
		if r.Events()[i].Kind == sim.Crash {
			crash = teller.Event(i)
		}
	}
	for _, c := range []struct {
		form tell.Form
		want string
	}{
		{tell.Whole, "worker 1, m2: [C] crashes before commit, and is rolled back"},
		{tell.Form{}, "worker 1, m2: crashes before commit, and is rolled back"},
		{tell.Form{Brief: true}, "worker 1, m2: crashes, and is rolled back"},
	} {
		if got := crash.Sentence(c.form); got != c.want {
			t.Errorf("%+v: %q, want %q", c.form, got, c.want)
		}
	}
	late := crash.Led("at 0:05.0 ")
	if got := tell.Text(late.Spans(tell.Form{})); got != "at 0:05.0 crashes before commit, and is rolled back" {
		t.Errorf("led: %q", got)
	}
	if strings.Contains(crash.Sentence(tell.Whole), "0:05.0") {
		t.Error("a clause is changed by what was made of it")
	}
	late.Stop()
	late.Add(tell.Plain, "and so on")
	if got := tell.Text(late.Spans(tell.Form{})); !strings.HasSuffix(got, "rolled back; and so on") {
		t.Errorf("stopped: %q", got)
	}
}

// Whether a lease is another's or has only run out decides whether its holder was right.
func TestWhatCannotBeDeletedIsAnothersOrHasRunOut(t *testing.T) {
	for _, c := range []struct {
		scenario, want string
		faults         []string
	}{
		{"quiet-day", "does not delete m1: it has run out", []string{"pause:m1/before-effect,for=25s", "fail:m1"}},
		{"quiet-day", "does not delete m1: it is another's", []string{"pause:m1/before-effect,for=45s", "fail:m1"}},
		{"quiet-day", "does not delete m1: it is not there", []string{"pause:m1/before-effect,for=10s", "fail:m1", "lose-writes,at=5s", "lose-writes,at=6s"}},
	} {
		s, _ := scenarios.Get(c.scenario)
		lease, _ := consumers.Get("lease-fenced")
		for _, text := range c.faults {
			f, err := sim.ParseFault(text)
			if err != nil {
				t.Fatal(err)
			}
			s.Faults = append(s.Faults, f)
		}
		r, err := sim.Simulate(s.Lane(lease))
		if err != nil {
			t.Fatal(err)
		}
		teller := tell.Of(r, r.Marks(nil))
		var all []string
		for i := range r.Events() {
			if text := teller.Event(i).Sentence(tell.Whole); strings.Contains(text, "does not delete") {
				all = append(all, text)
			}
		}
		if len(all) != 1 || !strings.HasSuffix(all[0], c.want) {
			t.Errorf("%v: %q, want %q", c.faults, all, c.want)
		}
	}
}

// locker takes every lock there is, and breaks a unique key.
var locker = sim.Consumer{Name: "locker", Handle: func(p *sim.Proc, m broker.Message) error {
	if m.ID == "m1" {
		p.DB.Insert("orders", "o1")
	} else {
		tx := p.DB.Begin()
		_, _ = tx.LockSkipLocked("orders", "o1")
		p.DB.TryAdvisoryLock("o1")
		p.DB.AdvisoryUnlock("o1")
		_, _ = tx.LockNoWait("orders", "o1")
		_ = tx.InsertOrFail("orders", "o3")
		_ = tx.Commit()
		tx = p.DB.Begin()
		if locked, _ := tx.Lock("orders", "o1"); locked {
			_ = tx.InsertOrFail("orders", "o1")
			tx.Get("orders", "o1")
		}
	}
	tx := p.DB.Begin()
	defer tx.Rollback()
	_ = tx.InsertOrFail("orders", "o2")
	_, _ = tx.Lock("orders", "o1")
	_, _ = tx.LockNoWait("orders", "o9")
	_, _ = tx.LockSkipLocked("orders", "o2")
	p.DB.AdvisoryLock("o1")
	if err := p.Perform(m); err != nil {
		return err
	}
	p.DB.AdvisoryUnlock("o1")
	return tx.Commit()
}}

// A lock, an error that aborts and what is refused after it say what they are.
func TestAStepAboutALockOrAnAbortedTransactionHasItsWords(t *testing.T) {
	l := sim.Lane{Consumer: locker, Queue: broker.Default(), Until: 3 * time.Second, Messages: []sim.Owed{
		{ID: "m1", Message: broker.Message{ID: "m1", Key: "m1"}},
		{ID: "m2", At: 200 * time.Millisecond, Message: broker.Message{ID: "m2", Key: "m2"}},
	}}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	teller := tell.Of(r, r.Marks(nil))
	var lines []string
	for i := range r.Events() {
		if e := &r.Events()[i]; e.Op.Asked() && !e.Op.Performs() {
			lines = append(lines, teller.Event(i).Sentence(tell.Form{All: true}))
		}
	}
	text := strings.Join(lines, "\n")
	for _, want := range []string{
		"m1: records o2 in orders", "m1: locks o1 in orders", "m1: finds no row o9 in orders to lock", "m1: takes the lock o1", "m1: frees the lock o1",
		"m2: gets no row o1 in orders: locked or not there", "m2: finds the lock o1 held", "m2: frees no lock o1: it does not hold it",
		"m2: finds o1 in orders locked", "m2: its transaction is aborted: nothing is done", "m2: cannot commit: its transaction is aborted",
		"m2: waits for the row lock, locks o1 in orders", "m2: unique violation: finds o1 in orders",
		"m2: its transaction is aborted: nothing is done, gives it back",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("nothing says %q", want)
		}
	}
	if t.Failed() {
		t.Log(text)
	}
}

// A status is a row: who sets it while another has set it, and has not committed, waits.
func TestAStatusThatIsLockedIsWaitedFor(t *testing.T) {
	of := func(id string, at time.Duration, seq int) sim.Owed {
		return sim.Owed{ID: id, At: at, Message: broker.Message{ID: id, Key: id, Customer: "Ann", Group: "sub-1", Seq: seq}}
	}
	pause, err := sim.ParseFault("pause:m1/before-commit,for=10s")
	if err != nil {
		t.Fatal(err)
	}
	r, err := sim.Simulate(sim.Lane{
		Consumer: consumers.Inbox, Business: sim.Status, Queue: broker.Default(), Plan: []sim.Fault{pause},
		Messages: []sim.Owed{of("m1", 0, 1), of("m2", 3*time.Second, 2)},
	})
	if err != nil {
		t.Fatal(err)
	}
	teller, told := tell.Of(r, r.Marks(nil)), 0
	for i := range r.Events() {
		if e := &r.Events()[i]; strings.HasSuffix(teller.Event(i).Sentence(tell.Form{All: true}), "m2: waits for the row lock, sets Ann's status") {
			told++
			if !teller.Waited(e) {
				t.Error("the step is told as one that waits, and is none")
			}
		}
	}
	if told != 1 {
		t.Errorf("told %d times that m2 waits, want once", told)
	}
}

// An ack in a transaction is told with the commit that it is part of, and so is one that
// comes too late for it.
func TestAnAckInATransactionIsToldWithItsCommit(t *testing.T) {
	table, _ := broker.Preset("postgres-skip-locked")
	timed := table
	timed.Redeliver, timed.Visibility = broker.OnTimer, 30*time.Second
	for _, c := range []struct {
		queue broker.Profile
		want  []string
	}{
		{table, []string{"acks in the transaction", "commits, and its ack with it"}},
		{timed, []string{"cannot commit: its ack is rejected, for the message is no longer its own", "commits, and its ack with it"}},
		{broker.Default(), []string{"has no queue in the database to ack in", "commits"}},
	} {
		pause, err := sim.ParseFault("pause:m1/before-commit,for=45s")
		if err != nil {
			t.Fatal(err)
		}
		r, err := sim.Simulate(sim.Lane{Consumer: consumers.AckInTransaction, Business: sim.Stock, Queue: c.queue, Plan: []sim.Fault{pause},
			Messages: []sim.Owed{{ID: "m1", Message: broker.Message{ID: "m1", Key: "m1"}}}})
		if err != nil {
			t.Fatal(err)
		}
		var text strings.Builder
		teller := tell.Of(r, r.Marks(nil))
		for i := range r.Events() {
			text.WriteString(teller.Event(i).Sentence(tell.Form{All: true}) + "\n")
		}
		for _, want := range c.want {
			if !strings.Contains(text.String(), want) {
				t.Errorf("%q: nothing says %q:\n%s", c.queue.Name, want, text.String())
			}
		}
	}
}

// A reject is told as one, whether the broker takes it, refuses it or knows of none.
func TestARejectIsToldAsWhatBecomesOfIt(t *testing.T) {
	hopeless := sim.Consumer{Name: "hopeless", Handle: func(p *sim.Proc, m broker.Message) error {
		if p.Perform(m) != nil {
			return sim.ErrReject
		}
		return nil
	}}
	for _, c := range []struct{ queue, pause, want string }{
		{"jetstream", "", "parked: rejected, so that it never comes again"},
		{"rabbitmq-quorum", "", "dropped: there is no dead-letter queue, and it was rejected"},
		{"servicebus-peeklock", "pause:m1/before-effect,for=90s", "its reject comes too late and is refused"},
		{"sqs-standard", "", "gives it back: rejected: it must not be delivered again"},
	} {
		l := sim.Lane{Consumer: hopeless, Business: sim.Card, Messages: []sim.Owed{{ID: "m1", Message: broker.Message{ID: "m1", Key: "m1"}}}}
		l.Queue, _ = broker.Preset(c.queue)
		for _, text := range strings.Fields("fail:m1/1 " + c.pause) {
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
		var text strings.Builder
		teller := tell.Of(r, r.Marks(nil))
		for i := range r.Events() {
			text.WriteString(teller.Event(i).Sentence(tell.Whole) + "\n")
		}
		if !strings.Contains(text.String(), c.want) {
			t.Errorf("%s: nothing says %q:\n%s", c.queue, c.want, text.String())
		}
	}
}

// Who is never fenced off takes the position of its partition back, and that is said with
// the commit that does it.
func TestACommitThatTakesThePositionBackIsTold(t *testing.T) {
	l := sim.Lane{Consumer: consumers.Naive, Business: sim.Card, Processes: 2}
	l.Queue, _ = broker.Preset("kafka")
	l.Queue.StaleAck, l.Queue.Batch = broker.Accepted, 1
	for _, id := range []string{"m1", "m2", "m3"} {
		l.Messages = append(l.Messages, sim.Owed{ID: id, Message: broker.Message{ID: id, Key: id, Group: "one"}})
	}
	slow, err := sim.ParseFault("slow:m1/1,for=9m")
	if err != nil {
		t.Fatal(err)
	}
	l.Plan = []sim.Fault{slow}
	r, err := sim.Simulate(l)
	if err != nil {
		t.Fatal(err)
	}
	told, teller := 0, tell.Of(r, r.Marks(nil))
	for i := range r.Events() {
		if strings.HasSuffix(teller.Event(i).Sentence(tell.Whole), "its ack comes late and counts: the position goes back, before m2, m3") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
}
