package cli

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"

	"github.com/charmbracelet/x/term"

	"dejavu/ui/play"
)

// plainWidth is how wide text is where no terminal says otherwise.
const plainWidth = 100

// streams are where a command reads and writes, and what is known about them.
type streams struct {
	in          io.Reader
	out, err    io.Writer
	screen      io.Writer // out as it is, for the screen, which asks it how large it is
	inTerminal  bool      // whether a person types
	outTerminal bool      // whether a person reads the results on a terminal
	errTerminal bool      // whether hints are read on one
	width       int
	getenv      func(string) string
	start       string // how the program was started
	play        func(play.Options) (play.Result, error)
}

// standard are the streams of this process.
func standard() *streams {
	s := &streams{
		in: os.Stdin, out: &patient{w: os.Stdout}, err: &patient{w: os.Stderr}, screen: os.Stdout,
		inTerminal: term.IsTerminal(os.Stdin.Fd()), outTerminal: term.IsTerminal(os.Stdout.Fd()), errTerminal: term.IsTerminal(os.Stderr.Fd()),
		getenv: os.Getenv, start: invocation(), play: play.Run,
	}
	s.width = columns(s.outTerminal, os.Stdout.Fd(), s.getenv)
	return s
}

// columns is how wide text may be: as wide as the terminal, or as COLUMNS says.
func columns(terminal bool, fd uintptr, getenv func(string) string) int {
	if terminal {
		if width, _, err := term.GetSize(fd); err == nil && width > 0 {
			return width
		}
	}
	if width, err := strconv.Atoi(getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return plainWidth
}

// patient is a writer that goes on without its reader. Whoever pipes into head
// has seen enough: that is no error, and must not hide the exit status of a run.
type patient struct {
	w    io.Writer
	gone bool
}

// Write writes, unless the reader has gone.
func (p *patient) Write(b []byte) (int, error) {
	if p.gone {
		return len(b), nil
	}
	n, err := p.w.Write(b)
	if left(err) {
		p.gone = true
		return len(b), nil
	}
	return n, err
}

// vanished reports whether an error says that the terminal which a person sat before is
// there no more.
func (s *streams) vanished(err error) bool {
	return (s.inTerminal || s.outTerminal || s.errTerminal) && (errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO))
}

// Errors of Windows for a pipe that nobody reads.
const (
	errorBrokenPipe = syscall.Errno(109)
	errorNoData     = syscall.Errno(232)
)

// left reports whether a write failed because nobody reads any more.
func left(err error) bool {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return false
	}
	return number == syscall.EPIPE || os.PathSeparator == '\\' && (number == errorBrokenPipe || number == errorNoData)
}
