//lint:file-ignore SA1019 an old driver has nothing newer, and database/sql still asks it so

package pay_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"dejavu/sim/simtest/handler"
)

// This file holds that the wrapper changes no answer of a driver: everything that
// database/sql can ask is asked with it and without, and every answer is written down.

// questions asks a database everything, and returns the answers.
func questions(db *sql.DB) (answers []string) {
	ctx := context.Background()
	say := func(what string, values ...any) {
		answers = append(answers, fmt.Sprint(append([]any{what + ": "}, values...)...))
	}
	exec := func(q string, args ...any) {
		r, err := db.ExecContext(ctx, q, args...)
		n := int64(-1)
		if err == nil && q != "" { // to which a driver may answer nothing at all
			n, _ = r.RowsAffected()
		}
		say(q, n, err)
	}
	db.Exec("DELETE FROM payments")
	for _, arg := range []any{"a", []byte("b"), int64(7), 1.5, true, time.Unix(1, 0).UTC(), nil, sql.NullString{String: "n", Valid: true}, sql.Named("x", "y"), struct{}{}, any(stringer{}), sql.Out{}} {
		exec("INSERT INTO payments (order_id, cents) VALUES ($1, 1) ON CONFLICT DO NOTHING", arg)
		exec("SELECT $1", arg)
	}
	exec("INSERT INTO payments (order_id, cents) VALUES ('a', 1)")
	exec("INSERT INTO payments (order_id) VALUES ($1)", "a", "too many")
	exec("no such statement")
	exec("")
	exec("UPDATE payments SET cents = 2; UPDATE payments SET cents = 3")
	for _, q := range []string{"SELECT order_id, cents FROM payments ORDER BY 1", "SELECT nothing", "SELECT 1 AS one, 'two' AS two, NULL AS three", "SELECT 1; SELECT 2", ""} {
		rows, err := db.QueryContext(ctx, q)
		if say(q, err); err == nil {
			answers = append(answers, read(rows)...)
		}
	}
	answers = append(answers, prepared(ctx, db)...)
	return append(answers, transactions(ctx, db)...)
}

type stringer struct{}

func (stringer) Value() (driver.Value, error) { return nil, errors.New("has no value") }

// read reads rows whole, with all that they say of their columns.
func read(rows *sql.Rows) (answers []string) {
	defer rows.Close()
	for {
		names, err := rows.Columns()
		answers = append(answers, fmt.Sprint("columns ", names, err))
		types, err := rows.ColumnTypes()
		for _, c := range types {
			length, hasLength := c.Length()
			null, hasNull := c.Nullable()
			precision, scale, decimal := c.DecimalSize()
			answers = append(answers, fmt.Sprint(c.Name(), c.DatabaseTypeName(), c.ScanType(), length, hasLength, null, hasNull, precision, scale, decimal))
		}
		for rows.Next() {
			values := make([]any, len(names))
			to := make([]any, len(names))
			for i := range values {
				to[i] = &values[i]
			}
			answers = append(answers, fmt.Sprint(rows.Scan(to...), values))
		}
		if !rows.NextResultSet() {
			return append(answers, fmt.Sprint("end ", rows.Err(), err))
		}
	}
}

func prepared(ctx context.Context, db *sql.DB) (answers []string) {
	for _, q := range []string{"SELECT cents FROM payments WHERE order_id = $1", "INSERT INTO payments (order_id, cents) VALUES ($1, 5)", "no such statement"} {
		stmt, err := db.PrepareContext(ctx, q)
		answers = append(answers, fmt.Sprint("prepare ", q, err))
		if err != nil {
			continue
		}
		for _, args := range [][]any{{"a"}, {"p"}, {}, {"a", "b"}, {[]byte("a")}, {nil}} {
			rows, err := stmt.QueryContext(ctx, args...)
			if answers = append(answers, fmt.Sprint(args, err)); err == nil {
				answers = append(answers, read(rows)...)
			}
			_, err = stmt.ExecContext(ctx, args...)
			answers = append(answers, fmt.Sprint(args, err))
		}
		answers = append(answers, fmt.Sprint(stmt.Close()))
	}
	return answers
}

func transactions(ctx context.Context, db *sql.DB) (answers []string) {
	for level := sql.LevelDefault; level <= sql.LevelLinearizable; level++ {
		for _, readOnly := range []bool{false, true} {
			tx, err := db.BeginTx(ctx, &sql.TxOptions{Isolation: level, ReadOnly: readOnly})
			answers = append(answers, fmt.Sprint(level, readOnly, err))
			if err != nil {
				continue
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO payments (order_id, cents) VALUES ($1, 1)", fmt.Sprint("tx", level, readOnly))
			answers = append(answers, fmt.Sprint(err))
			if level%2 == 0 {
				answers = append(answers, fmt.Sprint(tx.Commit(), tx.Rollback()))
			} else {
				answers = append(answers, fmt.Sprint(tx.Rollback(), tx.Commit()))
			}
		}
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err := db.ExecContext(cancelled, "SELECT 1")
	_, err2 := db.BeginTx(cancelled, nil)
	return append(answers, fmt.Sprint(err, err2, db.PingContext(ctx), db.PingContext(cancelled)))
}

// wrapped asks the same questions in a worker process.
func (r *rig) wrapped(t *testing.T, ask func(*sql.DB)) {
	r2 := handler.Search(func(env *handler.Env) handler.HandlerFunc {
		db := env.DB(r.driver, r.dsn)
		return func(context.Context, handler.Message) error { ask(db); return nil }
	}, handler.Trial{Faults: -1, Switches: -1, Holds: func() error { return nil }})
	if r2.Undecided != "" || r2.Broken != nil {
		t.Fatalf("%s", headline(r2))
	}
}

func TestTheWrapperChangesNoAnswerOfADriver(t *testing.T) {
	test := func(t *testing.T, r *rig) {
		want := questions(r.db)
		r.wrapped(t, func(db *sql.DB) {
			got := questions(db)
			differ := 0
			for i := range max(len(got), len(want)) {
				if i >= len(got) || i >= len(want) || got[i] != want[i] {
					differ++
					t.Errorf("answer %d: with the wrapper %q, without %q", i, got[min(i, len(got)-1)], want[min(i, len(want)-1)])
				}
			}
			t.Logf("%d of %d answers differ", differ, len(want))
		})
	}
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("old", func(t *testing.T) { test(t, old(t)) })
	t.Run("pgx", func(t *testing.T) { test(t, postgres(t)) })
	t.Run("lib-pq", func(t *testing.T) { test(t, libpq(t)) })
}

// old is a rig whose driver has nothing but what every driver must have.
func old(t testing.TB) *rig {
	r := sqlite(t)
	r.db.Close()
	r.driver = "old"
	db, err := sql.Open(r.driver, r.dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r.db = db
	return r
}

func init() { sql.Register("old", oldDriver{}) }

type oldDriver struct{}

func (oldDriver) Open(dsn string) (driver.Conn, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	in, err := db.Driver().Open(dsn)
	return oldConn{in}, err
}

type oldConn struct{ in driver.Conn }

func (c oldConn) Prepare(q string) (driver.Stmt, error) {
	in, err := c.in.Prepare(q)
	if err != nil {
		return nil, err
	}
	return oldStmt{in, strings.Count(q, "$")}, nil
}
func (c oldConn) Close() error              { return c.in.Close() }
func (c oldConn) Begin() (driver.Tx, error) { return c.in.Begin() }

type oldStmt struct {
	in     driver.Stmt
	inputs int
}

func (s oldStmt) Close() error                                    { return s.in.Close() }
func (s oldStmt) NumInput() int                                   { return s.inputs }
func (s oldStmt) Exec(args []driver.Value) (driver.Result, error) { return s.in.Exec(args) }
func (s oldStmt) ColumnConverter(int) driver.ValueConverter       { return driver.String }
func (s oldStmt) Query(args []driver.Value) (driver.Rows, error) {
	in, err := s.in.Query(args)
	if err != nil {
		return nil, err
	}
	return oldRows{in}, nil
}

type oldRows struct{ in driver.Rows }

func (r oldRows) Columns() []string { return r.in.Columns() }
func (r oldRows) Close() error      { return r.in.Close() }
func (r oldRows) Next(values []driver.Value) error {
	if err := r.in.Next(values); err != nil {
		return io.EOF
	}
	return nil
}
