//go:build js && wasm

// Command dejavu in a browser: it hands what comes from there to package page, and back
// what that answers.
package main

import (
	"syscall/js"

	"dejavu/ui/page"
)

func main() {
	p := &page.Driver{}
	js.Global().Set("dejavu", js.FuncOf(func(_ js.Value, args []js.Value) any {
		return p.JSON(args[0].String())
	}))
	select {}
}
