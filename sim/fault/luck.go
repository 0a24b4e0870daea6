package fault

import (
	"iter"
	"math/bits"
	"slices"
	"time"

	"golang.org/x/exp/rand" //lint:ignore SA1019 the project's given source of chance; pinned, and its first draws are held by a golden test
)

// Odds are Rates without the map, for the inner loop.
type Odds struct {
	Attempts, Messages bool // whether any of that sort is set; Messages: of those that renew
	World              bool
	of                 [len(table)]float64
	last               int // the last that is set: what a stream would say of those behind it nobody asks
}

// Odds returns the rates without the map.
func (r Rates) Odds() Odds {
	var o Odds
	for i := range table {
		o.of[i] = r[table[i].Kind]
		o.Attempts = o.Attempts || o.of[i] > 0 && table[i].Strikes == AtAttempt
		o.World = o.World || o.of[i] > 0 && table[i].Strikes == AtWorld
		if o.of[i] > 0 {
			o.last = i
		}
		o.Messages = o.Messages || o.of[i] > 0 && table[i].Renews
	}
	return o
}

// Rate returns the probability of a kind.
func (o *Odds) Rate(k Kind) float64 {
	return o.of[slices.IndexFunc(table[:], func(r Info) bool { return r.Kind == k })]
}

// Luck draws by seed, message and delivery: each attempt has a stream of its own,
// so what strikes it is the same in every lane, whatever the lanes did before.
type Luck struct {
	Seed uint64
	pcg  rand.PCGSource
	rng  *rand.Rand
}

// NewLuck returns the luck of a seed.
func NewLuck(seed uint64) *Luck {
	l := &Luck{Seed: seed}
	l.rng = rand.New(&l.pcg)
	return l
}

// Draw is what chance does to one attempt, or to a message itself. The stream is read
// in one order, up to the last kind that may strike, so that a change of one rate changes the luck of
// no other.
type Draw struct {
	hits uint32           // by place in the table
	way  [len(table)]int8 // the point at which it strikes, or which of its actions
}

// drawnPoints are where a drawn crash or pause strikes. Every consumer has them.
var drawnPoints = [...]struct{ before, after string }{
	{before: PointEffect}, {after: PointEffect}, {before: PointAck},
}

// Attempt draws for one delivery of a broker message.
func (l *Luck) Attempt(o *Odds, id string, letter int8, delivery int) (d Draw) {
	l.about(id, letter, delivery)
	for i := range table[:o.last+1] {
		if row := &table[i]; row.Strikes == AtAttempt {
			l.draw(&d, o, i)
			if row.Usual.Before != "" {
				d.way[i] = int8(l.pick(len(drawnPoints)))
			}
		}
	}
	return d
}

// Message draws for a message itself: what other broker messages come of it.
func (l *Luck) Message(o *Odds, id string) (d Draw) {
	l.about(id, 0, 0)
	for i := range table[:o.last+1] {
		if row := &table[i]; row.Renews {
			l.draw(&d, o, i)
			if len(row.Actions) > 1 {
				d.way[i] = int8(l.pick(2)) // under the same message ID, or a new one
			}
		}
	}
	return d
}

func (l *Luck) draw(d *Draw, o *Odds, i int) {
	if l.chance(o.of[i]) {
		d.hits |= 1 << i
	}
}

// Hits reports whether anything came up.
func (d *Draw) Hits() bool { return d.hits != 0 }

// First returns the first fault that came up, in the order of the table.
func (d *Draw) First() Fault { return d.fault(d.hits) }

// Each yields the faults that came up, in the order of the table.
func (d *Draw) Each(yield func(Fault) bool) {
	for hits := d.hits; hits != 0 && yield(d.fault(hits)); hits &= hits - 1 {
	}
}

// fault returns the first fault of some that came up.
func (d *Draw) fault(hits uint32) Fault {
	i := bits.TrailingZeros32(hits)
	row := &table[i]
	f := Fault{Kind: row.Kind, For: row.Usual.For, Drawn: true}
	if row.Renews {
		f.NewID = d.way[i] == 1
	} else if row.Usual.Before != "" {
		f.Before, f.After = drawnPoints[d.way[i]].before, drawnPoints[d.way[i]].after
	}
	return f
}

// Faults that strike the world are drawn at a publish, to strike up to half a
// minute later.
const (
	drawnWithin = 30 * time.Second
	drawnEvery  = 500 * time.Millisecond
)

// World draws which faults strike the world after the publish of a message at a time.
func (l *Luck) World(o *Odds, id string, at time.Duration) iter.Seq[Fault] {
	return func(yield func(Fault) bool) {
		for i := range table {
			row := &table[i]
			if row.Strikes != AtWorld || o.of[i] == 0 {
				continue
			}
			after, strikes := l.world(row.Kind, o.of[i], id)
			f := Fault{Kind: row.Kind, At: at + after, Join: row.Kind == Rebalance && l.pick(2) == 1, Drawn: true}.Normal()
			if strikes && !yield(f) {
				return
			}
		}
	}
}

// world draws whether a fault strikes the world, and how long after a publish.
func (l *Luck) world(kind Kind, rate float64, id string) (after time.Duration, strikes bool) {
	strikes = l.Alone(kind, rate, id)
	return time.Duration(l.pick(int(drawnWithin/drawnEvery))+1) * drawnEvery, strikes
}

// Alone draws whether a kind of fault comes up for a message, from a stream of its
// own: what is drawn there changes no other kind.
func (l *Luck) Alone(kind Kind, rate float64, id string) bool {
	l.about(string(kind)+" "+id, 0, 0)
	return l.chance(rate)
}

// about begins the stream of one delivery of the broker message with a name;
// delivery 0 is the message itself.
func (l *Luck) about(id string, letter int8, delivery int) {
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(id) {
		h = (h ^ uint64(id[i])) * 1099511628211
	}
	h = Mix(h ^ Mix(l.Seed))
	h = Mix(h + uint64(letter)<<32 + uint64(delivery))
	l.pcg.Seed(h)
}

// Mix is the finaliser of SplitMix64: it spreads near seeds far apart.
func Mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// chance draws whether something with a probability happens.
// It is what rand.Float64 draws, without asking what the source is.
func (l *Luck) chance(p float64) bool { return float64(l.pcg.Uint64()&(1<<53-1))/(1<<53) < p }

// pick draws a number from 0 to n-1.
func (l *Luck) pick(n int) int { return int(l.rng.Uint64n(uint64(n))) }
