package story

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/broker"
	"dejavu/scenarios"
	"dejavu/sim"
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

// maxOffers is how many offers are looked through: all that can befall one delivery,
// and a few of what can befall the next.
const maxOffers = 20

// Offers returns what can go wrong after n steps, to the deliveries that are at work
// and to the next one, the most telling first. What has happened stays as it was.
func (s *Story) Offers(n int) []Offer {
	var all []Offer
	drawn := s.drawn()
	add := func(r *row, faults []sim.Fault) {
		for _, f := range faults {
			f = f.Normal()
			known := f.Among(s.Scenario.Faults) || slices.ContainsFunc(all, func(o Offer) bool { return o.Fault == f })
			if known || len(all) == maxOffers || drawn(f) {
				continue
			}
			if u := s.imagine(f, n); u != nil {
				all = append(all, Offer{f, s.threat(r, f), scenarios.FaultLine(f), s.unmet(u, f)})
			}
		}
	}
	add(nil, s.redrives(n))
	for _, r := range s.at(n) {
		add(&r, s.dangers(&r, n))
	}
	if len(all) == 0 { // even when it is over
		add(nil, []sim.Fault{{Kind: sim.ForgetAcksFault, At: s.soon(n)}})
	}
	return all
}

// at returns the deliveries that are at work in some lane after n steps, those that
// came last first, and then the one that comes next.
func (s *Story) at(n int) []row {
	var now, next []row
	for _, r := range s.rows() {
		begun, working := false, false
		for k := range s.Lanes {
			a, came := s.in(&r, k)
			if !came {
				continue
			}
			if upto := s.Upto(n, k); a.begins() < upto {
				begun = true
				working = working || !a.over || a.events[len(a.events)-1] >= upto
			}
		}
		if working {
			now = append(now, r)
		} else if !begun {
			next = append(next, r)
		}
	}
	slices.Reverse(now)
	return append(now, next[:min(len(next), 1)]...)
}

// dangers returns what could befall a delivery, its message and all workers.
func (s *Story) dangers(r *row, n int) []sim.Fault {
	strike := func(f sim.Fault) sim.Fault {
		f.Message, f.Delivery = r.name, r.delivery
		return f
	}
	const effect, ack = sim.PointEffect, sim.PointAck
	all := []sim.Fault{strike(sim.Fault{Kind: sim.LoseAckFault}), strike(sim.Fault{Kind: sim.CrashFault, Before: ack})}
	if s.performs(r) {
		all = append(all,
			strike(sim.Fault{Kind: sim.CrashFault, After: effect}),
			strike(sim.Fault{Kind: sim.PauseFault, Before: effect, For: s.overrun()}),
			strike(sim.Fault{Kind: sim.SlowFault, For: s.overrun()}),
			strike(sim.Fault{Kind: sim.LoseReplyFault}),
			strike(sim.Fault{Kind: sim.CrashFault, Before: effect}),
			strike(sim.Fault{Kind: sim.FailFault}))
	} else {
		all = append(all, strike(sim.Fault{Kind: sim.PauseFault, Before: ack, For: s.overrun()}))
	}
	o := s.owedBy(r)
	again := func(f sim.Fault) {
		f.Message = o.ID
		if f = f.Normal(); s.published(o.ID)+f.Later <= s.When(n) {
			f.Later = s.soon(n) - s.published(o.ID)
		}
		all = append(all, f)
	}
	again(sim.Fault{Kind: sim.CopyFault})
	again(sim.Fault{Kind: sim.RepublishFault})
	again(sim.Fault{Kind: sim.RepublishFault, NewID: true})
	all = append(all, sim.Fault{Kind: sim.DelayFault, Message: o.ID, For: s.late(o)})
	if s.stores() {
		all = append(all, sim.Fault{Kind: sim.LoseWritesFault, At: s.soon(n)}, sim.Fault{Kind: sim.StoreDownFault, At: s.soon(n)})
	}
	return append(all, sim.Fault{Kind: sim.ForgetAcksFault, At: s.soon(n)}, sim.Fault{Kind: sim.RestartFault, At: s.soon(n)})
}

// stores reports whether any lane writes something down outside of its memory.
func (s *Story) stores() bool {
	return slices.ContainsFunc(s.Lanes, func(l *Lane) bool {
		return slices.ContainsFunc(l.Run.Events(), func(e sim.Event) bool {
			return e.Op.Place() == sim.InDB || e.Op.Place() == sim.InCache
		})
	})
}

// owedBy returns what a delivery counts for.
func (s *Story) owedBy(r *row) *sim.Owed {
	for k, l := range s.Lanes {
		if a, came := s.in(r, k); came {
			return &l.Run.Lane.Messages[a.owed]
		}
	}
	return nil
}

// performs reports whether a delivery leads to the effect in any lane.
func (s *Story) performs(r *row) bool {
	for k, l := range s.Lanes {
		a, came := s.in(r, k)
		if came && slices.ContainsFunc(l.doings(a), func(i int) bool { return l.event(i).Op.Performs() }) {
			return true
		}
	}
	return false
}

// threat says a fault in one sentence, as what might happen.
func (s *Story) threat(r *row, f sim.Fault) string {
	h, label, point := s.Scenario.Business.Words(), f.Message, ""
	if f.Kind.ByAttempt() {
		label, point = r.label(), s.point(r, f)
	}
	return words.Fill(f.Kind.Info().Words.Threat, &f, "{m3}", label, "{at}", words.Clock(s.strikesAt(f)), "{point}", point, "{patience}", s.patience(f),
		"{bank}", h.Whom, "{answers}", h.Replies, "{refuses}", h.Refuses, "{acks}", words.Either(f.Last > 1, fmt.Sprintf("%d acks", f.Last), "ack"))
}

// strikesAt returns when a fault strikes that strikes a message or the world.
func (s *Story) strikesAt(f sim.Fault) time.Duration {
	switch info := f.Kind.Info(); {
	case info.Renews:
		return s.published(f.Message) + f.Later
	case info.Strikes == sim.AtMessage:
		return s.due(f.Message) + f.For
	}
	return f.At
}

// patience says how long the queue waits where that is not long enough.
func (s *Story) patience(f sim.Fault) string {
	switch q := &s.Scenario.Queue; {
	case q.Timed() && f.For > q.Visibility:
		return "; the queue waits " + words.Length(q.Visibility)
	case q.Silence() > 0 && f.Kind == sim.PauseFault && f.For > q.Silence():
		return "; the queue closes its connection after " + words.Length(q.Silence())
	}
	return ""
}

// point says where a crash or pause strikes.
func (s *Story) point(r *row, f sim.Fault) string {
	act := s.Scenario.Business.Words().Act
	switch {
	case f.After == sim.PointEffect:
		return "right after " + act + ", before anything else"
	case f.Before == sim.PointEffect:
		return "before " + act
	case s.performs(r):
		return "after " + act + ", before it can say so"
	}
	return "before it can say that it is done"
}

// Unmet says of every lane that a fault does not strike why not. A fault that is
// neither planned nor drawn is tried out.
func (s *Story) Unmet(f sim.Fault) []string {
	known := func(l *Lane) bool { return f.Among(l.Run.Faults) }
	if !slices.ContainsFunc(s.Lanes, known) {
		if u := s.with(f); u != nil {
			return s.unmet(u, f)
		}
		return nil
	}
	var all []string
	for _, l := range s.Lanes {
		struck := func(e sim.Event) bool { return e.Fault >= 0 && f.Same(*l.fault(&e)) }
		if !slices.ContainsFunc(l.Run.Events(), struck) {
			all = append(all, l.missed(f))
		}
	}
	return all
}

// unmet is Unmet in a future.
func (s *Story) unmet(u *future, f sim.Fault) []string {
	var all []string
	for k, l := range s.Lanes {
		if u.struck(k) {
			continue
		}
		if told, err := s.Retell(u.scenario, l); err == nil {
			all = append(all, told.missed(f))
		}
	}
	return all
}

// missed says why a fault did not strike in the lane.
func (l *Lane) missed(f sim.Fault) string {
	return strings.ToUpper(l.Consumer.Name) + " never met it: " + l.whyMissed(f.Normal())
}

func (l *Lane) whyMissed(f sim.Fault) string {
	if !f.Kind.ByAttempt() {
		dropped := func(e sim.Event) bool { return e.Reply == sim.Deduplicated && l.message(&e).ID == f.Message }
		if f.Kind == sim.CopyFault && slices.ContainsFunc(l.Run.Events(), dropped) {
			return "the queue dropped " + f.Message + ", so there was nothing to copy"
		}
		return words.Fill(cmp.Or(f.Kind.Info().Words.Missed, "the run was over by then"), &f, "{m3}", f.Message)
	}
	step := f.Step + f.Before + f.After
	if step == sim.PointEffect || step == sim.PointAck {
		step = "" // every consumer has these
	}
	takes := func(e sim.Event) bool { return takes(e.Op, step) }
	if step != "" && !slices.ContainsFunc(l.Run.Events(), takes) {
		return "it has no step " + step
	}
	struck := func(a attempt) bool {
		return !a.relayed() && (a.name == f.Message || f.Message == sim.AllMessages) && f.Covers(int(a.receipt.Delivery))
	}
	a, came := l.firstOf(struck)
	switch {
	case !came && f.Delivery <= 1:
		return f.Message + " is not delivered"
	case !came:
		return f.Message + " is not delivered a " + words.Nth(f.Delivery) + " time"
	case f.Worker != 0 && !slices.ContainsFunc(l.attempts, func(a attempt) bool { return struck(a) && a.worker == f.Worker-1 }):
		return "another worker had " + f.Message
	}
	if f.AtEffect() && len(a.relays) > 0 {
		a = &l.attempts[a.relays[0]]
	}
	return l.whySpared(a, f, step)
}

// whySpared says why a fault did not strike an attempt that came.
func (l *Lane) whySpared(a *attempt, f sim.Fault, step string) string {
	label := (&row{name: a.name, delivery: int(a.receipt.Delivery)}).label()
	some := func(is func(e *sim.Event) bool) bool {
		return slices.ContainsFunc(a.events, func(i int) bool { return is(l.event(i)) })
	}
	switch {
	case !a.over:
		return "the run ended in the middle of " + label
	case some(func(e *sim.Event) bool { return e.Kind == sim.Crash || e.Kind == sim.Restart }):
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

// takes reports whether a step answers to the name that a fault gives: its own, or
// that of its class.
func takes(o sim.Op, name string) bool {
	return o.String() == name || name == "mark" && o.Marks() || name == "check" && o.Checks()
}

// late is how much a message must be late to come after the next one; if there is
// none, the usual time.
func (s *Story) late(o *sim.Owed) time.Duration {
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
func (s *Story) published(id string) time.Duration {
	for _, e := range s.Lanes[0].Run.Events() {
		if e.Kind == sim.Publish && s.Lanes[0].message(&e).ID == id {
			return e.At
		}
	}
	return s.due(id)
}

// redrives returns what an operator could put back after n steps: what lies in the
// dead-letter queue of any lane.
func (s *Story) redrives(n int) []sim.Fault {
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
			f := sim.Fault{Kind: sim.RedriveFault, Message: id, Later: s.soon(n) - s.published(id)}
			as := f
			as.NewID = true
			all = append(all, f, as)
		}
	}
	return all
}

// due returns when what is owed is to be published, by its id; 0 if nothing is.
func (s *Story) due(id string) time.Duration {
	for i := range s.Scenario.Messages {
		if o := &s.Scenario.Messages[i]; o.ID == id {
			return o.At
		}
	}
	return 0
}
