package cli

import (
	"strings"
	"testing"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
)

// laterFirst is one order whose later neighbour is acked first, and settles it: a crash of
// its handler loses it.
const laterFirst = `title: Later offset first
messages:
  - {id: m1, at: 1s, customer: Ann, amount: $40, group: p0}
  - {id: m2, at: 1s, customer: Bob, amount: $15, group: p0}
queue: {order: partition, ack-unit: cumulative, redeliver-on: disconnect}
consumers: [naive]
faults:
  - pause: {during: m1, before: effect, for: 5s}
  - crash: {during: m1, before: effect}
`

// With a relay, what strikes the effect does not strike the handler: that it comes off well
// is another crash, and no cure.
func TestAConsumerIsNoCureForAFaultThatOnlyMovedToItsRelay(t *testing.T) {
	file := t.TempDir() + "/later.yaml"
	if err := writeNew(file, []byte(laterFirst)); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"run", "run --plain", "run --summary --consumers naive,outbox"} {
		out, _ := said(t, "go run . "+how+" "+file)
		if _, next, _ := strings.Cut(out, "\nNext"); !strings.Contains(how, "summary") && strings.Contains(next, "outbox") || strings.Contains(next, "check outbox") {
			t.Errorf("%s recommends outbox:\n%s", how, next)
		}
	}
	s, err := scenarios.Parse(file, []byte(laterFirst))
	if err != nil {
		t.Fatal(err)
	}
	outbox, _ := consumers.Get("outbox")
	a := &ask{left: mostToTry}
	if o, ok := a.tally(s, outbox); !ok || !o.OK {
		t.Errorf("outbox %s as it is, so this shows nothing", fate(&o))
	}
	if a.handlerHolds(s, outbox) {
		t.Error("the handler of outbox is said to survive the crash")
	}
	s.Queue.AckUnit = 0
	if !a.handlerHolds(s, outbox) {
		t.Error("where each message has its ack, the handler of outbox survives the crash")
	}
}

// An endless loop whose work is done is no recommendation.
func TestWhatIsNeverSettledIsNotSaidToDoEverythingOnce(t *testing.T) {
	out, _ := said(t, "go run . run quiet-day --consumers naive --rates lose-ack=100%")
	if strings.Contains(out, "does everything once") {
		t.Errorf("every ack is lost, and somebody does everything once:\n%s", out)
	}
	swept, _ := said(t, "go run . sweep quiet-day --consumers inbox --rates lose-ack=100% --seeds 1..2")
	if !strings.Contains(swept, "done, and never settled in 2 of 2 runs (100 %)") {
		t.Errorf("a sweep does not count it:\n%s", swept)
	}
}

func TestAFateNamesWhatIsSetBack(t *testing.T) {
	for business, want := range map[sim.Business]string{
		sim.Card:   "charges twice for m1, never charges for m2",
		sim.Status: "sets the status back for m1, never sets the status for m2",
	} {
		if got := fate(&scenarios.Balance{Business: business, Twice: []string{"m1"}, Never: []string{"m2"}}); got != want {
			t.Errorf("%s: %q, want %q", business, got, want)
		}
	}
}
