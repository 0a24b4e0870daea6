#!/bin/sh
# Four parts side by side with GNU parallel, which numbers its jobs. With --sshlogin the
# jobs run on other machines: add --env PARALLEL_TOTAL there.
set -eu
export PARALLEL_TOTAL=4
seq "$PARALLEL_TOTAL" | parallel 'dejavu sweep bad-weather --seeds 1..100 --shard auto --json > part-{}.json'
dejavu sweep --merge part-*.json --json
