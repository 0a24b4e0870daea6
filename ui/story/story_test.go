package story

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

// golden compares text with a file in testdata.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	testkit.Golden(t, "testdata/"+name, string(got))
}

func text(t *testing.T, st *Story, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := st.WriteText(&b, width, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEveryShippedScenarioReadsAsItsGoldenText(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := tell(t, s)
		golden(t, s.Name+".txt", text(t, st, 100))
		var plain bytes.Buffer
		if err := st.WritePlain(&plain); err != nil {
			t.Fatal(err)
		}
		golden(t, s.Name+".plain.txt", plain.Bytes())
	}
}

func TestTheFlagshipIsShortAndEndsInItsVerdict(t *testing.T) {
	for _, width := range []int{80, 100, 120} {
		lines := strings.Split(strings.TrimSpace(string(text(t, tell(t, get(t, "lost-ack-then-crash")), width))), "\n")
		if len(lines) > 34 {
			t.Errorf("%d lines at width %d: at most 34, so that the repeat line and what to try next fit into 40", len(lines), width)
		}
		if last := strings.Join(lines[len(lines)-6:], "\n"); !strings.Contains(last, "$135") || !strings.Contains(last, "m2 m3") {
			t.Errorf("the verdict is not at the end at width %d:\n%s", width, last)
		}
	}
}

func TestNoLineIsWiderThanTheTerminal(t *testing.T) {
	for _, s := range testkit.Sample(12, scenarios.Shipped()) {
		alone := *s
		alone.Consumers = []string{"naive"}
		for _, c := range []*scenarios.Scenario{s, everyone(s), &alone} {
			st := tell(t, c)
			for _, w := range []int{80, 100, 120, 160, 200} {
				for line := range strings.Lines(string(text(t, st, w))) {
					if n := words.Width(strings.TrimRight(line, "\n")); n > w {
						t.Fatalf("%s, %d lanes: a line of %d at width %d: %s", s.Name, len(st.Lanes), n, w, line)
					}
				}
			}
		}
	}
}

func TestColourChangesNoWord(t *testing.T) {
	st := tell(t, get(t, "lost-ack-then-crash"))
	var b bytes.Buffer
	strip := strings.NewReplacer("<", "", ">", "")
	if err := st.WriteText(&b, 100, func(_ words.Meaning, text string) string { return "<" + text + ">" }); err != nil {
		t.Fatal(err)
	}
	if got, want := strip.Replace(b.String()), string(text(t, st, 100)); got != want {
		t.Errorf("painted text differs:\n%s", got)
	}
}

func TestEveryHarmIsTracedBackToWhatBeganIt(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for _, l := range tell(t, everyone(s)).Lanes {
			harms := l.Harms()
			if len(harms) != len(l.Outcome.Twice)+len(l.Outcome.Never) {
				t.Errorf("%s, %s: %d harms called out, want %v and %v", s.Name, l.Consumer.Name, len(harms), l.Outcome.Twice, l.Outcome.Never)
			}
			for _, h := range harms {
				chain := h.chain.Plain()
				if whose, _, is := strings.Cut(chain, ": "); is && s.Messages[h.Owed].ID != whose && len(whose) <= 3 || strings.HasPrefix(chain, "[O] ") {
					_, chain, _ = strings.Cut(chain, " → ") // what keeps an order from being done may be older
				}
				if !strings.HasPrefix(strings.TrimPrefix(chain, "[L] "), "published") {
					t.Errorf("%s, %s: the chain of %s begins elsewhere: %s", s.Name, l.Consumer.Name, s.Messages[h.Owed].ID, h.chain.Plain())
				}
			}
		}
	}
}

func TestAfterTheEffectARollbackCannotCallTheBankBack(t *testing.T) {
	for b, want := range map[sim.Business]string{sim.Card: "m3", sim.Mail: "m3", sim.Stock: ""} {
		s := get(t, "lost-ack-then-crash")
		s.Business, s.Consumers = b, []string{"inbox"}
		s.Faults = []sim.Fault{{Kind: sim.LoseAckFault, Message: "m2"}, {Kind: sim.CrashFault, Message: "m3", After: sim.PointEffect}}
		if got := strings.Join(tell(t, s).Lanes[0].Outcome.Twice, " "); got != want {
			t.Errorf("%s: twice %q, want %q", b, got, want)
		}
	}
}

func TestAnUnknownConsumerIsAnError(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"nobody"}
	if _, err := Tell(s); err == nil || !strings.Contains(err.Error(), `"nobody"`) {
		t.Errorf("got %v", err)
	}
}

// A run that its file ends says after how long.
func TestARunThatIsEndedSaysAfterHowLong(t *testing.T) {
	s := get(t, "quiet-day")
	if s.Until = 2500 * time.Millisecond; tell(t, s).Ended() != "The run was ended after 2.5 s, as until says: something was still to come." {
		t.Errorf("ended: %q", tell(t, s).Ended())
	}
}
