package scenarios_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
)

// read parses a file that must be right.
func read(t *testing.T, text string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("dir/story.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const small = `title: Small
messages:
  - {id: m1, at: 1s, customer: Ann, amount: $12.50}
  - {id: m2, at: 1m30s, customer: Ann, amount: $12.50, message-id: 00x, key: order-17, body: "{}", seq: 9, group: 12}
consumers: [naive, inbox]
`

func TestWhatAFileLeavesOutHasItsDefault(t *testing.T) {
	s := read(t, small)
	if s.Name != "story" || s.Business != sim.Card || s.Seed != scenarios.DefaultSeed || s.Workers != 2 || s.Until != 0 ||
		s.Rates.Any() || s.Faults != nil || s.Expect != nil || string(s.Source) != small {
		t.Errorf("got %+v", s)
	}
	if !reflect.DeepEqual(s.Queue, broker.Default()) {
		t.Errorf("queue: %+v", s.Queue)
	}
	want := []sim.Owed{
		{ID: "m1", At: time.Second, Message: broker.Message{ID: "m1", Key: "m1", Body: "Ann $12.50", Seq: 1, Group: "m1", Customer: "Ann", Amount: 1250}},
		{ID: "m2", At: 90 * time.Second, Message: broker.Message{ID: "00x", Key: "order-17", Body: "{}", Seq: 9, Group: "12", Customer: "Ann", Amount: 1250}},
	}
	if !slices.Equal(s.Messages, want) {
		t.Errorf("got  %+v\nwant %+v", s.Messages, want)
	}
}

func TestEveryKeyOfAFileIsRead(t *testing.T) {
	s := read(t, `---
title: "All: of it"
teaches: Something.
story: |
  One line.
  And another.
question: What?
business: stock
seed: 18446744073709551615
until: 2d
workers: 5
messages:
  - id: m1
    at: 1s
    customer: Ann
    amount: $40
queue: {visibility: 10s, late-ack: ignored, stale-ack: rejected, redeliver-on: disconnect, max-deliveries: 3,
  nack-delay: 0s, backoff: [1s, 2s], heartbeat: true, order: partition, ack-unit: cumulative, batch: 10, assign: owner, dedup-window: 5m,
  dedup-by: none, at-limit: drop, heartbeat-interval: 10s, session-timeout: 45s, consumer-timeout: 5m, rebalance: eager,
  max-nacks: 4, free-nacks: true, stale-nack: accepted, bad-ack-closes: true, resumes: true, rejects: true, commits-back: true}
bank: {keys: forever}
consumers: [inbox]
faults:
rates: {lose-ack: 5%, crash: 0.03}
expect:
  inbox: {twice: [], never: [m1], parked: [], missing: 1}
`[4:])
	want := broker.Profile{
		Visibility: 10 * time.Second, LateAck: broker.Ignored, StaleAck: broker.Rejected, Redeliver: broker.OnDisconnect,
		MaxDeliveries: 3, Backoff: []time.Duration{time.Second, 2 * time.Second}, Heartbeat: broker.HeartbeatHeld, Order: broker.PartitionOrder,
		AckUnit: broker.AckCumulative, Batch: 10, Assign: broker.OwnerWorker, DedupWindow: 5 * time.Minute,
		DedupBy: broker.ByNothing, AtLimit: broker.Drop, HeartbeatInterval: 10 * time.Second,
		SessionTimeout: 45 * time.Second, ConsumerTimeout: 5 * time.Minute, Rebalance: broker.Eager,
		MaxNacks: 4, FreeNacks: true, StaleNack: broker.Accepted, BadAckCloses: true, Resumes: true, Rejects: true, CommitsBack: true,
	}
	if !reflect.DeepEqual(s.Queue, want) {
		t.Errorf("queue: got %+v", s.Queue)
	}
	one := int64(1)
	expect := []scenarios.Expectation{{Consumer: "inbox", Twice: []string{}, Never: []string{"m1"}, Parked: []string{}, Missing: &one}}
	if !reflect.DeepEqual(s.Expect, expect) {
		t.Errorf("expect: got %+v", s.Expect)
	}
	if s.BankKeys != sim.Forever {
		t.Errorf("the bank keeps keys for %v", s.BankKeys)
	}
	if s.Title != "All: of it" || s.Story != "One line.\nAnd another." || s.Seed != 1<<64-1 || s.Until != 48*time.Hour || s.Workers != 5 ||
		s.Business != sim.Stock || s.Rates.String() != "lose-ack=5%,crash=3%" {
		t.Errorf("got %+v", s)
	}
}

func TestAPresetKeepsItsNameUntilAFieldIsChanged(t *testing.T) {
	s := read(t, small+"queue: {profile: sqs-fifo}\n")
	if preset, _ := broker.Preset("sqs-fifo"); !reflect.DeepEqual(s.Queue, preset) {
		t.Errorf("got %+v", s.Queue)
	}
	s = read(t, small+"queue: {visibility: 10s, profile: sqs-fifo}\n")
	if s.Queue.Name != "" || s.Queue.Visibility != 10*time.Second || s.Queue.Order != broker.GroupOrder {
		t.Errorf("got %+v", s.Queue)
	}
	s = read(t, small+"queue: {redeliver-on: disconnect}\n")
	if s.Queue.Redeliver != broker.OnDisconnect {
		t.Errorf("got %+v", s.Queue)
	}
}

func TestEqualPurchasesHaveEqualBodies(t *testing.T) {
	s := read(t, `title: Coffees
messages:
  - {id: c1, at: 1s, customer: Ann, amount: $3.50}
  - {id: c2, at: 2s, customer: Ann, amount: $3.50}
  - {id: c3, at: 3s, customer: Bob, amount: $3.50}
consumers: [naive]
`)
	if m := s.Messages; m[0].Body != m[1].Body || m[0].Body == m[2].Body || m[0].Key == m[1].Key {
		t.Errorf("got %+v", m)
	}
}

func TestMoneyIsReadAsItIsWritten(t *testing.T) {
	for text, want := range map[string]int64{"$40": 4000, "$12.50": 1250, "$0": 0, "$0.05": 5, "$1000000": 100_000_000} {
		got, err := scenarios.ParseMoney(text)
		if err != nil || got != want || scenarios.Money(got) != text {
			t.Errorf("%s: got %d, %v, written %s", text, got, err, scenarios.Money(got))
		}
	}
	for _, text := range []string{"", "$", "40", "$-3", "-$3", "$1e9", "$1.5", "$1.", "$.50", "$1.234", "$1,000", "$ 1", "$+1", "$9999999999999", "$1.5x", "€4"} {
		if got, err := scenarios.ParseMoney(text); err == nil {
			t.Errorf("%q was read as %d", text, got)
		}
	}
	if got := scenarios.Amount(sim.Stock, 1) + ", " + scenarios.Amount(sim.Mail, 2) + ", " + scenarios.Money(-150); got != "1 item, 2 mails, -$1.50" {
		t.Errorf("got %s", got)
	}
}

// Whoever changes the business of a file first wants to see the run, and is then
// told that money is not what is counted.
func TestMoneyIsReadAndNotEqualWhereMailsAreCounted(t *testing.T) {
	src := strings.Replace(shippedText(t, "lost-ack-then-crash"), "business: card", "business: mail", 1)
	s, err := scenarios.Parse("mails.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	naive, _ := s.Expectation("naive")
	got := naive.Differences(scenarios.Balance{Business: sim.Mail, Twice: []string{"m2", "m3"}, Excess: 2})
	if len(got) != 1 || got[0] != "naive: excess is 2 mails, expected $135: with business mail it is counted in mails" {
		t.Errorf("got %q", got)
	}
	inbox, _ := s.Expectation("inbox")
	if got := inbox.Differences(scenarios.Balance{Business: sim.Mail}); len(got) > 0 {
		t.Errorf("nothing is equal to nothing in every unit: %q", got)
	}
}

// A file may hold as many bytes as its messages need, a line each.
func TestAFileHoldsAsManyMessagesAsItMay(t *testing.T) {
	var b strings.Builder
	b.WriteString("title: Many\nconsumers: [naive]\nmessages:\n")
	for i := range scenarios.MaxMessages {
		fmt.Fprintf(&b, "  - {id: order-%d, at: %dms, customer: Customer %d, amount: $1000.00}\n", i, 1000+7*i, i)
	}
	s, err := scenarios.Parse("many.yaml", []byte(b.String()))
	if err != nil || len(s.Messages) != scenarios.MaxMessages {
		t.Fatalf("a file of %d bytes: %v", b.Len(), err)
	}
}
