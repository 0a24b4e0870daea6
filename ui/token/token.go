// Package token writes a moment of any run as one short word, and reads it again: what
// was decided, and nothing that follows from it.
//
// The text of a token names a shipped scenario, or holds a file of one's own, with the
// changes that were made to it as flags would make them. Its form is in scenarios/packed.
package token

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/scenarios/packed"
	"dejavu/ui/whatif"
)

// Token is a moment of a run.
type Token struct {
	// Own is the scenario as its file has it, and Scenario is that with the changes that
	// were made to it, but for the faults: those are Edits.
	Own, Scenario *scenarios.Scenario
	Edits         whatif.Edits
	// At is the instant, negative for the beginning; Nth is the step of those that fall on
	// it, from 1, or 0 for the last.
	At  time.Duration
	Nth int
	// Changed says that the scenario is shipped, and means something else than it did when
	// the token was made.
	Changed bool
}

// Is reports whether a text is meant to be a token.
func Is(text string) bool { return packed.Is(text) }

// shipped returns the scenario that a name stands for, a lesson's included.
func shipped(name string) (*scenarios.Scenario, bool) {
	if s, is := scenarios.Get(name); is {
		return s, true
	}
	if l, is := scenarios.GetLesson(name); is {
		return l.Scenario, true
	}
	return nil, false
}

// isShipped reports whether a scenario is a shipped one, as its file has it.
func isShipped(s *scenarios.Scenario) bool {
	known, is := shipped(s.Name)
	return is && bytes.Equal(known.Source, s.Source)
}

// Shipped reports whether the scenario has a name that this program knows.
func (t *Token) Shipped() bool { return isShipped(t.Own) }

// Write returns the token of a scenario as it was opened, changed as told, with edits. A
// scenario that no file can hold has none.
func Write(t Token) (string, error) {
	name, own := strings.Join(strings.Fields(t.Own.Name), "-"), t.Own
	file := ""
	if isShipped(own) {
		own, _ = shipped(name)
	} else {
		file = "\n" + string(scenarios.Canonical(own))
		var err error
		if own, err = scenarios.Parse(name+".yaml", []byte(file)); err != nil {
			return "", fmt.Errorf("no file can hold the scenario: %w", err)
		}
	}
	text := name + "\n"
	for _, c := range whatif.Decisions(own, t.Scenario, t.Edits) {
		if c.Name != seed {
			text += c.Name + " " + c.Value + "\n"
		}
	}
	return packed.Content{Meaning: packed.Meaning(own), Numbers: [3]uint64{t.Scenario.Seed, uint64(t.At + 1), uint64(t.Nth)}, Text: text + file}.Token(), nil
}

// seed is the change that stands in a token as a number, and not in its text.
const seed = "seed"

// Read reads a token. A shipped scenario that has changed since is taken as it is now, if
// the changes fit it.
func Read(token string) (*Token, error) {
	c, err := packed.Read(token)
	if err != nil {
		return nil, err
	}
	if c.Numbers[1] > math.MaxInt64 || c.Numbers[2] > math.MaxInt32 {
		return nil, packed.ErrDamaged
	}
	head, file, ownFile := strings.Cut(c.Text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	t := &Token{At: time.Duration(c.Numbers[1]) - 1, Nth: int(c.Numbers[2])}
	if ownFile {
		t.Own, err = scenarios.Parse(lines[0]+".yaml", []byte(file))
	} else if known, is := shipped(lines[0]); is {
		t.Own = known
	} else {
		err = fmt.Errorf("this token is of the scenario %q, which this dejavu does not have", lines[0])
	}
	if err != nil {
		return nil, err
	}
	t.Changed = !bytes.Equal(packed.Meaning(t.Own), c.Meaning)
	if t.Changed && ownFile {
		return nil, packed.ErrDamaged
	}
	return t, t.change(c.Numbers[0], lines[1:])
}

// change makes the changes that stand in a token, a line each.
func (t *Token) change(drawn uint64, lines []string) error {
	var all []whatif.Decision
	if drawn != t.Own.Seed {
		all = append(all, whatif.Decision{Name: seed, Value: strconv.FormatUint(drawn, 10)})
	}
	for _, line := range lines {
		name, value, _ := strings.Cut(line, " ")
		all = append(all, whatif.Decision{Name: name, Value: value})
	}
	var err error
	t.Scenario, t.Edits, err = whatif.Make(t.Own, all)
	if err != nil && t.Changed {
		return fmt.Errorf("%s has changed since this token was made, and what was changed by hand does not fit it: %w", t.Own.Name, err)
	}
	if err != nil {
		return fmt.Errorf("this token does not fit this dejavu: %w", err)
	}
	return nil
}
