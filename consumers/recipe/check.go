package recipe

import (
	"fmt"
	"slices"
)

// Refusal says why a recipe is no handler, or could never have its effect.
type Refusal struct {
	Block  int // which block, from 0
	Reason string
}

// Error says which line it is, from 1, and why.
func (r *Refusal) Error() string { return fmt.Sprintf("line %d: %s", r.Block+1, r.Reason) }

// Check refuses, with a [Refusal], a recipe that is no handler or could never have its
// effect.
func (r Recipe) Check() error {
	c, block, w := r.begun()
	switch {
	case w.says != "":
		return &Refusal{block, w.String()}
	case c.effect == 0:
		return &Refusal{max(len(r.Blocks)-1, 0), "it never acts: add perform, or enqueue in a transaction"}
	case c.open > 0:
		return &Refusal{c.open - 1, "it never commits, so all that is written from here on is rolled back: add commit"}
	}
	return nil
}

// Begins reports whether blocks that follow could make it a recipe.
func (r Recipe) Begins() bool {
	_, _, wrong := r.begun()
	return wrong.says == ""
}

// Prefix is the beginning of a recipe, for whoever tries many that begin alike.
type Prefix struct{ checking }

// Add goes on by the last of some blocks, of which the others are those of the prefix. It
// reports false if nothing that follows could make them a recipe. The block must make sense
// by itself, as those of an [Alphabet] do.
func (p *Prefix) Add(blocks []Block) bool {
	p.Blocks = blocks
	i := len(blocks) - 1
	return i < MaxBlocks && p.step(i, &blocks[i]).says == ""
}

// CanEnd reports whether it can be a recipe with so many blocks more.
func (p *Prefix) CanEnd(more int) bool {
	need := 0
	if p.effect == 0 {
		need++
	}
	if p.open > 0 {
		need++
	}
	return need <= more
}

// Whole reports whether it is a recipe as it is.
func (p *Prefix) Whole() bool { return p.effect > 0 && p.open == 0 }

// wrong is what is wrong with a block: a sentence, and the line that it may speak of. It is
// only written out for who reads it, as millions are asked.
type wrong struct {
	says string
	line int
}

func (w wrong) String() string {
	if w.line > 0 {
		return fmt.Sprintf(w.says, w.line)
	}
	return w.says
}

// begun goes through the blocks up to the first that is wrong.
func (r Recipe) begun() (c checking, block int, w wrong) {
	c.Recipe = r
	for i := range r.Blocks {
		b := &r.Blocks[i]
		if i == MaxBlocks {
			w.says = fmt.Sprintf("a recipe has at most %d lines: leave some out", MaxBlocks)
		} else if w.says = b.odd(); w.says == "" {
			w = c.step(i, b)
		}
		if w.says != "" {
			return c, i, w
		}
	}
	return c, 0, w
}

// odd says which option of a block makes no sense.
func (b *Block) odd() string {
	if int(b.Do) >= len(rows) {
		return "there is no such step"
	}
	row := &rows[b.Do]
	switch {
	case !slices.Contains(row.in, b.In) && (b.In != NoStore || len(row.in) > 0):
		return b.noStore(row)
	case b.How > 0 && !slices.Contains(row.how, b.How):
		return fmt.Sprintf("%s takes no %q: leave it out", b.Do, b.How)
	case (b.By == NoID) == (row.accepts(optID) || b.How.keyed()):
		if b.By == NoID {
			return "by what? write by message ID, by business key, by sequence, by body hash or by new ID"
		}
		return fmt.Sprintf("%s goes by nothing: leave out \"by %s\"", b.Do, b.By)
	case b.By == Sequence && (b.In == Memory || b.In == Cache || b.Do == Lease):
		return "the highest number of a group is a row: keep it in the table or in the transaction"
	case b.Redelivered && !row.accepts(optRedelivered), b.Mine && !row.accepts(optMine):
		return fmt.Sprintf("%s takes no such condition: leave it out", b.Do)
	case b.Taken != Usual && (b.Taken != Nack || !row.accepts(optTaken)):
		return fmt.Sprintf("%s finds nothing taken: leave that out", b.Do)
	case b.Down != Usual && (b.In != Cache || !row.accepts(optDown)):
		return "only a cache can be down by itself: leave that out"
	}
	return b.oddLength(row)
}

func (b *Block) noStore(row *row) string {
	switch {
	case b.Do == Mark && b.In == Transaction:
		return "to mark in the transaction is to insert: write insert"
	case len(row.in) == 0:
		return fmt.Sprintf("%s has one place only: leave out \"in %s\"", b.Do, b.In)
	case b.Do == Mark:
		return "mark where? write in memory of 3, in cache, or in table"
	}
	return fmt.Sprintf("%s where? write in memory, in cache, in table or in transaction", b.Do)
}

// oddLength says which length or limit of a block makes no sense.
func (b *Block) oddLength(row *row) string {
	lasts := row.accepts(optFor) && b.In != Memory && b.By != Sequence
	switch {
	case b.For != 0 && (b.For < 0 || !lasts):
		return fmt.Sprintf("%s keeps nothing for a time here: leave out the length", b.Do)
	case b.For == 0 && lasts && (b.In == Cache || slices.Contains(row.needs, optFor)):
		return fmt.Sprintf("%s for how long? such as for 1h", b.Do)
	case b.Most != 0 && (b.Most < 0 || b.In != Memory || !row.accepts(optMost)):
		return "only a memory holds so many: leave out the number"
	case b.Do == Mark && b.In == Memory && b.Most == 0:
		return "a memory that marks is limited: write in memory of 3"
	}
	return ""
}

// checking goes through a recipe as its first attempt does. Lines are kept from 1, so
// that 0 is none.
type checking struct {
	Recipe
	open, acked, effect int // the line that began a transaction, acked, has the effect
	lease, token        int
	kept                [MaxBlocks]kept
	writes              int // how many of these there are
}

// kept is what an earlier line has written.
type kept struct {
	line int
	in   Store // Table, of a transaction as well
	by   ID
	tx   bool // it is locked until the commit
}

// Place is where the block keeps or finds something: Table, in a transaction or not.
func (b *Block) Place() Store {
	switch {
	case b.Do == Lease:
		return Cache
	case b.inTx():
		return Table
	}
	return b.In
}

// before returns the line that wrote what a block looks for.
func (c *checking) before(b *Block) (kept, bool) {
	i := slices.IndexFunc(c.kept[:c.writes], func(k kept) bool { return k.in == b.Place() && k.by == b.By })
	if i < 0 {
		return kept{}, false
	}
	return c.kept[i], true
}

// step goes on by a block, and says why it cannot be, or why the effect cannot be then.
func (c *checking) step(i int, b *Block) wrong {
	inTx := b.inTx() || b.Do == Enqueue || b.Do == Commit
	writes := b.Do == Mark || b.Do == Record || b.Do == Insert || b.Do == Lease
	looks := b.Do == Mark || b.Do == Insert || b.Do == Lease || b.Do == Look && !b.Redelivered
	old, known := c.before(b)
	switch {
	case inTx && c.open == 0:
		return wrong{says: "no transaction is open here: begin one before"}
	case known && old.tx && writes && !inTx && b.Do != Lease:
		return wrong{"it waits for ever for the row that line %d has locked: write in the transaction", old.line}
	case known && looks && (c.effect == 0 || c.effect > c.open && c.open > 0): // or it is rolled back
		return wrong{"it always finds what line %d has written, and never acts: look first, then write", old.line}
	}
	if writes {
		c.kept[c.writes] = kept{i + 1, b.Place(), b.By, inTx}
		c.writes++
	}
	if w := c.once(i, b); w.says != "" {
		return w
	}
	return wrong{says: c.order(i, b)}
}

// once notes what there can be one of, and says if it is there already.
func (c *checking) once(i int, b *Block) wrong {
	var at *int
	var why string
	switch b.Do {
	case Begin:
		at, why = &c.open, "a transaction is open: commit it first (line %d has done that)"
	case Ack:
		at, why = &c.acked, "an attempt acks once (line %d has done that)"
	case Lease:
		at, why = &c.lease, "an attempt takes one lease (line %d has done that)"
	case Token:
		at, why = &c.token, "an attempt takes one token (line %d has done that)"
	case Perform, Enqueue:
		at, why = &c.effect, "each attempt would have the effect twice (line %d has done that)"
	default:
		return wrong{}
	}
	if *at > 0 {
		return wrong{why, *at}
	}
	*at = i + 1
	return wrong{}
}

// order says what a block lacks before it.
func (c *checking) order(i int, b *Block) string {
	switch b.Do {
	case Commit:
		c.open = 0
		for k := range c.kept {
			c.kept[k].tx = false
		}
	case Perform:
		if b.How == WithToken && c.token == 0 {
			return "there is no token: take a token before"
		}
	case Done:
		if c.lease == 0 {
			return "there is no lease to note done: lease before"
		}
	case Delete:
		of, claimed := c.claim(i, Mark, Lease)
		switch {
		case i == 0 || c.Blocks[i-1].Do != Perform:
			return "it is for an error of the effect: write it below perform"
		case !claimed:
			return "there is no mark and no lease to delete: write one before; a rollback undoes an insert by itself"
		case of.By == Sequence:
			return "a number that was raised cannot be taken back: leave it out"
		case b.Mine && of.Do != Lease:
			return "only a lease knows whose it is: leave out \"if mine\""
		}
	}
	return ""
}
