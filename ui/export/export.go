// Package export writes a story in the formats that other programs show, read and run:
// one table of formats, each told from the same story.
//
// A format is a row of the table and a file of this package. What happened it takes from
// ui/story, in the words of sim/tell; a picture of a moment is drawn by ui/frame. Nothing
// here decides what a run came to.
package export

import (
	"fmt"
	"io"
	"strings"

	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Work is what is to be exported, and how.
type Work struct {
	Story *story.Story
	// At is the moment of a format that shows one, and what a page opens with.
	At story.Moment
	// Cast is the version of a recording: 2 or 3.
	Cast int
	// Line is the command that opens the story on the screen.
	Line string
}

// Format is one way to write a story.
type Format struct {
	Name, Ending, About string
	write               func(w *printer, x *Work) error
}

// Formats are all there are, in the order of help.
func Formats() []Format {
	return []Format{
		{"html", "html", "a page to step through, in one file: for a slide, a blog, a chat", writePage},
		{"md", "md", "a report with its diagram: for a pull request, or the summary of a job", writeMarkdown},
		{"mermaid", "mmd", "a sequence diagram in Mermaid", writeMermaid},
		{"plantuml", "puml", "a sequence diagram in PlantUML", writePlantUML},
		{"svg", "svg", "a picture of one moment: see --at", writeSVG},
		{"svg-animated", "svg", "a picture that goes through the key moments", writeAnimated},
		{"cast", "cast", "a recording for asciinema: see --cast-version", writeCast},
		{"jsonl", "jsonl", "the events, one JSON object a line, as run --events writes them", writeLines},
		{"csv", "csv", "the events as a table", writeTable},
		{"junit", "xml", "a test report for a build server: a case for each consumer", writeJUnit},
		{"gotest", "go", "a test in Go that fails for the same reason", writeTest},
		{"trace", "json", "a Chrome trace, which Perfetto opens: one process for each consumer", writeTrace},
	}
}

// Find returns the format of a name.
func Find(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}

// Write writes a story in a format.
func (f Format) Write(out io.Writer, x *Work) error {
	var p printer
	if err := f.write(&p, x); err != nil {
		return err
	}
	_, err := io.WriteString(out, p.String())
	return err
}

// printer collects a text.
type printer struct{ strings.Builder }

func (p *printer) linef(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// said are the sentences of a moment, without their colours.
func said(st *story.Story, step int) []string {
	var all []string
	for _, line := range st.Narrate(step).Lines {
		if text := line.Plain(); text != "" {
			all = append(all, text)
		}
	}
	return all
}

// stopAt is what a key frame is called: its time and, where it has one, its badge.
func stopAt(st *story.Story, step int) string {
	name := words.Clock(st.When(step))
	if badge := st.Narrate(step).Badge; badge != "" {
		name += ", " + badge
	}
	return name
}
