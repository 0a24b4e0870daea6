package fault

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Every seed that anyone has written down means these draws. If this test fails
// after an update of golang.org/x/exp, the update has changed the past: pin the
// old version, or say so to everyone who shares runs by their seeds.
func TestFirstDrawsOfEveryStreamStayAsTheyAre(t *testing.T) {
	for _, test := range []struct {
		seed     uint64
		id       string
		letter   int8
		delivery int
		want     string
	}{
		{0, "m1", 0, 1, "0.387519 0 0 0.257745 7a38ba7b4d019a9b"},
		{1, "m1", 0, 1, "0.786588 2 1 0.004919 765e0aa3b29852fd"},
		{1, "m2", 0, 1, "0.815442 1 0 0.575611 e974df0a5420c95b"},
		{1, "m1", 1, 1, "0.637510 2 1 0.445269 0ebb195d301712ad"},
		{1, "m1", 0, 2, "0.521776 2 0 0.635801 791ef3ef83b085d0"},
		{1, "m1", 0, 0, "0.041605 0 0 0.655718 bc40454e2c45c211"},
		{1 << 63, "order-4711", 25, 10_000, "0.923350 1 1 0.513073 1b5f0d451619e08a"},
	} {
		l := NewLuck(test.seed)
		l.rng.Uint64() // whatever was drawn before changes nothing
		l.about(test.id, test.letter, test.delivery)
		got := fmt.Sprintf("%.6f %d %d %.6f %016x", l.rng.Float64(), l.pick(3), l.pick(2), l.rng.Float64(), l.rng.Uint64())
		if got != test.want {
			t.Errorf("{%d, %q, %d, %d, %q},", test.seed, test.id, test.letter, test.delivery, got)
		}
	}
}

// The stream is read in one order, all of it every time: to change one rate
// changes what that kind does, and no other.
func TestChangingOneRateChangesNobodyElsesLuck(t *testing.T) {
	base := Rates{}
	for _, k := range Kinds() {
		base[k] = .3
	}
	for _, kind := range Kinds() {
		for _, rate := range []float64{0, .1, .9, 1} {
			changed := Rates{}
			for _, k := range Kinds() {
				changed[k] = base[k]
			}
			changed[kind] = rate
			before, after := base.Odds(), changed.Odds()
			l := NewLuck(42)
			for n := range 500 {
				id := fmt.Sprintf("m%d", n)
				a, b := l.Attempt(&before, id, 0, 1), l.Attempt(&after, id, 0, 1)
				without(kind, &a)
				without(kind, &b)
				if a != b {
					t.Fatalf("%s from 0.3 to %v: %s draws %+v, before %+v", kind, rate, id, b, a)
				}
				c, d := l.Message(&before, id), l.Message(&after, id)
				without(kind, &c)
				without(kind, &d)
				late := l.Alone(Delay, before.Rate(Delay), id) != l.Alone(Delay, after.Rate(Delay), id)
				if c != d || kind != Delay && late {
					t.Fatalf("%s from 0.3 to %v: %s is copied, delayed or published again otherwise", kind, rate, id)
				}
			}
		}
	}
}

// without forgets whether a draw hit one kind.
func without(kind Kind, d *Draw) {
	d.hits &^= 1 << slices.Index(Kinds(), kind)
}

// Streams of messages and deliveries that look alike have nothing in common: a
// rate is met closely by every family of names.
func TestRatesAreMetByEveryFamilyOfStreams(t *testing.T) {
	const n, p = 20_000, .05
	families := map[string]func(l *Luck, i int){
		"seeds":      func(l *Luck, i int) { l.Seed = uint64(i); l.about("m1", 0, 1) },
		"messages":   func(l *Luck, i int) { l.about(fmt.Sprintf("m%d", i), 0, 1) },
		"deliveries": func(l *Luck, i int) { l.about("m1", 0, i) },
		"copies":     func(l *Luck, i int) { l.about(fmt.Sprintf("m%d", i/25), int8(i%25+1), 1) },
		"names":      func(l *Luck, i int) { l.about(strings.Repeat("a", i%100)+fmt.Sprint(i), 0, 1) },
	}
	for name, begin := range families {
		l := NewLuck(7)
		hits, points := 0, [3]int{}
		for i := range n {
			begin(l, i)
			if l.chance(p) {
				hits++
			}
			points[l.pick(3)]++
		}
		if hits < 850 || hits > 1150 { // 1000, give or take 5 standard deviations
			t.Errorf("%s: %d of %d at 5%%", name, hits, n)
		}
		for at, count := range points {
			if count < n/3-350 || count > n/3+350 {
				t.Errorf("%s: point %d is drawn %d times of %d", name, at, count, n)
			}
		}
	}
}
