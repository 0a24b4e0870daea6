package explain

import (
	"regexp"
	"slices"
	"strings"

	"dejavu/sim"
)

// drawing finds the ways that leave a trunk.
type drawing struct {
	b   sim.Business
	out []Branch
}

// fork is a way from a place. Answers after which a handler does the same are one.
type fork struct {
	labels  []string
	refused bool // one of the answers is an error
	looks   string
	to      *place
}

// trunk goes along the undisturbed way and draws what leaves it.
func (d *drawing) trunk(t *trunk, at *place) {
	for i := range t.steps {
		acked := acked(t.steps[:i+1])
		k := slices.IndexFunc(at.ways, func(w way) bool { return w.answer == t.steps[i].Answer })
		if k < 0 {
			return
		}
		on := at.ways[k].to
		for _, f := range d.forks(at, acked) {
			switch drawn := f.looks == d.looks(on, acked); {
			case !drawn:
				d.draw(&f, i, 0, acked)
			case f.refused:
				d.out = append(d.out, Branch{i, 0, "error", "go on"})
			}
		}
		at = on
	}
}

// draw draws a fork, and those that it comes to below it.
func (d *drawing) draw(f *fork, off, deep int, acked bool) {
	label := strings.Join(f.labels, " or ")
	if len(f.labels) > 1 && !slices.ContainsFunc(f.labels, func(l string) bool { return !strings.HasPrefix(l, "error") }) {
		label = "error"
	}
	var steps []string
	at, forks := f.to, []fork(nil)
	for {
		if text := named(&at.StepTaken, acked, d.b); text != "" {
			steps = append(steps, text)
		}
		acked = acked || at.Op == sim.OpAck
		if forks = d.forks(at, acked); len(forks) != 1 {
			break
		}
		at = forks[0].to
	}
	then := strings.Join(steps, arrow)
	if then == "" {
		then = "nothing"
	}
	d.out = append(d.out, Branch{off, deep, label, then})
	for i := range forks {
		d.draw(&forks[i], off, deep+1, acked)
	}
}

// forks are the ways from a place. What every handler does with an error goes
// without saying: it hands it on.
func (d *drawing) forks(at *place, acked bool) []fork {
	var all []fork
	for _, w := range at.ways {
		if w.refused && plainNack(w.to) {
			continue
		}
		looks, label := d.looks(w.to, acked), label(at, &w)
		i := slices.IndexFunc(all, func(f fork) bool { return f.looks == looks })
		if i < 0 {
			i = len(all)
			all = append(all, fork{looks: looks, to: w.to})
		}
		if !slices.Contains(all[i].labels, label) {
			all[i].labels = append(all[i].labels, label)
		}
		all[i].refused = all[i].refused || w.refused
	}
	return all
}

// looks is all that is drawn from a place on, as a text to compare by.
func (d *drawing) looks(at *place, acked bool) string {
	text := named(&at.StepTaken, acked, d.b)
	acked = acked || at.Op == sim.OpAck
	for _, f := range d.forks(at, acked) {
		text += "(" + f.looks + ")"
	}
	return text
}

// plainNack reports whether nothing comes of a place but the end of the attempt
// with an error.
func plainNack(at *place) bool {
	for at.Op == sim.OpRollback && len(at.ways) > 0 {
		at = at.ways[0].to
	}
	return at.Op == sim.OpReturn && at.Failed
}

// named is a step as a picture writes it: the name that a fault would give it, and
// what it is about. A return after an ack says nothing.
func named(s *sim.StepTaken, acked bool, b sim.Business) string {
	switch {
	case s.Op == sim.OpReturn && acked:
		return ""
	case s.Op == sim.OpReturn && s.Failed:
		return "nack"
	case s.Op == sim.OpReturn:
		return "ack"
	}
	text := s.Op.String()
	if s.Op.Performs() {
		text = strings.Replace(text, "perform", b.Words().Verb, 1)
	}
	key := identity(s.Key)
	switch {
	case s.Table != "" && key != "":
		text += " " + s.Table + "/" + key
	case s.Table+key != "":
		text += " " + s.Table + key
	}
	if s.Value != "" && strings.Trim(s.Value, "0123456789") != "" && s.Value != "seen" && s.Value != "done" {
		text += "=" + identity(s.Value)
	}
	return text
}

// identity is a key as a picture writes it. The specimen says of most which one it
// is; a hash of it does not.
func identity(key string) string {
	if strings.HasPrefix(key, "new-") {
		return "fresh-id"
	}
	return hash.ReplaceAllString(key, "fingerprint")
}

var hash = regexp.MustCompile(`\b[0-9a-f]{8,}\b`)

// label says what a step was answered where a way leaves.
func label(at *place, w *way) string {
	if w.refused {
		return "error: " + strings.SplitN(w.answer, ":", 2)[0]
	}
	values := 0
	for _, o := range at.ways {
		if strings.HasPrefix(o.answer, `"`) {
			values++
		}
	}
	switch at.Op {
	case sim.OpLock, sim.OpLockNoWait:
		return yesNo(w.answer, "locked", "no such row")
	case sim.OpLockSkipLocked:
		return yesNo(w.answer, "locked", "skipped or not there")
	case sim.OpTryAdvisoryLock:
		return yesNo(w.answer, "locked", "another's")
	case sim.OpAdvisoryUnlock:
		return yesNo(w.answer, "freed", "not held")
	case sim.OpInsert, sim.OpInsertOrFail, sim.OpPutIfAbsent, sim.OpCacheAdd:
		return yesNo(w.answer, "free", "taken")
	case sim.OpSwap:
		return yesNo(w.answer, "as it was", "changed meanwhile")
	case sim.OpLookup:
		return yesNo(w.answer, "done already", "not done")
	case sim.OpRedelivered:
		return yesNo(w.answer, "delivered before", "first time")
	case sim.OpHas:
		return yesNo(w.answer, "there", "not there")
	case sim.OpRememberWithin:
		return yesNo(w.answer, "new", "there")
	case sim.OpGet, sim.OpCacheGet:
		if w.answer == "nothing" {
			return "not there"
		}
		if values == 1 {
			return "there"
		}
	}
	if w.answer == "" {
		return "else"
	}
	return strings.Trim(w.answer, `"`)
}

func yesNo(answer, yes, no string) string {
	if answer == "yes" {
		return yes
	}
	return no
}
