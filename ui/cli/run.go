package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"dejavu/scenarios"
	"dejavu/ui/abreast"
	"dejavu/ui/export"
	"dejavu/ui/report"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// runFlags are the flags of run.
type runFlags struct {
	sceneFlags
	plain, json, events, summary bool
	junit, ci                    string
	failFast, schema, watch      bool
}

func newRun(s *streams, g *globals) *cobra.Command {
	f := &runFlags{}
	c := &cobra.Command{
		Use:     "run NAME|FILE|TOKEN|DIR/... ...",
		GroupID: "watch",
		Short:   "Tell a scenario as text, and count the harm",
		Long: "run tells a scenario as text. Name a shipped one, a file of your own, a token, or - for\n" +
			"standard input. If the file says what it expects, run compares, and exits with 1 on a difference.",
		Example: "run " + flagship + "  # one lost ack, one crash\n" +
			"run lost-ack --consumers naive,inbox,gateway-key  # other consumers\n" +
			"run quiet-day --with crash:m1/after-effect  # add one fault\n" +
			"run lost-ack --without lose-ack:m2  # the same run without the lost ack\n" +
			"run quiet-day --rates lose-ack=20%,crash=10% --seed random  # faults by chance\n" +
			"run bad-weather --consumers all --summary  # what each consumer costs\n" +
			"run lost-ack --json  # numbers, for a program\n" +
			"run scenarios/... --junit report.xml  # all files below a folder, as tests",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && !f.schema {
				return fmt.Errorf("run which scenario? name a file, or %s\nsuch as %s",
					someNames(scenarios.Names()), command(s.start, "run", flagship))
			}
			return nil
		},
		ValidArgsFunction: completeScenarios,
		RunE: func(c *cobra.Command, args []string) error {
			f.read(c)
			if f.schema {
				return s.runSchema(f)
			}
			if f.watch {
				return s.watch(g, f, args)
			}
			return runAll(s, g, f, args)
		},
	}
	f.declare(s, c)
	flags := c.Flags()
	flags.BoolVar(&f.plain, "plain", false, plainUsage)
	flags.BoolVar(&f.json, "json", false, "the result, one JSON object for each scenario (schema "+report.ReportSchema+"; with --summary "+report.SummarySchema+")")
	flags.BoolVar(&f.summary, "summary", false, "all consumers, one a line: their harm, what they keep, and what it costs")
	flags.BoolVar(&f.events, "events", false, "the events, one JSON object for each")
	flags.BoolVar(&f.schema, "schema", false, "the JSON Schema of what --json, --events or --summary --json writes")
	flags.StringVar(&f.junit, "junit", "", "write a test report to `FILE`: a case for each scenario and consumer")
	flags.BoolVar(&f.failFast, "fail-fast", false, "of DIR/...: stop at the first that is not as its file expects")
	flags.BoolVar(&f.watch, "watch", false, "run again when a file is saved, until Ctrl-C")
	flags.StringVar(&f.ci, "ci", "", "say what differs where `SERVICE` shows it: "+strings.Join(services, ", "))
	s.complete(c, "ci", fixed(services))
	return c
}

// runSchema writes the schema of the form that was asked for.
func (s *streams) runSchema(f *runFlags) error {
	switch {
	case f.events:
		return s.schema("dejavu.events/1: an event, one on a line", report.EventLine{})
	case f.summary:
		return s.schema(report.SummarySchema, report.Summary{})
	}
	return s.schema(report.ReportSchema, report.Report{})
}

// schema writes the JSON Schema of a value.
func (s *streams) schema(title string, of any) error {
	return s.wrote(fmt.Fprint(s.out, report.SchemaOf(title, of)))
}

const plainUsage = "one sentence for each event, no columns"

// form are the flags that say how to write a story: --summary, and one or none of
// the others.
func (f *runFlags) form() []string {
	var form []string
	if f.summary {
		form = []string{"--summary"}
	}
	switch {
	case f.plain:
		return append(form, "--plain")
	case f.json:
		return append(form, "--json")
	case f.events:
		return append(form, "--events")
	}
	return form
}

// check refuses flags and arguments that contradict each other.
func (f *runFlags) check(args []string) error {
	var forms []string
	for _, form := range []struct {
		name string
		set  bool
	}{{"--plain", f.plain}, {"--json", f.json}, {"--events", f.events}} {
		if form.set {
			forms = append(forms, form.name)
		}
	}
	if len(forms) > 1 {
		return fmt.Errorf("%s are %d forms of the same output: choose one", strings.Join(forms, " and "), len(forms))
	}
	if f.events && f.summary {
		return errors.New("--events and --summary are different outputs: choose one")
	}
	if f.events && len(args) > 1 {
		return errors.New("--events takes one scenario, because its lines do not name it: run it once for each")
	}
	if i := slices.Index(args, fromStdin); i >= 0 && slices.Contains(args[i+1:], fromStdin) {
		return errors.New("- is named twice, but standard input can be read only once: put one of them into a file")
	}
	if form := f.form(); (f.junit != "" || f.ci != "" || f.failFast) && form != nil {
		return fmt.Errorf("--junit, --ci and --fail-fast are of a list of results, and %s is another: leave it out", form[0])
	}
	if f.ci != "" && !slices.Contains(services, f.ci) {
		return fmt.Errorf("--ci: %w", unknown("service", f.ci, services))
	}
	return nil
}

// runAll tells scenarios one after the other. All are read before the first is
// told, so that a mistake in the last is not found below a page of text.
func runAll(s *streams, g *globals, f *runFlags, args []string) error {
	if err := f.check(args); err != nil {
		return err
	}
	args, several, err := expanded(args)
	if err != nil {
		return err
	}
	asks := make([]*ask, len(args))
	for i, arg := range args {
		a, err := newAsk(s, arg, &f.sceneFlags)
		if err != nil {
			return err
		}
		asks[i] = a
	}
	if (several || f.junit != "" || f.ci != "") && f.form() == nil {
		return s.suite(g, f, asks)
	}
	return tellAll(s, g, f, asks)
}

// tellAll tells scenarios, and fails if one does not end as its file expects.
func tellAll(s *streams, g *globals, f *runFlags, asks []*ask) error {
	paint := painter(g.color, s.getenv, s.outTerminal)
	failed := false
	for i, a := range asks {
		tell := story.Tell
		if f.summary || f.json {
			tell = story.Sum // how it came to that is not told
		}
		st, err := tell(a.told)
		if err != nil {
			return fmt.Errorf("%s: %w", a.arg, err)
		}
		if i > 0 && !f.json && !f.events {
			fmt.Fprintln(s.out)
		}
		if err := s.tell(st, f, paint); err != nil {
			return unwritten(err)
		}
		ok, err := s.after(a, st, f, i == len(asks)-1)
		if err != nil {
			return unwritten(err)
		}
		failed = failed || !ok
	}
	if failed {
		return errFailed
	}
	return nil
}

// tell writes a story in the form that was asked for.
func (s *streams) tell(st *story.Story, f *runFlags, paint words.Paint) error {
	switch {
	case f.summary && f.json:
		return report.WriteSummaryJSON(st, s.out)
	case f.summary && f.plain:
		return report.WriteSummaryPlain(st, s.out)
	case f.summary:
		return report.WriteSummary(st, s.out, s.width, paint)
	case f.json:
		return report.WriteJSON(st, s.out)
	case f.events:
		return report.WriteEvents(st, s.out)
	case f.plain:
		return st.WritePlain(s.out)
	}
	return st.WriteText(s.out, s.width, paint)
}

// below is the end of an argument that stands for all scenarios below a folder.
const below = "/..."

// messagesKey is what a file must have to be a scenario: YAML is used for much else.
var messagesKey = regexp.MustCompile(`(?m)^messages:`)

// glance is how often the files that are watched are looked at.
const glance = 200 * time.Millisecond

// watch runs again whenever a file is saved, until it is interrupted. A mistake in a file
// is said, and mended in the next version.
func (s *streams) watch(g *globals, f *runFlags, args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for ctx.Err() == nil {
		was := stamp(args)
		if err := runAll(s, g, f, args); err != nil && !errors.Is(err, errFailed) {
			if was == "" {
				return err // there is nothing to watch
			}
			fmt.Fprintln(s.err, readable(err.Error()))
		}
		fmt.Fprintln(s.err, "watching; Ctrl-C ends it")
		for ctx.Err() == nil && stamp(args) == was {
			select {
			case <-ctx.Done():
			case <-time.After(glance):
			}
		}
	}
	return signalled(2)
}

// stamp says when the files that are run were written last, or "" if there is none.
func stamp(args []string) string {
	files, _, _ := expanded(args) // a mistake in them is said when they are run
	var b strings.Builder
	for _, name := range files {
		if info, err := os.Stat(name); err == nil {
			fmt.Fprintln(&b, name, info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}

// expanded replaces each DIR/... by the scenarios there, in order. Folders that Go passes
// over are passed over. several says that there was one.
func expanded(args []string) (all []string, several bool, err error) {
	for _, arg := range args {
		dir, is := strings.CutSuffix(filepath.ToSlash(arg), below)
		if !is {
			all = append(all, arg)
			continue
		}
		several = true
		n := len(all)
		err := filepath.WalkDir(filepath.FromSlash(dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return unreadable(path, err)
			}
			name := d.Name()
			switch {
			case d.IsDir() && path != filepath.FromSlash(dir) && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata"):
				return fs.SkipDir
			case d.IsDir() || filepath.Ext(name) != ".yaml" && filepath.Ext(name) != ".yml":
				return nil
			}
			src, err := os.ReadFile(path)
			if err != nil {
				return unreadable(path, err)
			}
			if messagesKey.Match(src) {
				all = append(all, path)
			}
			return nil
		})
		if err != nil {
			return nil, false, err
		}
		if len(all) == n {
			return nil, false, fmt.Errorf("no scenario lies below %q: a scenario is a file of YAML with messages", dir)
		}
	}
	return all, several, nil
}

// result is what became of one scenario of a suite.
type result struct {
	st          *story.Story
	comparison  comparison
	err         error
	over, alone bool // alone: nothing is expected of it
}

// suite runs scenarios as tests, several at a time. The order of what is written is that
// of the arguments.
func (s *streams) suite(g *globals, f *runFlags, asks []*ask) error {
	results := s.played(f, asks)
	paint := painter(g.color, s.getenv, s.outTerminal)
	if paint == nil {
		paint = words.NoPaint
	}
	var b strings.Builder
	var stories []*story.Story
	var counts [4]int // as expected, not, nothing expected, not run
	for i, r := range results {
		name := harmless(asks[i].arg)
		switch {
		case r.err != nil:
			return fmt.Errorf("%s: %w", asks[i].arg, r.err)
		case !r.over:
			counts[3]++
			continue
		case len(r.comparison.differences) > 0:
			counts[1]++
			fmt.Fprintf(&b, "%s  %s\n", paint(words.Wrong, "FAIL"), name)
			for _, d := range r.comparison.differences {
				fmt.Fprintf(&b, "      %s\n", harmless(d))
			}
		case r.alone:
			counts[2]++
			fmt.Fprintf(&b, "%s  %s: it expects nothing\n", paint(words.Dim, "-   "), name)
		default:
			counts[0]++
			fmt.Fprintf(&b, "%s  %s\n", paint(words.OK, "ok  "), name)
		}
		stories = append(stories, r.st)
	}
	fmt.Fprintf(&b, "\n%s: %d as expected, %d not", words.Count(len(asks), "scenario"), counts[0], counts[1])
	if counts[2] > 0 {
		fmt.Fprintf(&b, ", %d without expect", counts[2])
	}
	if counts[3] > 0 {
		fmt.Fprintf(&b, ", %d not run", counts[3])
	}
	b.WriteString("\n")
	if err := s.wrote(fmt.Fprint(s.out, b.String())); err != nil {
		return err
	}
	if err := s.reports(f, asks, results, stories); err != nil {
		return err
	}
	if counts[1] > 0 {
		return errFailed
	}
	return nil
}

// played runs the scenarios of a suite, as many at a time as there are processors.
func (s *streams) played(f *runFlags, asks []*ask) []result {
	results := make([]result, len(asks))
	next, done, failed := 0, 0, false
	var mu sync.Mutex
	progress := func(uint64, uint64) {}
	if s.errTerminal {
		progress = s.bar()
		defer fmt.Fprint(s.err, "\r\x1b[K")
	}
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		i := next
		next++
		return i, i < len(asks) && !(failed && f.failFast)
	}
	abreast.Do(min(runtime.GOMAXPROCS(0), len(asks)), func(int) {
		for i, more := take(); more; i, more = take() {
			r := asks[i].result()
			mu.Lock()
			results[i] = r
			done++
			failed = failed || r.err != nil || len(r.comparison.differences) > 0
			progress(uint64(done), uint64(len(asks)))
			mu.Unlock()
		}
	})
	return results
}

// result runs one scenario.
func (a *ask) result() result {
	st, err := story.Tell(a.told)
	if err != nil {
		return result{err: err}
	}
	return result{st: st, comparison: a.compare(st), over: true, alone: len(a.told.Expect) == 0}
}

// reports writes the files and annotations that were asked for.
func (s *streams) reports(f *runFlags, asks []*ask, results []result, stories []*story.Story) error {
	if f.junit != "" {
		var b bytes.Buffer
		if err := export.JUnit(&b, stories...); err != nil {
			return err
		}
		if err := os.WriteFile(f.junit, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
	}
	if f.ci == "" {
		return nil
	}
	var notes, summary strings.Builder
	for i, r := range results {
		if !r.over {
			continue
		}
		for _, l := range r.st.Lanes {
			annotate(&notes, asks[i], l, export.Wrong(r.st, l))
		}
		if len(r.comparison.differences) > 0 {
			md, _ := export.Find("md")
			if err := md.Write(&summary, &export.Work{Story: r.st, Line: asks[i].line(s.start+" play", asks[i].told, asks[i].edits)}); err != nil {
				return err
			}
		}
	}
	if err := s.wrote(fmt.Fprint(s.out, notes.String())); err != nil {
		return err
	}
	return s.summarise(summary.String())
}

// services are those that --ci knows.
var services = []string{"github"}

// annotate says what is wrong in a lane at the line of its file that expects something
// else and, where the consumer's file lies below the working directory, at the last line
// that did harm.
func annotate(b *strings.Builder, a *ask, l *story.LaneStory, wrong []string) {
	if _, stated := a.told.Expectation(l.Consumer.Name); !stated {
		return // it is not a test
	}
	for _, text := range wrong {
		fmt.Fprintf(b, "::error file=%s,line=%d,title=%s::%s\n", property.Replace(filepath.ToSlash(a.arg)), a.expectLine(l.Consumer.Name), property.Replace(a.told.Title), data.Replace(text))
	}
	marks := l.Marks()
	for i := len(marks) - 1; i >= 0 && len(wrong) > 0; i-- {
		site := l.Run.Site(marks[i].Event)
		if marks[i].Kind == story.Done || site.File == "" {
			continue
		}
		if path := found(site.File); path != "" {
			fmt.Fprintf(b, "::notice file=%s,line=%d,title=%s::%s\n", property.Replace(path), site.Line, property.Replace(l.Consumer.Name), data.Replace(l.Heading(&marks[i])+" here, in "+a.arg))
		}
		return
	}
}

// What GitHub's workflow commands cannot hold as it is.
var (
	data     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	property = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// expectLine is the line of the file that expects something of a consumer, or of expect.
func (a *ask) expectLine(consumer string) int {
	expect, line := 0, 0
	for text := range strings.Lines(string(a.own.Source)) {
		line++
		switch key, _, _ := strings.Cut(text, ":"); {
		case key == "expect":
			expect = line
		case expect > 0 && strings.TrimSpace(key) == consumer:
			return line
		}
	}
	return max(expect, 1)
}

// found is the path of the one file of a name below the working directory, or "".
func found(name string) string {
	var paths []string
	_ = filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || d.IsDir() && path != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case !d.IsDir() && d.Name() == name:
			paths = append(paths, filepath.ToSlash(path))
		}
		return nil
	})
	if len(paths) != 1 {
		return ""
	}
	return paths[0]
}

// summarise adds to the summary of the step, where the service has a file for it.
func (s *streams) summarise(text string) error {
	name := s.getenv("GITHUB_STEP_SUMMARY")
	if name == "" || text == "" {
		return nil
	}
	file, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY: %w", err)
	}
	_, err = file.WriteString(text)
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
