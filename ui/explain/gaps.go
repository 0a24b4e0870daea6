package explain

import (
	"slices"

	"dejavu/sim"
)

// gap is what a crash does between two steps: the worst that can come of it,
// without another fault.
type gap struct{ twice, lost bool }

func (g gap) harms() bool { return g.twice || g.lost }

// trunk is the undisturbed way through a handler: its steps, and the gap before
// each.
type trunk struct {
	relay bool   // it is the relay's
	mark  string // what its ack is called, if it is the relay's
	steps []sim.StepTaken
	gaps  []gap
}

// trunks returns the undisturbed way through each of a consumer's handlers, with
// what a crash does between any two steps, in the order in which they are entered.
func trunks(c sim.Consumer, b sim.Business) []trunk {
	w := sim.New(lane(c, b), 1)
	var all []trunk
	for a, more := (sim.Action{Kind: sim.Publish}), true; more; a, more = quietStep(w) {
		if a.Kind == sim.Step {
			steps := attempt(w, int(a.Worker))
			i := slices.IndexFunc(all, func(t trunk) bool { return len(t.steps) > 0 && same(&t.steps[0], &steps[0]) })
			if i < 0 {
				i = len(all)
				all = append(all, trunk{relay: w.IsRelay(int(a.Worker)), mark: c.Mark().Do})
			}
			all[i].steps = steps
			all[i].gaps = append(all[i].gaps, crashGap(w, a.Worker))
		}
		w.Do(a)
	}
	return all
}

// quietStep returns what happens next if nothing goes wrong. Work that has begun is done
// first.
func quietStep(w *sim.World) (sim.Action, bool) {
	menu := w.AppendFree(nil)
	for _, kind := range []sim.ActionKind{sim.Step, sim.Begin, sim.Deliver, sim.Undelay, sim.Retry} {
		if i := slices.IndexFunc(menu, func(a sim.Action) bool { return a.Kind == kind }); i >= 0 {
			return menu[i], true
		}
	}
	return sim.Action{}, false
}

// crashGap returns what a crash of a worker can do now. It uses the one fault that the
// world allows.
func crashGap(w *sim.World, worker int8) gap {
	after := w.Clone()
	after.Do(sim.Action{Kind: sim.Crash, Worker: worker})
	var g gap
	explore(after, usual, func(w *sim.World) bool {
		g.twice = g.twice || w.Breaks(sim.NeverTwice)
		g.lost = g.lost || w.Breaks(sim.NeverLost)
		return !g.twice || !g.lost
	})
	return g
}
