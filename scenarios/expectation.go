package scenarios

import (
	"fmt"
	"slices"
	"strings"
)

// Expectation is what a file says should come out for one consumer. What is nil
// is not stated; an empty list states that there is none.
type Expectation struct {
	Consumer string
	// Twice, Never, Parked and Pending are message ids; their order does not matter.
	Twice, Never, Parked, Pending []string
	// Excess and Missing are in the unit of the business.
	Excess, Missing *int64
	// InMoney says that they are in cents though the business takes no money: only
	// nothing is equal to nothing then.
	InMoney bool
}

// Differences says, in a sentence each, what came out otherwise than stated. Of a run
// that was cut short nothing came out.
func (e Expectation) Differences(o Outcome) []string {
	if o.Cut {
		return []string{e.Consumer + ": the run was ended by its budget of events, before it came to what is expected"}
	}
	var all []string
	for _, s := range []struct {
		verdict       string
		stated, found []string
	}{
		{"twice", e.Twice, o.Twice}, {"never", e.Never, o.Never},
		{"parked", e.Parked, o.Parked}, {"pending", e.Pending, o.Pending},
	} {
		if s.stated != nil && !slices.Equal(slices.Sorted(slices.Values(s.stated)), slices.Sorted(slices.Values(s.found))) {
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
