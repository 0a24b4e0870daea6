package sim_test

import (
	"testing"

	"dejavu/sim/testkit"
)

// golden compares a text with testdata/name.golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	testkit.Golden(t, "testdata/"+name+".golden", got)
}
