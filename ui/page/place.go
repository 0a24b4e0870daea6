package page

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/sim/spell"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
	"dejavu/ui/play"
	"dejavu/ui/token"
	"dejavu/ui/whatif"
)

// The places that are no scenario. What comes after lesson and level is the name of one.
const (
	menu   = "menu"
	course = "learn"
	lesson = course + "/"
	levels = "break"
	level  = levels + "/"
)

// Places are the addresses that are neither a scenario nor a token.
func Places() []string { return []string{menu, course, levels} }

// Leads says what is wrong if the page would not begin where its source says.
func Leads(source Source) error {
	p := &Driver{source: source}
	p.study.Done = &learn.Progress{}
	if err := p.carry(source.Files); err != nil {
		return err
	}
	_, err := p.options(source.Start)
	return err
}

// flagship is the scenario that the menu leads through.
const flagship = "lost-ack-then-crash"

// open shows what an address says. One that says nothing that is known leads to the
// beginning, and says so.
func (p *Driver) open(address string) {
	o, err := p.options(address)
	if err != nil {
		o, _ = p.options(menu)
	}
	m, wants := play.New(o)
	p.model, p.ticks, p.home = m, map[int]play.Tick{}, menu
	switch {
	case o.Course != nil:
		p.home = course
	case o.Ladder != nil:
		p.home = levels
	}
	p.wants(wants)
	p.hand(play.Resize{Width: p.w, Height: p.h})
	if err != nil {
		p.hand(play.Notice("This link cannot be opened: " + err.Error()))
	}
}

// options are how the screen begins at an address.
func (p *Driver) options(address string) (o play.Start, err error) {
	if address == "" && p.source.Start != "" {
		address = p.source.Start
	}
	o = play.Start{
		At: -1, Theme: p.theme, ReducedMotion: p.reduced,
		Menu: scenarios.Headings(), Own: p.own, Led: flagship, Lessons: "\"lessons\" below.", Attack: "\"levels\" below.", Line: p.link, Linked: true,
	}
	switch {
	case address == "" || address == menu:
		return o, nil
	case address == course || strings.HasPrefix(address, lesson):
		o.Course, o.Ladder, o.Workshop = p.course(), p.study.Attack(), p.study.Construct()
		if name := strings.TrimPrefix(address, lesson); name != address {
			o.Course.First, err = o.Course.Open(name)
		}
		return o, err
	case address == levels || strings.HasPrefix(address, level):
		o.Ladder, o.NoGuess = p.ladder(), true
		if name := strings.TrimPrefix(address, level); name != address {
			o.Ladder.First, err = o.Ladder.Open(name)
		}
		return o, err
	}
	return o, p.moment(address, &o)
}

// course are the lessons, and those that are carried along.
func (p *Driver) course() *play.Course {
	return &play.Course{
		Chapters: func() []play.Chapter {
			all := p.study.Chapters()
			for _, l := range p.lessons {
				all = append(all, play.Chapter{Name: l.Name, Title: l.Title, State: p.study.State(l.Name), Done: p.study.Finished(l.Name)})
			}
			return all
		},
		Missed:  p.study.Missed,
		Command: command,
		Open: func(name string) (*play.Class, error) {
			l, err := p.lesson(name)
			if err != nil {
				return nil, err
			}
			c, err := p.study.Class(l, l.Name, l.Name)
			if err == nil {
				c.Line = p.link
			}
			return c, err
		},
	}
}

// ladder are the levels, and any consumer as one.
func (p *Driver) ladder() *play.Ladder {
	l := p.study.Ladder()
	of := l.Open
	l.Open = func(name string) (*ladder.Puzzle, error) {
		if _, known := consumers.Get(name); known {
			return ladder.Of(name, sim.Card, "")
		}
		return of(name)
	}
	return l
}

// lesson finds a lesson: of those that are carried along, or a shipped one.
func (p *Driver) lesson(name string) (*scenarios.Lesson, error) {
	for _, l := range p.lessons {
		if l.Name == name {
			return l, nil
		}
	}
	if l, shipped := scenarios.GetLesson(name); shipped {
		return l, nil
	}
	return nil, fmt.Errorf("there is no lesson %q%s", name, meant(name, scenarios.LessonNames()))
}

// meant is the end of a message about a name that is not known.
func meant(name string, known []string) string {
	if near, ok := spell.Nearest(name, known); ok {
		return fmt.Sprintf("; did you mean %q?", near)
	}
	return ""
}

// moment begins at a scenario or at a token.
func (p *Driver) moment(address string, o *play.Start) error {
	for _, s := range p.own {
		if s.Name == address {
			o.Scenario = s
			return nil
		}
	}
	if s, shipped := scenarios.Get(address); shipped {
		o.Scenario = s
		return nil
	}
	if !token.Is(address) {
		return fmt.Errorf("there is no scenario %q%s", address, meant(address, append(Places(), scenarios.Names()...)))
	}
	t, err := token.Read(address)
	if err != nil {
		return err
	}
	o.Scenario, o.Edits, o.At, o.Nth = t.Scenario, t.Edits, t.At, t.Nth
	return nil
}

// locate notes where this is. On the way from one stop to the next it is nowhere.
func (p *Driver) locate() {
	if p.model.Moves() {
		return
	}
	view, address := p.home, ""
	switch st, _ := p.model.Story(); {
	case p.model.Lesson() != nil:
		view = lesson + p.model.Lesson().Name
	case st != nil && p.model.Level() != "":
		view = level + p.model.Level()
	case st != nil && p.home == menu:
		now := p.model.Now()
		view, address = now.From.Name, p.address(now)
	}
	address = cmp.Or(address, view)
	if address != p.located {
		p.out.Address, p.out.Push = address, p.view != "" && view != p.view
		p.located, p.view = address, view
	}
}

// address returns what leads to a moment: the token of it, or the name of a scenario that
// nothing was done to.
func (p *Driver) address(n play.Now) string {
	t := token.Token{Own: n.From, Scenario: n.Scenario, Edits: n.Edits, At: n.At, Nth: n.Nth}
	untouched := len(whatif.Decisions(n.From, n.Scenario, n.Edits)) == 0
	if n.At <= 0 && n.Nth == 0 && untouched && p.named(n.From) {
		return n.From.Name
	}
	text, err := token.Write(t)
	if err != nil {
		return n.From.Name
	}
	return text
}

// named reports whether the name of a scenario leads to it.
func (p *Driver) named(s *scenarios.Scenario) bool {
	o := play.Start{}
	return p.moment(s.Name, &o) == nil && bytes.Equal(o.Scenario.Source, s.Source)
}

// link is the address of a moment, to be sent to somebody.
func (p *Driver) link(n play.Now) string { return p.here + "#" + p.address(n) }
