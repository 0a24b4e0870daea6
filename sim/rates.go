package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/exp/rand" //lint:ignore SA1019 the project's given source of chance; pinned, and its first draws are held by a golden test
)

// Rates are probabilities of faults, from 0 to 1, by kind: per delivery for those
// that strike an attempt, per message for the others: what befalls all processes or
// the stores does so within half a minute of its publish. What strikes a
// delivery is drawn from (seed, message, delivery) alone, so it is the same in
// every lane. A nil map draws nothing.
type Rates map[FaultKind]float64

// Validate says which rate cannot be, and why.
func (r Rates) Validate() error {
	known := 0
	for _, k := range FaultKinds() {
		rate, set := r[k]
		if set {
			known++
		}
		if !(rate >= 0 && rate <= 1) {
			return fmt.Errorf("rate of %s is %v: 0%% to 100%%", k, rate)
		}
	}
	if known != len(r) {
		return fmt.Errorf("rates draw %s, and nothing else", strings.Join(FaultNames(), ", "))
	}
	return nil
}

// Any reports whether anything is left to chance.
func (r Rates) Any() bool {
	return slices.ContainsFunc(FaultKinds(), func(k FaultKind) bool { return r[k] > 0 })
}

// String returns the rates as --rates takes them: lose-ack=5%,crash=3%.
func (r Rates) String() string {
	var parts []string
	for _, k := range FaultKinds() {
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
		kind := FaultKind(name)
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

// drawnPoints are where a drawn crash or pause strikes. Every consumer has them.
var drawnPoints = [...]struct{ before, after string }{
	{before: PointEffect}, {after: PointEffect}, {before: PointAck},
}

// rateTable is Rates without the map, for the inner loop.
type rateTable struct {
	of                 [len(faults)]float64
	attempts, messages bool // whether any of that sort is set; messages: of those that renew
	world              bool
	last               int // the last that is set: what a stream would say of those behind it nobody asks
}

func (r Rates) table() rateTable {
	var t rateTable
	for i := range faults {
		t.of[i] = r[faults[i].Kind]
		t.attempts = t.attempts || t.of[i] > 0 && faults[i].Strikes == AtAttempt
		t.world = t.world || t.of[i] > 0 && faults[i].Strikes == AtWorld
		if t.of[i] > 0 {
			t.last = i
		}
		t.messages = t.messages || t.of[i] > 0 && faults[i].Renews
	}
	return t
}

func (t *rateTable) rate(k FaultKind) float64 {
	return t.of[slices.IndexFunc(faults[:], func(r FaultInfo) bool { return r.Kind == k })]
}

// draw is what chance does to one attempt, or to a message itself. The stream is read
// in one order, up to the last kind that may strike, so that a change of one rate changes the luck of
// no other.
type draw struct {
	hits uint32            // by place in the table
	way  [len(faults)]int8 // the point at which it strikes, or which of its actions
}

// attempt draws for one delivery of a broker message.
func (l *luck) attempt(t *rateTable, id string, letter int8, delivery int) (d draw) {
	l.about(id, letter, delivery)
	for i := range faults[:t.last+1] {
		if row := &faults[i]; row.Strikes == AtAttempt {
			l.draw(&d, t, i)
			if row.Usual.Before != "" {
				d.way[i] = int8(l.pick(len(drawnPoints)))
			}
		}
	}
	return d
}

// message draws for a message itself: what other broker messages come of it.
func (l *luck) message(t *rateTable, id string) (d draw) {
	l.about(id, 0, 0)
	for i := range faults[:t.last+1] {
		if row := &faults[i]; row.Renews {
			l.draw(&d, t, i)
			if len(row.Actions) > 1 {
				d.way[i] = int8(l.pick(len(row.Actions)))
			}
		}
	}
	return d
}

func (l *luck) draw(d *draw, t *rateTable, i int) {
	if l.chance(t.of[i]) {
		d.hits |= 1 << i
	}
}

// each yields the faults that came up, in the order of the table.
func (d *draw) each(yield func(Fault) bool) {
	for i := range faults {
		if d.hits&(1<<i) == 0 {
			continue
		}
		row := &faults[i]
		f := Fault{Kind: row.Kind, For: row.Usual.For, Drawn: true}
		if row.Renews {
			f.NewID = d.way[i] == 1
		} else if row.Usual.Before != "" {
			f.Before, f.After = drawnPoints[d.way[i]].before, drawnPoints[d.way[i]].after
		}
		if !yield(f) {
			return
		}
	}
}

// first returns the first fault that came up.
func (d *draw) first() (first Fault, found bool) {
	d.each(func(f Fault) bool {
		first, found = f, true
		return false
	})
	return first, found
}

// alone draws whether a kind of fault comes up for a message, from a stream of its
// own: what is drawn there changes no other kind.
func (l *luck) alone(kind FaultKind, rate float64, id string) bool {
	l.about(string(kind)+" "+id, 0, 0)
	return l.chance(rate)
}

// luck draws by seed, message and delivery: each attempt has a stream of its own,
// so what strikes it is the same in every lane, whatever the lanes did before.
type luck struct {
	seed uint64
	pcg  rand.PCGSource
	rng  *rand.Rand
}

func newLuck(seed uint64) *luck {
	l := &luck{seed: seed}
	l.rng = rand.New(&l.pcg)
	return l
}

// about begins the stream of one delivery of the broker message with a name;
// delivery 0 is the message itself.
func (l *luck) about(id string, letter int8, delivery int) {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	h = mix(h ^ mix(l.seed))
	h = mix(h + uint64(letter)<<32 + uint64(delivery))
	l.pcg.Seed(h)
}

// mix is the finaliser of SplitMix64: it spreads near seeds far apart.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance draws whether something with a probability happens.
// It is what rand.Float64 draws, without asking what the source is.
func (l *luck) chance(p float64) bool { return float64(l.pcg.Uint64()&(1<<53-1))/(1<<53) < p }

// pick draws a number from 0 to n-1.
func (l *luck) pick(n int) int { return int(l.rng.Uint64n(uint64(n))) }
