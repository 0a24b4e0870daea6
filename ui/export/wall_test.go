package export

import (
	"context"
	"encoding/xml"
	"regexp"
	"strings"
	"testing"

	"dejavu/sim"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

func TestAMarkedTextKeepsItsWidthAndItsMeaning(t *testing.T) {
	text := "a " + Mark(words.Wrong, "breaks <here>") + " " + Mark(words.OK, "✓") + "\nb"
	if words.Width(strings.Split(text, "\n")[0]) != len("a breaks <here> v") {
		t.Errorf("%q is %d cells wide", text, words.Width(text))
	}
	if got := Card("T|t", text, "md"); got != "## T\\|t\n\n```text\na breaks <here> ✓\nb\n```\n" {
		t.Errorf("%q", got)
	}
	if got := Card("T", text, "html"); !strings.Contains(got, `a <span class="wb">breaks &lt;here&gt;</span> <span class="o">✓</span>`) {
		t.Error(got)
	}
	svg := Card("T", text, "svg")
	if !strings.Contains(svg, `font-weight="bold">breaks &lt;here&gt;</text>`) || xml.Unmarshal([]byte(svg), new(struct{})) != nil {
		t.Error(svg)
	}
}

func TestAWallHasEveryCell(t *testing.T) {
	part := proof.Part{Consumers: []string{"naive", "inbox"}, Businesses: sim.Businesses()[:2], Columns: []string{"crash", "lose-ack"}}
	m, err := proof.NewMatrix(context.Background(), part, func(c string, _ map[string]string) string { return "check " + c }, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := Wall(m)
	if n := strings.Count(text, "<table>"); n != 2 || strings.Count(text, "</table>") != n {
		t.Errorf("%d tables", n)
	}
	cells := regexp.MustCompile(`<td class="(\w+)" title="(.*?)">(\w+)</td>`).FindAllStringSubmatch(text, -1)
	n := 0
	for _, row := range m.Rows {
		for _, c := range row.Cells {
			class := "wb"
			if c.Verdict == "once" {
				class = "o"
			}
			if cells[n][1] != class || cells[n][2] != c.Command || cells[n][3] != c.Verdict {
				t.Errorf("cell %d is %q, want %+v", n, cells[n], c)
			}
			n++
		}
	}
	if n != len(cells) || n != 8 {
		t.Errorf("%d cells of %d", len(cells), n)
	}
}
