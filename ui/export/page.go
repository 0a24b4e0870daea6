package export

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"html"
	"slices"
	"strings"

	"dejavu/sim/tell"
	"dejavu/ui/frame"
	"dejavu/ui/grid"
	"dejavu/ui/play"
	"dejavu/ui/quiz"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

//go:embed player.js
var player string

//go:embed player.css
var look string

// laneWidth is how wide a lane is drawn: the code of every consumer fits.
const laneWidth = 60

// between is how many frames show what is on its way from one step to the next: fewer in
// a long story, which should not become a long page.
func between(st *story.Story) int { return min(max(1000/(st.Steps()+1), 1), 7) }

// film is what the page plays: see player.js, which says the same in its types. Rows and
// pictures are numbered, because most of them come again.
type film struct {
	Rows      [][]string `json:"rows"`     // of cells: style, text, style, text, ...
	Pictures  [][]int    `json:"pictures"` // of a lane: its rows
	Frames    [][]int    `json:"frames"`   // a picture for each lane
	Lines     [][]string `json:"lines"`    // sentences: style, text, ...
	Whys      []reason   `json:"whys"`
	Steps     []scene    `json:"steps"` // the first is the beginning
	Questions []inquiry  `json:"questions"`

	rows, pictures, lines, whys map[string]int
}

// scene is what is seen after a step.
type scene struct {
	Clock  string `json:"clock"`
	Nth    int    `json:"nth,omitempty"` // of the steps with that clock, where they are several
	Way    []int  `json:"way,omitempty"` // frames on the way to it
	Frame  int    `json:"frame"`
	Millis int    `json:"ms"`             // how long the way takes
	Hold   int    `json:"hold,omitempty"` // how long it stays, if it goes on by itself
	Badge  string `json:"badge,omitempty"`
	Said   []int  `json:"said"`
	Why    int    `json:"why"`            // -1 if there is none
	Stop   bool   `json:"stop,omitempty"` // a teaching point
	Mark   string `json:"mark,omitempty"` // what the slider shows: [A], or a harm
	Harm   bool   `json:"harm,omitempty"`
}

type reason struct {
	Head string `json:"head"`
	Said []int  `json:"said"`
}

// inquiry is a question, asked before the step after its own.
type inquiry struct {
	Step    int      `json:"step"`
	Frame   int      `json:"frame"`
	Text    string   `json:"text"`
	Choices []string `json:"choices"`
	Reveal  int      `json:"reveal"`
	Answers [][]int  `json:"answers"` // what is said to each choice
}

// numbered returns the place of something in a list, and puts it there once.
func numbered[T any](all *[]T, places *map[string]int, it T) int {
	key := fmt.Sprint(it)
	if *places == nil {
		*places = map[string]int{}
	}
	n, known := (*places)[key]
	if !known {
		n = len(*all)
		*all, (*places)[key] = append(*all, it), n
	}
	return n
}

// style is the class of a cell or a word: see player.css.
func style(s grid.Style) string {
	class := []string{"", "o", "w", "f", "d"}[s.Role]
	if s.Bold {
		class += "b"
	}
	if s.Reverse {
		class += "r"
	}
	return class
}

// row is a row of cells in runs of one style.
func row(g *grid.Grid, y int) []string {
	var runs []string
	for x := range g.W {
		c := g.At(x, y)
		if class := style(c.Style); len(runs) == 0 || runs[len(runs)-2] != class {
			runs = append(runs, class, "")
		}
		runs[len(runs)-1] += c.Text
	}
	return runs
}

// classes are those of player.css for what a text means.
var classes = map[tell.Meaning]string{words.OK: "o", words.Wrong: "wb", words.Fault: "f", words.Dim: "d", words.Strong: "b"}

// line is a sentence in runs of one meaning.
func line(l words.Line) []string {
	var runs []string
	for i, span := range l {
		text := span.Text
		if i < len(l)-1 {
			text += " "
		}
		runs = append(runs, classes[span.As], text)
	}
	return runs
}

func (f *film) said(lines []words.Line) []int {
	all := []int{}
	for _, l := range lines {
		if len(l) > 0 {
			all = append(all, numbered(&f.Lines, &f.lines, line(l)))
		}
	}
	return all
}

// shoot takes the frame of a moment: a picture of each lane.
func (f *film) shoot(screen *frame.Screen, v *story.View) int {
	var lanes []int
	for k := range v.Lanes {
		g := screen.Lane(v, k, laneWidth)
		var rows []int
		for y := range g.H {
			rows = append(rows, numbered(&f.Rows, &f.rows, row(g, y)))
		}
		lanes = append(lanes, numbered(&f.Pictures, &f.pictures, rows))
	}
	f.Frames = append(f.Frames, lanes)
	return len(f.Frames) - 1
}

// why is the answer to why of a moment: of the first lane that was harmed, or of the first.
func (f *film) why(v *story.View) int {
	lane := max(slices.IndexFunc(v.Lanes, func(l story.LaneView) bool { return l.Twice+l.Lost > 0 }), 0)
	head, lines := v.Why(v.Step, lane)
	if head == "" {
		return -1
	}
	return numbered(&f.Whys, &f.whys, reason{strings.ToUpper(v.Lanes[lane].Consumer.Name) + ": " + head, f.said(lines)})
}

// filmed shoots a whole story.
func filmed(st *story.Story) *film {
	f, screen := &film{}, frame.New()
	clocks, ways := map[string]int{}, between(st)
	for n := range st.Steps() + 1 {
		s := scene{Clock: words.Clock(st.When(n)), Hold: int(1000 * play.Hold(st, n)), Stop: st.StopAt(n) != nil}
		if n > 0 {
			s.Millis = int(1000 * play.Wall(st, n-1))
			for i := range ways {
				v := st.View(story.Moment{Step: n - 1, Toward: float64(i+1) / float64(ways+1)})
				s.Way = append(s.Way, f.shoot(screen, v))
			}
		}
		clocks[s.Clock]++
		s.Nth = clocks[s.Clock]
		v := st.View(story.Moment{Step: n})
		s.Frame, s.Why = f.shoot(screen, v), f.why(v)
		told := st.Narrate(n)
		s.Badge, s.Said = told.Badge, f.said(told.Lines)
		if fault, struck := st.FaultAtStep(n); struck {
			s.Mark = words.Letter(fault.Kind)
		}
		if p := st.StopAt(n); p != nil && p.Kind == story.AtHarm {
			s.Mark, s.Harm = words.Either(p.Mark == story.Again, words.Either(st.Scenario.Business.Info().LastWins, "stale", "\u00d72"), "never"), true
		}
		f.Steps = append(f.Steps, s)
	}
	for i := range f.Steps {
		if clocks[f.Steps[i].Clock] == 1 {
			f.Steps[i].Nth = 0
		}
	}
	f.ask(st, screen)
	return f
}

func (f *film) ask(st *story.Story, screen *frame.Screen) {
	f.Questions = []inquiry{}
	for _, q := range quiz.Questions(st) {
		in := inquiry{Step: q.Step, Text: q.Text, Reveal: q.Reveal}
		in.Frame = f.shoot(screen, st.View(story.Moment{Step: q.Step, Toward: play.Eve}))
		for n, c := range q.Choices {
			in.Choices = append(in.Choices, c.Text)
			in.Answers = append(in.Answers, f.said(q.Reveals(n+1, nil)))
		}
		f.Questions = append(f.Questions, in)
	}
}

// writePage writes a page that needs nothing else: no network, and no script for who only
// reads.
func writePage(w *printer, x *Work) error {
	st := x.Story
	data, err := json.Marshal(filmed(st)) // which escapes what could end the element
	if err != nil {
		return err
	}
	w.WriteString(head(st.Scenario.Title))
	w.linef("<p class=\"teaches\">%s</p>", html.EscapeString(st.Scenario.Teaches))
	w.linef(`<div id="player" data-step="%d"></div>`, x.At.Step)
	w.linef(`<details id="list" open>` + "\n<summary>The story, step by step</summary>\n<ol>")
	w.list(st)
	w.linef("</ol>\n</details>\n<section id=\"keys\" aria-hidden=\"true\"></section>")
	w.linef("<footer>Change what happens, on the screen of dejavu: <code>%s</code></footer>\n</main>", html.EscapeString(x.Line))
	w.linef("<script type=\"application/json\" id=\"film\">%s</script>\n<script>\n%s</script>\n</body>\n</html>", data, player)
	return nil
}

// list tells the story at its teaching points, and what it came to.
func (w *printer) list(st *story.Story) {
	for _, p := range st.Stops() {
		clock := words.Clock(st.When(p.Step))
		w.linef(`<li id="%s"><b>%s</b> %s</li>`, html.EscapeString(clock), html.EscapeString(stopAt(st, p.Step)), html.EscapeString(strings.Join(said(st, p.Step), " ")))
	}
}

// colors are the themes of the screen, for a page: the reader's preference chooses.
func colors() string {
	of := func(t *grid.Theme) string {
		return fmt.Sprintf("--fore: %s; --back: %s; --ink: %s; --ok: %s; --wrong: %s; --fault: %s; --dim: %s;",
			t.Fore, t.Back, t.Ink, t.True[grid.OK], t.True[grid.Wrong], t.True[grid.Fault], t.True[grid.Scaffold])
	}
	return fmt.Sprintf(":root { color-scheme: light dark; %s }\n@media screen and (prefers-color-scheme: dark) { :root { %s } }\n", of(&grid.Light), of(&grid.Dark))
}
