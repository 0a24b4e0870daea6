package packed

import "strings"

// A text that only names things is shorter in words than deflated, where each match costs
// three bytes: a letter is one byte, one of the short words one, and one of the long words
// two. A word is taken where a letter would be, the longest that fits.
//
// The words belong to the version, as the dictionary does. New ones go to the end of the
// long words: there they make no token unreadable.

// inWords is the first byte of a text in words. No deflated text begins with it: its lowest
// bits would be a block of the type that RFC 1951 reserves.
const inWords = 0x07

// From firstShort on a byte is a short word, and from firstLong on half a long one.
const (
	firstShort = 0x80
	firstLong  = 0xe0
)

var shortWords = [firstLong - firstShort]string{
	"\nwith lose-ack:", "\nwith crash:", "\nwith pause:", "\nwith fail:", "\nwith lose-reply:",
	"\nwith slow:", "\nwith copy:", "\nwith republish:", "\nwith redrive:", "\nwith delay:",
	"\nwith restart:", "\nwith forget-acks:", "\nwith lose-writes:", "\nwith store-down:",
	"\nwithout ", "\nconsumers ", "\nbusiness ", "\nprofile ", "\nrates ", "\nmax-events ",
	"card", "mail", "stock", ":m1", ":m2", ":m3", "/1", "/2", "/3", "/after-", "/before-",
	"effect", "ack", "0s", "0ms", "s,for=", "m,for=", "s\nwith ", ",for=", ",later=", ",times=",
	",at=", ",last=", ",worker=", ",step=", ",new-id=true", "=5%",
}

var longWords = strings.Fields(`
lose-ack crash pause fail lose-reply slow copy republish redrive delay restart forget-acks
lose-writes store-down has remember remember-within remove get put put-if-absent delete
compare-and-set insert add enqueue begin commit rollback cache-get cache-set
cache-put-if-absent cache-delete cache-set-if cache-delete-if perform perform-once
perform-unique perform-fenced lookup new-id deliveries redelivered mark check naive
ack-first broker-window memory-set memory-lru redelivered-flag check-then-act mark-first
mark-remove lease lease-fenced inbox inbox-key inbox-ttl inbox-hash high-water-mark
unique-effect lookup-first gateway-key gateway-key-random inbox-and-gateway-key
stored-result outbox outbox-and-gateway-key fail-open fail-closed drop-on-error sqs-standard
sqs-fifo rabbitmq-quorum jetstream servicebus-peeklock pubsub redis-streams ghost-charge
where-from three-orders store-must-survive outside-world keys order-and-leases quiet-day
lost-ack lost-ack-then-crash crash-after-effect crash-before-effect one-line-too-early twins
stop-the-world slow-bank producer-retry ten-minutes-later impatient-customer bank-503
bank-504 commit-never-came poison-tail bare-decrement deploy eight-day-redrive
busy-afternoon two-coffees copy-paste-key amnesiac-store amnesiac-broker redis-down
redis-down-and-lost-ack out-of-turn friendly-fire zombies-revenge forever-ignored
forever-accepted bad-weather nservicebus-copies watermill-handler-error
watermill-equal-payloads powertools-lease woocommerce-two-doors nats-late-ack
insert-or-fail lock lock-nowait lock-skip-locked advisory-lock try-advisory-lock
advisory-unlock unlock-early unlock-late skip-if-locked unlock-then-commit
tx-ack ack-in-transaction recovery-points error-kept open-key conflict-is-error
three-effects reserved-for-ever expired-in-the-buffer three-deploys two-relays
one-bad-apple later-offset-first channel-closes rebalance
kafka kafka-share beanstalkd bullmq celery-redis postgres-skip-locked
lock-not-replicated
cursor-relay number-two-first outbox-per-effect
not-before
clock-ahead scheduler-lock two-clocks
updated-before-created status owes stale
`)

// worded writes a text in words. It reports whether it can: a letter beyond ASCII has no
// place.
func worded(text string) ([]byte, bool) {
	data := []byte{inWords}
	for text != "" {
		code, length := []byte{text[0]}, 1
		if text[0] >= firstShort {
			return nil, false
		}
		for i, w := range shortWords {
			if len(w) > length && strings.HasPrefix(text, w) {
				code, length = []byte{byte(firstShort + i)}, len(w)
			}
		}
		for i, w := range longWords {
			if len(w) > length+1 && strings.HasPrefix(text, w) {
				code, length = []byte{byte(firstLong + i>>8), byte(i)}, len(w)
			}
		}
		data, text = append(data, code...), text[length:]
	}
	return data, true
}

// unworded reads what worded wrote after its first byte.
func unworded(data []byte) (string, bool) {
	var text strings.Builder
	for len(data) > 0 {
		c := int(data[0])
		data = data[1:]
		switch {
		case c < firstShort:
			text.WriteByte(byte(c))
		case c < firstLong:
			text.WriteString(shortWords[c-firstShort])
		case len(data) == 0 || (c-firstLong)<<8+int(data[0]) >= len(longWords):
			return "", false
		default:
			text.WriteString(longWords[(c-firstLong)<<8+int(data[0])])
			data = data[1:]
		}
	}
	return text.String(), true
}

// shorter is the shorter of the two forms of a text. What is longer than a few lines holds a
// file, which repeats itself and is shorter deflated.
func shorter(text string) []byte {
	small := deflated(text)
	if len(text) > 1000 {
		return small
	}
	if told, is := worded(text); is && len(told) < len(small) {
		return told
	}
	return small
}
