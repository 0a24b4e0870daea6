// Package packed is the form of a token, one short word for a moment of a run: what stands
// in it, a hash and a checksum, in the letters of a web address. What that means is up to
// ui/token.
//
// A token is "dv", a version, "_" and the rest in base64. The rest is a hash of what the
// scenario means, the seed and the instant as numbers, a text, and a checksum. The text is
// deflated with a dictionary of what such texts are made of, or written in words where that
// is shorter.
package packed

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
	"regexp"
	"strconv"
	"strings"

	"dejavu/scenarios"
)

// Content is what stands in a token.
type Content struct {
	// Meaning is that of the scenario, without the changes.
	Meaning []byte
	// Numbers are the seed, the instant plus 1 or 0 for the beginning, and the step.
	Numbers [3]uint64
	// Text is the name of the scenario, and a line for each change. A file of one's own
	// follows after an empty line.
	Text string
}

// Own is a scenario of one's own as it is, from its beginning.
func Own(s *scenarios.Scenario) Content {
	return Content{Meaning(s), [3]uint64{s.Seed}, s.Name + "\n\n" + string(scenarios.Canonical(s))}
}

// Version is that of the tokens that are written. What changes their form, and what
// changes the dictionary, gets another.
const Version = 1

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

// Prefix is how the tokens of a version begin.
func Prefix(version int) string { return fmt.Sprintf("dv%d_", version) }

// Meaning is a hash of what a scenario means: another title, comment or order of keys
// changes nothing, and nor does what is expected of it.
func Meaning(s *scenarios.Scenario) []byte {
	bare := *s
	bare.Title, bare.Teaches, bare.Story, bare.Question, bare.Expect = "-", "", "", "", nil
	sum := sha256.Sum256(scenarios.Canonical(&bare))
	return sum[:hashed]
}

// Token writes what stands in a token as one.
func (c Content) Token() string {
	data := bytes.Clone(c.Meaning)
	for _, n := range c.Numbers {
		data = binary.AppendUvarint(data, n)
	}
	data = append(data, shorter(c.Text)...)
	return Prefix(Version) + base64.RawURLEncoding.EncodeToString(append(data, sum(data)...))
}

// ErrDamaged is the error of a token that is not as it was written.
var ErrDamaged = errors.New("this token is damaged: copy all of it again, from dv to its last letter")

// Read returns what stands in a token whose version and checksum are right.
func Read(token string) (c Content, err error) {
	data, err := unsealed(token)
	if err != nil {
		return c, err
	}
	c.Meaning = data[:hashed]
	rest := bytes.NewReader(data[hashed:])
	for i := range c.Numbers {
		if c.Numbers[i], err = binary.ReadUvarint(rest); err != nil {
			return c, ErrDamaged
		}
	}
	text := data[len(data)-rest.Len():]
	if len(text) > 0 && text[0] == inWords {
		var is bool
		if c.Text, is = unworded(text[1:]); !is {
			return c, ErrDamaged
		}
		return c, nil
	}
	c.Text, err = inflated(rest)
	return c, err
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
		return "", ErrDamaged
	}
	return string(text), nil
}

// sum is the checksum of what stands in a token.
func sum(data []byte) []byte {
	n := crc32.ChecksumIEEE(append([]byte(Prefix(Version)), data...))
	return []byte{byte(n >> 16), byte(n >> 8), byte(n)}
}

func unsealed(text string) ([]byte, error) {
	head := form.FindStringSubmatch(text)
	if head == nil {
		return nil, errors.New("a token begins with " + Prefix(Version))
	}
	switch n, _ := strconv.Atoi(head[1]); {
	case n > Version:
		return nil, fmt.Errorf("this token is of version %d, and this dejavu reads version %d: update dejavu", n, Version)
	case n < Version:
		return nil, fmt.Errorf("this token is of version %d, and this dejavu reads version %d: share the moment again", n, Version)
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(text[len(head[0]):])
	if at := len(data) - checked; err == nil && at >= hashed && bytes.Equal(sum(data[:at]), data[at:]) {
		return data[:at], nil
	}
	return nil, ErrDamaged
}
