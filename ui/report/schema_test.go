package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"dejavu/ui/story"
)

// fits says where a value of JSON is not what a schema says.
func (s *schema) fits(v any, at string) (wrong []string) {
	if len(s.AnyOf) > 0 {
		for _, one := range s.AnyOf {
			if wrong = one.fits(v, at); wrong == nil {
				return nil
			}
		}
		return wrong
	}
	ok := false
	switch v := v.(type) {
	case nil:
		ok = s.Type == "null"
	case bool:
		ok = s.Type == "boolean"
	case string:
		ok = s.Type == "string"
	case float64:
		ok = s.Type == "number" || s.Type == "integer" && v == math.Trunc(v)
	case []any:
		ok = s.Type == "array"
		for i := range v {
			wrong = append(wrong, s.Items.fits(v[i], fmt.Sprint(at, ".", i))...)
		}
	case map[string]any:
		ok = s.Type == "object"
		for _, name := range s.Required {
			if _, there := v[name]; !there {
				wrong = append(wrong, at+"."+name+" is missing")
			}
		}
		for name, value := range v {
			if p := s.Properties[name]; p == nil {
				wrong = append(wrong, at+"."+name+" is not named")
			} else {
				wrong = append(wrong, p.fits(value, at+"."+name)...)
			}
		}
	}
	if !ok {
		wrong = append(wrong, fmt.Sprintf("%s is %v, want %s", at, v, s.Type))
	}
	return wrong
}

func TestWhatIsWrittenFitsItsSchema(t *testing.T) {
	everyStory(t, func(what string, st *story.Story) {
		for _, c := range []struct {
			of    any
			write func(*story.Story, *bytes.Buffer) error
		}{
			{Report{}, func(st *story.Story, b *bytes.Buffer) error { return WriteJSON(st, b) }},
			{EventLine{}, func(st *story.Story, b *bytes.Buffer) error { return WriteEvents(st, b) }},
			{Summary{}, func(st *story.Story, b *bytes.Buffer) error { return WriteSummaryJSON(st, b) }},
		} {
			var s schema
			if err := json.Unmarshal([]byte(SchemaOf("x", c.of)), &s); err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := c.write(st, &b); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				var v any
				if err := json.Unmarshal([]byte(line), &v); err != nil {
					t.Fatal(err)
				}
				if wrong := s.fits(v, fmt.Sprintf("%T", c.of)); len(wrong) > 0 {
					t.Fatalf("%s: %v\n%s", what, wrong, line)
				}
			}
		}
	})
}
