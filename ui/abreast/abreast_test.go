package abreast

import (
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// raised returns what f panics with.
func raised(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

func breaks(i int) { panic(errors.New("piece " + string(rune('a'+i)))) }

func TestAPanicInAPieceIsRaisedWhereTheWorkWasAskedFor(t *testing.T) {
	ended := atomic.Int32{}
	p := raised(func() {
		Do(5, func(i int) {
			if i == 1 || i == 3 {
				breaks(i)
			}
			ended.Add(1)
		})
	})
	if at, is := p.(*Panic); !is || at.Error() != "piece b" || !strings.Contains(string(Stack(p)), "abreast.breaks(") {
		t.Errorf("%v, of %s", p, Stack(p))
	}
	if ended.Load() != 3 {
		t.Errorf("%d of the others have ended, want 3", ended.Load())
	}
	if p := raised(func() { Each(3, breaks) }); p == nil {
		t.Error("Each hides a panic")
	}
}

func TestAPieceThatEndsItsGoroutineEndsTheCaller(t *testing.T) {
	went := make(chan bool)
	go func() {
		on := false
		defer func() { went <- on }()
		Each(3, func(i int) {
			if i == 1 {
				runtime.Goexit()
			}
		})
		on = true
	}()
	if <-went {
		t.Error("the caller went on")
	}
}

func TestEachPieceIsDoneOnceOnAsManyCoresAsThereAre(t *testing.T) {
	for _, cores := range []int{1, 3} {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(cores))
		for _, n := range []int{0, 1, 2, 100} {
			did := make([]int, n)
			atOnce, most := atomic.Int32{}, atomic.Int32{}
			Each(n, func(i int) {
				if now := atOnce.Add(1); now > most.Load() {
					most.Store(now)
				}
				runtime.Gosched()
				did[i]++
				atOnce.Add(-1)
			})
			for i, times := range did {
				if times != 1 {
					t.Errorf("%d pieces on %d cores: piece %d was done %d times", n, cores, i, times)
				}
			}
			if int(most.Load()) > cores {
				t.Errorf("%d pieces on %d cores: %d at once", n, cores, most.Load())
			}
		}
	}
}

func TestTheStackOfAPanicElsewhereIsTheOneAtHand(t *testing.T) {
	defer func() {
		if p := recover(); !strings.Contains(string(Stack(p)), "TestTheStackOfAPanicElsewhere") {
			t.Errorf("%s", Stack(p))
		}
	}()
	breaks(0)
}
