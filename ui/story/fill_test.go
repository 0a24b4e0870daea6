package story

import (
	"errors"
	"fmt"
	"runtime"
	"testing"

	"dejavu/sim"
)

// Whoever asks for a story catches a panic in it, gives the terminal back and says how to
// report that. A panic in another goroutine nobody could catch.
func TestPanicOfALaneReachesWhoAsks(t *testing.T) {
	for name, ends := range map[string]func(){
		"panic":  func() { panic("lane 1") },
		"Goexit": runtime.Goexit,
	} {
		done := make(chan any)
		go func() {
			var caught any = "goroutine ended"
			defer func() {
				if p := recover(); p != nil {
					caught = p
				}
				done <- caught
			}()
			err := new(Story).fill(make([]sim.Ready, 3), func(i int) (*LaneStory, error) {
				if i == 1 {
					ends()
				}
				return &LaneStory{}, nil
			})
			caught = fmt.Sprint("went on with error ", err)
		}()
		want := "goroutine ended"
		if name == "panic" {
			want = "lane 1"
		}
		if got := <-done; fmt.Sprint(got) != want {
			t.Errorf("%s in a lane: %v, want %v", name, got, want)
		}
	}
}

// The error is that of the first lane, whichever came first.
func TestErrorOfTheFirstLane(t *testing.T) {
	first := errors.New("of lane 1")
	err := new(Story).fill(make([]sim.Ready, 3), func(i int) (*LaneStory, error) {
		return nil, [...]error{nil, first, errors.New("of lane 2")}[i]
	})
	if err != first {
		t.Errorf("got the error %v, want %v", err, first)
	}
}
