package story

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"dejavu/sim"
	voice "dejavu/sim/tell"
	"dejavu/ui/words"
)

// WritePlain tells the story as one sentence an event, lanes merged by time, with
// no layout that a screen reader would stumble over.
func (s *Story) WritePlain(out io.Writer) error {
	w := &writer{Writer: bufio.NewWriter(out), paint: words.NoPaint}
	w.text(s.Scenario.Title + ".")
	w.text(s.Scenario.Teaches)
	w.text(strings.TrimSpace(s.Scenario.Story))
	w.text(s.Scenario.Question)
	w.text("")
	next, folds := make([]int, len(s.Lanes)), make([][]fold, len(s.Lanes))
	for k, l := range s.Lanes {
		folds[k] = l.foldEvents()
	}
	for {
		lane := -1
		for k, l := range s.Lanes {
			if next[k] < l.Run.Len() && (lane < 0 || l.Run.Events()[next[k]].At < s.Lanes[lane].Run.Events()[next[lane]].At) {
				lane = k
			}
		}
		if lane < 0 {
			break
		}
		l := s.Lanes[lane]
		i := next[lane]
		next[lane]++
		switch f := folds[lane][i]; {
		case f.more > 0:
			w.text(fmt.Sprintf("%s, %s: %s is delivered %s.", words.Clock(l.Event(i).At), l.Consumer.Name, l.Run.Name(l.Event(i)), goesOn(f.more, l.Event(f.last).At)))
		case !f.hidden:
			w.text(l.sentence(i, &w.speaker))
		}
	}
	if s.Ended() != "" {
		w.text(s.Ended())
	}
	w.text("")
	for _, l := range s.Lanes {
		for _, h := range l.Harms() {
			w.text(h.headline() + " " + h.chain.Plain() + ".")
		}
	}
	for _, l := range s.Lanes {
		w.text(s.verdict(l))
	}
	return w.Flush()
}

// sentence tells one event: when, whose, and what it is.
func (l *LaneStory) sentence(i int, by *voice.Speaker) string {
	return fmt.Sprintf("%s, %s: %s", words.Clock(l.Event(i).At), l.Consumer.Name, l.said(i, by))
}

// Sentences tells, one sentence an event, what became of some messages in a lane. Steps
// that are worth no word elsewhere are left out: a transaction that begins, or is rolled
// back.
func (l *LaneStory) Sentences(about ...string) []string {
	var all []string
	var by voice.Speaker
	for i := range l.Run.Events() {
		e := l.Event(i)
		if slices.Contains(about, l.Run.Name(e)) && !l.teller.Event(i).Silent() {
			all = append(all, words.Clock(e.At)+", "+l.said(i, &by))
		}
	}
	return all
}

// said says what one event is.
func (l *LaneStory) said(i int, by *voice.Speaker) string {
	form := voice.Whole
	form.Speaker = by
	return l.teller.Event(i).Sentence(form) + "."
}

// verdict is what it came to in one lane, as one sentence.
func (s *Story) verdict(l *LaneStory) string {
	b, o := s.Scenario.Business, &l.Outcome
	parts := []string{fmt.Sprintf("owed %s, %s %s, too much %s", words.Amount(b, o.Owed), b.Words().InAll, words.Amount(b, o.Taken), words.Amount(b, o.Excess))}
	for _, p := range []struct {
		what string
		ids  []string
	}{
		{b.Words().Did + " " + b.Words().Often, o.Twice}, {"never " + b.Words().Did, o.Never}, {"parked", o.Parked}, {"pending", o.Pending}, {"never settled", o.Unsettled}, {"outdated", o.Outdated},
	} {
		if len(p.ids) > 0 {
			parts = append(parts, p.what+" "+strings.Join(p.ids, " "))
		}
	}
	if o.OK {
		parts = append(parts, words.Either(len(o.Outdated) > 0, "everything else once", "everything once"))
	}
	parts = append(parts, fmt.Sprintf("%d deliveries", l.Deliveries), l.CostSentence())
	return l.Consumer.Name + ": " + strings.Join(parts, "; ") + "."
}

// ended says what became of a message that has had its last delivery.
func ended(e *sim.Event) string { return words.Either(e.Reply == sim.Discarded, "dropped", "parked") }

// notice is something that happened to a message, to what was remembered of it, or to
// all at once, and is part of no attempt.
type notice struct {
	at    time.Duration
	said  voice.Clause
	lanes []string
}

// notices returns what happened between attempts, in order. What happened at the
// same time by the clock in several lanes is one notice.
func (s *Story) notices() []notice {
	var all []notice
	type what struct{ text, clock string }
	known := map[what][]int{}
	for _, l := range s.Lanes {
		for i := range l.Run.Events() {
			n, ok := l.notice(i)
			if !ok {
				continue
			}
			this := what{n.said.Sentence(voice.Whole), words.Clock(n.at)}
			same := slices.IndexFunc(known[this], func(k int) bool { return !slices.Contains(all[k].lanes, l.Consumer.Name) })
			if same >= 0 {
				k := known[this][same]
				all[k].lanes = append(all[k].lanes, l.Consumer.Name)
			} else {
				n.lanes = []string{l.Consumer.Name}
				known[this] = append(known[this], len(all))
				all = append(all, n)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b notice) int { return cmp.Compare(a.at, b.at) })
	return all
}

// notice is that of an event, if it is worth one. A broker that forgets acks is told of
// at the deliveries that come of it.
func (l *LaneStory) notice(i int) (n notice, worth bool) {
	e := l.Event(i)
	switch {
	case e.Reply == sim.Deduplicated:
		return notice{at: e.At, said: l.teller.Dropped(e)}, true
	case e.Kind == sim.Expire:
		worth = l.lapsed(e)
	case e.Kind.EndsWait(), e.Kind == sim.ForgetAck:
		worth = e.Reply.GivesUp()
	case e.Kind.OfWorld() && e.Kind != sim.Evict:
		worth = true
	}
	if worth {
		n = notice{at: e.At, said: l.teller.Event(i)}
	}
	return n, worth
}

// laneOf is the lane of a consumer, or those of several.
func laneOf(consumers []string) string {
	return words.Either(len(consumers) > 1, "the lanes of ", "the lane of ") + words.Listed(consumers)
}

// writeNotices writes those of the notices that came before a time, and returns
// the others.
func (s *Story) writeNotices(w *writer, all []notice, until time.Duration) []notice {
	for len(all) > 0 && all[0].at <= until {
		n := all[0]
		all = all[1:]
		about, text := n.said.Apart(spoken(&w.speaker))
		if len(n.lanes) < len(s.Lanes) {
			text += ", in " + laneOf(n.lanes)
		}
		for i, line := range words.Say(words.Fault, text).Wrap(w.width - w.gutter) {
			w.text(w.left(words.Either(i == 0, fmt.Sprintf("%-7s %s", words.Clock(n.at), about), "")) + line.Painted(w.paint, 0))
		}
	}
	return all
}

// writeUnmet says of every planned fault in which lanes it struck nothing: there
// was no such delivery, or no such step.
func (s *Story) writeUnmet(w *writer) {
	struck := make([][]bool, len(s.Lanes)) // by lane and fault
	for k, l := range s.Lanes {
		struck[k] = make([]bool, len(l.Run.Faults))
		for i := range l.Run.Events() {
			if f := l.Event(i).Fault; f >= 0 {
				struck[k][f] = true
			}
		}
	}
	for i, f := range s.Scenario.Faults {
		var spared []string
		for k, l := range s.Lanes {
			if !struck[k][i] {
				spared = append(spared, l.Consumer.Name)
			}
		}
		text := ""
		switch len(spared) {
		case 0:
			continue
		case len(s.Lanes):
			text = fmt.Sprintf("%s struck nothing: %s.", f, idle(&f, "no lane came to that point"))
		default:
			text = fmt.Sprintf("%s struck nothing in %s: %s.", f, laneOf(spared), idle(&f, "it never came to that point"))
		}
		w.text("")
		for _, line := range words.Say(words.Fault, text).Wrap(w.width) {
			w.line(line, 0)
		}
	}
}

// idle says why a fault struck nothing, or what is said where its kind has no more to say.
func idle(f *sim.Fault, usual string) string {
	switch row := f.Kind.Info(); {
	case f.Kind == sim.RedriveFault:
		return "the dead-letter queue had no " + f.Message
	case row.Hits == sim.OnClock:
		return row.Words.Idle
	}
	return usual
}

// Recount tells what happened between two places, a line for each delivery and what
// each lane made of it. It remembers which terms it has explained.
type Recount struct {
	story   *Story
	speaker voice.Speaker
}

// Recount returns a teller of stretches of the story.
func (s *Story) Recount() *Recount { return &Recount{story: s} }

// Tell returns what came after from steps, up to the step to, in the order in which
// it began.
func (r *Recount) Tell(from, to int) []words.Line {
	s := r.story
	var all []passage
	rows := s.Arrivals()
	for i := range rows {
		row := &rows[i]
		p := passage{row: row, first: s.Steps() + 1}
		for k := range s.Lanes {
			a, came := s.In(row, k)
			if !came {
				continue
			}
			for _, event := range append([]int{a.Begins()}, a.Events...) {
				if step := s.StepOf(k, event); from < step && step <= to {
					p.begun = p.begun || event == a.Begins()
					p.first = min(p.first, step)
				}
			}
		}
		if p.first <= to {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b passage) int { return cmp.Compare(a.first, b.first) })
	var lines []words.Line
	for _, p := range all {
		lines = append(lines, r.pass(p, from, to)...)
	}
	return append(lines, r.between(from, to)...)
}

// passage is what there is to tell of one delivery.
type passage struct {
	row   *Arrival
	first int  // step of what is told first
	begun bool // it begins here
}

// pass tells a passage: that it begins, if it does, and what the lanes made of it.
// Lanes to which the same happened share a line.
func (r *Recount) pass(p passage, from, to int) []words.Line {
	s := r.story
	var lines []words.Line
	var all []sharedLine
	if p.begun {
		lines = append(lines, r.arrival(p.row))
	}
	for k, l := range s.Lanes {
		a, came := s.In(p.row, k)
		if !came {
			continue
		}
		what := r.stretch(l, a, s.sent(from, k), s.sent(to, k))
		if len(what) > 0 {
			all = shared(all, l, what)
		}
	}
	for _, one := range all {
		one.told[len(one.told)-1].Text += "."
		lines = append(lines, one.led(p.row.Label()+", "))
	}
	return lines
}

// between tells of what happened to no attempt: to a message that nobody handled, or
// to the world.
func (r *Recount) between(from, to int) []words.Line {
	type aside struct{ at, text string }
	var all []aside
	var who [][]string
	for k, l := range r.story.Lanes {
		for i := r.story.Upto(from, k); i < r.story.Upto(to, k); i++ {
			e := l.Event(i)
			if _, told := l.notice(i); !told && (e.Fault < 0 || e.Receipt.Delivery > 0 || e.Kind.Order() == sim.Publish.Order()) {
				continue
			}
			this := aside{words.Clock(e.At), l.teller.Event(i).Sentence(spoken(&r.speaker)) + "."}
			same := slices.Index(all, this)
			if same < 0 {
				same = len(all)
				all, who = append(all, this), append(who, nil)
			}
			who[same] = append(who[same], strings.ToUpper(l.Consumer.Name))
		}
	}
	lines := make([]words.Line, len(all))
	for i, a := range all {
		if len(who[i]) < len(r.story.Lanes) {
			a.at += ", " + strings.Join(who[i], ", ")
		}
		lines[i] = words.Say(words.Strong, a.at+":").And(words.Fault, a.text)
	}
	return lines
}

// arrival says that a delivery came, and why if it is not the first.
func (r *Recount) arrival(row *Arrival) words.Line {
	head := words.Say(words.Dim, words.Clock(row.at)+", "+row.Label())
	for k, l := range r.story.Lanes {
		a, came := r.story.In(row, k)
		if !came {
			continue
		}
		if why := l.why(a); !why.Silent() {
			head[0].Text += ","
			return append(head, words.Line(why.Spans(spoken(&r.speaker))).Ended(".")...)
		}
		o := &l.Run.Lane.Messages[a.Owed]
		head[0].Text += ":"
		head.Add(words.Dim, words.Either(o.Customer == "", "it", o.Customer+"'s order")+" is handed to a worker.")
		return head
	}
	return head
}

// stretch says what a lane made of a delivery in the events from one up to another.
func (r *Recount) stretch(l *LaneStory, a *Attempt, from, to int) words.Line {
	var c voice.Clause
	for _, i := range a.Events {
		if i < from || i >= to {
			continue
		}
		step := l.teller.Work(i)
		if at := l.Event(i).At; c.Silent() && at-a.At >= longPause {
			step = step.Led("at " + words.Clock(at) + " ")
		}
		c.Then(step)
	}
	return c.Spans(spoken(&r.speaker))
}

// Tally says in a line what each lane has taken after n steps. Too much and never
// are two figures.
func (s *Story) Tally(n int) words.Line {
	b := s.Scenario.Business
	word := b.Words().Taken
	line := words.Say(words.Dim, strings.ToUpper(word[:1])+word[1:]+" so far:")
	for k, l := range s.Lanes {
		taken, excess, missing := s.Totals(n, k)
		text := strings.ToUpper(l.Consumer.Name) + " " + words.Amount(b, taken)
		as := words.Plain
		if excess > 0 {
			text, as = text+", "+words.Amount(b, excess)+" "+words.TooMuch(b), words.Wrong
		}
		if missing > 0 {
			text, as = text+", "+words.Amount(b, missing)+" never", words.Wrong
		}
		line.Add(as, text+words.Either(k == len(s.Lanes)-1, ".", ";"))
	}
	return line
}

// Effect returns which effect of what is owed an event is, from 1, 0 if it is
// none that counts.
func (l *LaneStory) Effect(event int) int { return l.effects.Nth[event] }

// Waited reports whether a step had to wait for a row lock.
func (l *LaneStory) Waited(event int) bool { return l.teller.Waited(l.Event(event)) }
