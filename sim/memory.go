package sim

import "slices"

// memory is what a process remembers for as long as it lives.
type memory struct {
	keys   set
	recent []int32 // of these the ones that give way to others, the least recently used first
}

// has reports whether a key is remembered: to be asked for is to be used.
func (m *memory) has(key int32) bool {
	if !m.keys.has(key) {
		return false
	}
	m.use(key)
	return true
}

// use makes a key that gives way to others the last to do so.
func (m *memory) use(key int32) {
	if i := slices.Index(m.recent, key); i >= 0 {
		m.recent = append(slices.Delete(m.recent, i, i+1), key)
	}
}

// addWithin adds a key to the most recently used ones, of which there are to be no
// more than some, and returns whether it is new, and the key that gave way to it or 0.
func (m *memory) addWithin(key int32, most int) (isNew bool, evicted int32) {
	if m.has(key) {
		return false, 0
	}
	m.keys.add(key)
	m.recent = append(m.recent, key)
	if len(m.recent) > most {
		evicted = m.recent[0]
		m.drop(evicted)
	}
	return true, evicted
}

func (m *memory) drop(key int32) {
	m.keys.drop(key)
	if i := slices.Index(m.recent, key); i >= 0 {
		m.recent = slices.Delete(m.recent, i, i+1)
	}
}

// evicts reports whether a key can give way to others.
func (m *memory) evicts(key int32) bool { return slices.Contains(m.recent, key) }

func (m *memory) clone() memory {
	return memory{slices.Clone(m.keys), slices.Clone(m.recent)}
}

func (m *memory) copyFrom(o *memory) {
	if len(m.keys)+len(o.keys) > 0 { // most remember nothing
		m.keys = append(m.keys[:0], o.keys...)
		m.recent = append(m.recent[:0], o.recent...)
	}
}
