// Package source reads a repository, so that rules can be held to it: its texts, its Go
// files as trees, and the types in them. The rules themselves are in tidy_test.go.
package source

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
)

// Module is the import path of the repository.
const Module = "dejavu"

// A Tree is the text of a repository, with its Go files parsed.
type Tree struct {
	Root    fs.FS
	Texts   []*File     // .go, .md and .yaml
	Golang  []*File     // those in Go
	Code    []*File     // those in Go that are no tests
	Shown   []*File     // Code, and the texts that are embedded in it
	Top     []*File     // what is at the top level and not ignored by git
	Info    *types.Info // of the packages that Check was asked for, and of what they import
	Missing []string    // packages of the standard library without source

	fset    *token.FileSet
	known   map[string]*types.Package
	aliases map[string]string // by folder and type: the name of its alias elsewhere
}

// A File has a path from the root, with slashes.
type File struct {
	Path, Dir, Src string
	Lines          []string
	Test           bool
	AST            *ast.File // of a file in Go
	fset           *token.FileSet
}

// Position says where in the file a node stands.
func (f *File) Position(p token.Pos) token.Position { return f.fset.Position(p) }

// Line is the line of a node.
func (f *File) Line(p token.Pos) int { return f.fset.Position(p).Line }

// Read reads a repository, but for folders that begin with a dot and for modules of
// their own, which are held by their own run.
func Read(root fs.FS) (*Tree, error) {
	t := &Tree{Root: root, fset: token.NewFileSet(), known: map[string]*types.Package{}}
	t.Info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	ignore, _ := fs.ReadFile(root, ".gitignore")
	return t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		f := &File{Path: name, Dir: path.Dir(name), Test: strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/"), fset: t.fset}
		ignored := func(pattern string) bool { ok, _ := path.Match(strings.Trim(pattern, "/"), name); return ok }
		if f.Dir == "." && !slices.ContainsFunc(strings.Fields(string(ignore)), ignored) {
			t.Top = append(t.Top, f)
		}
		if _, err := fs.Stat(root, name+"/go.mod"); d.IsDir() && (strings.HasPrefix(d.Name(), ".") || err == nil) {
			return fs.SkipDir
		}
		if d.IsDir() || !slices.Contains([]string{".go", ".md", ".yaml", ".yml"}, path.Ext(name)) {
			return nil
		}
		return t.add(f)
	})
}

// add reads a text, and parses it if it is in Go.
func (t *Tree) add(f *File) error {
	src, err := fs.ReadFile(t.Root, f.Path)
	f.Src, f.Lines = string(src), strings.Split(string(src), "\n")
	t.Texts = append(t.Texts, f)
	if path.Ext(f.Path) == ".go" && err == nil {
		f.AST, err = parser.ParseFile(t.fset, f.Path, src, parser.ParseComments|parser.SkipObjectResolution)
		t.Golang = append(t.Golang, f)
		if !f.Test {
			t.Code = append(t.Code, f)
		}
	}
	if !f.Test && (f.AST != nil || f.Dir != ".") {
		t.Shown = append(t.Shown, f)
	}
	return err
}

// A Record is a line of a table.
type Record struct {
	Line   int
	Fields []string // one at least
}

// Rows reads a table: one record a line, its fields parted by spaces. A line that begins
// with # is a comment. A table that is not there has no records.
func (t *Tree) Rows(table string) (records []Record) {
	text, _ := fs.ReadFile(t.Root, table)
	for i, l := range strings.Split(string(text), "\n") {
		if fields := strings.Fields(l); len(fields) > 0 && !strings.HasPrefix(l, "#") {
			records = append(records, Record{i + 1, fields})
		}
	}
	return records
}

// In reports whether a path is a root or below it.
func In(name, root string) bool { return name == root || strings.HasPrefix(name, root+"/") }

// Standard reports whether a package is of the standard library.
func Standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") && first != Module
}

var library = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// Check finds the types in a folder and writes them to Info. What is wrong with them, the
// compiler says.
func (t *Tree) Check(dir string) *types.Package {
	if t.known[dir] == nil {
		t.known[dir] = types.NewPackage(Module+"/"+dir, path.Base(dir)) // in a cycle of imports, this is seen
		var files []*ast.File
		for _, f := range t.Code {
			if f.Dir == dir {
				files = append(files, f.AST)
			}
		}
		lax := types.Config{Importer: t, Error: func(error) {}}
		t.known[dir], _ = lax.Check(Module+"/"+dir, t.fset, files, t.Info)
	}
	return t.known[dir]
}

// Import finds a package for the type checker. Other people's stay unknown.
func (t *Tree) Import(pkg string) (*types.Package, error) {
	if In(pkg, Module) {
		return t.Check(strings.TrimPrefix(pkg, Module+"/")), nil
	}
	if !Standard(pkg) {
		return nil, fmt.Errorf("%s is not looked into", pkg)
	}
	p, err := library().Import(pkg)
	if err != nil {
		t.Missing = append(t.Missing, pkg)
	}
	return p, err
}
