package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
)

// readExpect reads what should come out for each consumer.
func (r *reader) readExpect(v *node) error {
	if v.kind != mapping {
		return r.fail(v, "expect is %s: want consumers, such as naive: {twice: [m2], excess: $15}", v.kind)
	}
	for _, p := range v.pairs {
		if err := r.checkConsumer(p.key); err != nil {
			return err
		}
		if !slices.Contains(r.s.Consumers, p.key.text) {
			return r.fail(p.key, "nothing can be expected of %s: it is not among the consumers %s", p.key.text, several(r.s.Consumers))
		}
		e := Expectation{Consumer: p.key.text}
		if err := r.object(p.value, "expect of "+p.key.text, r.expectFields(&e)); err != nil {
			return err
		}
		r.s.Expect = append(r.s.Expect, e)
	}
	return nil
}

// expectFields are the keys of what is expected of a consumer.
func (r *reader) expectFields(e *Expectation) []field {
	return []field{
		r.words("twice", "", &e.Twice, r.checkMessage),
		r.words("never", "", &e.Never, r.checkMessage),
		r.words("parked", "", &e.Parked, r.checkMessage),
		r.words("pending", "", &e.Pending, r.checkMessage),
		parsed(r.source, "excess", "", &e.Excess, e.parseUnits(r.s.Business)),
		parsed(r.source, "missing", "", &e.Missing, e.parseUnits(r.s.Business)),
	}
}

// checkMessage refuses an id that no message has.
func (r *reader) checkMessage(item *node) error {
	if r.placed[item.text] == nil {
		return r.fail(item, "no message is called %q%s", item.text, suggest(item.text, r.ids))
	}
	return nil
}

// parseUnits reads money where money is taken, and a number elsewhere. Money is
// read there too: whoever changes the business of a file has not come to its
// expectations yet, and wants to see the run.
func (e *Expectation) parseUnits(b sim.Business) func(string) (*int64, error) {
	return func(text string) (*int64, error) {
		if b.Info().Money || strings.HasPrefix(text, "$") {
			cents, err := ParseMoney(text)
			e.InMoney = !b.Info().Money
			return &cents, err
		}
		if !digits(text) {
			return nil, fmt.Errorf("want a number of %s such as 2, got %q", b.Unit(), text)
		}
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s is too much", text)
		}
		return &n, nil
	}
}
