package story

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
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

func tell(t *testing.T, s *scenarios.Scenario) *Story {
	t.Helper()
	st, err := Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func text(t *testing.T, st *Story, width int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := st.WriteText(&b, width, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func get(t *testing.T, name string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	c := *s
	return &c
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

func TestTheSameStoryIsToldTwiceToTheByte(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for _, write := range []func(*Story, *bytes.Buffer) error{
			func(st *Story, b *bytes.Buffer) error { return st.WriteText(b, 120, nil) },
			func(st *Story, b *bytes.Buffer) error { return st.WritePlain(b) },
			func(st *Story, b *bytes.Buffer) error { return st.WriteJSON(b) },
			func(st *Story, b *bytes.Buffer) error { return st.WriteEvents(b) },
		} {
			var a, b bytes.Buffer
			if err := write(tell(t, s), &a); err != nil {
				t.Fatal(err)
			}
			if err := write(tell(t, s), &b); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(a.Bytes(), b.Bytes()) {
				t.Errorf("%s: told differently the second time", s.Name)
			}
		}
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
	for _, s := range scenarios.Shipped() {
		for _, names := range [][]string{s.Consumers, consumers.Names(), {"naive"}} {
			c := *s
			c.Consumers = names
			st := tell(t, &c)
			for _, w := range []int{80, 100, 120, 160, 200} {
				for line := range strings.Lines(string(text(t, st, w))) {
					if n := words.Width(strings.TrimRight(line, "\n")); n > w {
						t.Fatalf("%s, %d lanes: a line of %d at width %d: %s", s.Name, len(names), n, w, line)
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

func TestReportAndLedgerAgree(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		for _, b := range sim.Businesses() {
			c := *s
			c.Business, c.Consumers = b, consumers.Names()
			for i, lane := range tell(t, &c).Report().Lanes {
				checkReport(t, s.Name, b, lane)
				if lane.Consumer != c.Consumers[i] {
					t.Errorf("%s: lane %d is %s", s.Name, i, lane.Consumer)
				}
			}
		}
	}
}

func checkReport(t *testing.T, name string, b sim.Business, l LaneReport) {
	t.Helper()
	if len(l.Pending) == 0 && l.Done != l.Owed+l.Excess-l.Missing {
		t.Errorf("%s, %s, %s: done %d is not owed %d + excess %d - missing %d", name, b, l.Consumer, l.Done, l.Owed, l.Excess, l.Missing)
	}
	if l.OK != (len(l.Twice)+len(l.Never)+len(l.Parked)+len(l.Pending) == 0) {
		t.Errorf("%s, %s, %s: ok is %v", name, b, l.Consumer, l.OK)
	}
	if (l.TakenCents == nil) != (b != sim.Card) || b == sim.Card && *l.TakenCents != l.Done {
		t.Errorf("%s, %s, %s: the cents do not go with the business", name, b, l.Consumer)
	}
	if b != sim.Card && int64(l.Effects) != l.Done {
		t.Errorf("%s, %s, %s: %d effects, %d done", name, b, l.Consumer, l.Effects, l.Done)
	}
}

func TestEveryHarmIsTracedBackToWhatBeganIt(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		c := *s
		c.Consumers = consumers.Names()
		for _, l := range tell(t, &c).Lanes {
			harms := l.Harms()
			if len(harms) != len(l.Outcome.Twice)+len(l.Outcome.Never) {
				t.Errorf("%s, %s: %d harms called out, want %v and %v", s.Name, l.Consumer.Name, len(harms), l.Outcome.Twice, l.Outcome.Never)
			}
			for _, h := range harms {
				chain := h.chain.Plain()
				if h.Times == 0 && strings.HasPrefix(chain, "recorded ") { // what keeps an order from being done may be older
					_, chain, _ = strings.Cut(chain, " → ")
				}
				if !strings.HasPrefix(strings.TrimPrefix(chain, "[L] "), "published") {
					t.Errorf("%s, %s: the chain of %s begins elsewhere: %s", s.Name, l.Consumer.Name, s.Messages[h.Owed].ID, h.chain.Plain())
				}
			}
		}
	}
}

func TestEventLinesAreJSONWithCausesThatComeBefore(t *testing.T) {
	st := tell(t, get(t, "lost-ack-then-crash"))
	var b bytes.Buffer
	if err := st.WriteEvents(&b); err != nil {
		t.Fatal(err)
	}
	faults := []string{}
	for line := range strings.Lines(b.String()) {
		var e EventLine
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if e.Cause >= e.N {
			t.Errorf("event %d of %s is caused by %d", e.N, e.Lane, e.Cause)
		}
		if e.Step != "" && e.Source == "" {
			t.Errorf("a step without a source line: %s", line)
		}
		if e.Fault != "" {
			faults = append(faults, e.Lane+" "+e.Fault)
		}
	}
	want := []string{"naive lose-ack:m2", "naive crash:m3/before-ack", "inbox lose-ack:m2", "inbox crash:m3/before-ack"}
	if !slices.Equal(faults, want) {
		t.Errorf("faults struck: %q, want %q", faults, want)
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
