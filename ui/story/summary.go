package story

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"dejavu/sim"
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
	Consumer string     `json:"consumer"`
	Twice    int        `json:"twice"`
	Never    int        `json:"never"`
	Parked   int        `json:"parked"`
	Pending  int        `json:"pending"`
	OK       bool       `json:"ok"`
	Ending   string     `json:"ending"` // as in a Report
	Costs    CostReport `json:"costs"`
}

// Summary returns the strategies side by side.
func (s *Story) Summary() Summary {
	sum := Summary{
		Schema: SummarySchema, Scenario: s.Scenario.Name, Title: s.Scenario.Title,
		Business: s.Scenario.Business.String(), Seed: s.Scenario.Seed, Messages: len(s.Scenario.Messages),
	}
	for _, l := range s.Lanes {
		o := &l.Outcome
		sum.Lanes = append(sum.Lanes, LaneSummary{
			Consumer: l.Consumer.Name, Twice: len(o.Twice), Never: len(o.Never),
			Parked: len(o.Parked), Pending: len(o.Pending), OK: o.OK, Ending: endings[l.Run.Ending], Costs: l.costReport(),
		})
	}
	return sum
}

// WriteSummaryJSON writes the Summary as one JSON object on one line.
func (s *Story) WriteSummaryJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(s.Summary())
}

// WriteSummary writes the strategies side by side, one a line. paint may be nil.
func (s *Story) WriteSummary(out io.Writer, width int, paint Paint) error {
	if paint == nil {
		paint = NoPaint
	}
	w := &writer{Writer: bufio.NewWriter(out), paint: paint, width: min(max(width, MinWidth), MaxWidth)}
	for _, l := range (Line{{s.Scenario.Title, Strong}, {s.setting(), Dim}}).Wrap(w.width) {
		w.line(l, 0)
	}
	s.writeBroker(w)
	w.text("")
	cols := s.strategies()
	w.table(cols, yesNo(total(cols, 2) <= w.width, 2, 1))
	w.text("")
	if s.ended() != "" {
		for _, l := range (Line{{s.ended(), Fault}}).Wrap(w.width) {
			w.line(l, 0)
		}
	}
	for _, text := range s.legend() {
		for _, l := range (Line{{text, Dim}}).Wrap(w.width) {
			w.line(l, 0)
		}
	}
	return w.Flush()
}

// setting says in what the strategies were tried: card, 40 messages.
func (s *Story) setting() string {
	n := len(s.Scenario.Messages)
	return fmt.Sprintf("(%s, %s %s)", s.Scenario.Business, grouped(int64(n)), yesNo(n == 1, "message", "messages"))
}

// strategies are the columns of a summary.
func (s *Story) strategies() []column {
	const fate, kept, each = "messages", "kept", "each message"
	name := column{left: true}
	cols := []column{
		{group: fate, head: "twice"}, {group: fate, head: "never"},
		{group: fate, head: "parked", optional: true}, {group: fate, head: "pending", optional: true},
		{group: kept, head: "ids"}, {group: kept, head: "bytes"}, {group: kept, head: "stay"},
		{group: each, head: "trips"}, {group: each, head: "added"}, {group: each, head: "waits", optional: true}, {group: each, head: "calls"},
	}
	count := func(ids []string) string { return yesNo(len(ids) > 0, grouped(int64(len(ids))), "-") }
	for _, l := range s.Lanes {
		o, c := &l.Outcome, l.Costs()
		name.put(Strong, l.Consumer.Name)
		cols[0].put(verdict(len(o.Twice) > 0), grouped(int64(len(o.Twice))))
		cols[1].put(verdict(len(o.Never) > 0), grouped(int64(len(o.Never))))
		cols[2].put(harm(len(o.Parked) > 0), count(o.Parked))
		cols[3].put(Plain, count(o.Pending))
		cols[4].put(Plain, grouped(int64(c.Peak.Entries)))
		cols[5].put(Plain, Bytes(c.Peak.Bytes))
		cols[6].put(Plain, grouped(int64(c.Stays.Entries)))
		cols[7].put(Plain, l.each(c.RoundTrips))
		cols[8].put(Plain, l.addedEach())
		cols[9].put(Plain, yesNo(c.Waited > 0, Latency(c.Waited/time.Duration(len(s.Scenario.Messages))), "-"))
		cols[10].put(Plain, l.each(c.Calls))
	}
	if slices.Equal(cols[6].cells, cols[4].cells) { // nothing is ever forgotten
		cols = slices.Delete(cols, 6, 7)
	}
	return append([]column{name}, informative(cols)...)
}

// legend says what the figures of a summary count.
func (s *Story) legend() []string {
	kept := fmt.Sprintf("Kept, at most: rows, cache entries and keys in memory; key, value and %d B for each.", sim.RowOverhead)
	differs := false
	var keys []string
	for _, l := range s.Lanes {
		c := l.Costs()
		differs = differs || c.Stays.Entries != c.Peak.Entries
		if c.Keys > 0 {
			keys = append(keys, l.Consumer.Name+" "+grouped(int64(c.Keys)))
		}
	}
	if differs {
		kept += " Stay: those left at the end that never expire."
	}
	whom := trade(s.Scenario.Business).Whom
	lines := []string{
		kept,
		"Each message, redeliveries included: round trips to a store; the latency that they, lookups and " +
			"waits for row locks add; calls to " + whom + ".",
	}
	if len(keys) > 0 {
		lines = append(lines, whom+" keeps idempotency keys: "+strings.Join(keys, ", ")+".")
		lines[2] = strings.ToUpper(lines[2][:1]) + lines[2][1:]
	}
	return lines
}

// WriteSummaryPlain writes the strategies one after another, a sentence each.
func (s *Story) WriteSummaryPlain(out io.Writer) error {
	w := &writer{Writer: bufio.NewWriter(out), paint: NoPaint}
	w.text(s.Scenario.Title + " " + s.setting() + ".")
	t := trade(s.Scenario.Business)
	for _, l := range s.Lanes {
		o, c := &l.Outcome, l.Costs()
		parts := []string{fmt.Sprintf("%d %s, %d %s", len(o.Twice), t.Did+" twice", len(o.Never), "never "+t.Did)}
		if n := len(o.Parked); n > 0 {
			parts = append(parts, fmt.Sprintf("%d parked", n))
		}
		if n := len(o.Pending); n > 0 {
			parts = append(parts, fmt.Sprintf("%d pending", n))
		}
		parts = append(parts, l.costSentence(), fmt.Sprintf("%s calls to %s a message", l.each(c.Calls), t.Whom))
		w.text(l.Consumer.Name + ": " + strings.Join(parts, "; ") + ".")
	}
	if s.ended() != "" {
		w.text(s.ended())
	}
	for _, text := range s.legend() {
		w.text(text)
	}
	return w.Flush()
}
