//go:build !windows

package term

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"dejavu/scenarios"
	"dejavu/ui/grid"
	"dejavu/ui/learn"
	"dejavu/ui/play"
)

// quiet is longer than keys are dropped after a question has come up.
const quiet = 350 * time.Millisecond

// terminal is a pair of ends with an emulator at ours: what a person sees.
type terminal struct {
	t        *testing.T
	ours     *os.File
	mu       sync.Mutex
	screen   *vt.Emulator
	raw      []byte
	finished chan Exit
	drained  chan struct{} // closed when all that it has written is read
}

// onTerminal runs the real program on a terminal of a size.
func onTerminal(t *testing.T, o play.Start, w, h int) *terminal {
	t.Helper()
	ours, theirs, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	if err := pty.Setsize(ours, &pty.Winsize{Cols: uint16(w), Rows: uint16(h)}); err != nil {
		t.Fatal(err)
	}
	if w == 0 {
		w, h = 80, 24 // what it is, though it does not say so
	}
	x := &terminal{t: t, ours: ours, screen: vt.NewEmulator(w, h), finished: make(chan Exit, 1), drained: make(chan struct{})}
	go func() { // what the emulator answers is nobody's business here
		_, _ = io.Copy(io.Discard, x.screen)
	}()
	go func() {
		defer close(x.drained)
		b := make([]byte, 1<<16)
		for {
			n, err := ours.Read(b)
			x.mu.Lock()
			x.raw = append(x.raw, b[:n]...)
			_, _ = x.screen.Write(b[:n])
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	if o.Menu == nil {
		o.Menu, o.Led = scenarios.Headings(), "lost-ack-then-crash"
	}
	go func() {
		r, err := Run(o, Terminal{theirs, theirs, grid.TrueColor})
		if err != nil {
			t.Errorf("Run: %v", err)
		}
		x.finished <- r
		_ = theirs.Close()
	}()
	t.Cleanup(func() { _ = ours.Close() })
	return x
}

func (x *terminal) text() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return ansi.Strip(x.screen.String())
}

// patience is how long something may take to be seen. It is no measurement: only a
// program that hangs needs so long.
const patience = time.Minute

// until waits until something is to be seen.
func (x *terminal) until(text string) {
	x.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if strings.Contains(x.text(), text) {
			return
		}
	}
	x.t.Fatalf("%q does not come:\n%s", text, x.text())
}

func (x *terminal) types(text string) {
	x.t.Helper()
	if _, err := x.ours.WriteString(text); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the program to end, and for its last words: on a busy machine they
// are read later.
func (x *terminal) ends() (r Exit) {
	x.t.Helper()
	limit := time.After(patience)
	select {
	case r = <-x.finished:
	case <-limit:
		x.t.Fatalf("it does not end:\n%s", x.text())
	}
	select {
	case <-x.drained:
	case <-limit:
		x.t.Fatalf("its terminal stays open:\n%s", x.text())
	}
	return r
}

// leadsOn presses enter, once the story has stood still for a while.
func (x *terminal) leadsOn() {
	time.Sleep(quiet)
	x.types("\r")
}

func TestAPersonPlaysTheFlagshipOnARealTerminal(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, play.Start{At: -1, ReducedMotion: true}, 80, 24)
	x.until("Start here: 60 seconds")
	x.types("\r")
	x.until("the start")
	for _, want := range []string{"delivery", "1st charge", "That is how it should", "ack lost", "crashes before its ack", "who will have paid twice"} {
		x.leadsOn()
		x.until(want)
	}
	time.Sleep(quiet)
	x.types("3")
	x.until("You say 3")
	x.leadsOn()
	x.until("Bob has paid twice")
	x.leadsOn()
	x.until("Right:")
	x.types("w")
	x.until("Why is m3 charged twice?")
	x.types("\x1b")
	x.until("enter next")
	x.types("q")
	if r := x.ends(); r.Signal != 0 || r.Panic != nil || r.Story == nil {
		t.Errorf("left with %+v", r)
	}
}

func TestWhatIsOnTheTerminalIsTheFrame(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {60, 18}} {
		x := onTerminal(t, play.Start{Scenario: get(t, "twins"), At: 13 * time.Second, NoGuess: true}, size[0], size[1])
		m, _ := play.New(play.Start{Scenario: get(t, "twins"), At: 13 * time.Second, NoGuess: true})
		x.until("Twins")
		x.types("\x1b[C\x1b[C\x1b[D")
		m.Update(play.Resize{Width: size[0], Height: size[1]})
		for _, key := range []play.Key{"right", "right", "left"} {
			m.Update(key)
		}
		g, theme := m.Frame()
		want := strings.TrimRight(trimmed(ansi.Strip(g.ANSI(theme, grid.NoColor))), "\n")
		for end := time.Now().Add(patience); time.Now().Before(end) && trimmed(x.text()) != want; {
			time.Sleep(10 * time.Millisecond)
		}
		if got := trimmed(x.text()); got != want {
			t.Errorf("at %v the terminal shows\n%s\nand the frame is\n%s", size, got, want)
		}
		x.types("q")
		x.ends()
	}
}

// trimmed leaves out blanks at the ends of lines.
func trimmed(text string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "")) {
		lines = append(lines, strings.TrimRight(line, " \n"))
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

func TestResizingAtAnyMomentDownToOneCellHarmsNothing(t *testing.T) {
	x := onTerminal(t, play.Start{Scenario: get(t, "lost-ack"), At: -1, NoGuess: true}, 100, 30)
	x.until("The ack that never arrived")
	x.types(" ")
	for _, size := range [][2]int{{1, 1}, {240, 70}, {7, 3}, {80, 24}, {1, 50}, {200, 1}, {60, 18}, {80, 24}} {
		x.mu.Lock()
		x.screen.Resize(size[0], size[1])
		x.mu.Unlock()
		if err := pty.Setsize(x.ours, &pty.Winsize{Cols: uint16(size[0]), Rows: uint16(size[1])}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(30 * time.Millisecond)
	}
	x.types("q")
	if r := x.ends(); r.Panic != nil {
		t.Errorf("panic: %v", r.Panic)
	}
}

// A terminal that answers nothing and has no size is served all the same, and is
// left as it was.
func TestATerminalThatNeverAnswersIsServedAndRestored(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, play.Start{Scenario: get(t, "lost-ack"), At: -1, NoGuess: true}, 0, 0)
	x.until("The ack")
	x.types("q")
	x.ends()
	x.mu.Lock()
	raw := string(x.raw)
	x.mu.Unlock()
	for _, query := range []string{"\x1b]11;?", "\x1b[6n", "\x1b]10;?"} {
		if strings.Contains(raw, query) {
			t.Errorf("the terminal is asked %q", query)
		}
	}
	for on, off := range map[string]string{"\x1b[?1049h": "\x1b[?1049l", "\x1b[?25l": "\x1b[?25h", "\x1b[?1002h": "\x1b[?1002l"} {
		if strings.Count(raw, on) == 0 || strings.LastIndex(raw, off) < strings.LastIndex(raw, on) {
			t.Errorf("%q is not taken back by %q", on, off)
		}
	}
	if strings.Count(raw, "\x1b[?2026h") != strings.Count(raw, "\x1b[?2026l") {
		t.Error("a frame is begun and not ended")
	}
}

func TestASignalEndsTheScreenAndRestoresTheTerminal(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT} {
		if signal.Ignored(sig) {
			continue // by whoever started the test
		}
		x := onTerminal(t, play.Start{Scenario: get(t, "lost-ack"), At: -1, NoGuess: true}, 80, 24)
		x.until("the start")
		x.types(" ") // while it plays
		time.Sleep(50 * time.Millisecond)
		if err := syscall.Kill(os.Getpid(), sig); err != nil {
			t.Fatal(err)
		}
		if r := x.ends(); r.Signal != int(sig) || r.Panic != nil {
			t.Errorf("%v leaves with %+v", sig, r)
		}
		x.mu.Lock()
		raw := string(x.raw)
		x.mu.Unlock()
		if strings.LastIndex(raw, "\x1b[?1049l") < strings.LastIndex(raw, "\x1b[?1049h") {
			t.Errorf("%v leaves the terminal in the other screen", sig)
		}
	}
}

// lesson is one lesson, with nothing around it.
func lesson(t testing.TB, name string) play.Start {
	t.Helper()
	l, ok := scenarios.GetLesson(name)
	if !ok {
		t.Fatalf("no lesson %s", name)
	}
	s, err := learn.Begin(l, false)
	if err != nil {
		t.Fatal(err)
	}
	return play.Start{At: -1, ReducedMotion: true, Theme: &grid.Mono, Course: &play.Course{
		Chapters: func() []play.Chapter { return nil },
		First:    &play.Class{Lesson: l, Session: s},
	}}
}

// A lesson on a real terminal, and on one that answers nothing and has no size.
func TestAPersonTakesALessonOnARealTerminal(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {0, 0}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			answers, finished := 0, 0
			o := lesson(t, "ghost-charge")
			o.Course.First.Answered = func(learn.Answer) { answers++ }
			o.Course.First.Finished = func() { finished++ }
			x := onTerminal(t, o, size[0], size[1])
			x.until("Two versions of the worker")
			for _, want := range []string{"The queue delivers", "gets lost on its way", "Cy's worker dies", "[3] it delivers m2 again"} {
				time.Sleep(quiet)
				x.types("\r")
				x.until(want)
			}
			time.Sleep(quiet)
			x.types("h")
			x.until("from whom?")
			x.types("11")
			x.until("You were sure, so remember this one")
			time.Sleep(quiet)
			x.types("q")
			if r := x.ends(); r.Signal != 0 || r.Panic != nil {
				t.Errorf("left with %+v", r)
			}
			if answers != 1 || finished != 0 {
				t.Errorf("told of %d answers and %d ends, want 1 and none", answers, finished)
			}
			x.mu.Lock()
			raw := string(x.raw)
			x.mu.Unlock()
			if strings.Contains(raw, "\x1b]11;?") || strings.LastIndex(raw, "\x1b[?1049l") < strings.LastIndex(raw, "\x1b[?1049h") {
				t.Error("the terminal is asked something, or is not given back")
			}
		})
	}
}
