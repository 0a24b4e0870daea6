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
	if err := f.checkFile(); err != nil {
		return err
	}
	a, err := newAsk(s, f.shrink, &sceneFlags{business: f.business, profile: f.profile, given: f.given})
	if err != nil {
		return ofFlag("shrink", err)
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
		return s.saveAs(f.save, head, append([]byte(head), text...))
	}
	return s.wrote(fmt.Fprintf(s.out, "Nothing to shrink: %s comes to no harm in %s.\n", strings.Join(names, ", "), f.shrink))
}
