// Package simtest proves a consumer in an ordinary go test: Check tries every
// crash, copy and lost ack within bounds, Sweep tries thousands of seeds, and
// Golden holds what is told of a run to a file.
//
//	func TestMyConsumer(t *testing.T) {
//		simtest.Check(t, mine)       // exhaustive, within bounds
//		simtest.Sweep(t, mine, 1000) // seeds 1 to 1000
//	}
//
// A demonstration can flatter a consumer, and so can a seed; the search cannot.
// Check says "holds within these bounds", and no more.
//
// # When it fails
//
// A failure tells what happened in plain words, a line an event, with a mark at what
// went wrong; then the shortest plan, as dejavu's --with takes it; then one line
// that repeats it:
//
//	DEJAVU_PLAN='crash:m1/after-effect' go test -run '^TestMyConsumer$'
//
// # Environment
//
// There are no flags, so nothing is in the way of those of a test.
//
//   - DEJAVU_PLAN makes Check play one plan on the timeline instead of searching:
//     faults separated by ";", and publish:m2,at=30s where a message comes at
//     another time than usual.
//   - DEJAVU_SEED makes Sweep play one seed.
//   - DEJAVU_UPDATE=1 makes Golden rewrite its files.
//
// Everything is deterministic: what failed once fails again, on every machine.
//
// The package pulls in nothing that draws on a terminal.
package simtest

// TB is what this package needs of a test: *testing.T, *testing.B, *testing.F and
// *rapid.T all have it. If it has a method Name as well, as those do, a failure
// names the test that repeats it.
type TB interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}
