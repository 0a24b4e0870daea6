package whatif

import (
	"cmp"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/story"
	"slices"
	"time"
)

// maxTries is how many chances are looked into before it is said that there is none.
const maxTries = 32

// NextChance returns the fault of a kind that can strike next after n steps, and
// changes nothing of what has happened: a lost ack, a crash before the ack, a pause
// before the effect that outlasts the timeout, or a copy.
func NextChance(s *story.Story, kind sim.FaultKind, n int) (sim.Fault, bool) {
	chances := chances(s, kind, n)
	if kind == sim.CopyFault {
		chances = copies(s, n)
	}
	tries, drawn := 0, drawn(s)
	for _, f := range chances {
		if planned(s, f) || drawn(f) {
			continue
		}
		if imagine(s, f, n) != nil {
			return f, true
		}
		if tries++; tries == maxTries {
			break
		}
	}
	return sim.Fault{}, false
}

// chances returns what could strike the attempts that have not come to a kind's
// point in any lane after n steps, those first that come to it first.
func chances(s *story.Story, kind sim.FaultKind, n int) []sim.Fault {
	f := sim.Fault{Kind: kind}
	switch kind {
	case sim.CrashFault:
		f.Before = sim.PointAck
	case sim.PauseFault:
		f.Before, f.For = sim.PointEffect, overrun(s)
	}
	type chance struct {
		sim.Fault
		at time.Duration
	}
	var all []chance
	for _, r := range s.Arrivals() {
		c := chance{f, -1}
		past, worth := false, false
		for k, l := range s.Lanes {
			a, came := s.In(&r, k)
			if !came {
				continue
			}
			i := point(l, a, &f)
			if i < 0 {
				continue
			}
			e := l.Event(i)
			past = past || i < s.Upto(n, k)
			worth = worth || kind == sim.PauseFault && e.Op.Performs() || kind != sim.PauseFault && !e.Failed
			if c.at < 0 || e.At < c.at {
				c.at = e.At
			}
		}
		s.Looked(len(s.Lanes))
		c.Message, c.Delivery = r.Name, r.Number
		if worth && !past {
			all = append(all, c)
		}
	}
	slices.SortStableFunc(all, func(a, b chance) int { return cmp.Compare(a.at, b.at) })
	faults := make([]sim.Fault, len(all))
	for i := range all {
		faults[i] = all[i].Normal()
	}
	return faults
}

// point returns the event that a lost ack takes the place of, or before which a
// crash or pause strikes, or -1 if the attempt never comes to it.
func point(l *story.LaneStory, a *story.Attempt, f *sim.Fault) int {
	for _, i := range l.StruckOf(a, f) {
		e := l.Event(i)
		ends := e.Op == sim.OpReturn || e.Op == sim.OpPanic
		switch {
		case e.Kind == sim.Nothing:
			continue
		case f.Kind == sim.LoseAckFault && (e.Kind == sim.Crash || e.Op == sim.OpPanic || e.Reply == sim.Unreported || e.Reply == sim.NotYet):
			continue
		case f.Before == sim.PointEffect && (e.Op.Performs() || ends), f.Before != sim.PointEffect && (e.Op == sim.OpAck || ends):
			return i
		}
	}
	return -1
}

// overrun is how long a pause lasts that a message comes back in.
func overrun(s *story.Story) time.Duration {
	q := &s.Scenario.Queue
	patience := q.Patience()
	return max(patience+patience/2, sim.DefaultPause)
}

// planned reports whether the plan strikes an attempt or a message with the same
// kind already.
func planned(s *story.Story, f sim.Fault) bool {
	f = f.Written()
	return slices.ContainsFunc(s.Scenario.Faults, func(p sim.Fault) bool {
		p = p.Normal()
		struck := !f.Kind.ByAttempt() || p.Covers(f.Delivery)
		return p.Kind == f.Kind && (p.Message == f.Message || p.Message == sim.AllMessages) && struck
	})
}

// drawn returns what reports whether chance strikes an attempt in any way, or a message in
// the same. Of an attempt that is planned for, chance lets go.
func drawn(s *story.Story) func(sim.Fault) bool {
	chance := map[draw]bool{}
	for _, l := range s.Lanes {
		for _, d := range l.Run.Faults[len(s.Scenario.Faults):] {
			chance[drawOf(d)] = true
		}
	}
	return func(f sim.Fault) bool { return chance[drawOf(f.Written())] }
}

// draw is what a fault strikes: an attempt, whatever the kind, or a message in its kind.
type draw struct {
	message  string
	delivery int
	kind     sim.FaultKind
}

func drawOf(f sim.Fault) draw {
	if f.Kind.ByAttempt() {
		return draw{message: f.Message, delivery: f.Delivery}
	}
	return draw{message: f.Message, delivery: -1, kind: f.Kind}
}

// copies returns what could be copied after n steps: what is published next, then
// what was published last.
func copies(s *story.Story, n int) []sim.Fault {
	var next, last []sim.Fault
	for i := range s.Lanes[0].Run.Events() {
		e := s.Lanes[0].Event(i)
		if e.Kind != sim.Publish {
			continue
		}
		f := sim.Fault{Kind: sim.CopyFault, Message: s.Lanes[0].MessageOf(e).ID}
		if i < s.Upto(n, 0) {
			f.Later = soon(s, n) - e.At
			last = append(last, f.Normal())
		} else {
			next = append(next, f.Normal())
		}
	}
	slices.Reverse(last)
	return append(next, last...)
}

// future is a story as it would go with one more fault.
type future struct {
	scenario *scenarios.Scenario
	runs     []*sim.Run // by lane
	fault    int32      // index of the fault in each
}

// imagine returns the future with one more fault, or nil if there is none worth
// telling: the fault cannot be, strikes nothing, or would change what has happened
// in the first n steps.
func imagine(s *story.Story, f sim.Fault, n int) *future {
	u := with(s, f)
	if u == nil {
		return nil
	}
	struck := false
	for k := range u.runs {
		if !keeps(s, u.runs[k], k, n) {
			return nil
		}
		struck = struck || u.struck(k)
	}
	if !struck {
		return nil
	}
	return u
}

// with simulates every lane again with one more fault. It returns nil if that
// cannot be.
func with(s *story.Story, f sim.Fault) *future {
	c := *s.Scenario
	c.Faults = append(slices.Clone(c.Faults), f)
	u := &future{scenario: &c, fault: int32(len(s.Scenario.Faults))}
	for _, l := range s.Lanes {
		run, err := s.Another(c.Lane(l.Consumer))
		if err != nil {
			return nil
		}
		u.runs = append(u.runs, run)
	}
	return u
}

// struck reports whether the fault strikes in a lane.
func (u *future) struck(lane int) bool {
	return slices.ContainsFunc(u.runs[lane].Events(), func(e sim.Event) bool { return e.Fault == u.fault })
}

// keeps reports whether in another run of a lane the first n steps are as they
// were, and nothing else comes before their end.
func keeps(s *story.Story, run *sim.Run, lane, n int) bool {
	old, upto := s.Lanes[lane].Run, s.Upto(n, lane)
	if run.Len() < upto || run.Len() > upto && run.Events()[upto].At < s.When(n) {
		return false
	}
	for i := range upto {
		s.Looked(1)
		if !sameEvent(old, run, i) {
			return false
		}
	}
	return true
}

// sameEvent reports whether the i-th events of two runs are the same. One fault more
// in the plan, and the same draw has another number.
func sameEvent(a, b *sim.Run, i int) bool {
	x, y := a.Events()[i], b.Events()[i]
	if x.Fault >= 0 && y.Fault >= 0 && a.Faults[x.Fault] == b.Faults[y.Fault] {
		y.Fault = x.Fault
	}
	return x == y
}

// soon returns the roundest instant after the n-th step and before anything else
// happens.
func soon(s *story.Story, n int) time.Duration {
	now := s.When(n)
	next := now + 2*time.Second
	if i := s.StepAt(now); i < s.Steps() {
		next = min(next, s.When(i+1))
	}
	for unit := time.Second; unit > 0; unit /= 10 {
		if at := (now/unit + 1) * unit; at < next {
			return at
		}
	}
	return now + 1
}
