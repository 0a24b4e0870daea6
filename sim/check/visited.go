package check

import (
	"encoding/binary"
	"slices"
)

// visited is the set of keys met so far, numbered in the order in which they were
// added. The keys lie one after another in blocks, which never move: to copy them
// into ever larger slices took a tenth of a search. A table finds them by hash, and
// compares them whole.
type visited struct {
	blocks [][]byte // keys, each after its length; none lies in two blocks
	at     []uint32 // where each key begins: its block, times blockSize, and where in it
	table  []uint64 // hash and number + 1 of a key, or 0; its length is a power of two
	size   int      // of all blocks
}

const (
	blockSize  = 1 << 16 // a longer key gets a block of its own
	lengthSize = 4
)

func newVisited() visited { return visited{table: make([]uint64, 1<<10)} }

func (v *visited) key(n uint32) []byte {
	at := v.at[n]
	b := v.blocks[at/blockSize][at%blockSize:]
	return b[lengthSize : lengthSize+int(binary.LittleEndian.Uint32(b))]
}

// look returns the number of a key that was added, or where in the table it belongs.
// The hash lies beside the number, so that most keys that differ need not be read.
//
//go:norace
func (v *visited) look(key []byte, h uint32) (n uint32, at int, found bool) {
	mask := len(v.table) - 1
	for at = int(h) & mask; ; at = (at + 1) & mask {
		e := v.table[at]
		if e == 0 {
			return 0, at, false
		}
		if n = uint32(e) - 1; uint32(e>>32) == h && string(v.key(n)) == string(key) {
			return n, at, true
		}
	}
}

// find returns the number of a key that was added.
func (v *visited) find(key []byte) (uint32, bool) {
	n, _, found := v.look(key, hash(key))
	return n, found
}

// add returns the number of a key, and whether it is new.
//
//go:norace
func (v *visited) add(key []byte) (uint32, bool) {
	h := hash(key)
	n, at, found := v.look(key, h)
	if found {
		return n, false
	}
	n = uint32(len(v.at))
	v.keep(key)
	v.table[at] = uint64(h)<<32 | uint64(n+1)
	if 3*len(v.at) > 2*len(v.table) {
		v.grow()
	}
	return n, true
}

// keep copies a key into the last block, or into another one if that is full.
//
//go:norace
func (v *visited) keep(key []byte) {
	last := len(v.blocks) - 1
	need := lengthSize + len(key)
	if last < 0 || cap(v.blocks[last])-len(v.blocks[last]) < need {
		v.blocks = append(v.blocks, make([]byte, 0, max(blockSize, need)))
		v.size += cap(v.blocks[last+1])
		last++
	}
	b := v.blocks[last]
	v.at = append(room(v.at), uint32(last*blockSize+len(b)))
	v.blocks[last] = append(binary.LittleEndian.AppendUint32(b, uint32(len(key))), key...)
}

// room makes room for one more in a slice, and doubles it where there is none: append
// lets long ones grow by a quarter, and so copies each element four times over.
func room[T any](s []T) []T {
	if len(s) == cap(s) {
		s = slices.Grow(s, max(len(s), 64))
	}
	return s
}

//go:norace
func (v *visited) grow() {
	old := v.table
	v.table = make([]uint64, 2*len(old))
	mask := len(v.table) - 1
	for _, e := range old {
		if e == 0 {
			continue
		}
		at := int(e>>32) & mask
		for v.table[at] != 0 {
			at = (at + 1) & mask
		}
		v.table[at] = e
	}
}

// full reports whether another key might not fit: where it begins is a number of
// 32 bits.
func (v *visited) full() bool { return len(v.blocks) > 1<<32/blockSize-16 }

func (v *visited) bytes() int { return v.size + 4*cap(v.at) + 8*len(v.table) }

// hash mixes a key eight bytes at a time, the last of them twice where they are not
// a multiple. What it gives decides only how fast a key is found.
//
//go:norace
func hash(key []byte) uint32 {
	const m = 0x9e3779b97f4a7c15
	h := uint64(len(key)) * m
	rest := key
	for len(rest) > 8 {
		h = (h ^ binary.LittleEndian.Uint64(rest)) * m
		h ^= h >> 29
		rest = rest[8:]
	}
	var last uint64
	if len(key) >= 8 {
		last = binary.LittleEndian.Uint64(key[len(key)-8:])
	} else {
		for i, c := range key {
			last |= uint64(c) << (8 * i)
		}
	}
	h = (h ^ last) * m
	h ^= h >> 32
	h *= m
	return uint32(h >> 32)
}
