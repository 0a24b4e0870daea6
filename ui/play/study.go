package play

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/doctor"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Course is what the screen shows in place of the playground: lessons.
type Course struct {
	// Chapters are those to choose from, as far as the reader is by now.
	Chapters func() []Chapter
	// Missed says what was missed and what refutes it, in a sentence, or nothing; nil
	// says nothing.
	Missed func() string
	// Open begins a chapter.
	Open func(name string) (*Class, error)
	// First is the lesson to begin with, or nil for the menu.
	First *Class
	// Command writes a command of the program, so that it can be pasted.
	Command func(args ...string) string
}

// Chapter is a line of the menu.
type Chapter struct {
	Name, Title, Teaches string
	// State is what was done of it, in words; Done says that it was taken to its end.
	State string
	Done  bool
	// Apart says that others follow that are of another kind.
	Apart bool
}

// Disproof is a run that refutes a misconception, in lanes that can be compared.
type Disproof struct {
	Story *story.Story
	// Belief is the misconception, and So what the run has shown.
	Belief, So string
}

// Class is one lesson that is taken.
type Class struct {
	Lesson  *scenarios.Lesson
	Session *learn.Session
	// Left is what to say to a reader who has come back to where they left.
	Left string
	// Answered is told of each answer, Finished of the end, both once.
	Answered func(learn.Answer)
	Finished func()
	// Ending is what it came to, a paragraph each, and Next the chapter that follows,
	// or "".
	Ending func() []string
	Next   string
	// Refute returns a run that refutes a misconception; nil where there is none to show.
	Refute func(m scenarios.Misconception) (*Disproof, error)
	// Line returns the command that reopens a moment of its run, as it was changed by
	// hand.
	Line func(now Now) string
}

// Study is a reader of the lessons, on whatever screen: what was done so far, and what to
// read next.
type Study struct {
	Done *learn.Progress
	// Save keeps what was done.
	Save func()
	// Command writes a command of the program, so that it can be pasted.
	Command func(args ...string) string
	// Again says how to begin a lesson again that was left, as the argument names it.
	Again func(arg string) string
	// Fast asks first, and skips what is known; Resumes goes on where a lesson was left.
	Fast, Resumes bool
}

// Begin begins a lesson, or goes on with one that the reader has left; then left says so.
// What is done of it is kept under a name.
func (s *Study) Begin(l *scenarios.Lesson, name, arg string) (session *learn.Session, left string, err error) {
	session, err = learn.Begin(l, s.Fast)
	if err != nil {
		return nil, "", err
	}
	if s.Resumes && session.Resume(s.Done.Left(name, l.Source())) {
		s.Done.Resume(session.Answers())
		return session, fmt.Sprintf("You left after %d of %d questions. To start again: %s",
			len(session.Answers()), session.Questions(), s.Again(arg)), nil
	}
	s.Done.Begin(name, l.Source(), session.Questions())
	return session, "", nil
}

// Class begins a lesson for the screen.
func (s *Study) Class(l *scenarios.Lesson, name, arg string) (*Class, error) {
	session, left, err := s.Begin(l, name, arg)
	if err != nil {
		return nil, err
	}
	c := s.classOf(l, session)
	c.Left, c.Next = left, nextLesson(l).Name
	c.Answered = func(a learn.Answer) {
		s.Done.Answer(name, &a)
		s.Save()
	}
	c.Finished = func() {
		s.Done.Finish(name)
		s.Save()
	}
	c.Ending = func() []string { return strings.Split(strings.TrimSpace(s.Ending(l, session)), "\n") }
	return c, nil
}

// classOf is a lesson for the screen that has begun, of which nothing is kept.
func (s *Study) classOf(l *scenarios.Lesson, session *learn.Session) *Class {
	return &Class{
		Lesson: l, Session: session,
		Refute: func(m scenarios.Misconception) (*Disproof, error) { return Disprove(m, l) },
	}
}

// Owing returns the lessons of which a question was missed, and not right twice since.
func (s *Study) Owing() []*scenarios.Lesson {
	return slices.DeleteFunc(scenarios.Lessons(), func(l *scenarios.Lesson) bool { return len(s.Done.OwedOf(l)) == 0 })
}

// Owed says how much is still missed, after something was asked or not.
func (s *Study) Owed(asked bool) string {
	switch owed := len(s.Done.Owed); {
	case owed > 0 && !asked:
		return fmt.Sprintf("Nothing is missed in the lessons. In the interview: %s\n", s.Command("interview", "--missed"))
	case owed > 0:
		return fmt.Sprintf("%s left: each comes back until it was right twice.\n", words.Count(owed, "question"))
	}
	return fmt.Sprintf("Nothing is missed. Go on with %s\n", s.Command("learn"))
}

// Review asks what was missed in some lessons, one after the other.
func (s *Study) Review(lessons []*scenarios.Lesson) (*Course, error) {
	at := func(name string) int {
		return slices.IndexFunc(lessons, func(l *scenarios.Lesson) bool { return l.Name == name })
	}
	course := &Course{Command: s.Command}
	course.Chapters = func() []Chapter {
		return slices.DeleteFunc(s.Chapters(), func(c Chapter) bool { return at(c.Name) < 0 })
	}
	course.Open = func(name string) (*Class, error) {
		l := lessons[at(name)]
		session, err := learn.Begin(l, false)
		if err != nil {
			return nil, err
		}
		c := s.classOf(l, session.Only(s.Done.OwedOf(l)))
		if i := at(name) + 1; i < len(lessons) {
			c.Next = lessons[i].Name
		}
		c.Answered = func(a learn.Answer) {
			s.Done.Review(name, &a)
			s.Save()
		}
		c.Finished = func() {}
		c.Ending = func() []string { return []string{strings.TrimSpace(s.Owed(true))} }
		return c, nil
	}
	var err error
	course.First, err = course.Open(lessons[0].Name)
	return course, err
}

// Disprove returns the run that refutes a misconception in the business of a lesson.
func Disprove(m scenarios.Misconception, l *scenarios.Lesson) (*Disproof, error) {
	f, err := doctor.Refute(m, l)
	if err != nil {
		return nil, err
	}
	told, err := f.Lanes()
	return &Disproof{Story: told, Belief: m.Text(), So: f.So}, err
}

// Chapters is the menu, as far as the reader is.
func (s *Study) Chapters() []Chapter {
	var all []Chapter
	for i, h := range Headings() {
		done := s.Finished(h.Name)
		if !done {
			h.Teaches = "" // it would answer the questions
		}
		all = append(all, Chapter{
			Name: h.Name, Title: h.Title, Teaches: h.Teaches,
			State: s.State(h.Name), Done: done, Apart: i == learn.FirstChapters-1,
		})
	}
	return all
}

// nextLesson is the chapter after a lesson, or none.
func nextLesson(l *scenarios.Lesson) scenarios.LessonHeading {
	for _, h := range Headings() {
		if h.Chapter == l.Chapter+1 && l.Chapter > 0 {
			return h
		}
	}
	return scenarios.LessonHeading{}
}

// Ending is what a lesson came to, and what is next, a line each.
func (s *Study) Ending(l *scenarios.Lesson, session *learn.Session) string {
	right := 0
	var missed []scenarios.Misconception
	for _, a := range session.Answers() {
		if a.Right {
			right++
		}
		if a.Belief != 0 && !slices.Contains(missed, a.Belief) {
			missed = append(missed, a.Belief)
		}
	}
	text := fmt.Sprintf("\n%d of %d right.\n", right, len(session.Answers()))
	return text + s.ToRefute(missed) + s.onward(l)
}

// onward is the line that says what to do after a lesson.
func (s *Study) onward(l *scenarios.Lesson) string {
	switch h := nextLesson(l); {
	case h.Name != "":
		return fmt.Sprintf("Next, %s: %s\n", h.Title, s.Command("learn", h.Name))
	}
	return fmt.Sprintf("Next, break one yourself: %s\n", s.Command("break", "1"))
}

// Missed says in a sentence what was missed, and what refutes it.
func (s *Study) Missed() string {
	missed := s.Done.Beliefs()
	if len(missed) == 0 {
		return ""
	}
	more := ""
	if n := len(missed) - 1; n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return fmt.Sprintf("Missed so far: %s (%s refutes it)%s.", missed[0].Text(), s.Command("learn", missed[0].String()), more)
}

// mostMissed is how many misconceptions are listed: of more there are the numbers.
const mostMissed = 5

// ToRefute lists what was missed, a line each with the command that refutes it.
func (s *Study) ToRefute(missed []scenarios.Misconception) string {
	if len(missed) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString("Misconceptions, and the command that refutes each:\n")
	for i, m := range missed {
		if i == mostMissed {
			fmt.Fprintf(&b, "  and %s: give learn the number\n", strings.Join(Numbers(missed[i:]), ", "))
			break
		}
		fmt.Fprintf(&b, "  %s  %s\n", s.Command("learn", m.String())+strings.Repeat(" ", 3-len(m.String())), m.Text())
	}
	return b.String()
}

// Numbers are what misconceptions are called.
func Numbers(of []scenarios.Misconception) []string {
	all := make([]string, len(of))
	for i, m := range of {
		all[i] = m.String()
	}
	return all
}

// Headings are the chapters: the lessons, and then the first levels to break and to build.
func Headings() []scenarios.LessonHeading {
	all := scenarios.LessonHeadings()
	return append(all, scenarios.LessonHeading{
		Name: ladder.Chapter, Title: ladder.ChapterTitle, Teaches: "Harm three consumers with one fault each.", Chapter: len(all) + 1,
	}, scenarios.LessonHeading{
		Name: levels.Chapter, Title: levels.ChapterTitle, Teaches: "Put three consumers together that hold.", Chapter: len(all) + 2,
	})
}

// rungs are the levels of a chapter that has levels, or nothing.
func (s *Study) rungs(chapter string) []Chapter {
	switch chapter {
	case ladder.Chapter:
		return s.levels(ladder.Lesson())
	case levels.Chapter:
		return s.tasks(levels.Lesson())
	}
	return nil
}

// solved is how many of some levels are.
func solved(of []Chapter) (n int) {
	for _, c := range of {
		if c.Done {
			n++
		}
	}
	return n
}

// Finished reports whether a chapter was taken to its end.
func (s *Study) Finished(chapter string) bool {
	if of := s.rungs(chapter); of != nil {
		return solved(of) == len(of)
	}
	return s.Done.Lessons[chapter].Finished > 0
}

// State says what was done of a chapter.
func (s *Study) State(chapter string) string {
	of := s.rungs(chapter)
	n := solved(of)
	switch {
	case of == nil:
		return s.Done.State(chapter)
	case n == 0:
		return ""
	case s.Finished(chapter):
		return "done"
	}
	return fmt.Sprintf("begun, %d of %d levels", n, len(of))
}

// Ladder are all levels on a screen.
func (s *Study) Ladder() *Ladder {
	return &Ladder{
		Rungs: Rungs{
			Levels: func() []Chapter { return s.levels(ladder.Levels()) }, Next: ladder.Next,
			About: "You are the network: harm somebody with few faults, or say that nobody can.",
		},
		Open: openLevel, Ended: s.Attacked,
	}
}

// Attack is the chapter of the first levels on a screen.
func (s *Study) Attack() *Ladder {
	l := s.Ladder()
	l.Levels = func() []Chapter { return s.levels(ladder.Lesson()) }
	l.Next = within(l.Levels, ladder.Next)
	return l
}

// within names the level after one as long as that is one of a lesson.
func within(lesson func() []Chapter, next func(string) string) func(string) string {
	return func(name string) string {
		name = next(name)
		if slices.ContainsFunc(lesson(), func(c Chapter) bool { return c.Name == name }) {
			return name
		}
		return ""
	}
}

// Workshop are all levels to build on a screen.
func (s *Study) Workshop() *Workshop {
	return &Workshop{
		Rungs: Rungs{
			Levels: func() []Chapter { return s.tasks(levels.All()) }, Next: levels.Next,
			About: "Put a consumer together that holds, or say that nobody can.",
		},
		Open: openTask, Ended: s.Holds,
	}
}

// Construct is the chapter of the first levels to build on a screen.
func (s *Study) Construct() *Workshop {
	w := s.Workshop()
	w.Levels = func() []Chapter { return s.tasks(levels.Lesson()) }
	w.Next = within(w.Levels, levels.Next)
	return w
}

func openTask(name string) (*build.Bench, error) {
	t, ok := levels.Find(name)
	if !ok {
		return nil, fmt.Errorf("there is no level %s", name)
	}
	return build.New(t), nil
}

// tasks are lines of a menu, as far as the player is.
func (s *Study) tasks(of []levels.Task) []Chapter {
	var all []Chapter
	for i, t := range of {
		best, done := s.Done.Built[t.Name]
		c := Chapter{Name: t.Name, Title: t.Title, Teaches: t.Brief, State: t.Business.String(), Done: done}
		c.Apart = i+1 < len(of) && (t.Thread == "") != (of[i+1].Thread == "")
		switch {
		case done && t.Answer == "":
			c.State += ": nobody can"
		case done && t.Thread != "":
			c.State += fmt.Sprintf(": %s changed; par %d", words.Count(best.Edits, "line"), t.Edits)
		case done:
			c.State += fmt.Sprintf(": %s, %s; par %d, %d", words.Count(best.Lines, "line"), words.Count(best.Trips, "trip"), t.Lines, t.Trips)
		}
		all = append(all, c)
	}
	return all
}

// Holds keeps how a level was built.
func (s *Study) Holds(t *levels.Task, took learn.Built) {
	s.Done.Holds(t.Name, took)
	s.Save()
}

func openLevel(name string) (*ladder.Puzzle, error) {
	l, ok := ladder.Find(name)
	if !ok {
		return nil, fmt.Errorf("there is no level %s", name)
	}
	return l.Open()
}

// levels are lines of a menu, as far as the player is.
func (s *Study) levels(of []ladder.Level) []Chapter {
	var all []Chapter
	for _, l := range of {
		best, done := s.Done.Levels[l.Name]
		c := Chapter{Name: l.Name, Title: l.Title, Teaches: l.Brief, State: l.Consumer, Done: done}
		switch {
		case done && l.Par.Actions == 0:
			c.State += ": nobody can"
		case done:
			c.State += fmt.Sprintf(": %s, %s; par %d, %d", words.Count(best.Faults, "fault"), words.Count(best.Actions, "action"), l.Par.Faults, l.Par.Actions)
		}
		all = append(all, c)
	}
	return all
}

// Attacked keeps how a level ended.
func (s *Study) Attacked(p *ladder.Puzzle, how ladder.Conclusion) {
	if how.Won {
		s.Done.Won(p.Key(), how.Took, p.Belief)
	} else {
		s.Done.Lost(p.Belief)
	}
	s.Save()
}
