// Package noquery tells Lip Gloss that the terminal's background is dark, so that nobody
// asks the terminal. Import it for its side effect, as ui/cli does.
//
// Bubble Tea v1 asks when it is initialised, before main and in every command
// that merely links it. It writes an escape sequence to the terminal and waits up
// to five seconds for a reply that hook runners, ssh -tt and the pseudo-terminals
// of CI never give. Lip Gloss does not ask if it was told.
//
// Go initialises packages whose imports are ready in the order of their import
// paths. This one imports nothing but Lip Gloss, so it is ready as soon as Bubble
// Tea is, and dejavu/ui/noquery sorts before github.com/charmbracelet/bubbletea.
// Another import here, or a module path that sorts later, undoes it.
package noquery

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
