package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"dejavu/sim"
)

// Money writes an amount of cents as files do: $40, $12.50.
func Money(cents int64) string {
	sign := ""
	if cents < 0 {
		sign, cents = "-", -cents
	}
	if cents%100 == 0 {
		return fmt.Sprintf("%s$%d", sign, cents/100)
	}
	return fmt.Sprintf("%s$%d.%02d", sign, cents/100, cents%100)
}

// Amount writes what is counted in a business: $40, 1 mail, 2 items.
func Amount(b sim.Business, units int64) string {
	if b.Info().Money {
		return Money(units)
	}
	name := b.Unit()
	if units == 1 {
		name = strings.TrimSuffix(name, "s")
	}
	return fmt.Sprintf("%d %s", units, name)
}

// ParseMoney reads an amount in dollars as Money writes it, and returns cents.
func ParseMoney(text string) (int64, error) {
	bad := fmt.Errorf("want money such as $40 or $12.50, got %q", text)
	dollars, dollar := strings.CutPrefix(text, "$")
	whole, cents, point := strings.Cut(dollars, ".")
	if !dollar || !digits(whole) || len(whole) > 12 || point && (len(cents) != 2 || !digits(cents)) {
		return 0, bad
	}
	n, err := strconv.ParseInt(whole+(cents + "00")[:2], 10, 64)
	if err != nil {
		return 0, bad
	}
	return n, nil
}

// digits reports whether a text is digits and nothing else.
func digits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}
