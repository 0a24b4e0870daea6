package proof

import (
	"encoding/json"
	"io"

	"dejavu/sim"
	"dejavu/sim/check"
)

// Schema names the form of a CheckReport. It changes when a field changes its meaning or
// goes; new fields do not change it.
const Schema = "dejavu.check/1"

// CheckReport is what was found, for programs to read.
type CheckReport struct {
	Schema    string           `json:"schema"`
	Bounds    ReportBounds     `json:"bounds"`
	Consumers []ReportConsumer `json:"consumers"`
}

// ReportBounds are the bounds of all searches of a CheckReport.
type ReportBounds struct {
	Messages  int          `json:"messages"` // the most that a consumer was searched with
	Copies    int          `json:"copies"`
	Workers   int          `json:"workers"`
	Faults    int          `json:"faults"`
	Kinds     []check.Kind `json:"kinds"`
	MaxStates int          `json:"max_states"`
	MaxBytes  *int64       `json:"max_bytes"` // null: a share of what the machine has
	Queue     string       `json:"queue"`     // the profile, or "" for the default
}

// ReportConsumer is what was found of one consumer in one business.
type ReportConsumer struct {
	Consumer   string        `json:"consumer"`
	Business   string        `json:"business"`
	OK         bool          `json:"ok"`       // nothing that is claimed or required fails, and all is decided
	Messages   int           `json:"messages"` // how many were searched
	LeftOut    []string      `json:"left_out"` // the messages of a scenario that were not
	NeverTwice ReportVerdict `json:"never_twice"`
	NeverLost  ReportVerdict `json:"never_lost"`
	NeverStuck ReportVerdict `json:"never_stuck"`
}

// ReportVerdict is what was found of one property. Faults and Actions are those of
// the shortest counterexample, null where there is none.
type ReportVerdict struct {
	Holds          bool         `json:"holds"`
	Claimed        bool         `json:"claimed"`
	Faults         *int         `json:"faults"`
	Actions        *int         `json:"actions"`
	States         int          `json:"states"`
	Finished       bool         `json:"finished"`
	Counterexample *ReportTrace `json:"counterexample"`
}

// ReportTrace is a counterexample: what happens, in order, and how to see it.
type ReportTrace struct {
	Actions []ReportAction `json:"actions"`
	Plan    *[]string      `json:"plan"` // faults, as --with takes them; null if no plan shows it
	Play    *string        `json:"play"` // the command that plays it, or null
}

// ReportAction is an action of a counterexample.
type ReportAction struct {
	Who     string `json:"who"`
	Message string `json:"message,omitempty"`
	What    string `json:"what"`
	Source  string `json:"source,omitempty"` // file and line of the handler
	Code    string `json:"code,omitempty"`   // that line
}

// NewReport returns what was found in cases that have the same bounds. play returns the
// command that plays a counterexample, if there is one.
func NewReport(cases []Case, play func(t *check.Trace) (line string, ok bool)) CheckReport {
	r := CheckReport{Schema: Schema, Consumers: []ReportConsumer{}}
	for i := range cases {
		c := &cases[i]
		b := c.bounds()
		var most *int64
		if c.Options.MaxBytes > 0 {
			most = &c.Options.MaxBytes
		}
		r.Bounds = ReportBounds{max(b.Messages, r.Bounds.Messages), b.Copies, b.Workers, b.Faults, b.Kinds, b.MaxStates, most, c.Lane.Queue.Name}
		r.Consumers = append(r.Consumers, ReportConsumer{
			Consumer: c.Lane.Consumer.Name, Business: c.Lane.Business.String(), OK: !c.Failed(),
			Messages: b.Messages, LeftOut: append([]string{}, c.Result.Left...),
			NeverTwice: c.verdict(sim.NeverTwice, play), NeverLost: c.verdict(sim.NeverLost, play), NeverStuck: c.verdict(sim.NeverStuck, play),
		})
	}
	return r
}

func (c *Case) verdict(p sim.Property, play func(*check.Trace) (string, bool)) ReportVerdict {
	v := c.Result.Of(p)
	r := ReportVerdict{Holds: v.Holds, States: c.Result.States, Finished: v.Finished}
	for _, claimed := range c.Claimed {
		r.Claimed = r.Claimed || claimed == p
	}
	if t := v.Counterexample; t != nil {
		actions := len(t.Actions)
		r.Faults, r.Actions, r.Counterexample = &t.Faults, &actions, reported(t)
		if line, ok := play(t); ok {
			r.Counterexample.Play = &line
		}
	}
	return r
}

func reported(t *check.Trace) *ReportTrace {
	var r ReportTrace
	for _, row := range Rows(t) {
		r.Actions = append(r.Actions, ReportAction{row.Who, row.Message, row.What.Plain(), row.Site, row.Code})
	}
	if lane, ok := t.Plan(); ok {
		plan := []string{}
		for _, f := range lane.Plan {
			plan = append(plan, f.String())
		}
		r.Plan = &plan
	}
	return &r
}

// Write writes a Report as one JSON object on one line.
func (r *CheckReport) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
