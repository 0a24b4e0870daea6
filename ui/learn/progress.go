package learn

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"path/filepath"
	"slices"

	"dejavu/scenarios"
)

// progressSchema names the form of the file, so that a later form can be told.
const progressSchema = "dejavu.progress/1"

// Progress is what a reader has done so far.
type Progress struct {
	Schema string `json:"schema"`
	// Lessons are what was done, by the name of the lesson.
	Lessons map[string]Done `json:"lessons,omitempty"`
	// Missed are the misconceptions that were chosen and not cleared since, by their
	// numbers: M4.
	Missed map[string]Miss `json:"missed,omitempty"`
	// Owed says of each question that was missed how often it is still to be answered
	// right before it stops coming back.
	Owed map[string]int `json:"owed,omitempty"`
	// Levels are the best results in what was broken, by the name of the level.
	Levels map[string]Score `json:"levels,omitempty"`
	// Built are those in what was built.
	Built map[string]Built `json:"built,omitempty"`

	fresh map[string]bool // those that were chosen since Begin
	base  *Progress       // what the file held when it was read or written last
}

// Done is what was done of one lesson, when it was taken last.
type Done struct {
	Finished int `json:"finished"` // how often it was taken to its end
	Asked    int `json:"asked"`    // questions that were answered, or passed over
	Right    int `json:"right"`
	Of       int `json:"of"` // questions in all
	// Left are the answers of a taking that was left before its end, and Text tells by
	// its sum to which text they belong.
	Left []Given `json:"left,omitempty"`
	Text string  `json:"text,omitempty"`
}

// Score is a result in a level: faults, then actions. Both are 0 for a level that was
// rightly said to be unbreakable.
type Score struct {
	Faults  int `json:"faults"`
	Actions int `json:"actions"`
}

// Beats reports whether a result is better than another.
func (s Score) Beats(o Score) bool {
	return s.Faults < o.Faults || s.Faults == o.Faults && s.Actions < o.Actions
}

// Built is a result in a level that was built: lines that differ from what was to be
// repaired, lines and round trips. All are 0 for a level of which somebody rightly said that
// nobody can.
type Built struct {
	Edits int `json:"edits,omitempty"`
	Lines int `json:"lines"`
	Trips int `json:"trips"`
}

// Beats reports whether a result is better than another.
func (b Built) Beats(o Built) bool {
	return cmp.Or(cmp.Compare(b.Edits, o.Edits), cmp.Compare(b.Lines, o.Lines), cmp.Compare(b.Trips, o.Trips)) < 0
}

// Holds notes a result in a level that was built, if it is the best.
func (p *Progress) Holds(level string, b Built) {
	if p.Built == nil {
		p.Built = map[string]Built{}
	}
	if old, done := p.Built[level]; !done || b.Beats(old) {
		p.Built[level] = b
	}
}

// Won notes a result in a level, if it is the best, and clears a misconception.
func (p *Progress) Won(level string, s Score, m scenarios.Misconception) {
	if p.Levels == nil {
		p.Levels = map[string]Score{}
	}
	if old, done := p.Levels[level]; !done || s.Beats(old) {
		p.Levels[level] = s
	}
	delete(p.Missed, m.String())
}

// Lost notes that a level was given up, and what may be behind that.
func (p *Progress) Lost(m scenarios.Misconception) {
	if m == 0 {
		return
	}
	if p.Missed == nil {
		p.Missed = map[string]Miss{}
	}
	miss := p.Missed[m.String()]
	miss.Times++
	p.Missed[m.String()] = miss
}

// Miss is how often a misconception was chosen, and how often with certainty.
type Miss struct {
	Times int `json:"times"`
	Sure  int `json:"sure"`
}

// Begin notes that a lesson is begun. text is what it is read from: where that has
// changed, answers to it mean nothing any more.
func (p *Progress) Begin(lesson, text string, questions int) {
	if p.Lessons == nil {
		p.Lessons = map[string]Done{}
	}
	p.Lessons[lesson] = Done{Finished: p.Lessons[lesson].Finished, Of: questions, Text: sum(text)}
	p.fresh = map[string]bool{}
}

// Left returns the answers of a taking of this lesson that was left, if the lesson is
// as it was.
func (p *Progress) Left(lesson, text string) []Given {
	if d := p.Lessons[lesson]; d.Text == sum(text) {
		return d.Left
	}
	return nil
}

// Resume notes that a lesson is gone on with, after these answers.
func (p *Progress) Resume(answers []Answer) {
	p.fresh = map[string]bool{}
	for i := range answers {
		if m := answers[i].Belief; m != 0 {
			p.fresh[m.String()] = true
		}
	}
}

func sum(text string) string { return fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(text))) }

// Answer records an answer. A right answer clears the misconceptions of the wrong choices
// beside it, but not in the lesson in which they were chosen: the reader has read the
// reason only a minute ago.
func (p *Progress) Answer(lesson string, a *Answer) {
	d := p.Lessons[lesson]
	d.Asked++
	if a.Right {
		d.Right++
	}
	d.Left = append(d.Left[:len(d.Left):len(d.Left)], Given{Said: a.Said, Sure: a.Sure, Hints: a.Hints})
	p.Lessons[lesson] = d
	p.Review(lesson, a)
}

// Review records an answer to a question that came back: nothing is noted of the lesson.
func (p *Progress) Review(lesson string, a *Answer) {
	if !a.Skipped {
		p.Judge(question(lesson, a.Stop), a.Right)
	}
	if p.fresh == nil {
		p.fresh = map[string]bool{}
	}
	for _, m := range a.Cleared {
		if !p.fresh[m.String()] {
			delete(p.Missed, m.String())
		}
	}
	if a.Belief == 0 {
		return
	}
	if p.Missed == nil {
		p.Missed = map[string]Miss{}
	}
	p.fresh[a.Belief.String()] = true
	m := p.Missed[a.Belief.String()]
	m.Times++
	if a.Sure {
		m.Sure++
	}
	p.Missed[a.Belief.String()] = m
}

// mustBeRight is how often a question that was missed is to be answered right.
const mustBeRight = 2

// Judge notes that a question was answered, right or not.
func (p *Progress) Judge(question string, right bool) {
	switch n := p.Owed[question]; {
	case !right && p.Owed == nil:
		p.Owed = map[string]int{question: mustBeRight}
	case !right:
		p.Owed[question] = mustBeRight
	case n > 1:
		p.Owed[question] = n - 1
	default:
		delete(p.Owed, question)
	}
}

// question names a question of a lesson by the number of its stop, from 0.
func question(lesson string, stop int) string { return fmt.Sprintf("lesson/%s/%d", lesson, stop) }

// OwedOf returns which stops of a lesson have a question that is still owed.
func (p *Progress) OwedOf(l *scenarios.Lesson) (stops []int) {
	for stop := range len(l.Stops) + 1 {
		if p.Owed[question(l.Name, stop)] > 0 {
			stops = append(stops, stop)
		}
	}
	return stops
}

// Finish notes that a lesson was taken to its end.
func (p *Progress) Finish(lesson string) {
	d := p.Lessons[lesson]
	d.Finished++
	d.Left = nil
	p.Lessons[lesson] = d
}

// FirstChapters are those for which a newcomer has time.
const FirstChapters = 3

// State says what was done of a lesson.
func (p *Progress) State(lesson string) string {
	d := p.Lessons[lesson]
	switch {
	case d.Finished > 0 && d.Asked < d.Of:
		return "done before"
	case d.Finished > 0:
		return fmt.Sprintf("done, %d of %d right", d.Right, d.Of)
	case d.Asked > 0:
		return fmt.Sprintf("begun, %d of %d questions", d.Asked, d.Of)
	}
	return ""
}

// Beliefs returns the misconceptions that are not cleared yet, in order.
func (p *Progress) Beliefs() []scenarios.Misconception {
	return slices.DeleteFunc(scenarios.Misconceptions(), func(m scenarios.Misconception) bool {
		_, missed := p.Missed[m.String()]
		return !missed
	})
}

// ProgressPath is where progress is kept: in the state directory of the XDG base
// directory specification. It is "" where there is no home to keep it in.
func ProgressPath(getenv func(string) string) string {
	state := getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(state) { // the specification: a relative path is to be ignored
		home := getenv("HOME")
		if home == "" {
			home = getenv("USERPROFILE")
		}
		if !filepath.IsAbs(home) {
			return ""
		}
		state = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(state, "dejavu", "progress.json")
}
