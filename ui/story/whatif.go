package story

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/words"
)

// Edits is what was changed by hand against a scenario as it was opened. A fault
// that was added by hand and then switched off stands in both: so it can be
// switched on again, and flags can say everything, --with for each of With and
// --without for each of Without.
type Edits struct {
	With    []sim.Fault // added, in the order in which they were
	Without []sim.Fault // switched off, sorted, whether planned, drawn or added
}

// Off reports whether a fault is switched off.
func (e Edits) Off(f sim.Fault) bool { return f.Among(e.Without) }

// Toggle returns the edits with a fault switched off if it was on, and on if it was
// off. Done twice it changes nothing.
func (e Edits) Toggle(f sim.Fault) Edits {
	f = f.Written()
	next := Edits{With: slices.Clone(e.With)}
	for _, o := range e.Without {
		if o = o.Written(); o != f && !slices.Contains(next.Without, o) {
			next.Without = append(next.Without, o)
		}
	}
	if !e.Off(f) {
		next.Without = append(next.Without, f)
	}
	slices.SortFunc(next.Without, func(a, b sim.Fault) int { return strings.Compare(a.String(), b.String()) })
	return next
}

// Add returns the edits with a fault that is on: switched on if it was off, else
// added.
func (e Edits) Add(f sim.Fault) Edits {
	if e.Off(f) {
		return e.Toggle(f)
	}
	next := Edits{With: slices.Clone(e.With), Without: slices.Clone(e.Without)}
	if !f.Among(next.With) {
		next.With = append(next.With, f.Written())
	}
	return next
}

// Equal reports whether two edits say the same. In which order faults were switched
// off does not matter.
func (e Edits) Equal(o Edits) bool {
	within := func(a, b []sim.Fault) bool {
		return !slices.ContainsFunc(a, func(f sim.Fault) bool { return !f.Among(b) })
	}
	return slices.EqualFunc(e.With, o.With, sim.Fault.Same) &&
		within(e.Without, o.Without) && within(o.Without, e.Without)
}

// Apply returns a copy of a scenario with these edits. What is switched off is no
// longer planned, and where faults are left to chance it is not to be drawn either.
// A fault that strikes a copy goes with what makes the copy.
func (e Edits) Apply(s *scenarios.Scenario) *scenarios.Scenario {
	c := *s
	c.Spared = slices.Clone(s.Spared)
	full := slices.Concat(s.Faults, e.With)
	c.Faults = slices.DeleteFunc(slices.Clone(full), e.Off)
	for _, f := range e.Without {
		if (s.Rates.Any() || !f.Among(full)) && !f.Among(c.Spared) {
			c.Spared = append(c.Spared, f.Written())
		}
	}
	if check(s, full) >= 0 {
		return &c // what was wrong before is for whoever wrote it to hear of
	}
	for i := check(s, c.Faults); i >= 0; i = check(s, c.Faults) {
		c.Faults = slices.Delete(c.Faults, i, i+1)
	}
	return &c
}

// check returns the first fault of a plan that cannot be, or -1.
func check(s *scenarios.Scenario, plan []sim.Fault) int {
	i, _ := sim.CheckPlan(plan, s.Messages, s.Rates, cmp.Or(s.Workers, scenarios.DefaultWorkers))
	return i
}

// maxTries is how many chances are looked into before it is said that there is none.
const maxTries = 32

// NextChance returns the fault of a kind that can strike next after n steps, and
// changes nothing of what has happened: a lost ack, a crash before the ack, a pause
// before the effect that outlasts the timeout, or a copy.
func (s *Story) NextChance(kind sim.FaultKind, n int) (sim.Fault, bool) {
	chances := s.chances(kind, n)
	if kind == sim.CopyFault {
		chances = s.copies(n)
	}
	tries, drawn := 0, s.drawn()
	for _, f := range chances {
		if s.planned(f) || drawn(f) {
			continue
		}
		if s.imagine(f, n) != nil {
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
func (s *Story) chances(kind sim.FaultKind, n int) []sim.Fault {
	f := sim.Fault{Kind: kind}
	switch kind {
	case sim.CrashFault:
		f.Before = sim.PointAck
	case sim.PauseFault:
		f.Before, f.For = sim.PointEffect, s.overrun()
	}
	type chance struct {
		sim.Fault
		at time.Duration
	}
	var all []chance
	for _, r := range s.rows() {
		c := chance{f, -1}
		past, worth := false, false
		for k, l := range s.Lanes {
			a, came := s.in(&r, k)
			if !came {
				continue
			}
			i := l.point(a, &f)
			if i < 0 {
				continue
			}
			e := l.event(i)
			past = past || i < s.Upto(n, k)
			worth = worth || kind == sim.PauseFault && e.Op.Performs() || kind != sim.PauseFault && !e.Failed
			if c.at < 0 || e.At < c.at {
				c.at = e.At
			}
		}
		s.Looked(len(s.Lanes))
		c.Message, c.Delivery = r.name, r.delivery
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
func (l *Lane) point(a *attempt, f *sim.Fault) int {
	for _, i := range l.struckOf(a, f) {
		e := l.event(i)
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
func (s *Story) overrun() time.Duration {
	q := &s.Scenario.Queue
	patience := q.Silence()
	if q.Timed() {
		patience = q.Visibility
	}
	return max(patience+patience/2, sim.DefaultPause)
}

// planned reports whether the plan strikes an attempt or a message with the same
// kind already.
func (s *Story) planned(f sim.Fault) bool {
	f = f.Written()
	return slices.ContainsFunc(s.Scenario.Faults, func(p sim.Fault) bool {
		p = p.Normal()
		struck := !f.Kind.ByAttempt() || p.Covers(f.Delivery)
		return p.Kind == f.Kind && (p.Message == f.Message || p.Message == sim.AllMessages) && struck
	})
}

// drawn returns what reports whether chance strikes an attempt in any way, or a message in
// the same. Of an attempt that is planned for, chance lets go.
func (s *Story) drawn() func(sim.Fault) bool {
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
func (s *Story) copies(n int) []sim.Fault {
	var next, last []sim.Fault
	for i := range s.Lanes[0].Run.Events() {
		e := s.Lanes[0].event(i)
		if e.Kind != sim.Publish {
			continue
		}
		f := sim.Fault{Kind: sim.CopyFault, Message: s.Lanes[0].message(e).ID}
		if i < s.Upto(n, 0) {
			f.Later = s.soon(n) - e.At
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
func (s *Story) imagine(f sim.Fault, n int) *future {
	u := s.with(f)
	if u == nil {
		return nil
	}
	struck := false
	for k := range u.runs {
		if !s.keeps(u.runs[k], k, n) {
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
func (s *Story) with(f sim.Fault) *future {
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
func (s *Story) keeps(run *sim.Run, lane, n int) bool {
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
func (s *Story) soon(n int) time.Duration {
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

// Difference says in words how a story ends otherwise than another of the same
// scenario with other faults: "Without m3's crash: NAIVE takes $120 less,
// INBOX the same". If they end alike, it says that, and in what they differ at an
// instant on the way.
func Difference(now, other *Story, at time.Duration) words.Line {
	said := compare(now, other, func(l, o *Lane) (words.Meaning, string) { return gap(&l.Outcome, &o.Outcome) })
	if said == nil {
		said.Add(words.OK, "no difference at the end")
		if by := compare(now, other, func(l, o *Lane) (words.Meaning, string) { return lag(l, o, at) }); by != nil {
			said[0].Text += "; by " + words.Clock(at)
			said = append(said, by...)
		}
	}
	said[len(said)-1].Text += "."
	if head := changed(now.Scenario, other.Scenario); head != "" {
		return append(words.Say(words.Fault, head+":"), said...)
	}
	return said
}

// compare says lane by lane what differs: nothing at all if nothing does.
func compare(now, other *Story, differs func(l, o *Lane) (words.Meaning, string)) words.Line {
	var said words.Line
	var same []string
	for _, l := range now.Lanes {
		k := slices.IndexFunc(other.Lanes, func(o *Lane) bool { return o.Consumer.Name == l.Consumer.Name })
		if k < 0 {
			continue
		}
		name := strings.ToUpper(l.Consumer.Name)
		if as, text := differs(l, other.Lanes[k]); text == "" {
			same = append(same, name)
		} else {
			said.Join(as, name+" "+text)
		}
	}
	switch n := len(same); {
	case said == nil:
		return nil
	case n > 2:
		said.Join(words.Dim, "the others the same")
	case n > 0:
		said.Join(words.Dim, strings.Join(same, " and ")+" the same")
	}
	return said
}

// lag says how much more or less a lane had done by an instant than another.
func lag(l, o *Lane, at time.Duration) (words.Meaning, string) {
	b := l.Run.Lane.Business
	by := func(l *Lane) (sum int64) {
		for _, m := range l.Marks() {
			if l.event(m.Event).At <= at {
				sum = m.Taken
			}
		}
		return sum
	}
	units := by(l) - by(o)
	if units == 0 {
		return words.Plain, ""
	}
	return words.Plain, "had " + b.Words().Taken + " " + words.Amount(b, max(units, -units)) + words.Either(units > 0, " more", " less")
}

// gap says how one outcome differs from another: "" if it does not. What is done
// twice and what is lost are two figures, here as well.
func gap(now, other *scenarios.Outcome) (words.Meaning, string) {
	b := now.Business
	excess, missing, rest := now.Excess-other.Excess, now.Missing-other.Missing, now.Taken-other.Taken
	rest -= excess - missing // what is neither too much nor lost has been done, or is still to be
	var parts []string
	part := func(verb string, units int64, what string) {
		if units != 0 {
			parts = append(parts, verb+" "+words.Amount(b, max(units, -units))+words.Either(units > 0, " more", " less")+what)
		}
	}
	part(b.Words().Takes, excess, words.Either(missing != 0 || rest != 0, " too often", ""))
	part(words.Either(len(parts) > 0, "and ", "")+"loses", missing, "")
	part(words.Either(len(parts) > 0, "and ", "")+b.Words().Takes, rest, " in time")
	if len(parts) == 0 && slices.Equal(now.Twice, other.Twice) && slices.Equal(now.Never, other.Never) && slices.Equal(now.Parked, other.Parked) {
		return words.Plain, ""
	}
	if len(parts) == 0 {
		return words.Wrong, b.Words().Takes + " as much, but for others"
	}
	better := excess <= 0 && missing <= 0 && rest >= 0
	return words.Either(better, words.OK, words.Wrong), strings.Join(parts, " ")
}

// changed says which faults one scenario has on and another has not.
func changed(now, other *scenarios.Scenario) string {
	added, gone := beyond(now, other), beyond(other, now)
	switch {
	case len(added)+len(gone) > 3:
		return "With other faults"
	case len(added) == 0 && len(gone) == 0:
		return ""
	case len(added) == 0:
		return "Without " + strings.Join(gone, " and ")
	case len(gone) == 0:
		return "With " + strings.Join(added, " and ")
	}
	return "With " + strings.Join(added, " and ") + ", without " + strings.Join(gone, " and ")
}

// beyond returns the faults that a scenario has and another has not: planned in the
// one only, or drawn in both and spared in the other only.
func beyond(s, other *scenarios.Scenario) []string {
	var names []string
	add := func(f sim.Fault) {
		if name := words.Mishap(f); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, f := range s.Faults {
		if !f.Among(other.Faults) {
			add(f)
		}
	}
	for _, f := range other.Spared {
		if !f.Among(s.Spared) && !f.Among(s.Faults) && !f.Among(other.Faults) {
			add(f)
		}
	}
	return names
}
