package story

import (
	"bytes"
	"strings"
	"testing"

	"dejavu/scenarios"
)

// twoDoors is a story in which m2 stands for the debt of m1, under one key.
func twoDoors(t *testing.T, more string) *Story {
	t.Helper()
	s, err := scenarios.Parse("doors.yaml", []byte("title: Two doors\nmessages:\n"+
		"  - {id: m1, at: 1s, customer: Ann, amount: $40}\n  - {id: m2, at: 3s, customer: Ann, amount: $40, owes: m1}\n"+
		"business: mail\nconsumers: [naive, inbox-key]\n"+more))
	if err != nil {
		t.Fatal(err)
	}
	return tell(t, s)
}

// The harm is the debt's, and its chain says under which name it was published again. The
// table has one debt, and a message that stands for it is said to.
func TestADebtOfTwoMessagesIsToldAsOne(t *testing.T) {
	var b bytes.Buffer
	if err := twoDoors(t, "").WriteText(&b, 120, nil); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"stands for the debt of m1",
		"NAIVE mailed Ann twice (m1):",
		"published 0:01.0 → mailed 0:02.0 → published as m2 0:03.0 → mailed AGAIN 0:04.0",
		"naive      1 mail  2 mails    1 mail  m1 ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the text does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "(m2)") {
		t.Errorf("m2 has a harm of its own:\n%s", text)
	}
}

// What a fault strikes is the message that it names, and not the one whose debt it is.
func TestAFaultOfTheSecondMessageStandsAtTheSecond(t *testing.T) {
	st := twoDoors(t, "faults:\n  - lose-ack: m2\n")
	v := st.View(Moment{Step: st.Steps()})
	if a, b := len(v.Struck(0)), len(v.Struck(1)); a != 0 || b != 1 {
		t.Errorf("%d faults stand at m1 and %d at m2, want 0 and 1", a, b)
	}
}

// A lane counts the debt once, from the moment on at which one of its messages is published.
func TestTheMeterCountsADebtOnce(t *testing.T) {
	st := twoDoors(t, "")
	l := st.View(Moment{Step: st.Steps()}).Lanes[0]
	if l.Taken != 2 || l.Excess != 1 || l.Missing != 0 || l.Times[0] != 2 || l.Times[1] != 0 {
		t.Errorf("taken %d, too much %d, never %d, m1 %d times and m2 %d times", l.Taken, l.Excess, l.Missing, l.Times[0], l.Times[1])
	}
}
