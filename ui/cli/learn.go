package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dejavu/scenarios"
	"dejavu/ui/build/levels"
	"dejavu/ui/doctor"
	"dejavu/ui/explain"
	"dejavu/ui/grid"
	"dejavu/ui/interview"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

// learnFlags are the flags of learn.
type learnFlags struct {
	plain, fast, reset, missed, reducedMotion, ascii bool
	theme                                            string
}

func newLearn(s *streams, g *globals) *cobra.Command {
	f := &learnFlags{theme: screenDefaults().theme}
	c := &cobra.Command{
		Use:     "learn [LESSON|FILE|M1...M27]",
		GroupID: "learn",
		Short:   "Learn it in fifteen minutes: guess, then see",
		Long: "learn gives short lessons. A run stops where there is something to learn, and you guess\n" +
			"before you see. The first three lessons take fifteen minutes; the others go deeper. On a\n" +
			"terminal a lesson is a screen; through a pipe or with --plain it is text. Your progress\n" +
			"is kept in your state directory.\n" +
			"learn M5 refutes one misconception; the list of chapters names yours.",
		Example: "learn  # the chapters, and how far you are\n" +
			"learn 1  # the first chapter\n" +
			"learn 3 --fast  # questions first; skips what you know\n" +
			"learn M5  # why recording the ID first is not safe\n" +
			"learn --missed  # only the questions that you missed\n" +
			"learn 1 --plain  # text only, for a screen reader or a pipe\n" +
			"learn --reset  # forget your progress",
		Args: oneAtATime("lesson"),
		ValidArgsFunction: alone(func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return slices.Concat(scenarios.LessonNames(), []string{ladder.Chapter, levels.Chapter}, play.Numbers(scenarios.Misconceptions())), cobra.ShellCompDirectiveDefault
		}),
		RunE: func(_ *cobra.Command, args []string) error {
			return s.learn(g, f, args)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.plain, "plain", false, "no screen and no colours: text, for a screen reader or a pipe")
	flags.BoolVar(&f.fast, "fast", false, "questions first; a right answer skips its part")
	flags.BoolVar(&f.missed, "missed", false, "ask only what you missed, until it was right twice")
	flags.BoolVar(&f.reducedMotion, "reduced-motion", false, "jump from stop to stop, without motion")
	f.looks(s, c)
	flags.BoolVar(&f.reset, "reset", false, "forget your progress, in one lesson or in all")
	return c
}

// oneAtATime refuses more than one of what a command opens.
func oneAtATime(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) > 1 {
			return fmt.Errorf("%s takes one %s at a time, got %d: name one", c.Name(), what, len(args))
		}
		return nil
	}
}

// looks declares how a screen looks, for a command that opens one.
func (f *learnFlags) looks(s *streams, c *cobra.Command) {
	c.Flags().StringVar(&f.theme, "theme", f.theme, themeUsage)
	c.Flags().BoolVar(&f.ascii, "ascii", asciiOnly(s.getenv), "draw with ASCII only")
	s.complete(c, "theme", fixed(themes))
}

// study is a reader at work: what was done so far, and where it is kept.
type study struct {
	*streams
	*play.Study
	flags *learnFlags
	look  *grid.Theme
	paint words.Paint
	in    *bufio.Reader
	path  string
	keep  bool
	pace  *pace // at which lines appear, or nil
}

// newStudy is a reader of whom nothing is known yet. On a terminal a lesson goes on where
// the reader has left it. Through a pipe it starts again: piped answers must not depend
// on earlier ones.
func (s *streams) newStudy(f *learnFlags) *study {
	r := &study{streams: s, flags: f, path: learn.ProgressPath(s.getenv)}
	r.Study = &play.Study{
		Done: &learn.Progress{}, Save: r.save, Fast: f.fast, Resumes: s.inTerminal, Command: s.command,
		Again: func(arg string) string { return s.command("learn", arg, "--reset") },
	}
	return r
}

// begin makes a reader ready: how things look, what is read, and what was done so far.
func (r *study) begin(g *globals) error {
	err := r.dressed(g)
	if err == nil {
		r.load()
	}
	return err
}

// dressed reads how things are to look.
func (r *study) dressed(g *globals) (err error) {
	if r.look, err = theme(r.flags.theme, g.color, r.getenv); err != nil {
		return fmt.Errorf("--theme: %w", err)
	}
	r.in = bufio.NewReader(&bounded{from: r.streams.in})
	if !r.flags.plain {
		r.paint = painter(g.color, r.getenv, r.outTerminal)
	}
	return nil
}

// load reads what was done so far.
func (r *study) load() {
	var note string
	if r.Done, note, r.keep = learn.LoadProgress(r.path); note != "" {
		fmt.Fprintln(r.err, harmless(note))
	}
}

// learn opens the menu, or a lesson.
func (s *streams) learn(g *globals, f *learnFlags, args []string) error {
	r := s.newStudy(f)
	if err := r.dressed(g); err != nil {
		return err
	}
	if s.inTerminal && s.outTerminal && !f.plain {
		ear := &listener{from: &bounded{from: s.in}}
		r.in = bufio.NewReader(ear)
		r.pace = &pace{ear, r.in, beat}
	}
	if f.reset {
		return r.reset(args)
	}
	r.load()
	switch {
	case f.missed && (len(args) > 0 || f.fast):
		return errors.New("--missed asks what you missed in all lessons: leave the lesson and --fast out")
	case f.missed:
		return r.review()
	case len(args) == 0 && r.onScreen():
		return r.screen("")
	case len(args) == 0:
		return r.menu()
	}
	if m, err := scenarios.ParseMisconception(strings.ToUpper(args[0])); err == nil && !exists(args[0]) {
		return r.refute(m, nil)
	}
	if r.onScreen() {
		return r.screen(args[0])
	}
	if name := levelled(args[0]); name != "" {
		_, err := r.chapter(name)
		return err
	}
	lesson, err := s.findLesson(args[0])
	if err != nil {
		return err
	}
	_, err = r.take(lesson, args[0])
	return err
}

// findLesson finds what an argument names: a chapter, a shipped lesson or a file.
func (s *streams) findLesson(arg string) (*scenarios.Lesson, error) {
	for _, h := range scenarios.LessonHeadings() {
		if strconv.Itoa(h.Chapter) == arg {
			arg = h.Name
		}
	}
	if l, ok := scenarios.GetLesson(arg); ok {
		return l, nil
	}
	if number := strings.ToUpper(arg); !exists(arg) && strings.HasPrefix(number, "M") && strings.Trim(number[1:], "0123456789") == "" {
		_, err := scenarios.ParseMisconception(number)
		return nil, fmt.Errorf("unknown misconception: %w", err)
	}
	if isPath(arg) || exists(arg) {
		l, err := scenarios.LoadLesson(arg)
		var mistake *scenarios.Error
		if err != nil && !errors.As(err, &mistake) {
			return nil, unreadable(arg, err)
		}
		return l, err
	}
	return nil, noLesson(s.start, arg)
}

// noLesson says what a name is, if it is something other than a lesson.
func noLesson(start, arg string) error {
	if _, scenario := scenarios.Get(arg); scenario {
		return fmt.Errorf("%s is a scenario, not a lesson: %s", arg, command(start, "play", arg))
	}
	if _, known := explain.Find(arg); known && arg != "" {
		return fmt.Errorf("%q is a word, not a lesson: %s", arg, command(start, "explain", arg))
	}
	return unknown("lesson", arg, scenarios.LessonNames())
}

// take goes through a lesson. It reports whether that was taken to its end.
func (r *study) take(l *scenarios.Lesson, arg string) (finished bool, err error) {
	session, left, err := r.Begin(l, progressName(l, arg), arg)
	if err != nil {
		return false, err
	}
	name := progressName(l, arg)
	face := r.face(l, arg, func(a learn.Answer) { r.Done.Answer(name, &a) })
	face.Left = left
	switch err := face.Play(session); {
	case err == nil:
		r.Done.Finish(name)
		r.save()
		return true, r.ended(l, session)
	case errors.Is(err, learn.ErrLeft):
		return false, r.wrote(fmt.Fprint(r.out, r.leftHere(session, arg)))
	default:
		return false, ofTyping(err)
	}
}

// face shows a lesson as lines, and keeps each answer.
func (r *study) face(l *scenarios.Lesson, arg string, note func(learn.Answer)) *learn.Lines {
	face := &learn.Lines{
		In: r.in, Out: r.out, Paint: r.paint, Width: r.width, Waits: r.inTerminal,
		Command:  r.Command,
		Scenario: scenarioOf(l, arg), Clock: clock,
		Refute: func(m scenarios.Misconception) error { return r.refute(m, l) },
		Answered: func(a learn.Answer) {
			note(a)
			r.save()
		},
	}
	if r.flags.plain || !r.outTerminal {
		face.Width = 0
	}
	return face
}

// review asks what was missed in lessons, chapter by chapter.
func (r *study) review() error {
	lessons := r.Owing()
	if len(lessons) > 0 && r.onScreen() {
		course, err := r.Review(lessons)
		if err != nil {
			return err
		}
		result, err := r.attend(play.Start{Course: course})
		if err != nil || result.Panic != nil || result.Signal != 0 {
			return r.leftScreen(&taken{}, result, err)
		}
		return r.wrote(fmt.Fprint(r.out, r.Owed(true)))
	}
	for _, l := range lessons {
		stops := r.Done.OwedOf(l)
		session, err := learn.Begin(l, false)
		if err != nil {
			return err
		}
		face := r.face(l, l.Name, func(a learn.Answer) { r.Done.Review(l.Name, &a) })
		switch err := face.Play(session.Only(stops)); {
		case errors.Is(err, learn.ErrLeft):
			return r.wrote(fmt.Fprintf(r.out, "Left here. What is still missed comes back with %s\n", r.Command("learn", "--missed")))
		case err != nil:
			return ofTyping(err)
		}
		if err := r.wrote(fmt.Fprintln(r.out)); err != nil {
			return err
		}
	}
	return r.wrote(fmt.Fprint(r.out, r.Owed(len(lessons) > 0)))
}

// progressName is the name under which progress is kept: a file of one's own is not
// the chapter that has its name.
func progressName(l *scenarios.Lesson, arg string) string {
	if _, shipped := scenarios.GetLesson(l.Name); shipped && isPath(arg) {
		return filepath.Base(arg)
	}
	return l.Name
}

// leftHere says how to go on with a lesson that was left.
func (r *study) leftHere(session *learn.Session, arg string) string {
	again := command(r.start, "learn", arg)
	switch {
	case len(session.Answers()) == 0:
		return fmt.Sprintf("Left here. Begin again with %s\n", again)
	case !r.keep:
		return fmt.Sprintf("Left here, and nothing is kept. Begin again with %s\n", again)
	}
	return fmt.Sprintf("Left here. What you answered is kept; go on with %s\n", again)
}

// scenarioOf is the argument that names the scenario of a lesson: a shipped one by
// its name, its own by that of the lesson.
func scenarioOf(l *scenarios.Lesson, arg string) string {
	if l.Shipped != "" {
		return l.Shipped
	}
	if _, shipped := scenarios.GetLesson(l.Name); shipped && !isPath(arg) {
		return l.Name
	}
	return arg
}

// save keeps what was done. That it cannot be kept is no error, and is said once.
func (r *study) save() {
	if !r.keep {
		return
	}
	if err := r.Done.Save(r.path); err != nil {
		r.keep = false
		fmt.Fprintf(r.err, "note: your progress is not kept: %s\n", harmless(err.Error()))
	}
}

// ended says what a lesson came to, and what is next.
func (r *study) ended(l *scenarios.Lesson, session *learn.Session) error {
	return r.wrote(fmt.Fprint(r.out, r.Ending(l, session)))
}

// menu shows the chapters and how far the reader is, and opens one.
func (r *study) menu() error {
	for {
		headings := play.Headings()
		next := r.nextChapter(headings)
		if err := r.wrote(fmt.Fprint(r.out, r.chapters(headings, next))); err != nil {
			return err
		}
		h, leave, err := r.choose(headings, next)
		if leave || err != nil {
			return err
		}
		finished, err := r.chapter(h.Name)
		if err != nil || !finished || !r.inTerminal {
			return err
		}
		if err := r.wrote(fmt.Fprintln(r.out)); err != nil {
			return err
		}
	}
}

// nextChapter is the first that is not finished; the first of all, if all are.
func (r *study) nextChapter(headings []scenarios.LessonHeading) int {
	for i, h := range headings {
		if !r.Finished(h.Name) {
			return i
		}
	}
	return 0
}

// chapters is the menu as text.
func (r *study) chapters(headings []scenarios.LessonHeading, next int) string {
	paint := r.paint
	if paint == nil {
		paint = words.NoPaint
	}
	text := paint(words.Strong, "Learn what happens when a message arrives twice") + "\n" +
		"The first three chapters take fifteen minutes; the others go deeper.\n\n"
	for i, h := range headings {
		if i == learn.FirstChapters {
			text += "\n"
		}
		title := h.Title
		if i == next {
			title = paint(words.Strong, title)
		}
		pad := strings.Repeat(" ", max(1, 30-utf8.RuneCountInString(h.Title)))
		text += strings.TrimRight(fmt.Sprintf("%d  %s%s%s", h.Chapter, title, pad, r.State(h.Name)), " ") + "\n"
	}
	if missed := r.ToRefute(r.Done.Beliefs()); missed != "" {
		text += "\n" + missed
	}
	text += fmt.Sprintf("\nType a number; enter opens chapter %d, q leaves.\n", headings[next].Chapter)
	return text
}

// choose reads which chapter to open.
func (r *study) choose(headings []scenarios.LessonHeading, next int) (h scenarios.LessonHeading, leave bool, err error) {
	for {
		if r.inTerminal {
			fmt.Fprint(r.out, "> ")
		}
		text, err := r.in.ReadString('\n')
		text = strings.TrimSpace(text)
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return h, true, cannotRead(err)
		case err != nil && text == "", text == "q", text == "quit":
			return h, true, nil
		case text == "":
			return headings[next], false, nil
		}
		if m, err := scenarios.ParseMisconception(strings.ToUpper(text)); err == nil {
			if r.refute(m, nil) != nil {
				return h, true, nil
			}
			continue
		}
		for _, h := range headings {
			if strconv.Itoa(h.Chapter) == text || h.Name == text {
				return h, false, nil
			}
		}
		fmt.Fprintf(r.out, "There is no chapter %q: type a number from 1 to %d, or q.\n", harmless(text), len(headings))
	}
}

// reset forgets what was done. What it is asked to forget is looked at first: nothing
// is done of a lesson that there is not.
func (r *study) reset(args []string) error {
	title, forget := "", func(*learn.Progress) {}
	if len(args) > 0 {
		var err error
		if title, forget, err = r.forgettable(args[0]); err != nil {
			return err
		}
	}
	switch {
	case r.path == "" || !exists(r.path):
		return r.wrote(fmt.Fprintln(r.out, "There is nothing to forget."))
	case len(args) > 0:
		return r.forget(title, args[0], forget)
	}
	if err := os.Remove(r.path); err != nil {
		return fmt.Errorf("cannot forget: %w: remove %s yourself", cause(err), harmless(r.path))
	}
	_ = os.Remove(filepath.Dir(r.path)) // if nothing else is in it
	return r.wrote(fmt.Fprintf(r.out, "Forgotten: %s is removed.\nStart again: %s\n", harmless(r.path), r.Command("learn")))
}

// lessonOf is the lesson to forget: of a refutation nothing is kept.
func (r *study) lessonOf(arg string) (*scenarios.Lesson, error) {
	if m, err := scenarios.ParseMisconception(strings.ToUpper(arg)); err == nil && !exists(arg) {
		return nil, fmt.Errorf("--reset %s: a refutation keeps no progress: name a lesson, or none to forget all", m)
	}
	return r.findLesson(arg)
}

// forget forgets what was done of one lesson.
func (r *study) forget(title, arg string, forget func(*learn.Progress)) error {
	done, note, keep := learn.LoadProgress(r.path)
	if note != "" {
		fmt.Fprintln(r.err, harmless(note))
	}
	if !keep {
		return fmt.Errorf("nothing is forgotten: to forget all, %s", r.Command("learn", "--reset"))
	}
	forget(done)
	if err := done.Save(r.path); err != nil {
		return fmt.Errorf("cannot forget: %w", err)
	}
	return r.wrote(fmt.Fprintf(r.out, "Forgotten: your progress in %s.\nStart again: %s\n", harmless(title), r.Command("learn", arg)))
}

// refute refutes a misconception. That it was seen clears nothing: a right answer does.
func (r *study) refute(m scenarios.Misconception, l *scenarios.Lesson) error {
	style := words.Layout{Paint: r.paint, Width: min(r.width, interview.Columns), Plain: r.flags.plain, Line: r.Command}
	if style.Paint == nil {
		style.Paint = words.NoPaint
	}
	if r.flags.plain || !r.outTerminal {
		style.Plain, style.Width = true, 0
	}
	run, err := doctor.Refute(m, l)
	if err != nil {
		return internal{err}
	}
	text := run.Text(style)
	if r.pace != nil {
		hint := "Enter shows all of it at once, q leaves."
		if r.paint != nil {
			hint = r.paint(words.Dim, hint)
		}
		text = hint + "\n" + text
	}
	return unwritten(r.pace.write(r.out, text))
}

// onScreen reports whether lessons can be shown on a screen.
func (r *study) onScreen() bool {
	return !r.flags.plain && r.inTerminal && r.outTerminal && !dumb(r.getenv)
}

// taken is a lesson on the screen, and how far it went.
type taken struct {
	lesson   *scenarios.Lesson
	arg      string
	session  *learn.Session
	finished bool
}

// screen shows the menu or, if an argument names one, a lesson, on a screen.
func (r *study) screen(arg string) (err error) {
	now := &taken{}
	course := &play.Course{
		Chapters: r.Chapters,
		Missed:   r.Missed,
		Command:  r.Command,
		Open:     func(name string) (*play.Class, error) { return r.class(name, now) },
	}
	a, b := &attacker{study: r, flags: &breakFlags{}}, &builder{study: r}
	attack, construct := a.ladder(r.Attack()), b.workshop(r.Construct())
	switch name := levelled(arg); {
	case name == ladder.Chapter:
		attack.First, err = attack.Open(attack.Due().Name)
	case name == levels.Chapter:
		construct.First, err = construct.Open(construct.Due().Name)
	case arg != "":
		course.First, err = r.class(arg, now)
	}
	if err != nil {
		return err
	}
	result, err := r.attend(play.Start{Course: course, Ladder: attack, Workshop: construct})
	switch {
	case b.last != nil && now.lesson == nil:
		return b.left(result, err)
	case a.last != nil && now.lesson == nil:
		return a.left(result, err)
	}
	return r.leftScreen(now, result, err)
}

// class begins a lesson for the screen.
func (r *study) class(arg string, now *taken) (*play.Class, error) {
	l, err := r.findLesson(arg)
	if err != nil {
		return nil, err
	}
	c, err := r.Class(l, progressName(l, arg), arg)
	if err != nil {
		return nil, err
	}
	*now = taken{lesson: l, arg: arg, session: c.Session}
	finished := c.Finished
	c.Finished = func() {
		now.finished = true
		finished()
	}
	base := &ask{arg: scenarioOf(l, arg), own: l.Scenario, base: l.Scenario, told: l.Scenario}
	if l.Shipped != "" {
		base.own, _ = scenarios.Get(l.Shipped)
	}
	c.Line = func(n play.Now) string {
		return base.line(r.start+" play", n.Scenario, n.Edits, momentFlags(n)...)
	}
	return c, nil
}

// momentFlags are the flags of play that open a moment.
func momentFlags(n play.Now) []string {
	if n.At <= 0 && n.Nth <= 0 {
		return nil
	}
	return []string{"--at", moment{at: n.At, nth: n.Nth}.String()}
}
