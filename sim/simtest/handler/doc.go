// Package handler searches what a crash, a lost reply or a second delivery does to a real
// handler, with its real SQL and its real HTTP, by running it again and again.
//
// The idea: whatever a handler does that others can see goes through a wrapper: a
// statement, a commit, a request. Each such call is a place, and at a place the calling
// goroutine stops until a scheduler lets it go. So the scheduler knows all that can
// happen next, and a schedule is a list of decisions: go on, crash here, lose this
// reply, let the second delivery run. A search tries the schedules in the order of their
// deviations from the run without faults: first all with one, then all with two.
//
// A process is what one call of the [Factory] makes; its [Env] is its identity. A crash
// parks it: the call never returns, so no deferred function runs; its connections are
// rolled back. Only when the verdict is in do the dead unwind, and nothing that they
// call has an effect any more. What such a crash leaves behind is what kill -9 of a
// process leaves behind; a test holds that.
//
// # What is under a name where
//
//   - place.go: what can strike, one row a fault; where it can strike, and what a
//     place is called
//   - env.go: a process; how a goroutine is stopped at a place
//   - world.go, settle.go: one schedule; the queue and the scheduler
//   - search.go, plan.go: all schedules, and one of them by name
//   - sql.go, sqlconn.go, stmt.go, pool.go: the wrapper of database/sql
//   - http.go: the wrapper of net/http, and a gateway for tests
//   - wire.go, postgres.go, redis.go: the same beneath other clients
//   - report.go, mermaid.go: what a person reads
//   - bubble.go, stack.go: goroutines, and what they wait for
//
// # Limits
//
//   - Two workers; not yet more.
//   - Locks are understood of SQLite and PostgreSQL; not yet of MySQL, where a worker that
//     waits for another is not told from one that is stuck.
//   - Redis is one server that loses nothing: not yet one that fails over. Commands that
//     wait, such as BLPOP, are not understood.
//   - Whoever dials by [Env.DialPostgres] or [Env.DialRedis] has no context that can be
//     seen, so that no cancelled context strikes there; and no TLS, and no LISTEN.
//   - sql.Conn.Raw hands out the wrapper, not the driver's connection.
//   - A connection of SQLite keeps its temporary tables from schedule to schedule.
//   - Timings of the queue are left out: a result holds for any visibility timeout.
//   - A crash where nothing has lasted since the place before is the same crash as there,
//     and is not tried again.
package handler
