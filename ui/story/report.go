package story

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/ui/words"
)

// ReportSchema names the form of a Report. It changes when a field changes its
// meaning or goes; new fields do not change it.
const ReportSchema = "dejavu.run/1"

// Report is a story as numbers, for programs to read.
type Report struct {
	Schema   string       `json:"schema"`
	Scenario string       `json:"scenario"`
	Title    string       `json:"title"`
	Business string       `json:"business"`
	Seed     uint64       `json:"seed"`
	Unit     string       `json:"unit"` // cents, mails or items: what the lanes count in
	Lanes    []LaneReport `json:"lanes"`
}

// LaneReport is what it came to in one lane. Owed, Done, Excess and Missing count
// in Unit; the fields in cents are null where nothing is paid. Excess and Missing
// are never netted: Done is Owed + Excess - Missing, unless something is pending.
// Remembered is what Costs says is kept, without the overhead of its entries, and
// StoreOps are its round trips.
type LaneReport struct {
	Consumer     string         `json:"consumer"`
	Unit         string         `json:"unit"`
	Messages     int            `json:"messages"`
	Deliveries   int            `json:"deliveries"`
	Effects      int            `json:"effects"`
	OwedCents    *int64         `json:"owed_cents"`
	TakenCents   *int64         `json:"taken_cents"`
	ExcessCents  *int64         `json:"excess_cents"`
	MissingCents *int64         `json:"missing_cents"`
	Owed         int64          `json:"owed"`
	Done         int64          `json:"done"`
	Excess       int64          `json:"excess"`
	Missing      int64          `json:"missing"`
	Twice        []string       `json:"twice"`
	Never        []string       `json:"never"`
	Parked       []string       `json:"parked"`
	Pending      []string       `json:"pending"`
	Remembered   sim.Remembered `json:"remembered"`
	Steps        int            `json:"steps"`
	StoreOps     int            `json:"store_ops"`
	OK           bool           `json:"ok"`
	Ending       string         `json:"ending"` // why the run ended: see endings
	Costs        CostReport     `json:"costs"`
}

// Report returns the story as numbers.
func (s *Story) Report() Report {
	b := s.Scenario.Business
	r := Report{
		Schema: ReportSchema, Scenario: s.Scenario.Name, Title: s.Scenario.Title,
		Business: b.String(), Seed: s.Scenario.Seed, Unit: b.Unit(),
	}
	for _, l := range s.Lanes {
		o, costs := &l.Outcome, l.costReport()
		lane := LaneReport{
			Consumer: l.Consumer.Name, Unit: b.Unit(),
			Messages: len(s.Scenario.Messages), Deliveries: l.Deliveries, Effects: len(l.Run.World().Ledger()),
			Owed: o.Owed, Done: o.Taken, Excess: o.Excess, Missing: o.Missing,
			Twice: names(o.Twice), Never: names(o.Never), Parked: names(o.Parked), Pending: names(o.Pending),
			Remembered: bare(costs.Kept), Steps: l.Steps, StoreOps: costs.RoundTrips, OK: o.OK,
			Ending: endings[l.Run.Ending],
			Costs:  costs,
		}
		if b.Info().Money {
			lane.OwedCents, lane.TakenCents = &o.Owed, &o.Taken
			lane.ExcessCents, lane.MissingCents = &o.Excess, &o.Missing
		}
		r.Lanes = append(r.Lanes, lane)
	}
	return r
}

// endings are why a run ended, as programs read it.
var endings = [...]string{
	sim.Quiet: "quiet", sim.OutOfTime: "out-of-time", sim.TooDeliveries: "too-many-deliveries", sim.OutOfEvents: "out-of-events",
}

// bare is what is kept without the overhead of its entries.
func bare(r sim.Remembered) sim.Remembered {
	r.Bytes -= r.Entries * sim.RowOverhead
	return r
}

// names is a list that is written as [] when it is empty, and not as null.
func names(ids []string) []string {
	if ids == nil {
		return []string{}
	}
	return ids
}

// WriteJSON writes the Report as one JSON object on one line.
func (s *Story) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(s.Report())
}

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
func (s *Story) WriteSummary(out io.Writer, width int, paint words.Paint) error {
	w := words.NewWriter(out, words.Layout{Paint: paint, Width: min(max(width, MinWidth), MaxWidth)})
	w.Put(words.Say(words.Strong, s.Scenario.Title).And(words.Dim, s.setting()))
	w.Put(s.broker())
	w.Text("")
	cols := s.strategies()
	w.Table(cols, words.Either(words.Total(cols, 2) <= w.Width, 2, 1))
	w.Text("")
	if s.ended() != "" {
		w.Put(words.Say(words.Fault, s.ended()))
	}
	for _, text := range s.legend() {
		w.Put(words.Say(words.Dim, text))
	}
	return w.Flush()
}

// setting says in what the strategies were tried: card, 40 messages.
func (s *Story) setting() string {
	n := len(s.Scenario.Messages)
	return fmt.Sprintf("(%s, %s %s)", s.Scenario.Business, words.Grouped(int64(n)), words.Either(n == 1, "message", "messages"))
}

// strategies are the columns of a summary.
func (s *Story) strategies() []words.Column {
	const fate, kept, each = "messages", "kept", "each message"
	name := words.Column{Left: true}
	cols := []words.Column{
		{Group: fate, Head: "twice"}, {Group: fate, Head: "never"},
		{Group: fate, Head: "parked", Optional: true}, {Group: fate, Head: "pending", Optional: true},
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
		cols[4].Put(words.Plain, words.Grouped(int64(c.Peak.Entries)))
		cols[5].Put(words.Plain, words.Bytes(c.Peak.Bytes))
		cols[6].Put(words.Plain, words.Grouped(int64(c.Stays.Entries)))
		cols[7].Put(words.Plain, l.each(c.RoundTrips))
		cols[8].Put(words.Plain, l.addedEach())
		cols[9].Put(words.Plain, words.Either(c.Waited > 0, words.Latency(c.Waited/time.Duration(len(s.Scenario.Messages))), "-"))
		cols[10].Put(words.Plain, l.each(c.Calls))
	}
	if slices.Equal(cols[6].Cells, cols[4].Cells) { // nothing is ever forgotten
		cols = slices.Delete(cols, 6, 7)
	}
	return append([]words.Column{name}, words.Informative(cols)...)
}

// ill says what a count of harms means.
func ill(harmed bool) words.Meaning { return words.Either(harmed, words.Wrong, words.OK) }

// legend says what the figures of a summary count.
func (s *Story) legend() []string {
	kept := fmt.Sprintf("Kept, at most: rows, cache entries and keys in memory; key, value and %d B for each.", sim.RowOverhead)
	differs := false
	var keys []string
	for _, l := range s.Lanes {
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
		lines = append(lines, whom+" keeps idempotency keys: "+strings.Join(keys, ", ")+".")
		lines[2] = strings.ToUpper(lines[2][:1]) + lines[2][1:]
	}
	return lines
}

// WriteSummaryPlain writes the strategies one after another, a sentence each.
func (s *Story) WriteSummaryPlain(out io.Writer) error {
	w := words.NewWriter(out, words.Layout{})
	w.Text(s.Scenario.Title + " " + s.setting() + ".")
	t := s.Scenario.Business.Words()
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
		w.Text(l.Consumer.Name + ": " + strings.Join(parts, "; ") + ".")
	}
	if s.ended() != "" {
		w.Text(s.ended())
	}
	for _, text := range s.legend() {
		w.Text(text)
	}
	return w.Flush()
}

// CostReport is what a strategy has cost in a lane, for programs to read. What
// each figure counts is said at [sim.Costs] and [sim.RowOverhead]. Those per
// message divide by the messages owed: redeliveries and copies are part of what a
// message costs. They are rounded to three places.
type CostReport struct {
	Kept                  sim.Remembered `json:"kept"`  // at the end of the run
	Peak                  sim.Remembered `json:"peak"`  // the most at any time
	Stays                 sim.Remembered `json:"stays"` // of what is kept: what never expires
	RoundTrips            int            `json:"round_trips"`
	RoundTripsPerMessage  float64        `json:"round_trips_per_message"`
	Calls                 int            `json:"calls"`
	CallsPerMessage       float64        `json:"calls_per_message"`
	AddedMillis           float64        `json:"added_ms"`
	AddedMillisPerMessage float64        `json:"added_ms_per_message"`
	LockWaitMillis        float64        `json:"lock_wait_ms"` // part of added_ms
	ReceiverKeys          int            `json:"receiver_keys"`
}

// costReport returns the costs as a report gives them.
func (l *Lane) costReport() CostReport {
	c, n := l.Costs(), float64(len(l.Run.Lane.Messages))
	ms := func(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	return CostReport{
		Kept: c.End, Peak: c.Peak, Stays: c.Stays,
		RoundTrips: c.RoundTrips, RoundTripsPerMessage: thousandths(float64(c.RoundTrips) / n),
		Calls: c.Calls, CallsPerMessage: thousandths(float64(c.Calls) / n),
		AddedMillis: thousandths(ms(c.Added)), AddedMillisPerMessage: thousandths(ms(c.Added) / n),
		LockWaitMillis: thousandths(ms(c.Waited)), ReceiverKeys: c.Keys,
	}
}

func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }

// EventLine is one event of one lane, as --events writes it: one JSON object on
// a line, lane after lane, each in order.
type EventLine struct {
	Lane     string `json:"lane"`
	N        int    `json:"n"`     // from 0 in each lane
	AtNS     int64  `json:"at_ns"` // virtual time, nanoseconds from the start
	Event    string `json:"event"`
	Message  string `json:"message,omitempty"` // the broker message: m2b is the first copy of m2
	Owed     string `json:"owed,omitempty"`    // what it counts for
	Delivery int    `json:"delivery,omitempty"`
	Worker   int    `json:"worker,omitempty"` // from 1; the relay has no number
	Relay    bool   `json:"relay,omitempty"`  // the relay's, at a row of the outbox: Delivery counts its tries
	Step     string `json:"step,omitempty"`
	Key      string `json:"key,omitempty"`
	Answer   string `json:"answer,omitempty"`
	Source   string `json:"source,omitempty"` // file and line of the handler
	Effect   int    `json:"effect,omitempty"` // 1 for the first effect of what is owed, 2 for a second, ...
	Cause    int    `json:"cause"`            // n of the event that led to it, or -1
	Fault    string `json:"fault,omitempty"`  // what went wrong, as --with takes it
}

var replyNames = map[sim.Reply]string{
	sim.Taken: "acked", sim.AckIgnored: "ack-ignored", sim.AckRejected: "ack-rejected", sim.Returned: "nacked",
	sim.Buried: "dead-lettered", sim.Discarded: "discarded", sim.Unreported: "returned", sim.NotYet: "handled", sim.NackIgnored: "nack-ignored",
}

// eventName names an event in the past tense: acked, and not ack.
func (l *Lane) eventName(e *sim.Event) string {
	switch {
	case l.slows(e):
		return "slowed"
	case e.Reply == sim.Deduplicated:
		return "deduplicated"
	case e.Kind.EndsWait() && e.Reply.GivesUp():
		return replyNames[e.Reply]
	case e.Kind == sim.Step && e.Op == sim.OpPanic:
		return "crashed"
	case e.Kind == sim.Step && (e.Op == sim.OpReturn || e.Op == sim.OpAck):
		return replyNames[e.Reply]
	}
	return e.Kind.Past()
}

// EventLine returns the i-th event of a lane.
func (l *Lane) EventLine(i int) EventLine {
	e := &l.Run.Events()[i]
	line := EventLine{
		Lane: l.Consumer.Name, N: i, AtNS: int64(e.At), Event: l.eventName(e),
		Relay: e.Relayed(), Delivery: int(e.Receipt.Delivery), Effect: l.Effect(i), Cause: int(e.Cause),
	}
	if !e.Kind.OfWorld() {
		line.Message, line.Owed = l.Run.Name(e), l.MessageOf(e).ID
	}
	if e.Kind == sim.Deliver || e.Op != 0 {
		line.Worker = int(e.Worker) + 1
		if int(e.Worker) == l.Run.World().Relay() {
			line.Worker = 0
		}
	}
	if e.Op.Asked() {
		line.Step, line.Key = e.Op.String(), l.Run.Key(e)
		if e.Kind != sim.Crash && e.Kind != sim.Nothing {
			line.Answer = l.Run.Answer(e)
		}
		if site := l.Run.Site(i); site.File != "" {
			line.Source = site.String()
		}
	}
	if e.Fault >= 0 {
		line.Fault = l.Run.Faults[e.Fault].String()
	}
	return line
}

// WriteEvents writes the events of every lane as JSON Lines.
func (s *Story) WriteEvents(out io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for _, l := range s.Lanes {
		for i := range l.Run.Events() {
			if err := enc.Encode(l.EventLine(i)); err != nil {
				return err
			}
		}
	}
	return w.Flush()
}
