package scenarios

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed *.yaml
var files embed.FS

// learning is the order in which a newcomer should meet the scenarios. A file that
// is not named here comes after them, by name.
var learning = []string{
	// Where duplicates come from, and three wrong orders.
	"quiet-day", "lost-ack", "lost-ack-then-crash", "crash-after-effect", "crash-before-effect",
	"one-line-too-early", "twins", "stop-the-world", "slow-bank",
	// The sender, the receiver, and what they say.
	"producer-retry", "ten-minutes-later", "impatient-customer", "bank-503", "bank-504",
	"commit-never-came", "poison-tail", "bare-decrement", "three-effects",
	// What the store remembers, and for how long.
	"deploy", "eight-day-redrive", "busy-afternoon", "two-coffees", "copy-paste-key",
	"amnesiac-store", "amnesiac-broker", "redis-down", "redis-down-and-lost-ack",
	// Who works on it now, and in which order.
	"out-of-turn", "friendly-fire", "zombies-revenge", "forever-ignored", "forever-accepted",
	"bad-weather",
	// Real bugs.
	"nservicebus-copies", "watermill-handler-error", "watermill-equal-payloads", "powertools-lease",
	"reserved-for-ever", "woocommerce-two-doors", "nats-late-ack", "unlock-then-commit",
	"expired-in-the-buffer", "three-deploys", "two-relays",
	"one-bad-apple", "later-offset-first", "channel-closes", "lock-not-replicated", "number-two-first",
	"two-clocks", "updated-before-created",
}

// Names returns the names of the shipped scenarios, in the order of learning.
func Names() []string {
	names := slices.Clone(learning)
	entries, _ := files.ReadDir(".") // of an embedded folder: sorted, and there
	for _, e := range entries {
		if name := strings.TrimSuffix(e.Name(), ".yaml"); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// Get returns the shipped scenario with a name. It is the caller's to change.
func Get(name string) (*Scenario, bool) {
	if !slices.Contains(Names(), name) {
		return nil, false
	}
	src, err := files.ReadFile(name + ".yaml")
	if err != nil {
		panic(fmt.Sprintf("scenarios: %v: take the name out of learning, or add the file", err))
	}
	s, err := Parse(name+".yaml", src)
	if err != nil {
		panic(fmt.Sprintf("scenarios: a shipped file is wrong, run go test ./scenarios:\n%v", err))
	}
	return s, true
}

// Shipped returns the scenarios that come with the program, in the order of
// learning. They are the caller's to change.
func Shipped() []*Scenario {
	var all []*Scenario
	for _, name := range Names() {
		s, _ := Get(name)
		all = append(all, s)
	}
	return all
}

// Heading is what a list shows of a scenario.
type Heading struct{ Name, Title, Teaches, Question string }

// Headings returns the headings of the shipped scenarios, in the order of learning.
// It reads no more of the files than that: a menu should be there at once.
func Headings() []Heading {
	var all []Heading
	for _, name := range Names() {
		src, _ := files.ReadFile(name + ".yaml") // it is embedded
		h := Heading{Name: name}
		for line := range strings.Lines(string(src)) {
			switch key, value, _ := strings.Cut(line, ": "); key {
			case "title":
				h.Title = strings.TrimSpace(value)
			case "teaches":
				h.Teaches = strings.TrimSpace(value)
			case "question":
				h.Question = strings.TrimSpace(value)
			}
			if h.Title != "" && h.Teaches != "" && h.Question != "" {
				break
			}
		}
		all = append(all, h)
	}
	return all
}

//go:embed lessons/*.yaml
var lessonFiles embed.FS

// LessonHeading is what a menu shows of a lesson.
type LessonHeading struct {
	Name, Title, Teaches string
	Chapter              int
}

// LessonHeadings returns the shipped lessons in the order of their chapters.
func LessonHeadings() []LessonHeading { return slices.Clone(lessonHeadings()) }

// lessonHeadings reads the lessons once: a menu asks at each key.
var lessonHeadings = sync.OnceValue(func() []LessonHeading {
	var all []LessonHeading
	for _, l := range Lessons() {
		all = append(all, LessonHeading{l.Name, l.Title, l.Teaches, l.Chapter})
	}
	return all
})

// LessonNames returns the names of the shipped lessons, in the order of their
// chapters.
func LessonNames() []string {
	var names []string
	for _, h := range LessonHeadings() {
		names = append(names, h.Name)
	}
	return names
}

// Lessons returns the shipped lessons in the order of their chapters. They are the
// caller's to change.
func Lessons() []*Lesson {
	var all []*Lesson
	entries, _ := lessonFiles.ReadDir("lessons") // it is embedded
	for _, e := range entries {
		l, _ := GetLesson(strings.TrimSuffix(e.Name(), ".yaml"))
		all = append(all, l)
	}
	slices.SortStableFunc(all, func(a, b *Lesson) int { return cmp.Compare(a.Chapter, b.Chapter) })
	return all
}

// GetLesson returns the shipped lesson with a name. It is the caller's to change.
func GetLesson(name string) (*Lesson, bool) {
	src, err := lessonFiles.ReadFile("lessons/" + name + ".yaml")
	if err != nil {
		return nil, false
	}
	l, err := ParseLesson(name+".yaml", src)
	if err != nil {
		panic(fmt.Sprintf("scenarios: a shipped lesson is wrong, run go test ./scenarios:\n%v", err))
	}
	return l, true
}
