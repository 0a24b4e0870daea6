// Package sim shows what happens when a message arrives twice: a run is a list
// of actions, taken one by one by a world of plain data.
//
// At any moment a [World] offers a menu of actions ([World.Enabled]), and
// [World.Do] takes one; nothing else changes it. A seeded clock, a script, a
// person at the keyboard and an exhaustive search are four schedulers choosing
// from the same menu. So replay, rewind, fork, share and golden tests are all
// operations on a list, and the demonstration and the proof run the same code.
//
// # Reading
//
//   - [Proc] is the vocabulary in which a consumer is written. Read it first,
//     and a file of package consumers beside it.
//   - [dejavu/sim/program.Program]: a handler becomes a tree of steps, so that a crash can fall
//     between any two, and a worker's whole state is one number.
//   - [Tx], [Database]: a transaction, the locks on rows and names, and what becomes of it
//     after an error; [dejavu/sim/program.Tx.Ack] where the queue is a table beside.
//   - [dejavu/sim/program.Tx.Enqueue], [Consumer].Relay: an outbox table, and the second
//     handler that is handed what lies there. [dejavu/sim/program.Tx.EnqueuePart]: a row for
//     one effect of several. [Consumer].Cursor: it marks no rows, and follows their numbers.
//   - [Owed].NotBefore: a message that is held, unacked, until its time. The timeline knows
//     when that is; in a search it comes at any time.
//   - [Owed].Owes: a message that stands for the debt of an earlier one. [World.Owed] says
//     which debt a message counts for, [World.Listed] which one of the list it is.
//   - [BusinessInfo].LastWins: a status, which each message of a group sets. Stale is what is
//     set over something newer; it breaks [NeverTwice], as what is done twice does elsewhere.
//     A transaction that has set one has its row locked.
//   - [World], [Action], [Outcome]: what there is, what can happen, what it did.
//   - [Fault], [Rates]: trouble that means the same to every consumer, written
//     down or drawn by a seed.
//   - [Timeline] says when each action is due. Time belongs to it: a world has
//     no clock.
//   - [Simulate] runs a [Lane] (one consumer, its queue, its messages, its
//     trouble) and returns a [Run]: the list of actions, and the events that
//     tell what they did and why.
//   - [Tally] keeps the verdicts of a run alone, and [Reruns] those of one seed after
//     another: what no seed changes is made once.
//   - [Verdict]: what became of each thing owed, read from the ledger of the
//     outside world. [Costs]: what the strategy had to remember for that, and what
//     it added to a message.
//
// # Twice, and why
//
// Delivery is at least once: the queue hands a message out again whenever it
// cannot know that it was handled. Whether it takes effect again is up to the
// consumer, and to where the effect lies ([Business]): a row in its own database
// can be rolled back together with its record of the message, a charge cannot.
//
// # What runs out
//
// An entry of the cache and a row of InsertFor have a lifetime, and so has an idempotency
// key at the receiver ([Lane].BankKeys). The timeline knows when each ends. A world does
// not: it says what it takes for one to end ([World.Expiry]), and compares no lengths.
//
//   - What turns messages away runs out free once its writer is gone: a message that
//     comes again and is turned away again outlives any length. While its writer is at
//     work in the same attempt, that is the fault that it overran.
//   - Everything else is kept for its whole lifetime. That a run outlasts one is a fault:
//     a done-mark, a lease that has turned nobody away, a key at the bank. A pause of 25
//     hours past a retention is two faults: it overran, and it outlasted what is kept.
//   - A key at the bank turns away who asks for something else under it, where the bank
//     compares bodies ([Bank]): then it runs out free, as any other does.
//   - Something turns an attempt away if the attempt has found it and gives its message
//     back, and the next attempt will do the same for as long as it is there. An attempt
//     that met an error of a fault, lost a race, crashed, lost its ack or was acked is not
//     turned away. Nor is one whose last delivery this was.
//
// # Rooms
//
// What needs no world has a package of its own below this one: the tables (dejavu/sim/op the
// steps, dejavu/sim/action the kinds of action, dejavu/sim/fault trouble and chance,
// dejavu/sim/business what performing means), dejavu/sim/span lengths of time,
// dejavu/sim/program what a handler asks for, and dejavu/sim/store what is stored.
// What outsiders need of them has a name in this package, at the end of the file that it
// belongs to: [Proc] and [Business] in consumer.go, [ActionKind] in action.go, [Fault] in
// strike.go, [Op] in event.go, [Span] in timeline.go.
//
// # Adding to it
//
// A consumer is one file in package consumers: its handler, what it claims, and a call of
// register. Whoever wants it in a group of the catalogue names it in consumers.go.
//
// A business is one constant and one row in business/business.go. Where its effect lies, who
// honours a key and all its words stand in the row. A new mechanism, and only that, is a case
// in step.go.
//
// A broker profile is one function in broker/presets.go, named in the list at its top. Each
// value stands beside its source.
//
// A kind of fault takes six files, in this order:
//
//  1. action/action.go: a constant for the action and its row. The row says what it is about,
//     that it costs a fault, and what it does with the next step of a worker.
//  2. fault/names.go: a constant and its row. The row says what it strikes and where, what
//     action it becomes, on which queue it does harm, and every word that is said of it. It
//     comes last of those that strike the same.
//  3. action.go: a case of [World.Can], which says when the action is possible.
//  4. do.go: a case of the world's do, with its mechanics.
//  5. ui/glossary/faults.go: what explain says of it.
//  6. scenarios/faultschema.go: what an editor says of it in a scenario file.
//
// Whoever names the kind elsewhere, a test or a face, gives its constants a name in action.go
// and strike.go. One that strikes at no place of [Hit], or comes at a time of its own, needs a
// moment in strike.go and one in check/plan.go as well: eight files at most. What the timeline,
// the search, the matrix, a sweep, the telling and the offers need beside that, they read from
// the rows.
// Then the tests name what is left: the table of troubles in
// consumers/verdicts_later_test.go, the lists in golden files and in examples. A row that
// lacks a word, an action that is never possible or changes nothing, a column of the matrix
// in which nobody is harmed, a kind without an entry in the glossary or among the offers:
// each fails a test of its own, which names the kind.
//
// Everything here is deterministic to the byte: the same lane gives the same run
// on every machine. Chance comes from a seed, per message and delivery, so that
// every lane meets the same trouble.
package sim
