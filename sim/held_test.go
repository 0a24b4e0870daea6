package sim_test

import (
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// later is a lane with one mail that is published at 2 s and is not to be begun before a
// time, at four workers.
func later(t *testing.T, c sim.Consumer, queue string, notBefore time.Duration) sim.Lane {
	l := lane(c, sim.Mail, 1)
	l.Queue, l.Processes = preset(t, queue), 4
	l.Messages[0].At, l.Messages[0].NotBefore = 2*time.Second, notBefore
	return l
}

// begun returns when somebody began what was held, one after another, as text: which worker,
// and when.
func begun(r *sim.Run) string {
	var times []string
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Begin }) {
		times = append(times, r.World().WorkerName(int(e.Worker))+" at "+sim.Span(e.At))
	}
	return strings.Join(times, ", ")
}

// Celery on Redis hides a task for 1 h (Celery documentation, "Using Redis", "Visibility
// timeout": "this causes problems with ETA/countdown/retry tasks where the time to execute
// exceeds the visibility timeout; in fact if that happens it will be executed again, and
// again in a loop"). An ETA of 3 h, published at 2 s: it is handed out at 0:00:02, 1:00:02
// and 2:00:02, each time to a worker that holds nothing yet, and nobody begins. At 3:00:00
// all three begin; a mail takes 1 s and an ack 10 ms. The next deadline would be 3:00:02,
// and by then it is acked.
func TestAnETABeyondTheVisibilityTimeoutIsRunByAllWhoHoldIt(t *testing.T) {
	r := simulate(t, later(t, consumers.Naive, "celery-redis", 3*time.Hour))
	if got := handedOut(r, "m1"); got != "2s 1h2s 2h2s" {
		t.Errorf("handed out at %s", got)
	}
	if got := begun(r); got != "1 at 3h, 2 at 3h, 3 at 3h" {
		t.Errorf("begun by %s", got)
	}
	if got := r.World().Verdicts().Effects[0]; got != 3 {
		t.Errorf("%d mails, want 3", got)
	}
	if r.End != 3*time.Hour+1010*time.Millisecond || r.World().Queue().State(0) != broker.Acked {
		t.Errorf("over at %v, m1 is %v", r.End, r.World().Queue().State(0))
	}
	// Published at 1 s, the deadline of the third is at 3:00:01, in the midst of the mails,
	// 10 ms before their acks: a fourth worker is handed it then, and has nothing to wait for.
	l := later(t, consumers.Naive, "celery-redis", 3*time.Hour)
	l.Messages[0].At = time.Second
	r = simulate(t, l)
	if got := handedOut(r, "m1"); got != "1s 1h1s 2h1s 3h1s" || r.World().Verdicts().Effects[0] != 4 {
		t.Errorf("published at 1 s: handed out at %s, %d mails", got, r.World().Verdicts().Effects[0])
	}
	// One inserts into the inbox, and two wait for its row and find it.
	r = simulate(t, later(t, consumers.Inbox, "celery-redis", 3*time.Hour))
	if got := verdicts(r); got != "once" {
		t.Errorf("with an inbox: %s", got)
	}
}

// One worker holds all three, and has one thread: it runs them one after another. It hears
// nothing of the ack of the first having settled the message.
func TestOneWorkerRunsAllThatItHolds(t *testing.T) {
	l := later(t, consumers.Naive, "celery-redis", 3*time.Hour)
	l.Processes = 1
	r := simulate(t, l)
	if got := r.World().Verdicts().Effects[0]; got != 3 {
		t.Errorf("%d mails, want 3", got)
	}
	if got := len(where(r, func(e *sim.Event) bool { return e.Kind == sim.Begin && e.At > 3*time.Hour })); got != 2 {
		t.Errorf("%d of three begin after another: %s", got, begun(r))
	}
}

// Below the timeout an ETA is held once and run once; so is any ETA where no timer runs, if
// the connection lasts.
func TestAnETAThatNobodyIsTooImpatientForIsRunOnce(t *testing.T) {
	for queue, notBefore := range map[string]time.Duration{"celery-redis": 50 * time.Minute, "rabbitmq-quorum": 20 * time.Minute} {
		r := simulate(t, later(t, consumers.Naive, queue, notBefore))
		if got := handedOut(r, "m1"); got != "2s" {
			t.Errorf("%s: handed out at %s", queue, got)
		}
		if got := begun(r); got != "1 at "+sim.Span(notBefore) {
			t.Errorf("%s: begun by %s", queue, got)
		}
		if got := verdicts(r); got != "once" {
			t.Errorf("%s: %s", queue, got)
		}
	}
	// No timer, and no consumer_timeout: even 3 h are held once.
	l := later(t, consumers.Naive, "rabbitmq-quorum", 3*time.Hour)
	l.Queue.ConsumerTimeout = 0
	if r := simulate(t, l); handedOut(r, "m1") != "2s" || verdicts(r) != "once" {
		t.Errorf("without a consumer_timeout: handed out at %s, %s", handedOut(r, "m1"), verdicts(r))
	}
}

// consumer_timeout strikes what is held as well: after 30 min the connection is closed, and
// the worker forgets what it held, for it could not ack it any more. So m1 goes from worker
// to worker, six times until 3 h are over, and is run by the last alone.
func TestTheConsumerTimeoutStrikesWhatIsHeld(t *testing.T) {
	l := later(t, consumers.Naive, "rabbitmq-quorum", 3*time.Hour)
	l.Queue.ConsumerTimeout, l.Queue.MaxDeliveries = 30*time.Minute, 0
	r := simulate(t, l)
	if got := handedOut(r, "m1"); got != "2s 30m2s 1h2s 1h30m2s 2h2s 2h30m2s" {
		t.Errorf("handed out at %s", got)
	}
	if got := len(where(r, func(e *sim.Event) bool { return e.Kind == sim.Begin })); got != 1 || verdicts(r) != "once" {
		t.Errorf("begun %d times: %s", got, verdicts(r))
	}
}

// A process that ends loses what it holds, and nobody begins that. Where the queue notices,
// the next worker holds it; where a timer has to run out, that comes first. All processes
// restart at 10 min and are back 2 s later: celery-redis hands m1 out again at 1:00:02, rabbitmq-quorum at once.
func TestAProcessLosesWhatItHolds(t *testing.T) {
	for queue, again := range map[string]time.Duration{"celery-redis": time.Hour + 2*time.Second, "rabbitmq-quorum": 10*time.Minute + sim.DefaultTiming().Restart} {
		l := later(t, consumers.Naive, queue, 25*time.Minute)
		l.Plan = faults("restart,at=10m")
		if queue == "celery-redis" {
			l.Messages[0].NotBefore = 90 * time.Minute
		}
		r := simulate(t, l)
		if got, want := handedOut(r, "m1"), "2s "+sim.Span(again); got != want {
			t.Errorf("%s: handed out at %s, want %s", queue, got, want)
		}
		if got := begun(r); got != "1 at "+sim.Span(l.Messages[0].NotBefore) || verdicts(r) != "once" {
			t.Errorf("%s: begun by %s: %s", queue, got, verdicts(r))
		}
	}
}

// To hold a message takes no thread: the worker does others meanwhile. If it dies at one of
// them, what it holds is lost as well.
func TestWhoHoldsAMessageWorksOn(t *testing.T) {
	for _, crash := range []bool{false, true} {
		l := lane(consumers.Naive, sim.Mail, 2)
		if crash {
			l = lane(consumers.Naive, sim.Mail, 2, "crash:m2/before-effect")
		}
		l.Queue, l.Processes = preset(t, "rabbitmq-quorum"), 1
		l.Messages[0].At, l.Messages[0].NotBefore = 0, 10*time.Minute
		l.Messages[1].At = time.Minute
		r := simulate(t, l)
		want := "0s"
		if crash { // as it comes up again, it is handed both
			at := where(r, func(e *sim.Event) bool { return e.Kind == sim.Crash })[0].At
			want = "0s " + sim.Span(at+sim.DefaultTiming().Restart)
		}
		if got := handedOut(r, "m1"); got != want {
			t.Errorf("crash %v: m1 is handed out at %s, want %s", crash, got, want)
		}
		if got := begun(r); got != "1 at 10m" || verdicts(r) != "once once" {
			t.Errorf("crash %v: begun by %s: %s", crash, got, verdicts(r))
		}
	}
}

// A worker that is at another message when the time comes begins as soon as it is free.
func TestWhatIsHeldWaitsForItsWorker(t *testing.T) {
	l := lane(consumers.Naive, sim.Mail, 2, "slow:m2,for=2m")
	l.Queue, l.Processes = preset(t, "rabbitmq-quorum"), 1
	l.Messages[0].At, l.Messages[0].NotBefore = 0, 10*time.Minute
	l.Messages[1].At = 9 * time.Minute
	r := simulate(t, l)
	ends := where(r, func(e *sim.Event) bool { return e.Finished && r.Name(e) == "m2" })[0].At
	if got := begun(r); got != "1 at "+sim.Span(ends) || ends <= 11*time.Minute {
		t.Errorf("begun by %s; m2 ends at %v", got, ends)
	}
}

// A heartbeat extends what is held, as it extends what waits in a batch: all that the worker
// holds, or only the message that it is at. It ends with the process: visible again 30 s
// after the restart at 10 min.
func TestAHeartbeatExtendsWhatIsHeld(t *testing.T) {
	for beat, want := range map[broker.Heartbeat]int{broker.HeartbeatHeld: 1, broker.HeartbeatAtWork: 10} {
		l := later(t, consumers.Naive, "celery-redis", 5*time.Minute)
		l.Queue.Visibility, l.Queue.Heartbeat = 30*time.Second, beat
		if got := len(strings.Fields(handedOut(simulate(t, l), "m1"))); got != want {
			t.Errorf("%v: handed out %d times, want %d", beat, got, want)
		}
	}
	l := later(t, consumers.Naive, "celery-redis", time.Hour)
	l.Plan = faults("restart,at=10m")
	l.Queue.Visibility, l.Queue.Heartbeat = 30*time.Second, broker.HeartbeatHeld
	if got := handedOut(simulate(t, l), "m1"); got != "2s 10m30s" {
		t.Errorf("handed out at %s", got)
	}
}

// In a world by hand: what is held is not at work, its deadline can pass, and it can still be
// begun. A second delivery to the same worker is begun after the first.
func TestHoldingByHand(t *testing.T) {
	l := later(t, consumers.Naive, "celery-redis", time.Hour)
	w := world(l)
	play(t, w, "publish m1; deliver m1 to 1")
	if _, busy := w.Handling(0); busy || w.Keeper(0) != 0 || len(w.Held(0)) != 1 {
		t.Errorf("busy %v, keeper %d, held %v", busy, w.Keeper(0), w.Held(0))
	}
	if can(t, w, "step 1") || can(t, w, "begin m1 by 2") || !can(t, w, "begin m1 by 1") || w.Quiet() {
		t.Error("worker 1 holds m1: it can begin it, and nobody else can")
	}
	play(t, w, "time-out m1; deliver m1 to 1; begin m1 by 1")
	if r, busy := w.Handling(0); !busy || r.Delivery != 1 || w.Keeper(0) != 0 {
		t.Errorf("at work on %v, keeper %d", r, w.Keeper(0))
	}
	play(t, w, "step 1; step 1")
	if w.Queue().State(0) != broker.Acked || w.Quiet() {
		t.Error("m1 is acked, and its second delivery is still held")
	}
	play(t, w, "begin m1 by 1; step 1; step 1")
	if got := w.Verdicts().Effects[0]; got != 2 || !w.Quiet() {
		t.Errorf("%d mails, want 2", got)
	}
}

// A world that was made from a key knows not which delivery an old receipt is of. A worker
// that holds two of one message is in another attempt with the second all the same: what it
// wrote in the first is nobody's.
func TestTwoOldReceiptsOfOneMessageAreTwoAttempts(t *testing.T) {
	l := later(t, consumers.Lease, "beanstalkd", time.Hour)
	w := sim.New(&l, -1)
	take := func(text string) {
		t.Helper()
		a := action(t, w, text)
		if !w.Can(a) {
			t.Fatalf("%s is not possible", text)
		}
		w.Do(a)
	}
	for _, text := range []string{"publish m1", "deliver m1 to 1", "time-out m1", "deliver m1 to 1", "time-out m1", "deliver m1 to 2"} {
		take(text)
	}
	w.Restore(w.AppendKey(nil))
	take("begin m1 by 1")
	for step := action(t, w, "step 1"); w.Can(step); {
		w.Do(step)
	}
	other := w.Clone()
	other.Restore(w.AppendKey(nil))
	take("begin m1 by 1")
	other.Do(action(t, other, "begin m1 by 1"))
	if want, got := w.AppendKey(nil), other.AppendKey(nil); string(got) != string(want) {
		t.Errorf("from one key, to begin the second leads to\n%v and\n%v", want, got)
	}
}
