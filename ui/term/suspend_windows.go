package term

import (
	"os"

	tea "github.com/charmbracelet/bubbletea"
)

// Windows stops no program: none of these has anything to do there.

func says(os.Signal) tea.Msg { return nil }

func watch(chan os.Signal) {}

func orphaned() bool { return true }

func stop(chan os.Signal) error { return errNotStopped }

func vanished(err error) bool { return isAny(err, errVanished) }

func die(os.Signal) { os.Exit(1) }
