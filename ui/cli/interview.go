package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"dejavu/ui/interview"
	"dejavu/ui/learn"
	"dejavu/ui/words"
)

// interviewFlags are the flags of interview.
type interviewFlags struct {
	timed, sheet, plain, missed bool
	questions                   int
	seed                        string
}

func newInterview(s *streams, g *globals) *cobra.Command {
	f := &interviewFlags{}
	all := len(interview.Questions())
	c := &cobra.Command{
		Use:     "interview",
		GroupID: "learn",
		Short:   "Rehearse the system design interview, and see your answers attacked",
		Long: "interview asks what interviewers ask about duplicate messages. You answer aloud. Then you\n" +
			"say which points of a model answer you made. If you choose a design, it is attacked at\n" +
			"once: a search finds the shortest way to break it. At the end you get a card. Which\n" +
			"questions you missed is kept in your state directory, until each was right twice.",
		Example: "interview\n" +
			"interview --timed  # half a minute for each point\n" +
			"interview --questions 3 --seed 7  # a short one, other questions\n" +
			"interview --missed  # what you missed comes first\n" +
			"interview --sheet  # all questions and key points, as Markdown",
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			if f.sheet {
				return s.sheet(c)
			}
			seed, err := f.check(all)
			if err != nil {
				return err
			}
			return s.interview(g, f, seed)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.BoolVar(&f.timed, "timed", false, "give a time for each answer, and say how long you took")
	flags.IntVar(&f.questions, "questions", interview.Usual, fmt.Sprintf("ask `N` of the %d questions", all))
	flags.StringVar(&f.seed, "seed", strconv.Itoa(interview.DefaultSeed), "choose the questions by `SEED`, a whole number, or random")
	flags.BoolVar(&f.missed, "missed", false, "ask first what you missed, until it was right twice")
	flags.BoolVar(&f.sheet, "sheet", false, "ask nothing: all questions and key points, as Markdown")
	flags.BoolVar(&f.plain, "plain", false, "sentences, no tables, and no line wrapping")
	return c
}

// check reads the flags.
func (f *interviewFlags) check(all int) (seed uint64, err error) {
	if f.questions < 1 || f.questions > all {
		return 0, fmt.Errorf("--questions %d: want 1 to %d", f.questions, all)
	}
	scene := sceneFlags{seed: f.seed}
	if seed, err = scene.seedNumber(); err != nil {
		return 0, fmt.Errorf("--seed: %w", err)
	}
	return seed, nil
}

// sheet writes all questions.
func (s *streams) sheet(c *cobra.Command) error {
	for _, name := range []string{"timed", "questions", "seed", "missed", "plain"} {
		if c.Flags().Changed(name) {
			return fmt.Errorf("--sheet prints all questions and asks none: leave --%s out", name)
		}
	}
	return s.wrote(fmt.Fprint(s.out, interview.Sheet(s.command)))
}

// command is a command line of this program.
func (s *streams) command(words ...string) string { return command(s.start, words...) }

// interview holds a sitting: a line in, a text out.
func (s *streams) interview(g *globals, f *interviewFlags, seed uint64) error {
	style := words.Layout{Paint: painter(g.color, s.getenv, s.outTerminal), Width: min(s.width, interview.Columns), Plain: f.plain, Line: s.command}
	if style.Paint == nil || f.plain {
		style.Paint = words.NoPaint
	}
	if f.plain {
		style.Width = 0
	}
	o := interview.Setting{Questions: f.questions, Seed: seed, Layout: style}
	if f.timed {
		began := time.Now()
		o.Clock = func() time.Duration { return time.Since(began) }
	}
	s.remember(f.missed, &o)
	sitting := interview.Begin(o)
	if _, err := fmt.Fprint(s.out, sitting.Opening()); err != nil {
		return unwritten(err)
	}
	in := bufio.NewReader(&bounded{from: s.in})
	for !sitting.Over() {
		if s.inTerminal {
			fmt.Fprint(s.out, sitting.Prompt())
		}
		line, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return cannotRead(err)
		}
		if err != nil && line == "" {
			return s.wrote(fmt.Fprint(s.out, sitting.End()))
		}
		text, err := sitting.Say(line)
		if err != nil {
			return internal{err}
		}
		if _, err := fmt.Fprint(s.out, text); err != nil {
			return unwritten(err)
		}
	}
	return nil
}

// remember has a sitting ask first what was missed, if that is wanted, and keeps what is
// missed now.
func (s *streams) remember(first bool, o *interview.Setting) {
	r := s.newStudy(&learnFlags{})
	var note string
	if r.Done, note, r.keep = learn.LoadProgress(r.path); note != "" {
		fmt.Fprintln(s.err, harmless(note))
	}
	name := func(question string) string { return "interview/" + question }
	for _, q := range interview.Questions() {
		if first && r.Done.Owed[name(q.Name)] > 0 {
			o.First = append(o.First, q.Name)
		}
	}
	o.Judged = func(question string, well bool) {
		if owed := r.Done.Owed[name(question)]; !well || owed > 0 {
			r.Done.Judge(name(question), well)
			r.save()
		}
	}
}
