package story

import (
	"fmt"
	"slices"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// Absence is why a look found no record.
type Absence uint8

// Why there is no record, as far as it can be found out.
const (
	Unknown    Absence = iota
	Unwritten          // the attempt before it never came to write one
	unreached          // ... for the store was out of reach
	RolledBack         // it was part of a transaction, and that was rolled back
	notYet             // the attempt before it has still to write one
	Elsewhere          // it is in the memory of another process
	Wiped              // it was in the memory of a process that died
	OtherKey           // it was written under another key
	ranOut             // the store kept it for a time, and that is over
	leaseOver          // it was no more than a lease, and that has run out
	gaveWay            // it made room for others
	lost               // a failover of the stores lost it
	deleted            // somebody else deleted it
	tooEarly           // a worker whose clock is ahead took it over
)

// AbsenceWords are, by why there is no record: that in a few words, as it is now, the clause
// that refutes whoever expects one, what makes them expect it, and what a lane is told to
// have done that looked in vain; %s stands for what it looked for.
type AbsenceWords struct {
	Now, Why string
	Belief   scenarios.Misconception
	excuse   string
}

// Words returns what is said of it.
func (x Absence) Words() *AbsenceWords { return &absences[x] }

var absences = [...]AbsenceWords{
	Unknown:    {excuse: "found no record of %s"},
	Unwritten:  {"the first worker never recorded it", "the first worker never came to record it", 6, "never recorded %s the first time"},
	unreached:  {"it could not be written down then", "its store was out of reach, and nothing was written", 6, "could not record %s while its store was out of reach"},
	RolledBack: {"the rollback took the record back", "the record was part of the transaction that was rolled back", 7, ""}, // see takenBackBy
	notYet:     {"the other worker has yet to record it", "the other worker had yet to record it", 4, "looked for %s before the other worker had written it"},
	Elsewhere:  {"another worker remembers it", "another worker had it in memory, and memory is not shared", 8, "had %s in memory only, and memory is not shared between workers"},
	Wiped:      {"memory dies with its process", "it was in memory, and memory dies with its process", 8, "had %s in memory only, and memory died with the process"},
	OtherKey:   {"the key is new to it", "the record stands under another key", 10, ""},
	ranOut:     {"the record was kept for a time, and that is over", "the record was kept for a time, and that was over", 8, "had kept its record of %s only for a time"},
	leaseOver:  {"the lease has run out, and nobody noted it done", "the lease had run out, and nobody had noted it done", 20, "had only a lease on %s, and that had run out"},
	lost:       {"the failover lost the record", "the stores had lost the record in their failover", 8, "had lost its record of %s when the stores failed over"},
	gaveWay:    {"newer messages have taken its place", "the record had made room for newer ones", 8, "had forgotten %s to make room for newer ones"},
	tooEarly:   {"to a clock that is ahead its time is up", "a clock that was ahead took it for expired", 20, "compared the end of %s with a clock that was ahead"},
	deleted:    {"another worker has deleted the record", "another worker had deleted the record", 19, "had its record of %s deleted by another worker"},
}

// Missing finds out why a look of an attempt found no record, and the event that took
// the record away, or -1: what befell the last that was written, or else why none was.
func (l *LaneStory) Missing(this *Attempt, look int) (Absence, int) {
	if why, by := l.befell(this, look); why != Unknown {
		return why, by
	}
	key, why := l.Run.Key(l.Event(look)), Unknown
	for k := range l.Attempts {
		if a := &l.Attempts[k]; a != this && a.Owed == this.Owed && a.Begins() < look {
			why = max(why, l.unrecordedBy(a, key, look))
		}
	}
	return why, -1
}

// befell finds out what befell the last record that another attempt had written of what an
// attempt looks for.
func (l *LaneStory) befell(this *Attempt, look int) (Absence, int) {
	if l.writes == nil {
		l.writes = map[sim.Slot][]int{}
		for i := range l.Run.Len() {
			if e := l.Event(i); voice.Writes(e) {
				l.writes[e.Slot] = append(l.writes[e.Slot], i)
			}
		}
	}
	all := l.writes[l.Event(look).Slot]
	before, _ := slices.BinarySearch(all, look)
	for _, i := range slices.Backward(all[:before]) {
		if l.Event(i).Receipt != this.Receipt {
			return l.became(i, look)
		}
	}
	return Unknown, -1
}

// became finds out what became of a record between the event that wrote it and a look
// that did not find it.
func (l *LaneStory) became(wrote, look int) (Absence, int) {
	w := l.Event(wrote)
	a, known := l.of(wrote)
	if !known {
		return Unknown, -1
	}
	key := l.Run.Key(w)
	for i := wrote + 1; i <= look; i++ {
		e := l.Event(i)
		same := l.Run.Key(e) == key
		switch {
		case e.Kind == sim.ClockAhead && same:
			return tooEarly, i
		case i == look:
		case e.Kind.LosesWrites() && e.Receipt == a.Receipt:
			return lost, i
		case e.Kind == sim.Expire && same && !e.AtBank():
			return words.Either(l.lapseOf(e).Lease, leaseOver, ranOut), i
		case e.Kind == sim.Evict && same || l.Run.Evicted(e) == key:
			return gaveWay, i
		case same && l.deletes(e) && e.Receipt != a.Receipt:
			return deleted, i
		}
	}
	if over := a.Events[len(a.Events)-1] < look; w.InTx && !l.committed(a, wrote, look) {
		return words.Either(over, RolledBack, notYet), -1
	}
	if w.Op.Place() == sim.InProcess {
		return words.Either(l.keeps(look, key), Elsewhere, Wiped), l.death(int(w.Worker), wrote, look)
	}
	return Unknown, -1
}

// deletes reports whether an event deleted a record.
func (l *LaneStory) deletes(e *sim.Event) bool {
	switch e.Op {
	case sim.OpDelete, sim.OpCacheDelete, sim.OpUnremember:
		return e.Kind.DoesStep()
	case sim.OpCacheDeleteIf:
		return e.Kind.DoesStep() && e.Answer == 1
	}
	return false
}

// committed reports whether an attempt committed between two events.
func (l *LaneStory) committed(a *Attempt, from, to int) bool {
	return slices.ContainsFunc(a.Events, func(i int) bool {
		e := l.Event(i)
		return i > from && i < to && e.Op == sim.OpCommit && e.Kind.DoesStep()
	})
}

// death returns the event between two with which a worker's process died, or -1.
func (l *LaneStory) death(worker, from, to int) int {
	for i := from; i < to; i++ {
		if e := l.Event(i); e.Kind == sim.Restart || e.Died() && int(e.Worker) == worker {
			return i
		}
	}
	return -1
}

// unrecordedBy finds out why an earlier attempt has left no record under a key.
func (l *LaneStory) unrecordedBy(a *Attempt, key string, look int) Absence {
	over := len(a.Events) > 0 && a.Events[len(a.Events)-1] < look
	why := words.Either(over, Unwritten, notYet)
	for _, i := range a.Events {
		switch e := l.Event(i); {
		case i >= look:
			return why
		case voice.Writes(e) && l.Run.Key(e) != key:
			return OtherKey
		case e.Op.Marks() && e.OutOfReach():
			why = unreached
		}
	}
	return why
}

// keeps reports whether any process had a key in memory before an event.
func (l *LaneStory) keeps(event int, key string) (kept bool) {
	l.before(event).Stored(func(x sim.Stored) bool {
		kept = kept || x.Where == sim.InProcess && x.Key == key
		return true
	})
	return kept
}

// forgot says why an attempt that asked for a record did not find one, and so did
// something again: with that event.
func (l *LaneStory) forgot(this *Attempt, asked, event int) string {
	_, short := l.Run.Row(l.Event(asked))
	for k := range l.Attempts {
		a := &l.Attempts[k]
		if a.Owed != this.Owed || a == this || a.Begins() < asked || a.Begins() > event {
			continue
		}
		if look := l.askedFor(a, event); look >= 0 && voice.Writes(l.Event(asked)) {
			if why, by := l.became(asked, look); by >= 0 { // the other did not find what this had written
				return fmt.Sprintf(absences[why].excuse, short)
			}
		}
		return "had looked for " + short + " before another worker was given it"
	}
	switch why, _ := l.Missing(this, asked); why {
	case OtherKey:
		return "had recorded " + l.otherRecord(this, asked) + ", but this one says " + short
	case RolledBack:
		return "lost its record of " + short + ", for the " + l.tookBack(this, asked) + " rolled it back but not " + l.Run.Part(l.Event(event)).Words().Act
	default:
		return fmt.Sprintf(absences[why].excuse, short)
	}
}

// otherRecord returns the key under which an earlier attempt at the same has recorded
// it.
func (l *LaneStory) otherRecord(this *Attempt, before int) string {
	key := ""
	for k := range l.Attempts {
		if a := &l.Attempts[k]; a.Owed == this.Owed && a != this {
			for _, i := range a.Events {
				if e := l.Event(i); i < before && voice.Writes(e) {
					_, key = l.Run.Row(e)
				}
			}
		}
	}
	return key
}

// tookBack says what ended the transaction of the last attempt before an event.
func (l *LaneStory) tookBack(this *Attempt, before int) string {
	what := "error"
	for k := range l.Attempts {
		a := &l.Attempts[k]
		if a.Owed != this.Owed || a == this || a.Begins() > before {
			continue
		}
		what = "error"
		for _, i := range a.Events {
			switch e := l.Event(i); {
			case e.Kind == sim.Crash || e.Op == sim.OpPanic:
				what = "crash"
			case e.Kind == sim.Restart || e.Kind == sim.Kill:
				what = "restart"
			case e.Kind == sim.Fail && e.Op == sim.OpCommit:
				what = "failed commit"
			}
		}
	}
	return what
}

// drops reports whether a lane's queue has dropped a broker message when it was
// published.
func (l *LaneStory) drops(name string) bool {
	for i := range l.Run.Events() {
		if e := l.Event(i); e.Reply == sim.Deduplicated && l.Run.Name(e) == name {
			return true
		}
	}
	return false
}

// A lapse is that something stored runs out.
type lapse struct {
	voice.Lapse
	// asked says that its key is looked for, or written, after that: it ran out too
	// soon for what was to come.
	asked bool
}

// lapseKey is what runs out, and when.
type lapseKey struct {
	key  string
	bank bool
	at   time.Duration
}

// lapseOf returns what runs out with an event.
func (l *LaneStory) lapseOf(e *sim.Event) lapse {
	return l.lapses[lapseKey{l.Run.Key(e), e.AtBank(), e.At}]
}

// handsKey reports whether an event hands a receiver that honours keys a key.
func (l *LaneStory) handsKey(e *sim.Event) bool {
	return e.Op == sim.OpPerformKey && l.Run.Part(e).HonoursKeys()
}

// findLapses notes what runs out, and whether anybody asks for it later.
func (l *LaneStory) findLapses() {
	if !slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool { return e.Kind == sim.Expire }) {
		return
	}
	l.lapses = map[lapseKey]lapse{}
	asked := map[lapseKey]bool{} // of no time
	for i := l.Run.Len() - 1; i >= 0; i-- {
		l.pace.did(1)
		e := l.Event(i)
		key := l.Run.Key(e)
		switch {
		case e.Kind == sim.Expire:
			l.lapses[lapseKey{key, e.AtBank(), e.At}] = lapse{l.teller.Lapse(e), asked[lapseKey{key: key, bank: e.AtBank()}]}
		case e.Op.Place() == sim.InDB || e.Op.Place() == sim.InCache || l.handsKey(e):
			asked[lapseKey{key: key, bank: l.handsKey(e)}] = true
		}
	}
}

// overWord says in a word or two that something ran out.
func (l *LaneStory) overWord(e *sim.Event) string {
	switch {
	case l.lapseOf(e).Lease:
		return "lease over"
	case e.AtBank():
		return "key forgotten"
	}
	return "forgotten"
}

// lapsed reports whether that something ran out is worth a word: a lease that nobody gave
// up, or what was forgotten too soon.
func (l *LaneStory) lapsed(e *sim.Event) bool {
	p := l.lapseOf(e)
	return p.After > 0 && (p.Lease || p.asked)
}

// lapsedBetween returns what had to run out for something to be done again: what one attempt
// stored, and a later one looked for in vain.
func (l *LaneStory) lapsedBetween(effects []int) []int {
	var all []int
	for n := 1; n < len(effects) && len(l.lapses) > 0; n++ {
		a, before := l.of(effects[n-1])
		b, known := l.of(effects[n])
		if !before || !known {
			continue
		}
		if b.Begins() < a.Begins() {
			a, b = b, a // it froze, and came to it last
		}
		gone := -1
		for i := a.Begins(); i < b.Begins(); i++ {
			if e := l.Event(i); e.Kind == sim.Expire && l.uses(a, e) && l.uses(b, e) {
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
func (l *LaneStory) uses(a *Attempt, gone *sim.Event) bool {
	return slices.ContainsFunc(a.Events, func(i int) bool {
		e := l.Event(i)
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
func (l *LaneStory) Drains() bool {
	for _, p := range l.lapses {
		if p.Lease || p.asked {
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
	if voice.IsLease(&v.Run.Lane.Queue, s.Where == sim.InCache, r.Until-r.From) {
		k.Holder, k.Dead = s.Writer, !s.Held
	} else if !v.lapses[lapseKey{key: key, at: r.Until}].asked {
		return k
	}
	k.Left, k.Of = max(r.Until-now, 0), r.Until-r.From
	return k
}

// rootedInFailover finds out whether what was done was lost in a failover of the
// stores, and tells of it.
func (c *causes) rootedInFailover(m *Mark) bool {
	for i := range m.Event + 1 {
		e := c.Event(i)
		if !e.Kind.LosesWrites() || !e.Undone || c.Run.World().Owed(int(e.Receipt.Msg)) != m.Owed {
			continue
		}
		for k := range i {
			if d := c.Event(k); d.Done && d.Op.Performs() && d.Receipt == e.Receipt {
				c.tell(k, doneBefore)
			}
		}
		c.tell(i, atRoot)
		if last := c.nextLook(m.Owed, i); last >= 0 {
			c.tell(last, telling)
		}
		c.weight[m.Event] = onTheWay
		for at := i; at >= 0 && c.struck < 0; at-- {
			if o := c.Event(at); o.Kind.LosesWrites() && o.Fault >= 0 {
				c.struck = at
			}
		}
		return c.struck >= 0
	}
	return false
}

// nextLook returns the first event after another that found what is owed recorded, or
// -1.
func (l *LaneStory) nextLook(owed, after int) int {
	for i := after; i < l.Run.Len(); i++ {
		if l.OwedBy(i) == owed && finds(l.Event(i)) {
			return i
		}
	}
	return -1
}

// Look returns the first event with which an attempt asked whether what it handles
// is recorded, or -1.
func (l *LaneStory) Look(a *Attempt) int {
	i := slices.IndexFunc(a.Events, func(i int) bool {
		e := l.Event(i)
		return e.Kind == sim.Step && e.Answer >= 0 && (e.Op.Checks() || e.Op.Marks() && e.Op.Claims())
	})
	if i < 0 {
		return -1
	}
	return a.Events[i]
}

// Finds reports whether a look found a record.
func (l *LaneStory) Finds(look int) bool {
	e := l.Event(look)
	return (e.Answer > 0) != e.Op.Claims()
}

// Spared says how an attempt came to do no harm.
func (l *LaneStory) Spared(a *Attempt) string {
	look := l.Look(a)
	for _, i := range a.Events {
		e := l.Event(i)
		switch {
		case i == look && l.Finds(look):
			return voice.Text(l.teller.Work(i).Spans(spoken(nil)))
		case e.Op.Keyed() && e.Kind == sim.Step && !e.Done:
			return "sends a key that " + l.Run.Part(e).Words().Whom + " knows"
		}
	}
	return "does so once, and no more"
}
