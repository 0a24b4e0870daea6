package frame

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
