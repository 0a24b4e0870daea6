package handler

import (
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strconv"
	"strings"
)

// Trouble is a kind of trouble that can strike at a place, or nothing at all.
type Trouble uint8

// The faults, in the order in which a search tries them: what is easiest to believe
// comes first.
const (
	None          Trouble = iota // the handler goes on
	Crash                        // the process dies before the operation
	Pause                        // the worker freezes, and a second delivery runs
	Switch                       // the worker waits while the other goes on
	Next                         // the worker waits while the next message runs
	LoseAck                      // the handler returned nil, and the queue never learns it
	Copy                         // the queue delivers another copy of the message
	LoseReply                    // the operation is done, and its caller sees a broken connection
	Fail                         // the operation fails and does nothing
	Cancel                       // the context is cancelled, as in a deploy
	Serialization                // the database answers 40001: serialization failure
	Deadlock                     // the database answers 40P01: deadlock detected
	Expire                       // the leases grow old
	numFaults
)

// A faultRow is all that is said of a fault: its name in a plan, where in a plan it
// strikes, what it is called in a sentence, and what happens to the worker.
type faultRow struct {
	name, point, noun, deed string
	free                    bool // bounded by Switches: every busy queue does it
}

var faultRows = [numFaults]faultRow{
	None:          {name: "none"},
	Crash:         {name: "crash", point: "before", noun: "a crash", deed: "CRASHES before"},
	Pause:         {name: "pause", point: "before", noun: "a pause that outlasts the visibility timeout", deed: "PAUSES before"},
	Switch:        {name: "switch", point: "before", noun: "a switch between the workers", deed: "waits before", free: true},
	Next:          {name: "next", point: "before", noun: "the next message in between", deed: "waits before", free: true},
	LoseAck:       {name: "lose-ack", point: "at", noun: "a lost ack", deed: "returns nil, its ack is LOST"},
	Copy:          {name: "copy", point: "before", noun: "a second copy", deed: "COPY"},
	LoseReply:     {name: "lose-reply", point: "at", noun: "a lost reply", deed: "done, its reply LOST"},
	Fail:          {name: "fail", point: "at", noun: "an error", deed: "FAILS, not done"},
	Cancel:        {name: "cancel", point: "before", noun: "a cancelled context", deed: "CANCELLED before"},
	Serialization: {name: "serialization", point: "at", noun: "a serialization failure", deed: "FAILS with 40001"},
	Deadlock:      {name: "deadlock", point: "at", noun: "a deadlock", deed: "FAILS with 40P01"},
	Expire:        {name: "expire", point: "before", noun: "an expired lease", deed: "EXPIRY before"},
}

// String returns the name that a plan uses.
func (f Trouble) String() string { return faultRows[f].name }

// ParseFault reads a name as String writes it.
func ParseFault(name string) (Trouble, error) {
	var names []string
	for f := Crash; f < numFaults; f++ {
		if f.String() == name {
			return f, nil
		}
		names = append(names, f.String())
	}
	return None, fmt.Errorf("fault %q: want %s", name, strings.Join(names, ", "))
}

// faultSet is a set of faults.
type faultSet uint16

func setOf(faults ...Trouble) (s faultSet) {
	for _, f := range faults {
		s |= 1 << f
	}
	return s
}

func (s faultSet) has(f Trouble) bool { return s&(1<<f) != 0 }

// names joins the names of a set.
func (s faultSet) names() string {
	var names []string
	for f := Crash; f < numFaults; f++ {
		if s.has(f) {
			names = append(names, f.String())
		}
	}
	return strings.Join(names, " ")
}

// kind is what a handler does at a place.
type kind uint8

const (
	statement kind = iota // an SQL statement
	begin                 // the beginning of a transaction: no fault of its own
	commit
	request // an HTTP request
	command // a command of another server, such as Redis
	effect  // what is handed to Env.Do
	point   // Env.Point
	ack     // the handler has returned nil
)

// A place is where a handler can be stopped: before something that others can see.
type place struct {
	kind   kind
	text   string // the statement, the request line, the name
	detail string // its arguments; only where it is told
	inTx   bool
	reads  bool // a command that changes nothing
	raises bool // the database can be asked to raise 40001 and 40P01
	// uncancelled says that nobody here can know whether a cancelled context would
	// have stopped the operation.
	uncancelled bool

	n         int // in its attempt, from 1
	by        *attempt
	grant     chan Trouble
	goroutine string // whose, where places may lie within each other
	stack     []uintptr
	answer    string   // what the operation came to
	changes   []string // what was seen to change by it
}

// quiet reports whether a place is passed without a decision.
func (p *place) quiet() bool { return p.kind == begin }

// writes reports whether an operation can change anything.
func (p *place) writes() bool {
	switch p.kind {
	case statement:
		return writesSQL(p.text)
	case request:
		return !strings.HasPrefix(p.text, "GET ") && !strings.HasPrefix(p.text, "HEAD ")
	case command:
		return !p.reads
	case begin, ack:
		return false
	}
	return true
}

// lasts reports whether an operation can leave something that a crash does not undo.
func (p *place) lasts() bool { return p.writes() && !(p.kind == statement && p.inTx) }

// faults are what can strike here by the kind of the place alone.
func (p *place) faults() faultSet {
	switch p.kind {
	case begin:
		return 0
	case ack:
		return setOf(Crash, LoseAck, Copy)
	case point:
		return setOf(Crash, Pause, Switch, Next, Expire)
	}
	s := setOf(Crash, Pause, Switch, Next, Fail, Expire)
	if p.kind != commit && !p.uncancelled {
		s |= setOf(Cancel)
	}
	if p.lasts() {
		s |= setOf(LoseReply)
	}
	if p.raises && (p.inTx || p.kind == commit) {
		s |= setOf(Serialization)
		if p.kind == statement && p.writes() {
			s |= setOf(Deadlock)
		}
	}
	return s
}

// verb is the word that names the operation in a plan.
func (p *place) verb() string {
	word := p.text
	switch p.kind {
	case statement, begin, commit:
		word = sqlVerb(p.text)
	case request, command:
		word, _, _ = strings.Cut(p.text, " ")
	}
	if word = strings.Trim(unfit.ReplaceAllString(strings.ToLower(word), "-"), "-"); word == "" {
		return "step"
	}
	return strings.TrimRight(word[:min(len(word), maxWord)], "-")
}

// maxWord is how long the word of a place may be.
const maxWord = 32

var unfit = regexp.MustCompile(`[^a-z0-9_]+`)

// name is the place within its attempt: 4-update.
func (p *place) name() string {
	if p.kind == ack {
		return "ack"
	}
	return fmt.Sprintf("%d-%s", p.n, p.verb())
}

// trace notes where in the handler a place is.
func (p *place) trace(skip int) {
	var pcs [48]uintptr
	p.stack = append(p.stack, pcs[:runtime.Callers(skip+1, pcs[:])]...)
}

// site is the innermost line that is the handler's own, with the base name of its file.
func (p *place) site() string {
	if len(p.stack) == 0 {
		return ""
	}
	frames := runtime.CallersFrames(p.stack)
	for {
		f, more := frames.Next()
		if !library(f.Function, f.File) {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// ours are the packages of this tool, and stdlib is the folder of the standard library.
var ours, stdlib = func() (packages []string, root string) {
	pc, _, _, _ := runtime.Caller(0)
	name := runtime.FuncForPC(pc).Name()
	slash := strings.LastIndexByte(name, '/')
	f := runtime.FuncForPC(reflect.ValueOf(strings.Cut).Pointer())
	file, _ := f.FileLine(f.Entry())
	return []string{name[:slash] + "/handler.", name[:slash] + "."}, strings.TrimSuffix(file, "strings/strings.go")
}()

// library reports whether a function is not the handler's own: of this tool, of the
// standard library, or of a module that it requires.
func library(function, file string) bool {
	return strings.HasPrefix(function, ours[0]) || strings.HasPrefix(function, ours[1]) ||
		strings.Contains(file, "/pkg/mod/") || strings.Contains(file, "/vendor/") ||
		stdlib != "" && strings.HasPrefix(file, stdlib)
}

// literals are what may differ in the text of an operation from run to run.
var literals = regexp.MustCompile(`'(?:[^']|'')*'|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F-]{8,}|\b[0-9][0-9a-fA-F]*\b`)

// plain takes out of a text what may differ from run to run.
func plain(text string) string { return squeeze(literals.ReplaceAllString(text, "?")) }

func squeeze(text string) string { return strings.Join(strings.Fields(text), " ") }

// cut shortens a text to n characters.
func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:n-2]) + ".."
	}
	return text
}

// sqlVerb is the first word of a statement, in upper case; comments are skipped.
func sqlVerb(q string) string {
	q = strings.TrimLeft(q, " \t\r\n;(")
	for strings.HasPrefix(q, "--") || strings.HasPrefix(q, "/*") {
		end := "\n"
		if q[0] == '/' {
			end = "*/"
		}
		_, rest, ok := strings.Cut(q, end)
		if !ok {
			return ""
		}
		q = strings.TrimLeft(rest, " \t\r\n;(")
	}
	i := strings.IndexFunc(q, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
	if i < 0 {
		i = len(q)
	}
	return strings.ToUpper(q[:i])
}

// statementKind is the kind of place that a statement is. Rollbacks are none: they do
// nothing that a crash would not.
func statementKind(q string) (k kind, isPlace bool) {
	if strings.Contains(strings.TrimRight(q, "; \t\r\n"), ";") {
		return statement, true // several, or a semicolon in a literal
	}
	switch sqlVerb(q) {
	case "BEGIN", "START", "SAVEPOINT", "RELEASE":
		return begin, true
	case "COMMIT", "END":
		return commit, true
	case "ROLLBACK", "ABORT":
		return statement, false
	}
	return statement, true
}

// writesSQL reports whether a statement can change data. WITH can hide an INSERT, and
// so can a function that a SELECT calls; only plain reads count as reads.
func writesSQL(q string) bool {
	switch sqlVerb(q) {
	case "SELECT", "SHOW", "EXPLAIN", "VALUES", "PRAGMA", "SET":
		return false
	case "WITH":
		up := strings.ToUpper(q)
		return strings.Contains(up, "INSERT ") || strings.Contains(up, "UPDATE ") || strings.Contains(up, "DELETE ") || strings.Contains(up, "MERGE ")
	}
	return true
}

func plainInt(n int64) string { return strconv.FormatInt(n, 10) }
