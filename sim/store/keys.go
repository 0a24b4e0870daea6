package store

import "slices"

// CacheEntry is one entry of the cache.
type CacheEntry struct {
	Key   int32
	Value int32
	Write int32 // the number of the write, counted over all keys and rows: an old expiry hits nothing
	Lasts int64 // nanoseconds until it expires, 0 for ever
	Tenure
}

// CacheEntries are sorted by key.
type CacheEntries []CacheEntry

// At returns where the entry is or would be, and whether there is one.
func (es CacheEntries) At(key int32) (int, bool) {
	return slices.BinarySearchFunc(es, key, func(e CacheEntry, key int32) int { return int(e.Key - key) })
}

// Put writes an entry, whatever was there.
func (es *CacheEntries) Put(e CacheEntry) {
	i, found := es.At(e.Key)
	if !found {
		*es = slices.Insert(*es, i, e)
		return
	}
	(*es)[i] = e
}

// Drop deletes an entry, if there is one.
func (es *CacheEntries) Drop(key int32) {
	if i, found := es.At(key); found {
		*es = Cut(*es, i)
	}
}

// BankKey is an idempotency key that the receiver has seen. A receiver that compares bodies keeps
// the number of the first request's body, and whoever it refuses for another body waits for the
// end of the key. Elsewhere Body is 0.
type BankKey struct {
	Key  int32
	Body int32
	Tenure
}

// BankKeys are sorted by key.
type BankKeys []BankKey

// At returns where the key is or would be, and whether the receiver knows it.
func (ks BankKeys) At(key int32) (int, bool) {
	return slices.BinarySearchFunc(ks, key, func(k BankKey, key int32) int { return int(k.Key - key) })
}

// Has reports whether the receiver knows a key.
func (ks BankKeys) Has(key int32) bool {
	_, found := ks.At(key)
	return found
}

// Add makes the receiver know a key that it does not know yet.
func (ks *BankKeys) Add(k BankKey) {
	i, _ := ks.At(k.Key)
	*ks = slices.Insert(*ks, i, k)
}

// Drop makes the receiver forget a key, if it knows it.
func (ks *BankKeys) Drop(key int32) {
	if i, found := ks.At(key); found {
		*ks = Cut(*ks, i)
	}
}

// Set is a set of numbers of names, in order.
type Set []int32

// Has reports whether a name is in the set.
func (s Set) Has(name int32) bool {
	_, found := s.at(name)
	return found
}

func (s Set) at(name int32) (int, bool) {
	at := nearEnd(len(s), func(i int) bool { return s[i] < name })
	return at, at < len(s) && s[at] == name
}

// Add puts a name into the set, if it is not there.
func (s *Set) Add(name int32) {
	if i, found := s.at(name); !found {
		*s = slices.Insert(*s, i, name)
	}
}

func (s *Set) drop(name int32) {
	if i, found := s.at(name); found {
		*s = Cut(*s, i)
	}
}

// ProcessMemory is what a process remembers for as long as it lives.
type ProcessMemory struct {
	Keys   Set
	Recent []int32 // of these the ones that give way to others, the least recently used first
	// Draining says that the process was asked to end, and ends once it is at no work.
	Draining bool
}

// Has reports whether a key is remembered, and makes it the most recently used.
func (m *ProcessMemory) Has(key int32) bool {
	if !m.Keys.Has(key) {
		return false
	}
	m.use(key)
	return true
}

// use makes a key that gives way to others the last to do so.
func (m *ProcessMemory) use(key int32) {
	if i := slices.Index(m.Recent, key); i >= 0 {
		m.Recent = append(slices.Delete(m.Recent, i, i+1), key)
	}
}

// AddWithin adds a key to Recent, which holds so many at most. It returns whether the key is new,
// and the key that gave way to it, or 0. One that is remembered already is not added.
func (m *ProcessMemory) AddWithin(key int32, most int) (isNew bool, evicted int32) {
	if m.Has(key) {
		return false, 0
	}
	m.Keys.Add(key)
	m.Recent = append(m.Recent, key)
	if len(m.Recent) > most {
		evicted = m.Recent[0]
		m.Drop(evicted)
	}
	return true, evicted
}

// Drop makes the process forget a key, if it remembers it.
func (m *ProcessMemory) Drop(key int32) {
	m.Keys.drop(key)
	if i := slices.Index(m.Recent, key); i >= 0 {
		m.Recent = slices.Delete(m.Recent, i, i+1)
	}
}

// CanEvict reports whether a key can give way to others.
func (m *ProcessMemory) CanEvict(key int32) bool { return slices.Contains(m.Recent, key) }

// Clone returns a memory that goes on by itself.
func (m *ProcessMemory) Clone() ProcessMemory {
	return ProcessMemory{slices.Clone(m.Keys), slices.Clone(m.Recent), m.Draining}
}

// CopyFrom makes it the same as another, in the room that it has.
func (m *ProcessMemory) CopyFrom(o *ProcessMemory) {
	m.Draining = o.Draining
	if len(m.Keys)+len(o.Keys) > 0 { // most remember nothing
		m.Keys = append(m.Keys[:0], o.Keys...)
		m.Recent = append(m.Recent[:0], o.Recent...)
	}
}
