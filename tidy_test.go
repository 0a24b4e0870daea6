// Package main_test holds the house rules of this repository. A rule that no test
// holds is soon none, so each is a function of the parsed tree that says what
// breaks it, where, and the remedy. What a rule does not reach yet stands in
// .ci/ratchet.txt. .ci/broken.txt breaks each rule on purpose, and so tests the rules.
package main_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"go/types"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"dejavu/sim/testkit/source"
)

func TestImportsPointOneWay(t *testing.T)                   { hold(t, imports) }
func TestTheCoreKnowsNoTimeChanceOrderOrWorld(t *testing.T) { hold(t, purity) }
func TestEveryConsumerFitsOnAScreen(t *testing.T)           { hold(t, handlers) }
func TestEveryFileAndFunctionIsShort(t *testing.T)          { hold(t, lengths) }
func TestEveryFolderHoldsOneIdea(t *testing.T)              { hold(t, folders(20)) }
func TestEveryFunctionHasFewParameters(t *testing.T)        { hold(t, parameters) }
func TestEveryTypeNameStandsForOneThing(t *testing.T)       { hold(t, names) }
func TestEveryRatchetIsRead(t *testing.T)                   { hold(t, rows) }
func TestNobodyEditsASentence(t *testing.T)                 { hold(t, sentences) }
func TestNothingIsLeftForLater(t *testing.T)                { hold(t, leftovers) }
func TestEveryPackageSaysWhatItIs(t *testing.T)             { hold(t, packageComments) }
func TestEverythingExportedIsDocumented(t *testing.T)       { hold(t, exported) }
func TestNothingNamesAPathOfAMachine(t *testing.T)          { hold(t, machinePaths) }
func TestEveryGlyphIsOneCellWide(t *testing.T)              { hold(t, glyphs) }
func TestTheTopLevelHoldsOnlyWhatBelongsThere(t *testing.T) { hold(t, topLevel) }

// A rule says what breaks it in a tree.
type rule func(t *source.Tree, say sayer)

type sayer func(f *source.File, line int, format string, args ...any)

func broken(r rule, t *source.Tree) (violations []string) {
	r(t, func(f *source.File, line int, format string, args ...any) {
		violations = append(violations, fmt.Sprintf("%s:%d: ", f.Path, line)+fmt.Sprintf(format, args...))
	})
	return violations
}

var repository = sync.OnceValues(func() (*source.Tree, error) { return source.Read(os.DirFS(".")) })

// hold fails for each violation, and if the tree lacks what must be there to be judged.
func hold(t *testing.T, r rule) {
	t.Helper()
	repo, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"broker", "sim", "consumers"} {
		if !slices.ContainsFunc(repo.Code, func(f *source.File) bool { return f.Dir == dir }) {
			t.Errorf("no Go file in %s, so nothing is held there: run this at the root of the repository", dir)
		}
	}
	for _, violation := range broken(r, repo) {
		t.Error(violation)
	}
}

const (
	charm  = "github.com/charmbracelet/"
	chance = "golang.org/x/exp/rand"
)

// wrong says what is wrong with an import. Directions bind the code; where one
// place alone may import a package, tests are bound as well.
func wrong(f *source.File, pkg string) (remedy string) {
	switch {
	case bubbly(pkg) && f.Dir != "ui/term":
		return "only ui/term may; be a plain struct that renders"
	case pkg == chance && f.Path != "sim/fault/luck.go":
		return "only sim/fault/luck.go may; draw through it"
	case source.In(pkg, source.Module+"/sim/simtest") && !source.In(f.Dir, "sim/simtest"):
		return "nothing may, it is for other people's go test; move what you need out of it"
	case pkg == "flag" && f.Test:
		return "go test ./... hands a flag to every package; rewrite golden files by sim/testkit"
	case helps(pkg) && !f.Test && !helps(source.Module+"/"+f.Dir) && !source.In(f.Dir, "sim/simtest"):
		return "only tests may; move what you need out of it"
	case f.Test, source.In(f.Dir, "sim/simtest"):
		return ""
	case f.Dir == "ui/noquery" && !source.Standard(pkg) && pkg != charm+"lipgloss":
		return "it may import only lipgloss, or it is initialised after Bubble Tea and too late"
	case source.In(f.Dir, "broker") && !source.Standard(pkg) && !source.In(pkg, source.Module):
		return "broker needs only the standard library; hand the rest in as data"
	case f.Dir == "sim" && source.In(pkg, source.Module+"/sim/check"):
		return "the world does not know who searches it; move what you need into sim"
	case rank(pkg) > rank(source.Module+"/"+f.Dir):
		return "main.go -> ui -> scenarios -> consumers -> sim -> broker, never back; move what you need to the right, or hand it in"
	}
	return ""
}

// helps reports whether a package is there for tests alone.
func helps(pkg string) bool {
	return source.In(pkg, source.Module+"/sim/testkit") || pkg == source.Module+"/scenarios/scenariotest"
}

func bubbly(pkg string) bool {
	return source.In(pkg, charm+"bubbletea") || source.In(pkg, charm+"bubbles")
}

// rank orders the packages of this module by what they may import.
func rank(pkg string) int {
	if !source.In(pkg, source.Module) {
		return -1
	}
	return slices.Index([]string{"broker", "sim", "consumers", "scenarios", "ui", "."}, strings.Split(pkg+"/.", "/")[1])
}

func imports(t *source.Tree, say sayer) {
	for _, f := range t.Golang {
		for _, s := range f.AST.Imports {
			pkg, _ := strconv.Unquote(s.Path.Value)
			if remedy := wrong(f, pkg); remedy != "" {
				say(f, f.Line(s.Pos()), "%s imports %s: %s", f.Dir, pkg, remedy)
			}
		}
	}
	plain(t, say, "sim/simtest", map[string]bool{})
}

// plain follows the imports of a package through this module, to Bubble Tea and Lip Gloss.
func plain(t *source.Tree, say sayer, dir string, seen map[string]bool) {
	seen[dir] = true
	for _, f := range t.Code {
		for _, s := range f.AST.Imports {
			pkg, _ := strconv.Unquote(s.Path.Value)
			if f.Dir == dir && (bubbly(pkg) || source.In(pkg, charm+"lipgloss")) {
				say(f, f.Line(s.Pos()), "sim/simtest reaches %s through %s: spare other people's tests a terminal; import only pure functions", pkg, dir)
			}
			if next, ours := strings.CutPrefix(pkg, source.Module+"/"); f.Dir == dir && ours && !seen[next] {
				plain(t, say, next, seen)
			}
		}
	}
}

func core(dir string) bool {
	return source.In(dir, "broker") || source.In(dir, "consumers") || source.In(dir, "sim") && !source.In(dir, "sim/check") && !source.In(dir, "sim/simtest") && !source.In(dir, "sim/testkit")
}

const (
	noTime   = "the core knows no time; the timeline owns it"
	noChance = "the core takes no chances; draw by seed in sim/fault/luck.go"
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
const guard = "sim/program/guard.go"

func purity(t *source.Tree, say sayer) {
	for _, f := range t.Code {
		if !core(f.Dir) {
			continue
		}
		t.Check(f.Dir)
		fine := harmless(f)
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if n == nil {
				return true
			}
			what, remedy := impure(n, t.Info)
			if f.Path == guard && strings.HasSuffix(what, " sync/atomic") {
				return true
			}
			if at := f.Position(n.Pos()); remedy != "" && !(remedy == noOrder && (fine[at.Offset] || fine[-at.Line])) {
				say(f, at.Line, "%s: %s", what, remedy)
			}
			return true
		})
	}
	for _, pkg := range t.Missing {
		say(&source.File{Path: pkg}, 0, "cannot be loaded: install Go with its source")
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
			if source.In(pkg, name) {
				remedy = why
			}
		}
		if !source.Standard(pkg) && !source.In(pkg, source.Module) && pkg != chance {
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
func harmless(f *source.File) map[int]bool {
	at := map[int]bool{}
	for _, m := range collected.FindAllStringSubmatchIndex(f.Src, -1) {
		text := func(i int) string { return f.Src[m[2*i]:m[2*i+1]] }
		at[m[0]] = text(1) == text(4) && text(2) == text(3) && text(2) == text(5)
	}
	for _, m := range sorted.FindAllStringSubmatchIndex(f.Src, -1) {
		at[m[2]] = true
	}
	for i, l := range f.Lines {
		at[-i-1] = careless.MatchString(l)
	}
	return at
}

var register = regexp.MustCompile(`^var \w+ = register\(`)

// The catalogue lists and embeds; every other file of consumers is one consumer.
func handlers(t *source.Tree, say sayer) {
	for _, f := range t.Code {
		if f.Dir != "consumers" || f.Path == "consumers/consumers.go" {
			continue
		}
		registered := 0
		for _, d := range f.AST.Decls {
			if !register.MatchString(f.Src[f.Position(d.Pos()).Offset:]) {
				continue
			}
			registered++
			v := d.(*ast.GenDecl)
			name := v.Specs[0].(*ast.ValueSpec).Names[0].Name
			if !strings.HasPrefix(v.Doc.Text(), name+" ") {
				say(f, f.Line(v.Pos()), "the comment on %s does not begin with its name: say first what %s does", name, name)
			}
			if body := handler(v); body != nil {
				measure(f, body, say)
			} else {
				say(f, f.Line(v.Pos()), "%s has no func literal as Handle: write the handler there, where the screen finds it", name)
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
func measure(f *source.File, body *ast.BlockStmt, say sayer) {
	const maxLines, maxColumns = 20, 52
	lines, first, indent := strings.Split(f.Src[f.Position(body.Lbrace).Offset+1:f.Position(body.Rbrace).Offset], "\n"), f.Line(body.Lbrace), 0
	if len(lines) > 1 {
		lines, first, indent = lines[1:len(lines)-1], first+1, f.Position(body.Rbrace).Column
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

func lengths(t *source.Tree, say sayer) {
	for _, f := range t.Golang {
		if n := strings.Count(f.Src, "\n"); n > 600 {
			say(f, 1, "the file has %d lines, more than 600: split by idea", n)
		}
		ast.Inspect(f.AST, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.FuncDecl, *ast.FuncLit:
				if lines := f.Line(n.End()) - f.Line(n.Pos()) + 1; lines > 60 {
					say(f, f.Line(n.Pos()), "the function has %d lines, more than 60: split by idea", lines)
				}
				return false
			}
			return true
		})
	}
}

// A ratchet says how often a rule is broken today, by folder or by name. It may only go
// down: a number that is too high fails, and so does one that could be lower. At zero the
// row is deleted, and when no row is left the rule holds for good.
type ratchet map[string]allowance

type allowance struct{ number, line int }

// ratchets is the file that holds the numbers of each ratchet, one row a line.
const ratchets = ".ci/ratchet.txt"

// today reads the rows of a rule, such as "folders sim 54".
func today(t *source.Tree, rule string) ratchet {
	today := ratchet{}
	for _, row := range t.Rows(ratchets) {
		if row.Fields[0] == rule && len(row.Fields) == 3 {
			n, _ := strconv.Atoi(row.Fields[2])
			today[row.Fields[1]] = allowance{n, row.Line}
		}
	}
	return today
}

// rows holds that a rule reads each row of the ratchets, and reads it once.
func rows(t *source.Tree, say sayer) {
	seen := map[string]bool{}
	for _, row := range t.Rows(ratchets) {
		number, key := 0, strings.Join(row.Fields[:len(row.Fields)-1], " ")
		if len(row.Fields) == 3 && slices.Contains([]string{"folders", "parameters", "names"}, row.Fields[0]) {
			number, _ = strconv.Atoi(row.Fields[2])
		}
		if number < 1 || seen[key] {
			say(&source.File{Path: ratchets}, row.Line, "%q is not a row: write folders, parameters or names, then a folder or a name that has no row yet, then a number", strings.Join(row.Fields, " "))
		}
		seen[key] = true
	}
}

// breaches are the places that break a rule, by folder or by name.
type breaches map[string][]breach

type breach struct {
	f    *source.File
	line int
	name string
}

// compare says where more breaks a rule than the table allows, and where less does.
func (today ratchet) compare(say sayer, now breaches, what, remedy string) {
	for _, key := range slices.Sorted(maps.Keys(now)) {
		if all := now[key]; len(all) > today[key].number {
			list := make([]string, len(all))
			for i, b := range all {
				list[i] = b.name
			}
			last := all[len(all)-1]
			say(last.f, last.line, "%s: %d %s, and "+ratchets+" allows %d: %s (%s)", key, len(all), what, today[key].number, remedy, strings.Join(list, " "))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(today)) {
		if n := len(now[key]); n == 0 {
			say(&source.File{Path: ratchets}, today[key].line, "%s: no longer too many %s: delete its row", key, what)
		} else if n < today[key].number {
			say(&source.File{Path: ratchets}, today[key].line, "%s: %d %s, fewer than its row says: lower it from %d to %d", key, n, what, today[key].number, n)
		}
	}
}

// folders holds how many files that are no tests lie in a folder. A catalogue of one
// file each, as consumers is, may be longer.
func folders(most int) rule {
	return func(t *source.Tree, say sayer) {
		now := breaches{}
		for _, f := range t.Code {
			if f.Dir != "consumers" {
				now[f.Dir] = append(now[f.Dir], breach{f, 1, path.Base(f.Path)})
			}
		}
		maps.DeleteFunc(now, func(_ string, all []breach) bool { return len(all) <= most })
		today(t, "folders").compare(say, now, fmt.Sprintf("files in a folder of at most %d", most), "a package that needs more has two ideas in it: part them, or join slivers")
	}
}

func parameters(t *source.Tree, say sayer) {
	now := breaches{}
	for _, f := range t.Golang {
		for _, d := range f.AST.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Type.Params.NumFields() > 4 {
				now[f.Dir] = append(now[f.Dir], breach{f, f.Line(fn.Pos()), fn.Name.Name})
			}
		}
	}
	today(t, "parameters").compare(say, now, "functions of more than 4 parameters", "hand in a struct, or make two functions")
}

// theirs is imported by other people's tests, which know no broker.Message.
const theirs = "sim/simtest/handler.Message"

// names holds that an exported type has a name of its own in the whole program. An alias
// is the same thing. Where it has another name, the type goes by that: a room may say Kind,
// as Go does, whose kinds the program knows as FaultKind.
func names(t *source.Tree, say sayer) {
	now := breaches{}
	for _, f := range t.Code {
		for _, d := range f.AST.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.TYPE {
				for _, s := range g.Specs {
					if s := s.(*ast.TypeSpec); s.Name.IsExported() && !s.Assign.IsValid() && f.Dir+"."+s.Name.Name != theirs {
						name := t.Known(f.Dir, s.Name.Name)
						now[name] = append(now[name], breach{f, f.Line(s.Pos()), f.Dir})
					}
				}
			}
		}
	}
	maps.DeleteFunc(now, func(_ string, all []breach) bool { return len(all) == 1 })
	today(t, "names").compare(say, now, "types of that name", "one name, one thing in the whole program: rename")
}

// editing is what looks into a text or changes it. To fill in the words of a table
// (NewReplacer), to lay out (TrimRight, TrimSpace) and to put together is none of it.
var editing = regexp.MustCompile(`\bstrings\.(Contains|Count|Cut|HasPrefix|HasSuffix|Index|LastIndex|Replace|Split|TrimPrefix|TrimSuffix)[A-Z]?[a-z]*\b`)

// sentences holds, where sentences are made of parts, that what one is to say is asked of
// its parts: none is searched, cut or replaced once it is written.
func sentences(t *source.Tree, say sayer) {
	for _, f := range t.Code {
		for i, l := range f.Lines {
			if what := editing.FindString(l); what != "" && (f.Dir == "sim/tell" || f.Dir == "ui/story" || f.Dir == "ui/quiz") {
				say(f, i+1, "%s among clauses: ask the parts, or give the clause a part that says it", what)
			}
		}
	}
}

var later = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX|HA` + `CK)\b|(?i:not ` + `implemented)`)

func leftovers(t *source.Tree, say sayer) {
	for _, f := range t.Texts {
		for i, l := range f.Lines {
			if word := later.FindString(l); word != "" {
				say(f, i+1, "says %q: do it now, or say in plain words what is missing and why", word)
			}
		}
	}
}

func packageComments(t *source.Tree, say sayer) {
	first := map[string]*source.File{}
	for _, f := range t.Code {
		name := "Package " + f.AST.Name.Name
		if name == "Package main" {
			name = "Command " + source.Module
		}
		switch text := f.AST.Doc.Text(); {
		case text == "":
			continue
		case first[f.Dir] != nil:
			say(f, f.Line(f.AST.Package), "is the second package comment, after %s: join the two", first[f.Dir].Path)
		case !strings.HasPrefix(text, name):
			say(f, f.Line(f.AST.Package), "the package comment does not begin with %q: say the idea in its first sentence", name)
		}
		first[f.Dir] = f
	}
	for _, f := range t.Code {
		if first[f.Dir] == nil {
			say(f, f.Line(f.AST.Package), "the package has no comment: say its idea in one sentence in one of its files")
			first[f.Dir] = f
		}
	}
}

func exported(t *source.Tree, say sayer) {
	for _, f := range t.Code {
		need := func(comment string, names ...*ast.Ident) {
			for _, name := range names {
				if name.IsExported() && comment == "" {
					say(f, f.Line(name.Pos()), "%s has no comment: say what it is for, beginning with its name", name.Name)
				}
			}
		}
		for _, d := range f.AST.Decls {
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

func machinePaths(t *source.Tree, say sayer) {
	for _, f := range t.Shown {
		for i, l := range f.Lines {
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
func glyphs(t *source.Tree, say sayer) {
	for _, f := range t.Shown {
		for i, l := range f.Lines {
			for _, r := range l {
				if r > 127 && !strings.ContainsRune(cells, r) {
					say(f, i+1, "%q (%U) is not one cell wide on every terminal: use ASCII or a glyph of cells in tidy_test.go", r, r)
				}
			}
		}
	}
}

func topLevel(t *source.Tree, say sayer) {
	belongs := strings.Fields("go.mod go.sum main.go sim broker consumers scenarios ui README.md LICENSE tidy_test.go")
	for _, f := range t.Top {
		if !strings.HasPrefix(f.Path, ".") && !slices.Contains(belongs, f.Path) {
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
		"folders": folders(2), "parameters": parameters, "names": names, "rows": rows, "sentences": sentences,
	}
	for _, part := range strings.Split(string(text), "\n== ")[1:] {
		name, body, _ := strings.Cut(part, "\n")
		repo, want, err := source.Bad(body)
		if err != nil {
			t.Fatal(err)
		}
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
