package learn

import (
	"io"
	"strings"

	"dejavu/ui/words"
)

// prose writes paragraphs as they stand in a file.
func (f *Lines) prose(text string) {
	for paragraph := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		f.say(words.Plain, paragraph)
	}
}

func (f *Lines) say(as words.Meaning, text string) {
	if text != "" {
		f.line(words.Say(as, text))
	}
}

// line writes a line, broken where it is too wide.
func (f *Lines) line(line words.Line) {
	f.write(words.Layout{Paint: f.Paint, Width: max(f.Width, 0)}.Hung("", line))
}

func (f *Lines) blank() { f.put("") }

func (f *Lines) put(line string) { f.write(line + "\n") }

// write writes, and keeps the first error.
func (f *Lines) write(text string) {
	if f.err == nil {
		_, f.err = io.WriteString(f.Out, text)
	}
}
