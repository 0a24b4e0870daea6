package frame

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/scenarios/scenariotest"
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Who shows a question to a room shows what it is asked about as well.
func TestAQuestionLeavesTheEvidenceInView(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	q := &quiz.Questions(st)[0]
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		text := New().Draw(st.View(story.Moment{Step: q.Step}), size[0], size[1], Look{Present: true, Ask: q}).Text()
		for _, want := range []string{"NAIVE", "INBOX", "Bob", "$15 ✓", "hidden", q.Choices[0].Text, q.Choices[1].Text, q.Choices[2].Text} {
			if !strings.Contains(text, want) {
				t.Errorf("%v: %q is not in\n%s", size, want, text)
			}
		}
	}
}

// The number that a room reads is what went wrong.
func TestTheBigNumberIsTheHarm(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	s, drawn := New(), grid.New(80, 24)
	s.g = drawn
	s.hugeDigits(2, 11, "$135", bad)
	want := strings.TrimSpace(strings.Split(drawn.Text(), "\n")[11])
	text := New().Draw(st.View(story.Moment{Step: st.Steps()}), 80, 24, Look{Present: true}).Text()
	if !strings.Contains(text, want) || !strings.Contains(text, "taken $335, of $200 owed") {
		t.Errorf("%q is not in\n%s", want, text)
	}
}

// Where more lanes are told than fit, a harm is seen beside a lane that came through it.
func TestAHarmIsSeenBesideALaneThatIsWhole(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := shipped(t, s.Name)
		for _, p := range st.Stops() {
			v := st.View(story.Moment{Step: p.Step})
			whole := func(k int) bool { return !v.Lanes[k].Harmed && v.Lanes[k].Excess+v.Lanes[k].Missing == 0 }
			all := make([]int, len(v.Lanes))
			for k := range all {
				all[k] = k
			}
			if len(all) < 3 || p.Kind != story.AtHarm || !slices.ContainsFunc(all, whole) {
				continue
			}
			screen := New()
			text := screen.Draw(v, 80, 24, Look{}).Text()
			if seen := screen.seen; !slices.ContainsFunc(seen, whole) && !slices.ContainsFunc(seen, func(k int) bool { return !v.Lanes[k].Harmed }) {
				t.Errorf("%s, step %d: all in view are harmed:\n%s", s.Name, p.Step, text)
			}
			if !slices.ContainsFunc(screen.seen, func(k int) bool { return v.Lanes[k].Harmed }) {
				t.Errorf("%s, step %d: the harm is not in view:\n%s", s.Name, p.Step, text)
			}
		}
	}
}

func TestARowOfTheLedgerSaysAMessageOnce(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for line := range strings.Lines(New().Draw(st.View(story.Moment{Step: st.Steps()}), size[0], size[1], Look{}).Text()) {
			if lane, _, _ := strings.Cut(strings.TrimLeft(line, "│┃ "), "AGAIN"); strings.HasPrefix(lane, "Bob ") && strings.Count(lane, "m2") > 1 {
				t.Errorf("%v: %s", size, line)
			}
		}
	}
}

// The dot of a lost ack stops half-way, and what is left of it lies where it stopped.
func TestALostAckBreaksWhereItsDotStops(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card, "naive")
	i := slices.IndexFunc(st.Stops(), func(p story.Stop) bool { return p.Kind == story.AtFault })
	step := st.Stops()[i].Step
	column := func(at story.Moment, w, h int, sign string) int {
		for line := range strings.Lines(New().Draw(st.View(at), w, h, Look{}).Text()) {
			if before, _, found := strings.Cut(line, "◂╌"); found && strings.Contains(line, sign) {
				return cells(before) + cells(line[len(before):strings.Index(line, sign)])
			}
		}
		return -1
	}
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		dot := column(story.Moment{Step: step - 1, Toward: 0.999}, size[0], size[1], "●")
		if broken := column(story.Moment{Step: step}, size[0], size[1], "✗"); dot < 0 || broken != dot && broken != dot-1 {
			t.Errorf("%v: the dot stops at column %d, and it breaks at %d", size, dot, broken)
		}
	}
}

// A plus beside money is not a mark that all is well.
func TestNoPlusStandsBesideMoney(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	for _, present := range []bool{false, true} {
		text := New().Draw(st.View(story.Moment{Step: st.Steps()}), 80, 24, Look{ASCII: true, Present: present}).Text()
		if strings.Contains(text, "$15 +") || strings.Contains(text, "$0 +") || !strings.Contains(text, "$15 v") {
			t.Errorf("✓ is no v:\n%s", text)
		}
	}
}

// What is said is of lanes that are seen, and all of it is.
func TestACaptionSpeaksOfLanesInViewAndIsNotCut(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := toldAs(t, s)
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, p := range st.Stops() {
				screen := New()
				text := screen.Draw(st.View(story.Moment{Step: p.Step}), size[0], size[1], Look{}).Text()
				var said []string
				for line := range strings.Lines(text) {
					if _, caption, is := strings.Cut(line, " ▌ "); is {
						said = append(said, strings.TrimSpace(caption))
					}
				}
				for _, line := range said {
					if strings.HasSuffix(line, "·") {
						t.Errorf("%s, step %d, %v: the caption is cut:\n%s", s.Name, p.Step, size, strings.Join(said, "\n"))
					}
					who, _, named := strings.Cut(line, ":")
					for k, l := range st.Lanes {
						if name := heading(l.Consumer.Name); named && slices.Contains(strings.Split(who, ", "), name) && !slices.Contains(screen.seen, k) {
							t.Errorf("%s, step %d, %v: %s is not in view:\n%s", s.Name, p.Step, size, name, text)
						}
					}
				}
			}
		}
	}
}

// Lanes that come to the same do so in one frame. Where they part, one has charged again
// and the ack of the other is still on its way.
func TestTheLedgersAgreeUntilTheLanesPart(t *testing.T) {
	st := shipped(t, "lost-ack-then-crash")
	parted := 0
	for _, p := range st.Stops() {
		v := st.View(story.Moment{Step: p.Step})
		naive, inbox := &v.Lanes[0], &v.Lanes[1]
		text := drawn(st, p.Step, Look{})
		if p.Kind != story.AtHarm && naive.Taken-naive.Excess != inbox.Taken {
			t.Errorf("step %d: $%d and $%d are taken:\n%s", p.Step, naive.Taken, inbox.Taken, text)
		}
		if p.Kind == story.AtHarm {
			parted++
			id := st.Scenario.Messages[p.Owed].ID
			if !strings.Contains(text, " ack "+id+" ●╌") || !strings.Contains(text, "= skipped") || strings.Contains(text, "ack "+id+" ✓") {
				t.Errorf("INBOX's ack is not on its way:\n%s", text)
			}
		}
	}
	if parted != 2 {
		t.Errorf("%d harms", parted)
	}
}

// Nothing is cut where there is room for the rest, and nothing in the middle of a word where
// it could be cut elsewhere.
func TestNothingIsCutBesideFreeCells(t *testing.T) {
	cut := regexp.MustCompile(`[\pL\d)"]· {2,}|[\pL\d)"]·[─━]{2,}|[\pL\d]·┥`)
	for _, s := range scenarios.Shipped() {
		st := shipped(t, s.Name)
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
			for _, p := range st.Stops() {
				for line := range strings.Lines(New().Draw(st.View(story.Moment{Step: p.Step}), size[0], size[1], Look{}).Text()) {
					if cut.MatchString(line) {
						t.Errorf("%s, step %d, %v: %s", s.Name, p.Step, size, line)
					}
				}
			}
		}
	}
}

// Why a harm came about is told beside what it came to, whatever the size.
func TestAnAnswerLeavesTheFiguresInView(t *testing.T) {
	st := tell(t, "lost-ack-then-crash", sim.Card)
	step := stopCalled(t, st, "2nd charge")
	head, lines := st.Why(step, 0)
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 40}, {200, 60}} {
		for _, present := range []bool{false, true} {
			o := Look{Present: present, Panel: &Panel{Title: head, Lines: lines, Chosen: -1, Foot: "Esc", Low: true}}
			text := New().Draw(st.View(story.Moment{Step: step}), size[0], size[1], o).Text()
			for _, want := range []string{head, "m2 comes again (redelivery)", "$15", "the fault lose-ack:m2", words.Either(size[0] < 118 || present, "too much $15", "too much")} {
				if !strings.Contains(text, want) {
					t.Errorf("%v: %q is not in\n%s", size, want, text)
				}
			}
		}
	}
}

// Who takes a fault away sees how large the harm was, where it stands large.
func TestTheOtherFutureStandsInTheLargeFigure(t *testing.T) {
	was := shipped(t, "lost-ack-then-crash")
	now := tellWith(t, "lost-ack-then-crash", []string{"naive", "inbox"}, "lose-ack:m2")
	v := now.View(story.Moment{Step: now.StepAt(43 * time.Second), Toward: 0.5})
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		for _, present := range []bool{false, true} {
			text := New().Draw(v, size[0], size[1], Look{Present: present, Ghost: was}).Text()
			if !strings.Contains(text, ", was $135") || strings.Count(text, ", was $") != 1 {
				t.Errorf("%v: the $135 are not in\n%s", size, text)
			}
		}
	}
}

// Bob's $15 are a harm, and Cy's $120 a wall: it is seen from the last row.
func TestTheSecondHarmIsSeenToBeHarder(t *testing.T) {
	st := shipped(t, "lost-ack-then-crash")
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 40}, {200, 60}} {
		for _, present := range []bool{false, true} {
			var looks []string
			for _, p := range st.Stops() {
				if p.Kind == story.AtHarm {
					text := New().Draw(st.View(story.Moment{Step: p.Step}), size[0], size[1], Look{Present: present}).Text()
					looks = append(looks, fmt.Sprint(strings.Contains(text, "┏"), strings.Count(text, "█▸NAIVE"), strings.Contains(text, "▄▄▄▄▄█")))
				}
			}
			if want := []string{"true 0 false", "false 1 true"}; !slices.Equal(looks, want) {
				t.Errorf("%v: %q, want %q", size, looks, want)
			}
		}
	}
}

// Where lanes are said to part, they are seen to.
func TestLanesThatPartAreSeenToDiffer(t *testing.T) {
	for _, s := range scenarios.Shipped() {
		st := shipped(t, s.Name)
		for _, p := range st.Stops() {
			if p.Kind != story.AtParting {
				continue
			}
			screen, v := New(), st.View(story.Moment{Step: p.Step})
			text := screen.Draw(v, 80, 24, Look{}).Text()
			a, b := v.Lanes[screen.seen[0]].Parts(p.Owed)[p.Part], v.Lanes[screen.seen[1]].Parts(p.Owed)[p.Part]
			if a == b {
				t.Errorf("%s, step %d: both have it %d times:\n%s", s.Name, p.Step, a, text)
			}
		}
	}
}

// A worker that waits for a slow bank is not frozen.
func TestASlowBankFreezesNobody(t *testing.T) {
	st := shipped(t, "slow-bank")
	for n := range st.Steps() + 1 {
		if text := drawn(st, n, Look{}); strings.Contains(text, "froze") || strings.Contains(text, "freez") {
			t.Fatalf("step %d:\n%s", n, text)
		}
	}
}

// What a wall has come to stands beside its top.
func TestAFigureStandsAtTheHeightThatItLabels(t *testing.T) {
	st := shipped(t, "lost-ack-then-crash")
	last := 0
	for _, p := range st.Stops() {
		if p.Kind == story.AtHarm {
			last = p.Step
		}
	}
	for _, size := range [][2]int{{120, 40}, {200, 60}} {
		lines := strings.Split(New().Draw(st.View(story.Moment{Step: last}), size[0], size[1], Look{}).Text(), "\n")
		at := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "█ $135 too much") })
		if at < 0 || strings.ContainsAny(lines[at-1], "█") || !strings.Contains(lines[at+1], "█") {
			t.Errorf("%v:\n%s", size, strings.Join(lines, "\n"))
		}
	}
}

// A title that is too long ends with a word, in every layout.
func TestATitleIsCutWhereAWordEnds(t *testing.T) {
	s := scenariotest.Get(t, "lost-ack-then-crash")
	s.Title = "INBOX broken on card by one crash, between the charge and the commit"
	st := toldAs(t, s)
	for _, size := range [][2]int{{40, 10}, {60, 18}, {80, 24}} {
		for _, present := range []bool{false, true} {
			text := New().Draw(st.View(story.Moment{Step: st.Steps()}), size[0], size[1], Look{Present: present}).Text()
			if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "·") && !strings.Contains(first, " ·") {
				t.Errorf("%v: %s", size, first)
			}
		}
	}
}

// The title of a panel that lies low and the key that leaves it share a row.
func TestATitleBesideItsKeyIsWhole(t *testing.T) {
	st := shipped(t, "lost-ack-then-crash")
	title := "INBOX-KEY on stock: looking for the shortest way to break it"
	o := Look{Panel: &Panel{Title: title, Lines: []words.Line{words.Say(words.Plain, "1 state so far")}, Chosen: -1, Foot: "Esc", Low: true}}
	if text := New().Draw(st.View(story.Moment{}), 80, 24, o).Text(); !strings.Contains(text, title+" ") {
		t.Errorf("the title is cut in\n%s", text)
	}
}

// What is played has its name in full before the step has its number.
func TestALongTitleComesBeforeTheNumberOfTheStep(t *testing.T) {
	st := shipped(t, "lost-ack-then-crash")
	o := Look{Title: "Refuted: exactly-once delivery can be bought"}
	if text := New().Draw(st.View(story.Moment{Step: stopCalled(t, st, "2nd charge")}), 80, 24, o).Text(); !strings.Contains(text, o.Title+" ") {
		t.Errorf("the title is cut in\n%s", text)
	}
}
