package scenarios

import (
	"fmt"
	"strconv"
	"strings"

	"dejavu/sim"
)

// FaultLine returns the line that adds a fault to the faults of a file:
// "- crash: {during: m3, before: ack}". What is as it would be by default is left
// out, but for the point.
func FaultLine(f sim.Fault) string {
	target, fields, _ := strings.Cut(f.String(), ",")
	target = strings.TrimPrefix(strings.TrimPrefix(target, string(f.Kind)), ":")
	var keys []string
	parts := strings.Split(target, "/")
	for len(parts) > 1 {
		last := parts[len(parts)-1]
		when, point, _ := strings.Cut(last, "-")
		if when != "before" && when != "after" {
			break
		}
		keys, parts = append(keys, when+": "+point), parts[:len(parts)-1]
	}
	if fields != "" {
		keys = append(keys, strings.ReplaceAll(strings.ReplaceAll(fields, ",", ", "), "=", ": "))
	}
	target = strings.Join(parts, "/")
	if strings.HasPrefix(target, "-") || strings.EqualFold(target, "null") {
		target = strconv.Quote(target) // bare, it would not be a text to YAML
	}
	switch {
	case len(keys) == 0:
		return fmt.Sprintf("- %s: %s", f.Kind, target)
	case f.Kind.ByAttempt():
		keys = append([]string{"during: " + target}, keys...)
	case !f.Kind.ByWorld():
		keys = append([]string{"of: " + target}, keys...)
	}
	return fmt.Sprintf("- %s: {%s}", f.Kind, strings.Join(keys, ", "))
}
