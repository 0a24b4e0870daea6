package cli

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"dejavu/sim"
	"dejavu/ui/story"
)

// moment is where the screen begins: at an instant, or at the n-th harm.
type moment struct {
	at   time.Duration // negative for the beginning
	nth  int           // of the steps at that instant, from 1; 0 for the last
	harm int           // from 1; 0 for none
}

// beginning is where it begins if nothing is said.
var beginning = moment{at: -1}

// parseMoment reads a moment as --at takes it: an instant, or harm:N. Where several
// steps fall on an instant, /N is the n-th of them, as it is with deliveries.
func parseMoment(text string) (moment, error) {
	nth, harm := strings.CutPrefix(text, "harm:")
	if !harm {
		instant, step, several := strings.Cut(text, "/")
		m := moment{}
		var err error
		if m.at, err = parseClock(instant); err != nil || !several {
			return m, err
		}
		if m.nth, err = strconv.Atoi(step); err != nil || m.nth < 1 || step[0] == '+' {
			return moment{}, fmt.Errorf("steps at one instant are counted from 1, as in 0:41.6/1, got %q", text)
		}
		return m, nil
	}
	n, err := strconv.Atoi(nth)
	if err != nil || n < 1 || nth[0] == '+' {
		return moment{}, fmt.Errorf("harms are counted from 1, as in harm:1, got %q", text)
	}
	return moment{at: -1, harm: n}, nil
}

// latest is far behind the end of any run.
const latest = 10 * sim.MaxTime

// clocked matches an instant as story.Clock writes it: days, hours, minutes,
// seconds, and a fraction of them.
var clocked = regexp.MustCompile(`^(?:(?:([0-9]{1,5})d ?)?([0-9]{1,6}):)?([0-9]{1,7}):([0-9]{2})([.][0-9]{1,9})?$`)

// parseClock reads an instant as the screen shows it, 0:41.6, in seconds, 41.6, or
// as files write times, 1m30s.
func parseClock(text string) (time.Duration, error) {
	part := clocked.FindStringSubmatch(text)
	if part == nil {
		return parseLength(text)
	}
	number := func(i int) int64 {
		n, _ := strconv.ParseInt("0"+part[i], 10, 64) // few digits, or none
		return n
	}
	days, hours, minutes, seconds := number(1), number(2), number(3), number(4)
	if seconds > 59 || part[2] != "" && (minutes > 59 || len(part[3]) != 2) {
		return 0, fmt.Errorf("want two digits from 00 to 59 after a colon, got %q", text)
	}
	seconds += 60 * (minutes + 60*(hours+24*days))
	if seconds >= int64(latest/time.Second) {
		return 0, fmt.Errorf("%s is too late: every run is over by then", text)
	}
	fraction, _ := time.ParseDuration("0" + part[5] + "s")
	return time.Duration(seconds)*time.Second + fraction, nil
}

// parseLength reads an instant as a length of time, in seconds where no unit is
// given.
func parseLength(text string) (time.Duration, error) {
	if strings.Trim(text, "-0123456789.") == "" {
		text += "s"
	}
	at, err := sim.ParseSpan(strings.Replace(text, "d ", "d", 1))
	if err != nil && !strings.HasPrefix(err.Error(), "want ") {
		return 0, err // too long, or negative
	}
	if err != nil {
		return 0, fmt.Errorf("want an instant such as 41.6, 0:41.6, 1:00:00, 8d0:05:00 or 1m30s, or a harm such as harm:1, got %q", text)
	}
	return at, nil
}

// String writes the moment as --at takes it.
func (m moment) String() string {
	switch {
	case m.harm > 0:
		return fmt.Sprintf("harm:%d", m.harm)
	case m.nth > 0:
		return fmt.Sprintf("%s/%d", clock(m.at), m.nth)
	}
	return clock(m.at)
}

// clock writes an instant as the screen shows it, but to the nanosecond, so that
// --at comes back to it, and without a blank, so that it needs no quotes.
func clock(at time.Duration) string {
	text := strings.Replace(story.Clock(at), "d ", "d", 1)
	decimals := strings.TrimRight(fmt.Sprintf("%09d", at%time.Second), "0")
	if decimals == "" {
		return text
	}
	whole, _, _ := strings.Cut(text, ".")
	return whole + "." + decimals
}
