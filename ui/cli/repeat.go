package cli

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"dejavu/scenarios"
	"dejavu/ui/whatif"

	"github.com/spf13/pflag"
)

// line is the command that shows a scenario as this ask would, changed by others
// and with other edits: only flags by which it differs from the file's own, and
// then those that say how to show it. Pasted, it gives the same again.
// It begins with how the program is started, and the verb.
func (a *ask) line(begin string, told *scenarios.Scenario, e whatif.Edits, how ...string) string {
	arg := a.arg
	if strings.HasPrefix(arg, "-") && arg != fromStdin {
		arg = "./" + arg // or it would be read as a flag
	}
	return command(begin, slices.Concat([]string{arg}, a.differing(told, e), how)...)
}

// sceneFlag is one of the flags that make another scenario of the one in a file.
type sceneFlag struct {
	name string
	set  func(*ask, *sceneFlags) error
	// foreign is what of a run is then not the file's own; "" is nothing that a lane
	// could tell.
	foreign string
}

// sceneRows are those flags, in the order in which they are set and written.
func sceneRows() []sceneFlag {
	return []sceneFlag{
		{"consumers", (*ask).setConsumers, ""},
		{"business", (*ask).setBusiness, "business"},
		{"profile", (*ask).setProfile, "queue"},
		{"rates", (*ask).setRates, "rates"},
		{"with", (*ask).addFaults, ""},
		{"without", (*ask).removeFaults, ""},
		{"max-events", (*ask).setBudget, ""},
		{"seed", (*ask).setSeed, "seed"},
	}
}

// differing are the flags that make the file's own scenario the one told.
func (a *ask) differing(told *scenarios.Scenario, e whatif.Edits) []string {
	var all []string
	for _, c := range whatif.Decisions(a.own, told, e) {
		all = append(all, "--"+c.Name, c.Value)
	}
	return all
}

// typed writes the flags of a command again that were typed, in the order of its help.
// Others stand for what was typed of a flag; "" leaves it out.
func typed(flags *pflag.FlagSet, others map[string]string) []string {
	var all []string
	flags.VisitAll(func(flag *pflag.Flag) {
		value, other := others[flag.Name]
		if !other && flag.Changed {
			value = flag.Value.String()
		}
		switch {
		case value == "" || value == "false" && flag.Value.Type() == "bool":
		case flag.Value.Type() == "bool":
			all = append(all, "--"+flag.Name)
		default:
			all = append(all, "--"+flag.Name, value)
		}
	})
	return all
}

// foreign lists what of a run is not the file's own, so that what the file
// expects need not come out. Who is watched makes no difference to a lane.
func (a *ask) foreign() []string {
	var what []string
	changes := whatif.Decisions(a.own, a.base, a.edits)
	for _, row := range sceneRows() {
		if row.foreign != "" && slices.ContainsFunc(changes, func(c whatif.Decision) bool { return c.Name == row.name }) {
			what = append(what, row.foreign)
		}
	}
	if !slices.Equal(a.told.Faults, a.own.Faults) || len(a.told.Spared) > 0 {
		what = append(what, "faults")
	}
	return what
}

// quote writes a word so that a shell reads back just that. Words without
// anything special stay as they are, because they are read by people, too.
func quote(word string) string {
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./,:=%+@", r)
	}
	switch {
	case word == "":
		return "''"
	case strings.ContainsFunc(word, control):
		return quoteControls(word)
	case word[0] != '=' && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0:
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// quoteControls writes a word with control characters for bash, zsh and ksh.
// Printed raw, such a name of a file could do to the terminal what it likes.
func quoteControls(word string) string {
	var b strings.Builder
	b.WriteString("$'")
	for _, c := range []byte(word) {
		switch {
		case c == '\'' || c == '\\':
			b.WriteString(`\` + string(rune(c)))
		case c < ' ' || c > '~':
			fmt.Fprintf(&b, `\%03o`, c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String() + "'"
}

// control reports whether a character is not printed but obeyed: by a terminal, or by
// whatever orders the characters of a line.
func control(r rune) bool {
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029'
}

// harmless writes text so that a terminal only shows it.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if control(r) && r != '\n' && r != '\t' {
			return '?'
		}
		return r
	}, text)
}

// invocation is how this program was started: what printed commands begin with,
// so that they work when pasted.
func invocation() string {
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	if builtByRun(self) {
		return "go run " + moduleRoot()
	}
	typed := os.Args[0]
	base := filepath.Base(typed)
	if found, err := exec.LookPath(base); err == nil && (base == typed || same(found, self)) {
		return quote(strings.TrimSuffix(base, ".exe"))
	}
	return quote(typed)
}

// cached matches the folder of a program that go run keeps in the build cache.
var cached = regexp.MustCompile(`^[0-9a-f]{64}-d$`)

// builtByRun reports whether an executable is one that go run built and started.
func builtByRun(executable string) bool {
	for _, folder := range strings.Split(filepath.ToSlash(filepath.Dir(executable)), "/") {
		if strings.HasPrefix(folder, "go-build") || cached.MatchString(folder) {
			return true
		}
	}
	return false
}

// moduleRoot is where the module lies, seen from here: go run takes a folder.
func moduleRoot() string {
	up := "."
	for range 8 {
		if _, err := os.Stat(filepath.Join(up, "go.mod")); err == nil {
			return filepath.ToSlash(up)
		}
		up = filepath.Join("..", up)
	}
	return "."
}

func same(a, b string) bool {
	infos := make([]os.FileInfo, 0, 2)
	for _, path := range []string{a, b} {
		if info, err := os.Stat(path); err == nil {
			infos = append(infos, info)
		}
	}
	return len(infos) == 2 && os.SameFile(infos[0], infos[1])
}

// command joins the words of a command line, each quoted where a shell needs it.
func command(start string, words ...string) string {
	quoted := slices.Clone(words)
	for i := range quoted {
		quoted[i] = quote(quoted[i])
	}
	return strings.Join(append([]string{start}, quoted...), " ")
}
