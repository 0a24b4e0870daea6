package scenarios

import (
	"cmp"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
)

// Limits on the texts of a lesson.
const (
	maxIntro  = 400
	maxSay    = 200
	maxChoice = 80
	maxWhy    = 160
	maxHint   = 160
	maxWords  = 1200
)

// Numbers of choices: keys are 1, 2, 3, and four are still read.
const (
	minChoices = 2
	maxChoices = 4
)

// ParseLesson reads a lesson. name is what errors call the file; the lesson is
// called by its base without the extension. A mistake is an *Error. Whether the run
// comes to every stop, and makes one choice of each question true, is not known
// before it is run.
func ParseLesson(name string, src []byte) (*Lesson, error) {
	text, err := readText(name, src)
	if err != nil {
		return nil, err
	}
	root, err := parseTree(text)
	if err != nil {
		return nil, err
	}
	base := filepath.Base(name)
	r := &lessonReader{source: text, src: src, l: Lesson{speaks: map[string][]string{}}}
	r.l.Name, r.l.source = strings.TrimSuffix(base, filepath.Ext(base)), text
	if err := r.object(root, "a lesson", r.lessonFields()); err != nil {
		return nil, err
	}
	if n := r.l.WordCount(); n > MaxWords {
		return nil, r.fail(root, "the lesson has %d words to read: at most %d, or it is two lessons", n, MaxWords)
	}
	return &r.l, nil
}

// LoadLesson reads a lesson from a file on disk. A mistake in it is an *Error.
func LoadLesson(path string) (*Lesson, error) {
	src, err := readFile(path)
	if err != nil {
		return nil, err
	}
	return ParseLesson(path, src)
}

// lessonReader fills in a lesson from the tree of its file.
type lessonReader struct {
	*source
	src []byte
	l   Lesson
	run *Scenario // what places and claims are about
	ids []string  // of its messages
}

// lessonFields are the keys of a lesson. Later ones refer to earlier ones.
func (r *lessonReader) lessonFields() []field {
	l := &r.l
	return []field{
		r.text("title", "a headline, such as title: The ghost charge", &l.Title, maxTitle).says("A headline. It stands in the menu."),
		parsed(r.source, "chapter", &l.Chapter, number(1, MaxChapters)).says("Its place among the shipped lessons."),
		r.text("teaches", "what is learned, in one line", &l.Teaches, MaxTeaches).says("What is learned, in one line."),
		r.prose("intro", &l.Intro, maxIntro).says("What to look at, said before the run: who does what, and nothing that the run will show."),
		{name: "scenario", need: "the name of a shipped one, such as scenario: lost-ack, or one of your own: messages, consumers and faults below it", read: r.readScenario,
			form:  `"oneOf": [{"type": "string", "description": "The name of a shipped scenario."}, {` + defined("scenario") + "}]",
			about: "What is run: the name of a shipped scenario, or one of the lesson's own, with the keys of a scenario file."},
		{name: "lanes", read: r.readLanes, form: `"type": "array", "minItems": 1, "uniqueItems": true, "items": {"type": "string"}`,
			about: "Who is watched, if not all consumers of the scenario."},
		{name: "stops", need: "where the run waits, such as - {at: first effect, say: The bank has taken it.}", read: r.readStops,
			form:  fmt.Sprintf(`"type": "array", "minItems": 1, "maxItems": %d, "items": {%s}`, MaxStops, defined("stop")),
			about: "Where the run waits, in order: at most six."},
		r.prose("words", &l.Words, maxWords).says("What is said after the run: the definition, and the field's own terms."),
		r.words("terms", "", &l.Terms, func(item *node) error {
			l.TermSpots = append(l.TermSpots, item.spot())
			return nil
		}).says("Words of the field that the lesson has shown, to be looked up with dejavu explain."),
		{name: "change", read: r.readChange, form: defined("change"), about: "One thing to do differently at the end."},
	}
}

// mark is how the text of a lesson names a consumer.
var mark = regexp.MustCompile("<([a-z-]+)>")

// text is a field of one line of words, in which consumers are marked.
func (r *lessonReader) text(name, need string, into *string, most int) field {
	return r.marked(r.source.text(name, need, into, most), into)
}

// prose is a field of words, in which consumers are marked.
func (r *lessonReader) prose(name string, into *string, most int) field {
	return r.marked(r.source.prose(name, into, most), into)
}

// marked puts the name of each consumer that a text marks in its place, in capitals as
// on the screen, and notes that the text speaks of it.
func (r *lessonReader) marked(f field, into *string) field {
	read := f.read
	f.read = func(v *node) error {
		if err := read(v); err != nil {
			return err
		}
		var of []string
		for _, m := range mark.FindAllStringSubmatch(*into, -1) {
			if _, known := consumers.Get(m[1]); !known {
				return r.fail(v, "unknown consumer %q%s", m[1], suggest(m[1], consumers.Names()))
			}
			of = append(of, m[1])
		}
		if len(of) > 0 {
			*into = mark.ReplaceAllStringFunc(*into, func(m string) string { return strings.ToUpper(m[1 : len(m)-1]) })
			r.l.speaks[*into] = of
		}
		return nil
	}
	return f
}

// readScenario reads what is run: the name of a shipped scenario, or one of the
// lesson's own, which is called as the lesson is.
func (r *lessonReader) readScenario(v *node) error {
	l := &r.l
	if v.kind == scalar {
		s, known := Get(v.text)
		if !known {
			return r.fail(v, "unknown scenario %q%s", v.text, suggest(v.text, Names()))
		}
		l.Scenario, l.Shipped = s, s.Name
	} else {
		own := &reader{source: r.source, s: Scenario{Name: l.Name, Title: l.Title, Teaches: l.Teaches, Workers: DefaultWorkers, Seed: DefaultSeed, Source: r.src}}
		if err := own.scenario(v, own.ownFields()); err != nil {
			return err
		}
		l.Scenario = &own.s
	}
	r.run = l.Scenario
	for i := range l.Scenario.Messages {
		r.ids = append(r.ids, l.Scenario.Messages[i].ID)
	}
	return nil
}

// readLanes reads who is watched, if not all that the scenario watches.
func (r *lessonReader) readLanes(v *node) error {
	s := r.l.Scenario
	own := &reader{source: r.source}
	if err := r.words("lanes", "who is watched, such as [naive, inbox]", &r.l.Lanes, own.checkConsumer).read(v); err != nil {
		return err
	}
	s.Consumers = r.l.Lanes
	s.Expect = slices.DeleteFunc(slices.Clone(s.Expect), func(e Expectation) bool { return !slices.Contains(s.Consumers, e.Consumer) })
	return own.checkLanes(v, s)
}

// readStops reads where the run waits.
func (r *lessonReader) readStops(v *node) error {
	switch {
	case v.kind != list:
		return r.fail(v, "stops is %s: want a list, such as - {at: first effect, say: The bank has taken it.}", v.kind)
	case len(v.items) == 0:
		return r.fail(v, "stops is empty: a run that never waits teaches nothing; add one")
	case len(v.items) > MaxStops:
		return r.fail(v.items[MaxStops], "%d stops: at most %d, or it is two lessons", len(v.items), MaxStops)
	}
	for _, item := range v.items {
		var stop LessonStop
		q := &Quiz{Spot: item.spot()}
		if err := r.object(item, "a stop", r.stopFields(&stop, q)); err != nil {
			return err
		}
		if err := r.checkQuestion(item, q, stop.Say); err != nil {
			return err
		}
		if len(q.Choices) > 0 {
			stop.Question = q
		}
		r.l.Stops = append(r.l.Stops, stop)
	}
	return nil
}

// stopFields are the keys of a stop.
func (r *lessonReader) stopFields(stop *LessonStop, q *Quiz) []field {
	return append([]field{
		{name: "at", need: "where the run waits, " + placeForms, read: r.readPlace(&stop.At), form: `"type": "string"`,
			about: `A place in the run, by what happens there: start, end, parting, first delivery, first effect, first ack, fault 1, harm, harm m2, publish m2, delivery m2/2, effect m2, ack m2, timeout m2, or the name of a step, commit m2. With "in naive" behind it, only in that lane.`},
		r.text("say", "one sentence", &stop.Say, maxSay).says("One sentence. With ___ in it, the right choice belongs there, and the sentence is the question. Write <naive> to speak of a consumer: the screen turns to its lane."),
	}, r.questionFields(q)...)
}

func (r *lessonReader) readPlace(into *Position) func(v *node) error {
	return func(v *node) (err error) {
		if _, err = r.word(v, "at"); err != nil {
			return err
		}
		*into, err = (&wording{r, v, strings.Fields(v.text)}).place()
		return err
	}
}

// questionFields are the keys of a question, which stand among those of what it
// is asked about.
func (r *lessonReader) questionFields(q *Quiz) []field {
	return []field{
		r.text("ask", "", &q.Prompt, maxQuestion).says("The question. It is asked just before the place. Leave it out where the sentence has a blank, ___."),
		{name: "choices", read: func(v *node) error { return r.readChoices(v, q) },
			form:  fmt.Sprintf(`"type": "array", "minItems": %d, "maxItems": %d, "items": {%s}`, minChoices, maxChoices, defined("choice")),
			about: "Two to four answers. The run has to make exactly one of them true, or the lesson is refused."},
		r.text("nudge", "", &q.Nudge, maxHint).says("The first hint: what to think of."),
		r.text("where", "", &q.Where, maxHint).says("The second hint: where to look. The third is the answer, and is found in the run."),
	}
}

// checkQuestion checks that a question is complete, if there is one.
func (r *lessonReader) checkQuestion(at *node, q *Quiz, say string) error {
	blanks := strings.Count(say, Blank)
	switch {
	case blanks > 1:
		return r.fail(at, "the sentence has %d blanks: leave one", blanks)
	case len(q.Choices) == 0 && (blanks > 0 || q.Prompt != ""):
		return r.fail(at, "a question without choices: add them, such as choices: [{say: nobody, if: harmed none, why: ...}, ...]")
	case len(q.Choices) == 0 && (q.Nudge != "" || q.Where != ""):
		return r.fail(at, "hints, but no question: add ask and choices, or leave them out")
	case len(q.Choices) > 0 && blanks == 0 && q.Prompt == "":
		return r.fail(at, "choices, but no question: add ask, or write %s in the sentence where the choice belongs", Blank)
	case len(q.Choices) > 0 && (q.Nudge == "" || q.Where == ""):
		return r.fail(at, "a question has two hints: add nudge (what to think of) and where (where to look); the answer is found in the run")
	}
	return nil
}

func (r *lessonReader) readChoices(v *node, q *Quiz) error {
	if v.kind != list || len(v.items) < minChoices || len(v.items) > maxChoices {
		return r.fail(v, "choices: want a list of %d to %d, such as - {say: nobody, if: harmed none, why: ..., belief: M2}", minChoices, maxChoices)
	}
	for _, item := range v.items {
		c := Alternative{Spot: item.spot()}
		if err := r.object(item, "a choice", r.choiceFields(&c)); err != nil {
			return err
		}
		if slices.ContainsFunc(q.Choices, func(o Alternative) bool { return o.Text == c.Text }) {
			return r.fail(item, "%q is a choice already: say another", c.Text)
		}
		q.Choices = append(q.Choices, c)
	}
	return nil
}

// choiceFields are the keys of a choice.
func (r *lessonReader) choiceFields(c *Alternative) []field {
	return []field{
		r.text("say", "the answer in a few words", &c.Text, maxChoice).or("number").says("The answer, in a few words."),
		field{name: "if", need: "when it is right, " + claimForms, form: `"type": "string"`, read: func(v *node) (err error) {
			if _, err = r.word(v, "if"); err != nil {
				return err
			}
			c.If, err = (&wording{r, v, strings.Fields(v.text)}).claims()
			return err
		}}.says(`Claims about the run, joined by "and", each perhaps after "not". What it comes to: naive twice m2 m3, naive never none, naive parked m2, naive pending m2, naive taken $335, naive excess $135, naive missing $120, harmed naive (these lanes and no others). Where it stands at the place: inbox holds m2, naive queue m2 waiting|hidden|done|parked, naive delivered m2 2, naive did m2 2. What a delivery does: inbox performs m2/2, inbox finds m2/2, inbox waits m3b.`),
		r.text("why", "why it is so, or why not", &c.Why, maxWhy).says("Why it is so; of a wrong answer, why it is not. A clause without a capital and a full stop."),
		parsed(r.source, "belief", &c.Belief, format[Misconception]{`"type": "string", "pattern": "^M([1-9]|1[0-9]|2[0-7])$"`, ParseMisconception, Misconception.String}).
			says("What somebody has got wrong who chooses this: a misconception, M1 to M27. The right one has none."),
	}
}

// changeKeys are the keys of the screen that a lesson can send people to.
var changeKeys = []string{"A", "C", "D", "P", "u", "f", "b", "l", "x", "w"}

// readChange reads the one thing to do differently at the end.
func (r *lessonReader) readChange(v *node) error {
	c := &Change{}
	q := &Quiz{Spot: v.spot()}
	if err := r.object(v, "a change", r.changeFields(c, q)); err != nil {
		return err
	}
	if err := r.checkQuestion(v, q, ""); err != nil {
		return err
	}
	if c.changesNothing() {
		return r.fail(v, "the change changes nothing: add with, without, business or consumers")
	}
	if len(q.Choices) > 0 {
		c.Question = q
	}
	r.l.Change = c
	return nil
}

// changeFields are the keys of a change. The claims of its question are about the
// run as it is changed, so they are read after what changes it.
func (r *lessonReader) changeFields(c *Change, q *Quiz) []field {
	own := &reader{source: r.source}
	var business sim.Business
	pick := choice(r.source, "business", &business, sim.Businesses()...)
	read := pick.read
	pick.read = func(v *node) error {
		c.Business = &business
		return read(v)
	}
	fields := []field{
		r.text("say", "what to do, in a sentence", &c.Say, maxSay).says("What to do, in a sentence."),
		{name: "key", form: oneOf(changeKeys), about: "The key of the screen that does it.", read: func(v *node) error {
			if c.Key = v.text; v.kind != scalar || !slices.Contains(changeKeys, c.Key) {
				return r.fail(v, "key: want a key of the screen, one of %s", several(changeKeys))
			}
			return nil
		}},
		r.faultTexts("with", &c.With, func(sim.Fault) string { return "" }).as("faults").says("Faults that are added."),
		r.faultTexts("without", &c.Without, r.notPlanned).as("faults").says("Faults of the scenario that are taken away."),
		pick.says("What performing means instead."),
		r.words("consumers", "", &c.Consumers, own.checkConsumer).says("Who is watched instead."),
	}
	for _, f := range r.questionFields(q) {
		if f.name == "choices" {
			read := f.read
			f.read = func(v *node) error {
				changed := c.Apply(r.l.Scenario)
				if err := own.checkLanes(v, changed); err != nil {
					return err
				}
				r.run = changed
				return read(v)
			}
		}
		fields = append(fields, f)
	}
	return append(fields, r.text("then", "", &c.Then, maxSay).says("What to see in it, in one sentence."))
}

// faultTexts is a field that lists faults as flags take them.
func (r *lessonReader) faultTexts(name string, into *[]sim.Fault, wrong func(sim.Fault) string) field {
	var texts []string
	return r.words(name, "", &texts, func(item *node) error {
		f, err := sim.ParseFault(item.text)
		if err != nil {
			return r.fail(item, "%s: %v", name, err)
		}
		f = f.Normal()
		if msg := wrong(f); msg != "" {
			return r.fail(item, "%s: %s", name, msg)
		}
		*into = append(*into, f)
		return nil
	})
}

// notPlanned says that a fault cannot be left out, for it is not planned.
func (r *lessonReader) notPlanned(f sim.Fault) string {
	var planned []string
	for _, p := range r.l.Scenario.Faults {
		planned = append(planned, p.String())
	}
	if slices.Contains(planned, f.String()) {
		return ""
	}
	if len(planned) == 0 {
		return "the scenario has no faults to leave out"
	}
	return f.String() + " is not planned; choose from " + several(planned)
}

func (c *Change) changesNothing() bool {
	return len(c.With) == 0 && len(c.Without) == 0 && c.Business == nil && len(c.Consumers) == 0
}

// Apply returns the scenario as it is but for the change.
func (c *Change) Apply(to *Scenario) *Scenario {
	s := *to
	s.Faults = slices.DeleteFunc(slices.Clone(s.Faults), func(f sim.Fault) bool {
		return slices.ContainsFunc(c.Without, func(o sim.Fault) bool { return o.String() == f.String() })
	})
	s.Faults = append(s.Faults, c.With...)
	if c.Business != nil {
		s.Business = *c.Business
	}
	if len(c.Consumers) > 0 {
		s.Consumers = c.Consumers
	}
	s.Expect = nil
	return &s
}

// ChangeWords returns the lanes and the change as the flags of run and play say it.
func (l *Lesson) ChangeWords() []string {
	c := l.Change
	var words []string
	if lanes := cmp.Or(strings.Join(c.Consumers, ","), strings.Join(l.Lanes, ",")); lanes != "" {
		words = append(words, "--consumers", lanes)
	}
	if c.Business != nil {
		words = append(words, "--business", c.Business.String())
	}
	for _, f := range c.With {
		words = append(words, "--with", f.String())
	}
	for _, f := range c.Without {
		words = append(words, "--without", f.String())
	}
	return words
}
