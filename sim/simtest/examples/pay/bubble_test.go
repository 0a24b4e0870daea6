package pay_test

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"testing"
	"time"

	"dejavu/sim/simtest"
	"dejavu/sim/simtest/handler"
)

// Two goroutines of one delivery use the database at once, and try again after a minute
// and a half: in a bubble that takes no time, and goes the same way each time.
func TestInABubbleGoroutinesShareADatabase(t *testing.T) {
	test := func(t *testing.T, r *rig) {
		var first string
		for range 2 {
			var result *handler.Findings
			start := time.Now()
			handler.Bubble(t, func(outside func(func())) {
				result = r.try(pairOfWrites, func(o *handler.Trial) { o.Outside = outside })
			})
			if holds(t, result); first == "" {
				first = result.Success()
			}
			if again := result.Success(); again != first {
				t.Errorf("the second search is another one:\n%s\n%s", first, again)
			}
			t.Logf("%d schedules in %v", result.Schedules, time.Since(start).Round(time.Millisecond))
		}
	}
	t.Run("sqlite", func(t *testing.T) { test(t, sqlite(t)) })
	t.Run("postgres", func(t *testing.T) { test(t, postgres(t)) })
	t.Run("postgres by dialing", func(t *testing.T) { test(t, pgxDial(t)) })
}

func pairOfWrites(db *sql.DB, ctx context.Context, m simtest.Message) error {
	var wg sync.WaitGroup
	errs := make([]error, 2)
	for i, q := range []string{insert, "UPDATE orders SET state = 'paid' WHERE id = $1"} {
		wg.Go(func() {
			for range 3 {
				if _, errs[i] = db.ExecContext(ctx, q, m.Key); errs[i] == nil {
					return
				}
				time.Sleep(90 * time.Second)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
