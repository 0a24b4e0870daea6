package check

import "sync/atomic"

// Budget is a bound on what searches take for their states, all that share it together.
// What is to grow asks before it does. It may be shared by searches that run side by
// side: which of them it stops, when it stops any, is then a matter of luck.
type Budget struct {
	most  int64
	taken atomic.Int64
}

// NewBudget returns a bound of so many bytes.
func NewBudget(bytes int64) *Budget { return &Budget{most: bytes} }

// Most returns the bound.
func (m *Budget) Most() int64 { return m.most }

// take takes so many bytes more, if that many are left.
func (m *Budget) take(n int64) bool {
	if m.taken.Add(n) <= m.most {
		return true
	}
	m.taken.Add(-n)
	return false
}

func (m *Budget) give(n int64) { m.taken.Add(-n) }

// holding is what one search has taken of a memory.
type holding struct {
	of   *Budget
	held int64
}

// atLeast holds so many bytes from now on, if it can, and more so that it need not ask
// for each of them.
//
//go:norace
func (h *holding) atLeast(n int64) bool {
	if n <= h.held {
		return true
	}
	more := n - h.held
	if spare := more + min(h.held/16, 1<<20); h.of.take(spare) {
		h.held += spare
		return true
	}
	if !h.of.take(more) {
		return false
	}
	h.held = n
	return true
}

// release gives all of it back.
func (h *holding) release() {
	h.of.give(h.held)
	h.held = 0
}

// pages is a list that grows without being copied: a page at a time. To copy it into
// ever larger slices leaves half of the memory to what it was before.
type pages[T any] struct {
	of [][]T
	n  int
}

const (
	pageBits = 12
	pageSize = 1 << pageBits // entries
)

//go:norace
func (p *pages[T]) len() int { return p.n }

//go:norace
func (p *pages[T]) at(i uint32) *T { return &p.of[i>>pageBits][i%pageSize] }

// add appends an entry.
//
//go:norace
func (p *pages[T]) add(v T) {
	p.fresh(1)
	last := &p.of[len(p.of)-1]
	*last = append(*last, v)
	p.n = (len(p.of)-1)<<pageBits + len(*last)
}

// run appends entries that lie side by side, at most a page of them, and returns where.
//
//go:norace
func (p *pages[T]) run(of []T) uint32 {
	p.fresh(len(of))
	last := &p.of[len(p.of)-1]
	at := uint32((len(p.of)-1)<<pageBits + len(*last))
	*last = append(*last, of...)
	p.n = (len(p.of)-1)<<pageBits + len(*last)
	return at
}

// span returns n entries that were appended as one run.
//
//go:norace
func (p *pages[T]) span(at uint32, n uint16) []T {
	if n == 0 {
		return nil
	}
	i := at % pageSize
	return p.of[at>>pageBits][i : i+uint32(n)]
}

// fresh begins a page if the last has no room for n entries. The first page grows as it
// is used: most searches are small.
//
//go:norace
func (p *pages[T]) fresh(n int) {
	switch k := len(p.of); {
	case k == 0:
		p.of = append(p.of, make([]T, 0, 64))
	case len(p.of[k-1])+n > pageSize:
		p.of = append(p.of, make([]T, 0, pageSize))
	}
}

// room returns for how many entries there is room.
//
//go:norace
func (p *pages[T]) room() int {
	if len(p.of) == 0 {
		return 0
	}
	return (len(p.of)-1)*pageSize + cap(p.of[len(p.of)-1])
}

// growth returns how many entries may have to be made room for, for n more.
//
//go:norace
func (p *pages[T]) growth(n int) int64 {
	switch k := len(p.of); {
	case k == 0:
		return int64(max(n, 64))
	case k == 1 && len(p.of[0])+n <= pageSize && len(p.of[0])+n > cap(p.of[0]):
		return 2 * int64(cap(p.of[0])) // the first page is copied as it grows
	case len(p.of[k-1])+n > pageSize:
		return pageSize
	}
	return 0
}

func (p *pages[T]) clear() { p.of, p.n = nil, 0 }
