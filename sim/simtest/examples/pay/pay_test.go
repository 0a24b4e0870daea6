package pay_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"testing"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/examples/pay"

	_ "modernc.org/sqlite"
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
	for _, v := range versions {
		t.Run(v.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			bank, dsn := &simtest.Gateway{}, "file:"+t.TempDir()+"/pay.db?_pragma=journal_mode(wal)&_pragma=synchronous(off)&_pragma=busy_timeout(5000)"
			db, err := sql.Open("sqlite", dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(pay.Schema); err != nil {
				t.Fatal(err)
			}
			simtest.Handler(t, func(env *simtest.Env) simtest.HandlerFunc {
				s := &pay.Service{DB: env.DB("sqlite", dsn), Client: &http.Client{Transport: env.Transport(simtest.Serve(bank))}, Gateway: "http://bank.test"}
				return func(ctx context.Context, m simtest.Message) error { return v.charge(s, ctx, m.Key) }
			},
				simtest.Fresh(func() error {
					bank.Reset()
					_, err := db.Exec("DELETE FROM payments; DELETE FROM orders; INSERT INTO orders VALUES ('order-1', 'new')")
					return err
				}),
				simtest.See("payments", func() string {
					var n int
					db.QueryRow("SELECT count(*) FROM payments").Scan(&n)
					return fmt.Sprint(n)
				}),
				simtest.ExactlyOnce(bank.Effects))
		})
	}
}
