package story

import (
	"testing"
)

func TestATermIsExplainedWhereItIsUsedFirst(t *testing.T) {
	var s speaker
	if got := s.term("hidden"); got != " (visibility timeout)" {
		t.Errorf("first use: %q", got)
	}
	if got := s.term("hidden"); got != "" {
		t.Errorf("second use: %q", got)
	}
	var nobody *speaker
	if got := nobody.term("hidden"); got != "" {
		t.Errorf("nobody explains %q", got)
	}
}
