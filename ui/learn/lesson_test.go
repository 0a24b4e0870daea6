package learn

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

func begin(t *testing.T, l *scenarios.Lesson, fast bool) *Session {
	t.Helper()
	s, err := Begin(l, fast)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// reader answers a question: with a choice from 1, or 0 for none.
type reader func(q *scenarios.Quiz, right int) int

func right(_ *scenarios.Quiz, right int) int { return right }
func none(*scenarios.Quiz, int) int          { return 0 }
func wrong(q *scenarios.Quiz, right int) int { return right%len(q.Choices) + 1 }

// take goes through a lesson and returns every scene.
func take(t *testing.T, s *Session, answer reader, sure bool) []Scene {
	t.Helper()
	var scenes []Scene
	for range 100 {
		c := s.Scene()
		scenes = append(scenes, c)
		if c.Phase == Over {
			return scenes
		}
		if q, is := s.open(); q != nil {
			if n := answer(q, is); n > 0 {
				s.Do(Input{Kind: Pick, N: n})
				if sure {
					s.Do(Input{Kind: Pick, N: n})
					continue
				}
			}
		}
		s.Do(Input{Kind: Go})
	}
	t.Fatal("it never ends")
	return nil
}

func TestEveryLessonCanBeTakenToItsEnd(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		for name, answer := range map[string]reader{"right": right, "wrong": wrong, "none": none} {
			for _, fast := range []bool{false, true} {
				s := begin(t, l, fast)
				scenes := take(t, s, answer, name != "none")
				known, step := fast && name == "right", 0
				for _, c := range scenes {
					if c.Step < step && c.Phase < Changing {
						t.Errorf("%s, %s: the run goes back from step %d to %d", l.Name, name, step, c.Step)
					}
					step = c.Step
					if c.Phase == Telling && (c.Text == "" || strings.Contains(c.Text, scenarios.Blank)) {
						t.Errorf("%s, %s: a stop tells nothing: %q", l.Name, name, c.Text)
					}
				}
				want := s.Questions()
				if known {
					want-- // who knows it all is spared the change
				}
				if got := len(s.Answers()); got != want {
					t.Errorf("%s, %s, fast %v: %d answers, want %d", l.Name, name, fast, got, want)
				}
				for _, a := range s.Answers() {
					if a.Right != (name == "right") || a.Skipped != (name == "none") || (a.Belief != 0) != (name == "wrong") {
						t.Errorf("%s, %s: %+v", l.Name, name, a)
					}
				}
			}
		}
	}
}

func TestNothingIsRevealedBeforeItsQuestion(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		s := begin(t, l, false)
		for _, c := range take(t, s, right, false) {
			if c.Phase != Asking {
				continue
			}
			stop := &l.Stops[c.Stop-1]
			if at, _ := find(s.story, &stop.At); c.Step >= at && at > 0 {
				t.Errorf("%s: the run stands at step %d, and the answer is seen at %d", l.Name, c.Step, at)
			}
			if c.Text != "" || c.Verdict != nil || len(c.Hints) > 0 {
				t.Errorf("%s: with the question comes %q, %v", l.Name, c.Text, c.Hints)
			}
		}
	}
}

func TestNoNumberIsRightMoreThanHalfTheTime(t *testing.T) {
	var times [5]int
	all := 0
	for _, l := range scenarios.Lessons() {
		s := begin(t, l, false)
		for _, r := range append(s.right, s.last) {
			if r > 0 {
				times[r]++
				all++
			}
		}
	}
	for n, count := range times {
		if all > 6 && count*2 > all {
			t.Errorf("%d is right %d times of %d", n, count, all)
		}
	}
}

func TestHintsComeInThreeStagesAndTheLastIsTheAnswer(t *testing.T) {
	l, _ := scenarios.GetLesson("ghost-charge")
	s := begin(t, l, false)
	for s.phase != Asking {
		s.Do(Input{Kind: Hint}) // means nothing yet
		s.Do(Input{Kind: Go})
	}
	q, is := s.open()
	for n := 1; n <= 4; n++ {
		s.Do(Input{Kind: Hint})
		if got := s.Scene().Hints; len(got) != min(n, 3) || got[0] != q.Nudge {
			t.Fatalf("after %d: %q", n, got)
		}
	}
	hints := s.Scene().Hints
	if hints[1] != q.Where || !strings.Contains(hints[2], fmt.Sprintf("The answer is %d, ", is)) {
		t.Errorf("got %q", hints)
	}
	s.Do(Input{Kind: Pick, N: 9})
	s.Do(Input{Kind: Pick, N: 0})
	if s.Scene().Chosen != 0 || s.phase != Asking {
		t.Error("a choice that there is not was taken")
	}
	s.Do(Input{Kind: Pick, N: is})
	s.Do(Input{Kind: Go})
	if a := s.Answers()[0]; !a.Right || a.Sure || a.Hints != 3 {
		t.Errorf("got %+v", a)
	}
	if s.Scene().Verdict == nil || len(s.Scene().Hints) > 0 {
		t.Error("no verdict, or hints of the question before")
	}
}

func TestTheSameNumberAgainMeansSureAndAnotherChangesOnesMind(t *testing.T) {
	l, _ := scenarios.GetLesson("ghost-charge")
	s := begin(t, l, false)
	for s.phase != Asking {
		s.Do(Input{Kind: Go})
	}
	_, is := s.open()
	s.Do(Input{Kind: Pick, N: is%3 + 1})
	s.Do(Input{Kind: Pick, N: is})
	if s.phase != Asking {
		t.Fatal("another number was taken for sure")
	}
	s.Do(Input{Kind: Pick, N: is})
	if a := s.Answers()[0]; !a.Right || !a.Sure || len(a.Cleared) == 0 {
		t.Errorf("got %+v", a)
	}
	s.Do(Input{Kind: Go})
	for s.phase != Asking {
		s.Do(Input{Kind: Go})
	}
	_, is = s.open()
	s.Do(Input{Kind: Pick, N: is%3 + 1})
	s.Do(Input{Kind: Pick, N: is%3 + 1})
	text := ""
	for _, line := range s.Scene().Verdict.Lines() {
		text += line.Plain() + "\n"
	}
	a := s.Answers()[1]
	for _, part := range []string{"You said ", "It was ", "You were sure", a.Belief.Text(), a.Belief.String()} {
		if !strings.Contains(text, part) {
			t.Errorf("an error of which somebody was sure should say %q:\n%s", part, text)
		}
	}
}

// facts are the numbers and names that a run bears out, as texts write them.
func facts(st *story.Story) map[string]bool {
	known := map[string]bool{}
	add := func(texts ...string) {
		for _, text := range texts {
			for _, word := range figures.FindAllString(text, -1) {
				known[word] = true
			}
		}
	}
	s := st.Scenario
	for i := range s.Messages {
		add(s.Messages[i].ID, s.Messages[i].Customer, s.Messages[i].Key, words.Money(s.Messages[i].Amount))
	}
	for n := range st.Steps() + 1 {
		add(st.Tally(n).Plain(), words.Clock(st.When(n)), strings.TrimSuffix(words.Clock(st.When(n)), ".0"))
	}
	for _, l := range st.Lanes {
		o := &l.Outcome
		add(words.Amount(s.Business, o.Owed), words.Amount(s.Business, o.Taken), words.Amount(s.Business, o.Excess), words.Amount(s.Business, o.Missing))
		add(fmt.Sprint(l.Deliveries), fmt.Sprint(l.Run.World().Remembered().Entries), fmt.Sprint(len(o.Twice)), fmt.Sprint(len(o.Never)))
		for n := range l.Run.World().Queue().Len() {
			add(l.MessageName(n))
			for d := 2; d <= l.Run.World().Queue().Deliveries(n); d++ {
				add(fmt.Sprint(d), fmt.Sprintf("%s/%d", l.MessageName(n), d))
			}
		}
		for i := range l.Run.Events() {
			add(fmt.Sprint(l.Effect(i)))
		}
	}
	q := &s.Queue
	add(words.Length(q.Visibility), words.Length(q.DedupWindow), words.Length(q.NackDelay), fmt.Sprint(q.MaxDeliveries))
	for _, f := range s.Faults {
		add(words.Length(f.For), words.Length(f.Later), words.Length(f.At))
	}
	add(fmt.Sprint(len(s.Messages)), fmt.Sprint(s.Workers), fmt.Sprint(len(st.Lanes)), words.Length(sim.DefaultTiming().Effect))
	return known
}

var (
	figures = regexp.MustCompile(`\bm\d+[a-z]?(?:/\d+)?\b|\$?\d+(?:[,:.]\d+)*`)
	numbers = map[string]string{"two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
	worded  = regexp.MustCompile(`(?i)\b(?:two|three|four|five|six|seven|eight)\b`)
)

// Every number in a text is one of the run: an amount, a time, a count, a message.
func TestEveryNumberInALessonIsOneOfItsRun(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		s := begin(t, l, false)
		check := func(known map[string]bool, texts ...string) {
			for _, text := range texts {
				for _, figure := range figures.FindAllString(text, -1) {
					if !known[figure] {
						t.Errorf("%s says %q, which is no number of its run: %s", l.Name, figure, text)
					}
				}
				for _, word := range worded.FindAllString(text, -1) {
					if !known[numbers[strings.ToLower(word)]] {
						t.Errorf("%s says %q, and the run has nothing of that many: %s", l.Name, word, text)
					}
				}
			}
		}
		question := func(known map[string]bool, q *scenarios.Quiz, right int) {
			if q == nil {
				return
			}
			check(known, q.Prompt, q.Nudge, q.Where, q.Choices[right-1].Text)
			for i := range q.Choices {
				check(known, q.Choices[i].Why)
			}
		}
		known := facts(s.story)
		check(known, l.Intro, l.Words, l.Teaches)
		for i := range l.Stops {
			check(known, l.Stops[i].Say)
			question(known, l.Stops[i].Question, s.right[i])
		}
		for fact := range facts(s.changed) {
			known[fact] = true
		}
		check(known, l.Change.Say, l.Change.Then)
		question(known, l.Change.Question, s.last)
	}
}

// typed is what somebody types who answers like this, and where they do not sit at a
// terminal.
func typed(s *Session, answer reader) string {
	var b strings.Builder
	for i, r := range append(s.right[:len(s.right):len(s.right)], s.last) {
		if r == 0 {
			continue
		}
		q := s.lesson.Change.Question
		if i < len(s.right) {
			q = s.lesson.Stops[i].Question
		}
		if n := answer(q, r); n > 0 {
			fmt.Fprintf(&b, "%d", n)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// lines teaches a lesson in lines, through a pipe.
func lines(t *testing.T, l *scenarios.Lesson, in string) (string, error) {
	t.Helper()
	var out bytes.Buffer
	f := facing(&out, in)
	f.Scenario = l.Scenario.Name
	err := f.Play(begin(t, l, false))
	return out.String(), err
}

// facing are lines for which something is typed.
func facing(out io.Writer, in string) *Lines {
	return &Lines{
		In: bufio.NewReader(strings.NewReader(in)), Out: out, Clock: words.Clock,
		Command: func(args ...string) string { return "dejavu " + strings.Join(args, " ") },
		Refute:  func(scenarios.Misconception) error { return nil },
	}
}

func TestEveryLessonInLinesThroughAPipe(t *testing.T) {
	for _, l := range scenarios.Lessons() {
		for name, answer := range map[string]reader{"right": right, "wrong": wrong} {
			got, err := lines(t, l, typed(begin(t, l, false), answer))
			if err != nil {
				t.Errorf("%s, %s: %v", l.Name, name, err)
			}
			testkit.Golden(t, "testdata/"+l.Name+"."+name+".txt", got)
		}
	}
}

func TestALessonIsLeftPolitely(t *testing.T) {
	l, _ := scenarios.GetLesson("ghost-charge")
	for _, in := range []string{"", "1\n", "q\n", "1\nquit", "?\n?\n?\n", "\n", "9\nseven\n!\n"} {
		if got, err := lines(t, l, in); !errors.Is(err, ErrLeft) || got == "" {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestSomebodyAtATerminalIsWaitedFor(t *testing.T) {
	l, _ := scenarios.GetLesson("ghost-charge")
	s := begin(t, l, false)
	in := strings.Repeat("\n", 4) + fmt.Sprintf("?\nx\n%d\n%d\n", s.right[3], s.right[3]) // the opening, three stops, then sure
	var out bytes.Buffer
	f := facing(&out, in)
	f.Waits, f.Width, f.Scenario = true, 60, l.Scenario.Name
	err := f.Play(begin(t, l, false))
	got := out.String()
	if !errors.Is(err, ErrLeft) {
		t.Fatal(err)
	}
	for _, part := range []string{"> ", "If you are sure, type 3 again", "Right, and you were sure:", "What does the queue know", "Type a number from 1 to 3"} {
		if !strings.Contains(got, part) {
			t.Errorf("it should say %q:\n%s", part, got)
		}
	}
	for line := range strings.Lines(got) {
		if len([]rune(line)) > 63 {
			t.Errorf("too wide: %q", line)
		}
	}
}
