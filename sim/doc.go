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
//   - [Program]: a handler becomes a tree of steps, so that a crash can fall
//     between any two, and a worker's whole state is one number.
//   - [Tx.Enqueue], [Consumer].Relay: an outbox table, and the second handler that is
//     handed what lies there.
//   - [World], [Action], [Outcome]: what there is, what can happen, what it did.
//   - [Fault], [Rates]: trouble that means the same to every consumer, written
//     down or drawn by a seed.
//   - [Timeline] says when each action is due. Time belongs to it: a world has
//     no clock.
//   - [Simulate] runs a [Lane] (one consumer, its queue, its messages, its
//     trouble) and returns a [Run]: the list of actions, and the events that
//     tell what they did and why.
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
// Everything here is deterministic to the byte: the same lane gives the same run
// on every machine. Chance comes from a seed, per message and delivery, so that
// every lane meets the same trouble.
package sim
