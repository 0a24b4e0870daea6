package cli

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"dejavu/ui/grid"
	"dejavu/ui/words"

	"github.com/charmbracelet/lipgloss"
	"github.com/muesli/termenv"
)

// colorModes are the values of --color.
var colorModes = []string{"auto", "always", "never"}

// colored decides whether escape sequences may be written. A flag beats NO_COLOR,
// which beats CLICOLOR_FORCE; after them a terminal decides, unless it is dumb.
func colored(flag string, getenv func(string) string, terminal bool) bool {
	switch force := getenv("CLICOLOR_FORCE"); {
	case flag == "always":
		return true
	case flag == "never", getenv("NO_COLOR") != "":
		return false
	case force != "" && force != "0":
		return true
	case getenv("CLICOLOR") == "0", dumb(getenv):
		return false
	}
	return terminal
}

// hue is one colour in all depths, on a dark and on a light background.
type hue struct{ dark, light lipgloss.CompleteColor }

// The three meanings and the scaffolding. Each is said in a word as well: colour
// never stands alone.
var hues = map[words.Meaning]hue{
	words.OK:    {lipgloss.CompleteColor{TrueColor: "#56B4E9", ANSI256: "74", ANSI: "14"}, lipgloss.CompleteColor{TrueColor: "#005F99", ANSI256: "24", ANSI: "4"}},
	words.Wrong: {lipgloss.CompleteColor{TrueColor: "#FF7A45", ANSI256: "209", ANSI: "9"}, lipgloss.CompleteColor{TrueColor: "#B83A00", ANSI256: "130", ANSI: "1"}},
	words.Fault: {lipgloss.CompleteColor{TrueColor: "#F0E442", ANSI256: "227", ANSI: "11"}, lipgloss.CompleteColor{TrueColor: "#8B1A6B", ANSI256: "89", ANSI: "5"}},
	words.Dim:   {lipgloss.CompleteColor{TrueColor: "#8A8F98", ANSI256: "245", ANSI: "8"}, lipgloss.CompleteColor{TrueColor: "#5F6670", ANSI256: "241", ANSI: "8"}},
}

// painter returns what colours a story, or nil where nothing is to be coloured.
// Depth and background are taken from the environment: the terminal is never
// asked, because some never answer (see ui/noquery).
func painter(flag string, getenv func(string) string, terminal bool) words.Paint {
	if !colored(flag, getenv, terminal) {
		return nil
	}
	r := lipgloss.NewRenderer(io.Discard)
	r.SetColorProfile(depth(getenv))
	r.SetHasDarkBackground(!light(getenv("COLORFGBG")))
	styles := map[words.Meaning]lipgloss.Style{words.Strong: r.NewStyle().Bold(true)}
	for meaning, h := range hues {
		styles[meaning] = r.NewStyle().Foreground(lipgloss.CompleteAdaptiveColor{Dark: h.dark, Light: h.light})
	}
	return func(m words.Meaning, text string) string {
		style, ok := styles[m]
		if !ok || text == "" {
			return text
		}
		return style.Render(text)
	}
}

// depth is how many colours the terminal has, at least sixteen: a user who forces colour
// wants some, whatever the terminal is called.
func depth(getenv func(string) string) termenv.Profile {
	p := termenv.NewOutput(io.Discard, termenv.WithTTY(true), termenv.WithEnvironment(environment(getenv))).ColorProfile()
	return min(p, termenv.ANSI) // the smaller, the deeper
}

// environment is what termenv wants instead of a function.
type environment func(string) string

// Getenv returns a variable.
func (e environment) Getenv(key string) string { return e(key) }

// Environ is part of the interface; depths are found without it.
func (e environment) Environ() []string { return nil }

// light reports whether a terminal says of itself that its background is light:
// COLORFGBG ends in the number of the background colour.
func light(colorfgbg string) bool {
	back := colorfgbg[strings.LastIndex(colorfgbg, ";")+1:]
	return back == "7" || back == "15"
}

// dumb reports whether a terminal can show only text, or TERM is not set. Windows does
// not set TERM, although its terminals can do more.
func dumb(getenv func(string) string) bool {
	kind := getenv("TERM")
	return kind == "dumb" || kind == "" && runtime.GOOS != "windows"
}

// themes are the values of --theme.
var themes = []string{"auto", "dark", "light", "mono"}

// themeUsage is what help says of --theme.
var themeUsage = "colours, a `THEME`: " + strings.Join(themes, ", ") + "; overrides --color and NO_COLOR"

// theme returns the colours of the screen. --theme beats --color, which beats
// NO_COLOR, which beats CLICOLOR_FORCE; where none of them has a say, the terminal
// is taken for dark, unless it says of itself that it is light.
func theme(name, color string, getenv func(string) string) (*grid.Theme, error) {
	switch name {
	case "dark":
		return &grid.Dark, nil
	case "light":
		return &grid.Light, nil
	case "mono":
		return &grid.Mono, nil
	case "auto":
		switch {
		case !colored(color, getenv, true):
			return &grid.Mono, nil
		case light(getenv("COLORFGBG")):
			return &grid.Light, nil
		}
		return &grid.Dark, nil
	}
	return nil, unknown("theme", name, themes)
}

// shades is how many colours the screen has. It has two palettes, so a terminal of
// 256 colours gets the smaller.
func shades(t *grid.Theme, getenv func(string) string) grid.Depth {
	switch c := strings.ToLower(getenv("COLORTERM")); {
	case t.Name == grid.Mono.Name:
		return grid.NoColor
	case c == "truecolor" || c == "24bit":
		return grid.TrueColor
	}
	return grid.Basic
}

// copies reports whether a terminal may put a text on the clipboard when it is asked to
// (OSC 52). These are known not to; most others do, or leave it to their user.
func copies(getenv func(string) string) bool {
	return getenv("TERM") != "linux" && getenv("TERM_PROGRAM") != "Apple_Terminal" && getenv("VTE_VERSION") == "" && getenv("STY") == ""
}

// asciiOnly reports whether a terminal is clearly not one of UTF-8: its locale is
// that of C, or names another character set. Most that say nothing are.
func asciiOnly(getenv func(string) string) bool {
	locale := cmp.Or(getenv("LC_ALL"), getenv("LC_CTYPE"), getenv("LANG"))
	locale, _, _ = strings.Cut(locale, "@")
	name, charset, _ := strings.Cut(locale, ".")
	charset = strings.ToLower(strings.ReplaceAll(charset, "-", ""))
	if charset == "" {
		return name == "C" || name == "POSIX"
	}
	return charset != "utf8"
}

// Limits on --speed.
const slowest, fastest = 0.05, 50

// parseSpeed reads how fast the screen plays.
func parseSpeed(text string) (float64, error) {
	speed, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(speed >= slowest && speed <= fastest) {
		return 0, fmt.Errorf("want a number from %v to %v, such as 0.5 for half as fast, got %q", slowest, fastest, text)
	}
	return speed, nil
}
