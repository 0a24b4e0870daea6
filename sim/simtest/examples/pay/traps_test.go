package pay_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/handler"
)

// try searches with a handler that has nothing but a database. Exactly one payment of
// order-1 is to be there at the end.
func (r *rig) try(handle func(db *sql.DB, ctx context.Context, m simtest.Message) error, change ...func(*handler.Trial)) *handler.Findings {
	o := handler.Trial{
		Messages: []handler.Message{{ID: "m1", Key: "order-1"}}, Faults: 1, Fresh: r.fresh,
		Holds: func() error {
			if n := r.payments(); n != "1" {
				return fmt.Errorf("%s payments", n)
			}
			return nil
		},
	}
	for _, c := range change {
		c(&o)
	}
	return handler.Search(func(env *handler.Env) handler.HandlerFunc {
		var db *sql.DB
		if r.open != nil {
			db = r.open(env)
		} else {
			db = env.DB(r.driver, r.dsn)
		}
		return func(ctx context.Context, m handler.Message) error { return handle(db, ctx, m) }
	}, o)
}

const insert = "INSERT INTO payments (order_id, cents) VALUES ($1, 1) ON CONFLICT DO NOTHING"

func holds(t *testing.T, r *handler.Findings) {
	t.Helper()
	if r.Broken != nil || r.Undecided != "" || !r.Finished || r.Deadlocks > 0 {
		t.Errorf("%s, %d deadlocks", headline(r), r.Deadlocks)
	}
}

func says(t *testing.T, r *handler.Findings, parts ...string) {
	t.Helper()
	text := r.Undecided
	if r.Broken != nil {
		text += r.Report(func(plan string) string { return plan })
	}
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("it says %q; want %q", text, part)
		}
	}
}

// everywhere runs a test on every database that there is.
func everywhere(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	everyPostgres(t, test)
}

func TestOneConnectionHeldInItsOwnTransactionIsNamed(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		result := r.try(func(db *sql.DB, _ context.Context, m simtest.Message) error {
			db.SetMaxOpenConns(1)
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.Exec(insert, m.Key); err != nil {
				return err
			}
			if _, err := db.Exec("UPDATE orders SET state = 'paid'"); err != nil {
				return err
			}
			return tx.Commit()
		}, func(o *handler.Trial) { o.Hang = time.Second })
		says(t, result, "waits at traps_test.go:", "for a connection of its own pool: its transaction holds the last one; use the transaction there too")
	})
}

func TestALockOfItsOwnTransactionOnAnotherConnectionIsNamed(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		result := r.try(func(db *sql.DB, _ context.Context, m simtest.Message) error {
			tx, err := db.Begin()
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.Exec("UPDATE orders SET state = 'paid'"); err != nil {
				return err
			}
			if _, err := db.Exec("UPDATE orders SET state = 'sent'"); err != nil {
				return err
			}
			return tx.Commit()
		})
		if r.driver == "sqlite" { // which answers at once, as it does when its patience is over
			says(t, result, "m1 was delivered 5 times and is not done", "database is locked")
			return
		}
		says(t, result, `waits in "UPDATE orders SET state = 'sent'" for a lock that its own transaction holds on another connection`)
	})
}

func TestRowsMayBeReadLazily(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		holds(t, r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			rows, err := db.QueryContext(ctx, "SELECT id FROM orders ORDER BY id")
			if err != nil {
				return err
			}
			defer rows.Close()
			var ids []string
			for rows.Next() {
				var id string
				if err := rows.Scan(&id); err != nil {
					return err
				}
				if _, err := db.ExecContext(ctx, insert, id); err != nil {
					return err
				}
				ids = append(ids, id)
			}
			if err := rows.Err(); err != nil || len(ids) != 1 {
				return fmt.Errorf("%d orders, %w", len(ids), err)
			}
			return nil
		}))
	})
}

func TestAnAnswerOfAnInsertMayBeLost(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		result := r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			var id string
			return db.QueryRowContext(ctx, "INSERT INTO payments (order_id, cents) VALUES ($1, 1) RETURNING order_id", m.Key).Scan(&id)
		})
		says(t, result, "m1 was delivered 5 times and is not done", "crash before ack")
	})
}

func TestPreparedStatementsArePlaces(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		result := r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			stmt, err := db.PrepareContext(ctx, insert)
			if err != nil {
				return err
			}
			defer stmt.Close()
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			defer tx.Rollback()
			if _, err := tx.StmtContext(ctx, stmt).ExecContext(ctx, m.Key); err != nil {
				return err
			}
			return tx.Commit()
		})
		holds(t, result)
		if text := result.Success(); !strings.Contains(text, "INSERT INTO payments") {
			t.Error(text)
		}
	})
}

func TestThePoolDoesNotRepeatAStatementWhoseReplyIsLost(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		if _, err := r.db.Exec("CREATE TABLE log (order_id text)"); err != nil {
			t.Fatal(err)
		}
		worst := 0
		result := r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			_, err := db.ExecContext(ctx, "INSERT INTO log VALUES ($1)", m.Key)
			return err
		}, func(o *handler.Trial) {
			o.Fresh = func() error { _, err := r.db.Exec("DELETE FROM log"); return err }
			o.Without = []handler.Trouble{handler.Crash, handler.LoseAck, handler.Copy, handler.Pause}
			o.Holds = func() error {
				var n int
				err := r.db.QueryRow("SELECT count(*) FROM log").Scan(&n)
				worst = max(worst, n)
				return err
			}
		})
		// One row for the delivery whose reply was lost, and one for the next; a third
		// would be of database/sql.
		if holds(t, result); worst != 2 {
			t.Errorf("at most %d rows, want 2", worst)
		}
	})
}

func TestACancelledContextRollsBackBeforeAnythingElseHappens(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		holds(t, r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			tx, err := db.BeginTx(ctx, nil)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, insert, m.Key); err != nil {
				return err // and leaves the transaction to its context
			}
			if _, err := tx.ExecContext(ctx, "UPDATE orders SET state = 'paid' WHERE id = $1", m.Key); err != nil {
				return err
			}
			return tx.Commit()
		}, func(o *handler.Trial) {
			o.Faults = 2
			o.Without = []handler.Trouble{handler.Fail, handler.Serialization, handler.Deadlock}
		}))
	})
}

func TestALoopThatIgnoresItsContextEnds(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		holds(t, r.try(func(db *sql.DB, _ context.Context, m simtest.Message) error {
			for {
				if _, err := db.Exec(insert, m.Key); err == nil {
					return nil
				}
			}
		}))
	})
}

func TestAnIDInTheTextOfAStatementIsNoDifference(t *testing.T) {
	var mu sync.Mutex
	n := 0
	everywhere(t, func(t *testing.T, r *rig) {
		holds(t, r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			mu.Lock()
			n++
			text := fmt.Sprintf("INSERT INTO payments (order_id, cents) VALUES ('%s', %d) ON CONFLICT DO NOTHING", m.Key, n)
			mu.Unlock()
			_, err := db.ExecContext(ctx, text)
			return err
		}))
	})
}

func TestASubtestWhoseNameRepeatsIsToldOfItsFolder(t *testing.T) {
	defer func() {
		if said := fmt.Sprint(recover()); !strings.Contains(said, "in a URI # ends the path, and t.TempDir of a subtest whose name repeats has one: write %23 for it") {
			t.Errorf("it says %q", said)
		}
	}()
	handler.Search(func(env *handler.Env) handler.HandlerFunc {
		env.DB("sqlite", "file:TestCharge#01/pay.db")
		return nil
	}, handler.Trial{Holds: func() error { return nil }})
}

func TestAnOutsiderWhoHoldsALockIsNamed(t *testing.T) {
	everywhere(t, func(t *testing.T, r *rig) {
		tx, err := r.db.Begin()
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if _, err := tx.Exec("UPDATE orders SET state = 'mine'"); err != nil {
			t.Fatal(err)
		}
		result := r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
			_, err := db.ExecContext(ctx, "UPDATE orders SET state = 'paid'")
			return err
		}, func(o *handler.Trial) { o.Fresh, o.Hang = func() error { return nil }, time.Second })
		if r.driver == "sqlite" {
			says(t, result, "for a lock of somebody who is no worker of this test: give each test a database file of its own")
			return
		}
		says(t, result, "for a lock of connection ", "UPDATE orders SET state = 'mine'", "who is no worker of this test: give each test or package a schema of its own")
	})
}

func TestARealDeadlockIsNotAFaultOfTheHandler(t *testing.T) {
	for _, d := range databases[:2] {
		t.Run(d.name, func(t *testing.T) { crossing(t, d.open(t)) })
	}
}

// crossing locks two rows in opposite orders, so that PostgreSQL has to end deadlocks.
func crossing(t *testing.T, r *rig) {
	if _, err := r.db.Exec("INSERT INTO orders VALUES ('a', 'new'), ('b', 'new')"); err != nil {
		t.Fatal(err)
	}
	r.dsn += "&deadlock_timeout=20ms" // and not a second, before PostgreSQL looks
	result := r.try(func(db *sql.DB, ctx context.Context, m simtest.Message) error {
		first, second := "a", "b"
		if m.Delivery%2 == 0 {
			first, second = second, first
		}
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		defer tx.Rollback()
		for _, id := range []string{first, second} {
			if _, err := tx.ExecContext(ctx, "UPDATE orders SET state = 'paid' WHERE id = $1", id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, insert, m.Key); err != nil {
			return err
		}
		return tx.Commit()
	}, func(o *handler.Trial) {
		o.Without = []handler.Trouble{handler.Fail, handler.Cancel, handler.Copy, handler.Serialization, handler.Deadlock, handler.Crash}
	})
	if result.Broken != nil || result.Undecided != "" || !result.Finished {
		t.Errorf("%s", headline(result))
	}
	t.Logf("%d schedules, %d of them not decided", result.Schedules, result.Deadlocks)
}

func TestARetryOfWhatTheDatabaseRefusedRepeatsItsEffects(t *testing.T) {
	everyPostgres(t, func(t *testing.T, r *rig) {
		o := r.options()
		o.Faults, o.Without = 1, []handler.Trouble{handler.Crash, handler.Pause, handler.Fail, handler.LoseReply, handler.Cancel, handler.LoseAck, handler.Copy}
		result := handler.Search(func(env *handler.Env) handler.HandlerFunc {
			handle := r.worker(versions[3].charge)(env)
			return func(ctx context.Context, m handler.Message) (err error) {
				for range 3 { // as a helper that retries transactions does
					var coded interface{ SQLState() string }
					if err = handle(ctx, m); !errors.As(err, &coded) || coded.SQLState() != "40001" && coded.SQLState() != "40P01" {
						return err
					}
				}
				return err
			}
		}, o)
		says(t, result, "order-1 took effect twice, by a serialization failure at 3-update", "FAILS with 40001", "deadlock:m1/at-3-update", "serialization:m1/at-4-commit")
	})
}
