package fault

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rates are probabilities of faults, from 0 to 1, by kind: per delivery for those
// that strike an attempt, per message for the others: what befalls all processes or
// the stores does so within half a minute of its publish. What strikes a
// delivery is drawn from (seed, message, delivery) alone, so it is the same in
// every lane. A nil map draws nothing.
type Rates map[Kind]float64

// Validate says which rate cannot be, and why.
func (r Rates) Validate() error {
	known := 0
	for _, k := range Kinds() {
		rate, set := r[k]
		if set {
			known++
		}
		if !(rate >= 0 && rate <= 1) {
			return fmt.Errorf("rate of %s is %v: 0%% to 100%%", k, rate)
		}
	}
	if known != len(r) {
		return fmt.Errorf("rates draw %s, and nothing else", strings.Join(Names(), ", "))
	}
	return nil
}

// Any reports whether anything is left to chance.
func (r Rates) Any() bool {
	return slices.ContainsFunc(Kinds(), func(k Kind) bool { return r[k] > 0 })
}

// Copies returns how many copies of a message chance may make: one of each kind that does.
func (r Rates) Copies() int {
	most := 0
	for _, k := range Kinds() {
		if k.renews() && r[k] > 0 {
			most++
		}
	}
	return most
}

// String returns the rates as --rates takes them: lose-ack=5%,crash=3%.
func (r Rates) String() string {
	var parts []string
	for _, k := range Kinds() {
		if rate := r[k]; rate > 0 {
			parts = append(parts, string(k)+"="+strconv.FormatFloat(rate*100, 'g', 10, 64)+"%")
		}
	}
	return strings.Join(parts, ",")
}

// ParseRates reads rates as String writes them.
func ParseRates(text string) (Rates, error) {
	rates := Rates{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, found := strings.Cut(part, "=")
		if !found {
			return nil, fmt.Errorf("rate %q: want KIND=RATE, such as lose-ack=5%%", part)
		}
		kind := Kind(name)
		if err := kind.check(); err != nil {
			return nil, err
		}
		if _, twice := rates[kind]; twice {
			return nil, fmt.Errorf("two rates of %s: give one", kind)
		}
		rate, err := ParseRate(value)
		if err != nil {
			return nil, err
		}
		rates[kind] = rate
	}
	return rates, nil
}

// ParseRate reads a probability: 5% or 0.05.
func ParseRate(text string) (float64, error) {
	number, percent := strings.CutSuffix(strings.TrimSpace(text), "%")
	rate, err := strconv.ParseFloat(number, 64)
	if percent {
		rate /= 100
	}
	if err != nil || !(rate >= 0 && rate <= 1) {
		return 0, fmt.Errorf("want a rate from 0%% to 100%%, such as 5%%, got %q", text)
	}
	return rate, nil
}
