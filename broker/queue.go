package broker

import "slices"

// None stands for "no message" and "no worker".
const None = -1

// Queue is the state of the broker. Make one with [New]; copy one with
// [Queue.Clone]. Messages and workers are numbers from 0. The methods that
// change it panic when the change is not possible: ask first.
type Queue struct {
	profile *Profile
	workers int
	known   []known  // what never changes about a message; shared by clones
	slots   []slot   // what does
	flying  []int32  // the messages in flight, by number
	open    []uint64 // a bit for every message that is ready and its turn; empty without batches
	groups  []group  // order and ownership; empty where the profile needs neither
	gone    []bool   // by worker: its process has died, and its session is not over; empty without sessions
	ranks   int32    // publishes so far
	moved   []int32  // scratch: what the last call settled, returned to the queue or dead-lettered
	alone   bool     // known is shared with nobody, and may be written over: see Keep
}

// known is what never changes about a broker message. Its text is the business
// of those who read it.
type known struct {
	first int32 // the lowest message number that is the same to the dedup window
	group int32
}

type slot struct {
	state      State
	remembered bool  // on the first message of an ID: the ID is in the dedup window
	holder     int8  // the worker on whose connection it is in flight
	deliveries int32 // so far
	counted    int32 // of these, towards MaxDeliveries
	nacks      int32 // so far; kept where the profile has MaxNacks
	orphan     bool  // its holder's process has ended, and is handed it when it starts again
	rank       int32 // its place among all publishes

	// Where the profile keeps an order, the messages of a group that are published
	// and not settled form a list in the order of their publishes.
	prev, next int32
}

type group struct {
	last  int32 // the end of the list
	owner int8
}

// New returns a queue for workers numbered from 0 (at most 127) that knows the
// given messages; none is published yet. The profile must be valid and must not
// be changed afterwards.
func New(p *Profile, workers int, messages []Message) Queue {
	return NewOf(p, workers, len(messages), func(i int) *Message { return &messages[i] })
}

// NewOf is New for a caller that keeps its n messages inside other values.
func NewOf(p *Profile, workers, n int, message func(i int) *Message) Queue {
	q := Queue{profile: p, workers: workers}
	q.known = make([]known, 0, n)
	q.slots = make([]slot, 0, n)
	ids := map[string]int32{}
	groups := map[string]int32{}
	if p.SessionTimeout > 0 {
		q.gone = make([]bool, workers)
	}
	for i := range n {
		first, group := int32(i), int32(0)
		if p.Window() > 0 && p.DedupBy == ByMessageID {
			first = number(ids, message(i).ID, first)
		}
		if q.grouped() {
			group = number(groups, message(i).Group, int32(len(groups)))
		}
		q.register(known{first: first, group: group})
	}
	return q
}

// number returns what is stored under name, storing n first if nothing is.
func number(names map[string]int32, name string, n int32) int32 {
	if old, ok := names[name]; ok {
		return old
	}
	names[name] = n
	return n
}

// grouped reports whether it matters which group a message is in.
func (q *Queue) grouped() bool {
	p := q.profile
	return p.Order != NoOrder || p.Assign == OwnerWorker || p.AckUnit == AckCumulative
}

func (q *Queue) register(k known) int32 {
	n := int32(len(q.slots))
	q.known = append(q.known, k)
	q.slots = append(q.slots, slot{holder: None, prev: None, next: None})
	for q.grouped() && int(k.group) >= len(q.groups) {
		q.groups = append(q.groups, group{last: None, owner: int8(len(q.groups) % q.workers)})
	}
	return n
}

// Add makes a further broker message known, not published yet, and returns its
// number: a copy of an earlier one (sameID), or the same fact under a new
// message ID. Its group is that of the earlier one.
func (q *Queue) Add(like int, sameID bool) int {
	k := known{first: int32(len(q.slots)), group: q.known[like].group}
	if sameID {
		k.first = q.known[like].first
	}
	return int(q.register(k))
}

// Clone returns a copy that shares nothing that can change.
func (q *Queue) Clone() Queue {
	c := *q
	c.known = slices.Clip(q.known) // so that neither appends where the other reads
	if q.alone {
		c.known = slices.Clone(q.known) // or writes over it
	}
	c.slots = slices.Clone(q.slots)
	c.flying = slices.Clone(q.flying)
	c.open = slices.Clone(q.open)
	c.groups = slices.Clone(q.groups)
	c.gone = slices.Clone(q.gone)
	c.moved = nil
	return c
}

// Len returns the number of broker messages known.
func (q *Queue) Len() int { return len(q.slots) }

// Profile returns the profile, which must not be changed.
func (q *Queue) Profile() *Profile { return q.profile }

// Published returns how many messages it has taken in so far.
func (q *Queue) Published() int { return int(q.ranks) }

// State returns where message n is.
func (q *Queue) State(n int) State { return q.slots[n].state }

// Deliveries returns how often message n has been delivered so far.
func (q *Queue) Deliveries(n int) int { return int(q.slots[n].deliveries) }

// Holder returns the worker on whose connection message n is in flight, or None.
// The worker may have crashed or finished since: the broker cannot know.
func (q *Queue) Holder(n int) int {
	if q.slots[n].state != InFlight {
		return None
	}
	return int(q.slots[n].holder)
}

// InFlight returns the numbers of the messages in flight, in order. The slice is
// valid until the next change.
func (q *Queue) InFlight() []int32 { return q.flying }

// Before returns the message that n has to wait for: of those published before n
// in n's group and not settled, the last. It returns None if there is none, or if
// the profile keeps no order.
func (q *Queue) Before(n int) int { return int(q.slots[n].prev) }

// Behind returns the message that waits for n: of those published after n in n's
// group and not settled, the first. It returns None if there is none, or if the
// profile keeps no order.
func (q *Queue) Behind(n int) int { return int(q.slots[n].next) }

// Owner returns the worker that may be handed message n, or None if any may.
func (q *Queue) Owner(n int) int {
	if q.profile.Assign != OwnerWorker {
		return None
	}
	return int(q.groups[q.known[n].group].owner)
}

// Publish puts message n into the queue. It returns false, and drops it, if its
// message ID is in the dedup window. direct says that it comes from behind the
// window: a copy that the network made.
func (q *Queue) Publish(n int, direct bool) bool {
	s := &q.slots[n]
	if s.state != Unpublished {
		panic("broker: Publish of a message that was published before")
	}
	first := q.known[n].first
	if !direct && q.profile.Window() > 0 {
		if q.slots[first].remembered {
			s.state = Deduplicated
			return false
		}
		q.slots[first].remembered = true
	}
	s.state, s.rank = Ready, q.ranks
	q.ranks++
	q.link(int32(n))
	q.sift(int32(n))
	return true
}

// Redrive takes message n out of the dead-letter queue. The caller republishes it as
// another broker message with its own deliveries.
func (q *Queue) Redrive(n int) {
	if q.slots[n].state != Dead {
		panic("broker: Redrive of a message that is not in the dead-letter queue")
	}
	q.slots[n].state = Redriven
}

// link puts message n into its group's list, behind what was published before it:
// at the end, unless its ack was forgotten.
func (q *Queue) link(n int32) {
	if q.profile.Order == NoOrder {
		return
	}
	s, g := &q.slots[n], &q.groups[q.known[n].group]
	s.prev, s.next = g.last, None
	for s.prev != None && q.slots[s.prev].rank > s.rank {
		s.prev, s.next = q.slots[s.prev].prev, s.prev
	}
	if s.prev != None {
		q.slots[s.prev].next = n
	}
	if s.next != None {
		q.slots[s.next].prev = n
	} else {
		g.last = n
	}
}

// unlink takes message n, now settled, out of its group's list. What comes after
// it then waits for what came before it: an ack may leave a gap.
func (q *Queue) unlink(n int32) {
	if q.profile.Order == NoOrder {
		return
	}
	s := &q.slots[n]
	if s.prev != None {
		q.slots[s.prev].next = s.next
	}
	if s.next != None {
		q.slots[s.next].prev = s.prev
		q.sift(s.next)
	} else {
		q.groups[q.known[n].group].last = s.prev
	}
	s.prev, s.next = None, None
}

// Remembers reports whether the message ID of n is in the dedup window.
func (q *Queue) Remembers(n int) bool { return q.slots[q.known[n].first].remembered }

// Forget takes the message ID of n out of the dedup window.
func (q *Queue) Forget(n int) { q.slots[q.known[n].first].remembered = false }

// Deliverable reports whether message n may be handed to the worker now, as far
// as the queue is concerned. What is in flight may be only where the worker held it when
// its process ended, and the profile lets it resume.
func (q *Queue) Deliverable(n, worker int) bool {
	if s := &q.slots[n]; s.orphan {
		return int(s.holder) == worker && !q.Gone(worker)
	}
	owner := q.Owner(n)
	return (owner == None || owner == worker && !q.Gone(worker)) && q.inTurn(int32(n))
}

// Gone reports whether the broker takes a worker for a member of the group though its
// process has died: its session is not over. Its new process is no member yet.
func (q *Queue) Gone(worker int) bool { return worker < len(q.gone) && q.gone[worker] }

// Deliver hands message n to a worker. For as long as the receipt is current the
// message is hidden from everybody else.
func (q *Queue) Deliver(n, worker int) Receipt {
	if !q.Deliverable(n, worker) {
		panic("broker: Deliver of a message that is not deliverable; ask Deliverable first")
	}
	s := &q.slots[n]
	s.deliveries++
	s.counted++
	if s.orphan {
		s.orphan = false
		return Receipt{Msg: int32(n), Delivery: s.deliveries}
	}
	s.state, s.holder = InFlight, int8(worker)
	if last := len(q.flying) - 1; last < 0 || q.flying[last] < int32(n) { // as it mostly is
		q.flying = append(q.flying, int32(n))
	} else {
		at, _ := slices.BinarySearch(q.flying, int32(n))
		q.flying = slices.Insert(q.flying, at, int32(n))
	}
	q.sift(int32(n))
	return Receipt{Msg: int32(n), Delivery: s.deliveries}
}
