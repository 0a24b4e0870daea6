package sim_test

import (
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// anyFault draws a fault that is valid in itself.
func anyFault(t *rapid.T) sim.Fault {
	f := sim.Fault{Kind: rapid.SampledFrom(sim.FaultKinds()).Draw(t, "kind")}
	length := rapid.Int64Range(int64(sim.MinSpan), int64(sim.MaxTime))
	if f.Kind.ByWorld() {
		f.At = time.Duration(rapid.Int64Range(1, int64(sim.MaxTime)).Draw(t, "at"))
		if f.Kind == sim.LoseWritesFault || f.Kind == sim.ForgetAcksFault {
			f.Last = rapid.IntRange(0, sim.MaxLast).Draw(t, "last")
		} else if f.Kind == sim.RestartFault && rapid.Bool().Draw(t, "drains") {
			f.Drain = time.Duration(length.Draw(t, "drain"))
		} else if f.Kind == sim.StoreDownFault && rapid.Bool().Draw(t, "long") {
			f.For = time.Duration(length.Draw(t, "for"))
		}
		return f
	}
	f.Message = rapid.SampledFrom([]string{"m1", "m2b", "order-7", "10"}).Draw(t, "message")
	if f.Kind.ByAttempt() {
		f.Delivery = rapid.IntRange(0, sim.MaxDeliveries).Draw(t, "delivery")
		if f.Kind == sim.ClockFault && rapid.Bool().Draw(t, "far") {
			f.By = time.Duration(length.Draw(t, "by"))
		}
		if (f.Kind == sim.SlowFault || f.Kind == sim.ClockFault) && rapid.Bool().Draw(t, "all") {
			f.Message = sim.AllMessages
		}
		f.Worker = rapid.IntRange(0, sim.MaxWorkers).Draw(t, "worker")
	}
	switch f.Kind {
	case sim.CrashFault, sim.PauseFault:
		points := append(sim.StepNames(), sim.PointEffect, "")
		if rapid.Bool().Draw(t, "before") {
			f.Before = rapid.SampledFrom(points).Draw(t, "point")
		} else if f.After = rapid.SampledFrom(points).Draw(t, "point"); f.After == sim.PointAck {
			f.After = sim.PointEffect
		}
	case sim.FailFault, sim.LoseReplyFault:
		f.Step = rapid.SampledFrom([]string{"", "commit", "perform", "lookup", "mark", "check", "cache-delete"}).Draw(t, "step")
		f.Times = rapid.IntRange(0, sim.MaxDeliveries).Draw(t, "times")
	case sim.StoreDownFault:
		f.Which = rapid.SampledFrom([]string{"", sim.WhichDB, sim.WhichCache}).Draw(t, "which")
	case sim.LoseAckFault:
		f.Times = rapid.IntRange(0, sim.MaxDeliveries).Draw(t, "times")
	case sim.RepublishFault, sim.RedriveFault:
		f.NewID = rapid.Bool().Draw(t, "new id")
		if f.Kind == sim.RepublishFault && f.NewID {
			f.Body = rapid.SampledFrom([]string{"", "in other words", "a, b=c,body=d: {e}", `"quoted" # \ and`}).Draw(t, "body")
		}
	}
	if (f.Kind == sim.PauseFault || f.Kind == sim.SlowFault || f.Kind == sim.DelayFault) && rapid.Bool().Draw(t, "long") {
		f.For = time.Duration(length.Draw(t, "for"))
	}
	if (f.Kind == sim.CopyFault || f.Kind == sim.RepublishFault || f.Kind == sim.RedriveFault) && rapid.Bool().Draw(t, "timed") {
		f.Later = time.Duration(length.Draw(t, "later"))
	}
	return f
}

func TestFaultIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := anyFault(t)
		got, err := sim.ParseFault(f.String())
		if err != nil || got != f.Normal() {
			t.Fatalf("%q is read as %+v, %v; want %+v", f, got, err, f.Normal())
		}
	})
}

func TestSpanIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.SampledFrom([]time.Duration{1, time.Millisecond, time.Second, time.Minute, time.Hour, day}).Draw(t, "unit")
		d := time.Duration(rapid.Int64Range(0, int64(sim.MaxTime/unit)).Draw(t, "number")) * unit
		if got, err := sim.ParseSpan(sim.Span(d)); err != nil || got != d {
			t.Fatalf("%v is written %q and read %v, %v", d, sim.Span(d), got, err)
		}
	})
}

// What is well written and too long is not said to be written wrongly.
func TestASpanThatIsTooLongIsToldSo(t *testing.T) {
	for _, text := range []string{"10000d", "99999999d", "87600h1ns", "3650d1ns", "1e300d"} {
		if _, err := sim.ParseSpan(text); err == nil || !strings.Contains(err.Error(), text+" is too long: at most "+sim.Span(sim.MaxTime)) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestSpanIsWrittenWithoutZeroUnits(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"0s": 0, "1ms": time.Millisecond, "30s": 30 * time.Second, "1m": time.Minute, "1m30s": 90 * time.Second,
		"1h": time.Hour, "1h30m": 90 * time.Minute, "1h5s": time.Hour + 5*time.Second, "8d": 8 * day,
		"1d12h": 36 * time.Hour, "10m": 10 * time.Minute, "1.5s": 1500 * time.Millisecond, "20h": 20 * time.Hour,
		"1d30s": day + 30*time.Second, "1h10m10s": time.Hour + 10*time.Minute + 10*time.Second,
	} {
		got := sim.Span(d)
		if back, err := sim.ParseSpan(got); err != nil || back != d {
			t.Errorf("%s is read as %v, %v", got, back, err)
		}
		if got != want {
			t.Errorf("Span(%v) is %s, want %s", d, got, want)
		}
	}
}

func TestRatesAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := sim.Rates{}
		for _, k := range sim.FaultKinds() {
			if rapid.Bool().Draw(t, string(k)) {
				rates[k] = float64(rapid.IntRange(1, 1000).Draw(t, "per mille")) / 1000
			}
		}
		if len(rates) == 0 {
			return
		}
		got, err := sim.ParseRates(rates.String())
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range sim.FaultKinds() {
			if d := got[k] - rates[k]; d > 1e-9 || d < -1e-9 {
				t.Fatalf("%s is read as %v", rates, got)
			}
		}
		if again, err := sim.ParseRates(got.String()); err != nil || !maps.Equal(again, got) {
			t.Fatalf("%s, read and written again, is %s, %v", rates, got, err)
		}
	})
}

// What is wrong is said with what to write instead: read the golden file as a
// person who made the mistake.
func TestMistakesInPlansAndRatesAreToldHelpfully(t *testing.T) {
	var b strings.Builder
	l := lane(consumers.Naive, sim.Card, 2)
	for _, text := range []string{
		"", "crash", "crash:", "quake:m1", "crash:m1/0", "crash:m1/99999", "crash:m1/at-noon",
		"redrive:m1/2", "redrive:m1,for=3s", "delay:m1,later=3s", "delay:m1,for=0s", "slow:m1,times=2", "slow:all/before-ack", "crash:m1/before-", "crash:m1/before-ack/after-effect", "crash:m1/after-ack", "crash:m1/before-lunch",
		"crash:m1,for=3s", "crash:m1,colour=red", "pause:m1,for=0s", "pause:m1,for=-3s", "pause:m1,for=11000000d", "pause:m1,for=soon",
		"fail:m1,step=rollback", "fail:m1,step=lunch", "fail:m1,times=0", "fail:m1,worker=65", "copy:m1/2", "republish:m1,new-id=perhaps",
		"restart:m1,at=3s", "restart:m1", "store-down:m1/2,for=3s", "restart,at=-1s", "restart", "lose-writes", "lose-writes,at=3s,last=0", "lose-writes,at=3s,last=1001", "forget-acks", "forget-acks:m1,at=3s", "forget-acks,at=3s,last=0", "forget-acks,at=3s,for=3s",
		"store-down:m1,at=3s", "store-down,last=2", "store-down,for=0s", strings.Repeat("x", 201),
	} {
		_, err := sim.ParseFault(text)
		fmt.Fprintf(&b, "%s\n    %v\n", text, err)
		if err == nil && text != "crash:" && text != "crash" {
			t.Errorf("%q is no mistake", text)
		}
	}
	for _, text := range []string{"crash:m3", "crash", "copy:m1b", "lose-ack:m1b", "lose-ack:m9b", "crash:m1,worker=3"} {
		l.Plan = faults(text)
		_, err := sim.Simulate(l)
		fmt.Fprintf(&b, "%s in a plan\n    %v\n", text, err)
		if err == nil {
			t.Errorf("%q is no mistake in a plan", text)
		}
	}
	for range sim.MaxCopies + 1 {
		l.Plan = append(l.Plan, faults("copy:m1")...)
	}
	l.Plan = l.Plan[1:]
	_, err := sim.Simulate(l)
	fmt.Fprintf(&b, "26 copies\n    %v\n", err)
	for _, text := range []string{"", "crash", "crash=", "crash=much", "crash=101%", "crash=-1%", "crash=NaN", "quake=5%", "crash=5%,crash=6%", "crash=5%,"} {
		_, err := sim.ParseRates(text)
		fmt.Fprintf(&b, "rates %s\n    %v\n", text, err)
		if err == nil {
			t.Errorf("rates %q are no mistake", text)
		}
	}
	golden(t, "mistakes", b.String())
}

func FuzzParseFault(f *testing.F) {
	for _, text := range []string{"crash:m3/2/before-ack", "pause:m1/after-effect,for=1m", "fail:m1,step=commit,times=3", "republish:m2,later=8d,new-id=true", "restart,at=3s", "copy:m1", "copy:m1/1", "lose-writes,at=3s,last=2", "store-down,at=0s", "store-down,at=3s,for=1m"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		fault, err := sim.ParseFault(text)
		if err != nil {
			return
		}
		again, err := sim.ParseFault(fault.String())
		if err != nil || again != fault {
			t.Errorf("%q is read as %+v, written %q and read as %+v, %v", text, fault, fault, again, err)
		}
		l := lane(consumers.Inbox, sim.Stock, 1)
		l.Messages[0].ID = "m1"
		l.Plan = []sim.Fault{fault}
		l.Until = time.Minute
		if l.Validate() == nil {
			if _, err := sim.Simulate(l); err != nil {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}

func FuzzParseRates(f *testing.F) {
	for _, text := range []string{"crash=5%", "lose-ack=0.05,copy=100%", "crash=1e-3", "fail=0.1%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rates, err := sim.ParseRates(text)
		if err != nil {
			return
		}
		if err := rates.Validate(); err != nil {
			t.Errorf("%q is read as %v: %v", text, rates, err)
		}
		if !rates.Any() {
			return // written as nothing at all
		}
		again, err := sim.ParseRates(rates.String())
		if err != nil || again.String() != rates.String() {
			t.Errorf("%q is written %q and read as %q, %v", text, rates, again, err)
		}
	})
}

func FuzzParseSpan(f *testing.F) {
	for _, text := range []string{"1ms", "1m30s", "8d", "1.5d", "1d12h", "3650d", "0s"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := sim.ParseSpan(text)
		if err != nil {
			return
		}
		if again, err := sim.ParseSpan(sim.Span(d)); err != nil || again != d || d < 0 || d > sim.MaxTime {
			t.Errorf("%q is %v, written %q, read as %v, %v", text, d, sim.Span(d), again, err)
		}
	})
}

// Whatever text is read as an action is an action that can be asked about, and
// that is written as it is read.
func FuzzParseAction(f *testing.F) {
	l := sim.Lane{Consumer: lease, Queue: broker.Default(), Messages: owed(3, 7*time.Second), Rates: gale, Seed: 5}
	r, err := sim.Simulate(l)
	if err != nil {
		f.Fatal(err)
	}
	for i := range r.Len() {
		if a := r.Entry(i).Action; a.Kind != sim.Nothing {
			f.Add(r.World().Format(a))
		}
	}
	w := r.At(r.Len() / 2)
	f.Fuzz(func(t *testing.T, text string) {
		a, err := w.Parse(text)
		if err != nil {
			return
		}
		if again, err := w.Parse(w.Format(a)); err != nil || !reflect.DeepEqual(again, a) {
			t.Errorf("%q is read as %+v, written %q and read as %+v, %v", text, a, w.Format(a), again, err)
		}
		if w.Can(a) {
			w.Clone().Do(a)
		}
	})
}
