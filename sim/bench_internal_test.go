package sim

import (
	"testing"

	"dejavu/broker"
)

// BenchmarkStep takes a step that was taken before on the same path: what a
// search does nearly always. Its target is 25 ns.
func BenchmarkStep(b *testing.B) {
	handle := func(p *Proc, m broker.Message) error {
		for range 60 {
			p.Memory.Has(m.ID)
		}
		return p.Perform(m)
	}
	l := Lane{
		Consumer: Consumer{Name: "steps", Handle: handle}, Queue: broker.Default(),
		Messages: []Owed{{ID: "m1", Message: broker.Message{ID: "m1"}}},
	}
	w := New(&l, -1)
	w.Do(Action{Kind: Publish})
	w.Do(Action{Kind: Deliver})
	root := w.workers[0]
	b.ReportAllocs()
	const steps = 60
	var out Outcome
	for b.Loop() {
		w.workers[0] = root
		for range steps {
			w.do(Action{Kind: Step}, &out)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/steps, "ns/step")
}

// BenchmarkClone copies a world of two messages, as a search does for each state.
func BenchmarkClone(b *testing.B) {
	l := Lane{
		Consumer: Consumer{Name: "naive", Handle: func(p *Proc, m broker.Message) error { return p.Perform(m) }},
		Queue:    broker.Default(),
		Messages: []Owed{{ID: "m1", Message: broker.Message{ID: "m1"}}, {ID: "m2", Message: broker.Message{ID: "m2"}}},
	}
	w := New(&l, 2)
	w.Do(Action{Kind: Publish})
	w.Do(Action{Kind: Publish, Msg: 1})
	w.Do(Action{Kind: Deliver})
	b.ReportAllocs()
	for b.Loop() {
		w.Clone()
	}
}
