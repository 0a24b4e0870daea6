package simtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/sim/simtest"
)

// reads is a consumer that notes the messages that it is handed, each once.
func reads() (sim.Consumer, *[]broker.Message) {
	var seen []broker.Message
	known := map[broker.Message]bool{}
	return sim.Consumer{Name: "reads", Handle: func(p *sim.Proc, m broker.Message) error {
		if !known[m] {
			known[m] = true
			seen = append(seen, m)
		}
		return p.PerformOnce(m, m.Key)
	}}, &seen
}

func TestDeliverSendsWhatItNamesAndTheUsualBeside(t *testing.T) {
	for _, both := range []func(simtest.TB, sim.Consumer, ...simtest.Option){
		simtest.Check,
		func(tb simtest.TB, c sim.Consumer, o ...simtest.Option) { simtest.Sweep(tb, c, 1, o...) },
	} {
		c, seen := reads()
		mine := simtest.Deliver(
			simtest.Message{ID: "evt-1", Body: `{"order":7}`, Group: "eu"},
			simtest.Message{Key: "order-7", Customer: "Zoe", Amount: 5, Group: "eu"},
			simtest.Message{Seq: 9, Group: "us"},
		)
		passes(t, run(t, nil, func(tb simtest.TB) { both(tb, c, mine, simtest.Workers(1)) }))
		want := []broker.Message{
			{ID: "evt-1", Key: "order-1", Body: `{"order":7}`, Group: "eu", Seq: 1, Customer: "Ann", Amount: 1200},
			{ID: "m2", Key: "order-7", Body: "order 2", Group: "eu", Seq: 2, Customer: "Zoe", Amount: 5},
			{ID: "m3", Key: "order-3", Body: "order 3", Group: "us", Seq: 9, Customer: "Cleo", Amount: 1400},
		}
		got := slices.DeleteFunc(*seen, func(m broker.Message) bool { return m.ID == "m1" }) // a look at what the handler reads
		slices.SortFunc(got, func(a, b broker.Message) int { return strings.Compare(a.Key, b.Key) })
		slices.SortFunc(want, func(a, b broker.Message) int { return strings.Compare(a.Key, b.Key) })
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("sent\n%v\nwant\n%v", got, want)
		}
	}
}

func TestWhatIsDeliveredIsNamedByItsIDWhereAPlanCanNameIt(t *testing.T) {
	one := func(id string) string {
		return run(t, nil, checking(consumers.Naive, simtest.Deliver(simtest.Message{ID: id}), simtest.Kinds(check.Crash), simtest.Faults(1))).said()
	}
	contains(t, one("evt_1.x"), "evt_1.x takes effect twice", "DEJAVU_PLAN='crash:evt_1.x/after-effect'")
	contains(t, one("urn:evt/1"), "m1 takes effect twice", "DEJAVU_PLAN='crash:m1/after-effect'")
	f := run(t, map[string]string{"DEJAVU_PLAN": "crash:evt-9/after-effect"}, checking(consumers.Naive, simtest.Deliver(simtest.Message{ID: "evt-9"})))
	contains(t, f.said(), "evt-9 takes effect twice, by DEJAVU_PLAN='crash:evt-9/after-effect'")
}

func TestTwoMessagesWithOneKeyAreOneThingToAGateway(t *testing.T) {
	double := simtest.Deliver(simtest.Message{Key: "order-1"}, simtest.Message{Key: "order-1"})
	contains(t, run(t, nil, checking(consumers.GatewayKey, double, simtest.Faults(0))).said(), "is broken: m")
}

// A second message that owes the first is the same thing by another door: a consumer that goes
// by the key does it once, and one that goes by the message ID twice.
func TestTwoMessagesCanBeOneDebt(t *testing.T) {
	doors := simtest.Deliver(simtest.Message{ID: "redirect"}, simtest.Message{ID: "webhook", Owes: "redirect"})
	passes(t, run(t, nil, checking(consumers.GatewayKey, doors, simtest.Faults(0))))
	said := run(t, nil, checking(consumers.Inbox, doors, simtest.Faults(0))).said()
	contains(t, said, "redirect takes effect twice", "webhook is published, for the debt of redirect")
	said = run(t, map[string]string{"DEJAVU_PLAN": "lose-ack:webhook"}, checking(consumers.Naive, doors)).said()
	contains(t, said, "all is quiet: redirect took effect 3 times")
	if strings.Contains(said, "webhook took") {
		t.Errorf("the webhook has a verdict of its own:\n%s", said)
	}
	for want, messages := range map[string][]simtest.Message{
		`message 1 owes "m2": want the ID of an earlier message`: {{Owes: "m2"}, {}},
		`message 3 owes "m2": want the ID of an earlier message`: {{}, {Owes: "m1"}, {Owes: "m2"}},
		"one debt has one customer, not Ann and Zoe":             {{}, {Owes: "m1", Customer: "Zoe"}},
	} {
		contains(t, run(t, nil, checking(consumers.Naive, simtest.Deliver(messages...))).said(), want)
	}
}

func TestBrokerIsAQueueByName(t *testing.T) {
	passes(t, run(t, nil, checking(consumers.GatewayKey, simtest.Broker("sqs-standard"), simtest.Faults(1))))
	preset, _ := broker.Preset("rabbitmq-quorum")
	of := func(o simtest.Option) string {
		f := run(t, nil, checking(consumers.AckFirst, o, simtest.Faults(1)))
		return f.said() + strings.Join(f.logs, "\n")
	}
	if byName, byHand := of(simtest.Broker("rabbitmq-quorum")), of(simtest.Queue(preset)); byName != byHand {
		t.Errorf("by name\n%s\nby hand\n%s", byName, byHand)
	}
	contains(t, of(simtest.Broker("sqs-standart")), `Broker("sqs-standart"): no broker is called that; did you mean sqs-standard`)
	contains(t, of(simtest.Broker("zeromq")), `Broker("zeromq"): no broker is called that; want one of sqs-standard, `)
}

// keeper keeps what it has seen in its process.
var keeper = sim.Consumer{Name: "keeper", Handle: func(p *sim.Proc, m broker.Message) error {
	if p.Memory.Has(m.ID) {
		return nil
	}
	if err := p.Perform(m); err != nil {
		return err
	}
	p.Memory.Add(m.ID)
	return nil
}}

func TestThreadsShareTheMemoryOfTheirProcess(t *testing.T) {
	lostAck := []simtest.Option{simtest.Messages(1), simtest.Kinds(check.LoseAck), simtest.Faults(1)}
	contains(t, run(t, nil, checking(keeper, lostAck...)).said(), "never-twice is broken")
	passes(t, run(t, nil, checking(keeper, append(lostAck, simtest.Threads(2))...)))
	contains(t, run(t, nil, checking(keeper, simtest.Threads(3))).said(), "2 workers in processes of 3 threads")
	contains(t, run(t, nil, sweeping(keeper, 1, simtest.Threads(3))).said(), "2 workers in processes of 3 threads")
}

func TestTimesAndVisibilityAreThoseOfTheStory(t *testing.T) {
	slow := []simtest.Option{
		simtest.Visibility(2 * time.Minute), simtest.Times(sim.Timing{Effect: 10 * time.Second}),
		simtest.Messages(1), simtest.Rates(sim.Rates{sim.LoseAckFault: 1}),
	}
	contains(t, run(t, nil, sweeping(consumers.Naive, 1, slow...)).said(), "    10s    worker 1, m1: charges Ann", "  2m    m1 is visible again after 2 min")
	plan := map[string]string{"DEJAVU_PLAN": "lose-ack:m1"}
	contains(t, run(t, plan, checking(consumers.Naive, slow[:3]...)).said(), "    10s    worker 1, m1: charges Ann", "  2m    m1 is visible again after 2 min")
}
