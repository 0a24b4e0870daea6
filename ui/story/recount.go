package story

import (
	"cmp"
	"slices"
	"strings"

	"dejavu/sim"
)

// Recount tells what happened between two places, a line for each delivery and what
// each lane made of it. It remembers which terms it has explained.
type Recount struct {
	story   *Story
	speaker speaker
}

// Recount returns a teller of stretches of the story.
func (s *Story) Recount() *Recount { return &Recount{story: s} }

// Tell returns what came after from steps, up to the step to, in the order in which
// it began.
func (r *Recount) Tell(from, to int) []Line {
	s := r.story
	var all []passage
	rows := s.rows()
	for i := range rows {
		row := &rows[i]
		p := passage{row: row, first: s.Steps() + 1}
		for k := range s.Lanes {
			a, came := s.in(row, k)
			if !came {
				continue
			}
			for _, event := range append([]int{a.begins()}, a.events...) {
				if step := s.stepOf(k, event); from < step && step <= to {
					p.begun = p.begun || event == a.begins()
					p.first = min(p.first, step)
				}
			}
		}
		if p.first <= to {
			all = append(all, p)
		}
	}
	slices.SortStableFunc(all, func(a, b passage) int { return cmp.Compare(a.first, b.first) })
	var lines []Line
	for _, p := range all {
		lines = append(lines, r.pass(p, from, to)...)
	}
	return append(lines, r.between(from, to)...)
}

// passage is what there is to tell of one delivery.
type passage struct {
	row   *row
	first int  // step of what is told first
	begun bool // it begins here
}

// pass tells a passage: that it begins, if it does, and what the lanes made of it.
// Lanes to which the same happened share a line.
func (r *Recount) pass(p passage, from, to int) []Line {
	s := r.story
	var lines, told []Line
	var who [][]string
	if p.begun {
		lines = append(lines, r.arrival(p.row))
	}
	for k, l := range s.Lanes {
		a, came := s.in(p.row, k)
		if !came {
			continue
		}
		what := r.stretch(l, a, s.Upto(from, k), s.Upto(to, k))
		if len(what) == 0 {
			continue
		}
		same := slices.IndexFunc(told, func(o Line) bool { return slices.Equal(o, what) })
		if same < 0 {
			same = len(told)
			told, who = append(told, what), append(who, nil)
		}
		who[same] = append(who[same], strings.ToUpper(l.Consumer.Name))
	}
	for n := range told {
		head := Line{{p.row.label() + ", " + strings.Join(who[n], ", ") + ":", Strong}}
		told[n][len(told[n])-1].Text += "."
		lines = append(lines, append(head, told[n]...))
	}
	return lines
}

// between tells of what happened to no attempt: to a message that nobody handled, or
// to the world.
func (r *Recount) between(from, to int) []Line {
	var lines []Line
	var who [][]string
	for k, l := range r.story.Lanes {
		for i := r.story.Upto(from, k); i < r.story.Upto(to, k); i++ {
			told := r.aside(l, i)
			if told == nil {
				continue
			}
			same := slices.IndexFunc(lines, func(o Line) bool { return slices.Equal(o, told) })
			if same < 0 {
				same = len(lines)
				lines, who = append(lines, told), append(who, nil)
			}
			who[same] = append(who[same], strings.ToUpper(l.Consumer.Name))
		}
	}
	for i := range lines {
		if len(who[i]) < len(r.story.Lanes) {
			lines[i][0].Text = strings.TrimSuffix(lines[i][0].Text, ":") + ", " + strings.Join(who[i], ", ") + ":"
		}
	}
	return lines
}

// aside tells an event that is part of no attempt, if it is worth a line.
func (r *Recount) aside(l *Lane, i int) Line {
	e := l.event(i)
	head := Line{{Clock(e.At) + ":", Strong}}
	if n, ok := l.notice(e); ok && e.Kind == sim.Expire {
		return append(head, Span{l.plainly(i), Fault})
	} else if ok {
		return append(head, Span{n.name + " " + n.clause(&r.speaker) + ".", Fault})
	}
	if e.Fault >= 0 && e.Receipt.Delivery == 0 && order(e.Kind) != order(sim.Publish) {
		return append(head, Span{l.plainly(i), Fault})
	}
	return nil
}

// arrival says that a delivery came, and why if it is not the first.
func (r *Recount) arrival(row *row) Line {
	head := Line{{Clock(row.at) + ", " + row.label(), Dim}}
	for k, l := range r.story.Lanes {
		a, came := r.story.in(row, k)
		if !came {
			continue
		}
		if why := l.why(a, &r.speaker); len(why) > 0 {
			head[0].Text += ","
			why[len(why)-1].Text += "."
			return append(head, why...)
		}
		o := &l.Run.Lane.Messages[a.owed]
		head[0].Text += ":"
		head.add(Dim, yesNo(o.Customer == "", "it", o.Customer+"'s order")+" is handed to a worker.")
		return head
	}
	return head
}

// stretch says what a lane made of a delivery in the events from one up to another.
func (r *Recount) stretch(l *Lane, a *attempt, from, to int) Line {
	var line Line
	for _, i := range a.events {
		if i < from || i >= to {
			continue
		}
		said := len(line)
		l.phrase(&line, i, &r.speaker)
		if at := l.event(i).At; said == 0 && len(line) > 0 && at-a.at >= longPause {
			line[0].Text = "at " + Clock(at) + " " + line[0].Text
		}
	}
	return line
}

// Tally says in a line what each lane has taken after n steps. Too much and never
// are two figures.
func (s *Story) Tally(n int) Line {
	b := s.Scenario.Business
	word := Took(b)
	line := Line{{strings.ToUpper(word[:1]) + word[1:] + " so far:", Dim}}
	for k, l := range s.Lanes {
		taken, excess, missing := s.Totals(n, k)
		text := strings.ToUpper(l.Consumer.Name) + " " + Amount(b, taken)
		as := Plain
		if excess > 0 {
			text, as = text+", "+Amount(b, excess)+" too much", Wrong
		}
		if missing > 0 {
			text, as = text+", "+Amount(b, missing)+" never", Wrong
		}
		line.add(as, text+yesNo(k == len(s.Lanes)-1, ".", ";"))
	}
	return line
}

// StepOf returns the step with which an event of a lane came, from 1.
func (s *Story) StepOf(lane, event int) int { return s.stepOf(lane, event) }

// Effect returns the how manieth effect of what is owed an event is, 0 if it is
// none that counts.
func (l *Lane) Effect(event int) int { return l.effect[event] }

// Waited reports whether a step had to wait for a row lock.
func (l *Lane) Waited(event int) bool { return l.waited(l.event(event)) }
