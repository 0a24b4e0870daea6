package cli

import "dejavu/sim/testkit"

// Each case opens a screen or reads a command line twice.
func init() {
	testkit.FewChecks(20)
	testkit.CollectLess()
}
