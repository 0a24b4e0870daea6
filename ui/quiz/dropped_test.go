package quiz

import (
	"strings"
	"testing"

	"dejavu/scenarios"
)

// dropped is a scenario whose queue takes its second message for its first.
const dropped = `
title: The broker drops it
messages:
- {id: m1, at: 1s, customer: Ann, amount: $1, message-id: k}
- {id: m2, at: 2s, customer: Bob, amount: $1, message-id: k}
queue: {profile: sqs-fifo}
consumers: [naive, inbox]
`

// TestWhatTheQueueDropsIsToldAsDropped: no attempt was made at it, so no consumer
// has said that it is done.
func TestWhatTheQueueDropsIsToldAsDropped(t *testing.T) {
	sc, err := scenarios.Parse("dropped.yaml", []byte(dropped))
	if err != nil {
		t.Fatal(err)
	}
	s := tell(t, sc)
	qs := Questions(s)
	if len(qs) != 1 || qs[0].Topic != AskWhere {
		t.Fatalf("asked %+v, and should be one question: where m2 is", qs)
	}
	q := &qs[0]
	if right := q.Choices[q.Right-1]; !strings.HasPrefix(right.Text, "nowhere: the queue drops it") {
		t.Errorf("%s\nright is %q", q.Text, right.Text)
	}
	checkAnswer(t, "dropped", s, q)
	var told strings.Builder
	for _, p := range s.Stops() {
		for _, l := range s.Narrate(p.Step).Lines {
			told.WriteString(l.Plain() + "\n")
		}
	}
	_, why := s.Why(s.Steps(), 0)
	for _, l := range why {
		told.WriteString(l.Plain() + "\n")
	}
	if text := told.String(); strings.Contains(text, "said done") || !strings.Contains(text, "was never handed m2") {
		t.Errorf("told:\n%s", text)
	}
}
