package grid

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

type color [3]float64 // linear light: red, green, blue

func parse(t *testing.T, hex string) color {
	t.Helper()
	n, err := strconv.ParseUint(strings.TrimPrefix(hex, "#"), 16, 32)
	if err != nil || len(hex) != 7 {
		t.Fatalf("%q is no colour", hex)
	}
	var c color
	for i := range c {
		c[i] = linear(float64(n>>(16-8*i)&255) / 255)
	}
	return c
}

// linear undoes the gamma of sRGB.
func linear(v float64) float64 {
	if v <= 0.04045 {
		return v / 12.92
	}
	return math.Pow((v+0.055)/1.055, 2.4)
}

func (c color) luminance() float64 { return 0.2126*c[0] + 0.7152*c[1] + 0.0722*c[2] }

// contrast is the ratio that the WCAG defines: 4.5 is enough for text.
func contrast(a, b color) float64 {
	x, y := a.luminance(), b.luminance()
	if x < y {
		x, y = y, x
	}
	return (x + 0.05) / (y + 0.05)
}

// How a colour looks to somebody who lacks one kind of cone: the matrices of
// Machado, Oliveira and Fernandes (2009) for complete deficiency, in linear light.
var deficiencies = map[string][3][3]float64{
	"everybody":    {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
	"protanopia":   {{0.152286, 1.052583, -0.204868}, {0.114503, 0.786281, 0.099216}, {-0.003882, -0.048116, 1.051998}},
	"deuteranopia": {{0.367322, 0.860646, -0.227968}, {0.280085, 0.672501, 0.047413}, {-0.011820, 0.042940, 0.968881}},
	"tritanopia":   {{1.255528, -0.076749, -0.178779}, {-0.078411, 0.930809, 0.147602}, {0.004733, 0.691367, 0.303900}},
}

func (c color) seenWith(m [3][3]float64) color {
	var seen color
	for i := range seen {
		for k := range c {
			seen[i] += m[i][k] * c[k]
		}
		seen[i] = min(max(seen[i], 0), 1)
	}
	return seen
}

// lab is the colour in CIELAB, where distances are about what the eye sees.
func (c color) lab() [3]float64 {
	x := (0.4124*c[0] + 0.3576*c[1] + 0.1805*c[2]) / 0.95047
	y := c.luminance()
	z := (0.0193*c[0] + 0.1192*c[1] + 0.9505*c[2]) / 1.08883
	f := func(v float64) float64 {
		if v > 0.008856 {
			return math.Cbrt(v)
		}
		return 7.787*v + 16.0/116
	}
	return [3]float64{116*f(y) - 16, 500 * (f(x) - f(y)), 200 * (f(y) - f(z))}
}

func distance(a, b color) float64 {
	x, y := a.lab(), b.lab()
	return math.Sqrt((x[0]-y[0])*(x[0]-y[0]) + (x[1]-y[1])*(x[1]-y[1]) + (x[2]-y[2])*(x[2]-y[2]))
}

func TestEveryColourCanBeReadOnItsBackgrounds(t *testing.T) {
	for _, th := range []struct {
		*Theme
		backs map[string]string
	}{
		{&Dark, map[string]string{"its own": Dark.Back, "black": "#000000", "solarized dark": "#002B36"}},
		{&Light, map[string]string{"its own": Light.Back, "white": "#FFFFFF", "solarized light": "#FDF6E3"}},
	} {
		for role := OK; role < roleCount; role++ {
			for name, back := range th.backs { // each is a check of its own
				if c := contrast(parse(t, th.True[role]), parse(t, back)); c < 4.5 {
					t.Errorf("%s: role %d, %s, on %s: contrast %.2f, less than 4.5", th.Name, role, th.True[role], name, c)
				}
			}
		}
	}
}

func TestTheThreeMeaningsAreToldApartByEveryEye(t *testing.T) {
	const clear = 12.0 // of CIELAB, where 2.3 is just noticeable: colours further apart are not mixed up
	for _, th := range []*Theme{&Dark, &Light} {
		for eye, m := range deficiencies {
			for a := OK; a <= Fault; a++ {
				for b := a + 1; b <= Fault; b++ {
					d := distance(parse(t, th.True[a]).seenWith(m), parse(t, th.True[b]).seenWith(m))
					if d < clear {
						t.Errorf("%s, %s: roles %d and %d are %.0f apart, less than %.0f", th.Name, eye, a, b, d, clear)
					}
				}
			}
		}
	}
}

func TestASCIIHasACharacterForEveryGlyphThatFramesUse(t *testing.T) {
	for _, r := range "←→·–●○▸▹◂✓✗×└─│╭╮╰╯┏┓┗┛┃━╌═┄┤┝┥█▀▄▁▂▃▄▅▆▇▌▐▮" {
		text, known := typed[string(r)]
		if !known || len(text) != 1 || text[0] < ' ' || text[0] > '~' {
			t.Errorf("%q becomes %q", r, text)
		}
	}
	g := New(3, 1)
	g.Write(0, 0, "漢x", Style{})
	g.ASCII()
	if got := g.Text(); got != "??x" {
		t.Errorf("a wide character becomes %q", got)
	}
}
