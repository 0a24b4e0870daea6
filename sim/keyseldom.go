package sim

// What few worlds have: a byte says which, and a key is the shorter.
const (
	hasMemory = 1 << iota
	hasCache
	hasHonoured
	hasIDs
	hasCommits
	isDown
)

func (w *World) has() byte {
	has := byte(0)
	for _, m := range w.memory {
		if len(m.keys) > 0 {
			has = hasMemory
		}
	}
	if len(w.cache) > 0 {
		has |= hasCache
	}
	if len(w.honoured) > 0 {
		has |= hasHonoured
	}
	if w.ids > 0 {
		has |= hasIDs
	}
	if len(w.journal.commits) > 0 {
		has |= hasCommits
	}
	if w.down {
		has |= isDown
	}
	return has
}

// seldom appends what few worlds have.
func (k *keyer) seldom(b []byte, has byte) []byte {
	if has&hasMemory != 0 {
		for i := 0; i < len(k.workers); i += k.threads {
			m := k.memory[k.process(int(k.order[i]))]
			b = appendNumber(b, int32(len(m.keys)))
			b = appendNumbers(b, m.keys)
			b = appendNumber(b, int32(len(m.recent))) // in the order in which they give way
			b = appendNumbers(b, m.recent)
		}
	}
	if has&hasCache != 0 {
		b = k.cacheEntries(b)
	}
	if has&hasHonoured != 0 {
		b = appendNumber(b, int32(len(k.honoured)))
		b = appendNumbers(b, k.honoured)
	}
	if has&hasIDs != 0 {
		b = appendNumber(b, k.ids) // the next fresh ID is the next number
	}
	if has&hasCommits != 0 {
		b = k.commits(b)
	}
	return b
}
