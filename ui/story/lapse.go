package story

import (
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// A lapse is that something stored runs out: a lease, what was remembered, or an
// idempotency key at the bank.
type lapse struct {
	lease bool
	after time.Duration // for so long it was kept; 0 where nobody knows
	// asked says that its key is looked for, or written, after that: it ran out too
	// soon for what was to come.
	asked bool
}

// longLease is how long a lease may be where no message is hidden by a timer: a lease
// is a matter of seconds, and what is remembered is kept for hours.
const longLease = 5 * time.Minute

// isLease tells a lease, which is to run out before the message comes again, from what
// is remembered.
func (l *Lane) isLease(inCache bool, lasts time.Duration) bool {
	most := longLease
	if q := &l.Run.Lane.Queue; q.Timed() {
		most = q.Visibility
	}
	return inCache && lasts <= most
}

// lapseKey is what runs out, and when.
type lapseKey struct {
	key  string
	bank bool
	at   time.Duration
}

// lapseOf returns what runs out with an event.
func (l *Lane) lapseOf(e *sim.Event) lapse {
	return l.lapses[lapseKey{l.Run.Key(e), e.AtBank(), e.At}]
}

// handsKey reports whether an event hands a receiver that honours keys a key.
func (l *Lane) handsKey(e *sim.Event) bool {
	return e.Op == sim.OpPerformKey && l.Run.Lane.Business.HonoursKeys()
}

// findLapses notes what runs out, and whether anybody asks for it later.
func (l *Lane) findLapses() {
	if !slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool { return e.Kind == sim.Expire }) {
		return
	}
	l.lapses = map[lapseKey]lapse{}
	asked := map[lapseKey]bool{} // of no time
	for i := l.Run.Len() - 1; i >= 0; i-- {
		l.pace.did(1)
		e := l.event(i)
		key := l.Run.Key(e)
		switch {
		case e.Kind == sim.Expire:
			r, _ := l.Run.RanOut(e)
			after := r.Until - r.From
			inCache := !e.InTable() && !e.AtBank()
			l.lapses[lapseKey{key, e.AtBank(), e.At}] = lapse{
				lease: l.isLease(inCache, after), after: after, asked: asked[lapseKey{key: key, bank: e.AtBank()}],
			}
		case e.Op.Place() == sim.InDB || e.Op.Place() == sim.InCache || l.handsKey(e):
			asked[lapseKey{key: key, bank: l.handsKey(e)}] = true
		}
	}
}

// lapseSentence tells that something runs out.
func (l *Lane) lapseSentence(e *sim.Event) string {
	p := l.lapseOf(e)
	table, key := "cache", l.Run.Key(e)
	if e.InTable() {
		table, key, _ = strings.Cut(key, "/")
	}
	switch {
	case e.AtBank():
		return "the bank forgets the key " + key + keptFor(p.after)
	case p.after == 0:
		return yesNo(e.InTable(), "the row ", "the cache entry ") + l.Run.Key(e) + " expires"
	case p.lease:
		return "the lease of " + key + " runs out after " + Length(p.after) + l.leftBehind(e)
	}
	return "the " + table + " forgets " + key + ": kept for " + Length(p.after)
}

// overWord says in a word or two that something ran out.
func (l *Lane) overWord(e *sim.Event) string {
	switch {
	case l.lapseOf(e).lease:
		return "lease over"
	case e.AtBank():
		return "key forgotten"
	}
	return "forgotten"
}

// keptFor says for how long something was kept, if anybody knows.
func keptFor(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return ": kept for " + Length(d)
}

// leftBehind says why nobody gave up a lease that ran out.
func (l *Lane) leftBehind(e *sim.Event) string {
	if e.Cause < 0 {
		return ""
	}
	c := l.event(int(e.Cause))
	if !e.Overran { // it is the write: what became of the attempt?
		a, known := l.by(c.Receipt)
		if !known {
			return ""
		}
		if c = l.event(a.events[len(a.events)-1]); c.Kind != sim.Crash && c.Kind != sim.Restart && c.Op != sim.OpPanic {
			return ""
		}
	}
	if l.slows(c) {
		return ": its holder still waits"
	}
	return ": " + strings.Replace(l.blame(c), "its worker", "its holder", 1)
}

// lapsed is the notice of something that ran out, if that is worth one: a lease that
// nobody gave up, or what was forgotten too soon.
func (l *Lane) lapsed(e *sim.Event) (notice, bool) {
	p := l.lapseOf(e)
	if p.after == 0 || !p.lease && !p.asked {
		return notice{}, false
	}
	key := l.Run.Key(e)
	if e.InTable() {
		_, key, _ = strings.Cut(key, "/")
	}
	n := notice{at: e.At, name: key, text: "its lease runs out after " + Length(p.after) + l.leftBehind(e)}
	if !p.lease {
		n.text = "is forgotten" + yesNo(e.AtBank(), " by the bank", "") + keptFor(p.after)
	}
	return n, true
}

// lapsedBetween returns what had to run out for something to be done again: what one attempt
// stored, and a later one looked for in vain.
func (l *Lane) lapsedBetween(effects []int) []int {
	var all []int
	for n := 1; n < len(effects) && len(l.lapses) > 0; n++ {
		a, before := l.of(effects[n-1])
		b, known := l.of(effects[n])
		if !before || !known {
			continue
		}
		if b.begins() < a.begins() {
			a, b = b, a // it froze, and came to it last
		}
		gone := -1
		for i := a.begins(); i < b.begins(); i++ {
			if e := l.event(i); e.Kind == sim.Expire && l.uses(a, e) && l.uses(b, e) {
				gone = i
			}
		}
		if gone >= 0 && !slices.Contains(all, gone) {
			all = append(all, gone)
		}
	}
	return all
}

// uses reports whether an attempt reads or writes what runs out with an event, or hands
// the bank that key.
func (l *Lane) uses(a *attempt, gone *sim.Event) bool {
	return slices.ContainsFunc(a.events, func(i int) bool {
		e := l.event(i)
		switch {
		case l.Run.Key(e) != l.Run.Key(gone):
			return false
		case gone.AtBank():
			return l.handsKey(e)
		}
		return e.Op.Place() == sim.InDB || e.Op.Place() == sim.InCache
	})
}

// Drains reports whether a lane stores something whose time is shown: a lease, or what
// will be gone when it is asked for.
func (l *Lane) Drains() bool {
	for _, p := range l.lapses {
		if p.lease || p.asked {
			return true
		}
	}
	return false
}

// Keeping is how something that is stored is kept at a moment.
type Keeping struct {
	// Left is what is left of its time, where that is worth showing: of a lease, and of
	// what will be gone when it is asked for, and Of how much. Both are 0 elsewhere.
	Left, Of time.Duration
	// Holder is who holds a lease, from 0, or broker.None; Dead says that nobody is at
	// work on it any more.
	Holder int
	Dead   bool
}

// Keeping says how something that is stored is kept now.
func (v *LaneView) Keeping(s *sim.Stored, now time.Duration) Keeping {
	k := Keeping{Holder: broker.None}
	r, ends := v.Run.Retention(s)
	if !ends {
		return k
	}
	key := s.Key
	if s.Where == sim.InDB {
		key = s.Table + "/" + key
	}
	if v.isLease(s.Where == sim.InCache, r.Until-r.From) {
		k.Holder, k.Dead = s.Writer, !s.Held
	} else if !v.lapses[lapseKey{key: key, at: r.Until}].asked {
		return k
	}
	k.Left, k.Of = max(r.Until-now, 0), r.Until-r.From
	return k
}
