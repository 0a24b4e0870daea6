package sim

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// check says whether there is such a kind of fault.
func (k FaultKind) check() error {
	if k.Info().Kind != "" {
		return nil
	}
	return &UnknownFault{Kind: string(k)}
}

// UnknownFault says that a fault of no known kind was named.
type UnknownFault struct{ Kind string }

// Error names the kind and lists those that there are.
func (e *UnknownFault) Error() string {
	kinds := FaultKinds()
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return fmt.Sprintf("unknown fault %q: one of %s", e.Kind, strings.Join(names, ", "))
}

// checkFields says which field does not go with the fault's kind, or has a value
// that cannot be.
func (f Fault) checkFields() error {
	if err := f.Kind.check(); err != nil {
		return err
	}
	set := []struct {
		name string
		set  bool
	}{
		{"before", f.Before != ""}, {"after", f.After != ""}, {"step", f.Step != ""},
		{"times", f.Times > 1}, {"worker", f.Worker != 0}, {"for", f.For != 0},
		{"later", f.Later != 0}, {"new-id", f.NewID}, {"at", f.At != 0}, {"last", f.Last > 1},
	}
	for _, s := range set {
		if s.set && !slices.Contains(f.Kind.Fields(), s.name) {
			return fmt.Errorf("%s does not go with %s; it has %s", s.name, f.Kind, strings.Join(f.Kind.Fields(), ", "))
		}
	}
	if f.Kind.ByWorld() && f.Message != "" {
		return fmt.Errorf("%s strikes no single message: leave out %q and say when, as in %s,at=40s", f.Kind, f.Message, f.Kind)
	}
	if f.Delivery > 1 && !f.Kind.ByAttempt() {
		return fmt.Errorf("%s strikes a message, not a delivery: leave out /%d", f.Kind, f.Delivery)
	}
	return errors.Join(f.checkPoint(), f.checkStep(), f.checkTimes())
}

func (f Fault) checkPoint() error {
	switch {
	case f.Before != "" && f.After != "":
		return errors.New("two points: give one of before and after")
	case f.After == PointAck:
		return errors.New("after ack is too late to matter: the message is settled; say before ack")
	case f.Before == "" && f.After == "" || f.Before == PointEffect || f.After == PointEffect || f.Before == PointAck:
		return nil
	}
	return knownStep(f.Before + f.After)
}

func (f Fault) checkStep() error {
	if f.Step == "" {
		return nil
	}
	for o := OpHas; o < opCount; o++ {
		if o.called(f.Step) && o.CanFail() {
			return nil
		}
	}
	if err := knownStep(f.Step); err != nil {
		return err
	}
	return fmt.Errorf("a consumer cannot see %q fail; these can: %s", f.Step, strings.Join(failing(), ", "))
}

// MaxLast is how many acks or commits a failover can lose at most.
const MaxLast = 1000

func (f Fault) checkTimes() error {
	switch {
	case f.Worker < 0 || f.Worker > MaxWorkers:
		return fmt.Errorf("worker %d: 1 to %d", f.Worker, MaxWorkers)
	case f.Delivery < 0 || f.Delivery > MaxDeliveries || f.Times < 0 || f.Times > MaxDeliveries:
		return fmt.Errorf("deliveries are counted from 1 to %d", MaxDeliveries)
	case f.For < 0 || f.Later < 0 || f.At < 0:
		return errors.New("a negative time: virtual time only goes forward")
	case TooShort(f.For) != nil:
		return TooShort(f.For)
	case TooShort(f.Later) != nil:
		return TooShort(f.Later)
	case f.For > MaxTime || f.Later > MaxTime || f.At > MaxTime:
		return fmt.Errorf("at most %s", Span(MaxTime))
	case f.Last < 0 || f.Last > MaxLast:
		return fmt.Errorf("the last %d: 1 to %d", f.Last, MaxLast)
	case f.Kind.ByWorld() && !f.Kind.Info().Whole && f.At == 0:
		return fmt.Errorf("%s needs a time: say at when, such as at=40s", f.Kind)
	}
	return nil
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

func failing() []string {
	var names []string
	for o := OpHas; o < opCount; o++ {
		if o.CanFail() {
			names = append(names, o.String())
		}
	}
	return names
}

// CheckPlan says which fault of a plan cannot be, for certain messages and a
// number of workers, and why. It returns -1 and nil if all can.
func CheckPlan(plan []Fault, owed []Owed, rates Rates, workers int) (int, error) {
	if len(plan) == 0 {
		return -1, nil
	}
	copies := mostCopies(owed, rates)
	for i, f := range plan {
		if err := f.checkFields(); err != nil {
			return i, err
		}
		if f.Kind.ByWorld() || f.Kind.ByAttempt() {
			continue
		}
		n, known := copies[f.Message]
		switch {
		case !known:
			return i, &UnknownMessage{Name: f.Message}
		case !f.Kind.renews():
		case n >= MaxCopies:
			return i, fmt.Errorf("too many copies of %s: at most %d", f.Message, MaxCopies)
		default:
			copies[f.Message]++
		}
	}
	for i, f := range plan {
		if !f.Kind.ByAttempt() {
			continue
		}
		if err := f.checkAttempt(copies, workers); err != nil {
			return i, err
		}
	}
	return -1, nil
}

// mostCopies returns how many copies of each message chance may make: one of each
// kind that does.
func mostCopies(owed []Owed, rates Rates) map[string]int {
	most := 0
	for _, k := range FaultKinds() {
		if k.renews() && rates[k] > 0 {
			most++
		}
	}
	copies := make(map[string]int, len(owed))
	for i := range owed {
		copies[owed[i].ID] = most
	}
	return copies
}

func (f Fault) checkAttempt(copies map[string]int, workers int) error {
	if f.Worker > workers {
		return fmt.Errorf("worker %d: there are %d", f.Worker, workers)
	}
	if _, known := copies[f.Message]; known || f.Kind.Info().All && f.Message == AllMessages {
		return nil
	}
	id, letter := splitCopy(f.Message)
	if n, known := copies[id]; known && letter > 0 {
		if letter <= n {
			return nil
		}
		return fmt.Errorf("%s is a copy, republish or redrive of %s, and there is none of that letter: add copy: %s, or strike %s", f.Message, id, id, id)
	}
	return &UnknownMessage{Name: f.Message}
}

// UnknownMessage says that a fault names a message that does not exist.
type UnknownMessage struct{ Name string }

// Error names the message.
func (e *UnknownMessage) Error() string {
	if e.Name == "" {
		return "no message is named: say which one it strikes"
	}
	return fmt.Sprintf("no message is called %q", e.Name)
}

// splitCopy splits the name of a copy: m2b is the first of m2. A name that
// cannot be a copy's has letter 0.
func splitCopy(name string) (id string, letter int) {
	if name == "" {
		return "", 0
	}
	last := name[len(name)-1]
	if last < 'b' || last > 'z' {
		return name, 0
	}
	return name[:len(name)-1], int(last - 'a')
}
