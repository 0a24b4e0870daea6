package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"strings"

	"dejavu/ui/frame"
	"dejavu/ui/grid"
	"dejavu/ui/play"
	"dejavu/ui/story"
	"dejavu/ui/words"
)

// The size of a picture, in cells: the screen of two lanes with code.
const pictureW, pictureH = 120, 40

// writeSVG draws one moment.
func writeSVG(w *printer, x *Work) error {
	w.WriteString(frame.New().Draw(x.Story.View(x.At), pictureW, pictureH, frame.Look{}).SVG(&grid.Dark))
	return nil
}

// writeAnimated draws the key frames over each other, and lets one of them be seen at a
// time. Who wants no motion sees the last harm, or the end.
func writeAnimated(w *printer, x *Work) error {
	st, screen := x.Story, frame.New()
	stops := st.Stops()
	if len(stops) == 0 {
		return writeSVG(w, x)
	}
	still := len(stops) - 1
	for i, p := range stops {
		if p.Kind == story.AtHarm {
			still = i
		}
	}
	const seconds = 4.0 // for each
	var frames strings.Builder
	for i, p := range stops {
		fmt.Fprintf(&frames, `<g class="%s" style="animation-delay: %.0fs">`+"\n%s</g>\n", words.Either(i == still, "k still", "k"), seconds*float64(i),
			screen.Draw(st.View(story.Moment{Step: p.Step}), pictureW, pictureH, frame.Look{}).SVG(&grid.Dark))
	}
	size, _, _ := strings.Cut(screen.Draw(st.View(x.At), pictureW, pictureH, frame.Look{}).SVG(&grid.Dark), "\n")
	n := len(stops)
	w.linef("%s\n<title>%s</title>", size, html.EscapeString(st.Scenario.Title))
	w.linef("<style>\n.k { visibility: hidden; animation: show %.0fs step-end infinite; }", seconds*float64(n))
	w.linef("@keyframes show { 0%% { visibility: visible; } %.3f%% { visibility: hidden; } }", 100/float64(n))
	w.linef("@media (prefers-reduced-motion: reduce) { .k { animation: none; } .k.still { visibility: visible; } }\n</style>")
	w.WriteString(frames.String() + "</svg>\n")
	return nil
}

// recording is what a terminal would have got, frame by frame.
type recording struct {
	w       *printer
	version int
	now     float64 // of the story's playing, in seconds
	written float64 // of the last event
	lines   []string
}

// write adds an event: o is output, m a marker.
func (r *recording) write(kind, text string) error {
	at := r.now
	if r.version == 3 {
		at -= r.written // since the event before
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return err
	}
	r.written = r.now
	r.w.linef(`[%.3f, %q, %s]`, at, kind, strings.TrimSpace(b.String()))
	return nil
}

// shoot writes those lines of a frame that are not there yet.
func (r *recording) shoot(g *grid.Grid) error {
	var b strings.Builder
	lines := strings.Split(g.ANSI(&grid.Dark, grid.TrueColor), "\n")
	for y, line := range lines {
		if r.lines == nil || r.lines[y] != line {
			fmt.Fprintf(&b, "\x1b[%d;1H%s", y+1, line)
		}
	}
	r.lines = lines
	if b.Len() == 0 {
		return nil
	}
	return r.write("o", b.String())
}

// writeCast writes what a terminal gets that plays the story to its end.
func writeCast(w *printer, x *Work) error {
	st, screen := x.Story, frame.New()
	size := fmt.Sprintf(`"width": %d, "height": %d`, pictureW, pictureH)
	if x.Cast == 3 {
		size = fmt.Sprintf(`"term": {"cols": %d, "rows": %d}`, pictureW, pictureH)
	}
	title, err := json.Marshal(st.Scenario.Title)
	if err != nil {
		return err
	}
	r := &recording{w: w, version: max(x.Cast, 2)}
	w.linef(`{"version": %d, %s, "title": %s}`, r.version, size, title)
	if err := r.write("o", "\x1b[2J\x1b[?25l"); err != nil {
		return err
	}
	ways := between(st)
	for n := range st.Steps() + 1 {
		for i := 1; n > 0 && i <= ways; i++ {
			r.now += play.Wall(st, n-1) / float64(ways+1)
			v := st.View(story.Moment{Step: n - 1, Toward: float64(i) / float64(ways+1)})
			if err := r.shoot(screen.Draw(v, pictureW, pictureH, frame.Look{})); err != nil {
				return err
			}
		}
		if n > 0 {
			r.now += play.Wall(st, n-1) / float64(ways+1)
		}
		if err := r.arrive(st, screen, n); err != nil {
			return err
		}
	}
	return r.write("o", fmt.Sprintf("\x1b[?25h\x1b[%d;1H", pictureH))
}

// arrive shows a step, marks it if it is a fault or a harm, and stays there for a while.
func (r *recording) arrive(st *story.Story, screen *frame.Screen, n int) error {
	if err := r.shoot(screen.Draw(st.View(story.Moment{Step: n}), pictureW, pictureH, frame.Look{})); err != nil {
		return err
	}
	p := st.StopAt(n)
	if p != nil && (p.Kind == story.AtFault || p.Kind == story.AtHarm) {
		if err := r.write("m", stopAt(st, n)); err != nil {
			return err
		}
	}
	if n == 0 || n == st.Steps() {
		r.now += 2
	}
	r.now += 2 * play.Hold(st, n) // a recording is read once, and cannot be asked
	return nil
}
