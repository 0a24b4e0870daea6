// Package proof presents the result of a search. A card says what holds and within which
// bounds, or shows the shortest way to break it, with the consumer's own lines. Each
// form is a pure function of the result, so text, table and JSON agree.
package proof

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"dejavu/sim"
	"dejavu/sim/check"
)

// Properties are all there are, in the order in which a card has them.
func Properties() []sim.Property {
	return []sim.Property{sim.NeverTwice, sim.NeverLost, sim.NeverStuck}
}

// Case is one question and, once it was searched, the answer: a consumer in a
// business, within bounds.
type Case struct {
	Lane    sim.Lane
	Options check.Options
	// Claimed are the properties that should hold. Required says that --require set them,
	// and not the consumer.
	Claimed  []sim.Property
	Required bool
	Result   *check.Result
	// Took is how long the search was under way, beside others.
	Took time.Duration
}

// Status is what is to be said of one property.
type Status uint8

// The standings. Only Holds is good news: what was not decided does not hold.
const (
	Holds     Status = iota // nothing within the bounds breaks it
	Undecided               // the search was stopped before it knew
	Breaks                  // there is a counterexample, and nobody claimed otherwise
	Fails                   // there is one, although it is claimed
)

// Status returns what the search says of a property against what is claimed.
func (c *Case) Standing(p sim.Property) Status {
	v := c.Result.Of(p)
	switch {
	case v.Counterexample != nil && slices.Contains(c.Claimed, p) && (c.Required || expected(v.Counterexample)):
		return Fails
	case v.Counterexample != nil:
		return Breaks
	case v.Holds && v.Finished:
		return Holds
	}
	return Undecided
}

// Failed reports whether something that is claimed or required breaks, or is not
// known to hold: what a bound has stopped is no yes. Unless something is required,
// that goes for all that was asked, claimed or not.
func (c *Case) Failed() bool {
	return slices.ContainsFunc(Properties(), c.FailedBy)
}

// FailedBy reports whether a property is one because of which a case has failed.
func (c *Case) FailedBy(p sim.Property) bool {
	asked := slices.Contains(c.Claimed, p)
	if !c.Required {
		asked = asked || slices.Contains(c.Options.Properties, p) || c.Options.Properties == nil
	}
	s := c.Standing(p)
	return s == Fails || s == Undecided && asked
}

// expected reports whether a counterexample needs nothing but the trouble that a
// consumer makes its claims under: see sim.Claims. A fact that is published again
// or a key that a cache forgets is beyond them.
func expected(t *check.Trace) bool {
	w := t.Begin()
	for _, a := range t.Actions {
		if w.Cost(a) > 0 && !slices.Contains(check.DefaultKinds(), check.KindOf(w, a)) {
			return false
		}
		w.Do(a)
	}
	return true
}

// Alike reports whether messages have something in common that a consumer may take
// for identity. Claims are about messages that have not. A body is such a thing only
// to who reads it.
func Alike(c sim.Consumer, owed []sim.Owed) bool {
	seen, body := map[string]bool{}, slices.Contains(c.Reads(), sim.BodyField)
	for i := range owed {
		if owed[i].Owes != "" {
			return true
		}
		ids := []string{"message " + owed[i].Message.ID, "key " + owed[i].Key}
		if body {
			ids = append(ids, "body "+owed[i].Body)
		}
		for _, id := range ids {
			if seen[id] {
				return true
			}
			seen[id] = true
		}
	}
	return false
}

// Search searches all cases, as many at a time as there are processors. What comes
// out does not depend on how many those are. When the context is done, those that
// are under way stop where they are, and the rest say that nothing was searched.
//
// All of them together take no more memory than the first allows or, where it says
// nothing, than a share of what the machine has: see [Share].
func Search(ctx context.Context, cases []Case, told func(done, all uint64)) error {
	if len(cases) == 0 {
		return ctx.Err()
	}
	memory := check.NewBudget(most(cases[0].Options.MaxBytes))
	defer collectBefore(memory.Most())()
	errs := make([]error, len(cases))
	next := make(chan int)
	finished := make(chan struct{})
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(cases)) {
		workers.Go(func() {
			for i := range next {
				errs[i] = cases[i].search(ctx, memory)
				finished <- struct{}{}
			}
		})
	}
	go func() {
		for i := range cases {
			next <- i
		}
		close(next)
		workers.Wait()
		close(finished)
	}()
	n := uint64(0)
	for range finished {
		if n++; told != nil {
			told(n, uint64(len(cases)))
		}
	}
	for i, err := range errs { // the first in order, whichever came first
		if err != nil {
			return fmt.Errorf("%s: %w", cases[i].Lane.Consumer.Name, err)
		}
	}
	return ctx.Err()
}

// search answers one question. A panic would take the terminal's state with it if
// it happened on another goroutine, so it becomes an error.
func (c *Case) search(ctx context.Context, memory *check.Budget) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the search panicked: %v", p)
		}
	}()
	began := time.Now()
	defer func() { c.Took = time.Since(began) }()
	o := c.Options
	o.Memory = memory
	s, err := check.New(c.Lane, o)
	if err != nil {
		return err
	}
	c.Result, err = s.Run(ctx)
	if ctx.Err() != nil {
		return nil // said once, for all
	}
	return err
}
