// Package store is what a consumer has stored, as numbers: the rows of its database, the
// entries of its cache, the keys in the memory of its processes, and the keys that a receiver
// knows. [Names] gives the numbers. The package has no clock, and knows workers by their number
// only: package sim says when something is written, who waits for a lock, and what runs out.
package store

import (
	"slices"

	"dejavu/broker"
)

// Absent is the value of a row that is not there.
const Absent int32 = -1

// TableRow is one row of the database. A row that a transaction has written and not
// committed yet has an owner, and is locked for everybody else.
type TableRow struct {
	Key   int32
	Table int16
	Owner int8  // worker + 1 of the open transaction, or 0
	Value int32 // committed, or absent
	Next  int32 // what the owner will commit
	Kept  int32 // the number of the write that gave it a retention; 0 for ever
	Keeps int32 // that of what the owner will commit
	Tenure
}

// Rows are sorted by (key, table). Names are numbered in order of first use, so
// a new row belongs near the end, and so does the one that is asked for next.
type Rows []TableRow

func (r *TableRow) less(table int16, key int32) bool {
	return r.Key < key || r.Key == key && r.Table < table
}

// At returns where the row is or would be.
func (rs Rows) At(table int16, key int32) (int, bool) {
	at := nearEnd(len(rs), func(i int) bool { return rs[i].less(table, key) })
	return at, at < len(rs) && rs[at].Key == key && rs[at].Table == table
}

// nearEnd returns how many of n things, which are in order, come before some place. It looks
// from the end on: most that is asked for is new.
func nearEnd(n int, before func(i int) bool) int {
	lo, hi := 0, n
	for back := 1; back <= n; back *= 4 {
		if before(n - back) {
			lo = n - back + 1
			break
		}
		hi = n - back
	}
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); before(mid) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Locker returns the worker, from 0, whose open transaction has locked the row, or broker.None.
// tx says that the worker that asks writes within its own transaction: then its own lock does
// not count. Outside of that it does, and the worker waits for itself for ever.
func (rs Rows) Locker(table int16, key int32, worker int, tx bool) int {
	i, found := rs.At(table, key)
	if !found || rs[i].Owner == 0 || tx && rs[i].Owner == int8(worker+1) {
		return broker.None
	}
	return int(rs[i].Owner) - 1
}

// Read returns what a worker sees: in its transaction what that has written,
// otherwise what is committed.
func (rs Rows) Read(table int16, key int32, worker int, tx bool) int32 {
	i, found := rs.At(table, key)
	switch {
	case !found:
		return Absent
	case tx && rs[i].Owner == int8(worker+1):
		return rs[i].Next
	}
	return rs[i].Value
}

// Write sets a row to to.Value; Absent deletes it. to.Kept is the number of the write, if that
// gives the row a retention, or 0 for ever. With tx the row is the transaction's until [Rows.End],
// and Write reports whether it has become so now. Without, the write is committed at once.
func (rs *Rows) Write(to TableRow, by Author, tx bool) bool {
	i, found := rs.At(to.Table, to.Key)
	if !found {
		if to.Value == Absent {
			return false
		}
		*rs = slices.Insert(*rs, i, TableRow{Key: to.Key, Table: to.Table, Value: Absent, Next: Absent})
	}
	r := &(*rs)[i]
	r.Next, r.Keeps = to.Value, to.Kept
	if tx {
		fresh := r.Owner == 0
		r.Owner = by.Worker + 1
		return fresh
	}
	if r.become(by); r.Value == Absent {
		*rs = Cut(*rs, i)
	}
	return false
}

// become makes what was written what is there.
func (r *TableRow) become(by Author) {
	r.Value, r.Kept, r.Tenure = r.Next, r.Keeps, Tenure{}
	if r.Kept > 0 {
		r.By = by
	}
}

// End commits or rolls back what a worker's transaction has written: the rows at these places,
// in order.
func (rs *Rows) End(by Author, written []int, commit bool) {
	for _, i := range slices.Backward(written) { // so that none moves before its turn
		r := &(*rs)[i]
		r.Owner = 0
		if commit {
			r.become(by)
		}
		if r.Next, r.Keeps = r.Value, r.Kept; r.Value == Absent {
			*rs = Cut(*rs, i)
		}
	}
}

// Retained returns where a row is or would be, and whether it is committed there with a
// retention.
func (rs Rows) Retained(table int16, key int32) (int, bool) {
	i, found := rs.At(table, key)
	return i, found && rs[i].Kept > 0
}

// Expire deletes a committed row whose retention has run out. There must be one: see
// [Rows.Retained]. What an open transaction has written in its place stays.
func (rs *Rows) Expire(table int16, key int32) {
	i, _ := rs.At(table, key)
	r := &(*rs)[i]
	if r.Value, r.Kept, r.Tenure = Absent, 0, (Tenure{}); r.Owner == 0 {
		*rs = Cut(*rs, i)
	}
}

// Revert makes a row what it was, for everybody but a transaction that has written
// it since and is still open.
func (rs *Rows) Revert(r TableRow) {
	i, found := rs.At(r.Table, r.Key)
	if !found {
		if r.Value == Absent {
			return
		}
		*rs = slices.Insert(*rs, i, TableRow{Table: r.Table, Key: r.Key})
	}
	now := &(*rs)[i]
	now.Value, now.Kept, now.Tenure = r.Value, r.Kept, r.Tenure
	if now.Owner != 0 {
		return
	}
	if now.Next, now.Keeps = r.Value, r.Kept; r.Value == Absent {
		*rs = Cut(*rs, i)
	}
}

// Cut takes out the element at a place. What lies before it moves if that is less: what
// comes first goes first, and a long list is not moved for it.
func Cut[S ~[]E, E any](s S, at int) S {
	if at > len(s)/2 || len(s) < 64 {
		return slices.Delete(s, at, at+1)
	}
	copy(s[1:at+1], s[:at])
	return s[1:]
}

// Author is an attempt that has written something: a worker, at one delivery.
type Author struct {
	Worker  int8
	Receipt broker.Receipt
}

// Tenure is what matters of something with a lifetime beside its value: who wrote it,
// and whether anybody waits for its end.
type Tenure struct {
	By     Author
	Waited bool // it has turned an attempt away whose message comes again
}

// Bit returns 1 for true and 0 for false.
func Bit(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
