package cli

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"dejavu/scenarios"
	"dejavu/ui/story"
)

// firstChapters are those for which a newcomer has time.
const firstChapters = 3

// menu shows the chapters and how far the reader is, and opens one.
func (r *study) menu() error {
	for {
		headings := scenarios.LessonHeadings()
		next := r.nextChapter(headings)
		if err := r.wrote(fmt.Fprint(r.out, r.chapters(headings, next))); err != nil {
			return err
		}
		h, leave, err := r.choose(headings, next)
		if leave || err != nil {
			return err
		}
		l, _ := scenarios.GetLesson(h.Name)
		finished, err := r.take(l, h.Name)
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
		if r.done.Lessons[h.Name].Finished == 0 {
			return i
		}
	}
	return 0
}

// chapters is the menu as text.
func (r *study) chapters(headings []scenarios.LessonHeading, next int) string {
	paint := r.paint
	if paint == nil {
		paint = story.NoPaint
	}
	text := paint(story.Strong, "Learn what happens when a message arrives twice") + "\n" +
		"The first three chapters are fifteen minutes; the others are depth.\n\n"
	for i, h := range headings {
		if i == firstChapters {
			text += "\n"
		}
		title := h.Title
		if i == next {
			title = paint(story.Strong, title)
		}
		pad := strings.Repeat(" ", max(1, 30-utf8.RuneCountInString(h.Title)))
		text += strings.TrimRight(fmt.Sprintf("%d  %s%s%s", h.Chapter, title, pad, r.state(h.Name)), " ") + "\n"
	}
	if missed := r.toRefute(r.done.Beliefs()); missed != "" {
		text += "\n" + missed
	}
	text += fmt.Sprintf("\nType a number; enter opens chapter %d, q leaves.\n", headings[next].Chapter)
	return text
}

// state says what was done of a lesson.
func (r *study) state(name string) string {
	d := r.done.Lessons[name]
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
			return h, true, unheard(err)
		case err != nil && text == "", text == "q", text == "quit":
			return h, true, nil
		case text == "":
			return headings[next], false, nil
		}
		if m, err := scenarios.ParseMisconception(strings.ToUpper(text)); err == nil {
			if r.refute(m) != nil {
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
