// Package scenarios holds the stories: who owes what, which faults strike, and what is
// expected of each consumer. A story is a [Scenario]. On disk it is one YAML document; a
// Go program can fill in the same struct.
//
// Readers are meant to edit the files. A file is read strictly. An [Error] shows the
// line, a caret under the word, and what to write instead.
//
// # Reading a file
//
//	text     bytes to lines: size, encoding, invisible characters     (tree.go)
//	tokens   refuses the parts of YAML that a story never needs       (tree.go)
//	tree     the library's syntax tree to nodes with their positions  (tree.go)
//	fields   how a key is read, written and described                 (fields.go)
//	read*    the tables of keys of each part of a story, one file each
//
// One table of fields stands for each kind of mapping. It reads the mapping, writes it
// (write.go), and is its part of the JSON Schema (schema.go). What is no table of fields
// stands in the frame of the schema: definitions of values, and the kinds of fault.
//
// The YAML library is used for its syntax only, in tree.go. Its time grows
// with the square of a file's depth, width and blank lines, so a file could keep it busy
// for minutes. It drops words that it cannot place, and some releases have panicked.
// That file gives it only input that it handles well.
//
// # Judging a run
//
// [Judge] turns the verdicts on a run into a [Balance]: which messages took
// effect twice or never, and how many dollars, mails or items that is. An [Expectation]
// is what a file expects, and [Expectation.Differences] are the numbers that differ. Too
// much and never taken are two figures; one is never subtracted from the other.
package scenarios
