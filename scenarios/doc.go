// Package scenarios is the stories: who owes what, what goes wrong, and what
// each consumer is expected to make of it. A story is a [Scenario]; on disk it is
// one YAML document, and the same struct is what a Go program fills in.
//
// A file is meant to be edited by whoever learns from it. It is read strictly,
// and a mistake is answered with the line, a caret under the word, and what to
// write instead ([Error]).
//
// # Reading a file
//
//	text     bytes to lines: size, encoding, invisible characters     (text.go)
//	tokens   what YAML can do and a story never needs is refused      (tokens.go)
//	tree     the library's syntax tree to nodes that know their place (tree.go)
//	fields   a table of keys for each kind of mapping                 (fields.go)
//	read*    the keys of each part of a story, one file each
//
// The YAML library is used for its syntax only, in tokens.go and tree.go. It is
// quadratic in the depth, the width and the blank lines of a file, so it can be
// made to work for minutes; it leaves out words that it cannot place; and releases
// of it have panicked. Those two files, and text.go, hold it to what it does well.
//
// # Judging a run
//
// [Judge] turns the verdicts on a run into a [Balance]: which messages took
// effect twice or never, and what that is in dollars, mails or items. An
// [Expectation] says what a file expects of it, and [Expectation.Differences]
// which number is not as expected. Too much and never taken are two figures, and
// are never netted.
package scenarios
