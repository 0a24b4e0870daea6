//go:build !windows

package cli

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestAFileThatIsSavedIsRunAgain(t *testing.T) {
	file := filepath.Join(t.TempDir(), "mine.yaml")
	save := func(title, excess string) {
		text := "title: " + title + "\nmessages: [{id: m1, at: 1s, customer: Ann, amount: $1}]\nconsumers: [naive]\nexpect:\n  naive: {excess: " + excess + "}\n"
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	save("One", "$0")
	cmd := exec.Command("dejavu", "run", "--watch", file)
	both, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	lines, said := bufio.NewScanner(both), ""
	until := func(text string) {
		t.Helper()
		for lines.Scan() {
			said += lines.Text() + "\n"
			if strings.Contains(lines.Text(), text) {
				return
			}
		}
		t.Fatalf("it does not say %q:\n%s", text, said)
	}
	until("As the file expects: naive.")
	until("watching")
	save("Two, longer", "$5")
	until("Two, longer")
	until("Not as the file expects")
	until("watching")
	if err := os.WriteFile(file, []byte("title: ["), 0o644); err != nil {
		t.Fatal(err)
	}
	until("mine.yaml:1:")
	until("watching")
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	if code := cmd.ProcessState.ExitCode(); code != exitSignal+2 {
		t.Errorf("exit status %d after Ctrl-C:\n%s", code, said)
	}
}
