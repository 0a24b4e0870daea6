package scenarios

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"dejavu/broker"
	"dejavu/sim"
)

// Write returns a scenario as a file, which Parse reads as that scenario. What is
// as it would be by default is left out, but for the business, which everybody
// should try to change. So is what a file cannot say: which draws of chance are
// spared, and what is expected of a consumer that is not watched.
func Write(s *Scenario) []byte { return (&reader{s: *s, comment: choices}).written() }

// Canonical is Write for texts that are hashed and sent, which stay the same when a business
// is new: in a comment it does not list all there are.
func Canonical(s *Scenario) []byte { return (&reader{s: *s, comment: explained}).written() }

// written writes the scenario that was read.
func (r *reader) written() []byte {
	var b strings.Builder
	usual := &reader{s: Scenario{Workers: DefaultWorkers, Seed: DefaultSeed, Queue: defaultQueue()}, comment: r.comment}
	for _, f := range changed(r.scenarioFields(), usual.scenarioFields()) {
		if slices.Contains(apart, f.name) {
			b.WriteString("\n")
		}
		text := f.text()
		if !strings.HasPrefix(text, "\n") {
			text = " " + text
		}
		b.WriteString(f.name + ":" + text + "\n")
	}
	return []byte(b.String())
}

// apart are the keys of a file with an empty line before them.
var apart = []string{"messages", "queue", "bank", "consumers", "faults", "rates", "expect"}

// changed are the fields to write: those that must be there, and those that are not as
// in another table of the same keys.
func changed(is, was []field) []field {
	var fields []field
	for i, f := range is {
		if text := f.text(); f.need != "" || f.shown || text != was[i].text() {
			f.text = func() string { return text }
			fields = append(fields, f)
		}
	}
	return fields
}

// inBraces writes a mapping in a line.
func inBraces(fields []field) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = f.name + ": " + f.text()
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// choices are the businesses there are, as a comment lists them or, for a business that a
// list does not explain, what it is.
func choices(b sim.Business) string {
	if len(b.Parts()) > 1 || b.Info().LastWins {
		return explained(b)
	}
	var names []string
	for _, b := range sim.Businesses() {
		names = append(names, b.String())
	}
	return strings.Join(names, " | ")
}

// explained is the comment at a business in a text that is hashed. A business that is new
// must not change those of the others: so it lists those of one effect alone.
func explained(b sim.Business) string {
	var names []string
	for _, part := range b.Parts() {
		names = append(names, part.String())
	}
	if len(names) > 1 {
		return strings.Join(names, ", ") + " of each message"
	}
	if b.Info().LastWins {
		return "the last write wins"
	}
	names = nil
	for _, b := range sim.SingleEffects() {
		names = append(names, b.String())
	}
	return strings.Join(names, " | ")
}

// messagesText writes a line for each message, one below the other as in a table.
func (r *reader) messagesText() string {
	rows, at := make([][]field, len(r.s.Messages)), map[string]int{}
	var widths [3]int
	for i, m := range r.s.Messages {
		usual := sim.Owed{ID: m.ID, Message: broker.Message{Customer: m.Customer, Amount: m.Amount}}
		var of *sim.Owed
		if n, listed := at[m.Owes]; listed {
			of = &r.s.Messages[n]
		}
		at[m.ID] = i
		fillIn(&usual, of, i)
		rows[i] = changed(r.messageFields(&m, new(places)), r.messageFields(&usual, new(places)))
		for k := range widths {
			widths[k] = max(widths[k], utf8.RuneCountInString(inBraces(rows[i][k:k+1])))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		b.WriteString("\n  - {")
		for k, w := range widths {
			part := strings.Trim(inBraces(row[k:k+1]), "{}")
			fmt.Fprintf(&b, "%-*s", w, part+",")
		}
		b.WriteString(inBraces(row[len(widths):])[1:])
	}
	return b.String()
}

// queueParts are the fields to write of a queue: a preset, or what differs from one or
// from the default, whichever is shortest. There are none for the default.
func queueParts(q broker.Profile) []field {
	is := (&reader{}).queueFields(&q)
	if preset, named := broker.Preset(q.Name); named && reflect.DeepEqual(preset, q) {
		return is[:1]
	}
	usual := defaultQueue()
	best, found := queueChanges(is, (&reader{}).queueFields(&usual))
	if found && len(best) == 0 {
		return nil
	}
	for _, base := range broker.Presets() {
		was := (&reader{}).queueFields(&base)
		parts, sayable := queueChanges(is, was)
		if !sayable || len(parts) == 0 || found && len(parts)+1 >= len(best) { // without a part, it would be read as the preset
			continue
		}
		best, found = append(was[:1], parts...), true
	}
	return best
}

// queueChanges are the fields by which one queue is another, and whether a file can say so: there is no word for no timeout and for no batch.
func queueChanges(is, was []field) (parts []field, sayable bool) {
	parts = changed(is[1:], was[1:])
	slices.SortStableFunc(parts, func(a, b field) int { return slices.Index(closing, a.name) - slices.Index(closing, b.name) })
	return parts, !slices.ContainsFunc(parts, func(f field) bool {
		return f.name == "visibility" && f.text() == "0s" || f.name == "batch" && f.text() == "0"
	})
}

// closing are the keys that end the line of a queue.
var closing = []string{"at-limit", "heartbeat-interval", "session-timeout", "consumer-timeout", "rebalance", "max-nacks", "free-nacks", "stale-nack", "bad-ack-closes", "resumes", "rejects", "commits-back"}

// faultLines write a fault a line.
func faultLines(faults []sim.Fault) string {
	var b strings.Builder
	for _, f := range faults {
		b.WriteString("\n  " + FaultLine(f))
	}
	return b.String()
}

// Expect states what came out for a consumer, so that a file of a scenario that was
// played is a test of it. That nothing was parked and nothing is pending goes
// without saying.
func Expect(consumer string, o Balance) Expectation {
	return Expectation{
		Consumer: consumer,
		Twice:    append([]string{}, o.Twice...), Never: append([]string{}, o.Never...),
		Parked: o.Parked, Pending: o.Pending, Excess: &o.Excess, Missing: &o.Missing,
	}
}

// expectText writes what is expected of the consumers that are watched.
func (r *reader) expectText() string {
	var b strings.Builder
	for _, e := range r.s.Expect {
		if slices.Contains(r.s.Consumers, e.Consumer) {
			b.WriteString("\n  " + e.Consumer + ": " + inBraces(changed(r.expectFields(&e), r.expectFields(&Expectation{}))))
		}
	}
	return b.String()
}

// Rate writes a probability so that reading it gives the very same number, in
// percent where that can be done.
func Rate(rate float64) string {
	percent := strconv.FormatFloat(rate*100, 'g', 10, 64) + "%"
	if same, err := sim.ParseRate(percent); err == nil && same == rate {
		return percent
	}
	return strconv.FormatFloat(rate, 'g', -1, 64)
}

// bare matches a text that YAML takes as it is, wherever it stands.
var bare = sync.OnceValue(func() *regexp.Regexp { // when it is needed: all letters take long
	return regexp.MustCompile(`^[\pL\pN$](?:[\pL\pN$%&()*+./;=?!'_ -]*[\pL\pN$%)+./;=?!'_-])?$`)
})

// isBare reports whether a text needs no quotes.
func isBare(text string) bool { return bare().MatchString(text) && !strings.EqualFold(text, "null") }

// flowText writes a text within braces or brackets, in quotes where it would be
// taken for something else without.
func flowText(text string) string {
	if isBare(text) {
		return text
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(text) + `"`
}

// blockText writes a text on a line of its own, where a comma is only a comma.
func blockText(text string) string {
	if !strings.HasPrefix(text, ",") && isBare(strings.ReplaceAll(text, ",", "")) {
		return text
	}
	return flowText(text)
}

// widestProse is where lines of prose are broken.
const widestProse = 80

// folded writes prose in lines, which YAML joins again: a blank line stands for a
// line that ends where it ended. Prose with other blanks than those between words
// is quoted.
func folded(text string) string {
	lines := []string{">"}
	for i, paragraph := range strings.Split(text, "\n") {
		words := strings.Fields(paragraph)
		if strings.Join(words, " ") != paragraph {
			return flowText(text)
		}
		if i > 0 {
			lines = append(lines, "")
		}
		for n, word := range words {
			last := &lines[len(lines)-1]
			if n > 0 && utf8.RuneCountInString(*last+word) < widestProse {
				*last += " " + word
			} else {
				lines = append(lines, "  "+word)
			}
		}
	}
	if strings.Trim(text, "\n") != text {
		return flowText(text)
	}
	return strings.Join(lines, "\n")
}
