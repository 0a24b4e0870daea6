package broker

// Where partitions have owners, the workers are members of a group. Who comes, goes or is
// silent for too long changes the owners: a rebalance. It needs nobody to have failed.

// Disconnect says that the connection of a worker has closed, or that the broker has given
// up waiting for it. What the worker held comes back, where the profile redelivers on that,
// and its partitions move.
func (q *Queue) Disconnect(worker int) {
	q.moved = q.moved[:0]
	if len(q.gone) > 0 {
		q.gone[worker] = false
	}
	if q.profile.Assign == OwnerWorker {
		q.rebalance(worker)
	}
	if q.profile.Redeliver&OnDisconnect == 0 {
		return
	}
	for i := 0; i < len(q.flying); {
		if n := q.flying[i]; int(q.slots[n].holder) == worker {
			q.giveBack(n, false)
			i = 0 // with partition order it shortens flying anywhere, not only at i
		} else {
			i++
		}
	}
}

// Close says that the process of a worker ends and says good-bye, as in a deploy. What it
// holds it is handed when it starts again, where the profile says so and nobody else has
// been handed it by then.
func (q *Queue) Close(worker int) {
	q.orphan(worker)
	q.Disconnect(worker)
}

// Die says that the process of a worker has died. Without a session its connection says
// so: it is Close. A group with sessions does not know yet: until Disconnect says that
// the session is over, the worker is Gone, and nobody has what it owned.
func (q *Queue) Die(worker int) {
	if len(q.gone) == 0 {
		q.Close(worker)
		return
	}
	q.moved = q.moved[:0]
	q.orphan(worker)
	q.gone[worker] = true
}

// orphan marks what a worker holds whose process ends, unless that was its last delivery.
func (q *Queue) orphan(worker int) {
	for _, n := range q.flying {
		if s := &q.slots[n]; q.profile.Resumes && int(s.holder) == worker && !q.spent(s) {
			s.orphan = true
		}
	}
}

// rebalance moves the partitions of a worker to the next one and returns what is not
// committed: a new owner starts where the last commit stands.
func (q *Queue) rebalance(worker int) {
	next := q.next(worker)
	for g := range q.groups {
		if int(q.groups[g].owner) == worker {
			q.move(g, next)
		}
	}
	q.revoke()
}

// next returns the member whose turn it is after a worker: itself, if it is the only one.
func (q *Queue) next(worker int) int {
	for i := range q.workers {
		if next := (worker + 1 + i) % q.workers; !q.Gone(next) {
			return next
		}
	}
	return (worker + 1) % q.workers
}

// move gives a partition to another owner, from its last commit on.
func (q *Queue) move(group, owner int) {
	q.groups[group].owner = int8(owner)
	q.rewind(group)
}

// rewind returns what is in flight of a partition.
func (q *Queue) rewind(group int) {
	for i := 0; i < len(q.flying); {
		if n := q.flying[i]; int(q.known[n].group) == group {
			q.giveBack(n, false)
		} else {
			i++
		}
	}
}

// revoke returns what is in flight of every partition whose owner takes part in an eager
// rebalance. A member whose process has died does not: what it owns waits for its session
// to be over.
func (q *Queue) revoke() {
	if q.profile.Rebalance != Eager {
		return
	}
	for g := range q.groups {
		if !q.Gone(int(q.groups[g].owner)) {
			q.rewind(g)
		}
	}
}

// Join says that a member has come, though all others are well: the owners are dealt out again,
// and an owner at work is not asked. The one with the fewest partitions, the last of them,
// is the newcomer. It gets one of the one with the most, the first of them, and so on until
// they have about the same. Where all have, none moves.
func (q *Queue) Join() {
	q.moved = q.moved[:0]
	for first := true; ; first = false {
		most, fewest := q.share()
		if most == None || q.owns(most)-q.owns(fewest) < 1 || !first && q.owns(most)-q.owns(fewest) < 2 {
			break
		}
		for g := range q.groups {
			if int(q.groups[g].owner) == most {
				q.move(g, fewest)
				break
			}
		}
	}
	q.revoke()
}

// Leave says that a member has left while it is well: the one with the most partitions, the
// first of them. They move to the next member, and what the leaver is at work on it ends.
func (q *Queue) Leave() {
	q.moved = q.moved[:0]
	if most, _ := q.share(); most != None {
		q.rebalance(most)
	}
}

// share returns the first member that owns the most partitions, and the last that owns the
// fewest; None if there is no member.
func (q *Queue) share() (most, fewest int) {
	most, fewest = None, None
	for w := range q.workers {
		if q.Gone(w) {
			continue
		}
		if most == None || q.owns(w) > q.owns(most) {
			most = w
		}
		if fewest == None || q.owns(w) <= q.owns(fewest) {
			fewest = w
		}
	}
	return most, fewest
}

func (q *Queue) owns(worker int) int {
	n := 0
	for g := range q.groups {
		if int(q.groups[g].owner) == worker {
			n++
		}
	}
	return n
}
