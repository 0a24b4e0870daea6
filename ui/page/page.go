// Package page shows the screen of package play in a browser: the same frames, keys and
// verdicts as in a terminal.
//
// A [Driver] takes what comes from the browser, an event, and answers with what is to be
// done there, effects: which lines have changed, what is to be read aloud, which buttons
// there are, where in the story this is. Both are JSON, so the whole page but for its
// glue can be tested without a browser. ui/page/wasm is the program that the browser
// runs, and ui/page/bundle makes a file of it.
//
// # Put it somewhere
//
// The command page -o FILE writes one file that needs nothing else: send it, or open it
// from disk. page --dir DIR writes a folder for a static host: index.html, page.js and
// dejavu.wasm, each also compressed (.br, .gz). A host that serves such files in place of
// the others, as nginx does with brotli_static and gzip_static, sends about 2 MB once.
// Served from disk by its file name the folder does not work: browsers read no second file
// there. A host should call it application/wasm, as most do: then browsers keep what they
// have compiled.
//
// # Embed it
//
// As a part of another page:
//
//	<iframe src="dejavu.html#lost-ack-then-crash" title="dejavu" width="960" height="640"
//	        allow="clipboard-write"></iframe>
//
// From 690 x 480 pixels on it shows two lanes side by side; much below that it gives plain
// lines. It takes the keyboard only when it is clicked, and Esc, Tab leaves it. With
// sandbox it needs allow-scripts; without allow-same-origin it keeps no progress.
//
// # Addresses
//
// What follows # says what is shown: the name of a scenario, "menu", "learn", "learn/" and
// a lesson, "break", "break/" and a level or a consumer, or a token, as s on the screen
// copies it.
//
// # What leaves it
//
// Nothing. Its Content-Security-Policy forbids all requests but those for its own files.
// What was done in lessons is kept in the browser's own storage, and the page has a button
// that clears it.
package page

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"dejavu/scenarios"
	"dejavu/ui/grid"
	"dejavu/ui/learn"
	"dejavu/ui/play"
)

// Carried is a scenario or a lesson of one's own that is carried along, or what the reader
// saves.
type Carried struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Source is what a page was made with.
type Source struct {
	// Start is the address to begin at if none is given, and Title the name of the page.
	Start string    `json:"start"`
	Title string    `json:"title"`
	Files []Carried `json:"files,omitempty"`
}

// beginning is how a page is opened.
type beginning struct {
	Source  Source `json:"source"`
	Address string `json:"address"`
	Here    string `json:"here"` // the page's own address, up to #
	Kept    string `json:"kept"` // the progress that was kept, or ""
	Light   bool   `json:"light"`
	Reduced bool   `json:"reduced"`
	Size    [2]int `json:"size"`
}

// event is what comes from the browser: one of its fields.
type event struct {
	Begin   *beginning `json:"begin"`
	Key     string     `json:"key"`
	Tap     *[2]int    `json:"tap"`
	Drag    *[2]int    `json:"drag"`
	Size    *[2]int    `json:"size"`
	Tick    int        `json:"tick"`
	Address *string    `json:"address"`
	Light   *bool      `json:"light"` // the reader prefers light colours, or dark ones
	Kept    *string    `json:"kept"`  // another tab has kept progress
	Notice  string     `json:"notice"`
	Forget  bool       `json:"forget"`
	Recolor bool       `json:"recolor"`
	Where   bool       `json:"where"` // nothing has come for a moment: see Address
}

// effects are what is to be done in the browser. What is empty stays as it is.
type effects struct {
	Rows    []line        `json:"rows,omitempty"` // that have changed
	Height  int           `json:"height"`         // in rows; 0 draws nothing
	Theme   string        `json:"theme"`
	Title   string        `json:"title"`
	Aloud   []string      `json:"aloud,omitempty"`
	Buttons []play.Button `json:"buttons,omitempty"`
	Address string        `json:"address,omitempty"` // of this moment, in answer to Where
	Push    bool          `json:"push,omitempty"`    // the address is a place to come back to
	Wakes   []wakeup      `json:"wakes,omitempty"`
	Copy    string        `json:"copy,omitempty"`
	Save    *Carried      `json:"save,omitempty"`
	Keep    *string       `json:"keep,omitempty"` // progress
	Dragged bool          `json:"dragged,omitempty"`
	Broken  string        `json:"broken,omitempty"`
}

// line is a row of the frame.
type line struct {
	Y    int    `json:"y"`
	HTML string `json:"html"`
}

// wakeup asks for a Tick after some milliseconds.
type wakeup struct {
	After int `json:"after"`
	Tick  int `json:"tick"`
}

// Driver is the screen in a browser.
type Driver struct {
	source  Source
	here    string
	reduced bool
	theme   *grid.Theme
	own     []*scenarios.Scenario
	lessons []*scenarios.Lesson
	study   play.Study
	w, h    int

	model *play.Model
	view  string // which of the places this is; "" if the browser has led here
	home  string // the menu that this has begun with
	ticks map[int]play.Tick
	last  int // tick
	drawn time.Time

	rows    []string
	aloud   []string
	buttons []play.Button
	located string // the address that the browser shows
	out     effects
}

// take takes an event and returns what is to be done.
func (p *Driver) take(e event) effects {
	p.out = effects{}
	switch {
	case e.Begin != nil:
		p.begin(e.Begin)
	case p.model == nil:
	case e.Key != "":
		p.hand(play.Key(e.Key))
	case e.Tap != nil:
		p.hand(play.Tap{X: e.Tap[0], Y: e.Tap[1]})
	case e.Drag != nil:
		if p.out.Dragged = p.model.Drags(e.Drag[0], e.Drag[1]); p.out.Dragged {
			p.hand(play.Mouse{X: e.Drag[0], Y: e.Drag[1]})
		}
	case e.Size != nil:
		p.w, p.h = e.Size[0], e.Size[1]
		p.hand(play.Resize{Width: p.w, Height: p.h})
	case e.Tick != 0:
		tick, waited := p.ticks[e.Tick]
		if delete(p.ticks, e.Tick); waited {
			p.hand(tick)
		}
		if p.busy() {
			return p.out
		}
	case e.Address != nil:
		p.view = ""
		p.open(*e.Address)
	case e.Light != nil:
		p.recolor(*e.Light)
	case e.Recolor:
		_, theme := p.model.Frame()
		p.recolor(theme.Name != grid.Light.Name)
	case e.Kept != nil:
		p.keptElsewhere(*e.Kept)
	case e.Notice != "":
		p.hand(play.Notice(e.Notice))
	case e.Forget:
		p.forget()
	case e.Where:
		p.locate()
	}
	p.show()
	return p.out
}

// begin opens the page.
func (p *Driver) begin(b *beginning) {
	p.source, p.here, p.reduced = b.Source, b.Here, b.Reduced
	p.w, p.h = b.Size[0], b.Size[1]
	p.theme = colors(b.Light)
	p.study = play.Study{Save: p.keep, Command: command, Again: func(string) string { return "clear your progress, with the button below" }, Resumes: true}
	p.study.Done, _ = learn.DecodeProgress([]byte(b.Kept))
	if p.study.Done == nil {
		p.study.Done = &learn.Progress{}
	}
	if err := p.carry(b.Source.Files); err != nil {
		p.out.Broken = err.Error()
		return
	}
	p.open(b.Address)
}

// carry reads the files that are carried along.
func (p *Driver) carry(files []Carried) error {
	for _, f := range files {
		s, l, err := Own(f)
		switch {
		case err != nil:
			return err
		case l != nil:
			p.lessons = append(p.lessons, l)
		default:
			p.own = append(p.own, s)
		}
	}
	return nil
}

// Own reads a file of one's own: a scenario, or a lesson. Of one that is neither it says
// what is wrong with that which it is more like.
func Own(f Carried) (*scenarios.Scenario, *scenarios.Lesson, error) {
	s, err := scenarios.Parse(f.Name, []byte(f.Text))
	if err == nil {
		return s, nil, nil
	}
	l, no := scenarios.ParseLesson(f.Name, []byte(f.Text))
	var one, other *scenarios.Error
	if errors.As(err, &one) && errors.As(no, &other) && other.Line > one.Line {
		err = no
	}
	if no == nil {
		return nil, l, nil
	}
	return nil, nil, err
}

func colors(light bool) *grid.Theme {
	if light {
		return &grid.Light
	}
	return &grid.Dark
}

// recolor shows it in light colours, or in dark ones.
func (p *Driver) recolor(light bool) {
	p.theme = colors(light)
	p.hand(play.Recolor{Theme: p.theme})
}

// hand hands something to the model, and notes what that asks for.
func (p *Driver) hand(in play.In) { p.wants(p.model.Update(in)) }

func (p *Driver) wants(all []play.Out) {
	for _, out := range all {
		switch out := out.(type) {
		case play.Wake:
			p.last++
			p.ticks[p.last] = out.With
			p.out.Wakes = append(p.out.Wakes, wakeup{int(out.After.Milliseconds()), p.last})
		case play.Save:
			p.out.Save = &Carried{out.Name, string(out.Text)}
		case play.Copy:
			p.out.Copy = string(out)
		case play.Quit:
			p.open(p.home)
		}
	}
}

// keep has the browser keep what was done in lessons.
func (p *Driver) keep() {
	if text, err := p.study.Done.Encode(); err == nil {
		p.out.Keep = new(string(text))
	}
}

// keptElsewhere adds what another tab has kept.
func (p *Driver) keptElsewhere(text string) {
	if theirs, err := learn.DecodeProgress([]byte(text)); err == nil {
		p.study.Done.Merge(theirs)
	} else if text == "" {
		*p.study.Done = learn.Progress{}
	}
}

// forget clears what was done in lessons.
func (p *Driver) forget() {
	*p.study.Done = learn.Progress{}
	p.out.Keep = new("")
	p.open("learn")
	p.hand(play.Notice("Your progress is cleared. Nothing is kept in this browser any more."))
}

// often is how often something that goes on is drawn: to draw each slice of a search would
// take longer than the search.
const often = 250 * time.Millisecond

// busy reports whether the model goes on at once, and was drawn only a moment ago.
func (p *Driver) busy() bool {
	atOnce := slices.ContainsFunc(p.out.Wakes, func(w wakeup) bool { return w.After <= 1 })
	return atOnce && time.Since(p.drawn) < often
}

// show notes what has changed.
func (p *Driver) show() {
	if p.model == nil {
		return
	}
	p.drawn = time.Now()
	g, theme := p.model.Frame()
	for len(p.rows) < g.H {
		p.rows = append(p.rows, "")
	}
	p.rows = p.rows[:g.H]
	for y := range g.H {
		if html := g.HTML(y); html != p.rows[y] {
			p.rows[y] = html
			p.out.Rows = append(p.out.Rows, line{y, html})
		}
	}
	p.out.Height, p.out.Theme = g.H, theme.Name
	p.out.Title = cmp.Or(p.source.Title, "dejavu")
	if aloud := p.model.Aloud(); len(aloud) > 0 && !slices.Equal(aloud, p.aloud) {
		p.aloud, p.out.Aloud = aloud, aloud
	}
	buttons := p.model.Buttons()
	if !slices.Equal(buttons, p.buttons) {
		p.buttons, p.out.Buttons = buttons, buttons
	}
}

// command writes a command of the program, for whoever has it.
func command(args ...string) string {
	text := "dejavu"
	for _, arg := range args {
		text += " " + arg
	}
	return text
}

// JSON takes an event and returns what is to be done, both as JSON.
func (p *Driver) JSON(text string) string {
	var e event
	var does effects
	if err := json.Unmarshal([]byte(text), &e); err != nil {
		does = mistake(err)
	} else {
		does = p.safely(e)
	}
	answer, err := json.Marshal(does)
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return string(answer)
}

// safely takes an event. A panic in it is told to the reader.
func (p *Driver) safely(e event) (does effects) {
	defer func() {
		if what := recover(); what != nil {
			does = mistake(what)
		}
	}()
	return p.take(e)
}

// mistake says that the program itself is wrong.
func mistake(what any) effects {
	return effects{Broken: fmt.Sprintf("This is a mistake of dejavu, not yours: %v. Reload the page to go on from here.", what)}
}
