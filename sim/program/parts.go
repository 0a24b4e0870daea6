package program

import (
	"slices"

	"dejavu/broker"
	"dejavu/sim/business"
	"dejavu/sim/op"
)

// Errand is what a handler is run for: to handle a message or, as the relay, a row of the
// outbox.
type Errand struct {
	Relay bool
	Of    int8 // which part of the business the row is for, from 1, or 0 for all of them
}

// Covers reports whether the handler is run for a part, counted from 0.
func (e Errand) Covers(part int8) bool { return e.Of == 0 || e.Of == part+1 }

// Parts returns what performing comes to: card, stock and mail of an order and, where a
// message has one effect, that alone. A relay whose row is for one part has that one: see
// [Tx.EnqueuePart]. It is no step: a handler knows what it does.
func (p *Proc) Parts() []business.Business {
	if !p.listens() {
		return nil
	}
	if p.as.Of > 0 {
		return []business.Business{p.prog.Parts[p.as.Of-1]}
	}
	return slices.Clone(p.prog.Parts)
}

// PerformPart is Perform of one part of the business, for a handler that does something
// between two effects. part must be one of [Proc.Parts].
func (p *Proc) PerformPart(m broker.Message, part business.Business) error {
	p.handed(&m, "performed")
	return ErrorOf(p.ask(&step{Op: op.Perform, Part: p.partOf(part)}))
}

// PerformPartOnce is PerformOnce of one part of the business.
func (p *Proc) PerformPartOnce(m broker.Message, part business.Business, key string) error {
	p.handed(&m, "performed")
	p.keyed(key)
	return ErrorOf(p.ask(&step{Op: op.PerformKey, Part: p.partOf(part), Key: key}))
}

// EnqueuePart is Enqueue of a row that is for one part of the business. For the relay that
// is handed it, performing is that part, and Parts has no other. So each effect has a row
// that is tried again and marked by itself. part must be one of [Proc.Parts]: where a
// message has one effect, it is Enqueue.
func (t Tx) EnqueuePart(m broker.Message, part business.Business) {
	row := t.p.partOf(part) + 1
	if t.p.listens() && len(t.p.prog.Parts) == 1 {
		row = 0
	}
	t.enqueue(&m, row)
}

// performAll performs a business of several parts part by part, in steps of their own, up to the
// first error.
func (p *Proc) performAll(s step) error {
	of := Errand{}
	if p.listens() {
		of = p.as
	}
	for part := range p.prog.Parts {
		if s.Part = int8(part); !of.Covers(s.Part) {
			continue
		}
		if err := ErrorOf(p.ask(&s)); err != nil {
			return err
		}
	}
	return nil
}

// partOf returns the place of a part in the business.
func (p *Proc) partOf(part business.Business) int8 {
	if !p.listens() {
		return 0
	}
	i := int8(slices.Index(p.prog.Parts, part))
	if i < 0 {
		p.fault("named a part that the business does not have: take it from p.Parts")
	}
	if !p.as.Covers(i) {
		p.fault("performed a part that its row is not for: take it from p.Parts")
	}
	return i
}

// answering returns the part that a lookup asks about: the first whose receiver can be
// asked or, where none can, the first. It is the part of the row that a relay was handed.
func (p *Proc) answering() int8 {
	if p.listens() && p.as.Of > 0 {
		return p.as.Of - 1
	}
	return int8(max(slices.IndexFunc(p.prog.Parts, func(b business.Business) bool { return b.Info().Answers }), 0))
}

// CountParts returns how many parts a handler performs that is run for something.
func (p *Program) CountParts(as Errand) int {
	if as.Of > 0 {
		return 1
	}
	return len(p.Parts)
}

// rows returns how many rows of the outbox that differ there can be for one message: one for
// all of it and, where it has several parts, one for each.
func (p *Program) rows() int {
	if n := len(p.Parts); n > 1 {
		return n + 1
	}
	return 1
}

// RowIndex returns an index: one for each kind of message and each thing that a row of it can be
// for. of is the part, from 1, or 0 for all of them.
func (p *Program) RowIndex(kind int32, of int8) int32 { return kind*int32(p.rows()) + int32(of) }

// relaysOf returns the nodes at which relaying a kind of message, or a part of it, begins.
func (p *Program) relaysOf(kind int32) []int32 {
	if p.Relay == nil {
		return nil
	}
	return p.relays[p.RowIndex(kind, 0):p.RowIndex(kind+1, 0)]
}
