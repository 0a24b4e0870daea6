package report

import (
	"encoding/json"
	"io"
	"math"
	"time"

	"dejavu/sim"
	"dejavu/ui/story"
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
	Unsettled    []string       `json:"unsettled,omitempty"` // done, and the queue has it for ever
	Outdated     []string       `json:"outdated,omitempty"`  // a status that was not set, for a newer one was: neither done nor missing
	Remembered   sim.Remembered `json:"remembered"`
	Steps        int            `json:"steps"`
	StoreOps     int            `json:"store_ops"`
	OK           bool           `json:"ok"`
	Ending       string         `json:"ending"` // why the run ended: see endings
	Costs        CostReport     `json:"costs"`
	Differences  []string       `json:"differences"` // from what the file expects, a sentence each
}

// Of returns the story as numbers.
func Of(s *story.Story) Report {
	b := s.Scenario.Business
	r := Report{
		Schema: ReportSchema, Scenario: s.Scenario.Name, Title: s.Scenario.Title,
		Business: b.String(), Seed: s.Scenario.Seed, Unit: b.Unit(),
	}
	for _, l := range s.Lanes {
		o, costs := &l.Outcome, costReport(l)
		lane := LaneReport{
			Consumer: l.Consumer.Name, Unit: b.Unit(),
			Messages: len(s.Scenario.Messages), Deliveries: l.Deliveries, Effects: len(l.Run.World().Ledger()),
			Owed: o.Owed, Done: o.Taken, Excess: o.Excess, Missing: o.Missing,
			Twice: names(o.Twice), Never: names(o.Never), Parked: names(o.Parked), Pending: names(o.Pending), Unsettled: o.Unsettled, Outdated: o.Outdated,
			Differences: differences(s, l),
			Remembered:  bare(costs.Kept), Steps: l.Steps, StoreOps: costs.RoundTrips, OK: o.OK,
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

// differences are from what is expected of a lane: none where nothing is.
func differences(s *story.Story, l *story.LaneStory) []string {
	e, stated := s.Scenario.Expectation(l.Consumer.Name)
	if !stated {
		return []string{}
	}
	return names(e.Differences(l.Outcome))
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
func WriteJSON(s *story.Story, w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(Of(s))
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
func costReport(l *story.LaneStory) CostReport {
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
