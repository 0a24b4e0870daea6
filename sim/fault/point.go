package fault

import (
	"fmt"
	"slices"
	"strings"

	"dejavu/sim/business"
	"dejavu/sim/op"
)

// Points that every consumer has.
const (
	PointEffect = "effect" // before: the next step is the attempt's first effect; after: all its effects have answered
	PointAck    = "ack"    // before: the next step is the ack, by p.Ack or by returning
)

// StepNames returns every name that a fault may give for a step: the steps' own,
// then the names of classes of steps ("mark", "check") and those of the parts of a
// business ("card", "stock", "mail"): the step that has that effect.
func StepNames() []string {
	return append(op.Names(), effectNames()...)
}

// effectNames returns the names of what performing can be: each business that has one
// part.
func effectNames() []string {
	var names []string
	for _, b := range business.Singles() {
		names = append(names, b.String())
	}
	return names
}

func knownStep(name string) error {
	if slices.Contains(StepNames(), name) {
		return nil
	}
	return &UnknownStep{Name: name}
}

// UnknownStep says that a point or a step was named that no consumer has.
type UnknownStep struct{ Name string }

// Error names the step and lists those that there are.
func (e *UnknownStep) Error() string {
	return fmt.Sprintf("unknown step %q: one of %s, %s", e.Name, PointEffect, strings.Join(StepNames(), ", "))
}

// Strikes reports whether a fail or lose-reply can strike a step.
func (k Kind) Strikes(o op.Op) bool {
	if k == LoseReply {
		return o.CanLoseReply()
	}
	return o.Fails()
}

func failing(k Kind) []string {
	var names []string
	for o := op.Has; o < op.Count; o++ {
		if k.Strikes(o) {
			names = append(names, o.String())
		}
	}
	return append(names, effectNames()...)
}

// AtEffect reports whether a fault strikes where the effect is: at the relay, if the
// consumer has one and its handler does not perform all by itself. All other faults strike
// its handler.
func (f *Fault) AtEffect() bool {
	switch f.Kind.Info().Hits {
	case OnPoint:
		return outside(f.Before + f.After)
	case OnStep:
		return f.Step == "" || outside(f.Step)
	case OnEffect:
		return true
	}
	return false
}

// outside reports whether a point is at the receiver of the effect.
func outside(point string) bool {
	for o := op.Has; o < op.Count; o++ {
		if o.String() == point {
			return o.Place() == op.Outside
		}
	}
	return point == PointEffect || slices.Contains(effectNames(), point)
}

// AtPart reports whether a fault strikes a part of the business by its name.
func (f *Fault) AtPart() bool {
	b, known := business.Named(f.Before + f.After + f.Step)
	return known && b.Info().Parts == nil
}
