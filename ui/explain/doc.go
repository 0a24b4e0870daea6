package explain

import (
	"regexp"
	"strings"

	"dejavu/consumers"
)

var declared = regexp.MustCompile(`(?m)((?:^//.*\n)+)^var (\w+) = register\(`)

// comment returns the doc comment of a consumer, in paragraphs. It replaces the Go
// names of consumers by their names in the catalogue.
func comment(name string) []string {
	source, _ := consumers.Source(name)
	found := declared.FindStringSubmatch(source)
	if found == nil {
		return nil
	}
	var paragraphs []string
	for _, p := range strings.Split("\n"+found[1], "\n//\n") {
		words := strings.Fields(strings.ReplaceAll("\n"+p, "\n//", " "))
		for i := range words {
			words[i] = inCatalogue(words[i])
		}
		paragraphs = append(paragraphs, strings.Join(words, " "))
	}
	return paragraphs
}

var identifier = regexp.MustCompile(`^[A-Z][a-z]+(?:[A-Z]+[a-z]*)*`)

// inCatalogue replaces a Go name at the beginning of a word: InboxKey's becomes
// inbox-key's. Other capitalized words stay as they are.
func inCatalogue(word string) string {
	text := identifier.FindString(word)
	name := strings.ToLower(capital.ReplaceAllString(text, "$1-$2"))
	if _, known := consumers.Get(name); text == "" || !known {
		return word
	}
	return name + word[len(text):]
}

var capital = regexp.MustCompile(`([a-z])([A-Z])`)

// sentences splits a paragraph.
func sentences(paragraph string) []string {
	var all []string
	for {
		at := ends.FindStringIndex(paragraph)
		if at == nil {
			break
		}
		all = append(all, paragraph[:at[0]+1])
		paragraph = paragraph[at[1]-1:]
	}
	if paragraph != "" {
		all = append(all, paragraph)
	}
	return all
}

var ends = regexp.MustCompile(`[.?!] [A-Z"]`)
