package source

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// Known returns the name by which the program knows a type of a folder: that of its alias
// elsewhere, if it has one, or its own.
func (t *Tree) Known(dir, name string) string {
	if t.aliases == nil {
		t.aliases = map[string]string{}
		for _, f := range t.Code {
			t.readAliases(f)
		}
	}
	if alias := t.aliases[dir+"."+name]; alias != "" {
		return alias
	}
	return name
}

// readAliases notes which types of other folders a file has an alias of.
func (t *Tree) readAliases(f *File) {
	for _, d := range f.AST.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, s := range g.Specs {
			s, ok := s.(*ast.TypeSpec)
			if !ok || !s.Assign.IsValid() || !s.Name.IsExported() {
				continue
			}
			if of, ok := s.Type.(*ast.SelectorExpr); ok {
				t.aliases[f.imported(of.X)+"."+of.Sel.Name] = s.Name.Name
			}
		}
	}
}

// imported returns the folder of the package that a file calls by a name, if it is of this
// module.
func (f *File) imported(x ast.Expr) string {
	called, ok := x.(*ast.Ident)
	for _, s := range f.AST.Imports {
		pkg, _ := strconv.Unquote(s.Path.Value)
		name := path.Base(pkg)
		if s.Name != nil {
			name = s.Name.Name
		}
		if dir, ours := strings.CutPrefix(pkg, Module+"/"); ok && ours && name == called.Name {
			return dir
		}
	}
	return ""
}
