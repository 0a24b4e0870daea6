package report

import (
	"bufio"
	"encoding/json"
	"io"
	"iter"

	"dejavu/sim"
	"dejavu/ui/story"
)

// EventLine is one event of one lane, as --events writes it: one JSON object on
// a line, lane after lane, each in order.
type EventLine struct {
	Lane     string `json:"lane"`
	N        int    `json:"n"`     // from 0 in each lane
	AtNS     int64  `json:"at_ns"` // virtual time, nanoseconds from the start
	Event    string `json:"event"`
	Message  string `json:"message,omitempty"` // the broker message: m2b is the first copy of m2
	Owed     string `json:"owed,omitempty"`    // what it counts for
	Part     string `json:"part,omitempty"`    // which effect of it, where a message has several
	Delivery int    `json:"delivery,omitempty"`
	Worker   int    `json:"worker,omitempty"` // from 1, also of several relays; one alone has no number
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
func eventName(l *story.LaneStory, e *sim.Event) string {
	switch {
	case l.Slows(e):
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

// eventLine returns the i-th event of a lane.
func eventLine(l *story.LaneStory, i int) EventLine {
	e := &l.Run.Events()[i]
	line := EventLine{
		Lane: l.Consumer.Name, N: i, AtNS: int64(e.At), Event: eventName(l, e),
		Relay: e.Relayed(), Delivery: int(e.Receipt.Delivery), Effect: l.Effect(i), Cause: int(e.Cause),
	}
	if !e.Kind.OfWorld() {
		line.Message, line.Owed = l.Run.Name(e), l.MessageOf(e).ID
	}
	if e.Kind == sim.Deliver || e.Kind == sim.Begin || e.Op != 0 {
		line.Worker = int(e.Worker) + 1
		if w := l.Run.World(); w.IsRelay(int(e.Worker)) {
			if line.Worker -= w.Relay(); w.Relays() == 1 {
				line.Worker = 0
			}
		}
	}
	if e.Op.Asked() {
		line.Step, line.Key = e.Op.String(), l.Run.Key(e)
		if part := l.Run.Part(e); part != l.Run.Lane.Business {
			line.Part = part.String()
		}
		if e.Kind.TakesStep() {
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

// Events are the events of every lane, in the order of WriteEvents.
func Events(s *story.Story) iter.Seq[EventLine] {
	return func(yield func(EventLine) bool) {
		for _, l := range s.Lanes {
			for i := range l.Run.Events() {
				if !yield(eventLine(l, i)) {
					return
				}
			}
		}
	}
}

// WriteEvents writes the events of every lane as JSON Lines.
func WriteEvents(s *story.Story, out io.Writer) error {
	w := bufio.NewWriter(out)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for line := range Events(s) {
		if err := enc.Encode(line); err != nil {
			return err
		}
	}
	return w.Flush()
}
