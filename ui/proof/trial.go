package proof

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/words"
)

// trial is how a column of a matrix is searched. One fault of the kind does for most.
// What does no harm until something comes again is tried together with what brings it
// again, and what takes a queue of a sort, on such a queue.
type trial struct {
	faults        int
	kinds         []check.Kind // none are the usual ones
	workers       int          // 0: as many as usual
	maxDeliveries int          // 0: any number
	profile       string       // of the queue; none is the default
}

// matrixStates bounds the search of a cell. Most take a few thousand states, some 200,000; one has no
// end: an outage in which each attempt makes up another key.
const matrixStates = 300_000

// tried is what is searched for a column.
func tried(column string) trial {
	kind := check.Kind(column)
	with := func(faults int, others ...check.Kind) trial {
		return trial{faults: faults, kinds: append(others, kind)}
	}
	switch kind {
	case All:
		return trial{faults: matrixTogether}
	case check.Redrive, check.RedriveAs: // done, not acked, and back when keys are gone
		t := with(3, check.LoseAck, check.ExpireKey)
		t.maxDeliveries = 1
		return t
	case check.Evict: // another process does not have the key anyway
		t := with(2, check.LoseAck)
		t.workers = 1
		return t
	case check.ExpireKey, check.ClockAhead:
		return with(2, check.Republish)
	case check.LoseWrites, check.LoseDB, check.LoseCache, check.StoreDown, check.DBDown, check.CacheDown:
		return with(2, check.LoseAck)
	}
	t := with(matrixAlone)
	t.profile = kind.Row().On
	return t
}

// Tried is how a matrix searches a consumer against a kind of fault alone.
func Tried(kind check.Kind, c sim.Consumer, b sim.Business) Case {
	t := tried(string(kind))
	return t.on(c, b)
}

// TriedWithout is Tried without the kind itself: what the kinds do that are tried with it. ok
// is false where there are none.
func TriedWithout(kind check.Kind, c sim.Consumer, b sim.Business) (without Case, ok bool) {
	t := tried(string(kind))
	t.kinds = slices.DeleteFunc(t.kinds, func(k check.Kind) bool { return k == kind })
	t.faults--
	return t.on(c, b), len(t.kinds) > 0
}

// TriedWith says within which bounds Tried searches, but for the messages.
func TriedWith(kind check.Kind) string {
	t := tried(string(kind))
	parts := []string{words.Count(check.DefaultWorkers, "worker"), "one such fault", t.note()}
	if t.workers > 0 {
		parts = parts[1:] // noted
	}
	return strings.Join(slices.DeleteFunc(parts, func(p string) bool { return p == "" }), ", ")
}

// on sets a consumer on trial in a business.
func (t *trial) on(c sim.Consumer, b sim.Business) Case {
	q := broker.Default()
	if t.profile != "" {
		q, _ = broker.Preset(t.profile)
	}
	q.MaxDeliveries = max(q.MaxDeliveries, t.maxDeliveries)
	return Case{
		Lane:    sim.Lane{Consumer: c, Business: b, Queue: q},
		Options: check.Options{Faults: t.faults, Kinds: t.kinds, Workers: t.workers, Properties: Properties(), MaxStates: matrixStates},
	}
}

// flags are those of the check that holds the trial.
func (t *trial) flags(business string) map[string]string {
	number := func(n int) string { return words.Either(n > 0, strconv.Itoa(n), "") }
	return map[string]string{
		"business": business, "workers": number(t.workers), "faults": number(t.faults), "only": strings.Join(check.Names(t.kinds), ","),
		"profile": t.profile, "max-deliveries": number(t.maxDeliveries),
	}
}

// note says what there is in a trial beside one fault of the kind.
func (t *trial) note() string {
	var parts []string
	if n := len(t.kinds); n > 1 {
		parts = append(parts, fmt.Sprintf("up to %d with %s", t.faults, words.Listed(check.Names(t.kinds[:n-1]))))
	}
	if t.workers > 0 {
		parts = append(parts, words.Count(t.workers, "worker"))
	}
	if t.maxDeliveries > 0 {
		parts = append(parts, "dead-lettered after "+words.Count(t.maxDeliveries, "delivery"))
	}
	if t.profile != "" {
		parts = append(parts, "on "+t.profile)
	}
	return strings.Join(parts, ", ")
}

// noted are the columns with something to be noted, those together that share it.
func noted(columns []string) string {
	var notes, names []string
	for _, column := range columns {
		t := tried(column)
		note := t.note()
		if note == "" {
			continue
		}
		if i := slices.Index(notes, note); i >= 0 {
			names[i] += ", " + column
			continue
		}
		notes, names = append(notes, note), append(names, column)
	}
	text := ""
	for i := range notes {
		text += "; " + names[i] + ": " + notes[i]
	}
	return text
}
