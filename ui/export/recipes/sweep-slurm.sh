#!/bin/sh
#SBATCH --array=1-4
# sbatch sweep-slurm.sh; when all are done: dejavu sweep --merge part-*.json
set -eu
dejavu sweep bad-weather --seeds 1..100 --shard auto --json > "part-$SLURM_ARRAY_TASK_ID.json"
