package sim

import (
	"cmp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

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
