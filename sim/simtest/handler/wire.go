package handler

import (
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// wire is the client's half of a connection whose protocol is understood: whole requests
// go in, whole replies are there before Write returns.
type wire struct {
	env      *Env
	addr     string
	mu       sync.Mutex
	changed  *sync.Cond
	in       []byte // from the client, not yet a whole request
	out      []byte // for the client
	broken   error
	deadline time.Time
	wakeUp   *time.Timer
}

func newWire(e *Env, addr string) *wire {
	w := &wire{env: e, addr: addr}
	w.changed = sync.NewCond(&w.mu)
	return w
}

// reply hands something to the client. Callers hold mu, as for breakOff.
func (w *wire) reply(b []byte) {
	w.out = append(w.out, b...)
	w.changed.Broadcast()
}

// reset ends the connection as a peer does that is gone, with the error that a connection
// over TCP has: drivers know a broken connection by its type.
func (w *wire) reset() {
	w.breakOff(&net.OpError{Op: "read", Net: "tcp", Addr: wireAddr(w.addr), Err: os.NewSyscallError("read", syscall.ECONNRESET)})
}

// breakOff ends the connection for the client, after what it has not read yet.
func (w *wire) breakOff(err error) {
	if w.broken == nil {
		w.broken = err
	}
	w.changed.Broadcast()
}

// Read returns what the server has answered.
func (w *wire) Read(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		switch {
		case len(w.out) > 0:
			n := copy(b, w.out)
			w.out = w.out[n:]
			return n, nil
		case w.broken != nil:
			return 0, w.broken
		case !w.deadline.IsZero() && !time.Now().Before(w.deadline):
			return 0, os.ErrDeadlineExceeded
		}
		w.changed.Wait()
	}
}

// SetDeadline sets until when Read waits; what is written goes through at once.
func (w *wire) SetDeadline(t time.Time) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deadline = t
	if w.wakeUp != nil {
		w.wakeUp.Stop()
		w.wakeUp = nil
	}
	if left := time.Until(t); !t.IsZero() && left > 0 {
		w.wakeUp = time.AfterFunc(left, func() {
			w.mu.Lock()
			w.changed.Broadcast()
			w.mu.Unlock()
		})
	}
	w.changed.Broadcast()
	return nil
}

// SetReadDeadline is SetDeadline.
func (w *wire) SetReadDeadline(t time.Time) error { return w.SetDeadline(t) }

// SetWriteDeadline does nothing: a write does not wait for the other end.
func (w *wire) SetWriteDeadline(time.Time) error { return nil }

type wireAddr string

// Network returns "tcp".
func (wireAddr) Network() string { return "tcp" }

// String returns the address.
func (a wireAddr) String() string { return string(a) }

// LocalAddr returns the address of the server, for there is no other.
func (w *wire) LocalAddr() net.Addr { return wireAddr(w.addr) }

// RemoteAddr returns the address of the server.
func (w *wire) RemoteAddr() net.Addr { return wireAddr(w.addr) }

// rollsBack reports false: the handler's own driver rolls back by a statement.
func (w *wire) rollsBack() bool { return false }
