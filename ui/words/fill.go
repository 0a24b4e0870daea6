package words

import (
	"dejavu/sim"
	"dejavu/sim/tell"
	"fmt"
	"strings"
)

// Mishap names a fault as people do: m3's crash.
func Mishap(f sim.Fault) string {
	whose := f.Message
	if f.Delivery > 1 {
		whose += "/" + fmt.Sprint(f.Delivery)
	}
	return Fill(f.Kind.Info().Words.Named, &f, "{m3's}", Either(f.Message == sim.AllMessages, "the", whose+"'s"), "{m3}", whose, "{acks}", Either(f.Last > 1, "acks", "ack"))
}

// Letter returns the badge of a kind of fault, as it stands on every face.
func Letter(k sim.FaultKind) string { return "[" + string(rune(k.Info().Letter)) + "]" }

// Fill puts into the words of a fault what its fields say, and what else they need.
func Fill(words string, f *sim.Fault, more ...string) string {
	return strings.NewReplacer(append(more,
		"{for}", Length(f.For), "{by}", Length(f.By),
		"{id}", Either(f.Body != "", "another body and a new", Either(f.NewID, "new", "same")),
		"{an id}", Either(f.Body != "", "a new message ID and in other words", Either(f.NewID, "a new message ID", "the same message ID")),
		"{last}", newest(f.Last, Either(f.Which == "", "their", "its")),
		"{member}", Either(f.Join, "joins", "leaves"),
		"{restarted}", tell.Restarted(f.Drain > 0, f.Drain),
	)...).Replace(tell.Stores(f.Becomes()).Fill(words))
}

// newest says how many commits are lost.
func newest(n int, whose string) string {
	if n <= 1 {
		return whose + " newest write"
	}
	return fmt.Sprint(whose, " ", n, " newest writes")
}
