package proof

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"dejavu/broker"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/words"
)

// Told is a counterexample, and what to type to see it.
type Told struct {
	*check.Trace
	Play []string // labelled lines, each with its command at the end
	// Unplayed says why there is none.
	Unplayed string
	// Like names the business whose card has the same actions already, if one has.
	Like string
}

// Card writes what was found of one consumer in one business: what holds, within
// which bounds, and each way to break the rest.
func (c *Case) Card(s words.Layout, told []Told) string {
	var b strings.Builder
	head := s.Paint(words.Strong, strings.ToUpper(c.Lane.Consumer.Name)) + " · " + c.Lane.Business.String()
	if left := c.Result.Left; len(left) > 0 {
		head += " · " + s.Paint(words.Fault, "without "+listed(left)) + ": the result says nothing about " + words.Either(len(left) == 1, "it", "them")
	}
	b.WriteString(head + "\n")
	for _, p := range c.Options.Properties {
		b.WriteString(s.Hung(fmt.Sprintf("  %-12s  ", TitleIn(p, c.Lane.Business)), c.said(p)))
	}
	took := ""
	if s.Timed {
		took = ", in " + lasted(c.Took)
	}
	b.WriteString(s.Hung("  Searched  ", words.Say(words.Plain, c.Searched()+took)))
	if text := c.NoPlace(); text != "" {
		b.WriteString(s.Hung("  Excluded  ", words.Say(words.Plain, text)))
	}
	if text := c.LeftOut(); text != "" {
		b.WriteString(s.Hung("  Left out  ", words.Say(words.Plain, text)))
	}
	for _, t := range told {
		b.WriteString(t.Text(s))
	}
	return b.String()
}

// lasted writes how long something took, as exactly as it matters.
func lasted(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", max(d.Milliseconds(), 1))
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// said is what is to be said of a property, in a phrase.
func (c *Case) said(p sim.Property) words.Line {
	v := c.Result.Of(p)
	claim := words.Either(c.Required, "required", "claimed")
	switch c.Standing(p) {
	case Holds:
		if kept := c.kept(); p == sim.NeverTwice && kept != "" {
			return line(words.OK, "✓ holds within these bounds, if keys outlive the last retry: "+kept)
		}
		return line(words.OK, "✓ holds within these bounds")
	case Undecided:
		return line(words.Fault, "· not decided: the search stopped"+words.Either(c.Result.OutOfMemory(), " at its memory limit", "")+words.Either(slices.Contains(c.Claimed, p), ", but it is "+claim, ""))
	case Fails:
		return line(words.Wrong, "✗ BROKEN, though "+claim+": "+By(v.Counterexample))
	}
	by := words.Either(v.Counterexample.Faults == 0, "× breaks without any fault", "× breaks: "+By(v.Counterexample))
	return append(line(words.Wrong, by), words.Span{Text: "(" + c.beyond(p) + ")", As: words.Dim})
}

// kept says for how long keys are kept, if the verdict depends on it.
func (c *Case) kept() string {
	r := c.Result
	if !r.OnLength() {
		return ""
	}
	var parts []string
	if r.Stored > 0 {
		parts = append(parts, "here for "+words.Length(r.Stored))
	}
	if r.BankKeys > 0 {
		parts = append(parts, "at the bank for "+words.Length(r.BankKeys))
	}
	return words.Listed(parts)
}

// beyond says why it is no failure that a property breaks.
func (c *Case) beyond(p sim.Property) string {
	if slices.Contains(c.Claimed, p) {
		return "no claim covers that"
	}
	return words.Either(c.Required, "not required", "not claimed")
}

// Searched says how far the search went, and what its states stand for.
func (c *Case) Searched() string {
	r := c.Result
	text := fmt.Sprintf("%s, which cover %s", words.Count(r.States, "state"), Schedules(r.Schedules))
	switch {
	case r.Finished && r.UpTo == r.Bounds.Faults:
		return text
	case r.Finished:
		return fmt.Sprintf("%s, until every property was broken", words.Count(r.States, "state"))
	case r.UpTo < 0:
		return fmt.Sprintf("not finished: %s, not even every run without a fault", words.Count(r.States, "state"))
	}
	all := words.Either(r.UpTo == 0, "without a fault", fmt.Sprintf("with up to %s", words.Count(r.UpTo, "fault")))
	return fmt.Sprintf("not finished: %s; every run %s was tried (%s)", words.Count(r.States, "state"), all, Schedules(r.Schedules))
}

// LeftOut says which messages of a scenario were not searched, and how to have all of
// them searched. It is "" if there are none.
func (c *Case) LeftOut() string {
	left, n := c.Result.Left, len(c.Lane.Messages)
	if len(left) == 0 {
		return ""
	}
	text := fmt.Sprintf("%s of %s", listed(left), words.Count(n, "message"))
	if c.Options.Messages == 0 {
		most := min(c.bounds().MaxStates, c.bounds().GrowStates)
		text += fmt.Sprintf(": with one more message the search would not finish within %s", words.Count(most, "state"))
	}
	text += ". Messages that share a debt, an ID, a key, a body or a group are taken first"
	if n <= check.MaxMessages {
		return text + fmt.Sprintf("; --messages %d takes all of them.", n)
	}
	return text + fmt.Sprintf("; a search takes at most %d messages.", check.MaxMessages)
}

// listed names messages, at most four of them.
func listed(ids []string) string {
	if n := len(ids); n > 4 {
		return words.Listed(append(slices.Clone(ids[:3]), words.Count(n-3, "other message")))
	}
	return words.Listed(ids)
}

// NoPlace says which kinds of fault were asked for but cannot occur here, and why: a
// result says nothing about them. It is "" if there are none.
func (c *Case) NoPlace() string {
	var parts []string
	for _, k := range c.Result.NoPlace {
		parts = append(parts, fmt.Sprintf("%s: %s", k, places[k]))
	}
	return strings.Join(parts, "; ")
}

// places say why a kind of fault cannot occur.
var places = map[check.Kind]string{
	check.Crash: "no worker is at work", check.Restart: "no worker is at work", check.LoseAck: "no message is acked", check.ForgetAcks: "no message is acked",
	check.Overrun:   "no deadline passes while a worker is at work",
	check.LoseReply: "no step can lose its reply", check.Fail: "no step can fail",
	check.Copy: "nothing is published", check.Republish: "nothing is published", check.RepublishAs: "nothing is published", check.Reworded: "nothing is published",
	check.Redrive: "nothing is dead-lettered", check.RedriveAs: "nothing is dead-lettered",
	check.Delay:     "the queue keeps no order",
	check.ExpireKey: "no key expires", check.Evict: "no memory has a limit",
	check.LoseWrites: "no store is written to", check.StoreDown: "no store is used",
	check.DBDown: "no store is used", check.CacheDown: "no store is used",
	check.Rebalance: "no worker owns a partition", check.LoseDB: "no database is written to", check.LoseCache: "no cache is written to",
	check.FailDB: "no statement of a database ends an attempt", check.ClockAhead: "no row has a time that a worker compares with its own clock",
}

// bounds are the options that the search ran with.
func (c *Case) bounds() check.Options { return c.Result.Bounds }

// Bounds says within which bounds something holds.
func (c *Case) Bounds() string {
	o := c.bounds()
	faults := "no fault"
	if o.Faults > 0 {
		faults = fmt.Sprintf("up to %s of %s", words.Count(o.Faults, "fault"), words.Listed(check.Names(o.Kinds)))
	}
	workers := words.Count(o.Workers, "worker")
	if c.Lane.Consumer.Relay != nil {
		workers += words.Either(c.Lane.Relays > 1, " and "+words.Count(c.Lane.Relays, "relay"), " and a relay")
	}
	text := fmt.Sprintf("%s, %s, %s", words.Count(o.Messages, "message"), workers, faults)
	if slices.ContainsFunc(o.Kinds, copies) && o.Copies < o.Faults {
		text += fmt.Sprintf(", at most %s of a message", words.Either(o.Copies == 1, "1 copy", fmt.Sprintf("%d copies", o.Copies)))
	}
	return text + "; " + c.deliveries() + c.refuses() + "."
}

// refuses says which requests the receiver refuses, if it refuses any.
func (c *Case) refuses() string {
	w, b := c.Lane.Business.Part(sim.Business.HonoursKeys).Words(), c.Lane.Bank
	if !c.Lane.Business.Part(sim.Business.HonoursKeys).HonoursKeys() || b == (sim.Bank{}) {
		return ""
	}
	var what []string
	if b.InFlight == sim.Conflict {
		what = append(what, "a second request under a key at work")
	}
	if b.OtherBody == sim.RefuseBody {
		what = append(what, "another body under a key")
	}
	return "; " + w.Whom + " refuses " + words.Listed(what)
}

func copies(k check.Kind) bool {
	return slices.Contains([]check.Kind{check.Copy, check.Republish, check.RepublishAs, check.Reworded, check.Redrive, check.RedriveAs}, k)
}

// deliveries says how many of a message there can be, on which queue.
func (c *Case) deliveries() string {
	const any = "any number of deliveries"
	switch q := c.Lane.Queue; {
	case q.Name == "":
		return words.Either(q.MaxDeliveries > 0, words.Count(q.MaxDeliveries, "delivery")+" of a message, then "+words.Either(q.AtLimit == broker.Drop, "it is dropped", "the dead-letter queue"), any)
	case q.MaxDeliveries > 0:
		return fmt.Sprintf(any+" up to the %d that %s allows", q.MaxDeliveries, q.Name)
	default:
		return any + ", on " + q.Name
	}
}

// NotCovered says what was not tried.
func (c *Case) NotCovered() string {
	o := c.bounds()
	var rest []check.Kind
	for _, k := range check.Kinds() {
		if !slices.Contains(o.Kinds, k) {
			rest = append(rest, k)
		}
	}
	text := fmt.Sprintf("more than %s, %s or %s", words.Count(o.Messages, "message"), words.Count(o.Workers, "worker"), words.Count(o.Faults, "fault"))
	if len(rest) > 0 {
		text += "; " + words.Listed(check.Names(rest))
	}
	return text + "; a queue that loses messages it accepted."
}

// Text tells a counterexample: a row an action, cut to the width where a line of
// code is longer.
func (t *Told) Text(s words.Layout) string {
	var b strings.Builder
	title := fmt.Sprintf("%s is broken in %s", TitleIn(t.Property, t.Lane.Business), words.Count(len(t.Actions), "action"))
	if t.Like != "" {
		fmt.Fprintf(&b, "\n  %s: the same as for %s.\n", title, t.Like)
	} else {
		rows := Rows(t.Trace)
		file, one := file(rows)
		fmt.Fprintf(&b, "\n  %s%s:\n", title, words.Either(one, ", at lines of "+file, ""))
		b.WriteString(table(s, rows, one))
		fmt.Fprintf(&b, "  %s\n", s.Paint(words.Wrong, Ending(t.Trace)))
	}
	for _, line := range t.Play {
		fmt.Fprintf(&b, "  %s\n", line)
	}
	if t.Unplayed != "" {
		b.WriteString(s.Hung("  ", words.Say(words.Plain, t.Unplayed)))
	}
	return b.String()
}

// file returns the file that all rows are from that are from one, if it is the same:
// then it need not be named in each.
func file(rows []Row) (name string, one bool) {
	for i := range rows {
		file, _, has := strings.Cut(rows[i].Site, ":")
		if has && name != "" && file != name {
			return "", false
		}
		if has {
			name = file
		}
	}
	return name, name != ""
}

// leastCode is how many columns a line of source needs to be known again.
const leastCode = 16

// table writes rows one below the other; where all lines of source are from one file,
// with their numbers alone.
func table(s words.Layout, rows []Row, one bool) string {
	cells := make([][]string, len(rows))
	widths := make([]int, 5)
	for i := range rows {
		r := &rows[i]
		number, site := fmt.Sprint(r.Last), r.Site
		if r.First < r.Last {
			number = fmt.Sprintf("%d-%d", r.First, r.Last)
		}
		if one {
			_, site, _ = strings.Cut(site, ":")
		}
		cells[i] = []string{number, r.Who, r.Message, r.What.Plain(), site}
		for k, text := range cells[i] {
			if k == 3 && site == "" {
				continue // it has the line for itself
			}
			widths[k] = max(widths[k], ansi.StringWidth(text))
		}
	}
	left := func() int { return s.Width - (widths[0] + widths[1] + widths[2] + widths[3] + 10) }
	if wants := widths[4] + 2 + leastCode - left(); wants > 0 {
		widths[3] = max(widths[3]-wants, leastCode) // what is longer goes on in the next line
	}
	var b strings.Builder
	for i, c := range cells {
		before := fmt.Sprintf("  %*s  %s  %s  ", widths[0], c[0], words.Pad(c[1], widths[1]), words.Pad(c[2], widths[2]))
		columns := widths[3]
		if c[4] == "" {
			columns = max(columns, s.Width-ansi.StringWidth(before))
		}
		for k, what := range rows[i].What.Wrap(columns) {
			text := words.Either(k == 0, before, strings.Repeat(" ", ansi.StringWidth(before))) + what.Painted(s.Paint, widths[3])
			if k == 0 {
				text += "  " + s.Paint(words.Dim, rows[i].source(c[4], widths[4], max(left(), len(c[4]))))
			}
			b.WriteString(strings.TrimRight(text, " ") + "\n")
		}
	}
	return b.String()
}

// source is where a row is from and, in so many columns, that line of source.
func (r *Row) source(site string, width, room int) string {
	if r.Code != "" {
		site = words.Pad(site, width) + "  "
		site += r.Fit(room - ansi.StringWidth(site))
	}
	return ansi.Truncate(site, room, "...")
}
