package testkit

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// fake is a test that writes down what it is told. Its Fatalf returns.
type fake struct{ logs, errors []string }

func (f *fake) Helper() {}
func (f *fake) Logf(format string, args ...any) {
	f.logs = append(f.logs, fmt.Sprintf(format, args...))
}
func (f *fake) Errorf(format string, args ...any) {
	f.errors = append(f.errors, fmt.Sprintf(format, args...))
}
func (f *fake) Fatalf(format string, args ...any) { f.Errorf(format, args...) }

func TestAGoldenFileIsComparedAndRewrittenOnlyWhenAskedFor(t *testing.T) {
	t.Chdir(t.TempDir())
	file := filepath.Join("testdata", "a.golden")
	for _, step := range []struct {
		update, got, says string // what it says of a failure
		file              string
	}{
		{"", "one\n", "to write it: DEJAVU_UPDATE=1 go test", ""},
		{"1", "one\n", "", "one\n"},
		{"", "one\n", "", "one\n"},
		{"", "two\n", "line 1:\n  - one\n  - \n  + two\n", "one\n"},
		{"true", "two\n", "", "two\n"},
		{"please", "three\n", "DEJAVU_UPDATE='please': want DEJAVU_UPDATE=1", "two\n"},
	} {
		t.Setenv("DEJAVU_UPDATE", step.update)
		f := &fake{}
		Golden(f, "testdata/a.golden", step.got)
		if said := strings.Join(f.errors, "\n"); (said == "") != (step.says == "") || !strings.Contains(said, step.says) {
			t.Errorf("%+v: it says %q", step, said)
		}
		if text, _ := os.ReadFile(file); string(text) != step.file {
			t.Errorf("%+v: the file holds %q", step, text)
		}
	}
}

func TestALineThatRepeatsATestCanBePasted(t *testing.T) {
	t.Run("it's", func(t *testing.T) {
		want := `DEJAVU_PLAN='fail:m1' go test -run '^TestALineThatRepeatsATestCanBePasted$/^it'\''s$'`
		if got := Again(t, "DEJAVU_PLAN", "fail:m1"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
	if got := Again(&fake{}, "DEJAVU_SEED", "7"); got != "DEJAVU_SEED=7 go test" {
		t.Errorf("without a name: %s", got)
	}
}

func TestASampleIsSpreadEvenlyAndTheSameEachTime(t *testing.T) {
	all := make([]int, 100)
	for i := range all {
		all[i] = i
	}
	for _, n := range []int{1, 7, 10, 99, 100, 101} {
		some := Sample(n, all)
		if len(some) != Few(min(n, 100), 100) || !slices.Equal(some, Sample(n, all)) {
			t.Errorf("%d of 100: %v, then %v", n, some, Sample(n, all))
		}
		for i, at := range some {
			if part := len(some); at < i*100/part || at >= (i+1)*100/part {
				t.Errorf("%d of 100: %d is not in part %d", n, at, i)
			}
		}
	}
	if steps := Sample(10, all); !long() && steps[1]-steps[0] == steps[2]-steps[1] && steps[3]-steps[2] == steps[2]-steps[1] {
		t.Errorf("the step is always the same: %v", steps)
	}
}

func TestTheLongTierRunsOnlyWhenAskedFor(t *testing.T) {
	if want := os.Getenv("DEJAVU_LONG") != "" && os.Getenv("DEJAVU_LONG") != "0"; long() != want || Few(1, 2) != map[bool]int{false: 1, true: 2}[want] {
		t.Errorf("long: %v, Few: %d with DEJAVU_LONG=%q", long(), Few(1, 2), os.Getenv("DEJAVU_LONG"))
	}
	ran := false
	t.Run("long", func(t *testing.T) {
		Long(t)
		ran = true
	})
	if ran != long() {
		t.Errorf("a test of the long tier ran: %v", ran)
	}
}

func TestChecksAreOfOneTest(t *testing.T) {
	cases := func(t *testing.T) (n int) {
		rapid.Check(t, func(*rapid.T) { n++ })
		return n
	}
	before := cases(t)
	t.Run("few", func(t *testing.T) {
		Checks(t, 3)
		if got := cases(t); got != 3 && got != before { // or as many as were typed
			t.Errorf("%d cases, want 3", got)
		}
	})
	if got := cases(t); got != before {
		t.Errorf("after the test %d cases, want %d", got, before)
	}
}

func TestGarbageLiesLongerUnlessSomebodySaysOtherwise(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for gogc, want := range map[string]int{"50": 100, "": Few(400, 100)} {
		t.Setenv("GOGC", gogc)
		CollectLess()
		if got := debug.SetGCPercent(100); got != want {
			t.Errorf("with GOGC=%q it is %d, want %d", gogc, got, want)
		}
	}
}
