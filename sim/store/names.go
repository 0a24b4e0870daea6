package store

import (
	"math/bits"

	"dejavu/sim/fault"
)

// Names gives small integers to strings, in order of first use, so that the
// world can be plain numbers. 0 is the empty string.
type Names struct {
	text  [][]string // in parts of so many, none of which is ever copied
	count int32
	index Index
	last  int32 // the last that was asked for: the next step is often about it as well
}

const namesInPart = 64

// NewNames returns names of which only the empty one has a number.
func NewNames() Names {
	return Names{text: [][]string{append(make([]string, 0, namesInPart), "")}, count: 1}
}

// Emptied returns names of which only the empty one has a number. They take over the room of n,
// which must not be used again.
func (n *Names) Emptied() Names {
	clear(n.index.table)
	return Names{text: append(n.text[:0], n.text[0][:1]), count: 1, index: Index{table: n.index.table}}
}

// Of returns the number of a name, which gets one if it has none.
func (n *Names) Of(s string) int32 {
	if s == "" {
		return 0
	}
	return n.number(s)
}

func (n *Names) number(s string) int32 {
	if s == n.At(n.last) {
		return n.last
	}
	if n.last = n.index.Enter(n.count, s, n.At); n.last < n.count {
		return n.last
	}
	if n.count%namesInPart == 0 {
		n.text = append(n.text, make([]string, 0, namesInPart))
	}
	part := &n.text[len(n.text)-1]
	*part = append(*part, s)
	n.count++
	return n.last
}

// Find returns the number that a name has, and whether it has one.
func (n *Names) Find(s string) (int32, bool) {
	if s == "" {
		return 0, true
	}
	return n.index.Find(s, n.At)
}

// At returns the name that has a number.
func (n *Names) At(i int32) string { return n.text[i/namesInPart][i%namesInPart] }

// Index finds numbers by name. Names mostly count up, as m1, m2 and m10 do: as long as each
// comes after the one before, they are found in the order of their numbers, and nothing is
// kept. From the first that does not on, it keeps their numbers and hashes alone, and asks
// whoever keeps the names for them: a map would keep each name as well, and take three times
// the room. A name is looked at if its hash is the same, and that is nearly always the one.
type Index struct {
	first int32     // the lowest number
	used  int       // how many there are
	table []indexed // its length is a power of two; nil as long as the names count up
}

type indexed struct {
	hash   uint32
	number int32 // + 1, or 0 where there is none
}

// countUp reports whether one name comes after another, as m10 does after m9.
func countUp(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

// Find returns the number of a name, and whether it has one.
func (x *Index) Find(s string, name func(int32) string) (int32, bool) {
	switch {
	case x.used == 0:
		return 0, false
	case x.table == nil:
		i := x.first + int32(nearEnd(x.used, func(i int) bool { return countUp(name(x.first+int32(i)), s) }))
		return i, i < x.first+int32(x.used) && name(i) == s
	}
	e := x.at(hashName(s), s, name)
	return e.number - 1, e.number != 0
}

// Enter returns the number of a name. If it has none, it gets i, which must be the number after
// the last.
func (x *Index) Enter(i int32, s string, name func(int32) string) int32 {
	if x.table == nil {
		if x.used == 0 {
			x.first = i
		}
		if x.used == 0 || countUp(name(i-1), s) {
			x.used++
			return i
		}
		if at, found := x.Find(s, name); found {
			return at
		}
	}
	if 5*(x.used+1) > 4*len(x.table) {
		x.grow(name)
	}
	h := hashName(s)
	e := x.at(h, s, name)
	if e.number == 0 {
		*e = indexed{h, i + 1}
		x.used++
	}
	return e.number - 1
}

// grow makes room in the table for as many names again.
func (x *Index) grow(name func(int32) string) {
	old := x.table
	x.table = make([]indexed, max(16, 2<<bits.Len(uint(x.used))))
	for _, e := range old {
		if e.number != 0 {
			*x.free(e.hash) = e
		}
	}
	for i := int32(0); old == nil && int(i) < x.used; i++ {
		h := hashName(name(x.first + i))
		*x.free(h) = indexed{h, x.first + i + 1}
	}
}

// at returns where a name is in the table, or would be.
func (x *Index) at(h uint32, s string, name func(int32) string) *indexed {
	mask := uint32(len(x.table) - 1)
	for at := h & mask; ; at = (at + 1) & mask {
		if e := &x.table[at]; e.number == 0 || e.hash == h && name(e.number-1) == s {
			return e
		}
	}
}

// free returns where there is room for a name that is not in the table.
func (x *Index) free(h uint32) *indexed {
	mask := uint32(len(x.table) - 1)
	at := h & mask
	for x.table[at].number != 0 {
		at = (at + 1) & mask
	}
	return &x.table[at]
}

// hashName decides only how fast a name is found.
func hashName(s string) uint32 {
	h := uint64(14695981039346656037)
	for ; len(s) >= 8; s = s[8:] {
		h = (h ^ (uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56)) * 0x9e3779b97f4a7c15
		h ^= h >> 29
	}
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return uint32(fault.Mix(h))
}
