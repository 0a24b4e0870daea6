package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// postgresTable is a table whose rows are taken with FOR UPDATE SKIP LOCKED.
var postgresTable = system{
	is:    "PostgreSQL",
	start: startPostgres,
	probes: map[string]probe{
		"Redeliver":         {measure: redeliver, scaled: "silent for 2 s in its transaction; or its process is gone"},
		"Visibility":        {measure: noTimer, scaled: "silent for 2 s in its transaction"},
		"HeartbeatInterval": {measure: postgresIdle, scaled: "none, as the defaults of idle_in_transaction_session_timeout and idle_session_timeout are read"},
		"ConsumerTimeout":   {measure: postgresIdle, scaled: "none, as the defaults of idle_in_transaction_session_timeout and idle_session_timeout are read"},
		"LateAck":           {measure: onQueue(lateAck), scaled: "a delete and commit after its connection was ended"},
		"StaleAck":          {measure: onQueue(staleAck), scaled: "a delete and commit after its connection was ended"},
		"StaleNack":         {measure: onQueue(staleNack), scaled: "a rollback after its connection was ended"},
		"MaxDeliveries":     {measure: onQueue(maxDeliveries), scaled: fmt.Sprintf("it comes %d times", many)},
		"NackDelay":         {measure: onQueue(nackDelay), scaled: "a rollback"},
		"Order":             {measure: onQueue(order)},
		"AckUnit":           {measure: onQueue(ackUnit), scaled: "a transaction for each row"},
		"Assign":            {measure: onQueue(assign)},
		"Transactional":     {measure: onQueue(postgresTransactional), scaled: "an effect and the delete, in a transaction that is cut off, and in one that commits"},
		"DedupWindow":       {measure: onQueue(window)},
	},
	left: map[string]string{
		"Heartbeat": "it extends a timeout, and there is none",
		"AtLimit":   "there is no limit",
		"FreeNacks": "there is no limit",
		"Backoff":   "there is none",
		"Batch":     "a worker asks for as many as it wants (LIMIT)",
		"DedupBy":   "there is no window",
	},
	facts: []fact{
		{"an error of a statement aborts the transaction that holds the row, and the row comes back", holds(postgresAborts)},
	},
}

// postgresServer is a server, and a schema in it.
type postgresServer struct {
	config *pgx.ConnConfig // of every connection to the schema
	admin  *pgx.Conn
	mu     sync.Mutex // guards admin
	end    func()     // of a server that was started here
	is     string
	number atomic.Int64
	opened sync.Mutex
	open   []*pgx.Conn
}

func startPostgres(dir string) (server, error) {
	address, end, err := ownPostgres(dir)
	if given := os.Getenv("DEJAVU_POSTGRES"); errors.Is(err, errNotHere) && given != "" {
		address, end, err = given, func() {}, nil
	}
	if err != nil {
		return nil, err
	}
	s := &postgresServer{end: end}
	if err := s.settle(address); err != nil {
		s.stop()
		return nil, err
	}
	return s, nil
}

// settle makes a schema that nobody else has.
func (s *postgresServer) settle(address string) error {
	var err error
	if s.config, err = pgx.ParseConfig(address); err != nil {
		return err
	}
	schema := "conformance_" + strconv.FormatInt(time.Now().UnixNano(), 36)
	s.config.RuntimeParams["search_path"] = schema
	if s.admin, err = s.dial(); err != nil {
		return err
	}
	if err := s.asks("SHOW server_version", &s.is); err != nil {
		return err
	}
	s.is, _, _ = strings.Cut(s.is, " ") // behind it is who built it
	return s.tells("CREATE SCHEMA " + schema)
}

func (s *postgresServer) dial() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.ConnectConfig(ctx, s.config)
	if err == nil {
		s.opened.Lock()
		s.open = append(s.open, conn) // Go would close it when nobody knows it any more
		s.opened.Unlock()
	}
	return conn, err
}

// tells runs a statement beside all transactions of consumers.
func (s *postgresServer) tells(statement string, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.admin.Exec(context.Background(), statement, args...)
	return err
}

// asks returns the one value of a query.
func (s *postgresServer) asks(query string, value any, args ...any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admin.QueryRow(context.Background(), query, args...).Scan(value)
}

func (s *postgresServer) version() string { return s.is }

func (s *postgresServer) stop() {
	if s.admin != nil {
		for _, c := range s.open {
			if c != s.admin {
				c.PgConn().Conn().Close()
			}
		}
		s.tells("DROP SCHEMA " + s.config.RuntimeParams["search_path"] + " CASCADE")
		s.admin.Close(context.Background())
	}
	s.end()
}

// ownPostgres starts a server in a folder, with a socket there and without a port. It
// returns its address.
func ownPostgres(dir string) (address string, end func(), err error) {
	bin, there := postgresBin()
	if !there {
		return "", nil, fmt.Errorf("PostgreSQL is %w", errNotHere)
	}
	as, err := postgresUser(dir)
	if err != nil {
		return "", nil, err
	}
	run := func(name string, args ...string) error {
		command := exec.Command(filepath.Join(bin, name), args...)
		command.Dir, command.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true, Credential: as}
		if said, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", name, err, said)
		}
		return nil
	}
	data := filepath.Join(dir, "data")
	if err := run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"); err != nil {
		return "", nil, err
	}
	err = run("pg_ctl", "-D", data, "-w", "-l", filepath.Join(dir, "log"), "-o", "-k '"+dir+"' -c listen_addresses= -c fsync=off", "start")
	end = func() { run("pg_ctl", "-D", data, "-m", "immediate", "stop") }
	if err != nil {
		end()
		return "", nil, err
	}
	return fmt.Sprintf("host='%s' user=postgres dbname=postgres sslmode=disable", dir), end, nil
}

// postgresBin returns the folder of the newest server that is installed: distributions do
// not put it on the PATH.
func postgresBin() (string, bool) {
	if path, err := exec.LookPath("initdb"); err == nil && exists(filepath.Join(filepath.Dir(path), "pg_ctl")) {
		return filepath.Dir(path), true
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/local/pgsql/bin", "/opt/homebrew/opt/postgresql*/bin"} {
		bins, _ := filepath.Glob(pattern) // its only error is about the pattern
		for _, bin := range bins {
			if exists(filepath.Join(bin, "initdb")) {
				found = append(found, bin)
			}
		}
	}
	if len(found) == 0 {
		return "", false
	}
	return slices.MaxFunc(found, func(a, b string) int { return cmp.Compare(release(a), release(b)) }), true
}

// release is the number in the name of the folder that bin is in, such as 15 or
// postgresql@16, or 0.
func release(bin string) float64 {
	name := filepath.Base(filepath.Dir(bin))
	n, err := strconv.ParseFloat(name[strings.LastIndex(name, "@")+1:], 64)
	if err != nil {
		return 0
	}
	return n
}

// postgresUser returns who is to run the server, and gives that user the folder: nil is
// the user of this process, unless that is root, who may not.
func postgresUser(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("a user postgres, for root may not run the server, is %w", errNotHere)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, int(uid), int(gid))
}

func (s *postgresServer) queue() (queue, error) {
	q := &postgresQueue{server: s, table: "q" + strconv.FormatInt(s.number.Add(1), 10)}
	return q, errors.Join(
		s.tells("CREATE TABLE "+q.table+" (id bigserial PRIMARY KEY, body text NOT NULL)"),
		s.tells("CREATE TABLE "+q.table+"_effects (body text NOT NULL)"))
}

// postgresQueue is a table of messages, with one of their effects.
type postgresQueue struct {
	server *postgresServer
	table  string
}

func (q *postgresQueue) publish(bodies ...string) error {
	for _, body := range bodies {
		if err := q.server.tells("INSERT INTO "+q.table+" (body) VALUES ($1)", body); err != nil {
			return err
		}
	}
	return nil
}

func (q *postgresQueue) consumer() (consumer, error) { return &postgresConsumer{q: q}, nil }

func (q *postgresQueue) pass(share float64) {
	time.Sleep(time.Duration(share * float64(1500*time.Millisecond)))
}
func (q *postgresQueue) soon() time.Duration { return 600 * time.Millisecond }

// takeBack has the server end the consumer's connections, and waits until they are gone.
func (q *postgresQueue) takeBack(c consumer) error {
	for _, t := range c.(*postgresConsumer).held {
		if t.conn.IsClosed() { // it has acked or given back its row
			continue
		}
		pid := t.conn.PgConn().PID()
		left := 1
		for range 100 {
			if err := q.server.tells("SELECT pg_terminate_backend($1)", pid); err != nil {
				return err
			}
			if err := q.server.asks("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", &left, pid); err != nil {
				return err
			}
			if left == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if left > 0 {
			return errors.New("a connection that is ended stays")
		}
	}
	return nil
}

// postgresConsumer holds each row in a transaction on a connection of its own.
type postgresConsumer struct {
	q    *postgresQueue
	held []*postgresTx
}

// postgresTx is a transaction that holds a row.
type postgresTx struct {
	conn *pgx.Conn
	tx   pgx.Tx
	id   int64
}

// vanish ends the connections without a word, as the end of a process does.
func (c *postgresConsumer) vanish() error {
	for _, t := range c.held {
		if err := t.conn.PgConn().Conn().Close(); err != nil {
			return err
		}
	}
	return nil
}

func (c *postgresConsumer) receive(within time.Duration) (*delivery, error) {
	conn, err := c.q.server.dial()
	if err != nil {
		return nil, err
	}
	for end := time.Now().Add(within); ; time.Sleep(20 * time.Millisecond) {
		t := &postgresTx{conn: conn}
		if t.tx, err = conn.Begin(context.Background()); err != nil {
			return nil, err
		}
		d := &delivery{ack: func() error { return t.ack(c.q) }, nack: func() error { return t.end(t.tx.Rollback) }}
		err := t.tx.QueryRow(context.Background(), "SELECT id, body FROM "+c.q.table+" ORDER BY id FOR UPDATE SKIP LOCKED LIMIT 1").Scan(&t.id, &d.body)
		if err == nil {
			c.held = append(c.held, t)
			return d, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return nil, err
		}
		if err := t.tx.Rollback(context.Background()); err != nil {
			return nil, err
		}
		if time.Now().After(end) {
			return nil, conn.Close(context.Background())
		}
	}
}

// ack deletes the row, and commits.
func (t *postgresTx) ack(q *postgresQueue) error {
	if err := t.does("DELETE FROM "+q.table+" WHERE id = $1", t.id); err != nil {
		return err
	}
	return t.end(t.tx.Commit)
}

func (t *postgresTx) does(statement string, args ...any) error {
	_, err := t.tx.Exec(context.Background(), statement, args...)
	return err
}

func (t *postgresTx) end(how func(context.Context) error) error {
	return errors.Join(how(context.Background()), t.conn.Close(context.Background()))
}

// postgresIdle returns 0 if a server on which nothing is set leaves a silent connection
// alone. A version before 14 has only the first of the two.
func postgresIdle(s server) (string, error) {
	for _, name := range []string{"idle_in_transaction_session_timeout", "idle_session_timeout"} {
		var is string
		if err := s.(*postgresServer).asks("SELECT coalesce(max(boot_val), '0') FROM pg_settings WHERE name = $1", &is, name); err != nil {
			return "", err
		}
		if is != "0" {
			return name + " " + is, nil
		}
	}
	return time.Duration(0).String(), nil
}

// postgresTransactional has a consumer write an effect and delete its row, and then end in
// the middle; and the next one commit both.
func postgresTransactional(made queue) (string, error) {
	q := made.(*postgresQueue)
	one, two, held, err := crew(q, "m1")
	if err != nil {
		return "", err
	}
	effect, remove := "INSERT INTO "+q.table+"_effects (body) VALUES ('m1')", "DELETE FROM "+q.table
	t := one.(*postgresConsumer).held[0]
	if err := errors.Join(t.does(effect), t.does(remove), one.vanish()); err != nil {
		return "", err
	}
	if held, err = received(two, q); err != nil {
		return "", err
	}
	var cut, committed int
	if err := q.server.asks("SELECT count(*) FROM "+q.table+"_effects", &cut); err != nil {
		return "", err
	}
	if err := errors.Join(two.(*postgresConsumer).held[0].does(effect), held.ack()); err != nil {
		return "", err
	}
	if err := q.server.asks("SELECT count(*) FROM "+q.table+"_effects", &committed); err != nil {
		return "", err
	}
	back, err := again(q)
	return strconv.FormatBool(cut == 0 && committed == 1 && !back), err
}

func postgresAborts(made queue) (bool, error) {
	q := made.(*postgresQueue)
	one, _, held, err := crew(q, "m1")
	if err != nil {
		return false, err
	}
	if one.(*postgresConsumer).held[0].does("SELECT 1/0") == nil {
		return false, errors.New("a division by zero is no error")
	}
	if held.ack() == nil {
		return false, errors.New("the ack is taken")
	}
	if err := one.(*postgresConsumer).held[0].tx.Commit(context.Background()); !errors.Is(err, pgx.ErrTxCommitRollback) {
		return false, fmt.Errorf("a commit ends with %w", err)
	}
	return again(q)
}
