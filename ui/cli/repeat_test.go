package cli

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Whatever makes another scenario can be set, and is written into the line that repeats it.
func TestEveryFlagOfAScenarioHasItsRow(t *testing.T) {
	c, rows := &cobra.Command{}, map[string]bool{}
	(&sceneFlags{}).declare(&streams{}, c)
	for _, row := range sceneRows() {
		rows[row.name] = true
		if c.Flags().Lookup(row.name) == nil {
			t.Errorf("--%s is set, and no flag of that name is declared", row.name)
		}
	}
	c.Flags().VisitAll(func(flag *pflag.Flag) {
		if !rows[flag.Name] {
			t.Errorf("--%s is declared, and has no row: it changes nothing, and no line repeats it", flag.Name)
		}
	})
}
