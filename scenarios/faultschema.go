package scenarios

import (
	"fmt"

	"dejavu/sim"
)

// faultText is what the schema says of a kind of fault: what it is, in one word and in
// full, its fields ("strikes" is what it strikes), and how often chance draws it.
type faultText struct {
	about, full, rate string
	fields            map[string]string
}

// faultTexts has one of each kind.
var faultTexts = map[sim.FaultKind]faultText{
	sim.LoseAckFault: {
		about: "The ack of a delivery does not reach the queue.",
		full:  "A lost ack, in full.",
		rate:  "How often an ack is lost.",
		fields: map[string]string{
			"strikes": "The delivery whose ack is lost.",
			"times":   "How many deliveries lose their ack: this one and the next ones.",
		},
	},
	sim.CrashFault: {
		about: "The process dies: its memory is gone, its open transaction rolled back. Default: before the ack.",
		full:  "A crash, in full. Give one of before and after.",
		rate:  "How often a process dies during a delivery: before or after the effect, or before the ack.",
		fields: map[string]string{
			"strikes": "The delivery during which it crashes.",
			"before":  "It crashes just before this: effect, ack, or a step such as commit.",
			"after":   "It crashes just after this: effect, or a step such as insert.",
		},
	},
	sim.PauseFault: {
		about: "The worker freezes and goes on later, knowing nothing of it. By default it freezes for 45s, just before the effect.",
		full:  "A pause, in full. Give one of before and after.",
		rate:  "How often a worker freezes for 45s during a delivery.",
		fields: map[string]string{
			"strikes": "The delivery during which it freezes.",
			"before":  "It freezes just before this: effect, ack, or a step such as commit.",
			"after":   "It freezes just after this: effect, or a step such as insert.",
			"for":     "How long it is frozen.",
		},
	},
	sim.FailFault: {
		about: "A step answers with an error and has done nothing (503): once, several times, or each time for a while.",
		full:  "A definite error, in full.",
		rate:  "How often the effect answers with an error and does nothing.",
		fields: map[string]string{
			"strikes": "The delivery during which a step fails. If for is set, m1 means every delivery of m1, and all means every message.",
			"step":    "Which step fails: the first with this name. Left out, it is the effect. A database step that fails ends the handler. Only lock, insert-or-fail and commit return the error to it.",
			"times":   "How many deliveries it fails in: this one and the next ones.",
			"at":      "With for: when it begins, from the start. Left out, at the start.",
			"for":     "How long the receiver is down: every such step meanwhile fails.",
		},
	},
	sim.LoseReplyFault: {
		about: "A step is done, but the worker gets an error (504): once, several times, or each time for a while.",
		full:  "An ambiguous error, in full.",
		rate:  "How often the effect is done and its reply lost.",
		fields: map[string]string{
			"strikes": "The delivery during which a reply is lost. If for is set, m1 means every delivery of m1, and all means every message.",
			"step":    "Which step's reply is lost: the first with this name. Left out, it is the effect's.",
			"times":   "How many deliveries lose it: this one and the next ones.",
			"at":      "With for: when it begins, from the start. Left out, at the start.",
			"for":     "How long: every such reply meanwhile is lost.",
		},
	},
	sim.SlowFault: {
		about: "The effect takes long: the receiver is slow, and the worker waits for it. Strikes every delivery of a message, or only the one that is named; `all` is every message. Default: 70s.",
		full:  "A slow receiver, in full.",
		rate:  "How often the effect takes 70s.",
		fields: map[string]string{
			"strikes": "What it is slow for: m1 is every delivery of message m1, m1/2 only the second, all is every message.",
			"for":     "How long the effect takes, in place of the usual time.",
		},
	},
	sim.ClockFault: {
		about: "The worker's clock is ahead. To that worker a lock or a row with an end expires that much earlier, and the worker takes it over. Default: 15m.",
		full:  "A clock that is ahead, in full.",
		rate:  "How often a worker's clock is 15m ahead during a delivery.",
		fields: map[string]string{
			"strikes": "What is handled with that clock: m1 is every delivery of message m1, m1/2 only the second, all is every message.",
			"by":      "How far it is ahead: it takes over a row that has no more time left than that.",
		},
	},
	sim.CopyFault: {
		about: "The network delivers a message twice, behind any dedup of the broker.",
		full:  "A copy, in full.",
		rate:  "How often the network delivers a message twice.",
		fields: map[string]string{
			"strikes": "The message that is copied.",
			"later":   "How long after the publish the copy comes.",
		},
	},
	sim.RepublishFault: {
		about: "The producer publishes a message again.",
		full:  "A second publish, in full.",
		rate:  "How often a message is published again, half of them under a new message ID.",
		fields: map[string]string{
			"strikes": "The message that is published again.",
			"later":   "How long after the first publish it comes.",
			"new-id":  "Whether it has a message ID of its own: true for a second click, false for a producer's retry.",
			"body":    "The new body, if new-id is true: the same fact in other words. Left out, the body is the same.",
		},
	},
	sim.RedriveFault: {
		about: "An operator puts a message, or a copy of it, back from the dead-letter queue. If neither is there, nothing happens.",
		full:  "A redrive from the dead-letter queue, in full.",
		rate:  "How often a message that is in the dead-letter queue 8 days after its publish is put back, half of them under a new message ID.",
		fields: map[string]string{
			"strikes": "The message that is put back.",
			"later":   "How long after the publish the operator gets to it.",
			"new-id":  "Whether the tool gives it a new message ID, or keeps the old one.",
		},
	},
	sim.DelayFault: {
		about: "A message reaches the queue late, so that one published after it may come first.",
		full:  "A late publish, in full.",
		rate:  "How often a message reaches the queue 5s late.",
		fields: map[string]string{
			"strikes": "The message that is late.",
			"for":     "How much later it reaches the queue.",
		},
	},
	sim.RestartFault: {
		about: "All processes are replaced, as in a deploy: killed or, with drain, asked to end first (SIGTERM).",
		full:  "A restart, in full.",
		rate:  "How often all processes are replaced within 30s of a publish.",
		fields: map[string]string{
			"at":    "When all processes are replaced, from the start.",
			"drain": "How long a busy process may go on before it is killed (the grace period). It takes nothing more, and what it has not begun of its batch goes back to the queue. Left out, it is killed at once.",
		},
	},
	sim.ForgetAcksFault: {
		about: "The broker fails over and forgets the last acks: those messages are delivered again, though they were settled.",
		full:  "A failover of the broker, in full.",
		rate:  "How often the broker forgets its last ack within 30s of a publish.",
		fields: map[string]string{
			"at":   "When it fails over, from the start.",
			"last": "How many acks are forgotten, counted from the newest. Where an ack is an offset, what came after it in its partition comes back as well.",
		},
	},
	sim.LoseWritesFault: {
		about: "The stores fail over and lose their last commits; what was committed together is lost together.",
		full:  "A failover of the stores, in full.",
		rate:  "How often the stores lose their last commit within 30s of a publish.",
		fields: map[string]string{
			"at":    "When they fail over, from the start.",
			"last":  "How many commits are lost, newest first: transactions, and writes outside them.",
			"which": "Which of them: the database alone, the cache alone, or both.",
		},
	},
	sim.StoreDownFault: {
		about: "Database and cache are out of reach for a while.",
		full:  "An outage of the stores, in full.",
		rate:  "How often the stores go down for 20s within 30s of a publish.",
		fields: map[string]string{
			"at":    "When they go down, from the start.",
			"for":   "How long they are out of reach.",
			"which": "Which of them: the database alone, the cache alone, or both. The database takes along the outbox and, for stock, the effect.",
		},
	},
	sim.RebalanceFault: {
		about: "A member joins the group or leaves it while all are well: partitions move to another owner, from the last commit on, and whoever is at work ends what it has in hand. It needs a queue with assign: owner, such as kafka.",
		full:  "A rebalance, in full.",
		rate:  "How often a member joins or leaves within 30s of a publish.",
		fields: map[string]string{
			"at":   "When the owners change, from the start.",
			"join": "Whether a member joins and gets its share; false for one that leaves, the one with the most partitions.",
		},
	},
}

// faultForm is the schema of a field of a fault: its type, and what it is where nobody says.
func faultForm(k sim.FaultKind, name string) string {
	usual := k.Info().Usual
	switch name {
	case "before", "after":
		return defined("point")
	case "for":
		if usual.For == 0 {
			return defined("span")
		}
		return defined("span") + fmt.Sprintf(`, "default": %q`, sim.Span(usual.For))
	case "by":
		return defined("span") + fmt.Sprintf(`, "default": %q`, sim.Span(usual.By))
	case "later":
		return defined("span") + fmt.Sprintf(`, "default": %q`, sim.Span(usual.Later))
	case "at", "drain":
		return defined("span")
	case "last":
		return fmt.Sprintf(`"type": "integer", "minimum": 1, "maximum": %d, "default": %d`, sim.MaxLast, usual.Last)
	case "body":
		return fmt.Sprintf(`"type": ["string", "number"], "maxLength": %d`, maxBody)
	case "which":
		return oneOf([]string{"both", sim.WhichDB, sim.WhichCache}) + `, "default": "both"`
	case "join":
		return fmt.Sprintf(`"type": "boolean", "default": %t`, usual.Join)
	case "new-id":
		return fmt.Sprintf(`"type": "boolean", "default": %t`, usual.NewID)
	}
	return defined(name)
}

// faultAbout describes a field of a fault.
func faultAbout(k sim.FaultKind, name string) string {
	if name == "worker" {
		return "Strikes only if this worker has the message, counted from 1."
	}
	return faultTexts[k].fields[name]
}

// kindFields are the kinds of fault as keys: what each strikes, or all of it in braces.
func kindFields() []field {
	var fields []field
	for _, k := range sim.FaultKinds() {
		form := defined("long-" + string(k))
		switch {
		case k.ByAttempt():
			form = `"oneOf": [{` + defined("target") + `}, {` + form + `}]`
		case !k.ByWorld():
			form = `"oneOf": [{` + defined("id") + `}, {` + form + `}]`
		}
		fields = append(fields, field{name: string(k), form: form}.says(faultTexts[k].about))
	}
	return fields
}

// faultDefinitions are the frames of the faults in full, each with its table.
func faultDefinitions() string {
	text := ""
	for _, k := range sim.FaultKinds() {
		text += fmt.Sprintf("    \"long-%s\": {\n      \"type\": \"object\", \"description\": %q,\n      \"table\": \"long-%[1]s\"\n    },\n", k, faultTexts[k].full)
	}
	return text
}
