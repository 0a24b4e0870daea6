package handler

import (
	"fmt"
	"slices"
	"strings"
)

// maxLines is how long a report may be.
const maxLines = 25

// A row is a line of a report, in columns.
type row struct {
	mark, text, answer, site, changes string
	spare                             bool // the first to go where there is no room
}

// Report tells a counterexample in at most 25 lines: what happened, a line an operation,
// why, what else breaks it, what was tried, and how to repeat it. repeat writes the
// command that plays a plan.
func (r *Findings) Report(repeat func(plan string) string) string {
	b := r.Broken
	foot := []string{"why: " + b.why()}
	if len(b.AlsoBy) > 0 {
		foot = append(foot, "also by: "+some(b.AlsoBy, 100))
	}
	foot = append(foot, r.tried())
	if b.Plan != "" {
		foot = append(foot, "repeat: "+repeat(b.Plan))
	} else {
		foot = append(foot, "repeat: it takes no fault at all; run the test again")
	}
	rows := fit(b.w.rows(), maxLines-1-len(foot))
	lines := append([]string{b.headline()}, table(rows)...)
	return strings.Join(append(lines, foot...), "\n")
}

// headline says what is broken, and by what.
func (b *Broken) headline() string {
	var by []string
	for i := range b.w.trace {
		if d := &b.w.trace[i]; d.chosen != None {
			by = append(by, fmt.Sprintf("%s %s %s", faultRows[d.chosen].noun, faultRows[d.chosen].point, d.at.name()))
		}
	}
	if len(by) == 0 {
		return fmt.Sprintf("%v, without any fault:", b.Err)
	}
	return fmt.Sprintf("%v, by %s:", b.Err, strings.Join(by, " and "))
}

// tried says how much was tried.
func (r *Findings) tried() string {
	b := r.Broken
	text := fmt.Sprintf("tried: %s, fewest faults first; it broke at number %d", plural(r.Schedules, "schedule"), b.Schedule)
	return text + "; bounds: " + r.bounds()
}

// bounds names the bounds of a search.
func (r *Findings) bounds() string {
	return fmt.Sprintf("%s, %s, %s, 2 workers", plural(len(r.Trial.Messages), "message"), plural(r.Trial.Faults, "fault"), plural(r.Trial.Switches, "switch"))
}

// some joins names as far as there is room.
func some(names []string, room int) string {
	text := ""
	for i, name := range names {
		if len(text)+len(name) > room && i > 0 {
			return fmt.Sprintf("%s and %d more", text, len(names)-i)
		}
		if i > 0 {
			text += ", "
		}
		text += name
	}
	return text
}

// rows tells a schedule.
func (w *world) rows() (rows []row) {
	both := slices.ContainsFunc(w.story, func(l line) bool { return l.by.env.slot == 1 })
	for _, l := range w.story {
		who := "  "
		if both {
			who = fmt.Sprintf("  %d ", l.by.env.slot+1)
		}
		switch r := l.row(); {
		case l.kind == resumed && !both, l.kind == freed:
		case l.kind == delivered:
			rows = append(rows, r)
		default:
			r.text = who + r.text
			rows = append(rows, r)
		}
	}
	return rows
}

// row is a line in columns.
func (l *line) row() row {
	r := row{mark: "  "}
	if l.fault != None {
		r.mark = "! "
	}
	switch l.kind {
	case delivered:
		name := l.by.letter.name()
		if id := l.by.w.Messages[l.by.letter.message].ID; id != "" && id != name && l.by.letter.copy == 0 {
			name += " (" + cut(id, 30) + ")" // a plan knows it by its number
		}
		r.text = fmt.Sprintf("the queue delivers %s to %s", name, l.by.env.worker())
		if l.by.delivery > 1 {
			r.text += fmt.Sprintf(", delivery %d", l.by.delivery)
		}
	case stepped:
		r.text, r.answer, r.site = l.at.told(), l.at.answer, l.at.site()
		if l.fault != None {
			r.answer = faultRows[l.fault].deed
		}
		r.changes = strings.Join(l.at.changes, "; ")
		r.spare = l.at.quiet()
	case struck:
		r.text = l.text
		if r.text == "" {
			r.text = faultRows[l.fault].deed + " " + cut(squeeze(l.at.text), 30)
		}
		r.site = l.at.site()
	case held:
		r.text, r.site = "waits: the other worker holds the lock", l.at.site()
	case resumed:
		r.text, r.spare = "goes on", true
	case outcome:
		r.text = cut(squeeze(l.text), 70)
	}
	return r
}

// told is an operation with its arguments.
func (p *place) told() string {
	text := cut(squeeze(p.text), 44)
	if p.detail != "" {
		text = cut(squeeze(p.text), 36) + " [" + cut(p.detail, 16) + "]"
	}
	return text
}

// fit leaves out what matters least until there is room: beginnings of transactions, then
// stretches of operations at which nothing struck and nothing changed.
func fit(rows []row, room int) []row {
	if len(rows) > room {
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.spare && r.mark == "  " })
	}
	for len(rows) > room {
		from, to := longestDull(rows)
		if to-from < 2 {
			half := room / 2
			left := len(rows) - room + 1
			return slices.Concat(rows[:half], []row{{mark: "  ", text: fmt.Sprintf("  .. %d lines", left)}}, rows[half+left:])
		}
		keep := max(0, to-from-1-(len(rows)-room))
		skipped := row{mark: "  ", text: fmt.Sprintf("  .. %s, nothing strikes", plural(to-from-keep, "operation"))}
		rows = slices.Concat(rows[:from+keep], []row{skipped}, rows[to:])
	}
	return rows
}

// longestDull finds the longest stretch of rows without a mark and without a change.
func longestDull(rows []row) (from, to int) {
	start := 0
	for i := 0; i <= len(rows); i++ {
		if i < len(rows) && rows[i].mark == "  " && rows[i].changes == "" && rows[i].site != "" {
			continue
		}
		if i-start > to-from {
			from, to = start, i
		}
		start = i + 1
	}
	return from, to
}

// table aligns the columns of rows.
func table(rows []row) (lines []string) {
	var text, answer, site int
	for _, r := range rows {
		if r.site != "" || r.answer != "" {
			text = max(text, len([]rune(r.text)))
		}
		answer, site = max(answer, len([]rune(r.answer))), max(site, len(r.site))
	}
	for _, r := range rows {
		l := "  " + r.mark + pad(r.text, text) + "  "
		if answer > 0 {
			l += pad(r.answer, answer) + "  "
		}
		lines = append(lines, strings.TrimRight(l+pad(r.site, site)+"  "+r.changes, " "))
	}
	return lines
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-len([]rune(text))))
}

// Success says what was struck and within which bounds it holds, for a log.
func (r *Findings) Success() string {
	var b strings.Builder
	fmt.Fprintf(&b, "holds within these bounds: %s; %s tried. Struck (an operation that is missing here is one that no wrapper saw):", r.bounds(), plural(r.Schedules, "schedule"))
	for _, l := range r.Places {
		b.WriteString("\n    " + l)
	}
	b.WriteString("\nnot tried: times of the queue; more messages, workers, faults or switches")
	if left := setOf(r.Trial.Without...); left != 0 {
		b.WriteString("; " + strings.ReplaceAll(left.names(), " ", ", "))
	}
	if len(r.Trial.Ignore) > 0 {
		fmt.Fprintf(&b, "; anything at %q", r.Trial.Ignore)
	}
	return b.String()
}

// A taking is an operation that took effect, and in which delivery.
type taking struct {
	at *place
	by *attempt
}

// why says in one sentence what went wrong, as far as comparisons show it: of the
// deliveries with each other, and of the schedule with the run without faults.
func (b *Broken) why() string {
	if twice := b.w.repeated(b.w.took(true)); twice != "" {
		return twice
	}
	if missing := b.missing(); missing != "" {
		return missing
	}
	if twice := b.w.repeated(b.w.took(false)); twice != "" {
		return twice
	}
	if b.Plan == "" {
		return "the handler does it without any help"
	}
	return "compare the lines marked ! with what the property wants"
}

// repeated is the sentence for an effect that was taken in two deliveries; "" if none was.
func (w *world) repeated(took []taking) string {
	for i, second := range took {
		for _, first := range took[:i] {
			if first.at.text == second.at.text && first.by != second.by && first.by.letter.message == second.by.letter.message {
				return fmt.Sprintf("%s took effect in %s, and again in %s: nothing that lasted told the second of the first",
					first.named(), first.by.ordinal(), second.by.ordinal())
			}
		}
	}
	return ""
}

// ordinal names an attempt in a sentence.
func (a *attempt) ordinal() string {
	return fmt.Sprintf("delivery %d of %s", a.delivery, a.letter.name())
}

// took lists what took effect: what a watch saw to change, or else what was done and
// leaves a trace that no crash undoes.
func (w *world) took(seen bool) (all []taking) {
	for _, l := range w.story {
		if l.kind != stepped || l.fault != None && l.fault != LoseReply {
			continue
		}
		if seen && len(l.at.changes) > 0 || !seen && l.at.lasts() && l.at.kind != commit && l.at.kind != point && l.at.answer != "0 rows" {
			all = append(all, taking{l.at, l.by})
		}
	}
	return all
}

func (t taking) named() string {
	text := cut(squeeze(t.at.text), 40)
	if site := t.at.site(); site != "" {
		text += " (" + site + ")"
	}
	return text
}

// missing is the sentence for an effect that the run without faults has, and this one has not.
func (b *Broken) missing() string {
	done := b.w.took(false)
	for _, l := range b.base.took(false) {
		if slices.ContainsFunc(done, func(t taking) bool { return t.at.text == l.at.text && t.by.letter.message == l.by.letter.message }) {
			continue
		}
		for _, a := range slices.Backward(b.w.attempts) {
			if a.letter.message == l.by.letter.message && a.letter.settled {
				return fmt.Sprintf("%s was acked in delivery %d without %s, which a run without faults has", a.letter.name(), a.delivery, l.named())
			}
		}
		return fmt.Sprintf("%s never happened, which a run without faults has", l.named())
	}
	return ""
}

// lineKind is what a line of a story tells.
type lineKind uint8

const (
	delivered lineKind = iota // the queue hands a message over
	stepped                   // an operation was let go
	struck                    // a fault struck instead
	held                      // somebody has to wait for another
	freed                     // and waits no more
	resumed                   // another worker goes on
	outcome                   // what a delivery came to
)

// A line is something that happened in a schedule.
type line struct {
	kind  lineKind
	by    *attempt
	at    *place
	fault Trouble
	text  string
}

// note keeps a line, if the schedule is told.
func (w *world) note(l line) {
	if w.telling {
		w.story = append(w.story, l)
	}
}

// look asks the watches what has changed by the last operation of an attempt.
func (w *world) look(a *attempt) {
	if !w.telling {
		return
	}
	for i, watch := range w.Watches {
		var now string
		w.outside(func() { now = watch.See() })
		switch {
		case len(w.changed) <= i:
			w.changed = append(w.changed, now)
		case w.changed[i] != now:
			w.changed[i] = now
			if a != nil && a.at != nil {
				a.at.changes = append(a.at.changes, watch.Name+": "+now)
			}
		}
	}
}
