package play

import (
	"runtime"
	"testing"

	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/learn"
)

// What is made in parts stands still between two frames. A screen that is left gives it
// up: a page that has left it goes on, and so would what holds a story.
func TestAScreenThatIsLeftGivesUpWhatItIsMaking(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, name := range levels.Names() {
		task, _ := levels.Find(name)
		w := (&Study{Done: &learn.Progress{}, Save: func() {}}).Workshop()
		w.First = build.New(task)
		p := start(t, Start{At: -1, Workshop: w}, 80, 24)
		p.m.nobodyBuilds()
		p.m.leave()
	}
	if now := runtime.NumGoroutine(); now > before {
		t.Errorf("%d goroutines, and %d before", now, before)
	}
}
