package handler

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A strike is a fault of a plan: crash:m1/2/before-4-update is a crash in the second
// delivery of m1, before its fourth operation, an UPDATE. Number and word both count.
type strike struct {
	fault    Trouble
	letter   string
	delivery int
	place    string
	text     string
	done     bool
}

// plan writes the deviations of a world as DEJAVU_PLAN takes them.
func (w *world) plan() string {
	var parts []string
	for i := range w.trace {
		if d := &w.trace[i]; d.chosen != None {
			parts = append(parts, d.by.strike(d.at, d.chosen))
		}
	}
	return strings.Join(parts, ";")
}

// strike writes a fault at a place of an attempt.
func (a *attempt) strike(p *place, f Trouble) string {
	return fmt.Sprintf("%s:%s/%s-%s", f, a.name(), faultRows[f].point, p.name())
}

// parsePlan reads what plan writes. Faults are separated by ";".
func parsePlan(text string) (strikes []*strike, err error) {
	for part := range strings.SplitSeq(text, ";") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		s, err := parseStrike(part)
		if err != nil {
			return nil, err
		}
		strikes = append(strikes, s)
	}
	if len(strikes) == 0 {
		return nil, fmt.Errorf("a plan without a fault: want one such as crash:m1/before-4-update")
	}
	return strikes, nil
}

func parseStrike(part string) (*strike, error) {
	const form = "want FAULT:MESSAGE[/DELIVERY]/before-NUMBER-WORD, such as crash:m1/before-4-update"
	name, where, ok := strings.Cut(part, ":")
	bits := strings.Split(where, "/")
	if !ok || len(bits) < 2 || len(bits) > 3 {
		return nil, fmt.Errorf("%q: %s", part, form)
	}
	f, err := ParseFault(name)
	if err != nil {
		return nil, fmt.Errorf("%q: %w", part, err)
	}
	s := &strike{fault: f, letter: bits[0], delivery: 1, text: part}
	if len(bits) == 3 {
		if s.delivery, err = strconv.Atoi(bits[1]); err != nil || s.delivery < 1 {
			return nil, fmt.Errorf("%q: delivery %q: want a number from 1", part, bits[1])
		}
	}
	last := bits[len(bits)-1]
	word, place, ok := strings.Cut(last, "-")
	if !ok || word != "before" && word != "at" {
		return nil, fmt.Errorf("%q: place %q: %s", part, last, form)
	}
	s.place = place
	return s, nil
}

// strikeBy plays a plan.
func strikeBy(strikes []*strike) script {
	return func(w *world, i int, d *decision) Trouble {
		for _, s := range strikes {
			if s.done || s.letter != d.by.letter.name() || s.delivery != d.by.delivery || s.place != d.at.name() {
				continue
			}
			if d.offers.has(s.fault) || s.fault == Crash && d.at.faults().has(Crash) {
				s.done = true
				return s.fault
			}
		}
		return None
	}
}

// spent is an error if a fault of a plan struck nothing.
func spent(strikes []*strike, w *world) error {
	for _, s := range strikes {
		if s.done {
			continue
		}
		var came []string
		for i := range w.trace {
			if d := &w.trace[i]; d.by.letter.name() == s.letter && d.by.delivery == s.delivery {
				came = append(came, d.at.name())
			}
		}
		switch {
		case len(came) == 0:
			return fmt.Errorf("%s struck nothing: there was no delivery %d of %s", s.text, s.delivery, s.letter)
		case slices.Contains(came, s.place):
			return fmt.Errorf("%s struck nothing: %s cannot strike there", s.text, s.fault)
		}
		return fmt.Errorf("%s struck nothing: the handler came to %s", s.text, strings.Join(slices.Compact(came), ", "))
	}
	return nil
}

// Play plays one plan, as a failure names it. A plan that strikes nothing is an error.
func Play(f Factory, o Trial, plan string) (*Findings, error) {
	strikes, err := parsePlan(plan)
	if err == nil {
		err = o.check()
	}
	if err != nil {
		return nil, err
	}
	s := newSearch(f, o)
	defer s.close()
	r := &Findings{Trial: s.Trial}
	s.start = s.now()
	s.base = s.play(node{}.follow(), true)
	if s.base.undecided != "" {
		r.Undecided = s.base.undecided
		return r, nil
	}
	err = s.playPlan(r, strikes)
	r.Elapsed = s.now().Sub(s.start)
	return r, err
}

// playPlan plays the strikes of a plan, and tells it if it breaks the property.
func (s *search) playPlan(r *Findings, strikes []*strike) error {
	w := s.play(strikeBy(strikes), true)
	r.Schedules++
	s.meet(w)
	if w.undecided != "" {
		r.Undecided = w.undecided
		return nil
	}
	if err := spent(strikes, w); err != nil {
		return err
	}
	if w.broken != nil {
		faults := 0
		for _, s := range strikes {
			if !faultRows[s.fault].free {
				faults++
			}
		}
		r.Breaking++
		r.Broken = &Broken{Err: w.broken, Plan: w.plan(), Faults: faults, Schedule: r.Schedules, w: w, base: s.base}
	}
	return nil
}

// kept plays the plans that broke the property before. It reports whether to go on.
func (s *search) kept(r *Findings) bool {
	for _, text := range s.Kept {
		strikes, err := parsePlan(text)
		if err == nil {
			err = s.playPlan(r, strikes)
		}
		if err != nil {
			s.remark("a kept plan is out of date: %v", err)
		}
		if r.Undecided != "" || r.Broken != nil {
			return false
		}
	}
	return true
}
