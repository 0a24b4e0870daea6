package export

import (
	"errors"
	"fmt"
	"go/format"
	"strconv"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/words"
)

// writeTest writes a test that plays the scenario again, and fails for each consumer that
// harms somebody in it. It needs nothing but this module.
func writeTest(w *printer, x *Work) error {
	st := x.Story
	if st.Scenario.MaxEvents != 0 {
		return errors.New("a test plays to the end: leave out --max-events")
	}
	told := *st.Scenario
	told.Expect = nil
	w.linef("package story\n\nimport (\n\t\"testing\"\n\n\t\"dejavu/consumers\"\n\t\"dejavu/scenarios\"\n\t\"dejavu/sim\"\n)\n")
	w.linef("// %s\n//\n// The screen shows it: %s", oneLine(told.Title), oneLine(x.Line))
	w.linef("const story = %s\n", quoted(string(scenarios.Write(&told))))
	for k, l := range st.Lanes {
		w.linef("// %s %s", l.Consumer.Name, words.Either(len(l.Harms()) == 0, "does everything once.", "fails here:"))
		for _, h := range l.Harms() {
			chain := h.Chain()
			w.linef("//\n// %s: %s.", oneLine(h.Headline()), oneLine(chain.Plain()))
		}
		w.linef("func Test%s(t *testing.T) { once(t, %q) }\n", exportedName(l.Consumer.Name, k), l.Consumer.Name)
	}
	w.linef("// once plays the story for a consumer, and fails if anything owed takes effect twice or never.")
	w.linef("func once(t *testing.T, name string) {\n\tt.Helper()")
	w.linef("\ts, err := scenarios.Parse(%q, []byte(story))\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}", told.Name+".yaml")
	for _, f := range told.Spared {
		w.linef("\tspare(t, s, %q)", f.String())
	}
	w.linef("\tconsumer, known := consumers.Get(name)\n\tif !known {\n\t\tt.Fatalf(\"no consumer is called %%s\", name)\n\t}")
	w.linef("\trun, err := sim.Simulate(s.Lane(consumer))\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}")
	w.linef("\twant := scenarios.Expectation{Consumer: name, Twice: []string{}, Never: []string{}}")
	w.linef("\tfor _, wrong := range want.Differences(scenarios.Judge(s.Messages, s.Business, run.Verdicts())) {\n\t\tt.Error(wrong)\n\t}\n}")
	if len(told.Spared) > 0 {
		w.linef("\n// spare keeps chance from drawing a fault.\nfunc spare(t *testing.T, s *scenarios.Scenario, text string) {\n\tt.Helper()")
		w.linef("\tf, err := sim.ParseFault(text)\n\tif err != nil {\n\t\tt.Fatal(err)\n\t}\n\ts.Spared = append(s.Spared, f)\n}")
	}
	text, err := format.Source([]byte(w.String()))
	if err != nil {
		return fmt.Errorf("the test cannot be formatted: %w", err)
	}
	w.Reset()
	_, err = w.Write(text)
	return err
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// quoted is a text as Go writes it: as it is, if that can be.
func quoted(text string) string {
	if strconv.CanBackquote(strings.ReplaceAll(text, "\n", "")) {
		return "`" + text + "`"
	}
	return strconv.Quote(text)
}

// exportedName is the name of a consumer as a part of a Go name. Two that would be the
// same are told apart by their place.
func exportedName(name string, place int) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return r == '-' || r == '_' || r == '.' || r == ' ' }) {
		b.WriteString(words.Capital(part))
	}
	return fmt.Sprintf("%s%d", b.String(), place+1)
}
