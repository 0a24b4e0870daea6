package play

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"dejavu/consumers"
	"dejavu/consumers/recipe"
	"dejavu/sim"
	"dejavu/sim/check"
	"dejavu/ui/build"
	"dejavu/ui/build/levels"
	"dejavu/ui/design"
	"dejavu/ui/frame"
	"dejavu/ui/learn"
	"dejavu/ui/proof"
	"dejavu/ui/words"
)

// Workshop is what the screen shows in place of the playground: levels to build. Beside a
// Course it is the chapter of it that is called [levels.Chapter].
type Workshop struct {
	Rungs
	// Open opens a level.
	Open func(name string) (*build.Bench, error)
	// First is the level to begin with, or nil for the menu.
	First *build.Bench
	// Ended is told of each answer that is right.
	Ended func(t *levels.Task, took learn.Built)
}

// workbench is a bench on the screen: where the cursor is, and how far which
// counterexample was played.
type workbench struct {
	*build.Bench
	held *build.Lights // that were noted as solved
	at   int           // the block with the cursor
	nth  int           // of the lights that break, the one that is told
	step int           // of its rows, from 1; 0 before it is played
}

// benchSlice is how many worlds are looked at between two frames: a few milliseconds.
const benchSlice = 2500

// works puts a bench on the screen.
func (m *Model) works(b *build.Bench) {
	m.bench, m.lesson, m.siege, m.guesses, m.led = &workbench{Bench: b}, nil, nil, false, false
	m.panel = taskPanel(m)
	m.searchOn()
}

// openTask begins a level to build, or says why it cannot be opened.
func (m *Model) openTask(name string) {
	b, err := m.o.Workshop.Open(name)
	if err != nil {
		m.cannotOpen(err)
		return
	}
	m.works(b)
}

// searchOn goes on with the search, if there is something left to search.
func (m *Model) searchOn() {
	b := m.bench
	if !b.Lights().Step(benchSlice) {
		m.wake(time.Millisecond, b)
	} else if b.Solved() && b.held != b.Lights() {
		b.held = b.Lights()
		m.holds(b.Result())
		m.rest()
	}
}

// holds notes an answer that is right.
func (m *Model) holds(took learn.Built) {
	if m.o.Workshop.Ended != nil {
		m.o.Workshop.Ended(&m.bench.Task, took)
	}
}

// onward opens the level after one that is solved; else it plays the counterexample.
func (m *Model) onward() {
	next := m.o.Workshop.Next(m.bench.Task.Name)
	switch {
	case !m.bench.Solved() || next == "":
		m.bench.playOn()
	case !m.hasty("enter"): // else it was meant for what was there before
		m.openTask(next)
	}
}

func hintAnswer(m *Model) string {
	return words.Either(m.bench.Solved() && m.o.Workshop.Next(m.bench.Task.Name) != "", "next level", "play")
}

// blocks are the lines of the recipe.
func (b *workbench) blocks() []recipe.Block { return b.Recipe().Blocks }

// broken are the counterexamples, those of what the task requires first.
func (b *workbench) broken() (all []*check.Trace) {
	businesses := append([]sim.Business{b.Task.Business}, sim.SingleEffects()...)
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

// heading names the task, and what it asks for.
func (b *workbench) heading() string {
	var asked []string
	for _, p := range b.Task.Require {
		asked = append(asked, proof.Title(p))
	}
	return fmt.Sprintf("%d. %s: %s, %s", b.Task.Number, b.Task.Title, b.Task.Business, words.Listed(asked))
}

// view is what the bench looks like now.
func (b *workbench) view() *frame.Workbench {
	v := &frame.Workbench{Title: b.heading(), Row: b.step, At: -1}
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

// nine are nine lights, a row for each property; the business that is asked about stands out.
func nine(of *build.Lights, wanted sim.Business) []words.Line {
	const name, cell = 12, 8
	head := words.Line{{Text: words.Pad("", name), As: words.Plain}}
	for _, b := range sim.SingleEffects() {
		as := words.Dim
		if b == wanted {
			as = words.Strong
		}
		head.Add(as, words.Pad(b.String(), cell))
	}
	lines := []words.Line{head}
	for _, p := range proof.Properties() {
		row := words.Line{{Text: words.Pad(proof.Title(p), name), As: words.Plain}}
		for _, b := range sim.SingleEffects() {
			text, as := "?", words.Fault
			switch l := of.Light(b, p); l.Is {
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
	return lines
}

// lights are the nine lights, and whether the task is done.
func (b *workbench) lights() []words.Line {
	lines := nine(b.Lights(), b.Task.Business)
	switch c := b.Cost(); {
	case !b.Lights().Step(0):
		return append(lines, words.Say(words.Dim, "... is not finished yet"))
	case b.Solved():
		return append(lines, words.Say(words.OK, fmt.Sprintf("Solved: %s, %s; par %d, %d.", words.Count(c.Lines, "line"), words.Count(c.Trips, "trip"), b.Task.Lines, b.Task.Trips)))
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
	lines := []words.Line{words.Say(words.Strong, fmt.Sprintf("%s, %s, is broken by %s:", words.Capital(t.Lane.Business.String()), proof.TitleIn(t.Property, t.Lane.Business), proof.By(t)))}
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

// plainestFirst puts the first line of each kind before those with other options: a newcomer
// finds the kinds, and gives a line its options later.
func plainestFirst(all []recipe.Block) []recipe.Block {
	type kind struct {
		do  recipe.Verb
		in  recipe.Store
		how recipe.Way
	}
	seen := map[kind]bool{}
	var plain, others []recipe.Block
	for _, l := range all {
		if k := (kind{l.Do, l.In, l.How}); !seen[k] {
			seen[k] = true
			plain = append(plain, l)
		} else {
			others = append(others, l)
		}
	}
	return append(plain, others...)
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
		{[]string{"enter"}, "enter", "play the counterexample, row by row; once it is solved, the next level", (*Model).onward, hintAnswer},
		{[]string{"up"}, "up", "the line above", movesCursor(-1), nil},
		{[]string{"down"}, "down", "the line below", movesCursor(1), nil},
		{[]string{"a"}, "a", "add a line below the cursor", open(blockPanel), hint("a", "add")},
		{[]string{"right"}, "→", "the next option of the line", atBench(func(b *workbench) error { return b.option(1) }), hint("←→", "option")},
		{[]string{"left"}, "←", "the option before", atBench(func(b *workbench) error { return b.option(-1) }), nil},
		{[]string{"d", "delete"}, "d", "delete the line", atBench(func(b *workbench) error { return b.Delete(b.at) }), hint("d", "delete")},
		{[]string{"["}, "[", "move the line up", shifts(-1), hint("[ ]", "move")},
		{[]string{"]"}, "]", "move the line down", shifts(1), nil},
		{[]string{"t"}, "t", "put all from here on into one transaction", atBench(func(b *workbench) error { return b.Wrap(b.at, len(b.blocks())-1) }), nil},
		{[]string{"u"}, "u", "undo", atBench(func(b *workbench) error { b.Undo(); return nil }), nil},
		{[]string{"U"}, "U", "redo", atBench(func(b *workbench) error { b.Redo(); return nil }), nil},
		{[]string{" "}, "space", "play the counterexample, row by row", func(m *Model) { m.bench.playOn() }, nil},
		{[]string{"x"}, "x", "the next counterexample", atBench(func(b *workbench) error { b.nth++; b.step = 0; return nil }), nil},
		{[]string{"n"}, "n", "nobody can: all designs are tried", (*Model).nobodyBuilds, hint("n", "nobody")},
		{[]string{"g"}, "g", "what is asked for", open(taskPanel), nil},
		{[]string{"c"}, "c", "compare with a consumer of the catalogue", open(comparePanel), nil},
		{[]string{"w"}, "w", "write it as a file of consumers/", (*Model).writeBench, nil},
		{[]string{"m"}, "m", "the levels", (*Model).toMenu, nil},
		{[]string{"?"}, "?", "this help", open(helpPanel), hint("?", "help")},
		{[]string{"q"}, "q", "leave; what you have done is kept", (*Model).leave, hint("q", "leave")},
	}
}

// slow is a panel whose text takes longer than a frame. What makes it goes on in slices
// between which the screen is drawn, so that it can be left.
type slow struct {
	panel *panel
	step  func() (more bool)
	stop  func() // gives it up
	then  func(p *paper)
}

// slowly shows a panel while something is made, and then what came of it.
func (m *Model) slowly(title string, s *slow) {
	s.panel = &panel{title: title, lines: []words.Line{words.Say(words.Dim, "Searching.")}, foot: "Esc", slow: s}
	m.panel = s.panel
	m.makes(s)
}

// makes goes on with what is made.
func (m *Model) makes(s *slow) {
	if s.step() {
		m.wake(time.Millisecond, s)
		return
	}
	p := page(s.panel.title, min(readable, max(m.w-4, 1)))
	s.then(p)
	s.panel.lines, s.panel.slow = p.lines, nil
}

// nobodyBuilds judges the claim that the task cannot be done: where that is right all
// designs are tried.
func (m *Model) nobodyBuilds() {
	task := &m.bench.Task
	if _, can := task.Model(); can {
		p := page("Nobody can?", min(readable, max(m.w-4, 1)))
		p.says(words.Wrong, "Somebody can, with "+words.Count(task.Lines, "line")+".")
		m.panel = &panel{title: p.title, lines: p.lines, foot: "Esc"}
		return
	}
	found, step, stop := design.InSlices(task.Demand(design.DefaultBlocks))
	m.slowly("Nobody can?", &slow{step: step, stop: stop, then: func(p *paper) {
		p.says(words.OK, "Right: nobody can.")
		p.says(words.Plain, task.Teaches)
		p.gap()
		for line := range strings.Lines(found.Text(words.Layout{Paint: words.NoPaint, Width: p.w}, nil)) {
			p.add(words.Say(words.Dim, strings.TrimRight(line, "\n")))
		}
		m.holds(learn.Built{})
	}})
}

// comparePanel lists the consumers of the catalogue: one is shown with its nine lights.
func comparePanel(m *Model) *panel {
	p := &panel{title: "Compare with", foot: "type to narrow, enter shows its lights, Esc leaves"}
	for _, name := range consumers.Names() {
		p.names, p.lines = append(p.names, name), append(p.lines, words.Say(words.Plain, name))
	}
	task := m.bench.Task
	p.take = func(m *Model, i int) {
		c, _ := consumers.Get(p.names[i])
		lights := build.LightsOf(task, c)
		step := func() bool { return !lights.Step(benchSlice) }
		m.slowly(strings.ToUpper(c.Name), &slow{step: step, stop: func() {}, then: func(p *paper) {
			p.lines = append(p.lines, nine(lights, task.Business)...)
			p.gap()
			code, _ := consumers.Body(c.Name)
			for _, line := range code {
				p.lines = append(p.lines, words.Say(words.Plain, strings.ReplaceAll(line, "\t", "    ")))
			}
		}})
	}
	return p
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
	p := &panel{title: "Add a line below"}
	at := min(m.bench.at+1, len(m.bench.blocks()))
	var fit []recipe.Block
	for _, l := range plainestFirst(letters()) {
		if r := (recipe.Recipe{Blocks: append(m.bench.blocks()[:at:at], l)}); r.Begins() {
			fit = append(fit, l)
			p.names, p.lines = append(p.names, l.String()), append(p.lines, words.Say(words.Plain, l.String()))
		}
	}
	if len(fit) == 0 {
		p.lines, p.foot = []words.Line{words.Say(words.Dim, "No line can stand here.")}, "Esc leaves"
	}
	p.about = func(i int) string { return words.Capital(fit[i].Do.Says()) + ". Enter adds it" }
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
