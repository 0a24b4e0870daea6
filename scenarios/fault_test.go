package scenarios_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/scenarios"
	"dejavu/sim"
)

// someFault draws a fault that a plan can hold, with fields left at their
// defaults now and then.
func someFault(t *rapid.T) sim.Fault {
	f := sim.Fault{Kind: rapid.SampledFrom(sim.FaultKinds()).Draw(t, "kind")}
	sometimes := rapid.Bool()
	length := func(name string) time.Duration {
		unit := rapid.SampledFrom([]time.Duration{1, time.Microsecond, time.Millisecond, time.Second, time.Minute, time.Hour, 24 * time.Hour}).Draw(t, "unit")
		return min(unit*time.Duration(rapid.IntRange(1, 100_000).Draw(t, name)), sim.MaxTime)
	}
	if !f.Kind.ByWorld() {
		f.Message = rapid.StringMatching(`[A-Za-z0-9_-]{1,8}`).Draw(t, "message")
	}
	if f.Kind.ByAttempt() && sometimes.Draw(t, "again") {
		f.Delivery = rapid.IntRange(1, 50).Draw(t, "delivery")
	}
	for _, field := range f.Kind.Fields() {
		if field != "at" && !sometimes.Draw(t, field) {
			continue
		}
		switch field {
		case "before":
			f.Before = rapid.SampledFrom(append(sim.StepNames(), sim.PointEffect, sim.PointAck)).Draw(t, "point")
		case "after":
			if f.Before == "" {
				steps := slices.DeleteFunc(sim.StepNames(), func(name string) bool { return name == sim.PointAck })
				f.After = rapid.SampledFrom(append(steps, sim.PointEffect)).Draw(t, "point")
			}
		case "step":
			f.Step = rapid.SampledFrom([]string{"", "perform", "commit", "cache-get"}).Draw(t, "step")
		case "times":
			f.Times = rapid.IntRange(0, 5).Draw(t, "times")
		case "worker":
			f.Worker = rapid.IntRange(0, 2).Draw(t, "worker")
		case "for":
			f.For = max(length("for"), sim.MinSpan)
		case "later":
			f.Later = max(length("later"), sim.MinSpan)
		case "at":
			f.At = length("at")
		case "drain":
			f.Drain = max(length("drain"), sim.MinSpan)
		case "last":
			f.Last = rapid.IntRange(1, 50).Draw(t, "last")
		case "which":
			f.Which = rapid.SampledFrom([]string{"", sim.WhichDB, sim.WhichCache}).Draw(t, "which")
		case "new-id":
			f.NewID = true
		case "body":
			if f.NewID {
				f.Body = rapid.SampledFrom([]string{"in other words", "a, b=c,body=d: {e}", `"quoted" # \ and`, "40"}).Draw(t, "body")
			}
		case "join":
			f.Join = rapid.Bool().Draw(t, "join")
		}
	}
	return lasting(f)

}

// lasting leaves out what does not go together where a fail may last: at goes with for, and
// times does not.
func lasting(f sim.Fault) sim.Fault {
	switch {
	case f.Kind.Info().Hits != sim.OnStep:
	case f.Lasts():
		f.Times = 0
	default:
		f.At = 0
	}
	return f
}

func TestAFaultIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFault(t)
		got, err := sim.ParseFault(f.String())
		if err != nil || got != f.Normal() {
			t.Fatalf("%+v is written %s and read as %+v, %v", f.Normal(), f, got, err)
		}
	})
}

func TestALineOfAFaultIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := someFault(t).Normal()
		id := f.Message
		if id == "" {
			id = "m1"
		}
		file := fmt.Sprintf("title: a\nmessages: [{id: %q, at: 1s, customer: Ann, amount: $40}]\nconsumers: [naive]\nfaults:\n  %s\n", id, scenarios.FaultLine(f))
		s, err := scenarios.Parse("a.yaml", []byte(file))
		if err != nil || len(s.Faults) != 1 || s.Faults[0] != f {
			t.Fatalf("%+v is written\n%s\nand read with %v", f, file, err)
		}
	})
}

func TestAFaultLineReadsAsASentence(t *testing.T) {
	for text, want := range map[string]string{
		"lose-ack:m2":                          "- lose-ack: m2",
		"lose-ack:m2/2":                        "- lose-ack: m2/2",
		"crash:m3/before-ack":                  "- crash: {during: m3, before: ack}",
		"crash:m3/2/after-effect,worker=1":     "- crash: {during: m3/2, after: effect, worker: 1}",
		"pause:m1/before-effect,for=1m":        "- pause: {during: m1, before: effect, for: 1m}",
		"copy:m1":                              "- copy: m1",
		"republish:m1,later=8d,new-id=true":    "- republish: {of: m1, later: 8d, new-id: true}",
		"restart,at=40s":                       "- restart: {at: 40s}",
		"slow:m1":                              "- slow: m1",
		"slow:m1/1":                            "- slow: m1/1",
		"slow:all,for=2m":                      "- slow: {during: all, for: 2m}",
		"delay:m2":                             "- delay: m2",
		"delay:m2,for=90s":                     "- delay: {of: m2, for: 1m30s}",
		"redrive:m2":                           "- redrive: m2",
		"redrive:m2,later=1d,new-id=true":      "- redrive: {of: m2, later: 1d, new-id: true}",
		"forget-acks,at=40s":                   "- forget-acks: {at: 40s}",
		"forget-acks,at=40s,last=3":            "- forget-acks: {at: 40s, last: 3}",
		"lose-writes,at=40s":                   "- lose-writes: {at: 40s}",
		"lose-writes,at=40s,last=2":            "- lose-writes: {at: 40s, last: 2}",
		"store-down,at=0s,for=20s":             "- store-down: {at: 0s}",
		"store-down,at=9s,for=1m":              "- store-down: {at: 9s, for: 1m}",
		"fail:m1,step=commit,times=3":          "- fail: {during: m1, step: commit, times: 3}",
		"crash:before-x/after-put-if-absent":   "- crash: {during: before-x, after: put-if-absent}",
		"pause:m1/before-put-if-absent,for=1d": "- pause: {during: m1, before: put-if-absent, for: 1d}",
	} {
		f, err := sim.ParseFault(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := scenarios.FaultLine(f); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestEveryKindOfFaultIsReadInEveryFormOfThePage(t *testing.T) {
	file := strings.Join([]string{
		"title: All", "messages:",
		"  - {id: m1, at: 1s, customer: Ann, amount: $40}",
		"  - {id: m2, at: 2s, customer: Bob, amount: $15}",
		"  - {id: m3, at: 3s, customer: Cy, amount: $120}",
		"consumers: [naive]", "faults:",
		"  - lose-ack: m2/2", "  - fail: m1", "  - lose-reply: m1", "  - copy: m1",
		"  - crash: {during: m3, before: ack}", "  - crash: {during: m3, after: effect, worker: 2}",
		"  - lose-ack: {during: m1/2, times: 3}", "  - fail: {during: m1/2, step: commit, times: 3}",
		"  - pause: {during: m1, before: effect, for: 45s}", "  - copy: {of: m1, later: 1ms}",
		"  - republish: {of: m1, later: 20s, new-id: true}", "  - restart: {at: 40s}", "  - crash: m1c",
		"  - delay: m3", "  - delay: {of: m2, for: 9s}", "  - redrive: m1", "  - redrive: {of: m1, later: 8d, new-id: false}",
		"  - slow: m1", "  - slow: m1/2", "  - slow: all", "  - slow: {during: m1b, for: 40s, worker: 1}", "  - slow: {during: all, for: 70s}",
		"  - forget-acks: {at: 40s, last: 3}", "  - forget-acks: {at: 41s, last: 1}",
		"  - lose-writes: {at: 40s, last: 2}", "  - store-down: {at: 0s, for: 1m}",
		"  - restart:", "      at: 9s", "  - crash:", "      during: m2", "",
	}, "\n")
	s, err := scenarios.Parse("all.yaml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range s.Faults {
		got = append(got, f.String())
	}
	want := []string{
		"lose-ack:m2/2", "fail:m1", "lose-reply:m1", "copy:m1", "crash:m3/before-ack", "crash:m3/after-effect,worker=2",
		"lose-ack:m1/2,times=3", "fail:m1/2,step=commit,times=3", "pause:m1/before-effect", "copy:m1",
		"republish:m1,new-id=true", "restart,at=40s", "crash:m1c/before-ack",
		"delay:m3", "delay:m2,for=9s", "redrive:m1", "redrive:m1",
		"slow:m1", "slow:m1/2", "slow:all", "slow:m1b,worker=1,for=40s", "slow:all",
		"forget-acks,at=40s,last=3", "forget-acks,at=41s",
		"lose-writes,at=40s,last=2", "store-down,at=0s,for=1m", "restart,at=9s", "crash:m2/before-ack",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
