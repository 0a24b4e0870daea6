package handler

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// goroutine returns the number of the calling goroutine, as a stack writes it.
func goroutine() string {
	var buf [64]byte
	rest := bytes.TrimPrefix(buf[:runtime.Stack(buf[:], false)], []byte("goroutine "))
	number, _, _ := bytes.Cut(rest, []byte(" "))
	return string(number)
}

// A routine is what a goroutine does, as its stack says.
type routine struct {
	number, parent string
	doing          string // "sync.Mutex.Lock", "chan receive", "sleep", "running"
	site           string // the innermost line that is the handler's own
	inPool         bool   // it waits for a connection of database/sql
	bubbled        bool   // it is in a bubble of testing/synctest
	durable        bool   // and waits for another in it
}

// routines reads the stacks of all goroutines.
func routines() []routine {
	buf := make([]byte, 1<<20)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) || len(buf) > 1<<26 {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	var all []routine
	for text := range strings.SplitSeq(string(buf), "\n\n") {
		all = append(all, readRoutine(text))
	}
	return all
}

// readRoutine reads one stack: a head, then a line for each function and one for its place.
func readRoutine(text string) (r routine) {
	lines := strings.Split(text, "\n")
	head := strings.TrimPrefix(lines[0], "goroutine ")
	r.number, head, _ = strings.Cut(head, " ")
	_, head, _ = strings.Cut(head, "[")
	head, _, _ = strings.Cut(head, "]")
	r.bubbled, r.durable = strings.Contains(head, "synctest bubble"), strings.Contains(head, "(durable)")
	r.doing, _, _ = strings.Cut(head, ",")
	r.doing = strings.TrimSuffix(r.doing, " (durable)")
	for i := 1; i+1 < len(lines); i += 2 {
		function, file := lines[i], strings.TrimSpace(lines[i+1])
		if rest, is := strings.CutPrefix(function, "created by "); is {
			_, r.parent, _ = strings.Cut(rest, " in goroutine ")
			return r
		}
		r.inPool = r.inPool || i == 1 && strings.HasPrefix(function, "database/sql.(*DB).conn(")
		file, _, _ = strings.Cut(file, " +0x")
		if r.site == "" && !library(function, file) {
			r.site = filepath.Base(file)
		}
	}
	return r
}

// held reports whether a goroutine waits for another one.
func (r *routine) held() bool {
	switch r.doing {
	case "running", "runnable", "sleep", "IO wait", "syscall", "":
		return false
	}
	return true
}

// where says what a goroutine that does not come back is doing, and what to do about it.
func (r *routine) where() string {
	at := r.site
	if at == "" {
		at = "code that is not the handler's"
	}
	switch {
	case r.inPool:
		return fmt.Sprintf("waits at %s for a connection of its own pool: its transaction holds the last one; use the transaction there too", at)
	case strings.Contains(r.doing, "Mutex"):
		return fmt.Sprintf("waits at %s for a mutex that nobody unlocks", at)
	case r.doing == "sleep":
		return fmt.Sprintf("sleeps at %s: add simtest.Bubble(t), where sleeping takes no time", at)
	case !r.held():
		return fmt.Sprintf("is busy at %s (%s): a loop that ignores its context, or a server that does not answer?", at, r.doing)
	}
	return fmt.Sprintf("waits at %s (%s) for what nobody sends", at, r.doing)
}

// routineOf finds the goroutine of an attempt.
func routineOf(a *attempt) routine {
	for _, r := range routines() {
		if r.number == a.number() {
			return r
		}
	}
	return routine{doing: "running"}
}

// children finds the goroutines that a handler started, and those that they started,
// as far as they run code that is the handler's own.
func children(a *attempt) (found []routine) {
	family := map[string]bool{a.number(): true}
	all := routines()
	for more := true; more; {
		more = false
		for _, r := range all {
			if family[r.parent] && !family[r.number] {
				family[r.number], more = true, true
				if r.site != "" {
					found = append(found, r)
				}
			}
		}
	}
	return found
}
