package quiz

import "testing"

// What a queue knows is asked of one queue, where they know different things.
func TestQueuesThatDifferAreAskedAboutByName(t *testing.T) {
	q := Questions(tell(t, get(t, "producer-retry")))[0]
	if want := "What does the queue of NAIVE know about m2b, m2 published again?"; q.Text != want {
		t.Errorf("asks %q, want %q", q.Text, want)
	}
}
