package handler

import (
	"fmt"
	"strings"
)

// Fault is a kind of trouble that can strike at a place, or nothing at all.
type Fault uint8

// The faults, in the order in which a search tries them: what is easiest to believe
// comes first.
const (
	None          Fault = iota // the handler goes on
	Crash                      // the process dies before the operation
	Pause                      // the worker freezes, and a second delivery runs
	Switch                     // the worker waits while the other goes on
	Next                       // the worker waits while the next message runs
	LoseAck                    // the handler returned nil, and the queue never learns it
	Copy                       // the queue delivers another copy of the message
	LoseReply                  // the operation is done, and its caller sees a broken connection
	Fail                       // the operation fails and does nothing
	Cancel                     // the context is cancelled, as in a deploy
	Serialization              // the database answers 40001: serialization failure
	Deadlock                   // the database answers 40P01: deadlock detected
	Expire                     // the leases grow old
	numFaults
)

// A faultRow is all that is said of a fault: its name in a plan, where in a plan it
// strikes, what it is called in a sentence, and what happens to the worker.
type faultRow struct {
	name, point, noun, deed string
	free                    bool // bounded by Switches: every busy queue does it
}

var faultRows = [numFaults]faultRow{
	None:          {name: "none"},
	Crash:         {name: "crash", point: "before", noun: "a crash", deed: "CRASHES before"},
	Pause:         {name: "pause", point: "before", noun: "a pause that outlasts the visibility timeout", deed: "PAUSES before"},
	Switch:        {name: "switch", point: "before", noun: "a switch between the workers", deed: "waits before", free: true},
	Next:          {name: "next", point: "before", noun: "the next message in between", deed: "waits before", free: true},
	LoseAck:       {name: "lose-ack", point: "at", noun: "a lost ack", deed: "returns nil, its ack is LOST"},
	Copy:          {name: "copy", point: "before", noun: "a second copy", deed: "COPY"},
	LoseReply:     {name: "lose-reply", point: "at", noun: "a lost reply", deed: "done, its reply LOST"},
	Fail:          {name: "fail", point: "at", noun: "an error", deed: "FAILS, not done"},
	Cancel:        {name: "cancel", point: "before", noun: "a cancelled context", deed: "CANCELLED before"},
	Serialization: {name: "serialization", point: "at", noun: "a serialization failure", deed: "FAILS with 40001"},
	Deadlock:      {name: "deadlock", point: "at", noun: "a deadlock", deed: "FAILS with 40P01"},
	Expire:        {name: "expire", point: "before", noun: "an expired lease", deed: "EXPIRY before"},
}

// String returns the name that a plan uses.
func (f Fault) String() string { return faultRows[f].name }

// ParseFault reads a name as String writes it.
func ParseFault(name string) (Fault, error) {
	var names []string
	for f := Crash; f < numFaults; f++ {
		if f.String() == name {
			return f, nil
		}
		names = append(names, f.String())
	}
	return None, fmt.Errorf("fault %q: want %s", name, strings.Join(names, ", "))
}

// faultSet is a set of faults.
type faultSet uint16

func setOf(faults ...Fault) (s faultSet) {
	for _, f := range faults {
		s |= 1 << f
	}
	return s
}

func (s faultSet) has(f Fault) bool { return s&(1<<f) != 0 }

// names joins the names of a set.
func (s faultSet) names() string {
	var names []string
	for f := Crash; f < numFaults; f++ {
		if s.has(f) {
			names = append(names, f.String())
		}
	}
	return strings.Join(names, " ")
}
