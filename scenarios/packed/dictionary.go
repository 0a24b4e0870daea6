package packed

// dictionary holds words that many tokens have in common. It belongs to the version: a
// word that is missing costs a few letters, and a word that moves makes tokens
// unreadable.
const dictionary = `title: A 
teaches: The 
story: >
  The queue delivers the message a second time to the worker and the consumer charges its customer. The 
question: Who is charged twice?
business: mail
seed: 2
until: 1m

messages:
  - {id: m1, at: 1s, customer: Ann, amount: $25, message-id: a, key: order-1, body: b, seq: 1, group: g}
  - {id: m2, at: 6s, customer: Bob, amount: $50, message-id: a, key: order-2, body: b, seq: 1, group: g}
  - {id: m3, at: 11s, customer: Cy, amount: $75, message-id: a, key: order-3, body: b, seq: 1, group: g}

queue: {profile: sqs-standard, sqs-fifo, rabbitmq-quorum, jetstream, servicebus-peeklock, pubsub, redis-streams, visibility: 30s, late-ack: ignored, redeliver-on: , max-deliveries: 3, at-limit: , order: , dedup-window: 5m, heartbeat: true}
bank: {keys: 24h}

consumers: [naive, inbox]
workers: 1

faults:
  - lose-ack: m2
  - crash: {during: m3, before: ack}
  - pause: {during: m1, after: effect, for: 45s}

rates: {lose-ack: 5%, crash: 3%}

expect:
  naive: {twice: [m2], never: [], excess: $15, missing: $0}
  inbox: {twice: [], never: [], excess: $0, missing: $0}
ghost-charge
where-from
three-orders
store-must-survive
outside-world
keys
order-and-leases
quiet-day
lost-ack
lost-ack-then-crash
crash-after-effect
crash-before-effect
one-line-too-early
twins
stop-the-world
slow-bank
producer-retry
ten-minutes-later
impatient-customer
bank-503
bank-504
commit-never-came
poison-tail
bare-decrement
deploy
eight-day-redrive
busy-afternoon
two-coffees
copy-paste-key
amnesiac-store
amnesiac-broker
redis-down
redis-down-and-lost-ack
out-of-turn
friendly-fire
zombies-revenge
forever-ignored
forever-accepted
bad-weather
nservicebus-copies
watermill-handler-error
watermill-equal-payloads
powertools-lease
woocommerce-two-doors
nats-late-ack
max-events 1000
profile sqs-standard
sqs-fifo
rabbitmq-quorum
jetstream
servicebus-peeklock
pubsub
redis-streams
rates lose-ack=5%,crash=5%,pause=5%,fail=5%,lose-reply=5%,slow=5%,copy=5%,republish=5%,redrive=5%,delay=5%,restart=5%,forget-acks=5%,lose-writes=5%,store-down=5%,
seed 7
business card
business mail
business stock
consumers all
consumers naive,ack-first,broker-window,memory-set,memory-lru,redelivered-flag,check-then-act,mark-first,mark-remove,lease,lease-fenced,inbox,inbox-key,inbox-ttl,inbox-hash,high-water-mark,unique-effect,lookup-first,gateway-key,gateway-key-random,inbox-and-gateway-key,stored-result,outbox,outbox-and-gateway-key,fail-open,fail-closed,drop-on-error,
/after-has
/after-remember
/after-remember-within
/after-remove
/after-get
/after-put
/after-put-if-absent
/after-delete
/after-compare-and-set
/after-insert
/after-add
/after-enqueue
/after-begin
/after-commit
/after-rollback
/after-cache-get
/after-cache-set
/after-cache-put-if-absent
/after-cache-delete
/after-cache-set-if
/after-cache-delete-if
/after-perform
/after-perform-once
/after-perform-unique
/after-perform-fenced
/after-lookup
/after-ack
/after-new-id
/after-deliveries
/after-redelivered
/after-mark
/after-check
/before-has
/before-remember
/before-remember-within
/before-remove
/before-get
/before-put
/before-put-if-absent
/before-delete
/before-compare-and-set
/before-insert
/before-add
/before-enqueue
/before-begin
/before-commit
/before-rollback
/before-cache-get
/before-cache-set
/before-cache-put-if-absent
/before-cache-delete
/before-cache-set-if
/before-cache-delete-if
/before-perform
/before-perform-once
/before-perform-unique
/before-perform-fenced
/before-lookup
/before-ack
/before-new-id
/before-deliveries
/before-redelivered
/before-mark
/before-check
,step=gateway,times=2,worker=2,for=1m30s,later=20s,new-id=true,last=3,at=40s

without lose-ack:m1
without crash:m1
without pause:m1
without fail:m1
without lose-reply:m1
without slow:m1
without copy:m1
without republish:m1
without redrive:m1
without delay:m1
without restart:m1
without forget-acks:m1
without lose-writes:m1
without store-down:m1
with lose-ack:m1
with crash:m1
with pause:m1
with fail:m1
with lose-reply:m1
with slow:m1
with copy:m1
with republish:m1
with redrive:m1
with delay:m1
with restart:m1
with forget-acks:m1
with lose-writes:m1
with store-down:m1/2/after-effect
with crash:m3/before-effect
with crash:m3/before-ack
at 41.6s
at 43s/2
`
