package sim

import "slices"

// Player is a run being watched: the world after its first n entries, for any n.
// Going forward takes what lies between, for about 0.2 µs an entry. Going back begins
// again, in a long run from the last place that was kept on the way.
//
// A place that is kept is a clone, and that shares the handler's steps. So whoever keeps
// places gives no steps back, as a search does not.
type Player struct {
	run   *Run
	world *World
	at    int
	kept  places[*World]
	taken int // entries taken so far, those taken again included
}

// Player returns a player of the run, at its beginning.
func (r *Run) Player() *Player {
	return &Player{run: r, world: r.begin(), kept: placesOf[*World](r)}
}

// At returns the world after the first n entries. It is to be looked at only, and
// until At is called again.
func (p *Player) At(n int) *World {
	if at, w := p.kept.before(n); at > p.at || n < p.at {
		if p.at = at; at > 0 {
			p.world = w.Clone()
		} else {
			p.world = p.run.begin()
		}
	}
	var out Outcome
	for ; p.at < n; p.at++ {
		if p.kept.due(p.at) {
			p.kept.keep(p.at, p.world.Clone())
		}
		if e := p.run.Entry(p.at); e.Kind != Nothing {
			p.world.do(e.Action, &out)
			if !p.kept.any {
				p.world.release(&out)
			}
		}
		p.taken++
	}
	return p.world
}

// places are what somebody who goes through a run keeps on the way, to come back to:
// few of them, however long the run is.
type places[T any] struct {
	any   bool // the run is long enough to keep any
	every int  // entries between two
	all   []T
}

const (
	placeEvery = 8192 // entries between two places, in a run that is not very long
	mostPlaces = 32   // of one who goes through a run: with more, every other one is dropped
)

func placesOf[T any](r *Run) places[T] {
	return places[T]{any: r.Len() > placeEvery, every: placeEvery}
}

// due reports whether a place is to be kept after n entries.
func (p *places[T]) due(n int) bool { return p.any && n == p.every*(len(p.all)+1) }

// keep keeps a place that is due.
func (p *places[T]) keep(n int, place T) {
	p.all = append(p.all, place)
	if len(p.all) < mostPlaces {
		return
	}
	left := p.all[:0]
	for i := 1; i < len(p.all); i += 2 {
		left = append(left, p.all[i])
	}
	clear(p.all[len(left):])
	p.all, p.every = slices.Clip(left), 2*p.every
}

// before returns the last place that was kept after at most n entries. At 0 there is
// none: it is the beginning.
func (p *places[T]) before(n int) (at int, place T) {
	if len(p.all) > 0 && n >= p.every {
		k := min(n/p.every, len(p.all))
		return k * p.every, p.all[k-1]
	}
	return 0, place
}
