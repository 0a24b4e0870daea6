package scenarios_test

import (
	"errors"
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/scenarios"
)

// FuzzParse holds what must be true of any file: it is a scenario that can be run
// or a mistake that has a place, never both, never neither, never a panic, and
// never a long wait. Let it search for more with
//
//	go test ./scenarios -run '^$' -fuzz FuzzParse -fuzztime 60s -fuzzminimizetime 200x
func FuzzParse(f *testing.F) {
	for _, name := range scenarios.Names() {
		f.Add([]byte(shippedText(f, name)))
	}
	for _, src := range mistakes(f) {
		if len(src) < 4096 {
			f.Add(src)
		}
	}
	for _, odd := range []string{
		"key:\n}", "{a: 1, b}", "- ", "a:\n- b: c\n- \n", "0::", "{\"\"\":", "{{},<<}", "&0: *0\n*0:\n*0:", "a: |\n\n\n", "a: >-\n  b\n c\n",
		"title: 'it''s'", "[", "]", "a: [b", "- - - a", "? a", ":", "a: b: c", "\"a\": b\n a", "a:\n  b:\n c:", "%", "---", "--- a", "...",
	} {
		f.Add([]byte(odd))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		watchdog := time.AfterFunc(5*time.Second, func() { panic("it hangs") }) // the fuzzer keeps what crashes, but not what hangs
		s, err := scenarios.Parse("fuzz.yaml", src)
		watchdog.Stop()
		if (s == nil) == (err == nil) {
			t.Fatalf("scenario %v, error %v", s, err)
		}
		if err != nil {
			var mistake *scenarios.Error
			if !errors.As(err, &mistake) || mistake.Line < 1 || mistake.Col < 1 || mistake.Msg == "" || mistake.Error() == "" {
				t.Fatalf("a mistake without a place: %#v", err)
			}
			return
		}
		for _, name := range s.Consumers {
			c, _ := consumers.Get(name)
			lane := s.Lane(c)
			if err := lane.Validate(); err != nil {
				t.Fatalf("it was read, and cannot be run: %v", err)
			}
		}
	})
}
