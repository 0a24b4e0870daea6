package check

import "slices"

// round returns the shortest way on from a point of no return to something that goes
// round for ever, and one round of it, so that a story shows what it comes to. There
// is one wherever nothing ends. It also returns how long the round is.
func (s *Search) round(from uint32) (way []uint32, length int) {
	near := s.onwards(from)
	turns := s.turning(near)
	for _, n := range near {
		if !turns[n] {
			continue
		}
		if once := s.route(n, n); once != nil {
			if n != from {
				way = s.route(from, n)
			}
			return append(way, once...), len(once)
		}
	}
	return nil, 0
}

// onwards lists the states that can follow from one without a fault, itself included,
// the nearest first.
func (s *Search) onwards(from uint32) []uint32 {
	met := map[uint32]bool{from: true}
	all := []uint32{from}
	for i := 0; i < len(all); i++ {
		for _, to := range s.free(all[i]) {
			if !met[to] {
				met[to] = true
				all = append(all, to)
			}
		}
	}
	return all
}

// free are the states that follow from one without a fault, at once.
func (s *Search) free(n uint32) []uint32 {
	st := s.states.at(n)
	return s.edges.span(st.free, st.nFree)
}

// turning returns which of some states follow from something that goes round: those
// from which nothing leads back are taken away, and so on.
func (s *Search) turning(states []uint32) map[uint32]bool {
	ways := make(map[uint32]int, len(states)) // that lead to each
	for _, n := range states {
		for _, to := range s.free(n) {
			ways[to]++
		}
	}
	left := make(map[uint32]bool, len(states))
	var gone []uint32
	for _, n := range states {
		if left[n] = ways[n] > 0; !left[n] {
			gone = append(gone, n)
		}
	}
	for ; len(gone) > 0; gone = gone[1:] {
		for _, to := range s.free(gone[0]) {
			if ways[to]--; ways[to] == 0 && left[to] {
				left[to] = false
				gone = append(gone, to)
			}
		}
	}
	return left
}

// route returns the shortest way from one state to another without a fault, and
// from a state to itself once round; nil if there is none.
func (s *Search) route(from, to uint32) []uint32 {
	before := map[uint32]uint32{}
	for queue := []uint32{from}; len(queue) > 0; queue = queue[1:] {
		for _, n := range s.free(queue[0]) {
			if _, met := before[n]; met {
				continue
			}
			before[n] = queue[0]
			if n == to {
				way := []uint32{to}
				for n = before[to]; n != from; n = before[n] {
					way = append(way, n)
				}
				slices.Reverse(way)
				return way
			}
			queue = append(queue, n)
		}
	}
	return nil
}
