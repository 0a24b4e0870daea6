package pay_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"dejavu/sim/simtest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/lib/pq"
)

var notInNames = regexp.MustCompile(`[^a-z0-9]+`)

const noServer = "skipped: DEJAVU_POSTGRES names no server, such as postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"

// databases are the ways to PostgreSQL.
var databases = []struct {
	name string
	open func(testing.TB) *rig
}{
	{"pgx", postgres}, {"pgx by dialing", pgxDial}, {"pgxpool by dialing", pool}, {"lib-pq", libpq}, {"lib-pq by dialing", libpqDial},
}

// everyPostgres runs a test on every way to PostgreSQL.
func everyPostgres(t *testing.T, test func(t *testing.T, r *rig)) {
	if os.Getenv("DEJAVU_POSTGRES") == "" {
		t.Run("postgres", func(t *testing.T) { t.Skip(noServer) })
		return
	}
	for _, d := range databases {
		t.Run(d.name, func(t *testing.T) { test(t, d.open(t)) })
	}
}

// server is the PostgreSQL that DEJAVU_POSTGRES names, with a schema for this test alone.
func server(t testing.TB) (dsn string) {
	base := os.Getenv("DEJAVU_POSTGRES")
	if base == "" {
		t.Skip(noServer)
	}
	schema := fmt.Sprintf("dejavu_%d_%s", os.Getpid(), notInNames.ReplaceAllString(strings.ToLower(t.Name()), "_"))
	schema = schema[:min(len(schema), 60)]
	admin, err := sql.Open("pgx", base)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := admin.Exec("CREATE SCHEMA " + schema); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		admin.Exec("DROP SCHEMA " + schema + " CASCADE")
		admin.Close()
	})
	return base + "&search_path=" + schema
}

// postgres is a rig with the wrapper around pgx for database/sql.
func postgres(t testing.TB) *rig {
	r := &rig{driver: "pgx", dsn: server(t)}
	r.prepare(t)
	return r
}

// pool is a rig with pgxpool, which dials through the Env.
func pool(t testing.TB) *rig {
	r := postgres(t)
	r.open = func(env *simtest.Env) *sql.DB {
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
		db := stdlib.OpenDBFromPool(p)
		env.Cleanup(func() { db.Close() })
		return db
	}
	return r
}

// pgxDial is a rig with pgx for database/sql, which dials through the Env.
func pgxDial(t testing.TB) *rig {
	r := postgres(t)
	r.open = func(env *simtest.Env) *sql.DB {
		config, err := pgx.ParseConfig(r.dsn)
		if err != nil {
			t.Error(err)
		}
		config.DialFunc = env.DialPostgres
		db := stdlib.OpenDB(*config)
		env.Cleanup(func() { db.Close() })
		return db
	}
	return r
}

// libpq is a rig with the wrapper around lib/pq.
func libpq(t testing.TB) *rig {
	r := &rig{driver: "postgres", dsn: server(t)}
	r.prepare(t)
	return r
}

// libpqDial is a rig with lib/pq, which dials through the Env.
func libpqDial(t testing.TB) *rig {
	r := libpq(t)
	r.open = func(env *simtest.Env) *sql.DB {
		c, err := pq.NewConnector(r.dsn)
		if err != nil {
			t.Error(err)
		}
		c.Dialer(dialer{env})
		db := sql.OpenDB(c)
		env.Cleanup(func() { db.Close() })
		return db
	}
	return r
}
