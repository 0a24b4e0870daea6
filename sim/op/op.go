// Package op is the table of the steps that a handler can ask for: what each is called,
// where it takes effect, and what can become of it.
package op

// Op is one kind of atomic step that a handler can ask for.
type Op uint8

// The steps. What each does is said in package program, at the method that asks for it.
const (
	None            Op = iota
	Return             // the handler has returned: its answer goes to the queue as an ack or a nack
	Panic              // the handler has panicked: its process dies
	Broken             // the handler broke a rule: nothing can be simulated from here
	Has                // Memory.Has
	Remember           // Memory.Add
	RememberWithin     // Memory.AddWithin
	Unremember         // Memory.Remove
	Get                // Get of DB and Tx
	Put                // Put
	PutIfAbsent        // PutIfAbsent
	Delete             // Delete
	Swap               // CompareAndSet
	Insert             // Insert and InsertFor
	InsertOrFail       // InsertOrFail
	Lock               // Tx.Lock
	LockNoWait         // Tx.LockNoWait
	LockSkipLocked     // Tx.LockSkipLocked
	Add                // Add
	Enqueue            // Tx.Enqueue
	TxAck              // Tx.Ack
	Begin              // DB.Begin
	Commit             // Tx.Commit
	Rollback           // Tx.Rollback
	AdvisoryLock       // AdvisoryLock
	TryAdvisoryLock    // TryAdvisoryLock
	AdvisoryUnlock     // DB.AdvisoryUnlock
	CacheGet           // Cache.Get
	CacheSet           // Cache.Set
	CacheAdd           // Cache.PutIfAbsent
	CacheDelete        // Cache.Delete
	CacheSetIf         // Cache.SetIf
	CacheDeleteIf      // Cache.DeleteIf
	Perform            // Proc.Perform
	PerformKey         // Proc.PerformOnce
	PerformUnique      // Proc.PerformUnique
	PerformFenced      // Proc.PerformFenced
	Lookup             // Proc.Lookup
	Ack                // Proc.Ack
	NewID              // Proc.NewID
	Deliveries         // Proc.Deliveries
	Redelivered        // Proc.Redelivered
	Count              // how many there are, with those that no handler asks for
)

// Place is where a step takes effect. It decides how long the step takes and
// what survives a crash.
type Place uint8

// The places.
const (
	InProcess Place = iota // in the worker's own memory: takes no time, dies with the process
	InDB                   // in the consumer's database: one round trip, durable
	InCache                // in a store beside the database: one round trip, survives the process
	Outside                // at the receiver of the effect: slow, and not to be undone
	AtQueue                // a message to the queue: an ack or a nack
)

// info is what is known of a kind of step without running it.
type info struct {
	name    string // as it is written in a fault: before: commit
	place   Place
	canFail bool // the handler sees an error, so fail and lose-reply can strike it
	sure    bool // ... which is definite: lose-reply cannot
	waits   bool // may wait for the row lock of another transaction
	holds   bool // holds a lock from then on that is no write
	marks   bool // records something: the step that "mark" means
	checks  bool // asks whether it is recorded: the step that "check" means
	finds   bool // its answer tells whether something is there
}

var ops = [Count]info{
	Return:          {name: "return", place: AtQueue},
	Panic:           {name: "panic"},
	Broken:          {name: "broken"},
	Has:             {name: "has", checks: true},
	Remember:        {name: "remember", marks: true},
	RememberWithin:  {name: "remember-within", marks: true},
	Unremember:      {name: "remove"},
	Get:             {name: "get", place: InDB, checks: true, finds: true},
	Put:             {name: "put", place: InDB, waits: true, marks: true},
	PutIfAbsent:     {name: "put-if-absent", place: InDB, waits: true, marks: true, finds: true},
	Delete:          {name: "delete", place: InDB, waits: true},
	Swap:            {name: "compare-and-set", place: InDB, waits: true, marks: true, finds: true},
	Insert:          {name: "insert", place: InDB, waits: true, marks: true, finds: true},
	InsertOrFail:    {name: "insert-or-fail", place: InDB, canFail: true, sure: true, waits: true, marks: true, finds: true},
	Lock:            {name: "lock", place: InDB, canFail: true, sure: true, waits: true, holds: true, finds: true},
	LockNoWait:      {name: "lock-nowait", place: InDB, canFail: true, sure: true, holds: true, finds: true},
	LockSkipLocked:  {name: "lock-skip-locked", place: InDB, canFail: true, sure: true, holds: true, finds: true},
	Add:             {name: "add", place: InDB, waits: true},
	Enqueue:         {name: "enqueue", place: InDB},
	TxAck:           {name: "tx-ack", place: InDB},
	Begin:           {name: "begin", place: InDB},
	Commit:          {name: "commit", place: InDB, canFail: true},
	Rollback:        {name: "rollback", place: InDB},
	AdvisoryLock:    {name: "advisory-lock", place: InDB, waits: true, holds: true},
	TryAdvisoryLock: {name: "try-advisory-lock", place: InDB, holds: true},
	AdvisoryUnlock:  {name: "advisory-unlock", place: InDB},
	CacheGet:        {name: "cache-get", place: InCache, canFail: true, checks: true, finds: true},
	CacheSet:        {name: "cache-set", place: InCache, canFail: true, marks: true},
	CacheAdd:        {name: "cache-put-if-absent", place: InCache, canFail: true, marks: true, finds: true},
	CacheDelete:     {name: "cache-delete", place: InCache, canFail: true},
	CacheSetIf:      {name: "cache-set-if", place: InCache, canFail: true, marks: true, finds: true},
	CacheDeleteIf:   {name: "cache-delete-if", place: InCache, canFail: true, finds: true},
	Perform:         {name: "perform", place: Outside, canFail: true},
	PerformKey:      {name: "perform-once", place: Outside, canFail: true},
	PerformUnique:   {name: "perform-unique", place: Outside, canFail: true, waits: true},
	PerformFenced:   {name: "perform-fenced", place: Outside, canFail: true, waits: true},
	Lookup:          {name: "lookup", place: Outside, canFail: true},
	Ack:             {name: "ack", place: AtQueue},
	NewID:           {name: "new-id"},
	Deliveries:      {name: "deliveries"},
	Redelivered:     {name: "redelivered"},
}

// String returns the step's name as it is written in a fault.
func (o Op) String() string { return ops[o].name }

// Place returns where the step takes effect.
func (o Op) Place() Place { return ops[o].place }

// Asked reports whether it is a step that handlers ask for, and not the end of an
// attempt.
func (o Op) Asked() bool { return o > Broken }

// CanFail reports whether the handler can see the step fail.
func (o Op) CanFail() bool { return ops[o].canFail }

// Fails reports whether the step can end in a definite error. Where the handler is told of
// none, as by most steps of the database, the error ends its attempt with a nack, as an
// exception of a database client does that nobody catches. A rollback that fails is a
// rollback all the same.
func (o Op) Fails() bool { return ops[o].canFail || ops[o].place == InDB && o != Rollback }

// CanLoseReply reports whether the handler can be left in doubt: a statement within a
// transaction cannot, for a connection that breaks takes the transaction with it.
func (o Op) CanLoseReply() bool { return ops[o].canFail && !ops[o].sure }

// Locks reports whether the step may have to wait for a lock that another one holds: of a
// row that an open transaction has written or locked, or of a name.
func (o Op) Locks() bool { return ops[o].waits }

// Marks reports whether the step records something.
func (o Op) Marks() bool { return ops[o].marks }

// Checks reports whether the step asks whether something is recorded.
func (o Op) Checks() bool { return ops[o].checks }

// Holds reports whether the step holds a lock from then on that is no write.
func (o Op) Holds() bool { return ops[o].holds }

// Finds reports whether the answer tells whether something is there.
func (o Op) Finds() bool { return ops[o].finds }

// KeepsKey reports whether the step is about a row or an entry under its key.
func (o Op) KeepsKey() bool {
	return o >= Get && o <= Add || o >= CacheGet && o <= CacheDeleteIf
}

// Performs reports whether the step causes the effect.
func (o Op) Performs() bool { return o >= Perform && o <= PerformFenced }

// Keyed reports whether the step causes the effect under a key, and does nothing
// where that key is known.
func (o Op) Keyed() bool { return o == PerformKey || o == PerformUnique }

// Claims reports whether the step records something unless it is recorded already,
// and answers which of the two it was.
func (o Op) Claims() bool {
	return o == Insert || o == InsertOrFail || o == PutIfAbsent || o == CacheAdd || o == RememberWithin
}

const (
	stepMark  = "mark"  // whatever records the message: insert, put, remember, ...
	stepCheck = "check" // whatever asks for the record: has, get, ...
)

// Called reports whether the step answers to a name that a fault gives, whichever effect
// it has.
func (o Op) Called(name string) bool {
	return name == ops[o].name ||
		name == stepMark && ops[o].marks ||
		name == stepCheck && ops[o].checks
}

// Names returns every name to which a step answers, whichever effect it has: the steps'
// own, then those of classes of steps ("mark", "check").
func Names() []string {
	var names []string
	for o := Has; o < Count; o++ {
		names = append(names, o.String())
	}
	return append(names, stepMark, stepCheck)
}
