package grid

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"
)

func TestTextIsExactlyWTimesH(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(0, 40).Draw(t, "w"), rapid.IntRange(0, 10).Draw(t, "h")
		g := New(w, h)
		for range rapid.IntRange(0, 20).Draw(t, "writes") {
			x, y := rapid.IntRange(-5, 45).Draw(t, "x"), rapid.IntRange(-2, 12).Draw(t, "y")
			text := rapid.StringOf(rapid.RuneFrom([]rune("ab →×✓漢👍🏽é\t\x1b\x00\u0301"))).Draw(t, "text")
			g.Row(x, y, rapid.IntRange(-1, 50).Draw(t, "columns")).Write(text, styleOf(rapid.IntRange(0, int(roleCount)*4-1).Draw(t, "style")))
			g.Area(x, y, rapid.IntRange(-1, 20).Draw(t, "bw"), rapid.IntRange(-1, 8).Draw(t, "bh")).Box(Heavy, Style{})
		}
		checkLines(t, g, g.Text())
		checkLines(t, g, ansi.Strip(g.ANSI(&Dark, TrueColor)))
		if a, b := ansi.Strip(g.ANSI(&Light, Basic)), g.Text(); a != b {
			t.Fatalf("ANSI says %q, text %q", a, b)
		}
		checkXML(t, g.SVG(&Dark))
		for y, row := range strings.Split(g.Text(), "\n") {
			if text := unmarked(t, "<p>"+g.HTML(y)+"</p>"); g.H > 0 && text != row {
				t.Fatalf("row %d is %q, and in a page %q", y, row, text)
			}
		}
	})
}

func checkLines(t *rapid.T, g *Grid, text string) {
	lines := strings.Split(text, "\n")
	if g.H == 0 {
		return
	}
	if len(lines) != g.H {
		t.Fatalf("%d lines, want %d", len(lines), g.H)
	}
	for _, line := range lines {
		if n := ansi.StringWidth(line); n != g.W {
			t.Fatalf("a line of %d cells, want %d: %q", n, g.W, line)
		}
	}
}

func checkXML(t *rapid.T, svg string) {
	if !utf8.ValidString(svg) {
		t.Fatal("SVG is not UTF-8")
	}
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("SVG: %v", err)
		}
	}
}

// unmarked returns the text of a piece of a page.
func unmarked(t *rapid.T, html string) string {
	checkXML(t, html)
	var b strings.Builder
	d := xml.NewDecoder(strings.NewReader(html))
	for token, err := d.Token(); err == nil; token, err = d.Token() {
		if text, is := token.(xml.CharData); is {
			b.Write(text)
		}
	}
	return b.String()
}

func TestAPageKnowsEachStyleByItsName(t *testing.T) {
	g := New(9, 1)
	g.Write(0, 0, "a<b", Style{Role: Wrong, Bold: true})
	g.Write(3, 0, "\u2713", Style{Role: OK, Reverse: true})
	g.Write(5, 0, "\u6f22", Style{})
	if got, want := g.HTML(0), `<span class="wrong bold">a&lt;b</span><span class="ok reverse"><i>`+"\u2713"+`</i></span> <i class="wide">`+"\u6f22"+`</i>  `; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for role, name := range classes {
		if css := Light.CSS(); name != "" && !strings.Contains(css, "--"+name+": "+Light.Color(Role(role))+";") {
			t.Errorf("%s is not in %s", name, css)
		}
	}
}

func TestTextThatIsCutSaysSo(t *testing.T) {
	for _, c := range []struct {
		text    string
		columns int
		want    string
	}{
		{"abcdef", 6, "abcdef"}, {"abcdef", 4, "abc·"}, {"abcdef", 1, "·"}, {"abcdef", 0, ""},
		{"漢字", 4, "漢字"}, {"漢字", 3, "漢·"}, {"漢字", 1, "·"},
	} {
		g := New(8, 1)
		g.Row(0, 0, c.columns).Write(c.text, Style{})
		if got := strings.TrimRight(g.Text(), " "); got != c.want {
			t.Errorf("%q in %d columns: %q, want %q", c.text, c.columns, got, c.want)
		}
	}
}

func TestHalfAWideGraphemeIsNeverLeft(t *testing.T) {
	g := New(4, 1)
	g.Write(0, 0, "漢字", Style{})
	g.Set(1, 0, "x", Style{})
	g.Set(2, 0, "y", Style{})
	if got := g.Text(); got != " xy " {
		t.Errorf("got %q", got)
	}
}

func TestReversedPatchesAreCountedByRow(t *testing.T) {
	g := New(10, 2)
	g.Write(0, 0, "ab", Style{Reverse: true})
	g.Write(4, 0, "cd", Style{Reverse: true, Role: Wrong})
	g.Write(0, 1, "e", Style{Reverse: true})
	if got := g.Reversed(); got != 3 {
		t.Errorf("got %d, want 3", got)
	}
}

func BenchmarkANSI(b *testing.B) {
	g := New(200, 60)
	for y := range 60 {
		g.Write(0, y, strings.Repeat("charged ✓ ", 20), styleOf(y%(int(roleCount)*4)))
	}
	b.ReportAllocs()
	for b.Loop() {
		_ = g.ANSI(&Dark, TrueColor)
	}
}

// A run keeps its blanks in a browser as elsewhere, or what is stretched is something else.
func TestAPictureKeepsItsBlanks(t *testing.T) {
	g := New(10, 1)
	g.Write(0, 0, "a   b", Style{})
	if text := g.SVG(&Dark); !strings.Contains(text, "white-space: pre") || !strings.Contains(text, `xml:space="preserve"`) || !strings.Contains(text, ">a   b<") {
		t.Error(text)
	}
}
