// Package check tries everything: it walks all worlds that a consumer can come to
// within bounds, by the menu and the step that a demonstration uses, and says which
// properties hold in all of them, or shows the shortest way to break one.
//
// A demonstration can flatter a broken consumer: chance may never strike in the one
// gap that matters. The search does not miss it, as long as it is within the bounds.
// It ignores time: a deadline may pass at any moment after it began, a message may
// be published at any moment. So a property that holds, holds for every visibility
// timeout, lease and nack delay. A counterexample may need a longer pause than any
// worker takes: see [Trace.Plan].
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
// however long one waits: a lease that turns a message away for an hour is gone after an
// hour, see [sim.World.Expiry].
//
// # Sound
//
// Whatever a timeline shows under some faults, the search finds with those kinds and no
// more of them. Each strike counts: times: 3 is three. To outlast something that is kept
// for a time, and that nobody waits for, counts as one more, of the kind expire-key: a
// pause, copy or republish that waits past a retention is two faults. So "holds" without
// expire-key means as long as everything is kept for longer than the last retry. A test
// holds this for random handlers, queues and plans; DEJAVU_LONG=1 tries thousands.
//
// A search shares nothing with other goroutines, and to have the race detector watch
// each access of it made it nine times slower. So what it does most, here, in sim and
// in broker, is marked go:norace; handlers and all else are watched.
//
// What is searched is the lane: its messages, its workers, its queue. Who has no
// messages gets some that are made up, chosen by what the handler is seen to read and
// not by what is said of it: [MessagesFor]. Of a lane with many messages as many are
// searched as can be searched to the end, those first that a consumer may confuse.
//
// A result covers only the bounds ([Options]). A search that a bound on states or memory
// has stopped says so, and claims nothing about what it has not decided.
//
// A counterexample is a list of actions without times. [Trace.Plan] finds times at
// which the timeline shows it, with as many faults. Where there are none,
// [Trace.Obstacle] says what is in the way.
package check
