package scenarios

import (
	"cmp"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"
)

//go:embed lessons/*.yaml
var lessonFiles embed.FS

//go:embed lesson.schema.json
var lessonSchema []byte

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

// LessonSchema returns the JSON Schema (draft 7) of a lesson file, for editors. It has
// that of a scenario file in it, among its definitions: who saves one schema does not
// have the other beside it.
func LessonSchema() []byte {
	const definitions, within = `"definitions": {`, `#/definitions/scenario-file/`
	var scenario strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(schema), `#/`, within)) {
		if !strings.Contains(line, `"$schema":`) && !strings.Contains(line, `"$id":`) { // which are for a whole file
			scenario.WriteString("    " + line)
		}
	}
	whole := strings.ReplaceAll(string(lessonSchema), `scenario.schema.json#/`, within)
	return []byte(strings.Replace(whole, definitions, definitions+"\n    \"scenario-file\": "+strings.TrimSpace(scenario.String())+",", 1))
}
