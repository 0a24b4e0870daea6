package scenarios

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"dejavu/sim"
)

// rule is the part of JSON Schema that the schema uses.
type rule struct {
	Ref         string          `json:"$ref"`
	Type        any             `json:"type"`
	Description string          `json:"description"`
	Properties  map[string]rule `json:"properties"`
	Required    []string        `json:"required"`
	Additional  any             `json:"additionalProperties"`
	Items       *rule           `json:"items"`
	Enum        []string        `json:"enum"`
	OneOf       []rule          `json:"oneOf"`
	Pattern     string          `json:"pattern"`
	Default     any             `json:"default"`
	MaxLength   int             `json:"maxLength"`
	MaxItems    int             `json:"maxItems"`
	Maximum     float64         `json:"maximum"`
	Definitions map[string]rule `json:"definitions"`
}

func readSchema(t *testing.T) rule {
	t.Helper()
	var r rule
	if err := json.Unmarshal(Schema(), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

func names(fields []field) []string {
	var all []string
	for _, f := range fields {
		all = append(all, f.name)
	}
	slices.Sort(all)
	return all
}

func keys(properties map[string]rule) []string {
	var all []string
	for name := range properties {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}

// faultTables are the tables of faults, of which each kind has one.
func faultTables() map[string][]field {
	r := &reader{source: &source{}, s: Scenario{Workers: 2}}
	all := map[string][]field{"rates": r.rateFields()}
	for _, k := range sim.FaultKinds() {
		all["fault"] = append(all["fault"], field{name: string(k)})
		all["long-"+string(k)] = r.faultFields(&sim.Fault{Kind: k}, &faultPlace{})
	}
	return all
}

func TestTheSchemaHasTheKeysOfTheReaderAndNoOthers(t *testing.T) {
	schema := readSchema(t)
	for part, fields := range faultTables() {
		rule := schema
		if part != "" {
			rule = schema.Definitions[part]
		}
		if got, want := keys(rule.Properties), names(fields); !slices.Equal(got, want) {
			t.Errorf("%q: the schema has %v, the reader %v", part, got, want)
		}
		var need []string
		for _, f := range fields {
			if f.need != "" {
				need = append(need, f.name)
			}
			types := fmt.Sprint(resolve(schema, rule.Properties[f.name]).Type)
			if f.bare != strings.Contains(types, "null") {
				t.Errorf("%q: whether %s may be bare differs", part, f.name)
			}
		}
		if slices.Sort(rule.Required); !slices.Equal(rule.Required, slices.Sorted(slices.Values(need))) {
			t.Errorf("%q: the schema requires %v, the reader %v", part, rule.Required, need)
		}
		if rule.Additional != false {
			t.Errorf("%q: the schema lets other keys pass", part)
		}
	}
}

func TestEveryKeyOfTheSchemasIsDescribed(t *testing.T) {
	check := func(where string, r rule) {
		if r.Description == "" && !strings.Contains(r.Ref, "/scenario-file/") { // which has one of its own
			t.Errorf("%s has no description", where)
		}
	}
	for _, schema := range []rule{readSchema(t), readLessonSchema(t)} {
		check("the schema", schema)
		for name, r := range schema.Properties {
			check(name, r)
		}
		for part, r := range schema.Definitions {
			check(part, r)
			for name, p := range r.Properties {
				check(part+"/"+name, p)
			}
		}
	}
}

func TestTheDefaultsOfTheSchemaAreThoseOfTheSimulator(t *testing.T) {
	schema := readSchema(t)
	for part, want := range map[string]string{"pause/for": sim.Span(sim.DefaultPause), "slow/for": sim.Span(sim.DefaultSlow), "delay/for": sim.Span(sim.DefaultDelay), "copy/later": sim.Span(sim.DefaultCopy),
		"republish/later": sim.Span(sim.DefaultAgain), "redrive/later": sim.Span(sim.DefaultRedrive)} {
		kind, name := part[:len(part)-len("/for")], "for"
		if _, ok := schema.Definitions["long-"+kind]; !ok {
			kind, name = part[:len(part)-len("/later")], "later"
		}
		if got := schema.Definitions["long-"+kind].Properties[name].Default; got != want {
			t.Errorf("%s: the schema says %v, the simulator %s", part, got, want)
		}
	}
}

func resolve(schema, r rule) rule {
	for r.Ref != "" {
		r = schema.Definitions[r.Ref[len("#/definitions/"):]]
	}
	return r
}

// validate says what a node has that the schema does not allow.
func validate(schema, r rule, n *node, where string) (wrong []string) {
	r = resolve(schema, r)
	if len(r.OneOf) > 0 {
		fits := 0
		for _, one := range r.OneOf {
			if len(validate(schema, one, n, where)) == 0 {
				fits++
			}
		}
		if fits != 1 {
			return []string{fmt.Sprintf("%s fits %d of %d forms", where, fits, len(r.OneOf))}
		}
		return nil
	}
	if r.Type != nil && !fitsType(fmt.Sprint(r.Type), n) {
		return []string{fmt.Sprintf("%s is %s, want %v", where, n.kind, r.Type)}
	}
	if n.kind == scalar && r.Pattern != "" && !regexp.MustCompile(r.Pattern).MatchString(n.text) || len(r.Enum) > 0 && !slices.Contains(r.Enum, n.text) {
		wrong = append(wrong, fmt.Sprintf("%s is %q, want %s%v", where, n.text, r.Pattern, r.Enum))
	}
	for _, item := range n.items {
		wrong = append(wrong, validate(schema, *r.Items, item, where+"[]")...)
	}
	for _, p := range n.pairs {
		rule, known := r.Properties[p.key.text]
		if others, of := r.Additional.(map[string]any); !known && of {
			rule, known = resolve(schema, schemaRef(others)), true
		}
		if !known {
			wrong = append(wrong, where+" has "+p.key.text)
			continue
		}
		wrong = append(wrong, validate(schema, rule, p.value, where+"/"+p.key.text)...)
	}
	for _, need := range r.Required {
		if !slices.ContainsFunc(n.pairs, func(p pair) bool { return p.key.text == need }) {
			wrong = append(wrong, where+" has no "+need)
		}
	}
	return wrong
}

// schemaRef is the rule for the keys that a schema does not name.
func schemaRef(others map[string]any) rule { return rule{Ref: others["$ref"].(string)} }

func fitsType(types string, n *node) bool {
	_, err := strconv.ParseFloat(n.text, 64)
	for _, one := range regexp.MustCompile(`[a-z]+`).FindAllString(types, -1) {
		switch {
		case n.kind == scalar && (one == "string" || one == "boolean" && (n.text == "true" || n.text == "false") || (one == "integer" || one == "number") && err == nil),
			n.kind == list && one == "array", n.kind == mapping && one == "object", n.kind == nothing && one == "null":
			return true
		}
	}
	return false
}

func TestTheShippedFilesFitTheSchema(t *testing.T) {
	schema := readSchema(t)
	for _, s := range Shipped() {
		text, err := readText(s.Name, s.Source)
		if err != nil {
			t.Fatal(err)
		}
		root, err := parseTree(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, wrong := range validate(schema, schema, root, s.Name) {
			t.Error(wrong)
		}
	}
}

func TestTheSchemaRefusesWhatTheReaderDoes(t *testing.T) {
	schema := readSchema(t)
	for _, file := range []string{
		"title: a\nmessages: []\nconsumers: []\ncolour: red\n",
		"title: a\nmessages: [{id: m1}]\nconsumers: []\n",
		"title: a\nmessages: [{id: m1, at: 1s, customer: A, amount: $1e9}]\nconsumers: []\n",
		"title: a\nmessages: []\nconsumers: []\nfaults: [{loose-ack: m1}]\n",
		"title: a\nmessages: []\nconsumers: []\nfaults: [{crash: {during: m1, for: 1s}}]\n",
		"title: a\nmessages: []\nconsumers: []\nqueue: {profile: kafak}\n",
		"title: a\nmessages: []\nconsumers: []\nexpect: {naive: {twise: []}}\n",
	} {
		text, err := readText("a", []byte(file))
		if err != nil {
			t.Fatal(err)
		}
		root, err := parseTree(text)
		if err != nil {
			t.Fatal(err)
		}
		if len(validate(schema, schema, root, "")) == 0 {
			t.Errorf("the schema accepts\n%s", file)
		}
	}
}
