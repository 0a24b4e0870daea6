package source

import (
	"fmt"
	"strings"
	"testing/fstest"
)

// Bad reads a broken tree as .ci/broken.txt writes it, and what a rule must say of it.
func Bad(text string) (repo *Tree, want []string, err error) {
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
	repo, err = Read(files)
	return repo, want, err
}
