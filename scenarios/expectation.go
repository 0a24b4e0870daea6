package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/sim"
)

// Expectation is what a file says should come out for one consumer. What is nil
// is not stated; an empty list states that there is none.
type Expectation struct {
	Consumer string
	// Twice, Never, Parked and Pending are message ids; their order does not matter. Of a status
	// Twice is what is stale. Of a
	// message with several effects, m2/mail is one of them, and m2 stands for each.
	Twice, Never, Parked, Pending []string
	// Excess and Missing are in the unit of the business.
	Excess, Missing *int64
	// InMoney says that they are in cents though the business takes no money: only
	// nothing is equal to nothing then.
	InMoney bool
}

// Differences says, in a sentence each, what came out otherwise than stated. Of a run
// that was cut short nothing came out.
func (e Expectation) Differences(o Balance) []string {
	if o.Cut {
		return []string{e.Consumer + ": the run was ended by its budget of events, before it came to what is expected"}
	}
	var all []string
	for _, s := range []struct {
		verdict       string
		stated, found []string
	}{
		{tooMuch(o.Business), e.Twice, o.Twice}, {"never", e.Never, o.Never},
		{"parked", e.Parked, o.Parked}, {"pending", e.Pending, o.Pending},
	} {
		if s.stated != nil && !slices.Equal(Debts(s.stated, o.Business), slices.Sorted(slices.Values(s.found))) {
			all = append(all, fmt.Sprintf("%s: %s is %s, expected %s", e.Consumer, s.verdict, none(s.found), none(s.stated)))
		}
	}
	for _, s := range []struct {
		name   string
		stated *int64
		found  int64
	}{
		{"excess", e.Excess, o.Excess}, {"missing", e.Missing, o.Missing},
	} {
		switch {
		case s.stated == nil || *s.stated == s.found && (s.found == 0 || !e.InMoney):
		case e.InMoney:
			all = append(all, fmt.Sprintf("%s: %s is %s, expected %s: with business %s it is counted in %s",
				e.Consumer, s.name, Amount(o.Business, s.found), Money(*s.stated), o.Business, o.Business.Unit()))
		default:
			all = append(all, fmt.Sprintf("%s: %s is %s, expected %s", e.Consumer, s.name, Amount(o.Business, s.found), Amount(o.Business, *s.stated)))
		}
	}
	return all
}

// none lists ids, or says that there is none.
func none(ids []string) string {
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}

// DebtName calls what is owed for one part of a message: by the ID or, where a message
// has several effects, by the ID and that of the business of the part, as in m3/mail.
func DebtName(o *sim.Owed, b sim.Business, part int) string {
	if parts := b.Parts(); len(parts) > 1 {
		return o.ID + "/" + parts[part].String()
	}
	return o.ID
}

// Balance is what a run came to, in messages and in the unit of its business:
// cents, mails, items or effects.
type Balance struct {
	Business sim.Business
	// Owed is what should have been taken in all, Taken what was.
	Owed, Taken int64
	// Excess is what was taken beyond the first time, Missing what will never be
	// taken because its message is gone or parked. They are never netted: one
	// customer's second charge does not pay another's order.
	Excess, Missing int64
	// Twice, Never, Parked and Pending are the messages with those verdicts, in the
	// order of the file; of a message with several effects, which of them: m3/mail.
	Twice, Never, Parked, Pending []string
	// Outdated are, of a status, the messages that never set it, and need not: a newer one did.
	// They are owed, not taken, and not missing.
	Outdated []string
	// Unsettled are the messages that took effect, and that the queue has for ever.
	Unsettled []string
	// OK says that everything owed took effect once and was settled, and that the run went
	// on for as long as there was anything to do or its time lasted.
	OK bool
	// Cut says that the run was ended by its budget of events: nothing can be expected
	// of what it came to.
	Cut bool
}

// Judge adds up the verdicts on what is owed.
func Judge(owed []sim.Owed, b sim.Business, v sim.Verdicts) Balance {
	o := Balance{Business: b, Cut: v.Ending == sim.OutOfEvents}
	o.OK = !o.Cut && len(v.Unsettled) == 0
	for _, n := range v.Unsettled {
		o.Unsettled = append(o.Unsettled, owed[n].ID)
	}
	for i := range v.Of {
		n, part := b.Owing(i)
		if owed[n].Owes != "" {
			continue // the verdict is on the debt that it stands for
		}
		id, units, effects := DebtName(&owed[n], b, part), b.Units(owed[n].Amount), int64(v.Effects[i])
		o.Owed += units
		o.Taken += units * b.Counted(effects)
		o.OK = o.OK && v.Of[i] == sim.Once
		switch v.Of[i] {
		case sim.Twice, sim.Stale:
			o.Twice = append(o.Twice, id)
			o.Excess += (effects - 1) * units
		case sim.Once:
			if effects == 0 {
				o.Outdated = append(o.Outdated, id)
			}
		case sim.Never:
			o.Never = append(o.Never, id)
			o.Missing += units
		case sim.Parked:
			o.Parked = append(o.Parked, id)
			o.Missing += units
		case sim.Pending:
			o.Pending = append(o.Pending, id)
		}
	}
	return o
}

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
		if err := r.checkTooMuch(p.value); err != nil {
			return err
		}
		e := Expectation{Consumer: p.key.text}
		if err := r.object(p.value, "expect of "+p.key.text, r.expectFields(&e)); err != nil {
			return err
		}
		r.s.Expect = append(r.s.Expect, e)
	}
	return nil
}

// checkTooMuch refuses stale where the business sets no status: it could never come out. It
// also refuses a file that says both stale and twice: they are two words for one list.
func (r *reader) checkTooMuch(v *node) error {
	said := map[string]bool{}
	for _, p := range v.pairs {
		said[p.key.text] = true
		switch stale, twice := sim.Stale.String(), sim.Twice.String(); {
		case p.key.text == stale && !r.s.Business.Info().LastWins:
			return r.fail(p.key, "only a status is stale, and business %s has none: write %s", r.s.Business, twice)
		case said[stale] && said[twice]:
			return r.fail(p.key, "stale stands in the place of twice: write stale alone")
		}
	}
	return nil
}

// expectFields are the keys of what is expected of a consumer.
func (r *reader) expectFields(e *Expectation) []field {
	debt := func(item *node) error {
		id, _, _ := strings.Cut(item.text, "/")
		if m := r.listed(id); m != nil && m.Owes != "" {
			return r.fail(item, "%s stands for the debt of %s: what is expected is said of that one", id, m.Owes)
		}
		return r.checkDebt(item, r.ids, r.s.Business)
	}
	stale := r.words("stale", "", &e.Twice, debt).as("ids").says("Of a status, what is set over something newer; [] for nothing. It stands in the place of twice.")
	twice := r.words("twice", "", &e.Twice, debt).as("ids").says("What takes effect twice or more; [] for nothing. Of a message with several effects, m2/mail is one of them and m2 is all.")
	unsaid := &stale
	if r.s.Business.Info().LastWins {
		unsaid = &twice
	}
	unsaid.text = func() string { return "" }
	return []field{
		twice, stale,
		r.words("never", "", &e.Never, debt).as("ids").says("What never takes effect, and never will."),
		r.words("parked", "", &e.Parked, debt).as("ids").says("What never takes effect, and lies in the dead-letter queue."),
		r.words("pending", "", &e.Pending, debt).as("ids").says("What has not taken effect when the run ends, and still could."),
		parsed(r.source, "excess", &e.Excess, e.units(r.s.Business)).says("What is taken beyond the first time: $135 where it is money, else a number."),
		parsed(r.source, "missing", &e.Missing, e.units(r.s.Business)).says("What is never taken, because it is lost or parked: $40 where it is money, else a number."),
	}
}

// checkDebt refuses an id that no message has, and an effect that the business does not
// have: what is expected of them could never come out.
func (s *source) checkDebt(item *node, ids []string, b sim.Business) error {
	if slices.Contains(ids, item.text) {
		return nil
	}
	id, part, several := strings.Cut(item.text, "/")
	if !several || !slices.Contains(ids, id) {
		return s.fail(item, "no message is called %q%s", item.text, suggest(item.text, ids))
	}
	var names []string
	for _, of := range b.Parts() {
		names = append(names, of.String())
	}
	switch {
	case len(names) == 1:
		return s.fail(item, "with business %s each message has one effect: write %s, not %s", b, id, item.text)
	case !slices.Contains(names, part):
		return s.fail(item, "no effect of %s is called %q%s", id, part, suggest(part, names))
	}
	return nil
}

// Debts lists in full what is stated: of a message that has several effects and is named
// by its id alone, each.
func Debts(stated []string, b sim.Business) []string {
	var all []string
	for _, name := range stated {
		if len(b.Parts()) == 1 || strings.Contains(name, "/") {
			all = append(all, name)
			continue
		}
		for part := range b.Parts() {
			all = append(all, DebtName(&sim.Owed{ID: name}, b, part))
		}
	}
	slices.Sort(all)
	return all
}

// units is an amount of money or a number, as the business counts. Money is read
// everywhere: a reader who changes only the business of a file wants to see the run
// before the expectations are changed too.
func (e *Expectation) units(b sim.Business) format[*int64] {
	return format[*int64]{defined("units"), func(text string) (*int64, error) {
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
	}, func(units *int64) string {
		switch {
		case units == nil:
			return ""
		case b.Info().Money || e.InMoney:
			return Money(*units)
		}
		return strconv.FormatInt(*units, 10)
	}}
}

// tooMuch is what an effect too many is called in a business.
func tooMuch(b sim.Business) string {
	if b.Info().LastWins {
		return sim.Stale.String()
	}
	return sim.Twice.String()
}
