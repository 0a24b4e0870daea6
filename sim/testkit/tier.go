package testkit

import (
	"flag"
	"fmt"
	"os"
	"runtime/debug"
	"strconv"
	"sync"
)

// long is read once: a test may not set the variable for another.
var long = sync.OnceValue(func() bool {
	text := os.Getenv("DEJAVU_LONG")
	if text == "" {
		return false
	}
	yes, err := strconv.ParseBool(text)
	if err != nil {
		panic(fmt.Sprintf("DEJAVU_LONG=%s: want DEJAVU_LONG=1 to run the long tier, or nothing", Quote(text)))
	}
	return yes
})

// Long skips a test in the short tier. Say in its comment what the short tier has instead.
func Long(t interface {
	Helper()
	Skip(args ...any)
}) {
	t.Helper()
	if !long() {
		t.Skip("in the long tier: DEJAVU_LONG=1 go test")
	}
}

// Few returns a number for the short tier, or one for the long tier.
func Few(short, all int) int {
	if long() {
		return all
	}
	return short
}

// Sample returns n of the elements in the short tier, and all of them in the long tier.
// It takes one out of each n-th part, so a sample of cases is spread over all of them. The
// places look like chance and are the same at every call: a fixed step could meet the
// same business or fault each time.
func Sample[E any](n int, all []E) []E {
	if long() || n >= len(all) {
		return all
	}
	some := make([]E, n)
	for i := range some {
		from, to := i*len(all)/n, (i+1)*len(all)/n
		some[i] = all[from+int(scatter(uint64(i))%uint64(to-from))]
	}
	return some
}

// scatter is the mixing function of SplitMix64.
func scatter(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// FewChecks lets rapid try n cases of each property of a package in the short tier, for
// a package whose cases simulate whole stories. Call it in an init of a test file; a
// -rapid.checks that is typed counts more.
func FewChecks(n int) {
	if !long() && flag.Lookup("rapid.checks") != nil {
		_ = flag.Set("rapid.checks", strconv.Itoa(n))
	}
}

// Checks lets rapid try n cases of the properties of one test, the same at each run. A
// -rapid.checks or -rapid.seed that is typed counts more.
func Checks(t interface{ Cleanup(func()) }, n int) {
	for name, to := range map[string]string{"rapid.checks": strconv.Itoa(n), "rapid.seed": "13"} {
		f := flag.Lookup(name)
		if f == nil || f.Value.String() != f.DefValue {
			continue
		}
		before := f.Value.String()
		_ = f.Value.Set(to)
		t.Cleanup(func() { _ = f.Value.Set(before) })
	}
}

// CollectLess lets the garbage of the short tier lie for longer: a fifth to two fifths of the
// CPU of tests that simulate much go into collecting it, and there is memory enough. Call it
// in an init of a test file. A GOGC that is set counts more. The long tier searches
// states by the million, and collects as usual.
func CollectLess() {
	if !long() && os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
