package cli

import (
	"fmt"
	"strings"

	"dejavu/scenarios"
	"dejavu/ui/proof"
)

// shrink drops from a scenario what its harm does not need, for the first consumer
// that is harmed, and writes what is left as a file.
func (s *streams) shrink(f *checkFlags, names []string) error {
	a, err := newAsk(s, f.shrink, &sceneFlags{})
	if err != nil {
		return err
	}
	if len(names) == 0 {
		names = a.told.Consumers
	}
	for _, name := range names {
		x, harmed := proof.Shrink(a.told, name)
		if !harmed {
			continue
		}
		text := scenarios.Write(x.Scenario)
		head := fmt.Sprintf("# %s is harmed: %s, %s. Of %s and %s this is what it takes.\n", name, x.Owed, x.Verdict,
			proof.Count(x.Messages, "message"), proof.Count(x.Faults, "fault"))
		if f.save == "" {
			return s.wrote(fmt.Fprintf(s.out, "%s%s", head, text))
		}
		if err := writeNew(f.save, append([]byte(head), text...)); err != nil {
			return fmt.Errorf("cannot write %q: %w: name another file", f.save, err)
		}
		arg := f.save
		if !isPath(arg) {
			arg = "./" + arg
		}
		return s.wrote(fmt.Fprintf(s.out, "%sPlay it: %s\n", head, command(s.start, "play", arg)))
	}
	return s.wrote(fmt.Fprintf(s.out, "Nothing to shrink: %s comes to no harm in %s.\n", strings.Join(names, ", "), f.shrink))
}
