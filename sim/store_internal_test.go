package sim

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// The sorted slices search by galloping from their end. Here each is held
// against a map that is told the same.

func TestSetHasWhatWasAddedAndNothingElse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var s set
		model := map[int32]bool{}
		for _, name := range rapid.SliceOfN(rapid.Int32Range(0, 80), 0, 100).Draw(t, "names") {
			s.add(name)
			model[name] = true
			for other := range int32(82) {
				if s.has(other) != model[other] {
					t.Fatalf("after adding %d to %v: has(%d) is %v", name, s, other, s.has(other))
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
func (rs rows) lockedBy(t *rapid.T, worker, want int) (at []int) {
	for i := range rs {
		if int(rs[i].owner) == worker+1 {
			at = append(at, i)
		}
	}
	if len(at) != want {
		t.Fatalf("worker %d has locked %d rows, want %d", worker, len(at), want)
	}
	return at
}

func TestRowsHoldWhatWasWrittenAndCommitted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rs rows // with a retention where the value is 1 or more
		committed := map[Slot]int32{}
		open := [3]map[Slot]int32{{}, {}, {}} // what each worker's transaction has written
		written := [3]int{}
		value := func(m map[Slot]int32, at Slot) int32 {
			if v, ok := m[at]; ok {
				return v
			}
			return absent
		}
		for range rapid.IntRange(0, 80).Draw(t, "steps") {
			at := Slot{int16(rapid.IntRange(1, 2).Draw(t, "table")), rapid.Int32Range(1, 12).Draw(t, "key")}
			worker := rapid.IntRange(0, 2).Draw(t, "worker")
			if _, can := rs.retained(at.Table, at.Key); can && rapid.IntRange(0, 9).Draw(t, "expire") == 0 {
				rs.expire(at.Table, at.Key)
				committed[at] = absent
			} else if can != (value(committed, at) > 0) {
				t.Fatalf("%v can expire: %v", at, can)
			}
			switch end := rapid.IntRange(0, 9).Draw(t, "end"); {
			case end <= 1:
				rs.end(author{worker: int8(worker)}, rs.lockedBy(t, worker, written[worker]), end == 0)
				for key, v := range open[worker] {
					if end == 0 {
						committed[key] = v
					}
				}
				open[worker], written[worker] = map[Slot]int32{}, 0
			case rs.locker(at.Table, at.Key, worker, true) < 0:
				_, mine := open[worker][at]
				tx := mine || rapid.Bool().Draw(t, "tx")
				v := rapid.Int32Range(absent, 3).Draw(t, "value")
				if rs.write(row{table: at.Table, key: at.Key, value: v, kept: max(v, 0)}, author{worker: int8(worker)}, tx) {
					written[worker]++
				}
				// Deleting what is not there writes nothing, so it locks nothing.
				switch _, there := open[worker][at]; {
				case !tx:
					committed[at] = v
				case v != absent || there || value(committed, at) != absent:
					open[worker][at] = v
				}
			}
			for w := range 3 {
				seen := value(committed, at)
				if v, mine := open[w][at]; mine {
					seen = v
				}
				if got := rs.read(at.Table, at.Key, w, true); got != seen {
					t.Fatalf("worker %d reads %d in its transaction, want %d", w, got, seen)
				}
				if got := rs.read(at.Table, at.Key, w, false); got != value(committed, at) {
					t.Fatalf("worker %d reads %d outside, want %d", w, got, value(committed, at))
				}
			}
		}
	})
}

func TestAgendaGivesTheEarliestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := agenda{later: never}
		var model []due
		for range rapid.IntRange(0, 200).Draw(t, "steps") {
			if len(model) == 0 || rapid.IntRange(0, 2).Draw(t, "push") > 0 {
				d := plan(
					rapid.Int64Range(0, 20).Draw(t, "at"), class(rapid.IntRange(0, 3).Draw(t, "class")),
					Action{Kind: ActionKind(rapid.IntRange(0, 3).Draw(t, "kind")), Msg: rapid.Int32Range(0, 3).Draw(t, "msg"), Worker: rapid.Int8Range(0, 3).Draw(t, "worker")},
				)
				d.fault = int32(len(model))
				h.push(d)
				model = append(model, d)
				continue
			}
			least := 0
			for i := range model {
				if earlier(&model[i], &model[least]) {
					least = i
				}
			}
			if got := h.first(); got != model[least].at {
				t.Fatalf("the first is due at %d, want %d", got, model[least].at)
			}
			if got := h.pop(); got != model[least] {
				t.Fatalf("pop gives %+v, want %+v", got, model[least])
			}
			model = slices.Delete(model, least, least+1)
		}
	})
}

func earlier(a, b *due) bool {
	return cmp.Or(
		cmp.Compare(a.at, b.at), cmp.Compare(a.class(), b.class()), cmp.Compare(a.msg(), b.msg()),
		cmp.Compare(a.worker(), b.worker()), cmp.Compare(a.kind(), b.kind()), cmp.Compare(a.fault, b.fault),
	) < 0
}

func TestLineGivesWhoWaitedLongestFirst(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h line
		var model []offer
		for range rapid.IntRange(0, 100).Draw(t, "steps") {
			if len(model) == 0 || rapid.IntRange(0, 2).Draw(t, "push") > 0 {
				o := offer{rapid.Int64Range(0, 9).Draw(t, "since"), rapid.Int32Range(0, 9).Draw(t, "msg")}
				h.push(o)
				model = append(model, o)
				continue
			}
			least := slices.IndexFunc(model, func(o offer) bool {
				return !slices.ContainsFunc(model, func(other offer) bool { return other.before(o) })
			})
			if got := h.pop(); got != model[least] {
				t.Fatalf("pop gives %+v, want %+v", got, model[least])
			}
			model = slices.Delete(model, least, least+1)
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
		got := cut(s, at)
		if !slices.Equal(got, want) {
			t.Fatalf("without %d: %v", at, got)
		}
		if len(s) >= 64 && at < len(s)/2 && &got[len(got)-1] != last {
			t.Fatalf("%d of %d went, and the rest moved", at, len(s))
		}
	})
}
