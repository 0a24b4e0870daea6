package pay_test

import (
	"context"
	"net/http"
	"testing"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/examples/pay"
	"dejavu/sim/simtest/handler"

	"github.com/jackc/pgx/v5/pgxpool"
)

func TestAPoolOfPgxItselfIsSearched(t *testing.T) {
	r := postgres(t)
	worker := func(keyed bool) func(*simtest.Env) simtest.HandlerFunc {
		return func(env *simtest.Env) simtest.HandlerFunc {
			config, err := pgxpool.ParseConfig(r.dsn)
			if err != nil {
				t.Error(err)
			}
			config.ConnConfig.DialFunc = env.DialPostgres
			p, err := pgxpool.NewWithConfig(context.Background(), config)
			if err != nil {
				t.Error(err)
			}
			env.Cleanup(p.Close)
			s := &pay.PoolService{Pool: p, Client: &http.Client{Transport: env.Transport(simtest.Serve(&r.bank))}, Gateway: "http://bank.test", Keyed: keyed}
			return func(ctx context.Context, m simtest.Message) error { return s.Charge(ctx, m.Key) }
		}
	}
	o := r.options()
	o.Faults = 1
	says(t, handler.Search(worker(false), o), "order-1 took effect twice, by a crash before 3-update", "took effect in delivery 1 of m1", "pool.go:")
	holds(t, handler.Search(worker(true), o))
}
