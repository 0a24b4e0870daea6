package build

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/spell"
	"dejavu/ui/design"
	"dejavu/ui/learn"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// Shell works at a bench by typed commands, on any terminal or through a pipe.
type Shell struct {
	In     *bufio.Reader
	Out    io.Writer
	Layout words.Layout
	// Prompt is written before each command; "" from a pipe.
	Prompt string
	// Write writes a file of package consumers, and says what it is called.
	Write func(name, text string) error
	// Ended is told of each answer that is right; nil tells nobody.
	Ended func(took learn.Built)

	*Bench
	over bool
	err  error
}

// command is what can be typed. It is handed the words after its name.
type command struct {
	name, args, says string
	run              func(t *Shell, rest string) error
}

// commands are all there are, in the order in which help shows them.
func commands() []command {
	return []command{
		{"list", "", "shows the lines, and the Go that they are", (*Shell).list},
		{"add", "[N] LINE", "adds a line at the end, or before line N", (*Shell).add},
		{"change", "N LINE", "puts another line in the place of line N", (*Shell).change},
		{"option", "N OPTION", "sets an option of line N, such as by business key", (*Shell).option},
		{"delete", "N", "deletes line N", (*Shell).remove},
		{"move", "N M", "moves line N to place M", (*Shell).move},
		{"wrap", "N M", "puts lines N to M into a transaction", (*Shell).wrap},
		{"undo", "", "takes the last edit back", func(t *Shell, _ string) error { return t.turned(t.Undo(), "undo") }},
		{"redo", "", "makes it again", func(t *Shell, _ string) error { return t.turned(t.Redo(), "redo") }},
		{"check", "", "searches: nine lights, each with the fewest faults that break it", (*Shell).check},
		{"play", "", "tells the shortest way to break what is required", (*Shell).play},
		{"compare", "NAME", "shows the lights of a consumer of the catalogue", (*Shell).compare},
		{"write", "FILE", "writes the recipe as a file for consumers/", (*Shell).write},
		{"nobody can", "", "says that no design solves this, and tries all", (*Shell).nobodyCan},
		{"goal", "", "shows what is asked for", func(t *Shell, _ string) error { t.goal(); return nil }},
		{"lines", "", "shows what a line can say", (*Shell).forms},
		{"help", "", "shows this", (*Shell).help},
		{"quit", "", "ends it", func(t *Shell, _ string) error { t.over = true; return nil }},
	}
}

// Work takes commands until there are no more, or one ends it.
func (t *Shell) Work(b *Bench) error {
	t.Bench = b
	t.goal()
	_ = t.list("")
	t.say(words.Dim, "Type help for the commands.")
	for t.err == nil && !t.over {
		if _, err := io.WriteString(t.Out, t.Prompt); err != nil {
			return err
		}
		line, more, err := learn.ReadLine(t.In)
		if err != nil || !more {
			return err
		}
		if err := t.take(strings.TrimSpace(line)); err != nil {
			for line := range strings.Lines(err.Error()) {
				t.print(strings.TrimRight(line, "\n"))
			}
		}
	}
	return t.err
}

// take takes one command.
func (t *Shell) take(line string) error {
	if line == "" {
		return nil
	}
	var names []string
	for _, c := range commands() {
		if rest, ok := cutWord(line, c.name); ok {
			return c.run(t, rest)
		}
		names = append(names, c.name)
	}
	word, _, _ := strings.Cut(line, " ")
	if near, ok := spell.Nearest(word, names); ok {
		return fmt.Errorf("unknown command %q; did you mean %q?", word, near)
	}
	return fmt.Errorf("unknown command %q: type help", word)
}

// cutWord cuts a name off the beginning of a line.
func cutWord(line, name string) (rest string, ok bool) {
	if len(line) < len(name) || !strings.EqualFold(line[:len(name)], name) {
		return "", false
	}
	rest = line[len(name):]
	return strings.TrimSpace(rest), rest == "" || rest[0] == ' '
}

func (t *Shell) print(line string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.Out, line+"\n")
	}
}

func (t *Shell) say(as words.Meaning, text string) {
	if t.err == nil {
		_, t.err = io.WriteString(t.Out, t.Layout.Hung("", words.Say(as, text)))
	}
}

// goal says what is asked for.
func (t *Shell) goal() {
	t.say(words.Strong, t.Task.Title)
	all := t.Goal()
	all[len(all)-1] += " If nobody can, say so: nobody can."
	for _, text := range all {
		t.say(words.Plain, text)
	}
}

// Goal says what the task asks for, a paragraph each.
func (b *Bench) Goal() []string {
	d := b.Task.Demand(0)
	var all, asked []string
	if b.Task.Thread != "" {
		all = append(all, "From "+b.Task.Thread+". Repair it with as few lines as you can.")
	}
	for _, p := range d.Require {
		asked = append(asked, proof.Title(p))
	}
	text := fmt.Sprintf("Wanted for %s: %s, with up to %s of %s.", b.Task.Business, words.Listed(asked), words.Count(d.Faults, "fault"), words.Listed(check.Names(d.Kinds)))
	if len(b.Task.Without) > 0 {
		text += " Not to be had: " + words.Listed(b.Task.Without) + "."
	}
	return append(all, b.Task.Brief, text)
}

// list shows the recipe, and the Go that it is.
func (t *Shell) list(string) error {
	r := t.Recipe()
	for i, b := range r.Blocks {
		t.print(fmt.Sprintf("%3d  %s", i+1, b))
	}
	if err := t.Refusal(); err != nil {
		return err
	}
	lines, _ := r.Lines()
	for _, line := range lines {
		t.print("     | " + strings.ReplaceAll(line, "\t", "    "))
	}
	return nil
}

// number reads the number of a line, from 1, off the beginning of a text. It returns the
// place, from 0.
func number(text string) (i int, rest string, err error) {
	word, rest, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(word)
	if err != nil {
		return 0, text, fmt.Errorf("%q is no number of a line, such as 2", word)
	}
	return n - 1, strings.TrimSpace(rest), nil
}

func (t *Shell) add(rest string) error {
	i, text, err := number(rest)
	if err != nil {
		i, text = len(t.Recipe().Blocks), rest
	}
	block, err := recipe.ParseBlock(text)
	if err == nil {
		err = t.Add(i, block)
	}
	return t.edited(err)
}

func (t *Shell) change(rest string) error {
	i, text, err := number(rest)
	if err != nil {
		return err
	}
	block, err := recipe.ParseBlock(text)
	if err == nil {
		err = t.Change(i, block)
	}
	return t.edited(err)
}

func (t *Shell) option(rest string) error {
	i, text, err := number(rest)
	if err == nil {
		err = t.outside(i)
	}
	if err != nil {
		return err
	}
	block, err := t.Recipe().Blocks[i].With(text)
	if err == nil {
		err = t.Change(i, block)
	}
	return t.edited(err)
}

func (t *Shell) remove(rest string) error {
	i, _, err := number(rest)
	if err == nil {
		err = t.Delete(i)
	}
	return t.edited(err)
}

func (t *Shell) move(rest string) error { return t.between(rest, t.Move) }
func (t *Shell) wrap(rest string) error { return t.between(rest, t.Wrap) }

// between reads two numbers of lines.
func (t *Shell) between(rest string, do func(i, to int) error) error {
	i, rest, err := number(rest)
	if err != nil {
		return err
	}
	to, _, err := number(rest)
	if err == nil {
		err = do(i, to)
	}
	return t.edited(err)
}

func (t *Shell) turned(yes bool, what string) error {
	if !yes {
		return fmt.Errorf("there is nothing to %s", what)
	}
	return t.edited(nil)
}

// edited shows the lines after an edit.
func (t *Shell) edited(err error) error {
	if err != nil {
		return err
	}
	for i, b := range t.Recipe().Blocks {
		t.print(fmt.Sprintf("%3d  %s", i+1, b))
	}
	return t.Refusal()
}

// searched goes on until all lights are decided.
func (t *Shell) searched() error {
	if err := t.Refusal(); err != nil {
		return err
	}
	for !t.Lights().Step(4096) {
	}
	return nil
}

func (t *Shell) check(string) error {
	if err := t.searched(); err != nil {
		return err
	}
	t.lights(t.Lights())
	t.say(words.Plain, t.Cost().String())
	switch missing := t.Task.Missing(t.Recipe()); {
	case len(missing) > 0:
		t.say(words.Wrong, "Not to be had here: "+words.Listed(missing)+".")
	case t.Solved():
		t.ended(t.Result())
		t.solved()
	default:
		t.say(words.Wrong, "Not yet. Type play: it tells the shortest way to break it.")
	}
	return nil
}

func (t *Shell) ended(took learn.Built) {
	if t.Ended != nil {
		t.Ended(took)
	}
}

// solved says how good the answer is.
func (t *Shell) solved() {
	c := t.Cost()
	text := fmt.Sprintf("Solved: %s, %s. Par is %d and %d.", words.Count(c.Lines, "line"), words.Count(c.Trips, "round trip"), t.Task.Lines, t.Task.Trips)
	if t.Task.Thread != "" {
		text = fmt.Sprintf("Repaired, with %s changed. Par is %d.", words.Count(t.edits(), "line"), t.Task.Edits)
	}
	t.say(words.OK, text)
	t.say(words.Plain, t.Task.Teaches)
}

// lights draws nine lights, a row for each property.
func (t *Shell) lights(p *Lights) {
	row := fmt.Sprintf("%-12s", "")
	for _, b := range sim.SingleEffects() {
		row += fmt.Sprintf("  %-11s", b)
	}
	t.print(strings.TrimRight(row, " "))
	for _, of := range proof.Properties() {
		row := fmt.Sprintf("%-12s", proof.Title(of))
		for _, b := range sim.SingleEffects() {
			row += fmt.Sprintf("  %-11s", p.Light(b, of))
		}
		t.print(strings.TrimRight(row, " "))
	}
}

// play tells the shortest counterexample of what is required, over the lines of the recipe.
func (t *Shell) play(string) error {
	if err := t.searched(); err != nil {
		return err
	}
	d := t.Task.Demand(0)
	for _, p := range d.Require {
		light := t.Lights().Light(t.Task.Business, p)
		if light.Is != Broken {
			continue
		}
		t.print(fmt.Sprintf("%s breaks: %s", words.Capital(proof.Title(p)), proof.By(light.Trace)))
		told := proof.Told{Trace: light.Trace}
		if t.err == nil {
			_, t.err = io.WriteString(t.Out, told.Text(t.Layout))
		}
		return nil
	}
	return errors.New("nothing that is required breaks, so there is nothing to tell")
}

func (t *Shell) compare(name string) error {
	c, ok := consumers.Get(name)
	if !ok {
		if near, found := spell.Nearest(name, consumers.Names()); found {
			return fmt.Errorf("no consumer is called %q; did you mean %q?", name, near)
		}
		return fmt.Errorf("no consumer is called %q: name one of the catalogue, such as inbox", name)
	}
	p := LightsOf(t.Task, c)
	for !p.Step(4096) {
	}
	t.print(name + ":")
	t.lights(p)
	if r, ok := recipe.Of(name); ok {
		for _, b := range r.Blocks {
			t.print("     " + b.String())
		}
	}
	return nil
}

func (t *Shell) write(file string) error {
	if err := t.Refusal(); err != nil {
		return err
	}
	if file == "" || t.Write == nil {
		return errors.New("write which file? such as consumers/mine.go")
	}
	r := t.Recipe()
	base := file[strings.LastIndexAny(file, `/\`)+1:]
	r.Name = strings.ReplaceAll(strings.TrimSuffix(base, ".go"), "_", "-")
	if slices.Contains(consumers.Names(), r.Name) {
		return fmt.Errorf("the catalogue has a consumer %q already: choose another name", r.Name)
	}
	if err := t.Write(file, r.Go()); err != nil {
		return err
	}
	t.say(words.Plain, fmt.Sprintf("Written: %s. In consumers/ it is a consumer of the catalogue: %s.", file, r.Name))
	return nil
}

// mostTried is how many lines the designs have that are tried when somebody says that nobody
// can.
const mostTried = design.DefaultBlocks

// nobodyCan tries every design, if there is reason to.
func (t *Shell) nobodyCan(string) error {
	if t.Task.Answer != "" {
		t.say(words.Wrong, fmt.Sprintf("Somebody can, with %s.", words.Count(t.Task.Lines, "line")))
		return nil
	}
	found, err := design.Run(context.Background(), t.Task.Demand(mostTried), nil)
	if err != nil {
		return err
	}
	t.ended(learn.Built{})
	t.say(words.OK, "Right: nobody can.")
	if t.err == nil {
		_, t.err = io.WriteString(t.Out, found.Text(t.Layout, nil))
	}
	t.say(words.Plain, t.Task.Teaches)
	return nil
}

// forms shows what a line can say.
func (t *Shell) forms(string) error {
	for _, v := range recipe.Verbs() {
		t.print("  " + v.Form())
	}
	t.print("ID is one of: message ID, business key, sequence, body hash, new ID")
	return nil
}

func (t *Shell) help(string) error {
	for _, c := range commands() {
		t.print(fmt.Sprintf("  %-17s %s", strings.TrimSpace(c.name+" "+c.args), c.says))
	}
	return nil
}
