package sim

import (
	"path"
	"runtime"
)

// Site is a place in a handler's source: the base name of the file, never a path
// of the machine that built it, and the line. The zero value means "not known".
type Site struct {
	File string
	Line int
}

// sites numbers the places in handlers that ask for steps, from 1.
type sites struct {
	number map[[4]uintptr]int32
	place  []Site
}

func newSites() sites {
	return sites{number: map[[4]uintptr]int32{}, place: make([]Site, 1)}
}

// caller returns the number of the place that called into the vocabulary of
// proc.go and store.go.
func (s *sites) caller() int32 {
	var pcs [4]uintptr
	runtime.Callers(3, pcs[:]) // skips Callers, caller and Proc.ask
	if n, ok := s.number[pcs]; ok {
		return n
	}
	frames := runtime.CallersFrames(pcs[:])
	for {
		f, more := frames.Next()
		file := path.Base(f.File)
		if file != "proc.go" && file != "store.go" || !more {
			s.place = append(s.place, Site{File: file, Line: f.Line})
			break
		}
	}
	n := int32(len(s.place) - 1)
	s.number[pcs] = n
	return n
}
