package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/export"
	"dejavu/ui/page"
	"dejavu/ui/page/bundle"
	"dejavu/ui/play"
	"dejavu/ui/story"
	"dejavu/ui/token"
	"dejavu/ui/words"

	"github.com/spf13/cobra"
)

// exportFlags are the flags of export.
type exportFlags struct {
	sceneFlags
	format, out, at string
	cast            int
}

func newExport(s *streams) *cobra.Command {
	var f exportFlags
	c := &cobra.Command{
		Use:     "export NAME|FILE|TOKEN --format FORMAT",
		GroupID: "make",
		Short:   "Write a scenario as a page, a picture, a diagram or a test",
		Long:    "export writes a scenario as it goes in a format that other programs show:\n\n" + described(formats(), s.width),
		Example: "export " + flagship + " --format html -o story.html  # one page to step through\n" +
			"export lost-ack --format html --at harm:1 -o lost.html  # opens at the first harm\n" +
			"export lost-ack --format md  # for a pull request\n" +
			"export twins --format svg --at harm:1 -o twins.svg  # a picture\n" +
			"export twins --format gotest -o twins_test.go  # fails for the same reason",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return fmt.Errorf("export writes one scenario, got %d: %s", len(args), command(s.start, "export", flagship, "--format", "html"))
		},
		ValidArgsFunction: alone(completeScenarios),
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			return s.export(&f, args[0])
		},
	}
	f.declare(s, c)
	flags := c.Flags()
	flags.StringVar(&f.format, "format", "", "write it as `FORMAT`: "+strings.Join(formatNames(), ", "))
	flags.StringVarP(&f.out, "out", "o", fromStdin, "write to `FILE`; - is standard output")
	flags.StringVar(&f.at, "at", "", "open at, or show, a `MOMENT`: 0:41.6, 1m30s, or harm:N for the n-th harm")
	flags.IntVar(&f.cast, "cast-version", 2, "version `N` of a recording: 2 or 3")
	s.complete(c, "format", fixed(formatNames()))
	s.complete(c, "cast-version", fixed([]string{"2", "3"}))
	return c
}

func formatNames() []string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// formats are those of export, and what each is for.
func formats() []listed {
	var all []listed
	for _, f := range export.Formats() {
		all = append(all, listed{f.Name, f.About})
	}
	return all
}

// export writes a scenario in a format. A moment that is not named is the beginning.
func (s *streams) export(f *exportFlags, arg string) error {
	format, known := export.Find(f.format)
	switch {
	case f.format == "":
		return fmt.Errorf("export in which format? --format %s", strings.Join(formatNames(), ", "))
	case !known:
		return fmt.Errorf("--format: %w", unknown("format", f.format, formatNames()))
	case f.cast != 2 && f.cast != 3:
		return fmt.Errorf("--cast-version %d: want 2 or 3", f.cast)
	case f.given["cast-version"] && f.format != "cast":
		return errors.New("--cast-version is of --format cast: leave it out")
	}
	p := &screening{flags: &playFlags{sceneFlags: f.sceneFlags, at: f.at}}
	if err := p.open(s, arg); err != nil {
		return err
	}
	st, err := story.Tell(p.told)
	if err != nil {
		return fmt.Errorf("%s: %w", arg, err)
	}
	setup := play.Start{Scenario: p.base, Edits: p.edits, At: p.moment.at, Nth: p.moment.nth, Harm: p.moment.harm, NoGuess: true}
	model, _ := play.New(setup)
	_, step := model.Story()
	var b bytes.Buffer
	if err := format.Write(&b, &export.Work{Story: st, At: story.Moment{Step: step}, Cast: f.cast, Line: s.shared(p)}); err != nil {
		return err
	}
	if f.out == fromStdin {
		return s.wrote(s.out.Write(b.Bytes()))
	}
	if err := os.WriteFile(f.out, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("--out: %w", err)
	}
	fmt.Fprintf(s.err, "Written: %s\n", harmless(f.out))
	return nil
}

// shared is the command that opens what was exported on anybody's screen. It begins with
// the name of the program: whoever reads it has not started it as we were, and has no file
// of ours.
func (s *streams) shared(p *screening) string {
	t := token.Token{Own: p.own, Scenario: p.base, Edits: p.edits, At: -1}
	if word, err := token.Write(t); err == nil && !t.Shipped() {
		return command("dejavu", "play", word)
	}
	return p.line("dejavu play", p.told, p.edits)
}

// pageFlags are the flags of page.
type pageFlags struct{ out, dir, start, title string }

// pageFile is what a page is called if nothing else is said.
const pageFile = "dejavu.html"

func newPage(s *streams) *cobra.Command {
	f := &pageFlags{}
	c := &cobra.Command{
		Use:     "page [FILE]...",
		GroupID: "make",
		Short:   "Write the whole playground as a page for a browser",
		Long: "page writes the program itself as one HTML file that runs in any browser, without a server\n" +
			"and without a network: the same screen, keys, lessons and verdicts. Files that you name,\n" +
			"scenarios and lessons of your own, are carried along, and the page begins with the first.\n" +
			"It is built from the source with the Go tool, which takes a minute the first time.",
		Example: "page  # writes " + pageFile + ": open it, or send it\n" +
			"page -o course.html --start learn --title \"Queues, week 3\"  # begins with the lessons\n" +
			"page --start twins  # begins with a scenario\n" +
			"page --dir site  # index.html and its parts, for a static host",
		Args: func(_ *cobra.Command, args []string) error { return f.check(args) },
		RunE: func(_ *cobra.Command, args []string) error { return s.page(f, args) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVarP(&f.out, "out", "o", "", "write one file, `FILE`; - is standard output")
	flags.StringVar(&f.dir, "dir", "", "write the files for a static host into the folder `DIR`, compressed ones beside them")
	flags.StringVar(&f.start, "start", "", "begin at `PLACE`: a scenario, a token, learn, learn/LESSON, break, break/LEVEL")
	flags.StringVar(&f.title, "title", "", "the name of the page, a `TEXT`")
	s.complete(c, "start", fixed(append(page.Places(), scenarios.Names()...)))
	return c
}

// check says what is wrong with a command line.
func (f *pageFlags) check(args []string) error {
	if f.out != "" && f.dir != "" {
		return errors.New("-o writes one file and --dir a folder: leave one of them out")
	}
	for _, arg := range args {
		if isFolder(arg) {
			return fmt.Errorf("%q is a folder: name the files in it", arg)
		}
	}
	return nil
}

// page writes the page.
func (s *streams) page(f *pageFlags, args []string) error {
	source, err := f.source(args)
	if err != nil {
		return err
	}
	if s.errTerminal {
		fmt.Fprintln(s.err, "Building the page, which takes a minute the first time ...")
	}
	program, err := bundle.Build()
	if err != nil {
		return err
	}
	if f.dir != "" {
		return s.writeFolder(f.dir, program, source)
	}
	text, err := program.File(source)
	if err != nil {
		return internal{err}
	}
	if f.out == fromStdin {
		return s.wrote(s.out.Write(text))
	}
	name := words.Either(f.out != "", f.out, pageFile)
	if err := os.WriteFile(name, text, 0o644); err != nil {
		return unwritable(name, err)
	}
	return s.wrote(fmt.Fprintf(s.out, "Written: %s, %s\nOpen it in a browser: it needs nothing else.\n", harmless(name), megabytes(len(text))))
}

// source reads the files that are carried along, and finds where to start.
func (f *pageFlags) source(args []string) (page.Source, error) {
	source := page.Source{Start: f.start, Title: f.title}
	for _, arg := range args {
		src, err := os.ReadFile(arg)
		if err != nil {
			return source, unreadable(arg, err)
		}
		source.Files = append(source.Files, page.Carried{Name: filepath.Base(arg), Text: string(src)})
		s, l, err := page.Own(page.Carried{Name: arg, Text: string(src)})
		if err != nil {
			return source, err
		}
		if source.Start == "" && l != nil {
			source.Start = "learn/" + l.Name
		} else if source.Start == "" {
			source.Start = s.Name
		}
	}
	if err := page.Leads(source); err != nil {
		return source, fmt.Errorf("--start: %w", err)
	}
	return source, nil
}

// writeFolder writes the files for a static host.
func (s *streams) writeFolder(dir string, program *bundle.Binary, source page.Source) error {
	parts, err := program.Folder(source)
	if err != nil {
		return internal{err}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return unwritable(dir, err)
	}
	var text strings.Builder
	for _, p := range parts {
		name := filepath.Join(dir, p.Name)
		if err := os.WriteFile(name, p.Data, 0o644); err != nil {
			return unwritable(name, err)
		}
		fmt.Fprintf(&text, "Written: %s, %s\n", harmless(name), megabytes(len(p.Data)))
	}
	return s.wrote(fmt.Fprint(s.out, text.String(), "Put the folder on a static host; from disk a browser does not open it.\n"))
}

// unwritable says that a file cannot be written.
func unwritable(name string, err error) error {
	return fmt.Errorf("cannot write %q: %w: name another place", name, cause(err))
}

// megabytes writes a size.
func megabytes(n int) string {
	if n < 100_000 {
		return fmt.Sprintf("%.1f kB", float64(n)/1000)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1_000_000)
}
