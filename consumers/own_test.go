package consumers

import (
	"slices"
	"strings"
	"testing"

	"dejavu/broker"
	"dejavu/sim"
)

func TestConsumersOfOnesOwnAreInTheCatalogue(t *testing.T) {
	was := catalogue
	defer func() { catalogue = was; clear(sources) }()
	nothing := func(*sim.Proc, broker.Message) error { return nil }
	const source = "package main\n\nvar a = sim.Consumer{\n\tName:   \"a\",\n\tHandle: func() {\n\t\tfirst()\n\t},\n}\n\nvar b = sim.Consumer{\n\tName:   \"b\",\n\tHandle: func() {\n\t\tsecond()\n\t},\n}\n"
	own := func(name string) Own { return Own{sim.Consumer{Name: name, Handle: nothing}, source} }
	if err := Add(own("a"), own("b")); err != nil {
		t.Fatal(err)
	}
	if lines, first := Body("b"); !slices.Equal(lines, []string{"second()"}) || first != 13 {
		t.Errorf("the body of b is %q, from line %d", lines, first)
	}
	if groups := Groups(); groups[len(groups)-1].Title != others || !slices.Contains(Names(), "a") {
		t.Errorf("the last group is %q", groups[len(groups)-1].Title)
	}
	for _, name := range []string{"", "naive", "a"} {
		if err := Add(own(name)); err == nil || !strings.Contains(err.Error(), "is taken or empty: give the consumer another") {
			t.Errorf("%q: %v", name, err)
		}
	}
}
