package scenarios

import (
	"cmp"
	"slices"
	"strings"

	"dejavu/sim"
)

// changeKeys are the keys of the screen that a lesson can send people to.
var changeKeys = []string{"A", "C", "D", "P", "u", "f", "b", "l", "x", "w"}

// readChange reads the one thing to do differently at the end.
func (r *lessonReader) readChange(v *node) error {
	c := &Change{}
	q := &Question{Spot: v.spot()}
	if err := r.object(v, "a change", r.changeFields(c, q)); err != nil {
		return err
	}
	if err := r.checkQuestion(v, q, ""); err != nil {
		return err
	}
	if c.changesNothing() {
		return r.fail(v, "the change changes nothing: add with, without, business or consumers")
	}
	if len(q.Choices) > 0 {
		c.Question = q
	}
	r.l.Change = c
	return nil
}

// changeFields are the keys of a change. The claims of its question are about the
// run as it is changed, so they are read after what changes it.
func (r *lessonReader) changeFields(c *Change, q *Question) []field {
	own := &reader{source: r.source}
	var business sim.Business
	pick := choice(r.source, "business", &business, sim.Businesses()...)
	read := pick.read
	pick.read = func(v *node) error {
		c.Business = &business
		return read(v)
	}
	fields := []field{
		r.text("say", "what to do, in a sentence", &c.Say, maxSay),
		{name: "key", read: func(v *node) error {
			if c.Key = v.text; v.kind != scalar || !slices.Contains(changeKeys, c.Key) {
				return r.fail(v, "key: want a key of the screen, one of %s", several(changeKeys))
			}
			return nil
		}},
		r.faultTexts("with", &c.With, func(sim.Fault) string { return "" }),
		r.faultTexts("without", &c.Without, r.notPlanned),
		pick,
		r.words("consumers", "", &c.Consumers, own.checkConsumer),
	}
	for _, f := range r.questionFields(q) {
		if f.name == "choices" {
			read := f.read
			f.read = func(v *node) error {
				changed := c.Apply(r.l.Scenario)
				if err := own.checkLanes(v, changed); err != nil {
					return err
				}
				r.run = changed
				return read(v)
			}
		}
		fields = append(fields, f)
	}
	return append(fields, r.text("then", "", &c.Then, maxSay))
}

// faultTexts is a field that lists faults as flags take them.
func (r *lessonReader) faultTexts(name string, into *[]sim.Fault, wrong func(sim.Fault) string) field {
	var texts []string
	return r.words(name, "", &texts, func(item *node) error {
		f, err := sim.ParseFault(item.text)
		if err != nil {
			return r.fail(item, "%s: %v", name, err)
		}
		f = f.Normal()
		if msg := wrong(f); msg != "" {
			return r.fail(item, "%s: %s", name, msg)
		}
		*into = append(*into, f)
		return nil
	})
}

// notPlanned says that a fault cannot be left out, for it is not planned.
func (r *lessonReader) notPlanned(f sim.Fault) string {
	var planned []string
	for _, p := range r.l.Scenario.Faults {
		planned = append(planned, p.String())
	}
	if slices.Contains(planned, f.String()) {
		return ""
	}
	if len(planned) == 0 {
		return "the scenario has no faults to leave out"
	}
	return f.String() + " is not planned; choose from " + several(planned)
}

func (c *Change) changesNothing() bool {
	return len(c.With) == 0 && len(c.Without) == 0 && c.Business == nil && len(c.Consumers) == 0
}

// Apply returns the scenario as it is but for the change.
func (c *Change) Apply(to *Scenario) *Scenario {
	s := *to
	s.Faults = slices.DeleteFunc(slices.Clone(s.Faults), func(f sim.Fault) bool {
		return slices.ContainsFunc(c.Without, func(o sim.Fault) bool { return o.String() == f.String() })
	})
	s.Faults = append(s.Faults, c.With...)
	if c.Business != nil {
		s.Business = *c.Business
	}
	if len(c.Consumers) > 0 {
		s.Consumers = c.Consumers
	}
	s.Expect = nil
	return &s
}

// ChangeWords returns the lanes and the change as the flags of run and play say it.
func (l *Lesson) ChangeWords() []string {
	c := l.Change
	var words []string
	if lanes := cmp.Or(strings.Join(c.Consumers, ","), strings.Join(l.Lanes, ",")); lanes != "" {
		words = append(words, "--consumers", lanes)
	}
	if c.Business != nil {
		words = append(words, "--business", c.Business.String())
	}
	for _, f := range c.With {
		words = append(words, "--with", f.String())
	}
	for _, f := range c.Without {
		words = append(words, "--without", f.String())
	}
	return words
}
