package learn

import (
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

// Finish notes that a lesson was taken to its end.
func (p *Progress) Finish(lesson string) {
	d := p.Lessons[lesson]
	d.Finished++
	d.Left = nil
	p.Lessons[lesson] = d
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
