package proof_test

import "dejavu/sim/testkit"

func init() { testkit.CollectLess() }
