package design

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

// question asks for designs that are never twice, never lost and never stuck.
func question(b sim.Business, blocks int, kinds ...check.Kind) Demand {
	return Demand{
		Business: b, Kinds: kinds, Blocks: blocks, Faults: DefaultFaults, Queue: broker.Default(),
		Require: []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck},
	}
}

var usual = []check.Kind{check.Crash, check.LoseAck, check.Copy}

func run(t testing.TB, q Demand) *Known {
	t.Helper()
	f, err := Run(context.Background(), q, nil)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// What is found, reviewed against the mechanism:
//
//   - card: a key at the receiver is enough, as it drops whatever comes again. That is one
//     line, which stores nothing and asks nothing more. It must be the business key: one that
//     is new in every attempt is not among the best. A new message ID changes nothing there.
//   - mail: nobody remembers the mail but the consumer, and the effect and the record are
//     two steps. A crash between them loses or doubles, whichever comes first. Each can be
//     had alone: to mark first is never twice, and to do nothing is never lost. Where acks
//     do not get lost, to ack first is never twice, and costs less than a mark.
//   - stock: the effect is a row, so a unique key on it is one atomic step. A lost reply is
//     found by the retry.
//   - stock as a bare counter: the record and the row commit together, which is the inbox. No
//     mark does that in fewer lines, as a crash comes between.
//   - card without keys: the bank's books are the record, and a lease keeps two from asking
//     at once. It has to expire: a mark that gives back what it finds is stuck after a crash.
//   - stock that a failover loses: the effect is gone, the message is acked, and nobody comes
//     back to it. One plan says so of nearly all, whatever they record.
func TestDesignsThatHold(t *testing.T) {
	var b strings.Builder
	questions := []Demand{
		question(sim.Card, 4, usual...), question(sim.Mail, 4, usual...), question(sim.Stock, 4, usual...), question(sim.Mail, 4, check.Crash),
		question(sim.Card, 3, append(slices.Clone(usual), check.RepublishAs, check.Fail)...),
		question(sim.Stock, 3, check.Crash, check.LoseReply, check.RepublishAs),
		question(sim.Stock, 4, check.Crash, check.LoseReply, check.Copy), question(sim.Card, 3, check.Crash, check.Copy),
		question(sim.Stock, 3, check.LoseWrites),
	}
	questions[6].Without, questions[7].Without = []string{"unique", "ask-the-receiver"}, []string{"with-key"}
	for _, q := range questions {
		f := run(t, q)
		alone := []*Known{}
		if len(f.Best) == 0 {
			var err error
			if alone, err = Alone(f, func(q Demand) (*Known, error) { return run(t, q), nil }); err != nil {
				t.Fatal(err)
			}
		}
		line := func(consumer string, flags map[string]string) string {
			return fmt.Sprint("check ", consumer, " ", flags)
		}
		b.WriteString(f.Text(words.Layout{Paint: words.NoPaint, Width: 90}, line) + TextAlone(alone) + "\n")
		if err := f.Write(&b, alone); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n")
	}
	testkit.Golden(t, "testdata/found.golden", b.String())
}

// studied runs a question, and keeps what was learned.
func studied(t testing.TB, q Demand) *study {
	t.Helper()
	s := &study{Known: Known{Demand: q}, letters: q.letters()}
	if err := s.run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *study) decide(t *testing.T, r recipe.Recipe) *check.Result {
	t.Helper()
	c, err := s.Search(r)
	if err != nil {
		t.Fatal(err)
	}
	result, err := c.Run(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// What a plan is said to break, the search breaks as well.
func TestAPlanBreaksWhatTheSearchBreaks(t *testing.T) {
	plans := map[sim.Property]int{}
	for _, b := range testkit.Sample(2, sim.Businesses()) {
		s := studied(t, question(b, 3, check.Crash, check.LoseAck, check.Copy, check.Fail))
		var all []recipe.Recipe
		for _, blocks := range recipes(s.letters, 3) {
			all = append(all, recipe.Recipe{Blocks: blocks})
		}
		for _, r := range testkit.Sample(12, all[:min(len(all), 300)]) {
			a := s.broken(s.at(0), r.Bare(), r.Blocks, s.attacks)
			if a == nil {
				continue
			}
			plans[a.property]++
			if of := s.decide(t, r).Of(a.property); of.Counterexample == nil || of.Counterexample.Faults > s.Faults {
				t.Errorf("%s: a plan breaks %s, and the search does not:\n%s", b, a.property, r)
			}
		}
	}
	if plans[sim.NeverTwice] == 0 || plans[sim.NeverLost]+plans[sim.NeverStuck] == 0 {
		t.Errorf("the sample is broken by %v: it holds nothing of the others", plans)
	}
}

// Two blocks that count as independent do the same in either order, and a key by another
// name does too.
func TestWhatCountsOnceIsTheSame(t *testing.T) {
	swapped, renamed := 0, 0
	for _, b := range sim.Businesses() {
		s := &study{Known: Known{Demand: question(b, 4, usual...)}}
		s.Faults = 1
		var all []recipe.Recipe
		for _, blocks := range recipes(s.Demand.letters(), 4) {
			for i := range blocks[1:] {
				if independent(&blocks[i], &blocks[i+1]) && order(&blocks[i]) != order(&blocks[i+1]) {
					other := slices.Clone(blocks)
					other[i], other[i+1] = other[i+1], other[i]
					if (recipe.Recipe{Blocks: other}).Check() == nil {
						all = append(all, recipe.Recipe{Blocks: blocks}, recipe.Recipe{Blocks: other})
						swapped++
					}
				}
			}
		}
		for _, r := range testkit.Sample(10, all) {
			by := slices.Clone(r.Blocks)
			for i := range by {
				if by[i].By == recipe.BusinessKey {
					by[i].By = recipe.MessageID
				}
			}
			renamed++
			s.same(t, r, recipe.Recipe{Blocks: by})
		}
		for i := 0; i < len(all); i += 2 * testkit.Few(len(all)/16+1, 1) {
			s.same(t, all[i], all[i+1])
		}
	}
	if swapped < 50 || renamed < 20 {
		t.Errorf("%d swapped, %d renamed: this test holds too little", swapped, renamed)
	}
}

// same holds that two recipes have the same verdicts.
func (s *study) same(t *testing.T, a, b recipe.Recipe) {
	t.Helper()
	x, y := s.decide(t, a), s.decide(t, b)
	for _, p := range s.Require {
		if x.Of(p).Holds != y.Of(p).Holds || (x.Of(p).Counterexample == nil) != (y.Of(p).Counterexample == nil) {
			t.Errorf("%s, %s: %v and %v of\n%s\n%s", s.Business, p, x.Of(p).Holds, y.Of(p).Holds, a, b)
		}
	}
}

// Where none of the recipes holds that count, none holds of those that do not count either: of
// no use, too late, or in another order.
func TestWhatDoesNotCountHoldsNoBetter(t *testing.T) {
	q := question(sim.Mail, 3, usual...)
	letters := q.letters()
	counted := map[string]bool{}
	for n := 1; n <= 3; n++ {
		for _, blocks := range recipes(letters, n) {
			counted[recipe.Recipe{Blocks: blocks}.String()] = true
		}
	}
	var all []recipe.Recipe
	for _, a := range letters {
		for _, b := range letters {
			for _, c := range letters {
				r := recipe.Recipe{Blocks: []recipe.Block{a, b, c}}
				if r.Check() == nil && !counted[r.String()] && !counts(r.Blocks) {
					all = append(all, r)
				}
			}
		}
	}
	if len(all) < 500 {
		t.Fatalf("only %d recipes do not count: this test holds too little", len(all))
	}
	s := &study{Known: Known{Demand: q}}
	for _, r := range testkit.Sample(40, all[:len(all)/testkit.Few(1, 12)]) {
		of := s.decide(t, r)
		if of.NeverTwice.Counterexample == nil && of.NeverLost.Counterexample == nil && of.NeverStuck.Counterexample == nil {
			t.Errorf("it does not count, and nothing breaks it:\n%s", r)
		}
	}
}

func TestProcessorsMakeNoDifference(t *testing.T) {
	q := question(sim.Mail, 3, usual...)
	many := run(t, q)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	one := run(t, q)
	if a, b := fmt.Sprint(*many), fmt.Sprint(*one); a != b {
		t.Errorf("with many processors %s\nwith one %s", a, b)
	}
}

func TestAnInterruptedStudyTellsWhatIsKnown(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	f, err := Run(ctx, question(sim.Card, 4, usual...), func(done, all uint64) {
		if done > all || all == 0 {
			t.Errorf("%d of %d", done, all)
		}
		cancel()
	})
	if err == nil || f.Finished != 3 || len(f.Best) != 1 {
		t.Fatalf("%v, finished %d blocks, %d designs", err, f.Finished, len(f.Best))
	}
	if text := f.Text(words.Layout{Paint: words.NoPaint, Width: 80}, func(string, map[string]string) string { return "" }); !strings.Contains(text, "interrupted") {
		t.Errorf("it does not say that it was interrupted:\n%s", text)
	}
}

// recipes are all that differ of n letters.
func recipes(letters []recipe.Block, n int) (all [][]recipe.Block) {
	g := growing{letters: letters, n: n, doomed: func([]recipe.Block) bool { return false }, grown: func() {}}
	g.yield = func(blocks []recipe.Block) bool { all = append(all, blocks); return true }
	g.all()
	return all
}

// Plans alone: how many recipes a second one processor breaks or leaves over.
func BenchmarkPlans(b *testing.B) {
	for _, of := range sim.Businesses() {
		for name, require := range map[string][]sim.Property{"harm": {sim.NeverTwice, sim.NeverLost}, "and-stuck": {sim.NeverTwice, sim.NeverLost, sim.NeverStuck}} {
			b.Run(of.String()+"/"+name, func(b *testing.B) {
				q := question(of, 3, usual...)
				q.Require = require
				s := studied(b, q)
				n, plans := 0, slices.Clone(s.attacks)
				for b.Loop() {
					g := growing{letters: s.letters, n: 4, doomed: s.doomed, grown: func() {}}
					g.yield = func(blocks []recipe.Block) bool {
						toFront(plans, s.broken(s.at(0), recipe.Recipe{Blocks: blocks}.Bare(), blocks, plans))
						return true
					}
					g.all()
					n += g.count
				}
				b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "recipes/s")
			})
		}
	}
}

func BenchmarkFourBlocks(b *testing.B) {
	for b.Loop() {
		for _, of := range sim.Businesses() {
			run(b, question(of, 4, usual...))
		}
	}
}

// In slices there comes out what comes out at once, and it can be given up.
func TestInSlicesItIsTheSame(t *testing.T) {
	q := question(sim.Mail, 3, check.Crash)
	want := run(t, q)
	found, step, stop := InSlices(q)
	rests := 0
	for step() {
		rests++
	}
	stop()
	style := words.Layout{Paint: words.NoPaint}
	if found.Text(style, nil) != want.Text(style, nil) || rests < 2 {
		t.Errorf("after %d slices\n%s\nwant\n%s", rests, found.Text(style, nil), want.Text(style, nil))
	}
	found, step, stop = InSlices(q)
	step()
	if stop(); step() || found.Finished == q.Blocks {
		t.Error("what is given up goes on")
	}
}

// Of a status, never twice is never stale, as a check of it says.
func TestADesignForAStatusIsAskedToBeNeverStale(t *testing.T) {
	for b, want := range map[sim.Business]string{sim.Status: "never stale", sim.Mail: "never twice"} {
		f := run(t, question(b, 1, check.Crash))
		alone, err := Alone(f, func(q Demand) (*Known, error) { return Run(context.Background(), q, nil) })
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(f.title(), b.String()+" against crash: "+want+", never lost") {
			t.Errorf("%s: %s, want %s", b, f.title(), want)
		}
		if text := TextAlone(alone); !strings.HasPrefix(text, words.Capital(want)+" alone: ") {
			t.Errorf("%s: %s, want %s alone", b, text, want)
		}
	}
}
