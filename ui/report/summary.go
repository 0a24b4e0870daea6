package report

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// SummarySchema names the form of a Summary. It changes when a field changes its
// meaning or goes; new fields do not change it.
const SummarySchema = "dejavu.summary/1"

// Summary sets strategies side by side, for programs to read: what became of the
// messages, and what it cost.
type Summary struct {
	Schema   string        `json:"schema"`
	Scenario string        `json:"scenario"`
	Title    string        `json:"title"`
	Business string        `json:"business"`
	Seed     uint64        `json:"seed"`
	Messages int           `json:"messages"`
	Lanes    []LaneSummary `json:"lanes"`
}

// LaneSummary is one strategy. Twice to Pending count messages.
type LaneSummary struct {
	Consumer string `json:"consumer"`
	Twice    int    `json:"twice"`
	Never    int    `json:"never"`
	Parked   int    `json:"parked"`
	Pending  int    `json:"pending"`
	// Unsettled counts what took effect, and what the queue has for ever.
	Unsettled int `json:"unsettled,omitempty"`
	// Outdated counts the statuses that were not set, for a newer one was.
	Outdated int        `json:"outdated,omitempty"`
	OK       bool       `json:"ok"`
	Ending   string     `json:"ending"` // as in a Report
	Costs    CostReport `json:"costs"`
}

// SummaryOf returns the strategies side by side.
func SummaryOf(s *story.Story) Summary {
	sum := Summary{
		Schema: SummarySchema, Scenario: s.Scenario.Name, Title: s.Scenario.Title,
		Business: s.Scenario.Business.String(), Seed: s.Scenario.Seed, Messages: len(s.Scenario.Messages),
	}
	for _, l := range s.Lanes {
		o := &l.Outcome
		sum.Lanes = append(sum.Lanes, LaneSummary{
			Consumer: l.Consumer.Name, Twice: len(o.Twice), Never: len(o.Never),
			Parked: len(o.Parked), Pending: len(o.Pending), Unsettled: len(o.Unsettled), Outdated: len(o.Outdated), OK: o.OK, Ending: endings[l.Run.Ending], Costs: costReport(l),
		})
	}
	return sum
}

// WriteSummaryJSON writes the Summary as one JSON object on one line.
func WriteSummaryJSON(s *story.Story, w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(SummaryOf(s))
}

// WriteSummary writes the strategies side by side, one a line. paint may be nil.
func WriteSummary(s *story.Story, out io.Writer, width int, paint words.Paint) error {
	w := words.NewWriter(out, words.Layout{Paint: paint, Width: min(max(width, story.MinWidth), story.MaxWidth)})
	w.Put(words.Say(words.Strong, s.Scenario.Title).And(words.Dim, setting(s)))
	w.Put(s.Broker())
	w.Text("")
	cols := strategies(s)
	w.Table(cols, words.Either(words.Total(cols, 2) <= w.Width, 2, 1))
	w.Text("")
	if s.Ended() != "" {
		w.Put(words.Say(words.Fault, s.Ended()))
	}
	for _, text := range legend(s) {
		w.Put(words.Say(words.Dim, text))
	}
	return w.Flush()
}

// setting says in what the strategies were tried: card, 40 messages.
func setting(s *story.Story) string {
	n := len(s.Scenario.Messages)
	return fmt.Sprintf("(%s, %s %s)", s.Scenario.Business, words.Grouped(int64(n)), words.Either(n == 1, "message", "messages"))
}

// strategies are the columns of a summary.
func strategies(s *story.Story) []words.Column {
	const fate, kept, each = "messages", "kept", "each message"
	name := words.Column{Left: true}
	cols := []words.Column{
		{Group: fate, Head: s.Scenario.Business.Words().Often}, {Group: fate, Head: "never"},
		{Group: fate, Head: "parked", Optional: true}, {Group: fate, Head: "pending", Optional: true}, {Group: fate, Head: "unsettled", Optional: true}, {Group: fate, Head: "outdated", Optional: true},
		{Group: kept, Head: "ids"}, {Group: kept, Head: "bytes"}, {Group: kept, Head: "stay"},
		{Group: each, Head: "trips"}, {Group: each, Head: "added"}, {Group: each, Head: "waits", Optional: true}, {Group: each, Head: "calls"},
	}
	count := func(ids []string) string { return words.Either(len(ids) > 0, words.Grouped(int64(len(ids))), "-") }
	for _, l := range s.Lanes {
		o, c := &l.Outcome, l.Costs()
		name.Put(words.Strong, l.Consumer.Name)
		cols[0].Put(ill(len(o.Twice) > 0), words.Grouped(int64(len(o.Twice))))
		cols[1].Put(ill(len(o.Never) > 0), words.Grouped(int64(len(o.Never))))
		cols[2].Put(words.Either(len(o.Parked) > 0, words.Wrong, words.Plain), count(o.Parked))
		cols[3].Put(words.Plain, count(o.Pending))
		cols[4].Put(words.Either(len(o.Unsettled) > 0, words.Wrong, words.Plain), count(o.Unsettled))
		cols[5].Put(words.Plain, count(o.Outdated))
		cols[6].Put(words.Plain, words.Grouped(int64(c.Peak.Entries)))
		cols[7].Put(words.Plain, words.Bytes(c.Peak.Bytes))
		cols[8].Put(words.Plain, words.Grouped(int64(c.Stays.Entries)))
		cols[9].Put(words.Plain, l.Each(c.RoundTrips))
		cols[10].Put(words.Plain, l.AddedEach())
		cols[11].Put(words.Plain, words.Either(c.Waited > 0, words.Latency(c.Waited/time.Duration(len(s.Scenario.Messages))), "-"))
		cols[12].Put(words.Plain, l.Each(c.Calls))
	}
	if slices.Equal(cols[8].Cells, cols[6].Cells) { // nothing is ever forgotten
		cols = slices.Delete(cols, 8, 9)
	}
	return append([]words.Column{name}, words.Informative(cols)...)
}

// ill says what a count of harms means.
func ill(harmed bool) words.Meaning { return words.Either(harmed, words.Wrong, words.OK) }

// legend says what the figures of a summary count.
func legend(s *story.Story) []string {
	kept := fmt.Sprintf("Kept, at most: rows, cache entries and keys in memory; key, value and %d B for each.", sim.RowOverhead)
	differs := false
	var keys, open []string
	for _, l := range s.Lanes {
		if n := l.Outcome.Unsettled; len(n) > 0 {
			open = append(open, l.Consumer.Name+" "+words.Few(n, 3, " "))
		}
		c := l.Costs()
		differs = differs || c.Stays.Entries != c.Peak.Entries
		if c.Keys > 0 {
			keys = append(keys, l.Consumer.Name+" "+words.Grouped(int64(c.Keys)))
		}
	}
	if differs {
		kept += " Stay: those left at the end that never expire."
	}
	whom := s.Scenario.Business.Words().Whom
	lines := []string{
		kept,
		"Each message, redeliveries included: round trips to a store; the latency that they, lookups and " +
			"waits for row locks add; calls to " + whom + ".",
	}
	if len(keys) > 0 {
		lines = append(lines, s.Scenario.Business.Part(sim.Business.HonoursKeys).Words().Whom+" keeps idempotency keys: "+strings.Join(keys, ", ")+".")
		lines[2] = strings.ToUpper(lines[2][:1]) + lines[2][1:]
	}
	if len(open) > 0 {
		lines = append(lines, "Never settled, though done: "+strings.Join(open, ", ")+". The queue has it for ever.")
	}
	return lines
}

// WriteSummaryPlain writes the strategies one after another, a sentence each.
func WriteSummaryPlain(s *story.Story, out io.Writer) error {
	w := words.NewWriter(out, words.Layout{})
	w.Text(s.Scenario.Title + " " + setting(s) + ".")
	t := s.Scenario.Business.Words()
	for _, l := range s.Lanes {
		o, c := &l.Outcome, l.Costs()
		parts := []string{fmt.Sprintf("%d %s, %d %s", len(o.Twice), t.Did+" "+t.Often, len(o.Never), "never "+t.Did)}
		if n := len(o.Parked); n > 0 {
			parts = append(parts, fmt.Sprintf("%d parked", n))
		}
		if n := len(o.Pending); n > 0 {
			parts = append(parts, fmt.Sprintf("%d pending", n))
		}
		if n := len(o.Unsettled); n > 0 {
			parts = append(parts, fmt.Sprintf("%d never settled", n))
		}
		if n := len(o.Outdated); n > 0 {
			parts = append(parts, fmt.Sprintf("%d outdated", n))
		}
		parts = append(parts, l.CostSentence(), fmt.Sprintf("%s calls to %s a message", l.Each(c.Calls), t.Whom))
		w.Text(l.Consumer.Name + ": " + strings.Join(parts, "; ") + ".")
	}
	if s.Ended() != "" {
		w.Text(s.Ended())
	}
	for _, text := range legend(s) {
		w.Text(text)
	}
	return w.Flush()
}
