package play

import (
	"testing"

	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/learn"
)

// benched opens a task behind its first panel, and waits until it is searched.
func benched(t *testing.T, name string, w, h int) *player {
	t.Helper()
	task, ok := levels.Find(name)
	if !ok {
		t.Fatalf("no task %s", name)
	}
	works := (&Study{Done: &learn.Progress{}, Save: func() {}}).Workshop()
	works.First = build.New(task)
	p := start(t, Start{Workshop: works, At: -1}, w, h)
	p.sees("Wanted for")
	p.press("enter")
	p.searched()
	return p
}

// searched lets the search of a bench come to its end.
func (p *player) searched() {
	p.t.Helper()
	for n := 0; !p.m.bench.Lights().Step(0); n++ {
		if n > 2000 {
			p.t.Fatal("the search does not end")
		}
		p.send(Tick{p.m.bench})
	}
	p.resize(p.m.w, p.m.h)
}

func TestATaskIsSolvedWithKeys(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}} {
		p := benched(t, "an-ack-gets-lost", size[0], size[1])
		p.sees("▸ return p.Perform(m)", "never twice 1 fault 1 fault 1 fault", "Mail, never twice, is broken by one lost ack:", "Not solved yet.")
		p.press("enter", "enter", "enter")
		p.sees("▸ 3 worker 1 m1/1 mails Ann")
		p.press("n")
		p.sees("Somebody can, with 2 lines.")
		p.press("esc", "a")
		for _, key := range "mark in table by b" {
			p.press(string(key))
		}
		p.press("enter")
		p.searched()
		p.press("[")
		p.searched()
		p.sees("never twice ✓ ✓ ✓", "Solved: 2 lines, 1 trip; par 2, 1.", "Nothing breaks it.", "Who keeps a record")
		p.press("u", "u")
		p.searched()
		p.sees("Not solved yet.")
		p.press("U", "U", "d", "d")
		p.sees("Not yet a consumer.")
		if p.press("w"); len(p.wants) != 0 {
			t.Errorf("what is no consumer is written: %v", p.wants)
		}
		p.press("u", "w")
		if len(p.wants) == 0 {
			t.Error("nothing is written")
		}
		if p.press("q"); !p.m.left {
			t.Error("q does not leave")
		}
	}
}

func TestAnOptionOfALineIsChanged(t *testing.T) {
	p := benched(t, "a-bank", 80, 24)
	p.sees("return p.Perform(m)")
	p.press("right")
	p.searched()
	p.sees("p.PerformOnce(m, ")
	p.press("left", "t")
	p.sees("tx := p.DB.Begin()", "return tx.Commit()")
	p.press("t")
	p.sees("transaction")
}

// A verdict that is not finished says so.
func TestALightThatIsNotDecidedSaysSo(t *testing.T) {
	task, _ := levels.Find("a-bank")
	side := (&workbench{Bench: build.New(task)}).view().Side
	if last := side[len(side)-1].Plain(); last != "... is not finished yet" {
		t.Errorf("beside the code stands %q", last)
	}
}

func TestThatNobodyCanBuildItIsRight(t *testing.T) {
	p := benched(t, "neither", 80, 24)
	done := &learn.Progress{}
	p.m.o.Workshop.Ended = func(t *levels.Task, took learn.Built) { done.Holds(t.Name, took) }
	p.press("n")
	p.sees("Searching.")
	p.press("esc") // it can be left
	if len(done.Built) > 0 {
		t.Error("what was left is noted")
	}
	p.press("n")
	p.made()
	p.sees("Right: nobody can.", "none of 2,939 different recipes with up to 4 blocks")
	if took, is := done.Built["neither"]; !is || took != (learn.Built{}) {
		t.Errorf("noted is %v", done.Built)
	}
}

// made lets what a panel shows be made.
func (p *player) made() {
	p.t.Helper()
	for n := 0; len(p.m.panel.lines) == 1 && n < 5000; n++ {
		for _, out := range p.wants {
			if w, is := out.(Wake); is {
				p.wants = nil
				p.send(w.With)
				break
			}
		}
	}
	p.resize(p.m.w, p.m.h)
}

// A consumer of the catalogue is seen with its lights and its code.
func TestABenchIsComparedWithAConsumer(t *testing.T) {
	p := benched(t, "rather-none", 80, 24)
	p.press("c")
	for _, key := range "mark-first" {
		p.press(string(key))
	}
	p.press("enter")
	p.made()
	p.sees("MARK-FIRST", "never lost 1 fault 1 fault", "return p.Perform(m)")
}

// The levels are chosen from as those of break are, and what is solved leads to the next.
func TestTheLevelsToBuildAreAMenu(t *testing.T) {
	done := &learn.Progress{}
	works := (&Study{Done: done, Save: func() {}}).Workshop()
	p := start(t, Start{Workshop: works, At: -1}, 80, 24)
	p.sees("1 An ack can get lost mail", "3 Two copies at once")
	p.press("enter", "enter")
	p.searched()
	p.press("a")
	for _, key := range "mark in table by b" {
		p.press(string(key))
	}
	p.press("enter", "[")
	p.searched()
	p.sees("next level")
	if want := (learn.Built{Lines: 2, Trips: 1}); done.Built["an-ack-gets-lost"] != want {
		t.Errorf("kept is %v, want %v", done.Built, want)
	}
	p.now = p.now.Add(2 * quiet)
	p.press("enter")
	p.sees("A step can fail now")
	p.press("enter", "m")
	p.sees("✓ 1 An ack can get lost mail: 2 lines, 1 trip; par 2, 1")
}
