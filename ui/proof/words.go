package proof

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/words"
)

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
	last := make([]sim.Op, w.Workers()) // the last step of each worker's attempt
	var all []string
	for _, a := range t.Actions {
		if w.Cost(a) > 0 {
			all = append(all, named(w, a, last, t.Lane.Business))
		}
		switch {
		case a.Kind == sim.Deliver:
			last[a.Worker] = 0
		case a.Kind.TakesStep():
			last[a.Worker], _ = w.Pending(int(a.Worker))
		}
		w.Do(a)
	}
	return all
}

func named(w *sim.World, a sim.Action, last []sim.Op, b sim.Business) string {
	if row := a.Kind.Fault(); row.Words.One != "" {
		text, as := row.Words.One, words.Either(a.Kind == row.Actions[0], "", " under a new message ID")
		if row.Strikes == sim.AtAttempt {
			text = strings.NewReplacer("{between}", between(w, a.Worker, last, b), "{step}", stepName(w, a.Worker, b)).Replace(text)
		}
		return strings.NewReplacer("{as}", as).Replace(text)
	}
	if a.Kind == sim.Publish {
		return "delay, so that another of its group comes first"
	}
	if h := w.Overruns(a); h >= 0 {
		return "pause past a deadline, " + between(w, int8(h), last, b)
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
func between(w *sim.World, worker int8, last []sim.Op, b sim.Business) string {
	before, after := last[worker], stepName(w, worker, b)
	if before == 0 {
		return "before " + after
	}
	return "between " + called(before, b) + " and " + after
}

func stepName(w *sim.World, worker int8, b sim.Business) string {
	op, _ := w.Pending(int(worker))
	if op == sim.OpReturn && int(worker) == w.Relay() {
		return "marking it sent"
	}
	return called(op, b)
}

func called(o sim.Op, b sim.Business) string {
	switch {
	case o.Performs():
		return b.Words().Act
	case o == sim.OpReturn || o == sim.OpAck:
		return "the ack"
	}
	return "the " + o.String()
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
	check.Redrive: "redrives", check.RedriveAs: "redrives under a new ID", check.Delay: "late publishes", check.Restart: "restarts",
	check.ExpireKey: "keys that expire", check.Evict: "keys pushed out of memory", check.ForgetAcks: "forgotten acks",
	check.LoseWrites: "lost writes", check.StoreDown: "outages of the store",
}
