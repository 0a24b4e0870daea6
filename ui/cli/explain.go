package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dejavu/scenarios"
	"dejavu/ui/explain"
	"dejavu/ui/frame"
	"dejavu/ui/play"
	"dejavu/ui/words"
)

func newExplain(s *streams, g *globals) *cobra.Command {
	asJSON, plain := false, false
	c := &cobra.Command{
		Use:     "explain [NAME]",
		GroupID: "watch",
		Short:   "What a word means: its steps, where it breaks, the command that shows it",
		Long: "explain gives a page of up to 20 lines on a consumer, a fault, a broker, or a term of\n" +
			"the field. A page has the standard term and the picture of its steps. It says where it\n" +
			"breaks, by how few faults, and what other systems call it. It ends with a command.",
		Example: "explain  # all that can be explained, to choose from\n" +
			"explain inbox\n" +
			"explain visibility timeout  # spaces, case and punctuation do not matter\n" +
			"explain 'SELECT ... FOR UPDATE'\n" +
			"explain SETNX --plain  # sentences and no pictures\n" +
			"explain inbox --json  # schema " + explain.Schema,
		ValidArgsFunction: alone(fixed(explain.Names())),
		RunE: func(_ *cobra.Command, args []string) error {
			if asJSON && plain {
				return errors.New("--json and --plain are two forms of one page: choose one")
			}
			paint := painter(g.color, s.getenv, s.outTerminal)
			if paint == nil || plain {
				paint = words.NoPaint
			}
			word := strings.TrimSpace(strings.Join(args, " "))
			if word == "" && s.inTerminal && s.outTerminal && !asJSON && !plain && !dumb(s.getenv) {
				var err error
				if word, err = s.chooseWord(g); word == "" || err != nil {
					return err
				}
			}
			if word == "" {
				return s.explainable(paint, asJSON)
			}
			return s.explain(word, paint, asJSON, plain)
		},
	}
	c.Flags().BoolVar(&plain, "plain", false, "sentences and no pictures")
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object (schema "+explain.Schema+")")
	return c
}

// chooseWord lets somebody choose what is explained, on a screen: "" if nothing is.
func (s *streams) chooseWord(g *globals) (string, error) {
	look, err := theme(screenDefaults().theme, g.color, s.getenv)
	if err != nil {
		return "", err
	}
	var all []frame.MenuItem
	for _, group := range explain.Groups() {
		for _, name := range group.Names {
			subject, _ := explain.Find(name)
			all = append(all, frame.MenuItem{Name: name, Lesson: group.Title, About: subject.Is()})
		}
	}
	result, err := s.play(play.Start{
		Choices: all, Heading: "what a word means: type to find it", At: -1, Theme: look, ASCII: asciiOnly(s.getenv), NoMouse: true,
	}, s.onTerminal(look))
	switch {
	case result.Panic != nil:
		return "", s.mistake(fmt.Sprint(result.Panic), result.Stack, s.command("explain", "--plain"))
	case err != nil:
		return "", internal{fmt.Errorf("cannot show the screen: %w\nwithout it: %s", err, s.command("explain", "--plain"))}
	case result.Signal != 0:
		return "", signalled(result.Signal)
	}
	return result.Choice, nil
}

// explain writes the page of a word.
func (s *streams) explain(word string, paint words.Paint, asJSON, plain bool) error {
	subject, known := explain.Find(word)
	if !known {
		return s.unexplained(word)
	}
	page, err := explain.Explain(subject)
	if err != nil {
		return err
	}
	if asJSON {
		return s.object(page)
	}
	style := words.Layout{Paint: paint, Width: s.width, Plain: plain, Line: func(words ...string) string { return command(s.start, words...) }}
	return s.wrote(fmt.Fprint(s.out, page.Write(style)))
}

// unexplained is the error about a word without a page.
func (s *streams) unexplained(word string) error {
	const most = 5
	if slices.Contains(scenarios.Names(), word) {
		return fmt.Errorf("%q is a scenario, and explains itself: %s", word, command(s.start, "play", word))
	}
	all := command(s.start, "explain")
	if near := explain.Near(word, most); len(near) > 0 {
		return fmt.Errorf("unknown word %q; did you mean one of these: %s?\nfor all words: %s", word, strings.Join(near, ", "), all)
	}
	return fmt.Errorf("unknown word %q\nfor all words: %s", word, all)
}

// explainable lists what can be explained.
func (s *streams) explainable(paint words.Paint, asJSON bool) error {
	groups := explain.Groups()
	if asJSON {
		return s.object(struct {
			Schema string            `json:"schema"`
			Groups []explain.Section `json:"groups"`
		}{explain.Schema, groups})
	}
	var b strings.Builder
	for _, g := range groups {
		fmt.Fprintf(&b, "%s\n", paint(words.Strong, g.Title))
		for _, line := range inLines(g.Names, s.width-2) {
			fmt.Fprintf(&b, "  %s\n", line)
		}
	}
	fmt.Fprintf(&b, "Try next: %s\n", command(s.start, "explain", "inbox"))
	return s.wrote(fmt.Fprint(s.out, b.String()))
}

// inLines writes names with commas, none of them broken, in lines of a width.
func inLines(names []string, width int) []string {
	lines := []string{""}
	for i, name := range names {
		if i < len(names)-1 {
			name += ","
		}
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = name
		case len(*last)+1+len(name) <= width:
			*last += " " + name
		default:
			lines = append(lines, name)
		}
	}
	return lines
}

// object writes one JSON object on one line.
func (s *streams) object(v any) error {
	enc := json.NewEncoder(s.out)
	enc.SetEscapeHTML(false)
	return unwritten(enc.Encode(v))
}
