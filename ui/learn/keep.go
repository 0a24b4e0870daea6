package learn

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"time"
)

// largestProgress is far above what a reader can come to.
const largestProgress = 1 << 20

// LoadProgress reads the progress so far: none, if there is no file. A file that is not a
// progress file is set aside. note tells the reader of that, and of a file that cannot be
// read. keep reports whether progress may be written there.
func LoadProgress(path string) (p *Progress, note string, keep bool) {
	p = &Progress{Schema: progressSchema}
	if path == "" {
		return p, "", false
	}
	src, err := readProgress(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return p, "", true
	case err != nil:
		return p, fmt.Sprintf("cannot read %s (%v): progress is not kept", path, reason(err)), false
	}
	read, err := DecodeProgress(src)
	var other *otherSchema
	switch {
	case err == nil:
		return read, "", true
	case errors.As(err, &other):
		return p, fmt.Sprintf("%s was written by another dejavu (%s): it is left alone, and progress is not kept", path, other.schema), false
	}
	aside, err := setAside(path)
	if err != nil {
		return p, fmt.Sprintf("%s cannot be read, and cannot be set aside: progress is not kept", path), false
	}
	return p, fmt.Sprintf("%s could not be read and was set aside as %s: progress starts again", path, aside), true
}

// otherSchema says that progress was written by another version.
type otherSchema struct{ schema string }

// Error says so.
func (e *otherSchema) Error() string { return "written by another dejavu (" + e.schema + ")" }

// DecodeProgress reads progress as Encode writes it.
func DecodeProgress(src []byte) (*Progress, error) {
	p := &Progress{}
	switch err := json.Unmarshal(src, p); {
	case err != nil:
		return nil, err
	case p.Schema == "" || len(src) > largestProgress:
		return nil, errors.New("it is no progress")
	case p.Schema != progressSchema:
		return nil, &otherSchema{p.Schema}
	}
	p.base = p.copy()
	return p, nil
}

// Encode writes progress down.
func (p *Progress) Encode() ([]byte, error) {
	p.Schema = progressSchema
	src, err := json.MarshalIndent(p, "", "  ")
	return append(src, '\n'), err
}

// Merge adds what was done elsewhere meanwhile.
func (p *Progress) Merge(theirs *Progress) {
	p.merge(theirs)
	p.base = theirs.copy()
}

// readProgress reads a file, and nothing else: a pipe would have it wait.
func readProgress(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is no file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	src, err := io.ReadAll(io.LimitReader(f, largestProgress+1))
	return src, errors.Join(err, f.Close())
}

// reason is what the system said, without the path.
func reason(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// mostAside is how many broken files are kept.
const mostAside = 100

// setAside gives a file a name that no other has: one that was set aside before stays.
func setAside(path string) (aside string, err error) {
	for n := 1; n <= mostAside; n++ {
		if aside = path + ".broken"; n > 1 {
			aside = fmt.Sprintf("%s.%d", aside, n)
		}
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			return aside, os.Rename(path, aside)
		}
	}
	return "", fs.ErrExist
}

// Save adds to the file what was done since it was read: another program may have
// written there meanwhile. Whatever happens, the file is as it was or as it should be:
// what is written is complete before it takes the name.
func (p *Progress) Save(path string) error {
	path = pointedTo(path)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	defer lock(path + ".lock")()
	theirs, note, keep := LoadProgress(path)
	if !keep {
		return errors.New(note)
	}
	p.merge(theirs)
	src, err := p.Encode()
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), "progress-*.tmp")
	if err != nil {
		return err
	}
	if err = fill(f, src); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name()) // what is left of it is worth nothing
		return err
	}
	p.base = p.copy()
	return nil
}

// pointedTo returns the file that a path leads to at last, be it there or not.
func pointedTo(path string) string {
	for range 16 {
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// How long to wait for another program that writes, and after how long one that has
// not given its lock back is taken to be dead.
const (
	waitForLock = 2 * time.Second
	deadLock    = 10 * time.Second
)

// lock keeps other programs from writing until what it returns is called. Nobody waits
// for long: a lock that does not come is done without.
func lock(name string) (unlock func()) {
	for end := time.Now().Add(waitForLock); ; time.Sleep(5 * time.Millisecond) {
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_ = f.Close()
			return func() { _ = os.Remove(name) }
		}
		info, gone := os.Lstat(name)
		if gone == nil && time.Since(info.ModTime()) > deadLock {
			_ = os.Remove(name)
		} else if !errors.Is(err, fs.ErrExist) || time.Now().After(end) {
			return func() {}
		}
	}
}

// copy returns progress that shares nothing that changes.
func (p *Progress) copy() *Progress {
	return &Progress{Lessons: maps.Clone(p.Lessons), Missed: maps.Clone(p.Missed), Owed: maps.Clone(p.Owed), Levels: maps.Clone(p.Levels), Built: maps.Clone(p.Built)}
}

// merge adds what the file holds by now to what was done here since it was read. Of a
// lesson that was taken in both places the one here counts, but for how often.
func (p *Progress) merge(theirs *Progress) {
	base := p.base
	if base == nil {
		base = &Progress{}
	}
	lessons, missed := maps.Clone(theirs.Lessons), maps.Clone(theirs.Missed)
	for name := range base.Lessons { // order does not matter: each is on its own
		if _, have := p.Lessons[name]; !have {
			delete(lessons, name)
		}
	}
	for name, done := range p.Lessons { // nor here
		was, had := base.Lessons[name]
		if had && unchanged(was, done) {
			continue
		}
		if lessons == nil {
			lessons = map[string]Done{}
		}
		done.Finished = max(done.Finished-was.Finished, 0) + lessons[name].Finished
		lessons[name] = done
	}
	for name := range base.Missed { // nor here
		if _, have := p.Missed[name]; !have {
			delete(missed, name)
		}
	}
	for name, m := range p.Missed { // nor here
		was := base.Missed[name]
		if m == was {
			continue
		}
		if missed == nil {
			missed = map[string]Miss{}
		}
		now := missed[name]
		missed[name] = Miss{now.Times + max(m.Times-was.Times, 0), now.Sure + max(m.Sure-was.Sure, 0)}
	}
	p.Lessons, p.Missed, p.Owed = lessons, missed, p.owed(base.Owed, theirs.Owed)
	p.Levels, p.Built = best(p.Levels, base.Levels, theirs.Levels), best(p.Built, base.Built, theirs.Built)
}

// best is what the file holds by now of the levels or, where that is better, what was done
// here.
func best[S interface{ Beats(o S) bool }](here, base, theirs map[string]S) map[string]S {
	all := maps.Clone(theirs)
	for name := range base { // order does not matter: each is on its own
		if _, have := here[name]; !have {
			delete(all, name)
		}
	}
	for name, b := range here { // nor here
		if old, done := all[name]; all == nil || !done || b.Beats(old) {
			if all == nil {
				all = map[string]S{}
			}
			all[name] = b
		}
	}
	return all
}

// owed is what the file holds by now, but for the questions that were answered here.
func (p *Progress) owed(base, theirs map[string]int) map[string]int {
	all := maps.Clone(theirs)
	for name, n := range p.Owed { // order does not matter: each is on its own
		if all == nil {
			all = map[string]int{}
		}
		if n != base[name] {
			all[name] = n
		}
	}
	for name := range base { // nor here
		if p.Owed[name] == 0 {
			delete(all, name)
		}
	}
	return all
}

// unchanged reports whether nothing was done in a lesson.
func unchanged(a, b Done) bool {
	return a.Finished == b.Finished && a.Asked == b.Asked && a.Right == b.Right && a.Of == b.Of && a.Text == b.Text && len(a.Left) == len(b.Left)
}

// file is what is needed of a file to fill it.
type file interface {
	io.WriteCloser
	Sync() error
}

// fill writes a file and closes it, and says if any of that failed: a disk may be
// full only when it is synchronised.
func fill(f file, src []byte) error {
	_, err := f.Write(src)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}
