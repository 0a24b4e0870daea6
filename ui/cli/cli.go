// Package cli is the command line of dejavu: one file per command, and what they
// share.
//
// Results go to standard output. In a form for people they end with the line that
// repeats the run and with what to try next; with --json and --events nothing but
// JSON is written there, and such hints go to standard error, if that is a terminal.
// Errors, and notes about flags without effect, always go to standard error. The screen
// takes the whole terminal, and leaves a summary on it.
//
// The exit status is 0 if all went as expected, 1 if an expectation of a file
// failed, 2 if the command line or a file is wrong, and 3 if the program itself
// is. A signal ends the program as it ends any other: a shell sees 130 or 143. A signal
// also ends the screen, which first restores the terminal.
package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	_ "dejavu/ui/noquery" // before anything that asks the terminal
)

// Exit statuses.
const (
	exitOK       = 0
	exitFailed   = 1 // an expectation did not hold
	exitUsage    = 2 // the command line or a file is wrong
	exitInternal = 3 // we are

	exitSignal = 128 // and the number of the signal that ended the screen
)

// errFailed says that an expectation did not hold. What it was has been said.
var errFailed = errors.New("an expectation failed")

// internal is an error that the user did not cause.
type internal struct{ error }

// Unwrap returns what happened.
func (i internal) Unwrap() error { return i.error }

// Main runs the program and returns its exit status.
func Main() int {
	// A reader that goes away ends a write, not the program: see patient.
	signal.Ignore(syscall.SIGPIPE)
	return execute(standard(), os.Args[1:])
}

// execute runs one command line.
func execute(s *streams, args []string) (code int) {
	defer func() {
		if p := recover(); p != nil {
			code = s.report(s.mistake(fmt.Sprint(p), debug.Stack(), command(s.start, args...)))
		}
	}()
	out := &stickyWriter{w: s.out}
	defer func(out io.Writer) { s.out = out }(s.out)
	s.out = out
	root := newRoot(s)
	if args == nil {
		args = []string{} // to cobra, nil means the arguments of the process
	}
	root.SetArgs(args)
	err := root.Execute()
	if err == nil || errors.Is(err, out.err) {
		err = unwritten(out.err)
	}
	return s.report(err)
}

// stickyWriter remembers why something could not be written: help and completion have no
// error to say so.
type stickyWriter struct {
	w   io.Writer
	err error
}

func (h *stickyWriter) Write(text []byte) (int, error) {
	n, err := h.w.Write(text)
	if h.err == nil {
		h.err = err
	}
	return n, err
}

// mistake is an error about a panic, which is always a mistake of ours.
func (s *streams) mistake(what string, stack []byte, repeats string) error {
	if s.getenv("DEJAVU_DEBUG") != "" {
		fmt.Fprintf(s.err, "%s", stack)
	}
	return internal{fmt.Errorf("panic: %s\nthis is a mistake of dejavu, not yours; please report it with what repeats it:\n  DEJAVU_DEBUG=1 %s", what, repeats)}
}

// report says what went wrong, and returns the exit status for it.
func (s *streams) report(err error) int {
	if err == nil {
		return exitOK
	}
	if errors.Is(err, errFailed) {
		return exitFailed
	}
	if signal := signalled(0); errors.As(err, &signal) {
		return exitSignal + int(signal)
	}
	if s.outputGone(err) {
		return exitSignal + int(syscall.SIGHUP)
	}
	fmt.Fprintln(s.err, readable(err.Error()))
	if _, ours := err.(internal); ours {
		return exitInternal
	}
	return exitUsage
}

// longest is how much of a line of a message is shown. What was typed may be a
// megabyte, and is quoted in what is said of it.
const longest = 1000

// readable is a message as a terminal may show it. Of a line that is too long, the
// beginning says what it is about, and the end what to do.
func readable(message string) string {
	lines := strings.Split(harmless(strings.TrimRight(message, "\n")), "\n")
	for i, line := range lines {
		if n := len(line); n > longest {
			lines[i] = strings.ToValidUTF8(line[:longest/4], "") + " ... " + strings.ToValidUTF8(line[n-3*longest/4:], "")
		}
	}
	return strings.Join(lines, "\n")
}
