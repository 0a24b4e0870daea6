package broker

import (
	"strings"
	"testing"
	"time"
)

// takesBack is a log whose position an older commit takes back.
var takesBack = Profile{
	Visibility: time.Second, Redeliver: OnDisconnect, Assign: OwnerWorker, AckUnit: AckCumulative, SessionTimeout: time.Second, StaleAck: Accepted, CommitsBack: true,
}

func TestValidateSaysWhatToWriteInstead(t *testing.T) {
	tests := []struct {
		name   string
		change func(p *Profile)
		want   string // part of the message; "" for valid
	}{
		{"default", func(*Profile) {}, ""},
		{"disconnect needs no visibility", func(p *Profile) { p.Redeliver, p.Visibility = OnDisconnect, 0 }, ""},
		{"the largest batch", func(p *Profile) { p.Batch = MaxBatch }, ""},
		{"no redelivery", func(p *Profile) { p.Redeliver = 0 }, "set redeliver-on to"},
		{"timer without visibility", func(p *Profile) { p.Visibility = 0 }, "such as 30s"},
		{"endless visibility", func(p *Profile) { p.Visibility = MaxVisibility + 1 }, "at most"},
		{"negative batch", func(p *Profile) { p.Batch = -1 }, "1 to 1000"},
		{"huge batch", func(p *Profile) { p.Batch = MaxBatch + 1 }, "1 to 1000"},
		{"negative deliveries", func(p *Profile) { p.MaxDeliveries = -1 }, "use 0 for no limit"},
		{"negative nack delay", func(p *Profile) { p.NackDelay = -1 }, "out of range"},
		{"endless dedup window", func(p *Profile) { p.DedupWindow = MaxVisibility + 1 }, "out of range"},
		{"a session without a group", func(p *Profile) { p.Redeliver, p.SessionTimeout = OnDisconnect, time.Second }, "assign: owner"},
		{"a session of a group that waits for a timer", func(p *Profile) { p.Assign, p.SessionTimeout = OwnerWorker, time.Second }, "redeliver-on: disconnect"},
		{"a session of a group", func(p *Profile) { p.Redeliver, p.Assign, p.SessionTimeout = OnDisconnect, OwnerWorker, time.Second }, ""},
		{"a position that goes back", func(p *Profile) { *p = takesBack }, ""},
		{"a position of each message", func(p *Profile) { *p = takesBack; p.AckUnit = AckEach }, "ack-unit: cumulative"},
		{"a position without a session", func(p *Profile) { *p = takesBack; p.SessionTimeout = 0 }, "a session-timeout"},
		{"a position with a timer", func(p *Profile) { *p = takesBack; p.Redeliver |= OnTimer }, "redeliver-on: disconnect"},
		{"an endless session", func(p *Profile) { p.Redeliver, p.Assign, p.SessionTimeout = OnDisconnect, OwnerWorker, MaxVisibility+1 }, "out of range"},
		{"a consumer-timeout without a connection", func(p *Profile) { p.ConsumerTimeout = time.Second }, "redeliver-on: disconnect"},
		{"negative consumer-timeout", func(p *Profile) { p.Redeliver, p.ConsumerTimeout = OnDisconnect, -1 }, "out of range"},
		{"negative backoff", func(p *Profile) { p.Backoff = []time.Duration{0, -1} }, "out of range"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Default()
			tt.change(&p)
			err := p.Validate()
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("valid, but %v", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("error %v, want one that says %q", err, tt.want)
			}
		})
	}
}

func TestValidateChangesNothing(t *testing.T) {
	backing := []time.Duration{time.Second, 2, 3}
	p := Default()
	p.Backoff = backing[:1]
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	if backing[1] != 2 {
		t.Error("validating wrote behind the backoff list")
	}
}

func TestDelayFollowsTheBackoffAndStaysAtItsEnd(t *testing.T) {
	p := Profile{NackDelay: 5}
	q := Profile{NackDelay: 5, Backoff: []time.Duration{1, 2, 4}}
	for delivery, want := range []time.Duration{1, 1, 2, 4, 4, 4} {
		if got := p.Delay(delivery); got != 5 {
			t.Errorf("without a backoff, delay %d after delivery %d", got, delivery)
		}
		if got := q.Delay(delivery); got != want {
			t.Errorf("delay %d after delivery %d, want %d", got, delivery, want)
		}
	}
}

func TestTimedAsksForATimer(t *testing.T) {
	for trigger, want := range map[Trigger]bool{
		OnTimer: true, OnDisconnect: false, OnTimer | OnDisconnect: true,
	} {
		p := Profile{Redeliver: trigger}
		if p.Timed() != want {
			t.Errorf("redelivery on %v: timed is %v", trigger, p.Timed())
		}
	}
}

func TestEveryValueHasAWord(t *testing.T) {
	words := map[string][]string{
		"state": {Unpublished.String(), Ready.String(), Delayed.String(), InFlight.String(),
			Acked.String(), Dead.String(), Deduplicated.String()},
		"standing": {Current.String(), Late.String(), Stale.String(), Finished.String()},
		"rule":     {Ignored.String(), Accepted.String(), Rejected.String()},
		"trigger": {Trigger(0).String(), OnTimer.String(), OnDisconnect.String(),
			(OnTimer | OnDisconnect).String()},
		"order":      {NoOrder.String(), GroupOrder.String(), PartitionOrder.String()},
		"ack unit":   {AckEach.String(), AckBatch.String(), AckCumulative.String()},
		"assignment": {AnyWorker.String(), OwnerWorker.String()},
		"dedup":      {ByMessageID.String(), ByNothing.String(), ByProducer.String()},
		"rebalance":  {Cooperative.String(), Eager.String()},
	}
	for kind, list := range words {
		seen := map[string]bool{}
		for _, w := range list {
			if w == "" || w != strings.ToLower(w) || seen[w] {
				t.Errorf("%s: %q is empty, not in lower case, or used twice", kind, w)
			}
			seen[w] = true
		}
	}
	if got := (OnTimer | OnDisconnect).String(); got != "timer or disconnect" {
		t.Errorf("both triggers are called %q", got)
	}
}

func TestSettledStatesAreTheLastOnes(t *testing.T) {
	for s := Unpublished; s <= Discarded; s++ {
		want := s == Acked || s == Dead || s == Deduplicated || s == Redriven || s == Discarded
		if s.Settled() != want {
			t.Errorf("%v: settled is %v", s, s.Settled())
		}
	}
}
