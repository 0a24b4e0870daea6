package sim

import (
	"cmp"
	"slices"

	"dejavu/broker"
)

// A producer numbers what it publishes, from 1 within a group ([broker.Message].Seq),
// and a file lists the numbers that it gives if nothing is published twice. A retry
// under the same message ID keeps its number: the producer knows that it is a retry,
// as Kafka's idempotent producer does. A republish under a new message ID is a new
// message to the producer, which has forgotten or never knew the first: it gets the
// number after the highest that was given so far in its group, and what is published
// from then on is numbered behind it. An operator who puts a message back from the
// dead-letter queue is no producer: whatever ID it gets, its number is in its body.

// taken is a number that a republish under a new message ID got.
type taken struct {
	group string
	seq   int
}

func (a taken) compare(b taken) int {
	return cmp.Or(cmp.Compare(a.group, b.group), cmp.Compare(a.seq, b.seq))
}

// nextNumber returns the number that a producer gives now in the group of a thing owed,
// and notes that it is taken.
func (w *World) nextNumber(owed int) int {
	group, highest := w.owed[owed].Group, 0
	for _, n := range w.prog.group(group) {
		if w.queue.State(int(n)) != broker.Unpublished {
			highest = max(highest, w.Message(int(n)).Seq)
		}
	}
	at, _ := slices.BinarySearchFunc(w.numbered, taken{group, highest + 1}, taken.compare)
	for ; at < len(w.numbered) && w.numbered[at].group == group; at++ {
		highest = max(highest, w.numbered[at].seq)
	}
	w.take(taken{group, highest + 1})
	return highest + 1
}

func (w *World) take(t taken) {
	if at, found := slices.BinarySearchFunc(w.numbered, t, taken.compare); !found {
		w.numbered = slices.Insert(w.numbered, at, t)
	}
}

// number gives a thing owed, which is about to be published, a number behind those
// that republishes have taken before it.
func (w *World) number(owed int) {
	text := *w.prog.text(int32(owed))
	at, _ := slices.BinarySearchFunc(w.numbered, taken{text.Group, 0}, taken.compare)
	for ; at < len(w.numbered) && w.numbered[at].group == text.Group && w.numbered[at].seq <= text.Seq; at++ {
		text.Seq++
	}
	if text.Seq == w.prog.text(int32(owed)).Seq {
		return
	}
	if len(w.kinds) == 0 {
		for i := range int32(len(w.owed)) {
			w.kinds = append(w.kinds, i)
		}
	}
	w.kinds[owed] = w.prog.kind(text)
}

// renamed reports whether anything was published under a new message ID: then what is
// owed may have other numbers than it is listed with.
func (w *World) renamed() bool {
	return slices.ContainsFunc(w.extras, func(x extra) bool { return int(x.kind) >= len(w.owed) })
}

// group returns what is owed of a group. The groups are sorted out when they are first
// asked for: most runs number nothing anew.
func (p *Program) group(name string) []int32 {
	if p.groups == nil {
		p.groups = map[string][]int32{}
		for i := range p.listed {
			group := p.listed[i].Group
			p.groups[group] = append(p.groups[group], int32(i))
		}
	}
	return p.groups[name]
}
