package scenarios_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
)

// mistakes are the files of testdata/mistakes, one mistake each.
func mistakes(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/mistakes/*.yaml")
	if err != nil || len(paths) < 100 {
		t.Fatalf("found %d mistakes, %v", len(paths), err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = src
	}
	return files
}

func TestEachMistakeIsAnsweredWithItsPlaceAndARemedy(t *testing.T) {
	for name, src := range mistakes(t) {
		s, err := scenarios.Parse(name, src)
		var mistake *scenarios.Error
		if s != nil || !errors.As(err, &mistake) {
			t.Errorf("%s was accepted, or refused without a place: %v", name, err)
			continue
		}
		testkit.Golden(t, "testdata/mistakes/"+strings.TrimSuffix(name, ".yaml")+".txt", mistake.Error()+"\n")
	}
}

func TestEveryGoldenTextHasItsMistake(t *testing.T) {
	files := mistakes(t)
	golden, err := filepath.Glob("testdata/mistakes/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range golden {
		if name := strings.TrimSuffix(filepath.Base(path), ".txt") + ".yaml"; files[name] == nil {
			t.Errorf("%s has no %s: delete it", path, name)
		}
	}
}

// However long a line is, and however wide its characters are, the place of the
// mistake is shown, and on a terminal of 80 columns the caret stands under it.
func TestTheCaretStandsUnderTheWordOfALongLine(t *testing.T) {
	for _, fill := range []string{"a", "é", "世", "👍", "\u0301a", "\x01"} {
		for _, before := range []int{0, 1, 20, 44, 45, 64, 65, 100, 3000} {
			for _, behind := range []int{0, 1, 30, 3000} {
				line := "queue: {a: '" + strings.Repeat(fill, before) + "', name: 1, name: " + strings.Repeat("b", behind) + "}"
				_, err := scenarios.Parse("x.yaml", []byte("title: x\n"+line+"\n"))
				var mistake *scenarios.Error
				if !errors.As(err, &mistake) {
					t.Fatalf("%q: %v", line, err)
				}
				shown := strings.Split(err.Error(), "\n")
				code, caret := shown[2], shown[3]
				col := strings.Index(caret, "^")
				if fill != "\x01" && mistake.Col < before { // no line has control characters
					t.Errorf("the second name is not what is wrong:\n%v", err)
				}
				if w := ansi.StringWidth(code); w > 80 || col >= 80 {
					t.Errorf("%d columns, with the caret in %d:\n%v", w, col, err)
				}
				want := string([]rune(line)[mistake.Col-1:][:1])
				if got := ansi.Cut(code, col, col+ansi.StringWidth(want)); got != want && want[0] >= ' ' {
					t.Errorf("the caret stands under %q, want %q:\n%v", got, want, err)
				}
			}
		}
	}
}

func TestTheCaretStandsUnderTheWord(t *testing.T) {
	src := strings.Replace(shippedText(t, "lost-ack"), "- lose-ack: m2  ", "- loose-ack: m2 ", 1)
	_, err := scenarios.Parse("scenarios/lost-ack.yaml", []byte(src))
	lines := strings.Split(fmt.Sprint(err), "\n")
	if len(lines) != 4 {
		t.Fatalf("want four lines, got\n%v", err)
	}
	if want := `:5: unknown fault "loose-ack"; did you mean "lose-ack"?`; !strings.HasSuffix(lines[0], want) {
		t.Errorf("got %q, want it to end in %q", lines[0], want)
	}
	if word, caret := strings.Index(lines[2], "loose-ack"), strings.Index(lines[3], "^"); word != caret {
		t.Errorf("the word is at %d, the caret at %d:\n%v", word, caret, err)
	}
	if !strings.HasPrefix(lines[1], "  ") || !strings.HasPrefix(lines[2], "> ") {
		t.Errorf("the line is not marked:\n%v", err)
	}
}

func TestAFileThatIsTooLargeIsNotRead(t *testing.T) {
	src := []byte("title: a\n# " + strings.Repeat("x", scenarios.MaxBytes))
	if _, err := scenarios.Parse("a.yaml", src); err == nil || !strings.Contains(err.Error(), "at most 1048576") {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(path, src, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := scenarios.Load(path); err == nil || !strings.Contains(err.Error(), "at most 1048576") {
		t.Errorf("got %v", err)
	}
	many := strings.Repeat("\n", 20_000)
	if _, err := scenarios.Parse("a.yaml", []byte("title: >\n"+many+"a")); err == nil || !strings.Contains(err.Error(), "lines: at most") {
		t.Errorf("got %v", err)
	}
}

func TestLineEndsOfWindowsAndAByteOrderMarkAreNoMistake(t *testing.T) {
	plain := shippedText(t, "lost-ack-then-crash")
	want, err := scenarios.Parse("a.yaml", []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenarios.Parse("a.yaml", []byte("\uFEFF"+strings.ReplaceAll(plain, "\n", "\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	got.Source, want.Source = nil, nil
	if fmt.Sprintf("%#v", got.Messages) != fmt.Sprintf("%#v", want.Messages) || got.Story != want.Story || got.Title != want.Title {
		t.Errorf("it was read otherwise:\n%+v\n%+v", got, want)
	}
	wrong := strings.ReplaceAll(strings.Replace(plain, "lose-ack: m2 ", "loose-ack: m2", 1), "\n", "\r\n")
	var mistake *scenarios.Error
	_, err = scenarios.Parse("a.yaml", []byte(wrong))
	if !errors.As(err, &mistake) || strings.Contains(err.Error(), "\r") {
		t.Fatalf("got %q", err)
	}
	if line := strings.Split(plain, "\n")[mistake.Line-1]; !strings.Contains(line, "lose-ack") {
		t.Errorf("line %d is %q", mistake.Line, line)
	}
}

func TestWhatAFileHidesDoesNotReachTheTerminal(t *testing.T) {
	for _, src := range []string{"title: a\x1b[31mred\n", "title: \u202eabc\n", "\x1b]0;x\a: 1\n"} {
		_, err := scenarios.Parse("a.yaml", []byte(src))
		if err == nil || strings.ContainsAny(err.Error(), "\x1b\a\u202e") {
			t.Errorf("%q: got %q", src, err)
		}
	}
}

func TestAMistakeInALongLineShowsThePartAroundIt(t *testing.T) {
	_, err := scenarios.Parse("a.yaml", []byte("title: "+strings.Repeat("é", 3000)+"\n"))
	for line := range strings.Lines(fmt.Sprint(err)) {
		if n := len([]rune(line)); n > 130 {
			t.Errorf("a line of %d characters: %s", n, line)
		}
	}
}

func TestLoadSaysWhenThereIsNoFile(t *testing.T) {
	if _, err := scenarios.Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
	if _, err := scenarios.Load(t.TempDir()); err == nil {
		t.Error("a directory was read")
	}
}
