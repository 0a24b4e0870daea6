// Package ladder is break: you are the network, and harm a consumer with few faults.
//
// A [Level] is a consumer, a goal, a budget of faults and the kinds that the network has
// there. The levels of the ladder are one table; each teaches one gap. Any consumer of
// the catalogue is a level by itself, see [Of].
//
// A [Puzzle] is a level that was opened. What the search finds within the same bounds is
// its answer: the fewest faults, then the fewest actions, or that nobody can. So hints
// and par are computed, and never written down beside the level.
//
// [Lines] plays it by typed commands. The screen of package play does the same with keys.
package ladder
