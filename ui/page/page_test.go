package page

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"html"

	"dejavu/scenarios"
	"dejavu/ui/play"
)

// browser is the other side: it hands events to a page, and does what that answers.
type browser struct {
	t       testing.TB
	page    *Page
	rows    []string
	buttons []Button
	aloud   string
	address string
	history []string
	kept    string
	last    Effects
}

const here = "file:///dejavu.html"

// open opens a page in a window of 80 x 24 cells.
func open(t testing.TB, b Begin) *browser {
	t.Helper()
	x := &browser{t: t, page: &Page{}, kept: b.Kept}
	b.Here, b.Reduced = here, true
	if b.Size == [2]int{} {
		b.Size = [2]int{80, 24}
	}
	x.send(Event{Begin: &b})
	return x
}

// send hands an event to the page as JSON, and lets what moves come to rest.
func (x *browser) send(e Event) {
	x.t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		x.t.Fatal(err)
	}
	x.last = Effects{}
	if err := json.Unmarshal([]byte(x.page.JSON(string(text))), &x.last); err != nil {
		x.t.Fatal(err)
	}
	x.does(x.last)
	for wakes := x.last.Wakes; len(wakes) > 0; {
		next := x.page.Take(Event{Tick: wakes[0].Tick})
		x.does(next)
		wakes = append(wakes[1:], next.Wakes...)
	}
	x.does(x.page.Take(Event{Where: true}))
}

func (x *browser) does(e Effects) {
	x.t.Helper()
	if e.Broken != "" {
		x.t.Fatal(e.Broken)
	}
	for len(x.rows) < e.Height {
		x.rows = append(x.rows, "")
	}
	if e.Height > 0 {
		x.rows = x.rows[:e.Height]
	}
	for _, row := range e.Rows {
		if x.rows[row.Y] == row.HTML {
			x.t.Errorf("line %d is drawn again as it was: %s", row.Y, row.HTML)
		}
		x.rows[row.Y] = row.HTML
	}
	if e.Buttons != nil {
		x.buttons = e.Buttons
	}
	if e.Aloud != nil {
		x.aloud = strings.Join(e.Aloud, "\n")
	}
	if e.Keep != nil {
		x.kept = *e.Keep
	}
	switch {
	case e.Address == "":
	case e.Push:
		x.history = append(x.history, x.address)
		fallthrough
	default:
		x.address = e.Address
	}
}

// press presses keys. Keys that come too soon after a stop are dropped, so the page's model
// is told that time has passed by what needs no time: a resize does not rest.
func (x *browser) press(keys ...string) {
	x.t.Helper()
	for _, key := range keys {
		x.send(Event{Key: key})
	}
}

var tag = regexp.MustCompile(`<[^>]*>`)

// text is what is to be seen.
func (x *browser) text() string {
	return html.UnescapeString(tag.ReplaceAllString(strings.Join(x.rows, "\n"), ""))
}

func TestTheLinesOfThePageAreTheFrame(t *testing.T) {
	x := open(t, Begin{Address: "twins"})
	s, _ := scenarios.Get("twins")
	m, _ := play.New(play.Start{Scenario: s, At: -1, ReducedMotion: true, Menu: scenarios.Headings()})
	for _, e := range []struct {
		event Event
		in    play.In
	}{
		{Event{Size: &[2]int{80, 24}}, play.Resize{Width: 80, Height: 24}}, {Event{Key: "end"}, play.Key("end")}, {Event{Key: "w"}, play.Key("w")},
		{Event{Key: "esc"}, play.Key("esc")}, {Event{Key: "left"}, play.Key("left")}, {Event{Key: "l"}, play.Key("l")}, {Event{Key: "esc"}, play.Key("esc")},
		{Event{Size: &[2]int{200, 60}}, play.Resize{Width: 200, Height: 60}}, {Event{Size: &[2]int{50, 20}}, play.Resize{Width: 50, Height: 20}},
		{Event{Size: &[2]int{1, 1}}, play.Resize{Width: 1, Height: 1}}, {Event{Size: &[2]int{120, 40}}, play.Resize{Width: 120, Height: 40}},
	} {
		x.send(e.event)
		m.Update(e.in)
		g, _ := m.Frame()
		if x.text() != g.Text() {
			t.Fatalf("after %+v the page shows\n%s\nand the frame is\n%s", e.in, x.text(), g.Text())
		}
	}
}
