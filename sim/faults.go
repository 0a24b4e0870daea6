package sim

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"dejavu/sim/op"
)

// Fault is one thing that goes wrong, said so that it means the same to every
// consumer. It strikes an attempt (Message, Delivery), a message, or the world.
type Fault struct {
	Kind FaultKind
	// Message names what is struck: an ID, or that of a copy, m2b. For copy, republish,
	// redrive and delay it is what is owed. A copy of a message that the dedup window
	// dropped does not happen: there is nothing to copy. For slow it may be
	// AllMessages: everything, copies included.
	Message string
	// Delivery of Message that is struck, from 1; for slow, 0 is every delivery.
	Delivery int
	// Before or After, if not "", is the point at which a crash or pause strikes:
	// effect, ack (before only) or the name of a step. A point that the attempt
	// does not reach strikes as the attempt ends, if every consumer has it, and
	// not at all if it is the name of a step.
	Before, After string
	// Step is what fail and lose-reply strike: the first step with that name, or,
	// if "", the first Perform.
	Step string
	// Times is how many deliveries are struck, from Delivery on; 0 means 1.
	Times int
	// Worker, if not 0, strikes only attempts of that worker, from 1.
	Worker int
	// For is how long a pause lasts, how long the first Perform of a slow attempt
	// takes, how much later a delayed publish reaches the queue, or how long the stores
	// are down. A fail or lose-reply that lasts strikes each such step meanwhile, of every
	// delivery unless one is named: the receiver is down.
	For time.Duration
	// By is how far the clock of a worker is ahead: it takes over a row that has no more time
	// left than that.
	By time.Duration
	// Later is how long after the publish a copy, republish or redrive comes. What is
	// not in the dead-letter queue by then, it or a copy of it, is not redriven.
	Later time.Duration
	// NewID gives a republish or redrive a message ID of its own.
	NewID bool
	// Body is what a republish under a new message ID says in place of the first body, if it
	// is not "": the same fact in other words, as through a second door, or with the time of
	// the retry in it.
	Body string
	// Which stores an outage strikes: "db", "cache" or, if "", both. The database takes
	// along the outbox and, where the effect is a row in it, the effect. Steps of the cache,
	// and the commit, answer with an error; any other step of the database ends the attempt.
	Which string
	// Join says that a rebalance is for a member that joins, and not for one that leaves.
	Join bool
	// At is when the world is struck, or what lasts begins, from the start.
	At time.Duration
	// Drain is how long a restart gives a process that is at work to end what it is at,
	// before it is killed; with 0 it is killed at once.
	Drain time.Duration
	// Last is how many acks or commits a failover loses; 0 means 1. Where an ack speaks
	// for others, or takes others along, those come on top.
	Last int
	// Drawn says that the fault was drawn by a rate and is not part of a plan.
	Drawn bool
}

// Normal returns the fault with its defaults filled in, so that what means the
// same is equal.
func (f Fault) Normal() Fault {
	if f.Kind.ByAttempt() {
		f.Times = max(f.Times, 1)
		if !f.every() {
			f.Delivery = max(f.Delivery, 1)
		}
	} else if f.Delivery == 1 {
		f.Delivery = 0 // what strikes a message has no delivery
	}
	u := &f.Kind.Info().Usual
	if f.Before == "" && f.After == "" {
		f.Before = u.Before
	}
	f.For = cmp.Or(f.For, u.For)
	f.By = cmp.Or(f.By, u.By)
	f.Later = cmp.Or(f.Later, u.Later)
	f.Last = cmp.Or(f.Last, u.Last)
	return f
}

// Lasts reports whether the fault is a fail or a lose-reply that strikes for a time.
func (f Fault) Lasts() bool { return f.Kind.Info().Hits == OnStep && f.For > 0 }

// during reports whether a fault strikes what is answered at a moment: always, unless it
// lasts.
func (f *Fault) during(at int64) bool {
	return f.For == 0 || !f.Lasts() || at >= int64(f.At) && at < int64(f.At+f.For)
}

// every reports whether the fault may strike every delivery of a message, and every message.
func (f Fault) every() bool { return f.Kind.Info().All || f.Lasts() }

// Written returns the fault as a file or a flag would say it, whoever thought of it.
func (f Fault) Written() Fault {
	f = f.Normal()
	f.Drawn = false
	return f
}

// Same reports whether two faults mean the same, whoever thought of them.
func (f Fault) Same(o Fault) bool { return f.Written() == o.Written() }

// Among reports whether a fault is the same as one of others.
func (f Fault) Among(faults []Fault) bool {
	f = f.Written()
	return slices.ContainsFunc(faults, func(o Fault) bool { return o.Written() == f })
}

// Covers reports whether the fault, which strikes attempts, is meant for the n-th
// delivery of what it names.
func (f Fault) Covers(delivery int) bool {
	f = f.Normal()
	return f.Delivery == 0 || delivery >= f.Delivery && delivery < f.Delivery+f.Times
}

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
	return fmt.Sprintf("unknown fault %q: one of %s", e.Kind, strings.Join(FaultNames(), ", "))
}

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
		if o.Called(f.Step) && f.Kind.strikes(o) {
			return nil
		}
	}
	if err := knownStep(f.Step); err != nil {
		return err
	}
	if f.Kind == LoseReplyFault && slices.Contains(failing(FailFault), f.Step) {
		return fmt.Errorf("an error of %q is definite, so no reply of it is lost: write fail; lose-reply strikes %s", f.Step, strings.Join(failing(f.Kind), ", "))
	}
	return fmt.Errorf("a consumer cannot see %q fail; these can: %s", f.Step, strings.Join(failing(f.Kind), ", "))
}

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
	case TooShort(f.For) != nil:
		return TooShort(f.For)
	case TooShort(f.By) != nil:
		return TooShort(f.By)
	case TooShort(f.Later) != nil:
		return TooShort(f.Later)
	case TooShort(f.Drain) != nil:
		return TooShort(f.Drain)
	case f.For > MaxTime || f.By > MaxTime || f.Later > MaxTime || f.At > MaxTime || f.Drain > MaxTime:
		return fmt.Errorf("at most %s", Span(MaxTime))
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

// strikes reports whether a fail or lose-reply can strike a step.
func (k FaultKind) strikes(o Op) bool {
	if k == LoseReplyFault {
		return o.CanLoseReply()
	}
	return o.Fails()
}

func failing(k FaultKind) []string {
	var names []string
	for o := op.Has; o < op.Count; o++ {
		if k.strikes(o) {
			names = append(names, o.String())
		}
	}
	return append(names, effectNames()...)
}

// CheckPlan says which fault of a plan cannot be, for certain messages and a
// number of workers, and why. It returns -1 and nil if all can.
func CheckPlan(plan []Fault, owed []Owed, rates Rates, workers int) (int, error) {
	if len(plan) == 0 {
		return -1, nil
	}
	copies := mostCopies(owed, rates)
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
	if _, known := copies[f.Message]; known || f.every() && f.Message == AllMessages {
		return nil
	}
	if f.Message == AllMessages && f.Kind.Info().Hits == OnStep {
		return fmt.Errorf("%s strikes all messages only for a time: say for how long, such as for=60s", f.Kind)
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

// String returns the fault as --with takes it: crash:m3/2/before-ack. What is as
// it would be by default is left out, but for the point.
func (f Fault) String() string {
	f = f.Normal()
	var b strings.Builder
	b.WriteString(string(f.Kind))
	if f.Message != "" || !f.Kind.ByWorld() {
		b.WriteString(":" + f.Message) // the colon also where the name is missing, to be read again
	}
	if f.Delivery > 1 || f.Delivery == 1 && f.every() {
		b.WriteString("/" + strconv.Itoa(f.Delivery))
	}
	if f.Before != "" {
		b.WriteString("/before-" + f.Before)
	}
	if f.After != "" {
		b.WriteString("/after-" + f.After)
	}
	option := func(name, value string, set bool) {
		if set {
			b.WriteString("," + name + "=" + value)
		}
	}
	usual := f.Kind.Info().Usual
	option("step", f.Step, f.Step != "")
	option("times", strconv.Itoa(f.Times), f.Times > 1)
	option("worker", strconv.Itoa(f.Worker), f.Worker != 0)
	option("at", Span(f.At), f.Kind.ByWorld() || f.At > 0)
	option("drain", Span(f.Drain), f.Drain != usual.Drain)
	option("for", Span(f.For), f.For != usual.For)
	option("by", Span(f.By), f.By != usual.By)
	option("which", f.Which, f.Which != "")
	option("later", Span(f.Later), f.Later != usual.Later)
	option("new-id", "true", f.NewID)
	option("join", "true", f.Join)
	option("last", strconv.Itoa(f.Last), f.Last != usual.Last)
	option("body", f.Body, f.Body != "") // it may have commas in it, and so comes last
	return b.String()
}

// ParseFault reads a fault as String writes it:
// KIND:MESSAGE[/DELIVERY][/before-POINT|/after-POINT][,NAME=VALUE]...
// A body is the last of them, and goes on to the end of the text.
// It does not know the messages: see [CheckPlan].
func ParseFault(text string) (Fault, error) {
	text, body, says := strings.Cut(text, ",body=")
	if len(text) > 200 {
		return Fault{}, fmt.Errorf("a fault of %d characters: at most 200", len(text))
	}
	parts := strings.Split(text, ",")
	kind, target, _ := strings.Cut(parts[0], ":")
	f := Fault{Kind: FaultKind(kind)}
	if err := f.Kind.check(); err != nil {
		return Fault{}, err
	}
	if err := f.parseTarget(target); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	if says {
		f.Body = body
		if body == "" || !slices.Contains(f.Kind.Fields(), "body") {
			return Fault{}, fmt.Errorf("fault %q: %w", text, f.Set("body", body))
		}
	}
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, "=")
		if err := f.Set(name, value); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
	}
	if err := f.Check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f.Normal(), nil
}

func (f *Fault) parseTarget(target string) error {
	words := strings.Split(target, "/")
	f.Message = words[0]
	words = words[1:]
	if len(words) > 0 && words[0] != "" && words[0][0] >= '0' && words[0][0] <= '9' {
		n, err := strconv.Atoi(words[0])
		if err != nil || n < 1 || n > MaxDeliveries {
			return fmt.Errorf("delivery %q: want 1 to %d", words[0], MaxDeliveries)
		}
		f.Delivery, words = n, words[1:]
	}
	for _, w := range words {
		when, point, _ := strings.Cut(w, "-")
		if when != "before" && when != "after" || point == "" {
			return fmt.Errorf("%q: want before-POINT or after-POINT, such as before-ack", w)
		}
		if err := f.Set(when, point); err != nil {
			return err
		}
	}
	return nil
}

// Set sets a field by the name that files give it. Names that are not fields of
// the fault's kind are refused.
func (f *Fault) Set(name, value string) error {
	var err error
	switch name {
	case "before", "after":
		if f.Before != "" || f.After != "" {
			return fmt.Errorf("two points: give one of before and after")
		}
		if name == "before" {
			f.Before = value
		} else {
			f.After = value
		}
	case "step":
		f.Step = value
	case "times":
		f.Times, err = parseCount(value, MaxDeliveries)
	case "worker":
		f.Worker, err = parseCount(value, MaxWorkers)
	case "for":
		f.For, err = parseLength(value)
	case "by":
		f.By, err = parseLength(value)
	case "later":
		f.Later, err = parseLength(value)
	case "at":
		f.At, err = ParseSpan(value)
	case "drain":
		f.Drain, err = parseLength(value)
	case "last":
		f.Last, err = parseCount(value, MaxLast)
	case "which":
		if f.Which = value; value == whichBoth {
			f.Which = ""
		} else if value != WhichDB && value != WhichCache {
			err = fmt.Errorf("want %s, %s or %s, got %q", WhichDB, WhichCache, whichBoth, value)
		}
	case "body":
		if f.Body = value; value == "" {
			err = errors.New("it is empty: give it a value, or leave it out")
		}
	case "new-id":
		f.NewID, err = parseTruth(value)
	case "join":
		f.Join, err = parseTruth(value)
	default:
		return fmt.Errorf("unknown field %q of %s; it has %s", name, f.Kind, strings.Join(f.Kind.Fields(), ", "))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func parseTruth(text string) (bool, error) {
	if text != "true" && text != "false" {
		return false, fmt.Errorf("want true or false, got %q", text)
	}
	return text == "true", nil
}

func parseCount(text string, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("want a number from 1 to %d, got %q", most, text)
	}
	return n, nil
}

func parseLength(text string) (time.Duration, error) {
	d, err := ParseSpan(text)
	if err == nil && d == 0 {
		return 0, fmt.Errorf("0s is no time at all: want more, such as 1ms")
	}
	if err == nil {
		err = TooShort(d)
	}
	return d, err
}
