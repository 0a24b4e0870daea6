package scenarios

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"dejavu/consumers"
	"dejavu/sim"
)

// Limits on texts, so that they fit a screen.
const (
	maxTitle    = 80
	MaxTeaches  = 160 // characters: whoever writes a file for others keeps to it
	maxStory    = 1200
	maxQuestion = 200
)

// Load reads a scenario from a file on disk. A mistake in it is an *Error.
func Load(path string) (*Scenario, error) {
	src, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, src)
}

func readFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, MaxBytes+1)) // one more, so that the reader can tell
}

// Parse reads a scenario. name is what errors call the file; the scenario is
// called by its base without the extension. A mistake is an *Error, and the first
// is the only one reported.
func Parse(name string, src []byte) (*Scenario, error) {
	text, err := readText(name, src)
	if err != nil {
		return nil, err
	}
	root, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	r := &reader{source: text, s: Scenario{
		Name:    strings.TrimSuffix(base, filepath.Ext(base)),
		Workers: DefaultWorkers, Seed: DefaultSeed, Source: slices.Clone(src),
	}}
	if err := r.scenario(root, r.scenarioFields()); err != nil {
		return nil, err
	}
	return &r.s, nil
}

// reader fills in a scenario from the tree of its file.
type reader struct {
	*source
	s      Scenario
	ids    []string         // of the messages
	placed map[string]*node // ... and where they stand
	faults []faultPlace

	comment func(sim.Business) string // that stands at the business where it is written
}

func (r *reader) scenario(root *node, fields []field) error {
	r.s.Queue = defaultQueue()
	if err := r.object(root, "a scenario", fields); err != nil {
		return err
	}
	if err := r.checkFaults(); err != nil {
		return err
	}
	return r.checkLanes(root, &r.s)
}

// checkLanes asks the simulator about every lane. What it checks was checked before,
// with its place; this is for what was not.
func (r *reader) checkLanes(at *node, s *Scenario) error {
	if _, err := s.Lanes(); err != nil {
		return r.fail(at, "%v", err)
	}
	return nil
}

// scenarioFields are the keys of a file, in its order. Later ones refer to earlier ones.
func (r *reader) scenarioFields() []field {
	s, blank := &r.s, &reader{}
	relays := parsed(r.source, "relays", &s.Relays, number(1, sim.MaxRelays)).usually("1")
	relays.text = func() string { return strconv.Itoa(max(s.Relays, 1)) }
	business := choice(r.source, "business", &s.Business, sim.Businesses()...)
	business.text, business.shown = func() string { return s.Business.String() + "   # " + r.comment(s.Business) }, true
	return []field{
		r.text("title", "a headline, such as title: Lost ack", &s.Title, maxTitle).on(blockText, &s.Title).says("A headline. It stands above the screen."),
		r.text("teaches", "", &s.Teaches, MaxTeaches).on(blockText, &s.Teaches).says("The lesson, in one line."),
		r.prose("story", &s.Story, maxStory).on(folded, &s.Story).says("What happens, in a few plain sentences about people and money."),
		r.text("question", "", &s.Question, maxQuestion).on(blockText, &s.Question).says("What to ask before the run is shown."),
		business.usually(`"card"`).
			says("What performing means. card: charge a card at a gateway that honours idempotency keys. mail: send a mail, which nobody can take back or ask about. stock: take an item in the consumer's own database, which can be rolled back. order: charge the card, take the item, send the mail, one after the other. status: set the status of a group; the message that is published later is newer, and an older one that is set over it is stale."),
		parsed(r.source, "seed", &s.Seed, seed).usually("1").says("Draws what rates leave to chance. The same seed gives the same run."),
		parsed(r.source, "until", &s.Until, until).says("When the run ends. Left out, it ends when nothing is due any more, or one day after the last message or planned mishap."),
		{name: "messages", need: "a list of what is owed, such as - {id: m1, at: 1s, customer: Ann, amount: $40}", read: r.readMessages, text: r.messagesText,
			form:  fmt.Sprintf(`"type": "array", "minItems": 1, "maxItems": %d, "items": {%s}`, MaxMessages, defined("message")),
			about: "What is owed, and when the message that says so is published."},
		{name: "queue", bare: true, read: r.readQueue, text: func() string { return inBraces(queueParts(s.Queue)) }, form: defined("queue"),
			about: "How the broker behaves. Left out: hidden for 30s, a late ack is accepted, a stale one ignored, a nacked message waits 5s."},
		{name: "bank", bare: true, read: func(v *node) error { return r.object(v, "bank", r.bankFields()) }, text: func() string { return inBraces(changed(r.bankFields(), blank.bankFields())) }, form: defined("bank"),
			about: "How the receiver of the effect behaves. Left out, it honours an idempotency key for 24h from its first use."},
		choice(r.source, "database", &s.Database, sim.Databases()...).usually(`"postgres"`).
			says("How the consumers' own database takes an error in a transaction. postgres: it aborts the transaction, and all that can be done is to roll back. mysql: it undoes the statement alone, and the transaction goes on."),
		r.words("consumers", "who is watched, such as consumers: [naive, inbox]", &s.Consumers, r.checkConsumer).
			says("Who is watched, by the names that `dejavu list` shows. Each has a queue and stores of its own, and meets the same mishaps."),
		parsed(r.source, "workers", &s.Workers, number(1, sim.MaxWorkers)).usually("2").says("How many processes of each consumer compete for messages. With one, every race is gone."),
		relays.says("How many relays work on the outbox of each consumer that has one, each in a process of its own."),
		choice(r.source, "claim", &s.Claim, sim.NoClaim, sim.ClaimRow).usually(`"none"`).
			says("What a relay does to a row of the outbox before it handles it. none: it reads what is not marked sent, and so may another at the same time. row: it locks the row, and passes over what others have locked (FOR UPDATE SKIP LOCKED)."),
		{name: "faults", bare: true, read: r.readFaults, text: func() string { return faultLines(s.Faults) },
			form:  fmt.Sprintf(`"type": ["array", "null"], "maxItems": %d, "items": {%s}`, MaxFaults, defined("fault")),
			about: "What goes wrong, the same for every consumer: one mishap a line, such as lose-ack: m2."},
		{name: "rates", bare: true, read: r.readRates, text: func() string { return inBraces(changed(r.rateFields(), blank.rateFields())) }, form: defined("rates"),
			about: "How often chance strikes, drawn by the seed: per delivery or, for copy, republish, redrive and delay, per message."},
		{name: "expect", bare: true, read: r.readExpect, text: r.expectText, form: `"type": ["object", "null"], "additionalProperties": {` + defined("expectation") + "}",
			about: "What should come out, by consumer. It makes the file a test: a run that differs fails."},
	}
}

// ownFields are the keys of a scenario within a lesson, whose title it has.
func (r *reader) ownFields() []field {
	fields := r.scenarioFields()
	fields[0].need = ""
	return fields
}

// seed is any whole number.
var seed = format[uint64]{`"type": "integer", "minimum": 0`, func(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("want a whole number such as 7, got %q", text)
	}
	return n, nil
}, func(n uint64) string { return strconv.FormatUint(n, 10) }}

// until is when a run ends.
var until = format[time.Duration]{defined("span"), sim.ParseSpan, sim.Span}.but(func(d time.Duration, _ string) error {
	if d == 0 {
		return errors.New("0s is no time at all: want more, or leave the key out")
	}
	return nil
})

// checkConsumer refuses a name that the catalogue does not have.
func (r *reader) checkConsumer(item *node) error {
	if _, known := consumers.Get(item.text); !known {
		return r.fail(item, "unknown consumer %q%s", item.text, suggest(item.text, consumers.Names()))
	}
	return nil
}
