package quiz

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
