package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim/spell"
	"dejavu/ui/token"
)

// fromStdin is the argument that stands for standard input.
const fromStdin = "-"

// isPath reports whether an argument can only be a file: it has a folder in it,
// or the ending of a scenario.
func isPath(arg string) bool {
	ext := filepath.Ext(arg)
	return strings.ContainsAny(arg, `/`+string(filepath.Separator)) || ext == ".yaml" || ext == ".yml"
}

// open finds the scenario that an argument names: a shipped one, a file, a token, or "-"
// for standard input. A shipped name wins over a file of that name in the working
// directory; ./NAME is the file. A lesson stands for the scenario that it runs, and a
// token for its scenario with all that was changed by hand.
func (s *streams) open(arg string) (*scenarios.Scenario, error) {
	if !token.Is(arg) {
		return open(s.in, arg)
	}
	t, err := s.readToken(arg)
	if err != nil {
		return nil, err
	}
	told := t.Edits.Apply(t.Scenario)
	told.Source = scenarios.Write(told)
	return told, nil
}

// readToken reads a token, and says if its scenario is not what it was.
func (s *streams) readToken(arg string) (*token.Token, error) {
	t, err := token.Read(arg)
	if err == nil && t.Changed {
		fmt.Fprintf(s.err, "%s has changed since this token was made: what follows is played in it as it is now\n", t.Own.Name)
	}
	return t, err
}

func open(in io.Reader, arg string) (*scenarios.Scenario, error) {
	if shipped, ok := scenarios.Get(arg); ok {
		return shipped, nil
	}
	if lesson, ok := scenarios.GetLesson(arg); ok {
		return lesson.Scenario, nil
	}
	switch {
	case arg == fromStdin:
		src, err := io.ReadAll(io.LimitReader(in, scenarios.MaxBytes+1))
		if err != nil {
			return nil, fmt.Errorf("cannot read standard input: %w: pipe a scenario into it", err)
		}
		return scenarios.Parse("stdin", src)
	case isPath(arg) || exists(arg):
		return load(arg)
	}
	names := scenarios.Names()
	if _, ok := spell.Nearest(arg, names); ok {
		return nil, fmt.Errorf("unknown scenario %q%s", arg, meant(arg, names))
	}
	if _, is := consumers.Get(arg); is {
		return nil, fmt.Errorf("%s is a consumer, not a scenario: write %s --consumers %s, or name another scenario", arg, names[0], arg)
	}
	return nil, fmt.Errorf("unknown scenario %q: name a file, or %s", arg, someNames(names))
}

// someNames names the first few of many, and what lists the rest.
func someNames(names []string) string {
	return "one that list shows: " + strings.Join(names[:min(len(names), 3)], ", ") + ", ..."
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// namesFolder reports whether an argument can only be a folder.
func namesFolder(path string) bool {
	base := filepath.Base(path)
	return path != "" && os.IsPathSeparator(path[len(path)-1]) || base == ".." || base == "." && path != ""
}

// isFolder reports whether an argument is a folder, or can only be one.
func isFolder(path string) bool {
	info, err := os.Stat(path)
	return namesFolder(path) || err == nil && info.IsDir()
}

// ofFlag says which flag an error is about, but for a mistake in a file, which begins
// with its place.
func ofFlag(flag string, err error) error {
	var mistake *scenarios.Error
	if err == nil || errors.As(err, &mistake) {
		return err
	}
	return fmt.Errorf("--%s: %w", flag, err)
}

// load reads a file.
func load(path string) (*scenarios.Scenario, error) {
	own, err := scenarios.Load(path)
	var mistake *scenarios.Error
	if err != nil && !errors.As(err, &mistake) {
		name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
		if near, ok := spell.Nearest(name, scenarios.Names()); ok && errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %q; did you mean the shipped scenario %q?", path, near)
		}
		return nil, unreadable(path, err)
	}
	if err != nil {
		if lesson, no := scenarios.LoadLesson(path); no == nil {
			return lesson.Scenario, nil
		}
	}
	return own, err
}

// unreadable says why a file cannot be read, and what to do about it.
func unreadable(path string, err error) error {
	var cause *fs.PathError
	if errors.As(err, &cause) {
		err = cause.Err
	}
	info, statErr := os.Stat(path)
	switch {
	case statErr == nil && info.IsDir():
		return fmt.Errorf("%q is a folder: name a file in it", path)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("there is no file %q: check the path", path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot read %q: permission denied: ask its owner, or copy it", path)
	}
	return fmt.Errorf("cannot read %q: %w: check the path", path, err)
}
