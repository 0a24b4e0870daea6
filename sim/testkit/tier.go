package testkit

import (
	"fmt"
	"os"
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

// Sample returns n of the elements in the short tier, evenly spread, and all of them in
// the long tier. It is the same n at every call.
func Sample[E any](n int, all []E) []E {
	if long() || n >= len(all) {
		return all
	}
	some := make([]E, n)
	for i := range some {
		some[i] = all[i*len(all)/n]
	}
	return some
}
