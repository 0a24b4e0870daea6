package cli

import (
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"dejavu/ui/prose"
)

// Help says in short sentences, and in the words of every other text, what a command does.
func TestHelpIsWrittenPlainly(t *testing.T) {
	var all []string
	var read func(c *cobra.Command)
	read = func(c *cobra.Command) {
		texts := []string{c.Short + ".", c.Long}
		c.Flags().VisitAll(func(f *pflag.Flag) { texts = append(texts, f.Usage+".") })
		for _, text := range texts {
			for _, complaint := range prose.Complaints(text) {
				t.Errorf("%s: %s in %q", c.Name(), complaint, text)
			}
		}
		all = append(all, texts...)
		for _, sub := range c.Commands() {
			read(sub)
		}
	}
	read(newRoot(&streams{getenv: func(string) string { return "" }}))
	if len(all) < 100 {
		t.Errorf("only %d texts were read", len(all))
	}
	if n := prose.Length(all, prose.Percent); n > prose.Most {
		t.Errorf("%d of 100 sentences have up to %d words, want up to %d", prose.Percent, n, prose.Most)
	}
}
