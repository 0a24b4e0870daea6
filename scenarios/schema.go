package scenarios

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"dejavu/broker"
	"dejavu/sim"
)

// The frames of the schemas: what is not a table of fields. A table stands in its place.
var (
	//go:embed scenario.frame.json
	scenarioFrame string
	//go:embed lesson.frame.json
	lessonFrame string
)

// spanPattern is what a length of time looks like.
const spanPattern = `[0-9.]+(ns|us|µs|ms|s|m|h|d)([0-9.]+(ns|us|µs|ms|s|m|h))*`

// defined is the schema of what is defined once.
func defined(name string) string { return `"$ref": "#/definitions/` + name + `"` }

// oneOf is the schema of a choice.
func oneOf(words []string) string { return `"enum": ["` + strings.Join(words, `", "`) + `"]` }

// someOf is the schema of one value, or of a list of them with a limit.
func someOf(one, limit string) string {
	return fmt.Sprintf(`"oneOf": [{%s}, {"type": "array", %s, "items": {%[1]s}}]`, one, limit)
}

// tables are the tables of fields, as the frames call them.
func tables() map[string][]field {
	r, l := &reader{}, &lessonReader{}
	own := r.ownFields()
	for i, f := range own { // which are described where they are defined
		own[i] = field{name: f.name, need: f.need, form: `"$ref": "scenario.schema.json#/properties/` + f.name + `"`}
	}
	all := map[string][]field{
		"scenario":    r.scenarioFields(),
		"message":     r.messageFields(&sim.Owed{}, new(places)),
		"queue":       r.queueFields(&broker.Profile{}),
		"bank":        r.bankFields(),
		"expectation": r.expectFields(&Expectation{}),
		"lesson":      l.lessonFields(),
		"stop":        l.stopFields(&LessonStop{}, &Quiz{}),
		"choice":      l.choiceFields(&Alternative{}),
		"change":      l.changeFields(&Change{}, &Quiz{}),
		"own":         own,
		"fault":       kindFields(),
		"rates":       r.rateFields(),
	}
	for _, k := range sim.FaultKinds() {
		all["long-"+string(k)] = r.faultFields(&sim.Fault{Kind: k}, &faultPlace{})
	}
	return all
}

var tableLine = regexp.MustCompile(`(?m)^( *)"table": "(.*)"`)

// framed returns a schema: a frame, with the tables in their places.
func framed(frame string) string {
	all := tables()
	return tableLine.ReplaceAllStringFunc(frame, func(at string) string {
		m := tableLine.FindStringSubmatch(at)
		var need, keys []string
		for _, f := range all[m[2]] {
			if f.need != "" {
				need = append(need, f.name)
			}
			form := f.form
			if f.most > 0 {
				form += fmt.Sprintf(`, "maxLength": %d`, f.most)
			}
			if f.about != "" {
				form += fmt.Sprintf(`, "description": %q`, f.about)
			}
			keys = append(keys, fmt.Sprintf("%s  %q: {%s}", m[1], f.name, form))
		}
		lines := []string{`"additionalProperties": false,`, `"properties": {`, strings.Join(keys, ",\n")[len(m[1]):], "}"}
		if need != nil {
			lines = slices.Insert(lines, 1, `"required": ["`+strings.Join(need, `", "`)+`"],`)
		}
		return m[1] + strings.Join(lines, "\n"+m[1])
	})
}

// Schema returns the JSON Schema (draft 7) of a scenario file, for editors.
func Schema() []byte {
	return []byte(framed(strings.Replace(scenarioFrame, "    \"faults in full\": {},\n", faultDefinitions(), 1)))
}

// LessonSchema returns the JSON Schema (draft 7) of a lesson file, for editors. It has
// that of a scenario file in it, among its definitions: who saves one schema does not
// have the other beside it.
func LessonSchema() []byte {
	const definitions, within = `"definitions": {`, `#/definitions/scenario-file/`
	var scenario strings.Builder
	for line := range strings.Lines(strings.ReplaceAll(string(Schema()), `#/`, within)) {
		if !strings.Contains(line, `"$schema":`) && !strings.Contains(line, `"$id":`) { // which are for a whole file
			scenario.WriteString("    " + line)
		}
	}
	whole := strings.ReplaceAll(framed(lessonFrame), `scenario.schema.json#/`, within)
	return []byte(strings.Replace(whole, definitions, definitions+"\n    \"scenario-file\": "+strings.TrimSpace(scenario.String())+",", 1))
}
