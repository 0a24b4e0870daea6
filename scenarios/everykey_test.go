package scenarios_test

import (
	"encoding/json"
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"dejavu/scenarios"
)

// schema is what is read here of a JSON Schema.
type schema struct {
	Ref         string            `json:"$ref"`
	Properties  map[string]schema `json:"properties"`
	Items       *schema           `json:"items"`
	OneOf       []schema          `json:"oneOf"`
	Rest        json.RawMessage   `json:"additionalProperties"`
	Definitions map[string]schema `json:"definitions"`
}

// keys adds every key that the schema knows, with what it stands in: queue.order,
// messages.at, faults.crash.before.
func (s *schema) keys(of *schema, in string, known map[string]bool) {
	if of.Ref != "" {
		def := s.Definitions[strings.TrimPrefix(of.Ref, "#/definitions/")]
		s.keys(&def, in, known)
		return
	}
	for key, value := range of.Properties {
		path := strings.TrimPrefix(in+"."+key, ".")
		known[path] = true
		s.keys(&value, path, known)
	}
	if of.Items != nil {
		s.keys(of.Items, in, known)
	}
	for i := range of.OneOf {
		s.keys(&of.OneOf[i], in, known)
	}
	var rest schema
	if json.Unmarshal(of.Rest, &rest) == nil {
		s.keys(&rest, in, known)
	}
}

var keyWord = regexp.MustCompile(`[a-z][a-z-]*:`)

// blamed returns the key whose value a mistake is in, with what it stands in: from the
// line of the file, up to the caret.
func blamed(src []byte, e *scenarios.Error) string {
	lines := strings.Split(string(src), "\n")
	top := ""
	for _, line := range lines[:min(e.Line, len(lines))] {
		if word := keyWord.FindString(line); word != "" && strings.HasPrefix(line, word) {
			top = strings.TrimSuffix(word, ":")
		}
	}
	line := lines[min(e.Line, len(lines))-1]
	words := keyWord.FindAllString(line[:min(e.Col, len(line))], -1)
	if len(words) == 0 {
		return top
	}
	path := []string{top}
	if top == "faults" && len(words) > 1 { // - crash: {during: m1, before: ack}
		path = append(path, strings.TrimSuffix(words[0], ":"))
	}
	if last := strings.TrimSuffix(words[len(words)-1], ":"); last != top || !strings.HasPrefix(line, last) {
		path = append(path, last)
	}
	return strings.Join(path, ".")
}

// Whatever can be written can be written wrongly: every key of the schema has a file
// with a value that it does not take, and the answer says so at that value.
func TestEveryKeyOfTheSchemaHasItsMistake(t *testing.T) {
	text, err := os.ReadFile("scenario.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var s schema
	if err := json.Unmarshal(text, &s); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	s.keys(&s, "", known)
	if len(known) < 90 {
		t.Fatalf("found %d keys in the schema", len(known))
	}
	for name, src := range mistakes(t) {
		var mistake *scenarios.Error
		if _, err := scenarios.Parse(name, src); errors.As(err, &mistake) && !strings.Contains(mistake.Msg, "unknown key") {
			delete(known, blamed(src, mistake))
		}
	}
	var missing []string
	for key := range known {
		missing = append(missing, key)
	}
	slices.Sort(missing)
	if len(missing) > 0 {
		t.Errorf("%d keys have no file in testdata/mistakes with a wrong value:\n%s", len(missing), strings.Join(missing, "\n"))
	}
}
