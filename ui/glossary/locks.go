package glossary

// locks are what a database does about two workers at once: locks, isolation, refused rows.
//
// Sources, where nothing else is said: PostgreSQL 15 documentation, "Transaction Isolation",
// "Explicit Locking", "SELECT: The Locking Clause", "SAVEPOINT", "Error Codes"; MySQL 8.4
// reference manual, "InnoDB Error Handling", "InnoDB Transaction Isolation Levels".
var locks = []Term{
	{
		Name:   "SKIP LOCKED",
		Term:   "SELECT ... FOR UPDATE SKIP LOCKED",
		Said:   []string{"for update skip locked", "select for update skip locked", "skip_locked"},
		Named:  []string{"queue in a table", "river", "oban", "pgmq"},
		Is:     "Read rows and lock them, but pass over each row that another transaction has locked. Nobody waits. So each worker takes other rows: a queue in a table, or several relays on one outbox. River, Oban and pgmq take their jobs this way, but commit at once, and free a job by a timer.",
		Breaks: "It is no way to find duplicates. The row of a message that is being handled is locked, so the second worker passes over it and sees nothing. For that, wait for the lock or insert a unique row. The lock ends with its transaction: after a crash the row is free at once.",
		See:    []string{"SELECT FOR UPDATE", "skip-if-locked", "relay", "unique constraint"},
		Try:    "play unlock-then-commit --consumers skip-if-locked,inbox",
	},
	{
		Name: "advisory lock",
		Term: "advisory lock (pg_advisory_lock, GET_LOCK)",
		Said: []string{"pg_advisory_lock", "pg_try_advisory_lock", "advisory locks", "get_lock", "session lock", "user-level lock"},
		// It does not roll back with a transaction: "Advisory Locks". Pools: PgBouncer, "Features",
		// table of what transaction pooling does not support.
		Named:  []string{"pg_advisory_xact_lock"},
		Is:     "A lock on a number that the program chooses, not on a row. It has no time limit. The database holds it until the program unlocks it or the session ends. pg_advisory_xact_lock ends with the transaction instead.",
		Breaks: "Unlock before the commit, and the next worker does not see the row yet. Behind a pool that lends a connection per transaction, the lock stays with a connection that others use. A dropped connection frees the lock while its worker still works.",
		See:    []string{"unlock-early", "unlock-late", "row lock", "lease"},
		Try:    "play unlock-then-commit",
	},
	{
		Name: "locked_at",
		Term: "claim column (locked_at, locked_by)",
		Said: []string{"locked_by", "locked_until", "claimed_at", "picked_at", "lock column"},
		// That a claim without a name accepts the UPDATE of a slow worker: measured on PostgreSQL 15.
		Is:     "A column that says when a worker claimed the row. A worker claims rows whose time is empty or too old, in one UPDATE. So it is a lease in a table.",
		Breaks: "A worker that is slower than that has lost its claim and does not know. Its last UPDATE must name the claim: WHERE locked_by = me. Otherwise it marks done what another worker is doing.",
		Shows:  "lease",
		See:    []string{"lease", "SKIP LOCKED", "fencing token"},
		Try:    "play powertools-lease",
	},
	{
		Name: "isolation level",
		Said: []string{"transaction isolation", "set transaction isolation level", "snapshot isolation", "mvcc"},
		// Defaults: PostgreSQL "Transaction Isolation"; MySQL "Transaction Isolation Levels".
		Named:  []string{"repeatable read", "phantom", "read uncommitted"},
		Is:     "What a transaction sees of others that run beside it. READ COMMITTED, the default of PostgreSQL: each statement sees what is committed by then. REPEATABLE READ, the default of MySQL's InnoDB: all reads see one moment. SERIALIZABLE: as if they ran one after another.",
		Breaks: "Below SERIALIZABLE, two workers can both find that a row is missing, and both insert. A row that appears between two looks is a phantom. A unique constraint decides at every level. PostgreSQL has no READ UNCOMMITTED: it gives READ COMMITTED.",
		See:    []string{"READ COMMITTED", "SERIALIZABLE", "unique constraint", "lost update"},
		Try:    "play twins --consumers check-then-act,inbox",
	},
	{
		Name: "READ COMMITTED",
		Term: "READ COMMITTED (isolation level)",
		Said: []string{"read committed isolation"},
		// Kafka's value is written read_committed and looked up by the same letters.
		Is:     "Each statement of the transaction sees what others have committed by then. It never sees open changes of others. The transactions here work this way.",
		Breaks: "SELECT, then INSERT races: two workers see no row, and both insert. The unique constraint decides, not the transaction. Kafka's isolation.level=read_committed is something else: a reader skips records of aborted transactions.",
		Shows:  "check-then-act",
		See:    []string{"isolation level", "SELECT then INSERT", "unique constraint", "Kafka transactions"},
		Try:    "play twins --consumers check-then-act,inbox",
	},
	{
		Name:   "SERIALIZABLE",
		Term:   "SERIALIZABLE (isolation level)",
		Said:   []string{"serializable isolation", "serialization failure", "40001", "could not serialize access", "serializable snapshot isolation"},
		Is:     "The committed transactions have the result of some order, one after another. PostgreSQL lets them run and aborts one that does not fit: a serialization failure, SQLSTATE 40001. The program has to run it again.",
		Breaks: "The second run repeats what the handler did outside the database. If a framework retries it unasked, two charges stand behind one commit. And a redelivery after the commit runs again: SERIALIZABLE finds races, not duplicates.",
		See:    []string{"isolation level", "optimistic locking", "retry"},
		Try:    "play nservicebus-copies",
	},
	{
		Name: "unique violation",
		Term: "unique violation (duplicate key error)",
		Said: []string{"23505", "duplicate key error", "duplicate key value violates unique constraint", "uniqueviolation", "integrity error", "duplicate entry", "1062", "er_dup_entry"},
		Is:   "The insert of a key that exists fails: SQLSTATE 23505 in PostgreSQL, error 1062 in MySQL. The second worker waits until the first commits, then gets it. It is good news: somebody did the work.",
		Breaks: "In PostgreSQL the error aborts the whole transaction, in MySQL only the statement (database: mysql). Roll back, then ack. Or use ON CONFLICT DO NOTHING, which gives no error. " +
			"Check which constraint it was: another one may be a real mistake.",
		Shows: "inbox",
		See:   []string{"aborted transaction", "ON CONFLICT", "savepoint", "unique constraint"},
		Try:   "play twins --consumers check-then-act,inbox",
	},
	{
		Name:   "aborted transaction",
		Term:   "aborted transaction (SQLSTATE 25P02)",
		Said:   []string{"25p02", "current transaction is aborted", "current transaction is aborted, commands ignored until end of transaction block", "in failed sql transaction", "infailedsqltransaction", "transaction aborted"},
		Is:     "After one error, PostgreSQL refuses every other statement of the transaction. It says 25P02: current transaction is aborted. COMMIT then rolls back. MySQL goes on after most errors, and a commit keeps the rest. In a scenario: database: mysql.",
		Breaks: "A handler catches the unique violation and goes on. On PostgreSQL the next statement fails. Some code then commits and takes the rollback for a success. Roll back to a savepoint, or use ON CONFLICT DO NOTHING.",
		See:    []string{"unique violation", "savepoint", "rollback"},
	},
	{
		Name:   "savepoint",
		Said:   []string{"rollback to savepoint", "nested transaction", "subtransaction"},
		Is:     "A mark inside a transaction. ROLLBACK TO undoes what came after it, and the transaction can go on. It is how PostgreSQL code survives a unique violation.",
		Breaks: "It undoes rows only, as every rollback does: a charge after the savepoint stays. Nothing is committed before the outer transaction. If that fails, what the savepoint kept is gone too.",
		See:    []string{"aborted transaction", "rollback", "unique violation"},
	},
	{
		Name:   "deadlock",
		Said:   []string{"40p01", "deadlock detected", "deadlock found when trying to get lock"},
		Is:     "Two transactions each wait for a lock that the other one holds. The database notices, after 1 second in PostgreSQL, and aborts one of them. The other goes on.",
		Breaks: "The aborted handler nacks, and its message comes again: what it charged, it charges again. Lock rows in the same order everywhere, and charge after the locks.",
		See:    []string{"row lock", "aborted transaction", "never-stuck"},
	},
	{
		Name: "lost update",
		Said: []string{"lost updates", "lost write", "overwritten update", "read-modify-write", "read modify write"},
		// READ COMMITTED lets it happen, REPEATABLE READ of PostgreSQL refuses the second.
		Is:     "Two workers read the same value, and both write a new one. The second write replaces the first, which is gone. Both read 10 items and write 9: two were sold, one was counted.",
		Breaks: "READ COMMITTED does not prevent it. Lock the row when you read it, check its version when you write it, or change it in one statement: qty = qty - 1. That last one counts a duplicate twice.",
		See:    []string{"optimistic locking", "SELECT FOR UPDATE", "last write wins", "decrement"},
	},
	{
		Name:   "last write wins",
		Said:   []string{"lww", "stale update", "stale write", "stale event", "out-of-order update", "state-setting event", "stale", "status", "outdated"},
		Is:     "A write sets a value and compares nothing. What arrives last stays, even if it is older. Setting a value twice is harmless, so people call it idempotent. It is the business `status` here, and what goes wrong is called stale.",
		Breaks: "An old message that comes again, or late, puts the old value back: paid becomes pending. Send a version or the time of the change along, and skip what is older than the row. What is skipped is outdated, and not lost.",
		See:    []string{"optimistic locking", "natural idempotency", "lost update", "delay"},
	},
}
