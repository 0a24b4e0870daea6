package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"dejavu/ui/play"
	"dejavu/ui/term"

	tty "github.com/charmbracelet/x/term"
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
	play        func(play.Start, term.Terminal) (term.Exit, error)
}

// standard are the streams of this process.
func standard() *streams {
	s := &streams{
		in: os.Stdin, out: &patient{w: os.Stdout}, err: &patient{w: os.Stderr}, screen: os.Stdout,
		inTerminal: tty.IsTerminal(os.Stdin.Fd()), outTerminal: tty.IsTerminal(os.Stdout.Fd()), errTerminal: tty.IsTerminal(os.Stderr.Fd()),
		getenv: os.Getenv, start: invocation(), play: term.Run,
	}
	s.width = columns(s.outTerminal, os.Stdout.Fd(), s.getenv)
	return s
}

// columns is how wide text may be: as wide as the terminal, or as COLUMNS says.
func columns(terminal bool, fd uintptr, getenv func(string) string) int {
	if terminal {
		if width, _, err := tty.GetSize(fd); err == nil && width > 0 {
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

// outputGone reports whether an error says that the terminal which a person sat before is
// there no more.
func (s *streams) outputGone(err error) bool {
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

// listener reads what is typed, and can stop waiting after a while: lines appear one by
// one, and the reader may go on at any time. Input typed in between is kept for the next
// reader.
type listener struct {
	from    io.Reader
	pending chan heard // of the read under way, if one is
	rest    []byte     // heard, and not read yet
	err     error
}

type heard struct {
	text []byte
	err  error
}

// Read reads what was heard, or waits for what comes.
func (l *listener) Read(p []byte) (int, error) {
	if len(l.rest) == 0 && l.err == nil {
		l.listen()
		l.take(<-l.pending)
	}
	if len(l.rest) == 0 {
		return 0, l.err
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// within reports whether there is something to read, within a time.
func (l *listener) within(d time.Duration) bool {
	if len(l.rest) > 0 || l.err != nil {
		return true
	}
	l.listen()
	select {
	case h := <-l.pending:
		l.take(h)
		return true
	case <-time.After(d):
		return false
	}
}

func (l *listener) take(h heard) { l.rest, l.err, l.pending = h.text, h.err, nil }

// listen begins a read, if none is under way.
func (l *listener) listen() {
	if l.pending != nil {
		return
	}
	pending := make(chan heard, 1) // who listens no more is not waited for
	l.pending = pending
	go func() {
		text := make([]byte, 1<<12)
		n, err := l.from.Read(text)
		pending <- heard{text[:n], err}
	}()
}

// bounded reads lines of a limited length: input without a line break would fill the
// memory.
type bounded struct {
	from io.Reader
	n    int // since the last line break
}

// longestLine is far more than anybody types.
const longestLine = 1 << 20

var errEndless = errors.New("a line is longer than 1 MiB: end it with a line break")

// Read reads until a line is too long.
func (b *bounded) Read(p []byte) (int, error) {
	if b.n > longestLine {
		return 0, errEndless
	}
	n, err := b.from.Read(p)
	if at := bytes.LastIndexByte(p[:n], '\n'); at >= 0 {
		b.n = n - at - 1
	} else {
		b.n += n
	}
	return n, err
}

// cannotRead is an error of reading what somebody types.
func cannotRead(err error) error { return fmt.Errorf("cannot read what you typed: %w", err) }

// pace writes lines one by one, at the speed of reading. Enter shows the rest at once; q
// or Escape leaves. The time depends only on the length of the text: see the tests.
type pace struct {
	ear  *listener
	in   *bufio.Reader // before it
	beat time.Duration
}

// beat is the time between two lines: a refutation is over in half of ten seconds.
const beat = 250 * time.Millisecond

// write writes a text in lines.
func (p *pace) write(out io.Writer, text string) error {
	waits := p != nil
	for line := range strings.Lines(text) {
		if _, err := io.WriteString(out, line); err != nil {
			return err
		}
		if !waits || p.in.Buffered() == 0 && !p.ear.within(p.beat) {
			continue
		}
		waits = false
		typed, _ := p.in.ReadString('\n') // an end of it is met again by who reads on
		if typed = strings.ToLower(strings.TrimSpace(typed)); typed == "q" || strings.HasPrefix(typed, "\x1b") {
			return nil
		}
	}
	return nil
}
