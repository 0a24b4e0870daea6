package broker

import (
	"slices"
	"testing"
)

// More messages than there are bits in a word, and later ones than were known at
// first.
func TestNextFindsWhatMayBeDeliveredAnywhere(t *testing.T) {
	p := Default()
	p.Batch = 2
	groups := make([]string, 200)
	q := New(&p, 1, inGroups(groups...))
	for q.Len() < 300 {
		q.Add(0, true)
	}
	for _, n := range []int{0, 63, 64, 199, 299} {
		q.Publish(n, false)
	}
	var got []int
	for n := q.Next(None, 0); n != None; n = q.Next(n, 0) {
		got = append(got, n)
	}
	if !slices.Equal(got, []int{0, 63, 64, 199, 299}) {
		t.Errorf("walked over %v", got)
	}
}
