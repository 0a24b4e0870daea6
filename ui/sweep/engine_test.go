package sweep

import (
	"strings"
	"testing"
)

// What each engine sets, and the part that it means.
func TestEveryEngineSaysWhichPartItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range []struct {
		set   string
		shard int
		of    int
		wrong string
	}{
		{"JOB_COMPLETION_INDEX=0 JOB_COMPLETIONS=4", 1, 4, ""},
		{"JOB_COMPLETION_INDEX=3 JOB_COMPLETIONS=4", 4, 4, ""},
		{"JOB_COMPLETION_INDEX=3", 0, 0, "JOB_COMPLETIONS is not set"},
		{"SLURM_ARRAY_TASK_ID=1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=8", 1, 8, ""},
		{"SLURM_ARRAY_TASK_ID=14 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_COUNT=8 SLURM_ARRAY_TASK_STEP=2", 8, 8, ""},
		{"AWS_BATCH_JOB_ARRAY_INDEX=1 AWS_BATCH_JOB_ARRAY_SIZE=2", 2, 2, ""},
		{"CI_NODE_INDEX=2 CI_NODE_TOTAL=5", 2, 5, ""},
		{"JOB_INDEX=2 JOB_TOTAL=3", 3, 3, ""},
		{"PARALLEL_SEQ=3 PARALLEL_TOTAL=3", 3, 3, ""},
		{"PARALLEL_SEQ=4 PARALLEL_TOTAL=3", 0, 0, "says part 4 of 3"},
		{"CI_NODE_INDEX=x CI_NODE_TOTAL=5", 0, 0, `CI_NODE_INDEX is "x"`},
		{"", 0, 0, "none of JOB_COMPLETION_INDEX, "},
	} {
		set := map[string]string{}
		for pair := range strings.FieldsSeq(c.set) {
			name, value, _ := strings.Cut(pair, "=")
			set[name], seen[name] = value, true
		}
		shard, of, err := Shard(func(name string) string { return set[name] })
		switch {
		case c.wrong != "":
			if err == nil || !strings.Contains(err.Error(), c.wrong) {
				t.Errorf("%s: %v, want %q", c.set, err, c.wrong)
			}
		case err != nil || shard != c.shard || of != c.of:
			t.Errorf("%s: part %d of %d, %v", c.set, shard, of, err)
		}
	}
	for _, e := range engines {
		if !seen[e.index] {
			t.Errorf("%s is not tried", e.name)
		}
	}
}

func TestMissingAreTheSeedsOfNoShard(t *testing.T) {
	r := &Tally{Whole: []SeedRange{{1, 100}}, Seeds: []SeedRange{{1, 20}, {41, 60}}}
	if got := told(r.Missing()); got != "seeds 21..40, 61..100" {
		t.Error(got)
	}
	last := ^uint64(0)
	r = &Tally{Whole: []SeedRange{{last - 9, last}}, Seeds: []SeedRange{{last - 4, last}}}
	if got := r.Missing(); len(got) != 1 || got[0] != (SeedRange{last - 9, last - 5}) {
		t.Error(got)
	}
}
