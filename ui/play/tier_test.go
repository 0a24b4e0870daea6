package play

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
