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
	Holds    bool `json:"holds"`
	Claimed  bool `json:"claimed"`
	Faults   *int `json:"faults"`
	Actions  *int `json:"actions"`
	States   int  `json:"states"`
	Finished bool `json:"finished"`
}

// NewReport returns what was found in cases that have the same bounds.
func NewReport(cases []Case) CheckReport {
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
			NeverTwice: c.verdict(sim.NeverTwice), NeverLost: c.verdict(sim.NeverLost), NeverStuck: c.verdict(sim.NeverStuck),
		})
	}
	return r
}

func (c *Case) verdict(p sim.Property) ReportVerdict {
	v := c.Result.Of(p)
	r := ReportVerdict{Holds: v.Holds, States: c.Result.States, Finished: v.Finished}
	for _, claimed := range c.Claimed {
		r.Claimed = r.Claimed || claimed == p
	}
	if t := v.Counterexample; t != nil {
		actions := len(t.Actions)
		r.Faults, r.Actions = &t.Faults, &actions
	}
	return r
}

// Write writes a Report as one JSON object on one line.
func (r *CheckReport) Write(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}
