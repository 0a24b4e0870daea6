package proof

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/fault"
	"dejavu/sim/tell"
	"dejavu/ui/words"
)

// TooMuch is what an effect too many is called in a business: twice or, of a status, stale.
func TooMuch(b sim.Business) string {
	if b.Info().LastWins {
		return sim.Stale.String()
	}
	return sim.Twice.String()
}

// TitleIn is Title in a business: of a status, never twice is never stale.
func TitleIn(p sim.Property, b sim.Business) string {
	if p == sim.NeverTwice {
		return "never " + TooMuch(b)
	}
	return Title(p)
}

// Title is a property as a person says it: never twice.
func Title(p sim.Property) string { return strings.ReplaceAll(p.String(), "-", " ") }

// By says in a phrase what it takes to break a property: one crash, between the
// charge and the commit.
func By(t *check.Trace) string {
	faults := summary(t)
	switch len(faults) {
	case 0:
		return "no fault at all"
	case 1:
		return "one " + faults[0]
	}
	return words.Listed(slices.Concat([]string{"one " + faults[0]}, each("one ", faults[1:])))
}

func each(head string, texts []string) []string {
	all := make([]string, len(texts))
	for i := range texts {
		all[i] = head + texts[i]
	}
	return all
}

// summary names each fault of a trace and where it struck.
func summary(t *check.Trace) []string {
	w := t.Begin()
	last := make([]string, w.Workers()) // what the last step of each worker's attempt is called
	var all []string
	for _, a := range t.Actions {
		if w.Cost(a) > 0 {
			all = append(all, named(w, a, last))
		}
		switch {
		case a.Kind == sim.Deliver || a.Kind == sim.Begin:
			last[a.Worker] = ""
		case a.Kind.TakesStep():
			last[a.Worker] = called(w, a.Worker)
		}
		w.Do(a)
	}
	return all
}

func named(w *sim.World, a sim.Action, last []string) string {
	if row := fault.Of(a.Kind); row.Words.One != "" {
		text, as := row.Words.One, words.Either(a.Kind == row.Actions[0], "", " under a new message ID"+words.Either(a.Kind == sim.RepublishReworded, ", in other words", ""))
		if a.Kind == sim.Drain {
			as = ", which are asked to end first"
		}
		if row.Strikes == sim.AtAttempt {
			text = strings.NewReplacer("{between}", between(w, a.Worker, last), "{step}", stepName(w, a.Worker)).Replace(text)
		}
		return strings.NewReplacer("{as}", as).Replace(tell.Stores(a.Kind).Fill(text))
	}
	if a.Kind == sim.Publish {
		return "delay, so that another of its group comes first"
	}
	if w.HeldTooLong(a) {
		return "deadline that passes while a message is held for its time"
	}
	if h := w.Overruns(a); h >= 0 {
		return "pause past a deadline, " + between(w, int8(h), last)
	}
	switch {
	case a.Kind == sim.Evict:
		return "key that a process forgets"
	case a.Table == sim.AtBank:
		return "key that the bank forgets"
	case a.Table != 0:
		return "row that expires"
	}
	return "key that a cache forgets"
}

// between names the place of a worker between two steps.
func between(w *sim.World, worker int8, last []string) string {
	before, after := last[worker], stepName(w, worker)
	if before == "" {
		return "before " + after
	}
	return "between " + before + " and " + after
}

func stepName(w *sim.World, worker int8) string {
	op, _ := w.Pending(int(worker))
	if op == sim.OpReturn && w.IsRelay(int(worker)) {
		return w.Mark().Doing
	}
	return called(w, worker)
}

// called is what the step is called that a worker will take next.
func called(w *sim.World, worker int8) string {
	switch o, _ := w.Pending(int(worker)); {
	case o.Performs():
		return w.PendingPart(int(worker)).Words().Act
	case o == sim.OpReturn || o == sim.OpAck:
		return "the ack"
	default:
		return "the " + o.String()
	}
}

// Schedules writes a number of schedules. Above what is counted exactly, a number
// is only about right, and says so.
func Schedules(n float64) string {
	switch {
	case math.IsInf(n, 1):
		return "schedules without end"
	case n > 1<<53:
		exponent := int(math.Log10(n))
		return fmt.Sprintf("about %.1f times 10 to the %d schedules", n/math.Pow10(exponent), exponent)
	}
	return words.Count(int64(n), "schedule")
}

// Troubles are kinds of fault in plain words.
func Troubles(kinds []check.Kind) []string {
	all := make([]string, len(kinds))
	for i, k := range kinds {
		all[i] = troubles[k]
	}
	return all
}

// troubles names each kind of fault, as several of them.
var troubles = map[check.Kind]string{
	check.Crash: "crashes", check.Overrun: "pauses past a deadline", check.LoseAck: "lost acks", check.LoseReply: "lost replies",
	check.Fail: "errors", check.Copy: "copies", check.Republish: "republishes", check.RepublishAs: "republishes under a new ID",
	check.Reworded: "republishes in other words",
	check.Redrive:  "redrives", check.RedriveAs: "redrives under a new ID", check.Delay: "late publishes", check.Restart: "restarts",
	check.ExpireKey: "keys that expire", check.Evict: "keys pushed out of memory", check.ForgetAcks: "forgotten acks",
	check.LoseWrites: "lost writes", check.StoreDown: "outages of the store",
	check.DBDown: "outages of the database", check.CacheDown: "outages of the cache",
	check.Rebalance: "rebalances", check.ClockAhead: "clocks that are ahead", check.FailDB: "statements that fail",
	check.LoseDB: "lost writes of the database", check.LoseCache: "lost writes of the cache",
}
