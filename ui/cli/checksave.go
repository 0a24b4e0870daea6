package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"dejavu/scenarios"
	"dejavu/ui/proof"
)

// checkSave refuses to write one file for many results.
func (f *checkFlags) checkSave(q *question) error {
	if f.given["save"] && len(q.cases) > 1 {
		return errors.New("--save writes one counterexample: name one consumer, and say --business")
	}
	return f.checkFile()
}

// checkFile finds before anything is searched that a file cannot be written: what took
// a minute to find should not be lost for its name.
func (f *checkFlags) checkFile() error {
	if !f.given["save"] {
		return nil
	}
	const such = "give a name, such as found.yaml"
	folder := filepath.Dir(f.save)
	info, err := os.Stat(folder)
	_, there := os.Lstat(f.save) // a link that leads nowhere is something, too
	switch {
	case f.save == "":
		return errors.New("--save: a file is missing: " + such)
	case f.save == fromStdin:
		return errors.New("--save writes a file, and - is none: " + such)
	case isFolder(f.save):
		return fmt.Errorf("--save: %q is a folder: name a file in it, such as %s", f.save, quote(filepath.Join(f.save, "found.yaml")))
	case errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir():
		return fmt.Errorf("--save: there is no folder %q: make it first, or write elsewhere", folder)
	case there == nil:
		return fmt.Errorf("--save: there is a file %q already: name another, or remove it", f.save)
	}
	if err := writeNew(f.save, nil); err != nil {
		return fmt.Errorf("--save: cannot write %q: %w: write elsewhere", f.save, err)
	}
	_ = os.Remove(f.save) // it was only tried
	return nil
}

// saveTrace writes the first counterexample that can be played as a scenario.
func (s *streams) saveTrace(f *checkFlags, q *question) error {
	asked := proof.Properties()
	if f.given["require"] {
		asked = q.cases[0].Claimed
	}
	for _, p := range asked {
		t := q.cases[0].Result.Of(p).Counterexample
		if t == nil {
			continue
		}
		found, ok := proof.File(t)
		if !ok {
			continue
		}
		return s.saveAs(f.save, fmt.Sprintf("%s: %s is broken by %s.\n", harmless(f.save), p, proof.By(t)), scenarios.Write(found))
	}
	return s.wrote(fmt.Fprintln(s.out, "Nothing was written: there is no counterexample within these bounds that can be played."))
}

// saveAs writes a scenario to a new file, and says what is in it and how to play it.
func (s *streams) saveAs(name, about string, text []byte) error {
	if err := writeNew(name, text); err != nil {
		return fmt.Errorf("cannot write %q: %w: name another file", name, err)
	}
	arg := name
	if !isPath(arg) {
		arg = "./" + arg
	}
	return s.wrote(fmt.Fprintf(s.out, "%sPlay it: %s\n", about, command(s.start, "play", arg)))
}
