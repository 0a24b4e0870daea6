package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

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
