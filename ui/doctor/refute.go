package doctor

import (
	"cmp"
	"fmt"
	"strings"

	"dejavu/sim"
	"dejavu/ui/interview"
	"dejavu/ui/learn"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Refutation is a run that was found, and shows what it is to show.
type Refutation struct {
	*Remedy
	outcome *interview.Finding
}

// Refute makes the run. It fails if that does not refute the belief.
func (r *Remedy) Refute() (*Refutation, error) {
	o, err := r.Make()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Belief, err)
	}
	refuted := o.Trace != nil
	if o.Story != nil {
		claims, err := o.Story.Scenario.Claims(r.Claim)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Belief, err)
		}
		refuted = learn.Holds(o.Story, claims)
	}
	if !refuted {
		return nil, fmt.Errorf("%s: nothing refutes that %s: %s breaks nothing", r.Belief, r.Belief.Text(), strings.Join(r.Words(), " "))
	}
	return &Refutation{r, o}, nil
}

// In makes the run in a business, or in the remedy's own where that one refutes nothing:
// a row is rolled back, and a charge is not.
func (r *Remedy) In(b sim.Business) (*Refutation, error) {
	there := *r
	there.Business = b
	if f, err := there.Refute(); err == nil {
		if _, err = f.Lanes(); err == nil {
			return f, nil
		}
	}
	return r.Refute()
}

// both is the attack on both lanes, as a command names them.
func (r *Refutation) both() interview.Attack {
	a := r.Attack
	a.Consumer += "," + cmp.Or(r.Beside, sturdy)
	return a
}

// Command are the words of the command that shows the run, with the lane beside it, at the
// harm: one of the two comes to it.
func (r *Refutation) Command() []string {
	a := r.both()
	return append(a.Replay(r.outcome), "--at", "harm:1")
}

// Lanes tells the run in two lanes, of which one comes to harm.
func (r *Refutation) Lanes() (*story.Story, error) {
	a := r.both()
	told, err := a.Told(r.outcome)
	if err != nil {
		return nil, err
	}
	harmed := 0
	for _, l := range told.Lanes {
		if !l.Outcome.OK {
			harmed++
		}
	}
	if harmed != 1 {
		return nil, fmt.Errorf("%s: %d of the lanes %s come to harm", r.Belief, harmed, a.Consumer)
	}
	return told, nil
}

// Text writes a refutation: what is believed, the run, what that refutes, and the
// command that shows it.
func (r *Refutation) Text(s words.Layout) string {
	var b strings.Builder
	put := func(indent string, as words.Meaning, text string) {
		b.WriteString(strings.TrimPrefix(s.Hung(indent+indent, words.Say(as, text)), indent))
	}
	put("", words.Strong, fmt.Sprintf("Refuted (%s): %s.", r.Belief, r.Belief.Text()))
	if r.outcome.Story == nil {
		b.WriteString(r.Broken(s, r.outcome))
	} else {
		told := r.outcome.Story
		put("", words.Plain, fmt.Sprintf("%s, %s: %s.", strings.ToUpper(r.Consumer), r.Business, told.Scenario.Title))
		for _, text := range told.Lanes[0].Sentences(r.About...) {
			put("  ", words.Plain, text)
		}
		for _, h := range told.Lanes[0].Harms() {
			put("", words.Wrong, h.Headline()+".")
		}
	}
	put("", words.Strong, r.So)
	fmt.Fprintf(&b, "%s%s\n", s.Paint(words.Dim, "Watch it: "), s.Line(r.Command()...))
	return b.String()
}
