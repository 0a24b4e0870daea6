//lint:file-ignore SA1019 an old driver has nothing newer, and database/sql still asks it so

package handler

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// dialect is a database of which something is known that database/sql does not say.
type dialect uint8

const (
	unknown dialect = iota
	sqlite
	postgres
)

// inner is a connection of the driver beneath, and what is known of it.
type inner struct {
	driver.Conn
	dialect dialect
	from    driver.Connector
	key     any
	patient bool  // SQLite: it would wait where the database is locked
	pid     int64 // PostgreSQL: its backend
}

// pool keeps inner connections from schedule to schedule, for what it costs to open one.
// A connection is handed on only after it has been made as new.
type pool struct {
	mu      sync.Mutex
	idle    []*inner
	servers map[string][]*pgServer
	admin   *sql.DB
	watch   *pgServer
}

// maxIdleConns is how many connections are kept: two workers of two databases, and some.
const maxIdleConns = 16

// take returns a connection that is as new.
func (p *pool) take(ctx context.Context, c *connector) (*inner, error) {
	key := c.name
	if key == nil && reflect.TypeOf(c.inner).Comparable() {
		key = c.inner
	}
	p.mu.Lock()
	for i := len(p.idle) - 1; i >= 0 && key != nil; i-- {
		if in := p.idle[i]; in.key == key {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			p.mu.Unlock()
			return in, nil
		}
	}
	p.mu.Unlock()
	conn, err := c.inner.Connect(detached(ctx))
	if err != nil {
		return nil, err
	}
	in := &inner{Conn: conn, dialect: dialectOf(conn), from: c.inner, key: key}
	switch in.dialect {
	case sqlite:
		// The scheduler waits instead, until another worker has moved.
		if in.patient = in.number("PRAGMA busy_timeout") > 0; in.patient {
			in.exec("PRAGMA busy_timeout = 0")
		}
	case postgres:
		in.pid = in.number("SELECT pg_backend_pid()")
	}
	return in, nil
}

// give takes a connection back, if it can be made as new.
func (p *pool) give(in *inner) {
	if in.key == nil || !in.renew() {
		in.Close()
		return
	}
	p.mu.Lock()
	p.idle = append(p.idle, in)
	var oldest *inner
	if len(p.idle) > maxIdleConns {
		oldest, p.idle = p.idle[0], p.idle[1:]
	}
	p.mu.Unlock()
	if oldest != nil {
		oldest.Close()
	}
}

// renew makes a connection as new, but for the statements that its driver has prepared.
func (in *inner) renew() bool {
	switch in.dialect {
	case sqlite: // a transaction was rolled back already
	case postgres:
		if in.exec("ROLLBACK; RESET ALL; CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD SEQUENCES; DISCARD TEMP") != nil {
			return false
		}
	default:
		return false
	}
	if r, ok := in.Conn.(driver.SessionResetter); ok && r.ResetSession(context.Background()) != nil {
		return false
	}
	v, ok := in.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

// close closes everything.
func (p *pool) close() {
	for _, in := range p.idle {
		in.Close()
	}
	for _, servers := range p.servers {
		for _, s := range servers {
			s.Close()
		}
	}
	if p.watch != nil {
		p.watch.Close()
	}
	if p.admin != nil {
		p.admin.Close()
	}
	*p = pool{}
}

// exec does a statement of our own.
func (in *inner) exec(q string) error {
	if x, ok := in.Conn.(driver.ExecerContext); ok {
		_, err := x.ExecContext(context.Background(), q, nil)
		return err
	}
	s, err := in.Prepare(q)
	if err != nil {
		return err
	}
	defer s.Close()
	_, err = s.Exec(nil)
	return err
}

// number asks for one number; 0 if there is none.
func (in *inner) number(q string) (n int64) {
	x, ok := in.Conn.(driver.QueryerContext)
	if !ok {
		return 0
	}
	r, err := x.QueryContext(context.Background(), q, nil)
	if err != nil {
		return 0
	}
	defer r.Close()
	values := make([]driver.Value, 1)
	if r.Next(values) == nil {
		n, _ = strconv.ParseInt(fmt.Sprint(values[0]), 10, 64)
	}
	return n
}

// dialectOf knows a database by the package of its driver.
func dialectOf(c driver.Conn) dialect {
	t := reflect.TypeOf(c)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch name := strings.ToLower(t.PkgPath()); {
	case strings.Contains(name, "sqlite"):
		return sqlite
	case strings.Contains(name, "/pgx/"), strings.HasSuffix(name, "lib/pq"):
		return postgres
	}
	return unknown
}

// ask answers a question to PostgreSQL on a connection that no handler has.
func (p *pool) ask(in *inner, to any, q string, args ...any) error {
	if p.admin == nil {
		p.admin = sql.OpenDB(in.from)
		p.admin.SetMaxOpenConns(1)
	}
	return p.admin.QueryRow(q, args...).Scan(to)
}

const (
	askHolders  = "SELECT array_to_string(pg_blocking_pids($1::int), ' ')"
	askStranger = "SELECT coalesce((SELECT 'connection ' || pid || ' (' || application_name || '), at ' || left(query, 60) FROM pg_stat_activity WHERE pid = $1::int), 'connection ' || $1::int)"
)

// holders asks whom a backend waits for, and returns how to name one.
func (p *pool) holders(in *inner) ([]int64, func(int64) string) {
	var list string
	p.ask(in, &list, askHolders, in.pid)
	return pids(list), func(pid int64) (name string) {
		p.ask(in, &name, askStranger, pid)
		return squeeze(name)
	}
}

// interrupt ends a call in flight of a process that is dead.
func (p *pool) interrupt(in *inner) {
	if in.dialect == postgres {
		var done bool
		p.ask(in, &done, "SELECT pg_terminate_backend($1::int)", in.pid)
	}
}

// pids reads a list of backends.
func pids(list string) (found []int64) {
	for _, f := range strings.Fields(list) {
		if n, err := strconv.ParseInt(f, 10, 64); err == nil {
			found = append(found, n)
		}
	}
	return found
}
