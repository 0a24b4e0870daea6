package whatif

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// Offer is something that can go wrong now.
type Offer struct {
	Fault sim.Fault
	// Text says it in one plain sentence, without a period.
	Text string
	// Line is the line that a file would hold for it.
	Line string
	// Unmet says of every lane that will never meet it why not.
	Unmet []string
}

// How many offers there are at least, if so much can go wrong, and at most. Each is tried
// out by a run of its own: in between it is the events of all these runs that count.
const (
	fewOffers   = 20
	maxOffers   = 400
	triedEvents = 500_000
)

// affordable is how many offers can be tried out while somebody waits.
func affordable(s *story.Story) int {
	events := 1
	for _, l := range s.Lanes {
		events += len(l.Run.Events())
	}
	return min(max(triedEvents/events, fewOffers), maxOffers)
}

// Offers returns what can go wrong after n steps, to the deliveries that are at work, to
// the next one and to every message still to come, the most telling first. What has
// happened stays as it was.
func Offers(s *story.Story, n int) []Offer {
	var all []Offer
	most := affordable(s)
	drawn := drawn(s)
	add := func(r *story.Arrival, faults []sim.Fault) {
		for _, f := range faults {
			f = f.Normal()
			known := f.Among(s.Scenario.Faults) || slices.ContainsFunc(all, func(o Offer) bool { return o.Fault == f })
			if known || len(all) == most || drawn(f) {
				continue
			}
			if u := imagine(s, f, n); u != nil {
				all = append(all, Offer{f, threat(s, r, f), scenarios.FaultLine(f), unmet(s, u, f)})
			}
		}
	}
	add(nil, redrives(s, n))
	for _, r := range at(s, n) {
		add(&r, dangers(s, &r, n))
	}
	if len(all) == 0 { // even when it is over
		add(nil, []sim.Fault{{Kind: sim.ForgetAcksFault, At: soon(s, n)}})
	}
	return all
}

// at returns the deliveries that are at work in some lane after n steps, those that
// came last first, then the one that comes next, and then the first of each message that
// is still to come.
func at(s *story.Story, n int) []story.Arrival {
	var now, next []story.Arrival
	first := map[string]int{} // what is given back with its batch may begin with the second delivery
	for _, r := range s.Arrivals() {
		first[r.Name] = min(cmp.Or(first[r.Name], r.Number), r.Number)
	}
	for _, r := range s.Arrivals() {
		begun, working := false, false
		for k := range s.Lanes {
			a, came := s.In(&r, k)
			if !came {
				continue
			}
			if upto := s.Upto(n, k); a.Begins() < upto {
				begun = true
				working = working || !a.Over || a.Events[len(a.Events)-1] >= upto
			}
		}
		if working {
			now = append(now, r)
		} else if !begun && (r.Number == first[r.Name] || len(next) == 0) {
			next = append(next, r)
		}
	}
	slices.Reverse(now)
	return append(now, next...)
}

// dangers returns what could befall a delivery, its message and all workers.
func dangers(s *story.Story, r *story.Arrival, n int) []sim.Fault {
	strike := func(f sim.Fault) sim.Fault {
		f.Message, f.Delivery = r.Name, r.Number
		return f
	}
	const effect, ack = sim.PointEffect, sim.PointAck
	all := []sim.Fault{strike(sim.Fault{Kind: sim.LoseAckFault}), strike(sim.Fault{Kind: sim.CrashFault, Before: ack})}
	if performs(s, r) {
		all = append(all,
			strike(sim.Fault{Kind: sim.CrashFault, After: effect}),
			strike(sim.Fault{Kind: sim.PauseFault, Before: effect, For: overrun(s)}),
			strike(sim.Fault{Kind: sim.SlowFault, For: overrun(s)}),
			strike(sim.Fault{Kind: sim.LoseReplyFault}),
			strike(sim.Fault{Kind: sim.CrashFault, Before: effect}),
			strike(sim.Fault{Kind: sim.FailFault}))
	} else {
		all = append(all, strike(sim.Fault{Kind: sim.PauseFault, Before: ack, For: overrun(s)}))
	}
	for _, row := range sim.Faults() { // and what is not listed here
		listed := slices.ContainsFunc(all, func(f sim.Fault) bool { return f.Kind == row.Kind })
		if row.Strikes == sim.AtAttempt && !listed && (row.Hits != sim.OnStep && row.Hits != sim.OnEffect || performs(s, r)) {
			all = append(all, strike(sim.Fault{Kind: row.Kind}))
		}
	}
	o := owedBy(s, r)
	again := func(f sim.Fault) {
		f.Message = o.ID
		if f = f.Normal(); published(s, o.ID)+f.Later <= s.When(n) {
			f.Later = soon(s, n) - published(s, o.ID)
		}
		all = append(all, f)
	}
	again(sim.Fault{Kind: sim.CopyFault})
	again(sim.Fault{Kind: sim.RepublishFault})
	again(sim.Fault{Kind: sim.RepublishFault, NewID: true})
	if reads(s) { // whoever looks at the body takes it for another order, or refuses it
		again(sim.Fault{Kind: sim.RepublishFault, NewID: true, Body: "the same order, in other words"})
	}
	if kept := kept(s); kept > 0 { // so late that nobody knows it any more
		again(sim.Fault{Kind: sim.RepublishFault, Later: kept + time.Hour})
	}
	all = append(all, sim.Fault{Kind: sim.DelayFault, Message: o.ID, For: late(s, o)})
	db, cache := keepsIn(s, sim.InDB), keepsIn(s, sim.InCache)
	if db || cache {
		all = append(all, sim.Fault{Kind: sim.LoseWritesFault, At: soon(s, n)}, sim.Fault{Kind: sim.StoreDownFault, At: soon(s, n)})
	}
	if db && cache {
		all = append(all, sim.Fault{Kind: sim.StoreDownFault, At: soon(s, n), Which: sim.WhichDB}, sim.Fault{Kind: sim.StoreDownFault, At: soon(s, n), Which: sim.WhichCache})
	}
	if s.Scenario.Queue.Assign == broker.OwnerWorker {
		all = append(all, sim.Fault{Kind: sim.RebalanceFault, At: soon(s, n), Join: true}, sim.Fault{Kind: sim.RebalanceFault, At: soon(s, n)})
	}
	if down := s.Scenario.Queue.Visibility; performs(s, r) {
		for _, k := range []sim.FaultKind{sim.FailFault, sim.LoseReplyFault} {
			all = append(all, sim.Fault{Kind: k, Message: sim.AllMessages, At: soon(s, n), For: max(down, outage)})
		}
	}
	return append(all, sim.Fault{Kind: sim.ForgetAcksFault, At: soon(s, n)},
		sim.Fault{Kind: sim.RestartFault, At: soon(s, n)}, sim.Fault{Kind: sim.RestartFault, At: soon(s, n), Drain: grace})
}

// A receiver is down for a minute at least, and for long enough to refuse the retry too. A
// process has 30 s to end, as Kubernetes gives it (terminationGracePeriodSeconds).
const (
	outage = time.Minute
	grace  = 30 * time.Second
)

// reads reports whether a consumer or the receiver looks at the body of a message.
func reads(s *story.Story) bool {
	return s.Scenario.Bank.OtherBody == sim.RefuseBody ||
		slices.ContainsFunc(s.Lanes, func(l *story.LaneStory) bool { return l.Consumer.Identity == sim.Fingerprint })
}

// kept is the longest time for which any lane keeps what it has recorded, or the receiver a
// key; 0 if nothing expires.
func kept(s *story.Story) time.Duration {
	longest := time.Duration(0)
	for _, l := range s.Lanes {
		stored, atBank := l.Run.World().Lifetimes()
		longest = max(longest, stored, atBank)
	}
	return longest
}

// keepsIn reports whether any lane takes a step at a place, such as its database.
func keepsIn(s *story.Story, p sim.Place) bool {
	return slices.ContainsFunc(s.Lanes, func(l *story.LaneStory) bool {
		return slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool { return e.Op.Place() == p })
	})
}

// owedBy returns what a delivery counts for.
func owedBy(s *story.Story, r *story.Arrival) *sim.Owed {
	for k, l := range s.Lanes {
		if a, came := s.In(r, k); came {
			return &l.Run.Lane.Messages[a.Owed]
		}
	}
	return nil
}

// performs reports whether a delivery leads to the effect in any lane.
func performs(s *story.Story, r *story.Arrival) bool {
	for k, l := range s.Lanes {
		a, came := s.In(r, k)
		if came && slices.ContainsFunc(l.Doings(a), func(i int) bool { return l.Event(i).Op.Performs() }) {
			return true
		}
	}
	return false
}

// threat says a fault in one sentence, as what might happen.
func threat(s *story.Story, r *story.Arrival, f sim.Fault) string {
	h, label, point := struckPart(s, f).Words(), f.Message, ""
	if f.Kind.ByAttempt() {
		label, point = r.Label(), whereStruck(s, r, f)
	}
	says := f.Kind.Info().Words
	return words.Fill(words.Either(f.Lasts(), says.Lasting, says.Threat), &f, "{m3}", label, "{at}", words.Clock(strikesAt(s, f)), "{point}", point, "{patience}", patience(s, f),
		"{bank}", h.Whom, "{answers}", h.Replies, "{refuses}", h.Refuses, "{acks}", words.Either(f.Last > 1, fmt.Sprintf("%d acks", f.Last), "ack"))
}

// struckPart returns which business an error strikes: the effect that a fault names or,
// if it names none, the first.
func struckPart(s *story.Story, f sim.Fault) sim.Business {
	parts := s.Scenario.Business.Parts()
	return parts[max(slices.IndexFunc(parts, func(b sim.Business) bool { return b.String() == f.Step }), 0)]
}

// strikesAt returns when a fault strikes that strikes a message or the world.
func strikesAt(s *story.Story, f sim.Fault) time.Duration {
	switch info := f.Kind.Info(); {
	case info.Renews:
		return published(s, f.Message) + f.Later
	case info.Strikes == sim.AtMessage:
		return due(s, f.Message) + f.For
	}
	return f.At
}

// patience says how long the queue waits where that is not long enough.
func patience(s *story.Story, f sim.Fault) string {
	switch q := &s.Scenario.Queue; {
	case q.Timed() && f.For > q.Visibility:
		return "; the queue waits " + words.Length(q.Visibility)
	case q.Silence() > 0 && f.Kind == sim.PauseFault && f.For > q.Silence():
		return "; the queue " + gives(q) + " after " + words.Length(q.Silence())
	case q.ConsumerTimeout > 0 && f.For > q.ConsumerTimeout:
		return "; the queue " + gives(q) + " after " + words.Length(q.ConsumerTimeout)
	}
	return ""
}

// gives says what a queue does with a worker that it waits for no more.
func gives(q *broker.Profile) string {
	return words.Either(q.Assign == broker.OwnerWorker, "takes it out of the group", "closes its connection")
}

// whereStruck says where a crash or pause strikes.
func whereStruck(s *story.Story, r *story.Arrival, f sim.Fault) string {
	act := s.Scenario.Business.Words().Act
	switch {
	case f.After == sim.PointEffect:
		return "right after " + act + ", before anything else"
	case f.Before == sim.PointEffect:
		return "before " + act
	case performs(s, r):
		return "after " + act + ", before it can say so"
	}
	return "before it can say that it is done"
}

// Unmet says of every lane that a fault does not strike why not. A fault that is
// neither planned nor drawn is tried out.
func Unmet(s *story.Story, f sim.Fault) []string {
	known := func(l *story.LaneStory) bool { return f.Among(l.Run.Faults) }
	if !slices.ContainsFunc(s.Lanes, known) {
		if u := with(s, f); u != nil {
			return unmet(s, u, f)
		}
		return nil
	}
	var all []string
	for _, l := range s.Lanes {
		struck := func(e sim.Event) bool { return e.Fault >= 0 && f.Same(*l.FaultOf(&e)) }
		if !slices.ContainsFunc(l.Run.Events(), struck) {
			all = append(all, missed(l, f))
		}
	}
	return all
}

// unmet is Unmet in a future.
func unmet(s *story.Story, u *future, f sim.Fault) []string {
	var all []string
	for k, l := range s.Lanes {
		if u.struck(k) {
			continue
		}
		if told, err := s.Retell(u.scenario, l); err == nil {
			all = append(all, missed(told, f))
		}
	}
	return all
}

// missed says why a fault did not strike in the lane.
func missed(l *story.LaneStory, f sim.Fault) string {
	return strings.ToUpper(l.Consumer.Name) + " never met it: " + whyMissed(l, f.Normal())
}

func whyMissed(l *story.LaneStory, f sim.Fault) string {
	if !f.Kind.ByAttempt() {
		dropped := func(e sim.Event) bool { return e.Reply == sim.Deduplicated && l.MessageOf(&e).ID == f.Message }
		if f.Kind == sim.CopyFault && slices.ContainsFunc(l.Run.Events(), dropped) {
			return "the queue dropped " + f.Message + ", so there was nothing to copy"
		}
		return words.Fill(cmp.Or(f.Kind.Info().Words.Missed, "the run was over by then"), &f, "{m3}", f.Message)
	}
	step := f.Step + f.Before + f.After
	if step == sim.PointEffect || step == sim.PointAck {
		step = "" // every consumer has these
	}
	takes := func(e sim.Event) bool {
		return e.Op.Called(step) || e.Op.Performs() && l.Run.Part(&e).String() == step
	}
	if step != "" && !slices.ContainsFunc(l.Run.Events(), takes) {
		return "it has no step " + step
	}
	struck := func(a story.Attempt) bool {
		return !a.Relayed() && (a.Name == f.Message || f.Message == sim.AllMessages) && f.Covers(int(a.Receipt.Delivery))
	}
	a, came := l.First(struck)
	switch {
	case !came && f.Delivery <= 1:
		return f.Message + " is not delivered"
	case !came:
		return f.Message + " is not delivered a " + words.Nth(f.Delivery) + " time"
	case f.Worker != 0 && !slices.ContainsFunc(l.Attempts, func(a story.Attempt) bool { return struck(a) && a.Worker == f.Worker-1 }):
		return "another worker had " + f.Message
	}
	if f.AtEffect() && len(a.Relays) > 0 {
		a = &l.Attempts[a.Relays[0]]
	}
	return whySpared(l, a, f, step)
}

// whySpared says why a fault did not strike an attempt that came.
func whySpared(l *story.LaneStory, a *story.Attempt, f sim.Fault, step string) string {
	label := (&story.Arrival{Name: a.Name, Number: int(a.Receipt.Delivery)}).Label()
	some := func(is func(e *sim.Event) bool) bool {
		return slices.ContainsFunc(a.Events, func(i int) bool { return is(l.Event(i)) })
	}
	switch {
	case !a.Over:
		return "the run ended in the middle of " + label
	case some(func(e *sim.Event) bool { return e.Kind.Kills() }):
		return label + "'s worker died before that"
	case some(func(e *sim.Event) bool { return e.Fault >= 0 }):
		return "something else struck " + label + " first"
	case step != "":
		return label + " does not come to the step " + step
	case f.Kind.Info().Words.Idle != "" && !some(func(e *sim.Event) bool { return e.Op.Performs() }):
		return label + " " + l.Run.Lane.Business.Words().Idle + ", so " + f.Kind.Info().Words.Idle
	}
	return label + " never came to that point"
}

// late is how much a message must be late to come after the next one; if there is
// none, the usual time.
func late(s *story.Story, o *sim.Owed) time.Duration {
	late := sim.DefaultDelay
	for i := range s.Scenario.Messages {
		if m := &s.Scenario.Messages[i]; m.At > o.At {
			late = max(late, m.At-o.At+time.Second)
			break
		}
	}
	return late
}

// published returns when a message reached the queue, or would if the run came to that.
func published(s *story.Story, id string) time.Duration {
	for _, e := range s.Lanes[0].Run.Events() {
		if e.Kind == sim.Publish && s.Lanes[0].MessageOf(&e).ID == id {
			return e.At
		}
	}
	return due(s, id)
}

// redrives returns what an operator could put back after n steps: what lies in the
// dead-letter queue of any lane.
func redrives(s *story.Story, n int) []sim.Fault {
	if s.Scenario.Queue.MaxDeliveries == 0 {
		return nil
	}
	var all []sim.Fault
	for k, l := range s.Lanes {
		w := l.Run.At(s.Upto(n, k))
		for m := range w.Queue().Len() {
			if w.Queue().State(m) != broker.Dead {
				continue
			}
			id := s.Scenario.Messages[w.Owed(m)].ID
			f := sim.Fault{Kind: sim.RedriveFault, Message: id, Later: soon(s, n) - published(s, id)}
			as := f
			as.NewID = true
			all = append(all, f, as)
			if kept := kept(s); kept > f.Later {
				f.Later = kept + time.Hour
				all = append(all, f)
			}
		}
	}
	return all
}

// due returns when what is owed is to be published, by its id; 0 if nothing is.
func due(s *story.Story, id string) time.Duration {
	for i := range s.Scenario.Messages {
		if o := &s.Scenario.Messages[i]; o.ID == id {
			return o.At
		}
	}
	return 0
}
