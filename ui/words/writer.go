package words

import (
	"bufio"
	"io"
	"strings"
)

// Writer writes lines in a Layout, and keeps the first error until it is flushed.
type Writer struct {
	*bufio.Writer
	Layout
}

// NewWriter returns a Writer in front of another.
func NewWriter(out io.Writer, l Layout) *Writer { return &Writer{bufio.NewWriter(out), l} }

// Text writes a line as it is.
func (w *Writer) Text(line string) {
	_, _ = w.WriteString(strings.TrimRight(line, " ") + "\n") // bufio keeps the error for Flush
}

// Put writes a Line, broken where it is too wide; nil is an empty one where nothing is to
// be broken.
func (w *Writer) Put(line Line) {
	for _, text := range w.Lines("", line) {
		w.Text(text)
	}
}

// Table writes columns side by side, so far apart.
func (w *Writer) Table(cols []Column, gap int) {
	for _, line := range Table(cols, gap, w.Width, w.Paint) {
		w.Text(line)
	}
}
