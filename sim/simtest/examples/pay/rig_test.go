package pay_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/examples/pay"
	"dejavu/sim/simtest/handler"

	_ "modernc.org/sqlite"
)

// rig is a database with a gateway beside it.
type rig struct {
	driver, dsn string
	db          *sql.DB
	bank        simtest.Gateway
	open        func(*simtest.Env) *sql.DB // if not by driver and dsn
}

// sqlite makes a rig with a database in a file.
func sqlite(t testing.TB) *rig {
	dir := strings.ReplaceAll(t.TempDir(), "#", "%23") // of a subtest whose name repeats: in a URI # ends the path
	r := &rig{driver: "sqlite", dsn: "file:" + dir + "/pay.db?_pragma=journal_mode(wal)&_pragma=synchronous(off)&_pragma=busy_timeout(5000)"}
	r.prepare(t)
	return r
}

func (r *rig) prepare(t testing.TB) {
	db, err := sql.Open(r.driver, r.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if _, err := db.Exec(pay.Schema + "INSERT INTO orders VALUES ('order-1', 'new')"); err != nil {
		t.Fatal(err)
	}
	r.db = db
}

func (r *rig) fresh() error {
	r.bank.Reset()
	_, err := r.db.Exec("DELETE FROM payments; UPDATE orders SET state = 'new'")
	return err
}

func (r *rig) payments() string {
	var n int
	if err := r.db.QueryRow("SELECT count(*) FROM payments").Scan(&n); err != nil {
		return err.Error()
	}
	return fmt.Sprint(n)
}

type method func(*pay.Service, context.Context, string) error

// versions are the five.
var versions = []struct {
	name   string
	charge method
}{
	{"naive", (*pay.Service).Naive},
	{"look-then-insert", (*pay.Service).LookThenInsert},
	{"insert-first", (*pay.Service).InsertFirst},
	{"one-transaction", (*pay.Service).OneTransaction},
	{"one-transaction-and-key", (*pay.Service).OneTransactionAndKey},
}

// worker makes a worker process that handles messages by a version.
func (r *rig) worker(charge method) func(*simtest.Env) simtest.HandlerFunc {
	return func(env *simtest.Env) simtest.HandlerFunc {
		s := &pay.Service{Client: &http.Client{Transport: env.Transport(simtest.Serve(&r.bank))}, Gateway: "http://bank.test"}
		if r.open != nil {
			s.DB = r.open(env)
		} else {
			s.DB = env.DB(r.driver, r.dsn)
		}
		return func(ctx context.Context, m simtest.Message) error { return charge(s, ctx, m.Key) }
	}
}

// options are what is tried of every version.
func (r *rig) options() handler.Trial {
	messages := []handler.Message{{ID: "m1", Key: "order-1"}}
	holds, watch := handler.ExactlyOnce(messages, r.bank.Effects)
	return handler.Trial{
		Messages: messages, Fresh: r.fresh, Holds: holds,
		Watches: []handler.Watch{watch, {Name: "payments", See: r.payments}},
	}
}
