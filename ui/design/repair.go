package design

import (
	"context"
	"slices"

	"dejavu/consumers/recipe"
)

// Repair finds the smallest changes of a recipe after which it holds: lines that are added,
// deleted or changed, at most so many. It returns all repairs of that size, in order, or none.
func Repair(ctx context.Context, q Demand, from recipe.Recipe, most int) (repairs [][]recipe.Block, edits int, err error) {
	s := &study{Known: Known{Demand: q}, letters: q.letters()}
	seen := [][]recipe.Block{from.Blocks}
	now := seen
	for edits = 0; edits <= most; edits++ {
		for _, blocks := range now {
			r := recipe.Recipe{Blocks: blocks}
			if len(q.Missing(r)) > 0 || counts(blocks) || r.Check() != nil || s.broken(s.at(0), r.Bare(), blocks, s.attacks) != nil {
				continue
			}
			s.Best = nil // what it costs does not matter
			if err := s.search(ctx, r); err != nil {
				return nil, edits, err
			}
			if len(s.Best) > 0 {
				repairs = append(repairs, blocks)
			}
		}
		if len(repairs) > 0 || edits == most {
			break
		}
		var next [][]recipe.Block
		for _, blocks := range now {
			next = s.neighbours(next, blocks)
		}
		now = next
	}
	return repairs, edits, nil
}

// neighbours appends what is one line away.
func (s *study) neighbours(all [][]recipe.Block, from []recipe.Block) [][]recipe.Block {
	for i := range len(from) + 1 {
		if i < len(from) {
			all = append(all, slices.Delete(slices.Clone(from), i, i+1))
		}
		for _, b := range s.letters {
			all = append(all, slices.Insert(slices.Clone(from), i, b))
			if i < len(from) {
				changed := slices.Clone(from)
				changed[i] = b
				all = append(all, changed)
			}
		}
	}
	return all
}
