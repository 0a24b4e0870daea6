package frame

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
)

// shipped tells a scenario as its file has it.
func shipped(t *testing.T, name string) *story.Story { return toldAs(t, scenariotest.Get(t, name)) }

// drawn is what a terminal of 80x24 shows of a step.
func drawn(st *story.Story, step int, o Look) string {
	return New().Draw(st.View(story.Moment{Step: step}), 80, 24, o).Text()
}

// stopCalled returns the step of the first stop with a badge.
func stopCalled(t *testing.T, st *story.Story, badge string) int {
	t.Helper()
	for _, p := range st.Stops() {
		if st.Narrate(p.Step).Badge == badge {
			return p.Step
		}
	}
	t.Fatalf("no stop is called %q", badge)
	return 0
}

// The queue has forgotten the message: nobody waits for an ack any more.
func TestAWorkerThatAcksFirstIsNotWaitedFor(t *testing.T) {
	st := shipped(t, "lost-ack")
	lane := slices.IndexFunc(st.Lanes, func(l *story.LaneStory) bool { return l.Consumer.Name == "ack-first" })
	text := drawn(st, stopCalled(t, st, "2nd charge"), Look{Focus: lane})
	if !strings.Contains(text, "ACK-FIRST") || !strings.Contains(text, "◂╌╌ acked before") || strings.Contains(text, "no ack yet") {
		t.Errorf("ACK-FIRST had acked m2:\n%s", text)
	}
	st = shipped(t, "crash-before-effect")
	if text := drawn(st, stopCalled(t, st, "lost charge"), Look{}); !strings.Contains(text, "◂╌╌ acked before") {
		t.Errorf("ACK-FIRST had acked m3 before it died:\n%s", text)
	}
}

// What is told must be seen: the lane that a question names, and one that a teaching
// point is about, if no lane in view has part in it.
func TestTheLaneThatIsMeantIsInView(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := shipped(t, s.Name)
		for _, q := range quiz.Questions(st) {
			if text := drawn(st, q.Step, Look{Ask: &q}); q.Lane >= 0 && !titled(text, st, q.Lane) {
				t.Errorf("%s: %s\n%s", s.Name, q.Text, text)
			}
		}
		for _, p := range st.Stops() {
			seen, any := false, false
			text := drawn(st, p.Step, Look{})
			for k, i := range p.Event {
				any = any || i >= 0
				seen = seen || i >= 0 && titled(text, st, k)
			}
			if any && !seen {
				t.Errorf("%s: %q is about no lane in view\n%s", s.Name, st.Narrate(p.Step).Badge, text)
			}
		}
	}
}

// titled reports whether a lane has a frame of its own.
func titled(text string, st *story.Story, lane int) bool {
	name := " " + heading(st.Lanes[lane].Consumer.Name) + " "
	text = strings.NewReplacer("┏", "╭", "█", "╭", "▸", " ").Replace(text)
	return strings.Contains(text, "╭"+name)
}

// A lane that came to its harm a step before the others is told with them, and by the
// same name.
func TestEveryHarmThatIsToldHasItsName(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := shipped(t, s.Name)
		for _, p := range st.Stops() {
			if text := drawn(st, p.Step, Look{}); p.Kind == story.AtHarm && strings.Contains(text, "HARMED") {
				t.Errorf("%s, step %d:\n%s", s.Name, p.Step, text)
			}
		}
	}
}

// Two faults that strike one right after the other are both on the time line.
func TestFaultsThatFollowEachOtherAreBothMarked(t *testing.T) {
	st := shipped(t, "out-of-turn")
	if text := drawn(st, st.Steps()/2+5, Look{}); !strings.Contains(text, "[A][L]") {
		t.Errorf("the late message has no mark:\n%s", text)
	}
}

// Nothing is cut in the middle of a word but code and keys.
func TestTitlesEndWithAWord(t *testing.T) {
	for text, want := range map[string]string{
		"not idempotent: perform, then ack":              "not idempotent: perform",
		"idempotent by message ID, in one transaction":   "idempotent by message ID",
		"idempotent unless it crashes or races: look":    "idempotent unless it ·",
		"never twice, but it can lose: record, perform":  "never twice, but it can ·",
		"Bare decrement, or a row with a key of its own": "Bare decrement",
		"Redis is down": "Redis is down",
	} {
		if got := whole(text, 26); got != want || cells(got) > 26 {
			t.Errorf("%q is cut to %q, want %q", text, got, want)
		}
	}
}

// Of a line of code the call is cut last.
func TestACallIsWhatIsLeftOfALineOfCode(t *testing.T) {
	for _, c := range []struct {
		code    string
		columns int
		want    string
	}{
		{"if err := p.Perform(m); err != nil {", 40, "if err := p.Perform(m); err != nil {"},
		{"if err := p.Perform(m); err != nil {", 34, "if err := p.Perform(m); err != nil"},
		{"if err := p.Perform(m); err != nil {", 24, "if err := p.Perform(m)"},
		{"if err := p.Perform(m); err != nil {", 16, "p.Perform(m)"},
		{`if !tx.Insert("inbox", m.ID) {`, 24, `tx.Insert("inbox", m.ID)`},
		{`if _, seen := p.DB.Get("processed", m.ID); seen {`, 27, `p.DB.Get("processed", m.ID)`},
		{`if !p.DB.PutIfAbsent("processed", m.ID) {`, 26, `PutIfAbsent("processed", ·`},
		{"return p.PerformOnce(m, m.Key)", 24, "p.PerformOnce(m, m.Key)"},
		{"    return nil // paid before", 15, "    return nil"},
		{"    return nil // paid before", 12, "return nil"},
		{"const lease, retention = 20 * time.Second, day", 20, "const lease, retent·"},
		{"const lease, retention = 20 * time.Second, day", 24, "const lease, retention"},
		{"hash := sha256.Sum256([]byte(m.Body))", 28, "Sum256([]byte(m.Body))"},
	} {
		if got := abridged(c.code, c.columns); got != c.want || cells(got) > c.columns {
			t.Errorf("%q in %d columns: got %q, want %q", c.code, c.columns, got, c.want)
		}
	}
}

// Where a lease drains or a record is kept too short, what is remembered has its row,
// though five lanes leave little room; and a mark says how far it is.
func TestWhatDrainsHasItsRowAmongFiveLanes(t *testing.T) {
	for scenario, want := range map[string]string{
		"friendly-fire": "m2:busy w1", "zombies-revenge": "m2:busy w1", "powertools-lease": "m2:busy w1",
		"eight-day-redrive": "m2 ", "out-of-turn": "till:3",
	} {
		st := shipped(t, scenario)
		found := false
		for n := range st.Steps() + 1 {
			for row := range strings.Lines(drawn(st, n, Look{})) {
				found = found || strings.Contains(row, "remembers ") && strings.Contains(row, want)
			}
		}
		if !found {
			t.Errorf("%s: %q is never seen", scenario, want)
		}
	}
}

// What is said of a consumer in the border of its lane is true however little room
// there is: a condition is kept, or all of it goes.
func TestAClauseThatIsCutStaysTrue(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"not idempotent: perform, then ack", 40, "not idempotent: perform, then ack"},
		{"not idempotent: perform, then ack", 20, "not idempotent"},
		{"not idempotent: perform, then ack", 7, ""},
		{"idempotent by message ID, in one transaction", 30, "idempotent by message ID"},
		{"idempotent by message ID, in one transaction", 14, ""},
		{"idempotent unless it crashes or races: look, perform", 23, "idempotent unless it ·"},
		{"idempotent unless it crashes or races: look, perform", 14, ""},
		{"never twice, but it can lose: record, then perform", 26, "never twice, but it can ·"},
		{"never twice, but it can lose: record, then perform", 14, ""},
		{"record and enqueue in one transaction; a relay performs", 40, "record and enqueue in one transaction"},
		{"idempotent here and at the receiver, with the answer kept: begin", 40, "idempotent here and at the receiver"},
	} {
		if got := clause(c.text, c.columns); got != c.want || cells(got) > c.columns {
			t.Errorf("%q in %d columns: got %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

// Two workers stand at the same line: what is said beside it is of the one that came
// there last, for it took the money again.
func TestOfTwoWorkersAtALineTheLastIsToldOf(t *testing.T) {
	st := tellWith(t, "quiet-day", []string{"ack-first"}, "copy:m1")
	text := drawn(st, stopCalled(t, st, "2nd charge"), Look{})
	if !strings.Contains(text, "▸ return p.Perform(m)") || !strings.Contains(text, "2nd time █") {
		t.Errorf("the second worker has just charged again:\n%s", text)
	}
}

// A line of the log says what happened, and not only to whom.
func TestTheLogSaysWhatALaneDid(t *testing.T) {
	st := tellWith(t, "quiet-day", []string{"naive", "lease"}, "pause:m1/after-effect")
	text := New().Draw(st.View(story.Moment{Step: st.Steps()}), 200, 60, Look{}).Text()
	if !strings.Contains(text, "LEASE: ") {
		t.Errorf("the lease that was over is not told of:\n%s", text)
	}
	for _, line := range strings.Split(text, "\n") {
		if strings.HasSuffix(strings.TrimRight(line, " "), " LEASE") {
			t.Errorf("a line names a lane and says nothing of it: %s", line)
		}
	}
}

// The letters of faults are explained in the order in which they struck.
func TestTheLegendIsInTheOrderOfTheFaults(t *testing.T) {
	st := shipped(t, "lost-ack-then-crash")
	text := New().Draw(st.View(story.Moment{Step: st.Steps()}), 120, 40, Look{}).Text()
	if !strings.Contains(text, "[A] ack lost  [C] crash") {
		t.Errorf("the ack was lost before the crash:\n%s", text)
	}
}

// What is written beside a meter covers nothing of the other future.
func TestTheFiguresLeaveTheOtherFutureInView(t *testing.T) {
	was := shipped(t, "lost-ack-then-crash")
	now := tellWith(t, "lost-ack-then-crash", []string{"naive", "inbox"}, "lose-ack:m2")
	at := story.Moment{Step: now.StepAt(42 * time.Second)}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		text := New().Draw(now.View(at), size[0], size[1], Look{Ghost: was}).Text()
		seen := false
		for _, line := range strings.Split(text, "\n") {
			before, _, said := strings.Cut(line, " $15 too much ")
			seen = seen || said
			if said && strings.ContainsAny(before, "█▇▆▂▁") {
				t.Errorf("at %v the figures lie on what would have been: %s", size, line)
			}
		}
		if !seen {
			t.Errorf("at %v there are no figures:\n%s", size, text)
		}
	}
}
