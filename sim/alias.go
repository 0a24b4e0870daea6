package sim

import (
	"time"

	"dejavu/sim/action"
	"dejavu/sim/business"
	"dejavu/sim/fault"
	"dejavu/sim/op"
	"dejavu/sim/span"
)

// The packages below this one hold its tables: see Rooms in doc.go. Here their types,
// constants and functions have names of this package, so that a handler, a test or a face
// can say them with one import. What few ask, such as fault.Of, is asked where it lies.

// Op is one kind of atomic step that a handler can ask for.
type Op = op.Op

// The steps. What is known of each stands in its row of the table in sim/op.
const (
	OpReturn          = op.Return
	OpPanic           = op.Panic
	OpHas             = op.Has
	OpRemember        = op.Remember
	OpRememberWithin  = op.RememberWithin
	OpUnremember      = op.Unremember
	OpGet             = op.Get
	OpPut             = op.Put
	OpPutIfAbsent     = op.PutIfAbsent
	OpDelete          = op.Delete
	OpSwap            = op.Swap
	OpInsert          = op.Insert
	OpInsertOrFail    = op.InsertOrFail
	OpLock            = op.Lock
	OpLockNoWait      = op.LockNoWait
	OpLockSkipLocked  = op.LockSkipLocked
	OpAdd             = op.Add
	OpEnqueue         = op.Enqueue
	OpTxAck           = op.TxAck
	OpBegin           = op.Begin
	OpCommit          = op.Commit
	OpRollback        = op.Rollback
	OpAdvisoryLock    = op.AdvisoryLock
	OpTryAdvisoryLock = op.TryAdvisoryLock
	OpAdvisoryUnlock  = op.AdvisoryUnlock
	OpCacheGet        = op.CacheGet
	OpCacheSet        = op.CacheSet
	OpCacheAdd        = op.CacheAdd
	OpCacheDelete     = op.CacheDelete
	OpCacheSetIf      = op.CacheSetIf
	OpCacheDeleteIf   = op.CacheDeleteIf
	OpPerform         = op.Perform
	OpPerformKey      = op.PerformKey
	OpPerformUnique   = op.PerformUnique
	OpPerformFenced   = op.PerformFenced
	OpLookup          = op.Lookup
	OpAck             = op.Ack
	OpNewID           = op.NewID
	OpDeliveries      = op.Deliveries
	OpRedelivered     = op.Redelivered
)

// Place is where a step takes effect.
type Place = op.Place

// The places.
const (
	InProcess = op.InProcess
	InDB      = op.InDB
	InCache   = op.InCache
	Outside   = op.Outside
	AtQueue   = op.AtQueue
)

// ActionKind is a kind of action: what the menu of a world can offer.
type ActionKind = action.Kind

// The actions. What is known of each stands in its row of the table in sim/action.
const (
	Nothing           = action.Nothing
	Publish           = action.Publish
	Deliver           = action.Deliver
	Begin             = action.Begin
	Step              = action.Step
	TimeOut           = action.TimeOut
	Request           = action.Request
	CutOff            = action.CutOff
	Undelay           = action.Undelay
	Retry             = action.Retry
	Forget            = action.Forget
	Expire            = action.Expire
	Kill              = action.Kill
	Crash             = action.Crash
	LoseAck           = action.LoseAck
	LoseReply         = action.LoseReply
	Fail              = action.Fail
	Copy              = action.Copy
	Republish         = action.Republish
	RepublishAs       = action.RepublishAs
	RepublishReworded = action.RepublishReworded
	Restart           = action.Restart
	Drain             = action.Drain
	Leave             = action.Leave
	Join              = action.Join
	Redrive           = action.Redrive
	RedriveAs         = action.RedriveAs
	Evict             = action.Evict
	StoreDown         = action.StoreDown
	StoreUp           = action.StoreUp
	DBDown            = action.DBDown
	DBUp              = action.DBUp
	CacheDown         = action.CacheDown
	CacheUp           = action.CacheUp
	LoseWrites        = action.LoseWrites
	ForgetAck         = action.ForgetAck
	FailStatement     = action.FailStatement
	ClockAhead        = action.ClockAhead
	LoseDBWrites      = action.LoseDBWrites
	LoseCacheWrites   = action.LoseCacheWrites
)

// Fault is one thing that goes wrong, said so that it means the same to every consumer.
type Fault = fault.Fault

// FaultKind is a kind of trouble that a plan can hold, as files write it.
type FaultKind = fault.Kind

// The kinds of fault. What is known of each, and what it is called, stands in its row in
// sim/fault/names.go.
const (
	CrashFault      = fault.Crash
	LoseAckFault    = fault.LoseAck
	FailFault       = fault.Fail
	LoseReplyFault  = fault.LoseReply
	PauseFault      = fault.Pause
	SlowFault       = fault.Slow
	CopyFault       = fault.Copy
	RepublishFault  = fault.Republish
	RedriveFault    = fault.Redrive
	DelayFault      = fault.Delay
	RestartFault    = fault.Restart
	ForgetAcksFault = fault.ForgetAcks
	LoseWritesFault = fault.LoseWrites
	StoreDownFault  = fault.StoreDown
	RebalanceFault  = fault.Rebalance
	ClockFault      = fault.ClockAhead
)

// FaultInfo is everything about a kind of fault that is data, and FaultWords are how people
// talk of it.
type (
	FaultInfo  = fault.Info
	FaultWords = fault.Words
)

// Target is what a kind of fault strikes, and Hit which place of an attempt.
type (
	Target = fault.Target
	Hit    = fault.Hit
)

// The targets and the places.
const (
	AtAttempt = fault.AtAttempt
	AtMessage = fault.AtMessage
	AtWorld   = fault.AtWorld
	NoHit     = fault.NoHit
	OnAck     = fault.OnAck
	OnPoint   = fault.OnPoint
	OnStep    = fault.OnStep
	OnEffect  = fault.OnEffect
	OnClock   = fault.OnClock
)

// What the fields of a fault can say, and what they say where nobody does.
const (
	AllMessages    = fault.AllMessages
	PointEffect    = fault.PointEffect
	PointAck       = fault.PointAck
	WhichDB        = fault.WhichDB
	WhichCache     = fault.WhichCache
	DefaultPause   = fault.DefaultPause
	DefaultSlow    = fault.DefaultSlow
	DefaultCopy    = fault.DefaultCopy
	DefaultAgain   = fault.DefaultAgain
	DefaultDown    = fault.DefaultDown
	DefaultDelay   = fault.DefaultDelay
	DefaultAhead   = fault.DefaultAhead
	DefaultRedrive = fault.DefaultRedrive
	MaxBody        = fault.MaxBody
	MaxLast        = fault.MaxLast
)

// MaxCopies is how many copies and republishes of one message there can be.
const MaxCopies = fault.MaxCopies

// CopyName returns the name of the n-th copy or republish of what is owed: m2b
// is the first of m2. n is 1 to MaxCopies.
func CopyName(id string, n int) string { return fault.CopyName(id, n) }

// Rates are probabilities of faults, from 0 to 1, by kind.
type Rates = fault.Rates

// What is wrong with the name of a kind, a step or a message.
type (
	UnknownFault   = fault.UnknownKind
	UnknownStep    = fault.UnknownStep
	UnknownMessage = fault.UnknownMessage
)

// Faults returns the table of the kinds of fault, which must not be changed.
func Faults() []FaultInfo { return fault.All() }

// FaultKinds are all there are, in the order in which a list shows them.
func FaultKinds() []FaultKind { return fault.Kinds() }

// FaultNames are their names, in that order.
func FaultNames() []string { return fault.Names() }

// ParseFault reads a fault as its String writes it.
func ParseFault(text string) (Fault, error) { return fault.Parse(text) }

// ParseRates reads rates as their String writes them.
func ParseRates(text string) (Rates, error) { return fault.ParseRates(text) }

// ParseRate reads a probability: 5% or 0.05.
func ParseRate(text string) (float64, error) { return fault.ParseRate(text) }

// StepNames returns every name that a fault may give for a step.
func StepNames() []string { return fault.StepNames() }

// Business is what performing means, and so where the effect lies.
type Business = business.Business

// The businesses. What is known of each stands in its row of the table in sim/business.
const (
	Card   = business.Card
	Mail   = business.Mail
	Stock  = business.Stock
	Order  = business.Order
	Status = business.Status
)

// BusinessInfo is everything about a business that is data, and BusinessWords are how people
// talk in it.
type (
	BusinessInfo  = business.Info
	BusinessWords = business.Words
)

// Bank is what the receiver of the effect makes of an idempotency key: of a second request
// whose first is still at work, and of one with another body.
type (
	Bank      = business.Bank
	InFlight  = business.InFlight
	OtherBody = business.OtherBody
)

// What a receiver can make of such a request.
const (
	Wait       = business.Wait
	Conflict   = business.Conflict
	IgnoreBody = business.IgnoreBody
	RefuseBody = business.RefuseBody
)

// Businesses are all there are, in the order in which a list shows them.
func Businesses() []Business { return business.All() }

// SingleEffects are the businesses of one effect each that can be had too often.
func SingleEffects() []Business { return business.Singles() }

// MinSpan is the shortest length of time that anything lasts or is kept.
const MinSpan = span.Min

// TooShort says that a length of time is shorter than MinSpan, or nil: none is not.
func TooShort(d time.Duration) error { return span.TooShort(d) }

// Span writes a length of time as files do, without zero units: 8d, 1m30s, 1ms.
func Span(d time.Duration) string { return span.String(d) }

// ParseSpan reads a length of time: Go's notation, and d for days.
func ParseSpan(text string) (time.Duration, error) { return span.Parse(text) }
