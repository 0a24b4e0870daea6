package check

import "encoding/binary"

// visited is the set of keys met so far, numbered in the order in which they were
// added. The keys lie one after another in one slice; a table finds them by hash,
// and compares them whole.
type visited struct {
	keys  []byte
	end   []uint32 // where each key ends
	hash  []uint32 // of each key, so that most of those that differ need not be read
	table []uint32 // number + 1 of a key, or 0; its length is a power of two
}

func newVisited() visited { return visited{table: make([]uint32, 1<<10)} }

func (v *visited) key(n uint32) []byte {
	if n == 0 {
		return v.keys[:v.end[0]]
	}
	return v.keys[v.end[n-1]:v.end[n]]
}

// add returns the number of a key, and whether it is new.
func (v *visited) add(key []byte) (uint32, bool) {
	if 3*len(v.end) > 2*len(v.table) {
		v.grow()
	}
	h := hash(key)
	mask := uint32(len(v.table) - 1)
	at := h & mask
	for ; v.table[at] != 0; at = (at + 1) & mask {
		if n := v.table[at] - 1; v.hash[n] == h && string(v.key(n)) == string(key) {
			return n, false
		}
	}
	n := uint32(len(v.end))
	v.keys = append(v.keys, key...)
	v.end = append(v.end, uint32(len(v.keys)))
	v.hash = append(v.hash, h)
	v.table[at] = n + 1
	return n, true
}

// find returns the number of a key that was added.
func (v *visited) find(key []byte) (uint32, bool) {
	h := hash(key)
	mask := uint32(len(v.table) - 1)
	for at := h & mask; v.table[at] != 0; at = (at + 1) & mask {
		if n := v.table[at] - 1; v.hash[n] == h && string(v.key(n)) == string(key) {
			return n, true
		}
	}
	return 0, false
}

func (v *visited) grow() {
	v.table = make([]uint32, 2*len(v.table))
	mask := uint32(len(v.table) - 1)
	for n, h := range v.hash {
		at := h & mask
		for v.table[at] != 0 {
			at = (at + 1) & mask
		}
		v.table[at] = uint32(n) + 1
	}
}

// full reports whether another key might not fit: its end is a number of 32 bits.
func (v *visited) full() bool { return len(v.keys) > 1<<32-1<<20 }

func (v *visited) bytes() int {
	return cap(v.keys) + 4*(cap(v.end)+cap(v.hash)+len(v.table))
}

// hash mixes a key eight bytes at a time. What it gives decides only how fast a key
// is found.
func hash(key []byte) uint32 {
	const m = 0x9e3779b97f4a7c15
	h := uint64(len(key)) * m
	for len(key) >= 8 {
		h = (h ^ binary.LittleEndian.Uint64(key)) * m
		h ^= h >> 29
		key = key[8:]
	}
	var rest uint64
	for i, c := range key {
		rest |= uint64(c) << (8 * i)
	}
	h = (h ^ rest) * m
	h ^= h >> 32
	h *= m
	return uint32(h >> 32)
}
