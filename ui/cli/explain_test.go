package cli

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"

	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/explain"
	"dejavu/ui/glossary"
	"dejavu/ui/play"
	"dejavu/ui/term"
	"dejavu/ui/words"
)

// pages are the pages of all that can be explained. Many are searched for, so they are
// made once for all tests, and the short tier has eight.
var pages = sync.OnceValues(func() ([]*explain.Page, error) {
	var all []*explain.Page
	for _, name := range testkit.Sample(8, explain.Names()) {
		s, _ := explain.Find(name)
		p, err := explain.Explain(s)
		if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
	return all, nil
})

func eachPage(t *testing.T, f func(*explain.Page)) {
	t.Helper()
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		f(p)
	}
}

func TestEverythingExplainsItselfOnOnePage(t *testing.T) {
	style := words.Layout{Paint: words.NoPaint, Width: explain.Columns, Line: func(words ...string) string { return command("go run .", words...) }}
	eachPage(t, func(p *explain.Page) {
		for _, style.Plain = range []bool{false, true} {
			text := p.Write(style)
			lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
			if len(lines) > explain.MostLines || len(lines) < 4 {
				t.Errorf("%s takes %d lines, want 4 to %d: shorten what the glossary says of it\n%s", p.Name, len(lines), explain.MostLines, text)
			}
			for _, l := range lines {
				if utf8.RuneCountInString(l) > explain.Columns {
					t.Errorf("%s has a line of more than %d columns: %s", p.Name, explain.Columns, l)
				}
			}
		}
	})
}

// A page that is too long loses sentences of its prose. What the glossary says of a term is
// short enough to stay whole, so that whoever looks up a word that a page names finds it.
func TestAPageOfATermSaysAllThatTheGlossarySays(t *testing.T) {
	style := words.Layout{Paint: words.NoPaint, Width: explain.Columns, Line: func(words ...string) string { return command("go run .", words...) }}
	eachPage(t, func(p *explain.Page) {
		e, known := glossary.Find(p.Name)
		if p.Kind != explain.Term || !known {
			return
		}
		page := glossary.Key(p.Write(style))
		for _, text := range []string{e.Is, e.Breaks} {
			for sentence := range strings.SplitAfterSeq(text, ". ") {
				if !strings.Contains(page, glossary.Key(sentence)) {
					t.Errorf("the page of %s has no room for %q: shorten what the glossary says of it", p.Name, sentence)
				}
			}
		}
	})
}

// A search of three faults is what some of the commands are for, and takes its time, as the
// search beside a sweep does. That they parse and run shows with one fault as well, and in
// numbers alone, and that there is something to play with two.
func TestEveryCommandOfAPageRuns(t *testing.T) {
	var lines []string
	page := map[string]string{}
	eachPage(t, func(p *explain.Page) {
		if len(p.Commands) == 0 {
			t.Errorf("the page of %s has no command", p.Name)
		}
		for _, c := range p.Commands {
			words := slices.Clone(c.Words)
			if words[0] == "check" && !slices.Contains(words, "--faults") {
				words = append(words, "--faults", map[bool]string{false: "1", true: "2"}[slices.Contains(words, "--play")])
			}
			if words[0] == "sweep" && !slices.Contains(words, "--seeds") {
				words = append(words, "--seeds", "1..100", "--json")
			}
			line := command("go run .", words...)
			if page[line] == "" {
				page[line], lines = p.Name, append(lines, line)
			}
		}
	})
	for _, line := range testkit.Sample(4, lines) {
		if out, code := said(t, line); code != exitOK {
			t.Errorf("the page of %s says %s, which ends with %d:\n%s", page[line], line, code, out)
		}
	}
}

func TestEveryWordIsFound(t *testing.T) {
	for _, word := range slices.Concat(explain.Names(), glossary.Words(), check.Names(check.Kinds())) {
		if _, found := explain.Find(word); !found {
			t.Errorf("%q is not found", word)
		}
	}
}

// On a terminal the words to explain are a list to choose from; its page is written when the
// terminal is as it was.
func TestAWordIsChosenOnTheScreen(t *testing.T) {
	for choice, want := range map[string]string{"SETNX": "SETNX", "": ""} {
		s, out, _ := onPaper(t, func(o play.Start, _ term.Terminal) (term.Exit, error) {
			for _, item := range o.Choices {
				if item.About == "" || item.Lesson == "" {
					t.Errorf("nothing is said of %s", item.Name)
				}
			}
			return term.Exit{Choice: choice}, nil
		})
		c := newExplain(s, &globals{color: "never"})
		c.SetArgs([]string{})
		if err := c.Execute(); err != nil || !strings.Contains(out.String(), want) || (choice == "") != (out.Len() == 0) {
			t.Errorf("%q: %v\n%s", choice, err, out)
		}
	}
}
