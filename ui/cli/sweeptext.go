package cli

import (
	"fmt"
	"strconv"
	"strings"

	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/sweep"
)

// tellSweep writes what a sweep found: for each consumer in how many runs it did
// harm, how much of it a run had, and the first seed that shows it.
func (s *streams) tellSweep(g *globals, f *sweepFlags, r *sweep.Result, a *ask) error {
	if f.json {
		return unwritten(r.Write(s.out))
	}
	paint := painter(g.color, s.getenv, s.outTerminal)
	if paint == nil {
		paint = story.NoPaint
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s runs, seeds %s\n\n", swept(r), grouped(r.Runs), ranges(r.Seeds))
	names := 0
	for i := range r.Consumers {
		names = max(names, len(r.Consumers[i].Consumer))
	}
	for i := range r.Consumers {
		c := &r.Consumers[i]
		name := fmt.Sprintf("%-*s", names, c.Consumer)
		for _, h := range []struct {
			what string
			harm *sweep.Harm
			p    sim.Property
		}{{"twice", &c.Twice, sim.NeverTwice}, {"never", &c.Never, sim.NeverLost}} {
			as := story.Wrong
			if h.harm.Runs == 0 {
				as = story.OK
			}
			line := fmt.Sprintf("%s  %s in %s", name, h.what, paint(as, often(h.harm.Runs, r.Runs)))
			if h.harm.Runs > 0 {
				line += "  " + spread(h.harm)
				if show := s.first(a, *h.harm.First); show != "" {
					line += "\n" + strings.Repeat(" ", names+2) + paint(story.Dim, "first: "+show)
				} else {
					line += paint(story.Dim, fmt.Sprintf(", first with seed %d", *h.harm.First))
				}
			}
			if also := searched(a, c.Consumer, h.p); also != "" {
				for _, part := range wrap(also, s.width-names-2) {
					line += "\n" + strings.Repeat(" ", names+2) + paint(story.Dim, part)
				}
			}
			b.WriteString(line + "\n")
			name = strings.Repeat(" ", names)
		}
		if c.Cut > 0 {
			fmt.Fprintf(&b, "%s  not over in %s: ended by the budget of events, see --max-events\n", name, paint(story.Fault, often(c.Cut, r.Runs)))
		}
	}
	b.WriteString("\nSeen in none of so many runs is not the same as impossible: a seed can flatter.\n")
	if a != nil {
		fmt.Fprintf(&b, "Repeat it: %s\n", a.line(s.start, "sweep", a.told, a.edits, f.how()...))
	}
	return s.wrote(s.out.Write([]byte(b.String())))
}

// how are the flags that were typed and make another sweep.
func (f *sweepFlags) how() []string {
	var words []string
	if f.given["seeds"] {
		words = append(words, "--seeds", f.seeds)
	}
	if f.given["shard"] {
		words = append(words, "--shard", f.shard)
	}
	return words
}

// often says in how many of all runs: 37 of 1,000 runs (3.7 %).
func often(n, all uint64) string {
	if all == 0 {
		return "no run"
	}
	return fmt.Sprintf("%s of %s runs (%s %%)", grouped(n), grouped(all), percent(n, all))
}

// percent is a share in percent: never 0 for something, nor 100 for less than all.
func percent(n, all uint64) string {
	for digits := 1; digits < 6; digits++ {
		text := strconv.FormatFloat(float64(n)*100/float64(all), 'f', digits, 64)
		short := strings.TrimRight(strings.TrimRight(text, "0"), ".")
		if short = zero(short); n == 0 || n == all || short != "0" && short != "100" {
			return short
		}
	}
	return "some"
}

func zero(text string) string {
	if text == "" {
		return "0"
	}
	return text
}

// bars are the heights of a distribution.
var bars = []string{"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"}

// spread is the distribution of a harm: from no message in a run to the most.
func spread(h *sweep.Harm) string {
	most, last := uint64(1), 0
	for _, b := range h.Messages {
		most, last = max(most, b.Runs), max(last, b.Messages)
	}
	const widest = 40
	cells := make([]uint64, min(last, widest)+1)
	for _, b := range h.Messages {
		cells[min(b.Messages, len(cells)-1)] += b.Runs
	}
	text := ""
	for _, n := range cells {
		switch {
		case n == 0:
			text += "·"
		default:
			text += bars[min(int(n*uint64(len(bars))/most), len(bars)-1)]
		}
	}
	return fmt.Sprintf("0 %s %d a run", text, last)
}

// ranges lists seeds: 1..500, 700..900.
func ranges(seeds []sweep.Seeds) string {
	if len(seeds) == 0 {
		return "none"
	}
	var parts []string
	for _, s := range seeds {
		parts = append(parts, s.String())
	}
	return few(parts, 6)
}

// grouped writes a number with commas.
func grouped(n uint64) string {
	text := strconv.FormatUint(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}
