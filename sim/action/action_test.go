package action

import "testing"

// Whoever adds a kind fills in its row.
func TestEveryKindOfActionHasAFullRow(t *testing.T) {
	for k := Nothing; k < Count; k++ {
		row := &kinds[k]
		if row.name == "" || row.past == "" {
			t.Errorf("kind %d: its name is %q, that of its event %q", k, row.name, row.past)
		}
		if k != Nothing && !row.msg && !row.worker && !row.key && !row.world {
			t.Errorf("%s: it is about nothing: say in its row what", k)
		}
		if (row.step != noStep || row.cuts) && !row.worker || row.renews && (!row.msg || row.rank != RankPublish) {
			t.Errorf("%s: what is done by a worker is about one, and what is published is about a message", k)
		}
	}
}
