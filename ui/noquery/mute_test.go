//go:build !windows

package noquery_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"

	_ "dejavu/ui/cli" // what is built below: or go test would not know that it changed
)

// patience is how long a command may take. It is no measurement: the stall that
// is looked for lasts five seconds, and a command without it takes a hundredth of
// one, so the deadline lies where neither a slow machine nor the stall can be
// mistaken for the other.
const patience = 4 * time.Second

var build = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dejavu-mute")
	if err != nil {
		return "", err
	}
	bin := filepath.Join(dir, "dejavu")
	out, err := exec.Command("go", "build", "-o", bin, "dejavu").CombinedOutput()
	if err != nil {
		return "", errors.New(err.Error() + ": " + string(out))
	}
	return bin, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if bin, err := build(); err == nil {
		_ = os.RemoveAll(filepath.Dir(bin))
	}
	os.Exit(code)
}

// A terminal that never answers makes no command wait, because none asks.
func TestNoCommandAsksTheTerminal(t *testing.T) {
	bin, err := build()
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"version"}, {"run", "quiet-day"}} {
		out := onMuteTerminal(t, bin, args...)
		if len(out) == 0 {
			t.Errorf("%v printed nothing", args)
		}
		for what, query := range map[string]string{
			"the background colour (OSC 11)": "\x1b]11;?", "the foreground colour (OSC 10)": "\x1b]10;?",
			"the place of the cursor (CSI 6n)": "\x1b[6n", "what it is (DA1)": "\x1b[c",
		} {
			if bytes.Contains(out, []byte(query)) {
				t.Errorf("%v asks the terminal for %s: import ui/noquery, and nothing into it but lipgloss", args, what)
			}
		}
	}
}

// onMuteTerminal runs a command on a terminal that reads everything and never
// answers, and returns what the command wrote.
func onMuteTerminal(t *testing.T, bin string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor")
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	defer f.Close()
	out, err := io.ReadAll(f)
	if err != nil && !errors.Is(err, syscall.EIO) { // EIO: the other side was closed
		t.Errorf("%v: reading the terminal: %v", args, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("%v: %v\nafter %q: does something ask the terminal before ui/noquery is initialised?", args, err, out)
	}
	return out
}
