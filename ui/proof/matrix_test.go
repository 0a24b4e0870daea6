package proof_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/grid"
	"dejavu/ui/proof"
)

func matrix(t *testing.T) *proof.Matrix {
	t.Helper()
	m, err := proof.NewMatrix(context.Background(), sim.Businesses(), func(words ...string) string { return strings.Join(words, " ") }, nil)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// What a consumer claims, no usual fault breaks; what it does not, some fault does,
// at the latest all of them together.
func TestTheMatrixAgreesWithTheClaims(t *testing.T) {
	m := matrix(t)
	all := slices.Index(m.Kinds, proof.All)
	for _, row := range m.Rows {
		c, _ := consumers.Get(row.Consumer)
		b := sim.Businesses()[slices.IndexFunc(sim.Businesses(), func(b sim.Business) bool { return b.String() == row.Business })]
		twice, lost := slices.Contains(c.Claims.Of(b), sim.NeverTwice), slices.Contains(c.Claims.Of(b), sim.NeverLost)
		want := map[[2]bool]string{{true, true}: "once", {false, true}: "twice", {true, false}: "lost", {false, false}: "both"}[[2]bool{twice, lost}]
		if got := row.Cells[all].Verdict; got != want {
			t.Errorf("%s/%s: all faults make it %s, and its claims say %s", row.Consumer, row.Business, got, want)
		}
		for _, cell := range row.Cells[:all] {
			if v := cell.Verdict; v != "once" && want != "both" && v != want {
				t.Errorf("%s/%s: %s makes it %s, and all together %s", row.Consumer, row.Business, cell.Kind, v, want)
			}
		}
	}
}

// A page, a picture and a table for programs have the same cells.
func TestAllFormsOfAMatrixSayTheSame(t *testing.T) {
	m := matrix(t)
	for _, width := range []int{80, 100, 160} {
		text := m.Text(proof.Style{Paint: plain.Paint, Width: width})
		for _, row := range m.Rows {
			line := row.Consumer
			for k, c := range row.Cells {
				if line += " " + c.Verdict; width == 80 && m.Kinds[k] == proof.All {
					break // the rest comes below
				}
			}
			if !slices.ContainsFunc(strings.Split(text, "\n"), func(l string) bool { return strings.Join(strings.Fields(l), " ") == line }) {
				t.Errorf("width %d: no line is %q", width, line)
			}
		}
		for _, l := range strings.Split(text, "\n") {
			if len([]rune(l)) > width {
				t.Errorf("%d columns in a width of %d: %q", len([]rune(l)), width, l)
			}
		}
	}
	md := m.Markdown(func(words ...string) string { return strings.Join(words, " ") })
	svg := m.SVG(&grid.Light)
	for _, row := range m.Rows {
		cells := row.Consumer
		for _, c := range row.Cells {
			if c.Verdict == "once" {
				cells += " | once"
			} else {
				cells += " | **" + c.Verdict + "**"
			}
		}
		if !strings.Contains(md, "| "+cells+" |\n") {
			t.Errorf("no row of the page is %q", cells)
		}
		if !strings.Contains(svg, ">"+row.Consumer+"<") {
			t.Errorf("%s is not in the picture", row.Consumer)
		}
	}
}
