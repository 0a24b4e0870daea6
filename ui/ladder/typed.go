package ladder

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/learn"
	"dejavu/ui/story"
	"dejavu/ui/whatif"
	"dejavu/ui/words"
)

// Typed plays a level by typed commands, on any terminal or through a pipe.
type Typed struct {
	In     *bufio.Reader
	Out    io.Writer
	Layout words.Layout
	// Prompt is written before each command; "" from a pipe.
	Prompt string
	// Ended is told how the level ended.
	Ended func(Conclusion)

	p       *Puzzle
	so      whatif.Edits
	st      *story.Story
	step    int
	hints   int
	offered []whatif.Offer // as they were listed last
	over    bool
	err     error
}

// commands says what can be typed. Of the strikes it names those that the network can do.
func (t *Typed) commands() string {
	var strikes []string
	for _, s := range []struct {
		kind sim.FaultKind
		text string
	}{{sim.LoseAckFault, "a loses the next ack"}, {sim.CrashFault, "c crashes who is at work"}, {sim.CopyFault, "d makes a copy"}, {sim.PauseFault, "p freezes who is at work"}} {
		if t.p.Allows(sim.Fault{Kind: s.kind}) {
			strikes = append(strikes, s.text)
		}
	}
	text := "enter goes on to the next stop, s takes one step. f lists what can go wrong here, and its number strikes. "
	if len(strikes) > 0 {
		text += "At once: " + words.Listed(strikes) + ". "
	}
	return text + "u takes a fault back, r begins again. h is a hint, g the goal. n says that nobody can, q leaves."
}

// Play plays a level until it has ended or was left.
func (t *Typed) Play(p *Puzzle) error {
	t.p = p
	t.tell(t.so)
	t.goal()
	t.say(words.Dim, words.Capital(t.commands()))
	for t.err == nil && !t.over {
		if _, err := io.WriteString(t.Out, t.Prompt); err != nil {
			return err
		}
		line, more, err := learn.ReadLine(t.In)
		if err != nil || !more {
			return err
		}
		t.take(strings.ToLower(strings.TrimSpace(line)))
	}
	return t.err
}

func (t *Typed) say(as words.Meaning, text string) { t.line(words.Say(as, text)) }

func (t *Typed) line(line words.Line) {
	if t.err == nil {
		_, t.err = io.WriteString(t.Out, t.Layout.Hung("", line))
	}
}

// tell plays the level under other faults, and stays where it is.
func (t *Typed) tell(so whatif.Edits) {
	st, err := story.Tell(so.Apply(t.p.Scenario))
	if err != nil {
		t.err = err
		return
	}
	t.so, t.st, t.offered = so, st, nil
	t.step = min(t.step, st.Steps())
}

// goal says what is to be done, with what, and shows the code.
func (t *Typed) goal() {
	t.say(words.Strong, t.p.Heading())
	t.say(words.Plain, "You are the network. "+t.p.Brief)
	t.say(words.Plain, t.p.Task()+" If nobody can, say so: n.")
	body, _ := consumers.Body(t.p.Consumer)
	if relay, _ := consumers.RelayBody(t.p.Consumer); len(relay) > 0 {
		body = append(append(body, "// the relay:"), relay...)
	}
	for _, line := range body {
		if t.err == nil {
			_, t.err = fmt.Fprintf(t.Out, "  %s\n", strings.ReplaceAll(line, "\t", "    "))
		}
	}
}

// take takes one command.
func (t *Typed) take(command string) {
	switch command {
	case "":
		t.on(t.st.NextStop(t.step))
	case "s":
		t.on(t.step + 1)
	case "f":
		t.list()
	case "a":
		t.next(sim.LoseAckFault)
	case "d":
		t.next(sim.CopyFault)
	case "c":
		t.here(sim.CrashFault)
	case "p":
		t.here(sim.PauseFault)
	case "u":
		t.takeBack()
	case "r":
		t.step = 0
		t.tell(whatif.Edits{})
		t.say(words.Plain, "All faults are taken back.")
	case "h":
		t.hints = min(t.hints+1, MostHints)
		t.say(words.Plain, t.p.Hint(t.hints))
	case "g":
		t.goal()
	case "n":
		t.nobodyCan()
	case "q", "quit":
		t.over = true
	default:
		if n, err := strconv.Atoi(command); err == nil && n >= 1 && n <= len(t.offered) {
			t.strike(t.offered[n-1].Fault)
		} else if err == nil && len(t.offered) == 0 {
			t.say(words.Fault, "Type f first: it lists what can go wrong here, by number.")
		} else if err == nil {
			t.say(words.Fault, fmt.Sprintf("There is no %d: type a number from 1 to %d.", n, len(t.offered)))
		} else {
			t.say(words.Fault, fmt.Sprintf("%q is no command. %s", command, words.Capital(t.commands())))
		}
	}
}

// on plays on to a step, and tells it.
func (t *Typed) on(to int) {
	if t.step >= t.st.Steps() {
		t.say(words.Dim, "This is the end of the run. r begins again, u takes a fault back, n says that nobody can.")
		return
	}
	step, took, met := t.p.Met(t.st)
	t.step, t.offered = to, nil
	for i, line := range t.st.Narrate(t.step).Lines {
		if i == 0 {
			line = append(words.Say(words.Dim, words.Clock(t.st.When(t.step))), line...)
		}
		t.line(line)
	}
	if met && t.step >= step {
		t.ends(Conclusion{Won: true, Took: took}, t.p.Solved(took))
	}
}

func (t *Typed) ends(how Conclusion, lines []words.Line) {
	t.over = true
	for _, line := range lines {
		t.line(line)
	}
	t.Ended(how)
}

func (t *Typed) list() {
	t.offered = t.p.Offers(t.st, t.step)
	for i, o := range t.offered {
		t.say(words.Plain, fmt.Sprintf("%d  %s.", i+1, o.Text))
	}
	if len(t.offered) == 0 {
		t.say(words.Plain, "Nothing is left that this network can do here.")
	}
}

func (t *Typed) next(kind sim.FaultKind) {
	if f, ok := whatif.NextChance(t.st, kind, t.step); ok {
		t.strike(f)
	} else {
		t.say(words.Fault, "There is no more chance for that in this run.")
	}
}

func (t *Typed) here(kind sim.FaultKind) {
	if f, ok := whatif.Here(t.st, kind, t.step); ok {
		t.strike(f)
	} else {
		t.next(kind)
	}
}

func (t *Typed) strike(f sim.Fault) {
	so, err := t.p.Try(t.so, f)
	if err != nil {
		t.say(words.Fault, words.Capital(err.Error())+".")
		return
	}
	t.tell(so)
	t.say(words.Fault, f.String()+" will strike. "+t.p.Left(t.st.Scenario))
}

func (t *Typed) takeBack() {
	n := len(t.so.With)
	if n == 0 {
		t.say(words.Fault, "No fault was spent yet.")
		return
	}
	last := t.so.With[n-1]
	t.tell(whatif.Edits{With: t.so.With[:n-1]})
	t.say(words.Plain, last.String()+" is taken back. "+t.p.Left(t.st.Scenario))
}

// nobodyCan takes the claim that nobody can: it is proved, or the shortest attack is told.
func (t *Typed) nobodyCan() {
	if t.p.Trace() == nil {
		t.ends(Conclusion{Won: true}, t.p.Unbroken())
		return
	}
	told, edits, plays := t.p.Answer()
	if !plays {
		return
	}
	st, err := story.Tell(edits.Apply(told))
	if err != nil {
		t.err = err
		return
	}
	t.st, t.step = st, 0
	end, _, _ := t.p.Met(st)
	for t.step < end {
		t.step = st.NextStop(t.step)
		t.line(append(words.Say(words.Dim, words.Clock(st.When(t.step))), st.Narrate(t.step).Lines[0]...))
	}
	t.ends(Conclusion{}, t.p.Missed())
}
