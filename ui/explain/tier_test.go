package explain

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
