//go:build !windows

package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// onTerminal runs the program on a terminal of its own, lets somebody do something
// when the screen is there, and returns what is left below it.
func onTerminal(t *testing.T, does func(keys *os.File, p *os.Process), args ...string) (text string, code int) {
	t.Helper()
	cmd := exec.Command("dejavu", args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=", "LC_ALL=C.UTF-8", "XDG_STATE_HOME="+t.TempDir())
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer f.Close()
	deadline := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer deadline.Stop()
	var all bytes.Buffer
	var once sync.Once
	for part := make([]byte, 4096); err == nil; {
		var n int
		n, err = f.Read(part)
		all.Write(part[:n])
		if bytes.Contains(all.Bytes(), []byte("\x1b[?1049h")) && bytes.Contains(all.Bytes(), []byte("dejavu")) {
			once.Do(func() { does(f, cmd.Process) })
		}
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(all.String(), "\x1b[?1049l")
	if !found {
		t.Errorf("%v: the screen was not closed:\n%q", args, all.String())
	}
	return strings.ReplaceAll(below, "\r\n", "\n"), cmd.ProcessState.ExitCode()
}

func typing(keys string) func(*os.File, *os.Process) {
	return func(f *os.File, _ *os.Process) { _, _ = f.WriteString(keys) }
}

func killing(sig syscall.Signal) func(*os.File, *os.Process) {
	return func(_ *os.File, p *os.Process) { _ = p.Signal(sig) }
}

// The screen opens on a terminal, gives it back however it ends, and leaves a line
// that opens it again.
func TestTheScreenOpensAndCloses(t *testing.T) {
	for _, c := range []struct {
		args  string
		does  func(*os.File, *os.Process)
		code  int
		leave string
	}{
		{"play twins --at 0:12.0 --theme mono", typing("q"), exitOK, "\n  dejavu play twins --theme mono --at 0:12.0\n"},
		{"play twins --at harm:1", typing("q"), exitOK, "\n  dejavu play twins --at 0:13."},
		{"", typing("q"), exitOK, "Left at the menu."},
		{"learn", typing("q"), exitOK, "Left at the chapters."},
		{"learn 2", typing("q"), exitOK, "Left here. Begin again with dejavu learn 2\n"},
		{"learn 2", killing(syscall.SIGTERM), 143, "Begin again with dejavu learn 2\n"},
		{"play lost-ack", typing("\x03"), 130, "\n  dejavu play lost-ack\n"},
		{"play lost-ack", killing(syscall.SIGTERM), 143, "\n  dejavu play lost-ack\n"},
		{"play lost-ack", killing(syscall.SIGQUIT), 131, "\n  dejavu play lost-ack\n"},
	} {
		below, code := onTerminal(t, c.does, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(below, c.leave) {
			t.Errorf("dejavu %s: exit status %d, want %d; left\n%s", c.args, code, c.code, below)
		}
	}
}

// session is a program on a terminal of its own, and what it has written.
type session struct {
	t   *testing.T
	cmd *exec.Cmd
	ptm *os.File
	mu  sync.Mutex
	all bytes.Buffer
}

// inSession starts a program as the leader of a session.
func inSession(t *testing.T, name string, args ...string) *session {
	t.Helper()
	return inWindow(t, &pty.Winsize{Rows: 40, Cols: 120}, name, args...)
}

// inWindow is inSession on a terminal of some size.
func inWindow(t *testing.T, size *pty.Winsize, name string, args ...string) *session {
	t.Helper()
	x := &session{t: t, cmd: exec.Command(name, args...)}
	x.cmd.Env = append(os.Environ(), "TERM=xterm-256color", "NO_COLOR=", "LC_ALL=C.UTF-8", "PS1=READY", "ENV=", "XDG_STATE_HOME="+t.TempDir())
	f, err := pty.StartWithSize(x.cmd, size)
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	x.ptm = f
	go func() {
		for part := make([]byte, 4096); ; {
			n, err := f.Read(part)
			x.mu.Lock()
			x.all.Write(part[:n])
			x.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { _ = x.cmd.Process.Kill(); _ = f.Close() })
	return x
}

// until waits until something has been written n times in all.
func (x *session) until(n int, text string) {
	x.t.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		x.mu.Lock()
		seen := bytes.Count(x.all.Bytes(), []byte(text))
		x.mu.Unlock()
		if seen >= n {
			return
		}
	}
	x.t.Fatalf("%q does not come for the %d. time:\n%q", text, n, x.all.String())
}

func (x *session) types(keys string) {
	x.t.Helper()
	if _, err := x.ptm.WriteString(keys); err != nil {
		x.t.Fatal(err)
	}
}

// ends waits for the end of the program, and returns its exit status as a shell has it.
func (x *session) ends() int {
	x.t.Helper()
	deadline := time.AfterFunc(time.Minute, func() { _ = x.cmd.Process.Kill() })
	defer deadline.Stop()
	_ = x.cmd.Wait()
	if status := x.cmd.ProcessState.Sys().(syscall.WaitStatus); status.Signaled() {
		return 128 + int(status.Signal())
	}
	return x.cmd.ProcessState.ExitCode()
}

// What the terminal is told when the screen takes it, and when it takes the mouse.
const (
	takenOver = "\x1b[?1049h"
	givenBack = "\x1b[?1049l"
	withMouse = "\x1b[?1002h"
)

// TestCtrlZIsRefusedWhereNobodyCouldBringItBack: who leads a session has no shell.
func TestCtrlZIsRefusedWhereNobodyCouldBringItBack(t *testing.T) {
	for name, stop := range map[string]func(*session){
		"a key":    func(x *session) { x.types("\x1a") },
		"a signal": func(x *session) { _ = x.cmd.Process.Signal(syscall.SIGTSTP) },
	} {
		x := inSession(t, "dejavu", "play", "lost-ack")
		x.until(1, "never arrived")
		stop(x)
		x.until(1, "cannot be suspended here")
		x.types("q")
		if code := x.ends(); code != exitOK {
			t.Errorf("%s: exit status %d\n%q", name, code, x.all.String())
		}
	}
	// a shell that runs one command leads the session and the group, and waits
	x := inSession(t, "sh", "-c", "dejavu play lost-ack; echo left")
	x.until(1, "never arrived")
	x.types("\x1a")
	x.until(1, "cannot be suspended here")
	x.types("q")
	x.until(1, "left")
	x.ends()
}

// TestTheScreenIsSuspendedAndComesBack: with its mouse, in a shell with job control,
// by a key and by a signal.
func TestTheScreenIsSuspendedAndComesBack(t *testing.T) {
	x := inSession(t, "sh", "-i")
	x.until(1, "READY")
	x.types("sh -c 'echo PID=$$; exec dejavu play lost-ack'\n")
	x.until(1, "never arrived")
	x.mu.Lock()
	_, number, _ := strings.Cut(strings.ReplaceAll(x.all.String(), "PID=$$", ""), "PID=")
	x.mu.Unlock()
	number, _, _ = strings.Cut(number, "\r")
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	for n := 1; n <= 2; n++ {
		if n == 1 {
			x.types("\x1a")
		} else if err := syscall.Kill(pid, syscall.SIGTSTP); err != nil {
			t.Fatal(err)
		}
		x.until(n+1, "READY")
		x.until(n, givenBack)
		x.types("fg\n")
		x.until(n+1, takenOver)
		x.until(n+1, withMouse)
	}
	x.types("q")
	x.until(3, givenBack)
	x.types("exit\n")
	x.ends()
}

// TestASignalEndsAScreenThatNobodyReads: its terminal takes no more output.
func TestASignalEndsAScreenThatNobodyReads(t *testing.T) {
	t.Parallel()
	cmd := exec.Command("dejavu", "play", "lost-ack")
	cmd.Env = append(os.Environ(), "TERM=xterm-256color")
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 70, Cols: 240})
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer f.Close()
	part := make([]byte, 64)
	_, _ = f.Read(part) // it has begun, and nobody reads on
	for range 40 {
		_, _ = f.WriteString("\x1b[C")
		time.Sleep(20 * time.Millisecond)
	}
	_ = cmd.Process.Signal(syscall.SIGTERM)
	deadline := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer deadline.Stop()
	_ = cmd.Wait()
	if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() && status.ExitStatus() != 143 || status.Signaled() && status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, and should by SIGTERM", cmd.ProcessState)
	}
}

// TestATerminalThatVanishesIsNoMistake: not even where nothing is sent when it does.
func TestATerminalThatVanishesIsNoMistake(t *testing.T) {
	for _, args := range [][]string{{"play", "lost-ack"}, {"learn"}} {
		cmd := exec.Command("sh", append([]string{"-c", `trap "" HUP; exec "$@"`, "sh", "dejavu"}, args...)...)
		cmd.Env = append(os.Environ(), "TERM=xterm-256color")
		f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
		if err != nil {
			t.Skipf("no pseudo-terminal here: %v", err)
		}
		_, _ = f.Read(make([]byte, 64))
		_ = f.Close()
		deadline := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		deadline.Stop()
		if code := cmd.ProcessState.ExitCode(); code != 129 {
			t.Errorf("%v: exit status %d, want 129", args, code)
		}
	}
}
