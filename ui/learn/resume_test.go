package learn

import (
	"reflect"
	"strings"
	"testing"

	"dejavu/scenarios"
)

// Wherever a lesson is left, it goes on there, and comes to the same.
func TestALessonGoesOnWhereItWasLeft(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		for name, answer := range map[string]reader{"right": right, "wrong": wrong, "none": none} {
			whole := begin(t, l, false)
			take(t, whole, answer, true)
			for n := 1; n <= len(whole.Answers()); n++ {
				s := begin(t, l, false)
				for len(s.Answers()) < n {
					if q, is := s.open(); q != nil && answer(q, is) > 0 {
						s.Do(Input{Kind: Pick, N: answer(q, is)})
					}
					s.Do(Input{Kind: Go})
				}
				var given []Given
				for _, a := range s.Answers() {
					given = append(given, Given{a.Said, a.Sure, a.Hints})
				}
				again := begin(t, l, false)
				if !again.Resume(given) || !again.Scene().Resumed {
					t.Fatalf("%s, %s: not gone on with after %d answers", l.Name, name, n)
				}
				got, want := again.Scene(), s.Scene()
				if got.Phase != want.Phase || got.Step != want.Step || got.From != want.From || got.Text != want.Text || !reflect.DeepEqual(again.Answers(), s.Answers()) {
					t.Errorf("%s, %s: after %d answers it stands at %+v, want %+v", l.Name, name, n, got, want)
				}
				if again.Do(Input{Kind: Go}); again.Scene().Resumed {
					t.Error("it is still said to be resumed")
				}
				take(t, again, answer, true)
				if len(again.Answers()) != len(whole.Answers()) {
					t.Errorf("%s, %s: %d answers at the end", l.Name, name, len(again.Answers()))
				}
			}
		}
	}
}

func TestAnswersToAnotherLessonAreNotTaken(t *testing.T) {
	l, _ := scenarios.GetLesson("ghost-charge")
	for _, given := range [][]Given{nil, {{Said: 9}}, {{Said: -1}}, {{Said: 1, Hints: 7}}, {{Said: 1}, {}, {}, {}}} {
		s := begin(t, l, false)
		if s.Resume(given) || s.Scene().Phase != Opening || len(s.Answers()) > 0 || s.Scene().Resumed {
			t.Errorf("%v: it stands in %d with %v", given, s.Scene().Phase, s.Answers())
		}
	}
}

func TestLinesRemindWhoComesBackOfWhatWasAsked(t *testing.T) {
	l, _ := scenarios.GetLesson("ghost-charge")
	for n, want := range [][]string{
		1: {"You were here.", "Stop 4 of 6", "What does it do?", "0:35.0, m2/2, 2nd time", `You said "nothing".`, "See it refuted"},
		3: {"You were here.", "How much of the $135 too much is left?", `You said "$0".`, "Do it as text"},
	} {
		if want == nil {
			continue
		}
		s := begin(t, l, false)
		if !s.Resume([]Given{{Said: 1}, {Said: 1}, {Said: 1}}[:n]) {
			t.Fatal("not gone on with")
		}
		var b strings.Builder
		f := facing(&b, "")
		f.Left = "You were here."
		_ = f.Play(s)
		for _, text := range want {
			if !strings.Contains(b.String(), text) {
				t.Errorf("after %d answers it does not say %q:\n%s", n, text, b.String())
			}
		}
		if strings.Contains(b.String(), "Stop 1 of 6") || strings.Contains(b.String(), "A shop charges cards") {
			t.Errorf("it begins again:\n%s", b.String())
		}
	}
}
