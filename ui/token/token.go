// Package token writes a moment of any run as one short word, and reads it again: what
// was decided, and nothing that follows from it.
//
// A token is "dv", a version, "_" and the rest in the letters of a web address. The rest
// is a hash of what the scenario means, the seed and the instant as numbers, a text, and a
// checksum. The text names a shipped scenario, or holds a file of one's own, with the
// changes that were made to it as flags would make them. It is deflated with a dictionary
// of words that such texts are made of.
package token

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dejavu/scenarios"
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

// version is that of the tokens that are written. What changes their form, and what
// changes the dictionary, gets another.
const version = 1

const (
	hashed  = 3 // bytes of the hash
	checked = 3 // bytes of the checksum
)

// What is deflated and flushed ends alike in all tokens, which is left out (as RFC 7692
// does); last is the block that ends the stream.
const flushed, last = "\x00\x00\xff\xff", "\x01\x00\x00\xff\xff"

var form = regexp.MustCompile(`^dv([0-9]{1,6})_`)

// Is reports whether a text is meant to be a token.
func Is(text string) bool { return form.MatchString(text) }

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
		file = "\n" + string(scenarios.Write(own))
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
	data := meaning(own)
	for _, n := range []uint64{t.Scenario.Seed, uint64(t.At + 1), uint64(t.Nth)} {
		data = binary.AppendUvarint(data, n)
	}
	return sealed(append(data, deflated(text+file)...)), nil
}

// seed is the change that stands in a token as a number, and not in its text.
const seed = "seed"

// meaning is a hash of what a scenario means: another title, comment or order of keys
// changes nothing, and nor does what is expected of it.
func meaning(s *scenarios.Scenario) []byte {
	bare := *s
	bare.Title, bare.Teaches, bare.Story, bare.Question, bare.Expect = "-", "", "", "", nil
	sum := sha256.Sum256(scenarios.Write(&bare))
	return sum[:hashed]
}

func deflated(text string) []byte {
	var b bytes.Buffer
	w, err := flate.NewWriterDict(&b, flate.BestCompression, []byte(dictionary))
	if err != nil {
		panic(err) // the level is a constant
	}
	_, _ = io.WriteString(w, text) // a buffer takes everything
	_ = w.Flush()
	return bytes.TrimSuffix(b.Bytes(), []byte(flushed))
}

func inflated(data io.Reader) (string, error) {
	r := flate.NewReaderDict(io.MultiReader(data, strings.NewReader(flushed+last)), []byte(dictionary))
	text, err := io.ReadAll(io.LimitReader(r, scenarios.MaxBytes+1))
	if err != nil || len(text) > scenarios.MaxBytes {
		return "", errDamaged
	}
	return string(text), nil
}

func prefix(version int) string { return fmt.Sprintf("dv%d_", version) }

// sum is the checksum of what stands in a token.
func sum(data []byte) []byte {
	n := crc32.ChecksumIEEE(append([]byte(prefix(version)), data...))
	return []byte{byte(n >> 16), byte(n >> 8), byte(n)}
}

func sealed(data []byte) string {
	return prefix(version) + base64.RawURLEncoding.EncodeToString(append(data, sum(data)...))
}

var errDamaged = errors.New("this token is damaged: copy all of it again, from dv to its last letter")

// unsealed returns what stands in a token whose version and checksum are right.
func unsealed(text string) ([]byte, error) {
	head := form.FindStringSubmatch(text)
	if head == nil {
		return nil, errors.New("a token begins with " + prefix(version))
	}
	switch n, _ := strconv.Atoi(head[1]); {
	case n > version:
		return nil, fmt.Errorf("this token is of version %d, and this dejavu reads version %d: update dejavu", n, version)
	case n < version:
		return nil, fmt.Errorf("this token is of version %d, and this dejavu reads version %d: share the moment again", n, version)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text[len(head[0]):])
	if at := len(data) - checked; err == nil && at >= hashed && bytes.Equal(sum(data[:at]), data[at:]) {
		return data[:at], nil
	}
	return nil, errDamaged
}

// Read reads a token. A shipped scenario that has changed since is taken as it is now, if
// the changes fit it.
func Read(token string) (*Token, error) {
	data, err := unsealed(token)
	if err != nil {
		return nil, err
	}
	rest := bytes.NewReader(data[hashed:])
	var numbers [3]uint64
	for i := range numbers {
		if numbers[i], err = binary.ReadUvarint(rest); err != nil {
			return nil, errDamaged
		}
	}
	text, err := inflated(rest)
	if err != nil || numbers[1] > math.MaxInt64 || numbers[2] > math.MaxInt32 {
		return nil, errDamaged
	}
	head, file, ownFile := strings.Cut(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(head, "\n"), "\n")
	t := &Token{At: time.Duration(numbers[1]) - 1, Nth: int(numbers[2])}
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
	t.Changed = !bytes.Equal(meaning(t.Own), data[:hashed])
	if t.Changed && ownFile {
		return nil, errDamaged
	}
	return t, t.change(numbers[0], lines[1:])
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
