package sim

import (
	"golang.org/x/exp/rand" //lint:ignore SA1019 the project's given source of chance; pinned, and its first draws are held by a golden test
)

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
