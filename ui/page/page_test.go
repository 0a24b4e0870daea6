package page

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"html"

	"dejavu/scenarios"
	"dejavu/ui/play"
)

// browser is the other side: it hands events to a page, and does what that answers.
type browser struct {
	t       testing.TB
	page    *Driver
	rows    []string
	buttons []play.Button
	aloud   string
	address string
	history []string
	kept    string
	last    effects
}

const here = "file:///dejavu.html"

// open opens a page in a window of 80 x 24 cells.
func open(t testing.TB, b beginning) *browser {
	t.Helper()
	x := &browser{t: t, page: &Driver{}, kept: b.Kept}
	b.Here, b.Reduced = here, true
	if b.Size == [2]int{} {
		b.Size = [2]int{80, 24}
	}
	x.send(event{Begin: &b})
	return x
}

// send hands an event to the page as JSON, and lets what moves come to rest.
func (x *browser) send(e event) {
	x.t.Helper()
	text, err := json.Marshal(e)
	if err != nil {
		x.t.Fatal(err)
	}
	x.last = effects{}
	if err := json.Unmarshal([]byte(x.page.JSON(string(text))), &x.last); err != nil {
		x.t.Fatal(err)
	}
	x.does(x.last)
	for wakes := x.last.Wakes; len(wakes) > 0; {
		next := x.page.take(event{Tick: wakes[0].Tick})
		x.does(next)
		wakes = append(wakes[1:], next.Wakes...)
	}
	x.does(x.page.take(event{Where: true}))
}

func (x *browser) does(e effects) {
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

// press presses keys, each a second after the last: see timely.
func (x *browser) press(keys ...string) {
	x.t.Helper()
	for _, key := range keys {
		time.Sleep(time.Second)
		x.send(event{Key: key})
	}
}

// timely runs a test in which time costs nothing: keys that come right after a stop are
// dropped.
func timely(t *testing.T, test func(t *testing.T)) { t.Helper(); synctest.Test(t, test) }

var tag = regexp.MustCompile(`<[^>]*>`)

// text is what is to be seen.
func (x *browser) text() string {
	return html.UnescapeString(tag.ReplaceAllString(strings.Join(x.rows, "\n"), ""))
}

func TestTheLinesOfThePageAreTheFrame(t *testing.T) { timely(t, theLinesOfThePageAreTheFrame) }

func theLinesOfThePageAreTheFrame(t *testing.T) {
	x := open(t, beginning{Address: "twins"})
	s, _ := scenarios.Get("twins")
	m, _ := play.New(play.Start{Scenario: s, At: -1, ReducedMotion: true, Menu: scenarios.Headings()})
	for _, e := range []struct {
		event event
		in    play.In
	}{
		{event{Size: &[2]int{80, 24}}, play.Resize{Width: 80, Height: 24}}, {event{Key: "end"}, play.Key("end")}, {event{Key: "w"}, play.Key("w")},
		{event{Key: "esc"}, play.Key("esc")}, {event{Key: "left"}, play.Key("left")}, {event{Key: "l"}, play.Key("l")}, {event{Key: "esc"}, play.Key("esc")},
		{event{Size: &[2]int{200, 60}}, play.Resize{Width: 200, Height: 60}}, {event{Size: &[2]int{50, 20}}, play.Resize{Width: 50, Height: 20}},
		{event{Size: &[2]int{1, 1}}, play.Resize{Width: 1, Height: 1}}, {event{Size: &[2]int{120, 40}}, play.Resize{Width: 120, Height: 40}},
	} {
		x.send(e.event)
		m.Update(e.in)
		g, _ := m.Frame()
		if x.text() != g.Text() {
			t.Fatalf("after %+v the page shows\n%s\nand the frame is\n%s", e.in, x.text(), g.Text())
		}
	}
}

// Whatever moment is on the page, its address opens it again, the question of it apart.
func TestTheAddressOpensTheVeryMomentAgain(t *testing.T) {
	timely(t, theAddressOpensTheVeryMomentAgain)
}

func theAddressOpensTheVeryMomentAgain(t *testing.T) {
	for _, name := range []string{flagship, "twins"} {
		x := open(t, beginning{Address: name})
		for _, keys := range [][]string{{}, {"end"}, {"backspace"}, {"left", "left"}, {"A"}, {"b"}, {"u", "left"}, {"l", "down", "down", " ", "enter", "tab"}, {"home"}} {
			x.press(keys...)
			again := open(t, beginning{Address: x.address})
			x.press("g", "g", "esc") // no question is open, and nothing is said beside the moment
			again.press("g", "g", "esc")
			if a, b := x.text(), again.text(); frame(a) != frame(b) {
				t.Fatalf("%s after %v: %s opens\n%s\nand it was\n%s", name, keys, x.address, b, a)
			}
			if link := x.page.link(x.page.model.Now()); link != here+"#"+x.address {
				t.Errorf("s copies %s, and the address is %s", link, x.address)
			}
		}
	}
}

// frame is a frame without its hints, which know what was changed since it was opened.
func frame(text string) string { return text[:strings.LastIndex(text, "\n")] }

func TestAnotherStoryIsAPlaceToComeBackToAndAnotherMomentIsNot(t *testing.T) {
	timely(t, anotherStoryIsAPlaceToComeBackToAndAnotherMomentIsNot)
}

func anotherStoryIsAPlaceToComeBackToAndAnotherMomentIsNot(t *testing.T) {
	x := open(t, beginning{})
	x.press("down", "enter", "end", "left", "A", "m", "down", "enter", "q")
	if want := []string{"menu", "quiet-day"}; len(x.history) != 4 || x.history[0] != want[0] || !strings.HasPrefix(x.history[1], "dv") || x.history[2] != want[0] || x.history[3] != "lost-ack" || x.address != "menu" {
		t.Errorf("the history is %q, then %s", x.history, x.address)
	}
	for _, address := range []string{"learn", x.history[1], "learn/ghost-charge", "break/any-lost-ack", "learn"} {
		x.send(event{Address: &address})
		if len(x.history) != 4 {
			t.Fatalf("the browser has led to %s, and the page pushes %s", address, x.address)
		}
	}
}

func TestAnAddressThatLeadsNowhereSaysSo(t *testing.T) {
	for address, want := range map[string]string{
		"twinz": `there is no scenario "twinz"`, "learn/x": `there is no lesson "x"`, "break/x": "there is no level",
		"dv1_AAAA": "this token is damaged", "dv9_AAAA": "version 9", "<b>": "no scenario",
	} {
		if x := open(t, beginning{Address: address, Size: [2]int{120, 40}}); !strings.Contains(x.text(), want) || !strings.Contains(x.text(), "Start here") {
			t.Errorf("%s shows\n%s", address, x.text())
		}
	}
}

// lesson goes through a lesson, always with the first answer.
func (x *browser) lesson() {
	x.t.Helper()
	for range 100 {
		if strings.Contains(x.aloud, "is done.") {
			return
		}
		if slices.ContainsFunc(x.buttons, func(b play.Button) bool { return b.Full != "" }) {
			x.press("1")
		}
		x.press("enter")
	}
	x.t.Fatalf("the lesson does not end:\n%s", x.text())
}

func TestProgressIsKeptByTheBrowserAndCleared(t *testing.T) {
	timely(t, progressIsKeptByTheBrowserAndCleared)
}

func progressIsKeptByTheBrowserAndCleared(t *testing.T) {
	x := open(t, beginning{Address: "learn/ghost-charge"})
	x.lesson()
	if x.address != "learn" {
		t.Errorf("after a lesson the address is %s: a reload would begin it again", x.address)
	}
	later := open(t, beginning{Address: "learn", Kept: x.kept})
	if !strings.Contains(later.text(), "done, ") {
		t.Errorf("a reload shows\n%s", later.text())
	}
	other := open(t, beginning{Address: "learn"})
	other.send(event{Kept: &x.kept})
	other.send(event{Address: new("learn")})
	if !strings.Contains(other.text(), "done, ") {
		t.Errorf("what another tab has kept is not seen:\n%s", other.text())
	}
	if later.send(event{Forget: true}); later.kept != "" || strings.Contains(later.text(), "done, ") || !strings.Contains(later.text(), "cleared") {
		t.Errorf("%q is kept after it was cleared:\n%s", later.kept, later.text())
	}
	if broken := open(t, beginning{Address: "learn", Kept: "{"}); !strings.Contains(broken.text(), "The ghost charge") {
		t.Errorf("progress that cannot be read hides the lessons:\n%s", broken.text())
	}
}

func TestALevelIsPlayedAndKept(t *testing.T) { timely(t, aLevelIsPlayedAndKept) }

func aLevelIsPlayedAndKept(t *testing.T) {
	x := open(t, beginning{Address: "break"})
	x.press("enter", "enter")
	if !strings.HasPrefix(x.address, "break/") {
		t.Errorf("the address of a level is %s", x.address)
	}
	x.press("A", "end")
	if !strings.Contains(x.text(), "Done:") || !strings.Contains(x.kept, `"levels"`) {
		t.Errorf("a lost ack does not solve the first level, or %q is kept:\n%s", x.kept, x.text())
	}
}

const own = "title: My own\nteaches: It is mine.\nmessages:\n- {id: m1, at: 1s, customer: Ann, amount: $3}\nconsumers: [naive]\n"

func TestAFileOfOnesOwnIsCarriedAlong(t *testing.T) { timely(t, aFileOfOnesOwnIsCarriedAlong) }

func aFileOfOnesOwnIsCarriedAlong(t *testing.T) {
	lesson, _ := scenarios.GetLesson("ghost-charge")
	text := strings.Replace(lesson.Source(), "title: The ghost charge", "title: My lesson", 1)
	s := Source{Start: "mine", Files: []Carried{{"mine.yaml", own}, {"my-lesson.yaml", text}}}
	if err := Leads(s); err != nil {
		t.Fatal(err)
	}
	x := open(t, beginning{Source: s})
	if !strings.Contains(x.text(), "My own") || x.address != "mine" {
		t.Errorf("it begins at %s with\n%s", x.address, x.text())
	}
	x.press("end")
	if again := open(t, beginning{Address: x.address}); !strings.Contains(again.text(), "My own") {
		t.Errorf("another page cannot open %s:\n%s", x.address, again.text())
	}
	x.press("m", "down", "enter")
	if !strings.Contains(x.text(), "My own") {
		t.Errorf("the menu does not have it:\n%s", x.text())
	}
	x.send(event{Address: new("learn/my-lesson")})
	if !strings.Contains(x.text(), "My lesson") {
		t.Errorf("the lesson is not there:\n%s", x.text())
	}
	text = strings.Replace(text, "choices:", "chioces:", 1)
	if _, _, err := Own(Carried{"my-lesson.yaml", text}); err == nil || !strings.Contains(err.Error(), `did you mean "choices"?`) {
		t.Errorf("of a mistake in a lesson is said: %v", err)
	}
	if err := Leads(Source{Start: "twinz"}); err == nil {
		t.Error("a page that begins nowhere is made")
	}
	if err := Leads(Source{Files: []Carried{{"x.yaml", "title: x"}}}); err == nil || !strings.HasPrefix(err.Error(), "x.yaml:") {
		t.Errorf("of a file that is no scenario is said: %v", err)
	}
}

func TestColoursFollowTheReader(t *testing.T) {
	x := open(t, beginning{Light: true})
	themes := []string{x.last.Theme}
	for _, e := range []event{{Light: new(false)}, {Recolor: true}, {Recolor: true}} {
		x.send(e)
		themes = append(themes, x.last.Theme)
	}
	if want := "light dark light dark"; strings.Join(themes, " ") != want {
		t.Errorf("the themes are %v, want %s", themes, want)
	}
}

// Whatever comes, the page answers; what it shows is the frame.
func FuzzPage(f *testing.F) {
	f.Add(`{"key":"x"}`)
	f.Add(`{"tap":[3,4]}`)
	f.Add(`{"size":[-1,100000]}`)
	f.Add(`{"address":"learn/\u0000"}`)
	f.Add(`{"kept":"{}"}`)
	f.Fuzz(func(t *testing.T, text string) {
		x := open(t, beginning{Address: flagship})
		var e effects
		if err := json.Unmarshal([]byte(x.page.JSON(text)), &e); err != nil {
			t.Fatal(err)
		}
		if json.Valid([]byte(text)) && strings.Contains(e.Broken, "runtime error") {
			t.Errorf("%s: %s", text, e.Broken)
		}
	})
}
