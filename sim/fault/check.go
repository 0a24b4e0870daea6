package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"dejavu/sim/op"
	"dejavu/sim/span"
)

// Check says which field does not go with the fault's kind, or has a value that cannot
// be. It knows neither messages nor workers: see [CheckPlan].
func (f Fault) Check() error {
	if err := f.Kind.check(); err != nil {
		return err
	}
	set := []struct {
		name string
		set  bool
	}{
		{"before", f.Before != ""}, {"after", f.After != ""}, {"step", f.Step != ""},
		{"times", f.Times > 1}, {"worker", f.Worker != 0}, {"for", f.For != 0}, {"by", f.By != 0},
		{"later", f.Later != 0}, {"new-id", f.NewID}, {"join", f.Join}, {"body", f.Body != ""}, {"at", f.At != 0}, {"drain", f.Drain != 0}, {"which", f.Which != ""}, {"last", f.Last > 1},
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
	return errors.Join(f.checkPoint(), f.checkStep(), f.checkTimes(), f.checkBody())
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
	if slices.Contains(effectNames(), f.Step) {
		return nil
	}
	for o := op.Has; o < op.Count; o++ {
		if o.Called(f.Step) && f.Kind.Strikes(o) {
			return nil
		}
	}
	if err := knownStep(f.Step); err != nil {
		return err
	}
	if f.Kind == LoseReply && slices.Contains(failing(Fail), f.Step) {
		return fmt.Errorf("an error of %q is definite, so no reply of it is lost: write fail; lose-reply strikes %s", f.Step, strings.Join(failing(f.Kind), ", "))
	}
	return fmt.Errorf("a consumer cannot see %q fail; these can: %s", f.Step, strings.Join(failing(f.Kind), ", "))
}

// Limits on what a fault may name. They are those of every lane.
const (
	MaxWorkers    = 64
	MaxDeliveries = 10_000 // of one broker message, then the run ends
	MaxCopies     = 25     // copies and republishes of one message
)

// MaxBody is how many bytes the body of a republish may have.
const MaxBody = 800

func (f Fault) checkBody() error {
	switch {
	case f.Body == "":
		return nil
	case !f.NewID:
		return errors.New("body needs new-id: true: a retry under the same message ID sends the same bytes")
	case strings.TrimSpace(f.Body) == "" || strings.ContainsAny(f.Body, "\n\r") || !utf8.ValidString(f.Body):
		return errors.New("want a body of one line, such as body: pay 40 at 10:00:21")
	case len(f.Body) > MaxBody:
		return fmt.Errorf("a body of %d bytes: at most %d", len(f.Body), MaxBody)
	}
	return nil
}

// MaxLast is how many acks or commits a failover can lose at most.
const MaxLast = 1000

func (f Fault) checkTimes() error {
	switch {
	case f.Worker < 0 || f.Worker > MaxWorkers:
		return fmt.Errorf("worker %d: 1 to %d", f.Worker, MaxWorkers)
	case f.Delivery < 0 || f.Delivery > MaxDeliveries || f.Times < 0 || f.Times > MaxDeliveries:
		return fmt.Errorf("deliveries are counted from 1 to %d", MaxDeliveries)
	case f.For < 0 || f.By < 0 || f.Later < 0 || f.At < 0 || f.Drain < 0:
		return errors.New("a negative time: virtual time only goes forward")
	case span.TooShort(f.For) != nil:
		return span.TooShort(f.For)
	case span.TooShort(f.By) != nil:
		return span.TooShort(f.By)
	case span.TooShort(f.Later) != nil:
		return span.TooShort(f.Later)
	case span.TooShort(f.Drain) != nil:
		return span.TooShort(f.Drain)
	case f.For > span.Max || f.By > span.Max || f.Later > span.Max || f.At > span.Max || f.Drain > span.Max:
		return fmt.Errorf("at most %s", span.String(span.Max))
	case f.Kind.ByAttempt() && f.At > 0 && f.For == 0:
		return errors.New("at says when it begins: say for how long as well, such as for=60s")
	case f.Lasts() && f.Times > 1:
		return errors.New("times counts deliveries, and for strikes all within a time: leave out one of them")
	case f.Last < 0 || f.Last > MaxLast:
		return fmt.Errorf("the last %d: 1 to %d", f.Last, MaxLast)
	case f.Kind.ByWorld() && !f.Kind.Info().Whole && f.At == 0:
		return fmt.Errorf("%s needs a time: say at when, such as at=40s", f.Kind)
	}
	return nil
}

// check says whether there is such a kind of fault.
func (k Kind) check() error {
	if k.Info().Kind != "" {
		return nil
	}
	return &UnknownKind{Kind: string(k)}
}

// UnknownKind says that a fault of no known kind was named.
type UnknownKind struct{ Kind string }

// Error names the kind and lists those that there are.
func (e *UnknownKind) Error() string {
	return fmt.Sprintf("unknown fault %q: one of %s", e.Kind, strings.Join(Names(), ", "))
}

// CheckPlan says which fault of a plan cannot be, for certain messages and a number of
// workers, and why. It returns -1 and nil if all can. copies has the messages, and how many
// copies of each chance may make; CheckPlan adds those of the plan.
func CheckPlan(plan []Fault, copies map[string]int, workers int) (int, error) {
	for i, f := range plan {
		if err := f.Check(); err != nil {
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

func (f Fault) checkAttempt(copies map[string]int, workers int) error {
	if f.Worker > workers {
		return fmt.Errorf("worker %d: there are %d", f.Worker, workers)
	}
	if _, known := copies[f.Message]; known || f.Every() && f.Message == AllMessages {
		return nil
	}
	if f.Message == AllMessages && f.Kind.Info().Hits == OnStep {
		return fmt.Errorf("%s strikes all messages only for a time: say for how long, such as for=60s", f.Kind)
	}
	id, letter := SplitCopy(f.Message)
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

// CopyName returns the name of the n-th copy or republish of what is owed: m2b
// is the first of m2. n is 1 to MaxCopies.
func CopyName(id string, n int) string { return id + string(rune('a'+n)) }

// SplitCopy splits the name of a copy: m2b is the first of m2. A name that
// cannot be a copy's has letter 0.
func SplitCopy(name string) (id string, letter int) {
	if name == "" {
		return "", 0
	}
	last := name[len(name)-1]
	if last < 'b' || last > 'z' {
		return name, 0
	}
	return name[:len(name)-1], int(last - 'a')
}
