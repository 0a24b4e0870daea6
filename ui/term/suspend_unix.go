//go:build !windows

package term

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	tea "github.com/charmbracelet/bubbletea"
)

// says is what a signal says to the screen.
func says(s os.Signal) tea.Msg {
	switch s {
	case syscall.SIGTSTP:
		return toSuspend{}
	case syscall.SIGCONT:
		return continued{}
	case syscall.SIGQUIT:
		return asked(syscall.SIGQUIT)
	}
	return nil
}

// watch has signals sent to a channel, but for those that whoever started the program
// wants it to ignore.
func watch(signals chan os.Signal) {
	for _, s := range []os.Signal{syscall.SIGTSTP, syscall.SIGCONT, syscall.SIGQUIT} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
}

// orphaned reports whether no shell looks after the group of this program. The system
// drops the signal of Ctrl-Z in such a group: so one is sent to a child, and the child
// tells, by stopping or by ending. It would cost a way of its own on every system to
// ask who started whom.
func orphaned() bool {
	child := exec.Command("sh", "-c", "kill -TSTP $$")
	if child.Start() != nil {
		return true
	}
	var how syscall.WaitStatus
	for {
		_, err := syscall.Wait4(child.Process.Pid, &how, syscall.WUNTRACED, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || !how.Stopped() {
			_ = child.Process.Release()
			return true
		}
		_ = child.Process.Kill()
		_ = child.Wait()
		return false
	}
}

// grace is how long it may take until this program has stopped, and how long to wait
// for what was sent to it meanwhile.
const grace = 100 * time.Millisecond

// stop stops the group of this program, and returns when somebody lets it go on: an
// error if a signal asks it to end then. It is not the signal of Ctrl-Z that does it,
// for Go does not give back the default of one that it has caught.
func stop(watched chan os.Signal) error {
	signal.Stop(watched)
	defer watch(watched)
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGCONT, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := syscall.Kill(0, syscall.SIGSTOP); err != nil {
		return err
	}
	for limit := time.After(grace); ; {
		select {
		case s := <-signals:
			if s == syscall.SIGTERM {
				return asked(syscall.SIGTERM)
			}
		case <-limit:
			return nil
		}
	}
}

// vanished reports whether an error says that the terminal is there no more.
func vanished(err error) bool { return isAny(err, errVanished, syscall.EIO, syscall.ENXIO) }

// die ends the program as a signal does.
func die(s os.Signal) {
	signal.Reset(s)
	_ = syscall.Kill(os.Getpid(), s.(syscall.Signal))
}
