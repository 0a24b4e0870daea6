// Package abreast does pieces of work side by side, on several cores, so that a panic in one of
// them reaches whoever has asked for the work. On the goroutine where it happens it would end
// the program at once: the terminal would not be given back, and nobody would be told how to
// come there again.
package abreast

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Panic is what a piece of work has panicked with.
type Panic struct {
	Value any
	Stack []byte // of the goroutine that did the work
}

// Error says what it was, without the stack.
func (p *Panic) Error() string { return fmt.Sprint(p.Value) }

// Stack returns the stack of a panic. It is for the deferred function that has recovered it, and
// is told what recover returned. For a *Panic it is the stack of the piece of work.
func Stack(recovered any) []byte {
	if p, is := recovered.(*Panic); is {
		return p.Stack
	}
	return debug.Stack()
}

// Do calls do with 0 to n-1, each on a goroutine of its own, and returns once all have ended. If
// some of them have panicked, Do panics with the *Panic of the lowest number. A piece that
// ends its goroutine (runtime.Goexit, as t.FailNow does) ends the caller's as well.
func Do(n int, do func(i int)) {
	var all sync.WaitGroup
	pieces := make([]piece, n)
	for i := range n {
		all.Go(func() {
			defer func() {
				if p := recover(); p != nil {
					pieces[i].panicked = &Panic{Value: p, Stack: debug.Stack()}
				}
			}()
			do(i)
			pieces[i].returned = true
		})
	}
	all.Wait()
	for _, p := range pieces {
		switch {
		case p.panicked != nil:
			panic(p.panicked)
		case !p.returned:
			runtime.Goexit()
		}
	}
}

// piece is how one of them ended.
type piece struct {
	returned bool
	panicked *Panic
}

// Each calls do with 0 to n-1, on as many goroutines as there are cores. A goroutine that is done
// with a piece takes the next. One whose piece panics takes no more, and the others go on; then
// Each panics with the *Panic of one of them. Where every goroutine has panicked, pieces are
// left undone.
func Each(n int, do func(i int)) {
	var next atomic.Int64
	Do(min(runtime.GOMAXPROCS(0), n), func(int) {
		for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
			do(i)
		}
	})
}
