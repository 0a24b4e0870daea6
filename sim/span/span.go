// Package span writes and reads lengths of time as files and flags have them: 8d, 1m30s, 1ms.
package span

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"dejavu/broker"
)

// Day is the unit that Go has no name for.
const Day = 24 * time.Hour

// Min is the shortest length of time that anything lasts or is kept: a step takes
// about as long. 0 is none at all, where a field may be left out.
const Min = broker.MinSpan

// Max is the longest: time in a run goes no further.
const Max = 10 * 365 * Day

// TooShort says that a length of time is shorter than Min, or nil: none is not.
func TooShort(d time.Duration) error {
	if d > 0 && d < Min {
		return fmt.Errorf("%v is too short: at least %s", d, String(Min))
	}
	return nil
}

// String writes a length of time as files do, without zero units: 8d, 1m30s, 1ms.
func String(d time.Duration) string {
	if d < 0 {
		return "-" + String(-d)
	}
	text := ""
	if days := d / Day; days > 0 {
		text, d = strconv.Itoa(int(days))+"d", d%Day
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

// Parse reads a length of time: Go's notation, and d for days.
func Parse(text string) (time.Duration, error) {
	bad := fmt.Errorf("want a length of time such as 1ms, 30s, 10m or 8d, got %q", text)
	rest := text
	total := time.Duration(0)
	if days, after, found := strings.Cut(text, "d"); found {
		n, err := strconv.ParseFloat(days, 64)
		switch {
		case err != nil || !(n >= 0):
			return 0, bad
		case n > float64(Max/Day):
			return 0, fmt.Errorf("%s is too long: at most %s", text, String(Max))
		}
		total, rest = time.Duration(n*float64(Day)), after
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
	if total > Max {
		return 0, fmt.Errorf("%s is too long: at most %s", text, String(Max))
	}
	return total, nil
}
