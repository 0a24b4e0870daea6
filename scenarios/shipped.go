package scenarios

import (
	"embed"
	"fmt"
	"slices"
)

//go:embed *.yaml
var files embed.FS

//go:embed scenario.schema.json
var schema []byte

// learning is the order in which a newcomer should meet the scenarios.
var learning = []string{
	"quiet-day", "lost-ack", "lost-ack-then-crash", "crash-after-effect", "crash-before-effect",
	"stop-the-world", "twins", "impatient-customer", "bad-weather",
}

// Names returns the names of the shipped scenarios, in the order of learning.
func Names() []string { return slices.Clone(learning) }

// Get returns the shipped scenario with a name. It is the caller's to change.
func Get(name string) (*Scenario, bool) {
	if !slices.Contains(learning, name) {
		return nil, false
	}
	src, err := files.ReadFile(name + ".yaml")
	if err != nil {
		panic(fmt.Sprintf("scenarios: %v: take the name out of learning, or add the file", err))
	}
	s, err := Parse(name+".yaml", src)
	if err != nil {
		panic(fmt.Sprintf("scenarios: a shipped file is wrong, run go test ./scenarios:\n%v", err))
	}
	return s, true
}

// Shipped returns the scenarios that come with the program, in the order of
// learning. They are the caller's to change.
func Shipped() []*Scenario {
	all := make([]*Scenario, len(learning))
	for i, name := range learning {
		all[i], _ = Get(name)
	}
	return all
}

// Schema returns the JSON Schema (draft 7) of a scenario file, for editors.
func Schema() []byte { return slices.Clone(schema) }
