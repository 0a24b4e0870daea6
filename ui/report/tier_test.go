package report

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
