package main_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"slices"
	"strings"
)

// A ratchet says how often a rule is broken today, by folder or by name. It may only go
// down: a number that is too high fails, and so does one that could be lower. At zero the
// row is deleted, and when no row is left the rule holds for good.
type ratchet map[string]int

var (
	// fullFolders have more than 20 files.
	fullFolders = ratchet{"scenarios": 27, "sim": 54, "ui/cli": 42, "ui/story": 47}
	// longLists are functions of more than 4 parameters, by folder.
	longLists = ratchet{
		"scenarios": 1, "sim": 4, "sim/simtest": 1, "ui/cli": 2, "ui/doctor": 1, "ui/frame": 14,
		"ui/grid": 5, "ui/learn": 2, "ui/proof": 1, "ui/story": 1,
	}
	// sharedNames are types of one name in so many packages.
	sharedNames = ratchet{
		"Choice": 3, "Entry": 3, "Group": 2, "Harm": 2, "Kind": 3, "Lane": 2, "Options": 5, "Outcome": 3, "Place": 2,
		"Question": 3, "Report": 2, "Result": 3, "Row": 2, "Standing": 2, "Style": 4, "Verdict": 3,
	}
)

// breaches are the places that break a rule, by folder or by name.
type breaches map[string][]breach

type breach struct {
	f    *file
	line int
	name string
}

// compare says where more breaks a rule than the table allows, and where less does.
func (today ratchet) compare(say sayer, now breaches, what, remedy string) {
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if all := now[key]; len(all) > today[key] {
			list := make([]string, len(all))
			for i, b := range all {
				list[i] = b.name
			}
			last := all[len(all)-1]
			say(last.f, last.line, "%s: %d %s, and ratchet_test.go allows %d: %s (%s)", key, len(all), what, today[key], remedy, strings.Join(list, " "))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(today)) {
		if n := len(now[key]); n == 0 {
			say(&file{path: "ratchet_test.go"}, 1, "%s: no longer too many %s: delete its row", key, what)
		} else if n < today[key] {
			say(&file{path: "ratchet_test.go"}, 1, "%s: %d %s, fewer than its row says: lower it from %d to %d", key, n, what, today[key], n)
		}
	}
}

// folders holds how many files that are no tests lie in a folder. A catalogue of one
// file each, as consumers is, may be longer.
func folders(most int, today ratchet) rule {
	return func(t *tree, say sayer) {
		now := breaches{}
		for _, f := range t.code {
			if f.dir != "consumers" {
				now[f.dir] = append(now[f.dir], breach{f, 1, path.Base(f.path)})
			}
		}
		maps.DeleteFunc(now, func(_ string, all []breach) bool { return len(all) <= most })
		today.compare(say, now, fmt.Sprintf("files in a folder of at most %d", most), "a package that needs more has two ideas in it: part them, or join slivers")
	}
}

func parameters(today ratchet) rule {
	return func(t *tree, say sayer) {
		now := breaches{}
		for _, f := range t.golang {
			for _, d := range f.ast.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Type.Params.NumFields() > 4 {
					now[f.dir] = append(now[f.dir], breach{f, f.line(fn.Pos()), fn.Name.Name})
				}
			}
		}
		today.compare(say, now, "functions of more than 4 parameters", "hand in a struct, or make two functions")
	}
}

// names holds that an exported type has a name of its own in the whole program. An alias
// is the same thing under the same name.
func names(today ratchet) rule {
	return func(t *tree, say sayer) {
		now := breaches{}
		for _, f := range t.code {
			for _, d := range f.ast.Decls {
				g, ok := d.(*ast.GenDecl)
				if !ok || g.Tok != token.TYPE {
					continue
				}
				for _, s := range g.Specs {
					if s := s.(*ast.TypeSpec); s.Name.IsExported() && !s.Assign.IsValid() {
						now[s.Name.Name] = append(now[s.Name.Name], breach{f, f.line(s.Pos()), f.dir})
					}
				}
			}
		}
		maps.DeleteFunc(now, func(_ string, all []breach) bool { return len(all) == 1 })
		today.compare(say, now, "types of that name", "one name, one thing in the whole program: rename")
	}
}
