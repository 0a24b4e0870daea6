// Package action is the table of the kinds of action that the menu of a world can offer:
// what each is about, what it does with the next step of a worker, and whether it costs a
// fault.
package action

// Kind is a kind of action: what the menu of a world can offer.
type Kind uint8

// The actions. What is known of each stands in its row of the table below.
const (
	Nothing           Kind = iota
	Publish                // a producer publishes message Msg
	Deliver                // the queue hands message Msg to Worker
	Begin                  // Worker begins Msg, which it has held for its time
	Step                   // Worker takes its next step
	TimeOut                // the visibility timeout of Msg passes
	Request                // the request of Worker has reached the receiver, and is at work there
	CutOff                 // the broker gives up waiting for Worker: it has been silent, or at work, for too long
	Undelay                // the nack delay of Msg is over
	Retry                  // the delay is over after which the relay tries the outbox row of Msg again
	Forget                 // the dedup window over Msg's message ID closes
	Expire                 // the cache entry Key expires, or the row Key of Table, or the key that the receiver honours
	Kill                   // the grace of a process is over: it is killed while Worker is at work
	Crash                  // the process of Worker dies
	LoseAck                // the ack (or nack) that Worker sends does not arrive
	LoseReply              // the next step of Worker is done, but its answer is lost
	Fail                   // the next step of Worker does nothing and answers with an error
	Copy                   // the network makes a copy of Msg behind the queue's dedup window
	Republish              // the producer publishes Msg again, under the same message ID
	RepublishAs            // the fact is published again, under a new message ID and a new number
	RepublishReworded      // ... with another body as well: the body of Key in the plan, or one that nothing else has
	Restart                // all processes die and start again, as in a deploy
	Drain                  // all processes are asked to end, and get time to end what they are at
	Leave                  // a member leaves the group while it is well, and its partitions move
	Join                   // a member joins it, and partitions move to it
	Redrive                // an operator puts Msg back from the dead-letter queue, under the same message ID
	RedriveAs              // ... under a new one
	Evict                  // the process of Worker, its first, forgets Key, which gives way to others
	StoreDown              // database and cache are out of reach
	StoreUp                // they can be reached again
	DBDown                 // the database alone is out of reach
	DBUp                   // it can be reached again
	CacheDown              // the cache alone is out of reach
	CacheUp                // it can be reached again
	LoseWrites             // they fail over, and lose the newest commit of both
	ForgetAck              // the broker lacks the ack of Msg, after a failover of its own
	FailStatement          // the next step of Worker, of the database, fails and its handler goes no further
	ClockAhead             // the next step of Worker takes over a row whose time is not up: its clock is ahead
	LoseDBWrites           // the database alone fails over, and loses its newest commit
	LoseCacheWrites        // the cache alone does, and loses its newest write
	Count                  // how many kinds there are, with Nothing
)

// info is what is known of a kind of action without taking it.
type info struct {
	name   string // as an action is written
	joint  string // ... between its message and its worker
	past   string // as the event that it leads to is written
	msg    bool   // it is about a message,
	worker bool   // about a worker,
	key    bool   // about something stored under a key,
	world  bool   // or about the stores or all processes, and not about a message
	renews bool   // it makes another broker message of one
	fault  bool   // it costs a fault, whenever it happens
	kills  bool   // it ends a process, or all
	cuts   bool   // it closes the connection of a worker that goes on
	step   stride // what it does with the next step of a worker
	does   bool   // ... and that step is done
	rank   Rank   // among what happens at the same instant
}

// stride is what an action does with the next step of a worker.
type stride uint8

const (
	noStep   stride = iota
	takes           // it is that step, done or not
	precedes        // it comes to the worker before that step
)

// Rank orders what happens at the same instant: steps and acks, then what befalls all
// processes, then deadlines, then publishes. Deliveries come last: they are made when an
// instant has nothing else left.
type Rank uint8

// The ranks.
const (
	RankStep Rank = iota
	RankWorld
	RankDeadline
	RankPublish
	RankDelivery
)

var kinds = [Count]info{
	Nothing:           {name: "nothing", past: "paused"},
	Publish:           {name: "publish", past: "published", msg: true, rank: RankPublish},
	Deliver:           {name: "deliver", joint: " to", past: "delivered", msg: true, worker: true, rank: RankDelivery},
	Begin:             {name: "begin", joint: " by", past: "begun", msg: true, worker: true, rank: RankDelivery},
	Step:              {name: "step", past: "stepped", worker: true, step: takes, does: true},
	TimeOut:           {name: "time-out", past: "timed-out", msg: true, rank: RankDeadline},
	Request:           {name: "request", past: "requested", worker: true, rank: RankStep},
	CutOff:            {name: "cut-off", past: "cut-off", worker: true, cuts: true, rank: RankDeadline},
	Undelay:           {name: "undelay", past: "delay-over", msg: true, rank: RankDeadline},
	Retry:             {name: "retry", past: "retry-due", msg: true, rank: RankDeadline},
	Forget:            {name: "forget", past: "window-closed", msg: true, rank: RankDeadline},
	Expire:            {name: "expire", past: "expired", key: true, world: true, rank: RankDeadline},
	Kill:              {name: "kill", past: "killed", worker: true, kills: true, step: precedes, rank: RankWorld},
	Crash:             {name: "crash", past: "crashed", worker: true, fault: true, kills: true, step: precedes},
	LoseAck:           {name: "lose-ack", past: "ack-lost", worker: true, fault: true, step: takes},
	LoseReply:         {name: "lose-reply", past: "reply-lost", worker: true, fault: true, step: takes, does: true},
	Fail:              {name: "fail", past: "failed", worker: true, fault: true, step: takes},
	FailStatement:     {name: "fail-statement", past: "statement-failed", worker: true, fault: true, step: takes},
	ClockAhead:        {name: "clock-ahead", past: "took-early", worker: true, fault: true, step: takes, does: true},
	Copy:              {name: "copy", past: "copied", msg: true, renews: true, fault: true, rank: RankPublish},
	Republish:         {name: "republish", past: "republished", msg: true, renews: true, fault: true, rank: RankPublish},
	RepublishAs:       {name: "republish-as", past: "republished-as", msg: true, renews: true, fault: true, rank: RankPublish},
	RepublishReworded: {name: "republish-reworded", past: "republished-reworded", msg: true, renews: true, fault: true, rank: RankPublish},
	Restart:           {name: "restart", past: "restarted", world: true, fault: true, kills: true, rank: RankWorld},
	Drain:             {name: "drain", past: "asked-to-end", world: true, fault: true, rank: RankWorld},
	Leave:             {name: "leave", past: "left", world: true, fault: true, rank: RankWorld},
	Join:              {name: "join", past: "joined", world: true, fault: true, rank: RankWorld},
	Redrive:           {name: "redrive", past: "redriven", msg: true, renews: true, fault: true, rank: RankPublish},
	RedriveAs:         {name: "redrive-as", past: "redriven-as", msg: true, renews: true, fault: true, rank: RankPublish},
	Evict:             {name: "evict", past: "evicted", worker: true, key: true, world: true, fault: true},
	StoreDown:         {name: "store-down", past: "stores-down", world: true, fault: true, rank: RankWorld},
	DBDown:            {name: "db-down", past: "db-down", world: true, fault: true, rank: RankWorld},
	DBUp:              {name: "db-up", past: "db-up", world: true, rank: RankWorld},
	CacheDown:         {name: "cache-down", past: "cache-down", world: true, fault: true, rank: RankWorld},
	CacheUp:           {name: "cache-up", past: "cache-up", world: true, rank: RankWorld},
	StoreUp:           {name: "store-up", past: "stores-up", world: true, rank: RankWorld},
	LoseWrites:        {name: "lose-writes", past: "writes-lost", world: true, fault: true, rank: RankWorld},
	LoseDBWrites:      {name: "lose-db-writes", past: "db-writes-lost", world: true, fault: true, rank: RankWorld},
	LoseCacheWrites:   {name: "lose-cache-writes", past: "cache-writes-lost", world: true, fault: true, rank: RankWorld},
	ForgetAck:         {name: "forget-ack", past: "ack-forgotten", msg: true, fault: true, rank: RankWorld},
}

// String returns the kind as an action is written.
func (k Kind) String() string { return kinds[k].name }

// Past returns what an event of this kind is called: crashed, ack-lost.
func (k Kind) Past() string { return kinds[k].past }

// Joint returns what stands, as an action is written, between its message and its worker:
// " to", or nothing.
func (k Kind) Joint() string { return kinds[k].joint }

// OfMessage reports whether actions of this kind are about a message.
func (k Kind) OfMessage() bool { return kinds[k].msg }

// OfWorker reports whether actions of this kind are about a worker.
func (k Kind) OfWorker() bool { return kinds[k].worker }

// OfKey reports whether actions of this kind are about something stored under a key.
func (k Kind) OfKey() bool { return kinds[k].key }

// OfWorld reports whether actions of this kind are about the stores, or about all
// processes, and not about a message.
func (k Kind) OfWorld() bool { return kinds[k].world }

// IsFault reports whether an action of this kind costs a fault, whenever it happens.
func (k Kind) IsFault() bool { return kinds[k].fault }

// Renews reports whether an action of this kind makes another broker message of one.
func (k Kind) Renews() bool { return kinds[k].renews }

// Kills reports whether an action of this kind ends a process, or all.
func (k Kind) Kills() bool { return kinds[k].kills }

// Cuts reports whether an action of this kind closes the connection of a worker that goes
// on.
func (k Kind) Cuts() bool { return kinds[k].cuts }

// AtWork reports whether an action of this kind is part of an attempt: a step, or what
// strikes one.
func (k Kind) AtWork() bool { return kinds[k].step != noStep }

// TakesStep reports whether a worker takes its next step with an action of this kind, done
// or not.
func (k Kind) TakesStep() bool { return kinds[k].step == takes }

// Fails reports whether, with an action of this kind, a worker's step has done nothing and
// ends in a definite error.
func (k Kind) Fails() bool { return k == Fail || k == FailStatement }

// LosesWrites reports whether, with an action of this kind, stores lose their newest commit.
func (k Kind) LosesWrites() bool { return k == LoseWrites || k == LoseDBWrites || k == LoseCacheWrites }

// DoesStep reports whether the step that a worker takes with an action of this kind is done,
// whatever the worker hears of it.
func (k Kind) DoesStep() bool { return kinds[k].does }

// Precedes reports whether an action of this kind comes to a worker before its next step.
func (k Kind) Precedes() bool { return kinds[k].step == precedes }

// Order is in which order things happen that happen at the same instant: what workers do,
// what befalls the world, deadlines, publishes, deliveries.
func (k Kind) Order() Rank { return kinds[k].rank }

// EndsWait reports whether, with actions of this kind, the queue has waited long enough
// for whoever holds a message.
func (k Kind) EndsWait() bool { return k == TimeOut || k == CutOff }

// Parse returns the kind that is written as a word.
func Parse(word string) (Kind, bool) {
	for k := Publish; k < Count; k++ {
		if kinds[k].name == word {
			return k, true
		}
	}
	return Nothing, false
}

// Names returns how the kinds are written, in the order of the table.
func Names() []string {
	var names []string
	for k := Publish; k < Count; k++ {
		names = append(names, kinds[k].name)
	}
	return names
}
