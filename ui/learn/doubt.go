package learn

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/words"
)

// doubted is the misconception in the last answer.
type doubted struct {
	belief scenarios.Misconception // 0 if there was none
	last   bool                    // no question comes after it
}

// answered passes an answer on, and remembers its misconception. left is how many
// questions are still to come.
func (f *Lines) answered(a Answer, left int) {
	f.doubted = doubted{a.Belief, left == 0}
	if f.Answered != nil {
		f.Answered(a)
	}
}

// offer asks, with the verdict, whether to refute the misconception of a wrong answer. It
// does not ask after a question without an answer, nor if no more input is read.
func (f *Lines) offer(c *Scene) {
	if c.Verdict != nil && f.Refute != nil && f.belief != 0 && (f.Waits || !f.last) {
		f.say(words.Dim, "See it refuted in a separate run? Type y.")
	}
}

// typed reads what the reader types next; end says that there is no more input. A y after
// a wrong answer counts wherever it is typed: it refutes that answer's misconception, and
// an open question stays open.
func (f *Lines) typed(c *Scene) (text string, end bool) {
	for f.err == nil {
		if f.Waits {
			f.write("> ")
		}
		line, more, err := ReadLine(f.In)
		if err != nil {
			f.err = err
			return "", true
		}
		text = strings.ToLower(strings.TrimSpace(line))
		if f.Refute == nil || f.belief == 0 || text != "y" && text != "yes" {
			return text, !more
		}
		if !f.Waits {
			f.blank() // where somebody types, their line stands between
		}
		if f.err = f.Refute(f.belief); f.err == nil && c.Question != nil {
			f.say(words.Dim, "And the question above? Type a number.")
		}
	}
	return "", true
}

// ReadLine reads the next line of what is typed, and reports whether there was one. Its error
// is an [ErrUnread].
func ReadLine(in *bufio.Reader) (line string, more bool, err error) {
	line, err = in.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", false, unreadInput{err}
	}
	return line, line != "", nil
}

// ErrUnread says that what the reader types could not be read.
var ErrUnread = errors.New("what was typed could not be read")

// unreadInput is an ErrUnread, and why.
type unreadInput struct{ error }

// Is reports that it is an ErrUnread.
func (u unreadInput) Is(target error) bool { return target == ErrUnread }

// Unwrap returns why.
func (u unreadInput) Unwrap() error { return u.error }
