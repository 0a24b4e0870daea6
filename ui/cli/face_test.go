package cli

import (
	"strings"
	"testing"

	"dejavu/ui/grid"
)

func TestWhoDecidesOnTheTheme(t *testing.T) {
	for _, c := range []struct {
		theme, color string
		env          []string
		want         *grid.Theme
	}{
		{"auto", "auto", nil, &grid.Dark},
		{"auto", "auto", []string{"COLORFGBG=15;0"}, &grid.Dark},
		{"auto", "auto", []string{"COLORFGBG=0;15"}, &grid.Light},
		{"auto", "auto", []string{"COLORFGBG=0;default;7"}, &grid.Light},
		{"auto", "auto", []string{"NO_COLOR=1"}, &grid.Mono},
		{"auto", "auto", []string{"NO_COLOR=1", "CLICOLOR_FORCE=1"}, &grid.Mono},
		{"auto", "auto", []string{"CLICOLOR=0"}, &grid.Mono},
		{"auto", "auto", []string{"CLICOLOR=0", "CLICOLOR_FORCE=1"}, &grid.Dark},
		{"auto", "always", []string{"NO_COLOR=1"}, &grid.Dark},
		{"auto", "never", []string{"CLICOLOR_FORCE=1"}, &grid.Mono},
		{"light", "never", []string{"NO_COLOR=1"}, &grid.Light},
		{"dark", "never", []string{"COLORFGBG=0;15"}, &grid.Dark},
		{"mono", "always", nil, &grid.Mono},
	} {
		if got, err := theme(c.theme, c.color, lookup(append(c.env, "TERM=xterm")...)); err != nil || got != c.want {
			t.Errorf("--theme %s --color %s, %v: %v, %v, want %s", c.theme, c.color, c.env, got, err, c.want.Name)
		}
	}
	if _, err := theme("drak", "auto", lookup()); err == nil || err.Error() != `unknown theme "drak"; did you mean "dark"?` {
		t.Errorf("got %v", err)
	}
}

func TestHowManyColoursTheScreenHas(t *testing.T) {
	for _, c := range []struct {
		theme *grid.Theme
		env   string
		want  grid.Depth
	}{
		{&grid.Dark, "COLORTERM=truecolor", grid.TrueColor}, {&grid.Light, "COLORTERM=24bit", grid.TrueColor},
		{&grid.Dark, "COLORTERM=", grid.Basic}, {&grid.Dark, "COLORTERM=yes", grid.Basic}, {&grid.Mono, "COLORTERM=truecolor", grid.NoColor},
	} {
		if got := shades(c.theme, lookup(c.env)); got != c.want {
			t.Errorf("%s, %s: %d, want %d", c.theme.Name, c.env, got, c.want)
		}
	}
}

func TestOnlyALocaleThatIsClearlyNotUTF8IsASCII(t *testing.T) {
	for env, want := range map[string]bool{
		"": false, "LANG=": false, "LANG=en_US.UTF-8": false, "LANG=C.UTF-8": false, "LANG=de_AT.utf8@euro": false, "LANG=en_US": false,
		"LANG=C": true, "LANG=POSIX": true, "LC_CTYPE=de_DE.ISO-8859-1": true, "LC_ALL=C LANG=en_US.UTF-8": true,
		"LC_ALL=en_US.UTF-8 LANG=C": false, "LC_CTYPE=C.UTF-8 LANG=C": false, "LANG=ja_JP.eucJP": true, "LANG=de_DE@euro": false,
	} {
		if got := asciiOnly(lookup(strings.Fields(env)...)); got != want {
			t.Errorf("%s: %v, want %v", env, got, want)
		}
	}
}

func TestASpeedIsANumberAboveNothing(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, "0.5": 0.5, "2x": 2, "50": 50} {
		if got, err := parseSpeed(text); err != nil || got != want {
			t.Errorf("%s: %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "0", "-1", "NaN", "Inf", "fast", "1e9", "x"} {
		if got, err := parseSpeed(text); err == nil || !strings.Contains(err.Error(), "such as 0.5") {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
}
