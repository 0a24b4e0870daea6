package handler

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
)

// DB opens a database as sql.Open does, through a driver that stops before each
// statement. It is closed when the process is gone.
func (e *Env) DB(driverName, dsn string) *sql.DB {
	if strings.HasPrefix(dsn, "file:") && strings.Contains(dsn, "#") {
		panic(fmt.Errorf("simtest: Env.DB(%q, %q): in a URI # ends the path, and t.TempDir of a subtest whose name repeats has one: write %%23 for it", driverName, dsn))
	}
	plain, err := sql.Open(driverName, dsn) // finds the driver, and connects to nothing
	if err != nil {
		panic(fmt.Errorf("simtest: Env.DB(%q, ...): %w", driverName, err))
	}
	d := plain.Driver()
	plain.Close()
	var c driver.Connector = dsnConnector{d, dsn}
	if dc, ok := d.(driver.DriverContext); ok {
		if c, err = dc.OpenConnector(dsn); err != nil {
			panic(fmt.Errorf("simtest: Env.DB(%q, ...): %w", driverName, err))
		}
	}
	db := sql.OpenDB(&connector{e, c, driverName + "\x00" + dsn})
	e.Cleanup(func() { db.Close() })
	return db
}

// Connector wraps a connector, for sql.OpenDB. Connections are used again from schedule
// to schedule if the connector is made outside of the factory.
func (e *Env) Connector(c driver.Connector) driver.Connector { return &connector{e, c, nil} }

type dsnConnector struct {
	d   driver.Driver
	dsn string
}

func (c dsnConnector) Connect(context.Context) (driver.Conn, error) { return c.d.Open(c.dsn) }
func (c dsnConnector) Driver() driver.Driver                        { return c.d }

type connector struct {
	env   *Env
	inner driver.Connector
	name  any // what its connections have in common; nil for the connector itself
}

// Driver returns the driver beneath.
func (c *connector) Driver() driver.Driver { return c.inner.Driver() }

// Connect takes a connection that is as new, or opens one.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	if c.env.dead.Load() {
		return nil, c.env.deadCall()
	}
	c.env.connecting.Add(1)
	defer c.env.connecting.Add(-1)
	in, err := c.env.w.pool.take(ctx, c)
	if err != nil {
		return nil, err
	}
	k := &conn{env: c.env, in: in, rows: map[*rows]struct{}{}}
	c.env.join(k)
	return k.dressed(), nil
}

// conn is a connection of one process. It gives the answers of the connection beneath,
// unless a fault strikes.
type conn struct {
	env     *Env
	in      *inner
	mu      sync.Mutex // held during a call of the inner connection
	tx      atomic.Bool
	txCtx   atomic.Pointer[context.Context] // of the open transaction
	rows    map[*rows]struct{}
	broken  bool // as its process sees it
	severed bool // the inner connection is no longer ours
	calling atomic.Bool
	last    *place // the operation in flight, or the last one
}

func (c *conn) backend() int64 { return c.in.pid }

func (c *conn) rollsBack() bool {
	ctx := c.txCtx.Load()
	return ctx != nil && (*ctx).Err() != nil
}

func (c *conn) blocked() wait {
	if !c.calling.Load() || c.in.dialect != postgres {
		return wait{}
	}
	holders, name := c.env.w.pool.holders(c.in)
	return c.env.whose(holders, name)
}

// sever takes the inner connection away, and rolls back what is open at once: a server
// would notice later.
func (c *conn) sever() {
	if !c.mu.TryLock() {
		c.env.w.pool.interrupt(c.in)
		c.mu.Lock()
	}
	defer c.mu.Unlock()
	if c.severed {
		return
	}
	c.severed = true
	c.rollBack()
	c.env.w.pool.give(c.in)
}

func (c *conn) rollBack() {
	for r := range c.rows {
		r.in.Close()
	}
	clear(c.rows)
	if c.tx.Swap(false) {
		c.in.exec("ROLLBACK")
	}
	c.txCtx.Store(nil)
}

// breakOff makes the connection useless to its process: it is closed at the other end.
func (c *conn) breakOff() {
	c.broken = true
	c.rollBack()
}

// do lets an operation happen, or not. undo is for an answer that nobody will read.
func (c *conn) do(ctx context.Context, p *place, f func() error, undo func()) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	p.inTx, p.raises = c.tx.Load(), c.in.dialect == postgres
	fault, err := c.env.enter(p)
	if err != nil {
		return err
	}
	defer c.env.leave(p)
	if fault == Cancel && ctx.Err() != nil {
		return ctx.Err()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = p
	switch {
	case c.severed:
		return ErrCrashed
	case c.broken:
		return lost("the connection")
	case fault == Fail:
		c.breakOff()
		return lost(p.text)
	case fault == Serialization || fault == Deadlock:
		return c.refuse(p, fault)
	}
	if err := c.call(p, f); err != nil {
		p.came(err.Error())
		return err
	}
	if fault == LoseReply {
		if undo != nil {
			undo()
		}
		c.breakOff()
		return lost(p.text)
	}
	return nil
}

// refuse has the database answer with an error of its own, in the driver's own type.
func (c *conn) refuse(p *place, fault Trouble) error {
	err := c.in.exec(raise(fault))
	if p.kind == commit {
		c.rollBack() // a commit that fails has ended the transaction
	}
	return err
}

// call calls the inner connection. Where SQLite is busy, it waits until another worker
// has moved, for as long as SQLite itself would wait.
func (c *conn) call(p *place, f func() error) error {
	for {
		c.calling.Store(true)
		err := f()
		c.calling.Store(false)
		if err == nil || !c.in.patient || !sqliteBusy(err) || c.env.ownTransaction(c) {
			return err
		}
		c.mu.Unlock()
		again := c.env.waits(p)
		c.mu.Lock()
		if c.severed {
			return ErrCrashed
		}
		if !again {
			return err
		}
	}
}

// ownTransaction reports whether another connection of the process has a transaction
// open: nobody but the handler itself can end that.
func (e *Env) ownTransaction(except *conn) bool {
	for _, l := range e.open() {
		if c, ok := l.(*conn); ok && c != except && c.tx.Load() {
			return true
		}
	}
	return false
}

// noteTx keeps track of transactions that statements begin and end.
func (c *conn) noteTx(q string) {
	for part := range strings.SplitSeq(q, ";") {
		switch sqlVerb(part) {
		case "BEGIN", "START":
			c.tx.Store(true)
		case "COMMIT", "END", "ROLLBACK", "ABORT":
			if !strings.Contains(strings.ToUpper(part), " TO ") {
				c.tx.Store(false)
			}
		}
	}
}

// asked is a statement, and what becomes of an answer that nobody will read.
type asked struct {
	q     string
	args  []driver.NamedValue
	drain func()
}

// statement does a statement that may be a place.
func (c *conn) statement(ctx context.Context, a asked, f func(context.Context) error) error {
	k, is := statementKind(a.q)
	if !is {
		return c.rollsBackBy(a.q, func() error { return f(detached(ctx)) })
	}
	p := &place{kind: k, text: a.q}
	if c.env.w.telling {
		p.detail = show(a.args)
	}
	return c.do(ctx, p, func() error {
		err := f(detached(ctx))
		if err == nil {
			c.noteTx(a.q)
		}
		return err
	}, a.drain)
}

// rollsBackBy does a rollback, which is no place: a crash would have done it.
func (c *conn) rollsBackBy(q string, f func() error) error {
	if c.env.dead.Load() {
		return c.env.deadCall()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken || c.severed {
		return nil
	}
	err := f()
	c.noteTx(q)
	c.txCtx.Store(nil)
	if a := c.env.current.Load(); a != nil && !c.tx.Load() {
		a.undone.Store(true)
	}
	return err
}

// detached keeps a cancellation from the inner driver: it would strike at a moment of its
// own, and perhaps whoever has the connection next. It is looked at before each
// operation instead.
func detached(ctx context.Context) context.Context { return context.WithoutCancel(ctx) }

// raise is a statement that has PostgreSQL answer with an error of its own.
func raise(fault Trouble) string {
	code, message := "40001", "could not serialize access due to concurrent update"
	if fault == Deadlock {
		code, message = "40P01", "deadlock detected"
	}
	return "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '" + code + "', MESSAGE = '" + message + "'; END $$"
}

// sqliteBusy reports whether SQLite would have waited. A stale snapshot is not worth
// waiting for: SQLite answers that at once.
func sqliteBusy(err error) bool {
	const busy, locked, snapshot = 5, 6, 517
	var coded interface{ Code() int }
	if errors.As(err, &coded) {
		return coded.Code() != snapshot && (coded.Code()&0xff == busy || coded.Code()&0xff == locked)
	}
	return strings.Contains(err.Error(), "database is locked") || strings.Contains(err.Error(), "database table is locked")
}

// show writes the arguments of a statement for a report.
func show(args []driver.NamedValue) string {
	parts := make([]string, len(args))
	for i, a := range args {
		if b, is := a.Value.([]byte); is {
			a.Value = string(b)
		}
		parts[i] = cut(squeeze(fmt.Sprint(a.Value)), 20)
	}
	return strings.Join(parts, ", ")
}
