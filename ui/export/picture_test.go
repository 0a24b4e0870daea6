package export

import (
	"strings"
	"testing"

	"dejavu/sim/testkit"
	"dejavu/ui/story"
)

// The README shows what export writes:
//
//	dejavu export lost-ack-then-crash --format svg --at harm:2
func TestThePictureOfTheReadmeIsExported(t *testing.T) {
	st := told(t, "lost-ack-then-crash")
	last := 0
	for _, p := range st.Stops() {
		if p.Kind == story.AtHarm {
			last = p.Step
		}
	}
	f, _ := Find("svg")
	var b strings.Builder
	if err := f.Write(&b, &Work{Story: st, At: story.Moment{Step: last}}); err != nil {
		t.Fatal(err)
	}
	testkit.Golden(t, "testdata/second-charge.svg", b.String())
}
