package handler

import (
	"slices"
	"strings"
	"time"
)

// wait is what a server says about a call that does not come back.
type wait struct {
	asked   bool // a call is in flight, and the server was asked
	blocked bool // by a lock
	own     bool // by a lock of the same process
	whom    string
	outside bool // by somebody who is no worker of this schedule
}

// How long to listen before asking why nothing is heard. In a bubble no real time passes
// while the handler runs code of its own.
const (
	firstTick = 2 * time.Millisecond
	lastTick  = 50 * time.Millisecond
	lockTick  = 100 * time.Millisecond // a mutex that is not free for so long is held by one who stands still
	dreamTick = time.Minute
	dreamHang = 1000 * time.Hour
)

// arrive takes note of what a goroutine reports.
func (w *world) arrive(e event) {
	a := e.by
	if a.stage == gone {
		if e.what != returned {
			e.at.grant <- Crash
		}
		return
	}
	switch e.what {
	case arrived:
		if a.stage == ended {
			w.late(e.at)
			e.at.grant <- Crash
			return
		}
		w.oneAtATime(a, e.at)
		a.pending = append(a.pending, e.at)
	case busy:
		a.busy = true
	case returned:
		a.back = true
	}
}

// oneAtATime refuses what no schedule can repeat: two goroutines of a handler at work at
// once, unless a bubble lets them go one by one.
func (w *world) oneAtATime(a *attempt, p *place) {
	if w.Outside != nil {
		return
	}
	var beside *place
	switch {
	case len(a.pending) > 0:
		beside = a.pending[0]
	case a.inside.Load() > 0 && a.at != nil && p.goroutine != a.at.goroutine:
		beside = a.at
	default:
		return
	}
	w.give("two goroutines of the handler are at work at once, at %q and %q: add simtest.Bubble(t), which lets them go one at a time",
		cut(squeeze(beside.text), 50), cut(squeeze(p.text), 50))
}

// late notes an operation of a goroutine that has outlived its handler.
func (w *world) late(p *place) {
	w.lateMu.Lock()
	defer w.lateMu.Unlock()
	if w.lateAt == nil {
		w.lateAt = p
	}
}

// lateWork is the first operation of a goroutine that has outlived its handler, or nil.
func (w *world) lateWork() *place {
	w.lateMu.Lock()
	defer w.lateMu.Unlock()
	return w.lateAt
}

// overdue reports an operation of a goroutine that has outlived its handler.
func (w *world) overdue() {
	if p := w.lateWork(); p != nil {
		at := p.site()
		if at != "" {
			at = " (" + at + ")"
		}
		w.give("the handler has returned, and a goroutine of it is still at work, at %q%s: wait for it before returning, or its message is acked before it is done",
			cut(squeeze(p.text), 50), at)
	}
}

// settle waits until nobody runs.
func (w *world) settle() {
	w.sortTurn()
	for _, a := range slices.Clone(w.live) {
		if a.stage == running {
			w.await(a)
		}
	}
	w.wake()
	w.overdue()
}

// sortTurn puts first whose turn it is.
func (w *world) sortTurn() {
	if len(w.live) == 2 && w.live[1] == w.turn {
		w.live[0], w.live[1] = w.live[1], w.live[0]
	}
}

// wake lets those try again who wait for another, if the other has moved since.
func (w *world) wake() {
	for _, a := range slices.Clone(w.live) {
		if a.stage != waiting || w.halted() || a.seen == w.moves {
			continue
		}
		a.stage = running
		if a.busy {
			a.busy = false
			a.at.grant <- None
		}
		w.await(a)
		if a.stage != waiting && w.turn != a {
			w.note(line{kind: freed, by: a})
		}
	}
}

// await waits until an attempt comes to its next place, returns, or has to wait for another.
func (w *world) await(a *attempt) {
	var passed time.Duration
	tick := firstTick
	for !w.halted() {
		w.drain()
		if w.rests(a) {
			return
		}
		if w.listen(a, tick) {
			continue
		}
		passed += tick
		if w.Outside == nil || a.inside.Load() > 0 {
			tick = min(2*tick, lastTick)
		} else {
			tick = dreamTick
		}
		if w.ask(a, passed) {
			return
		}
	}
}

// drain takes note of everything that was reported.
func (w *world) drain() {
	for {
		select {
		case e := <-w.events:
			w.arrive(e)
		default:
			return
		}
	}
}

// listen waits for a report, but not for longer than a tick.
func (w *world) listen(a *attempt, tick time.Duration) bool {
	if w.Outside != nil && a.inside.Load() > 0 {
		var rang chan struct{}
		w.Outside(func() {
			rang = make(chan struct{})
			time.AfterFunc(tick, func() { close(rang) })
		})
		select {
		case e := <-w.events:
			w.arrive(e)
			return true
		case <-rang:
			return false
		}
	}
	if w.timer == nil {
		w.timer = time.NewTimer(tick)
	} else {
		w.timer.Reset(tick)
	}
	select {
	case e := <-w.events:
		w.timer.Stop()
		w.arrive(e)
		return true
	case <-w.timer.C:
		return false
	}
}

// rests reports whether an attempt has come to a stop, and settles where it stands.
func (w *world) rests(a *attempt) bool {
	switch {
	case a.busy && len(a.pending) == 0:
		w.waits(a)
		return true
	case len(a.pending) == 0 && !a.back:
		return false
	}
	if w.Outside != nil {
		w.rest()
		w.drain()
	}
	a.env.awaitRollbacks()
	if a.back {
		w.comesBack(a)
		return true
	}
	least := 0
	for i, p := range a.pending {
		if p.text < a.pending[least].text {
			least = i
		}
	}
	w.look(a)
	a.at = a.pending[least]
	a.pending = slices.Delete(a.pending, least, least+1)
	if !a.at.quiet() {
		a.steps++
		a.at.n = a.steps
	}
	if a.steps > maxPlaces {
		w.fail("%s comes to %d places in one delivery, the last at %q: a loop that does not end", a.env.worker(), maxPlaces, cut(squeeze(a.at.text), 50))
	}
	a.stage, a.seen = stopped, 0
	return true
}

// comesBack notes that a handler has returned. Where the run is told, it also looks for
// goroutines that the handler has left behind.
func (w *world) comesBack(a *attempt) {
	w.look(a)
	a.stage = ended
	for _, p := range a.pending {
		w.late(p)
		p.grant <- Crash
	}
	a.pending = nil
	if !w.telling || w.Outside != nil {
		return
	}
	var left []routine
	for passed := time.Duration(0); passed < w.Hang/5; passed += firstTick {
		if left = children(a); len(left) == 0 || w.lateWork() != nil {
			return
		}
		w.listen(a, firstTick)
	}
	w.remark("the handler leaves a goroutine behind, at %s: what that does later is acked before it is done", left[0].site)
}

// waits notes that an attempt has to wait for another.
func (w *world) waits(a *attempt) {
	if a.stage == running && a.seen == 0 {
		w.note(line{kind: held, by: a, at: a.at})
	}
	a.stage, a.seen = waiting, w.moves
}

// ask finds out why nothing is heard of an attempt. It reports whether the waiting ends.
func (w *world) ask(a *attempt, passed time.Duration) (over bool) {
	b := w.other(a)
	if a.inside.Load() > 0 {
		if is := a.env.blocked(); is.blocked {
			switch {
			case is.own && w.Outside == nil: // nobody else is there to end it
				w.fail("%s waits in %q for a lock that its own transaction holds on another connection", a.env.worker(), cut(squeeze(a.at.text), 50))
				return true
			case !is.own && !is.outside && b != nil:
				w.waits(a)
				return true
			case is.own && passed > w.Hang/5:
				w.give("%s waits in %q for a lock of its own, on another connection", a.env.worker(), cut(squeeze(a.at.text), 50))
				return true
			case is.outside && passed > w.Hang:
				w.give("%s waited for %v in %q for a lock of %s, who is no worker of this test: give each test or package a schema of its own", a.env.worker(), w.Hang, cut(squeeze(a.at.text), 50), is.whom)
				return true
			}
		}
		if passed > w.Hang {
			w.give("%s does not come back from %q within %v", a.env.worker(), cut(squeeze(a.at.text), 50), w.Hang)
			return true
		}
		return false
	}
	hang := w.Hang
	if w.Outside != nil {
		hang = dreamHang
	} else if passed < 5*firstTick {
		return false
	}
	if a.env.connecting.Load() > 0 {
		hang *= 10 // a server opens connections when it can
	}
	r := routineOf(a)
	still := r.held() && a.waitsAt == r.site // twice at one line is no chance
	if a.waitsAt = ""; r.held() {
		a.waitsAt = r.site
	}
	locked := strings.Contains(r.doing, "Mutex") && still && passed > lockTick
	switch {
	case (locked || still && passed > w.Hang/5) && !r.inPool && w.unwindTheDead(&r):
		return false
	case locked && b != nil && b.stage == stopped: // it holds the mutex: they share a package variable
		w.waits(a)
		return true
	case still && r.inPool && a.env.connecting.Load() == 0 && passed > w.Hang/10: // only itself can give one back
		w.give("%s %s", a.env.worker(), r.where())
		return true
	case passed > hang:
		w.give("%s %s", a.env.worker(), r.where())
		return true
	}
	return false
}

// unwindTheDead lets the dead run their deferred functions before the verdict: somebody
// waits for what they hold, which in truth has died with their process.
func (w *world) unwindTheDead(r *routine) (any bool) {
	for _, e := range w.envs {
		if e.dead.Load() && !e.unwound {
			e.unwound, any = true, true
			close(e.buried)
		}
	}
	if any {
		w.remark("a crashed worker held what another waited for at %s (%s): what a process holds must die with it, so make it in the factory", r.site, r.doing)
	}
	return any
}

// free helps on whoever waits while nobody moves: the database has to say something.
func (w *world) free(a, b *attempt) {
	w.standstills++
	switch {
	case w.standstills > maxIdle:
		w.give("both workers wait: worker 1 and worker 2 hold what the other needs, the last at %q", cut(squeeze(a.at.text), 50))
	case a.busy && b == nil && w.patient(a):
	case a.busy:
		w.tellBusy(a)
	case b != nil && b.busy:
		w.tellBusy(b)
	case b != nil && a.inside.Load() > 0 && b.inside.Load() > 0:
		w.deadlock(a, b)
	default:
		a.stage = running
		w.await(a)
		if b != nil && b.stage == waiting {
			w.moves++
		}
	}
}

// tellBusy has a statement answer that the database is locked.
func (w *world) tellBusy(a *attempt) {
	a.busy, a.stage = false, running
	w.moves++
	a.at.grant <- Fail
	w.await(a)
}

// patient tries again for one whom no worker keeps waiting. Past the limit it names the
// outsider as well as it can.
func (w *world) patient(a *attempt) bool {
	for passed := time.Duration(0); passed < w.Hang; passed += firstTick {
		w.outside(func() { time.Sleep(firstTick) })
		a.busy, a.stage = false, running
		a.at.grant <- None
		w.await(a)
		if a.stage != waiting || w.halted() {
			return true
		}
	}
	w.give("%s waited for %v in %q for a lock of somebody who is no worker of this test: give each test a database file of its own, and close what Fresh has opened", a.env.worker(), w.Hang, cut(squeeze(a.at.text), 50))
	return true
}

// deadlock waits until the database has ended a deadlock of two workers.
func (w *world) deadlock(a, b *attempt) {
	w.deadlocked = true
	w.note(line{kind: outcome, by: a, text: "and the other worker wait for each other: a deadlock, which the database has to end"})
	for passed := time.Duration(0); passed < w.Hang+time.Second; passed += lastTick {
		w.drain()
		for _, x := range []*attempt{a, b} {
			if len(x.pending) > 0 || x.back {
				a.stage, b.stage = running, running
				w.await(x)
				w.await(w.other(x))
				return
			}
		}
		w.listen(a, lastTick)
	}
	w.give("a deadlock that the database does not end: %s waits in %q, and %s in %q",
		a.env.worker(), cut(squeeze(a.at.text), 40), b.env.worker(), cut(squeeze(b.at.text), 40))
}

// bury ends all that is left, after the verdict: the dead unwind, and nothing that they
// do has an effect.
func (w *world) bury() {
	for _, e := range w.envs {
		w.kill(e)
	}
	w.judge()
	for _, e := range w.envs {
		if !e.unwound {
			e.unwound = true
			close(e.buried)
		}
	}
	hang := w.Hang
	if w.Outside != nil {
		hang = dreamHang
	}
	for _, a := range w.attempts {
		a.cancel()
		w.finish(a.finished, hang, func() string {
			r := routineOf(a)
			return a.env.worker() + " " + r.where()
		})
	}
	for _, e := range w.envs {
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			for _, f := range slices.Backward(e.cleanups) {
				f()
			}
		}()
		w.finish(closed, hang, func() string { return "a Cleanup function does not return" })
	}
}

// finish waits for the end of something, within bounds.
func (w *world) finish(done chan struct{}, hang time.Duration, what func() string) {
	select {
	case <-done:
		return
	default:
	}
	limit := time.NewTimer(hang)
	defer limit.Stop()
	for {
		select {
		case <-done:
			return
		case e := <-w.events:
			if e.what != returned {
				e.at.grant <- Crash
			}
		case <-limit.C:
			w.leaked = what()
			return
		}
	}
}
