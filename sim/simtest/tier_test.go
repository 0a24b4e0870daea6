package simtest_test

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
