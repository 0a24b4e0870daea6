package cli

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"dejavu/ui/grid"
)

// themes are the values of --theme.
var themes = []string{"auto", "dark", "light", "mono"}

// themeUsage is what help says of --theme.
var themeUsage = "colours, a `THEME`: " + strings.Join(themes, ", ") + "; it beats --color and NO_COLOR"

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
