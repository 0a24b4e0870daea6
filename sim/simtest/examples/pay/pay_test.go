package pay_test

import (
	"context"
	"testing"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/examples/pay"
)

// versions are the five, and what becomes of an order in each.
var versions = []struct {
	name   string
	charge func(*pay.Service, context.Context, string) error
}{
	{"naive", (*pay.Service).Naive},
	{"look-then-insert", (*pay.Service).LookThenInsert},
	{"insert-first", (*pay.Service).InsertFirst},
	{"one-transaction", (*pay.Service).OneTransaction},
	{"one-transaction-and-key", (*pay.Service).OneTransactionAndKey},
}

func TestTry(t *testing.T) {
	for name, make := range map[string]func(testing.TB) *rig{"sqlite": sqlite, "pgx": postgres, "pgxpool": pool, "pgxdial": pgxDial, "pq": libpq, "pqdial": libpqDial} {
		for _, v := range versions {
			t.Run(name+"/"+v.name, func(t *testing.T) {
				t.Chdir(t.TempDir())
				r := make(t)
				simtest.Handler(t, r.worker(v.charge), simtest.Fresh(r.fresh), simtest.See("payments", r.payments), simtest.ExactlyOnce(r.bank.Effects))
			})
		}
	}
}
