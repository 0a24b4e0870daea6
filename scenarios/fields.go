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

// field is a key that a mapping may have, bound to where its value lies in the program. A
// table of fields reads a mapping, writes it, and is its schema.
type field struct {
	name string
	// need, if not "", is what to write for a key that must be there.
	need string
	// bare says that the key may stand there without a value, as faults does when
	// every line below it is commented out.
	bare bool
	// shown says that it is written even if it is as it would be without it.
	shown bool
	read  func(v *node) error
	// text is the value as a file says it.
	text func() string
	// form is the schema of the value, most how long a text may be, and about what the
	// schema says of the key.
	form  string
	most  int
	about string
}

// says describes the field in the schema.
func (f field) says(about string) field {
	f.about = about
	return f
}

// needs makes it a key that must be there, and says what to write.
func (f field) needs(example string) field {
	f.need = example
	return f
}

// usually gives the field a default in the schema.
func (f field) usually(value string) field {
	f.form += `, "default": ` + value
	return f
}

// or takes another type of YAML as well: a name may look like a number.
func (f field) or(other string) field {
	f.form = strings.Replace(f.form, `"string"`, `["string", "`+other+`"]`, 1)
	return f
}

// as takes the schema of the value from a definition.
func (f field) as(definition string) field {
	f.form = defined(definition)
	return f
}

// on writes a text in another way than within braces.
func (f field) on(write func(string) string, text *string) field {
	f.text = func() string { return write(*text) }
	return f
}

// format is how a kind of value is said: in the schema, read and written.
type format[T any] struct {
	form  string
	parse func(string) (T, error)
	text  func(T) string
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
	return field{name: name, form: `"type": "string"`, most: most, text: func() string { return flowText(*into) }, read: func(v *node) error {
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

// parsed is a field of one word; the error of its format says what to write.
func parsed[T any](s *source, name string, into *T, as format[T]) field {
	return field{name: name, form: as.form, text: func() string { return as.text(*into) }, read: func(v *node) error {
		t, err := s.word(v, name)
		if err != nil {
			return err
		}
		if *into, err = as.parse(t); err != nil {
			return s.fail(v, "%s: %v", name, err)
		}
		return nil
	}}
}

// choice is a field that is one of a few words.
func choice[T fmt.Stringer](s *source, name string, into *T, of ...T) field {
	names := make([]string, len(of))
	for i, c := range of {
		names[i] = c.String()
	}
	return field{name: name, form: oneOf(names), text: func() string { return (*into).String() }, read: func(v *node) error {
		t, err := s.word(v, name)
		if err != nil {
			return err
		}
		if i := slices.Index(names, t); i >= 0 {
			*into = of[i]
			return nil
		}
		return s.fail(v, "unknown %s %q%s", name, t, suggest(t, names))
	}}
}

// number is a whole number with limits.
func number(least, most int) format[int] {
	return format[int]{`"type": "integer", "minimum": ` + strconv.Itoa(least) + `, "maximum": ` + strconv.Itoa(most), func(text string) (int, error) {
		n, err := strconv.Atoi(text)
		if err != nil || !digits(text) || n < least || n > most {
			return 0, fmt.Errorf("want a whole number from %d to %d, got %q", least, most, text)
		}
		return n, nil
	}, strconv.Itoa}
}

// length is a length of time with limits: none at all, or long enough to last.
func length(most time.Duration) format[time.Duration] {
	return span(most).but(func(d time.Duration, _ string) error { return sim.TooShort(d) })
}

// above0 is length without 0s.
func above0(most time.Duration) format[time.Duration] {
	return length(most).but(func(d time.Duration, text string) error {
		if d == 0 {
			return fmt.Errorf("%s is no time at all: want more, such as 30s", text)
		}
		return nil
	})
}

// span is a span of time with a limit: a length, or an instant from the start.
func span(most time.Duration) format[time.Duration] {
	return format[time.Duration]{defined("span"), sim.ParseSpan, sim.Span}.but(func(d time.Duration, text string) error {
		if d > most {
			return fmt.Errorf("%s is too long: at most %s", text, sim.Span(most))
		}
		return nil
	})
}

// but refuses some of the values that a format takes.
func (f format[T]) but(wrong func(is T, text string) error) format[T] {
	parse := f.parse
	f.parse = func(text string) (T, error) {
		is, err := parse(text)
		if err == nil {
			err = wrong(is, text)
		}
		return is, err
	}
	return f
}

// truth is true or false.
var truth = format[bool]{`"type": "boolean"`, func(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("want true or false, got %q", text)
	}
	return text == "true", nil
}, strconv.FormatBool}

// words is a field that is a list of words, each checked by a function. One that
// must be there must not be empty. There is nothing to write for a list that is nil.
func (s *source) words(name, need string, into *[]string, check func(item *node) error) field {
	example := "m2"
	if need != "" {
		example = "naive" // the only list that must be there is that of the consumers
	}
	text := func() string {
		if *into == nil {
			return ""
		}
		texts := make([]string, len(*into))
		for i, word := range *into {
			texts[i] = flowText(word)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	}
	form := `"type": "array", "uniqueItems": true, "items": {"type": "string"}`
	if need != "" {
		form += `, "minItems": 1`
	}
	return field{name: name, need: need, form: form, text: text, read: func(v *node) error {
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
