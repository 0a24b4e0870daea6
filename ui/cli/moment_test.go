package cli

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/sim"
	"dejavu/ui/words"
)

func TestAMomentIsReadAsPeopleWriteIt(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]moment{
		"41.6":       {at: 41600 * time.Millisecond},
		"41.6s":      {at: 41600 * time.Millisecond},
		"0:41.6":     {at: 41600 * time.Millisecond},
		"0:41.63":    {at: 41630 * time.Millisecond},
		"0":          {},
		".5":         {at: time.Second / 2},
		"5":          {at: 5 * time.Second},
		"0:05":       {at: 5 * time.Second},
		"12:00.5":    {at: 12*time.Minute + time.Second/2},
		"90:00":      {at: 90 * time.Minute},
		"1:00:00":    {at: time.Hour},
		"25:00:00":   {at: 25 * time.Hour},
		"1m30s":      {at: 90 * time.Second},
		"8d":         {at: 8 * day},
		"8d5m":       {at: 8*day + 5*time.Minute},
		"8d 5m":      {at: 8*day + 5*time.Minute},
		"8d 0:05:00": {at: 8*day + 5*time.Minute},
		"8d0:05:00":  {at: 8*day + 5*time.Minute},
		"0:41.6/2":   {at: 41600 * time.Millisecond, nth: 2},
		"8d/1":       {at: 8 * day, nth: 1},
		"harm:1":     {at: -1, harm: 1},
		"harm:12":    {at: -1, harm: 12},
	} {
		if got, err := parseMoment(text); err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", text, got, err, want)
		}
	}
}

func TestAMomentThatCannotBeSaysWhatToWrite(t *testing.T) {
	for text, want := range map[string]string{
		"": "want an instant such as 41.6, ", "soon": "want an instant such as 41.6, ", "harm": "want an instant such as 41.6, ",
		"0:75": "from 00 to 59", "1:75:00": "from 00 to 59", "1:5:00": "from 00 to 59", "0:5": "want an instant", "8d 5:00": "want an instant",
		"-5": "only goes forward", "-0:05": "want an instant", "1,5": "want an instant", "0:41.": "want an instant", ".": "want an instant",
		"0:41.6/0": "counted from 1, as in 0:41.6/1", "0:41.6/": "counted from 1", "0:41.6/+1": "counted from 1", "0:41.6/x": "counted from 1", "/1": "want an instant",
		"harm:0": "counted from 1, as in harm:1", "harm:-1": "counted from 1", "harm:+1": "counted from 1", "harm:": "counted from 1", "harm:x": "counted from 1",
		"99999d0:00:00": "too late", "9999999:00": "", "87601h": "too long", "99999999:00": "want an instant",
	} {
		_, err := parseMoment(text)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", text, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want something with %q", text, err, want)
		}
	}
}

// What the screen shows can be typed, and is that instant to a tenth of a second,
// or to a second from an hour on.
func TestWhatTheClockShowsCanBeTyped(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := someInstant(t)
		text := words.Clock(at)
		shown := at.Truncate(100 * time.Millisecond)
		if at >= time.Hour {
			shown = at.Truncate(time.Second)
		}
		if got, err := parseMoment(text); err != nil || got.at != shown {
			t.Fatalf("%s is read as %v, %v, want %v", text, got.at, err, shown)
		}
		if got, err := parseMoment(strings.Replace(text, " ", "", 1)); err != nil || got.at != shown {
			t.Fatalf("%s without its blank is read as %v, %v, want %v", text, got.at, err, shown)
		}
	})
}

// A line that reopens a moment reopens that very moment.
func TestAnInstantIsWrittenExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := someInstant(t)
		text := clock(at)
		if got, err := parseMoment(text); err != nil || got.at != at || quote(text) != text {
			t.Fatalf("%v is written %s and read as %v, %v", at, text, got.at, err)
		}
		if at%(100*time.Millisecond) == 0 && at < time.Hour && text != words.Clock(at) {
			t.Fatalf("%v is written %s, and shown as %s", at, text, words.Clock(at))
		}
	})
	for at, want := range map[time.Duration]string{
		0: "0:00.0", 6 * time.Second: "0:06.0", 41630 * time.Millisecond: "0:41.63", time.Hour: "1:00:00",
		time.Hour + 1: "1:00:00.000000001", 8*24*time.Hour + 5*time.Minute: "8d0:05:00",
	} {
		if got := clock(at); got != want {
			t.Errorf("%v is written %s, want %s", at, got, want)
		}
	}
}

// someInstant draws an instant of a run, mostly one that a person would look at.
func someInstant(t *rapid.T) time.Duration {
	unit := rapid.SampledFrom([]time.Duration{1, time.Microsecond, time.Millisecond, 100 * time.Millisecond, time.Second, time.Minute, time.Hour}).Draw(t, "unit")
	return time.Duration(rapid.Int64Range(0, int64(2*sim.MaxTime/unit)).Draw(t, "instant")) * unit % (2 * sim.MaxTime)
}

// Whatever is typed is a moment of a run, or a mistake that is answered.
func FuzzMoment(f *testing.F) {
	for _, text := range []string{"41.6", "0:41.6", "12:00.5", "1:00:00", "8d 0:05:00", "8d0:05:00", "harm:1", "harm:0", "1m30s", "-1", "", ":", "d", "0:60", "9999999:59.999999999", "1e9", "0:41.6/2", "1/0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m, err := parseMoment(text)
		switch {
		case err != nil && err.Error() == "":
			t.Error("a mistake without a word")
		case err != nil:
		case m.harm < 0 || m.harm == 0 && (m.at < 0 || m.at > latest):
			t.Errorf("%q is read as %+v", text, m)
		default:
			if again, err := parseMoment(m.String()); err != nil || again != m {
				t.Errorf("%q is read as %+v, written %s, and read as %+v, %v", text, m, m, again, err)
			}
		}
	})
}
