package scenarios

import (
	"fmt"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"
)

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
