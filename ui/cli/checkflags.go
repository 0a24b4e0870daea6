package cli

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/export"
	"dejavu/ui/proof"
)

// checkFlags are the flags of check.
type checkFlags struct {
	business, only, scenario, profile, require, save string
	shrink, format                                   string
	messages, workers, faults, copies                int
	maxDeliveries, maxStates, maxMemory              int
	json, play, allowUnfinished, schema              bool

	given map[string]bool
	order []string // of the flags, as help shows them
	typed *pflag.FlagSet
}

// catalogueFaults is the number of faults that a search of the whole catalogue tries, so
// that it ends in seconds. One more fault takes ten times as long.
const catalogueFaults = 2

const mebibyte = 1 << 20

func (f *checkFlags) declare(s *streams, c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.business, "business", "", "search only the business `KIND`: "+strings.Join(businessNames(), ", "))
	flags.IntVar(&f.messages, "messages", check.DefaultMessages, "search with `N` messages; with --scenario as many as the search can take")
	flags.IntVar(&f.workers, "workers", check.DefaultWorkers, "search with `N` competing workers; with --scenario as many as it has")
	flags.IntVar(&f.faults, "faults", check.DefaultFaults, "search with up to `N` faults; "+strconv.Itoa(catalogueFaults)+" if no consumer is named")
	flags.IntVar(&f.copies, "copies", check.DefaultFaults, "let at most `N` of the faults be copies or republishes of one message")
	flags.StringVar(&f.only, "only", "", "search with faults of these `KINDS` only: "+strings.Join(check.Names(check.Kinds()), ", "))
	flags.StringVar(&f.scenario, "scenario", "", "take messages, queue, workers, business and consumers of the scenario `NAME|FILE|TOKEN`, but not its faults")
	flags.StringVar(&f.profile, "profile", "", "let the queue behave like the broker `NAME`, see list profiles")
	flags.IntVar(&f.maxDeliveries, "max-deliveries", 0, "dead-letter a message after `N` deliveries")
	_ = flags.SetAnnotation("max-deliveries", example, []string{"5"}) // there is such a flag
	flags.StringVar(&f.require, "require", "", "require these `PROPERTIES` of every consumer: "+strings.Join(propertyNames(), ", "))
	flags.IntVar(&f.maxStates, "max-states", check.DefaultMaxStates, "stop a search after `N` states; an undecided property does not count as holding")
	flags.IntVar(&f.maxMemory, "max-memory", 0, "stop the searches if their states together need more than `N` MiB; without it, a quarter of the machine's memory")
	_ = flags.SetAnnotation("max-memory", example, []string{"1024"}) // there is such a flag
	flags.BoolVar(&f.allowUnfinished, "allow-unfinished", false, "do not exit with 1 because a claim is not decided")
	flags.StringVar(&f.save, "save", "", "write the counterexample of one consumer and business to a new `FILE`, for play")
	flags.StringVar(&f.shrink, "shrink", "", "do not search: shrink the scenario `NAME|FILE` to what causes the harm")
	flags.BoolVar(&f.play, "play", false, "then play the first counterexample on the screen, beside naive")
	flags.StringVar(&f.format, "format", "text", "write the cards as `FORMAT`: text, "+strings.Join(export.CardFormats, ", "))
	flags.BoolVar(&f.json, "json", false, "one JSON object (schema "+proof.Schema+")")
	flags.BoolVar(&f.schema, "schema", false, "the JSON Schema of what --json writes")
	flags.VisitAll(func(flag *pflag.Flag) { f.order = append(f.order, flag.Name) })
	s.complete(c, "business", fixed(businessNames()))
	s.complete(c, "only", fixed(check.Names(check.Kinds())))
	s.complete(c, "scenario", completeScenarios)
	s.complete(c, "shrink", completeScenarios)
	s.complete(c, "profile", fixed(profileNames()))
	s.complete(c, "format", fixed(append([]string{"text"}, export.CardFormats...)))
	s.complete(c, "require", fixed(propertyNames()))
}

func (f *checkFlags) read(c *cobra.Command) {
	f.given, f.typed = map[string]bool{}, c.LocalFlags()
	c.Flags().Visit(func(flag *pflag.Flag) { f.given[flag.Name] = true })
}

// agree refuses flags that do not go together, and would have no effect.
func (f *checkFlags) agree() error {
	var results []string
	for _, name := range f.order {
		if !f.given[name] {
			continue
		}
		if f.given["shrink"] && !slices.Contains([]string{"shrink", "save", "business", "profile"}, name) {
			return fmt.Errorf("--%s does not go with --shrink, which does not search", name)
		}
		if slices.Contains([]string{"save", "play", "json", "format"}, name) {
			results = append(results, "--"+name)
		}
	}
	if formats := append([]string{"text"}, export.CardFormats...); !slices.Contains(formats, f.format) {
		return fmt.Errorf("--format: %w", unknown("format", f.format, formats))
	}
	if len(results) > 1 {
		return fmt.Errorf("%s are two results: choose one", strings.Join(results[:2], " and "))
	}
	return nil
}

func propertyNames() []string {
	var names []string
	for _, p := range proof.Properties() {
		names = append(names, p.String())
	}
	return names
}

// question is what is to be searched.
type question struct {
	names    []string            // consumers, as they were typed
	scenario *scenarios.Scenario // whose messages they are, or nil
	cases    []proof.Case
	note     string
}

// question reads the flags. A mistake in one of them is found before anything is
// searched.
func (f *checkFlags) question(s *streams, names []string) (*question, error) {
	o, err := f.bounds()
	if err != nil {
		return nil, err
	}
	q := &question{names: names}
	lane := sim.Lane{Queue: broker.Default()}
	businesses := sim.Businesses()
	if f.given["scenario"] {
		if q.scenario, err = s.open(f.scenario); err != nil {
			return nil, ofFlag("scenario", err)
		}
		if err := f.take(q.scenario, &lane, &o); err != nil {
			return nil, err
		}
		businesses = []sim.Business{q.scenario.Business}
		if len(names) == 0 {
			names = q.scenario.Consumers
		}
	}
	if err := f.behave(&lane.Queue); err != nil {
		return nil, err
	}
	if f.given["business"] {
		i := slices.Index(businessNames(), f.business)
		if i < 0 {
			return nil, fmt.Errorf("--business: %w", unknown("business", f.business, businessNames()))
		}
		businesses = sim.Businesses()[i : i+1]
	}
	required, err := f.required()
	if err != nil {
		return nil, fmt.Errorf("--require: %w", err)
	}
	if len(names) == 0 {
		names = consumers.Names()
		if !f.given["faults"] {
			o.Faults = catalogueFaults
		}
	}
	for _, name := range names {
		for _, b := range businesses {
			c := proof.Case{Lane: lane, Options: o, Claimed: required, Required: f.given["require"]}
			c.Lane.Consumer, _ = consumers.Get(name)
			c.Lane.Business = b
			q.claim(&c)
			if _, err := check.New(c.Lane, o); err != nil {
				return nil, err
			}
			q.cases = append(q.cases, c)
		}
	}
	return q, f.checkSave(q)
}

// claim has a case held to what its consumer declares, if nothing is required.
func (q *question) claim(c *proof.Case) {
	messages := c.Lane.Messages
	if c.Options.Messages > 0 {
		messages = check.Related(messages, c.Options.Messages)
	}
	switch {
	case c.Required:
	case proof.Alike(c.Lane.Consumer, messages):
		q.note = "messages of this scenario share a debt, an ID, a key or, which matters to a hash, a body. Claims are about messages that have nothing in common: nothing is claimed here; --require sets what should hold."
	default:
		c.Claimed = c.Lane.Consumer.Claims.Of(c.Lane.Business)
	}
}

// take has a scenario searched as it is: what is not asked for otherwise is what its
// lanes have.
func (f *checkFlags) take(s *scenarios.Scenario, lane *sim.Lane, o *check.Options) error {
	if f.given["messages"] && f.messages > len(s.Messages) {
		return fmt.Errorf("--messages %d: %s has %d", f.messages, f.scenario, len(s.Messages))
	}
	if !f.given["workers"] && s.Workers > check.MaxWorkers {
		return fmt.Errorf("--scenario: %s has %d workers, and a search takes 1 to %d: say --workers %d", s.Name, s.Workers, check.MaxWorkers, check.DefaultWorkers)
	}
	*lane = s.Lane(sim.Consumer{})
	if !f.given["messages"] {
		o.Messages = 0
	}
	if !f.given["workers"] {
		o.Workers = 0
	}
	return nil
}

// behave lets a queue behave as is asked for.
func (f *checkFlags) behave(q *broker.Profile) error {
	switch p, ok := broker.Preset(f.profile); {
	case !f.given["profile"]:
	case !ok:
		return fmt.Errorf("--profile: %w", unknown("profile", f.profile, profileNames()))
	case f.given["max-deliveries"]:
		return errors.New("--max-deliveries and --profile: a profile has its own limit; leave one of them out")
	default:
		*q = p
	}
	if n := f.maxDeliveries; f.given["max-deliveries"] {
		if n < 1 || n > sim.MaxDeliveries {
			return fmt.Errorf("--max-deliveries %d: want 1 to %d", n, sim.MaxDeliveries)
		}
		q.MaxDeliveries = n
	}
	return nil
}

// bounds reads the bounds.
func (f *checkFlags) bounds() (check.Options, error) {
	o := check.Options{Messages: f.messages, Workers: f.workers, Faults: f.faults, MaxStates: f.maxStates, MaxBytes: int64(f.maxMemory) * mebibyte, Properties: proof.Properties()}
	for _, b := range []struct {
		flag           string
		n, least, most int
	}{
		{"messages", f.messages, 1, check.MaxMessages}, {"workers", f.workers, 1, check.MaxWorkers}, {"faults", f.faults, 0, check.MaxFaults},
		{"copies", f.copies, 1, sim.MaxCopies}, {"max-states", f.maxStates, 1, check.MaxMaxStates},
	} {
		if b.n < b.least || b.n > b.most {
			return o, fmt.Errorf("--%s %d: want %d to %d", b.flag, b.n, b.least, b.most)
		}
	}
	if n := f.maxMemory; f.given["max-memory"] && (n < 1 || n > check.MaxMaxBytes/mebibyte) {
		return o, fmt.Errorf("--max-memory %d: want 1 to %d", n, check.MaxMaxBytes/mebibyte)
	}
	if f.faults == 0 {
		o.Faults = -1 // to the search, 0 means as many as usual
	}
	if f.given["copies"] {
		o.Copies = f.copies
	}
	if !f.given["only"] {
		return o, nil
	}
	kinds, err := kindsOf(f.only)
	if err != nil {
		return o, fmt.Errorf("--only: %w", err)
	}
	o.Kinds = kinds
	return o, nil
}

// kindsOf reads kinds of fault.
func kindsOf(text string) (kinds []check.Kind, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		switch k := check.Kind(name); {
		case name == "":
			return nil, errors.New("a kind is missing: give kinds with a comma between them, such as crash,lose-ack")
		case !slices.Contains(check.Kinds(), k):
			return nil, unknown("kind of fault", name, check.Names(check.Kinds()))
		case !slices.Contains(kinds, k):
			kinds = append(kinds, k)
		}
	}
	return kinds, nil
}

// required reads what should hold for everybody.
func (f *checkFlags) required() ([]sim.Property, error) {
	if !f.given["require"] {
		return nil, nil
	}
	return propertiesOf(f.require)
}

// propertiesOf reads properties.
func propertiesOf(text string) (all []sim.Property, err error) {
	for name := range strings.SplitSeq(text, ",") {
		name = strings.TrimSpace(name)
		i := slices.Index(propertyNames(), name)
		switch {
		case name == "":
			return nil, errors.New("a property is missing: give properties with a comma between them, such as never-twice,never-lost")
		case i < 0:
			return nil, unknown("property", name, propertyNames())
		case !slices.Contains(all, proof.Properties()[i]):
			all = append(all, proof.Properties()[i])
		}
	}
	return all, nil
}
