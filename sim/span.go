package sim

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dejavu/broker"
)

const day = 24 * time.Hour

// MinSpan is the shortest length of time that anything lasts or is kept: a step takes
// about as long. 0 is none at all, where a field may be left out.
const MinSpan = broker.MinSpan

// TooShort says that a length of time is shorter than MinSpan, or nil: none is not.
func TooShort(d time.Duration) error {
	if d > 0 && d < MinSpan {
		return fmt.Errorf("%v is too short: at least %s", d, Span(MinSpan))
	}
	return nil
}

// Span writes a length of time as files do, without zero units: 8d, 1m30s, 1ms.
func Span(d time.Duration) string {
	if d < 0 {
		return "-" + Span(-d)
	}
	text := ""
	if days := d / day; days > 0 {
		text, d = strconv.Itoa(int(days))+"d", d%day
		if d == 0 {
			return text
		}
	}
	rest := d.String() // 1h0m0s
	if d >= time.Minute {
		rest = strings.TrimSuffix(rest, "0s")
		if !strings.HasSuffix(rest, "s") && d%time.Minute != 0 {
			rest = d.String()
		}
	}
	if d >= time.Hour {
		rest = strings.Replace(rest, "h0m", "h", 1)
	}
	return text + rest
}

// ParseSpan reads a length of time: Go's notation, and d for days.
func ParseSpan(text string) (time.Duration, error) {
	bad := fmt.Errorf("want a length of time such as 1ms, 30s, 10m or 8d, got %q", text)
	rest := text
	total := time.Duration(0)
	if days, after, found := strings.Cut(text, "d"); found {
		n, err := strconv.ParseFloat(days, 64)
		switch {
		case err != nil || !(n >= 0):
			return 0, bad
		case n > float64(MaxTime/day):
			return 0, fmt.Errorf("%s is too long: at most %s", text, Span(MaxTime))
		}
		total, rest = time.Duration(n*float64(day)), after
	}
	if rest != "" {
		d, err := time.ParseDuration(rest)
		if err != nil {
			return 0, bad
		}
		total += d
	} else if text == "" {
		return 0, bad
	}
	if total < 0 {
		return 0, fmt.Errorf("%s is negative: virtual time only goes forward", text)
	}
	if total > MaxTime {
		return 0, fmt.Errorf("%s is too long: at most %s", text, Span(MaxTime))
	}
	return total, nil
}
