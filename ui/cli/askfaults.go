package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
)

// addFaults adds faults to those of the file.
func (a *ask) addFaults(f *sceneFlags) error {
	for _, text := range f.with {
		fault, err := parseFault(text)
		if err != nil {
			return err
		}
		a.edits.With = append(a.edits.With, fault)
	}
	return a.checkPlan(a.full())
}

// full are the faults of the file and those that were added.
func (a *ask) full() []sim.Fault { return slices.Concat(a.own.Faults, a.edits.With) }

// spareFaults takes faults away: of the file, of those that were added, or of
// those that chance may draw.
func (a *ask) spareFaults(f *sceneFlags) error {
	for _, text := range f.without {
		fault, err := parseFault(text)
		if err != nil {
			return err
		}
		full := a.full()
		if !slices.Contains(normal(full), fault) {
			if err := a.checkPlan(append(full, fault)); err != nil {
				return err
			}
			if a.base.Rates[fault.Kind] == 0 {
				return a.noSuchFault(fault, full)
			}
		}
		if !a.edits.Off(fault) { // what is named twice is off, and not on again
			a.edits = a.edits.Toggle(fault)
		}
	}
	return nil
}

func parseFault(text string) (sim.Fault, error) {
	if text == "" {
		return sim.Fault{}, errors.New("a fault is missing: want KIND:MESSAGE, such as lose-ack:m2 or crash:m3/2/before-ack")
	}
	fault, err := sim.ParseFault(text)
	if err != nil {
		return sim.Fault{}, helped(err, nil)
	}
	return fault, nil
}

// normal writes faults so that what means the same is equal.
func normal(faults []sim.Fault) []sim.Fault {
	all := slices.Clone(faults)
	for i := range all {
		all[i] = all[i].Normal()
	}
	return all
}

// checkPlan refuses a plan that cannot be.
func (a *ask) checkPlan(plan []sim.Fault) error {
	i, err := sim.CheckPlan(plan, a.base.Messages, a.base.Rates, a.base.Workers)
	if err != nil {
		return fmt.Errorf("fault %q in %s: %w", plan[i], a.arg, helped(err, a.base.Messages))
	}
	return nil
}

// noSuchFault says that there is nothing to take away, and what there is.
func (a *ask) noSuchFault(fault sim.Fault, there []sim.Fault) error {
	names := make([]string, len(there))
	for i := range there {
		names[i] = there[i].String()
	}
	end := meant(fault.String(), names)
	switch {
	case end != "":
	case a.base.Rates.Any():
		end = ": chance draws " + a.base.Rates.String() + ", and the plan has " + few(append(names, "nothing")[:max(len(names), 1)], 12)
	case len(names) == 0:
		end = ": it has none"
	default:
		end = ": it has " + few(names, 12)
	}
	return fmt.Errorf("%s is not among the faults of %s%s", fault, a.arg, end)
}

// inVain are the faults that were taken from chance, though it draws them in no
// lane that is watched.
func (a *ask) inVain() []sim.Fault {
	return slices.DeleteFunc(slices.Clone(a.edits.Without), func(f sim.Fault) bool {
		return slices.Contains(normal(a.full()), f) || a.drawn(f)
	})
}

// drawn reports whether chance draws a fault, if it is let.
func (a *ask) drawn(f sim.Fault) bool {
	let := *a.told
	let.Spared = slices.DeleteFunc(slices.Clone(let.Spared), func(o sim.Fault) bool { return o == f })
	return slices.ContainsFunc(let.Consumers, func(name string) bool {
		c, _ := consumers.Get(name)
		run, err := sim.Simulate(let.Lane(c))
		return err == nil && slices.ContainsFunc(run.Faults[len(let.Faults):], func(d sim.Fault) bool {
			d.Drawn = false
			return d.Normal() == f
		})
	})
}

// helped adds to an error about a fault what was probably meant.
func helped(err error, owed []sim.Owed) error {
	var kind *sim.UnknownFault
	var step *sim.UnknownStep
	var message *sim.UnknownMessage
	switch {
	case errors.As(err, &kind):
		return unknown("fault", kind.Kind, faultNames())
	case errors.As(err, &step):
		return fmt.Errorf("%w%s", err, meant(step.Name, append(sim.StepNames(), sim.PointEffect, sim.PointAck)))
	case errors.As(err, &message) && owed != nil:
		ids := make([]string, len(owed))
		for i := range owed {
			ids[i] = owed[i].ID
		}
		if near := meant(message.Name, ids); near != "" {
			return fmt.Errorf("%w%s", err, near)
		}
		return fmt.Errorf("%w; there is %s", err, few(ids, 12))
	}
	return err
}

// few lists names, but not thousands of them.
func few(names []string, most int) string {
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
}
