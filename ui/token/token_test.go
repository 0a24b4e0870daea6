package token

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/scenarios/packed"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/whatif"
)

func init() { testkit.FewChecks(20) }

// drawn draws a moment of a shipped scenario with up to four edits.
func drawn(t *rapid.T, s *scenarios.Scenario) Token {
	chosen, edits := *s, whatif.Edits{}
	if rapid.Bool().Draw(t, "changed") {
		chosen.Business = rapid.SampledFrom(sim.Businesses()).Draw(t, "business")
		chosen.Consumers = rapid.SliceOfNDistinct(rapid.SampledFrom(consumers.Names()), 1, 4, rapid.ID[string]).Draw(t, "consumers")
		chosen.Queue = rapid.SampledFrom(broker.Presets()).Draw(t, "profile")
		chosen.Seed = rapid.Uint64().Draw(t, "seed")
	}
	for range rapid.IntRange(0, 4).Draw(t, "edits") {
		if len(s.Faults) > 0 && rapid.Bool().Draw(t, "off") {
			edits = edits.Toggle(rapid.SampledFrom(s.Faults).Draw(t, "planned"))
		} else if f := fault(t, &chosen); len(edits.With)+len(edits.Without) < 4 {
			if _, err := sim.CheckPlan(append(edits.With, f), s.Messages, s.Rates, s.Workers); err == nil {
				edits = edits.Add(f)
			}
		}
	}
	at := time.Duration(rapid.Int64Range(-1, int64(9*24*time.Hour)).Draw(t, "at"))
	return Token{Own: s, Scenario: &chosen, Edits: edits, At: at, Nth: rapid.IntRange(0, 12).Draw(t, "nth") * max(0, min(1, int(at+1)))}
}

// fault draws one that a person at the screen may add.
func fault(t *rapid.T, s *scenarios.Scenario) sim.Fault {
	f := sim.Fault{Kind: rapid.SampledFrom(sim.FaultKinds()).Draw(t, "kind")}
	if f.Kind.ByWorld() {
		f.At = time.Duration(rapid.IntRange(0, 600_000).Draw(t, "when")) * time.Millisecond
	} else {
		f.Message = rapid.SampledFrom(s.Messages).Draw(t, "message").ID
	}
	if f.Kind.ByAttempt() {
		f.Delivery = rapid.IntRange(1, 12).Draw(t, "delivery")
	}
	for _, name := range f.Kind.Fields() {
		switch name {
		case "after":
			_ = f.Set(name, rapid.SampledFrom(append(sim.StepNames(), sim.PointEffect)).Draw(t, "point"))
		case "for":
			f.For = time.Duration(rapid.IntRange(1, 600).Draw(t, "for")) * time.Second
		}
	}
	return f.Normal()
}

func TestATokenIsShortAndReadAsItWasWritten(t *testing.T) {
	for _, s := range testkit.Sample(12, scenarios.Shipped()) {
		t.Run(s.Name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				was := drawn(t, s)
				word, err := Write(was)
				if err != nil {
					t.Fatal(err)
				}
				if len(word) > 120 || strings.Trim(word, "-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
					t.Fatalf("%d letters: %s", len(word), word)
				}
				got, err := Read(word)
				if err != nil {
					t.Fatalf("%s: %v", word, err)
				}
				if got.Changed || !got.Shipped() || got.At != was.At || got.Nth != was.Nth || !got.Edits.Equal(was.Edits) || !reflect.DeepEqual(got.Scenario, was.Scenario) {
					t.Fatalf("written %+v, read %+v", was, got)
				}
			})
		})
	}
}

func TestAFileOfOnesOwnTravelsInItsToken(t *testing.T) {
	for _, s := range testkit.Sample(8, scenarios.Shipped()) {
		own := *s
		own.Title, own.Source = s.Title+", mine", []byte("title: mine")
		word, err := Write(Token{Own: &own, Scenario: &own, At: -1})
		if err != nil {
			t.Fatal(err)
		}
		got, err := Read(word)
		if err != nil {
			t.Fatalf("%s: %v", s.Name, err)
		}
		if a, b := scenarios.Write(&own), scenarios.Write(got.Scenario); string(a) != string(b) || got.Own.Name != s.Name || got.Shipped() {
			t.Errorf("%s became %s:\n%s\nwas\n%s", s.Name, got.Own.Name, b, a)
		}
	}
}

// Tokens that were given away must be read for as long as this is their version.
func TestOldTokensAreRead(t *testing.T) {
	got, err := Read("dv1_iQafB4HAtvyaAQDC1nxHCTpk7QAAWV0n")
	if err != nil {
		t.Fatal(err)
	}
	if got.Own.Name != "lost-ack-then-crash" || got.At != 41600*time.Millisecond || len(got.Edits.With) != 1 || got.Edits.With[0].String() != "crash:m1/before-ack" {
		t.Errorf("read as %s with %v at %v", got.Own.Name, got.Edits, got.At)
	}
}

// of is a token as it may have been made of a scenario, with any text in it.
func of(s *scenarios.Scenario, text string) string {
	return packed.Content{Meaning: packed.Meaning(s), Numbers: [3]uint64{1}, Text: text}.Token()
}

func TestWhatIsWrongWithATokenIsSaid(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	text := func(lines string) string { return of(s, lines) }
	for token, want := range map[string]string{
		"dv0_abc":                               "is of version 0, and this dejavu reads version 1: share the moment again",
		"dv2_abc":                               "is of version 2, and this dejavu reads version 1: update dejavu",
		"dv1_":                                  "damaged",
		"dv1_iQafB4HAtvyaAQDC1nxHCTpk7QAAWV0":   "damaged",
		"dv1_iQafB4HAtvyaAQDC1nxHCTpk7QAAWV03":  "damaged",
		"dv1_iQafB4HAtvyaAQDC1nxHCTpk7QAAWV02=": "damaged",
		"lost-ack":                              "a token begins with dv1_",
		text("no-such-thing\n"):                 `of the scenario "no-such-thing", which this dejavu does not have`,
		text("lost-ack\nwith x:m1"):             "does not fit this dejavu: --with: unknown fault",
		text("lost-ack\nwith a:m1"):             "does not fit",
		text("lost-ack\nmood good"):             "does not fit this dejavu: there is no --mood",
		text("lost-ack\nseed x"):                "does not fit this dejavu: --seed",
		text("quiet-day\nwithout crash:m1"):     "quiet-day has changed since this token was made, and what was changed by hand does not fit it",
	} {
		if _, err := Read(token); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", token, err, want)
		}
	}
}

func TestAScenarioThatHasChangedIsSaidAndPlayed(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	got, err := Read(of(s, "quiet-day\nwith crash:m1/before-ack\n"))
	if err != nil || !got.Changed || len(got.Edits.With) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
	told := *s
	told.Title, told.Story, told.Expect = "Another title", "", nil
	if string(packed.Meaning(&told)) != string(packed.Meaning(s)) {
		t.Error("another title is another meaning")
	}
	told.Messages = told.Messages[:2]
	if string(packed.Meaning(&told)) == string(packed.Meaning(s)) {
		t.Error("a message less is the same meaning")
	}
}

// FuzzRead holds what must be true of any text: it is a token that is written again as one
// that means the same, or it is refused.
func FuzzRead(f *testing.F) {
	f.Add("lost-ack-then-crash\nwith crash:m1/before-ack\nat 41.6s/2\n")
	f.Add("quiet-day\nrates lose-ack=5%\nwithout lose-ack:m1\nconsumers all\n")
	f.Add("mine\n\ntitle: A\nmessages: [{id: m1, customer: Ann, amount: $1}]\nconsumers: [naive]\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := Read(text); err == nil && !Is(text) {
			t.Fatalf("%q is read, and is no token", text)
		}
		if own, err := Read(packed.Prefix(packed.Version) + text); err == nil && own == nil {
			t.Fatal("neither a token nor an error")
		}
		s, _ := scenarios.Get("lost-ack")
		got, err := Read(of(s, text)) // as if somebody had made it
		if err != nil {
			return
		}
		word, err := Write(*got)
		if err != nil {
			t.Fatalf("%q is read, and cannot be written: %v", text, err)
		}
		again, err := Read(word)
		if err != nil || !again.Edits.Equal(got.Edits) || again.At != got.At || again.Nth != got.Nth {
			t.Fatalf("%q is read as %+v, and again as %+v, %v", text, got, again, err)
		}
	})
}
