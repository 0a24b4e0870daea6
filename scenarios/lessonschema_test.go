package scenarios

import (
	"dejavu/sim/testkit"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func readLessonSchema(t *testing.T) rule {
	t.Helper()
	var r rule
	if err := json.Unmarshal(LessonSchema(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// The schemas in the repository are those that the tables make, so that an editor that
// reads the files knows as much.
func TestTheSchemasInTheRepositoryAreThoseOfTheTables(t *testing.T) {
	testkit.Golden(t, "scenario.schema.json", string(Schema()))
	testkit.Golden(t, "lesson.schema.json", framed(lessonFrame))
}

func TestTheLessonSchemaSaysWhatTheReaderTakes(t *testing.T) {
	schema := readLessonSchema(t)
	stop, choice := schema.Definitions["stop"].Properties, schema.Definitions["choice"].Properties
	for _, k := range placeKinds {
		if !strings.Contains(stop["at"].Description, string(k)) {
			t.Errorf("the schema does not say that a place can be %s", k)
		}
	}
	for _, k := range append(claimKinds, Harmed) {
		if !strings.Contains(choice["if"].Description, string(k)) {
			t.Errorf("the schema does not say that a claim can be %s", k)
		}
	}
	for _, m := range Misconceptions() {
		if n := (&node{text: m.String()}); len(validate(schema, choice["belief"], n, "belief")) > 0 {
			t.Errorf("the schema does not take %s", m)
		}
	}
}

// Whoever saves a schema saves one file: an editor finds all that it refers to in it.
func TestASchemaRefersToNothingOutsideItself(t *testing.T) {
	for name, text := range map[string][]byte{"scenario": Schema(), "lesson": LessonSchema()} {
		var schema any
		if err := json.Unmarshal(text, &schema); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		refs := 0
		var walk func(any)
		walk = func(at any) {
			switch at := at.(type) {
			case map[string]any:
				for key, value := range at {
					if ref, is := value.(string); is && key == "$ref" {
						refs++
						if !resolves(schema, ref) {
							t.Errorf("%s: there is no %s in it", name, ref)
						}
					}
					walk(value)
				}
			case []any:
				for _, value := range at {
					walk(value)
				}
			}
		}
		walk(schema)
		if refs < 30 {
			t.Errorf("%s: %d references were found", name, refs)
		}
	}
}

// resolves reports whether a schema has the part of itself that a reference names.
func resolves(schema any, ref string) bool {
	path, own := strings.CutPrefix(ref, "#/")
	for word := range strings.SplitSeq(path, "/") {
		part, is := schema.(map[string]any)
		if !own || !is || part[word] == nil {
			return false
		}
		schema = part[word]
	}
	return own
}

// whole is the schema of lessons with the parts of that of scenarios to which it
// refers in their places.
func whole(t *testing.T) rule {
	t.Helper()
	schema, scenario := readLessonSchema(t), readSchema(t)
	for name, part := range scenario.Definitions {
		if _, taken := schema.Definitions[name]; taken && name != "scenario" {
			t.Fatalf("both schemas define %s", name)
		}
		schema.Definitions[name] = part
	}
	for name, part := range schema.Definitions["scenario"].Properties {
		if want := "#/definitions/scenario-file/properties/" + name; part.Ref != want {
			t.Errorf("scenario/%s refers to %q, want %q", name, part.Ref, want)
		}
		schema.Definitions["scenario"].Properties[name] = scenario.Properties[name]
	}
	return schema
}

func treeOf(t *testing.T, text string) *node {
	t.Helper()
	s, err := readText("a", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	root, err := parseTree(s)
	if err != nil {
		t.Fatal(err)
	}
	return root
}

func TestTheShippedLessonsFitTheSchema(t *testing.T) {
	schema := whole(t)
	for _, l := range Lessons() {
		for _, wrong := range validate(schema, schema, treeOf(t, l.Source()), l.Name) {
			t.Error(wrong)
		}
	}
}

func TestTheLessonSchemaRefusesWhatTheReaderDoes(t *testing.T) {
	schema := whole(t)
	const head = "title: a\nteaches: b\nscenario: lost-ack\n"
	for i, file := range []string{
		head, head + "stops: []\ncolour: red\n", head + "stops: [{at: end}]\n",
		head + "stops: [{at: end, say: a, choices: [{say: b, if: c}]}]\n",
		head + "stops: [{at: end, say: a, choices: [{say: b, if: c, why: d, belief: M28}]}]\n",
		head + "stops: [{at: end, say: a}]\nchange: {say: a, key: z}\n",
		"title: a\nteaches: b\nscenario: {messages: [], consumers: [], fautls: []}\nstops: []\n",
	} {
		if len(validate(schema, schema, treeOf(t, file), fmt.Sprint(i))) == 0 {
			t.Errorf("the schema accepts\n%s", file)
		}
	}
}
