package fault

import (
	"time"

	"dejavu/sim/action"
)

// Kind is a kind of trouble that a plan can hold, as files write it.
type Kind string

// The kinds of fault. What is known of each stands in its row of the table below.
const (
	Crash      Kind = "crash"
	LoseAck    Kind = "lose-ack"
	Fail       Kind = "fail"
	LoseReply  Kind = "lose-reply"
	Pause      Kind = "pause"
	Slow       Kind = "slow"
	Copy       Kind = "copy"
	Republish  Kind = "republish"
	Redrive    Kind = "redrive"
	Delay      Kind = "delay"
	Restart    Kind = "restart"
	ForgetAcks Kind = "forget-acks"
	LoseWrites Kind = "lose-writes"
	StoreDown  Kind = "store-down"
	Rebalance  Kind = "rebalance"
	ClockAhead Kind = "clock-ahead"
)

// Target is what a kind of fault strikes.
type Target uint8

// The targets.
const (
	AtAttempt Target = iota // one delivery of one broker message
	AtMessage               // what is owed, at its publish or later
	AtWorld                 // the processes, the broker or the stores, at a time
)

// Hit is the place of an attempt that a kind of fault strikes.
type Hit uint8

// The places.
const (
	NoHit    Hit = iota
	OnAck        // the ack
	OnPoint      // the point that the fault names, between two steps
	OnStep       // the step that it names, or the effect
	OnEffect     // the effect
	OnClock      // the first step that compares the time of a row with the worker's own clock
)

// Info is everything about a kind of fault that is data. Its mechanics are what
// the actions do that it turns into.
type Info struct {
	Kind    Kind
	Letter  byte // on its badge: A stands there as [A]
	Strikes Target
	Renews  bool          // it makes another broker message of one
	Hits    Hit           // of those that strike an attempt: which place of it
	All     bool          // it may strike every delivery of a message, and every message
	Whole   bool          // of those that strike the world: it may be there from the start
	Fields  []string      // as files write them, beside the message that it names
	Usual   Fault         // what its fields are where nobody says
	Actions []action.Kind // what it can turn into, the first where nothing else is said
	On      string        // the broker profile on which it does its harm, where that is not any
	// Source is the source of duplicates that it stands for, as the domain reference
	// counts them. What has none duplicates nothing by itself.
	Source string
	Words  Words
}

// Words are how people talk of a kind of fault. A word in braces stands for what
// a face puts there: {m3} for the name of what is struck, {for} for a length of time.
type Words struct {
	Does    string // in a list: what it does
	Example string // as --with takes it
	Short   string // in two words, that it has happened: on the screen, on a wire and beside its letter
	Who     string // of what strikes no attempt: who did it
	Tells   string // in the present, what its event tells: {step}, {bank}, {m3}, {for}, {id}, {an id}, {restarted}
	Why     string // the question for its cause: {m3}, {charged}; "" where that depends on what was done
	One     string // in a proof, behind "one": {between} for its place, {step}; of what has an action of its own
	Struck  string // that it has happened: {worker}, {point}, {undone}, {for}, {id}, {last}, {restarted}
	Noun    string // with its article
	Named   string // whose it is: {m3's}, {m3}, {acks}
	Lasting string // Threat, of what strikes for a time: {bank}, {for}, {at}
	Threat  string // that it may happen: {m3}, {point}, {for}, {id}, {at}, {last}, {restarted}, and who is asked: {bank}, {answers}, {refuses}
	Missed  string // why it did not strike where something came to its time
	Idle    string // and where the step that it strikes was not taken
}

// table has a row for each kind, in the order in which a list shows them and chance draws them.
// New kinds come last of those with the same target: that leaves the seeds that people
// have written down as they were.
var table = [...]Info{{
	Kind: LoseAck, Letter: 'A', Hits: OnAck, Fields: []string{"times", "worker"},
	Actions: []action.Kind{action.LoseAck}, Source: "D1",
	Words: Words{
		Does:    "the ack is lost on its way back: the queue does not know that the work is done",
		Example: "lose-ack:m2",
		Short:   "ack lost",
		Tells:   "its ack is lost",
		Why:     "Why is {m3} not acked?",
		One:     "lost ack",
		Struck:  "the ack got lost",
		Noun:    "a lost ack",
		Named:   "{m3's} lost ack",
		Threat:  "{m3}'s ack gets lost on its way to the queue",
	},
}, {
	Kind: Crash, Letter: 'C', Hits: OnPoint, Fields: []string{"before", "after", "worker"}, Usual: Fault{Before: PointAck},
	Actions: []action.Kind{action.Crash}, Source: "D3, and D11 where it is the relay of an outbox",
	Words: Words{
		Does:    "the process dies: memory and open transaction are gone",
		Example: "crash:m3/2/before-ack",
		Short:   "crash",
		Tells:   "crashes",
		Why:     "Why does the worker of {m3} crash?",
		One:     "crash, {between}",
		Struck:  "{worker} crashed{point}",
		Noun:    "a crash",
		Named:   "{m3's} crash",
		Threat:  "{m3}'s worker crashes {point}",
	},
}, {
	Kind: Pause, Letter: 'P', Hits: OnPoint, Fields: []string{"before", "after", "for", "worker"}, Usual: Fault{Before: PointEffect, For: DefaultPause},
	Actions: []action.Kind{action.TimeOut}, Source: "D4",
	Words: Words{
		Does:    "the worker freezes and then goes on, perhaps after the queue gave up on it",
		Example: "pause:m1/before-effect,for=45s",
		Short:   "pause",
		Tells:   "freezes for {for}",
		Why:     "Why does the worker of {m3} freeze?",
		Struck:  "{worker} froze for {for}",
		Noun:    "a pause",
		Named:   "{m3's} pause",
		Threat:  "{m3}'s worker freezes for {for} {point}{patience}",
	},
}, {
	Kind: Fail, Letter: 'F', Hits: OnStep, Fields: []string{"step", "times", "at", "for", "worker"},
	Actions: []action.Kind{action.Fail, action.FailStatement}, Source: "D7",
	Words: Words{
		Does:    "a step answers with an error, and has done nothing",
		Example: "fail:m1,times=3",
		Short:   "error",
		Tells:   "{step} fails",
		Why:     "Why is {m3} not {charged}?",
		One:     "failure, of {step}",
		Struck:  "an error{undone}",
		Noun:    "an error",
		Named:   "{m3's} error",
		Lasting: "{bank} is down for {for}, from {at} on",
		Threat:  "{bank} answers {m3} with an error, and {refuses}",
		Idle:    "nothing failed",
	},
}, {
	Kind: LoseReply, Letter: 'R', Hits: OnStep, Fields: []string{"step", "times", "at", "for", "worker"},
	Actions: []action.Kind{action.LoseReply}, Source: "D17",
	Words: Words{
		Does:    "a step is done, but its answer is lost: the consumer sees an error",
		Example: "lose-reply:m1",
		Short:   "reply lost",
		Tells:   "but the reply is lost",
		One:     "lost reply, of {step}",
		Struck:  "done, but the reply got lost",
		Noun:    "a lost reply",
		Named:   "{m3's} lost reply",
		Lasting: "for {for} from {at} on, the answers of {bank} get lost",
		Threat:  "{bank} {answers} {m3}, but its answer gets lost",
		Idle:    "no reply was lost",
	},
}, {
	Kind: Slow, Letter: 'S', Hits: OnEffect, All: true, Fields: []string{"for", "worker"}, Usual: Fault{For: DefaultSlow},
	Actions: []action.Kind{action.TimeOut}, Source: "D2",
	Words: Words{
		Does:    "the receiver takes its time and the worker waits, perhaps for longer than the queue does",
		Example: "slow:m1,for=70s",
		Short:   "slow",
		Tells:   "waits {for} for {bank}",
		Why:     "Why does {m3} take so long?",
		Struck:  "its effect took {for}",
		Noun:    "slow work",
		Named:   "{m3's} slow work",
		Threat:  "{bank} takes {for} for {m3}{patience}",
		Idle:    "nothing was slow",
	},
}, {
	Kind: ClockAhead, Letter: 'K', Hits: OnClock, All: true, Fields: []string{"by", "worker"}, Usual: Fault{By: DefaultAhead},
	Actions: []action.Kind{action.ClockAhead}, Source: "D4, for a lock that ends too early and not for a holder that is too slow",
	Words: Words{
		Does:    "the worker's clock is ahead: the worker takes over a lock or a row that has not expired",
		Example: "clock-ahead:m1b,by=12m",
		Short:   "clock ahead",
		Tells:   "its clock is {by} ahead",
		Why:     "Why does the worker of {m3} take that row over?",
		One:     "clock that is ahead",
		Struck:  "{worker}'s clock was {by} ahead",
		Noun:    "a clock that is ahead",
		Named:   "the clock that is ahead at {m3}",
		Threat:  "the clock of {m3}'s worker is {by} ahead",
		Idle:    "no row had so little time left",
	},
}, {
	Kind: Copy, Letter: 'D', Strikes: AtMessage, Renews: true, Fields: []string{"later"}, Usual: Fault{Later: DefaultCopy},
	Actions: []action.Kind{action.Copy}, Source: "D15",
	Words: Words{
		Does:    "the network delivers a message twice",
		Example: "copy:m1",
		Short:   "a copy",
		Who:     "the network",
		Tells:   "a copy that the network made of {m3}",
		Why:     "Why is {m3} here?",
		One:     "copy",
		Struck:  "the network made a copy",
		Noun:    "a copy",
		Named:   "the copy of {m3}",
		Threat:  "the network delivers {m3} twice, the copy at {at}",
	},
}, {
	Kind: Republish, Letter: 'D', Strikes: AtMessage, Renews: true, Fields: []string{"later", "new-id", "body"}, Usual: Fault{Later: DefaultAgain},
	Actions: []action.Kind{action.Republish, action.RepublishAs, action.RepublishReworded}, Source: "D8, and D9 under a new message ID",
	Words: Words{
		Does:    "the producer publishes the message a second time",
		Example: "republish:m1,later=20s,new-id=true",
		Short:   "published again",
		Who:     "the producer",
		Tells:   "{m3} is published again, under {an id}",
		Why:     "Why is {m3} here?",
		One:     "republish{as}",
		Struck:  "published again, {id} message ID",
		Noun:    "a second publish",
		Named:   "the second publish of {m3}",
		Threat:  "{m3} is published again at {at}, under {an id}",
	},
}, {
	Kind: Redrive, Letter: 'D', Strikes: AtMessage, Renews: true, Fields: []string{"later", "new-id"}, Usual: Fault{Later: DefaultRedrive},
	Actions: []action.Kind{action.Redrive, action.RedriveAs}, Source: "D20",
	Words: Words{
		Does:    "an operator puts back what lies in the dead-letter queue by then, days after its publish",
		Example: "redrive:m1,later=8d",
		Short:   "redrive",
		Who:     "an operator",
		Tells:   "{m3} is put back from the dead-letter queue, {id} message ID",
		Why:     "Why is {m3} here?",
		One:     "redrive{as}",
		Struck:  "put back by an operator, {id} message ID",
		Noun:    "a redrive",
		Named:   "the redrive of {m3}",
		Threat:  "{m3} is put back from the dead-letter queue at {at}, under {an id}",
		Missed:  "{m3} was not in the dead-letter queue then",
	},
}, {
	Kind: Delay, Letter: 'L', Strikes: AtMessage, Fields: []string{"for"}, Usual: Fault{For: DefaultDelay},
	Actions: []action.Kind{action.Publish}, On: "sqs-fifo", // nothing is late where there is no order
	Words: Words{
		Does:    "a publish reaches the queue late, so that a later one may come first",
		Example: "delay:m1,for=5s",
		Short:   "late",
		Who:     "the producer",
		Tells:   "reaches the queue {for} late",
		Why:     "Why is {m3} here?",
		Struck:  "it came {for} late",
		Noun:    "a delay",
		Named:   "{m3's} delay",
		Threat:  "{m3} is held up on its way and reaches the queue at {at}",
	},
}, {
	Kind: Restart, Letter: 'X', Strikes: AtWorld, Fields: []string{"at", "drain"},
	Actions: []action.Kind{action.Restart, action.Drain}, Source: "D3, for all at once",
	Words: Words{
		Does:    "all processes are replaced, as in a deploy: killed, or asked to end first (drain)",
		Example: "restart,at=40s",
		Short:   "restart",
		Who:     "all processes",
		Tells:   "are {restarted}",
		Why:     "Why are all workers restarted?",
		One:     "restart of all processes{as}",
		Struck:  "all workers were {restarted}",
		Noun:    "a restart",
		Named:   "the restart",
		Threat:  "all workers are {restarted} at {at}, as in a deploy",
	},
}, {
	Kind: ForgetAcks, Letter: 'B', Strikes: AtWorld, Fields: []string{"at", "last"}, Usual: Fault{Last: 1},
	Actions: []action.Kind{action.ForgetAck}, Source: "D13, D14",
	Words: Words{
		Does:    "the broker fails over and forgets the last acks: those messages come again, though they were settled",
		Example: "forget-acks,at=40s,last=3",
		Short:   "ack forgotten",
		Who:     "the broker",
		Tells:   "fails over and forgets the ack of {m3}",
		Why:     "Why is {m3} delivered again?",
		One:     "forgotten ack",
		Struck:  "the broker forgot the ack",
		Noun:    "a forgotten ack",
		Named:   "the forgotten {acks}",
		Threat:  "the broker fails over at {at}, and forgets the last {acks}",
		Missed:  "nothing was acked by then",
	},
}, {
	Kind: LoseWrites, Letter: 'W', Strikes: AtWorld, Fields: []string{"at", "last", "which"}, Usual: Fault{Last: 1},
	Actions: []action.Kind{action.LoseWrites, action.LoseDBWrites, action.LoseCacheWrites}, Source: "D26",
	Words: Words{
		Does:    "the stores fail over and lose their last commits, each as a whole",
		Example: "lose-writes,at=40s,last=2",
		Short:   "writes lost",
		Who:     "{the stores}",
		Tells:   "{fail} over and {lose} {m3}'s last write",
		Why:     "Why is that write lost?",
		One:     "failover{of} that loses the newest write",
		Struck:  "{the stores} lost {last}",
		Noun:    "lost writes",
		Named:   "the lost writes",
		Threat:  "{the stores} {fail} over at {at}, and {lose} {last}",
		Missed:  "it had written nothing by then",
	},
}, {
	Kind: StoreDown, Letter: 'O', Strikes: AtWorld, Whole: true, Fields: []string{"at", "for", "which"}, Usual: Fault{For: DefaultDown},
	Actions: []action.Kind{action.StoreDown, action.DBDown, action.CacheDown},
	Words: Words{
		Does:    "database and cache are out of reach for a while, or one of them",
		Example: "store-down,at=0s,for=20s",
		Short:   "stores down",
		Who:     "{both}",
		Tells:   "{go} down",
		Why:     "Why are the stores down?",
		One:     "outage of {the stores}",
		Struck:  "{the stores} {were} down for {for}",
		Noun:    "an outage of the stores",
		Named:   "the outage of {the stores}",
		Threat:  "{both} {go} down at {at}, for {for}",
	},
}, {
	Kind: Rebalance, Letter: 'G', Strikes: AtWorld, Fields: []string{"at", "join"},
	Actions: []action.Kind{action.Leave, action.Join}, On: "kafka", Source: "D5, for owners that are well",
	Words: Words{
		Does:    "a member joins the group or leaves it, and partitions move while their owner is well and at work",
		Example: "rebalance,at=12.5s,join=true",
		Short:   "rebalance",
		Who:     "the group",
		Tells:   "rebalances: a member {member}",
		Why:     "Why do partitions move?",
		One:     "rebalance",
		Struck:  "the group was rebalanced",
		Noun:    "a rebalance",
		Named:   "the rebalance",
		Threat:  "the group rebalances at {at}: a member {member}",
		Missed:  "no worker owns a partition: the queue needs assign: owner",
	},
}}

// All returns the table of the kinds of fault, in the order in which a list shows
// them. It must not be changed.
func All() []Info { return table[:] }

// Kinds are all there are, in the order in which a list shows them.
func Kinds() []Kind {
	kinds := make([]Kind, len(table))
	for i := range table {
		kinds[i] = table[i].Kind
	}
	return kinds
}

// Of returns the row of the kind of fault that an action of a kind stands for by itself. The
// row is empty if the action is a fault only sometimes.
func Of(k action.Kind) *Info { return causedBy[k] }

var causedBy = func() (rows [action.Count]*Info) {
	for k := range rows {
		rows[k] = &noFault
	}
	for i := range table {
		for _, k := range table[i].Actions {
			if k.IsFault() {
				rows[k] = &table[i]
			}
		}
	}
	return rows
}()

// Names are their names, in that order.
func Names() []string {
	names := make([]string, len(table))
	for i := range table {
		names[i] = string(table[i].Kind)
	}
	return names
}

// noFault is the row of what is no kind of fault.
var noFault Info

// Info returns the row of a kind; that of an unknown one is empty.
func (k Kind) Info() *Info {
	for i := range table {
		if table[i].Kind == k {
			return &table[i]
		}
	}
	return &noFault
}

// Fields returns the names of the fields that a fault of this kind has, as files
// write them, beside the message that it names.
func (k Kind) Fields() []string { return k.Info().Fields }

// ByAttempt reports whether a fault of this kind strikes an attempt: one
// delivery of one broker message. The others strike a message or the world.
func (k Kind) ByAttempt() bool { return k.Info().Strikes == AtAttempt }

// ByWorld reports whether a fault of this kind strikes the world at a time of its
// own, and names no message.
func (k Kind) ByWorld() bool { return k.Info().Strikes == AtWorld }

// renews reports whether a fault of this kind makes another broker message of one.
func (k Kind) renews() bool { return k.Info().Renews }

// AllMessages is what a fault that strikes every message names: a slow receiver is
// slow to everyone. No message may be called that.
const AllMessages = "all"

// Defaults of a fault's fields.
const (
	DefaultPause = 45 * time.Second
	DefaultSlow  = 70 * time.Second
	DefaultCopy  = time.Millisecond
	DefaultAgain = 20 * time.Second
	DefaultDown  = 20 * time.Second
	DefaultDelay = 5 * time.Second
	DefaultAhead = 15 * time.Minute

	DefaultRedrive = 8 * 24 * time.Hour
)

// The stores that an outage can strike alone.
const (
	WhichDB    = "db"
	WhichCache = "cache"
	whichBoth  = "both" // as files and flags write that it strikes both
)
