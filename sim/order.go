package sim

import (
	"cmp"
	"math"
	"slices"
	"sort"

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
	group, highest := w.owed[owed].Group, w.highest(owed)
	if of := w.takenIn(group); len(of) > 0 {
		highest = max(highest, of[len(of)-1].seq)
	}
	w.take(taken{group, highest + 1})
	return highest + 1
}

// highest returns the highest number that was given to a thing owed of the group of one,
// of those that are published. From when it is first asked on, every publish counts.
func (w *World) highest(owed int) int {
	if len(w.tops) == 0 {
		w.tops = make([]int, len(w.owed))
		for n := range w.owed {
			if w.queue.State(n) != broker.Unpublished {
				w.countTop(n)
			}
		}
	}
	return w.tops[w.groupOf(owed)]
}

// countTop counts the number of a thing owed that is published.
func (w *World) countTop(n int) {
	top := &w.tops[w.groupOf(n)]
	*top = max(*top, w.Message(n).Seq)
}

// groupOf returns the first thing owed of the group of one.
func (w *World) groupOf(n int) int {
	if turns := w.turns(); turns != nil {
		return int(turns[n].group)
	}
	return n // nothing shares its group
}

// takenIn returns the numbers that republishes have taken in a group.
func (w *World) takenIn(group string) []taken {
	from, _ := slices.BinarySearchFunc(w.numbered, taken{group, 0}, taken.compare)
	to, _ := slices.BinarySearchFunc(w.numbered, taken{group, math.MaxInt}, taken.compare)
	return w.numbered[from:to]
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
	of := w.takenIn(text.Group) // each that is not above it pushes it on by one
	text.Seq += sort.Search(len(of), func(i int) bool { return of[i].seq-i > text.Seq })
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

// again publishes a message once more: Action.Msg becomes the number that the
// copy got, for that is what everything later is about. What is redriven leaves the
// dead-letter queue and, like a copy, comes from behind the dedup window. What is
// published under a new message ID is numbered anew: see nextNumber.
func (w *World) again(out *Outcome) {
	from := int(out.Msg)
	owed := w.Owed(from)
	x := extra{kind: w.kind(from), owed: int32(owed), from: out.Msg, letter: w.copied[owed] + 1}
	renamed := out.Kind == RepublishAs || out.Kind == RedriveAs
	if renamed {
		text := *w.prog.text(x.kind)
		text.ID = CopyName(w.owed[owed].ID, int(x.letter))
		if out.Kind == RepublishAs {
			text.Seq = w.nextNumber(owed)
		}
		x.kind = w.prog.kind(text)
	}
	if redriven(out.Kind) {
		w.queue.Redrive(from)
	}
	w.copied[owed]++
	w.extras = append(w.extras, x)
	n := w.queue.Add(from, !renamed)
	out.Msg = int32(n)
	w.publish(out, n, out.Kind == Copy || redriven(out.Kind))
}

func redriven(k ActionKind) bool { return k == Redrive || k == RedriveAs }

// Copies returns how many copies and republishes there are of a thing owed.
func (w *World) Copies(owed int) int { return int(w.copied[owed]) }

// turn is the place of a message among those of its group, by time of publish.
type turn struct {
	group int32 // the first message of it
	place int32
}

// turns returns the place of every message in its group, or nil where no two share
// one: then nothing can overtake anything. It is worked out when it is first asked
// for, which no timeline does: a map of a million groups costs half a second.
func (w *World) turns() []turn {
	if !w.prog.turned {
		w.prog.turns, w.prog.turned = findTurns(w.owed), true
	}
	return w.prog.turns
}

func findTurns(owed []Owed) []turn {
	first := make(map[string]int32, len(owed))
	all := make([]turn, len(owed))
	shared := false
	for i := range owed {
		at, found := first[owed[i].Group]
		if !found {
			at = int32(i)
			first[owed[i].Group] = at
		}
		shared = shared || found
		all[i].group = at
	}
	if !shared {
		return nil
	}
	members := map[int32]int32{}
	for _, n := range byTime(nil, owed, func(n int32) int64 { return int64(owed[n].At) }) {
		all[n].place = members[all[n].group]
		members[all[n].group]++
	}
	return all
}

// ahead reports whether message p comes earlier than n in a group of both.
func (w *World) ahead(p, n int) bool {
	a, b := w.prog.turns[p], w.prog.turns[n]
	return a.group == b.group && a.place < b.place
}

// overtaken reports whether a message is published that comes later in the group of n.
func (w *World) overtaken(n int) bool {
	for q := range w.turns() {
		if w.ahead(n, q) && w.queue.State(q) != broker.Unpublished {
			return true
		}
	}
	return false
}

// Overtaken returns the first message that a publish would overtake, for which it
// costs a fault: the one that is delayed. It returns broker.None if there is none.
func (w *World) Overtaken(a Action) int {
	if a.Kind == Publish && int(a.Msg) < len(w.owed) {
		for p := range w.turns() {
			if w.ahead(p, int(a.Msg)) && w.queue.State(p) == broker.Unpublished && !w.overtaken(p) {
				return p
			}
		}
	}
	return broker.None
}
