//go:build !windows

package cli

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
)

// A signal ends the program as it ends any other, so that a shell sees 130 or 143
// and whoever started it knows that it did not end by itself.
func TestSignalsEndTheProgram(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		if signal.Ignored(sig) {
			continue // by whoever started the test, and so by what it starts
		}
		for _, args := range [][]string{{"run", "-"}, {"interview"}} { // both wait for their input
			signalled := interrupted(t, sig, args...)
			var exit *exec.ExitError
			if !errors.As(signalled, &exit) {
				t.Fatalf("%v, %v: the program ended with %v", args, sig, signalled)
			}
			if status := exit.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != sig {
				t.Errorf("%v, %v: the program ended with %v, want that signal", args, sig, exit)
			}
		}
	}
}

// interrupted starts the program, sends it a signal, and returns how it ended.
func interrupted(t *testing.T, sig syscall.Signal, args ...string) error {
	t.Helper()
	cmd := exec.Command("dejavu", args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	return cmd.Wait()
}
