package sim_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// deliveries returns when a message was delivered.
func deliveries(r *sim.Run, name string) []time.Duration {
	var times []time.Duration
	for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver && r.Name(e) == name }) {
		times = append(times, e.At)
	}
	return times
}

// replies returns what the queue said to acks and nacks, in order.
func replies(r *sim.Run) []sim.Reply {
	var all []sim.Reply
	for _, e := range where(r, func(e *sim.Event) bool { return e.Reply != sim.NoReply && e.Op != 0 }) {
		all = append(all, e.Reply)
	}
	return all
}

func wantTimes(t *testing.T, r *sim.Run, name string, want ...time.Duration) {
	t.Helper()
	if got := deliveries(r, name); !slices.Equal(got, want) {
		t.Errorf("%s was delivered at %v, want %v", name, got, want)
	}
}

func wantReplies(t *testing.T, r *sim.Run, want ...sim.Reply) {
	t.Helper()
	if got := replies(r); !slices.Equal(got, want) {
		t.Errorf("the queue replied %v, want %v", got, want)
	}
}

func TestLostAckWithATimerComesBackWhenVisibilityPasses(t *testing.T) {
	r := simulate(t, lane(consumers.Naive, sim.Card, 1, "lose-ack:m1"))
	wantTimes(t, r, "m1", 0, 30*time.Second)
	wantReplies(t, r, sim.Lost, sim.Taken)
}

func TestLostAckWithoutATimerTakesTheConnectionWithIt(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1, "lose-ack:m1")
	l.Queue = preset(t, "rabbitmq-quorum")
	wantTimes(t, simulate(t, l), "m1", 0, time.Second+10*time.Millisecond)
}

// A lost nack is lost as an ack is.
func TestLostNackComesBackWhenVisibilityPasses(t *testing.T) {
	r := simulate(t, lane(consumers.Naive, sim.Card, 1, "fail:m1", "lose-ack:m1"))
	wantTimes(t, r, "m1", 0, 30*time.Second)
}

// Late: the deadline has passed and nobody else has the message, here because
// there is nobody else. Stale: somebody has.
func TestLateAndStaleAcksAreAnsweredByTheProfile(t *testing.T) {
	reply := map[broker.AckRule]sim.Reply{
		broker.Accepted: sim.Taken, broker.Ignored: sim.AckIgnored, broker.Rejected: sim.AckRejected,
	}
	for rule, want := range reply {
		late := lane(consumers.Naive, sim.Mail, 1, "pause:m1/before-ack")
		late.Queue.LateAck, late.Queue.StaleAck = rule, (rule+1)%3
		late.Processes = 1
		r := simulate(t, late)
		if got := replies(r)[0]; got != want {
			t.Errorf("a late ack is %v under %v", got, rule)
		}
		verdict := "twice"
		if rule == broker.Accepted {
			verdict = "once"
		}
		if got := verdicts(r); got != verdict {
			t.Errorf("under late acks %v: %s, want %s", rule, got, verdict)
		}

		stale := lane(consumers.Naive, sim.Mail, 1, "pause:m1/before-ack")
		stale.Queue.StaleAck, stale.Queue.LateAck = rule, (rule+1)%3
		r = simulate(t, stale)
		if got := replies(r); len(got) != 2 || got[0] != sim.Taken || got[1] != want {
			t.Errorf("acks are %v under %v: the second is stale", got, rule)
		}
	}
}

// A stale ack that counts settles the message under the feet of whoever has it.
func TestAcceptedStaleAckSettlesWhatAnotherHasInHand(t *testing.T) {
	l := lane(consumers.Naive, sim.Mail, 1, "pause:m1/before-ack,for=29500ms", "crash:m1/2/before-ack")
	l.Queue.StaleAck = broker.Accepted
	r := simulate(t, l)
	wantReplies(t, r, sim.Taken)
	wantTimes(t, r, "m1", 0, 30*time.Second)

	l.Queue.StaleAck = broker.Ignored
	wantTimes(t, simulate(t, l), "m1", 0, 30*time.Second, time.Minute)
}

// How late an ack came is kept with it: of those that the queue accepts, a late one is
// told apart from one that finds the message settled.
func TestHowLateAnAckComes(t *testing.T) {
	const longer = "pause:m1/before-ack,for=70s" // than the visibility timeout, twice
	late := func(faults ...string) (all []sim.Lateness) {
		l := lane(consumers.Naive, sim.Mail, 1, faults...)
		l.Queue.LateAck, l.Queue.StaleAck = broker.Accepted, broker.Accepted
		if len(faults) == 1 && faults[0] == longer {
			l.Processes = 1 // nobody else is there to be given it
		}
		for _, e := range where(simulate(t, l), func(e *sim.Event) bool { return e.Op == sim.OpReturn && e.Reply == sim.Taken }) {
			all = append(all, e.Late)
		}
		return all
	}
	for _, c := range []struct {
		faults []string
		want   []sim.Lateness
	}{
		{nil, []sim.Lateness{sim.InTime}},
		{[]string{longer}, []sim.Lateness{sim.AfterTime}},
		{[]string{longer, "lose-ack:m1/2", "pause:m1/3/before-effect"}, []sim.Lateness{sim.AfterOther, sim.AfterDone}},
		{[]string{"pause:m1/before-ack"}, []sim.Lateness{sim.InTime, sim.AfterDone}},
	} {
		if got := late(c.faults...); !slices.Equal(got, c.want) {
			t.Errorf("%v: acks come %v, want %v", c.faults, got, c.want)
		}
	}
}

func TestEarlyAckTellsTheConsumerWhenItIsRejected(t *testing.T) {
	for rule, want := range map[broker.AckRule]string{
		broker.Rejected: sim.ErrAckRejected.Error(), broker.Ignored: "<nil>", broker.Accepted: "<nil>",
	} {
		told := ""
		l := lane(handler(func(p *sim.Proc, m broker.Message) error {
			if err := p.Perform(m); err != nil {
				return err
			}
			if err := p.Ack(); err != nil {
				return err
			}
			return errors.New("<nil>")
		}), sim.Mail, 1, "pause:m1/before-ack")
		l.Queue.StaleAck = rule
		r := simulate(t, l)
		for _, e := range where(r, func(e *sim.Event) bool { return e.Op == sim.OpReturn && e.Worker == 0 }) {
			told = r.Value(&e)
		}
		if told != want {
			t.Errorf("under %v the early stale ack answers %q, want %q", rule, told, want)
		}
	}
}

// An attempt acks once: after p.Ack its return says nothing, whatever it is.
func TestAfterAnEarlyAckTheReturnReportsNothing(t *testing.T) {
	r := simulate(t, lane(consumers.AckFirst, sim.Card, 2, "fail:m2"))
	wantReplies(t, r, sim.Taken, sim.Unreported, sim.Taken, sim.Unreported)
	if got := verdicts(r); got != "once never" {
		t.Errorf("verdicts %s", got)
	}
	// A lost early ack is silent, and the return does not make up for it.
	r = simulate(t, lane(consumers.AckFirst, sim.Card, 1, "lose-ack:m1"))
	wantReplies(t, r, sim.Lost, sim.Unreported, sim.Taken, sim.Unreported)
	wantTimes(t, r, "m1", 0, 30*time.Second)
}

func TestLateNackIsIgnored(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1, "pause:m1/before-effect", "fail:m1")
	l.Processes = 1
	r := simulate(t, l)
	wantReplies(t, r, sim.NackIgnored, sim.Taken)
	// It is ready already: no nack delay on top.
	wantTimes(t, r, "m1", 0, 46*time.Second+10*time.Millisecond)
}

func TestNackedMessageWaitsForItsDelayAndThenLonger(t *testing.T) {
	const took = time.Second + 10*time.Millisecond // perform, nack
	l := lane(consumers.Naive, sim.Card, 1, "fail:m1,times=3")
	r := simulate(t, l)
	wantTimes(t, r, "m1", 0, took+5*time.Second, 2*(took+5*time.Second), 3*(took+5*time.Second))
	l.Queue.Backoff = []time.Duration{time.Second, time.Minute}
	wantTimes(t, simulate(t, l), "m1", 0, took+time.Second, 2*took+61*time.Second, 3*took+121*time.Second)
	l.Queue.Backoff, l.Queue.NackDelay = nil, 0
	wantTimes(t, simulate(t, l), "m1", 0, took, 2*took, 3*took)
}

// Parked is said only of what never took effect: a charge whose message ends in
// the dead-letter queue is a charge.
func TestParkedMeansInTheDeadLetterQueueAndNeverTookEffect(t *testing.T) {
	for plan, want := range map[string]string{
		"fail:m1,times=9":       "parked",
		"lose-reply:m1,times=9": "twice",
		"lose-ack:m1,times=9":   "twice",
	} {
		l := lane(consumers.Naive, sim.Card, 1, strings.Fields(plan)...)
		l.Queue.MaxDeliveries = 3
		r := simulate(t, l)
		if got := verdicts(r); got != want || r.World().Queue().State(0) != broker.Dead {
			t.Errorf("under %s: %s and %v, want %s", plan, got, r.World().Queue().State(0), want)
		}
		if n := len(deliveries(r, "m1")); n != 3 {
			t.Errorf("under %s: %d deliveries", plan, n)
		}
		if buried := where(r, func(e *sim.Event) bool { return e.Reply == sim.Buried }); len(buried) != 1 {
			t.Errorf("under %s: buried %d times", plan, len(buried))
		}
	}
	l := lane(consumers.Naive, sim.Card, 1, "lose-reply:m1")
	l.Queue.MaxDeliveries = 1
	if got := verdicts(simulate(t, l)); got != "once" {
		t.Errorf("a charge whose only delivery was buried is %s, want once", got)
	}
	// A copy of what is parked may still do it.
	l = lane(consumers.Naive, sim.Card, 1, "fail:m1", "copy:m1,later=1m")
	l.Queue.MaxDeliveries = 1
	if got := verdicts(simulate(t, l)); got != "once" {
		t.Errorf("a message whose copy was performed is %s, want once", got)
	}
}

// An ack settles nothing that is in the dead-letter queue by then.
func TestAckOfWhatIsParkedIsNotTaken(t *testing.T) {
	for rule, want := range map[broker.AckRule]sim.Reply{
		broker.Accepted: sim.AckIgnored, broker.Ignored: sim.AckIgnored, broker.Rejected: sim.AckRejected,
	} {
		l := lane(consumers.Naive, sim.Card, 1, "pause:m1/before-effect")
		l.Queue.MaxDeliveries, l.Queue.LateAck = 1, rule
		wantReplies(t, simulate(t, l), want)
	}
}

// The network copies what the queue holds, behind its dedup window. What that
// window has dropped the queue does not hold.
func TestWhatTheQueueDroppedIsNotCopied(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 2, "copy:m2", "republish:m2,later=10m")
	l.Messages[1].At, l.Messages[1].Message.ID = time.Second, "m1"
	l.Queue.DedupWindow = 5 * time.Minute
	r := simulate(t, l)
	if n := len(where(r, func(e *sim.Event) bool { return e.Kind == sim.Copy })); n != 0 {
		t.Errorf("%d copies of a message that never entered the queue", n)
	}
	if got := effects(r); !slices.Equal(got, []int32{1, 1}) {
		t.Errorf("effects %v, want m2 once: its producer tries again after the window", got)
	}
	l.Plan, l.Rates = nil, sim.Rates{sim.CopyFault: 1}
	if r = simulate(t, l); len(r.Faults) != 1 || r.Faults[0].Message != "m1" {
		t.Errorf("chance has drawn %v, want a copy of m1 only", r.Faults)
	}
	w := world(l)
	play(t, w, "publish m1; publish m2")
	if can(t, w, "copy m2") || !can(t, w, "copy m1") || !can(t, w, "republish m2") {
		t.Error("of m1 and m2 only m1 can be copied, and m2 can be published again")
	}
}

// A heartbeat keeps the message hidden for as long as the worker runs, and a
// worker that is paused, dead or done sends none.
func TestHeartbeatLastsAsLongAsTheWorkerRuns(t *testing.T) {
	for _, test := range []struct {
		plan  []string
		times []time.Duration
	}{
		{nil, []time.Duration{0}},
		{[]string{"pause:m1/before-effect,for=29s"}, []time.Duration{0}},
		{[]string{"pause:m1/before-effect,for=31s"}, []time.Duration{0, 30 * time.Second}},
		{[]string{"pause:m1/after-effect,for=45s"}, []time.Duration{0, 130 * time.Second}},
		{[]string{"crash:m1/after-effect"}, []time.Duration{0, 130 * time.Second}},
		{[]string{"crash:m1/before-effect"}, []time.Duration{0, 30 * time.Second}},
	} {
		l := lane(consumers.Inbox, sim.Stock, 1, test.plan...)
		l.Queue.Heartbeat = broker.HeartbeatHeld
		l.Timing = sim.Timing{Effect: 100 * time.Second, Restart: 2 * time.Second}
		wantTimes(t, simulate(t, l), "m1", test.times...)
	}
	l := lane(consumers.Inbox, sim.Stock, 1)
	l.Timing = sim.Timing{Effect: 100 * time.Second}
	if n := len(deliveries(simulate(t, l), "m1")); n < 2 {
		t.Errorf("without a heartbeat %d deliveries: 100 s are more than 30 s", n)
	}
}

// A worker extends the visibility of its whole batch, and when it can no more, that
// passes a full timeout later for all of it.
func TestHeartbeatIsForTheWholeBatch(t *testing.T) {
	for _, test := range []struct {
		unit broker.AckUnit
		plan string
		back string // when which messages time out
	}{
		{broker.AckEach, "", ""},
		{broker.AckBatch, "", ""},
		{broker.AckEach, "crash:m1/after-effect", "m1 58s m2 58s m3 58s "},
		{broker.AckEach, "pause:m1/after-effect,for=20s", ""},
		{broker.AckEach, "pause:m1/after-effect,for=45s", "m1 58s m2 58s m3 58s "},
		{broker.AckEach, "lose-ack:m2", "m2 1m26.02s "},
		{broker.AckEach, "crash:m2/after-effect", "m2 1m26.01s m3 1m26.01s "},
		{broker.AckCumulative, "crash:m2/after-effect", "m1 1m26.01s m2 1m26.01s m3 1m26.01s "},
		{broker.AckBatch, "lose-ack:m2", "m1 1m54.03s m2 1m54.03s m3 1m54.03s "},
	} {
		l := together(test.unit, 3)
		if test.plan != "" {
			l.Plan = faults(test.plan)
		}
		l.Queue.Heartbeat, l.Processes = broker.HeartbeatHeld, 1
		l.Timing = sim.Timing{Effect: 28 * time.Second, Store: 10 * time.Millisecond, Restart: time.Second}
		back := ""
		r := simulate(t, l)
		for _, e := range where(r, func(e *sim.Event) bool { return e.Kind == sim.TimeOut }) {
			back += r.Name(&e) + " " + e.At.String() + " "
		}
		if back != test.back {
			t.Errorf("%v, %q: %q came back, want %q", test.unit, test.plan, back, test.back)
		}
	}
}

// Whoever has acked extends nothing any more, whatever becomes of it afterwards.
func TestHeartbeatEndsWithTheEarlyAck(t *testing.T) {
	l := lane(consumers.AckFirst, sim.Card, 1, "lose-ack:m1")
	l.Queue.Heartbeat = broker.HeartbeatHeld
	l.Timing = sim.Timing{Effect: 20 * time.Second, Store: time.Second}
	wantTimes(t, simulate(t, l), "m1", 0, 31*time.Second)
	l.Plan = faults("lose-ack:m1", "crash:m1/after-effect")
	wantTimes(t, simulate(t, l), "m1", 0, 31*time.Second)
}

func TestLostAckEndsTheHeartbeat(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1, "lose-ack:m1")
	l.Queue = preset(t, "pubsub")
	times := deliveries(simulate(t, l), "m1")
	if len(times) != 2 || times[1] < 10*time.Second || times[1] > 12*time.Second {
		t.Errorf("delivered at %v: want again about 10 s after the last heartbeat", times)
	}
}

// Where there is no timer, there is nothing to extend.
func TestAHeartbeatWithoutATimerExtendsNothing(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1, "pause:m1/before-effect,for=45s")
	l.Queue.Heartbeat, l.Queue.Redeliver = broker.HeartbeatHeld, broker.OnDisconnect
	wantTimes(t, simulate(t, l), "m1", 0)
}

// At the same instant acks come first, then deadlines, then deliveries: an ack
// that arrives with the deadline is in time, and who is idle at that moment gets
// what comes back.
func TestAckThatArrivesWithTheDeadlineIsInTime(t *testing.T) {
	l := lane(consumers.Naive, sim.Card, 1)
	l.Timing = sim.Timing{Effect: 29 * time.Second, Store: time.Second}
	l.Queue.LateAck = broker.Ignored
	r := simulate(t, l)
	wantTimes(t, r, "m1", 0)
	wantReplies(t, r, sim.Taken)

	l = lane(consumers.Naive, sim.Card, 2, "lose-ack:m1")
	l.Messages[1].At = 30 * time.Second
	r = simulate(t, l)
	handed := where(r, func(e *sim.Event) bool { return e.Kind == sim.Deliver })
	if len(handed) != 3 || r.Name(&handed[1]) != "m1" || handed[1].Worker != 0 || handed[2].Worker != 1 {
		t.Errorf("m1 comes back as m2 is published, and goes first: %+v", handed)
	}
}
