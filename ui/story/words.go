package story

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"

	"github.com/charmbracelet/x/ansi"
)

// trade returns how a business talks.
func trade(b sim.Business) *sim.BusinessWords { return &b.Info().Words }

// Verb returns what is done to a customer in one word: charges, mails, takes.
func Verb(b sim.Business) string { return trade(b).Verbs }

// deed says what one effect does, such as "charges Bob $15".
func deed(b sim.Business, o *sim.Owed) string { return forWhom(trade(b).Does, o) }

// forWhom puts into the words of a business whom it is done to, and the amount.
func forWhom(words string, o *sim.Owed) string {
	return strings.NewReplacer("{Ann}", nameOf(o), "{$15}", Money(o.Amount)).Replace(words)
}

// Money writes cents as people write dollars: $15, $12.50, $10,000. Files write
// them without the comma.
func Money(cents int64) string { return commas(scenarios.Money(cents)) }

// Amount writes a number of a business's units: $15, 3 mails, 1 item.
func Amount(b sim.Business, n int64) string { return commas(scenarios.Amount(b, n)) }

// grouped writes a number with commas: 12,500.
func grouped(n int64) string { return commas(strconv.FormatInt(n, 10)) }

// commas groups the first number in a text by thousands.
func commas(text string) string {
	from := strings.IndexAny(text, "0123456789")
	to := from
	for to < len(text) && text[to] >= '0' && text[to] <= '9' {
		to++
	}
	for i := to - 3; i > from; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// Clock writes a moment of a run: 0:06.0, 12:00.5, 1:00:00, 8d 0:05:00.
func Clock(d time.Duration) string {
	tenths := int64(d / (100 * time.Millisecond))
	s, m, h := tenths/10%60, tenths/600%60, tenths/36000
	switch {
	case h >= 24:
		return fmt.Sprintf("%dd %d:%02d:%02d", h/24, h%24, m, s)
	case h > 0:
		return fmt.Sprintf("%d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%d:%02d.%d", m, s, tenths%10)
}

// Length writes how long something lasts, as people say it: 30 s, 8 d.
func Length(d time.Duration) string {
	text := sim.Span(d)
	split := strings.IndexFunc(text, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if split < 0 || strings.ContainsAny(text[split+1:], "0123456789") {
		return text
	}
	unit := text[split:]
	if unit == "m" {
		unit = "min" // a lone m looks like a message
	}
	return text[:split] + " " + unit
}

// nth writes a number as a place: 1st, 2nd, 3rd, 11th.
func nth(n int) string {
	suffix := "th"
	if n%100 < 11 || n%100 > 13 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}

// terms pairs plain words with the field's standard ones. A word is followed by
// its term where it is used first.
var terms = map[string]string{
	"hidden":  "visibility timeout",
	"done":    "ack",
	"back":    "nack",
	"parked":  "dead-letter queue",
	"dropped": "dedup window",
}

// speaker knows which terms were explained already.
type speaker struct{ said map[string]bool }

// term returns the standard term in brackets when a word is used first, else "".
// A nil speaker explains nothing.
func (s *speaker) term(word string) string {
	if s == nil {
		return ""
	}
	if s.said == nil {
		s.said = map[string]bool{}
	}
	if s.said[word] {
		return ""
	}
	s.said[word] = true
	return " (" + terms[word] + ")"
}

// Heading is what a harm is called where it cannot be overlooked: CHARGED TWICE.
func (l *Lane) Heading(m *Mark) string {
	t := trade(l.Run.Lane.Business)
	switch {
	case m.Kind == Never:
		return strings.ToUpper("never " + t.Did)
	case m.Kind == Buried:
		return "PARKED"
	case m.Nth > 2:
		return strings.ToUpper(t.Did + " " + times(m.Nth))
	}
	return strings.ToUpper(t.Did + " twice")
}

// Nth writes a number as a place: 1st, 2nd.
func Nth(n int) string { return nth(n) }

// Ledger is what the list of effects is called.
func Ledger(b sim.Business) string {
	return trade(b).Ledger
}

// Took is the heading of what was done in all: taken, sent.
func Took(b sim.Business) string { return trade(b).Taken }

// MessageName returns what a broker message of the lane is called.
func (l *Lane) MessageName(n int) string {
	if n < len(l.Run.Lane.Messages) {
		return l.Run.Lane.Messages[n].ID
	}
	for len(l.copies) <= n-len(l.Run.Lane.Messages) {
		l.copies = append(l.copies, l.Run.World().Name(len(l.Run.Lane.Messages)+len(l.copies)))
	}
	return l.copies[n-len(l.Run.Lane.Messages)]
}

// Name returns what the message of an event is called.
func (l *Lane) Name(e *sim.Event) string { return l.MessageName(int(e.Msg)) }

// Busy is the largest number of workers that are at work at the same time.
func (l *Lane) Busy() int {
	if l.busy > 0 {
		return l.busy
	}
	busy, now := map[int8]bool{}, 0
	for i := range l.Run.Events() {
		e := l.event(i)
		switch {
		case e.Kind == sim.Restart:
			clear(busy)
		case e.Kind == sim.Deliver:
			busy[e.Worker] = true
		case e.Finished:
			delete(busy, e.Worker)
		}
		now = max(now, len(busy))
	}
	l.busy = max(now, 1)
	return l.busy
}

// Delivered returns how many deliveries there were in a lane by now.
func (v *LaneView) Delivered() int {
	n, q := 0, v.World.Queue()
	for i := range q.Len() {
		if q.State(i) != broker.Unpublished {
			n += q.Deliveries(i)
		}
	}
	return n
}

// Body returns the lines of the lane's handler, as consumers.Body does. With a relay
// they are followed by the place of the ack, a heading, and the lines of the relay: as
// they stand in the file, one below the other.
func (l *Lane) Body() []string {
	if l.body == nil {
		l.body, l.first = consumers.Body(l.Consumer.Name)
		l.handler = len(l.body)
		if lines, _ := consumers.RelayBody(l.Consumer.Name); len(lines) > 0 {
			l.body = append(append(l.body, "ack", "relay:"), lines...)
		}
		for i, line := range l.body {
			l.body[i] = strings.ReplaceAll(line, "\t", "    ")
		}
	}
	return l.body
}

// AckLine is the line, after the handler's last, at which its return is reported
// to the queue: an ack is a place of its own.
func (l *Lane) AckLine() int { return len(l.Body()) + 1 }

// AckWord is what stands there: the relay's ack is a mark in the outbox.
func (l *Lane) AckWord() string { return yesNo(l.Consumer.Relay != nil, "mark sent", "ack") }

// Standing returns the line of the handler at which an attempt stands after an
// event of it: where its step was asked for, the place of the ack, or 0 before the
// first line.
func (l *Lane) Standing(i int) int {
	e := l.event(i)
	switch {
	case e.Kind == sim.Deliver && e.Relayed():
		l.Body()
		return l.handler + 3
	case e.Kind == sim.Deliver || e.Kind == sim.Restart:
		return 0
	case e.Op == sim.OpReturn && l.Consumer.Relay != nil && !e.Relayed():
		l.Body()
		return l.handler + 1
	case e.Op == sim.OpReturn:
		return l.AckLine()
	}
	return l.Line(i)
}

// Before returns the last step of the handler's own before an event of its attempt,
// or the event itself if it is one, or its delivery.
func (l *Lane) Before(i int) int {
	for k := i; k >= 0; k = int(l.event(k).Cause) {
		e := l.event(k)
		if e.Receipt != l.event(i).Receipt || e.Kind == sim.Deliver {
			break
		}
		if e.Op.Asked() && e.Op != sim.OpRollback && e.Kind != sim.Nothing && e.Kind != sim.Crash {
			return k
		}
	}
	return i
}

// Reached returns the line of the handler that an attempt had reached with an event:
// where it stands or, at its ack, the line that led there.
func (l *Lane) Reached(i int) int {
	if line := l.Standing(i); line < l.AckLine() {
		return line
	}
	return min(l.Standing(l.Before(i)), l.AckLine()-1)
}

// Remark says in a word or two what an event came to, to be read beside the line of
// its step.
func (l *Lane) Remark(i int) (string, Meaning) {
	e := l.event(i)
	_, key := l.row(e)
	switch {
	case e.Kind == sim.Deliver:
		return "begins", Dim
	case e.Kind == sim.Crash || e.Op == sim.OpPanic:
		return "✗ crash", Fault
	case e.Kind == sim.Restart:
		return "✗ restart", Fault
	case e.Kind == sim.Nothing:
		return yesNo(l.slows(e), "slow", "frozen"), Fault
	case e.OutOfReach():
		return "out of reach", Fault
	case e.Deadlocked():
		return "deadlock", Fault
	case e.Kind == sim.Fail:
		return "error", Fault
	case e.Kind == sim.LoseAck:
		return "ack lost", Fault
	case e.Kind == sim.LoseReply:
		return "reply lost", Fault
	case l.effect[i] > 1:
		return Nth(l.effect[i]) + " time", Wrong
	case e.Fenced():
		return "token too old", OK
	case e.Op.Performs():
		return yesNo(e.Done, trade(l.Run.Lane.Business).Did, "key known"), yesNo(e.Done, Plain, OK)
	case e.Op == sim.OpRedelivered:
		return yesNo(e.Answer == 1, "flagged", "not flagged"), found(e.Answer == 1)
	case e.Op == sim.OpCacheGet && e.Answer > 0:
		return key + " " + l.Run.Answer(e), OK
	case e.Op == sim.OpGet && l.stored(i) != notStored:
		return yesNo(l.stored(i) == firstResult, "first answer", "other request"), yesNo(l.stored(i) == firstResult, OK, Fault)
	case e.Op == sim.OpSwap:
		return yesNo(e.Answer == 1, "changed ", "not as it was: ") + key, Plain
	case e.Op == sim.OpCacheSetIf || e.Op == sim.OpCacheDeleteIf:
		return yesNo(e.Answer == 1, "changed ", "not its ") + key, found(e.Answer != 1)
	case e.Op.Claims():
		return yesNo(e.Answer == 1, key+" is new", key+" found"), found(e.Answer != 1)
	case e.Op == sim.OpHas || e.Op == sim.OpGet || e.Op == sim.OpCacheGet || e.Op == sim.OpLookup:
		return yesNo(e.Answer > 0, key+" found", yesNo(key == "", "nothing there", "no "+key)), found(e.Answer > 0)
	case e.Op == sim.OpReturn || e.Op == sim.OpAck:
		return said(e)
	case e.Op == sim.OpEnqueue:
		return "to the outbox", Plain
	case e.Op.Marks():
		return "wrote " + key, Plain
	}
	return "", Plain
}

// said is what the queue made of what a worker said.
func said(e *sim.Event) (string, Meaning) {
	switch e.Reply {
	case sim.Taken:
		switch e.Late {
		case sim.InTime:
			return yesNo(e.Relayed(), "sent", "acked"), OK
		case sim.AfterDone:
			return "done already", Fault
		}
		return "acked late", OK
	case sim.Returned:
		return "given back", Plain
	case sim.AckIgnored, sim.AckRejected, sim.NackIgnored:
		return "too late", Fault
	case sim.Buried:
		return "parked", Wrong
	case sim.Discarded:
		return "dropped", Wrong
	}
	return "", Plain
}

// Struck is a fault that struck something owed.
type Struck struct {
	Fault sim.Fault
	Step  int // the first step with which it struck, in any lane

	relay    bool // it struck the relay, and is told so
	delivery int  // the how manieth it struck, or less than 2
}

// Text says in a few words that it has struck, such as "the ack got lost".
func (x *Struck) Text() string {
	text := struckText(&x.Fault, yesNo(x.relay, "the relay", "its worker"))
	if x.delivery > 1 {
		text += " (" + nth(x.delivery) + " time)"
	}
	return text
}

// Letter returns the badge of a kind of fault, as it stands on every face.
func Letter(k sim.FaultKind) string { return "[" + string(rune(k.Info().Letter)) + "]" }

// findStruck sorts the faults that struck by what they struck; those that struck
// everything come last.
func (s *Story) findStruck() {
	s.struck = make([][]Struck, len(s.Scenario.Messages)+1)
	type what struct {
		owed int
		Struck
	}
	known := map[what]int{}
	for k, l := range s.Lanes {
		for i := range l.Run.Events() {
			s.pace.did(1)
			e := l.event(i)
			if e.Fault < 0 {
				continue
			}
			owed := l.owedOf(i)
			if owed < 0 {
				owed = len(s.Scenario.Messages)
			}
			f := *l.fault(e)
			f.Drawn = false
			x := Struck{Fault: f, relay: e.Relayed() && strings.Contains(f.Kind.Info().Words.Struck, "{worker}"), delivery: max(int(e.Receipt.Delivery), 1)}
			this := what{owed, x}
			x.Step = s.stepOf(k, i)
			if at, again := known[this]; again {
				s.struck[owed][at].Step = min(s.struck[owed][at].Step, x.Step)
			} else {
				known[this] = len(s.struck[owed])
				s.struck[owed] = append(s.struck[owed], x)
			}
		}
	}
	for _, all := range s.struck {
		sort(s.pace, all, func(a, b Struck) int { return cmp.Compare(a.Step, b.Step) })
	}
}

// struckText says in a few words that a fault has struck, and whose worker if one's.
func struckText(f *sim.Fault, worker string) string {
	point := ""
	if f.Before != "" {
		point = " before the " + f.Before
	} else if f.After != "" {
		point = " after the " + f.After
	}
	return fill(f.Kind.Info().Words.Struck, f, "{worker}", worker, "{point}", point)
}

// fill puts into the words of a fault what its fields say, and what else they need.
func fill(words string, f *sim.Fault, more ...string) string {
	return strings.NewReplacer(append(more,
		"{for}", Length(f.For),
		"{id}", yesNo(f.NewID, "new", "same"),
		"{an id}", yesNo(f.NewID, "a new message ID", "the same message ID"),
		"{last}", newest(f.Last),
	)...).Replace(words)
}

// newest says how many commits are lost.
func newest(n int) string {
	if n <= 1 {
		return "their newest write"
	}
	return fmt.Sprint("their ", n, " newest writes")
}

// Struck returns the faults that have struck something owed by now; those that
// struck all of it for an index of -1.
func (v *View) Struck(owed int) []Struck {
	if v.struck == nil {
		v.findStruck()
	}
	if owed < 0 {
		owed = len(v.struck) - 1
	}
	all := v.struck[owed]
	n, _ := slices.BinarySearchFunc(all, v.Step+1, func(x Struck, step int) int { return cmp.Compare(x.Step, step) })
	return all[:n]
}

// WorkerName names a worker, from 0, as people count.
func WorkerName(n int) string {
	if n < len(workerNames) {
		return workerNames[n]
	}
	return "worker " + strconv.Itoa(n+1)
}

var workerNames = [...]string{"worker 1", "worker 2", "worker 3", "worker 4"}

// Meaning is what a piece of text is, so that a face can colour it. It is never
// colour alone: each is also a letter, a sign or a word.
type Meaning uint8

// The meanings.
const (
	Plain  Meaning = iota
	OK             // as it should be
	Wrong          // twice, or never
	Fault          // what went wrong
	Dim            // scaffolding
	Strong         // a heading
)

// Paint colours a piece of text by what it means. NoPaint leaves it as it is.
type Paint func(Meaning, string) string

// NoPaint is the Paint of a terminal without colour.
func NoPaint(_ Meaning, text string) string { return text }

// Span is a piece of text and what it means.
type Span struct {
	Text string
	As   Meaning
}

// Line is a line of text, or more than fits in one: its spans, with a blank between
// any two.
type Line []Span

func (s *Line) add(as Meaning, text string) { *s = append(*s, Span{text, as}) }

// join appends a phrase, after a comma if it is not the first.
func (s *Line) join(as Meaning, text string) {
	if len(*s) > 0 {
		(*s)[len(*s)-1].Text += ","
	}
	s.add(as, text)
}

// width is how many cells a text takes on a terminal.
func width(text string) int { return ansi.StringWidth(text) }

func (s Line) width() int {
	n := max(0, len(s)-1) // a blank between two
	for _, p := range s {
		n += width(p.Text)
	}
	return n
}

// Plain returns the text without its meanings.
func (s Line) Plain() string {
	words := make([]string, len(s))
	for i, p := range s {
		words[i] = p.Text
	}
	return strings.Join(words, " ")
}

// Wrap breaks Line into lines of a width, at blanks. A word that is longer than
// a line is cut.
func (s Line) Wrap(columns int) []Line {
	var lines []Line
	var line Line
	for _, p := range s {
		for _, word := range strings.Fields(p.Text) {
			for width(word) > columns {
				if len(line) > 0 {
					lines, line = append(lines, line), nil
				}
				head := ansi.Truncate(word, columns, "")
				if head == "" { // not even its first character fits
					head, _ = ansi.FirstGraphemeCluster(word, ansi.GraphemeWidth)
				}
				lines = append(lines, Line{{head, p.As}})
				word = word[len(head):]
			}
			if word == "" {
				continue
			}
			if len(line) > 0 && line.width()+1+width(word) > columns {
				lines, line = append(lines, line), nil
			}
			if n := len(line); n > 0 && line[n-1].As == p.As {
				line[n-1].Text += " " + word
			} else {
				line.add(p.As, word)
			}
		}
	}
	if len(line) > 0 {
		lines = append(lines, line)
	}
	return lines
}

// paint writes the Line in colour, padded to a width. Trailing blanks are for
// the caller to trim.
func (s Line) paint(paint Paint, columns int) string {
	var b strings.Builder
	for i, p := range s {
		if i > 0 {
			b.WriteByte(' ')
		}
		if p.As == Plain {
			b.WriteString(p.Text)
		} else {
			b.WriteString(paint(p.As, p.Text))
		}
	}
	b.WriteString(strings.Repeat(" ", max(0, columns-s.width())))
	return b.String()
}
