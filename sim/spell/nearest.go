// Package spell finds the word that somebody probably meant.
package spell

import (
	"slices"
	"strings"
)

// Nearest returns the word that was probably meant, if there is one. A third of its
// letters may be wrong, swapped, missing or extra, or the text may be the beginning of
// the word. Case does not matter, nor "_" instead of "-".
func Nearest(word string, of []string) (string, bool) {
	const longest = 64
	plain := func(s string) []rune { return []rune(strings.ReplaceAll(strings.ToLower(s), "_", "-")) }
	w := plain(word)
	if len(w) == 0 || len(w) > longest {
		return "", false
	}
	best, least := "", len(w)/3+1
	for _, other := range of {
		if len(other) > longest {
			continue
		}
		if d := distance(w, plain(other)); d < least {
			best, least = other, d
		}
	}
	if best == "" && len(w) >= 3 {
		for _, other := range of {
			if strings.HasPrefix(string(plain(other)), string(w)) {
				return other, true
			}
		}
	}
	return best, best != ""
}

// Near returns the words that may have been meant, by the rule of [Nearest]. The most
// similar come first.
func Near(word string, of []string) []string {
	var near []string
	for rest := slices.Clone(of); ; {
		next, ok := Nearest(word, rest)
		if !ok {
			return near
		}
		near = append(near, next)
		rest = slices.DeleteFunc(rest, func(o string) bool { return o == next })
	}
}

// distance is the number of letters to change, insert, delete or swap with their
// neighbour to get from a to b.
func distance(a, b []rune) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
