package words

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"dejavu/sim"
)

func TestMoneyReadsAsPeopleWriteIt(t *testing.T) {
	for cents, want := range map[int64]string{
		0: "$0", 1500: "$15", 1250: "$12.50", 5: "$0.05", -300: "-$3",
		1_000_000: "$10,000", 123_456_789: "$1,234,567.89",
	} {
		if got := Money(cents); got != want {
			t.Errorf("Money(%d) = %s, want %s", cents, got, want)
		}
	}
}

func TestMoneyIsTooMuchAndItemsAreTooMany(t *testing.T) {
	for b, want := range map[sim.Business]string{sim.Card: "too much", sim.Mail: "too many", sim.Stock: "too many"} {
		if got := TooMuch(b); got != want {
			t.Errorf("%s: %s, want %s", b, got, want)
		}
	}
}

func TestAmountCountsInTheUnitOfTheBusiness(t *testing.T) {
	for _, c := range []struct {
		b    sim.Business
		n    int64
		want string
	}{
		{sim.Card, 1500, "$15"}, {sim.Mail, 1, "1 mail"}, {sim.Mail, 3, "3 mails"},
		{sim.Stock, 0, "0 items"}, {sim.Stock, 12345, "12,345 items"},
	} {
		if got := Amount(c.b, c.n); got != c.want {
			t.Errorf("Amount(%s, %d) = %s, want %s", c.b, c.n, got, c.want)
		}
	}
}

func TestClockAndLengthReadAsPeopleSayThem(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00.0", 6010 * time.Millisecond: "0:06.0", 42 * time.Second: "0:42.0", 75*time.Second + 560*time.Millisecond: "1:15.5",
		time.Hour: "1:00:00", 8*24*time.Hour + 5*time.Minute: "8d 0:05:00",
	} {
		if got := Clock(d); got != want {
			t.Errorf("Clock(%v) = %s, want %s", d, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		30 * time.Second: "30 s", 8 * 24 * time.Hour: "8 d", time.Millisecond: "1 ms",
		90 * time.Second: "1m30s", 1500 * time.Millisecond: "1.5 s", 10 * time.Minute: "10 min",
	} {
		if got := Length(d); got != want {
			t.Errorf("Length(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestPlacesEndAsInEnglish(t *testing.T) {
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 4: "4th", 11: "11th", 12: "12th", 13: "13th", 21: "21st", 102: "102nd", 111: "111th"} {
		if got := Nth(n); got != want {
			t.Errorf("nth(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestWrappingLosesNoWordAndFitsTheWidth(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfN(rapid.StringMatching(`[a-z→$×]{1,12}`), 1, 30).Draw(t, "words")
		var s Line
		for _, word := range all {
			s.Add(Meaning(rapid.IntRange(0, 5).Draw(t, "meaning")), word)
		}
		columns := rapid.IntRange(12, 60).Draw(t, "columns")
		var got []string
		for _, line := range s.Wrap(columns) {
			if line.Width() > columns {
				t.Fatalf("%q is wider than %d", line.Plain(), columns)
			}
			got = append(got, strings.Fields(line.Plain())...)
		}
		if a, b := strings.Join(got, " "), strings.Join(all, " "); a != b {
			t.Fatalf("wrapped %q, want %q", a, b)
		}
	})
}

func TestAWordLongerThanTheLineIsCutAndNotLost(t *testing.T) {
	s := Say(Plain, "abcdefghij").And(Plain, "kl")
	var got []string
	for _, line := range s.Wrap(4) {
		got = append(got, line.Plain())
	}
	if joined := strings.Join(got, "|"); joined != "abcd|efgh|ij|kl" && joined != "abcd|efgh|ij kl" {
		t.Errorf("got %s", joined)
	}
}

func TestANumberStandsWithItsNoun(t *testing.T) {
	for _, c := range []struct {
		n    int
		noun string
		want string
	}{
		{1, "fault", "1 fault"}, {0, "fault", "0 faults"}, {15_741, "state", "15,741 states"},
		{2, "delivery", "2 deliveries"}, {1, "delivery", "1 delivery"}, {3, "key", "3 keys"},
	} {
		if got := Count(c.n, c.noun); got != c.want {
			t.Errorf("Count(%d, %s) = %s, want %s", c.n, c.noun, got, c.want)
		}
	}
}

func TestAListNeverSaysOneMore(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for n, want := range []string{"", "a", "a b", "a b c", "a b c and 2 more"} {
		if n == 4 {
			n = 5
		}
		if got := Few(names[:n], 3, " "); got != want {
			t.Errorf("Few of %d = %q, want %q", n, got, want)
		}
	}
	if got := Few(names[:4], 3, " "); got != "a b c d" {
		t.Errorf("Few of 4 = %q: there is room for one more", got)
	}
}

func TestAListReadsAsASentence(t *testing.T) {
	for want, names := range map[string][]string{"": nil, "a": {"a"}, "a and b": {"a", "b"}, "a, b and c": {"a", "b", "c"}} {
		if got := Listed(names); got != want {
			t.Errorf("Listed(%q) = %q, want %q", names, got, want)
		}
	}
}

func TestATextHangsBehindItsLabel(t *testing.T) {
	s := Layout{Width: 30}
	if got, want := s.Hung("Bounds: ", Say(Plain, "up to two faults of any kind there is")), "Bounds: up to two faults of\n        any kind there is\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	s.Width = 0
	if got, want := s.Hung("> ", Say(OK, "as  it stands")), "> as  it stands\n"; got != want {
		t.Errorf("unbroken %q, want %q", got, want)
	}
}
func TestQuantitiesAreWrittenAsPeopleReadThem(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{Latency(0), "0 ms"}, {Latency(45 * time.Millisecond), "45 ms"}, {Latency(999 * time.Millisecond), "999 ms"},
		{Latency(999600 * time.Microsecond), "1.0 s"}, {Latency(1049 * time.Millisecond), "1.0 s"}, {Latency(90 * time.Second), "90.0 s"}, {Latency(150 * time.Second), "2.5 min"},
		{Bytes(0), "0 B"}, {Bytes(208), "208 B"}, {Bytes(9_999), "9,999 B"}, {Bytes(20_800), "20.8 kB"}, {Bytes(12_300_000), "12.3 MB"},
		{Remembers(sim.Remembered{}), "nothing"}, {Remembers(sim.Remembered{Entries: 1, Bytes: 52}), "1 id, 52 B"},
		{Remembers(sim.Remembered{Entries: 1200, Bytes: 62_400}), "1,200 ids, 62.4 kB"},
	} {
		if test.got != test.want {
			t.Errorf("%q, want %q", test.got, test.want)
		}
	}
}
