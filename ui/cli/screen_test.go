//go:build !windows

package cli

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
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
	deadline := time.AfterFunc(20*time.Second, func() { _ = cmd.Process.Kill() })
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
	} {
		below, code := onTerminal(t, c.does, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(below, c.leave) {
			t.Errorf("dejavu %s: exit status %d, want %d; left\n%s", c.args, code, c.code, below)
		}
	}
}
