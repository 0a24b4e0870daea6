package play

import (
	"testing"
	"time"

	"dejavu/ui/quiz"
	"dejavu/ui/words"
)

// toQuestion presses enter until a question is open.
func toQuestion(t *testing.T, p *player) *quiz.Question {
	t.Helper()
	for range 100 {
		if p.m.guess.open != nil {
			return p.m.guess.open
		}
		if p.m.at.Step == p.m.st.Steps() {
			break
		}
		p.press("enter")
	}
	t.Fatal("nothing was asked")
	return nil
}

func TestTheQuestionComesAfterTheWaitAndBeforeTheRedelivery(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	q := toQuestion(t, p)
	if p.m.at.Step != q.Step || p.m.at.Toward < 0.9 {
		t.Errorf("asked at %+v, want the end of the wait after step %d", p.m.at, q.Step)
	}
	p.sees("NAIVE: who will have paid twice at the end?", "–m2 1 s")
	p.seesNot("2nd time", "×2")
}

func TestKeysRightAfterTheQuestionAreDropped(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	toQuestion(t, p)
	for _, key := range []Key{"1", "w", "u"} {
		p.m.rested, p.now = p.now, p.now.Add(quiet)
		p.send(key)
		if p.m.guess.open == nil || p.m.panel != nil || p.m.edited {
			t.Fatalf("%s was taken %v after the question", key, quiet)
		}
	}
	p.now = p.now.Add(time.Millisecond)
	p.send(Key("1"))
	if p.m.guess.open != nil {
		t.Error("1 was dropped later as well")
	}
}

func TestOnlyEnterAndRightGoOnWithoutAGuess(t *testing.T) {
	for _, key := range []string{"space", "w", "?", "z", "tab", "p", "+"} {
		p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
		toQuestion(t, p)
		p.press(key)
		if p.m.panel != nil {
			p.press("esc")
		}
		if p.m.guess.open == nil || p.m.playing {
			t.Errorf("%s goes on", key)
		}
	}
	for _, key := range []string{"enter", "right"} {
		p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
		q := toQuestion(t, p)
		p.press(key)
		if p.m.guess.open != nil || p.m.at.Step <= q.Step {
			t.Errorf("%s does not go on", key)
		}
	}
}

func TestAQuestionIsAskedOnceAndNeverOnTheWayBackOrOnAJump(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	q := toQuestion(t, p)
	p.press("2", "home")
	for p.m.at.Step < p.m.st.Steps() {
		if p.press("enter"); p.m.guess.open != nil {
			t.Fatal("it is asked again")
		}
	}
	p = start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	p.press("end")
	for p.m.at.Step > 0 {
		if p.press("left"); p.m.guess.open != nil {
			t.Fatal("asked on the way back")
		}
	}
	p.press("]", "]", "]", "end", "backspace", "backspace", "home")
	if p.m.guess.open != nil {
		t.Error("asked on a jump")
	}
	for x := range 60 {
		p.send(Mouse{10 + x, 17})
		if p.m.guess.open != nil {
			t.Fatal("asked while dragging")
		}
	}
	if p.m.at.Step < q.Step {
		t.Errorf("dragged to step %d only", p.m.at.Step)
	}
}

func TestNothingIsAskedAfterAFaultWasChanged(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	p.press("enter", "D")
	for p.m.at.Step < p.m.st.Steps() {
		if p.press("enter"); p.m.guess.open != nil {
			t.Fatal("asked after a fault was added")
		}
	}
}

func TestTwoSkippedInARowAndItStaysQuiet(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "bad-weather"), At: -1, ReducedMotion: true}, 120, 40)
	asked := 0
	for p.m.at.Step < p.m.st.Steps() {
		if p.m.guess.open != nil {
			asked++
		}
		p.press("enter")
	}
	if all := len(quiz.Questions(p.m.st)); all < 3 || asked != 2 {
		t.Errorf("%d of %d questions were asked, want 2", asked, all)
	}
	p.press("g", "g", "home")
	toQuestion(t, p)
}

func TestWhatWasSaidIsToldWhenItIsSeen(t *testing.T) {
	for _, choice := range []string{"1", "2", "3"} {
		p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1, ReducedMotion: true}, 80, 24)
		q := toQuestion(t, p)
		p.press(choice)
		for p.m.at.Step < q.Reveal {
			p.seesNot("You said")
			p.seesNot("Right: ")
			p.press("enter")
		}
		if i := int(choice[0] - '0'); i == q.Right {
			p.sees("Right: ")
		} else {
			p.sees("You said " + quiz.Quoted(q.Choices, i) + ". Not quite: ")
		}
	}
}

// Six stops later nobody remembers the question.
func TestWhatIsNotSeenSoonIsToldAtOnce(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "forever-ignored"), At: -1, ReducedMotion: true}, 80, 24)
	q := toQuestion(t, p)
	p.press("1")
	if p.sees(words.Either(q.Right == 1, "Right: ", "Not quite: ")); p.m.at.Step >= q.Step+1 {
		t.Errorf("it has gone on to step %d", p.m.at.Step)
	}
}

func TestDraggingOnTheTimeLineGoesThere(t *testing.T) {
	p := start(t, Start{Scenario: get(t, "lost-ack-then-crash"), At: -1}, 80, 24)
	p.send(Mouse{70, 17})
	far := p.m.at.Step
	p.send(Mouse{20, 17})
	near := p.m.at.Step
	p.send(Mouse{70, 5})
	if far < 40 || near > 20 || near == 0 || p.m.at.Step != near {
		t.Errorf("dragged to steps %d, %d and %d", far, near, p.m.at.Step)
	}
}
