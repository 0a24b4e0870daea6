package cli

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"dejavu/scenarios"
)

// starter is what a new scenario begins as: a story that runs, with its next
// experiments as comments.
//
//go:embed starter.yaml
var starter string

// lessonStarter is what a new lesson begins as.
//
//go:embed lessonstarter.yaml
var lessonStarter string

// newFlags are the flags of new.
type newFlags struct {
	from                          string
	force, stdout, schema, lesson bool

	copies bool // --from was typed, if only to say nothing
}

func newNew(s *streams) *cobra.Command {
	f := &newFlags{}
	c := &cobra.Command{
		Use:     "new NAME",
		GroupID: "make",
		Short:   "Write a scenario or a lesson of your own",
		Long: "new writes NAME.yaml: a short scenario that runs as it is, with further experiments as\n" +
			"comments. --from copies another scenario. Only --force overwrites a file.",
		Example: "new mine  # writes mine.yaml\n" +
			"new mine --from twins  # the text of a shipped one, or of a file\n" +
			"new - --from twins  # to standard output\n" +
			"new mine --lesson  # a lesson, with stops and a question\n" +
			"new --schema  # for completion and hover in an editor",
		Args: func(c *cobra.Command, args []string) error {
			f.copies = c.Flags().Changed("from")
			return f.check(s, args)
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if f.schema {
				if f.lesson {
					return s.wrote(s.out.Write(scenarios.LessonSchema()))
				}
				return s.wrote(s.out.Write(scenarios.Schema()))
			}
			return s.newScenario(f, args[0])
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&f.from, "from", "", "start with the text of `SCENARIO`: a name, a file, or - for standard input")
	flags.BoolVar(&f.force, "force", false, "overwrite the file, if there is one")
	flags.BoolVar(&f.stdout, "stdout", false, "print it and write no file, as with the name -")
	flags.BoolVar(&f.lesson, "lesson", false, "write a lesson instead of a scenario, for learn")
	flags.BoolVar(&f.schema, "schema", false, "print the JSON Schema of scenario files, or with --lesson of lessons")
	s.complete(c, "from", fixed(scenarios.Names()))
	return c
}

// check says what is wrong with a command line.
func (f *newFlags) check(s *streams, args []string) error {
	such := ", such as " + command(s.start, "new", "mine")
	switch {
	case f.schema && (len(args) > 0 || f.copies || f.force):
		return errors.New("--schema prints the schema and writes no scenario: leave the rest out")
	case f.schema:
		return nil
	case len(args) > 1:
		return fmt.Errorf("one file at a time, got %q and %q: quote a name with blanks in it", args[0], args[1])
	case len(args) == 0 && f.stdout:
		return errors.New("new needs a name for the title, even on standard output" + such + " --stdout")
	case len(args) == 0:
		return errors.New("new needs the name of a file" + such)
	case strings.TrimSpace(args[0]) == "":
		return fmt.Errorf("%q is not a name: want a word%s", args[0], such)
	case noName(args[0]):
		return fmt.Errorf("%q does not name a file: want a word%s", args[0], such)
	case namesFolder(args[0]):
		return fmt.Errorf("%q is a folder: name a file in it, such as %s", args[0], command(s.start, "new", filepath.Join(args[0], "mine")))
	case f.force && (f.stdout || args[0] == fromStdin):
		return errors.New("--force is for files, not for standard output: leave it out")
	}
	return nil
}

// noName reports whether there is nothing before the ending of a name.
func noName(name string) bool {
	base := filepath.Base(name)
	return base == ".yaml" || base == ".yml"
}

// newScenario writes a scenario to a file, or prints it.
func (s *streams) newScenario(f *newFlags, name string) error {
	text, err := f.text(s, name)
	if err != nil {
		return err
	}
	if f.stdout || name == fromStdin {
		return s.wrote(s.out.Write(text))
	}
	if ext := filepath.Ext(name); ext != ".yaml" && ext != ".yml" {
		name += ".yaml"
	}
	if err := f.write(name, text); err != nil {
		return err
	}
	arg := name
	if strings.HasPrefix(arg, "-") {
		arg = "./" + arg // or it would be read as a flag
	}
	if f.lesson {
		return s.wrote(fmt.Fprintf(s.out, "Written: %s\nTake it: %s\nCompletion in an editor: %s > %s\n", written(name), command(s.start, "learn", arg),
			command(s.start, "new", "--lesson", "--schema"), quote(filepath.Join(filepath.Dir(name), "lesson.schema.json"))))
	}
	schema := quote(filepath.Join(filepath.Dir(name), "scenario.schema.json"))
	return s.wrote(fmt.Fprintf(s.out, "Written: %s\nRun it: %s\nWatch it: %s\nCompletion in an editor: %s > %s\n",
		written(name), command(s.start, "run", arg), command(s.start, "play", arg), command(s.start, "new", "--schema"), schema))
}

// text is what the file begins with.
func (f *newFlags) text(s *streams, name string) ([]byte, error) {
	if !f.copies {
		if f.lesson {
			return []byte(begun(name, lessonStarter, lessonTitle)), nil
		}
		return []byte(begun(name, starter, scenarioTitle)), nil
	}
	source := func() ([]byte, error) {
		if f.lesson {
			l, err := s.findLesson(f.from)
			if err != nil {
				return nil, err
			}
			return []byte(l.Source()), nil
		}
		from, err := s.open(f.from)
		if err != nil {
			return nil, err
		}
		return from.Source, nil
	}
	text, err := source()
	return text, ofFlag("from", err)
}

// scenarioTitle and lessonTitle return the title that a text has, if it is such a
// file.
func scenarioTitle(name, text string) (string, bool) {
	s, err := scenarios.Parse(name, []byte(text))
	if err != nil {
		return "", false
	}
	return s.Title, true
}

func lessonTitle(name, text string) (string, bool) {
	l, err := scenarios.ParseLesson(name, []byte(text))
	if err != nil {
		return "", false
	}
	return l.Title, true
}

// begun is a starter under a title made of a file's name.
func begun(name, starter string, titled func(name, text string) (string, bool)) string {
	base := filepath.Base(name)
	title := strings.Join(strings.FieldsFunc(strings.TrimSuffix(base, filepath.Ext(base)), func(r rune) bool { return r == '-' || r == '_' || r == ' ' }), " ")
	if first, size := utf8.DecodeRuneInString(title); size > 0 {
		title = string(unicode.ToUpper(first)) + title[size:]
	}
	for _, written := range []string{title, strconv.Quote(title)} {
		text := strings.Replace(starter, "TITLE", written, 1)
		if read, ok := titled(name, text); ok && read == title {
			return text
		}
	}
	return strings.Replace(starter, "TITLE", "A story of mine", 1) // the name is none that a title can be
}

// write writes the file, and says what to do where that cannot be.
func (f *newFlags) write(name string, text []byte) error {
	write := writeNew
	if f.force {
		write = writeOver
	}
	target, err := name, error(nil)
	if f.force {
		if target, err = replaced(name); err != nil {
			return err
		}
	}
	err = write(target, text)
	info, statErr := os.Stat(name)
	_, dirErr := os.Stat(filepath.Dir(name))
	switch {
	case err == nil:
		return nil
	case statErr == nil && info.IsDir():
		return fmt.Errorf("%q is a folder: choose another name", name)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%q is there already: choose another name, or overwrite it with --force", name)
	case errors.Is(dirErr, fs.ErrNotExist):
		return fmt.Errorf("there is no folder %q: make it first, or write elsewhere", filepath.Dir(name))
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot write %q: permission denied: write elsewhere, or print it with --stdout", name)
	}
	return fmt.Errorf("cannot write %q: %w: write elsewhere, or print it with --stdout", name, err)
}

// written says which file was written: a link leads to another.
func written(name string) string {
	if target, err := replaced(name); err == nil && target != name {
		return harmless(name) + ", a link: the text is in " + harmless(target)
	}
	return harmless(name)
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

// replaced returns the file that is overwritten: what a link leads to, and not the link.
// What may not be written to is not replaced either.
func replaced(name string) (string, error) {
	target := name
	for range 16 {
		to, err := os.Readlink(target)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(target), to)
		}
		target = to
	}
	switch info, err := os.Stat(target); {
	case err != nil || info.IsDir():
		return target, nil // it will be said
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%q cannot be overwritten: choose another name", name)
	case info.Mode().Perm()&0o200 == 0:
		return "", fmt.Errorf("%q is read-only: make it writable first, or choose another name", name)
	}
	return target, nil
}

// writeOver replaces a file, or leaves it as it was: what is written is complete
// before it takes the place of the other.
func writeOver(name string, text []byte) error {
	file, err := os.CreateTemp(filepath.Dir(name), ".dejavu-*")
	if err != nil {
		return cause(err)
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Chmod(0o644), file.Close())
	if err == nil {
		err = os.Rename(file.Name(), name)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return cause(err)
}

// cause is what the system said, without the path, which the message has already.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}
