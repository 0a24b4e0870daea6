package explain

import (
	"slices"
	"strings"

	"dejavu/consumers"
	"dejavu/sim"
	"dejavu/ui/build/levels"
	"dejavu/ui/ladder"
	"dejavu/ui/words"
)

// Schema names the form of a Page as JSON. It changes when a field changes its
// meaning or goes; new fields do not change it.
const Schema = "dejavu.explain/1"

// Page explains one subject.
type Page struct {
	Schema string   `json:"schema"`
	Name   string   `json:"name"`
	Kind   Category `json:"kind"`
	// Title is the standard term; Beside says what was asked for, if that is another word.
	Title  string   `json:"title"`
	Beside string   `json:"beside,omitempty"`
	Text   []string `json:"text"` // paragraphs
	head   int      // how many of them say what it is
	// Of names the consumer that the picture and the breaks are of.
	Of       string    `json:"of,omitempty"`
	Pictures []Picture `json:"pictures,omitempty"`
	Gaps     string    `json:"gaps,omitempty"`
	Breaks   []Break   `json:"breaks,omitempty"`
	Within   string    `json:"within,omitempty"`
	Facts    []Fact    `json:"facts,omitempty"`
	Also     string    `json:"also_called,omitempty"`
	See      []string  `json:"see,omitempty"`
	Commands []Command `json:"commands"`
}

// Fact is something to know, under a label.
type Fact struct {
	Label string `json:"label"`
	Text  string `json:"text"`

	names []string // the names that the text lists, if any; a short page shows fewer
}

// Command is something to type.
type Command struct {
	Words []string `json:"words"` // after the name of the program
	Why   string   `json:"why"`
}

// Explain writes the page of a subject.
func Explain(s Subject) (*Page, error) {
	p := &Page{
		Schema: Schema, Name: s.Name, Kind: s.Kind, Title: s.Entry.Title(s.Name),
		Also: s.Entry.Also, See: seen(s.Entry.See, s.Name),
	}
	if p.Title != s.Name {
		p.Beside = s.Name
	}
	var err error
	switch s.Kind {
	case Consumer:
		if p.Text = comment(s.Name); len(p.Text) > 2 {
			p.Also = "" // its own comment says who does it
		}
		p.head = 2
		err = p.consumer(s.Name, true)
	case Fault:
		err = p.fault(s)
	case Profile:
		p.profile(s)
	default:
		p.Text = paragraphs(s.Entry.Is, s.Entry.Breaks)
		if _, there := consumers.Get(s.Entry.Shows); there {
			err = p.consumer(s.Entry.Shows, false)
		}
	}
	if words := strings.Fields(s.Entry.Try); (s.Kind == Term || s.Kind == Consumer) && runs(words) {
		p.Commands = append([]Command{{words, "try it"}}, p.Commands...)
	}
	if len(p.Commands) == 0 {
		p.Commands = []Command{{[]string{"explain", append(p.See, "at-least-once")[0]}, "go on with"}}
	}
	p.Commands = p.Commands[:min(len(p.Commands), mostCommands)]
	return p, err
}

const mostCommands = 3

func paragraphs(all ...string) []string {
	return slices.DeleteFunc(all, func(p string) bool { return p == "" })
}

// sentence turns a clause into a sentence.
func sentence(clause string) string { return strings.ToUpper(clause[:1]) + clause[1:] + "." }

// seen returns the words of a "see also" list that can be explained.
func seen(words []string, but string) []string {
	var all []string
	for _, w := range words {
		if s, ok := Find(w); ok && s.Name != but && !slices.Contains(all, s.Name) {
			all = append(all, s.Name)
		}
	}
	return all
}

// runs reports whether every consumer and fault that a command names exists.
func runs(words []string) bool {
	for i, w := range words {
		if i > 0 && words[i-1] == "--consumers" || words[0] == "check" && i > 0 && !strings.HasPrefix(w, "-") && !strings.HasPrefix(words[i-1], "--") {
			for _, name := range strings.Split(w, ",") {
				if _, there := consumers.Get(name); !there {
					return false
				}
			}
		}
		if i > 0 && words[i-1] == "--with" {
			if _, err := sim.ParseFault(w); err != nil {
				return false
			}
		}
	}
	return len(words) > 0
}

// consumer adds what is computed of a consumer: the picture of its steps, what a
// crash between two of them does, and what breaks it.
func (p *Page) consumer(name string, own bool) error {
	c, _ := consumers.Get(name)
	if p.Of = c.Name; own {
		p.Beside = "consumer " + c.Name
		if c.Identity != sim.NoIdentity {
			p.Facts = append(p.Facts, Fact{Label: "known by", Text: c.Identity.String()})
		}
		p.Text = append([]string{sentence(c.Clause)}, p.Text...)
	}
	all := map[sim.Business][]trunk{}
	for _, b := range sim.Businesses() {
		all[b] = trunks(c, b)
	}
	trees := unfold(c, sim.Card)
	for i := range all[sim.Card] {
		p.Pictures = append(p.Pictures, picture(&all[sim.Card][i], trees, sim.Card))
	}
	p.Gaps = legend(all)
	var err error
	if p.Breaks, err = breaks(c); err != nil {
		return err
	}
	p.Within = Within()
	if command, breaks := watched(name, p.Breaks); breaks {
		p.Commands = append(p.Commands, command)
	}
	if level, ok := ladder.Against(name); ok {
		p.Commands = append(p.Commands, Command{[]string{"break", level.Name}, "attack it yourself"})
	}
	if task, ok := levels.Against(name); ok {
		p.Commands = append(p.Commands, Command{[]string{"build", task.Name}, "build what holds there"})
	}
	p.Commands = append(p.Commands, Command{[]string{"check", name}, "all of it"})
	return nil
}

// legend says what the marks of a picture mean, and where other businesses differ.
func legend(all map[sim.Business][]trunk) string {
	drawn := harms(all[sim.Card], sim.Card)
	var parts []string
	switch {
	case len(drawn) == 0:
		parts = []string{"No crash between two steps doubles or loses a charge"}
	default:
		what := []string{}
		for _, m := range []struct{ is, says string }{{"×2", "×2: a crash there doubles the effect"}, {"×0", "×0: a crash there loses the effect"}} {
			if slices.ContainsFunc(drawn, func(h string) bool { return strings.HasPrefix(h, m.is) }) {
				what = append(what, m.says)
			}
		}
		parts = what
	}
	mail, stock := places(harms(all[sim.Mail], sim.Mail)), places(harms(all[sim.Stock], sim.Stock))
	same := slices.Equal(mail, stock)
	for _, o := range []struct {
		names  string
		harms  []string
		differ bool
	}{{words.Either(same, "mail and stock", "mail"), mail, true}, {"stock", stock, !same}} {
		switch {
		case !o.differ || slices.Equal(o.harms, places(drawn)):
		case len(o.harms) == 0:
			parts = append(parts, "with "+o.names+" no crash does harm")
		default:
			parts = append(parts, "with "+o.names+" "+strings.Join(o.harms, ", "))
		}
	}
	return strings.Join(parts, "; ") + "."
}

// harms says where a crash does harm, and what harm.
func harms(ts []trunk, b sim.Business) []string {
	var all []string
	for _, t := range ts {
		for i, g := range t.gaps {
			if g.harms() {
				all = append(all, strings.TrimSpace(strings.Trim(marks[g.String()], " ╌"))+" before "+named(&t.steps[i], acked(t.steps[:i]), b))
			}
		}
	}
	return all
}

// places are harms without the word of a business for its effect.
func places(harms []string) []string {
	all := slices.Clone(harms)
	for i := range all {
		for _, b := range sim.Businesses() {
			all[i] = strings.Replace(all[i], "before "+b.Words().Verb, "before the effect", 1)
		}
	}
	return all
}
