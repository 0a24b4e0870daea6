package handler

import (
	"slices"
	"strings"
	"testing"
)

func TestAStatementIsKnownByItsFirstWord(t *testing.T) {
	for q, want := range map[string]struct {
		verb   string
		kind   kind
		place  bool
		writes bool
	}{
		"INSERT INTO t VALUES (1)":                      {"INSERT", statement, true, true},
		"  -- why\n /* and */ (select 1)":               {"SELECT", statement, true, false},
		"with x as (insert into t values (1)) select 1": {"WITH", statement, true, true},
		"WITH x AS (SELECT 1) SELECT * FROM x":          {"WITH", statement, true, false},
		"begin immediate":                               {"BEGIN", begin, true, true},
		"SAVEPOINT a":                                   {"SAVEPOINT", begin, true, true},
		"COMMIT;":                                       {"COMMIT", commit, true, true},
		"ROLLBACK TO a":                                 {"ROLLBACK", statement, false, true},
		"BEGIN; UPDATE t SET a = 1; COMMIT":             {"BEGIN", statement, true, true},
		"-- nothing":                                    {"", statement, true, true},
	} {
		k, place := statementKind(q)
		if v := sqlVerb(q); v != want.verb || k != want.kind || place != want.place || writesSQL(q) != want.writes {
			t.Errorf("%q: verb %q, kind %d, a place %v, writes %v; want %+v", q, v, k, place, writesSQL(q), want)
		}
	}
}

func TestAPlaceIsCalledByNumberAndWord(t *testing.T) {
	for want, p := range map[string]place{
		"4-update":                          {kind: statement, text: "UPDATE t SET a = 1", n: 4},
		"1-post":                            {kind: request, text: "POST /v1/charges", n: 1},
		"2-commit":                          {kind: commit, text: "COMMIT", n: 2},
		"3-set":                             {kind: command, text: "SET key value NX", n: 3},
		"5-send-mail":                       {kind: effect, text: "send mail!", n: 5},
		"6-step":                            {kind: point, text: "…", n: 6},
		"ack":                               {kind: ack, text: "ack", n: 7},
		"8-" + strings.Repeat("a", maxWord): {kind: point, text: strings.Repeat("a", 2*maxWord), n: 8},
	} {
		if got := p.name(); got != want {
			t.Errorf("%q is called %s, want %s", p.text, got, want)
		}
	}
}

func TestWhatMayDifferIsLeftOutOfAText(t *testing.T) {
	same := [][2]string{
		{"SELECT 1  FROM t", "SELECT 22\nFROM t"},
		{"INSERT INTO t VALUES ('it''s', 7)", "INSERT INTO t VALUES ('x', 7123)"},
		{"GET /orders/0f8fad5b-d9cb-469f-a165-70867728950e", "GET /orders/7c9e6679-7425-40de-944b-e07fc1f90ae7"},
	}
	for _, pair := range same {
		if plain(pair[0]) != plain(pair[1]) {
			t.Errorf("%q and %q differ: %q, %q", pair[0], pair[1], plain(pair[0]), plain(pair[1]))
		}
	}
	if plain("SELECT a FROM t1") == plain("SELECT a FROM t2") {
		t.Error("t1 and t2 are two tables")
	}
}

func TestFaultsFitTheirPlace(t *testing.T) {
	for _, c := range []struct {
		p    place
		has  []Trouble
		lack []Trouble
	}{
		{place{kind: statement, text: "SELECT 1"}, []Trouble{Crash, Pause, Fail, Cancel}, []Trouble{LoseReply, Serialization}},
		{place{kind: statement, text: "UPDATE t"}, []Trouble{LoseReply}, []Trouble{Serialization, LoseAck}},
		{place{kind: statement, text: "UPDATE t", inTx: true, raises: true}, []Trouble{Serialization, Deadlock}, []Trouble{LoseReply}},
		{place{kind: commit, text: "COMMIT", raises: true}, []Trouble{Fail, LoseReply, Serialization}, []Trouble{Deadlock, Cancel}},
		{place{kind: request, text: "GET /x"}, []Trouble{Fail}, []Trouble{LoseReply}},
		{place{kind: request, text: "POST /x"}, []Trouble{LoseReply}, nil},
		{place{kind: command, text: "SET k v", uncancelled: true}, []Trouble{LoseReply, Fail}, []Trouble{Cancel}},
		{place{kind: point, text: "p"}, []Trouble{Crash, Pause}, []Trouble{Fail, LoseReply, Cancel}},
		{place{kind: ack, text: "ack"}, []Trouble{Crash, LoseAck, Copy}, []Trouble{Pause, Fail}},
		{place{kind: begin, text: "BEGIN"}, nil, []Trouble{Crash, Fail}},
	} {
		s := c.p.faults()
		for _, f := range c.has {
			if !s.has(f) {
				t.Errorf("%s cannot strike at %q", f, c.p.text)
			}
		}
		for _, f := range c.lack {
			if s.has(f) {
				t.Errorf("%s can strike at %q", f, c.p.text)
			}
		}
	}
}

func TestEveryFaultHasARowAndAName(t *testing.T) {
	var names []string
	for f := Crash; f < numFaults; f++ {
		row := faultRows[f]
		if row.name == "" || row.noun == "" || row.deed == "" || row.point != "before" && row.point != "at" {
			t.Errorf("the row of fault %d is not complete: %+v", f, row)
		}
		if back, err := ParseFault(row.name); err != nil || back != f {
			t.Errorf("%s reads as %v, %v", row.name, back, err)
		}
		if slices.Contains(names, row.name) {
			t.Errorf("two faults are called %s", row.name)
		}
		names = append(names, row.name)
	}
}

func TestAStackSaysWhatAGoroutineDoes(t *testing.T) {
	r := readRoutine(`goroutine 34 [sync.Mutex.Lock, 2 minutes]:
internal/sync.runtime_SemacquireMutex(0xc000012345, 0x0?, 0x1)
	` + stdlib + `runtime/sema.go:95 +0x25
example.com/shop.(*Service).Charge(0xc000, {0x1, 0x2})
	/somewhere/shop/charge.go:31 +0x9d
created by dejavu/sim/simtest/handler.(*world).start in goroutine 7
	/somewhere/world.go:200 +0x1`)
	if r.number != "34" || r.parent != "7" || r.doing != "sync.Mutex.Lock" || r.site != "charge.go:31" || !r.held() {
		t.Errorf("%+v", r)
	}
	if !strings.Contains(r.where(), "waits at charge.go:31 for a mutex that nobody unlocks") {
		t.Error(r.where())
	}
	b := readRoutine("goroutine 9 [chan receive (durable), synctest bubble 3]:\nmain.f()\n\t/x/f.go:1 +0x1")
	if b.doing != "chan receive" || !b.durable || !b.bubbled {
		t.Errorf("%+v", b)
	}
	if g := goroutine(); g == "" || strings.Trim(g, "0123456789") != "" {
		t.Errorf("this goroutine is %q", g)
	}
}

func TestAReplyOfRedisIsReadWhole(t *testing.T) {
	words, n := redisCommand([]byte("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nvv\r\n*1\r\n"))
	if strings.Join(words, " ") != "SET k vv" || n != 28 {
		t.Errorf("%q, %d bytes", words, n)
	}
	if _, n := redisCommand([]byte("*2\r\n$3\r\nGET\r\n$1\r\n")); n != 0 {
		t.Errorf("half a command has %d bytes", n)
	}
}
