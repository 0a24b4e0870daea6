package pay_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/examples/pay"
	"dejavu/sim/simtest/handler"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// recorder is a test that is looked at: it keeps what it is told.
type recorder struct {
	testing.TB
	name   string
	failed bool
	text   strings.Builder
}

func (r *recorder) Name() string { return r.name }
func (r *recorder) Helper()      {}
func (r *recorder) Logf(format string, args ...any) {
	fmt.Fprintf(&r.text, format+"\n", args...)
}
func (r *recorder) Errorf(format string, args ...any) {
	r.failed = true
	r.Logf(format, args...)
}
func (r *recorder) Fatalf(format string, args ...any) { r.Errorf("fatal: "+format, args...) }

// record runs simtest.Handler as the test of another would, in a folder of its own.
func record(t *testing.T, r *rig, charge method, options ...simtest.Option) *recorder {
	rec := &recorder{TB: t, name: "TestCharge"}
	t.Chdir(t.TempDir())
	options = append([]simtest.Option{
		simtest.Fresh(r.fresh), simtest.See("payments", r.payments), simtest.ExactlyOnce(r.bank.Effects),
	}, options...)
	simtest.Handler(rec, r.worker(charge), options...)
	return rec
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: go test -update rewrites it. It was\n%s\nand is\n%s", filepath.Base(file), want, got)
	}
}

func TestTheFiveVersionsHaveTheirFiveVerdicts(t *testing.T) {
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			file, err := filepath.Abs(filepath.Join("testdata", v.name+".golden"))
			if err != nil {
				t.Fatal(err)
			}
			golden(t, file, record(t, sqlite(t), v.charge).text.String())
		})
	}
}

// headline is what a search came to, without the names that drivers give to things.
func headline(r *handler.Findings) string {
	if r.Broken != nil {
		return fmt.Sprintf("%v, by %d faults, first at schedule %d", r.Broken.Err, r.Broken.Faults, r.Broken.Schedule)
	}
	return fmt.Sprintf("holds (finished %v, undecided %q)", r.Finished, r.Undecided)
}

func TestPostgreSQLGivesTheSameVerdictsInAsManySchedules(t *testing.T) {
	for _, v := range versions {
		everyPostgres(t, func(t *testing.T, r *rig) {
			t.Run(v.name, func(t *testing.T) { sameAsSQLite(t, r, v.charge) })
		})
	}
}

func sameAsSQLite(t *testing.T, r *rig, charge method) {
	lite := sqlite(t)
	o, same := r.options(), lite.options()
	// What only a driver of PostgreSQL can be asked for, and what nobody can see who
	// only dials.
	o.Without = []handler.Trouble{handler.Serialization, handler.Deadlock}
	if r.open != nil {
		o.Without = append(o.Without, handler.Cancel)
		same.Without = o.Without
	}
	o.All, same.All = true, true
	if os.Getenv("DEJAVU_LONG") == "" {
		o.Faults, same.Faults = 1, 1
	}
	got, want := handler.Search(r.worker(charge), o), handler.Search(lite.worker(charge), same)
	if headline(got) != headline(want) || got.Schedules != want.Schedules || got.Breaking != want.Breaking {
		t.Errorf("PostgreSQL: %s, %d schedules, %d break it; SQLite: %s, %d schedules, %d break it",
			headline(got), got.Schedules, got.Breaking, headline(want), want.Schedules, want.Breaking)
	}
	t.Logf("%s; %d schedules, %d break it", headline(got), got.Schedules, got.Breaking)
}

func TestTheFirstCounterexampleComesWithinTenSchedules(t *testing.T) {
	for _, v := range versions[:4] {
		r := sqlite(t)
		if result := handler.Search(r.worker(v.charge), r.options()); result.Broken == nil || result.Broken.Schedule > 10 || result.Broken.Faults != 1 {
			t.Errorf("%s: %s", v.name, headline(result))
		}
	}
}

func TestAFailureIsKeptRepeatedAndTriedFirst(t *testing.T) {
	r := sqlite(t)
	first := record(t, r, (*pay.Service).InsertFirst)
	plans, err := os.ReadFile(filepath.Join("testdata", "dejavu", "TestCharge.plan"))
	if err != nil || !strings.HasSuffix(string(plans), "\ncrash:m1/before-2-post\n") {
		t.Fatalf("kept: %q, %v; the failure was\n%s", plans, err, first.text.String())
	}
	t.Run("tried first", func(t *testing.T) {
		again := &recorder{TB: t, name: "TestCharge"}
		simtest.Handler(again, r.worker((*pay.Service).InsertFirst), simtest.Fresh(r.fresh), simtest.ExactlyOnce(r.bank.Effects), simtest.Within(2, 0))
		if !strings.Contains(again.text.String(), "order-1 never took effect, by a crash before 2-post") {
			t.Error(again.text.String())
		}
	})
	t.Run("repeated", func(t *testing.T) {
		t.Setenv("DEJAVU_PLAN", "crash:m1/before-2-post")
		again := record(t, r, (*pay.Service).InsertFirst)
		if !again.failed || !strings.Contains(again.text.String(), "order-1 never took effect, by a crash before 2-post") {
			t.Error(again.text.String())
		}
		mended := record(t, r, (*pay.Service).OneTransactionAndKey)
		if mended.failed || !strings.Contains(mended.text.String(), "holds, for DEJAVU_PLAN=") {
			t.Error(mended.text.String())
		}
	})
	t.Run("a plan that strikes nothing", func(t *testing.T) {
		t.Setenv("DEJAVU_PLAN", "crash:m1/before-9-post")
		if none := record(t, r, (*pay.Service).Naive); !strings.Contains(none.text.String(), "fatal: simtest.Handler: crash:m1/before-9-post struck nothing: the handler came to 1-post, 2-insert, ack") {
			t.Error(none.text.String())
		}
	})
}
