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
// Check says "holds within these bounds", what it has tried and what it has not, and
// no more.
//
// # What is sent, and how
//
// [Deliver] sends messages of your own: a handler that decodes m.Body needs it.
//
//	simtest.Check(t, mine,
//		simtest.Deliver(simtest.Message{Key: "order-7", Body: `{"order":7}`}),
//		simtest.Broker("sqs-standard"))
//
// Both Check and Sweep take
//   - [Deliver] or [Messages]: the messages, or only how many there are
//   - [Business]: what the handler does, sim.Card, sim.Mail or sim.Stock
//   - [Broker] or [Queue]: how the queue behaves, by name or field by field
//   - [Visibility] and [Times]: how long the queue hides a message, and how long
//     effects, stores and restarts take
//   - [Workers] and [Threads]: how many compete, and how many share a process
//   - [Properties]: what must hold
//
// Check alone takes [Faults], [Kinds], [MaxStates] and [MaxBytes], which bound the search;
// Sweep alone takes [Rates].
//
// # When it fails
//
// A failure tells what happened in plain words, a line an event, with a mark at what
// went wrong and the line of the handler; then the shortest plan, as dejavu's --with
// takes it, and the other faults of which a single one does the same; then one line
// that repeats it:
//
//	DEJAVU_PLAN='crash:m1/after-effect' go test -run '^TestMyConsumer$'
//
// In a module whose main calls cli.Main with the consumer, another line opens it on the
// screen, beside the consumer's own source. There is none where no scenario comes to the
// same, as with other [Times], and for a [Handler], which is no consumer of a simulation.
//
// A handler that does not even work when nothing goes wrong fails before anything is
// tried, with its first error or panic: of such a one everything would hold. A search
// that a bound stopped before it knew fails as not decided.
//
// A handler is a function of its message and of what p answers. One that asks a clock,
// a random number or the order of a map, keeps state in Go variables, or takes a step in
// another goroutine breaks a rule, and fails with the line at which it does.
//
// # A handler of your own
//
// [Handler] searches a real handler, with its real SQL and its real HTTP, in the same way. A
// function makes a worker process, in which everything dies with a crash; [Env] hands it
// its database and its HTTP client:
//
//	func TestCharge(t *testing.T) {
//		simtest.Handler(t, func(env *simtest.Env) simtest.HandlerFunc {
//			s := &Service{DB: env.DB("sqlite", dsn), Client: &http.Client{Transport: env.Transport(simtest.Serve(bank))}}
//			return func(ctx context.Context, m simtest.Message) error { return s.Charge(ctx, m.Key) }
//		},
//			simtest.Fresh(func() error { bank.Reset(); _, err := db.Exec("DELETE FROM payments"); return err }),
//			simtest.ExactlyOnce(bank.Effects))
//	}
//
// At each statement, commit and request the process can crash, the operation can fail or lose its reply, the
// context can be cancelled, or a second delivery can run; and acks can be lost. Handler
// takes [Deliver], [Messages], [Broker], [Queue] and [Faults] as Check does, and
//   - [Fresh]: makes the stores as new
//   - [ExactlyOnce] and [Holds]: what must hold at the end, and [See]: what a report shows
//   - [Switches], [Within], [Ignore] and [Without]: bounds
//   - [Expire]: leases, and [Bubble]: goroutines, sleeps and backoff
//
// A handler whose schedules differ though nothing else does is not decided; the
// failure names both places, and what to do. What may differ is what stands in literals
// and arguments. Package handler, below this one, says how it works, and its limits; the
// module examples has a payment service in five versions and adapters for six libraries.
//
// # Environment
//
// There are no flags, so nothing is in the way of those of a test.
//
//   - DEJAVU_PLAN makes Check play one plan on the timeline instead of searching:
//     faults separated by ";", and publish:m2,at=30s where a message comes at
//     another time than usual. A Handler plays one such as crash:m1/before-4-update.
//   - DEJAVU_SEED makes Sweep play one seed.
//   - DEJAVU_UPDATE=1 makes Golden rewrite its files.
//
// Everything is deterministic: what failed once fails again, on every machine.
//
// All of it can be run with -race, for about four times the time.
//
// What a Handler finds is kept in testdata/dejavu, beside the test, and tried first.
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
