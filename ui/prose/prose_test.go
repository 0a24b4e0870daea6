package prose_test

import (
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/build/levels"
	"dejavu/ui/doctor"
	"dejavu/ui/glossary"
	"dejavu/ui/interview"
	"dejavu/ui/ladder"
	"dejavu/ui/prose"
)

// text is a text, and where it stands.
type text struct{ where, says string }

// written returns the texts that are data, by the kind of text.
func written() map[string][]text {
	all := map[string][]text{}
	add := func(kind, where string, texts ...string) {
		for _, says := range texts {
			all[kind] = append(all[kind], text{where, says})
		}
	}
	for _, f := range glossary.Families() {
		for _, e := range f.Entries {
			add("glossary", e.Name, e.Is, e.Breaks)
		}
	}
	for _, c := range consumers.All() {
		source, _ := consumers.Source(c.Name)
		var comment []string
		for line := range strings.Lines(source) {
			if says, is := strings.CutPrefix(line, "//"); is {
				comment = append(comment, strings.TrimSpace(says))
			}
		}
		add("consumers", c.Name, c.Clause, strings.Join(comment, " "))
	}
	for _, p := range broker.Presets() {
		add("brokers", p.Name, p.Summary)
	}
	for _, k := range sim.FaultKinds() {
		add("faults", string(k), k.Info().Words.Does)
	}
	for _, s := range scenarios.Shipped() {
		add("scenarios", s.Name, s.Title, s.Teaches, s.Story, s.Question)
		add("scenarios", s.Name, comments(string(s.Source))...)
	}
	for _, l := range scenarios.Lessons() {
		addLesson(add, l)
	}
	for _, q := range interview.Questions() {
		add("interview", q.Name, q.Asks)
		for _, p := range q.Points {
			add("interview", q.Name, p.Text)
		}
		for _, c := range q.Choices {
			add("interview", q.Name, c.Says)
		}
		if q.Follow != nil {
			add("interview", q.Name, q.Follow.Says)
		}
	}
	for _, l := range ladder.Levels() {
		add("levels", l.Name, l.Title, l.Brief, l.Teaches)
	}
	for _, t := range levels.All() {
		add("levels", t.Name, t.Title, t.Brief, t.Teaches)
	}
	for _, r := range doctor.Remedies() {
		add("remedies", r.Belief.String(), r.So)
	}
	return all
}

// comments are the paragraphs of a scenario file that are written for its reader.
func comments(source string) []string {
	var all []string
	for paragraph := range strings.SplitSeq(source, "\n\n") {
		var lines []string
		for line := range strings.Lines(paragraph) {
			if says, is := strings.CutPrefix(line, "# "); is && !strings.Contains(says, "://") && !strings.HasPrefix(says, "- ") && !strings.HasPrefix(says, "yaml-") {
				lines = append(lines, strings.TrimSpace(says))
			}
		}
		all = append(all, strings.Join(lines, " "))
	}
	return all
}

func addLesson(add func(kind, where string, texts ...string), l *scenarios.Lesson) {
	add("lessons", l.Name, l.Title, l.Teaches, l.Intro, l.Words)
	ask := func(q *scenarios.Quiz) {
		if q == nil {
			return
		}
		add("lessons", l.Name, q.Prompt, q.Nudge, q.Where)
		for _, c := range q.Choices {
			add("lessons", l.Name, c.Text, c.Why)
		}
	}
	for i := range l.Stops {
		add("lessons", l.Name, l.Stops[i].Say)
		ask(l.Stops[i].Question)
	}
	add("lessons", l.Name, l.Change.Say, l.Change.Then)
	ask(l.Change.Question)
}

func TestSentencesAreShort(t *testing.T) {
	for kind, texts := range written() {
		var says []string
		for _, text := range texts {
			says = append(says, text.says)
		}
		if n := prose.Length(says, prose.Percent); n > prose.Most {
			t.Errorf("%s: %d of 100 sentences have up to %d words, want up to %d. Split the longest:", kind, prose.Percent, n, prose.Most)
			for _, text := range texts {
				for _, s := range prose.Sentences(text.says) {
					if n := len(strings.Fields(s)); n > prose.Most {
						t.Logf("%s, %d words: %s", text.where, n, s)
					}
				}
			}
		}
	}
}

func TestWordsAreThoseOfTheField(t *testing.T) {
	for kind, texts := range written() {
		if len(texts) == 0 {
			t.Errorf("%s: no text was read", kind)
		}
		for _, text := range texts {
			for _, complaint := range prose.Complaints(text.says) {
				t.Errorf("%s, %s: %s in %q", kind, text.where, complaint, text.says)
			}
		}
	}
}

// What was once written in the program, and had to be read twice.
func TestARiddleIsRefused(t *testing.T) {
	for _, said := range []string{
		`You were sure of 2, "Bob", and so it was: NAIVE charges`, "the how manieth delivery", "the message is hidden no longer",
		"twice by one publish again under a new message ID", "too much 1 item", "they are left out, so what holds, holds for every timeout",
		"a queue that loses a message which it has taken in", "the queue hands Bob's order out again", "it hands m2 out again",
		"INBOX noted each order with its charge", "an acked message is remembered, for it counts", "its lease runs out",
		"What becomes of Ann's order?", "the flag is down", "seven days, unless set", `You said "nothing". It was not: silence`,
	} {
		if len(prose.Complaints(said)) == 0 {
			t.Errorf("nothing is said against %q", said)
		}
	}
	for _, says := range []string{"The queue delivers m2 again.", "Its records expire.", "For a card, nothing happens.", "A note."} {
		if complaints := prose.Complaints(says); len(complaints) > 0 {
			t.Errorf("%q: %q", says, complaints)
		}
	}
}

func TestALongSentenceIsCounted(t *testing.T) {
	long := strings.Repeat("word ", 25) + "word."
	if n := prose.Length([]string{"One two. Three?", long}, 100); n != 26 {
		t.Errorf("the longest sentence has %d words, want 26", n)
	}
	if n := prose.Length([]string{"One two. Three four five?", long}, 50); n != 3 {
		t.Errorf("the middle sentence has %d words, want 3", n)
	}
	if got := prose.Sentences(`A says: "B." C; d, e.g. f? g`); len(got) != 6 {
		t.Logf("%q", got)
	}
}
