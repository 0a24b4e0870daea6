package scenarios

import (
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
	"dejavu/sim/spell"
)

// PlaceKind is what happens at a place.
type PlaceKind string

// The kinds of place. Any other kind is the name of a step.
const (
	AtStart    PlaceKind = "start"    // before anything has happened
	AtEnd      PlaceKind = "end"      // after everything
	AtParting  PlaceKind = "parting"  // the lanes begin to differ
	AtFirst    PlaceKind = "first"    // first delivery, first effect, first ack
	AtFault    PlaceKind = "fault"    // fault 2: the second of the scenario strikes
	AtHarm     PlaceKind = "harm"     // somebody is charged twice, or never will be
	AtPublish  PlaceKind = "publish"  // a message comes to the queue
	AtDelivery PlaceKind = "delivery" // a message is handed to a worker
	AtEffect   PlaceKind = "effect"   // it takes effect
	AtAck      PlaceKind = "ack"      // its worker has said whether it is done
	AtTimeout  PlaceKind = "timeout"  // its visibility timeout is over
)

// Position is a moment of a run by what happens there, and never by the number of a
// step: when the run changes, the place moves along with it.
type Position struct {
	Kind PlaceKind
	// What is the kind of which AtFirst is the first.
	What PlaceKind
	// Nth is the number of a fault, from 1.
	Nth int
	// Message is the broker message that it is about, "" for any, and Delivery which
	// delivery of it, from 1.
	Message  string
	Delivery int
	// Lane is the consumer in whose lane it is; "" stands for all, and the last of
	// those that come to it together.
	Lane string
	// Text is the place as it was written.
	Text string
	// Spot is where it was written.
	Spot Spot
}

// Spot is where something stands in a file.
type Spot struct{ Line, Col int }

func (n *node) spot() Spot { return Spot{n.line, n.col} }

// placeForms are shown in the error about a wrong place.
const placeForms = "such as first delivery, fault 1, delivery m2/2, effect m2 in naive, harm in naive, parting or end"

// placeKinds are the words with which a place can begin, but for names of steps.
var placeKinds = []PlaceKind{
	AtStart, AtEnd, AtParting, AtFirst, AtFault, AtHarm, AtPublish, AtDelivery, AtEffect, AtAck, AtTimeout,
}

// wording takes a sentence apart that a person has written for the engine.
type wording struct {
	*lessonReader
	at   *node
	left []string
}

// next takes the next word, "" after the last.
func (w *wording) next() string {
	if len(w.left) == 0 {
		return ""
	}
	word := w.left[0]
	w.left = w.left[1:]
	return word
}

// done fails if there are words left that say nothing.
func (w *wording) done() error {
	if len(w.left) > 0 {
		return w.fail(w.at, "%q says nothing here: leave it out", strings.Join(w.left, " "))
	}
	return nil
}

// place reads a place.
func (w *wording) place() (Position, error) {
	p := Position{Kind: PlaceKind(w.next()), Text: w.at.text, Spot: w.at.spot()}
	if n := len(w.left); n >= 2 && w.left[n-2] == "in" {
		p.Lane = w.left[n-1]
		w.left = w.left[:n-2]
		if err := w.checkLane(p.Lane); err != nil {
			return p, err
		}
	}
	if err := w.placeSubject(&p); err != nil {
		return p, err
	}
	return p, w.done()
}

// placeSubject reads what a place is about.
func (w *wording) placeSubject(p *Position) error {
	switch p.Kind {
	case AtStart, AtEnd, AtParting:
		return nil
	case AtFirst:
		p.What = PlaceKind(w.next())
		if firsts := []string{"delivery", "effect", "ack"}; !slices.Contains(firsts, string(p.What)) {
			return w.fail(w.at, "first what? Write first delivery, first effect or first ack")
		}
		return nil
	case AtFault:
		n, err := number(1, max(1, len(w.run.Faults))).parse(w.next())
		if err != nil || len(w.run.Faults) == 0 {
			return w.fail(w.at, "fault: the scenario has %d of them: write fault 1 for the first", len(w.run.Faults))
		}
		p.Nth = n
		return nil
	case AtHarm:
		if len(w.left) == 0 {
			return nil
		}
	case AtPublish, AtDelivery, AtEffect, AtAck, AtTimeout:
	default:
		if known := w.placeWords(); !slices.Contains(known, string(p.Kind)) {
			if near, ok := spell.Nearest(string(p.Kind), known); ok {
				return w.fail(w.at, "unknown place %q; did you mean %q?", p.Text, near)
			}
			return w.fail(w.at, "unknown place %q: write one %s", p.Text, placeForms)
		}
	}
	var err error
	p.Message, p.Delivery, err = w.delivery()
	return err
}

// placeWords are all words with which a place can begin.
func (w *wording) placeWords() []string {
	var known []string
	for _, k := range placeKinds {
		known = append(known, string(k))
	}
	return append(known, sim.StepNames()...)
}

// delivery reads a delivery: m2 is the first of m2, m2/2 the second.
func (w *wording) delivery() (message string, nth int, err error) {
	text := w.next()
	message, count, several := strings.Cut(text, "/")
	nth = 1
	if several {
		if nth, err = strconv.Atoi(count); err != nil || nth < 1 || !digits(count) {
			return "", 0, w.fail(w.at, "deliveries are counted from 1, as in m2/2, got %q", text)
		}
	}
	return message, nth, w.checkMessageName(message)
}

// checkMessageName refuses a broker message that there cannot be.
func (w *wording) checkMessageName(name string) error {
	of, copied := copyOf(name)
	switch {
	case name == "":
		return w.fail(w.at, "which message? Name one, such as %s", w.ids[0])
	case slices.Contains(w.ids, name), copied && slices.Contains(w.ids, of):
		return nil
	}
	return w.fail(w.at, "no message is called %q%s", name, suggest(name, w.ids))
}

// checkLane refuses a consumer that is not watched.
func (w *wording) checkLane(name string) error {
	if lanes := w.run.Consumers; !slices.Contains(lanes, name) {
		return w.fail(w.at, "no lane is called %q%s", name, suggest(name, lanes))
	}
	return nil
}
