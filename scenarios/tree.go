package scenarios

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// kind is what a node is.
type kind uint8

const (
	scalar  kind = iota // a text, number or true/false: how to read it is up to the key
	list                // [a, b], or lines that begin with "- "
	mapping             // {key: value}, or lines of key: value
	nothing             // no value
)

// String returns the kind as a sentence calls it.
func (k kind) String() string {
	return [...]string{"a text", "a list", "a mapping of keys to values", "empty"}[k]
}

// node is a part of a file that knows its place.
type node struct {
	kind      kind
	line, col int
	text      string  // of a scalar
	items     []*node // of a list
	pairs     []pair  // of a mapping, in the order of the file
}

// each returns the items of a list, or what stands in place of one that has one item.
func (n *node) each() []*node {
	if n.kind == list {
		return n.items
	}
	return []*node{n}
}

// pair is a key and its value.
type pair struct{ key, value *node }

// parseTree reads the text as YAML.
func parseTree(s *source) (*node, error) {
	return s.guard(s.parse)
}

// guard turns a panic into a mistake of the file. Release after release of the
// library was found to panic on some nonsense, and that is no reason for us to.
func (s *source) guard(parse func() (*node, error)) (root *node, err error) {
	defer func() {
		if p := recover(); p != nil {
			root, err = nil, s.errorAt(1, 1, "not valid YAML, and so odd that no place can be named: check brackets, quotes and indentation")
		}
	}()
	return parse()
}

func (s *source) parse() (*node, error) {
	tokens, err := scan(s, strings.Join(s.lines, "\n"))
	if err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey()) // what is given twice is refused below, in our words
	if err != nil {
		return nil, s.syntaxError(err)
	}
	if len(file.Docs) > 1 {
		return nil, s.errorAt(1, 1, "more than one document: write one scenario a file")
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, s.errorAt(1, 1, "the file is empty but for comments: begin with a title, such as title: Lost ack")
	}
	t := tree{source: s, taken: make(map[*token.Token]bool, len(tokens))}
	root, err := t.convert(file.Docs[0].Body, 1)
	if err != nil {
		return nil, err
	}
	return root, t.checkAllTaken(tokens)
}

// tree makes nodes of the library's tree.
type tree struct {
	*source
	taken map[*token.Token]bool // the words that have become nodes
}

// checkAllTaken refuses a file of which the library has left out a word, as it
// does with some files that are not quite YAML.
func (t *tree) checkAllTaken(tokens token.Tokens) error {
	for i, tk := range tokens {
		switch tk.Type {
		case token.StringType, token.SingleQuoteType, token.DoubleQuoteType, token.IntegerType, token.FloatType,
			token.BoolType, token.NullType, token.BinaryIntegerType, token.OctetIntegerType, token.HexIntegerType:
			if !t.taken[tokens[i]] {
				return t.errorAt(tk.Position.Line, tk.Position.Column, "not valid YAML: this belongs to nothing; check the indentation")
			}
		}
	}
	return nil
}

// syntaxError gives an error of the library its place and, where it is known what
// people do wrong there, a hint. The error is asked for its parts: its Error
// method can panic, and takes half a minute on a long file.
func (s *source) syntaxError(err error) error {
	var at interface {
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &at) {
		return s.errorAt(1, 1, "not valid YAML: check brackets, quotes and indentation")
	}
	line, col := 1, 1
	if tk := at.GetToken(); tk != nil && tk.Position != nil {
		line, col = tk.Position.Line, tk.Position.Column
	}
	msg := at.GetMessage()
	switch {
	case strings.Contains(msg, "mapping value is not allowed"):
		msg = "a second colon: put a text with \": \" in it in quotes"
	case strings.Contains(msg, "value is not allowed in this context"):
		msg = "unexpected here: check the indentation, and put a text with \": \", \"{\" or \"[\" in it in quotes"
	case strings.Contains(msg, "non-map value"):
		msg = "want KEY: VALUE, with a space after the colon"
	case strings.Contains(msg, "unexpected key name"):
		msg = "want KEY: VALUE on a line of its own, with a space after the colon"
	}
	return s.errorAt(line, col, "not valid YAML: "+msg)
}

// convert makes a node of a part of the library's tree. What is not known to be
// harmless is refused.
func (t *tree) convert(from ast.Node, depth int) (*node, error) {
	n := &node{line: 1, col: 1}
	if from != nil {
		n.place(from.GetToken())
		t.taken[from.GetToken()] = true
	}
	if depth > maxDepth {
		return nil, t.errorAt(n.line, n.col, tooDeep)
	}
	switch v := from.(type) {
	case *ast.NullNode:
		n.kind = nothing
	case *ast.StringNode:
		n.text = v.Value
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		n.text = from.GetToken().Value // as it was written: 007 may be a name
	case *ast.LiteralNode:
		n.place(v.Start)
		t.taken[v.Value.GetToken()] = true
		n.text = strings.TrimRight(v.Value.Value, "\n ")
	case *ast.SequenceNode:
		n.kind = list
		for _, value := range v.Values {
			item, err := t.convert(value, depth+1)
			if err != nil {
				return nil, err
			}
			n.items = append(n.items, item)
		}
	case *ast.MappingNode:
		n.kind = mapping
		return n, t.convertPairs(n, v.Values, !v.IsFlowStyle, depth)
	case *ast.MappingValueNode:
		n.kind = mapping
		return n, t.convertPairs(n, []*ast.MappingValueNode{v}, true, depth)
	default:
		return nil, t.errorAt(n.line, n.col, "this form of YAML is not read here: write plain keys and values")
	}
	return n, t.printable(n)
}

// convertPairs adds the keys and values of a mapping. A block mapping begins
// where its first key does.
func (t *tree) convertPairs(n *node, values []*ast.MappingValueNode, block bool, depth int) error {
	seen := make(map[string]*node, len(values))
	for i, v := range values {
		key, err := t.convert(v.Key, depth+1)
		if err != nil {
			return err
		}
		if i == 0 && block {
			n.line, n.col = key.line, key.col
		}
		if key.kind != scalar {
			return t.errorAt(key.line, key.col, "a key must be a word")
		}
		if first := seen[key.text]; first != nil {
			return t.errorAt(key.line, key.col, fmt.Sprintf("the key %q is given twice, first in line %d: leave one out", key.text, first.line))
		}
		seen[key.text] = key
		value, err := t.convert(v.Value, depth+1)
		if err != nil {
			return err
		}
		n.pairs = append(n.pairs, pair{key, value})
	}
	return nil
}

// place puts a node where a token is.
func (n *node) place(tk *token.Token) {
	if tk != nil && tk.Position != nil {
		n.line, n.col = tk.Position.Line, tk.Position.Column
	}
}

// printable refuses text that would upset a screen. Quotes can hold any character
// by its number, so the lines of the file do not tell.
func (t *tree) printable(n *node) error {
	for _, r := range n.text {
		if !unicode.IsPrint(r) && r != '\n' {
			return t.errorAt(n.line, n.col, fmt.Sprintf("an invisible character (U+%04X) in a text: leave it out", r))
		}
	}
	return nil
}

// Limits on the shape of a file. The library recurses once for each level and is
// quadratic in both, so it must not see more.
const (
	maxDepth   = 8   // levels of nesting
	maxColumn  = 100 // where a block list item or key may stand
	maxEntries = 64  // entries between braces
)

// scan splits the text into tokens and refuses what YAML can do and a story never
// needs, before any of it costs time.
func scan(s *source, text string) (token.Tokens, error) {
	tokens := lexer.Tokenize(text)
	var open brackets
	begun := false
	for i, tk := range tokens {
		msg := refused(tk.Type)
		switch {
		case msg != "":
		case tk.Type == token.DocumentHeaderType && begun:
			msg = "a second document: write one scenario a file"
		case tk.Type == token.SequenceEntryType && tk.Position.Column > maxColumn,
			tk.Type == token.MappingValueType && i > 0 && tokens[i-1].Position.Column > maxColumn && len(open) == 0:
			msg = tooDeep
		default:
			msg = open.take(tk.Type)
		}
		if msg != "" {
			return nil, s.errorAt(tk.Position.Line, tk.Position.Column, msg)
		}
		begun = begun || tk.Type != token.CommentType
	}
	return tokens, nil
}

// brackets are the flow mappings and lists that are open, outermost first.
type brackets []struct {
	mapping bool
	entries int
}

// take follows a token, and says what is too much.
func (b *brackets) take(t token.Type) string {
	switch t {
	case token.MappingStartType, token.SequenceStartType:
		*b = append(*b, struct {
			mapping bool
			entries int
		}{mapping: t == token.MappingStartType})
		if len(*b) > maxDepth {
			return tooDeep
		}
	case token.MappingEndType, token.SequenceEndType:
		if len(*b) == 0 || (*b)[len(*b)-1].mapping != (t == token.MappingEndType) {
			return "this bracket closes none: put a text with brackets in it in quotes"
		}
		*b = (*b)[:len(*b)-1]
	case token.CollectEntryType:
		if len(*b) == 0 {
			return ""
		}
		in := &(*b)[len(*b)-1]
		if in.entries++; in.mapping && in.entries > maxEntries {
			return fmt.Sprintf("more than %d keys between braces", maxEntries)
		}
	}
	return ""
}

var tooDeep = fmt.Sprintf("nested too deep: at most %d levels", maxDepth)

// refused says why a kind of token has no place in a scenario.
func refused(t token.Type) string {
	switch t {
	case token.AnchorType, token.AliasType:
		return "anchors and aliases are not read here: write the value out, or put a text that begins with & or * in quotes"
	case token.MergeKeyType:
		return "merge keys are not read here: write the keys out"
	case token.TagType:
		return "tags are not read here: leave the tag out, or put a text that begins with ! in quotes"
	case token.DirectiveType:
		return "directives are not read here: leave the line out, or put a text that begins with % in quotes"
	case token.MappingKeyType:
		return "keys marked with ? are not read here: write KEY: VALUE, or put a text that begins with ? in quotes"
	case token.DocumentEndType:
		return "the end of a document is not marked here: leave the dots out"
	}
	return ""
}

// maxLines keeps the YAML library from working for seconds: some of it is
// quadratic in the number of lines.
const maxLines = 12_000

// readText checks the bytes of a file and returns its lines. Windows line ends and a byte
// order mark are allowed. Characters that a person cannot see are mistakes: a tab, which
// YAML does not accept as indentation, and invisible characters copied from a page.
func readText(file string, src []byte) (*source, error) {
	s := &source{file: file}
	if len(src) > MaxBytes {
		return nil, s.errorAt(1, 1, fmt.Sprintf("the file has %d bytes: at most %d", len(src), MaxBytes))
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(src), "\uFEFF"), "\r\n", "\n")
	if strings.TrimSpace(text) == "" {
		return nil, s.errorAt(1, 1, "the file is empty: begin with a title, such as title: Lost ack")
	}
	s.lines = strings.Split(text, "\n")
	if len(s.lines) > maxLines {
		return nil, s.errorAt(maxLines+1, 1, fmt.Sprintf("the file has %d lines: at most %d", len(s.lines), maxLines))
	}
	for i, line := range s.lines {
		if col, msg := invisible(line); col > 0 {
			return nil, s.errorAt(i+1, col, msg)
		}
	}
	return s, nil
}

// invisible finds the first character of a line that a person cannot see, or the first
// byte that is not a character, and says what to do about it.
func invisible(line string) (col int, msg string) {
	for i, r := range line {
		col++
		switch {
		case r == utf8.RuneError && strings.HasPrefix(line[i:], "\uFFFD"):
			continue
		case r == utf8.RuneError:
			return col, fmt.Sprintf("the byte %#02x is not UTF-8 text: save the file as UTF-8", line[i])
		case r == '\t':
			return col, "a tab: indent with spaces"
		case r == 0:
			return col, "a NUL byte: this is not a text file"
		case !unicode.IsPrint(r):
			return col, fmt.Sprintf("an invisible character (U+%04X): delete it, or write a space", r)
		}
	}
	return 0, ""
}
