package report

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
)

// schema is a JSON Schema, as far as it is needed for what is written here.
type schema struct {
	Draft      string             `json:"$schema,omitempty"`
	Title      string             `json:"title,omitempty"`
	Type       string             `json:"type,omitempty"`
	Items      *schema            `json:"items,omitempty"`
	Properties map[string]*schema `json:"properties,omitempty"`
	Required   []string           `json:"required,omitempty"`
	AnyOf      []*schema          `json:"anyOf,omitempty"`
}

// SchemaOf returns the JSON Schema (draft 7) of a value as it is written in JSON, so that
// a program can hold what it reads to it. More fields than it names may come: see
// ReportSchema.
func SchemaOf(title string, of any) string {
	s := schemaOf(reflect.TypeOf(of))
	s.Draft, s.Title = "http://json-schema.org/draft-07/schema#", title
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		panic(err) // it holds nothing but text
	}
	return string(text) + "\n"
}

func schemaOf(t reflect.Type) *schema {
	if t.Implements(reflect.TypeFor[encoding.TextMarshaler]()) {
		return &schema{Type: "string"}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return &schema{AnyOf: []*schema{schemaOf(t.Elem()), {Type: "null"}}}
	case reflect.Slice:
		return &schema{Type: "array", Items: schemaOf(t.Elem())}
	case reflect.String:
		return &schema{Type: "string"}
	case reflect.Bool:
		return &schema{Type: "boolean"}
	case reflect.Float64:
		return &schema{Type: "number"}
	case reflect.Struct:
		return objectOf(t)
	}
	return &schema{Type: "integer"}
}

func objectOf(t reflect.Type) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}}
	for i := range t.NumField() {
		name, options, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		s.Properties[name] = schemaOf(t.Field(i).Type)
		if options != "omitempty" {
			s.Required = append(s.Required, name)
		}
	}
	return s
}
