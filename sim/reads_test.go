package sim_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
)

// What a handler goes by is seen in what it does, wherever in it that is.
func TestWhatAHandlerReadsIsSeenByRunningIt(t *testing.T) {
	for _, c := range []struct {
		name   string
		handle sim.Handler
		want   []sim.Field
	}{
		{"nothing", func(p *sim.Proc, m broker.Message) error { return p.Perform(m) }, nil},
		{"the ID", func(p *sim.Proc, m broker.Message) error { p.Memory.Add(m.ID); return p.Perform(m) }, nil},
		{"a key", func(p *sim.Proc, m broker.Message) error { return p.PerformOnce(m, m.Key) }, []sim.Field{sim.KeyField}},
		{"a number that it compares", func(p *sim.Proc, m broker.Message) error {
			if p.DB.Add("count", "all", 1) != m.Seq {
				return errors.New("not its turn")
			}
			return p.Perform(m)
		}, []sim.Field{sim.SeqField}},
		{"a number that matters when it comes again", func(p *sim.Proc, m broker.Message) error {
			if p.Deliveries() > 2 && m.Seq > 1 {
				return nil
			}
			return p.Perform(m)
		}, []sim.Field{sim.SeqField}},
		{"a body and a group, after what it finds of its own", func(p *sim.Proc, m broker.Message) error {
			state, _, err := p.Cache.Get(m.ID)
			if err != nil {
				return err
			}
			if state == "busy" {
				p.DB.Insert("seen", m.Body)
				return nil
			}
			if err := p.Cache.Set(m.ID, "busy", time.Minute); err != nil {
				p.Memory.Add(m.Group)
				return err
			}
			return p.Perform(m)
		}, []sim.Field{sim.BodyField, sim.GroupField}},
		{"a sentence in an error", func(p *sim.Proc, m broker.Message) error {
			if p.Memory.Has(m.ID) {
				return errors.New("seen: " + strconv.Itoa(m.Seq))
			}
			return p.Perform(m)
		}, nil},
	} {
		consumer := sim.Consumer{Name: "it", Handle: c.handle}
		if got := consumer.Reads(); !slices.Equal(got, c.want) {
			t.Errorf("%s: reads %v, want %v", c.name, got, c.want)
		}
	}
}

func TestARelayReadsAsWell(t *testing.T) {
	c := sim.Consumer{
		Name: "it",
		Handle: func(p *sim.Proc, m broker.Message) error {
			tx := p.DB.Begin()
			tx.Enqueue(m)
			return tx.Commit()
		},
		Relay: func(p *sim.Proc, m broker.Message) error { return p.PerformOnce(m, m.Body) },
	}
	if got, want := c.Reads(), []sim.Field{sim.BodyField}; !slices.Equal(got, want) {
		t.Errorf("reads %v, want %v", got, want)
	}
}

// Of the catalogue, what a consumer reads is what it says that it knows a duplicate by.
func TestTheCatalogueReadsWhatItSaysItGoesBy(t *testing.T) {
	for _, c := range consumers.All() {
		reads := c.Reads()
		for f, identity := range map[sim.Field]sim.Identity{sim.BodyField: sim.Fingerprint, sim.SeqField: sim.Sequence} {
			if said := c.Identity == identity; said && !slices.Contains(reads, f) {
				t.Errorf("%s goes by its %s, and reads %v", c.Name, identity, reads)
			}
		}
	}
}

func BenchmarkReads(b *testing.B) {
	for b.Loop() {
		for _, c := range consumers.All() {
			c.Reads()
		}
	}
}
