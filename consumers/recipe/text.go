package recipe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"dejavu/sim"
	"dejavu/sim/spell"
)

// String writes the recipe as [Parse] reads it: a block a line.
func (r Recipe) String() string {
	var b strings.Builder
	for _, block := range r.Blocks {
		b.WriteString(block.String() + "\n")
	}
	return b.String()
}

// clause says in a line what the recipe does, in order.
func (r Recipe) clause() string {
	return strings.ReplaceAll(strings.TrimSpace(r.String()), "\n", "; ")
}

// String writes the block as a recipe says it.
func (b Block) String() string {
	text := b.Do.String()
	if b.In != NoStore {
		text += " in " + b.In.String()
	}
	if b.Most > 0 {
		text += " of " + strconv.Itoa(b.Most)
	}
	if b.For > 0 {
		text += " for " + sim.Span(b.For)
	}
	if b.How != Plainly {
		text += " " + b.How.String()
	}
	if b.By != NoID {
		text += " by " + b.By.String()
	}
	if b.Redelivered {
		text += " if redelivered"
	}
	if b.Mine {
		text += " if mine"
	}
	if b.Taken != Usual {
		text += ", " + b.Taken.String() + " if taken"
	}
	if b.Down != Usual {
		text += ", " + b.Down.String() + " if down"
	}
	return text
}

// A phrase is words that set an option of a block. The last may stand for a number or a
// length: n, span.
type phrase struct {
	words []string
	of    option
	set   func(b *Block, value string) error
}

// Words that stand for what is written in their place.
const (
	number = "n"
	span   = "span"
)

var phrases = makePhrases()

func makePhrases() (all []phrase) {
	add := func(text string, of option, set func(b *Block, value string) error) {
		all = append(all, phrase{strings.Fields(text), of, set})
	}
	plain := func(set func(b *Block)) func(*Block, string) error {
		return func(b *Block, _ string) error { set(b); return nil }
	}
	for s := Memory; s <= Transaction; s++ {
		add("in "+s.String(), optStore, plain(func(b *Block) { b.In = s }))
	}
	for i := MessageID; i <= NewID; i++ {
		add("by "+i.String(), optID, plain(func(b *Block) { b.By = i }))
	}
	for w := WithKey; w <= WithToken; w++ {
		add(w.String(), optHow, plain(func(b *Block) { b.How = w }))
	}
	for _, a := range []Reaction{GoOn, Drop} {
		add(a.String()+" if down", optDown, plain(func(b *Block) { b.Down = a }))
	}
	add("nack if taken", optTaken, plain(func(b *Block) { b.Taken = Nack }))
	add("if redelivered", optRedelivered, plain(func(b *Block) { b.Redelivered = true }))
	add("if mine", optMine, plain(func(b *Block) { b.Mine = true }))
	add("of "+number, optMost, func(b *Block, value string) (err error) {
		if b.Most, err = strconv.Atoi(value); err != nil || b.Most < 1 || b.Most > 1_000_000 {
			return fmt.Errorf("%q: want a number of keys, 1 to 1000000", value)
		}
		return nil
	})
	add("for "+span, optFor, func(b *Block, value string) (err error) {
		if b.For, err = sim.ParseSpan(value); err == nil && b.For < sim.MinSpan {
			err = fmt.Errorf("%q is too short: at least %s; for ever is to leave it out", value, sim.Span(sim.MinSpan))
		}
		return err
	})
	return all
}

// Form says in a line what a block of the verb can say: insert by ID [for 1h] [nack if taken].
func (v Verb) Form() string {
	row := &rows[v]
	text := v.String()
	for _, o := range []struct {
		of   option
		text string
	}{
		{optStore, "in STORE"}, {optMost, "of N"}, {optFor, "for 1h"}, {optHow, "HOW"}, {optID, "by ID"}, {optRedelivered, "if redelivered"},
		{optMine, "if mine"}, {optTaken, "nack if taken"}, {optDown, "go on|drop if down"},
	} {
		said := o.text
		switch {
		case o.of == optStore && len(row.in) > 0:
			said = "in " + listed(row.in)
		case o.of == optHow && len(row.how) > 0:
			said = strings.TrimPrefix(listed(row.how), "|")
		}
		switch {
		case slices.Contains(row.needs, o.of):
			text += " " + said
		case row.accepts(o.of), o.of == optID && row.accepts(optHow):
			text += " [" + said + "]"
		}
	}
	return text
}

func listed[T fmt.Stringer](all []T) string {
	names := make([]string, len(all))
	for i, x := range all {
		names[i] = x.String()
	}
	return strings.Join(names, "|")
}

// Mistake is what is wrong with the text of a recipe, where, and what to write instead.
type Mistake struct {
	File      string
	Line, Col int // from 1, in characters
	Msg       string
	line      string
}

// Error renders the mistake: the place, the sentence, the line, and a caret under the word.
func (m *Mistake) Error() string {
	text := fmt.Sprintf("%s:%d:%d: %s", m.File, m.Line, m.Col, m.Msg)
	if strings.TrimSpace(m.line) == "" {
		return text
	}
	n := strconv.Itoa(m.Line)
	return fmt.Sprintf("%s\n> %s | %s\n  %s   %s^", text, n, m.line, strings.Repeat(" ", len(n)), strings.Repeat(" ", m.Col-1))
}

// word is a word of a line, and the character at which it begins, from 1.
type word struct {
	text string
	col  int
}

// Parse reads a recipe: a block a line, with its options in any order. Empty lines count
// for nothing, nor does what follows #. An error is a [Mistake]; so is what
// [Recipe.Check] refuses.
func Parse(file, text string) (Recipe, error) {
	var r Recipe
	var at []int // the line of each block
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = shown(line)
		words := split(lines[i])
		if len(words) == 0 {
			continue
		}
		b, col, err := parseLine(words)
		if err != nil {
			return Recipe{}, &Mistake{file, i + 1, col, err.Error(), lines[i]}
		}
		r.Blocks, at = append(r.Blocks, b), append(at, i)
	}
	if err := r.Check(); err != nil {
		m := &Mistake{file, 1, 1, err.(*Refusal).Reason, ""}
		if n := err.(*Refusal).Block; n < len(at) {
			m.Line, m.line = at[n]+1, lines[at[n]]
			m.Col = split(m.line)[0].col
		}
		return Recipe{}, m
	}
	return r, nil
}

// ParseBlock reads one line. It does not say whether the block makes sense where it stands.
func ParseBlock(text string) (Block, error) {
	line := shown(text)
	words := split(line)
	if len(words) == 0 {
		return Block{}, &Mistake{"block", 1, 1, "write a step, such as perform", line}
	}
	b, col, err := parseLine(words)
	if err != nil {
		return Block{}, &Mistake{"block", 1, col, err.Error(), line}
	}
	return b, nil
}

// shown is a line as it is shown below a mistake: a tab is a blank, and what cannot be
// printed is a question mark.
func shown(line string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r > '~':
			return '?'
		}
		return r
	}, line)
}

// split splits a line at blanks and commas, and leaves out a comment.
func split(line string) (words []word) {
	line, _, _ = strings.Cut(line, "#")
	for i := 0; i < len(line); {
		n := strings.IndexAny(line[i:], " ,;")
		if n < 0 {
			n = len(line) - i
		}
		if n > 0 {
			words = append(words, word{line[i : i+n], utf8.RuneCountInString(line[:i]) + 1})
		}
		i += n + 1
	}
	return words
}

// begins counts the words of a pattern that a line begins with.
func begins(words []word, pattern []string) int {
	n := 0
	for n < len(words) && n < len(pattern) && (strings.EqualFold(words[n].text, pattern[n]) || pattern[n] == number || pattern[n] == span) {
		n++
	}
	return n
}

// parseLine reads the words of a line. It returns the column of a mistake.
func parseLine(words []word) (b Block, col int, err error) {
	var verbs [][]string
	for _, s := range Verbs() {
		verbs = append(verbs, strings.Fields(s.String()))
	}
	n, used, col, err := choose(words, verbs)
	if err != nil {
		return b, col, err
	}
	b.Do = Verb(n)
	end := words[len(words)-1]
	if col, err := b.options(words[used:]); err != nil {
		return b, col, err
	}
	if reason := b.odd(); reason != "" {
		return b, end.col + len(end.text), fmt.Errorf("%s", reason)
	}
	return b, 0, nil
}

// options sets the options that some words say. It returns the column of a mistake.
func (b *Block) options(rest []word) (col int, err error) {
	var said []option
	for used := 0; len(rest) > 0; rest = rest[used:] {
		n, k, col, err := chooseFor(b.Do, rest)
		if err != nil {
			return col, err
		}
		p := &phrases[n]
		if used = k; slices.Contains(said, p.of) {
			return rest[0].col, fmt.Errorf("%q: that is said already: leave one out", strings.Join(p.words, " "))
		}
		said = append(said, p.of)
		if err := p.set(b, rest[used-1].text); err != nil {
			return rest[used-1].col, err
		}
	}
	return 0, nil
}

// With is the block with other options: by business key, for 1h. What the text does not
// speak of stays.
func (b Block) With(text string) (Block, error) {
	line := shown(text)
	words := split(line)
	if len(words) == 0 {
		return b, &Mistake{"option", 1, 1, "write an option, such as by business key", line}
	}
	if col, err := b.options(words); err != nil {
		return b, &Mistake{"option", 1, col, err.Error(), line}
	}
	if reason := b.odd(); reason != "" {
		return b, &Mistake{"option", 1, words[0].col, reason, line}
	}
	return b, nil
}

// chooseFor finds the phrase that a line goes on with, among those that the verb takes.
func chooseFor(v Verb, rest []word) (n, used, col int, err error) {
	row := &rows[v]
	all, own := make([][]string, len(phrases)), make([][]string, len(phrases))
	takes := false
	for i, p := range phrases {
		if all[i] = p.words; row.accepts(p.of) || p.of == optID && row.accepts(optHow) {
			own[i], takes = p.words, true
		}
	}
	if n, used, col, err = choose(rest, own); err == nil {
		return n, used, 0, nil
	}
	if n, _, _, other := choose(rest, all); other == nil {
		return 0, 0, rest[0].col, fmt.Errorf("%s takes no %q: leave it out", v, strings.NewReplacer(" "+span, " 1h", " "+number, " 3").Replace(strings.Join(all[n], " ")))
	}
	if !takes {
		return 0, 0, rest[0].col, fmt.Errorf("%s takes no options: leave out %q", v, rest[0].text)
	}
	return 0, 0, col, err
}

// choose finds the pattern that a line begins with, and how many words it has. If there is
// none, it says at which word the nearest goes wrong, and what may have been meant.
func choose(words []word, patterns [][]string) (n, used, col int, err error) {
	most := 0
	for i, p := range patterns {
		k := begins(words, p)
		if k == len(p) && k > 0 {
			return i, k, 0, nil
		}
		most = max(most, k)
	}
	var next []string
	for _, p := range patterns {
		if len(p) > most && begins(words, p) == most && !slices.Contains(next, p[most]) {
			next = append(next, p[most])
		}
	}
	if len(next) == 0 {
		return 0, 0, words[0].col, fmt.Errorf("unknown word %q", words[0].text)
	}
	if most == len(words) {
		end := words[most-1]
		return 0, 0, end.col + len(end.text), fmt.Errorf("%q goes on: write %s after it", end.text, either(next))
	}
	at := words[most]
	if near, ok := spell.Nearest(at.text, next); ok {
		return 0, 0, at.col, fmt.Errorf("unknown word %q; did you mean %q?", at.text, near)
	}
	return 0, 0, at.col, fmt.Errorf("unknown word %q: want %s", at.text, either(next))
}

// either lists the words that may follow.
func either(words []string) string {
	named := slices.Clone(words)
	for i, w := range named {
		switch w {
		case number:
			named[i] = "a number, such as 3"
		case span:
			named[i] = "a length of time, such as 1h"
		}
	}
	if n := len(named); n > 1 {
		return strings.Join(named[:n-1], ", ") + " or " + named[n-1]
	}
	return named[0]
}
