package cli

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"dejavu/ui/grid"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/term"
	"dejavu/ui/words"

	"github.com/charmbracelet/lipgloss"
	tty "github.com/charmbracelet/x/term"
	"github.com/muesli/termenv"
)

// plainWidth is how wide text is where no terminal says otherwise.
const plainWidth = 100

// streams are where a command reads and writes, and what is known about them.
type streams struct {
	in          io.Reader
	out, err    io.Writer
	screen      io.Writer // out as it is, for the screen, which asks it how large it is
	inTerminal  bool      // whether a person types
	outTerminal bool      // whether a person reads the results on a terminal
	errTerminal bool      // whether hints are read on one
	width       int
	getenv      func(string) string
	start       string // how the program was started
	completes   bool   // whether a shell asks how a line goes on
	play        func(play.Start, term.Terminal) (term.Exit, error)
}

// standard are the streams of this process.
func standard() *streams {
	s := &streams{
		in: os.Stdin, out: &patient{w: os.Stdout}, err: &patient{w: os.Stderr}, screen: os.Stdout,
		inTerminal: tty.IsTerminal(os.Stdin.Fd()), outTerminal: tty.IsTerminal(os.Stdout.Fd()), errTerminal: tty.IsTerminal(os.Stderr.Fd()),
		getenv: os.Getenv, start: invocation(), play: term.Run,
	}
	s.width = columns(s.outTerminal, os.Stdout.Fd(), s.getenv)
	return s
}

// columns is how wide text may be: as wide as the terminal, or as COLUMNS says.
func columns(terminal bool, fd uintptr, getenv func(string) string) int {
	if terminal {
		if width, _, err := tty.GetSize(fd); err == nil && width > 0 {
			return width
		}
	}
	if width, err := strconv.Atoi(getenv("COLUMNS")); err == nil && width > 0 {
		return width
	}
	return plainWidth
}

// patient is a writer that goes on without its reader. Whoever pipes into head
// has seen enough: that is no error, and must not hide the exit status of a run.
type patient struct {
	w    io.Writer
	gone bool
}

// Write writes, unless the reader has gone.
func (p *patient) Write(b []byte) (int, error) {
	if p.gone {
		return len(b), nil
	}
	n, err := p.w.Write(b)
	if left(err) {
		p.gone = true
		return len(b), nil
	}
	return n, err
}

// outputGone reports whether an error says that the terminal which a person sat before is
// there no more.
func (s *streams) outputGone(err error) bool {
	return (s.inTerminal || s.outTerminal || s.errTerminal) && (errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ENXIO))
}

// Errors of Windows for a pipe that nobody reads.
const (
	errorBrokenPipe = syscall.Errno(109)
	errorNoData     = syscall.Errno(232)
)

// left reports whether a write failed because nobody reads any more.
func left(err error) bool {
	var number syscall.Errno
	if !errors.As(err, &number) {
		return false
	}
	return number == syscall.EPIPE || os.PathSeparator == '\\' && (number == errorBrokenPipe || number == errorNoData)
}

// listener reads what is typed, and can stop waiting after a while: lines appear one by
// one, and the reader may go on at any time. Input typed in between is kept for the next
// reader.
type listener struct {
	from    io.Reader
	pending chan heard // of the read under way, if one is
	rest    []byte     // heard, and not read yet
	err     error
}

type heard struct {
	text []byte
	err  error
}

// Read reads what was heard, or waits for what comes.
func (l *listener) Read(p []byte) (int, error) {
	if len(l.rest) == 0 && l.err == nil {
		l.listen()
		l.take(<-l.pending)
	}
	if len(l.rest) == 0 {
		return 0, l.err
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}

// within reports whether there is something to read, within a time.
func (l *listener) within(d time.Duration) bool {
	if len(l.rest) > 0 || l.err != nil {
		return true
	}
	l.listen()
	select {
	case h := <-l.pending:
		l.take(h)
		return true
	case <-time.After(d):
		return false
	}
}

func (l *listener) take(h heard) { l.rest, l.err, l.pending = h.text, h.err, nil }

// listen begins a read, if none is under way.
func (l *listener) listen() {
	if l.pending != nil {
		return
	}
	pending := make(chan heard, 1) // who listens no more is not waited for
	l.pending = pending
	go func() {
		text := make([]byte, 1<<12)
		n, err := l.from.Read(text)
		pending <- heard{text[:n], err}
	}()
}

// bounded reads lines of a limited length: input without a line break would fill the
// memory.
type bounded struct {
	from io.Reader
	n    int // since the last line break
}

// longestLine is far more than anybody types.
const longestLine = 1 << 20

var errEndless = errors.New("a line is longer than 1 MiB: end it with a line break")

// Read reads until a line is too long.
func (b *bounded) Read(p []byte) (int, error) {
	if b.n > longestLine {
		return 0, errEndless
	}
	n, err := b.from.Read(p)
	if at := bytes.LastIndexByte(p[:n], '\n'); at >= 0 {
		b.n = n - at - 1
	} else {
		b.n += n
	}
	return n, err
}

// atWork does what takes its time. A terminal shows how far it is, and Ctrl-C ends it with
// what is known by then: after that, whoever does not read must not keep Ctrl-C from ending
// the program.
func (s *streams) atWork(do func(ctx context.Context, told func(done, all uint64)) error) (interrupted bool, err error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	told := func(uint64, uint64) {}
	if s.errTerminal {
		told = s.bar()
		defer fmt.Fprint(s.err, "\r\x1b[K")
	}
	if err = do(ctx, told); errors.Is(err, context.Canceled) {
		return true, nil
	}
	return false, err
}

// bar returns what draws how far something is, in steps of one percent.
func (s *streams) bar() func(done, all uint64) {
	last := -1
	return func(done, all uint64) {
		percent := int(done * 100 / all)
		if percent == last {
			return
		}
		last = percent
		fmt.Fprintf(s.err, "\r%3d %% %s%s", percent, strings.Repeat("█", percent/4), strings.Repeat("·", 25-percent/4))
	}
}

// interrupted ends a command that Ctrl-C ended, and says what that means for its output.
func (s *streams) interrupted(meaning string) error {
	fmt.Fprintln(s.err, "interrupted"+meaning)
	return signalled(2)
}

// cannotRead is an error of reading what somebody types.
func cannotRead(err error) error { return fmt.Errorf("cannot read what you typed: %w", err) }

// ofTyping passes on the error of somebody's typing: of reading what they type, or else of
// writing what they are told.
func ofTyping(err error) error {
	if errors.Is(err, learn.ErrUnread) {
		return cannotRead(errors.Unwrap(err))
	}
	return unwritten(err)
}

// pace writes lines one by one, at the speed of reading. Enter shows the rest at once; q
// or Escape leaves. The time depends only on the length of the text: see the tests.
type pace struct {
	ear  *listener
	in   *bufio.Reader // before it
	beat time.Duration
}

// beat is the time between two lines: a refutation is over in half of ten seconds.
const beat = 250 * time.Millisecond

// write writes a text in lines.
func (p *pace) write(out io.Writer, text string) error {
	waits := p != nil
	for line := range strings.Lines(text) {
		if _, err := io.WriteString(out, line); err != nil {
			return err
		}
		if !waits || p.in.Buffered() == 0 && !p.ear.within(p.beat) {
			continue
		}
		waits = false
		typed, _ := p.in.ReadString('\n') // an end of it is met again by who reads on
		if typed = strings.ToLower(strings.TrimSpace(typed)); typed == "q" || strings.HasPrefix(typed, "\x1b") {
			return nil
		}
	}
	return nil
}

// colorModes are the values of --color.
var colorModes = []string{"auto", "always", "never"}

// colored decides whether escape sequences may be written. A flag beats NO_COLOR,
// which beats CLICOLOR_FORCE; after them a terminal decides, unless it is dumb.
func colored(flag string, getenv func(string) string, terminal bool) bool {
	switch force := getenv("CLICOLOR_FORCE"); {
	case flag == "always":
		return true
	case flag == "never", getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case getenv("CLICOLOR") == "0", dumb(getenv):
		return false
	}
	return terminal
}

// hue is one colour in all depths, on a dark and on a light background.
type hue struct{ dark, light lipgloss.CompleteColor }

// The three meanings and the scaffolding. Each is said in a word as well: colour
// never stands alone.
var hues = map[words.Meaning]hue{
	words.OK:    {lipgloss.CompleteColor{TrueColor: "#56B4E9", ANSI256: "74", ANSI: "14"}, lipgloss.CompleteColor{TrueColor: "#005F99", ANSI256: "24", ANSI: "4"}},
	words.Wrong: {lipgloss.CompleteColor{TrueColor: "#FF7A45", ANSI256: "209", ANSI: "9"}, lipgloss.CompleteColor{TrueColor: "#B83A00", ANSI256: "130", ANSI: "1"}},
	words.Fault: {lipgloss.CompleteColor{TrueColor: "#F0E442", ANSI256: "227", ANSI: "11"}, lipgloss.CompleteColor{TrueColor: "#8B1A6B", ANSI256: "89", ANSI: "5"}},
	words.Dim:   {lipgloss.CompleteColor{TrueColor: "#8A8F98", ANSI256: "245", ANSI: "8"}, lipgloss.CompleteColor{TrueColor: "#5F6670", ANSI256: "241", ANSI: "8"}},
}

// painter returns what colours a story, or nil where nothing is to be coloured.
// Depth and background are taken from the environment: the terminal is never
// asked, because some never answer (see ui/noquery).
func painter(flag string, getenv func(string) string, terminal bool) words.Paint {
	if !colored(flag, getenv, terminal) {
		return nil
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(depth(getenv))
	r.SetHasDarkBackground(!light(getenv("COLORFGBG")))
	styles := map[words.Meaning]lipgloss.Style{words.Strong: r.NewStyle().Bold(true)}
	for meaning, h := range hues {
		styles[meaning] = r.NewStyle().Foreground(lipgloss.CompleteAdaptiveColor{Dark: h.dark, Light: h.light})
	}
	return func(m words.Meaning, text string) string {
		style, ok := styles[m]
		if !ok || text == "" {
			return text
		}
		return style.Render(text)
	}
}

// depth is how many colours the terminal has, at least sixteen: a user who forces colour
// wants some, whatever the terminal is called.
func depth(getenv func(string) string) termenv.Profile {
	p := termenv.NewOutput(io.Discard, termenv.WithTTY(true), termenv.WithEnvironment(environment(getenv))).ColorProfile()
	return min(p, termenv.ANSI) // the smaller, the deeper
}

// environment is what termenv wants instead of a function.
type environment func(string) string

// Getenv returns a variable.
func (e environment) Getenv(key string) string { return e(key) }

// Environ is part of the interface; depths are found without it.
func (e environment) Environ() []string { return nil }

// light reports whether a terminal says of itself that its background is light:
// COLORFGBG ends in the number of the background colour.
func light(colorfgbg string) bool {
	back := colorfgbg[strings.LastIndex(colorfgbg, ";")+1:]
	return back == "7" || back == "15"
}

// dumb reports whether a terminal can show only text, or TERM is not set. Windows does
// not set TERM, although its terminals can do more.
func dumb(getenv func(string) string) bool {
	kind := getenv("TERM")
	return kind == "dumb" || kind == "" && runtime.GOOS != "windows"
}

// themes are the values of --theme.
var themes = []string{"auto", "dark", "light", "mono"}

// themeUsage is what help says of --theme.
var themeUsage = "colours, a `THEME`: " + strings.Join(themes, ", ") + "; overrides --color and NO_COLOR"

// theme returns the colours of the screen. --theme beats --color, which beats
// NO_COLOR, which beats CLICOLOR_FORCE; where none of them has a say, the terminal
// is taken for dark, unless it says of itself that it is light.
func theme(name, color string, getenv func(string) string) (*grid.Theme, error) {
	switch name {
	case "dark":
		return &grid.Dark, nil
	case "light":
		return &grid.Light, nil
	case "mono":
		return &grid.Mono, nil
	case "auto":
		switch {
		case !colored(color, getenv, true):
			return &grid.Mono, nil
		case light(getenv("COLORFGBG")):
			return &grid.Light, nil
		}
		return &grid.Dark, nil
	}
	return nil, unknown("theme", name, themes)
}

// shades is how many colours the screen has. It has two palettes, so a terminal of
// 256 colours gets the smaller.
func shades(t *grid.Theme, getenv func(string) string) grid.Depth {
	switch c := strings.ToLower(getenv("COLORTERM")); {
	case t.Name == grid.Mono.Name:
		return grid.NoColor
	case c == "truecolor" || c == "24bit":
		return grid.TrueColor
	}
	return grid.Basic
}

// copies reports whether a terminal may put a text on the clipboard when it is asked to
// (OSC 52). These are known not to; most others do, or leave it to their user.
func copies(getenv func(string) string) bool {
	return getenv("TERM") != "linux" && getenv("TERM_PROGRAM") != "Apple_Terminal" && getenv("VTE_VERSION") == "" && getenv("STY") == ""
}

// asciiOnly reports whether a terminal is clearly not one of UTF-8: its locale is
// that of C, or names another character set. Most that say nothing are.
func asciiOnly(getenv func(string) string) bool {
	locale := cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"))
	locale, _, _ = strings.Cut(locale, "@")
	name, charset, _ := strings.Cut(locale, ".")
	charset = strings.ToLower(strings.ReplaceAll(charset, "-", ""))
	if charset == "" {
		return name == "C" || name == "POSIX"
	}
	return charset != "utf8"
}

// Limits on --speed.
const slowest, fastest = 0.05, 50

// parseSpeed reads how fast the screen plays.
func parseSpeed(text string) (float64, error) {
	speed, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(speed >= slowest && speed <= fastest) {
		return 0, fmt.Errorf("want a number from %v to %v, such as 0.5 for half as fast, got %q", slowest, fastest, text)
	}
	return speed, nil
}

// attend shows a course until it is left. What is to be noted meanwhile is said then.
func (r *study) attend(o play.Start) (term.Exit, error) {
	shown, notes := r.err, &bytes.Buffer{}
	r.err = notes // nothing may be written across the screen
	o.At, o.Speed, o.Theme, o.ASCII, o.NoMouse, o.ReducedMotion = -1, 1, r.look, r.flags.ascii, true, r.flags.reducedMotion
	result, err := r.play(o, r.onTerminal(r.look))
	r.err = shown
	if _, err := notes.WriteTo(r.err); err != nil {
		return result, unwritten(err)
	}
	return result, err
}

// leftScreen says what was done, and how to go on, when the terminal is as it was.
func (r *study) leftScreen(now *taken, result term.Exit, err error) error {
	back := command(r.start, "learn")
	if now.lesson != nil {
		back = command(r.start, "learn", now.arg)
	}
	if err := r.shown(result, err, back); err != nil {
		return err
	}
	switch {
	case now.lesson == nil:
		err = r.wrote(fmt.Fprintf(r.out, "%sLeft at the chapters. The first takes five minutes: %s\n", r.ToRefute(r.Done.Beliefs()), command(r.start, "learn", "1")))
	case now.finished:
		err = r.ended(now.lesson, now.session)
	default:
		err = r.wrote(fmt.Fprint(r.out, r.leftHere(now.session, now.arg)))
	}
	if err == nil {
		return endedBy(result)
	}
	return err
}

// shown says what went wrong on the screen, if anything did; back is the command again.
func (r *study) shown(result term.Exit, err error, back string) error {
	switch {
	case result.Panic != nil:
		return r.mistake(fmt.Sprint(result.Panic), result.Stack, back)
	case err != nil:
		return internal{fmt.Errorf("cannot show the screen: %w\nwithout it: %s --plain", err, back)}
	}
	return nil
}

// endedBy is the signal that ended the screen, if one did.
func endedBy(result term.Exit) error {
	if result.Signal != 0 {
		return signalled(result.Signal)
	}
	return nil
}
