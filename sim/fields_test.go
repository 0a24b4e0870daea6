package sim_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A field of the world is one of these. What it is decides who has to handle it.
const (
	ofLane   = "of the lane"   // never changes: Clone and CopyFrom may share it
	state    = "state"         // copied by Clone and CopyFrom, written by AppendKey and read by Restore
	followed = "follows"       // copied; no part of a key, for it follows from one: Restore makes it again
	history  = "history"       // copied; no part of a key, for nothing later depends on it
	scratch  = "scratch"       // forgotten by CopyFrom
	ownMark  = "a world's own" // room, or how this world keeps the rest: copied by nobody
)

// worldFields says of each field of the structs of a world what it is.
var worldFields = map[string]map[string]string{
	"World": {
		"prog": ofLane, "groups": ofLane, "owed": ofLane, "business": ofLane, "threads": ofLane, "relay": ofLane, "claims": ofLane, "classes": ofLane, "stands": ofLane, "keysFor": ofLane, "bank": ofLane, "bodies": ofLane,
		"forgetful": ofLane, "leavesOut": ofLane, "defers": ofLane, "listed": ofLane,
		"queue": state, "extras": state, "kinds": state, "workers": state, "memory": state, "outbox": state, "drawn": state, "cursor": state, "rows": state, "cache": state,
		"ledger": state, "honoured": state, "budget": state, "journal": state, "down": state, "ids": state,
		"copied": followed, "effects": followed, "latest": followed, "numbered": followed, "locked": followed, "tops": followed,
		"posts": history, "writes": history,
		"moved": scratch, "moves": scratch, "lost": scratch, "passed": scratch, "left": scratch, "took": scratch, "skipped": scratch,
		"alone": ownMark, "messages": ownMark, "called": ownMark,
	},
}

// sources are the fields of the structs of a world, and what functions name: by function
// and by receiver, what stands behind a dot in them.
type sources struct {
	fields map[string][]string
	named  map[string]map[string]bool
}

func (s *sources) note(in string, n ast.Node) {
	if s.named[in] == nil {
		s.named[in] = map[string]bool{}
	}
	ast.Inspect(n, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			s.named[in][sel.Sel.Name] = true
		}
		return true
	})
}

func (s *sources) structs(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		of, ok := spec.(*ast.TypeSpec)
		if !ok || worldFields[of.Name.Name] == nil {
			continue
		}
		for _, field := range of.Type.(*ast.StructType).Fields.List {
			for _, id := range field.Names {
				s.fields[of.Name.Name] = append(s.fields[of.Name.Name], id.Name)
			}
		}
	}
}

func (s *sources) function(d *ast.FuncDecl) {
	s.note(d.Name.Name, d)
	if d.Recv == nil {
		return
	}
	ast.Inspect(d.Recv.List[0].Type, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			s.note(id.Name, d)
		}
		return true
	})
}

func readSources(t *testing.T) *sources {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	s := &sources{map[string][]string{}, map[string]map[string]bool{}}
	fset := token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(fset, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.GenDecl:
				s.structs(d)
			case *ast.FuncDecl:
				s.function(d)
			}
		}
	}
	return s
}

// handlers are the functions, or receivers, one of which must name a field of a kind.
var handlers = map[string][]string{
	state:    {"Clone", "CopyFrom", "keyer kind has", "reader Restore"},
	followed: {"Clone", "CopyFrom", "reader Restore"},
	history:  {"CopyFrom"},
	scratch:  {"CopyFrom"},
}

// Whoever adds a field to the world is told who has to know of it: each function that
// copies, writes or reads a world must name each field that is its business.
func TestEveryFieldOfTheWorldIsHandledWhereItMustBe(t *testing.T) {
	s := readSources(t)
	plain := []string{"budget", "down", "ids", "locked"} // no pointer in them: Clone copies them with the struct
	for of, kinds := range worldFields {
		for _, field := range s.fields[of] {
			kind, known := kinds[field]
			if !known {
				t.Errorf("%s.%s: say in worldFields what it is: %s", of, field, strings.Join([]string{ofLane, state, followed, history, scratch}, ", "))
			}
			for _, in := range handlers[kind] {
				if !slices.ContainsFunc(strings.Fields(in), func(in string) bool { return s.named[in][field] }) && !(in == "Clone" && slices.Contains(plain, field)) {
					t.Errorf("%s.%s is %s, and %s does not handle it", of, field, kind, in)
				}
			}
		}
		for _, field := range slices.Sorted(maps.Keys(kinds)) {
			if !slices.Contains(s.fields[of], field) {
				t.Errorf("%s has no field %s any longer: take it out of worldFields", of, field)
			}
		}
	}
}
