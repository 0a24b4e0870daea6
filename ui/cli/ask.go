package cli

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/spell"
	"dejavu/ui/token"
	"dejavu/ui/whatif"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// ask is one scenario to be told: as its file has it, and as the flags have it.
type ask struct {
	arg string // as it was typed
	own *scenarios.Scenario
	// base is own with the business, the consumers, the queue and the chance that
	// were asked for; edits are the faults that were added to it and taken away, and
	// told is what comes of both.
	base, told *scenarios.Scenario
	edits      whatif.Edits
	token      *token.Token // that it was opened by, or nil
	left       int          // work that hints may still take: see tally
}

// newAsk opens a scenario and applies the flags to it. That every lane can be
// run is checked here, before the first story is told.
func newAsk(s *streams, arg string, f *sceneFlags) (*ask, error) {
	a, err := s.opened(arg)
	if err != nil {
		return nil, err
	}
	for _, row := range sceneRows() {
		if !f.given[row.name] {
			continue
		}
		if err := row.set(a, f); err != nil {
			return nil, fmt.Errorf("--%s: %w", row.name, err)
		}
	}
	a.tell()
	if _, err := a.told.Lanes(); err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	return a, nil
}

// tell makes the changes. What the file expects is of the file's own run: of another it need
// not come out, or cannot even be said.
func (a *ask) tell() {
	a.told = a.edits.Apply(a.base)
	if len(a.foreign()) > 0 {
		a.told.Expect = nil
	}
}

// opened is the ask of an argument alone. What a token has changed is as if flags had: so
// are the lines that repeat it.
func (s *streams) opened(arg string) (*ask, error) {
	if token.Is(arg) {
		t, err := s.readToken(arg)
		if err != nil {
			return nil, err
		}
		bare, err := token.Write(token.Token{Own: t.Own, Scenario: t.Own, At: -1})
		return &ask{arg: words.Either(t.Shipped(), t.Own.Name, bare), own: t.Own, base: t.Scenario, edits: t.Edits, token: t}, err
	}
	own, err := open(s.in, arg)
	if err != nil {
		return nil, err
	}
	base := *own
	return &ask{arg: arg, own: own, base: &base}, nil
}

func (a *ask) setProfile(f *sceneFlags) error {
	p, ok := broker.Preset(f.profile)
	if !ok {
		return unknown("profile", f.profile, profileNames())
	}
	a.base.Queue = p
	return nil
}

func (a *ask) setBusiness(f *sceneFlags) error {
	for _, b := range sim.Businesses() {
		if b.String() == f.business {
			a.base.Business = b
			return nil
		}
	}
	return unknown("business", f.business, businessNames())
}

func (a *ask) setConsumers(f *sceneFlags) error {
	if strings.TrimSpace(f.consumers) == whatif.EveryConsumer {
		a.base.Consumers = consumers.Names()
		return nil
	}
	var names []string
	for name := range strings.SplitSeq(f.consumers, ",") {
		name = strings.TrimSpace(name)
		switch _, ok := consumers.Get(name); {
		case name == "":
			return errors.New("a name is missing: give names with a comma between them, such as naive,inbox")
		case !ok:
			return unknown("consumer", name, consumers.Names())
		case slices.Contains(names, name):
			return fmt.Errorf("%s is named twice: name it once", name)
		}
		names = append(names, name)
	}
	a.base.Consumers = names
	return nil
}

func (a *ask) setBudget(f *sceneFlags) error {
	if f.maxEvents < 1 || f.maxEvents > scenarios.MostEvents {
		return fmt.Errorf("want a number of events from 1 to %d, got %d", scenarios.MostEvents, f.maxEvents)
	}
	a.base.MaxEvents = f.maxEvents
	return nil
}

// setRates sets the rates that are named and leaves the file's others.
func (a *ask) setRates(f *sceneFlags) error {
	if strings.TrimSpace(f.rates) == "" {
		return errors.New("a rate is missing: want KIND=RATE, such as lose-ack=5%,crash=3%")
	}
	given, err := sim.ParseRates(f.rates)
	if err != nil {
		return helped(err, nil)
	}
	rates := sim.Rates{}
	maps.Copy(rates, a.base.Rates)
	maps.Copy(rates, given)
	a.base.Rates = rates
	return nil
}

// setSeed sets the seed, or draws one. Where nothing is left to chance the file's
// own seed stays: another would change nothing but what is printed.
func (a *ask) setSeed(f *sceneFlags) error {
	seed, err := f.seedNumber()
	if err == nil && a.base.Rates.Any() {
		a.base.Seed = seed
	}
	return err
}

// randomSeed is the value of --seed that asks for any.
const randomSeed = "random"

// seedNumber returns the seed that was asked for. A random one is drawn once, for
// all scenarios of a command line; it is short, so that it can be typed again.
func (f *sceneFlags) seedNumber() (uint64, error) {
	if f.seed == randomSeed {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails: see crypto/rand
		f.seed = strconv.FormatUint(uint64(binary.LittleEndian.Uint32(b[:])), 10)
	}
	seed, err := strconv.ParseUint(f.seed, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("want a whole number from 0 to 18446744073709551615, or %s, got %q", randomSeed, f.seed)
	}
	return seed, nil
}

// unknown says that a name is not known, and which are.
func unknown(what, name string, known []string) error {
	if end := meant(name, known); end != "" {
		return fmt.Errorf("unknown %s %q%s", what, name, end)
	}
	return fmt.Errorf("unknown %s %q: one of %s", what, name, strings.Join(known, ", "))
}

// sceneFlags make another scenario of the one in a file: who is watched, what is
// done to customers, what goes wrong. Every command that takes a scenario has them.
type sceneFlags struct {
	consumers, business, profile, rates, seed string
	with, without                             []string
	maxEvents                                 int

	given map[string]bool // the flags that were typed, if only to say nothing
}

// declare adds the flags to a command, in the order in which help shows them.
func (f *sceneFlags) declare(s *streams, c *cobra.Command) {
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.consumers, "consumers", "", "run the consumers `A,B,...`, or "+whatif.EveryConsumer+"; see list consumers")
	flags.StringVar(&f.business, "business", "", "which effect, a `KIND`: "+strings.Join(businessNames(), ", "))
	flags.StringArrayVar(&f.with, "with", nil, "add a `FAULT`, such as crash:m3/2/before-ack; may be repeated, see list faults")
	flags.StringArrayVar(&f.without, "without", nil, "remove a `FAULT` of the file or of chance; may be repeated")
	flags.StringVar(&f.rates, "rates", "", "add faults by chance, `K=R,...`, such as lose-ack=5%,crash=3%")
	flags.StringVar(&f.seed, "seed", "", "draw those faults with the seed `N`, or with a "+randomSeed+" one")
	flags.StringVar(&f.profile, "profile", "", "let the queue behave like the broker `NAME`, see list profiles")
	flags.IntVar(&f.maxEvents, "max-events", scenarios.DefaultEvents, "stop a consumer after `N` events, because some never end")
	s.complete(c, "consumers", fixed(append(consumers.Names(), whatif.EveryConsumer)))
	s.complete(c, "business", fixed(businessNames()))
	s.complete(c, "profile", fixed(profileNames()))
	s.complete(c, "seed", fixed([]string{randomSeed}))
	s.complete(c, "without", func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		return planned(args), cobra.ShellCompDirectiveNoFileComp
	})
}

// read notes which flags were typed.
func (f *sceneFlags) read(c *cobra.Command) {
	f.given = map[string]bool{}
	c.Flags().Visit(func(flag *pflag.Flag) { f.given[flag.Name] = true })
}

// complete says how a flag is completed, if that is what is asked for: what is said here cobra
// keeps for as long as the process lives, and with it every command that was ever made.
func (s *streams) complete(c *cobra.Command, flag string, by cobra.CompletionFunc) {
	if s.completes {
		_ = c.RegisterFlagCompletionFunc(flag, by) // fails only for a flag that is not there
	}
}

// completeScenarios completes with the names of the shipped scenarios, or a file.
func completeScenarios(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return scenarios.Names(), cobra.ShellCompDirectiveDefault
}

// planned are the faults of the scenarios that are named, as flags take them.
func planned(args []string) []string {
	var faults []string
	for _, arg := range args {
		s, ok := scenarios.Get(arg)
		if !ok && isPath(arg) {
			s, _ = load(arg)
		}
		if s == nil {
			continue // a mistake in it is said when it is run
		}
		for _, f := range s.Faults {
			faults = append(faults, f.String())
		}
	}
	return faults
}

// addFaults adds faults to those of the file.
func (a *ask) addFaults(f *sceneFlags) error {
	for _, text := range f.with {
		fault, err := parseFault(text)
		if err != nil {
			return err
		}
		a.edits.With = append(a.edits.With, fault)
	}
	return a.checkPlan(a.full())
}

// full are the faults of the file and those that were added.
func (a *ask) full() []sim.Fault { return slices.Concat(a.own.Faults, a.edits.With) }

// removeFaults takes faults away: of the file, of those that were added, or of
// those that chance may draw.
func (a *ask) removeFaults(f *sceneFlags) error {
	for _, text := range f.without {
		fault, err := parseFault(text)
		if err != nil {
			return err
		}
		full := a.full()
		if !fault.Among(full) {
			if err := a.checkPlan(append(full, fault)); err != nil {
				return err
			}
			if a.base.Rates[fault.Kind] == 0 {
				return a.noSuchFault(fault, full)
			}
		}
		if !a.edits.Off(fault) { // what is named twice is off, and not on again
			a.edits = a.edits.Toggle(fault)
		}
	}
	return nil
}

func parseFault(text string) (sim.Fault, error) {
	if text == "" {
		return sim.Fault{}, errors.New("a fault is missing: want KIND:MESSAGE, such as lose-ack:m2 or crash:m3/2/before-ack")
	}
	fault, err := sim.ParseFault(text)
	if err != nil {
		return sim.Fault{}, helped(err, nil)
	}
	return fault, nil
}

// checkPlan refuses a plan that cannot be.
func (a *ask) checkPlan(plan []sim.Fault) error {
	i, err := sim.CheckPlan(plan, a.base.Messages, a.base.Rates, a.base.Workers)
	if err != nil {
		return fmt.Errorf("fault %q in %s: %w", plan[i], a.arg, helped(err, a.base.Messages))
	}
	return nil
}

// noSuchFault says that there is nothing to take away, and what there is.
func (a *ask) noSuchFault(fault sim.Fault, there []sim.Fault) error {
	names := make([]string, len(there))
	for i := range there {
		names[i] = there[i].String()
	}
	end := meant(fault.String(), names)
	switch {
	case end != "":
	case a.base.Rates.Any():
		end = ": chance draws " + a.base.Rates.String() + ", and the plan has " + words.Few(append(names, "nothing")[:max(len(names), 1)], 12, ", ")
	case len(names) == 0:
		end = ": it has none"
	default:
		end = ": it has " + words.Few(names, 12, ", ")
	}
	return fmt.Errorf("%s is not among the faults of %s%s", fault, a.arg, end)
}

// withoutEffect are the faults that were taken from chance, though it draws them in no
// lane that is watched.
func (a *ask) withoutEffect() []sim.Fault {
	return slices.DeleteFunc(slices.Clone(a.edits.Without), func(f sim.Fault) bool {
		return f.Among(a.full()) || a.drawn(f)
	})
}

// drawn reports whether chance draws a fault, if it is let.
func (a *ask) drawn(f sim.Fault) bool {
	let := *a.told
	let.Spared = slices.DeleteFunc(slices.Clone(let.Spared), func(o sim.Fault) bool { return o == f })
	return slices.ContainsFunc(let.Consumers, func(name string) bool {
		c, _ := consumers.Get(name)
		run, err := sim.Simulate(let.Lane(c))
		return err == nil && f.Among(run.Faults[len(let.Faults):])
	})
}

// helped adds to an error about a fault what was probably meant.
func helped(err error, owed []sim.Owed) error {
	var kind *sim.UnknownFault
	var step *sim.UnknownStep
	var message *sim.UnknownMessage
	switch {
	case errors.As(err, &kind):
		return unknown("fault", kind.Kind, sim.FaultNames())
	case errors.As(err, &step):
		return fmt.Errorf("%w%s", err, meant(step.Name, append(sim.StepNames(), sim.PointEffect, sim.PointAck)))
	case errors.As(err, &message) && owed != nil:
		ids := make([]string, len(owed))
		for i := range owed {
			ids[i] = owed[i].ID
		}
		if near := meant(message.Name, ids); near != "" {
			return fmt.Errorf("%w%s", err, near)
		}
		return fmt.Errorf("%w; there is %s", err, words.Few(ids, 12, ", "))
	}
	return err
}

// fromStdin is the argument that stands for standard input.
const fromStdin = "-"

// isPath reports whether an argument can only be a file: it has a folder in it,
// or the ending of a scenario.
func isPath(arg string) bool {
	ext := filepath.Ext(arg)
	return strings.ContainsAny(arg, `/`+string(filepath.Separator)) || ext == ".yaml" || ext == ".yml"
}

// open finds the scenario that an argument names: a shipped one, a file, a token, or "-"
// for standard input. A shipped name wins over a file of that name in the working
// directory; ./NAME is the file. A lesson stands for the scenario that it runs, and a
// token for its scenario with all that was changed by hand.
func (s *streams) open(arg string) (*scenarios.Scenario, error) {
	if !token.Is(arg) {
		return open(s.in, arg)
	}
	a, err := s.opened(arg)
	if err != nil {
		return nil, err
	}
	a.tell()
	a.told.Source = scenarios.Write(a.told)
	return a.told, nil
}

// readToken reads a token, and says if its scenario is not what it was.
func (s *streams) readToken(arg string) (*token.Token, error) {
	t, err := token.Read(arg)
	if err == nil && t.Changed {
		fmt.Fprintf(s.err, "%s has changed since this token was made: what follows is played in it as it is now\n", t.Own.Name)
	}
	return t, err
}

func open(in io.Reader, arg string) (*scenarios.Scenario, error) {
	if shipped, ok := scenarios.Get(arg); ok {
		return shipped, nil
	}
	if lesson, ok := scenarios.GetLesson(arg); ok {
		return lesson.Scenario, nil
	}
	switch {
	case arg == fromStdin:
		src, err := io.ReadAll(io.LimitReader(in, scenarios.MaxBytes+1))
		if err != nil {
			return nil, fmt.Errorf("cannot read standard input: %w: pipe a scenario into it", err)
		}
		return scenarios.Parse("stdin", src)
	case isPath(arg) || exists(arg):
		return load(arg)
	}
	names := scenarios.Names()
	if _, ok := spell.Nearest(arg, names); ok {
		return nil, fmt.Errorf("unknown scenario %q%s", arg, meant(arg, names))
	}
	if _, is := consumers.Get(arg); is {
		return nil, fmt.Errorf("%s is a consumer, not a scenario: write %s --consumers %s, or name another scenario", arg, names[0], arg)
	}
	return nil, fmt.Errorf("unknown scenario %q: name a file, or %s", arg, someNames(names))
}

// someNames names the first few of many, and what lists the rest.
func someNames(names []string) string {
	return "one that list shows: " + strings.Join(names[:min(len(names), 3)], ", ") + ", ..."
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// namesFolder reports whether an argument can only be a folder.
func namesFolder(path string) bool {
	base := filepath.Base(path)
	return path != "" && os.IsPathSeparator(path[len(path)-1]) || base == ".." || base == "." && path != ""
}

// isFolder reports whether an argument is a folder, or can only be one.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return namesFolder(path) || err == nil && info.IsDir()
}

// ofFlag says which flag an error is about, but for a mistake in a file, which begins
// with its place.
func ofFlag(flag string, err error) error {
	var mistake *scenarios.Error
	if err == nil || errors.As(err, &mistake) {
		return err
	}
	return fmt.Errorf("--%s: %w", flag, err)
}

// load reads a file.
func load(path string) (*scenarios.Scenario, error) {
	own, err := scenarios.Load(path)
	var mistake *scenarios.Error
	if err != nil && !errors.As(err, &mistake) {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if near, ok := spell.Nearest(name, scenarios.Names()); ok && errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %q; did you mean the shipped scenario %q?", path, near)
		}
		return nil, unreadable(path, err)
	}
	if err != nil {
		if lesson, no := scenarios.LoadLesson(path); no == nil {
			return lesson.Scenario, nil
		}
	}
	return own, err
}

// unreadable says why a file cannot be read, and what to do about it.
func unreadable(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	info, statErr := os.Stat(path)
	switch {
	case statErr == nil && info.IsDir():
		return fmt.Errorf("%q is a folder: name a file in it", path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %q: check the path", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot read %q: permission denied: ask its owner, or copy it", path)
	}
	return fmt.Errorf("cannot read %q: %w: check the path", path, err)
}
