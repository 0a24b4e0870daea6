package sim

import (
	"slices"

	"dejavu/broker"
)

// absent is the value of a row that is not there.
const absent int32 = -1

// row is one row of the database. A row that a transaction has written and not
// committed yet has an owner, and is locked for everybody else.
type row struct {
	key   int32
	table int16
	owner int8  // worker + 1 of the open transaction, or 0
	value int32 // committed, or absent
	next  int32 // what the owner will commit
	kept  int32 // the number of the write that gave it a retention; 0 for ever
	keeps int32 // that of what the owner will commit
	tenure
}

// rows are sorted by (key, table). Names are numbered in order of first use, so
// a new row belongs near the end, and so does the one that is asked for next.
type rows []row

func (r *row) less(table int16, key int32) bool {
	return r.key < key || r.key == key && r.table < table
}

// at returns where the row is or would be.
func (rs rows) at(table int16, key int32) (int, bool) {
	lo, hi := 0, len(rs)
	for back := 4; back < len(rs); back *= 4 { // gallop from the end
		if rs[len(rs)-back].less(table, key) {
			lo = len(rs) - back + 1
			break
		}
		hi = len(rs) - back
	}
	for lo < hi {
		if mid := int(uint(lo+hi) >> 1); rs[mid].less(table, key) {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, lo < len(rs) && rs[lo].key == key && rs[lo].table == table
}

// locker returns the worker whose open transaction holds the row against a worker
// that writes in its own transaction, or outside of any; broker.None if nobody's does.
// Its own transaction holds it against the latter, too: that waits for ever.
func (rs rows) locker(table int16, key int32, worker int, tx bool) int {
	i, found := rs.at(table, key)
	if !found || rs[i].owner == 0 || tx && rs[i].owner == int8(worker+1) {
		return broker.None
	}
	return int(rs[i].owner) - 1
}

// read returns what a worker sees: in its transaction what that has written,
// otherwise what is committed.
func (rs rows) read(table int16, key int32, worker int, tx bool) int32 {
	i, found := rs.at(table, key)
	switch {
	case !found:
		return absent
	case tx && rs[i].owner == int8(worker+1):
		return rs[i].next
	}
	return rs[i].value
}

// write sets a row, or deletes it if its value is absent; it is kept for ever unless
// it has the number of the write. In a transaction the row is the transaction's until
// that ends; write returns whether it has become so.
func (rs *rows) write(to row, by author, tx bool) bool {
	i, found := rs.at(to.table, to.key)
	if !found {
		if to.value == absent {
			return false
		}
		*rs = slices.Insert(*rs, i, row{key: to.key, table: to.table, value: absent, next: absent})
	}
	r := &(*rs)[i]
	r.next, r.keeps = to.value, to.kept
	if tx {
		fresh := r.owner == 0
		r.owner = by.worker + 1
		return fresh
	}
	if r.become(by); r.value == absent {
		*rs = slices.Delete(*rs, i, i+1)
	}
	return false
}

// become makes what was written what is there.
func (r *row) become(by author) {
	r.value, r.kept, r.tenure = r.next, r.keeps, tenure{}
	if r.kept > 0 {
		r.by = by
	}
}

// end commits or rolls back what a worker's transaction has written. Its rows
// are searched from the end, where they are likely to be.
func (rs *rows) end(by author, written int, commit bool) {
	for i := len(*rs) - 1; i >= 0 && written > 0; i-- {
		r := &(*rs)[i]
		if r.owner != by.worker+1 {
			continue
		}
		written--
		r.owner = 0
		if commit {
			r.become(by)
		}
		if r.next, r.keeps = r.value, r.kept; r.value == absent {
			*rs = slices.Delete(*rs, i, i+1)
		}
	}
}

// retained returns where a row is that is committed and has a retention.
func (rs rows) retained(table int16, key int32) (int, bool) {
	i, found := rs.at(table, key)
	return i, found && rs[i].kept > 0
}

// expire deletes a row whose retention has run out. What an open transaction has
// written in its place is no part of it.
func (rs *rows) expire(table int16, key int32) {
	i, _ := rs.at(table, key)
	r := &(*rs)[i]
	if r.value, r.kept, r.tenure = absent, 0, (tenure{}); r.owner == 0 {
		*rs = slices.Delete(*rs, i, i+1)
	}
}

// set is a sorted set of names.
type set []int32

func (s set) has(name int32) bool {
	_, found := s.at(name)
	return found
}

// at gallops from the end, for the reason that rows does.
func (s set) at(name int32) (int, bool) {
	lo, hi := 0, len(s)
	for back := 4; back < len(s); back *= 4 {
		if s[len(s)-back] < name {
			lo = len(s) - back + 1
			break
		}
		hi = len(s) - back
	}
	at, _ := slices.BinarySearch(s[lo:hi], name)
	at += lo
	return at, at < len(s) && s[at] == name // hi itself may be the one
}

func (s *set) add(name int32) {
	if i, found := s.at(name); !found {
		*s = slices.Insert(*s, i, name)
	}
}

func (s *set) drop(name int32) {
	if i, found := s.at(name); found {
		*s = slices.Delete(*s, i, i+1)
	}
}

// entry is one entry of the cache.
type entry struct {
	key   int32
	value int32
	write int32 // counts the writes of all keys, so that an old expiry hits nothing
	lasts int64 // nanoseconds until it expires, 0 for ever
	tenure
}

type entries []entry

func (es entries) at(key int32) (int, bool) {
	return slices.BinarySearchFunc(es, key, func(e entry, key int32) int { return int(e.key - key) })
}

func (es *entries) drop(key int32) {
	if i, found := es.at(key); found {
		*es = slices.Delete(*es, i, i+1)
	}
}

func (es *entries) put(e entry) {
	i, found := es.at(e.key)
	if !found {
		*es = slices.Insert(*es, i, e)
		return
	}
	(*es)[i] = e
}
