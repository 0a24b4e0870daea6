package cli

import (
	"errors"
	"fmt"
	"os"

	"dejavu/scenarios"
	"dejavu/ui/proof"
)

// checkSave refuses to write one file for many, or over something.
func (f *checkFlags) checkSave(q *question) error {
	if f.given["save"] && len(q.cases) > 1 {
		return errors.New("--save writes one counterexample: name one consumer, and say --business")
	}
	return f.checkFile()
}

// checkFile refuses a name that nothing can be saved under, before anything is
// searched for.
func (f *checkFlags) checkFile() error {
	switch {
	case !f.given["save"]:
		return nil
	case f.save == "":
		return errors.New("--save: a file is missing: give a name, such as found.yaml")
	case f.save == fromStdin:
		return fmt.Errorf("--save: %q is no file: give a name, such as found.yaml", f.save)
	case exists(f.save):
		return fmt.Errorf("--save: there is a file %q already: name another, or remove it", f.save)
	}
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
		return s.saveAs(f.save, fmt.Sprintf("%s: %s is broken by %s.\n", f.save, p, proof.By(t)), scenarios.Write(found))
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

// writeNew writes a file that was not there before.
func writeNew(name string, text []byte) error {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		_, err = file.Write(text)
		if err = errors.Join(err, file.Close()); err != nil {
			_ = os.Remove(name) // half a scenario is none
		}
	}
	return cause(err)
}
