// Package whatif tries what else could go wrong in a story: what a person may add, what
// they have added or taken away, and how that story ends otherwise.
//
// An [Offer] is tried before it is made: every lane runs again with one more fault, and
// the offer stands only if that strikes and leaves what has happened as it was. [Edits]
// are what was changed by hand, and can say so in flags. A [Difference] sets the two
// endings side by side.
//
// It reads attempts, stops and marks from ui/story and knows nothing of how those are
// narrated.
package whatif
