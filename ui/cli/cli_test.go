package cli

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
)

// desk is a place to type at that is no terminal.
func desk(input string) (s *streams, out, err *bytes.Buffer) {
	out, err = &bytes.Buffer{}, &bytes.Buffer{}
	return &streams{in: strings.NewReader(input), out: out, err: err, width: plainWidth, getenv: lookup(), start: "dejavu"}, out, err
}

// Whatever is typed wrongly ends with 2, with a message for people, and with
// nothing on standard output.
func TestWrongArgumentsAreAnswered(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	secret := filepath.Join(dir, "secret.yaml")
	binary := filepath.Join(dir, "binary.yaml")
	for name, text := range map[string]string{
		big: strings.Repeat("# comment\n", 110_000), secret: "title: x\n", binary: "\x00\x01\xff\xfe",
	} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(secret, 0); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x", 1<<20)
	run := func(args ...string) []string { return append([]string{"run", "quiet-day"}, args...) }
	for _, args := range [][]string{
		{""}, {"\x00"}, {"-"}, {"--", "x"}, {"run", ""}, {"run", "\n"}, {"run", "a\x00b"}, {"run", "a\x1b[2Jb"}, {"run", long}, {"run", "./" + long},
		{"run", dir}, {"run", big}, {"run", binary}, {"run", filepath.Join(dir, "none.yaml")}, {"run", "-"}, {"run", secret},
		run("--with", ""), run("--with", ","), run("--with", ":"), run("--with", "crash"), run("--with", "crash:"), run("--with", "crash:m1/0"),
		run("--with", "crash:m1/99999999999999999999"), run("--with", "crash:m1/before-"), run("--with", "crash:m1,worker=-1"), run("--with", "pause:m1,for=-1s"),
		run("--with", "pause:m1,for=999999999h"), run("--with", "copy:m1,later=NaN"), run("--with", long), run("--with", "lose-ack:m1\x00"), run("--with", "restart:m1"),
		run("--rates", ""), run("--rates", "="), run("--rates", ","), run("--rates", "lose-ack"), run("--rates", "lose-ack="), run("--rates", "lose-ack=NaN"),
		run("--rates", "lose-ack=1e999"), run("--rates", "lose-ack=-5%"), run("--rates", "lose-ack=5%,lose-ack=6%"), run("--rates", "quake=5%"), run("--rates", long),
		run("--consumers", ""), run("--consumers", ","), run("--consumers", "naive,"), run("--consumers", "NAIVE\n"), run("--consumers", long),
		run("--business", ""), run("--business", "Card"), run("--business", "\xff"), run("--profile", ""), run("--profile", "sqs_standard"),
		run("--seed", ""), run("--seed", "-1"), run("--seed", "1.5"), run("--seed", "18446744073709551616"), run("--seed", "0x10"), run("--seed", long),
		run("--color", ""), run("--plain=2"), run("--" + long), run("-Z"), run("--", "--json"), run("--json", "--plain", "--events"),
		{"play", long}, {"play", "twins", "--at", long}, {"play", "twins", "--at", "\x00"}, {"play", "twins", "--theme", long}, {"play", "--speed", long}, {"play", "twins", "--without", long}, {"play", "twins", "--without", ""},
		{"list", ""}, {"list", long}, {"list", "--jsn"}, {"version", ""}, {"help", "", ""}, {"completion", ""},
	} {
		s, out, msg := desk("")
		switch code := execute(s, args); {
		case args[len(args)-1] == secret && code == exitUsage && strings.Contains(msg.String(), "secret.yaml"):
			continue // root reads it, and finds a mistake in it
		case code != exitUsage:
			t.Errorf("%.100q: exit status %d, want %d: %.300s", args, code, exitUsage, msg)
		}
		if out.Len() > 0 {
			t.Errorf("%.100q: wrote %.100q to standard output", args, out)
		}
		first, _, _ := strings.Cut(msg.String(), "\n")
		if first == "" || regexp.MustCompile(`^[A-Z]`).MatchString(first) || strings.ContainsFunc(first, control) || msg.Len() > 3*longest {
			t.Errorf("%.100q: the message is not one for people: %.300q", args, msg)
		}
	}
}

// A panic of ours is reported as ours, with the line that repeats it.
func TestAPanicIsOurs(t *testing.T) {
	s, _, msg := desk("")
	s.out = broken{}
	if code := execute(s, []string{"run", "quiet-day", "--with", "copy:m1"}); code != exitInternal {
		t.Errorf("exit status %d, want %d", code, exitInternal)
	}
	want := "panic: on fire\nthis is a mistake of dejavu, not yours; please report it with what repeats it:\n  DEJAVU_DEBUG=1 dejavu run quiet-day --with copy:m1\n"
	if msg.String() != want {
		t.Errorf("said %q, want %q", msg, want)
	}
	msg.Reset()
	s.getenv = lookup("DEJAVU_DEBUG=1")
	if execute(s, []string{"version"}); !strings.Contains(msg.String(), "goroutine") {
		t.Errorf("DEJAVU_DEBUG shows no stack: %q", msg)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { panic("on fire") }

// A reader that is gone swallows everything; other errors stay errors.
func TestAReaderMayLeave(t *testing.T) {
	p := &patient{w: failing{syscall.EPIPE}}
	for range 2 {
		if n, err := p.Write([]byte("abc")); n != 3 || err != nil {
			t.Errorf("wrote %d, %v after the reader left, want 3 and no error", n, err)
		}
	}
	if _, err := (&patient{w: failing{syscall.ENOSPC}}).Write([]byte("abc")); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("a full disk is %v, want the error itself", err)
	}
	for _, args := range [][]string{{"version"}, {"list"}, {"list", "--json"}, {"run", "quiet-day"}, {"run", "quiet-day", "--events"}, {"help"}, {"--help"}, {"check", "--help"}, {"help", "run"}, {"completion"}, {"completion", "bash"}, {"completion", "fish"}, {"break", "1"}, {"build", "1"}, {"learn", "1"}} {
		s, _, msg := desk("")
		s.out = failing{syscall.ENOSPC}
		if code := execute(s, args); code != exitInternal || !strings.HasPrefix(msg.String(), "cannot write the output: ") {
			t.Errorf("%v: a full disk is exit status %d, want %d: %q", args, code, exitInternal, msg)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) {
	return 0, &os.PathError{Op: "write", Path: "|1", Err: f.err}
}

// With JSON on standard output, hints go to whoever sits at standard error.
func TestHintsOfJSONGoToATerminal(t *testing.T) {
	for _, terminal := range []bool{false, true} {
		s, out, msg := desk("")
		s.errTerminal = terminal
		if code := execute(s, []string{"run", "quiet-day", "--json"}); code != exitOK || strings.Count(out.String(), "\n") != 1 {
			t.Errorf("exit status %d, wrote %q", code, out)
		}
		if got := strings.Contains(msg.String(), "Repeat it: dejavu run quiet-day --json\n"); got != terminal {
			t.Errorf("terminal %v: hints %v: %q", terminal, got, msg)
		}
	}
}

// The line that repeats a story, pasted, tells the same to the byte: of every shipped
// scenario, in every business, with something added and something taken away.
func TestEveryRepeatLineRepeatsItsStory(t *testing.T) {
	var lines [][]string
	for _, s := range scenarios.Shipped() {
		variants := [][]string{nil, {"--business", "card"}, {"--business", "mail"}, {"--business", "stock"}, {"--with", "crash:m1/after-effect"}, {"--rates", "lose-ack=20%", "--seed", "9"}}
		if len(s.Faults) > 0 {
			variants = append(variants, []string{"--without", s.Faults[0].String()})
		}
		for _, more := range variants {
			lines = append(lines, append([]string{"run", s.Name}, more...))
		}
	}
	for _, args := range testkit.Sample(40, lines) {
		first := tellOnce(t, args)
		_, line, found := strings.Cut(first, "\nRepeat it: dejavu ")
		line, _, _ = strings.Cut(line, "\n")
		if !found {
			t.Fatalf("%v: no line repeats it", args)
		}
		if again := tellOnce(t, strings.Fields(line)); again != first {
			t.Errorf("%v: %q tells\n%s\nand not\n%s", args, line, again, first)
		}
	}
}

// tellOnce returns what a command writes. That it is not as the file expects is no
// matter here.
func tellOnce(t *testing.T, args []string) string {
	t.Helper()
	s, out, msg := desk("")
	if code := execute(s, args); code != exitOK && code != exitFailed {
		t.Fatalf("%v: exit status %d: %s", args, code, msg)
	}
	return out.String()
}

// Every hint after every shipped scenario is a command that runs.
func TestEveryHintWorks(t *testing.T) {
	var lines [][]string
	for _, name := range scenarios.Names() {
		for _, b := range []string{"card", "mail", "stock"} {
			lines = append(lines, []string{"run", name, "--business", b})
		}
	}
	for _, args := range testkit.Sample(16, lines) {
		s, out, msg := desk("")
		if code := execute(s, args); code != exitOK {
			t.Fatalf("%v: exit status %d: %s", args, code, msg)
		}
		_, hints, _ := strings.Cut(out.String(), "\nNext: ")
		hints = strings.ReplaceAll(hints, "\n        dejavu ", "  dejavu ") // below its reason
		if n := strings.Count(hints, "\n"); n < 1 || n > mostHints {
			t.Errorf("%v: %d hints, want 1 to %d:\n%s", args, n, mostHints, hints)
		}
		for hint := range strings.Lines(hints) {
			_, line, found := strings.Cut(strings.TrimSpace(hint), "dejavu ")
			if !found {
				t.Errorf("%v: no command in the hint %q", args, hint)
			}
			s, _, msg := desk("")
			if code := execute(s, strings.Fields(line)); code != exitOK {
				t.Errorf("%v: the hint %q exits with %d: %s", args, hint, code, msg)
			}
		}
	}
}

func TestHowTheProgramWasStarted(t *testing.T) {
	for executable, want := range map[string]bool{
		"/tmp/go-build1234/b001/exe/dejavu":                                      true,
		"/home/ann/.cache/go-build/ab/" + strings.Repeat("ab", 32) + "-d/dejavu": true,
		"/elsewhere/ab/" + strings.Repeat("ab", 32) + "-d/dejavu":                true,
		"/usr/local/bin/dejavu":                                                  false,
		"/home/ann/go/bin/dejavu":                                                false,
		"/home/ann/my-go-builds/x":                                               false,
	} {
		if got := builtByRun(executable); got != want {
			t.Errorf("%s was started by go run: %v, want %v", executable, got, want)
		}
	}
}

// Help fits a terminal of 80 columns, but for commands, which are pasted whole.
func TestHelpFitsTheTerminal(t *testing.T) {
	s, _, _ := desk("")
	root := newRoot(s)
	topics := []string{""}
	for _, c := range root.Commands() {
		topics = append(topics, c.Name())
	}
	for _, topic := range topics {
		s, out, _ := desk("")
		s.width = 80
		if code := execute(s, append(strings.Fields(topic), "--help")); code != exitOK {
			t.Fatalf("%s --help: exit status %d", topic, code)
		}
		for line := range strings.Lines(out.String()) {
			if line = strings.TrimRight(line, "\n"); len([]rune(line)) > 80 && !strings.Contains(line, "dejavu ") {
				t.Errorf("%s --help: %d columns: %s", topic, len([]rune(line)), line)
			}
		}
	}
}

// A command stands beside its reason where both fit, and else below it: no terminal
// breaks it in the middle, unless it is longer than the terminal is wide.
func TestACommandIsNotBrokenByTheTerminal(t *testing.T) {
	hints := []hint{{"dejavu run lost-ack --business stock", "the same faults with stock"}, {"dejavu play twins", "Twins"}}
	for width, want := range map[int]string{
		100: "Next: the same faults with stock  dejavu run lost-ack --business stock\n      Twins                       dejavu play twins\n",
		60:  "Next: the same faults with stock\n        dejavu run lost-ack --business stock\n      Twins  dejavu play twins\n",
	} {
		if got := table(hints, width); got != want {
			t.Errorf("in %d columns:\n%swant\n%s", width, got, want)
		}
	}
}
