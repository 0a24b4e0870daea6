// Package main_test holds the house rules of this repository. A rule that no test
// holds is soon none, so each is a function of the parsed tree that says what
// breaks it, where, and the remedy. .ci/broken.txt breaks each rule on purpose, and so
// tests the rules.
package main_test

import (
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

func TestImportsPointOneWay(t *testing.T)                   { hold(t, imports) }
func TestTheCoreKnowsNoTimeChanceOrderOrWorld(t *testing.T) { hold(t, purity) }
func TestEveryConsumerFitsOnAScreen(t *testing.T)           { hold(t, handlers) }
func TestEveryFileAndFunctionIsShort(t *testing.T)          { hold(t, lengths) }
func TestNothingIsLeftForLater(t *testing.T)                { hold(t, leftovers) }
func TestEveryPackageSaysWhatItIs(t *testing.T)             { hold(t, packageComments) }
func TestEverythingExportedIsDocumented(t *testing.T)       { hold(t, exported) }
func TestNothingNamesAPathOfAMachine(t *testing.T)          { hold(t, machinePaths) }
func TestEveryGlyphIsOneCellWide(t *testing.T)              { hold(t, glyphs) }
func TestTheTopLevelHoldsOnlyWhatBelongsThere(t *testing.T) { hold(t, topLevel) }

// A rule says what breaks it in a tree.
type rule func(t *tree, say sayer)

type sayer func(f *file, line int, format string, args ...any)

func broken(r rule, t *tree) (violations []string) {
	r(t, func(f *file, line int, format string, args ...any) {
		violations = append(violations, fmt.Sprintf("%s:%d: ", f.path, line)+fmt.Sprintf(format, args...))
	})
	return violations
}

var repository = sync.OnceValues(func() (*tree, error) { return read(os.DirFS(".")) })

// hold fails for each violation, and if the tree lacks what must be there to be judged.
func hold(t *testing.T, r rule) {
	t.Helper()
	repo, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"broker", "sim", "consumers"} {
		if !slices.ContainsFunc(repo.code, func(f *file) bool { return f.dir == dir }) {
			t.Errorf("no Go file in %s, so nothing is held there: run this at the root of the repository", dir)
		}
	}
	for _, violation := range broken(r, repo) {
		t.Error(violation)
	}
}

// A tree is the text of a repository, with its Go files parsed.
type tree struct {
	fset    *token.FileSet
	texts   []*file // .go, .md and .yaml
	golang  []*file // those in Go
	code    []*file // those in Go that are no tests
	shown   []*file // code, and the texts that are embedded in it
	top     []*file // what is at the top level and not ignored by git
	known   map[string]*types.Package
	info    *types.Info // of the known
	missing []string
}

// A file has a path from the root, with slashes.
type file struct {
	path, dir, src string
	lines          []string
	test           bool
	ast            *ast.File
	fset           *token.FileSet
}

func (f *file) line(p token.Pos) int { return f.fset.Position(p).Line }

func read(root fs.FS) (*tree, error) {
	t := &tree{fset: token.NewFileSet(), known: map[string]*types.Package{}}
	t.info = &types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Uses: map[*ast.Ident]types.Object{}}
	ignore, _ := fs.ReadFile(root, ".gitignore")
	return t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || name == "." {
			return err
		}
		f := &file{path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go") || strings.Contains(name, "testdata/"), fset: t.fset}
		ignored := func(pattern string) bool { ok, _ := path.Match(strings.Trim(pattern, "/"), name); return ok }
		if f.dir == "." && !slices.ContainsFunc(strings.Fields(string(ignore)), ignored) {
			t.top = append(t.top, f)
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") {
			return fs.SkipDir
		}
		if d.IsDir() || !slices.Contains([]string{".go", ".md", ".yaml", ".yml"}, path.Ext(name)) {
			return nil
		}
		src, err := fs.ReadFile(root, name)
		f.src, f.lines = string(src), strings.Split(string(src), "\n")
		t.texts = append(t.texts, f)
		if path.Ext(name) == ".go" && err == nil {
			f.ast, err = parser.ParseFile(t.fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
			t.golang = append(t.golang, f)
			if !f.test {
				t.code = append(t.code, f)
			}
		}
		if !f.test && (f.ast != nil || f.dir != ".") {
			t.shown = append(t.shown, f)
		}
		return err
	})
}

func in(name, root string) bool { return name == root || strings.HasPrefix(name, root+"/") }

const (
	module = "dejavu"
	charm  = "github.com/charmbracelet/"
	chance = "golang.org/x/exp/rand"
)

// wrong says what is wrong with an import. Directions bind the code; where one
// place alone may import a package, tests are bound as well.
func wrong(f *file, pkg string) (remedy string) {
	switch {
	case bubbly(pkg) && f.dir != "ui/play":
		return "only ui/play may; be a plain struct that renders"
	case pkg == chance && f.path != "sim/rand.go":
		return "only sim/rand.go may; draw through it"
	case in(pkg, module+"/sim/simtest") && !in(f.dir, "sim/simtest"):
		return "nothing may, it is for other people's go test; move what you need out of it"
	case f.test, in(f.dir, "sim/simtest"):
		return ""
	case f.dir == "ui/noquery" && !standard(pkg) && pkg != charm+"lipgloss":
		return "it may import only lipgloss, or it is initialised after Bubble Tea and too late"
	case in(f.dir, "broker") && !standard(pkg) && !in(pkg, module):
		return "broker needs only the standard library; hand the rest in as data"
	case f.dir == "sim" && in(pkg, module+"/sim/check"):
		return "the world does not know who searches it; move what you need into sim"
	case rank(pkg) > rank(module+"/"+f.dir):
		return "main.go -> ui -> scenarios -> consumers -> sim -> broker, never back; move what you need to the right, or hand it in"
	}
	return ""
}

func bubbly(pkg string) bool { return in(pkg, charm+"bubbletea") || in(pkg, charm+"bubbles") }

// rank orders the packages of this module by what they may import.
func rank(pkg string) int {
	if !in(pkg, module) {
		return -1
	}
	return slices.Index([]string{"broker", "sim", "consumers", "scenarios", "ui", "."}, strings.Split(pkg+"/.", "/")[1])
}

func standard(pkg string) bool {
	first, _, _ := strings.Cut(pkg, "/")
	return !strings.Contains(first, ".") && first != module
}

func imports(t *tree, say sayer) {
	for _, f := range t.golang {
		for _, s := range f.ast.Imports {
			pkg, _ := strconv.Unquote(s.Path.Value)
			if remedy := wrong(f, pkg); remedy != "" {
				say(f, f.line(s.Pos()), "%s imports %s: %s", f.dir, pkg, remedy)
			}
		}
	}
	plain(t, say, "sim/simtest", map[string]bool{})
}

// plain follows the imports of a package through this module, to Bubble Tea and Lip Gloss.
func plain(t *tree, say sayer, dir string, seen map[string]bool) {
	seen[dir] = true
	for _, f := range t.code {
		for _, s := range f.ast.Imports {
			pkg, _ := strconv.Unquote(s.Path.Value)
			if f.dir == dir && (bubbly(pkg) || in(pkg, charm+"lipgloss")) {
				say(f, f.line(s.Pos()), "sim/simtest reaches %s through %s: spare other people's tests a terminal; import only pure functions", pkg, dir)
			}
			if next, ours := strings.CutPrefix(pkg, module+"/"); f.dir == dir && ours && !seen[next] {
				plain(t, say, next, seen)
			}
		}
	}
}

func core(dir string) bool {
	return in(dir, "broker") || in(dir, "consumers") || in(dir, "sim") && !in(dir, "sim/check") && !in(dir, "sim/simtest")
}

const (
	noTime   = "the core knows no time; the timeline owns it"
	noChance = "the core takes no chances; draw by seed in sim/rand.go"
	noWorld  = "the core reads and writes nothing; hand the data in"
	noOthers = "the core is one goroutine; return, and let the caller go on"
	noOrder  = "a map has no order; use slices.Sorted(maps.Keys(m)), or say on the line // order does not matter: why"
)

// banned are packages (with those below them) and functions that the core may not use.
var banned = map[string]string{
	"math/rand": noChance, "crypto/rand": noChance, "hash/maphash": noChance, "sync": noOthers,
	"os": noWorld, "net": noWorld, "syscall": noWorld,
	"time.Now": noTime, "time.Since": noTime, "time.Until": noTime, "time.Sleep": noTime, "time.After": noTime,
	"time.AfterFunc": noTime, "time.Tick": noTime, "time.NewTimer": noTime, "time.NewTicker": noTime,
	"maps.Keys": noOrder, "maps.Values": noOrder, "maps.All": noOrder, "maps.DeleteFunc": noOrder,
}

// guard notices steps that a handler asks for in another goroutine, and so meets one.
const guard = "sim/goroutine.go"

func purity(t *tree, say sayer) {
	for _, f := range t.code {
		if !core(f.dir) {
			continue
		}
		t.check(f.dir)
		fine := harmless(f)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if n == nil {
				return true
			}
			what, remedy := impure(n, t.info)
			if f.path == guard && strings.HasSuffix(what, " sync/atomic") {
				return true
			}
			if at := f.fset.Position(n.Pos()); remedy != "" && !(remedy == noOrder && (fine[at.Offset] || fine[-at.Line])) {
				say(f, at.Line, "%s: %s", what, remedy)
			}
			return true
		})
	}
	for _, pkg := range t.missing {
		say(&file{path: pkg}, 0, "cannot be loaded: install Go with its source")
	}
}

// impure says what is wrong with a node of the core.
func impure(n ast.Node, info *types.Info) (what, remedy string) {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "starts a goroutine", noOthers
	case *ast.SelectStmt, *ast.ChanType:
		return "uses a channel", noOthers
	case *ast.ImportSpec:
		pkg, _ := strconv.Unquote(n.Path.Value)
		for name, why := range banned {
			if in(pkg, name) {
				remedy = why
			}
		}
		if !standard(pkg) && !in(pkg, module) && pkg != chance {
			remedy = "nobody here can say that it is pure; use the standard library"
		}
		return "imports " + pkg, remedy
	case *ast.Ident: // by what it stands for, whatever the import is called
		if o := info.Uses[n]; o != nil && o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
			name := o.Pkg().Path() + "." + o.Name()
			return "uses " + name, banned[name]
		}
	case *ast.RangeStmt:
		if x := info.TypeOf(n.X); x == nil || x == types.Typ[types.Invalid] || types.IsInterface(x) {
			return "ranges over what may be a map", noOrder // of unknown type, or a type parameter
		} else if _, is := x.Underlying().(*types.Map); is {
			return "ranges over a map", noOrder
		}
	}
	return "", ""
}

var (
	collected = regexp.MustCompile(`for (\w+) := range [^{\n]+{\n\s*(\S+) = append\((\S+), (\w+)\)\n\s*}\n\s*(?:slices\.Sort|slices\.SortFunc|sort\.Strings|sort\.Ints)\(([^,\s]+?)[,)]`)
	sorted    = regexp.MustCompile(`slices\.Sorted(?:Func|StableFunc)?\(maps\.(Keys|Values)\(`)
	careless  = regexp.MustCompile(`// order does not matter: \S`)
)

// harmless finds the map iterations whose order cannot be seen: the offsets of loops that only
// collect keys to be sorted next, of maps.Keys within slices.Sorted, and minus each line that says why.
func harmless(f *file) map[int]bool {
	at := map[int]bool{}
	for _, m := range collected.FindAllStringSubmatchIndex(f.src, -1) {
		text := func(i int) string { return f.src[m[2*i]:m[2*i+1]] }
		at[m[0]] = text(1) == text(4) && text(2) == text(3) && text(2) == text(5)
	}
	for _, m := range sorted.FindAllStringSubmatchIndex(f.src, -1) {
		at[m[2]] = true
	}
	for i, l := range f.lines {
		at[-i-1] = careless.MatchString(l)
	}
	return at
}

var library = sync.OnceValue(func() types.Importer { return importer.ForCompiler(token.NewFileSet(), "source", nil) })

// check finds the types in a package of this module. What is wrong with them, the compiler says.
func (t *tree) check(dir string) *types.Package {
	if t.known[dir] == nil {
		t.known[dir] = types.NewPackage(module+"/"+dir, path.Base(dir)) // in a cycle of imports, this is seen
		var files []*ast.File
		for _, f := range t.code {
			if f.dir == dir {
				files = append(files, f.ast)
			}
		}
		lax := types.Config{Importer: t, Error: func(error) {}}
		t.known[dir], _ = lax.Check(module+"/"+dir, t.fset, files, t.info)
	}
	return t.known[dir]
}

// Import finds a package for the type checker. Other people's stay unknown.
func (t *tree) Import(pkg string) (*types.Package, error) {
	if in(pkg, module) {
		return t.check(strings.TrimPrefix(pkg, module+"/")), nil
	}
	if !standard(pkg) {
		return nil, fmt.Errorf("%s is not looked into", pkg)
	}
	p, err := library().Import(pkg)
	if err != nil {
		t.missing = append(t.missing, pkg)
	}
	return p, err
}

var register = regexp.MustCompile(`^var \w+ = register\(`)

// The catalogue lists and embeds; every other file of consumers is one consumer.
func handlers(t *tree, say sayer) {
	for _, f := range t.code {
		if f.dir != "consumers" || f.path == "consumers/consumers.go" {
			continue
		}
		registered := 0
		for _, d := range f.ast.Decls {
			if !register.MatchString(f.src[f.fset.Position(d.Pos()).Offset:]) {
				continue
			}
			registered++
			v := d.(*ast.GenDecl)
			name := v.Specs[0].(*ast.ValueSpec).Names[0].Name
			if !strings.HasPrefix(v.Doc.Text(), name+" ") {
				say(f, f.line(v.Pos()), "the comment on %s does not begin with its name: say first what %s does", name, name)
			}
			if body := handler(v); body != nil {
				measure(f, body, say)
			} else {
				say(f, f.line(v.Pos()), "%s has no func literal as Handle: write the handler there, where the screen finds it", name)
			}
		}
		if registered != 1 {
			say(f, 1, "registers %d consumers: one file, one consumer, as var Name = register(...); what serves them all belongs in consumers.go", registered)
		}
	}
}

func handler(consumer ast.Node) (body *ast.BlockStmt) {
	ast.Inspect(consumer, func(n ast.Node) bool {
		if kv, ok := n.(*ast.KeyValueExpr); ok && types.ExprString(kv.Key) == "Handle" {
			if lit, ok := kv.Value.(*ast.FuncLit); ok {
				body = lit.Body
			}
		}
		return true
	})
	return body
}

// measure looks at a body as a screen shows it: the lines between its braces, without
// the indentation that they share, a tab as four columns. A small screen shows fewer
// lines, those around the step that was taken last.
func measure(f *file, body *ast.BlockStmt, say sayer) {
	const maxLines, maxColumns = 20, 52
	lines, first, indent := strings.Split(f.src[f.fset.Position(body.Lbrace).Offset+1:f.fset.Position(body.Rbrace).Offset], "\n"), f.line(body.Lbrace), 0
	if len(lines) > 1 {
		lines, first, indent = lines[1:len(lines)-1], first+1, f.fset.Position(body.Rbrace).Column
	}
	if len(lines) > maxLines {
		say(f, first, "the handler has %d lines, a whiteboard holds %d: drop a step, or make it a consumer of its own", len(lines), maxLines)
	}
	for i, l := range lines {
		if n := len([]rune(strings.ReplaceAll(l[min(indent, len(l)):], "\t", "    "))); n > maxColumns {
			say(f, first+i, "the handler has %d columns here, a screen shows %d: break the line, or shorten a name", n, maxColumns)
		}
	}
}

func lengths(t *tree, say sayer) {
	for _, f := range t.golang {
		most := map[bool]int{false: 350, true: 600}[f.test]
		if n := strings.Count(f.src, "\n"); n > most {
			say(f, 1, "the file has %d lines, more than %d: split by idea", n, most)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				if lines := f.line(n.End()) - f.line(n.Pos()) + 1; lines > 60 {
					say(f, f.line(n.Pos()), "the function has %d lines, more than 60: split by idea", lines)
				}
				return false
			}
			return true
		})
	}
}

var later = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b|(?i:not ` + `implemented)`)

func leftovers(t *tree, say sayer) {
	for _, f := range t.texts {
		for i, l := range f.lines {
			if word := later.FindString(l); word != "" {
				say(f, i+1, "says %q: do it now, or say in plain words what is missing and why", word)
			}
		}
	}
}

func packageComments(t *tree, say sayer) {
	first := map[string]*file{}
	for _, f := range t.code {
		name := "Package " + f.ast.Name.Name
		if name == "Package main" {
			name = "Command " + module
		}
		switch text := f.ast.Doc.Text(); {
		case text == "":
			continue
		case first[f.dir] != nil:
			say(f, f.line(f.ast.Package), "is the second package comment, after %s: join the two", first[f.dir].path)
		case !strings.HasPrefix(text, name):
			say(f, f.line(f.ast.Package), "the package comment does not begin with %q: say the idea in its first sentence", name)
		}
		first[f.dir] = f
	}
	for _, f := range t.code {
		if first[f.dir] == nil {
			say(f, f.line(f.ast.Package), "the package has no comment: say its idea in one sentence in one of its files")
			first[f.dir] = f
		}
	}
}

func exported(t *tree, say sayer) {
	for _, f := range t.code {
		need := func(comment string, names ...*ast.Ident) {
			for _, name := range names {
				if name.IsExported() && comment == "" {
					say(f, f.line(name.Pos()), "%s has no comment: say what it is for, beginning with its name", name.Name)
				}
			}
		}
		for _, d := range f.ast.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil || ast.IsExported(strings.TrimLeft(types.ExprString(d.Recv.List[0].Type), "*")) {
					need(d.Doc.Text(), d.Name)
				}
			case *ast.GenDecl: // what is said of a group is said of each
				for _, s := range d.Specs {
					switch s := s.(type) {
					case *ast.TypeSpec:
						need(d.Doc.Text()+s.Doc.Text(), s.Name)
					case *ast.ValueSpec:
						need(d.Doc.Text()+s.Doc.Text()+s.Comment.Text(), s.Names...)
					}
				}
			}
		}
	}
}

func machinePaths(t *tree, say sayer) {
	for _, f := range t.shown {
		for i, l := range f.lines {
			if root := regexp.MustCompile(`/(home|work|root|tmp)/`).FindString(l); root != "" {
				say(f, i+1, "names %s, a path of one machine: use a base name, or ask for the path", root)
			}
		}
	}
}

// cells are the glyphs beyond ASCII that every terminal draws one cell wide. The last
// is for microseconds, as time.Duration writes them.
const cells = "←→·–●○▸▹◂✓✗×=└─│╭╮╰╯┏┓┗┛┃━╌═┄┤┝┥█▀▄▁▂▃▄▅▆▇▌▐▮µ"

// Escapes such as \u and four digits are free: they are for reading what others wrote.
func glyphs(t *tree, say sayer) {
	for _, f := range t.shown {
		for i, l := range f.lines {
			for _, r := range l {
				if r > 127 && !strings.ContainsRune(cells, r) {
					say(f, i+1, "%q (%U) is not one cell wide on every terminal: use ASCII or a glyph of cells in tidy_test.go", r, r)
				}
			}
		}
	}
}

func topLevel(t *tree, say sayer) {
	belongs := strings.Fields("go.mod go.sum main.go sim broker consumers scenarios ui README.md LICENSE tidy_test.go")
	for _, f := range t.top {
		if !strings.HasPrefix(f.path, ".") && !slices.Contains(belongs, f.path) {
			say(f, 1, "does not belong at the top level: move it into one of the five directories or .ci")
		}
	}
}

// broken.txt breaks every rule beside what is allowed, and says what must be said of it.
func TestEveryRuleCanBeBroken(t *testing.T) {
	text, err := os.ReadFile(".ci/broken.txt")
	if err != nil {
		t.Fatal(err)
	}
	rules := map[string]rule{
		"imports": imports, "purity": purity, "handlers": handlers, "lengths": lengths, "leftovers": leftovers, "packageComments": packageComments,
		"exported": exported, "machinePaths": machinePaths, "glyphs": glyphs, "topLevel": topLevel,
	}
	for _, part := range strings.Split(string(text), "\n== ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		repo, want := bad(t, body)
		got := broken(rules[name], repo)
		slices.Sort(got)
		slices.Sort(want)
		if len(want) == 0 || !slices.Equal(got, want) {
			t.Errorf("%s says of its part of .ci/broken.txt\n\t%s\nand should say\n\t%s", name, strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		delete(rules, name)
	}
	for name := range rules {
		t.Errorf("nothing in .ci/broken.txt breaks the rule %s: give it a part, or nobody knows whether the rule holds anything", name)
	}
}

// bad reads a broken tree, and what a rule must say of it.
func bad(t *testing.T, text string) (repo *tree, want []string) {
	files := fstest.MapFS{}
	for _, part := range strings.Split("\n"+text, "\n-- ")[1:] {
		name, src, _ := strings.Cut(part, " -- ")
		lines := strings.Split(strings.ReplaceAll(src, "@", strings.Repeat("\n", 10)), "\n")
		for i, l := range lines {
			said := strings.Split(l, " //= ")
			lines[i] = said[0]
			for _, s := range said[1:] {
				want = append(want, fmt.Sprintf("%s:%d: %s", name, i+1, s))
			}
		}
		files[name] = &fstest.MapFile{Data: []byte(strings.Join(lines, "\n"))}
	}
	repo, err := read(files)
	if err != nil {
		t.Fatal(err)
	}
	return repo, want
}
