package handler

import (
	"cmp"
	"fmt"
	"hash/maphash"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// search is what a search keeps from schedule to schedule.
type search struct {
	Trial
	factory Factory
	without faultSet
	pool    pool
	seed    maphash.Seed
	digests map[string]uint64
	skipped map[string]bool // texts that Ignore means
	remarks []string
	texts   sync.Map      // of places whose line is known
	numbers atomic.Uint32 // of connections to PostgreSQL
	start   time.Time
	base    *world        // the run without faults
	idle    chan func()   // of goroutines that wait for an attempt
	done    chan struct{} // closed at the end
	met     map[uint64]*meeting
	inOrder []*meeting
}

// A deviation is a fault at a decision of a schedule.
type deviation struct {
	at    int // the number of the decision
	fault Trouble
	hash  uint64 // what the schedule must have been until then
	place string // for a sentence
}

// A node is a schedule by its deviations from the run without faults.
type node struct {
	deviations []deviation
	faults     int
}

// Findings is what a search found.
type Findings struct {
	Broken    *Broken // the first counterexample; nil if there is none
	Undecided string  // why the search could not decide; "" if it could
	Finished  bool    // everything within the bounds was tried

	Schedules int
	Breaking  int   // of them, that broke the property; all of them only with Trial.All
	PerFaults []int // schedules by their number of deviations
	Deadlocks int   // schedules that the database's choice of a victim left undecided
	Places    []string
	Remarks   []string
	Elapsed   time.Duration
	Trial     Trial // as they were understood
}

// Broken is a schedule that breaks the property.
type Broken struct {
	Err      error
	Plan     string // for DEJAVU_PLAN; "" if it takes no fault
	Faults   int    // how many
	Schedule int    // which schedule of the search it was
	AlsoBy   []string

	w, base *world
}

func newSearch(f Factory, o Trial) *search {
	s := &search{Trial: o.normal(), factory: f, seed: maphash.MakeSeed(), digests: map[string]uint64{}, skipped: map[string]bool{}, met: map[uint64]*meeting{},
		idle: make(chan func()), done: make(chan struct{})}
	s.without = setOf(o.Without...)
	return s
}

func (s *search) close() {
	close(s.done)
	s.pool.close()
}

// spawn runs a function in a goroutine that may have run others before: its stack has
// grown already, which takes a tenth of a schedule.
func (s *search) spawn(f func()) {
	select {
	case s.idle <- f:
	default:
		go func() {
			for {
				f()
				select {
				case f = <-s.idle:
				case <-s.done:
					return
				}
			}
		}()
	}
}

// digest is the hash of a text without what may differ from run to run. The seed differs
// from search to search; no hash leaves one.
func (s *search) digest(text string) uint64 {
	h, ok := s.digests[text]
	if !ok {
		h = maphash.String(s.seed, plain(text))
		s.digests[text] = h
	}
	return h
}

// unmet reports whether nobody came to such a place before: to find its line takes time.
func (s *search) unmet(p *place) bool {
	_, met := s.texts.LoadOrStore(p.text, true)
	return !met
}

// ignored reports whether Ignore means a place.
func (s *search) ignored(p *place) bool {
	if len(s.Ignore) == 0 {
		return false
	}
	skip, ok := s.skipped[p.text]
	if !ok {
		skip = slices.ContainsFunc(s.Ignore, func(part string) bool { return strings.Contains(p.text, part) })
		s.skipped[p.text] = skip
	}
	return skip || slices.Contains(s.Ignore, p.name())
}

func (s *search) outside(f func()) {
	if s.Outside != nil {
		s.Outside(f)
		return
	}
	f()
}

// remark keeps a sentence for the person, once.
func (s *search) remark(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(s.remarks, text) {
		s.remarks = append(s.remarks, text)
	}
}

// A script says what strikes at the i-th decision of a world.
type script func(w *world, i int, d *decision) Trouble

// play plays a schedule in a fresh world.
func (s *search) play(next script, telling bool) *world {
	w := &world{search: s, next: next, telling: telling, events: make(chan event, 64), moves: 1}
	if s.Fresh != nil {
		s.outside(func() {
			if err := s.Fresh(); err != nil {
				w.give("Fresh: %v", err)
			}
		})
	}
	if w.undecided == "" {
		w.run()
	}
	if w.leaked != "" {
		w.give("after the verdict %s: end what the handler has started when its calls fail", w.leaked)
	}
	return w
}

// follow plays the deviations of a node, and notices if the schedule is another one.
func (n node) follow() script {
	rest := n.deviations
	return func(w *world, i int, d *decision) Trouble {
		if len(rest) == 0 || rest[0].at != i {
			return None
		}
		want := rest[0]
		rest = rest[1:]
		if want.hash != d.hash || !d.offers.has(want.fault) {
			w.give("the same schedule came to %s once, and to %s then: %s", want.place, d.describe(), sameTwice)
			return None
		}
		return want.fault
	}
}

const sameTwice = "what a handler does may depend only on its message and its stores; an ID or a time that is new each time belongs in an argument of the statement and not in its text, a map wants sorting, and memory belongs in the factory"

// describe names a decision in a sentence.
func (d *decision) describe() string {
	at := fmt.Sprintf("%s %q of %s", d.at.name(), cut(squeeze(d.at.text), 50), d.by.name())
	if site := d.at.site(); site != "" {
		at += " (" + site + ")"
	}
	return at
}

// name is how a plan calls an attempt: m1, and m1/2 for its second delivery.
func (a *attempt) name() string {
	if a.delivery == 1 {
		return a.letter.name()
	}
	return fmt.Sprintf("%s/%d", a.letter.name(), a.delivery)
}

// playNode plays a node. A deadlock that the database ends may have another victim each
// time, so such a schedule is tried again before it counts as undecided.
func (s *search) playNode(n node, telling bool) (w *world) {
	for range 3 {
		w = s.play(n.follow(), telling)
		if w.undecided == "" || !w.deadlocked {
			return w
		}
	}
	return w
}

// Search tries all schedules within bounds, fewest faults first, until one breaks the
// property. The plans that Trial.Kept holds come first.
func Search(f Factory, o Trial) *Findings {
	s := newSearch(f, o)
	defer s.close()
	r := &Findings{Trial: s.Trial}
	if err := o.check(); err != nil {
		r.Undecided = err.Error()
		return r
	}
	s.start = s.now()
	if s.first(r) && s.kept(r) {
		s.levels(r)
	}
	if r.Undecided != "" && s.Outside == nil && s.base.several() {
		r.Undecided += ". Several goroutines of the handler are at work: add simtest.Bubble(t), which lets them go one at a time"
	}
	r.Places = s.placesStruck()
	r.Elapsed = s.now().Sub(s.start)
	r.Remarks = s.remarks
	return r
}

// first plays the run without faults, twice. It reports whether there is more to try.
func (s *search) first(r *Findings) bool {
	s.base = s.play(node{}.follow(), true)
	again := s.play(node{}.follow(), true)
	r.Schedules, r.PerFaults = 1, []int{1}
	for _, w := range []*world{s.base, again} {
		if w.undecided != "" {
			r.Undecided = w.undecided
			return false
		}
	}
	if differs := s.base.differs(again); differs != "" {
		r.Undecided = differs
		return false
	}
	s.meet(s.base)
	if s.base.broken != nil {
		r.Breaking = 1
		r.Broken = &Broken{Err: s.base.broken, Schedule: 1, w: s.base, base: s.base}
		return false
	}
	if len(s.base.trace) == len(s.base.letters) {
		s.remark("the handler came to no place: hand it Env.DB, Env.Transport or Env.Do, or mark what it does with Env.Point")
	}
	return true
}

// now is the real time, which no bubble knows.
func (s *search) now() (t time.Time) {
	s.outside(func() { t = time.Now() })
	return t
}

// several reports whether an attempt came to its places in several goroutines.
func (w *world) several() bool {
	for i := range w.trace {
		if d := &w.trace[i]; d.at.kind != ack && d.at.goroutine != d.home {
			return true
		}
	}
	return false
}

// differs says where two runs without faults part; "" if nowhere.
func (w *world) differs(again *world) string {
	const twice = "the run without faults is not the same twice: "
	for i := range max(len(w.trace), len(again.trace)) {
		switch {
		case i >= len(again.trace):
			return twice + "the first comes to " + w.trace[i].describe() + ", and the second ends before it. " + outlives
		case i >= len(w.trace):
			return twice + "the second comes to " + again.trace[i].describe() + ", and the first ended before it. " + outlives
		case w.trace[i].hash == again.trace[i].hash:
		case w.trace[i].at.kind != ack && again.trace[i].at.kind == ack:
			return twice + "the first comes to " + w.trace[i].describe() + ", and the second acks instead. " + outlives
		default:
			return twice + "it comes to " + w.trace[i].describe() + " once, and to " + again.trace[i].describe() + " then: " + sameTwice
		}
	}
	if first, second := w.ended(), again.ended(); first != second {
		return twice + "first " + first + ", then " + second + ". " + outlives
	}
	return ""
}

const outlives = "Something outlives the process: memory in a package variable (make it in the factory), or a store that Fresh does not empty"

// levels tries all schedules with one deviation, then with two, and so on.
func (s *search) levels(r *Findings) {
	level := easiestFirst(s.extend(node{}, s.base))
	for len(level) > 0 {
		r.PerFaults = append(r.PerFaults, 0)
		var next []node
		for _, n := range level {
			if r.Schedules >= s.Runs || s.now().Sub(s.start) > s.Time {
				return
			}
			more, ok := s.try(r, n)
			if !ok {
				return
			}
			next = append(next, more...)
		}
		if r.Broken != nil && !s.All {
			return
		}
		level = easiestFirst(next)
	}
	r.Finished = true
}

// easiestFirst puts first what has the fewest faults, and then what is easiest to believe.
func easiestFirst(level []node) []node {
	slices.SortStableFunc(level, func(a, b node) int {
		return cmp.Or(a.faults-b.faults, int(a.last().fault)-int(b.last().fault))
	})
	return level
}

func (n *node) last() *deviation { return &n.deviations[len(n.deviations)-1] }

// try plays one schedule. It returns the schedules that go on from it, and whether to go on.
func (s *search) try(r *Findings, n node) (more []node, ok bool) {
	w := s.playNode(n, false)
	r.Schedules++
	r.PerFaults[len(r.PerFaults)-1]++
	s.meet(w)
	switch {
	case w.undecided != "" && w.deadlocked:
		r.Deadlocks++
		return nil, true
	case w.undecided != "":
		if r.Broken == nil {
			r.Undecided = w.undecided
			if plan := w.plan(); plan != "" {
				r.Undecided = "after " + plan + ": " + w.undecided
			}
		}
		return nil, r.Broken != nil
	case w.broken == nil:
		return s.extend(n, w), true
	}
	r.Breaking++
	plan := w.plan()
	if r.Broken != nil {
		if n.faults == 1 && len(n.deviations) == 1 {
			r.Broken.AlsoBy = append(r.Broken.AlsoBy, plan)
		}
		return nil, true
	}
	told := s.playNode(n, true)
	if told.broken == nil || told.broken.Error() != w.broken.Error() {
		r.Undecided = fmt.Sprintf("by %s: %v; and the same schedule again: %v. %s", plan, w.broken, told.ended(), sameTwice)
		return nil, false
	}
	r.Broken = &Broken{Err: w.broken, Plan: plan, Faults: n.faults, Schedule: r.Schedules, w: told, base: s.base}
	return nil, s.All || len(n.deviations) == 1 && n.faults == 1 // the other single faults are worth naming
}

// ended says what a world came to.
func (w *world) ended() string {
	switch {
	case w.undecided != "":
		return w.undecided
	case w.broken != nil:
		return w.broken.Error()
	}
	return "nothing breaks"
}

// extend returns the schedules with one more deviation, which comes after all others.
func (s *search) extend(n node, w *world) (more []node) {
	from := 0
	if len(n.deviations) > 0 {
		from = n.last().at + 1
	}
	for f := Crash; f < numFaults; f++ {
		faults := n.faults + 1
		if faultRows[f].free {
			faults = n.faults
		}
		if faults > s.Faults {
			continue
		}
		for i := from; i < len(w.trace); i++ {
			d := &w.trace[i]
			if !d.offers.has(f) {
				continue
			}
			deviations := append(slices.Clip(n.deviations), deviation{i, f, d.hash, d.describe()})
			more = append(more, node{deviations, faults})
		}
	}
	return more
}

// meeting is what a search has seen of a place.
type meeting struct {
	at     *place
	struck faultSet
}

// meet notes which places a schedule came to, and what struck there.
func (s *search) meet(w *world) {
	for i := range w.trace {
		d := &w.trace[i]
		key := mix(s.digest(d.at.text), uint64(d.at.kind))
		m := s.met[key]
		if m == nil {
			m = &meeting{at: d.at}
			s.met[key] = m
			s.inOrder = append(s.inOrder, m)
			d.at.by = nil // or it would keep its world
		}
		if d.chosen != None {
			m.struck |= setOf(d.chosen)
		}
	}
}

// placesStruck lists every place and what struck there, a line each.
func (s *search) placesStruck() (lines []string) {
	for _, m := range s.inOrder {
		struck := m.struck.names()
		if struck == "" {
			struck = "nothing"
		}
		lines = append(lines, fmt.Sprintf("%-46s %-16s %s", cut(squeeze(m.at.text), 46), m.at.site(), struck))
	}
	return lines
}
