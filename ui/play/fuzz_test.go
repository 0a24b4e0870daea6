package play

import (
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"dejavu/broker"
	"dejavu/consumers"
	"dejavu/scenarios"
	"dejavu/sim"
	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/grid"
	"dejavu/ui/ladder"
	"dejavu/ui/learn"
)

// dice are the choices that a fuzzer makes, a byte each; when they are used up, every
// choice is the first.
type dice struct{ bytes []byte }

func (d *dice) left() bool { return len(d.bytes) > 0 }

// n returns a number below n.
func (d *dice) n(n int) int {
	if n <= 1 || !d.left() {
		return 0
	}
	b := int(d.bytes[0])
	d.bytes = d.bytes[1:]
	return b % n
}

func (d *dice) is() bool { return d.n(2) == 1 }

func one[T any](d *dice, of ...T) T { return of[d.n(len(of))] }

// file writes a scenario. Most of what it can write is valid, and small, so that a find
// can be read.
func (d *dice) file() string {
	var b strings.Builder
	fmt.Fprintf(&b, "title: A file\nbusiness: %s\nmessages:\n", one(d, sim.Businesses()...))
	ids := []string{"m1", "m2", "m3", "m4"}[:1+d.n(4)]
	at := 0
	for _, id := range ids {
		at += one(d, 1, 0, 5, 40, 4000)
		fmt.Fprintf(&b, "- {id: %s, at: %ds, customer: %s, amount: $%d", id, at, one(d, "Ann", "Bob", "Özgür 漢字"), 1+d.n(200))
		for _, same := range []string{"message-id", "key", "group", "body"} {
			if d.n(4) == 3 {
				fmt.Fprintf(&b, ", %s: %s", same, one(d, "a", "b"))
			}
		}
		if d.n(4) == 3 {
			fmt.Fprintf(&b, ", seq: %d", 1+d.n(3))
		}
		b.WriteString("}\n")
	}
	d.queue(&b)
	all := consumers.Names()
	first := d.n(len(all))
	fmt.Fprintf(&b, "consumers: [%s]\n", strings.Join(slices.Concat(all[first:], all)[:1+d.n(5)], ", "))
	fmt.Fprintf(&b, "workers: %d\n", 1+d.n(3))
	if n := d.n(5); n > 0 {
		b.WriteString("faults:\n")
		for range n {
			fmt.Fprintf(&b, "- %s\n", d.fault(ids))
		}
	}
	if d.n(4) == 3 {
		fmt.Fprintf(&b, "seed: %d\nrates: {%s: %d%%, %s: %d%%}\n", d.n(99), one(d, "lose-ack", "crash", "pause"), d.n(60), one(d, "copy", "fail", "lose-reply"), d.n(60))
	}
	return b.String()
}

func (d *dice) queue(b *strings.Builder) {
	if d.is() {
		return
	}
	var of []string
	if n := d.n(len(broker.Presets()) + 1); n > 0 {
		of = append(of, "profile: "+broker.Presets()[n-1].Name)
	}
	for _, part := range []string{
		"visibility: " + one(d, "30s", "1s", "10ms", "1h"), "max-deliveries: " + one(d, "3", "1", "2"), "heartbeat: true",
		"redeliver-on: " + one(d, "timer", "disconnect", "[timer, disconnect]"), "dedup-window: " + one(d, "5m", "1s"),
		"order: " + one(d, "group", "partition"), "batch: 2", "ack-unit: " + one(d, "batch", "cumulative"), "nack-delay: 5s", "assign: owner", "late-ack: rejected", "stale-ack: " + one(d, "ignored", "accepted"), "backoff: [1s, 10s]",
	} {
		if d.n(4) == 3 {
			of = append(of, part)
		}
	}
	fmt.Fprintf(b, "queue: {%s}\n", strings.Join(of, ", "))
}

func (d *dice) fault(ids []string) string {
	k := one(d, sim.FaultKinds()...)
	long := one(d, "45s", "1s", "10m", "200ms")
	if k.ByWorld() {
		with := ""
		for _, name := range k.Fields() {
			switch {
			case name == "for":
				with += ", for: " + long
			case name == "drain" && d.is():
				with += ", drain: " + long
			case name == "last" && d.is():
				with += ", last: 2"
			}
		}
		return fmt.Sprintf("%s: {at: %ds%s}", k, d.n(90), with)
	}
	with := ""
	for _, name := range k.Fields() {
		switch {
		case (name == "for" || name == "later") && d.is():
			with += ", " + name + ": " + long
		case name == "new-id" && d.is():
			with += ", new-id: true"
		case name == "before" && d.is():
			with += ", before: " + one(d, "ack", "effect", "commit", "mark")
		case name == "after" && d.is() && !strings.Contains(with, "before"):
			with += ", after: " + one(d, "effect", "mark", "check")
		case name == "times" && d.is():
			with += ", times: 2"
		}
	}
	id := one(d, ids...)
	if !k.ByAttempt() {
		return fmt.Sprintf("%s: {of: %s%s}", k, id, with)
	}
	return fmt.Sprintf("%s: {during: %s%s%s}", k, id, one(d, "", "/2", "/3"), with)
}

// sizes of a terminal, from none to one that is larger than any.
var fuzzSizes = [...][2]int{{80, 24}, {120, 40}, {40, 12}, {0, 0}, {1, 1}, {2, 50}, {300, 3}, {79, 23}, {200, 60}, {60, 16}, {20, 8}, {1100, 2}}

// pick does something that whoever sits before the screen can do.
func (p *player) pick(d *dice, w, h int) (what string, width, height int) {
	switch n := d.n(16); {
	case n == 0:
		x, y := d.n(w+2), d.n(h+2)
		p.send(Mouse{x, y})
		return fmt.Sprintf("mouse %d,%d", x, y), w, h
	case n == 1:
		size := one(d, fuzzSizes[:]...)
		p.resize(size[0], size[1])
		if size[0] == 0 {
			size = fuzzSizes[0]
		}
		return fmt.Sprint("size ", size), size[0], size[1]
	case n == 2 && p.m.playing:
		p.now = p.now.Add(time.Second / 5)
		p.send(Tick{p.m.turn})
		return "tick", w, h
	case n == 3 && p.m.hunt != nil:
		if !p.m.hunt.search.Step(0) && p.m.hunt.search.States() < 20_000 {
			p.send(Tick{p.m.hunt})
		}
		return "slice", w, h
	case n == 3 && p.m.bench != nil:
		p.send(Tick{p.m.bench})
		return "slice", w, h
	case n == 4:
		text := one(d, "\x1b", "\u009b", "\u202e", "\x00", "漢", "é", "👍🏽", "\t", strings.Repeat("x", 5000))
		p.send(Key(text))
		return fmt.Sprintf("types %q", text[:min(len(text), 20)]), w, h
	}
	var keys []string
	for _, b := range append(bindings(), benchBindings()...) {
		keys = append(keys, b.keys...)
	}
	keys = append(keys, "n", "h", "n", "up", "down", "esc", "enter", "enter", "right", "right", "end", "1", "e", "Z")
	key := one(d, keys...)
	p.now = p.now.Add(one(d, time.Second, 0, time.Minute))
	p.send(Key(key))
	return key, w, h
}

// flawless holds what is true of every frame: it fills the screen, and no cell of it
// can do anything to a terminal.
func (p *player) flawless(w, h int) error {
	w, h = min(w, grid.MaxSide), min(h, grid.MaxSide)
	text := p.text()
	lines := strings.Split(strings.ReplaceAll(text, "\r", ""), "\n")
	if len(lines) != h {
		return fmt.Errorf("%d lines for %d", len(lines), h)
	}
	for i, line := range lines {
		if n := ansi.StringWidth(line); n != w {
			return fmt.Errorf("line %d has %d cells for %d: %q", i+1, n, w, line)
		}
		if at := strings.IndexFunc(line, func(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) }); at >= 0 {
			return fmt.Errorf("line %d: %q is no character to be seen", i+1, line[at:])
		}
	}
	return nil
}

// FuzzScreen sits before the screen of a scenario that nobody has thought of, and
// presses whatever comes. Whatever it does, nothing panics, and every frame is whole.
// Let it search for more with
//
//	go test ./ui/play -run '^$' -fuzz FuzzScreen -fuzztime 15m -parallel 1
func FuzzScreen(f *testing.F) {
	for n := range 24 { // a walk each: which it is follows from its number
		seed := make([]byte, 160)
		x := uint32(n + 1)
		for i := range seed {
			x = x*1664525 + 1013904223
			seed[i] = byte(x >> 24)
		}
		f.Add(seed)
	}
	f.Add([]byte{})
	f.Fuzz(walk)
}

// walk presses what the bytes say.
func walk(t *testing.T, bytes []byte) {
	if len(bytes) > 400 {
		t.Skip("long walks find no more, and take longer")
	}
	d := &dice{bytes}
	file := d.file()
	s, err := scenarios.Parse("fuzz.yaml", []byte(file))
	if err != nil {
		return // the parser has a target of its own
	}
	s.MaxEvents = 20_000 // what shows in more of them takes seconds, and shows in these
	var did []string
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("%v after %q in\n%s\n%s", p, did, file, debug.Stack())
		}
		if t.Failed() {
			t.Logf("after %q in\n%s", did, file)
		}
	}()
	o := Start{Scenario: s, At: -1, NoGuess: d.is(), ASCII: d.n(4) == 3, Present: d.n(8) == 7, ReducedMotion: d.n(8) == 7}
	w, h := 80, 24
	switch d.n(4) {
	case 3: // a bench in place of the file
		task, _ := levels.Find(one(d, levels.Names()...))
		o.Scenario, o.Workshop = nil, (&Study{Done: &learn.Progress{}, Save: func() {}}).Workshop()
		if d.is() {
			o.Workshop.First = build.New(task)
		}
	case 2: // a level
		o.Scenario, o.Ladder = nil, rungs()
		if d.is() {
			o.Ladder.First, _ = o.Ladder.Open(one(d, ladder.Names()...))
		}
	}
	p := start(t, o, w, h)
	// An input that takes ten seconds is a hang to go test -fuzz: a long walk on busy cores
	// ends before, and only a key that hangs does not.
	ends := time.Now().Add(3 * time.Second)
	for first := true; (first || d.left()) && !p.m.left && (first || time.Now().Before(ends)); first = false {
		var what string
		what, w, h = p.pick(d, w, h)
		did = append(did, what)
		if err := p.flawless(w, h); err != nil {
			t.Fatalf("%v", err)
		}
	}
	p.m.Now()
	p.m.leave() // what is under way would hold its story for ever
}
