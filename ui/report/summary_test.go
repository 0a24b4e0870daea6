package report

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

func summary(t *testing.T, st *story.Story, width int) string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSummary(st, &b, width, nil); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// The trade-off in one picture: what survives the afternoon has a table, or makes
// the bank keep one; what has neither charges twice, or never.
func TestASummaryReadsAsItsGoldenText(t *testing.T) {
	s := get(t, "bad-weather")
	s.Consumers = []string{"naive", "ack-first", "memory-set", "check-then-act", "mark-first", "inbox", "gateway-key", "inbox-and-gateway-key"}
	st := tell(t, s)
	golden(t, "bad-weather.summary.txt", []byte(summary(t, st, 80)))
	golden(t, "bad-weather.summary-60.txt", []byte(summary(t, st, 60)))
	var plain bytes.Buffer
	if err := WriteSummaryPlain(st, &plain); err != nil {
		t.Fatal(err)
	}
	golden(t, "bad-weather.summary.plain.txt", plain.Bytes())
}

// However many consumers there are, a summary has a line for each, no line is
// wider than the terminal, and all lines of a table end in the same column: the
// figures are right-aligned.
func TestASummaryFitsWhateverIsInIt(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		c := scenariotest.Everyone(s)
		if s.Name == "bank-503" {
			c.Queue = s.Queue // some never take a message, and it brings that for ever
		}
		st := tell(t, c)
		for _, width := range []int{story.MinWidth, 60, 80, 100, story.MaxWidth} {
			ends := map[int]bool{}
			lines, below := 0, false
			for line := range strings.Lines(summary(t, st, width)) {
				line = strings.TrimSuffix(line, "\n")
				if n := utf8.RuneCountInString(line); n > width {
					t.Errorf("%s at width %d: %q", s.Name, width, line)
				}
				below = below || strings.HasPrefix(line, "Kept,")
				if name, _, _ := strings.Cut(line, " "); !below {
					if _, is := consumers.Get(name); is {
						lines++
						ends[utf8.RuneCountInString(line)] = true
					}
				}
			}
			tables := lines / len(c.Consumers)
			if lines%len(c.Consumers) != 0 || len(ends) > tables || width >= 80 && tables > 2 || width >= 100 && tables > 1 {
				t.Errorf("%s at width %d: %d lines of %d consumers end at %v", s.Name, width, lines, len(c.Consumers), ends)
			}
		}
	}
}

// A message that always fails is parked after ten deliveries: each takes three round
// trips (begin, insert, rollback) and asks the bank once. The two others take three
// and one each.
func TestASummaryHasAColumnForWhatIsParked(t *testing.T) {
	s := get(t, "quiet-day")
	s.Queue, _ = broker.Preset("servicebus-peeklock")
	s.Consumers = []string{"inbox"}
	s.Messages = s.Messages[:3]
	f, err := sim.ParseFault("fail:m1,times=20")
	if err != nil {
		t.Fatal(err)
	}
	s.Faults = []sim.Fault{f}
	st := tell(t, s)
	got := summary(t, st, 80)
	for _, want := range []string{"twice  never  parked", "    0      0       1 ", "  12.0  120 ms    4.0\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	lane := SummaryOf(st).Lanes[0]
	if lane.Parked != 1 || lane.Never != 0 || lane.OK || lane.Costs.Kept.Entries != 2 {
		t.Errorf("%+v", lane)
	}
}

// The processes of memory-set remember four messages, and the restart takes it all:
// what was kept at most, what is kept and what stays are three columns only where
// they are not one.
func TestATableSaysWhatWasKeptAtMostWhereThatIsNotAll(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers = []string{"naive", "memory-set"}
	if got := string(text(t, tell(t, s), 100)); strings.Contains(got, "at most") || strings.Contains(got, "for good") {
		t.Errorf("nothing is forgotten:\n%s", got)
	}
	s.Faults = []sim.Fault{{Kind: sim.RestartFault, At: time.Hour}}
	st := tell(t, s)
	n := len(s.Messages)
	if got := string(text(t, st, 100)); !strings.Contains(got, "at most") || !strings.Contains(got, words.Remembers(sim.Remembered{Entries: n, Bytes: 52 * n})) {
		t.Errorf("a restart forgets %d messages:\n%s", n, got)
	}
	if got := summary(t, st, 100); !strings.Contains(got, "stay") {
		t.Errorf("nothing stays:\n%s", got)
	}
}

func TestAReportSaysWhatALaneHasCost(t *testing.T) {
	st := tell(t, get(t, "crash-after-effect"))
	for i, lane := range Of(st).Lanes {
		if sum := SummaryOf(st).Lanes[i]; sum.Costs != lane.Costs || sum.Consumer != lane.Consumer || sum.Twice != len(lane.Twice) || sum.OK != lane.OK {
			t.Errorf("%s: the summary says %+v, the report %+v", lane.Consumer, sum, lane)
		}
		if lane.Consumer != "inbox" {
			continue
		}
		// m1, m2 and the second m3 take begin, insert and commit; the first m3 crashes
		// before the commit. The bank is asked four times.
		want := CostReport{
			Kept: sim.Remembered{Entries: 3, Bytes: 156}, Peak: sim.Remembered{Entries: 3, Bytes: 156}, Stays: sim.Remembered{Entries: 3, Bytes: 156},
			RoundTrips: 11, RoundTripsPerMessage: 3.667, Calls: 4, CallsPerMessage: 1.333, AddedMillis: 110, AddedMillisPerMessage: 36.667,
		}
		if lane.Costs != want || lane.StoreOps != 11 || lane.Remembered.Bytes != 6 {
			t.Errorf("%+v, want costs %+v", lane, want)
		}
	}
}

// What a lane came to does not depend on whether it is told how.
func TestASumIsThatOfTheStory(t *testing.T) {
	for _, name := range scenarios.Names() {
		s, _ := scenarios.Get(name)
		told, err := story.Tell(s)
		if err != nil {
			t.Fatal(err)
		}
		sum, err := story.Sum(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := Of(sum), Of(told); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if got, want := SummaryOf(sum), SummaryOf(told); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		if n := sum.Lanes[0].Run.Len(); n != 0 {
			t.Errorf("%s: %d events are kept", name, n)
		}
	}
}

// What is done and never settled is not clean: the queue has it for ever.
func TestASummaryCountsWhatIsNeverSettled(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers, s.Rates = []string{"inbox", "ack-first"}, sim.Rates{sim.LoseAckFault: 1}
	st := tell(t, s)
	var plain, coded bytes.Buffer
	if err := WriteSummaryPlain(st, &plain); err != nil {
		t.Fatal(err)
	}
	if err := WriteSummaryJSON(st, &coded); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		summary(t, st, 100): "Never settled, though done: inbox m1 m2 m3 m4, ack-first m1 m2 m3 m4.",
		plain.String():      "inbox: 0 charged twice, 0 never charged; 4 never settled;",
		coded.String():      `"unsettled":4,"ok":false`,
	} {
		if !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
}

// An older status that is rightly dropped is counted, and in no other column.
func TestASummaryCountsWhatIsOutdated(t *testing.T) {
	st := tell(t, get(t, "updated-before-created"))
	text := summary(t, st, 80)
	if !strings.Contains(text, "back  never  outdated  ids") || !strings.Contains(text, "high-water-mark     0      0         1 ") {
		t.Errorf("the summary does not say what is outdated:\n%s", text)
	}
	var plain strings.Builder
	if err := WriteSummaryPlain(st, &plain); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(plain.String(), "high-water-mark: 0 set back, 0 never set; 1 outdated;") {
		t.Errorf("in sentences: %s", plain.String())
	}
}
