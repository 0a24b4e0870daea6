package handler

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
)

// DialRedis is a function to dial with, for go-redis' Options.Dialer: a connection that knows Redis' protocol
// well enough to stop before each command and to lose its reply. A pipeline is one
// place, and so is MULTI to EXEC. Commands that wait, such as BLPOP, are not understood.
func (e *Env) DialRedis(ctx context.Context, network, addr string) (net.Conn, error) {
	if e.dead.Load() {
		return nil, e.deadCall()
	}
	to, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	c := &redisConn{wire: newWire(e, addr), to: to, from: bufio.NewReader(to)}
	e.join(c)
	return c, nil
}

type redisConn struct {
	*wire
	to   net.Conn
	from *bufio.Reader
}

func (c *redisConn) backend() int64 { return 0 }
func (c *redisConn) blocked() wait  { return wait{} }

// sever closes the connection; Redis forgets an open MULTI with it.
func (c *redisConn) sever() {
	c.to.Close()
	c.mu.Lock()
	c.breakOff(errClosed)
	c.mu.Unlock()
}

// Close ends the connection.
func (c *redisConn) Close() error {
	if c.env.part(c) {
		c.sever()
	}
	return nil
}

// unseen are commands that belong to the connection and change no data.
var unseen = []string{"HELLO", "CLIENT", "AUTH", "SELECT", "PING", "COMMAND", "MULTI", "READONLY", "QUIT"}

// reading are commands that only read.
var reading = []string{"GET", "MGET", "EXISTS", "TTL", "PTTL", "HGET", "HMGET", "HGETALL", "HEXISTS", "SISMEMBER", "SMEMBERS", "ZSCORE", "ZRANGE", "LRANGE", "LLEN", "SCAN", "TYPE", "STRLEN"}

// Write takes what the client says. When it returns, the replies are there.
func (c *redisConn) Write(b []byte) (int, error) {
	if c.env.dead.Load() {
		return 0, c.env.deadCall()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken != nil {
		return 0, c.broken
	}
	c.in = append(c.in, b...)
	var batch []byte
	var seen []string
	commands, reads := 0, true
	for {
		words, n := redisCommand(c.in)
		if n == 0 {
			break
		}
		batch = append(batch, c.in[:n]...)
		c.in = c.in[n:]
		commands++
		if name := strings.ToUpper(words[0]); !slices.Contains(unseen, name) {
			seen = append(seen, strings.Join(words, " "))
			reads = reads && slices.Contains(reading, name)
		}
	}
	if commands == 0 {
		return len(b), nil
	}
	if len(seen) == 0 {
		_, err := c.exchange(batch, commands)
		return len(b), err
	}
	return len(b), c.command(strings.Join(seen, "; "), reads, func() ([]byte, error) { return c.exchange(batch, commands) })
}

// command does commands at a place of their own.
func (c *redisConn) command(text string, reads bool, exchange func() ([]byte, error)) error {
	p := &place{kind: command, text: text, reads: reads, uncancelled: true}
	c.mu.Unlock()
	fault, err := c.env.enter(p)
	c.mu.Lock()
	if err != nil {
		return err
	}
	defer c.env.leave(p)
	if fault == Fail {
		c.to.Close()
		c.reset()
		return nil
	}
	all, err := exchange()
	p.came(cut(squeeze(strings.ReplaceAll(string(all), "\r\n", " ")), 24))
	if fault == LoseReply {
		c.out = c.out[:len(c.out)-len(all)]
		c.to.Close()
		c.reset()
	}
	return err
}

// exchange sends commands, and hands their replies to the client.
func (c *redisConn) exchange(batch []byte, commands int) ([]byte, error) {
	c.mu.Unlock()
	var out bytes.Buffer
	_, err := c.to.Write(batch)
	for i := 0; i < commands && err == nil; i++ {
		err = redisReply(c.from, &out)
	}
	c.mu.Lock()
	if err != nil {
		c.breakOff(err)
		return nil, err
	}
	c.reply(out.Bytes())
	return out.Bytes(), nil
}

// redisCommand cuts one command off, if it is whole.
func redisCommand(b []byte) (words []string, n int) {
	line := func(from int) (string, int) {
		i := bytes.Index(b[from:], []byte("\r\n"))
		if i < 0 {
			return "", -1
		}
		return string(b[from : from+i]), from + i + 2
	}
	head, at := line(0)
	if at < 0 {
		return nil, 0
	}
	if !strings.HasPrefix(head, "*") {
		return strings.Fields(head + " ?")[:1], at
	}
	count, _ := strconv.Atoi(head[1:])
	for range count {
		size, next := line(at)
		if next < 0 || size == "" {
			return nil, 0
		}
		length, _ := strconv.Atoi(size[1:])
		if len(b) < next+length+2 {
			return nil, 0
		}
		words = append(words, string(b[next:next+length]))
		at = next + length + 2
	}
	if len(words) == 0 {
		words = []string{"?"}
	}
	return words, at
}

// redisReply reads one reply whole.
func redisReply(r *bufio.Reader, out *bytes.Buffer) error {
	head, err := r.ReadString('\n')
	if out.WriteString(head); err != nil {
		return err
	}
	n, _ := strconv.Atoi(strings.TrimSpace(head[1:]))
	switch head[0] {
	case '$', '=', '!':
		if n >= 0 {
			_, err = io.CopyN(out, r, int64(n)+2)
		}
	case '%':
		n *= 2
		fallthrough
	case '*', '~', '>':
		for i := 0; i < n && err == nil; i++ {
			err = redisReply(r, out)
		}
	}
	return err
}
