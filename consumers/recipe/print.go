package recipe

import (
	"fmt"
	"go/format"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// printer writes the body of a handler, line by line, and notes which block each is from.
type printer struct {
	Recipe
	at     int // the block
	lines  []string
	of     []int
	names  []string    // variables that are declared
	consts [2][]string // names, and lengths of time
	needs  []string    // packages
}

func (g *printer) line(format string, args ...any) {
	for text := range strings.SplitSeq(fmt.Sprintf(format, args...), "\n") {
		g.lines, g.of = append(g.lines, text), append(g.of, g.at)
	}
}

// uses notes a package that is imported.
func (g *printer) uses(pkg string) {
	if !slices.Contains(g.needs, pkg) {
		g.needs = append(g.needs, pkg)
	}
}

// set writes variables, and declares them where one is new.
func (g *printer) set(names, value string) {
	sign := "="
	for name := range strings.SplitSeq(names, ", ") {
		if name != "_" && !slices.Contains(g.names, name) {
			g.names, sign = append(g.names, name), ":="
		}
	}
	g.line("%s %s %s", names, sign, value)
}

// Lines are the body of the handler as Go, and for each line the block that it is from, or
// -1 for constants at the top and the return at the end.
func (r Recipe) Lines() (lines []string, of []int) {
	g := r.print(false)
	return g.lines, g.of
}

// RelayLines are the body of the relay, if there is one.
func (r Recipe) RelayLines() []string {
	if _, ok := r.relay(); !ok {
		return nil
	}
	return r.print(true).lines
}

func (r Recipe) print(relay bool) *printer {
	g := &printer{Recipe: r}
	if relay {
		b, _ := r.relay()
		g.at = len(r.Blocks)
		g.returns(g.effect(&b))
		return g
	}
	for i := range r.Blocks {
		g.at = i
		rows[r.Blocks[i].Do].print(g, &r.Blocks[i])
	}
	if len(g.consts[0]) > 0 {
		line := fmt.Sprintf("const %s = %s", strings.Join(g.consts[0], ", "), strings.Join(g.consts[1], ", "))
		g.lines, g.of = slices.Insert(g.lines, 0, line), slices.Insert(g.of, 0, -1)
	}
	if g.at = -1; len(g.lines) == 0 || !strings.HasPrefix(g.lines[len(g.lines)-1], "return") {
		g.line("return nil")
	}
	return g
}

// Go prints the recipe as a file of package consumers that does the same. The recipe must
// pass [Recipe.Check].
func (r Recipe) Go() string {
	g := r.print(false)
	_, relays := r.relay()
	body := indented(g.lines)
	relay := ""
	if relays {
		rel := r.print(true)
		for _, pkg := range rel.needs {
			g.uses(pkg)
		}
		relay = "\tRelay: func(p *sim.Proc, m broker.Message) error {\n" + indented(rel.lines) + "\t},\n"
	}
	slices.Sort(g.needs)
	var b strings.Builder
	b.WriteString("package consumers\n\nimport (\n")
	for _, pkg := range g.needs {
		fmt.Fprintf(&b, "\t%q\n", pkg)
	}
	if len(g.needs) > 0 {
		b.WriteString("\n")
	}
	name := exported(r.name())
	fmt.Fprintf(&b, "\t\"dejavu/broker\"\n\t\"dejavu/sim\"\n)\n\n// %s does this, line by line:\n//\n", name)
	for _, block := range r.Blocks {
		fmt.Fprintf(&b, "//\t%s\n", block)
	}
	fmt.Fprintf(&b, "var %s = register(sim.Consumer{\n\tName: %q,\n\tClause: %q,\n\tIdentity: sim.%s,\n", name, r.name(), r.clause(),
		[...]string{"NoIdentity", "MessageID", "BusinessKey", "Fingerprint", "Sequence", "ReceiverKey"}[r.identity()])
	fmt.Fprintf(&b, "\tHandle: func(p *sim.Proc, m broker.Message) error {\n%s\t},\n%s})\n", body, relay)
	text, err := format.Source([]byte(b.String()))
	if err != nil {
		panic("recipe: it prints what is no Go: " + err.Error() + "\n" + b.String())
	}
	return string(text)
}

func indented(lines []string) string { return "\t\t" + strings.Join(lines, "\n\t\t") + "\n" }

// exported is a name of the catalogue as a Go variable: mark-first is MarkFirst.
func exported(name string) string {
	var b strings.Builder
	up := true
	for _, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			up = true
			continue
		case b.Len() == 0 && !unicode.IsUpper(unicode.ToUpper(r)):
			b.WriteString("Recipe")
		}
		if up {
			r = unicode.ToUpper(r)
		}
		b.WriteRune(r)
		up = false
	}
	if b.Len() == 0 {
		return "Recipe"
	}
	return b.String()
}

// key is the expression for what a block knows the message by, written down before it.
func (g *printer) key(by ID) string {
	switch by {
	case MessageID:
		return "m.ID"
	case BusinessKey:
		return "m.Key"
	}
	name, value := "fresh", "p.NewID()"
	switch by {
	case BodyHash:
		g.uses("crypto/sha256")
		g.uses("fmt")
		if !slices.Contains(g.names, "hash") {
			g.set("sum", "sha256.Sum256([]byte(m.Body))")
		}
		name, value = "hash", `fmt.Sprintf("%x", sum[:8])`
	case Sequence:
		g.uses("strconv")
		name, value = "number", `m.Group + "/" + strconv.Itoa(m.Seq)`
	}
	if !slices.Contains(g.names, name) {
		g.set(name, value)
	}
	return name
}

// length writes a length of time as people do in Go: 20 * time.Second.
func (g *printer) length(d time.Duration) string {
	if d == 0 {
		return "0"
	}
	g.uses("time")
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{time.Hour, "time.Hour"}, {time.Minute, "time.Minute"}, {time.Second, "time.Second"}, {time.Millisecond, "time.Millisecond"}, {time.Microsecond, "time.Microsecond"}} {
		switch n := d / u.unit; {
		case d%u.unit != 0:
		case n == 1:
			return u.name
		default:
			return strconv.Itoa(int(n)) + "*" + u.name
		}
	}
	return strconv.FormatInt(int64(d), 10)
}

// constant is a length by a name, so that the line that it is for stays short. Constants
// stand in one line at the top.
func (g *printer) constant(name string, d time.Duration) string {
	length := g.length(d)
	if i := slices.Index(g.consts[0], name); i < 0 {
		g.consts[0], g.consts[1] = append(g.consts[0], name), append(g.consts[1], length)
	} else if g.consts[1][i] != length {
		return length
	}
	return name
}

// taken is how the handler returns if a block finds something.
func taken(b *Block) string {
	if b.Taken == Nack {
		return "return errBusy"
	}
	return "return nil"
}

func rowsOf(b *Block) string {
	if b.inTx() {
		return "tx"
	}
	return "p.DB"
}

// returns ends the handler by what may be an error, if nothing is to follow, or only if it
// is one.
func (g *printer) returns(err string) {
	if g.at+1 >= len(g.Blocks) {
		g.line("return %s", err)
		return
	}
	g.line("if err := %s; err != nil {\n\treturn err\n}", err)
}

func printAck(g *printer, _ *Block)    { g.returns("p.Ack()") }
func printCommit(g *printer, _ *Block) { g.returns("tx.Commit()") }

func printAsk(g *printer, _ *Block) {
	g.line("if has, err := p.Lookup(m); err != nil || has {\n\treturn err\n}")
}

func printBegin(g *printer, _ *Block) {
	again := slices.Contains(g.names, "tx")
	if g.set("tx", "p.DB.Begin()"); !again {
		g.line("defer tx.Rollback()")
	}
}

func printToken(g *printer, b *Block) {
	add := fmt.Sprintf("p.DB.Add(\"tokens\", %s, 1)", g.key(b.By))
	leased := func(b Block) bool { return b.Do == Lease }
	if g.owns() && slices.ContainsFunc(g.Blocks[g.at:], leased) || slices.ContainsFunc(g.Blocks, func(b Block) bool { return b.How == WithToken }) {
		g.set("token", add)
	} else {
		g.line("%s", add)
	}
}

func printLook(g *printer, b *Block) {
	if b.By != Sequence {
		g.key(b.By) // an ID is made before
	}
	from, names := len(g.lines), len(g.names)
	if b.Redelivered {
		g.line("if p.Redelivered() {")
	}
	switch {
	case b.In == Memory:
		g.line("if p.Memory.Has(%s) {\n\t%s\n}", g.key(b.By), taken(b))
	case b.In == Cache:
		g.lookInCache(b)
	case b.By == Sequence:
		g.above(b)
	case b.Redelivered: // or it is too long for a screen
		g.set("_, seen", fmt.Sprintf("%s.Get(%q, %s)", rowsOf(b), g.table(), g.key(b.By)))
		g.line("if seen {\n\t%s\n}", taken(b))
	default:
		g.line("if _, seen := %s.Get(%q, %s); seen {\n\t%s\n}", rowsOf(b), g.table(), g.key(b.By), taken(b))
	}
	if b.Redelivered {
		for i := from + 1; i < len(g.lines); i++ {
			g.lines[i] = "\t" + g.lines[i]
		}
		g.line("}")
		g.names = g.names[:names]
	}
}

func (g *printer) lookInCache(b *Block) {
	is, found, err := "_", "seen", "err"
	if g.leases() {
		is, found = "state", `state == "done"`
	}
	if b.Down == GoOn {
		err = "_"
	}
	g.set(is+", seen, "+err, fmt.Sprintf("p.Cache.Get(%s)", g.key(b.By)))
	switch b.Down {
	case GoOn:
		g.line("if %s {\n\treturn nil\n}", found)
	case Drop:
		g.line("if err != nil || %s {\n\treturn nil\n}", found)
	default:
		g.line("if err != nil || %s {\n\treturn err\n}", found)
	}
	if g.leases() {
		g.line("if seen {\n\treturn errBusy\n}")
	}
}

// above writes the comparison with the highest number.
func (g *printer) above(b *Block) {
	g.uses("strconv")
	g.set("top, _", fmt.Sprintf("%s.Get(\"marks\", m.Group)", rowsOf(b)))
	g.line("if seen, _ := strconv.Atoi(top); m.Seq <= seen {\n\t%s\n}", taken(b))
}

func (g *printer) raise(b *Block) {
	g.above(b)
	g.set("seq", "strconv.Itoa(m.Seq)")
	g.line("if !%s.CompareAndSet(\"marks\", m.Group, top, seq) {\n\treturn errBusy\n}", rowsOf(b))
}

func printMark(g *printer, b *Block) {
	switch {
	case b.In == Memory:
		g.line("if !p.Memory.AddWithin(%s, %d) {\n\t%s\n}", g.key(b.By), b.Most, taken(b))
	case b.In == Cache:
		g.markInCache(b)
	case b.By == Sequence:
		g.raise(b)
	case b.For > 0:
		keep := g.constant("keep", b.For)
		g.line("if !p.DB.InsertFor(%q, %s, %s) {\n\t%s\n}", g.table(), g.key(b.By), keep, taken(b))
	default:
		g.line("if !p.DB.PutIfAbsent(%q, %s, \"seen\") {\n\t%s\n}", g.table(), g.key(b.By), taken(b))
	}
}

func (g *printer) markInCache(b *Block) {
	err := "err"
	if b.Down == Drop && b.Taken == Usual {
		err = "_"
	}
	key, keep := g.key(b.By), g.constant("keep", b.For)
	g.set("ok, "+err, fmt.Sprintf("p.Cache.PutIfAbsent(%s, \"done\", %s)", key, keep))
	switch {
	case b.Down == GoOn:
		g.line("if err == nil && !ok {\n\t%s\n}", taken(b))
	case b.Down == Drop && b.Taken == Nack:
		g.line("if err != nil {\n\treturn nil\n}\nif !ok {\n\treturn errBusy\n}")
	case b.Down == Drop:
		g.line("if !ok {\n\treturn nil\n}")
	case b.Taken == Nack:
		g.uses("cmp")
		g.line("if !ok {\n\treturn cmp.Or(err, errBusy)\n}")
	default:
		g.line("if err != nil || !ok {\n\treturn err\n}")
	}
}

func printInsert(g *printer, b *Block) {
	switch {
	case b.By == Sequence:
		g.raise(b)
	case b.For > 0:
		keep := g.constant("keep", b.For)
		g.line("if !tx.InsertFor(%q, %s, %s) {\n\t%s\n}", g.table(), g.key(b.By), keep, taken(b))
	default:
		g.line("if !tx.Insert(%q, %s) {\n\t%s\n}", g.table(), g.key(b.By), taken(b))
	}
}

func printRecord(g *printer, b *Block) {
	switch {
	case b.In == Memory && b.Most > 0:
		g.line("p.Memory.AddWithin(%s, %d)", g.key(b.By), b.Most)
	case b.In == Memory:
		g.line("p.Memory.Add(%s)", g.key(b.By))
	case b.In == Cache:
		g.line("p.Cache.Set(%s, \"done\", %s)", g.key(b.By), g.length(b.For))
	case b.By == Sequence:
		g.uses("strconv")
		g.line("%s.Put(\"marks\", m.Group, strconv.Itoa(m.Seq))", rowsOf(b))
	case b.For > 0:
		g.line("%s.InsertFor(%q, %s, %s)", rowsOf(b), g.table(), g.key(b.By), g.length(b.For))
	default:
		g.line("%s.Put(%q, %s, \"done\")", rowsOf(b), g.table(), g.key(b.By))
	}
}

func printLease(g *printer, b *Block) {
	key, mine := g.key(b.By), `"busy"`
	if g.owns() {
		mine = "mine"
		if slices.Contains(g.names, "token") {
			g.uses("fmt")
			g.set("mine", `fmt.Sprint("busy ", token)`)
		} else {
			g.set("mine", "p.NewID()")
		}
	}
	ttl := g.constant("ttl", b.For)
	g.set("ok, err", fmt.Sprintf("p.Cache.PutIfAbsent(%s, %s, %s)", key, mine, ttl))
	if b.Taken == Nack {
		g.uses("cmp")
		g.line("if !ok {\n\treturn cmp.Or(err, errBusy)\n}")
		return
	}
	g.line("if err != nil {\n\treturn err\n}\nif !ok {")
	g.line("\tstate, _, err := p.Cache.Get(%s)\n\tif err == nil && state != \"done\" {\n\t\terr = errBusy\n\t}\n\treturn err\n}", key)
}

// effect is the expression that has the effect.
func (g *printer) effect(b *Block) string {
	switch b.How {
	case WithKey:
		return fmt.Sprintf("p.PerformOnce(m, %s)", g.key(b.By))
	case Unique:
		return fmt.Sprintf("p.PerformUnique(m, %s)", g.key(b.By))
	case WithToken:
		return "p.PerformFenced(m, token)"
	}
	return "p.Perform(m)"
}

func printPerform(g *printer, b *Block) {
	effect := g.effect(b)
	of, mine, ok := g.undo(g.at)
	if !ok {
		g.returns(effect)
		return
	}
	key := g.key(of.By)
	g.line("if err := %s; err != nil {", effect)
	g.at++ // it is the line of the next block
	switch {
	case of.In == Memory:
		g.line("\tp.Memory.Remove(%s)", key)
	case of.In == Table:
		g.line("\tp.DB.Delete(%q, %s)", g.table(), key)
	case mine:
		g.line("\tp.Cache.DeleteIf(%s, mine)", key)
	default:
		g.line("\tp.Cache.Delete(%s)", key)
	}
	g.at--
	g.line("\treturn err\n}")
}

func printDone(g *printer, b *Block) {
	of, _ := g.claim(g.at, Lease)
	key := g.key(of.By)
	switch {
	case b.Mine:
		g.set("_, err", fmt.Sprintf("p.Cache.SetIf(%s, mine, \"done\", %s)", key, g.constant("keep", b.For)))
		g.ends()
	case g.at+1 < len(g.Blocks):
		g.set("err", fmt.Sprintf("p.Cache.Set(%s, \"done\", %s)", key, g.length(b.For)))
		g.ends()
	default:
		g.line("return p.Cache.Set(%s, \"done\", %s)", key, g.length(b.For))
	}
}

// ends returns err, if nothing is to follow, or only if it is an error.
func (g *printer) ends() {
	if g.at+1 >= len(g.Blocks) {
		g.line("return err")
		return
	}
	g.line("if err != nil {\n\treturn err\n}")
}
