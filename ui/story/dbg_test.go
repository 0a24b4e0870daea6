package story

import (
	"io"
	"testing"
	"dejavu/scenarios"
	"dejavu/sim"
	"os"
	"strconv"
)

func TestDbgProf(t *testing.T) {
	s, _ := scenarios.Get("quiet-day")
	c := *s
	c.Rates = sim.Rates{sim.FailFault: 1}
	if os.Getenv("SHAPE") == "ack" {
		b, _ := scenarios.Get("bad-weather")
		c = *b
		c.Rates = sim.Rates{sim.LoseAckFault: 1}
	}
	c.MaxEvents, _ = strconv.Atoi(os.Getenv("N"))
	st, err := Tell(&c)
	if err != nil {
		t.Fatal(err)
	}
	switch os.Getenv("DO") {
	case "json":
		st.WriteJSON(io.Discard)
	case "text":
		st.WriteText(io.Discard, 80, nil)
	case "events":
		st.WriteEvents(io.Discard)
	case "plain":
		st.WritePlain(io.Discard)
	case "summary":
		st.WriteSummary(io.Discard, 80, nil)
	}
}
