package program

import (
	"slices"

	"dejavu/broker"
	"dejavu/sim/op"
)

// Field is a field of a message that a handler may go by.
type Field uint8

// The fields of a message, beside its ID.
const (
	KeyField Field = iota
	BodyField
	GroupField
	SeqField
	fieldCount
)

// Reads returns the fields of a message that decide what a handler or a relay does: the steps
// that it asks for, and what is in them. It runs them with messages that differ in one field.
func Reads(of Code) []Field {
	var all []Field
	for _, relay := range []bool{false, true} {
		if of.Handle == nil || relay && of.Relay == nil {
			continue
		}
		s := newReading(of, relay)
		s.walk() // it learns what the handler writes,
		s.walk() // and then finds that in the stores
		for f := range fieldCount {
			if s.read[f] && !slices.Contains(all, f) {
				all = append(all, f)
			}
		}
	}
	slices.Sort(all)
	return all
}

// mostReadings is how many steps of a handler are compared: those of the whole
// catalogue are far fewer.
const mostReadings = 1500

// mostSurprises is how many answers of a path may be other than usual.
const mostSurprises = 3

// reading runs a handler with a message and with others that differ from it in one
// field each, and gives all of them the same answers.
type reading struct {
	prog   *Program
	relay  bool
	fields []Field // by kind of message, from kind 1
	read   [fieldCount]bool
	values []string // what may be found in a store
}

func newReading(of Code, relay bool) *reading {
	plain := broker.Message{ID: "m1", Key: "k1", Body: "b1", Group: "g1", Seq: 1, Customer: "Ann", Amount: 1200}
	s := &reading{relay: relay, values: []string{"", "1", "2", "3"}}
	texts := []broker.Message{plain}
	vary := func(f Field, change func(*broker.Message)) {
		m := plain
		change(&m)
		texts, s.fields = append(texts, m), append(s.fields, f)
	}
	vary(KeyField, func(m *broker.Message) { m.Key = "k2" })
	vary(BodyField, func(m *broker.Message) { m.Body = "b2" })
	vary(GroupField, func(m *broker.Message) { m.Group = "g2" })
	vary(SeqField, func(m *broker.Message) { m.Seq = 2 })
	vary(SeqField, func(m *broker.Message) { m.Seq = 3 })
	s.prog = New(of, len(texts), func(kind int32) *broker.Message { return &texts[kind] })
	return s
}

// stand is where the handlers have come to, by kind of message; 0 for one that has
// gone a way of its own.
type stand []int32

// walk compares the handlers step by step, along the paths with the fewest answers
// that are not usual first.
func (s *reading) walk() {
	var waiting [mostSurprises + 1][]stand
	start := make(stand, len(s.fields)+1)
	for kind := range start {
		start[kind] = s.prog.Root(int32(kind), Errand{Relay: s.relay})
	}
	waiting[0] = []stand{start}
	seen := 0
	for surprises := 0; surprises <= mostSurprises; surprises++ {
		for i := 0; i < len(waiting[surprises]) && seen < mostReadings; i++ {
			seen++
			at := waiting[surprises][i]
			if s.compare(at); !slices.ContainsFunc(at[1:], func(n int32) bool { return n != 0 }) {
				continue // nothing is left to be found out
			}
			for _, answer := range s.answers(at[0]) {
				more := surprises
				if answer != usual[s.prog.Nodes[at[0]].Op] {
					more++
				}
				if more <= mostSurprises {
					waiting[more] = append(waiting[more], s.follow(at, answer))
				}
			}
		}
	}
}

// compare notes who asks for another step than the message that all others vary, and
// drops what is known.
func (s *reading) compare(at stand) {
	plain := &s.prog.Nodes[at[0]]
	if plain.Value != "" && !slices.Contains(s.values, plain.Value) {
		s.values = append(s.values, plain.Value)
	}
	for kind, f := range s.fields {
		n := at[kind+1]
		if n == 0 {
			continue
		}
		if other := &s.prog.Nodes[n]; !same(&plain.step, &other.step) || plain.Failed != other.Failed {
			s.read[f] = true
		}
		if s.read[f] {
			at[kind+1] = 0
		}
	}
}

// follow gives all the same answer.
func (s *reading) follow(at stand, answer int32) stand {
	to := make(stand, len(at))
	for kind, n := range at {
		if n != 0 {
			to[kind] = s.prog.Next(int32(kind), n, answer)
		}
	}
	return to
}

// answers lists what a step may be answered.
func (s *reading) answers(n int32) []int32 {
	asked := s.prog.Nodes[n].Op
	var all []int32
	switch asked {
	case op.Return, op.Panic, op.Broken:
		return nil
	case op.Has, op.RememberWithin, op.PutIfAbsent, op.Swap, op.Insert, op.CacheAdd, op.CacheSetIf, op.CacheDeleteIf, op.Lookup, op.Redelivered,
		op.Lock, op.LockNoWait, op.LockSkipLocked, op.TryAdvisoryLock, op.AdvisoryUnlock:
		all = []int32{0, 1}
	case op.TxAck:
		all = []int32{0, 1}
	case op.AdvisoryLock:
		all = []int32{1}
	case op.InsertOrFail:
		all = []int32{1, SaidTaken}
	case op.Get, op.CacheGet:
		all = []int32{0}
		for _, text := range s.values {
			all = append(all, s.prog.Names.Of(text)+1)
		}
	case op.Add:
		for _, sum := range []string{"1", "2", "3"} {
			all = append(all, s.prog.Names.Of(sum))
		}
	case op.NewID:
		all = []int32{s.prog.Names.Of("new-1")}
	case op.Deliveries:
		all = []int32{1, 2, 3}
	default:
		all = []int32{0}
	}
	if asked == op.PerformFenced {
		all = append(all, SaidFenced)
	}
	if asked == op.PerformKey {
		all = append(all, SaidConflict, SaidOtherBody)
	}
	if asked == op.Ack {
		return append(all, SaidRejected)
	}
	if asked.CanFail() {
		all = append(all, SaidUnavailable)
	}
	return all
}
