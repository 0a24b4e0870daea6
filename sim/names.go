package sim

// names gives small integers to strings, in order of first use, so that the
// world can be plain numbers. 0 is the empty string.
type names struct {
	text  []string
	index index
}

func newNames() names { return names{text: []string{""}} }

func (n *names) of(s string) int32 {
	if s == "" {
		return 0
	}
	h := hashName(s)
	if i, known := n.index.find(s, h, n.at); known {
		return i
	}
	i := int32(len(n.text))
	if i == int32(cap(n.text)) && i >= 256 {
		n.text = append(make([]string, 0, 2*i), n.text...) // a long run has many: copy them seldom
	}
	n.text = append(n.text, s)
	n.index.add(i, h, n.at)
	return i
}

// find returns the number that a name has, and whether it has one.
func (n *names) find(s string) (int32, bool) {
	if s == "" {
		return 0, true
	}
	return n.index.find(s, hashName(s), n.at)
}

func (n *names) at(i int32) string { return n.text[i] }

// index finds numbers by name. It keeps the numbers alone, and asks whoever keeps the
// names for them: a map would keep each name as well, and take five times the room.
type index struct {
	table []int32 // number + 1, or 0; its length is a power of two
	used  int
}

// newIndex returns an index that need not grow for n names.
func newIndex(n int) index {
	size := 16
	for 3*n > 2*size {
		size *= 2
	}
	return index{table: make([]int32, size)}
}

// find returns the number of a name, and whether it has one. h is its hash.
func (x *index) find(s string, h uint32, name func(int32) string) (int32, bool) {
	if x.used == 0 {
		return 0, false
	}
	mask := uint32(len(x.table) - 1)
	for at := h & mask; x.table[at] != 0; at = (at + 1) & mask {
		if i := x.table[at] - 1; name(i) == s {
			return i, true
		}
	}
	return 0, false
}

// add adds a number whose name is not in yet.
func (x *index) add(i int32, h uint32, name func(int32) string) {
	if 3*(x.used+1) > 2*len(x.table) {
		old := x.table
		x.table = make([]int32, max(16, 2*len(old)))
		for _, e := range old {
			if e != 0 {
				x.put(e, hashName(name(e-1)))
			}
		}
	}
	x.used++
	x.put(i+1, h)
}

func (x *index) put(e int32, h uint32) {
	mask := uint32(len(x.table) - 1)
	at := h & mask
	for x.table[at] != 0 {
		at = (at + 1) & mask
	}
	x.table[at] = e
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
	return uint32(mix(h))
}
