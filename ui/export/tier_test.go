package export

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
