package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/build/levels"
	"dejavu/ui/ladder"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

// listSchema names the form of list --json. It changes when a field changes its
// meaning or goes; new fields do not change it.
const listSchema = "dejavu.list/1"

// catalogue is what there is. A part that was not asked for is left out.
type catalogue struct {
	Schema    string           `json:"schema"`
	Scenarios []listedStory    `json:"scenarios,omitempty"`
	Consumers []listedStrategy `json:"consumers,omitempty"`
	Faults    []listedFault    `json:"faults,omitempty"`
	Profiles  []listedProfile  `json:"profiles,omitempty"`
	Levels    []listed         `json:"levels,omitempty"`
	Built     []listed         `json:"built,omitempty"`
	Formats   []listed         `json:"formats,omitempty"`
	parts     map[string]bool  // that were asked for
}

// listed is one thing: what to type, and what it is.
type listed struct {
	Name        string `json:"name"`
	Description string `json:"description"`
}

type listedStory struct {
	listed
	Title     string   `json:"title"`
	Business  string   `json:"business"`
	Consumers []string `json:"consumers"`
}

type listedStrategy struct {
	listed
	Group    string `json:"group"`
	Identity string `json:"identity"` // what it knows a duplicate by
}

type listedProfile struct {
	listed
	Measured string `json:"measured"` // on what it was held against the broker
}

type listedFault struct {
	listed
	Example string   `json:"example"` // as --with takes it
	Fields  []string `json:"fields"`
}

// parts are what list can be narrowed to.
var parts = []string{"scenarios", "consumers", "faults", "profiles", "levels", "formats"}

func newList(s *streams, g *globals) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:     "list [" + strings.Join(parts, "|") + "]...",
		GroupID: "watch",
		Short:   "List scenarios, consumers, faults, brokers, levels and formats",
		Example: "list\nlist consumers faults\nlist --json  # schema " + listSchema,
		Args: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if !slices.Contains(parts, arg) {
					return unknown("part", arg, parts)
				}
			}
			return nil
		},
		ValidArgsFunction: fixed(parts),
		RunE: func(_ *cobra.Command, args []string) error {
			all := collect(args)
			if asJSON {
				enc := json.NewEncoder(s.out)
				enc.SetEscapeHTML(false)
				return unwritten(enc.Encode(all))
			}
			return s.wrote(fmt.Fprint(s.out, all.text(s, painter(g.color, s.getenv, s.outTerminal))))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "one JSON object (schema "+listSchema+")")
	return c
}

// collect reads what was asked for; nothing means everything.
func collect(asked []string) *catalogue {
	if len(asked) == 0 {
		asked = parts
	}
	all := &catalogue{Schema: listSchema, parts: map[string]bool{}}
	for _, part := range asked {
		all.parts[part] = true
	}
	if all.parts["scenarios"] {
		for _, s := range scenarios.Shipped() {
			all.Scenarios = append(all.Scenarios, listedStory{listed{s.Name, s.Teaches}, s.Title, s.Business.String(), s.Consumers})
		}
	}
	if all.parts["consumers"] {
		for _, g := range consumers.Groups() {
			for _, c := range g.Consumers {
				all.Consumers = append(all.Consumers, listedStrategy{listed{c.Name, c.Clause}, g.Title, c.Identity.String()})
			}
		}
	}
	if all.parts["faults"] {
		for _, k := range sim.FaultKinds() {
			words := &k.Info().Words
			all.Faults = append(all.Faults, listedFault{listed{string(k), words.Does}, words.Example, k.Fields()})
		}
	}
	if all.parts["profiles"] {
		for _, p := range broker.Presets() {
			all.Profiles = append(all.Profiles, listedProfile{listed{p.Name, p.Summary}, p.Measured.String()})
		}
	}
	if all.parts["levels"] {
		for _, l := range ladder.Levels() {
			all.Levels = append(all.Levels, listed{l.Name, l.Brief})
		}
		for _, t := range levels.All() {
			all.Built = append(all.Built, listed{t.Name, t.Brief})
		}
	}
	if all.parts["formats"] {
		all.Formats = formats()
	}
	return all
}

// text writes a catalogue for people.
func (c *catalogue) text(s *streams, paint words.Paint) string {
	if paint == nil {
		paint = words.NoPaint
	}
	var b strings.Builder
	stories, kinds, profiles := []listed{}, []listed{}, []listed{}
	for _, l := range c.Scenarios {
		stories = append(stories, l.listed)
	}
	for _, l := range c.Profiles {
		profiles = append(profiles, listed{l.Name, l.Description + ". Source: " + l.Measured})
	}
	for _, l := range c.Faults {
		kinds = append(kinds, listed{l.Name, l.Description + ". " + l.Example})
	}
	for _, section := range []struct{ part, title, text string }{
		{"scenarios", "Scenarios, in the order of learning", described(stories, s.width)},
		{"consumers", "Consumers, in the order of learning", c.strategies(s.width, paint)},
		{"faults", "Faults, and how --with takes them", described(kinds, s.width)},
		{"profiles", "Broker profiles, and how far each was measured", described(profiles, s.width)},
		{"levels", "Levels of break, in order", described(c.Levels, s.width)},
		{"levels", "Levels of build, in order, and then repairs", described(c.Built, s.width)},
		{"formats", "Formats of export", described(c.Formats, s.width)},
	} {
		if c.parts[section.part] {
			fmt.Fprintf(&b, "%s\n%s\n", paint(words.Strong, section.title), section.text)
		}
	}
	fmt.Fprintf(&b, "Try next: %s\n", command(s.start, "play", flagship))
	return b.String()
}

// strategies lists the consumers, group by group.
func (c *catalogue) strategies(width int, paint words.Paint) string {
	all := make([]listed, len(c.Consumers))
	for i := range c.Consumers {
		all[i] = c.Consumers[i].listed
	}
	names := longestName(all)
	var b strings.Builder
	for i, l := range c.Consumers {
		if i == 0 || l.Group != c.Consumers[i-1].Group {
			b.WriteString("  " + paint(words.Dim, l.Group) + "\n")
		}
		b.WriteString(hung(l.listed, "    ", names, width))
	}
	return b.String()
}

// described lists things, their descriptions one below the other.
func described(all []listed, width int) string {
	names := longestName(all)
	var b strings.Builder
	for _, l := range all {
		b.WriteString(hung(l, "  ", names, width))
	}
	return b.String()
}

func longestName(all []listed) int {
	most := 0
	for _, l := range all {
		most = max(most, len(l.Name))
	}
	return most
}

// hung is one thing, its description in lines beside its name.
func hung(l listed, indent string, names, width int) string {
	var b strings.Builder
	name := l.Name
	for _, line := range words.Wrapped(l.Description, width-names-len(indent)-2) {
		fmt.Fprintf(&b, "%s%-*s  %s\n", indent, names, name, line)
		name = ""
	}
	return b.String()
}

// Names of what can be typed, for messages and completion.

func businessNames() []string {
	var names []string
	for _, b := range sim.Businesses() {
		names = append(names, b.String())
	}
	return names
}

func profileNames() []string {
	var names []string
	for _, p := range broker.Presets() {
		names = append(names, p.Name)
	}
	return names
}
