package simtest_test

import (
	"context"

	"dejavu/sim/simtest"
)

// A handler of one's own notes the order, then sends the mail. Its effects go through
// the Env; a database and an HTTP client would be wrapped instead, by Env.DB and Env.Transport.
func ExampleHandler() {
	noted, mails := map[string]bool{}, map[string]int{}
	simtest.Handler(t, func(env *simtest.Env) simtest.HandlerFunc {
		return func(ctx context.Context, m simtest.Message) error {
			first := false
			if err := env.Do("note", func() error {
				first = !noted[m.Key]
				noted[m.Key] = true
				return nil
			}); err != nil || !first {
				return err
			}
			return env.Do("mail", func() error { mails[m.Key]++; return nil })
		}
	},
		simtest.Fresh(func() error { clear(noted); clear(mails); return nil }),
		simtest.ExactlyOnce(func() map[string]int { return mails }))
	// Output:
	// FAIL: order-1 never took effect, by a crash before 2-mail:
	//     the queue delivers m1 to worker 1
	//       note                 done  example_handler_test.go:16
	//   !   CRASHES before mail        example_handler_test.go:23
	//     the queue delivers m1 to worker 1, delivery 2
	//       note                 done  example_handler_test.go:16
	//       returns nil, ack
	// why: m1 was acked in delivery 2 without mail (example_handler_test.go:23), which a run without faults has
	// also by: lose-reply:m1/at-1-note, fail:m1/at-2-mail, cancel:m1/before-2-mail
	// tried: 13 schedules, fewest faults first; it broke at number 2; bounds: 1 message, 2 faults, 1 switch, 2 workers
	// repeat: DEJAVU_PLAN='crash:m1/before-2-mail' go test
}
