package learn

import (
	"errors"
	"maps"
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

// TestTwoProgramsKeepWhatEachOfThemHasDone: the second that saves has not seen the first.
func TestTwoProgramsKeepWhatEachOfThemHasDone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	if err := sample().Save(path); err != nil {
		t.Fatal(err)
	}
	one, _, _ := LoadProgress(path)
	two, _, _ := LoadProgress(path)
	one.Begin("b", "text", 1)
	one.Answer("b", &Answer{Right: true})
	one.Finish("b")
	two.Begin("c", "text", 1)
	two.Answer("c", &Answer{Belief: 5})
	two.Finish("c")
	two.Finish("a")
	for _, p := range []*Progress{one, two, one} {
		if err := p.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	p, _, _ := LoadProgress(path)
	if p.Lessons["a"].Finished != 2 || p.Lessons["b"].Finished != 1 || p.Lessons["c"].Finished != 1 || len(p.Missed) != 2 || p.Missed["M5"].Times != 1 {
		t.Errorf("kept is %+v", p)
	}
	delete(p.Lessons, "b") // as a reset does
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	if p, _, _ := LoadProgress(path); len(p.Lessons) != 2 {
		t.Errorf("what was forgotten is there again: %+v", p)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("something is left: %v", left)
	}
}

// The best result in a level that was built stays, whoever had it.
func TestTheBestThatWasBuiltIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	one, _, _ := LoadProgress(path)
	two, _, _ := LoadProgress(path)
	one.Holds("a-bank", Built{Lines: 2, Trips: 3})
	one.Holds("a-bank", Built{Lines: 2, Trips: 4})
	one.Holds("race", Built{Edits: 1, Lines: 4})
	two.Holds("a-bank", Built{Lines: 1, Trips: 5})
	two.Holds("race", Built{Edits: 2, Lines: 3})
	for _, p := range []*Progress{one, two, one} {
		if err := p.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	p, _, _ := LoadProgress(path)
	if want := map[string]Built{"a-bank": {Lines: 1, Trips: 5}, "race": {Edits: 1, Lines: 4}}; !maps.Equal(p.Built, want) {
		t.Errorf("kept is %v, want %v", p.Built, want)
	}
	delete(p.Built, "race")
	if err := p.Save(path); err != nil {
		t.Fatal(err)
	}
	if p, _, _ := LoadProgress(path); len(p.Built) != 1 {
		t.Errorf("what was forgotten is there again: %v", p.Built)
	}
}

func TestManyAtOnceLoseNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	failed := make(chan error)
	for n := range 8 {
		go func() {
			p, _, _ := LoadProgress(path)
			p.Begin(string(rune('a'+n)), "text", 1)
			failed <- p.Save(path)
		}()
	}
	for range 8 {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if p, _, _ := LoadProgress(path); len(p.Lessons) != 8 {
		t.Errorf("kept are %d lessons of 8", len(p.Lessons))
	}
}

func TestASecondBrokenFileLeavesTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "progress.json")
	for _, text := range []string{"first", "second"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		LoadProgress(path)
	}
	for name, want := range map[string]string{".broken": "first", ".broken.2": "second"} {
		if got, err := os.ReadFile(path + name); string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
}

func TestALinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	path, real := filepath.Join(dir, "progress.json"), filepath.Join(dir, "elsewhere", "p.json")
	if err := os.Symlink(filepath.Join("elsewhere", "p.json"), path); err != nil {
		t.Skip(err)
	}
	for range 2 { // it leads nowhere at first
		if err := sample().Save(path); err != nil {
			t.Fatal(err)
		}
	}
	if info, err := os.Lstat(path); err != nil || info.Mode()&os.ModeSymlink == 0 || !exists(real) {
		t.Errorf("the link is replaced: %v, %v", info, err)
	}
}
