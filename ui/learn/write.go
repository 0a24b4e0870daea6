package learn

import (
	"io"
	"strings"

	"dejavu/ui/story"
)

// prose writes paragraphs as they stand in a file.
func (f *Lines) prose(text string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		f.say(story.Plain, paragraph)
	}
}

func (f *Lines) say(as story.Meaning, text string) {
	if text != "" {
		f.line(story.Line{{Text: text, As: as}})
	}
}

// line writes a line, broken where it is too wide.
func (f *Lines) line(line story.Line) {
	if f.Width <= 0 {
		f.put(f.painted(line))
		return
	}
	for _, part := range line.Wrap(f.Width) {
		f.put(f.painted(part))
	}
}

// painted is a line in its colours.
func (f *Lines) painted(line story.Line) string {
	parts := make([]string, len(line))
	for i, span := range line {
		parts[i] = span.Text
		if f.Paint != nil {
			parts[i] = f.Paint(span.As, span.Text)
		}
	}
	return strings.Join(parts, " ")
}

func (f *Lines) blank() { f.put("") }

func (f *Lines) put(line string) { f.write(line + "\n") }

// write writes, and keeps the first error.
func (f *Lines) write(text string) {
	if f.err == nil {
		_, f.err = io.WriteString(f.Out, text)
	}
}
