// Package check tries everything: it walks all worlds that a consumer can come to
// within bounds, by the menu and the step that a demonstration uses, and says which
// properties hold in all of them, or shows the shortest way to break one.
//
// A demonstration can flatter a broken consumer: chance may never strike in the one
// gap that matters. The search does not miss it, as long as it is within the bounds.
// It ignores time: a deadline may pass at any moment after it began, a message may
// be published at any moment. So what holds, holds for every visibility timeout,
// lease and nack delay, and what breaks may need a longer pause than any worker
// takes: see [Trace.Plan].
//
// # How
//
// [Search] goes breadth first over [sim.World.Enabled] and [sim.World.Do], one
// budget of faults after another: first everything that comes of no fault, then of
// one, and so on. A world that was met before is not gone into again, so the first
// path to each is the shortest: the fewest faults, then the fewest actions. Met
// before means an equal key ([sim.World.AppendKey]), all of it and no hash of it:
// "holds" should mean holds. The worlds themselves are not kept, only their keys,
// from which they are made again.
//
// Stuck is a world from which nothing quiet can be reached without another fault,
// however long one waits: a key that is kept for an hour is gone after an hour.
//
// A search shares nothing with other goroutines, and to have the race detector watch
// each access of it made it nine times slower. So what it does most, here, in sim and
// in broker, is marked go:norace; handlers and all else are watched.
//
// What holds, holds within the bounds ([Options]), and no further. A search that a
// bound on states or memory has stopped says so: what it has not decided, it does
// not claim.
package check
