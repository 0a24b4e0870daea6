package testkit

import (
	"regexp"
	"strings"
)

// Again returns the line that runs a test again with a variable set, for a shell.
func Again(t T, variable, value string) string {
	line := variable + "=" + value + " go test"
	if strings.ContainsAny(value, " ;:/'=,") {
		line = variable + "=" + Quote(value) + " go test"
	}
	return line + Only(t)
}

// Only returns the flags that let go test run nothing but this test.
func Only(t T) string {
	named, ok := t.(interface{ Name() string })
	if !ok || named.Name() == "" {
		return ""
	}
	parts := strings.Split(named.Name(), "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	pattern := Quote(strings.Join(parts, "/"))
	if strings.HasPrefix(named.Name(), "Benchmark") {
		return " -run '^$' -bench " + pattern
	}
	return " -run " + pattern
}

// Quote writes a text for a shell.
func Quote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
