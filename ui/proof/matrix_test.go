package proof_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/testkit"
	"dejavu/ui/grid"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// searched is a matrix, once for all tests: a second one would be the same. The short
// tier has the first business only.
var searched = sync.OnceValues(func() (*proof.Matrix, error) {
	some := proof.Part{Businesses: sim.Businesses()[:testkit.Few(1, len(sim.Businesses()))]}
	return proof.NewMatrix(context.Background(), some, checked, nil)
})

// checked writes what a cell checks.
func checked(consumer string, flags map[string]string) string { return fmt.Sprint(consumer, flags) }

func matrix(t *testing.T) *proof.Matrix {
	t.Helper()
	m, err := searched()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a consumer claims, no usual fault breaks; what it does not, some fault does,
// at the latest all of them together. That it can be stuck is told where nothing else is
// broken.
func TestTheMatrixAgreesWithTheClaims(t *testing.T) {
	m := matrix(t)
	all := slices.Index(m.Kinds, proof.All)
	for _, row := range m.Rows {
		c, _ := consumers.Get(row.Consumer)
		b := sim.Businesses()[slices.IndexFunc(sim.Businesses(), func(b sim.Business) bool { return b.String() == row.Business })]
		twice, lost := slices.Contains(c.Claims.Of(b), sim.NeverTwice), slices.Contains(c.Claims.Of(b), sim.NeverLost)
		want := map[[2]bool]string{{true, true}: "once", {false, true}: "twice", {true, false}: "lost", {false, false}: "both"}[[2]bool{twice, lost}]
		sticks := !slices.Contains(c.Claims.Of(b), sim.NeverStuck)
		if want == "once" && sticks {
			want = "stuck"
		}
		if want == "twice" && b.Info().LastWins {
			want = "stale"
		}
		if got := row.Cells[all].Verdict; got != want {
			t.Errorf("%s/%s: all faults make it %s, and its claims say %s", row.Consumer, row.Business, got, want)
		}
		for _, cell := range row.Cells[:all] {
			if v := cell.Verdict; v != "once" && want != "both" && v != want && !(v == "stuck" && sticks) {
				t.Errorf("%s/%s: %s makes it %s, and all together %s", row.Consumer, row.Business, cell.Kind, v, want)
			}
		}
	}
}

// Every kind of fault that the search knows has its column.
func TestTheMatrixHasEveryKindOfFault(t *testing.T) {
	kinds := matrix(t).Kinds
	for _, k := range check.Kinds() {
		if !slices.Contains(kinds, string(k)) {
			t.Errorf("%s has no column", k)
		}
	}
	if len(kinds) != len(check.Kinds())+1 {
		t.Errorf("the columns are %v", kinds)
	}
}

// A kind that is searched where it can do nothing has a column in which all are as they
// are without it.
func TestEveryKindOfFaultHarmsSomebodyInItsColumn(t *testing.T) {
	m := matrix(t)
	for k, kind := range m.Kinds {
		harms := false
		for i := range m.Rows {
			if harms || kind == proof.All || m.Rows[i].Cells[k].Verdict == "once" {
				continue
			}
			c, _ := consumers.Get(m.Rows[i].Consumer)
			b := sim.Businesses()[slices.IndexFunc(sim.Businesses(), func(b sim.Business) bool { return b.String() == m.Rows[i].Business })]
			without := []proof.Case{proof.Tried(check.Kind(kind), c, b)}
			without[0].Options.Faults = -1
			if err := proof.Search(t.Context(), without, nil); err != nil {
				t.Fatal(err)
			}
			harms = without[0].Fate() == "once"
		}
		if !harms && kind != proof.All {
			t.Errorf("%s harms nobody: say in its row (On) on which queue it does", kind)
		}
	}
}

// What a column shows is known beforehand of these, from what they do.
func TestTheMatrixKnowsWhatEachKindIsFor(t *testing.T) {
	m := matrix(t)
	for _, c := range []struct{ kind, consumer, business, want string }{
		{"forget-acks", "naive", "card", "twice"}, {"forget-acks", "redelivered-flag", "card", "once"}, // the flag is up
		{"lose-writes", "check-then-act", "card", "twice"}, {"lose-writes", "gateway-key", "card", "once"}, // the bank loses nothing
		{"lose-writes", "inbox", "stock", "lost"}, // committed, acked, and gone
		{"store-down", "drop-on-error", "mail", "both"}, {"store-down", "inbox", "stock", "once"},
		{"evict", "memory-set", "card", "once"}, {"evict", "memory-lru", "card", "twice"},
		{"redrive", "inbox", "card", "once"}, {"redrive", "inbox-ttl", "card", "twice"},
		{"redrive-as", "inbox", "card", "twice"}, {"redrive-as", "inbox-key", "card", "once"},
		{"delay", "high-water-mark", "stock", "lost"}, {"delay", "naive", "stock", "once"},
		{"store-down", "gateway-key-random", "stock", "?"}, // in an outage it makes up keys for ever
	} {
		row := slices.IndexFunc(m.Rows, func(r proof.MatrixRow) bool { return r.Consumer == c.consumer && r.Business == c.business })
		if row < 0 && testkit.Few(0, 1) == 0 {
			continue // of a business that the long tier has
		}
		if got := m.Rows[row].Cells[slices.Index(m.Kinds, c.kind)].Verdict; got != c.want {
			t.Errorf("%s makes %s/%s %s, want %s", c.kind, c.consumer, c.business, got, c.want)
		}
	}
	if testkit.Few(0, 1) == 1 && !strings.HasSuffix(m.Legend(), " · ?: not decided within 300,000 states") {
		t.Errorf("the legend is %q", m.Legend())
	}
}

// A page, a picture and a table for programs have the same cells.
func TestAllFormsOfAMatrixSayTheSame(t *testing.T) {
	m := matrix(t)
	for _, width := range []int{80, 100, 160} {
		text := m.Text(words.Layout{Paint: plain.Paint, Width: width})
		said := map[string][]string{} // cells by consumer, line after line
		for _, l := range strings.Split(text, "\n") {
			if words := strings.Fields(l); len(words) > 0 {
				said[words[0]] = append(said[words[0]], words[1:]...)
			}
		}
		want := map[string][]string{}
		for _, row := range m.Rows {
			for _, c := range row.Cells {
				want[row.Consumer] = append(want[row.Consumer], c.Verdict)
			}
		}
		for _, row := range m.Rows {
			if !slices.Equal(said[row.Consumer], want[row.Consumer]) {
				t.Errorf("width %d: of %s it says %v, want %v", width, row.Consumer, said[row.Consumer], want[row.Consumer])
			}
		}
		for _, l := range strings.Split(text, "\n") {
			if len([]rune(l)) > width {
				t.Errorf("%d columns in a width of %d: %q", len([]rune(l)), width, l)
			}
		}
	}
	md := m.Markdown(checked)
	svg := m.SVG(&grid.Light)
	for _, row := range m.Rows {
		for _, part := range [][]proof.MatrixCell{row.Cells[:7], row.Cells[7:]} {
			cells := row.Consumer
			for _, c := range part {
				cells += " | " + map[bool]string{true: "once", false: "**" + c.Verdict + "**"}[c.Verdict == "once"]
			}
			if !strings.Contains(md, "| "+cells+" |\n") {
				t.Errorf("no row of the page is %q", cells)
			}
		}
		if !strings.Contains(svg, ">"+row.Consumer+"<") {
			t.Errorf("%s is not in the picture", row.Consumer)
		}
	}
}

// The whole of a business as text, which nothing else shows in full.
func TestTheMatrixAsText(t *testing.T) {
	m := *matrix(t)
	m.Rows = slices.Clone(m.Rows)
	first := m.Rows[0].Business
	m.Rows = slices.DeleteFunc(m.Rows, func(r proof.MatrixRow) bool { return r.Business != first })
	testkit.Golden(t, "testdata/matrix.golden", m.Text(words.Layout{Paint: words.NoPaint, Width: 100}))
}
