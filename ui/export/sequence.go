package export

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/sim/tell"
	"dejavu/ui/proof"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// arrow is one line of a sequence diagram: something is sent, or a note stands over
// somebody.
type arrow struct {
	at       time.Duration
	from, to string // queue, lane1, receiver; a note has no to
	lost     bool   // it does not arrive
	reply    bool
	text     string
}

// Limits on a diagram: one that is longer is not read.
const (
	mostArrows = 120
	aGap       = 5 * time.Second // from which on the time that passes is said
)

const queueName, receiverName = "queue", "receiver"

func laneName(k int) string { return fmt.Sprint("lane", k+1) }

// sequence is what a diagram shows: in a story with many messages only of those that are
// in trouble. left is how many arrows there was no room for.
func sequence(st *story.Story) (all []arrow, left int) {
	wanted := troubled(st)
	tellers := make([]*tell.Teller, len(st.Lanes))
	for k, l := range st.Lanes {
		tellers[k] = tell.Of(l.Run, l.Run.Marks(func(int) {}))
	}
	for n := range st.Steps() {
		var step []arrow
		for k, l := range st.Lanes {
			for i := st.Upto(n, k); i < st.Upto(n+1, k); i++ {
				e := l.Event(i)
				if !e.Kind.OfWorld() && wanted != nil && !wanted[l.MessageOf(e).ID] {
					continue
				}
				if a, told := arrowOf(tellers[k], l, k, i); told && !slices.Contains(step, a) {
					step = append(step, a)
				}
			}
		}
		all = append(all, step...)
	}
	left = max(len(all)-mostArrows, 0)
	return all[:len(all)-left], left
}

// troubled are the messages that a story with many is about: those that came again, or
// were harmed. It is nil where there is room for all.
func troubled(st *story.Story) map[string]bool {
	if len(st.Scenario.Messages) <= 8 {
		return nil
	}
	ids := map[string]bool{}
	for _, l := range st.Lanes {
		for _, a := range l.Attempts {
			if a.Receipt.Delivery > 1 {
				ids[l.Run.Lane.Messages[a.Owed].ID] = true
			}
		}
		for _, m := range l.Marks() {
			if m.Kind == story.Again || m.Kind == story.Never {
				ids[l.Run.Lane.Messages[m.Owed].ID] = true
			}
		}
	}
	return ids
}

// arrowOf is an event of a lane in a diagram. A publish that goes as it should is left
// out, and so is what is worth no word.
func arrowOf(t *tell.Teller, l *story.LaneStory, k, i int) (a arrow, told bool) {
	e := l.Event(i)
	c := t.Event(i)
	if c.Silent() || e.Kind == sim.Publish && e.Fault < 0 && e.Reply != sim.Deduplicated {
		return a, false
	}
	form := tell.Form{Badges: true}
	a = arrow{at: e.At, from: laneName(k), text: tell.Text(t.Work(i).Spans(form))}
	switch {
	case e.Kind == sim.Deliver && !e.Relayed():
		a.from, a.to, a.text = queueName, laneName(k), l.Run.Name(e)
		if n := int(e.Receipt.Delivery); n > 1 {
			a.text += ", " + words.Nth(n) + " time"
		}
	case e.Op.Performs() && e.Kind == sim.Step:
		a.to = receiverName
	case e.Op == sim.OpReturn || e.Op == sim.OpAck || e.CommitsAck():
		acks := e.Kind == sim.Step && !e.Relayed() && e.Reply != sim.Unreported && e.Reply != sim.NoReply
		if acks || e.Kind == sim.LoseAck {
			a.to, a.reply, a.lost = queueName, true, e.Kind == sim.LoseAck
			a.text = l.Run.Name(e) + ": " + a.text
		}
	case !e.Kind.AtWork():
		a.from = queueName
		a.text = c.Sentence(form)
	}
	return a, a.text != ""
}

// dialect is how a language of diagrams writes what a sequence is made of.
type dialect struct {
	call, reply, lost string
	note              func(over, text string) string
	gap               func(lanes []string, text string) string
	clean             *strings.Replacer
}

// arrows writes a sequence in a dialect.
func (w *printer) arrows(st *story.Story, d *dialect) {
	all, left := sequence(st)
	everyone := []string{queueName}
	for k := range st.Lanes {
		everyone = append(everyone, laneName(k))
	}
	last := time.Duration(0)
	for _, a := range all {
		if a.at-last >= aGap {
			w.linef("    %s", d.gap(everyone, words.Length((a.at-last).Round(time.Second))+" later, "+words.Clock(a.at)))
		}
		last = a.at
		text := d.clean.Replace(a.text)
		arrow := words.Either(a.lost, d.lost, words.Either(a.reply, d.reply, d.call))
		if a.to == "" {
			w.linef("    %s", d.note(a.from, text))
		} else {
			w.linef("    %s%s%s: %s", a.from, arrow, a.to, text)
		}
	}
	if left > 0 {
		w.linef("    %s", d.gap(everyone, words.Count(left, "event")+" more: the diagram ends here"))
	}
	for k, l := range st.Lanes {
		for _, h := range l.Harms() {
			w.linef("    %s", d.note(laneName(k), d.clean.Replace(h.Headline())))
		}
	}
}

// participants are who takes part, with the names that they are shown under.
func participants(st *story.Story) (all [][2]string) {
	all = append(all, [2]string{queueName, "queue"})
	for k, l := range st.Lanes {
		all = append(all, [2]string{laneName(k), strings.ToUpper(l.Consumer.Name)})
	}
	return append(all, [2]string{receiverName, st.Scenario.Business.Words().Whom})
}

// writeMermaid writes a subset of Mermaid that it has read for years: arrows and notes.
func writeMermaid(w *printer, x *Work) error {
	w.linef("sequenceDiagram")
	for _, p := range participants(x.Story) {
		w.linef("    participant %s as %s", p[0], p[1])
	}
	w.arrows(x.Story, &dialect{
		call: "->>", reply: "-->>", lost: "--x",
		note: func(over, text string) string { return "Note over " + over + ": " + text },
		gap: func(lanes []string, text string) string {
			return "Note over " + lanes[0] + "," + lanes[len(lanes)-1] + ": " + text
		},
		// what ends a statement, begins an entity or an element, or is a word of its own
		clean: strings.NewReplacer(";", ",", "#", "no. ", "<", "(", ">", ")", "\n", " ", "%%", "%"),
	})
	return nil
}

func writePlantUML(w *printer, x *Work) error {
	w.linef("@startuml\ntitle %s", strings.ReplaceAll(x.Story.Scenario.Title, "\n", " "))
	for _, p := range participants(x.Story) {
		w.linef("participant %q as %s", p[1], p[0])
	}
	w.arrows(x.Story, &dialect{
		call: " -> ", reply: " --> ", lost: " -->x ",
		note:  func(over, text string) string { return "note over " + over + ": " + text },
		gap:   func(_ []string, text string) string { return "... " + text + " ..." },
		clean: strings.NewReplacer("\n", " ", "\\", "/", "<", "(", ">", ")"),
	})
	w.linef("@enduml")
	return nil
}

// writeMarkdown writes what a pull request or the summary of a job shows: the outcome,
// the harms with their causes, and the diagram.
func writeMarkdown(w *printer, x *Work) error {
	st := x.Story
	w.linef("## %s\n\n%s\n", markdown.Replace(st.Scenario.Title), markdown.Replace(st.Scenario.Teaches))
	head, rule := "", ""
	outdated := slices.ContainsFunc(st.Lanes, func(l *story.LaneStory) bool { return len(l.Outcome.Outdated) > 0 })
	if outdated {
		head, rule = " outdated |", "--|"
	}
	w.linef("| consumer | owed | %s | too much | too little | %s | never |%s\n|--|--:|--:|--:|--:|--|--|%s",
		st.Scenario.Business.Words().InAll, proof.TooMuch(st.Scenario.Business), head, rule)
	for _, l := range st.Lanes {
		o, amount := &l.Outcome, func(n int64) string { return words.Amount(st.Scenario.Business, n) }
		cell := ""
		if outdated {
			cell = " " + words.IDs(o.Outdated) + " |"
		}
		w.linef("| %s | %s | %s | %s | %s | %s | %s |%s", l.Consumer.Name, amount(o.Owed), amount(o.Taken), amount(o.Excess), amount(o.Missing), words.IDs(o.Twice), words.IDs(o.Never), cell)
	}
	w.linef("")
	for _, l := range st.Lanes {
		for _, h := range l.Harms() {
			chain := h.Chain()
			w.linef("- **%s**: %s", markdown.Replace(h.Headline()), markdown.Replace(chain.Plain()))
		}
	}
	if st.Ended() != "" {
		w.linef("\n%s", markdown.Replace(st.Ended()))
	}
	w.linef("\n```mermaid")
	if err := writeMermaid(w, x); err != nil {
		return err
	}
	w.linef("```\n\nSee it: `%s`", x.Line)
	return nil
}

// markdown escapes what Markdown would take for its own.
var markdown = strings.NewReplacer("|", `\|`, "*", `\*`, "_", `\_`, "`", "\\`", "<", "&lt;", "[", `\[`, "\n", " ")
