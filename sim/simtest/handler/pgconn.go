package handler

import (
	"bytes"
	"encoding/binary"
	"strings"
	"sync/atomic"
)

// pgConn is the client's half of a connection to PostgreSQL.
type pgConn struct {
	*wire
	network, addr string
	number        uint32 // by which a cancellation names it
	first         []byte // the startup message
	startup       string // and where it went
	srv           *pgServer
	batch         []byte            // messages until the next Sync
	prepared      map[string]string // statements by name
	portals       map[string]string
	texts         []string // what the batch executes
	inTx          bool
	closed        bool
	inFlight      atomic.Pointer[pgServer]
}

func (c *pgConn) backend() int64 {
	if s := c.inFlight.Load(); s != nil {
		return s.pid
	}
	if c.mu.TryLock() {
		defer c.mu.Unlock()
		if c.srv != nil {
			return c.srv.pid
		}
	}
	return 0
}

func (c *pgConn) blocked() wait {
	s := c.inFlight.Load()
	if s == nil {
		return wait{}
	}
	holders, name := c.holders(s.pid)
	return c.env.whose(holders, name)
}

// sever rolls back, and gives the server's side back.
func (c *pgConn) sever() {
	if s := c.inFlight.Load(); s != nil {
		if by := c.env.w.pool.watcher(c); by != nil {
			by.value(strings.ReplaceAll("SELECT pg_terminate_backend($1)", "$1", plainInt(s.pid)))
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.giveBack()
	c.breakOff(errClosed)
}

func (c *pgConn) giveBack() {
	s := c.srv
	c.srv = nil
	if s != nil && c.inFlight.Load() == nil {
		c.env.w.pool.giveServer(s)
	}
}

// Close ends the connection. One of the dead is closed already.
func (c *pgConn) Close() error {
	if c.env.part(c) {
		c.sever()
	}
	return nil
}

// Write takes what the client says. When it returns, the answer is there.
func (c *pgConn) Write(b []byte) (int, error) {
	if c.env.dead.Load() {
		return 0, c.env.deadCall()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return 0, c.broken
	}
	c.in = append(c.in, b...)
	for {
		if c.srv == nil || c.srv.hello == nil {
			more, err := c.begin()
			if err != nil {
				c.breakOff(err)
				return 0, err
			}
			if !more {
				return len(b), nil
			}
			continue
		}
		if len(c.in) < 5 || len(c.in) < 1+int(binary.BigEndian.Uint32(c.in[1:])) {
			return len(b), nil
		}
		n := 1 + int(binary.BigEndian.Uint32(c.in[1:]))
		m := c.in[:n:n]
		c.in = c.in[n:]
		if err := c.take(m); err != nil {
			return 0, err
		}
		if c.srv == nil {
			return len(b), nil // broken off; Read says so
		}
	}
}

// take takes one message of the client, and does what is due at the end of a request.
func (c *pgConn) take(m []byte) error {
	body := m[5:]
	c.batch = append(c.batch, m...)
	switch m[0] {
	case 'P': // Parse
		name, rest := cString(body)
		c.prepared[name], _ = cString(rest)
	case 'B': // Bind
		portal, rest := cString(body)
		name, _ := cString(rest)
		c.portals[portal] = c.prepared[name]
	case 'E': // Execute
		portal, _ := cString(body)
		c.texts = append(c.texts, c.portals[portal])
	case 'Q': // a simple query
		if q, _ := cString(body); strings.Trim(q, "; \n") != "" && !strings.HasPrefix(q, "-- ping") {
			c.texts = append(c.texts, q)
		}
		return c.request()
	case 'S': // Sync
		return c.request()
	case 'd': // copied data goes on at once
		_, err := c.srv.Write(c.batch)
		c.batch = nil
		return err
	case 'c', 'f': // the end of a copy
		c.texts = append(c.texts, "COPY data")
		return c.request()
	case 'X': // Terminate: Close follows, and the server's side stays
		c.batch = nil
	}
	return nil
}

// request does a request at a place of its own, unless it only prepares.
func (c *pgConn) request() error {
	texts, batch := c.texts, bytes.Clone(c.batch)
	c.texts, c.batch = nil, nil
	text := strings.Join(texts, "; ")
	k, isPlace := statementKind(text)
	if len(texts) == 0 || !isPlace {
		if !isPlace {
			if a := c.env.current.Load(); a != nil {
				a.undone.Store(true)
			}
		}
		_, err := c.exchange(batch)
		return err
	}
	p := &place{kind: k, text: text, inTx: c.inTx, raises: true, uncancelled: true}
	c.mu.Unlock()
	fault, err := c.env.enter(p)
	c.mu.Lock()
	if err != nil {
		return err
	}
	defer c.env.leave(p)
	switch {
	case c.srv == nil || c.closed:
		return ErrCrashed
	case fault == Fail:
		c.end()
		return nil
	case fault == Serialization || fault == Deadlock:
		return c.refuse(fault, p)
	}
	all, err := c.exchange(batch)
	p.came(pgOutcome(all))
	if fault == LoseReply {
		c.out = c.out[:len(c.out)-len(all)]
		c.end()
	}
	return err
}

// refuse has the server answer a request with an error of its own.
func (c *pgConn) refuse(fault Fault, p *place) error {
	all, err := c.srv.simple(raise(fault))
	if err == nil && p.kind == commit { // which ends the transaction
		if _, err = c.srv.simple("ROLLBACK"); err == nil {
			c.inTx = false
			all[len(all)-1] = 'I'
		}
	}
	p.came(pgOutcome(all))
	c.reply(all)
	return err
}

// exchange sends a request, and hands the answer to the client. A server that is gone
// breaks the connection.
func (c *pgConn) exchange(batch []byte) (all []byte, err error) {
	srv := c.srv
	c.inFlight.Store(srv)
	c.mu.Unlock()
	var status byte
	if _, err = srv.Write(batch); err == nil {
		all, status, err = srv.answer()
	}
	c.mu.Lock()
	c.inFlight.Store(nil)
	if c.closed {
		srv.Close()
	}
	if err != nil {
		c.breakOff(err)
		return nil, nil
	}
	c.inTx = status == 'T' || status == 'E'
	c.reply(all)
	return all, nil
}

// end breaks the connection in the eyes of the client: the server has rolled back.
func (c *pgConn) end() {
	c.giveBack()
	c.reset()
}
