// Command dejavu shows what happens when a message arrives twice.
package main

import (
	"os"

	"dejavu/ui/cli"
)

func main() { os.Exit(cli.Main()) }
