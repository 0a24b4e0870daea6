package program

import (
	"cmp"
	"fmt"
	"strconv"
	"time"

	"dejavu/sim/op"
)

// step is what a handler asks for.
type step struct {
	Op    op.Op
	Tx    bool // within the open transaction
	Part  int8 // of a step outside: which part of the business it is about, from 0
	Posts int8 // of an enqueue: which part the row is for, from 1, or 0 for the message
	Table string
	Key   string
	Value string
	old   string        // of a conditional write: the value that it must find
	TTL   time.Duration // how long it is kept; 0 is for ever
}

// String returns the step as a person would say it: put processed/m1.
func (s *step) String() string {
	text := s.Op.String()
	switch {
	case s.Table != "":
		text += " " + s.Table + "/" + s.Key
	case s.Key != "":
		text += " " + s.Key
	}
	if s.Value != "" {
		text += "=" + s.Value
	}
	return text
}

// same reports whether a handler asks for what it asked for before.
func same(a, b *step) bool {
	return a.Op == b.Op && a.Part == b.Part && a.Posts == b.Posts && a.Table == b.Table && a.Key == b.Key && a.Value == b.Value &&
		a.old == b.old && a.TTL == b.TTL && a.Tx == b.Tx
}

// notDeterministic takes copies, so that asking for a step need not allocate.
func notDeterministic(now, before step) string {
	return fmt.Sprintf("is not deterministic: it asked for %s where it had asked for %s; "+
		"keep state in p, not in Go variables, and use no clock, no random number and no order of a map", now.String(), before.String())
}

// CountAsked is what handlers ask of the delivery count.
type CountAsked uint8

// What handlers can ask of it.
const (
	CountNever CountAsked = iota // nothing
	CountAgain                   // whether it is above 1
	CountExact                   // the count itself
)

//go:norace
func asksFor(o op.Op) CountAsked {
	if o == op.Deliveries {
		return CountExact
	}
	return CountAgain
}

// maxTables is far more than anyone keeps records in.
const maxTables = 1000

// Number gives numbers to the names in a step when it is first taken or
// struck, so that numbers follow what happened, and neither what was guessed nor
// who asked: a run that is repeated gives the same ones.
func (p *Program) Number(n *Node) {
	if n.Numbered {
		return
	}
	n.Numbered = true
	table := p.Tables.Of(n.Table)
	if table > maxTables && p.Err == nil {
		p.Err = &HandlerError{Message: p.proc.msg.ID, Rule: "uses more than 1,000 tables: put what differs into the key, not into the table"}
	}
	n.TabNo = int16(min(table, maxTables))
	n.KeyNo = p.Names.Of(n.Key)
	n.ValNo = p.Names.Of(cmp.Or(n.Value, n.Say))
	n.OldNo = p.Names.Of(n.old)
}

// FreshID returns the number of the n-th ID that is like no other.
func (p *Program) FreshID(n int32) int32 { return p.Names.Of("new-" + strconv.Itoa(int(n))) }
