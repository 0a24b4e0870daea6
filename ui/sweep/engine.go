package sweep

import (
	"fmt"
	"strconv"
	"strings"
)

// engine is what starts the same command on many machines, and the variables in which it
// says which part each is: nothing here starts any.
type engine struct {
	name, index, count string
	first              string // the variable of the lowest index or, if it is none, the index itself
	step               string // the variable of the distance of two indices, or ""
}

// engines are those that Shard knows. A variable of the count that an engine does not set
// by itself is set by the recipe: see recipes.
var engines = []engine{
	{name: "a Kubernetes Indexed Job", index: "JOB_COMPLETION_INDEX", count: "JOB_COMPLETIONS", first: "0"},
	{name: "a Slurm array", index: "SLURM_ARRAY_TASK_ID", count: "SLURM_ARRAY_TASK_COUNT", first: "SLURM_ARRAY_TASK_MIN", step: "SLURM_ARRAY_TASK_STEP"},
	{name: "an AWS Batch array", index: "AWS_BATCH_JOB_ARRAY_INDEX", count: "AWS_BATCH_JOB_ARRAY_SIZE", first: "0"},
	{name: "a GitLab matrix", index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", first: "1"},
	{name: "a GitHub matrix", index: "JOB_INDEX", count: "JOB_TOTAL", first: "0"},
	{name: "GNU parallel", index: "PARALLEL_SEQ", count: "PARALLEL_TOTAL", first: "1"},
}

// Shard reads which shard this machine runs, from 1, and of how many, from what the engine
// has set that started it.
func Shard(getenv func(string) string) (shard, shards int, err error) {
	var names []string
	for _, e := range engines {
		names = append(names, e.index)
		if getenv(e.index) == "" {
			continue
		}
		if getenv(e.count) == "" {
			return 0, 0, fmt.Errorf("%s sets %s, and %s is not set: let the job set it to the number of parts", e.name, e.index, e.count)
		}
		number := func(variable string) int {
			n, wrong := strconv.Atoi(getenv(variable))
			if wrong != nil && err == nil {
				err = fmt.Errorf("%s is %q: want a whole number", variable, getenv(variable))
			}
			return n
		}
		first, fixed := strconv.Atoi(e.first)
		if fixed != nil {
			first = number(e.first)
		}
		step := 1
		if e.step != "" && getenv(e.step) != "" {
			step = max(number(e.step), 1)
		}
		shard, shards = (number(e.index)-first)/step+1, number(e.count)
		if err == nil && (shard < 1 || shard > shards) {
			err = fmt.Errorf("%s says part %d of %d", e.name, shard, shards)
		}
		return shard, shards, err
	}
	return 0, 0, fmt.Errorf("no engine has said which part this is: none of %s is set", strings.Join(names, ", "))
}
