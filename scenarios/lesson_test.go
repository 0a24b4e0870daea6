package scenarios_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
)

// lessonMistakes are the files of testdata/lessons, one mistake each.
func lessonMistakes(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/lessons/*.yaml")
	if err != nil || len(paths) < 30 {
		t.Fatalf("found %d mistakes, %v", len(paths), err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[path] = src
	}
	return files
}

func TestEachMistakeInALessonIsAnsweredWithItsPlaceAndARemedy(t *testing.T) {
	for path, src := range lessonMistakes(t) {
		l, err := scenarios.ParseLesson(filepath.Base(path), src)
		var mistake *scenarios.Error
		if l != nil || !errors.As(err, &mistake) {
			t.Errorf("%s was accepted, or refused without a place: %v", path, err)
			continue
		}
		testkit.Golden(t, strings.TrimSuffix(path, ".yaml")+".txt", mistake.Error()+"\n")
	}
}

func lessonText(t testing.TB, name string) string {
	t.Helper()
	src, err := os.ReadFile("lessons/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

// FuzzParseLesson holds of lessons what FuzzParse holds of scenarios: a lesson or a
// mistake that has a place, never both, never a panic, never a long wait.
func FuzzParseLesson(f *testing.F) {
	for _, name := range scenarios.LessonNames() {
		f.Add([]byte(lessonText(f, name)))
	}
	for _, src := range lessonMistakes(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		watchdog := time.AfterFunc(5*time.Second, func() { panic("it hangs") })
		l, err := scenarios.ParseLesson("fuzz.yaml", src)
		watchdog.Stop()
		if (l == nil) == (err == nil) {
			t.Fatalf("lesson %v, error %v", l, err)
		}
		if err != nil {
			var mistake *scenarios.Error
			if !errors.As(err, &mistake) || mistake.Line < 1 || mistake.Col < 1 || mistake.Msg == "" {
				t.Fatalf("a mistake without a place: %#v", err)
			}
			return
		}
		if l.Scenario == nil || len(l.Stops) == 0 || l.WordCount() > scenarios.MaxWords {
			t.Fatalf("it was read, and is no lesson: %+v", l)
		}
	})
}

func TestShippedLessonsAreChaptersOfFiveMinutes(t *testing.T) {
	for i, l := range scenarios.Lessons() {
		if l.Chapter != i+1 {
			t.Errorf("%s is chapter %d, and stands in place %d", l.Name, l.Chapter, i+1)
		}
		if l.Intro == "" || l.Words == "" || l.Change == nil || l.Change.Question == nil || l.Change.Then == "" {
			t.Errorf("%s lacks an introduction, words after the run, or a change that is asked about and told", l.Name)
		}
		asked := 0
		for _, stop := range l.Stops {
			if stop.Question != nil {
				asked++
			}
		}
		if asked < 2 || asked > 5 {
			t.Errorf("%s asks %d questions on its way", l.Name, asked)
		}
		if seconds := l.WordCount()*60/200 + 20*(asked+1) + 10*len(l.Stops); seconds > 5*60 {
			t.Errorf("%s takes %d seconds: more than five minutes", l.Name, seconds)
		}
		for line := range strings.Lines(lessonText(t, l.Name)) {
			if len(line) > 125 {
				t.Errorf("%s has a line of %d characters: %s", l.Name, len(line), line)
			}
		}
	}
}

// Worked examples fade: the first chapter tells every step, later ones leave more
// and more for the reader to fill in, the last all of them.
func TestLessonsFade(t *testing.T) {
	lessons := scenarios.Lessons()
	before := 0
	for i, l := range lessons {
		n, asked := 0, 0
		for _, stop := range l.Stops {
			n += strings.Count(stop.Say, scenarios.Blank)
			if stop.Question != nil {
				asked++
			}
		}
		switch {
		case i == 0 && n != 0:
			t.Errorf("%s leaves %d blanks: the first shows all steps", l.Name, n)
		case i > 0 && n == 0:
			t.Errorf("%s leaves no blank", l.Name)
		case n < before:
			t.Errorf("%s leaves %d blanks, the one before %d: the help must fade", l.Name, n, before)
		case l.Chapter == 7 && n != asked:
			t.Errorf("%s leaves %d blanks of %d: the last leaves all", l.Name, n, asked)
		}
		before = n
	}
}

// The screen turns to the lanes that are spoken of, so a text marks them.
func TestAMarkNamesAConsumerInCapitals(t *testing.T) {
	file := "title: a\nteaches: b\nscenario: lost-ack\nstops:\n  - {at: end, say: \"%s\"}\n"
	for text, want := range map[string]struct {
		say string
		of  []string
	}{
		"<inbox-key>'s note, not <inbox>'s.": {"INBOX-KEY's note, not INBOX's.", []string{"inbox-key", "inbox"}},
		"The inbox, and NAIVE.":              {"The inbox, and NAIVE.", nil},
	} {
		l, err := scenarios.ParseLesson("a.yaml", fmt.Appendf(nil, file, text))
		if err != nil {
			t.Fatal(err)
		}
		if say := l.Stops[0].Say; say != want.say || !slices.Equal(l.SpeaksOf(say), want.of) {
			t.Errorf("%q reads %q and speaks of %v", text, say, l.SpeaksOf(say))
		}
	}
	if _, err := scenarios.ParseLesson("a.yaml", fmt.Appendf(nil, file, "<inbx> acks.")); err == nil || !strings.Contains(err.Error(), `unknown consumer "inbx"`) {
		t.Errorf("a mark of nobody: %v", err)
	}
}

func TestEverySentenceIsOneAndIsPlain(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		one := func(what, text, end string) {
			inner := strings.TrimSuffix(text, end)
			if text == inner || strings.ContainsAny(strings.ReplaceAll(inner, "\".", ""), "!?") || strings.Contains(inner, ". ") {
				t.Errorf("%s, %s: want one sentence that ends with %q: %s", l.Name, what, end, text)
			}
			if n := len(strings.Fields(text)); n > 24 {
				t.Errorf("%s, %s has %d words: %s", l.Name, what, n, text)
			}
		}
		questions := []*scenarios.Quiz{l.Change.Question}
		for _, stop := range l.Stops {
			one("a stop", strings.Replace(stop.Say, "\".", "\"", 1)+map[bool]string{true: "."}[strings.HasSuffix(stop.Say, "\".")], ".")
			if stop.Question != nil {
				questions = append(questions, stop.Question)
			}
		}
		for _, q := range questions {
			if q.Prompt != "" && !strings.HasSuffix(q.Prompt, "?") {
				t.Errorf("%s: no question: %s", l.Name, q.Prompt)
			}
			for _, c := range q.Choices {
				if strings.HasSuffix(c.Why, ".") || strings.Contains(c.Why, ". ") || strings.HasSuffix(c.Text, ".") && c.Text != "" {
					t.Errorf("%s: a choice or reason is a clause, without a full stop: %s: %s", l.Name, c.Text, c.Why)
				}
			}
		}
	}
}

func TestEveryMisconceptionHasItsWords(t *testing.T) {
	all := scenarios.Misconceptions()
	if len(all) != 27 || all[0].String() != "M1" || all[26].String() != "M27" {
		t.Fatalf("want M1 to M27, got %v", all)
	}
	for _, m := range all {
		back, err := scenarios.ParseMisconception(m.String())
		if err != nil || back != m || m.Text() == "" || strings.HasSuffix(m.Text(), ".") {
			t.Errorf("%s: %v, %v, %q", m, back, err, m.Text())
		}
	}
	for _, bad := range []string{"", "M0", "M28", "4", "m4", "M04", "M+4"} {
		if m, err := scenarios.ParseMisconception(bad); err == nil {
			t.Errorf("%q is read as %s", bad, m)
		}
	}
	if scenarios.Misconception(0).Text() != "" {
		t.Error("none has words")
	}
}

// The misconceptions that PEDAGOGY.md gives to the chapters are asked about there.
func TestEachChapterAsksAboutItsMisconceptions(t *testing.T) {
	of := map[int][]scenarios.Misconception{1: {2}, 2: {1, 3}, 3: {4, 5, 6}, 4: {8}, 5: {7}, 6: {3, 10, 15}, 7: {9, 12, 20}}
	for _, l := range scenarios.Lessons() {
		var asked []scenarios.Misconception
		for _, q := range append([]*scenarios.Quiz{l.Change.Question}, questionsOf(l)...) {
			for _, c := range q.Choices {
				asked = append(asked, c.Belief)
			}
		}
		for _, m := range of[l.Chapter] {
			if !slices.Contains(asked, m) {
				t.Errorf("chapter %d, %s, does not ask about %s: %s", l.Chapter, l.Name, m, m.Text())
			}
		}
	}
}

func questionsOf(l *scenarios.Lesson) []*scenarios.Quiz {
	var all []*scenarios.Quiz
	for _, stop := range l.Stops {
		if stop.Question != nil {
			all = append(all, stop.Question)
		}
	}
	return all
}

func TestALessonIsTheCallersToChange(t *testing.T) {
	a, _ := scenarios.GetLesson("ghost-charge")
	a.Stops[0].Say = "x"
	a.Scenario.Messages[0].ID = "x"
	b, ok := scenarios.GetLesson("ghost-charge")
	if !ok || b.Stops[0].Say == "x" || b.Scenario.Messages[0].ID == "x" {
		t.Error("a change went through to the next who asks")
	}
	if _, ok := scenarios.GetLesson("../lost-ack"); ok {
		t.Error("a name reached out of the folder")
	}
	if len(scenarios.LessonSchema()) == 0 || !strings.Contains(b.Source(), "title: The ghost charge") {
		t.Error("no schema, or no source")
	}
}

func TestALessonFromAFileIsReadAsOneThatIsShipped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(path, []byte(lessonText(t, "ghost-charge")), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := scenarios.LoadLesson(path)
	if err != nil || l.Name != "mine" || len(l.Stops) == 0 {
		t.Errorf("got %+v, %v", l, err)
	}
	if _, err := scenarios.LoadLesson(path + ".not"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
