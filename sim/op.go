package sim

// Op is one kind of atomic step that a handler can ask for.
type Op uint8

// The steps. What each does is said at the method of [Proc] that asks for it.
const (
	opNone           Op = iota
	OpReturn            // the handler has returned: its answer goes to the queue as an ack or a nack
	OpPanic             // the handler has panicked: its process dies
	opBroken            // the handler broke a rule: nothing can be simulated from here
	OpHas               // Memory.Has
	OpRemember          // Memory.Add
	OpRememberWithin    // Memory.AddWithin
	OpUnremember        // Memory.Remove
	OpGet               // Get of DB and Tx
	OpPut               // Put
	OpPutIfAbsent       // PutIfAbsent
	OpDelete            // Delete
	OpSwap              // CompareAndSet
	OpInsert            // Insert and InsertFor
	OpAdd               // Add
	OpEnqueue           // Tx.Enqueue
	OpBegin             // DB.Begin
	OpCommit            // Tx.Commit
	OpRollback          // Tx.Rollback
	OpCacheGet          // Cache.Get
	OpCacheSet          // Cache.Set
	OpCacheAdd          // Cache.PutIfAbsent
	OpCacheDelete       // Cache.Delete
	OpCacheSetIf        // Cache.SetIf
	OpCacheDeleteIf     // Cache.DeleteIf
	OpPerform           // Proc.Perform
	OpPerformKey        // Proc.PerformOnce
	OpPerformUnique     // Proc.PerformUnique
	OpPerformFenced     // Proc.PerformFenced
	OpLookup            // Proc.Lookup
	OpAck               // Proc.Ack
	OpNewID             // Proc.NewID
	OpDeliveries        // Proc.Deliveries
	OpRedelivered       // Proc.Redelivered
	opCount
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

// opInfo is what is known of a kind of step without running it.
type opInfo struct {
	name    string // as it is written in a fault: before: commit
	place   Place
	canFail bool // the handler sees an error, so fail and lose-reply can strike it
	writes  bool // may wait for the row lock of another transaction
	marks   bool // records something: the step that "mark" means
	checks  bool // asks whether it is recorded: the step that "check" means
	finds   bool // its answer tells whether something is there
}

var ops = [opCount]opInfo{
	OpReturn:         {name: "return", place: AtQueue},
	OpPanic:          {name: "panic"},
	opBroken:         {name: "broken"},
	OpHas:            {name: "has", checks: true},
	OpRemember:       {name: "remember", marks: true},
	OpRememberWithin: {name: "remember-within", marks: true},
	OpUnremember:     {name: "remove"},
	OpGet:            {name: "get", place: InDB, checks: true, finds: true},
	OpPut:            {name: "put", place: InDB, writes: true, marks: true},
	OpPutIfAbsent:    {name: "put-if-absent", place: InDB, writes: true, marks: true, finds: true},
	OpDelete:         {name: "delete", place: InDB, writes: true},
	OpSwap:           {name: "compare-and-set", place: InDB, writes: true, marks: true, finds: true},
	OpInsert:         {name: "insert", place: InDB, writes: true, marks: true, finds: true},
	OpAdd:            {name: "add", place: InDB, writes: true},
	OpEnqueue:        {name: "enqueue", place: InDB},
	OpBegin:          {name: "begin", place: InDB},
	OpCommit:         {name: "commit", place: InDB, canFail: true},
	OpRollback:       {name: "rollback", place: InDB},
	OpCacheGet:       {name: "cache-get", place: InCache, canFail: true, checks: true, finds: true},
	OpCacheSet:       {name: "cache-set", place: InCache, canFail: true, marks: true},
	OpCacheAdd:       {name: "cache-put-if-absent", place: InCache, canFail: true, marks: true, finds: true},
	OpCacheDelete:    {name: "cache-delete", place: InCache, canFail: true},
	OpCacheSetIf:     {name: "cache-set-if", place: InCache, canFail: true, marks: true, finds: true},
	OpCacheDeleteIf:  {name: "cache-delete-if", place: InCache, canFail: true, finds: true},
	OpPerform:        {name: "perform", place: Outside, canFail: true},
	OpPerformKey:     {name: "perform-once", place: Outside, canFail: true},
	OpPerformUnique:  {name: "perform-unique", place: Outside, canFail: true, writes: true},
	OpPerformFenced:  {name: "perform-fenced", place: Outside, canFail: true, writes: true},
	OpLookup:         {name: "lookup", place: Outside, canFail: true},
	OpAck:            {name: "ack", place: AtQueue},
	OpNewID:          {name: "new-id"},
	OpDeliveries:     {name: "deliveries"},
	OpRedelivered:    {name: "redelivered"},
}

// String returns the step's name as it is written in a fault.
func (o Op) String() string { return ops[o].name }

// Place returns where the step takes effect.
func (o Op) Place() Place { return ops[o].place }

// Asked reports whether it is a step that handlers ask for, and not the end of an
// attempt.
func (o Op) Asked() bool { return o > opBroken }

// CanFail reports whether the handler can see the step fail.
func (o Op) CanFail() bool { return ops[o].canFail }

// Locks reports whether the step may have to wait for a row that another open
// transaction has written.
func (o Op) Locks() bool { return ops[o].writes }

// Marks reports whether the step records something.
func (o Op) Marks() bool { return ops[o].marks }

// Checks reports whether the step asks whether something is recorded.
func (o Op) Checks() bool { return ops[o].checks }

// keepsKey reports whether the step is about a row or an entry under its key.
func (o Op) keepsKey() bool {
	return o >= OpGet && o <= OpAdd || o >= OpCacheGet && o <= OpCacheDeleteIf
}

// Performs reports whether the step causes the effect.
func (o Op) Performs() bool { return o >= OpPerform && o <= OpPerformFenced }

// Keyed reports whether the step causes the effect under a key, and does nothing
// where that key is known.
func (o Op) Keyed() bool { return o == OpPerformKey || o == OpPerformUnique }

// Claims reports whether the step records something unless it is recorded already,
// and answers which of the two it was.
func (o Op) Claims() bool {
	return o == OpInsert || o == OpPutIfAbsent || o == OpCacheAdd || o == OpRememberWithin
}

// StepNames returns every name that a fault may give for a step: the steps' own,
// then the names of classes of steps ("mark", "check").
func StepNames() []string {
	var names []string
	for o := OpHas; o < opCount; o++ {
		names = append(names, o.String())
	}
	return append(names, stepMark, stepCheck)
}

const (
	stepMark  = "mark"  // whatever records the message: insert, put, remember, ...
	stepCheck = "check" // whatever asks for the record: has, get, ...
)

// Called reports whether the step answers to a name that a fault gives.
func (o Op) Called(name string) bool {
	return name == ops[o].name ||
		name == stepMark && ops[o].marks ||
		name == stepCheck && ops[o].checks
}
