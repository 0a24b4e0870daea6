package sim

// Player is a run being watched: the world after its first n entries, for any n.
// Going forward takes what lies between; going back begins again, for about
// 0.2 µs an entry.
type Player struct {
	run   *Run
	world *World
	at    int
}

// Player returns a player of the run, at its beginning.
func (r *Run) Player() *Player { return &Player{run: r, world: r.begin()} }

// At returns the world after the first n entries. It is to be looked at only, and
// until At is called again.
func (p *Player) At(n int) *World {
	if n < p.at {
		p.world, p.at = p.run.begin(), 0
	}
	var out Outcome
	for ; p.at < n; p.at++ {
		if e := p.run.Entry(p.at); e.Kind != Nothing {
			p.world.do(e.Action, &out)
			p.world.release(&out)
		}
	}
	return p.world
}
