package play

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/build"
	"dejavu/ui/frame"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// workbench is a bench on the screen: where the cursor is, and how far which
// counterexample was played.
type workbench struct {
	*build.Bench
	at   int // the block with the cursor
	nth  int // of the lights that break, the one that is told
	step int // of its rows, from 1; 0 before it is played
}

// benchSlice is how many worlds are looked at between two frames: a few milliseconds.
const benchSlice = 2500

// works puts a bench on the screen.
func (m *Model) works(b *build.Bench) {
	m.bench = &workbench{Bench: b}
	m.panel = taskPanel(m)
	m.searchOn()
}

// searchOn goes on with the search, if there is something left to search.
func (m *Model) searchOn() {
	if !m.bench.Lights().Step(benchSlice) {
		m.wake(time.Millisecond, m.bench)
	}
}

// blocks are the lines of the recipe.
func (b *workbench) blocks() []recipe.Block { return b.Recipe().Blocks }

// broken are the counterexamples, those of what the task requires first.
func (b *workbench) broken() (all []*check.Trace) {
	businesses := append([]sim.Business{b.Task.Business}, sim.Businesses()...)
	for _, of := range businesses {
		for _, p := range proof.Properties() {
			if t := b.Lights().Light(of, p).Trace; t != nil && !slices.Contains(all, t) {
				all = append(all, t)
			}
		}
	}
	return all
}

// told is the counterexample that is told, or nil.
func (b *workbench) told() *check.Trace {
	if all := b.broken(); len(all) > 0 {
		return all[b.nth%len(all)]
	}
	return nil
}

// playOn plays the counterexample by one row, and then from the beginning. The cursor goes
// to the line that each row is from.
func (b *workbench) playOn() {
	t := b.told()
	if t == nil {
		return
	}
	rows := proof.Rows(t)
	if b.step = (b.step + 1) % (len(rows) + 1); b.step == 0 {
		return
	}
	for i := range b.blocks() {
		if strings.HasSuffix(rows[b.step-1].Site, fmt.Sprintf(":%d", i+1)) {
			b.at = i
		}
	}
}

// view is what the bench looks like now.
func (b *workbench) view() *frame.Workbench {
	v := &frame.Workbench{Title: b.Task.Title, Row: b.step, At: -1}
	add := func(line string, of int) {
		if of == b.at {
			if v.At < 0 {
				v.At = len(v.Code)
			}
			v.Upto = len(v.Code) + 1
		}
		v.Code = append(v.Code, words.Say(words.Plain, strings.ReplaceAll(line, "\t", "    ")))
	}
	if refused := b.Refusal(); refused != nil {
		for i, block := range b.blocks() {
			add(block.String(), i)
		}
		v.Side = []words.Line{words.Say(words.Fault, "Not yet a consumer."), words.Say(words.Plain, refused.Error()+".")}
		return v
	}
	lines, of := b.Recipe().Lines()
	for i := range lines {
		add(lines[i], of[i])
	}
	for i, line := range b.Recipe().RelayLines() {
		if i == 0 {
			add("// the relay:", -1)
		}
		add(line, -1)
	}
	v.Side, v.Below = b.lights(), b.below()
	if b.Solved() {
		v.Below = append([]words.Line{words.Say(words.Plain, b.Task.Teaches)}, v.Below...)
	}
	c := b.Cost()
	v.Foot = []words.Line{words.Say(words.Plain, fmt.Sprintf("Costs: %s, %s a message.", words.Count(c.Lines, "line"), words.Count(c.Trips, "round trip")))}
	return v
}

// lights are the nine lights, and whether the task is done.
func (b *workbench) lights() []words.Line {
	const name, cell = 12, 8
	head := words.Line{{Text: words.Pad("", name), As: words.Plain}}
	for _, of := range sim.Businesses() {
		head.Add(words.Dim, words.Pad(of.String(), cell))
	}
	lines := []words.Line{head}
	for _, p := range proof.Properties() {
		row := words.Line{{Text: words.Pad(proof.Title(p), name), As: words.Plain}}
		for _, of := range sim.Businesses() {
			text, as := "?", words.Fault
			switch l := b.Lights().Light(of, p); l.Is {
			case build.Under:
				text, as = "...", words.Dim
			case build.Lit:
				text, as = "✓", words.OK
			case build.Broken:
				text, as = words.Count(l.Trace.Faults, "fault"), words.Wrong
			}
			row.Add(as, words.Pad(text, cell))
		}
		lines = append(lines, row)
	}
	switch c := b.Cost(); {
	case !b.Lights().Step(0):
		return append(lines, words.Say(words.Dim, "... is not finished yet"))
	case b.Solved():
		return append(lines, words.Say(words.OK, fmt.Sprintf("Solved: %s, %s; par %d, %d.", words.Count(c.Lines, "line"), words.Count(c.Trips, "round trip"), b.Task.Lines, b.Task.Trips)))
	}
	return append(lines, words.Say(words.Fault, "Not solved yet."))
}

// below is the counterexample that is told, row by row, or that there is none.
func (b *workbench) below() []words.Line {
	t := b.told()
	switch {
	case t == nil && b.Lights().Step(0):
		return []words.Line{words.Say(words.OK, "Nothing breaks it.")}
	case t == nil:
		return []words.Line{words.Say(words.Dim, "Searching.")}
	}
	lines := []words.Line{words.Say(words.Strong, fmt.Sprintf("%s, %s, is broken by %s:", words.Capital(t.Lane.Business.String()), proof.Title(t.Property), proof.By(t)))}
	for i, r := range proof.Rows(t) {
		mark, as := " ", words.Plain
		if i+1 == b.step {
			mark, as = "▸", words.Strong
		}
		line := words.Say(words.OK, mark).And(words.Dim, fmt.Sprintf("%2d", r.Last)).And(as, fmt.Sprintf("%-8s %-5s", r.Who, r.Message))
		lines = append(lines, append(line, r.What...))
	}
	return append(lines, words.Say(words.Wrong, proof.Ending(t)))
}

// option gives the line with the cursor its next option, or the one before.
func (b *workbench) option(by int) error {
	if b.at >= len(b.blocks()) {
		return nil // there is no line
	}
	now := b.blocks()[b.at]
	same := slices.DeleteFunc(letters(), func(l recipe.Block) bool { return l.Do != now.Do })
	n := len(same)
	for k := 1; k <= n; k++ {
		if b.Change(b.at, same[((slices.Index(same, now)+by*k)%n+n)%n]) == nil {
			return nil
		}
	}
	return nil
}

// letters are the lines that can be added, each with its options.
func letters() []recipe.Block {
	return recipe.Alphabet(recipe.Choices{
		IDs:    []recipe.ID{recipe.MessageID, recipe.BusinessKey, recipe.Sequence, recipe.BodyHash, recipe.NewID},
		Leases: []time.Duration{20 * time.Second}, Keep: []time.Duration{time.Hour}, Retain: []time.Duration{30 * time.Minute},
		Most: []int{3}, Conditions: true,
	})
}

// atBench returns what an edit does: the cursor stays on a line, and the search goes on.
func atBench(edit func(b *workbench) error) func(*Model) {
	return func(m *Model) {
		m.said = nil
		b := m.bench
		was := b.Lights()
		if err := edit(b); err != nil {
			m.say(words.Fault, words.Capital(err.Error())+".")
		}
		if b.Lights() != was {
			b.nth, b.step = 0, 0
		}
		b.at = min(max(b.at, 0), max(len(b.blocks())-1, 0))
		m.searchOn()
	}
}

// movesCursor, and shifts a line, by so many.
func movesCursor(by int) func(*Model) {
	return atBench(func(b *workbench) error { b.at += by; return nil })
}

func shifts(by int) func(*Model) {
	return atBench(func(b *workbench) error {
		err := b.Move(b.at, b.at+by)
		if err == nil {
			b.at += by
		}
		return err
	})
}

// benchBindings are the keys of a bench, in the order of the help.
func benchBindings() []binding {
	return []binding{
		{[]string{"up"}, "up", "the line above", movesCursor(-1), nil},
		{[]string{"down"}, "down", "the line below", movesCursor(1), nil},
		{[]string{"a"}, "a", "add a line below the cursor", open(blockPanel), hint("a", "add")},
		{[]string{"right"}, "→", "the next option of the line", atBench(func(b *workbench) error { return b.option(1) }), hint("←→", "option")},
		{[]string{"left"}, "←", "the option before", atBench(func(b *workbench) error { return b.option(-1) }), nil},
		{[]string{"d", "delete"}, "d", "delete the line", atBench(func(b *workbench) error { return b.Delete(b.at) }), hint("d", "delete")},
		{[]string{"["}, "[", "move the line up", shifts(-1), hint("[ ]", "move")},
		{[]string{"]"}, "]", "move the line down", shifts(1), nil},
		{[]string{"t"}, "t", "put all from here on into one transaction", atBench(func(b *workbench) error { return b.Wrap(b.at, len(b.blocks())-1) }), nil},
		{[]string{"u"}, "u", "undo", atBench(func(b *workbench) error { b.Undo(); return nil }), hint("u", "undo")},
		{[]string{"U"}, "U", "redo", atBench(func(b *workbench) error { b.Redo(); return nil }), nil},
		{[]string{"enter", " "}, "enter", "play the counterexample, row by row", func(m *Model) { m.bench.playOn() }, hint("enter", "play it")},
		{[]string{"x"}, "x", "the next counterexample", atBench(func(b *workbench) error { b.nth++; b.step = 0; return nil }), nil},
		{[]string{"g"}, "g", "what is asked for", open(taskPanel), hint("g", "task")},
		{[]string{"n"}, "n", "nobody can", (*Model).nobodyBuilds, hint("n", "nobody can")},
		{[]string{"w"}, "w", "write it as a file of consumers/", (*Model).writeBench, nil},
		{[]string{"?"}, "?", "this help", open(helpPanel), hint("?", "help")},
		{[]string{"q"}, "q", "leave", (*Model).leave, hint("q", "leave")},
	}
}

// nobodyBuilds takes the claim that the task cannot be done.
func (m *Model) nobodyBuilds() {
	task := &m.bench.Task
	p := page("Nobody can?", min(readable, max(m.w-4, 1)))
	if _, can := task.Model(); can {
		p.says(words.Wrong, "Somebody can, with "+words.Count(task.Lines, "line")+".")
	} else {
		p.says(words.OK, "Right: nobody can.")
		p.says(words.Plain, task.Teaches)
	}
	m.panel = &panel{title: p.title, lines: p.lines, foot: "Esc"}
}

// taskPanel says what is asked for.
func taskPanel(m *Model) *panel {
	p := page(m.bench.Task.Title, min(readable, max(m.w-4, 1)))
	for _, text := range m.bench.Goal() {
		p.says(words.Plain, text)
	}
	return &panel{title: p.title, lines: p.lines, foot: "enter begins"}
}

// blockPanel lists the lines that can stand below the cursor.
func blockPanel(m *Model) *panel {
	p := &panel{title: "Add a line", foot: "type to narrow, enter adds it, Esc leaves"}
	at := min(m.bench.at+1, len(m.bench.blocks()))
	var fit []recipe.Block
	for _, l := range letters() {
		if r := (recipe.Recipe{Blocks: append(m.bench.blocks()[:at:at], l)}); r.Begins() {
			fit = append(fit, l)
			p.names, p.lines = append(p.names, l.String()), append(p.lines, words.Say(words.Plain, l.String()))
		}
	}
	p.take = func(m *Model, i int) {
		atBench(func(b *workbench) error {
			err := b.Add(at, fit[i])
			if err == nil {
				b.at = at
			}
			return err
		})(m)
	}
	return p
}

// writeBench asks for a file with what lies on the bench.
func (m *Model) writeBench() {
	if err := m.bench.Refusal(); err != nil {
		m.say(words.Fault, words.Capital(err.Error())+".")
		return
	}
	r := m.bench.Recipe()
	r.Name = "mine"
	m.wants = append(m.wants, Save{"mine.go", []byte(r.Go())})
}
