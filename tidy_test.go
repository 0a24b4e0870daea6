// Package main_test holds the house rules of this repository. A rule that no test
// holds is soon not one, so each rule is a check here: a function of the parsed
// tree that returns what breaks it, each with its place and its remedy. The second
// half of the file breaks every rule on purpose, and so tests the checks.
package main_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
)

func TestImportsPointOneWay(t *testing.T)               { hold(t, imports) }
func TestCoreKnowsNoTimeChanceOrderOrWorld(t *testing.T) { hold(t, purity) }
func TestEveryHandlerFitsOnAScreen(t *testing.T)        { hold(t, handlers) }
func TestEveryFileAndFunctionIsShort(t *testing.T)      { hold(t, lengths) }
func TestNothingIsLeftForLater(t *testing.T)            { hold(t, leftovers) }
func TestEveryPackageSaysWhatItIs(t *testing.T)         { hold(t, packageDocs) }
func TestEverythingExportedIsDocumented(t *testing.T)   { hold(t, exportedDocs) }
func TestNoFileNamesAPathOfAMachine(t *testing.T)       { hold(t, machinePaths) }
func TestEveryGlyphIsOneCellWide(t *testing.T)          { hold(t, glyphs) }
func TestTopLevelHoldsOnlyWhatBelongsThere(t *testing.T) { hold(t, topLevel) }

var repository = sync.OnceValues(func() (*tree, error) { return read(os.DirFS(".")) })

// hold fails for each violation, and if the tree is not the one that it should see.
func hold(t *testing.T, check func(*tree) []string) {
	t.Helper()
	r, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"broker", "sim", "consumers"} {
		if !slices.ContainsFunc(r.code(), func(f *file) bool { return f.dir == dir }) {
			t.Errorf("saw no Go file in %s: the check sees nothing there; run it at the root of the repository", dir)
		}
	}
	for _, violation := range check(r) {
		t.Error(violation)
	}
}

// A tree is the text of the repository, with its Go files parsed.
type tree struct {
	fset    *token.FileSet
	files   []*file
	top     []string // names at the top level
	ignored []string // patterns of the top-level .gitignore
	checked map[string]*checked
	missing []string // packages of the standard library that could not be loaded
}

type checked struct {
	pkg  *types.Package
	info *types.Info
}

// A file is one text: .go, .md or .yaml. Its path is slash-separated, from the root.
type file struct {
	path, dir, src string
	fset           *token.FileSet
	ast            *ast.File // of Go files
}

func read(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet(), checked: map[string]*checked{}}
	ignore, _ := fs.ReadFile(root, ".gitignore")
	t.ignored = strings.Fields(string(ignore))
	return t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		if path.Dir(name) == "." {
			t.top = append(t.top, name)
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		ext := path.Ext(name)
		if d.IsDir() || !slices.Contains([]string{".go", ".md", ".yaml", ".yml"}, ext) {
			return nil
		}
		src, err := fs.ReadFile(root, name)
		f := &file{path: name, dir: path.Dir(name), src: string(src), fset: t.fset}
		if err == nil && ext == ".go" && !strings.Contains(name, "testdata/") {
			f.ast, err = parser.ParseFile(t.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
		}
		t.files = append(t.files, f)
		return err
	})
}

func (f *file) test() bool { return strings.HasSuffix(f.path, "_test.go") }

// say words a violation: where, what, and the remedy.
func (f *file) say(line int, format string, args ...any) string {
	return fmt.Sprintf("%s:%d: ", f.path, line) + fmt.Sprintf(format, args...)
}

func (f *file) line(p token.Pos) int { return f.fset.Position(p).Line }

// code returns the Go files that are not tests.
func (t *tree) code() []*file {
	return slices.DeleteFunc(slices.Clone(t.files), func(f *file) bool { return f.ast == nil || f.test() })
}

// shown returns what a person may be shown: the code, and the texts beside it.
func (t *tree) shown() []*file {
	return slices.DeleteFunc(slices.Clone(t.files), func(f *file) bool {
		return f.test() || strings.Contains(f.path, "testdata/") || f.ast == nil && f.dir == "."
	})
}

func within(name, root string) bool { return name == root || strings.HasPrefix(name, root+"/") }

// Imports.

const (
	module = "dejavu"
	charm  = "github.com/charmbracelet/"
	chance = "golang.org/x/exp/rand"
)

var layers = []string{"broker", "sim", "consumers", "scenarios", "ui"}

func rank(dir string) int {
	if dir == "." {
		return len(layers)
	}
	top, _, _ := strings.Cut(dir, "/")
	return slices.Index(layers, top)
}

// local returns the directory of a package of this module.
func local(pkg string) (dir string, ok bool) {
	dir, ok = strings.CutPrefix(pkg+"/", module+"/")
	return path.Clean(dir), ok
}

// standard reports whether a package is of the standard library.
func standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") && first != module
}

func (f *file) imports(yield func(pkg string, line int) bool) {
	if f.ast == nil {
		return
	}
	for _, s := range f.ast.Imports {
		if pkg, err := strconv.Unquote(s.Path.Value); err == nil && !yield(pkg, f.line(s.Pos())) {
			return
		}
	}
}

// Directions bind the code; where one place alone may import a package, tests are bound as well.
func imports(t *tree) (out []string) {
	for _, f := range t.files {
		for pkg, line := range f.imports {
			for _, why := range []string{alone(f, pkg), direction(f, pkg)} {
				if why != "" {
					out = append(out, f.say(line, "%s imports %s: %s", f.dir, pkg, why))
				}
			}
		}
	}
	return append(out, t.charming("sim/simtest", map[string]bool{})...)
}

func alone(f *file, pkg string) string {
	dir, _ := local(pkg)
	switch {
	case within(pkg, charm+"bubbletea") && f.dir != "ui/play", within(pkg, charm+"bubbles") && f.dir != "ui/play":
		return "only ui/play may; give it a plain struct that renders"
	case pkg == chance && f.path != "sim/rand.go":
		return "only sim/rand.go may; draw through it"
	case within(dir, "sim/simtest") && !within(f.dir, "sim/simtest"):
		return "nothing may; it is for other people's go test; move what is needed into sim or ui/story"
	}
	return ""
}

func direction(f *file, pkg string) string {
	dir, ours := local(pkg)
	switch {
	case f.test():
		return ""
	case f.dir == "ui/noquery" && !standard(pkg) && pkg != charm+"lipgloss":
		return "only lipgloss may be imported there, or it is initialised too late to cure the stall"
	case within(f.dir, "broker") && !standard(pkg) && !within(dir, "broker"):
		return "broker is a leaf and needs only the standard library; hand the rest in as data"
	case within(f.dir, "sim/simtest"), within(dir, "sim/simtest"):
		return ""
	case f.dir == "sim" && within(dir, "sim/check"):
		return "the world does not know who searches it; move what is needed into sim"
	case ours && rank(dir) > rank(f.dir):
		return "imports point one way, main.go -> ui -> scenarios -> consumers -> sim -> broker; move what is needed to the right, or hand it in as an argument"
	}
	return ""
}

// charming follows the imports of a package through this module to Bubble Tea and Lip Gloss.
func (t *tree) charming(dir string, seen map[string]bool) (out []string) {
	seen[dir] = true
	for _, f := range t.code() {
		if f.dir != dir {
			continue
		}
		for pkg, line := range f.imports {
			if next, ours := local(pkg); ours && !seen[next] {
				out = append(out, t.charming(next, seen)...)
			}
			if within(pkg, charm+"bubbletea") || within(pkg, charm+"lipgloss") || within(pkg, charm+"bubbles") {
				out = append(out, f.say(line, "sim/simtest reaches %s through %s: other people's tests must not get a terminal with it; import a package of pure functions instead", pkg, dir))
			}
		}
	}
	return out
}

// Purity.

func core(dir string) bool {
	return within(dir, "broker") || within(dir, "consumers") ||
		within(dir, "sim") && !within(dir, "sim/check") && !within(dir, "sim/simtest")
}

const (
	noTime  = "the core knows no time; take it from the timeline, which owns it"
	noOrder = "a map has no order; use slices.Sorted(maps.Keys(m)), or say on the line // order does not matter: why"
)

// banned are packages (and those below them) and functions that the core may not use.
var banned = map[string]string{
	"math/rand": "the core takes no chances; draw by seed in sim/rand.go", "crypto/rand": "the core takes no chances; draw by seed in sim/rand.go",
	"hash/maphash": "its seed differs in every run; use FNV-1a as sim/rand.go does",
	"os":           "the core reads and writes nothing; hand the data in", "net": "the core reads and writes nothing; hand the data in",
	"syscall": "the core reads and writes nothing; hand the data in",
	"sync":    "the core is one goroutine; who runs it in parallel gives each a world of its own",

	"time.Now": noTime, "time.Since": noTime, "time.Until": noTime, "time.Sleep": noTime, "time.After": noTime,
	"time.AfterFunc": noTime, "time.Tick": noTime, "time.NewTimer": noTime, "time.NewTicker": noTime,
	"maps.Keys": noOrder, "maps.Values": noOrder, "maps.All": noOrder, "maps.DeleteFunc": noOrder,
}

func purity(t *tree) (out []string) {
	for _, f := range t.code() {
		if core(f.dir) {
			out = append(out, impurities(f, t.check(f.dir).info)...)
		}
	}
	return append(out, t.missing...)
}

var careless = regexp.MustCompile(`^// order does not matter: \S`)

func impurities(f *file, info *types.Info) (out []string) {
	fine := ordered(f, info)
	excused := map[int]bool{}
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			excused[f.line(c.Pos())] = careless.MatchString(c.Text)
		}
	}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		what, why := "", ""
		switch n := n.(type) {
		case *ast.ImportSpec:
			pkg, _ := strconv.Unquote(n.Path.Value)
			what = "imports " + pkg
			for name, reason := range banned {
				if within(pkg, name) {
					why = reason
				}
			}
			if _, ours := local(pkg); !ours && !standard(pkg) && pkg != chance {
				why = "nobody here can say that it is pure; the core needs only the standard library"
			}
		case *ast.GoStmt:
			what, why = "starts a goroutine", "the core is one goroutine; return, and let the caller go on"
		case *ast.SelectStmt, *ast.ChanType:
			what, why = "uses a channel", "the core is one goroutine; use a slice as a queue"
		case *ast.Ident:
			what, why = "uses "+object(info, n), banned[object(info, n)]
			if why == noOrder && (fine[n] || excused[f.line(n.Pos())]) {
				why = ""
			}
		case *ast.RangeStmt:
			what, why = ranged(info.TypeOf(n.X))
			if fine[n] || excused[f.line(n.Pos())] {
				why = ""
			}
		}
		if why != "" {
			out = append(out, f.say(f.line(n.Pos()), "%s: %s", what, why))
		}
		return true
	})
	return out
}

// ranged says what is wrong with ranging over a type.
func ranged(t types.Type) (what, why string) {
	if t == nil || t == types.Typ[types.Invalid] {
		return "ranges over something of unknown type", "it may be a map; make the package compile"
	}
	switch u := t.Underlying().(type) {
	case *types.Map:
		return "ranges over a map", noOrder
	case *types.Interface: // the constraint of a type parameter
		for e := range u.EmbeddedTypes() {
			if what, why = ranged(e); why != "" {
				return what, why
			}
		}
	case *types.Union:
		for term := range u.Terms() {
			if what, why = ranged(term.Type()); why != "" {
				return what, why
			}
		}
	}
	return "", ""
}

// ordered finds the map iterations whose order cannot be seen: those handed straight to
// slices.Sorted, and loops that only collect keys into a slice which is sorted next.
func ordered(f *file, info *types.Info) map[ast.Node]bool {
	fine := map[ast.Node]bool{}
	ast.Inspect(f.ast, func(n ast.Node) bool {
		var list []ast.Stmt
		switch n := n.(type) {
		case *ast.BlockStmt:
			list = n.List
		case *ast.CaseClause:
			list = n.Body
		case *ast.CallExpr:
			if strings.HasPrefix(object(info, callee(n)), "slices.Sorted") {
				if seq, ok := n.Args[0].(*ast.CallExpr); ok {
					fine[callee(seq)] = true
				}
			}
		}
		for i := range max(len(list)-1, 0) {
			loop, ok := list[i].(*ast.RangeStmt)
			if next, call := list[i+1].(*ast.ExprStmt); ok && call {
				fine[loop] = collects(loop) != "" && collects(loop) == sorts(info, next.X)
			}
		}
		return true
	})
	return fine
}

// collects returns the slice into which a loop does nothing but append its keys.
func collects(loop *ast.RangeStmt) string {
	if len(loop.Body.List) != 1 || loop.Key == nil {
		return ""
	}
	set, ok := loop.Body.List[0].(*ast.AssignStmt)
	if !ok || len(set.Lhs) != 1 {
		return ""
	}
	to := types.ExprString(set.Lhs[0])
	if types.ExprString(set.Rhs[0]) != fmt.Sprintf("append(%s, %s)", to, types.ExprString(loop.Key)) {
		return ""
	}
	return to
}

// sorts returns what a call sorts.
func sorts(info *types.Info, x ast.Expr) string {
	call, ok := x.(*ast.CallExpr)
	if ok && slices.Contains([]string{"slices.Sort", "slices.SortFunc", "sort.Strings", "sort.Ints"}, object(info, callee(call))) {
		return types.ExprString(call.Args[0])
	}
	return ""
}

func callee(call *ast.CallExpr) *ast.Ident {
	fun := ast.Unparen(call.Fun)
	if at, ok := fun.(*ast.IndexExpr); ok { // an instantiation
		fun = at.X
	}
	switch fun := fun.(type) {
	case *ast.SelectorExpr:
		return fun.Sel
	case *ast.Ident:
		return fun
	}
	return nil
}

// object names what an identifier stands for at the top of a package, whatever the import is called.
func object(info *types.Info, id *ast.Ident) string {
	if o := info.Uses[id]; o != nil && o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
		return o.Pkg().Path() + "." + o.Name()
	}
	return ""
}

var library = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// check finds the types of a package of this module. What is wrong in it is the compiler's to
// say; a type that stays unknown counts as a map where it is ranged over.
func (t *tree) check(dir string) *checked {
	if t.checked[dir] == nil {
		var files []*ast.File
		for _, f := range t.code() {
			if f.dir == dir {
				files = append(files, f.ast)
			}
		}
		c := &checked{info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}}
		conf := types.Config{Importer: t, Error: func(error) {}}
		c.pkg, _ = conf.Check(path.Join(module, dir), t.fset, files, c.info)
		t.checked[dir] = c
	}
	return t.checked[dir]
}

// Import finds the package of a path for the type checker; other people's stay unknown.
func (t *tree) Import(pkg string) (*types.Package, error) {
	if dir, ours := local(pkg); ours {
		return t.check(dir).pkg, nil
	}
	if !standard(pkg) {
		return nil, fmt.Errorf("%s is not looked into", pkg)
	}
	p, err := library().Import(pkg)
	if err != nil {
		t.missing = append(t.missing, fmt.Sprintf("cannot load %s: %v: is the source of Go installed?", pkg, err))
	}
	return p, err
}

// Handlers.

const maxHandlerLines, maxHandlerColumns = 12, 52

func handlers(t *tree) (out []string) {
	for _, f := range t.code() {
		if f.dir != "consumers" || f.path == "consumers/consumers.go" {
			continue
		}
		found := 0
		for _, d := range f.ast.Decls {
			d, ok := d.(*ast.GenDecl)
			if !ok || d.Tok != token.VAR {
				continue
			}
			for _, s := range d.Specs {
				s := s.(*ast.ValueSpec)
				for i, v := range s.Values {
					call, ok := v.(*ast.CallExpr)
					if !ok || types.ExprString(call.Fun) != "register" {
						continue
					}
					found++
					if name := s.Names[i].Name; !strings.HasPrefix(cmp.Or(s.Doc.Text(), d.Doc.Text()), name+" ") {
						out = append(out, f.say(f.line(s.Pos()), "the comment on %s must begin with its name: say first what %s does", name, name))
					}
					out = append(out, handler(f, call)...)
				}
			}
		}
		if found != 1 {
			out = append(out, f.say(1, "registers %d consumers: one file, one consumer", found))
		}
	}
	return out
}

// handler measures the body of a handler as a screen shows it: its lines
// between the braces without their common indentation, a tab as four columns.
func handler(f *file, call *ast.CallExpr) (out []string) {
	var body *ast.BlockStmt
	ast.Inspect(call, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok && types.ExprString(kv.Key) == "Handle" {
			if lit, ok := kv.Value.(*ast.FuncLit); ok {
				body = lit.Body
			}
		}
		return true
	})
	if body == nil {
		return []string{f.say(f.line(call.Pos()), "Handle is not a func literal: write the handler here, where the screen finds it")}
	}
	lines := strings.Split(f.src[f.fset.Position(body.Lbrace).Offset+1:f.fset.Position(body.Rbrace).Offset], "\n")
	first := f.line(body.Lbrace)
	if len(lines) > 1 {
		lines, first = lines[1:len(lines)-1], first+1
	}
	if len(lines) > maxHandlerLines {
		out = append(out, f.say(first, "the handler has %d lines: a screen shows %d; drop a step, or make it a consumer of its own", len(lines), maxHandlerLines))
	}
	indent := 1 << 10
	for _, l := range lines {
		if strings.TrimSpace(l) != "" {
			indent = min(indent, len(l)-len(strings.TrimLeft(l, "\t ")))
		}
	}
	for i, l := range lines {
		l = strings.ReplaceAll(l[min(indent, len(l)):], "\t", "    ")
		if n := len([]rune(l)); n > maxHandlerColumns {
			out = append(out, f.say(first+i, "the handler's line has %d columns: a screen shows %d; break it, or shorten a name or comment", n, maxHandlerColumns))
		}
	}
	return out
}
