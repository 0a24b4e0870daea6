//go:build unix

package pay_test

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"dejavu/sim/simtest/examples/pay"
	"dejavu/sim/simtest/handler"
)

// This file holds that a simulated crash leaves what a killed process leaves: at every place
// of every version, a child of this test is killed with SIGKILL just there, and what it
// left is compared with what a crash of the same place left. The child counts its own
// operations, with none of the code that it is to judge.

// A doomed counts operations down, and kills its process instead of doing the last.
type doomed struct{ left int }

func (d *doomed) step() {
	if d.left--; d.left == 0 {
		syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// doomedConn counts the statements of a connection.
type doomedConn struct {
	driver.Conn
	d *doomed
}

func (c doomedConn) ExecContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Result, error) {
	c.d.step()
	return c.Conn.(driver.ExecerContext).ExecContext(ctx, q, args)
}

func (c doomedConn) QueryContext(ctx context.Context, q string, args []driver.NamedValue) (driver.Rows, error) {
	c.d.step()
	return c.Conn.(driver.QueryerContext).QueryContext(ctx, q, args)
}

func (c doomedConn) CheckNamedValue(v *driver.NamedValue) error {
	if n, ok := c.Conn.(driver.NamedValueChecker); ok {
		return n.CheckNamedValue(v)
	}
	return driver.ErrSkip
}

func (c doomedConn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	tx, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	return doomedTx{tx, c.d}, err
}

type doomedTx struct {
	driver.Tx
	d *doomed
}

func (t doomedTx) Commit() error {
	t.d.step()
	return t.Tx.Commit()
}

type doomedConnector struct {
	d    driver.Driver
	dsn  string
	doom *doomed
}

func (c doomedConnector) Driver() driver.Driver { return c.d }
func (c doomedConnector) Connect(context.Context) (driver.Conn, error) {
	in, err := c.d.Open(c.dsn)
	return doomedConn{in, c.doom}, err
}

type doomedTransport struct{ d *doomed }

func (t doomedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.d.step()
	return http.DefaultTransport.RoundTrip(r)
}

// TestChild is the child: it handles one message, and is killed at a place.
func TestChild(t *testing.T) {
	what := os.Getenv("DEJAVU_CHILD")
	if what == "" {
		t.Skip("skipped: this is the child of another test")
	}
	part := strings.Split(what, "\n") // driver, dsn, gateway, version, place
	version, _ := strconv.Atoi(part[3])
	d := &doomed{}
	d.left, _ = strconv.Atoi(part[4])
	db, err := sql.Open(part[0], part[1])
	if err != nil {
		t.Fatal(err)
	}
	s := &pay.Service{
		DB:     sql.OpenDB(doomedConnector{db.Driver(), part[1], d}),
		Client: &http.Client{Transport: doomedTransport{d}}, Gateway: part[2],
	}
	if err := versions[version].charge(s, t.Context(), "order-1"); err != nil {
		t.Fatal(err)
	}
	d.step() // the ack
	t.Fatal("nobody killed it")
}

// left is what others can see.
func (r *rig) left() string {
	var state string
	if err := r.db.QueryRow("SELECT state FROM orders WHERE id = 'order-1'").Scan(&state); err != nil {
		state = err.Error()
	}
	return fmt.Sprintf("%s payments, order %s, charges %v", r.payments(), state, r.bank.Effects())
}

// killed handles a message in a child that is killed at a place. It reports false if the
// handler has no such place.
func (r *rig) killed(t *testing.T, version, place int) (left string, ok bool) {
	if err := r.fresh(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(&r.bank)
	defer server.Close()
	child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	child.Env = append(os.Environ(), "DEJAVU_CHILD="+strings.Join([]string{r.driver, r.dsn, server.URL, strconv.Itoa(version), strconv.Itoa(place)}, "\n"))
	out, err := child.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case errors.As(err, &exit) && exit.Sys().(syscall.WaitStatus).Signal() == syscall.SIGKILL:
	case strings.Contains(string(out), "nobody killed it"):
		return "", false
	default:
		t.Fatalf("the child: %v\n%s", err, out)
	}
	// A server needs a moment to see that its client is gone.
	for range 100 {
		if _, err = r.db.Exec("UPDATE orders SET state = state"); err == nil {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	return r.left(), true
}

// crashed handles a message in a process that crashes at a place, and whose message is
// not delivered again.
func (r *rig) crashed(t *testing.T, version int, place string) (left string) {
	o := r.options()
	o.Queue.MaxDeliveries = 1
	o.Holds = func() error { left = r.left(); return nil }
	if _, err := handler.Play(r.worker(versions[version].charge), o, "crash:m1/before-"+place); err != nil {
		t.Fatal(err)
	}
	return left
}

// placesOf are the places of the five versions.
var placesOf = [][]string{
	{"1-post", "2-insert", "ack"},
	{"1-select", "2-post", "3-insert", "ack"},
	{"1-insert", "2-post", "ack"},
	{"1-insert", "2-post", "3-update", "4-commit", "ack"},
	{"1-insert", "2-post", "3-update", "4-commit", "ack"},
}

func TestACrashLeavesWhatKillLeaves(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: it starts forty processes")
	}
	test := func(t *testing.T, r *rig) {
		compared := 0
		for version, places := range placesOf {
			for i, place := range places {
				killed, ok := r.killed(t, version, i+1)
				if crashed := r.crashed(t, version, place); !ok || killed != crashed {
					t.Errorf("%s at %s: a killed process leaves %s (killed: %v), a crash %s", versions[version].name, place, killed, ok, crashed)
				}
				compared++
			}
			if _, more := r.killed(t, version, len(places)+1); more {
				t.Errorf("%s has more places than %v", versions[version].name, places)
			}
		}
		t.Logf("%d crashes compared", compared)
	}
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
}
