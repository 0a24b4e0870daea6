package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/proof"
	"dejavu/ui/sweep"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// sweepFlags are the flags of sweep.
type sweepFlags struct {
	sceneFlags
	seeds, shard string
	jobs         int
	mostTwice    int
	mostNever    int
	json, merge  bool
	schema       bool
	part         pflag.FlagSet // those that make another sweep of the same scenario
}

// defaultSeeds are enough to see what happens once in a hundred runs.
const defaultSeeds = "1..1000"

func newSweep(s *streams, g *globals) *cobra.Command {
	f := &sweepFlags{}
	c := &cobra.Command{
		Use:     "sweep NAME|FILE, or sweep --merge RESULT...",
		GroupID: "prove",
		Short:   "Run many seeds, and count how often chance does harm",
		Long: "sweep runs a scenario under many seeds. It counts the runs in which an effect happened\n" +
			"twice or never. The number of jobs does not change the result. Shards can run on\n" +
			"different machines; --merge combines their results. Ctrl-C keeps the finished runs.",
		Example: "sweep bad-weather  # a thousand bad afternoons\n" +
			"sweep quiet-day --rates lose-ack=1% --seeds 1..10000  # does a rate of 1 % do harm?\n" +
			"sweep bad-weather --shard 2/4 --json  # the second quarter, for --merge\n" +
			"sweep --merge a.json b.json  # combine the results",
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case f.schema:
			case len(args) == 0 && f.merge:
				return errors.New("merge which results? name the files that sweep --json wrote")
			case len(args) == 0:
				return fmt.Errorf("sweep which scenario? such as %s", command(s.start, "sweep", "bad-weather"))
			case len(args) > 1 && !f.merge:
				return fmt.Errorf("sweep runs one scenario, got %d: --merge combines results", len(args))
			}
			return nil
		},
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			if f.schema {
				return s.schema(sweep.Schema, sweep.Tally{})
			}
			if f.merge {
				return s.mergeSweeps(g, f, args)
			}
			return s.sweep(g, f, args[0])
		},
	}
	f.declare(s, c)
	flags := c.Flags()
	_ = flags.MarkHidden("seed") // a sweep has many
	f.part.StringVar(&f.seeds, "seeds", defaultSeeds, "run these seeds, `FROM..TO`")
	f.part.StringVar(&f.shard, "shard", "", "run only part `I/N` of the seeds; auto asks what has started it: Kubernetes, Slurm, AWS Batch, a matrix, GNU parallel")
	flags.AddFlag(f.part.Lookup("seeds"))
	flags.IntVar(&f.jobs, "jobs", runtime.GOMAXPROCS(0), "run `N` at a time; the result stays the same")
	flags.AddFlag(f.part.Lookup("shard"))
	flags.BoolVar(&f.json, "json", false, "the result as one JSON object (schema "+sweep.Schema+")")
	flags.IntVar(&f.mostTwice, "max-twice", -1, "exit with 1 if a consumer does anything twice, or sets a status back, in more than `N` runs")
	flags.IntVar(&f.mostNever, "max-never", -1, "exit with 1 if it never does something in more than `N` runs")
	flags.BoolVar(&f.schema, "schema", false, "the JSON Schema of what --json writes")
	flags.BoolVar(&f.merge, "merge", false, "combine results that sweep --json wrote")
	return c
}

// planned is how the flags say that seeds are run, of a scenario that is not known yet.
func (s *streams) planned(f *sweepFlags) (o sweep.Plan, err error) {
	if o.Jobs = f.jobs; f.jobs < 1 || f.jobs > 1024 {
		return o, fmt.Errorf("--jobs %d: want 1 to 1024", f.jobs)
	}
	if f.mostTwice < -1 || f.mostNever < -1 {
		return o, errors.New("--max-twice and --max-never count runs: want 0 or more")
	}
	if o.Seeds, err = parseSeeds(f.seeds); err != nil {
		return o, fmt.Errorf("--seeds %q: %w", f.seeds, err)
	}
	if f.given["shard"] {
		if f.shard == "auto" {
			o.Shard, o.Shards, err = sweep.Shard(s.getenv)
		} else {
			o.Shard, o.Shards, err = parseShard(f.shard)
		}
		if err != nil {
			return o, fmt.Errorf("--shard %q: %w", f.shard, err)
		}
	}
	return o, nil
}

// sweep runs the seeds of one scenario.
func (s *streams) sweep(g *globals, f *sweepFlags, arg string) error {
	if f.given["seed"] {
		return errors.New("--seed is one seed, but a sweep has many: say --seeds 1..1000")
	}
	o, err := s.planned(f)
	if err != nil {
		return err
	}
	a, err := newAsk(s, arg, &f.sceneFlags)
	if err != nil {
		return err
	}
	a.told.Seed = a.own.Seed // whatever it is, it is not used
	o.Scenario, o.Of = a.told, a.line("dejavu sweep", a.told, a.edits)
	if !a.told.Rates.Any() {
		return fmt.Errorf("%s leaves nothing to chance, so every seed gives the same run: add rates, such as\n  %s",
			arg, a.line(s.start+" sweep", a.told, a.edits, "--rates", "lose-ack=5%"))
	}
	var r *sweep.Tally
	interrupted, err := s.atWork(func(ctx context.Context, told func(done, all uint64)) (err error) {
		o.Progress = told
		r, err = sweep.Run(ctx, o)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.tellSweep(g, f, r, a); err != nil {
		return err
	}
	if interrupted {
		return s.interrupted(fmt.Sprintf(" after %d of %d runs", r.Runs, o.Seeds.Len()))
	}
	return s.within(f, r)
}

// within fails if a consumer did more harm than it may.
func (s *streams) within(f *sweepFlags, r *sweep.Tally) error {
	failed := false
	for i := range r.Consumers {
		c := &r.Consumers[i]
		for _, limit := range []struct {
			what string
			most int
			harm *sweep.Damage
		}{{"max-twice", f.mostTwice, &c.Twice}, {"max-never", f.mostNever, &c.Never}} {
			if f.given[limit.what] && limit.harm.Runs > uint64(max(limit.most, 0)) {
				fmt.Fprintf(s.err, "%s: %s of %s runs, and --%s is %d\n", c.Consumer, grouped(limit.harm.Runs), grouped(r.Runs), limit.what, limit.most)
				failed = true
			}
		}
	}
	if failed {
		return errFailed
	}
	return nil
}

// mergeSweeps puts results together.
func (s *streams) mergeSweeps(g *globals, f *sweepFlags, files []string) error {
	for _, flag := range slices.Sorted(maps.Keys(f.given)) {
		if !slices.Contains([]string{"merge", "json", "color", "max-twice", "max-never"}, flag) {
			return fmt.Errorf("--%s does not go with --merge: the files say what was swept", flag)
		}
	}
	var all []*sweep.Tally
	for _, name := range files {
		r, err := readSweep(name)
		if err != nil {
			return err
		}
		all = append(all, r)
	}
	r, err := sweep.Merge(all)
	if err != nil {
		return err
	}
	if err := s.tellSweep(g, f, r, nil); err != nil {
		return err
	}
	if missing := r.Missing(); len(missing) > 0 {
		fmt.Fprintf(s.err, "missing: the shards with the seeds %s\n", ranges(missing))
		return errFailed
	}
	return s.within(f, r)
}

func readSweep(name string) (*sweep.Tally, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, unreadable(name, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	r, err := sweep.Read(file)
	var cause *fs.PathError
	switch {
	case errors.As(err, &cause):
		return nil, unreadable(name, err)
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// parseSeeds reads FROM..TO, or one seed.
func parseSeeds(text string) (sweep.SeedRange, error) {
	from, to, several := strings.Cut(text, "..")
	if !several {
		to = from
	}
	var s sweep.SeedRange
	var err, other error
	s.From, err = strconv.ParseUint(from, 10, 64)
	s.To, other = strconv.ParseUint(to, 10, 64)
	switch {
	case err != nil || other != nil:
		return s, errors.New("want a range such as 1..1000")
	case s.To < s.From:
		return s, errors.New("want the lower seed first")
	case s.To-s.From >= sweep.MaxSeeds:
		return s, fmt.Errorf("want at most %d seeds", sweep.MaxSeeds)
	}
	return s, nil
}

// parseShard reads I/N.
func parseShard(text string) (shard, shards int, err error) {
	i, n, _ := strings.Cut(text, "/")
	shard, err = strconv.Atoi(i)
	shards, other := strconv.Atoi(n)
	if err != nil || other != nil || shard < 1 || shard > shards || shards > 1_000_000 {
		return 0, 0, errors.New("want the number of a part and of parts, such as 2/4")
	}
	return shard, shards, nil
}

// first returns the command that shows a seed, or "" if it is not known of what.
func (s *streams) first(a *ask, seed uint64) string {
	if a == nil {
		return ""
	}
	told := *a.told
	told.Seed = seed
	return a.line(s.start+" play", &told, a.edits, "--at", "harm:1")
}

// swept is a scenario under seeds, in words.
func swept(r *sweep.Tally) string {
	if s, ok := scenarios.Get(r.Scenario); ok {
		return s.Title
	}
	return harmless(r.Scenario) // a file may call it anything
}

// tooMuchOf is what an effect too many is called in a sweep: of a status, stale.
func tooMuchOf(r *sweep.Tally) string {
	all := sim.Businesses()
	return proof.TooMuch(all[slices.IndexFunc(all, func(b sim.Business) bool { return b.String() == r.Business })])
}

// tellSweep writes what a sweep found: for each consumer in how many runs it did
// harm, how much of it a run had, and the first seed that shows it.
func (s *streams) tellSweep(g *globals, f *sweepFlags, r *sweep.Tally, a *ask) error {
	if f.json {
		return unwritten(r.Write(s.out))
	}
	paint := painter(g.color, s.getenv, s.outTerminal)
	if paint == nil {
		paint = words.NoPaint
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s runs, seeds %s\n\n", swept(r), grouped(r.Runs), ranges(r.Seeds))
	names := 0
	for i := range r.Consumers {
		names = max(names, len(r.Consumers[i].Consumer))
	}
	for i := range r.Consumers {
		c := &r.Consumers[i]
		name := fmt.Sprintf("%-*s", names, c.Consumer)
		for _, h := range []struct {
			what string
			harm *sweep.Damage
			p    sim.Property
		}{{tooMuchOf(r), &c.Twice, sim.NeverTwice}, {"never", &c.Never, sim.NeverLost}} {
			as := words.Wrong
			if h.harm.Runs == 0 {
				as = words.OK
			}
			line := fmt.Sprintf("%s  %s in %s", name, h.what, paint(as, often(h.harm.Runs, r.Runs)))
			if h.harm.Runs > 0 {
				line += "  " + spread(h.harm)
				if show := s.first(a, *h.harm.First); show != "" {
					line += "\n" + strings.Repeat(" ", names+2) + paint(words.Dim, "first: "+show)
				} else {
					line += paint(words.Dim, fmt.Sprintf(", first with seed %d", *h.harm.First))
				}
			}
			if also := searched(a, c.Consumer, h.p); also != "" {
				for _, part := range words.Wrapped(also, s.width-names-2) {
					line += "\n" + strings.Repeat(" ", names+2) + paint(words.Dim, part)
				}
			}
			b.WriteString(line + "\n")
			name = strings.Repeat(" ", names)
		}
		if c.Unsettled > 0 {
			fmt.Fprintf(&b, "%s  done, and never settled in %s: the queue has it for ever\n", name, paint(words.Wrong, often(c.Unsettled, r.Runs)))
			name = strings.Repeat(" ", names)
		}
		if c.Cut > 0 {
			fmt.Fprintf(&b, "%s  not finished in %s: stopped by the limit on events, see --max-events\n", name, paint(words.Fault, often(c.Cut, r.Runs)))
		}
	}
	b.WriteString("\nNot seen is not the same as impossible: seeds can be lucky.\n")
	if a != nil {
		fmt.Fprintf(&b, "Repeat it: %s\n", a.line(s.start+" sweep", a.told, a.edits, typed(&f.part, nil)...))
	}
	return s.wrote(s.out.Write([]byte(b.String())))
}

// often says in how many of all runs: 37 of 1,000 runs (3.7 %).
func often(n, all uint64) string {
	if all == 0 {
		return "no run"
	}
	return fmt.Sprintf("%s of %s runs (%s %%)", grouped(n), grouped(all), percent(n, all))
}

// percent is a share in percent: never 0 for something, nor 100 for less than all.
func percent(n, all uint64) string {
	for digits := 1; digits < 6; digits++ {
		text := strconv.FormatFloat(float64(n)*100/float64(all), 'f', digits, 64)
		short := strings.TrimRight(strings.TrimRight(text, "0"), ".")
		if short = zero(short); n == 0 || n == all || short != "0" && short != "100" {
			return short
		}
	}
	return "some"
}

func zero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

// bars are the heights of a distribution.
var bars = []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// spread is the distribution of a harm: from no message in a run to the most.
func spread(h *sweep.Damage) string {
	most, last := uint64(1), 0
	for _, b := range h.Messages {
		most, last = max(most, b.Runs), max(last, b.Messages)
	}
	const widest = 40
	cells := make([]uint64, min(last, widest)+1)
	for _, b := range h.Messages {
		cells[min(b.Messages, len(cells)-1)] += b.Runs
	}
	text := ""
	for _, n := range cells {
		switch {
		case n == 0:
			text += "·"
		default:
			text += bars[min(int(n*uint64(len(bars))/most), len(bars)-1)]
		}
	}
	return fmt.Sprintf("0 %s %d a run", text, last)
}

// ranges lists seeds: 1..500, 700..900.
func ranges(seeds []sweep.SeedRange) string {
	if len(seeds) == 0 {
		return "none"
	}
	var parts []string
	for _, s := range seeds {
		parts = append(parts, s.String())
	}
	return words.Few(parts, 6, ", ")
}

// grouped writes a number with commas.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// searched says what the search makes of what a sweep has counted: chance needs many
// runs for what the search finds in a few actions, and never says that there is
// nothing to find.
func searched(a *ask, consumer string, p sim.Property) string {
	if a == nil {
		return "" // it is not known of what
	}
	c, _ := consumers.Get(consumer)
	one := []proof.Case{{
		Lane:    a.told.Lane(c),
		Options: check.Options{Kinds: searchable(a.told.Rates), Properties: []sim.Property{p}, GrowStates: sweptStates},
	}}
	if len(one[0].Options.Kinds) == 0 || proof.Search(context.Background(), one, nil) != nil {
		return ""
	}
	r := one[0].Result
	left := ""
	if len(r.Left) > 0 {
		left = fmt.Sprintf(", with %d of %s", r.Bounds.Messages, words.Count(len(a.told.Messages), "message"))
	}
	switch t := r.Of(p).Counterexample; {
	case t != nil:
		return fmt.Sprintf("search: found in %s: %s", words.Count(len(t.Actions), "action"), proof.By(t))
	case r.Of(p).Holds:
		return fmt.Sprintf("search: none in %s, up to %s of %s%s", words.Count(r.States, "state"), words.Count(r.Bounds.Faults, "fault"), strings.Join(check.Names(r.Bounds.Kinds), ", "), left)
	}
	return fmt.Sprintf("search: not decided in %s%s", words.Count(r.States, "state"), left)
}

// sweptStates is how far the search beside a sweep goes to take more messages: it is
// one line of many.
const sweptStates = 300_000

// searchable are the kinds of fault that a search knows of those that have a rate. A
// pause or a slow receiver that is drawn outlasts the timeout, which a search calls
// overrun.
func searchable(rates sim.Rates) []check.Kind {
	var kinds []check.Kind
	for _, f := range sim.FaultKinds() {
		for _, k := range check.KindsOf(f) {
			if rates[f] > 0 && !slices.Contains(kinds, k) {
				kinds = append(kinds, k)
			}
		}
	}
	return kinds
}
