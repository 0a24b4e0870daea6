package story

import (
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// late is how much a message must be late to come after the next one; if there is
// none, the usual time.
func (s *Story) late(o *sim.Owed) time.Duration {
	late := sim.DefaultDelay
	for i := range s.Scenario.Messages {
		if m := &s.Scenario.Messages[i]; m.At > o.At {
			late = max(late, m.At-o.At+time.Second)
			break
		}
	}
	return late
}

// published returns when a message reached the queue, or would if the run came to that.
func (s *Story) published(id string) time.Duration {
	for _, e := range s.Lanes[0].Run.Events() {
		if e.Kind == sim.Publish && s.Lanes[0].message(&e).ID == id {
			return e.At
		}
	}
	return s.due(id)
}

// redrives returns what an operator could put back after n steps: what lies in the
// dead-letter queue of any lane.
func (s *Story) redrives(n int) []sim.Fault {
	if s.Scenario.Queue.MaxDeliveries == 0 {
		return nil
	}
	var all []sim.Fault
	for k, l := range s.Lanes {
		w := l.Run.At(s.Upto(n, k))
		for m := range w.Queue().Len() {
			if w.Queue().State(m) != broker.Dead {
				continue
			}
			id := s.Scenario.Messages[w.Owed(m)].ID
			f := sim.Fault{Kind: sim.RedriveFault, Message: id, Later: s.soon(n) - s.published(id)}
			as := f
			as.NewID = true
			all = append(all, f, as)
		}
	}
	return all
}

// due returns when what is owed is to be published, by its id; 0 if nothing is.
func (s *Story) due(id string) time.Duration {
	for i := range s.Scenario.Messages {
		if o := &s.Scenario.Messages[i]; o.ID == id {
			return o.At
		}
	}
	return 0
}
