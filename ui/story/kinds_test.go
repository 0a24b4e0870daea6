package story

import (
	"testing"

	"dejavu/sim"
	"dejavu/ui/words"
)

// A kind of fault that a table forgets is told as another.
func TestEveryKindOfFaultHasItsWords(t *testing.T) {
	renews := map[sim.FaultKind]bool{sim.CopyFault: true, sim.RepublishFault: true, sim.RedriveFault: true}
	letters, mishaps, ills := map[string]sim.FaultKind{}, map[string]sim.FaultKind{}, map[string]sim.FaultKind{}
	for _, k := range sim.FaultKinds() {
		f := sim.Fault{Kind: k, Message: "m1"}.Normal()
		for what, said := range map[string]struct {
			text string
			by   map[string]sim.FaultKind
		}{"mishap": {words.Mishap(f), mishaps}, "ill": {struckText(&f, "its worker"), ills}} {
			if other, twice := said.by[said.text]; twice || said.text == "" {
				t.Errorf("the %s of %s is %q, as that of %s is", what, k, said.text, other)
			}
			said.by[said.text] = k
		}
		letter := words.Letter(k)
		if other, twice := letters[letter]; twice && !(renews[k] && renews[other]) {
			t.Errorf("%s and %s are both %s", k, other, letter)
		}
		letters[letter] = k
	}
}

// A commit that fails comes after the effect: something was done.
func TestAnErrorAtANamedStepSaysNothingOfTheEffect(t *testing.T) {
	for step, want := range map[string]string{"": "an error: nothing done", "commit": "an error at its commit"} {
		f := sim.Fault{Kind: sim.FailFault, Message: "m1", Step: step}
		if got := struckText(&f, "its worker"); got != want {
			t.Errorf("step %q: %q, want %q", step, got, want)
		}
	}
}
