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
	"dejavu/ui/words"
)

const quiet = "quiet-day" // the scenario that a fault is added to

// fault fills the page of a kind of fault: what it is, how a file writes it, and which
// consumers survive it.
func (p *Page) fault(s Subject) error {
	kind := sim.FaultKind(s.Name)
	words := &kind.Info().Words
	p.Text = paragraphs(sentence(words.Does), s.Entry.Is, s.Entry.Breaks)
	if p.Title != s.Name {
		p.Beside = "fault " + s.Name
	} else {
		p.Beside = "fault"
	}
	f, err := sim.ParseFault(words.Example)
	if err != nil {
		return fmt.Errorf("the example of %s: %w", s.Name, err)
	}
	p.Facts = append(p.Facts, Fact{Label: "In a file", Text: scenarios.FaultLine(f)}, Fact{Label: "Its fields", Text: strings.Join(kind.Fields(), ", ")})
	kinds := check.KindsOf(kind)
	for _, k := range kinds {
		survivors, err := survive(k)
		if err != nil {
			return err
		}
		if len(kinds) > 1 { // a page has no room for what none of them is to blame for
			survivors = slices.DeleteFunc(survivors, func(f Fact) bool { return f.Label == withoutToo })
		}
		for i := range survivors {
			if len(kinds) > 1 {
				survivors[i].Label += ", " + string(k)
			}
		}
		p.Facts = append(p.Facts, survivors...)
	}
	p.Within = fmt.Sprintf("searched, with cards and any timings: %d messages, %s", check.DefaultMessages, proof.TriedWith(kinds[0]))
	p.Commands = append(p.Commands, Command{shownBy(f, words.Example), "watch it"})
	return nil
}

// survive searches every consumer against a kind of fault, as a matrix does: one kind
// alone, unless it needs another to do harm. What that other does by itself is not blamed on
// it.
func survive(k check.Kind) ([]Fact, error) {
	var cases []proof.Case
	all := consumers.All()
	for _, c := range all {
		cases = append(cases, proof.Tried(k, c, sim.Card))
	}
	for _, c := range all {
		if without, needs := proof.TriedWithout(k, c, sim.Card); needs {
			cases = append(cases, without)
		}
	}
	if err := proof.Search(context.Background(), cases, nil); err != nil {
		return nil, err
	}
	by := map[string][]string{}
	for i := range all {
		fate := cases[i].Fate()
		if n := len(all) + i; fate != "once" && n < len(cases) && cases[n].Fate() == fate {
			fate = anyway
		}
		by[fate] = append(by[fate], all[i].Name)
	}
	return fated(by), nil
}

// anyway is the fate of who is harmed in the same way without the fault, by what is tried
// with it.
const (
	anyway     = "anyway"
	withoutToo = "Twice anyway"
)

// fated groups the names of consumers by what happens to the effect.
func fated(by map[string][]string) []Fact {
	var facts []Fact
	for _, f := range []struct{ fate, label string }{
		{"once", "Survived by"}, {"twice", "Twice with"}, {"stale", "Stale with"}, {"lost", "Lost with"}, {"both", "Twice or lost with"}, {"stuck", "Stuck with"}, {anyway, withoutToo}, {"?", "Undecided"},
	} {
		if names := by[f.fate]; len(names) > 0 {
			facts = append(facts, Fact{Label: f.label, Text: strings.Join(names, ", "), names: names})
		}
	}
	return facts
}

// shownBy is the command that plays a fault: in the first scenario that has one of its
// kind, or added to the quiet day.
func shownBy(f sim.Fault, example string) []string {
	for _, s := range scenarios.Shipped() {
		if slices.ContainsFunc(s.Faults, func(o sim.Fault) bool { return o.Kind == f.Kind }) {
			return []string{"play", s.Name}
		}
	}
	if on := f.Kind.Info().On; on != "" {
		return []string{"play", quiet, "--profile", on, "--with", example}
	}
	return []string{"play", quiet, "--with", example}
}

// extended says of which messages a client extends the visibility.
var extended = map[broker.Heartbeat]string{
	broker.HeartbeatHeld:   "; the client extends that while its worker runs",
	broker.HeartbeatAtWork: "; the client extends that of the message that its worker is at",
}

// profile fills the page of a broker.
func (p *Page) profile(s Subject) {
	b, _ := broker.Preset(s.Name)
	p.Beside = "broker profile " + s.Name
	p.Text = paragraphs(sentence(b.Summary), s.Entry.Is, s.Entry.Breaks)
	var back []string
	if b.Timed() {
		back = append(back, words.Length(b.Visibility)+" after the delivery"+extended[b.Heartbeat])
	}
	if b.Redeliver&broker.OnDisconnect != 0 {
		back = append(back, words.Either(b.Assign == broker.OwnerWorker, "when its owner leaves the group", "when the connection of its holder closes")+
			words.Either(b.Silence() > 0, ", also after "+words.Length(b.Silence())+" without a heartbeat", ""))
	}
	if b.ConsumerTimeout > 0 {
		back = append(back, "if a worker is busy with it for "+words.Length(b.ConsumerTimeout))
	}
	p.Facts = []Fact{
		{Label: "Comes back", Text: strings.Join(back, ", or ")},
		{Label: "Late ack", Text: b.LateAck.String() + "; a stale one, after the next delivery, is " + b.StaleAck.String()},
		{Label: "After a nack", Text: afterNack(&b)},
		{Label: "Gives up", Text: words.Either(b.MaxDeliveries > 0, fmt.Sprintf("after %d deliveries: %s", b.MaxDeliveries, words.Either(b.AtLimit == broker.Drop, "dropped, unless there is a dead-letter queue", "dead-letter queue")), words.Either(b.MaxNacks > 0, fmt.Sprintf("after %s", words.Count(b.MaxNacks, "nack")), "never, unless configured"))},
		{Label: "Order", Text: words.Either(b.Order == broker.NoOrder, "none", "within a "+b.Order.String())},
		{Label: "Dedup window", Text: window(&b)},
		{Label: "Source", Text: b.Measured.String()},
	}
	if b.Transactional {
		p.Facts = append(p.Facts, Fact{Label: "In a transaction", Text: "an ack can be committed together with the effect and the record: ack-in-transaction", names: []string{"ack-in-transaction"}})
	}
	freezes := "a worker that freezes"
	if waits := b.Patience(); waits == 0 || waits >= frozen() {
		freezes = "a worker that freezes, for which this queue waits"
	}
	p.Commands = append(p.Commands, Command{[]string{"run", freeze, "--profile", s.Name}, freezes},
		Command{[]string{"run", "lost-ack", "--profile", s.Name}, "a lost ack"})
}

// freeze is the scenario in which a worker freezes.
const freeze = "stop-the-world"

// frozen is for how long.
func frozen() time.Duration {
	s, _ := scenarios.Get(freeze)
	return s.Faults[0].For
}

// window says what a broker remembers of what was published.
func window(b *broker.Profile) string {
	switch {
	case b.Window() > 0:
		return words.Length(b.Window()) + words.Either(b.DedupBy == broker.ByProducer, " for the retry that a producer's client makes by itself", " for a message ID")
	case b.DedupWindow > 0:
		return "none: a plain publish has no ID to compare; " + words.Length(b.DedupWindow) + " with dedup-by: message-id"
	}
	return "none"
}

// afterNack says what becomes of a message that is given back.
func afterNack(b *broker.Profile) string {
	switch b.MaxNacks {
	case 0:
		return after(b.Delay(1))
	case 1:
		return "given up at once"
	}
	return after(b.Delay(1)) + "; given up after " + words.Count(b.MaxNacks, "nack")
}

func after(d time.Duration) string {
	return words.Either(d == 0, "again at once", "again after "+words.Length(d))
}
