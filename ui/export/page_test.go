package export

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"dejavu/scenarios"
	"dejavu/sim/testkit"
	"dejavu/ui/frame"
	"dejavu/ui/story"
)

// told is a shipped scenario as it goes.
func told(t testing.TB, name string) *story.Story {
	t.Helper()
	s, ok := scenarios.Get(name)
	if !ok {
		t.Fatalf("no scenario %s", name)
	}
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// written is a story in a format.
func written(t testing.TB, format string, st *story.Story) string {
	t.Helper()
	f, known := Find(format)
	if !known {
		t.Fatalf("no format %s", format)
	}
	var b strings.Builder
	if err := f.Write(&b, &Work{Story: st, At: story.Moment{Step: firstHarm(st)}, Line: "dejavu play " + st.Scenario.Name}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func firstHarm(st *story.Story) int {
	for _, p := range st.Stops() {
		if p.Kind == story.AtHarm {
			return p.Step
		}
	}
	return 0
}

// shown are the rows of a lane in a frame of a film.
func (f *film) shown(frame, lane int) (rows []string) {
	for _, n := range f.Pictures[f.Frames[frame][lane]] {
		text := ""
		for i := 1; i < len(f.Rows[n]); i += 2 {
			text += f.Rows[n][i]
		}
		rows = append(rows, text)
	}
	return rows
}

var embedded = regexp.MustCompile(`(?s)<script type="application/json" id="film">(.*?)</script>`)

func TestThePageShowsWhatTheScreenShows(t *testing.T) {
	st := told(t, "lost-ack-then-crash")
	var f film
	if err := json.Unmarshal([]byte(embedded.FindStringSubmatch(written(t, "html", st))[1]), &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Steps) != st.Steps()+1 || len(f.Questions) == 0 {
		t.Fatalf("%d scenes of %d steps, %d questions", len(f.Steps), st.Steps(), len(f.Questions))
	}
	compared := 0
	for n, s := range f.Steps {
		if !s.Stop {
			continue
		}
		screen := frame.New().Draw(st.View(story.Moment{Step: n}), 120, 40, frame.Look{Focus: 1}).Text()
		for lane := range st.Lanes {
			for _, row := range f.shown(s.Frame, lane) {
				if inside := strings.Trim(row, "│┃"); strings.Contains(row, "$") {
					compared++
					if !strings.Contains(screen, inside) {
						t.Errorf("after step %d the page shows %q, and the screen\n%s", n, inside, screen)
					}
				}
			}
		}
	}
	if compared < 30 {
		t.Errorf("only %d rows of a ledger were compared", compared)
	}
}

func TestAPageNeedsNoNetworkAndNoScript(t *testing.T) {
	for _, s := range testkit.Sample(4, scenarios.Shipped()) {
		st := told(t, s.Name)
		text := written(t, "html", st)
		if n := len(text); n > 400_000 && s.Name == "lost-ack-then-crash" || n > 4_000_000 {
			t.Errorf("%s: %d bytes", s.Name, n)
		}
		bare := regexp.MustCompile(`(?s)<script.*?</script>`).ReplaceAllString(text, "")
		if found := regexp.MustCompile(`(?i)https?:|\bsrc=|url\(|@import|<link`).FindString(text); found != "" {
			t.Errorf("%s: the page asks for %q", s.Name, found)
		}
		for _, p := range st.Stops() {
			first := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(said(st, p.Step)[0])
			if !strings.Contains(bare, first) {
				t.Errorf("%s: without its script the page does not say %q", s.Name, first)
			}
		}
	}
}

func TestWhatAPageIsToldCannotEndItsScript(t *testing.T) {
	s, _ := scenarios.Get("lost-ack")
	s.Title, s.Story = "</script><script>alert(1)</script>", "<!--</script>"
	st, err := story.Tell(s)
	if err != nil {
		t.Fatal(err)
	}
	if text := written(t, "html", st); strings.Count(text, "</script>") != 2 || strings.Contains(text, "<!--") {
		t.Error("the title is more than a title")
	}
}
