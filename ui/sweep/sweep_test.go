package sweep

import (
	"bytes"
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

func weather(t testing.TB, names ...string) *scenarios.Scenario {
	t.Helper()
	s, ok := scenarios.Get("bad-weather")
	if !ok {
		t.Fatal("no bad-weather")
	}
	if len(names) > 0 {
		s.Consumers = names
	}
	return s
}

// tester is a test, a benchmark or a property.
type tester interface {
	Helper()
	Fatal(...any)
}

func text(t tester, r *Tally) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func run(t tester, o Plan) *Tally {
	t.Helper()
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestTheCountsAreThoseOfSoManyRuns(t *testing.T) {
	s := weather(t, "naive", "inbox", "mark-first")
	seeds := SeedRange{1, 60}
	r := run(t, Plan{Scenario: s, Seeds: seeds})
	for k, name := range s.Consumers {
		c, _ := consumers.Get(name)
		want := Counts{Consumer: name, Twice: Damage{Messages: []Bar{}}, Never: Damage{Messages: []Bar{}}}
		for seed := seeds.From; seed <= seeds.To; seed++ {
			l := s.Lane(c)
			l.Seed = seed
			full, err := sim.Simulate(l)
			if err != nil {
				t.Fatal(err)
			}
			v := full.World().Verdicts()
			want.add(seed, &v)
		}
		if !reflect.DeepEqual(r.Consumers[k], want) {
			t.Errorf("%s: %+v, want %+v", name, r.Consumers[k], want)
		}
	}
	if r.Consumers[0].Twice.Runs == 0 || r.Consumers[2].Never.Runs == 0 {
		t.Errorf("naive was never harmed, or mark-first lost nothing: %s", text(t, r))
	}
}

func TestAnyNumberOfJobsGivesTheSameBytes(t *testing.T) {
	o := Plan{Scenario: weather(t), Of: "bad-weather", Seeds: SeedRange{3, 130}}
	want := text(t, run(t, o))
	for _, jobs := range []int{2, 3, 8} {
		o.Jobs = jobs
		if got := text(t, run(t, o)); got != want {
			t.Errorf("%d jobs give\n%s\nand one\n%s", jobs, got, want)
		}
	}
}

func TestShardsMergeIntoTheWhole(t *testing.T) {
	s := weather(t, "naive", "inbox")
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Uint64Range(0, 1000).Draw(t, "from")
		o := Plan{Scenario: s, Of: "bad-weather", Seeds: SeedRange{from, from + rapid.Uint64Range(0, 20).Draw(t, "more")}}
		whole := run(t, o)
		o.Shards = rapid.IntRange(1, 7).Draw(t, "shards")
		var parts []*Tally
		for o.Shard = 1; o.Shard <= o.Shards; o.Shard++ {
			again, err := Read(strings.NewReader(text(t, run(t, o))))
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, again)
		}
		merged, err := Merge(rapid.Permutation(parts).Draw(t, "order"))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := text(t, merged), text(t, whole); got != want {
			t.Fatalf("merged\n%s\nwhole\n%s", got, want)
		}
	})
}

// The last seed that there is, is one as any other.
func TestTheHighestSeedsAreSwept(t *testing.T) {
	for _, n := range []uint64{1, 16, 20} {
		seeds := SeedRange{-n, 1<<64 - 1}
		r := run(t, Plan{Scenario: weather(t, "naive"), Seeds: seeds})
		if r.Runs != n || len(r.Seeds) != 1 || r.Seeds[0] != seeds || r.check() != nil {
			t.Errorf("%d runs, seeds %v, %v; want %d, %v", r.Runs, r.Seeds, r.check(), n, seeds)
		}
	}
}

func TestAnInterruptLeavesWhatWasDoneWithoutAGap(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := Plan{Scenario: weather(t, "naive"), Seeds: SeedRange{1, 100_000}, Jobs: 3}
	o.Progress = func(done, all uint64) {
		if all != 100_000 {
			t.Errorf("%d of %d", done, all)
		}
		if done >= 100 {
			cancel()
		}
	}
	r, err := Run(ctx, o)
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Fatalf("%v, %v", r, err)
	}
	if len(r.Seeds) != 1 || r.Seeds[0].From != 1 || r.Runs < 100 || r.Runs >= 100_000 || r.check() != nil {
		t.Fatalf("%s, %v", text(t, r), r.check())
	}
	o.Seeds.To, o.Progress = r.Seeds[0].To, nil
	if want := run(t, o); text(t, want) != text(t, r) {
		t.Errorf("partial\n%s\nand the same seeds alone\n%s", text(t, r), text(t, want))
	}
}

func TestWhatCannotBeSweptOrMergedSaysWhy(t *testing.T) {
	calm, _ := scenarios.Get("quiet-day")
	for want, o := range map[string]Plan{
		"nothing is left to chance": {Scenario: calm, Seeds: SeedRange{1, 2}},
		"the lower first":           {Scenario: weather(t), Seeds: SeedRange{2, 1}},
	} {
		if _, err := Run(context.Background(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	a := run(t, Plan{Scenario: weather(t, "naive"), Of: "a", Seeds: SeedRange{1, 5}})
	b := run(t, Plan{Scenario: weather(t, "naive"), Of: "b", Seeds: SeedRange{6, 9}})
	c := run(t, Plan{Scenario: weather(t, "naive"), Of: "a", Seeds: SeedRange{5, 9}})
	for want, all := range map[string][]*Tally{"two different sweeps": {a, b}, "seed 5 is in two": {a, c}, "nothing to merge": {}} {
		if _, err := Merge(all); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// A result is a file that came from somewhere else, and its words go to a terminal.
func TestAResultThatCannotBeIsRefused(t *testing.T) {
	good := text(t, run(t, Plan{Scenario: weather(t, "naive", "inbox"), Of: "bad-weather", Seeds: SeedRange{3, 9}}))
	if _, err := Read(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string][2]string{
		"no consumers: the file was changed":                               {`"consumers":[`, `"consumers":[],"others":[`},
		"naive is counted twice: the file was changed":                     {`"consumer":"inbox"`, `"consumer":"naive"`},
		`unknown consumer "\x1b[2J": it was written by another version`:    {`"consumer":"inbox"`, `"consumer":"\u001b[2J"`},
		`unknown business "cash"`:                                          {`"business":"card"`, `"business":"cash"`},
		"the first seed of naive, 2, is not among the seeds that were run": {`"first":3`, `"first":2`},
		"do not add up": {`"fine":`, `"fine":9,"other":`},
	} {
		changed := strings.Replace(good, change[0], change[1], 1)
		if changed == good {
			t.Fatalf("there is no %s in\n%s", change[0], good)
		}
		if _, err := Read(strings.NewReader(changed)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", change[1], err, want)
		}
	}
}

// There are more seeds from the first to the last than can be counted.
func TestAllSeedsThatThereAreAreTooMany(t *testing.T) {
	none := `{"runs":0,"first":null,"messages":[]}`
	all := `{"schema":"dejavu.sweep/1","business":"card","seeds":[{"from":0,"to":18446744073709551615}],"runs":0,` +
		`"consumers":[{"consumer":"naive","twice":` + none + `,"never":` + none + `,"fine":0}]}`
	if _, err := Read(strings.NewReader(all)); err == nil || !strings.Contains(err.Error(), "out of order") {
		t.Error(err)
	}
}

// A file that was edited between two shards is another experiment under one name.
func TestShardsOfAScenarioThatWasEditedAreNotMerged(t *testing.T) {
	edited := weather(t, "naive")
	edited.Messages = edited.Messages[1:]
	a := run(t, Plan{Scenario: weather(t, "naive"), Of: "bad-weather", Seeds: SeedRange{1, 5}})
	b := run(t, Plan{Scenario: edited, Of: "bad-weather", Seeds: SeedRange{6, 9}})
	want := "bad-weather changed between the sweeps of seeds 6..9 and seeds 1..5: sweep one of them again"
	if _, err := Merge([]*Tally{b, a}); err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(text(f, run(f, Plan{Scenario: weather(f, "naive"), Seeds: SeedRange{1, 3}}))))
	f.Add([]byte(`{"schema":"dejavu.sweep/1","seeds":[{"from":2,"to":1}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		r, err := Read(bytes.NewReader(src))
		if err != nil {
			return
		}
		again, err := Read(strings.NewReader(text(t, r)))
		if err != nil || text(t, again) != text(t, r) {
			t.Fatalf("%v: %s", err, text(t, r))
		}
	})
}

func BenchmarkRunOfASeed(b *testing.B) {
	s := weather(b, "naive")
	b.ReportAllocs()
	run(b, Plan{Scenario: s, Seeds: SeedRange{1, uint64(b.N)}})
}

// A run in which everything was done once, and something is delivered for ever, is not fine.
func TestRunsThatAreNeverSettledAreCountedAndNotFine(t *testing.T) {
	s, _ := scenarios.Get("quiet-day")
	s.Consumers, s.Rates = []string{"inbox"}, sim.Rates{sim.LoseAckFault: 1}
	one, two := run(t, Plan{Scenario: s, Seeds: SeedRange{1, 2}}), run(t, Plan{Scenario: s, Seeds: SeedRange{3, 3}})
	sum, err := Merge([]*Tally{one, two})
	if err != nil {
		t.Fatal(err)
	}
	if c := sum.Consumers[0]; c.Unsettled != 3 || c.Fine != 0 || c.Twice.Runs+c.Never.Runs != 0 {
		t.Errorf("got %+v", c)
	}
}
