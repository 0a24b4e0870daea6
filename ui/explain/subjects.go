package explain

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/story"
)

// searched are the kinds of fault of the search that a kind of fault of a plan is.
var searched = map[sim.FaultKind][]check.Kind{
	sim.PauseFault:     {check.Overrun},
	sim.RepublishFault: {check.Republish, check.RepublishAs},
}

const quiet = "quiet-day" // the story that other trouble is put into

// fault fills the page of a kind of fault: what it is, how it is written, and who
// survives one of it.
func (p *Page) fault(s Subject, about Faults) error {
	kind := sim.FaultKind(s.Name)
	what, example := about(kind)
	p.Text = paragraphs(sentence(what), s.Entry.Is, s.Entry.Breaks)
	if p.Title != s.Name {
		p.Beside = "fault " + s.Name
	} else {
		p.Beside = "fault"
	}
	f, err := sim.ParseFault(example)
	if err != nil {
		return fmt.Errorf("the example of %s: %w", s.Name, err)
	}
	p.Facts = append(p.Facts, Fact{"In a file", scenarios.FaultLine(f)}, Fact{"Its fields", strings.Join(kind.Fields(), ", ")})
	kinds := searched[kind]
	if kinds == nil && slices.Contains(check.Kinds(), check.Kind(kind)) {
		kinds = []check.Kind{check.Kind(kind)}
	}
	named := len(consumers.All())
	if len(kinds) > 1 {
		named = mostNamed
	}
	for _, k := range kinds {
		survivors, err := survive(k, named)
		if err != nil {
			return err
		}
		for i := range survivors {
			if len(kinds) > 1 {
				survivors[i].Label += ", " + string(k)
			}
		}
		p.Facts = append(p.Facts, survivors...)
	}
	if len(kinds) > 0 {
		p.Within = fmt.Sprintf("searched, with cards: %d messages, %d workers, one such fault", check.DefaultMessages, check.DefaultWorkers)
	}
	p.Commands = append(p.Commands, Command{shownBy(kind, example), "watch it"})
	return nil
}

// mostNamed is how many consumers a line names where a page has lines of several kinds.
const mostNamed = 5

// survive searches every consumer against one fault of a kind, and names up to so many
// of each fate.
func survive(k check.Kind, named int) ([]Fact, error) {
	var cases []proof.Case
	for _, c := range consumers.All() {
		cases = append(cases, proof.Case{
			Lane:    sim.Lane{Consumer: c, Business: sim.Card, Queue: broker.Default()},
			Options: check.Options{Faults: alone, Kinds: []check.Kind{k}, Properties: proof.Properties()},
		})
	}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		return nil, err
	}
	by := map[string][]string{}
	for i := range cases {
		fate := cases[i].Fate()
		by[fate] = append(by[fate], cases[i].Lane.Consumer.Name)
	}
	var facts []Fact
	for _, f := range []struct{ fate, label string }{
		{"once", "Survived by"}, {"twice", "Twice with"}, {"lost", "Lost with"}, {"both", "Both with"}, {"stuck", "Stuck with"}, {"?", "Undecided"},
	} {
		if names := by[f.fate]; len(names) > 0 {
			facts = append(facts, Fact{f.label, few(names, named)})
		}
	}
	return facts, nil
}

// few joins the first names, and counts the others.
func few(names []string, most int) string {
	if len(names) <= most+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}

// shownBy is the command that shows a kind of fault: the first story that has one,
// or the quiet one with the fault put in.
func shownBy(kind sim.FaultKind, example string) []string {
	for _, s := range scenarios.Shipped() {
		if slices.ContainsFunc(s.Faults, func(f sim.Fault) bool { return f.Kind == kind }) {
			return []string{"play", s.Name}
		}
	}
	return []string{"play", quiet, "--with", example}
}

// profile fills the page of a broker.
func (p *Page) profile(s Subject) {
	b, _ := broker.Preset(s.Name)
	p.Beside = "broker profile " + s.Name
	p.Text = paragraphs(sentence(b.Summary), s.Entry.Is, s.Entry.Breaks)
	var back []string
	if b.Timed() {
		back = append(back, story.Length(b.Visibility)+" after the delivery"+choose(b.Heartbeat, "; the client extends that while its worker runs", ""))
	}
	if b.Redeliver&broker.OnDisconnect != 0 {
		back = append(back, "when the connection of its holder closes")
	}
	p.Facts = []Fact{
		{"Comes back", strings.Join(back, ", or ")},
		{"Late ack", b.LateAck.String() + "; a stale one, after the next delivery, is " + b.StaleAck.String()},
		{"After a nack", after(b.Delay(1))},
		{"Gives up", choose(b.MaxDeliveries > 0, fmt.Sprintf("after %d deliveries: dead-letter queue", b.MaxDeliveries), "never, unless it is set up to")},
		{"Order", choose(b.Order == broker.NoOrder, "none", "within a "+b.Order.String())},
		{"Dedup window", choose(b.DedupWindow > 0, story.Length(b.DedupWindow)+" for a message ID", "none")},
	}
	p.Commands = append(p.Commands, Command{[]string{"run", "stop-the-world", "--profile", s.Name}, "a worker that freezes"},
		Command{[]string{"run", "lost-ack", "--profile", s.Name}, "a lost ack"})
}

func after(d time.Duration) string {
	return choose(d == 0, "again at once", "again after "+story.Length(d))
}

func choose(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}
