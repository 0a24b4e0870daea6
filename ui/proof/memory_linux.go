package proof

import (
	"math"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
)

// installed returns how much memory the machine has, or the group that the process is
// in if that has less, and how much the process may have.
func installed() (there, may int64) {
	may = math.MaxInt64
	for _, kind := range []int{syscall.RLIMIT_AS, syscall.RLIMIT_DATA} {
		var limit syscall.Rlimit
		if syscall.Getrlimit(kind, &limit) == nil && uint64(limit.Cur) < math.MaxInt64 {
			may = min(may, int64(limit.Cur))
		}
	}
	there = total()
	text, _ := os.ReadFile("/proc/self/cgroup")
	if limit := grouped(string(text), os.ReadFile); limit > 0 && (there == 0 || limit < there) {
		there = limit
		may = min(may, limit)
	}
	return there, may
}

// total returns how much memory the machine has, or 0.
func total() int64 {
	text, _ := os.ReadFile("/proc/meminfo")
	for line := range strings.Lines(string(text)) {
		if rest, is := strings.CutPrefix(line, "MemTotal:"); is {
			kib, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 10, 64)
			return kib << 10
		}
	}
	return 0
}

// grouped returns the least limit of the groups that a process is in, from what Linux
// says of them, or 0 where there is none.
func grouped(groups string, read func(string) ([]byte, error)) int64 {
	least := int64(0)
	for line := range strings.Lines(groups) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		root, file := "/sys/fs/cgroup", "memory.max"
		if parts[1] == "memory" {
			root, file = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if parts[0] != "0" {
			continue
		}
		for at := path.Clean("/" + parts[2]); ; at = path.Dir(at) {
			text, _ := read(path.Join(root, at, file))
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 && (least == 0 || n < least) {
				least = n
			}
			if at == "/" {
				break
			}
		}
	}
	return least
}
