package doctor

import (
	"fmt"
	"strings"

	"dejavu/ui/interview"
	"dejavu/ui/learn"
	"dejavu/ui/words"
)

// MostRows is how many lines a run is told in, at most: what is longer is not read.
const MostRows = interview.MostRows

// Refutation is a run that was found, and shows what it is to show.
type Refutation struct {
	*Remedy
	outcome *interview.Outcome
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

// Command are the words of the command that shows the run.
func (r *Refutation) Command() []string { return r.Replay(r.outcome) }

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
