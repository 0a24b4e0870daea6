package cli

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"dejavu/ui/doctor"
	"dejavu/ui/interview"
	"dejavu/ui/words"
)

// paced is a pace at which somebody types.
func paced(typed io.Reader, beat time.Duration) *pace {
	ear := &listener{from: typed}
	return &pace{ear, bufio.NewReader(ear), beat}
}

func TestLinesAppearOneAfterTheOtherUntilSomebodyTypes(t *testing.T) {
	const text = "one\ntwo\nthree\n"
	for typed, want := range map[string]string{"\n": text, "x\n": text, "q\n": "one\n", "\x1b\n": "one\n", "": text} {
		var out bytes.Buffer
		if err := paced(strings.NewReader(typed), time.Hour).write(&out, text); err != nil || out.String() != want {
			t.Errorf("%q: got %q, %v", typed, out.String(), err)
		}
	}
	var out bytes.Buffer
	if err := (*pace)(nil).write(&out, text); err != nil || out.String() != text {
		t.Errorf("without a pace: %q, %v", out.String(), err)
	}
}

func TestWhatIsTypedAfterTheLinesIsNotLost(t *testing.T) {
	from, keys := io.Pipe()
	p := paced(from, time.Millisecond)
	var out bytes.Buffer
	if err := p.write(&out, "one\ntwo\n"); err != nil || out.String() != "one\ntwo\n" {
		t.Fatalf("got %q, %v", out.String(), err)
	}
	go func() {
		io.WriteString(keys, "2\n")
		io.WriteString(keys, "3\n")
		keys.Close()
	}()
	for _, want := range []string{"2\n", "3\n", ""} {
		if line, err := p.in.ReadString('\n'); line != want || (err != nil) != (want == "") {
			t.Errorf("got %q, %v, want %q", line, err, want)
		}
	}
}

// What it takes to find one is counted by BenchmarkRefute of ui/doctor.
func TestARefutationIsOverInLessThanTenSeconds(t *testing.T) {
	style := words.Layout{Paint: words.NoPaint, Width: interview.Columns, Line: func(words ...string) string { return strings.Join(words, " ") }}
	for _, r := range doctor.Remedies() {
		run, err := r.Refute()
		if err != nil {
			t.Fatal(err)
		}
		lines := strings.Count(run.Text(style), "\n")
		if told := time.Duration(lines) * beat; told > 8*time.Second {
			t.Errorf("%s: told in %d lines, %v", r.Belief, lines, told)
		}
	}
}
