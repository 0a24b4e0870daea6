package store

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The sorted slices search by galloping from their end. Here each is held
// against a map that is told the same.

func TestSetHasWhatWasAddedAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s Set
		model := map[int32]bool{}
		for _, name := range rapid.SliceOfN(rapid.Int32Range(0, 80), 0, 100).Draw(t, "names") {
			s.Add(name)
			model[name] = true
			for other := range int32(82) {
				if s.Has(other) != model[other] {
					t.Fatalf("after adding %d to %v: has(%d) is %v", name, s, other, s.Has(other))
				}
			}
		}
		if len(s) != len(model) || !slices.IsSorted(s) {
			t.Fatalf("%v is not the sorted set of %d names", s, len(model))
		}
	})
}

// lockedBy returns where the rows are that a worker has locked, of which there are to be
// so many.
func (rs Rows) lockedBy(t *rapid.T, worker, want int) (at []int) {
	for i := range rs {
		if int(rs[i].Owner) == worker+1 {
			at = append(at, i)
		}
	}
	if len(at) != want {
		t.Fatalf("worker %d has locked %d rows, want %d", worker, len(at), want)
	}
	return at
}

// slot is where a row is.
type slot struct {
	Table int16
	Key   int32
}

func TestRowsHoldWhatWasWrittenAndCommitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rs Rows // with a retention where the value is 1 or more
		committed := map[slot]int32{}
		open := [3]map[slot]int32{{}, {}, {}} // what each worker's transaction has written
		written := [3]int{}
		value := func(m map[slot]int32, at slot) int32 {
			if v, ok := m[at]; ok {
				return v
			}
			return Absent
		}
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			at := slot{int16(rapid.IntRange(1, 2).Draw(t, "table")), rapid.Int32Range(1, 12).Draw(t, "key")}
			worker := rapid.IntRange(0, 2).Draw(t, "worker")
			if _, can := rs.Retained(at.Table, at.Key); can && rapid.IntRange(0, 9).Draw(t, "expire") == 0 {
				rs.Expire(at.Table, at.Key)
				committed[at] = Absent
			} else if can != (value(committed, at) > 0) {
				t.Fatalf("%v can expire: %v", at, can)
			}
			switch end := rapid.IntRange(0, 9).Draw(t, "end"); {
			case end <= 1:
				rs.End(Author{Worker: int8(worker)}, rs.lockedBy(t, worker, written[worker]), end == 0)
				for key, v := range open[worker] {
					if end == 0 {
						committed[key] = v
					}
				}
				open[worker], written[worker] = map[slot]int32{}, 0
			case rs.Locker(at.Table, at.Key, worker, true) < 0:
				_, mine := open[worker][at]
				tx := mine || rapid.Bool().Draw(t, "tx")
				v := rapid.Int32Range(Absent, 3).Draw(t, "value")
				if rs.Write(TableRow{Table: at.Table, Key: at.Key, Value: v, Kept: max(v, 0)}, Author{Worker: int8(worker)}, tx) {
					written[worker]++
				}
				// Deleting what is not there writes nothing, so it locks nothing.
				switch _, there := open[worker][at]; {
				case !tx:
					committed[at] = v
				case v != Absent || there || value(committed, at) != Absent:
					open[worker][at] = v
				}
			}
			for w := range 3 {
				seen := value(committed, at)
				if v, mine := open[w][at]; mine {
					seen = v
				}
				if got := rs.Read(at.Table, at.Key, w, true); got != seen {
					t.Fatalf("worker %d reads %d in its transaction, want %d", w, got, seen)
				}
				if got := rs.Read(at.Table, at.Key, w, false); got != value(committed, at) {
					t.Fatalf("worker %d reads %d outside, want %d", w, got, value(committed, at))
				}
			}
		}
	})
}

// What runs out first was written first: that a table is long must not make it dear.
func TestWhatComesFirstGoesWithoutMovingTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := make([]int, rapid.IntRange(1, 300).Draw(t, "length"))
		for i := range s {
			s[i] = i
		}
		at := rapid.IntRange(0, len(s)-1).Draw(t, "at")
		want := slices.Delete(slices.Clone(s), at, at+1)
		last := &s[len(s)-1]
		got := Cut(s, at)
		if !slices.Equal(got, want) {
			t.Fatalf("without %d: %v", at, got)
		}
		if len(s) >= 64 && at < len(s)/2 && &got[len(got)-1] != last {
			t.Fatalf("%d of %d went, and the rest moved", at, len(s))
		}
	})
}
