package cli

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
)

// listSchema names the form of list --json. It changes when a field changes its
// meaning or goes; new fields do not change it.
const listSchema = "dejavu.list/1"

// catalogue is what there is. A part that was not asked for is left out.
type catalogue struct {
	Schema    string          `json:"schema"`
	Scenarios []listedStory   `json:"scenarios,omitempty"`
	Consumers []listed        `json:"consumers,omitempty"`
	Faults    []listedFault   `json:"faults,omitempty"`
	Profiles  []listed        `json:"profiles,omitempty"`
	parts     map[string]bool // that were asked for
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

type listedFault struct {
	listed
	Example string   `json:"example"` // as --with takes it
	Fields  []string `json:"fields"`
}

// parts are what list can be narrowed to.
var parts = []string{"scenarios", "consumers", "faults", "profiles"}

func newList(s *streams, g *globals) *cobra.Command {
	asJSON := false
	c := &cobra.Command{
		Use:     "list [" + strings.Join(parts, "|") + "]...",
		GroupID: "watch",
		Short:   "List scenarios, consumers, faults and brokers",
		Example: "list\nlist consumers faults\nlist --json  # schema " + listSchema,
		Args: func(_ *cobra.Command, args []string) error {
			for _, arg := range args {
				if !slices.Contains(parts, arg) {
					return unknown("part", arg, parts)
				}
			}
			return nil
		},
		ValidArgsFunction: words(parts),
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
		for _, c := range consumers.All() {
			all.Consumers = append(all.Consumers, listed{c.Name, c.Clause})
		}
	}
	if all.parts["faults"] {
		for _, k := range sim.FaultKinds() {
			about := faultWords[k]
			all.Faults = append(all.Faults, listedFault{listed{string(k), about.what}, about.example, k.Fields()})
		}
	}
	if all.parts["profiles"] {
		for _, p := range broker.Presets() {
			all.Profiles = append(all.Profiles, listed{p.Name, p.Summary})
		}
	}
	return all
}

// faultWords say what each fault is, and show one as --with takes it.
var faultWords = map[sim.FaultKind]struct{ what, example string }{
	sim.LoseAckFault:   {"the ack is lost on its way back: the queue does not know that the work is done", "lose-ack:m2"},
	sim.CrashFault:     {"the process dies: memory and open transaction are gone", "crash:m3/2/before-ack"},
	sim.PauseFault:     {"the worker freezes and then goes on, perhaps after the queue gave up on it", "pause:m1/before-effect,for=45s"},
	sim.SlowFault:      {"the receiver takes its time and the worker waits, perhaps for longer than the queue does", "slow:m1,for=70s"},
	sim.FailFault:      {"a step answers with an error, and has done nothing", "fail:m1,times=3"},
	sim.LoseReplyFault: {"a step is done, but its answer is lost: the consumer sees an error", "lose-reply:m1"},
	sim.CopyFault:      {"the network delivers a message twice", "copy:m1"},
	sim.RepublishFault: {"the producer publishes again, not knowing that it did before", "republish:m1,later=20s,new-id=true"},
	sim.RestartFault:   {"all processes are replaced, as in a deploy", "restart,at=40s"},
}

// text writes a catalogue for people.
func (c *catalogue) text(s *streams, paint story.Paint) string {
	if paint == nil {
		paint = story.NoPaint
	}
	var b strings.Builder
	stories, kinds := []listed{}, []listed{}
	for _, l := range c.Scenarios {
		stories = append(stories, l.listed)
	}
	for _, l := range c.Faults {
		kinds = append(kinds, listed{l.Name, l.Description + ". " + l.Example})
	}
	for _, section := range []struct {
		part, title string
		all         []listed
	}{
		{"scenarios", "Scenarios, in the order of learning", stories}, {"consumers", "Consumers", c.Consumers},
		{"faults", "Faults, and how --with takes them", kinds}, {"profiles", "Broker profiles", c.Profiles},
	} {
		if c.parts[section.part] {
			fmt.Fprintf(&b, "%s\n%s\n", paint(story.Strong, section.title), described(section.all, s.width))
		}
	}
	fmt.Fprintf(&b, "Try next: %s\n", command(s.start, "play", flagship))
	return b.String()
}

// described lists things, their descriptions one below the other.
func described(all []listed, width int) string {
	most := 0
	for _, l := range all {
		most = max(most, len(l.Name))
	}
	var b strings.Builder
	for _, l := range all {
		name := l.Name
		for _, line := range wrap(l.Description, width-most-4) {
			fmt.Fprintf(&b, "  %-*s  %s\n", most, name, line)
			name = ""
		}
	}
	return b.String()
}

// wrap breaks text between words into lines of a width, as far as that goes.
func wrap(text string, width int) []string {
	lines := []string{""}
	for _, word := range strings.Fields(text) {
		last := &lines[len(lines)-1]
		switch {
		case *last == "":
			*last = word
		case len([]rune(*last))+1+len([]rune(word)) <= width:
			*last += " " + word
		default:
			lines = append(lines, word)
		}
	}
	return lines
}
