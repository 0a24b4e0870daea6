package play

import (
	"slices"
	"testing"
	"time"

	"dejavu/sim"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/whatif"
)

// rungs is a ladder that keeps nothing.
func rungs() *Ladder {
	done := &learn.Progress{}
	done.Won(ladder.Names()[0], learn.Score{}, 0)
	return (&Study{Done: done, Save: func() {}}).Ladder()
}

// besieges opens a level behind its first panel, and notes how it ends.
func besieges(t *testing.T, level string, w, h int) (p *player, endings *[]ladder.Conclusion) {
	t.Helper()
	r := rungs()
	endings = &[]ladder.Conclusion{}
	r.Ended = func(_ *ladder.Puzzle, how ladder.Conclusion) { *endings = append(*endings, how) }
	var err error
	if r.First, err = r.Open(level); err != nil {
		t.Fatal(err)
	}
	p = start(t, Start{Ladder: r, At: -1, NoGuess: true}, w, h)
	p.sees("You are the network.")
	p.press("enter")
	return p, endings
}

func TestALevelIsBrokenAndLeadsToTheNext(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		p, endings := besieges(t, "record-too-late", size[0], size[1])
		p.sees("5. Charge somebody twice", "0 of 1 fault", "strike", "nobody can")
		p.press("enter", "right", "right", "C")
		p.sees("crash:m1/after-effect strikes.", "1 of 1 fault", "take back")
		p.press("enter")
		p.now = p.now.Add(-time.Second + quiet/2)
		p.press("enter") // too soon to be meant for the next level
		p.sees("You: 1 fault, 9 actions. Par: 1 fault, 9 actions.", "a crash fits in", "AGAIN")
		want := ladder.Conclusion{Won: true}
		want.Took.Faults, want.Took.Actions = 1, 9
		if !slices.Equal(*endings, []ladder.Conclusion{want}) {
			t.Errorf("it ended %+v", *endings)
		}
		p.press("esc", "left", "right")
		p.seesNot("Par:") // said once
		p.press("u")
		p.sees("is taken back. You have 1 fault left.", "0 of 1 fault")
		p.press("home", "C", "end")
		p.seesNot("Par:")
		p.press("r", "enter", "right", "right", "C", "end", "enter")
		p.sees("6. The mark comes too early")
	}
}

func TestTheBudgetAndTheNetworkAreKept(t *testing.T) {
	p, _ := besieges(t, "any-lost-ack", 80, 24)
	p.press("C")
	p.sees("This network cannot do that: it has lost acks and errors.")
	p.press("A", "f", "enter")
	p.sees("1 of 1 fault")
	p.press("r", "f")
	p.seesNot("[C]", "[D]", "[P]")
	p.press("esc", "A", "home", "f", "F", "enter")
	p.sees("1 of 1 fault")
}

func TestThatNobodyCanIsProvedOrRefutedAtOnce(t *testing.T) {
	p, endings := besieges(t, "one-transaction", 80, 24)
	p.press("n")
	p.sees("Right: nobody can", "Bounds: 2 messages, 2 workers, up to 2 faults", "one commit decides")
	p.press("enter")
	p.sees("14. The relay dies")
	p.press("enter", "enter", "A", "n")
	p.sees("The shortest attack")
	for range 20 {
		if p.press("enter"); p.m.outer == nil {
			break
		}
	}
	p.sees("1 of 1 fault") // the own attack is as it was
	p.press("n", "end")
	p.seesNot("nobody can")
	if len(*endings) != 3 || !(*endings)[0].Won || (*endings)[1].Won || (*endings)[2].Won {
		t.Errorf("the levels ended %+v", *endings)
	}
}

func TestAMissedLevelNamesTheMisconception(t *testing.T) {
	p, _ := besieges(t, "ack-too-early", 80, 24)
	p.press("n", "enter")
	p.sees("Somebody can: one crash, between the ack and the charge.", "acking first avoids duplicates (M18)")
}

func TestHintsComeInThreeStages(t *testing.T) {
	p, _ := besieges(t, "mark-too-early", 80, 24)
	p.press("h")
	p.sees("Hint 1 of 3", "Where to look:")
	p.press("h")
	p.sees("Hint 2 of 3", "Which kind: crashes.")
	p.press("h", "h")
	p.sees("Hint 3 of 3", "crash:m1/before-effect.")
}

// Each level can be solved with the keys alone: its answer is among what f lists, or a
// letter strikes so.
func TestEachAnswerCanBeStruckOnTheScreen(t *testing.T) {
	for _, l := range ladder.Levels() {
		p, endings := besieges(t, l.Name, 80, 24)
		_, answer, breakable := p.m.siege.Answer()
		if !breakable {
			continue
		}
		for _, f := range answer.With {
			var could []sim.Fault // of its kind, at some step
			for step := range p.m.st.Steps() + 1 {
				p.m.jump(step)
				for _, o := range p.m.dangers() {
					could = append(could, o.Fault)
				}
				if here, ok := whatif.Here(p.m.st, f.Kind, step); ok {
					could = append(could, here)
				}
			}
			could = slices.DeleteFunc(could, func(o sim.Fault) bool { return o.Kind != f.Kind || p.m.siege.Price(o) != p.m.siege.Price(f) })
			if len(could) == 0 {
				t.Errorf("%s: nothing like %s can be struck", l.Name, f)
				continue
			}
			p.m.add(could[max(slices.IndexFunc(could, f.Same), 0)])
		}
		p.press("end")
		if len(*endings) == 0 || (*endings)[0].Took.Faults != l.Par.Faults {
			t.Errorf("%s: %v is not struck on the screen: %+v", l.Name, answer.With, *endings)
		}
	}
}

func TestTheLevelsAreAMenu(t *testing.T) {
	p := start(t, Start{Ladder: rungs(), At: -1}, 80, 24)
	p.sees("✓ 1 Any lost ack", "2 Ack too early", "You are the network")
	p.press("down", "enter")
	p.sees("3. Memory dies")
	p.press("enter", "?")
	p.sees("nobody can: it is proved, or refuted")
	p.press("esc", "m")
	p.sees("4 Both look")
}
