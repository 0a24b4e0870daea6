package handler

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
)

// pgServer is a connection to a PostgreSQL server. It outlives the client's connection,
// for it takes a hundred times as long to open one as to make one as new.
type pgServer struct {
	net.Conn
	startup string // what the client said first: who shares that shares the connection
	hello   []byte // what the server said until it was ready
	said    []byte // and from the beginning
	pid     int64
	key     []byte // for a cancellation
	buf     []byte
}

// The codes of requests that come before a startup message.
const (
	pgCancel = 80877102
	pgTLS    = 80877103
	pgGSS    = 80877104
)

func dialPostgres(network, addr, startup string, first []byte) (*pgServer, error) {
	c, err := net.Dial(network, addr)
	if err != nil {
		return nil, err
	}
	s := &pgServer{Conn: c, startup: startup}
	if _, err := c.Write(first); err != nil {
		c.Close()
		return nil, err
	}
	return s, nil
}

// message reads one message: a byte, a length, a body.
func (s *pgServer) message() ([]byte, error) {
	for {
		if len(s.buf) >= 5 {
			n := 1 + int(binary.BigEndian.Uint32(s.buf[1:]))
			if len(s.buf) >= n {
				m := s.buf[:n:n]
				s.buf = s.buf[n:]
				return m, nil
			}
		}
		chunk := make([]byte, 8192)
		n, err := s.Conn.Read(chunk)
		if n == 0 && err != nil {
			return nil, err
		}
		s.buf = append(s.buf, chunk[:n]...)
	}
}

// answer reads until the server waits for the client: for a query, or for copied data.
// The status is that of the transaction, or 'c' for a copy.
func (s *pgServer) answer() (all []byte, status byte, err error) {
	for {
		m, err := s.message()
		if err != nil {
			return all, 0, err
		}
		all = append(all, m...)
		switch m[0] {
		case 'Z':
			return all, m[5], nil
		case 'G', 'W':
			return all, 'c', nil
		}
	}
}

// simple does a query of our own, and returns the answer whole.
func (s *pgServer) simple(q string) ([]byte, error) {
	m := append(append([]byte{'Q', 0, 0, 0, 0}, q...), 0)
	binary.BigEndian.PutUint32(m[1:], uint32(len(m)-1))
	if _, err := s.Write(m); err != nil {
		return nil, err
	}
	all, _, err := s.answer()
	return all, err
}

// value returns the first column of the first row of a query of our own.
func (s *pgServer) value(q string) string {
	all, err := s.simple(q)
	for err == nil && len(all) >= 5 {
		n := 1 + int(binary.BigEndian.Uint32(all[1:]))
		if all[0] == 'D' && n >= 11 {
			if size := int(int32(binary.BigEndian.Uint32(all[7:]))); size > 0 {
				return string(all[11 : 11+size])
			}
			return ""
		}
		all = all[n:]
	}
	return ""
}

// renew makes the server's side as new.
func (s *pgServer) renew() bool {
	for _, q := range []string{"ROLLBACK", "DISCARD ALL"} {
		if all, err := s.simple(q); err != nil || pgOutcome(all) != "" && strings.HasPrefix(pgOutcome(all), "ERROR") {
			return false
		}
	}
	return true
}

// pgOutcome is what a command came to: its tag, or its error.
func pgOutcome(all []byte) string {
	for len(all) >= 5 {
		n := 1 + int(binary.BigEndian.Uint32(all[1:]))
		switch body := all[5:n]; all[0] {
		case 'C':
			tag, _ := cString(body)
			return tag
		case 'E':
			for len(body) > 1 {
				field := body[0]
				var v string
				if v, body = cString(body[1:]); field == 'M' {
					return "ERROR: " + v
				}
			}
		}
		all = all[n:]
	}
	return ""
}

// cString cuts off a string that ends in a zero byte.
func cString(b []byte) (text string, rest []byte) {
	i := bytes.IndexByte(b, 0)
	if i < 0 {
		return string(b), nil
	}
	return string(b[:i]), b[i+1:]
}

// servers keep what is idle.
func (p *pool) takeServer(startup string) *pgServer {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.servers[startup]
	if len(list) == 0 {
		return nil
	}
	p.servers[startup] = list[:len(list)-1]
	return list[len(list)-1]
}

func (p *pool) giveServer(s *pgServer) {
	if s.hello == nil || !s.renew() {
		s.Close()
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.servers == nil {
		p.servers = map[string][]*pgServer{}
	}
	p.servers[s.startup] = append(p.servers[s.startup], s)
}

// watcher is a connection for questions about another one.
func (p *pool) watcher(c *pgConn) *pgServer {
	if p.watch == nil {
		if p.watch = p.takeServer(c.startup); p.watch != nil {
			return p.watch
		}
		s, err := dialPostgres(c.network, c.addr, c.startup, c.first)
		if err != nil {
			return nil
		}
		if _, _, err := s.answer(); err != nil { // trust is all that is understood here
			s.Close()
			return nil
		}
		p.watch = s
	}
	return p.watch
}

// DialPostgres is a function to dial with, for pgx's ConnConfig.DialFunc and lib/pq's
// DialContext: a connection that knows PostgreSQL's protocol well enough to stop before
// each request, to lose its reply, and to roll back when its process dies. The handler's
// driver stays its own. It needs a connection without TLS.
func (e *Env) DialPostgres(ctx context.Context, network, addr string) (net.Conn, error) {
	if e.dead.Load() {
		return nil, e.deadCall()
	}
	c := &pgConn{wire: newWire(e, addr), network: network, addr: addr, prepared: map[string]string{}, portals: map[string]string{}}
	c.number = e.w.numbers.Add(1)
	e.connecting.Add(1)
	e.join(c)
	return c, nil
}

// greet passes on what the server says until it asks for something or is ready.
func (c *pgConn) greet(s *pgServer) error {
	for {
		m, err := s.message()
		if err != nil {
			return err
		}
		c.introduce(m)
		s.said = append(s.said, m...)
		switch m[0] {
		case 'R':
			const ok, final = 0, 12
			if k := binary.BigEndian.Uint32(m[5:]); k != ok && k != final {
				return nil // the client has to answer
			}
		case 'K':
			s.pid = int64(binary.BigEndian.Uint32(m[5:]))
			s.key = bytes.Clone(m[5:])
		case 'E':
			return nil
		case 'Z':
			authenticated := []byte{'R', 0, 0, 0, 8, 0, 0, 0, 0}
			s.hello = s.said[bytes.Index(s.said, authenticated):]
			return nil
		}
	}
}

// introduce hands the client what the server said, with a key of its own, so that a
// cancellation that comes late strikes nobody else.
func (c *pgConn) introduce(m []byte) {
	if m[0] == 'K' {
		m = bytes.Clone(m)
		binary.BigEndian.PutUint32(m[5:], c.number)
	}
	c.reply(m)
}

// begin handles what comes before the first query. It reports whether to look for more.
func (c *pgConn) begin() (more bool, err error) {
	if c.srv != nil { // what is said for authentication goes through as it is
		if len(c.in) == 0 {
			return false, nil
		}
		_, err := c.srv.Write(c.in)
		c.in = nil
		if err == nil {
			err = c.greet(c.srv)
		}
		return false, err
	}
	if len(c.in) < 8 || len(c.in) < int(binary.BigEndian.Uint32(c.in)) {
		return false, nil
	}
	n := int(binary.BigEndian.Uint32(c.in))
	m := c.in[:n:n]
	c.in = c.in[n:]
	switch binary.BigEndian.Uint32(m[4:]) {
	case pgTLS, pgGSS:
		c.reply([]byte{'N'})
		return true, nil
	case pgCancel:
		return false, c.cancel(m)
	}
	c.first, c.startup = m, c.addr+"\x00"+string(m)
	if s := c.env.w.pool.takeServer(c.startup); s != nil {
		for hello := s.hello; len(hello) > 0; {
			n := 1 + int(binary.BigEndian.Uint32(hello[1:]))
			c.introduce(hello[:n])
			hello = hello[n:]
		}
		c.srv = s
		return true, nil
	}
	if c.srv, err = dialPostgres(c.network, c.addr, c.startup, m); err != nil {
		return false, err
	}
	return false, c.greet(c.srv)
}

// cancel passes a cancellation on, if what it is about is still there.
func (c *pgConn) cancel(m []byte) error {
	number := binary.BigEndian.Uint32(m[8:])
	for _, l := range c.env.open() {
		if of, ok := l.(*pgConn); ok && of.number == number && !c.env.dead.Load() {
			if s := of.inFlight.Load(); s != nil {
				if to, err := dialPostgres(c.network, c.addr, "", append(m[:8:8], s.key...)); err == nil {
					to.Close()
				}
			}
		}
	}
	return io.EOF // a cancellation has a connection of its own, which ends
}

// holders asks whom a backend waits for, and returns how to name one.
func (c *pgConn) holders(pid int64) ([]int64, func(int64) string) {
	s := c.env.w.pool.watcher(c)
	if s == nil {
		return nil, nil
	}
	quoted := func(q string, pid int64) string { return strings.ReplaceAll(q, "$1", fmt.Sprint(pid)) }
	return pids(s.value(quoted(askHolders, pid))), func(pid int64) string { return squeeze(s.value(quoted(askStranger, pid))) }
}

var errClosed = errors.New("simtest: the connection is closed")

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
	open, closed  bool
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
	c.connected()
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
			if err != nil || c.srv != nil && c.srv.hello != nil {
				c.connected()
			}
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

// connected notes that the connection is open, or never will be.
func (c *pgConn) connected() {
	if !c.open {
		c.open = true
		c.env.connecting.Add(-1)
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
func (c *pgConn) refuse(fault Trouble, p *place) error {
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
