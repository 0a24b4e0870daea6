package interview

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

func golden(t *testing.T, name, got string) {
	t.Helper()
	testkit.Golden(t, "testdata/"+name, got)
}

func style(plain bool) words.Layout {
	s := words.Layout{Paint: words.NoPaint, Width: Columns, Plain: plain, Line: func(args ...string) string { return "dejavu " + strings.Join(args, " ") }}
	if plain {
		s.Width = 0
	}
	return s
}

// take holds a sitting with a candidate who types a line at each phase, or stops
// typing.
func take(t *testing.T, s *Sitting, types func(phase) (line string, ends bool)) string {
	t.Helper()
	text := s.Opening()
	for range 1000 {
		if s.Over() {
			return text
		}
		line, ends := types(s.phase)
		if ends {
			return text + s.End()
		}
		said, err := s.Say(line)
		if err != nil {
			t.Fatal(err)
		}
		text += said
	}
	t.Fatal("the sitting does not end")
	return ""
}

func always(judged, chosen string) func(phase) (string, bool) {
	return func(p phase) (string, bool) {
		switch p {
		case judging:
			return judged, false
		case choosing, guessing:
			return chosen, false
		}
		return "", false
	}
}

// chooseOnce takes one design of each question, and then goes on.
func chooseOnce(s **Sitting, judged, chosen string) func(phase) (string, bool) {
	return func(p phase) (string, bool) {
		if p == choosing && len((*s).tried) > 0 {
			return "", false
		}
		return always(judged, chosen)(p)
	}
}

func TestASittingIsToldAsItIsHeld(t *testing.T) {
	var s *Sitting
	lines := 0
	for _, c := range []struct {
		file  string
		o     Setting
		types func(phase) (string, bool)
	}{
		{"yes.txt", Setting{Seed: DefaultSeed, Layout: style(false)}, chooseOnce(&s, "y", "22")},
		{"no.txt", Setting{Seed: DefaultSeed, Layout: style(true)}, chooseOnce(&s, "n", "1")},
		{"garbage.txt", Setting{Seed: 3, Questions: 2, Layout: style(false)}, func(phase) (string, bool) { return "\x1b[2J what?", false }},
		{"left.txt", Setting{Seed: 3, Questions: 5, Layout: style(false)}, func(p phase) (string, bool) {
			lines++
			return map[phase]string{judging: "yes", choosing: "3"}[p], lines > 12
		}},
	} {
		s = Begin(c.o)
		text := take(t, s, c.types)
		golden(t, c.file, text)
		for _, l := range strings.Split(text, "\n") {
			if n := len([]rune(l)); n > Columns && !c.o.Layout.Plain && !strings.Contains(l, "dejavu ") {
				t.Errorf("%s has a line of %d columns: %s", c.file, n, l)
			}
		}
		if strings.Contains(text, "\x1b") {
			t.Errorf("%s writes what was typed to the terminal", c.file)
		}
	}
}

func TestQEndsASittingAnywhereWithItsCard(t *testing.T) {
	for after := range 20 {
		s, n := Begin(Setting{Seed: DefaultSeed, Layout: style(false)}), 0
		text := take(t, s, func(p phase) (string, bool) {
			if n++; n > after {
				return "Q", false
			}
			return always("y", "")(p)
		})
		if judged := len(s.judged) > 0; strings.Contains(text, "Your card: ") != judged || strings.Contains(text, "there is no card") == judged {
			t.Errorf("left after %d lines, with %d points judged:\n%s", after, len(s.judged), text)
		}
	}
}

func TestWithAClockEachAnswerHasItsTimeAndIsToldHowLongItTook(t *testing.T) {
	now := time.Duration(0)
	o := Setting{Seed: DefaultSeed, Questions: 3, Layout: style(false)}
	o.Clock = func() time.Duration { now += 75 * time.Second; return now }
	text := take(t, Begin(o), always("y", ""))
	if n := strings.Count(text, "You took 1 min 15 s of "); n != 3 || strings.Count(text, "You have 2 min") < 1 {
		t.Errorf("%d times are told:\n%s", n, text)
	}
	if !strings.Contains(text, "In time: 3 of 3.") || !strings.Contains(text, "dejavu interview --questions 3 --timed --seed 2\n") {
		t.Errorf("the card does not tell the time:\n%s", text)
	}
	o.Clock = func() time.Duration { now += 170 * time.Second; return now }
	text = take(t, Begin(o), always("y", ""))
	if !strings.Contains(text, "You took 2 min 50 s, 50 s too long.") || !strings.Contains(text, "In time: 0 of 3.") {
		t.Errorf("nobody is told to be shorter:\n%s", text)
	}
}

func TestTheSameSeedIsTheSameInterview(t *testing.T) {
	names := func(n int, seed uint64) string {
		var all []string
		for _, q := range pick(Questions(), Setting{Questions: n, Seed: seed}) {
			all = append(all, q.Name)
		}
		return strings.Join(all, "; ")
	}
	if got, want := names(Usual, DefaultSeed), names(Usual, DefaultSeed); got != want {
		t.Errorf("once %s and once %s", got, want)
	}
	met := map[string]bool{}
	for seed := range uint64(50) {
		picked := pick(Questions(), Setting{Questions: Usual, Seed: seed})
		met[names(Usual, seed)] = true
		if !strings.HasPrefix(names(len(Questions()), seed), names(Usual, seed)) {
			t.Errorf("seed %d: more questions are not the same and some", seed)
		}
		designs, asked := 0, map[Criterion]bool{}
		for i, q := range picked {
			if len(q.Choices) > 0 {
				designs++
			}
			if (i == 0) != (q.Name == basics[0].Name || q.Name == basics[1].Name) && i == 0 {
				t.Errorf("seed %d begins with %q", seed, q.Name)
			}
			for _, p := range q.Points {
				asked[p.Row] = true
			}
		}
		if designs < 3 || len(picked) != Usual || len(asked) != int(rows) {
			t.Errorf("seed %d: %d questions, %d designs, %d rows", seed, len(picked), designs, len(asked))
		}
	}
	if len(met) < 45 {
		t.Errorf("50 seeds give %d interviews", len(met))
	}
}

func TestEveryQuestionCanBeAskedInOneSitting(t *testing.T) {
	all := map[string]bool{}
	for _, q := range pick(Questions(), Setting{Questions: len(Questions()), Seed: 9}) {
		all[q.Name] = true
	}
	if len(all) != len(Questions()) {
		t.Errorf("%d of %d questions are asked", len(all), len(Questions()))
	}
}

func TestACardNamesWhatIsStrongAndWhatIsWeak(t *testing.T) {
	for _, c := range []struct {
		t    tally
		want string
	}{{tally{0, 0}, "not asked"}, {tally{3, 4}, "strong"}, {tally{2, 4}, "fair"}, {tally{1, 3}, "weak"}, {tally{0, 1}, "weak"}, {tally{2, 3}, "fair"}} {
		if got := c.t.standing(); got != c.want {
			t.Errorf("%v is %s, want %s", c.t, got, c.want)
		}
	}
	s := Begin(Setting{Seed: DefaultSeed, Layout: style(false)})
	text := take(t, s, always("n", ""))
	if !strings.Contains(text, "Strong: none. Weak: define, example, implement, trade-offs, pitfalls.") {
		t.Errorf("all no:\n%s", text)
	}
	if n := len(s.replays()); n != replays {
		t.Errorf("%d commands to replay, want %d", n, replays)
	}
}

// What is told says who has tried: a search tries everything, a story only itself.
func TestADesignIsTriedByTheSearchOrByAStory(t *testing.T) {
	for i, q := range Questions() {
		if len(q.Choices) == 0 {
			continue
		}
		s := &Sitting{o: Setting{Layout: style(false)}, questions: Questions()[i : i+1]}
		s.Opening()
		text, err := s.Say("1")
		if want := map[bool]string{true: "A scenario tries", false: "The search tries"}[q.Choices[0].Scenario != ""]; err != nil || !strings.Contains(text, want) {
			t.Errorf("%s: want %q: %v\n%s", q.Name, want, err, text)
		}
	}
}

func TestWhereTheIDsAreKeptIsAlwaysAskedEarlyAndOnCard(t *testing.T) {
	for seed := range uint64(50) {
		for _, n := range []int{1, 2, Usual, len(Questions())} {
			picked := pick(Questions(), Setting{Questions: n, Seed: seed})
			if len(picked) != n || !asked(picked[:min(n, 2)], mustAsk) {
				t.Errorf("seed %d, %d questions: it is not among the first two", seed, n)
			}
		}
	}
	i := slices.IndexFunc(Questions(), func(q Problem) bool { return q.Name == mustAsk })
	says := ""
	for _, c := range Questions()[i].Choices {
		if c.Business != sim.Card {
			t.Errorf("%q is about %s", c.Says, c.Business)
		}
		says += c.Consumer + " "
	}
	if says != "lease mark-first inbox inbox-and-gateway-key memory-set " {
		t.Errorf("the choices are %s", says)
	}
}

func TestWhatIsToComeFirstDoes(t *testing.T) {
	first := []string{"trade-offs", mustAsk, "no such question", "define it"}
	picked := pick(Questions(), Setting{Questions: 4, Seed: 3, First: first})
	if len(picked) != 4 || picked[0].Name != "trade-offs" || picked[1].Name != mustAsk || picked[2].Name != "define it" {
		t.Errorf("got %v", picked)
	}
}

// Whoever made every point and chose a design that breaks is not told that all is well.
func TestAWrongDesignCountsOnTheCard(t *testing.T) {
	for chosen, want := range map[string]string{"1": "Weak: design.", "4": "Weak: none."} {
		var judged []string
		s := Begin(Setting{Questions: 1, Layout: style(false), Judged: func(q string, well bool) { judged = append(judged, fmt.Sprint(q, well)) }})
		text := take(t, s, chooseOnce(&s, "y", chosen))
		if !strings.Contains(text, want) || strings.Contains(text, "interview --missed") != (chosen == "1") {
			t.Errorf("choice %s: want %q:\n%s", chosen, want, text)
		}
		if !slices.Equal(judged, []string{fmt.Sprint(mustAsk, chosen == "4")}) {
			t.Errorf("choice %s: judged %v", chosen, judged)
		}
	}
}
