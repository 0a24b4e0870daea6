package design

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
