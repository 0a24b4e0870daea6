package grid

// Theme gives roles their colours, each at least 4.5:1 against the background,
// told apart by three kinds of colour blindness.
type Theme struct {
	Name string
	// Fore and Back are the terminal's own colours, for pictures only: on a
	// terminal they are left as they are.
	Fore, Back string
	// Ink is the colour on a reversed patch.
	Ink string
	// True is the colour of each role, as #RRGGBB; the first is unused.
	True [roleCount]string
	// Basic is the same among the 16 colours, 0 for none.
	Basic [roleCount]int
}

// The themes. Mono has no colours: bold and reverse remain.
var (
	Dark = Theme{
		Name: "dark", Fore: "#E6E6E6", Back: "#16181D", Ink: "#16181D",
		True:  [roleCount]string{OK: "#56B4E9", Wrong: "#FF7A45", Fault: "#F0E442", Scaffold: "#8A8F98"},
		Basic: [roleCount]int{OK: 14, Wrong: 9, Fault: 11, Scaffold: 8},
	}
	Light = Theme{
		Name: "light", Fore: "#1C1E22", Back: "#FFFFFF", Ink: "#FFFFFF",
		True:  [roleCount]string{OK: "#005F99", Wrong: "#B83A00", Fault: "#8B1A6B", Scaffold: "#5F6670"},
		Basic: [roleCount]int{OK: 4, Wrong: 1, Fault: 5, Scaffold: 8},
	}
	Mono = Theme{Name: "mono", Fore: "#E6E6E6", Back: "#16181D", Ink: "#16181D"}
)

// Color returns the colour of a role in pictures and on a page.
func (t *Theme) Color(r Role) string {
	if t.True[r] == "" {
		return t.Fore
	}
	return t.True[r]
}
