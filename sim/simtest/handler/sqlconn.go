//lint:file-ignore SA1019 an old driver has nothing newer, and database/sql still asks it so

package handler

import (
	"context"
	"database/sql/driver"
	"errors"
)

// This file is the face of a connection towards database/sql: it has the optional
// methods of the inner connection, for database/sql behaves differently without them. Where
// the absence of a method can be answered exactly as database/sql would, the method is there.

type execer struct{ c *conn }
type queryer struct{ c *conn }
type resetter struct{ c *conn }
type validator struct{ c *conn }

// dressed returns the connection with the methods that the inner one has. It can always
// say that it is broken: by IsValid, or by ResetSession where there is no IsValid beneath.
func (c *conn) dressed() driver.Conn {
	_, e := c.in.Conn.(driver.ExecerContext)
	_, oldE := c.in.Conn.(driver.Execer)
	_, q := c.in.Conn.(driver.QueryerContext)
	_, oldQ := c.in.Conn.(driver.Queryer)
	_, r := c.in.Conn.(driver.SessionResetter)
	_, v := c.in.Conn.(driver.Validator)
	ex, qu, re, va := execer{c}, queryer{c}, resetter{c}, validator{c}
	type bits struct{ e, q, r, v bool }
	switch (bits{e || oldE, q || oldQ, r, v || !r}) {
	case bits{true, true, true, true}:
		return struct {
			*conn
			execer
			queryer
			resetter
			validator
		}{c, ex, qu, re, va}
	case bits{true, true, true, false}:
		return struct {
			*conn
			execer
			queryer
			resetter
		}{c, ex, qu, re}
	case bits{true, true, false, true}:
		return struct {
			*conn
			execer
			queryer
			validator
		}{c, ex, qu, va}
	}
	return c.halfDressed(e || oldE, q || oldQ, r, v || !r)
}

// halfDressed is for connections that can do only one of Exec and Query by themselves.
func (c *conn) halfDressed(e, q, r, v bool) driver.Conn {
	ex, qu, re, va := execer{c}, queryer{c}, resetter{c}, validator{c}
	type both struct {
		*conn
		resetter
		validator
	}
	type reset struct {
		*conn
		resetter
	}
	type valid struct {
		*conn
		validator
	}
	switch {
	case r && v && e:
		return struct {
			both
			execer
		}{both{c, re, va}, ex}
	case r && v && q:
		return struct {
			both
			queryer
		}{both{c, re, va}, qu}
	case r && v:
		return both{c, re, va}
	case r && e:
		return struct {
			reset
			execer
		}{reset{c, re}, ex}
	case r && q:
		return struct {
			reset
			queryer
		}{reset{c, re}, qu}
	case r:
		return reset{c, re}
	case e:
		return struct {
			valid
			execer
		}{valid{c, va}, ex}
	case q:
		return struct {
			valid
			queryer
		}{valid{c, va}, qu}
	}
	return valid{c, va}
}

func (x execer) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (r driver.Result, err error) {
	c := x.c
	err = c.statement(ctx, asked{q, args, nil}, func(ctx context.Context) error {
		if modern, ok := c.in.Conn.(driver.ExecerContext); ok {
			r, err = modern.ExecContext(ctx, q, args)
		} else {
			var old []driver.Value
			if old, err = positional(args); err == nil {
				r, err = c.in.Conn.(driver.Execer).Exec(q, old)
			}
		}
		c.affected(r, err)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (x queryer) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (r driver.Rows, err error) {
	c := x.c
	err = c.statement(ctx, asked{q, args, func() { drainRows(r) }}, func(ctx context.Context) error {
		if modern, ok := c.in.Conn.(driver.QueryerContext); ok {
			r, err = modern.QueryContext(ctx, q, args)
		} else {
			var old []driver.Value
			if old, err = positional(args); err == nil {
				r, err = c.in.Conn.(driver.Queryer).Query(q, old)
			}
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return c.track(r), nil
}

func (x resetter) ResetSession(ctx context.Context) error {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken || c.severed {
		return driver.ErrBadConn // between two uses: database/sql takes another one
	}
	return c.in.Conn.(driver.SessionResetter).ResetSession(ctx)
}

func (x validator) IsValid() bool {
	c := x.c
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken || c.severed {
		return false
	}
	v, ok := c.in.Conn.(driver.Validator)
	return !ok || v.IsValid()
}

// affected notes how many rows a statement has changed.
func (c *conn) affected(r driver.Result, err error) {
	if err == nil && r != nil && c.env.w.telling && c.last != nil {
		if n, err := r.RowsAffected(); err == nil {
			c.last.came(plural(int(n), "row"))
		}
	}
}

// Prepare prepares a statement.
func (c *conn) Prepare(q string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), q)
}

// PrepareContext prepares a statement. It changes nothing, so it is no place.
func (c *conn) PrepareContext(ctx context.Context, q string) (in driver.Stmt, err error) {
	if c.env.dead.Load() {
		return nil, c.env.deadCall()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken || c.severed {
		return nil, lost("the connection")
	}
	if p, ok := c.in.Conn.(driver.ConnPrepareContext); ok {
		in, err = p.PrepareContext(detached(ctx), q)
	} else if in, err = c.in.Conn.Prepare(q); err == nil && ctx.Err() != nil {
		in.Close()
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	s := &stmt{c, in, q}
	if cc, ok := in.(driver.ColumnConverter); ok {
		return &convertingStmt{s, cc}, nil
	}
	return s, nil
}

// Close gives the inner connection back.
func (c *conn) Close() error {
	if c.env.part(c) {
		c.sever()
	}
	return nil
}

// Begin begins a transaction.
func (c *conn) Begin() (driver.Tx, error) { return c.BeginTx(context.Background(), driver.TxOptions{}) }

// BeginTx begins a transaction.
func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (t driver.Tx, err error) {
	err = c.do(ctx, &place{kind: begin, text: "BEGIN"}, func() error {
		if b, ok := c.in.Conn.(driver.ConnBeginTx); ok {
			t, err = b.BeginTx(detached(ctx), o)
		} else if o.Isolation != 0 {
			return errors.New("sql: driver does not support non-default isolation level")
		} else if o.ReadOnly {
			return errors.New("sql: driver does not support read-only transactions")
		} else if t, err = c.in.Conn.Begin(); err == nil && ctx.Err() != nil {
			t.Rollback()
			return ctx.Err()
		}
		if err == nil {
			c.tx.Store(true)
			c.txCtx.Store(&ctx)
		}
		return err
	}, nil)
	if err != nil {
		return nil, err
	}
	return &tx{c, t}, nil
}

// Ping asks whether the server is there. It is no place.
func (c *conn) Ping(ctx context.Context) error {
	if c.env.dead.Load() {
		return c.env.deadCall()
	}
	if p, ok := c.in.Conn.(driver.Pinger); ok {
		return p.Ping(ctx)
	}
	return nil
}

// CheckNamedValue lets the inner connection convert an argument.
func (c *conn) CheckNamedValue(v *driver.NamedValue) error {
	if n, ok := c.in.Conn.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

type tx struct {
	c  *conn
	in driver.Tx
}

// Commit commits.
func (t *tx) Commit() error {
	return t.c.do(context.Background(), &place{kind: commit, text: "COMMIT"}, func() error {
		err := t.in.Commit()
		if err == nil {
			t.c.tx.Store(false)
		}
		t.c.txCtx.Store(nil)
		return err
	}, nil)
}

// Rollback rolls back.
func (t *tx) Rollback() error {
	return t.c.rollsBackBy("ROLLBACK", t.in.Rollback)
}
