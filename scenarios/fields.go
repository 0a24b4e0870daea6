package scenarios

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dejavu/sim"
)

// field is a key that a mapping may have, and how its value is read. The tables
// of fields are what the schema is held to.
type field struct {
	name string
	// need, if not "", is what to write for a key that must be there.
	need string
	// bare says that the key may stand there without a value, as faults does when
	// every line below it is commented out.
	bare bool
	read func(v *node) error
}

// fail returns a mistake at a node.
func (s *source) fail(n *node, format string, args ...any) error {
	return s.errorAt(n.line, n.col, fmt.Sprintf(format, args...))
}

// object reads a mapping by a table of its keys, in the order of the table. of is
// what the mapping is, for errors.
func (s *source) object(n *node, of string, fields []field) error {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.name
	}
	if n.kind != mapping {
		return s.fail(n, "%s is %s: write keys and values, with %s", of, n.kind, several(names))
	}
	values := make(map[string]*node, len(n.pairs))
	for _, p := range n.pairs {
		values[p.key.text] = p.value
	}
	for _, p := range n.pairs {
		if !slices.Contains(names, p.key.text) {
			return s.fail(p.key, "unknown key %q in %s%s", p.key.text, of, suggest(p.key.text, names))
		}
	}
	for _, f := range fields {
		v := values[f.name]
		switch {
		case v == nil && f.need != "":
			return s.fail(n, "%s has no %s: add %s", of, f.name, f.need)
		case v == nil, v.kind == nothing && f.bare:
			continue
		case v.kind == nothing:
			return s.fail(v, "%s is empty: give it a value, or leave the key out", f.name)
		}
		if err := f.read(v); err != nil {
			return err
		}
	}
	return nil
}

// word returns the text of a scalar.
func (s *source) word(v *node, name string) (string, error) {
	if v.kind != scalar {
		return "", s.fail(v, "%s is %s: want a single value", name, v.kind)
	}
	return v.text, nil
}

// text is a field of one line of words.
func (s *source) text(name, need string, into *string, most int) field {
	f := s.prose(name, into, most)
	f.need = need
	read := f.read
	f.read = func(v *node) error {
		if strings.Contains(v.text, "\n") {
			return s.fail(v, "%s has more than one line: write > instead of |", name)
		}
		return read(v)
	}
	return f
}

// prose is a field of words, in lines or not.
func (s *source) prose(name string, into *string, most int) field {
	return field{name: name, read: func(v *node) error {
		t, err := s.word(v, name)
		if err != nil {
			return err
		}
		switch n := utf8.RuneCountInString(t); {
		case strings.TrimSpace(t) == "":
			return s.fail(v, "%s is empty: give it a value, or leave the key out", name)
		case n > most:
			return s.fail(v, "%s has %d characters: at most %d", name, n, most)
		}
		*into = t
		return nil
	}}
}

// parsed is a field that a function reads; its error says what to write.
func parsed[T any](s *source, name, need string, into *T, parse func(string) (T, error)) field {
	return field{name: name, need: need, read: func(v *node) error {
		t, err := s.word(v, name)
		if err != nil {
			return err
		}
		if *into, err = parse(t); err != nil {
			return s.fail(v, "%s: %v", name, err)
		}
		return nil
	}}
}

// choice is a field that is one of a few words.
func choice[T fmt.Stringer](s *source, name string, into *T, of ...T) field {
	return field{name: name, read: func(v *node) error {
		t, err := s.word(v, name)
		if err != nil {
			return err
		}
		names := make([]string, len(of))
		for i, c := range of {
			if names[i] = c.String(); names[i] == t {
				*into = c
				return nil
			}
		}
		return s.fail(v, "unknown %s %q%s", name, t, suggest(t, names))
	}}
}

// number returns a parser of whole numbers.
func number(least, most int) func(string) (int, error) {
	return func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || !digits(text) || n < least || n > most {
			return 0, fmt.Errorf("want a whole number from %d to %d, got %q", least, most, text)
		}
		return n, nil
	}
}

// length returns a parser of lengths of time with limits: none at all, or long enough
// to last.
func length(most time.Duration) func(string) (time.Duration, error) {
	parse := span(most)
	return func(text string) (time.Duration, error) {
		d, err := parse(text)
		if err == nil {
			err = sim.TooShort(d)
		}
		return d, err
	}
}

// span returns a parser of spans of time with a limit: lengths, and instants from the
// start.
func span(most time.Duration) func(string) (time.Duration, error) {
	return func(text string) (time.Duration, error) {
		d, err := sim.ParseSpan(text)
		if err == nil && d > most {
			return 0, fmt.Errorf("%s is too long: at most %s", text, sim.Span(most))
		}
		return d, err
	}
}

// truth parses true or false.
func truth(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("want true or false, got %q", text)
	}
	return text == "true", nil
}

// words is a field that is a list of words, each checked by a function. One that
// must be there must not be empty.
func (s *source) words(name, need string, into *[]string, check func(item *node) error) field {
	example := "m2"
	if need != "" {
		example = "naive" // the only list that must be there is that of the consumers
	}
	return field{name: name, need: need, read: func(v *node) error {
		if v.kind != list {
			return s.fail(v, "%s is %s: want a list, such as [%s]", name, v.kind, cmp.Or(strings.TrimSpace(v.text), example))
		}
		if len(v.items) == 0 && need != "" {
			return s.fail(v, "%s is empty: add %s", name, need)
		}
		seen := make(map[string]bool, len(v.items))
		*into = make([]string, 0, len(v.items))
		for _, item := range v.items {
			if item.kind != scalar {
				return s.fail(item, "an entry of %s is %s: want a single value", name, item.kind)
			}
			if seen[item.text] {
				return s.fail(item, "%q stands twice in %s: leave one out", item.text, name)
			}
			seen[item.text] = true
			if err := check(item); err != nil {
				return err
			}
			*into = append(*into, item.text)
		}
		return nil
	}}
}
