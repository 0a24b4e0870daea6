package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"dejavu/broker"
	"dejavu/sim"
)

// toldAt returns what is said of the last step by an instant.
func toldAt(st *Story, at time.Duration) string {
	var all []string
	for _, line := range st.Narrate(st.StepAt(at)).Lines {
		all = append(all, line.Plain())
	}
	return strings.Join(all, " ")
}

// runsOut tells a quiet day of one consumer with faults, and returns the text.
func runsOut(t *testing.T, consumer string, faults ...string) (*Story, string) {
	t.Helper()
	s := get(t, "quiet-day")
	s.Consumers, s.Faults = []string{consumer, "inbox"}, parse(t, faults...)
	st := tell(t, s)
	var text strings.Builder
	if err := st.WriteText(&text, 160, nil); err != nil {
		t.Fatal(err)
	}
	return st, text.String()
}

// A lease lasts 20 s, and a message is hidden for 30: the lease runs out first, and
// whose fault that is depends on what became of its holder.
func TestALeaseThatRunsOutIsToldWithItsHolder(t *testing.T) {
	for fault, why := range map[string]string{
		"crash:m2/before-effect":         "its holder crashed",
		"pause:m2/before-effect,for=45s": "its holder froze",
		"slow:m2,for=45s":                "its holder is slow",
	} {
		st, text := runsOut(t, "lease", fault)
		if want := "the lease of m2 runs out after 20 s: " + why; !strings.Contains(text, want) {
			t.Errorf("%s: %q is not in\n%s", fault, want, text)
		}
		if want := "the lease of m2 runs out after 20 s: " + why + "."; !strings.Contains(plainText(t, st), want) {
			t.Errorf("%s: %q is not in\n%s", fault, want, plainText(t, st))
		}
		if told := toldAt(st, 26*time.Second+100*time.Millisecond); !strings.Contains(told, "LEASE: the lease of m2 runs out after 20 s: "+why) {
			t.Errorf("%s: the screen says %q", fault, told)
		}
	}
}

// What is remembered for an hour is forgotten every time; a line of the story it is
// worth only where somebody comes and asks for it.
func TestWhatIsForgottenIsWorthALineOnlyIfItIsAskedForLater(t *testing.T) {
	_, text := runsOut(t, "lease", "republish:m1,later=2h")
	if want := "the cache forgets m1: kept for 1 h"; strings.Count(text, want) != 1 {
		t.Errorf("%q is not there once, of m1, in\n%s", want, text)
	}
	st, text := runsOut(t, "lease", "republish:m1,later=30m")
	if strings.Contains(text, "forgets") {
		t.Errorf("something is forgotten that nobody asks for later, in\n%s", text)
	}
	if want := "the cache forgets m1: kept for 1 h."; !strings.Contains(plainText(t, st), want) {
		t.Errorf("%q is not in\n%s", want, plainText(t, st))
	}
}

// A row says its table: the inbox forgets. What made room for the second time is part
// of why it happened.
func TestARetentionThatIsTooShortIsToldAndShown(t *testing.T) {
	st, text := runsOut(t, "inbox-ttl", "republish:m1,later=45m")
	text = strings.Join(strings.Fields(text), " ")
	for _, want := range []string{"the inbox forgets m1: kept for 30 min, in the lane of inbox-ttl", "forgotten 30:02.0 → [D] published again 45:01.0"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%s", want, text)
		}
	}
	if told := toldAt(st, 30*time.Minute+3*time.Second); told != "INBOX-TTL: the inbox forgets m1: kept for 30 min." {
		t.Errorf("the screen says %q", told)
	}
	kept := keepings(st, st.StepAt(time.Minute))
	if kept["m1"].Left == 0 || kept["m1"].Holder != broker.None || kept["m2"].Left > 0 {
		t.Errorf("of m1, which comes again, and m2, which does not, it shows %+v", kept)
	}
	if why := answer(st, st.Stops()[len(st.Stops())-2].Step, 0); !strings.Contains(why, "the inbox forgets m1: kept for 30 min") {
		t.Errorf("the answer to why is\n%s", why)
	}
}

// keepings returns what is left of everything stored in the first lane, by key.
func keepings(st *Story, step int) map[string]Keeping {
	v := st.View(Moment{Step: step})
	all := map[string]Keeping{}
	for s := range v.Lanes[0].World.Stored {
		all[s.Key] = v.Lanes[0].Keeping(&s, v.Now)
	}
	return all
}

func TestALeaseDrainsAndHasAHolderUntilThatIsDead(t *testing.T) {
	st, _ := runsOut(t, "lease", "crash:m2/before-effect")
	events := st.Lanes[0].Run.Events()
	crash := slices.IndexFunc(events, func(e sim.Event) bool { return e.Kind == sim.Crash })
	step := st.StepOf(0, crash)
	before, after := keepings(st, step-1)["m2"], keepings(st, step)["m2"]
	if before.Dead || before.Holder != 0 || before.Left < after.Left {
		t.Errorf("before the crash it is %+v", before)
	}
	if !after.Dead || after.Holder != 0 || after.Of != 20*time.Second {
		t.Errorf("after the crash it is %+v", after)
	}
	if done := keepings(st, st.StepAt(2*time.Minute))["m1"]; done.Holder != broker.None || done.Left > 0 {
		t.Errorf("what is done is %+v, want no holder and no end that matters", done)
	}
	late, _ := runsOut(t, "lease", "republish:m1,later=2h")
	if left := keepings(late, late.StepAt(time.Minute))["m1"].Left; left < 59*time.Minute || left > time.Hour {
		t.Errorf("of m1, which comes again in two hours, %s are left after a minute", left)
	}
}

func TestAStoredResultIsAnsweredAgainAndAnotherRequestRefused(t *testing.T) {
	_, text := runsOut(t, "stored-result", "lose-ack:m2")
	if want := "answers with the result of the first time, acks"; !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
		t.Errorf("%q is not in\n%s", want, text)
	}
	s := get(t, "copy-paste-key")
	s.Consumers = []string{"stored-result"}
	plain := plainText(t, tell(t, s))
	for _, want := range []string{
		"m3: refuses it: under order-form another request is stored.",
		"m1: answers with the result of the first time.",
		"m3: cannot change order-form in keys.",
	} {
		if !strings.Contains(plain, want) {
			t.Errorf("%q is not in\n%s", want, plain)
		}
	}
}

// What is put back is told as that, and not as a copy of the network.
func TestWhatIsPutBackIsHandedOutAsSuch(t *testing.T) {
	s := get(t, "quiet-day")
	s.Queue.MaxDeliveries = 1
	s.Consumers, s.Faults = []string{"naive", "inbox"}, parse(t, "lose-ack:m2", "redrive:m2,later=10m")
	st := tell(t, s)
	at := slices.IndexFunc(st.Stops(), func(p Stop) bool { return p.Came != nil })
	told := narrator{Story: st}.tellAgain(st.Stops()[at].Came)
	want := "m2b is handed to a worker: m2 is put back from the dead-letter queue, same message ID."
	if told.Badge != "put back" || told.Lines[0].Plain() != want {
		t.Errorf("[%s] %q, want %q", told.Badge, told.Lines[0].Plain(), want)
	}
	if told := toldAt(st, 35*time.Second+100*time.Millisecond); !strings.Contains(told, "m2 is parked (dead-letter queue): delivered once, and not acked.") {
		t.Errorf("as it is parked the screen says %q", told)
	}
}

// Why it was done again: what was remembered of the first time was gone by then, or
// the lease was that kept a second worker out.
func TestWhatRanOutIsPartOfTheChain(t *testing.T) {
	for fault, want := range map[string]string{
		"republish:m1,later=2h": "charged 0:02.0 → forgotten 1:00:02 → [D] published again 2:00:01",
		"slow:m2,for=45s":       "0:05.0 → lease over 0:25.0 → 30 s over 0:35.0",
		"crash:m2/after-effect": "crash 0:06.0 → lease over 0:25.0 → 30 s over 0:35.0",
	} {
		if _, text := runsOut(t, "lease", fault); !strings.Contains(strings.Join(strings.Fields(text), " "), want) {
			t.Errorf("%s: %q is not in\n%s", fault, want, text)
		}
	}
}
