// Package tell puts into words what happens in a run, once for everybody: the report of a
// failed test, the trace of a proof, the text of a run, the screen and the lessons.
//
// A [Teller] turns an event, with what came before it and what came of it, into a
// [Clause]: who did what, to which message, what was answered, and what became of that.
// A clause is made of parts. Parts go in one after the other, and a [Form] says which of
// them come out as text: nobody has to search a finished sentence, or to cut it.
package tell

import "slices"

// Meaning is what a piece of text is, so that a face can colour it. It is never
// colour alone: each is also a letter, a sign or a word.
type Meaning uint8

// The meanings.
const (
	Plain  Meaning = iota
	OK             // as it should be
	Wrong          // twice, or never
	Fault          // what went wrong
	Dim            // scaffolding
	Strong         // a heading
)

// Span is a piece of text and what it means.
type Span struct {
	Text string
	As   Meaning
}

// Clause says what happened, in parts.
type Clause struct {
	voice   voice
	who     string // who acts: worker 1, the queue
	about   string // the message
	phrases []phrase
}

// voice is what a sentence begins with.
type voice uint8

const (
	works  voice = iota // worker 1, m1: charges Ann $15
	itself              // m1 is published
	acts                // the queue forgets the message ID of m1
	named               // m1b: a copy that the network made of m1
)

// phrase is one thing that is said, with its verb first.
type phrase struct {
	as    Meaning
	lead  string // what stands before it: a time
	badge byte   // the letter of the fault that it is, or 0
	text  string
	how   string // what a brief form leaves out,
	term  Word   // the word that the text ends with, if that is explained where it is used first
	more  string // and so this, behind the term
	end   string // what will become of it
	minor bool   // it is worth a word only where every event has one
	wait  bool   // it comes before what happens, and is no part of that
	stop  bool   // what follows is another matter
}

// Form is which parts of a clause are said.
type Form struct {
	Speaker *Speaker // explains words where they are used first; nil explains none
	Badges  bool     // a fault is marked by its letter
	Ends    bool     // an effect that will not last is told with what will become of it
	Brief   bool     // details are left out
	All     bool     // it is one event that is told: then each has a word
}

// Whole is the form of a list in which every event has its line.
var Whole = Form{Badges: true, Ends: true, All: true}

func (c *Clause) add(as Meaning, text string) *phrase {
	c.phrases = append(c.phrases, phrase{as: as, text: text})
	return &c.phrases[len(c.phrases)-1]
}

func (c *Clause) fault(badge byte, text string) *phrase {
	p := c.add(Fault, text)
	p.badge = badge
	return p
}

// Say returns the clause that somebody did something.
func Say(who string, as Meaning, text string) Clause {
	c := Clause{voice: acts, who: who}
	c.add(as, text)
	return c
}

// Add says one thing more.
func (c *Clause) Add(as Meaning, text string) { c.add(as, text) }

// Then goes on with what another clause says.
func (c *Clause) Then(o Clause) { c.phrases = append(c.phrases, o.phrases...) }

// Stop says that what follows is another matter.
func (c *Clause) Stop() {
	if n := len(c.phrases); n > 0 {
		c.phrases[n-1].stop = true
	}
}

// Led returns the clause with something before what it says, such as a time.
func (c Clause) Led(lead string) Clause {
	c.phrases = slices.Clone(c.phrases)
	at := slices.IndexFunc(c.phrases, func(p phrase) bool { return !p.wait && !p.minor })
	if at = max(at, 0); at < len(c.phrases) {
		c.phrases[at].lead = lead + c.phrases[at].lead
	}
	return c
}

// Struck returns the clause as that of a fault with a badge, or with none for 0.
func (c Clause) Struck(badge byte) Clause {
	c.phrases = slices.Clone(c.phrases)
	if len(c.phrases) > 0 {
		c.phrases[0].badge, c.phrases[0].as = badge, Fault
	}
	return c
}

// Silent reports whether it has nothing to say but where every event has a word.
func (c Clause) Silent() bool {
	return !slices.ContainsFunc(c.phrases, func(p phrase) bool { return !p.minor })
}

// Calm reports whether it says nothing that has to be looked at twice.
func (c Clause) Calm() bool {
	return len(c.phrases) > 0 && !slices.ContainsFunc(c.phrases, func(p phrase) bool { return p.as != Plain })
}

// About is the message that it is about, or "".
func (c Clause) About() string { return c.about }

// Spans says it without its subject.
func (c Clause) Spans(f Form) []Span { return c.spans(f, "", "") }

// Full says it with its subject.
func (c Clause) Full(f Form) []Span {
	switch c.voice {
	case works:
		return c.spans(f, c.who+", "+c.about+": ", "")
	case named:
		return c.spans(f, c.about+": ", "")
	case itself:
		return c.spans(f, "", c.about+" ")
	}
	return c.spans(f, "", c.who+" ")
}

// After says it after a lead that was about somebody: who acts is "it", if it is the same.
func (c Clause) After(lead, about string, f Form) []Span {
	return c.spans(f, lead+pick(c.who == about, "it", c.who)+" ", "")
}

// FullWithin says it with its subject in so many cells: without details and then without
// what comes last, if it takes more.
func (c Clause) FullWithin(f Form, cells int) []Span { return c.Within(f, cells, Clause.Full) }

// Within is FullWithin for whoever says it in another way.
func (c Clause) Within(f Form, cells int, say func(Clause, Form) []Span) []Span {
	spans := say(c, f)
	f.Brief = true
	for n := len(c.phrases); n > 0 && len([]rune(Text(spans))) > cells; n-- {
		c.phrases = c.phrases[:n]
		spans = say(c, f)
	}
	return spans
}

// spans says it after something, and after the first badge something else.
func (c Clause) spans(f Form, before, subject string) []Span {
	var spans []Span
	stopped := false
	for i := range c.phrases {
		p := &c.phrases[i]
		if p.minor && !f.All {
			continue
		}
		if n := len(spans); n > 0 {
			spans[n-1].Text += pick(stopped, ";", ",")
			before, subject = "", ""
		}
		spans, stopped = append(spans, Span{before + p.said(f, subject), p.as}), p.stop
	}
	return spans
}

func (p *phrase) said(f Form, subject string) string {
	text := p.lead
	if p.badge != 0 && f.Badges {
		text += "[" + string(rune(p.badge)) + "] "
	}
	text += subject + p.text
	if !f.Brief {
		text += p.how
	}
	if p.term != "" {
		text += f.Speaker.Term(p.term)
	}
	if !f.Brief {
		text += p.more
	}
	if f.Ends {
		text += p.end
	}
	return text
}

// Text is what the spans say.
func Text(spans []Span) string {
	text := ""
	for i, s := range spans {
		text += pick(i > 0, " ", "") + s.Text
	}
	return text
}

// Sentence says it with its subject, as one text without a full stop.
func (c Clause) Sentence(f Form) string { return Text(c.Full(f)) }

// Apart says it apart from the message that it is about, if that is its subject.
func (c Clause) Apart(f Form) (about, text string) {
	if c.voice == itself {
		return c.about, Text(c.Spans(f))
	}
	return "", c.Sentence(f)
}

// Opening is a sentence that stands by itself. A message keeps its name as it is.
func (c Clause) Opening(f Form) string { return pick(c.voice == acts, Capital, same)(c.Sentence(f)) }

func same(text string) string { return text }

// Word is a plain word for which the field has its own.
type Word string

// The words.
const (
	Hidden  Word = "hidden"
	Acks    Word = "acks"
	Back    Word = "back"
	Parked  Word = "parked"
	Dropped Word = "dropped"
)

var terms = map[Word]string{
	Hidden:  "visibility timeout",
	Acks:    "done",
	Back:    "nack",
	Parked:  "dead-letter queue",
	Dropped: "dedup window",
}

// Term returns the word that the field uses.
func (w Word) Term() string { return terms[w] }

// Speaker knows which words were explained already. A nil one explains nothing.
type Speaker struct{ said map[Word]bool }

// Term returns, in brackets, what the field says for a word that is used first, else "".
func (s *Speaker) Term(w Word) string {
	if s == nil || s.said[w] {
		return ""
	}
	if s.said == nil {
		s.said = map[Word]bool{}
	}
	s.said[w] = true
	return " (" + w.Term() + ")"
}
