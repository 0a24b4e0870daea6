package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/testkit"
	"dejavu/ui/words"
)

// chainOf is the chain of the first harm of a lane, as text.
func chainOf(t *testing.T, s *scenarios.Scenario) string {
	t.Helper()
	harms := tell(t, s).Lanes[0].Harms()
	if len(harms) == 0 {
		t.Fatal("nobody is harmed")
	}
	return harms[0].Headline() + ": " + harms[0].chain.Plain()
}

// twoOrders are two orders of one lane that is naive.
func twoOrders(t *testing.T, second, settings, queue string) *scenarios.Scenario {
	t.Helper()
	s, err := scenarios.Parse("two.yaml", []byte("title: Two orders\nmessages:\n"+
		"  - {id: m1, at: 1s, customer: Ann, amount: $40"+settings+"}\n"+
		"  - {id: m2, at: "+second+", customer: Bob, amount: $15"+settings+"}\n"+
		"queue: {"+queue+"}\nconsumers: [naive]\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAMessageThatTheDedupWindowDropsHasAChain(t *testing.T) {
	s := twoOrders(t, "5s", ", message-id: form", "dedup-window: 5m")
	want := "NAIVE never charged Bob $15 (m2): published 0:05.0 → dropped 0:05.0: message ID form is in the dedup window since 0:01.0 (m1)"
	if got := chainOf(t, s); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestAChainNamesTheFaultWithoutWhichThereIsNoHarm(t *testing.T) {
	for _, c := range []struct {
		consumer string
		faults   []string
		want     string
	}{
		{"ack-first", []string{"restart,at=1500ms"},
			"ACK-FIRST never charged Ann $40 (m1): published 0:01.0 → acked early 0:01.0 → [X] restart 0:01.5"},
		{"lease", []string{"slow:m1/1,for=10s", "copy:m1,later=3s", "lose-writes,at=2s"},
			"LEASE charged Ann $40 twice (m1): published 0:01.0 → [S] waits 10 s for the bank 0:01.0 → [W] writes lost 0:02.0 → [D] copied 0:04.0 → charged 0:05.0 → charged AGAIN 0:11.0"},
		{"check-then-act", []string{"pause:m1/after-effect,for=5s", "copy:m1,later=3s"},
			"CHECK-THEN-ACT charged Ann $40 twice (m1): published 0:01.0 → charged 0:02.0 → [P] freezes for 5 s 0:02.0 → [D] copied 0:04.0 → charged AGAIN 0:05.0"},
		{"naive", []string{"slow:m3/1,for=10s", "copy:m1,later=3s"},
			"NAIVE charged Ann $40 twice (m1): published 0:01.0 → charged 0:02.0 → [D] copied 0:04.0 → charged AGAIN 0:05.0"},
	} {
		s := get(t, "quiet-day")
		s.Consumers, s.Faults = []string{c.consumer}, parse(t, c.faults...)
		if got := chainOf(t, s); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// A loss by a failover names that, beside a fault that is not needed and without one.
func TestTheChainOfALossNamesTheFailoverThatCausedIt(t *testing.T) {
	const acked = "published 0:01.0 → recorded inbox/m1 0:01.0 → taken 0:02.0 → acked 0:02.0 → [W] writes lost 0:03.0"
	for _, c := range []struct {
		faults []string
		want   string
	}{
		{[]string{"lose-writes,at=3s"}, acked},
		{[]string{"lose-writes,at=3s", "restart,at=2500ms"}, acked},
		{[]string{"lose-writes,at=3s", "store-down,at=2500ms,for=100ms"}, acked},
		{[]string{"lose-writes,at=3s", "lose-writes,at=3500ms"}, acked + " (another fault would have done as well)"},
		{[]string{"lose-writes,at=3s", "copy:m1,later=500ms"}, strings.Replace(acked, "acked", "found inbox/m1 0:02.0 → acked", 1)},
	} {
		s := get(t, "quiet-day")
		s.Consumers, s.Faults, s.Business = []string{"inbox"}, parse(t, c.faults...), sim.Stock
		s.Messages = s.Messages[:1]
		s.Messages[0].At = time.Second
		if want := "INBOX never took the item of Ann (m1): " + c.want; chainOf(t, s) != want {
			t.Errorf("%v: %s\nwant %s", c.faults, chainOf(t, s), want)
		}
	}
}

// One ack may settle the messages before it, and another message of a batch may decide
// about all of it.
func TestALinkOfAnotherMessageSaysWhoseItIs(t *testing.T) {
	const (
		cumulative = "order: partition, ack-unit: cumulative, redeliver-on: disconnect"
		batch      = "batch: 2, ack-unit: batch"
		taken      = "order: partition, ack-unit: batch, batch: 2, assign: owner, redeliver-on: [timer, disconnect], late-ack: rejected, stale-ack: rejected"
	)
	for _, c := range []struct {
		queue  string
		faults []string
		want   string
	}{
		{cumulative, []string{"pause:m1/before-effect,for=5s", "crash:m1/before-effect"},
			"NAIVE never charged Ann $40 (m1): published 0:01.0 → [P] freezes for 5 s 0:01.0 → settled by the ack of m2 0:02.0 → [C] crash 0:06.0"},
		{batch, []string{"fail:m2"},
			"NAIVE charged Ann $40 twice (m1): published 0:01.0 → charged 0:02.0 → m2: [F] perform fails 0:03.0 → given back with m2 0:03.0 → delivered again 0:08.0 → charged AGAIN 0:09.0"},
		{taken, []string{"pause:m2/after-effect,for=45s"},
			"NAIVE charged Ann $40 twice (m1): published 0:01.0 → charged 0:02.0 → m2: [P] freezes for 45 s 0:03.0 → 30 s over 0:31.0 → delivered again 0:31.0 → charged AGAIN 0:32.0"},
	} {
		s := twoOrders(t, "1s", ", group: p0", c.queue)
		s.Faults = parse(t, c.faults...)
		if got := chainOf(t, s); got != c.want {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}

// What a chain says of faults is held against runs without them: the harm is gone or moves
// without any that it names, and is there without any other; or it says that none was needed,
// or that another would have done as well.
func TestWithoutAFaultOfItsChainTheHarmIsGoneOrMoves(t *testing.T) {
	harms, gone := 0, 0
	for _, of := range testkit.Sample(16, staged()) {
		s := *of.scenario
		s.Business, s.Consumers = of.business, testkit.Sample(6, consumers.Names())
		st := tell(t, &s)
		for k, l := range st.Lanes {
			others := map[sim.Fault]*LaneStory{}
			for _, h := range l.Harms() {
				harms++
				what := s.Name + ", " + s.Business.String() + ": " + h.Headline() + ": " + h.chain.Plain()
				named, debt := 0, s.Business.Debt(h.Owed, h.Part)
				for _, f := range struckIn(l) {
					if others[f] == nil {
						one := without(&s, f)
						one.Consumers = []string{s.Consumers[k]}
						others[f] = tell(t, one).Lanes[0]
					}
					o := others[f]
					stays := o.Run.Verdicts().Of[debt] == l.Run.Verdicts().Of[debt] && len(o.effects.Effects[debt]) >= h.Times
					if !slices.ContainsFunc(h.needs.faults, func(i int) bool { return l.Run.Faults[i].Same(f) }) {
						if !stays {
							t.Errorf("without %s it is not there, and the chain does not say so: %s", f, what)
						}
						continue
					}
					named++
					same := stays && slices.Equal(effectTimes(o, debt), effectTimes(l, debt)) && marked(o, debt) == marked(l, debt)
					if same && !h.needs.none && !h.needs.alike {
						t.Errorf("without %s it is just the same: %s", f, what)
					}
					if !stays {
						gone++
					}
				}
				badge := strings.Contains(h.chain.Plain(), "[")
				if badge != (named > 0) && !strings.Contains(h.chain.Plain(), "more)") {
					t.Errorf("%d faults are named: %s", named, what)
				}
				if named == 0 {
					calm := s
					calm.Faults, calm.Rates = nil, nil
					if calm.Consumers = []string{s.Consumers[k]}; tell(t, &calm).Lanes[0].Run.Verdicts().Of[debt] != l.Run.Verdicts().Of[debt] {
						t.Errorf("no fault is named, and without any it is not there: %s", what)
					}
				}
				holdsOwnLinks(t, what, &h)
			}
		}
	}
	if harms == 0 || gone < harms/2 {
		t.Errorf("of %d harms %d are gone without a fault: this shows little", harms, gone)
	}
}

// holdsOwnLinks holds that a chain counts no effect but those of what is owed.
func holdsOwnLinks(t *testing.T, what string, h *Harm) {
	t.Helper()
	effects := 0
	did := h.Lane.Run.Lane.Business.Words().Did
	for _, link := range h.chain {
		text := strings.TrimPrefix(link.Text, "[R] ")
		if strings.HasPrefix(text, did+" ") && !strings.Contains(text, "rolled back") {
			effects++
		}
	}
	lost := 0
	for _, b := range h.Lane.effects.TakenBack {
		if b.Debt == h.Lane.Run.Lane.Business.Debt(h.Owed, h.Part) {
			lost++
		}
	}
	if effects > h.Times+lost {
		t.Errorf("%d links are effects: %s", effects, what)
	}
}

// struckIn are the faults that struck in a lane, each once.
func struckIn(l *LaneStory) (all []sim.Fault) {
	for _, e := range l.Run.Events() {
		if e.Fault >= 0 && !l.Run.Faults[e.Fault].Among(all) {
			all = append(all, l.Run.Faults[e.Fault].Written())
		}
	}
	return all
}

func effectTimes(l *LaneStory, debt int) (all []string) {
	for _, i := range l.effects.Effects[debt] {
		all = append(all, words.Clock(l.Event(i).At)+l.Event(i).At.String())
	}
	return all
}

// marked is when something owed was lost, or "".
func marked(l *LaneStory, debt int) string {
	for _, m := range l.marks {
		if l.debt(&m) == debt && m.Kind != Done && m.Kind != Again {
			return l.Event(m.Event).At.String()
		}
	}
	return ""
}

// A queue that hears of no ack brings the message for ever: its work is done, and it is not
// clean. However long that goes on, a chain tells a round of it once.
func TestALoopWhoseEffectIsDoneIsNeverSettledAndToldOnce(t *testing.T) {
	s := get(t, "quiet-day")
	s.Consumers, s.Rates = []string{"inbox", "gateway-key"}, sim.Rates{sim.LoseAckFault: 1}
	st := tell(t, s)
	for _, l := range st.Lanes {
		if got := strings.Join(l.Outcome.Unsettled, " "); got != "m1 m2 m3 m4" || l.Outcome.OK {
			t.Errorf("%s never settles %q, and comes off well: %t", l.Consumer.Name, got, l.Outcome.OK)
		}
	}
	plain := plainText(t, st)
	if !strings.Contains(plain, "inbox: owed $200, taken $200, too much $0; never settled m1 m2 m3 m4;") || strings.Contains(plain, "everything once") {
		t.Errorf("the verdict does not say that it is never settled:\n%s", plain[len(plain)-800:])
	}
	if end := (narrator{Story: st}).tellRest(); !strings.Contains(end.Lines[1].Plain(), "m1 m2 m3 m4 never settled") {
		t.Errorf("at the end: %s", end.Lines[1].Plain())
	}
	want := "published 0:01.0 → charged 0:02.0 → [A] ack lost 0:02.0 → 30 s over 0:31.0 → delivered again 0:31.0 → (2,879 more times, until 1d 0:00:01) → key forgotten 1d 0:00:02 → "
	if got := st.Lanes[1].Harms()[0].chain.Plain(); !strings.HasPrefix(got, want) {
		t.Errorf("%s\nwant it to begin with %s", got, want)
	}
}

// An ack that speaks for others says so in its row: m1 is done without a word of its own.
func TestAnAckThatSettlesOthersSaysSo(t *testing.T) {
	for _, c := range []struct{ queue, fault, says string }{
		{"ack-unit: cumulative", "crash:m1/before-effect", "worker 2, m2: charges Bob $15.\n0:02.0, naive: worker 2, m2: acks (done), and m1 with it (cumulative ack)."},
		{"ack-unit: batch, batch: 2", "", "m2: acks (done), and m1 with it (batch ack)."},
		{"ack-unit: each", "crash:m1/before-effect", "m2: acks (done)."},
	} {
		s := twoOrders(t, "1s", ", group: p0", c.queue)
		if s.Workers = 1; c.fault != "" {
			s.Workers, s.Faults = 2, parse(t, c.fault)
		}
		if text := plainText(t, tell(t, s)); !strings.Contains(text, c.says) {
			t.Errorf("%s: %q is not in\n%s", c.queue, c.says, text)
		}
	}
}
