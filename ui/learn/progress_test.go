package learn

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"

	"dejavu/scenarios"
)

func sample() *Progress {
	p := &Progress{Schema: progressSchema}
	p.Begin("a", "text", 3)
	p.Answer("a", &Answer{Right: true})
	p.Answer("a", &Answer{Belief: 4, Sure: true})
	p.Finish("a")
	return p
}

func TestProgressIsKeptAndReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "dejavu", "progress.json")
	p, note, keep := LoadProgress(path)
	if note != "" || !keep || len(p.Lessons) > 0 {
		t.Fatalf("at first: %+v, %q, %v", p, note, keep)
	}
	if err := sample().Save(path); err != nil {
		t.Fatal(err)
	}
	p, note, keep = LoadProgress(path)
	if want := (Done{Finished: 1, Asked: 2, Right: 1, Of: 3, Text: sum("text")}); note != "" || !keep || !reflect.DeepEqual(p.Lessons["a"], want) || p.Missed["M4"] != (Miss{1, 1}) {
		t.Errorf("got %+v, %q, %v", p, note, keep)
	}
	if got := p.Beliefs(); len(got) != 1 || got[0] != 4 {
		t.Errorf("beliefs %v", got)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("something else was written: %v", left)
	}
}

func TestAMisconceptionIsForgottenInALaterLessonAndNotAtOnce(t *testing.T) {
	p := sample()
	cleared := &Answer{Right: true, Cleared: []scenarios.Misconception{4}}
	if p.Answer("a", cleared); len(p.Missed) != 1 {
		t.Error("it was forgotten in the lesson in which it was chosen")
	}
	p.Begin("b", "text", 1)
	if p.Answer("b", cleared); len(p.Missed) != 0 {
		t.Error("it was not forgotten")
	}
}

func TestWhatWasAnsweredIsThereAgainUnlessTheLessonHasChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	p := &Progress{Schema: progressSchema}
	p.Begin("a", "text", 3)
	p.Answer("a", &Answer{Said: 2, Sure: true, Hints: 1, Belief: 4})
	p.Answer("a", &Answer{Skipped: true})
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	p, _, _ = LoadProgress(path)
	if got, want := p.Left("a", "text"), []Given{{2, true, 1}, {}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := p.Left("a", "texts"); got != nil {
		t.Errorf("of another text %v is left", got)
	}
	p.Resume([]Answer{{Belief: 4}})
	if p.Answer("a", &Answer{Right: true, Cleared: []scenarios.Misconception{4}}); len(p.Missed) != 1 {
		t.Error("a misconception was forgotten in the lesson in which it was chosen, for that was left in between")
	}
	if p.Finish("a"); p.Left("a", "text") != nil {
		t.Error("a lesson that is over is left")
	}
}

func TestACorruptFileIsSetAside(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "null", `{"schema":""}`, `{"schema":7}`, `{"schema":"dejavu.progress/1","lessons":3}`, strings.Repeat(" ", largestProgress+1) + `{}`} {
		path := filepath.Join(t.TempDir(), "progress.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, note, keep := LoadProgress(path)
		if !strings.Contains(note, "set aside as "+path+".broken") || !keep || len(p.Lessons) > 0 || p.Schema != progressSchema {
			t.Errorf("%.20q: %q, %v, %+v", text, note, keep, p)
		}
		if kept, err := os.ReadFile(path + ".broken"); err != nil || string(kept) != text {
			t.Errorf("%.20q is lost: %v", text, err)
		}
	}
}

func TestTheFileOfALaterProgramIsLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	if err := os.WriteFile(path, []byte(`{"schema":"dejavu.progress/2"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, note, keep := LoadProgress(path); keep || !strings.Contains(note, "left alone") || !exists(path) {
		t.Errorf("%q, %v", note, keep)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func TestWithoutAHomeNothingIsKeptAndNothingFails(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(key string) string {
			for i := 0; i < len(pairs); i += 2 {
				if pairs[i] == key {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	home := t.TempDir()
	for _, c := range []struct{ got, want string }{
		{ProgressPath(env()), ""},
		{ProgressPath(env("XDG_STATE_HOME", "relative")), ""},
		{ProgressPath(env("HOME", home)), filepath.Join(home, ".local", "state", "dejavu", "progress.json")},
		{ProgressPath(env("HOME", home, "XDG_STATE_HOME", filepath.Join(home, "x"))), filepath.Join(home, "x", "dejavu", "progress.json")},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if p, note, keep := LoadProgress(""); p == nil || note != "" || keep {
		t.Error("no home is an error")
	}
	file := filepath.Join(home, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if p, _, _ := LoadProgress(filepath.Join(file, "dejavu", "progress.json")); p == nil {
		t.Error("no progress")
	}
	if err := sample().Save(filepath.Join(file, "dejavu", "progress.json")); err == nil {
		t.Error("it was saved below a file")
	}
}

// disk is a file on a disk that is full from some point on.
type disk struct {
	write, sync, close error
	closed             bool
}

func (d *disk) Write(b []byte) (int, error) {
	if d.write != nil {
		return len(b) / 2, d.write
	}
	return len(b), nil
}
func (d *disk) Sync() error  { return d.sync }
func (d *disk) Close() error { d.closed = true; return d.close }

func TestAFullDiskIsNoticedWhereverItSaysSo(t *testing.T) {
	for _, d := range []*disk{{write: syscall.ENOSPC}, {sync: syscall.ENOSPC}, {close: syscall.ENOSPC}} {
		if err := fill(d, []byte("x")); !errors.Is(err, syscall.ENOSPC) || !d.closed {
			t.Errorf("%+v: %v", d, err)
		}
	}
	if err := fill(&disk{}, []byte("x")); err != nil {
		t.Error(err)
	}
}

// A process saves again and again and is killed: the file is whole.
func TestProgressSurvivesAKill(t *testing.T) {
	if path := os.Getenv("DEJAVU_TEST_SAVES"); path != "" {
		p := sample()
		for {
			p.Begin(strings.Repeat("x", len(p.Lessons)%500+1), "text", 1)
			if err := p.Save(path); err != nil {
				os.Exit(1)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "progress.json")
	for i := range 5 {
		c := exec.Command(os.Args[0], "-test.run", "TestProgressSurvivesAKill$")
		c.Env = append(os.Environ(), "DEJAVU_TEST_SAVES="+path)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for !exists(path) {
			time.Sleep(time.Millisecond)
		}
		time.Sleep(time.Duration(7*i) * time.Millisecond)
		_ = c.Process.Kill()
		_ = c.Wait()
		if p, note, _ := LoadProgress(path); note != "" || len(p.Lessons) == 0 {
			t.Fatalf("after a kill: %q, %+v", note, p)
		}
	}
}
