package sim_test

import (
	"slices"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// prefetched is a lane of four messages that are handed to one of two workers at once.
// Each takes 12 s, and is hidden for 30 s.
func prefetched(h broker.Heartbeat, unit broker.AckUnit) sim.Lane {
	l := lane(consumers.Naive, sim.Mail, 4, "slow:all,for=12s")
	l.Queue.Batch, l.Queue.Heartbeat, l.Queue.AckUnit = 4, h, unit
	for i := range l.Messages {
		l.Messages[i].At = 0
	}
	return l
}

// The third of them is begun at 24 s and done at 36 s, the fourth is begun at 36 s. With a
// heartbeat of what is at work only the fourth has run out by then; without any, the third
// as well. With a heartbeat of all that is held nothing does.
func TestAHeartbeatAtWorkLetsRunOutWhatWaits(t *testing.T) {
	for _, c := range []struct {
		beats broker.Heartbeat
		ends  string
	}{
		{broker.NoHeartbeat, "once once twice twice"},
		{broker.HeartbeatAtWork, "once once once twice"},
		{broker.HeartbeatHeld, "once once once once"},
	} {
		r := simulate(t, prefetched(c.beats, broker.AckEach))
		if got := verdicts(r); got != c.ends {
			t.Errorf("heartbeat %s: %s, want %s", c.beats, got, c.ends)
		}
	}
}

// Where a batch is acked as one, what is handled waits for the rest of it: the first is
// done at 12 s and 10 ms, and its last beat hides it until 42 s, which is before the end at 48 s.
func TestAHeartbeatAtWorkLetsRunOutWhatIsHandled(t *testing.T) {
	l := prefetched(broker.HeartbeatAtWork, broker.AckBatch)
	l.Processes = 2
	r := simulate(t, l)
	if got := deliveries(r, "m1"); !slices.Equal(got, []time.Duration{0, 42*time.Second + 10*time.Millisecond}) {
		t.Errorf("m1 is delivered at %v", got)
	}
	r = simulate(t, prefetched(broker.HeartbeatHeld, broker.AckBatch))
	if got := deliveries(r, "m1"); len(got) != 1 {
		t.Errorf("with a heartbeat of all that is held, m1 is delivered at %v", got)
	}
}

// A pause stops it, as it stops any: the message at work is hidden for one more timeout.
func TestAHeartbeatAtWorkStopsInAPause(t *testing.T) {
	l := lane(consumers.Naive, sim.Mail, 1, "pause:m1/before-effect,for=45s")
	l.Queue.Heartbeat = broker.HeartbeatAtWork
	r := simulate(t, l)
	if got := deliveries(r, "m1"); !slices.Equal(got, []time.Duration{0, 30 * time.Second}) {
		t.Errorf("m1 is delivered at %v", got)
	}
}
