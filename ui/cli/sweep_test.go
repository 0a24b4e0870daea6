package cli

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"dejavu/ui/sweep"
)

func TestAShareIsNeverRoundedToNoneOrAll(t *testing.T) {
	for _, c := range []struct {
		n, all uint64
		want   string
	}{{0, 10, "0"}, {10, 10, "100"}, {1, 2, "50"}, {1, 3, "33.3"}, {1, 100_000, "0.001"}, {99_999, 100_000, "99.999"}, {1, 1_000_000_000, "some"}} {
		if got := percent(c.n, c.all); got != c.want {
			t.Errorf("%d of %d is %s %%, want %s", c.n, c.all, got, c.want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.Uint64Range(1, sweep.MaxSeeds).Draw(t, "all")
		n := rapid.Uint64Range(0, all).Draw(t, "n")
		if got := percent(n, all); (got == "0") != (n == 0) || (got == "100") != (n == all) {
			t.Fatalf("%d of %d is %s %%", n, all, got)
		}
	})
}

func TestTheSpreadHasABarForEveryNumberOfMessages(t *testing.T) {
	h := &sweep.Damage{Messages: []sweep.Bar{{Messages: 0, Runs: 80}, {Messages: 1, Runs: 10}, {Messages: 3, Runs: 1}}}
	if got, want := spread(h), "0 \u2588\u2582\u00b7\u2581 3 a run"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	h.Messages = append(h.Messages, sweep.Bar{Messages: 9000, Runs: 1})
	if got := spread(h); len([]rune(got)) > 60 || !strings.HasSuffix(got, " 9000 a run") {
		t.Errorf("%q is too long to be shown", got)
	}
}

func TestSeedsAndShardsAreReadStrictly(t *testing.T) {
	for text, ok := range map[string]bool{"1..1000": true, "7": true, "0..0": true, "": false, "1..": false, "..2": false, "2..1": false, "-1..2": false, "1..2..3": false, "0..18446744073709551615": false} {
		if _, err := parseSeeds(text); (err == nil) != ok {
			t.Errorf("seeds %q: %v", text, err)
		}
	}
	for text, ok := range map[string]bool{"": false, "1/1": true, "2/4": true, "0/4": false, "5/4": false, "1": false, "1/": false, "a/b": false, "1/9999999": false} {
		if _, _, err := parseShard(text); (err == nil) != ok {
			t.Errorf("shard %q: %v", text, err)
		}
	}
}
