package cli

import (
	"errors"
	"fmt"

	"dejavu/scenarios"
	"dejavu/sim/check"
	"dejavu/ui/proof"
)

// playFound ends a check in the playground, on what it has found: the first
// counterexample that can be played, beside the naive consumer.
func (s *streams) playFound(g *globals, f *checkFlags, q *question) error {
	base, arg := q.scenario, f.scenario
	if base == nil {
		arg = "quiet-day"
		base, _ = scenarios.Get(arg)
	}
	var found *check.Trace
	for i := range q.cases {
		for _, p := range q.cases[i].Options.Properties {
			t := q.cases[i].Result.Of(p).Counterexample
			if t == nil {
				continue
			}
			found = t
			if told, edits, ok := proof.Replay(t, base); ok {
				f := screenDefaults()
				f.given = map[string]bool{"consumers": true, "business": true, "profile": told.Queue.Name != "", "with": true, "without": len(edits.Without) > 0}
				f.consumers, f.business, f.profile = t.Lane.Consumer.Name, t.Lane.Business.String(), told.Queue.Name
				if f.consumers != "naive" {
					f.consumers = "naive," + f.consumers
				}
				for _, fault := range edits.With {
					f.with = append(f.with, fault.String())
				}
				for _, fault := range edits.Without {
					f.without = append(f.without, fault.String())
				}
				return playOrTell(s, g, &f, []string{arg})
			}
		}
	}
	if found == nil {
		return errors.New("--play: nothing was found that breaks it within these bounds, so there is nothing to play")
	}
	if _, ok := proof.File(found); !ok {
		return fmt.Errorf("--play: %s cannot be played: %s", proof.By(found), found.Obstacle())
	}
	return fmt.Errorf("--play: %s cannot be played as it is; have it written by --save FILE, and play that", proof.By(found))
}
