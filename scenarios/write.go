package scenarios

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"dejavu/broker"
	"dejavu/sim"
)

// Write returns a scenario as a file, which Parse reads as that scenario. What is
// as it would be by default is left out, but for the business, which everybody
// should try to change. So is what a file cannot say: which draws of chance are
// spared, and what is expected of a consumer that is not watched.
func Write(s *Scenario) []byte {
	var b strings.Builder
	line := func(key, value string) { b.WriteString(key + ": " + value + "\n") }
	line("title", blockText(s.Title))
	if s.Teaches != "" {
		line("teaches", blockText(s.Teaches))
	}
	if s.Story != "" {
		line("story", folded(s.Story))
	}
	if s.Question != "" {
		line("question", blockText(s.Question))
	}
	line("business", s.Business.String()+"   # "+businesses())
	if s.Seed != DefaultSeed {
		line("seed", strconv.FormatUint(s.Seed, 10))
	}
	if s.Until != 0 {
		line("until", sim.Span(s.Until))
	}
	b.WriteString("\nmessages:\n")
	writeMessages(&b, s.Messages)
	if q := queueParts(s.Queue); len(q) > 0 {
		b.WriteString("\n")
		line("queue", "{"+strings.Join(q, ", ")+"}")
	}
	if s.BankKeys != 0 {
		b.WriteString("\n")
		line("bank", "{keys: "+keysText(s.BankKeys)+"}")
	}
	b.WriteString("\n")
	line("consumers", "["+strings.Join(s.Consumers, ", ")+"]")
	if s.Workers != DefaultWorkers {
		line("workers", strconv.Itoa(s.Workers))
	}
	if len(s.Faults) > 0 {
		b.WriteString("\nfaults:\n")
	}
	for _, f := range s.Faults {
		b.WriteString("  " + FaultLine(f) + "\n")
	}
	if len(s.Rates) > 0 {
		b.WriteString("\n")
		line("rates", ratesLine(s.Rates))
	}
	writeExpect(&b, s)
	return []byte(b.String())
}

// keysText is how long the bank honours a key, as a file says it.
func keysText(d time.Duration) string {
	if d == sim.Forever {
		return forever
	}
	return sim.Span(d)
}

// businesses are all there are, as a comment lists them.
func businesses() string {
	var names []string
	for _, b := range sim.Businesses() {
		names = append(names, b.String())
	}
	return strings.Join(names, " | ")
}

// writeMessages writes a line for each message, one below the other as in a table.
func writeMessages(b *strings.Builder, owed []sim.Owed) {
	rows := make([][]string, len(owed))
	var widths [3]int
	for i := range owed {
		rows[i] = messageParts(&owed[i], i)
		for k := range widths {
			widths[k] = max(widths[k], utf8.RuneCountInString(rows[i][k])+1)
		}
	}
	for _, row := range rows {
		b.WriteString("  - {")
		for k, text := range row {
			switch {
			case k == len(row)-1:
				b.WriteString(text)
			case k < len(widths):
				fmt.Fprintf(b, "%-*s ", widths[k], text+",")
			default:
				b.WriteString(text + ", ")
			}
		}
		b.WriteString("}\n")
	}
}

// messageParts are the keys and values of a message: the first four always, the
// others where they are not as they would be by default.
func messageParts(m *sim.Owed, place int) []string {
	usual := sim.Owed{ID: m.ID, Message: broker.Message{Customer: m.Customer, Amount: m.Amount}}
	fillIn(&usual, place)
	fields := []string{"id: " + flowText(m.ID), "at: " + sim.Span(m.At), "customer: " + flowText(m.Customer), "amount: " + Money(m.Amount)}
	for _, f := range []struct{ key, is, usual string }{
		{"message-id", m.Message.ID, usual.Message.ID}, {"key", m.Key, usual.Key}, {"body", m.Body, usual.Body},
		{"seq", strconv.Itoa(m.Seq), strconv.Itoa(usual.Seq)}, {"group", m.Group, usual.Group},
	} {
		if f.is != f.usual {
			fields = append(fields, f.key+": "+flowText(f.is))
		}
	}
	return fields
}

// queueParts write a queue as a preset, or as what differs from one or from the
// default, whichever is shortest. There are none for the default.
func queueParts(q broker.Profile) []string {
	if preset, named := broker.Preset(q.Name); named && reflect.DeepEqual(preset, q) {
		return []string{"profile: " + q.Name}
	}
	best, found := queueChanges(defaultQueue(), q)
	for _, base := range broker.Presets() {
		parts, sayable := queueChanges(base, q)
		if !sayable || len(parts) == 0 || found && len(parts)+1 >= len(best) { // without a part, it would be read as the preset
			continue
		}
		best, found = append([]string{"profile: " + base.Name}, parts...), true
	}
	return best
}

// queueChanges are the keys that make one queue of another, and whether there are
// such: there is no word for no timeout and for no batch.
func queueChanges(from, to broker.Profile) (parts []string, sayable bool) {
	is, was := queueKeys(to), queueKeys(from)
	sayable = true
	for i, key := range is {
		if key == was[i] {
			continue
		}
		parts = append(parts, key)
		sayable = sayable && key != "visibility: 0s" && key != "batch: 0"
	}
	return parts, sayable
}

// queueKeys are all keys of a queue, with their values.
func queueKeys(q broker.Profile) []string {
	redeliver := q.Redeliver.String()
	if q.Redeliver == broker.OnTimer|broker.OnDisconnect {
		redeliver = "[timer, disconnect]"
	}
	waits := make([]string, len(q.Backoff))
	for i, d := range q.Backoff {
		waits[i] = sim.Span(d)
	}
	return []string{
		"visibility: " + sim.Span(q.Visibility), "late-ack: " + q.LateAck.String(), "stale-ack: " + q.StaleAck.String(), "redeliver-on: " + redeliver,
		"max-deliveries: " + strconv.Itoa(q.MaxDeliveries), "nack-delay: " + sim.Span(q.NackDelay), "backoff: [" + strings.Join(waits, ", ") + "]",
		"heartbeat: " + strconv.FormatBool(q.Heartbeat), "order: " + q.Order.String(), "ack-unit: " + q.AckUnit.String(),
		"batch: " + strconv.Itoa(q.Batch), "assign: " + q.Assign.String(), "dedup-window: " + sim.Span(q.DedupWindow),
		"dedup-by: " + q.DedupBy.String(), "at-limit: " + q.AtLimit.String(), "heartbeat-interval: " + sim.Span(q.HeartbeatInterval),
	}
}

// ratesLine writes rates, in the order in which they are drawn.
func ratesLine(rates sim.Rates) string {
	var parts []string
	for _, k := range sim.FaultKinds() {
		if rate, set := rates[k]; set {
			parts = append(parts, string(k)+": "+Rate(rate))
		}
	}
	return "{" + strings.Join(parts, ", ") + "}"
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

// writeExpect writes what is expected of the consumers that are watched.
func writeExpect(b *strings.Builder, s *Scenario) {
	head := "\nexpect:\n"
	for _, e := range s.Expect {
		if slices.Contains(s.Consumers, e.Consumer) {
			fmt.Fprintf(b, "%s  %s: {%s}\n", head, e.Consumer, strings.Join(e.parts(s.Business), ", "))
			head = ""
		}
	}
}

// parts are the keys of what is stated, with their values.
func (e *Expectation) parts(b sim.Business) []string {
	var parts []string
	for _, v := range []struct {
		key string
		ids []string
	}{{"twice", e.Twice}, {"never", e.Never}, {"parked", e.Parked}, {"pending", e.Pending}} {
		if v.ids == nil {
			continue
		}
		ids := make([]string, len(v.ids))
		for i, id := range v.ids {
			ids[i] = flowText(id)
		}
		parts = append(parts, v.key+": ["+strings.Join(ids, ", ")+"]")
	}
	for _, v := range []struct {
		key   string
		units *int64
	}{{"excess", e.Excess}, {"missing", e.Missing}} {
		switch {
		case v.units == nil:
		case b.Info().Money || e.InMoney:
			parts = append(parts, v.key+": "+Money(*v.units))
		default:
			parts = append(parts, v.key+": "+strconv.FormatInt(*v.units, 10))
		}
	}
	return parts
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
